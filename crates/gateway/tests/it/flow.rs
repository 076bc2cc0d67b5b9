//! Bytes in bulk through the real program, recorded: stalls, new keys, large files, and what they cost in memory.
//!
//! The sizes are those of a machine that tests other things too. `DOORWARD_FULL_SIZE=1` takes the ones that the documentation speaks of,
//! and `DOORWARD_BIN` an optimised build; `CONTRIBUTING.md` has the command.

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    gateway::{Gateway, text},
    program::{Program, is_full_size, run, until},
    sshd::Sshd,
};

const MIB: u64 = 1 << 20;
/// A transfer of full size on a busy machine.
const LONG: Duration = Duration::from_mins(10);
/// What bytes that nobody takes may cost the gateway, and what it may keep of that afterwards.
const MOST_GROWTH: u64 = 16 * MIB;
const MOST_KEPT: u64 = 4 * MIB;

/// How much goes through.
struct Sizes {
    /// A file.
    file: u64,
    /// What a reader that pauses is given, and how long it pauses.
    pipe: u64,
    pause: Duration,
    /// What is carried under new keys every mebibyte.
    rekeyed: u64,
    /// What is offered to who takes nothing.
    flood: u64,
}

fn sizes() -> Sizes {
    if is_full_size() {
        return Sizes {
            file: 1024 * MIB,
            pipe: 1024 * MIB,
            pause: Duration::from_secs(10),
            rekeyed: 256 * MIB,
            flood: 3072 * MIB,
        };
    }
    Sizes {
        file: 200 * MIB,
        pipe: 128 * MIB,
        pause: Duration::from_secs(2),
        rekeyed: 24 * MIB,
        flood: 3072 * MIB,
    }
}

/// A client that is ended with this.
struct Client(Child);

impl Client {
    fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    fn signal(&self, signal: &str) {
        let sent = run(Command::new("kill").args([signal, &self.0.id().to_string()]), "");
        assert_eq!(sent.code, 0, "{sent:?}");
    }

    fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _status = self.0.wait();
    }
}

fn house(sshd: &str) -> (Sshd, Gateway) {
    let server = Sshd::start_with(sshd);
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    (server, gateway)
}

