//! Forwarded connections, the agent, and X11.

use std::process::Stdio;
use std::time::Duration;

use domain::object::Capability::{ForwardAgent, ForwardLocal, ForwardRemote, ForwardX11};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;

use crate::house::{House, Plan, errors, finish, noise, text};

/// Answers each connection with what it sent, and closes.
pub(crate) async fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = socket.split();
                let copied = tokio::io::copy(&mut read, &mut write).await;
                drop((copied, write.shutdown().await));
            });
        }
    });
    port
}

pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Starts a client and waits until its command has said that everything is set up.
pub(crate) async fn ready(house: &House, arguments: &[&str]) -> Child {
    let mut command = house.program("ssh");
    command
        .args(["-o", "ExitOnForwardFailure=no"])
        .args(arguments)
        .args(["gw", "echo ready; cat"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let line = tokio::time::timeout(Duration::from_secs(30), lines.next_line())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(line.as_deref(), Some("ready"));
    child
}

pub(crate) async fn dial(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).await.unwrap()
}

/// Sends 5 MB through a connection and expects them back.
pub(crate) async fn there_and_back(socket: TcpStream) {
    let sent = noise(5_000_000);
    let (mut read, mut write) = socket.into_split();
    let copy = sent.clone();
    let writing = tokio::spawn(async move {
        write.write_all(&copy).await.unwrap();
        write.shutdown().await.unwrap();
    });
    let mut got = Vec::new();
    tokio::time::timeout(Duration::from_mins(1), read.read_to_end(&mut got))
        .await
        .unwrap()
        .unwrap();
    writing.await.unwrap();
    assert!(got == sent, "{} of {} bytes came back", got.len(), sent.len());
}

/// Expects that nothing comes through.
async fn nothing(socket: TcpStream) {
    let mut socket = socket;
    let written = socket.write_all(b"hello").await;
    let mut got = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), socket.read_to_end(&mut got))
        .await
        .unwrap();
    drop((written, read));
    assert_eq!(got, b"");
}

