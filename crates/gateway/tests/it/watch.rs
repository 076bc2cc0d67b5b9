//! Watching a session that runs: from its present screen, and close behind.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    desk::Desk,
    gateway::Gateway,
    house::house,
    program::{PATIENCE, Program, until},
    tmux::{Picture, Tmux},
    viewer::Viewer,
};

const BEHIND: Duration = Duration::from_secs(1);

/// Waits until something is on disk: what a watch takes for the present is a moment behind what the user sees.
fn on_record(gateway: &Gateway, id: &str, words: &str) {
    let whole = Program::start(&mut gateway.cli(&["sessions", "watch", id, "--from-start"]));
    whole.out.wait_for(words);
}

#[test]
fn a_watch_begins_with_the_present_screen_and_is_at_most_a_second_behind() {
    let (_server, gateway) = house(&json!({}));
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    shell.say("echo gone-by\n");
    shell.out.wait_for("gone-by\r\n% ");
    shell.say("clear; echo on-the-$((1))-screen\n");
    shell.out.wait_for("on-the-1-screen\r\n% ");
    on_record(&gateway, &id, "on-the-1-screen");
    let watch = Program::start(&mut gateway.cli(&["sessions", "watch", &id]));
    watch.out.wait_for("on-the-1-screen");
    assert!(!watch.out.text().contains("gone-by"), "{}", watch.out.text());
    let mut worst = Duration::ZERO;
    for number in 0..10 {
        let word = format!("later-{number}.");
        shell.say(&format!("printf 'later-%s.\\n' {number}\n"));
        let told = shell.out.wait_for(&word);
        let watched = watch.out.wait_for(&word);
        worst = worst.max(watched.saturating_duration_since(told));
    }
    println!("a watch by the command line is {worst:?} behind");
    assert!(worst < BEHIND, "{worst:?}");
    // Leaving a watch ends nothing.
    drop(watch);
    assert_eq!(gateway.running(), id);
    let mut watch = Program::start(&mut gateway.cli(&["sessions", "watch", &id]));
    watch.out.wait_for("later-9.");
    shell.say("exit\n");
    shell.ended();
    assert!(watch.ended().success(), "a watch ends with its session");
    let log = gateway.print(&["sessions", "events", &id]);
    assert!(log.contains("watched"), "who watches is on record: {log}");
}

#[test]
fn a_watch_from_the_start_begins_with_what_is_gone_from_the_screen() {
    let (_server, gateway) = house(&json!({}));
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    shell.say("echo long-$((1))-gone; clear; echo on-the-$((1))-screen\n");
    shell.out.wait_for("on-the-1-screen\r\n% ");
    let whole = Program::start(&mut gateway.cli(&["sessions", "watch", &id, "--from-start"]));
    on_record(&gateway, &id, "on-the-1-screen");
    let present = Program::start(&mut gateway.cli(&["sessions", "watch", &id]));
    let since = Program::start(&mut gateway.cli(&["sessions", "tail", &id, "--since", "1ms"]));
    for watch in [&present, &whole, &since] {
        watch.out.wait_for("on-the-1-screen");
    }
    assert!(
        !present.out.text().contains("long-1-gone"),
        "{}",
        present.out.text()
    );
    for watch in [&whole, &since] {
        assert!(watch.out.text().contains("long-1-gone"), "{}", watch.out.text());
    }
    shell.say("exit\n");
    shell.ended();
    for mut watch in [present, whole, since] {
        assert!(watch.ended().success(), "a watch ends with its session");
        let said = watch.out.text();
        assert!(
            said.contains("on-the-1-screen") && said.ends_with("exit\r\n"),
            "{said:?}"
        );
    }
}

#[test]
fn who_joins_in_the_middle_of_vim_sees_the_same_screen_as_who_works_there() {
    let mut desk = Desk::open(80, 24);
    let source: Vec<_> = (1..90)
        .map(|n| format!("int main_{n}(void) {{ return \"日本語 {n}\"; }}\n"))
        .collect();
    desk.write("file.c", &source.concat());
    desk.write(
        "vimrc",
        "set nocp nu hls ruler ls=2 noswapfile\nsyntax on\nset bg=dark\n",
    );
    desk.line("vim -u vimrc -i NONE file.c");
    desk.wait_for("main_1(");
    desk.ex("split | 30");
    desk.vim_moment("in the middle of vim");

    // By the command line, in another window of the same size. (By the API: each moment has compared it already.)
    let watch = desk.gateway.cli(&["sessions", "watch", &desk.id]);
    let line = format!(
        "trap : INT; DOORWARD_ADDR=http://{} DOORWARD_TOKEN={} {} sessions watch {}; echo left with $?; exec cat",
        desk.gateway.http,
        desk.gateway.admin,
        watch.get_program().display(),
        desk.id
    );
    let beside = Tmux::start(80, 24, &line);
    let same = |what: &str| {
        let began = Instant::now();
        loop {
            let (here, there) = (desk.tmux.picture(), beside.picture());
            let differences = here.differences(&there);
            if here.says(what) && differences.is_empty() {
                return began.elapsed();
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{what}: works and watches:\n{}",
                differences.join("\n")
            );
        }
    };
    same("in the middle of vim");
    let mut viewer = Viewer::of(&desk.gateway, &desk.id);
    let mut worst = Duration::ZERO;
    for number in 0..5 {
        desk.tmux
            .type_text(&format!("{}Gochanged {number}", 10 + 7 * number));
        desk.tmux.press(&["Escape"]);
        let text = format!("change-{number}.");
        desk.ex(&format!("redraw | echo 'change-'.{number}.'.'"));
        let told = until(PATIENCE, &text, || {
            desk.tmux.picture().says(&text).then(Instant::now)
        });
        while !Picture::of(&viewer.terminal).says(&text) {
            assert!(viewer.follow(), "it goes on");
        }
        worst = worst.max(told.elapsed());
        same(&text);
    }
    println!("a watch by the API is at most {worst:?} behind");
    assert!(worst < BEHIND, "{worst:?}");

    // Ctrl-C leaves the watch and its window as it was, and not the session.
    beside.press(&["C-c"]);
    until(PATIENCE, "the watch is left", || {
        beside.picture().says("left with 130").then_some(())
    });
    assert_eq!(desk.gateway.running(), desk.id);
    desk.ex("qa!");
    // What is typed while vim lets go of the terminal would be lost.
    desk.wait_for("% vim");
    desk.line("exit");
    while viewer.follow() {}
    assert_eq!(desk.gateway.ended(&desk.id)["state"], "completed");
}

#[test]
fn viewers_who_leave_in_the_middle_of_output_are_no_error() {
    let (_server, gateway) = house(&json!({}));
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    shell.say("while sleep 0.001; do echo on-and-on; done\n");
    shell.out.wait_for("on-and-on\r\non-and-on\r\n");
    for _ in 0..10 {
        let mut viewer = Viewer::of(&gateway, &id);
        viewer.follow();
    }
    // The gateway has said what it has to say when it has stopped.
    gateway
        .post(&format!("/v1/sessions/{id}:terminate"), &json!({}))
        .ok();
    gateway.ended(&id);
    let log = gateway.log();
    assert!(!log.contains("request failed"), "{log}");
}
