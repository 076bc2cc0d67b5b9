//! A gateway of one test: `doorward serve` in a folder of its own, set up as an operator would.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    http::{self, Answer, Request},
    program::{Outcome, PATIENCE, Program, run, until},
    sshd::{Sshd, make_key, whoami},
};

pub(crate) const DOORWARD: &str = env!("CARGO_BIN_EXE_doorward");

/// Gives the gateway's program: another build where `DOORWARD_BIN` names one, for measures.
fn binary() -> PathBuf {
    std::env::var_os("DOORWARD_BIN").map_or_else(|| PathBuf::from(DOORWARD), PathBuf::from)
}

/// The password of [`Gateway::admin`] and of every user that has one.
pub(crate) const PASSWORD: &str = "correct-horse-battery";

/// A gateway with an administrator; more is added by [`Gateway::apply`].
pub(crate) struct Gateway {
    program: Option<Program>,
    dir: tempfile::TempDir,
    data: PathBuf,
    environment: Vec<(String, String)>,
    /// `127.0.0.1:PORT` of the API.
    pub(crate) http: String,
    pub(crate) ssh_port: u16,
    /// The administrator's API token.
    pub(crate) admin: String,
}

impl Gateway {
    /// Starts a gateway in a new folder.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a gateway in a new folder, with variables of its environment.
    pub(crate) fn start_with(environment: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        Self::start_in(dir, data, environment)
    }

    /// Starts a gateway in a new folder that nobody administers yet.
    pub(crate) fn bare(environment: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        Self::bare_in(dir, data, environment)
    }

    /// Starts a gateway with a data folder that is elsewhere.
    pub(crate) fn start_in(dir: tempfile::TempDir, data: PathBuf, environment: &[(&str, &str)]) -> Self {
        let mut gateway = Self::bare_in(dir, data, environment);
        gateway.admin = gateway.make_admin();
        gateway
    }

    fn bare_in(dir: tempfile::TempDir, data: PathBuf, environment: &[(&str, &str)]) -> Self {
        make_key(&dir.path().join("client"));
        let environment = environment
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let mut gateway = Self {
            program: None,
            dir,
            data,
            environment: environment.collect(),
            http: String::new(),
            ssh_port: 0,
            admin: String::new(),
        };
        gateway.restart();
        gateway
    }

    /// Starts the program, anew or for the first time; the ports are others each time.
    pub(crate) fn restart(&mut self) {
        let mut command = Command::new(binary());
        command.args([
            "serve",
            "--node",
            "test",
            "--http",
            "127.0.0.1:0",
            "--ssh",
            "127.0.0.1:0",
            "--data",
        ]);
        command
            .arg(&self.data)
            .env("DOORWARD_LOG_FORMAT", "json")
            .env_remove("DOORWARD_DATABASE_URL");
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        let program = Program::start(&mut command);
        program.err.wait_for("the gateway is up");
        let up = until(PATIENCE, "the line is whole", || {
            let text = program.err.text();
            let line = text.lines().find(|line| line.contains("the gateway is up"))?;
            serde_json::from_str::<Value>(line).ok()
        });
        let field = |name: &str| up["fields"][name].as_str().unwrap().to_owned();
        field("console")
            .trim_start_matches("http://")
            .clone_into(&mut self.http);
        self.ssh_port = field("ssh").rsplit(':').next().unwrap().parse().unwrap();
        self.program = Some(program);
    }