pub(crate) async fn socks(proxy: u16, port: u16) -> TcpStream {
    let mut socket = dial(proxy).await;
    socket.write_all(&[5, 1, 0]).await.unwrap();
    let mut answer = [0; 2];
    socket.read_exact(&mut answer).await.unwrap();
    let [high, low] = port.to_be_bytes();
    socket
        .write_all(&[5, 1, 0, 1, 127, 0, 0, 1, high, low])
        .await
        .unwrap();
    let mut answer = [0; 10];
    // A refused connection closes the socket instead.
    drop(socket.read_exact(&mut answer).await);
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forwards_carry_bytes_and_are_recorded_as_strands() {
    let house = House::new().await;
    let (echo, local, dynamic, remote) = (echo().await, free_port(), free_port(), free_port());
    let child = ready(
        &house,
        &[
            "-L",
            &format!("{local}:127.0.0.1:{echo}"),
            "-D",
            &dynamic.to_string(),
            "-R",
            &format!("{remote}:127.0.0.1:{echo}"),
        ],
    )
    .await;
    there_and_back(dial(local).await).await;
    there_and_back(socks(dynamic, echo).await).await;
    there_and_back(dial(remote).await).await;
    drop(child);
    let tape = house.tape().await;
    let opens = tape.opens();
    let forwards: Vec<_> = opens.iter().filter(|open| open["kind"] == "forward").collect();
    let ways: Vec<_> = forwards
        .iter()
        .map(|open| open["detail"]["forward"].as_str().unwrap())
        .collect();
    assert_eq!(ways, ["local", "local", "remote"]);
    assert_eq!(forwards[0]["title"], format!("127.0.0.1:{echo}"));
    assert!(tape.notes().iter().any(|note| note["body"]["event"] == "listen"));
    let carried: u64 = tape
        .closes()
        .iter()
        .map(|close| close["bytes_up"].as_u64().unwrap())
        .sum();
    assert!(carried >= 15_000_000, "{carried}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_of_the_file_system_are_forwarded() {
    let house = House::new().await;
    let echo = echo().await;
    let (socket, local) = (house.file("socket"), free_port());
    // A socket on the host which leads back here, and a port here which leads to that socket.
    let child = ready(
        &house,
        &[
            "-R",
            &format!("{socket}:127.0.0.1:{echo}"),
            "-L",
            &format!("{local}:{socket}"),
        ],
    )
    .await;
    there_and_back(dial(local).await).await;
    drop(child);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn local_forwards_are_refused_when_the_profile_says_so() {
    let house = House::build(Plan::without(&[ForwardLocal])).await;
    let (echo, local, dynamic) = (echo().await, free_port(), free_port());
    let child = ready(
        &house,
        &[
            "-L",
            &format!("{local}:127.0.0.1:{echo}"),
            "-D",
            &dynamic.to_string(),
        ],
    )
    .await;
    nothing(dial(local).await).await;
    nothing(socks(dynamic, echo).await).await;
    drop(child);
    let output = house
        .ssh(["-o", "LogLevel=INFO", "-W", &format!("127.0.0.1:{echo}"), "gw"])
        .await;
    assert!(
        errors(&output).contains("may not be forwarded in this session"),
        "{}",
        errors(&output)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn remote_forwards_are_refused_when_the_profile_says_so() {
    let house = House::build(Plan::without(&[ForwardRemote])).await;
    let (echo, remote) = (echo().await, free_port());
    let output = house
        .ssh([
            "-o",
            "ExitOnForwardFailure=yes",
            "-R",
            &format!("{remote}:127.0.0.1:{echo}"),
            "gw",
            "true",
        ])
        .await;
    assert_eq!(output.status.code(), Some(255));
    assert!(
        errors(&output).contains("remote port forwarding failed"),
        "{}",
        errors(&output)
    );
    assert!(TcpStream::connect(("127.0.0.1", remote)).await.is_err());
}

/// Runs a command with an agent that holds the client's key.
pub(crate) async fn with_agent(house: &House, command: &str) -> String {
    let script = format!(
        "eval $(ssh-agent) >/dev/null; ssh-add -q {}; ssh -F {} -A gw '{command}'; kill $SSH_AGENT_PID",
        house.file("client"),
        house.file("config")
    );
    let mut shell = tokio::process::Command::new("sh");
    shell.args(["-c", &script]);
    let output = finish(shell, b"").await;
    text(&output) + &errors(&output)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_agent_is_forwarded_only_when_the_profile_says_so() {
    let house = House::new().await;
    let said = with_agent(&house, "ssh-add -l").await;
    assert!(said.contains("ED25519"), "{said}");
    assert!(
        house
            .tape()
            .await
            .opens()
            .iter()
            .any(|open| open["title"] == "agent")
    );
    let house = House::build(Plan::without(&[ForwardAgent])).await;
    let said = with_agent(&house, "ssh-add -l; echo $SSH_AUTH_SOCK.").await;
    assert!(!said.contains("ED25519") && said.starts_with(".\n"), "{said}");
}

/// Asks for X11 with a display of our own; gives what the host says of it.
async fn with_display(house: &House) -> String {
    let mut command = house.program("ssh");
    command
        .env("DISPLAY", "127.0.0.1:99")
        .args(["-Y", "-o", "LogLevel=INFO", "gw", "echo display=$DISPLAY"]);
    let output = finish(command, b"").await;
    text(&output) + &errors(&output)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x11_is_forwarded_only_when_the_profile_says_so() {
    let with = |refused: &[domain::object::Capability]| Plan {
        host_config: "X11Forwarding yes\nXAuthLocation /bin/true".into(),
        ..Plan::without(refused)
    };
    let house = House::build(with(&[])).await;
    let said = with_display(&house).await;
    assert!(
        said.contains("display=localhost:") || said.contains("display=127.0.0.1:"),
        "{said}"
    );
    let house = House::build(with(&[ForwardX11])).await;
    let said = with_display(&house).await;
    assert!(said.contains("display=\n"), "{said}");
    assert!(said.contains("X11 forwarding request failed"), "{said}");
}