/// Gives so many zeros on its output.
fn zeros(bytes: u64) -> (Client, Stdio) {
    let mut head = Command::new("head");
    let mut head = head
        .args(["-c", &bytes.to_string(), "/dev/zero"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = head.stdout.take().unwrap();
    (Client(head), Stdio::from(out))
}

/// Reads to the end; gives how many zeros came. Nothing else may.
fn count_zeros(mut stream: impl Read) -> u64 {
    let mut buffer = vec![0; 1 << 20];
    let mut total = 0;
    loop {
        let count = stream.read(&mut buffer).unwrap();
        if count == 0 {
            return total;
        }
        assert!(buffer[..count].iter().all(|byte| *byte == 0));
        total += count as u64;
    }
}

fn sum(file: &Path) -> String {
    let said = Command::new("sha256sum").arg(file).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    let line = String::from_utf8(said.stdout).unwrap();
    line.split(' ').next().unwrap().to_owned()
}

fn ends(command: &mut Command) {
    let mut child = Client::start(command.stdin(Stdio::null()));
    let status = until(LONG, "it ends", || child.0.try_wait().unwrap());
    assert!(status.success(), "{command:?}: {status}");
}

#[test]
fn a_large_file_has_the_same_sum_both_ways() {
    let (server, gateway) = house("");
    let size = sizes().file;
    let folder = server.folder();
    let path = |name: &str| folder.join(name);
    let made = Command::new("head")
        .args(["-c", &size.to_string(), "/dev/urandom"])
        .stdout(fs::File::create(path("file")).unwrap())
        .status();
    assert!(made.unwrap().success());
    let wanted = sum(&path("file"));
    for legacy in [false, true] {
        let remote = format!("ann%box@127.0.0.1:{}", path("up").display());
        let began = Instant::now();
        for (from, to) in [
            (path("file").display().to_string(), remote.clone()),
            (remote, path("down").display().to_string()),
        ] {
            let mut scp = Command::new("scp");
            scp.args(gateway.ssh_options())
                .args(["-q", "-P", &gateway.ssh_port.to_string()]);
            if legacy {
                scp.arg("-O");
            }
            ends(scp.args([from, to]));
        }
        let took = began.elapsed();
        assert_eq!(sum(&path("up")), wanted);
        assert_eq!(sum(&path("down")), wanted);
        let rate = (2 * size / MIB) as f64 / took.as_secs_f64();
        println!(
            "{} MiB up and down (legacy: {legacy}) in {took:?}: {rate:.0} MiB/s",
            size / MIB
        );
        for name in ["up", "down"] {
            fs::remove_file(path(name)).unwrap();
        }
    }
    // What went through is what the file log says.
    let sessions = gateway.sessions("status=ended&limit=10");
    assert_eq!(sessions.len(), 4);
    for session in sessions {
        let id = text(&session["session_id"]);
        gateway.ended(&id);
        let log = gateway.print(&["sessions", "files", &id, "-o", "json"]);
        assert!(log.contains(&wanted), "{log}");
    }
}

#[test]
fn a_reader_that_pauses_gets_every_byte_and_a_second_channel_lives_meanwhile() {
    let (_server, gateway) = house("");
    let Sizes { pipe, pause, .. } = sizes();
    let control = format!("ControlPath={}", gateway.folder().join("control").display());
    let mut master =
        Program::start(&mut gateway.ssh(&["-v", "-N", "-o", "ControlMaster=yes", "-o", &control], "box"));
    until(LONG, "the master is up", || {
        let check = run(&mut gateway.ssh(&["-o", &control, "-O", "check"], "box"), "");
        (check.code == 0).then_some(())
    });
    // Alone on its connection, and as one of two channels.
    for options in [&[][..], &["-o", control.as_str()]] {
        let (_head, input) = zeros(pipe);
        let mut command = gateway.ssh(options, "box");
        let mut client = Client::start(command.arg("cat").stdin(input).stdout(Stdio::piped()));
        let began = Instant::now();
        let mut alive = 0;
        while began.elapsed() < pause {
            if options.is_empty() {
                thread::sleep(Duration::from_millis(100));
                continue;
            }
            let said = run(gateway.ssh(options, "box").arg("echo alive"), "");
            assert_eq!(said.out, "alive\n", "{said:?}");
            alive += 1;
        }
        assert!(client.is_running(), "all of it went into buffers");
        let got = count_zeros(client.0.stdout.take().unwrap());
        assert_eq!(got, pipe);
        assert!(client.0.wait().unwrap().success());
        println!(
            "{} MiB to a reader that paused {pause:?}: all came; {alive} commands beside it",
            got / MIB
        );
    }
    master.kill();
}

#[test]
fn new_keys_every_mebibyte_lose_nothing() {
    let size = sizes().rekeyed;
    for (server, client) in [("RekeyLimit 1M", "default"), ("", "1M"), ("RekeyLimit 1M", "1M")] {
        let (host, gateway) = house(&format!("LogLevel DEBUG1\n{server}"));
        let (_head, input) = zeros(size);
        let limit = format!("RekeyLimit={client}");
        let mut command = gateway.ssh(&["-v", "-o", &limit], "box");
        let log = gateway.folder().join("log");
        command
            .arg("cat")
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log).unwrap());
        let began = Instant::now();
        let mut client_program = Client::start(&mut command);
        let got = count_zeros(client_program.0.stdout.take().unwrap());
        assert_eq!(got, size);
        assert!(client_program.0.wait().unwrap().success());
        let exchanges = |log: &str| log.matches("SSH2_MSG_NEWKEYS received").count() as u64;
        let (by_client, by_host) = (
            exchanges(&fs::read_to_string(&log).unwrap()),
            exchanges(&host.log()),
        );
        println!(
            "{} MiB both ways, server `{server}`, client `{client}`: {by_client} exchanges with the client, {by_host} with the host, {:?}",
            size / MIB,
            began.elapsed()
        );
        assert!(client != "1M" || by_client >= size / MIB, "{by_client} exchanges");
        assert!(server.is_empty() || by_host >= size / MIB, "{by_host} exchanges");
    }
}

