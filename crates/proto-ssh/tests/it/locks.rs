//! A lock that comes before the first byte: while the session is still connecting, or before anything was started.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use domain::session::{Event, LockOrder, State};
use engine::Direction;
use store::SessionRow;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::Semaphore;

use crate::forwards::{echo, free_port};
use crate::house::{House, Plan, noise, text};

/// Long enough for what is not held to arrive.
const QUIET: Duration = Duration::from_millis(700);

/// A house whose host answers when it is told to.
async fn house() -> (House, Arc<Semaphore>) {
    let door = Arc::new(Semaphore::new(0));
    let plan = Plan {
        door: Some(Arc::clone(&door)),
        ..Plan::default()
    };
    (House::build(plan).await, door)
}

/// A client whose session is connecting.
struct Client {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
    row: SessionRow,
}

impl Client {
    async fn start(house: &House, arguments: &[&str]) -> Self {
        let mut command = house.program("ssh");
        command.args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let connecting =
            |rows: &[SessionRow]| rows.last().is_some_and(|row| row.life.state == State::Connecting);
        let row = house.sessions_when(connecting).await.pop().unwrap();
        Self {
            stdin: child.stdin.take().unwrap(),
            stdout: child.stdout.take().unwrap(),
            stderr: child.stderr.take().unwrap(),
            child,
            row,
        }
    }

    async fn order(&self, house: &House, event: Event) {
        house.order(&self.row, event).await;
    }

    async fn type_in(&mut self, text: &str) {
        self.stdin.write_all(text.as_bytes()).await.unwrap();
    }
}

/// Reads until a text has come; gives everything that has.
async fn see(stream: &mut (impl tokio::io::AsyncRead + Unpin), wanted: &str) -> String {
    let mut seen = String::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while !seen.contains(wanted) {
            let count = stream.read(&mut buffer).await.unwrap();
            assert_ne!(count, 0, "no `{wanted}` in: {seen}");
            seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    };
    let done = tokio::time::timeout(Duration::from_secs(20), reading).await;
    assert!(done.is_ok(), "no `{wanted}` in: {seen}");
    seen
}

fn lock() -> Event {
    Event::Lock(LockOrder {
        title: "stop".into(),
        message: "a moment please".into(),
        ..LockOrder::default()
    })
}

async fn is_in(house: &House, state: State) {
    house
        .sessions_when(|rows| rows.last().is_some_and(|row| row.life.state == state))
        .await;
}

