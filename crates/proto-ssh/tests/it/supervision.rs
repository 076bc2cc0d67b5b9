//! Locks, notices and ends in the middle of a session.

use std::process::Stdio;
use std::time::{Duration, Instant};

use domain::session::{Event, LockOrder};
use domain::stop::EndReason;
use engine::Direction;
use store::SessionRow;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::house::{House, noise};

/// A client in the middle of its session.
struct Client {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    seen: String,
}

impl Client {
    async fn start(house: &House, arguments: &[&str]) -> (Self, SessionRow) {
        let mut command = house.program("ssh");
        command.args(["-o", "LogLevel=INFO"]).args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let active = |rows: &[SessionRow]| {
            rows.last()
                .is_some_and(|row| row.life.state == domain::session::State::Active)
        };
        let row = house.sessions_when(active).await.pop().unwrap();
        (
            Self {
                child,
                stdin,
                stdout,
                seen: String::new(),
            },
            row,
        )
    }

    async fn type_in(&mut self, text: &str) {
        self.stdin.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads until a text has come.
    async fn see(&mut self, wanted: &str) {
        let reading = async {
            let mut buffer = [0; 4096];
            while !self.seen.contains(wanted) {
                let count = self.stdout.read(&mut buffer).await.unwrap();
                assert_ne!(count, 0, "no `{wanted}` in: {}", self.seen);
                self.seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        };
        let done = tokio::time::timeout(Duration::from_secs(20), reading).await;
        assert!(done.is_ok(), "no `{wanted}` in: {}", self.seen);
    }
}

fn lock() -> Event {
    Event::Lock(LockOrder {
        title: "stop".into(),
        message: "a moment please".into(),
        ..LockOrder::default()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_discards_what_is_typed_and_lets_go() {
    let house = House::new().await;
    let (mut client, row) = Client::start(&house, &["-tt", "gw", "sh"]).await;
    client.type_in("echo fi''rst\n").await;
    client.see("first").await;
    house.order(&row, lock()).await;
    client.see("a moment please").await;
    let marker = house.file("marker");
    client.type_in(&format!("touch {marker}\n")).await;
    house.order(&row, Event::Unlock).await;
    client.see("session unlocked").await;
    client.type_in("echo sec''ond; exit\n").await;
    client.see("second").await;
    assert!(!house.path("marker").exists());
    client.child.wait().await.unwrap();
    let tape = house.tape().await;
    assert!(
        !tape.text(Direction::ToTarget).contains("touch"),
        "what did not pass is not recorded as passed"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_holds_a_transfer_and_lets_go() {
    let house = House::new().await;
    let (mut client, row) = Client::start(&house, &["gw", "cat"]).await;
    let input = noise(30 << 20);
    let (first, rest) = input.split_at(1 << 20);
    client.stdin.write_all(first).await.unwrap();
    let mut got = vec![0; first.len()];
    client.stdout.read_exact(&mut got).await.unwrap();
    house.order(&row, lock()).await;
    // Two seconds without a byte, although both sides are willing.
    let rest = rest.to_vec();
    let mut stdin = client.stdin;
    let writing = tokio::spawn(async move { stdin.write_all(&rest).await.unwrap() });
    let mut buffer = [0; 1];
    let early = tokio::time::timeout(Duration::from_secs(2), client.stdout.read(&mut buffer)).await;
    assert!(early.is_err(), "a byte passed the lock");
    house.order(&row, Event::Unlock).await;
    let reading = tokio::time::timeout(Duration::from_mins(1), client.stdout.read_to_end(&mut got));
    reading.await.unwrap().unwrap();
    writing.await.unwrap();
    assert!(got == input, "{} of {} bytes", got.len(), input.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terminate_closes_the_client_within_a_second_and_says_why() {
    let house = House::new().await;
    for arguments in [&["-tt", "gw", "sh"][..], &["gw", "sleep 1000"], &["-N", "gw"]] {
        let (client, row) = Client::start(&house, arguments).await;
        let from = Instant::now();
        house
            .order(
                &row,
                Event::Terminate(EndReason::AdminTerminate, "go home".into()),
            )
            .await;
        let output = client.child.wait_with_output().await.unwrap();
        assert!(
            from.elapsed() < Duration::from_secs(1),
            "{arguments:?}: {:?}",
            from.elapsed()
        );
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("an administrator terminated the session: go home"),
            "{arguments:?}: {said}"
        );
        assert_eq!(
            house.sessions().await.last().unwrap().life.end_reason,
            Some(EndReason::AdminTerminate)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_shows_why_it_ends() {
    let house = House::new().await;
    let (mut client, row) = Client::start(&house, &["-tt", "gw", "sh"]).await;
    client.type_in("echo rea''dy\n").await;
    client.see("ready").await;
    house
        .order(
            &row,
            Event::Terminate(EndReason::AdminTerminate, "go home".into()),
        )
        .await;
    client
        .see("*** an administrator terminated the session: go home ***")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notices_never_get_into_the_output_of_a_command() {
    let house = House::new().await;
    let (mut client, row) = Client::start(&house, &["gw", "echo begin; cat; echo end"]).await;
    client.see("begin").await;
    house.order(&row, lock()).await;
    house.order(&row, Event::Unlock).await;
    client.type_in("in between\n").await;
    client.see("in between").await;
    let Client {
        child,
        stdin,
        mut stdout,
        mut seen,
    } = client;
    drop(stdin);
    stdout.read_to_string(&mut seen).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(seen, "begin\nin between\nend\n");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("*** session locked by admin: stop: a moment please ***"),
        "{said}"
    );
}