/// Gives the resident memory of the gateway, in bytes.
fn resident(gateway: &Gateway) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.pid())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kib: u64 = line.split_whitespace().next().unwrap().parse().unwrap();
    kib << 10
}

/// Gives the most memory that is in use for a while.
fn most_resident(gateway: &Gateway, watch: Duration) -> u64 {
    let end = Instant::now() + watch;
    let mut most = 0;
    while Instant::now() < end {
        most = most.max(resident(gateway));
        thread::sleep(Duration::from_millis(50));
    }
    most
}

/// Sends and receives as much as a session does, so that what is set up once is not taken for growth.
fn warm_up(gateway: &Gateway) {
    let (_head, input) = zeros(32 * MIB);
    let mut command = gateway.ssh(&[], "box");
    let mut client = Client::start(command.arg("cat").stdin(input).stdout(Stdio::piped()));
    assert_eq!(count_zeros(client.0.stdout.take().unwrap()), 32 * MIB);
    let id = text(&gateway.sessions("status=all&limit=1")[0]["session_id"]);
    assert!(client.0.wait().unwrap().success());
    gateway.ended(&id);
}

#[test]
fn what_nobody_takes_costs_little_memory_and_gives_it_back() {
    let (_server, gateway) = house("");
    let flood = sizes().flood;
    warm_up(&gateway);
    let before = resident(&gateway);
    let command = format!("head -c {flood} /dev/zero");

    // Offered by the client to a command that reads nothing.
    let (_head, input) = zeros(flood);
    let mut up = Client::start(gateway.ssh(&[], "box").arg("sleep 1000").stdin(input));
    let grown_up = most_resident(&gateway, Duration::from_secs(5)).saturating_sub(before);
    assert!(up.is_running());
    // Offered by the resource to a client whose output nobody reads, and to one that does not even read its socket.
    let mut unread = Client::start(
        gateway
            .ssh(&[], "box")
            .arg(&command)
            .stdin(Stdio::null())
            .stdout(Stdio::piped()),
    );
    let mut stopped = Client::start(
        gateway
            .ssh(&[], "box")
            .arg(&command)
            .stdin(Stdio::null())
            .stdout(Stdio::piped()),
    );
    gateway.active(3);
    stopped
        .0
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut [0; 1024])
        .unwrap();
    stopped.signal("-STOP");
    let mut drained = stopped.0.stdout.take().unwrap();
    thread::spawn(move || drained.read_to_end(&mut Vec::new()));
    let grown = most_resident(&gateway, Duration::from_secs(5)).saturating_sub(before);
    assert!(unread.is_running() && stopped.is_running());

    let ids = gateway.active(3);
    drop((up, unread, stopped));
    for id in &ids {
        gateway.ended(id);
    }
    let kept = until(Duration::from_secs(30), "memory is given back", || {
        let kept = resident(&gateway).saturating_sub(before);
        (kept <= MOST_KEPT).then_some(kept)
    });
    println!(
        "resident {} KiB; {} MiB offered to a resource that never reads: +{} KiB; two more clients that never read: +{} KiB in all; \
         kept after their end: {} KiB",
        before >> 10,
        flood / MIB,
        grown_up >> 10,
        grown >> 10,
        kept >> 10
    );
    assert!(
        grown_up <= MOST_GROWTH && grown <= MOST_GROWTH,
        "{grown_up} {grown}"
    );
}