/// The step into `active` behind a lock shows in what it leads back to.
async fn is_locked_and_connected(house: &House) {
    let connected = |rows: &[SessionRow]| {
        rows.last()
            .is_some_and(|row| row.life.state == State::Locked && row.life.resume == Some(State::Active))
    };
    house.sessions_when(connected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_while_connecting_holds_the_first_byte_of_a_command() {
    let (house, door) = house().await;
    let marker = house.file("marker");
    let command = format!("touch {marker}; cat");
    let mut client = Client::start(&house, &["gw", &command]).await;
    client.order(&house, lock()).await;
    is_in(&house, State::Locked).await;
    let input = noise(3 << 20);
    let (mut stdin, bytes) = (client.stdin, input.clone());
    let writing = tokio::spawn(async move { stdin.write_all(&bytes).await.unwrap() });
    // The connection comes up all the same, and its user is told.
    door.add_permits(1);
    is_locked_and_connected(&house).await;
    see(
        &mut client.stderr,
        "*** session locked by admin: stop: a moment please ***",
    )
    .await;
    let mut first = [0; 1];
    let early = tokio::time::timeout(QUIET, client.stdout.read(&mut first)).await;
    assert!(early.is_err(), "a byte passed the lock");
    assert!(!house.path("marker").exists(), "the command was started");
    house.order(&client.row, Event::Unlock).await;
    is_in(&house, State::Active).await;
    let mut got = Vec::new();
    let reading = tokio::time::timeout(Duration::from_mins(1), client.stdout.read_to_end(&mut got));
    reading.await.unwrap().unwrap();
    writing.await.unwrap();
    assert!(got == input, "{} of {} bytes", got.len(), input.len());
    assert!(house.path("marker").exists());
    assert!(client.child.wait().await.unwrap().success());
    assert_eq!(house.tape().await.bytes(Direction::ToTarget), input);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_ends_while_connecting_leaves_no_trace() {
    let (house, door) = house().await;
    let client = Client::start(&house, &["gw", "echo through; exit 3"]).await;
    client.order(&house, lock()).await;
    is_in(&house, State::Locked).await;
    client.order(&house, Event::Unlock).await;
    is_in(&house, State::Connecting).await;
    door.add_permits(1);
    let output = client.child.wait_with_output();
    let (mut stdout, mut said) = (client.stdout, String::new());
    stdout.read_to_string(&mut said).await.unwrap();
    assert_eq!(
        (said.as_str(), output.await.unwrap().status.code()),
        ("through\n", Some(3))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_starts_after_the_lock_and_what_was_typed_before_is_gone() {
    let (house, door) = house().await;
    let mut client = Client::start(&house, &["-tt", "gw"]).await;
    client.order(&house, lock()).await;
    is_in(&house, State::Locked).await;
    door.add_permits(1);
    let seen = see(&mut client.stdout, "a moment please").await;
    assert!(
        !seen.contains('$') && !seen.contains('#'),
        "a shell was started: {seen}"
    );
    let marker = house.file("marker");
    client.type_in(&format!("touch {marker}\n")).await;
    tokio::time::sleep(QUIET).await;
    client.order(&house, Event::Unlock).await;
    see(&mut client.stdout, "session unlocked").await;
    client.type_in("echo wor''ks; exit 5\n").await;
    see(&mut client.stdout, "works").await;
    assert_eq!(client.child.wait().await.unwrap().code(), Some(5));
    assert!(!house.path("marker").exists());
    let tape = house.tape().await;
    assert!(!tape.text(Direction::ToTarget).contains("touch"));
    assert_eq!(tape.opens().len(), 1);
    assert_eq!(tape.closes()[0]["exit_code"], 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_during_the_lock_has_started_nothing() {
    let (house, door) = house().await;
    let marker = house.file("marker");
    let mut client = Client::start(&house, &["gw", &format!("touch {marker}")]).await;
    client.order(&house, lock()).await;
    is_in(&house, State::Locked).await;
    door.add_permits(1);
    see(&mut client.stderr, "a moment please").await;
    client.child.kill().await.unwrap();
    house.sessions().await;
    assert!(!house.path("marker").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forward_waits_for_the_end_of_the_lock() {
    let (house, door) = house().await;
    let to = format!("127.0.0.1:{}", echo().await);
    let mut client = Client::start(&house, &["-W", &to, "gw"]).await;
    client.order(&house, lock()).await;
    is_in(&house, State::Locked).await;
    door.add_permits(1);
    is_locked_and_connected(&house).await;
    client.type_in("there and back").await;
    let mut first = [0; 1];
    let early = tokio::time::timeout(QUIET, client.stdout.read(&mut first)).await;
    assert!(early.is_err(), "a byte passed the lock");
    client.order(&house, Event::Unlock).await;
    see(&mut client.stdout, "there and back").await;
    drop(client.stdin);
    assert!(client.child.wait().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_at_the_resource_is_opened_after_the_lock() {
    let (house, door) = house().await;
    let (port, echo) = (free_port(), echo().await);
    let back = format!("127.0.0.1:{port}:127.0.0.1:{echo}");
    // Asks for signs of life meanwhile, and is given them.
    let mut client = Client::start(
        &house,
        &[
            "-o",
            "ServerAliveInterval=1",
            "-o",
            "ServerAliveCountMax=1",
            "-R",
            &back,
            "gw",
            "echo ready; cat",
        ],
    )
    .await;
    client.order(&house, lock()).await;
    is_in(&house, State::Locked).await;
    door.add_permits(1);
    is_locked_and_connected(&house).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(
        TcpStream::connect(("127.0.0.1", port)).await.is_err(),
        "it listens"
    );
    assert!(
        client.child.try_wait().unwrap().is_none(),
        "the client has given up"
    );
    client.order(&house, Event::Unlock).await;
    see(&mut client.stdout, "ready").await;
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    socket.write_all(b"hello").await.unwrap();
    socket.shutdown().await.unwrap();
    let mut got = String::new();
    socket.read_to_string(&mut got).await.unwrap();
    assert_eq!(got, "hello");
    client.child.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_opened_during_a_lock_waits_for_its_end() {
    let (house, door) = house().await;
    door.add_permits(1);
    let socket = format!("ControlPath={}", house.file("control"));
    let master = house
        .ssh(["-o", "ControlMaster=yes", "-o", &socket, "-N", "-f", "gw"])
        .await;
    assert!(master.status.success());
    is_in(&house, State::Active).await;
    let row = house.sessions_when(|rows| !rows.is_empty()).await.pop().unwrap();
    house.order(&row, lock()).await;
    let marker = house.file("marker");
    let command = format!("touch {marker}; echo done");
    let mut later = house.program("ssh");
    later
        .args(["-o", &socket, "gw", &command])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut later = later.spawn().unwrap();
    see(later.stderr.as_mut().unwrap(), "a moment please").await;
    assert!(!house.path("marker").exists());
    house.order(&row, Event::Unlock).await;
    assert_eq!(text(&later.wait_with_output().await.unwrap()), "done\n");
    house.ssh(["-o", &socket, "-O", "exit", "gw"]).await;
}
