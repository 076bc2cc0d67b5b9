//! Unmodified clients through the gateway, each against both hosts: OpenSSH's server and dropbear.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use ssh_key::HashAlg;
use testkit::tools;
use tokio::process::Command;

use crate::forwards::{dial, echo, free_port, ready, socks, there_and_back, with_agent};
use crate::house::{Host, House, Plan, errors, finish, noise, text};

/// Declares a test for each host.
macro_rules! on_both_hosts {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sshd() {
                super::$name(super::house(Host::Sshd).await.expect("OpenSSH's server is always there")).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn dropbear() {
                if let Some(house) = super::house(Host::Dropbear).await {
                    super::$name(house).await;
                }
            }
        }
    )*};
}

on_both_hosts!(
    ssh_ends_as_it_does_directly,
    ssh_runs_a_shell,
    scp_copies_both_ways,
    scp_copies_both_ways_by_the_legacy_protocol,
    sftp_copies_both_ways,
    rsync_copies_both_ways,
    git_clones_and_pushes,
    ssh_jumps,
    ssh_forwards_connections,
    ssh_forwards_the_agent,
    ssh_shares_a_connection,
    plink_runs_commands,
    dbclient_runs_commands,
    paramiko_runs_commands_and_copies_files,
    asyncssh_runs_commands_and_copies_files,
);

async fn house(host: Host) -> Option<House> {
    if !host.can_run() {
        return None;
    }
    let plan = Plan {
        host,
        ..Plan::default()
    };
    Some(House::build(plan).await)
}

fn sum(bytes: &[u8]) -> String {
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .fold(String::new(), |mut sum, byte| {
            write!(sum, "{byte:02x}").unwrap();
            sum
        })
}

/// Makes a file that is not the same in any two pieces; gives its name.
fn file(house: &House) -> String {
    std::fs::write(house.path("file"), noise(5_000_000)).unwrap();
    house.file("file")
}

/// Expects that what was copied there and back is what it was.
fn assert_same(house: &House) {
    let sums = ["file", "up", "down"].map(|name| sum(&std::fs::read(house.path(name)).unwrap()));
    assert!(sums[0] == sums[1] && sums[1] == sums[2], "{sums:?}");
}

async fn succeed(command: Command) -> String {
    let output = finish(command, b"").await;
    assert!(output.status.success(), "{}{}", text(&output), errors(&output));
    text(&output)
}

async fn ssh_ends_as_it_does_directly(house: House) {
    for command in [
        "true",
        "exit 3",
        "exit 255",
        "kill -TERM $$",
        "kill -KILL $$",
        "no-such-command",
        "echo out; echo err >&2; exit 9",
    ] {
        let direct = house.ssh(["direct", command]).await;
        let through = house.ssh(["gw", command]).await;
        assert_eq!(through.status, direct.status, "{command}: {}", errors(&through));
        assert_eq!(text(&through), text(&direct), "{command}");
        // Only the client itself names the host that it talks to.
        let words = |output| errors(output).replace("direct", "gw");
        assert_eq!(words(&through), words(&direct), "{command}");
    }
    let input = noise(5_000_000);
    let output = house.ssh_with(["gw", "cat; exit 4"], &input).await;
    assert!(output.stdout == input, "{} bytes", output.stdout.len());
    assert_eq!(output.status.code(), Some(4));
}

async fn ssh_runs_a_shell(house: House) {
    let output = house
        .ssh_with(["-tt", "gw"], b"echo on a ter''minal; exit 5\n")
        .await;
    assert_eq!(output.status.code(), Some(5), "{}", errors(&output));
    assert!(text(&output).contains("on a terminal"), "{}", text(&output));
}

async fn copies(house: &House, mut command: Command, options: &[&str]) {
    let remote = format!("gw:{}", house.file("up"));
    let (local, down) = (file(house), house.file("down"));
    command.args(options);
    for (from, to) in [(&local, &remote), (&remote, &down)] {
        let mut copy = Command::new(command.as_std().get_program());
        copy.args(command.as_std().get_args()).args([from, to]);
        succeed(copy).await;
    }
    assert_same(house);
}

async fn scp_copies_both_ways(house: House) {
    copies(&house, house.program("scp"), &["-q"]).await;
}

async fn scp_copies_both_ways_by_the_legacy_protocol(house: House) {
    copies(&house, house.program("scp"), &["-q", "-O"]).await;
}

async fn sftp_copies_both_ways(house: House) {
    let (local, up, down) = (file(&house), house.file("up"), house.file("down"));
    let batch = format!("put {local} {up}\nget {up} {down}\n");
    std::fs::write(house.path("batch"), batch).unwrap();
    let mut sftp = house.program("sftp");
    sftp.args(["-q", "-b", &house.file("batch"), "gw"]);
    succeed(sftp).await;
    assert_same(&house);
}