    /// Sets a variable for the next start.
    pub(crate) fn environment(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Sends `SIGKILL`; gives the moment before it.
    pub(crate) fn kill(&mut self) -> jiff::Timestamp {
        let before = jiff::Timestamp::now();
        self.program.take().expect("it runs").kill();
        before
    }

    /// Asks the program to stop, and waits until it has.
    pub(crate) fn stop(&mut self) {
        let mut program = self.program.take().expect("it runs");
        let asked = run(Command::new("kill").arg(program.pid().to_string()), "");
        assert_eq!(asked.code, 0, "{}", asked.err);
        assert!(program.ended().success(), "{}", program.err.text());
    }

    /// Gives what the gateway has logged since it was started.
    pub(crate) fn log(&self) -> String {
        self.program
            .as_ref()
            .map(|program| program.err.text())
            .unwrap_or_default()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.program.as_ref().expect("it runs").pid()
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Gives a folder beside the data folder.
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Gives the token of the one-time link that the gateway printed.
    pub(crate) fn setup_token(&self) -> String {
        let program = self.program.as_ref().expect("it runs");
        let (_, from) = program.out.wait_from(0, "/setup?token=");
        let (_, to) = program.out.wait_from(from, "\n");
        program.out.text()[from..to].trim().to_owned()
    }

    fn make_admin(&self) -> String {
        let body = json!({ "token": self.setup_token(), "name": "admin", "password": PASSWORD });
        let answer = http::send(&self.http, "POST", "/v1/setup", &[], Some(&body)).answer();
        self.token_of(answer)
    }

    /// Makes an API token for whoever an answer has signed in.
    pub(crate) fn token_of(&self, signed_in: Answer) -> String {
        let cookie = signed_in
            .header("set-cookie")
            .expect("a cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let csrf = signed_in.ok()["csrf"].as_str().unwrap().to_owned();
        let headers = [("Cookie", cookie.as_str()), ("X-CSRF-Token", csrf.as_str())];
        let body = json!({ "name": "test" });
        let made = http::send(&self.http, "POST", "/v1/tokens", &headers, Some(&body))
            .answer()
            .ok();
        made["token"].as_str().unwrap().to_owned()
    }

    /// Signs in with [`PASSWORD`]; gives a token.
    pub(crate) fn token(&self, user: &str) -> String {
        let body = json!({ "name": user, "password": PASSWORD });
        self.token_of(http::send(&self.http, "POST", "/v1/login", &[], Some(&body)).answer())
    }

    /// Applies documents.
    pub(crate) fn apply(&self, documents: &Value) -> Value {
        self.post("/v1/apply", &json!({ "documents": documents })).ok()
    }

    /// Declares what most tests need: the users `ann` (who has this gateway's client key) and `bob`, an SSH server as `box` with the
    /// account `root`, and a rule that lets everybody use everything under the profile `usual`.
    pub(crate) fn furnish(&self, server: &Sshd, profile: &Value) {
        let key = std::fs::read_to_string(self.folder().join("client.pub")).unwrap();
        self.apply(&json!([
            { "kind": "user", "name": "ann", "spec": { "ssh_keys": [key.trim()], "password": PASSWORD } },
            { "kind": "secret", "name": "key", "spec": { "form": "private_key", "value": server.account_key() } },
            { "kind": "resource", "name": "box", "spec": {
                "type": "ssh", "host": "127.0.0.1", "port": server.port, "options": { "host_keys": [server.host_key()] } } },
            { "kind": "account", "name": "login", "spec": { "login": whoami(), "resources": { "names": ["*"] }, "secret": "key" } },
            { "kind": "profile", "name": "usual", "spec": profile },
            { "kind": "access_rule", "name": "all", "spec": {
                "users": ["*"], "resources": { "names": ["*"] }, "accounts": ["login"], "profile": "usual" } },
        ]));
    }

    /// Sends a request of the administrator.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Request {
        self.ask_as(&self.admin, method, path, body)
    }

    /// Sends a request with a token.
    pub(crate) fn ask_as(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Request {
        let bearer = format!("Bearer {token}");
        http::send(&self.http, method, path, &[("Authorization", &bearer)], body)
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.ask("GET", path, None).answer().ok()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, Some(body)).answer()
    }

    /// Prepares the command line as the administrator.
    pub(crate) fn cli(&self, words: &[&str]) -> Command {
        self.cli_as(&self.admin, words)
    }

    /// Prepares the command line with a token.
    pub(crate) fn cli_as(&self, token: &str, words: &[&str]) -> Command {
        let mut command = Command::new(DOORWARD);
        command
            .args(words)
            .env("DOORWARD_ADDR", format!("http://{}", self.http))
            .env("DOORWARD_TOKEN", token);
        command.env_remove("DOORWARD_FORMAT");
        command
    }

    /// Runs the command line as the administrator.
    pub(crate) fn run(&self, words: &[&str]) -> Outcome {
        run(&mut self.cli(words), "")
    }

    /// Runs the command line as the administrator; gives what it printed when it succeeds.
    pub(crate) fn print(&self, words: &[&str]) -> String {
        let outcome = self.run(words);
        assert_eq!(outcome.code, 0, "{words:?}: {outcome:?}");
        outcome.out
    }

    /// Prepares `ssh` as `ann`, who proves herself by key. The destination is the last argument so far.
    pub(crate) fn ssh(&self, options: &[&str], resource: &str) -> Command {
        let mut command = Command::new("ssh");
        command.args(self.ssh_options()).args(options);
        command
            .arg("-p")
            .arg(self.ssh_port.to_string())
            .arg(format!("ann:{resource}@127.0.0.1"));
        command
    }

    /// Gives options for `ssh`, `scp` and `sftp`: nothing of this machine's own settings, and a gateway whose key must never change.
    pub(crate) fn ssh_options(&self) -> Vec<String> {
        let folder = self.folder().display();
        let options = [
            "BatchMode=yes".to_owned(),
            "StrictHostKeyChecking=accept-new".to_owned(),
            "HostKeyAlias=gateway".to_owned(),
            format!("UserKnownHostsFile={folder}/known_hosts"),
            "GlobalKnownHostsFile=/dev/null".to_owned(),
            "IdentitiesOnly=yes".to_owned(),
            "IdentityAgent=none".to_owned(),
            format!("IdentityFile={folder}/client"),
        ];
        let mut words = vec!["-F".to_owned(), "/dev/null".to_owned()];
        words.extend(options.into_iter().flat_map(|option| ["-o".to_owned(), option]));
        words
    }

    /// Starts a terminal on a resource, with nothing that a shell's own settings would add.
    pub(crate) fn shell(&self, resource: &str) -> Program {
        let mut command = self.ssh(&["-tt"], resource);
        // Marks of bracketed paste would stand between the lines that tests wait for.
        let settings = self.folder().join("inputrc");
        std::fs::write(&settings, "set enable-bracketed-paste off\n").unwrap();
        let start = format!(
            "PS1='% ' HISTFILE= INPUTRC={} exec bash --norc --noprofile -i",
            settings.display()
        );
        command.arg(start).env("TERM", "xterm-256color");
        let program = Program::start(&mut command);
        program.out.wait_for("% ");
        program
    }

    /// Gives the sessions of a list.
    pub(crate) fn sessions(&self, query: &str) -> Vec<Value> {
        self.get(&format!("/v1/sessions?{query}"))["sessions"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Gives the ids of the sessions that are in a state; the words of filters mean more than one.
    pub(crate) fn in_state(&self, state: &str) -> Vec<String> {
        let rows = self.sessions("limit=1000");
        rows.iter()
            .filter(|row| row["state"] == state)
            .map(|row| text(&row["session_id"]))
            .collect()
    }

    /// Gives the ids of the sessions that are active, once there are as many.
    pub(crate) fn active(&self, count: usize) -> Vec<String> {
        until(PATIENCE, &format!("{count} sessions are active"), || {
            let ids = self.in_state("active");
            (ids.len() == count).then_some(ids)
        })
    }

    /// Gives the id of the only session that is active.
    pub(crate) fn running(&self) -> String {
        self.active(1).remove(0)
    }

    pub(crate) fn session(&self, id: &str) -> Value {
        self.get(&format!("/v1/sessions/{id}"))
    }

    /// Waits until a session is over and its recording is on the shelf.
    pub(crate) fn ended(&self, id: &str) -> Value {
        until(PATIENCE, "the session is over and its recording sealed", || {
            let session = self.session(id);
            let over = !session["ended_at"].is_null() && session["recording"]["state"] == "available";
            over.then_some(session)
        })
    }

    /// Gives the file of a session's first recording, once it is on the shelf.
    pub(crate) fn tape(&self, id: &str) -> PathBuf {
        let session = self.ended(id);
        let connection = text(&session["connections"][0]["id"]);
        let found = files(&self.data.join("recordings"))
            .into_iter()
            .find(|path| path.to_string_lossy().contains(&connection));
        found.unwrap_or_else(|| panic!("no tape of {connection} in {:?}", files(&self.data)))
    }
}

/// What a recording holds of its first terminal, or of its first command without one.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) input: String,
    pub(crate) output: String,
}

impl Gateway {
    /// Reads the recording of a session as a player does.
    pub(crate) fn recorded(&self, id: &str) -> Recorded {
        let answer = self
            .ask("GET", &format!("/v1/sessions/{id}/stream?follow=false"), None)
            .answer();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let mut recorded = Recorded::default();
        for line in answer.text().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            match line["code"].as_str() {
                Some("o") => recorded.output.push_str(line["data"].as_str().unwrap()),
                Some("i") => recorded.input.push_str(line["data"].as_str().unwrap()),
                _ => {}
            }
        }
        recorded
    }
}

/// Gives a JSON string's text.
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}

/// Lists all files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            // What vanishes meanwhile was no lasting file.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(_) => found.push(entry.path()),
                Err(_) => {}
            }
        }
    }
    found
}
