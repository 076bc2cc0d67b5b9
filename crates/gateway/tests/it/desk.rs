//! Somebody at work: real `ssh` in a window of tmux, through a gateway.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    gateway::Gateway,
    program::{PATIENCE, until},
    sshd::Sshd,
    tmux::{Picture, Tmux},
    viewer::Viewer,
};

/// How long nothing has been recorded when a moment counts as quiet, in milliseconds.
const QUIET: f64 = 300.0;

/// A moment of a session: when, and what the person saw.
pub(crate) struct Moment {
    pub(crate) name: String,
    /// Seconds since the recording began.
    pub(crate) at: f64,
    pub(crate) seen: Picture,
}

/// Somebody who works in a window of tmux with real `ssh`, through a gateway.
pub(crate) struct Desk {
    pub(crate) gateway: Gateway,
    pub(crate) server: Sshd,
    pub(crate) tmux: Tmux,
    pub(crate) id: String,
    started: jiff::Timestamp,
    pub(crate) moments: Vec<Moment>,
}

impl Desk {
    pub(crate) fn open(cols: u16, rows: u16) -> Self {
        let server = Sshd::start();
        let gateway = Gateway::start();
        gateway.furnish(&server, &json!({}));
        let inputrc = gateway.folder().join("inputrc");
        std::fs::write(&inputrc, "set enable-bracketed-paste off\n").unwrap();
        let shell = format!(
            "cd {}; PS1='% ' HISTFILE= INPUTRC={} LC_ALL=C.UTF-8 exec bash --norc --noprofile -i",
            server.folder().display(),
            inputrc.display()
        );
        // What ssh itself says is on the window, but not from the resource.
        let mut ssh = gateway.ssh(&["-tt", "-o", "LogLevel=QUIET"], "box");
        ssh.arg(shell);
        let words: Vec<_> = std::iter::once(ssh.get_program())
            .chain(ssh.get_args())
            .map(|word| format!("'{}'", word.to_string_lossy().replace('\'', "'\\''")))
            .collect();
        let tmux = Tmux::start(cols, rows, &words.join(" "));
        let id = gateway.running();
        let about = gateway.get(&format!("/v1/sessions/{id}/player"));
        let started = about["started_at"].as_str().unwrap().parse().unwrap();
        Self {
            gateway,
            server,
            tmux,
            id,
            started,
            moments: Vec::new(),
        }
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.server.folder().join(name), text).unwrap();
    }

    /// Types a line for the shell.
    pub(crate) fn line(&self, text: &str) {
        self.tmux.type_text(text);
        self.tmux.press(&["Enter"]);
    }

    /// Gives a command to vim, in its normal mode.
    pub(crate) fn ex(&self, command: &str) {
        self.tmux.type_text(&format!(":{command}"));
        self.tmux.press(&["Enter"]);
    }

    pub(crate) fn wait_for(&self, text: &str) {
        until(PATIENCE, text, || self.tmux.picture().says(text).then_some(()));
    }

    /// Gives the window another size, and waits until the gateway knows: what is written from then on is for the new size.
    pub(crate) fn resize(&self, cols: u16, rows: u16) {
        self.tmux.resize(cols, rows);
        until(PATIENCE, "the recording has the new size", || {
            let known = Viewer::of(&self.gateway, &self.id).terminal.size();
            (known == (cols, rows)).then_some(())
        });
    }

    /// The same with vim in it, which may be in the middle of something else when it is told: waits until it knows as well.
    pub(crate) fn resize_vim(&self, cols: u16, rows: u16) {
        self.resize(cols, rows);
        let told = self.server.folder().join(format!("resized-{cols}"));
        until(PATIENCE, "vim has the new size", || told.exists().then_some(()));
    }

    /// Waits until the shell has said something; its name comes in two parts, so that the typed line does not look like it.
    pub(crate) fn shell_moment(&mut self, name: &str) {
        self.line(&format!("printf 'now: %s\\n' '{name}'"));
        self.moment(name, &format!("now: {name}"));
    }

    /// Waits until vim has done everything so far.
    pub(crate) fn vim_moment(&mut self, name: &str) {
        self.ex(&format!("redraw | echo 'now:' '{name}'"));
        self.moment(name, &format!("now: {name}"));
    }

    /// Waits until the window shows a text and a viewer who joins sees the same picture, and keeps it for later.
    pub(crate) fn moment(&mut self, name: &str, marker: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let seen = self.tmux.picture();
            let viewer = Picture::of(&Viewer::of(&self.gateway, &self.id).terminal);
            let differences = seen.differences(&viewer);
            let at = jiff::Timestamp::now().duration_since(self.started).as_secs_f64();
            let about = self.gateway.get(&format!("/v1/sessions/{}/player", self.id));
            let quiet = at * 1000.0 - about["duration_ms"].as_f64().unwrap() > QUIET;
            if seen.says(marker) && differences.is_empty() && quiet && self.tmux.picture() == seen {
                self.moments.push(Moment {
                    name: name.to_owned(),
                    at,
                    seen,
                });
                return;
            }
            assert!(
                Instant::now() < end,
                "{name}: who works and who watches see other things (or no `{marker}`):\n{}\n{}",
                differences.join("\n"),
                seen.lines.join("\n")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