async fn rsync_copies_both_ways(house: House) {
    if !tools::have(&["rsync"]) {
        return;
    }
    let shell = format!("ssh -F {}", house.file("config"));
    copies(&house, Command::new("rsync"), &["-a", "-e", &shell]).await;
}

async fn git_clones_and_pushes(house: House) {
    // Dropbear looks for programs in the system's folders only.
    let there = |program| tools::path(program).display().to_string();
    let (upload, receive) = (there("git-upload-pack"), there("git-receive-pack"));
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        git.args(arguments)
            .env("GIT_SSH_COMMAND", format!("ssh -F {}", house.file("config")));
        succeed(git)
    };
    let (bare, clone) = (house.file("bare"), house.file("clone"));
    let remote = format!("gw:{bare}");
    git(&["init", "-q", "--bare", &bare]).await;
    git(&["clone", "-q", "-u", &upload, &remote, &clone]).await;
    std::fs::copy(file(&house), house.path("clone/file")).unwrap();
    git(&["-C", &clone, "add", "file"]).await;
    git(&["-C", &clone, "commit", "-q", "-m", "first"]).await;
    let pack = format!("--receive-pack={receive}");
    git(&["-C", &clone, "push", "-q", &pack, "origin", "HEAD:main"]).await;
    let again = house.file("again");
    git(&["clone", "-q", "-u", &upload, "-b", "main", &remote, &again]).await;
    std::fs::copy(house.path("clone/file"), house.path("up")).unwrap();
    std::fs::copy(house.path("again/file"), house.path("down")).unwrap();
    assert_same(&house);
}

async fn ssh_jumps(house: House) {
    let port = house.port.to_string();
    let (host, command) = ("HostName=web1", "echo jumped; exit 4");
    let jump = ["-J", "lobby", "-o", host, "-p", &port, "web1", command];
    let output = house.ssh(jump).await;
    assert_eq!(text(&output), "jumped\n", "{}", errors(&output));
    assert_eq!(output.status.code(), Some(4));
}

async fn ssh_forwards_connections(house: House) {
    let (echo, local, dynamic, remote) = (echo().await, free_port(), free_port(), free_port());
    let (out, back) = (
        format!("{local}:127.0.0.1:{echo}"),
        format!("{remote}:127.0.0.1:{echo}"),
    );
    let child = ready(&house, &["-L", &out, "-D", &dynamic.to_string(), "-R", &back]).await;
    there_and_back(dial(local).await).await;
    there_and_back(socks(dynamic, echo).await).await;
    there_and_back(dial(remote).await).await;
    drop(child);
}

async fn ssh_forwards_the_agent(house: House) {
    let said = with_agent(&house, "ssh-add -l").await;
    assert!(said.contains("ED25519"), "{said}");
}

async fn ssh_shares_a_connection(house: House) {
    let socket = format!("ControlPath={}", house.file("control"));
    let master = house
        .ssh(["-o", "ControlMaster=yes", "-o", &socket, "-N", "-f", "gw"])
        .await;
    assert!(master.status.success(), "{}", errors(&master));
    // One after the other: of commands that are started side by side dropbear itself loses some.
    for number in 0..5 {
        let output = house
            .ssh(["-o", &socket, "gw", &format!("echo {number}; exit {number}")])
            .await;
        assert_eq!(text(&output), format!("{number}\n"));
        assert_eq!(output.status.code(), Some(number));
    }
    house.ssh(["-o", &socket, "-O", "exit", "gw"]).await;
    assert_eq!(house.sessions().await.len(), 1);
}

/// Converts the client's key with a program; gives where it is.
async fn converted(house: &House, program: &str, arguments: &[&str], name: &str) -> PathBuf {
    let mut convert = Command::new(tools::path(program));
    convert.args(arguments);
    succeed(convert).await;
    house.path(name)
}

async fn echoes(mut command: Command, code: i32) {
    let input = noise(5_000_000);
    command.arg(format!("cat; exit {code}"));
    let output = finish(command, &input).await;
    assert!(
        output.stdout == input,
        "{} bytes: {}",
        output.stdout.len(),
        errors(&output)
    );
    assert_eq!(output.status.code(), Some(code), "{}", errors(&output));
}

async fn plink_runs_commands(house: House) {
    if !tools::have(&["plink", "puttygen"]) {
        return;
    }
    let (key, ppk) = (house.file("client"), house.file("client.ppk"));
    let key = converted(
        &house,
        "puttygen",
        &[&key, "-O", "private", "-o", &ppk],
        "client.ppk",
    )
    .await;
    let host = house.engine.vault().ssh_host_keys()[0]
        .public_key()
        .fingerprint(HashAlg::Sha256);
    let mut plink = Command::new("plink");
    plink
        .env("HOME", house.folder.path())
        .args(["-batch", "-P", &house.port.to_string()]);
    plink.args(["-hostkey", &host.to_string(), "-i"]).arg(key);
    plink.arg("alice%web1@127.0.0.1");
    echoes(plink, 7).await;
}

async fn dbclient_runs_commands(house: House) {
    if !tools::have(&["dbclient", "dropbearconvert"]) {
        return;
    }
    let (key, db) = (house.file("client"), house.file("client.db"));
    let key = converted(
        &house,
        "dropbearconvert",
        &["openssh", "dropbear", &key, &db],
        "client.db",
    )
    .await;
    let mut dbclient = Command::new("dbclient");
    dbclient
        .env("HOME", house.folder.path())
        .args(["-y", "-y", "-i"])
        .arg(key);
    dbclient.args(["-p", &house.port.to_string(), "-l", "alice%web1", "127.0.0.1"]);
    echoes(dbclient, 3).await;
}

/// Runs a script with the port, the key and the folder of the house.
async fn script(house: &House, python: &Path, script: &str) {
    file(house);
    let mut command = Command::new(python);
    // Of several commands at once dropbear refuses one now and then, also to clients that reach it directly.
    let at_once = if house.host == Host::Dropbear { "1" } else { "8" };
    command
        .args(["-c", script, &house.port.to_string(), &house.file("client")])
        .arg(house.folder.path())
        .arg(at_once);
    assert_eq!(succeed(command).await, "done\n");
    assert_same(house);
}

const PARAMIKO: &str = r"
import paramiko, sys
port, key, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect('127.0.0.1', port, 'alice:web1', key_filename=key, allow_agent=False, look_for_keys=False)
for n in range(8):
    _, out, err = client.exec_command(f'echo out {n}; echo err {n} >&2; exit {n}')
    said = out.read().decode(), err.read().decode(), out.channel.recv_exit_status()
    assert said == (f'out {n}\n', f'err {n}\n', n), said
into, out, _ = client.exec_command('cat')
into.write('typed'); into.flush(); into.channel.shutdown_write()
assert out.read() == b'typed'
# dropbear may close what is opened while it ends another.
assert out.channel.recv_exit_status() == 0
shell = client.invoke_shell(width=100, height=30)
shell.sendall(b'stty size; exit 6\n')
screen = b''
while chunk := shell.recv(4096):
    screen += chunk
assert b'30 100' in screen, screen
assert shell.recv_exit_status() == 6
sftp = client.open_sftp()
sftp.put(folder + '/file', folder + '/up')
client.get_transport().renegotiate_keys()
sftp.get(folder + '/up', folder + '/down')
sftp.rename(folder + '/up', folder + '/other'); sftp.rename(folder + '/other', folder + '/up')
sftp.close(); client.close()
print('done')
";

async fn paramiko_runs_commands_and_copies_files(house: House) {
    if let Some(python) = tools::python(&["paramiko"]) {
        script(&house, &python, PARAMIKO).await;
    }
}

const ASYNCSSH: &str = r"
import asyncio, asyncssh, sys
port, key, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
async def main():
    async with asyncssh.connect('127.0.0.1', port, username='alice:web1', client_keys=[key], known_hosts=None,
                                agent_path=None, rekey_bytes=1 << 20) as connection:
        room = asyncio.Semaphore(int(sys.argv[4]))
        async def say(n):
            async with room:
                return await connection.run(f'echo out {n}; echo err {n} >&2; exit {n}')
        for n, done in enumerate(await asyncio.gather(*map(say, range(8)))):
            assert (done.stdout, done.stderr, done.exit_status) == (f'out {n}\n', f'err {n}\n', n), done
        killed = await connection.run('kill -TERM $$')
        assert killed.exit_signal and killed.exit_signal[0] == 'TERM', killed
        echoed = await connection.run('cat', input='typed')
        assert echoed.stdout == 'typed', echoed
        async with connection.start_sftp_client() as sftp:
            await sftp.put(folder + '/file', folder + '/up')
            await sftp.get(folder + '/up', folder + '/down')
        seen = asyncio.get_running_loop().create_future()
        async def answer(reader, writer):
            seen.set_result(await reader.read())
            writer.close()
        server = await asyncio.start_server(answer, '127.0.0.1', 0)
        reader, writer = await connection.open_connection('127.0.0.1', server.sockets[0].getsockname()[1])
        writer.write(b'carried'); writer.write_eof()
        assert await seen == b'carried'
        writer.close(); server.close()
    print('done')
asyncio.run(main())
";

async fn asyncssh_runs_commands_and_copies_files(house: House) {
    if let Some(python) = tools::python(&["asyncssh"]) {
        script(&house, &python, ASYNCSSH).await;
    }
}
