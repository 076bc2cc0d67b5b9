//! The server role against real clients.

use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Instant;

use bytes::{BufMut, Bytes, BytesMut};
use proto_ssh::wire::auth::{self, Method, Request, ServiceAccept, ServiceRequest};
use proto_ssh::wire::connection::{
    Ask, ChannelRequest, Close, Data, Eof, Message, OpenConfirmation, Opening, Success,
};
use proto_ssh::wire::{
    Cipher, HostKey, HostKeyAlgorithm, Limits, Mac, Profile, ServerConfig, Transport, number,
};

use super::Keys;
use crate::driver::{Driver, Turn};
use testkit::tools;

/// What the server role writes to a client that executes `send BYTES`, or echoes.
pub const EXIT_CODE: u32 = 7;

/// A server for one connection: takes the user's key, executes `echo` and `send`, exits with [`EXIT_CODE`].
pub struct Server {
    listener: TcpListener,
    config: Arc<ServerConfig>,
}

impl Server {
    pub fn new(host_keys: Vec<HostKey>, profile: Profile, limits: Limits) -> Self {
        let identification = "SSH-2.0-Doorward_test".to_owned();
        let config = Arc::new(ServerConfig {
            identification,
            profile,
            host_keys,
            limits,
        });
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
            config,
        }
    }

    pub fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    /// Serves one connection to its end.
    pub fn serve(&self, key: &[u8]) -> Driver<TcpStream> {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let transport = Transport::server(self.config.clone(), Instant::now()).unwrap();
        let mut driver = Driver::new(transport, stream);
        driver.handshake();
        let_in(&mut driver, key);
        session(&mut driver);
        driver
    }

    /// Runs a client against one connection; returns what it printed.
    fn run(&self, key: &[u8], client: &mut Command) -> (Output, Driver<TcpStream>) {
        let child = client
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // What it prints is read meanwhile, or it stops when the pipe is full.
        let address = self.listener.local_addr().unwrap();
        let output = std::thread::spawn(move || {
            let output = child.wait_with_output().unwrap();
            // If it never came, the server is not left waiting for it.
            drop(TcpStream::connect(address));
            output
        });
        let done = self.serve(key);
        let output = output.join().unwrap();
        drop(self.listener.accept());
        (output, done)
    }
}

fn let_in(driver: &mut Driver<TcpStream>, wanted: &[u8]) {
    let payload = driver.message().expect("a service request");
    let service = ServiceRequest::parse(&payload).unwrap().unwrap().service;
    driver.send(&ServiceAccept { service });
    loop {
        let payload = driver.message().expect("an authentication request");
        let request = Request::parse(&payload).unwrap().unwrap();
        match request.method {
            Method::PublicKey(method) if method.key == wanted && method.signed.is_none() => {
                driver.send(&auth::PublicKeyOk {
                    algorithm: method.algorithm,
                    key: method.key,
                });
            }
            Method::PublicKey(method) if method.key == wanted => {
                method
                    .verify(driver.transport.session_id(), driver.transport.host_key())
                    .unwrap();
                driver.send(&auth::Success);
                return;
            }
            _ => driver.send(&auth::Failure {
                methods: "publickey",
                partial: false,
            }),
        }
    }
}

/// One session with one command.
fn session(driver: &mut Driver<TcpStream>) {
    let (mut channel, mut window, mut to_send) = (0, 0_usize, Bytes::new());
    let mut is_sending = false;
    loop {
        let payload = match driver.message_turn() {
            Turn::Some(payload) => payload,
            Turn::Nothing => Bytes::from_static(&[number::REQUEST_FAILURE]),
            Turn::End => break,
        };
        match Message::parse(&payload).unwrap().unwrap() {
            Message::Open(open) => {
                assert_eq!(open.opening().unwrap(), Opening::Session);
                channel = open.sender;
                window = open.window as usize;
                let (window, max_packet) = (1 << 20, 32768);
                driver.send(&OpenConfirmation {
                    channel,
                    sender: 3,
                    window,
                    max_packet,
                    rest: &[],
                });
            }
            Message::Request(request) => {
                if let Ask::Exec { command } = request.ask().unwrap() {
                    let command = std::str::from_utf8(command).unwrap();
                    to_send = match command.split_once(' ').unwrap() {
                        ("send", count) => vec![b'x'; count.parse().unwrap()].into(),
                        ("echo", text) => Bytes::copy_from_slice(text.as_bytes()),
                        other => panic!("{other:?}"),
                    };
                    is_sending = true;
                }
                if request.want_reply {
                    driver.send(&Success { channel });
                }
            }
            Message::WindowAdjust(adjust) => window += adjust.bytes as usize,
            Message::GlobalRequest(request) if request.want_reply => driver.send(&Message::RequestFailure),
            Message::Close(_) => return,
            _ => {}
        }
        while is_sending && window > 0 && !to_send.is_empty() && !driver.transport.is_rekeying() {
            let data = to_send.split_to(window.min(to_send.len()).min(32768));
            driver.send(&Data { channel, data: &data });
            window -= data.len();
        }
        if is_sending && to_send.is_empty() {
            is_sending = false;
            let mut rest = BytesMut::new();
            rest.put_u32(EXIT_CODE);
            driver.send(&ChannelRequest {
                channel,
                kind: "exit-status",
                want_reply: false,
                rest: &rest,
            });
            driver.send(&Eof { channel });
            driver.send(&Close { channel });
        }
    }
}

fn ssh(keys: &Keys, server: &Server, options: &[&str], command: &str) -> Command {
    let mut ssh = Command::new(tools::path("ssh"));
    ssh.args([
        "-F",
        "/dev/null",
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "IdentitiesOnly=yes",
    ]);
    ssh.args([
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-p",
        &server.port().to_string(),
        "-i",
    ]);
    ssh.arg(keys.path("user"));
    for option in options {
        ssh.args(["-o", option]);
    }
    ssh.args(["someone@127.0.0.1", command]);
    ssh
}

#[track_caller]
fn assert_echoed(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(EXIT_CODE as i32), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello", "{said}");
}

pub fn ed25519_host() -> Vec<HostKey> {
    vec![crate::pair::host_key()]
}

#[test]
fn the_server_role_works_with_ssh_over_every_algorithm() {
    if !tools::have(&["ssh"]) {
        return;
    }
    let keys = Keys::new("ed25519");
    let key = keys.signing("user").public().clone();
    // All of the client profile, so that old algorithms are tried too.
    let server = Server::new(ed25519_host(), Profile::client(), Limits::default());
    let kex = [
        "sntrup761x25519-sha512@openssh.com",
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
    ];
    for name in kex {
        let option = format!("KexAlgorithms={name}");
        let (output, done) = server.run(&key, &mut ssh(&keys, &server, &[&option], "echo hello"));
        assert_echoed(&output);
        assert_eq!(done.transport.negotiated().unwrap().kex.name(), name);
        assert!(done.transport.peer_version().starts_with("SSH-2.0-OpenSSH_"));
    }
    for cipher in Cipher::ALL {
        for mac in if cipher.is_authenticated() {
            &Mac::ALL[..1]
        } else {
            Mac::ALL
        } {
            let options = [
                format!("Ciphers={}", cipher.name()),
                format!("MACs={}", mac.name()),
            ];
            let options = options.each_ref().map(String::as_str);
            let (output, _) = server.run(&key, &mut ssh(&keys, &server, &options, "echo hello"));
            assert_echoed(&output);
        }
    }
}

#[test]
fn the_server_role_verifies_every_kind_of_user_key() {
    if !tools::have(&["ssh"]) {
        return;
    }
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let keys = Keys::new(kind);
        let key = keys.signing("user").public().clone();
        let server = Server::new(ed25519_host(), Profile::server(), Limits::default());
        let (output, _) = server.run(&key, &mut ssh(&keys, &server, &[], "echo hello"));
        assert_echoed(&output);
    }
}

#[test]
fn the_server_role_signs_with_every_kind_of_host_key() {
    if !tools::have(&["ssh"]) {
        return;
    }
    let keys = Keys::new("ed25519");
    let key = keys.signing("user").public().clone();
    for (name, kind) in [("h-ecdsa", "ecdsa"), ("h-rsa", "rsa")] {
        keys.generate(name, kind);
        let host = HostKey {
            key: keys.signing(name),
            certificate: None,
        };
        let server = Server::new(vec![host], Profile::client(), Limits::default());
        let (output, _) = server.run(&key, &mut ssh(&keys, &server, &[], "echo hello"));
        assert_echoed(&output);
    }
}

#[test]
fn ssh_trusts_the_host_certificate_of_the_server_role() {
    if !tools::have(&["ssh"]) {
        return;
    }
    let keys = Keys::new("ed25519");
    let key = keys.signing("user").public().clone();
    keys.generate("host", "ed25519");
    keys.generate("authority", "ed25519");
    let signed = Command::new(tools::path("ssh-keygen"))
        .args(["-q", "-h", "-I", "gateway", "-n", "127.0.0.1", "-V", "+1h", "-s"])
        .args([keys.path("authority"), keys.path("host.pub")])
        .output()
        .unwrap();
    assert!(signed.status.success());
    let line = std::fs::read_to_string(keys.path("host-cert.pub")).unwrap();
    let certificate = ssh_key::Certificate::from_openssh(line.trim())
        .unwrap()
        .to_bytes()
        .unwrap();
    let authority = std::fs::read_to_string(keys.path("authority.pub")).unwrap();
    std::fs::write(keys.path("known"), format!("@cert-authority * {authority}")).unwrap();

    let host = HostKey {
        key: keys.signing("host"),
        certificate: Some(certificate),
    };
    let server = Server::new(vec![host], Profile::server(), Limits::default());
    let known = format!("UserKnownHostsFile={}", keys.path("known").display());
    let mut command = ssh(&keys, &server, &[], "echo hello");
    let arguments: Vec<_> = command.get_args().map(std::ffi::OsStr::to_owned).collect();
    command = Command::new(tools::path("ssh"));
    // The first of two equal options counts.
    command
        .args(["-o", &known, "-o", "StrictHostKeyChecking=yes"])
        .args(arguments);
    let (output, done) = server.run(&key, &mut command);
    assert_echoed(&output);
    assert_eq!(
        done.transport.negotiated().unwrap().host_key,
        HostKeyAlgorithm::Ed25519Certificate
    );
}

#[test]
fn both_ends_renew_keys_during_a_transfer_to_ssh() {
    if !tools::have(&["ssh"]) {
        return;
    }
    let keys = Keys::new("ed25519");
    let key = keys.signing("user").public().clone();
    for (option, ours) in [
        ("RekeyLimit=1M", 1 << 30),
        ("RekeyLimit=default none", 1 << 20),
        ("RekeyLimit=1M", 1 << 20),
    ] {
        let limits = Limits {
            rekey_bytes: ours,
            ..Limits::default()
        };
        let server = Server::new(ed25519_host(), Profile::server(), limits);
        let (output, _) = server.run(&key, &mut ssh(&keys, &server, &[option], "send 12582912"));
        assert_eq!(
            output.status.code(),
            Some(EXIT_CODE as i32),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.stdout.len(), 12_582_912, "{option} {ours}");
    }
}

#[test]
fn the_server_role_works_with_dbclient() {
    if !tools::have(&["dbclient", "dropbearconvert"]) {
        return;
    }
    let keys = Keys::new("ed25519");
    let key = keys.signing("user").public().clone();
    let converted = Command::new(tools::path("dropbearconvert"))
        .args(["openssh", "dropbear"])
        .args([keys.path("user"), keys.path("user.db")])
        .output()
        .unwrap();
    assert!(
        converted.status.success(),
        "{}",
        String::from_utf8_lossy(&converted.stderr)
    );
    for cipher in ["chacha20-poly1305@openssh.com", "aes128-ctr"] {
        // It knows codes over plaintext only.
        let server = Server::new(ed25519_host(), Profile::client(), Limits::default());
        let mut dbclient = Command::new(tools::path("dbclient"));
        dbclient.args(["-y", "-y", "-c", cipher, "-p", &server.port().to_string(), "-i"]);
        dbclient
            .arg(keys.path("user.db"))
            .args(["someone@127.0.0.1", "echo hello"]);
        let (output, done) = server.run(&key, &mut dbclient);
        assert_echoed(&output);
        assert_eq!(done.transport.negotiated().unwrap().client_cipher.name(), cipher);
    }
}

#[test]
fn the_server_role_works_with_plink() {
    if !tools::have(&["plink", "puttygen"]) {
        return;
    }
    let keys = Keys::new("ed25519");
    let key = keys.signing("user").public().clone();
    let converted = Command::new(tools::path("puttygen"))
        .arg(keys.path("user"))
        .args(["-O", "private", "-o"])
        .arg(keys.path("user.ppk"))
        .output()
        .unwrap();
    assert!(
        converted.status.success(),
        "{}",
        String::from_utf8_lossy(&converted.stderr)
    );
    let server = Server::new(ed25519_host(), Profile::server(), Limits::default());
    let host = server.config.host_keys[0].key.public().clone();
    let host = ssh_key::PublicKey::from_bytes(&host)
        .unwrap()
        .fingerprint(ssh_key::HashAlg::Sha256)
        .to_string();
    let mut plink = Command::new(tools::path("plink"));
    plink.args([
        "-batch",
        "-ssh",
        "-noagent",
        "-hostkey",
        &host,
        "-P",
        &server.port().to_string(),
        "-i",
    ]);
    plink
        .arg(keys.path("user.ppk"))
        .args(["someone@127.0.0.1", "echo hello"]);
    let (output, done) = server.run(&key, &mut plink);
    assert_echoed(&output);
    // PuTTY 0.78 knows no better method, and newer ones prefer one that is as good.
    let kex = done.transport.negotiated().unwrap().kex.name();
    assert!(
        kex.starts_with("sntrup761x25519") || kex.starts_with("mlkem768x25519"),
        "{kex}"
    );
}

/// Scripts for the interpreter that `scripts/install-tools` sets up.
const PARAMIKO: &str = "
import paramiko, sys
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect('127.0.0.1', int(sys.argv[1]), 'someone', key_filename=sys.argv[2], allow_agent=False, look_for_keys=False)
_, output, _ = client.exec_command('echo hello')
sys.stdout.write(output.read().decode()); sys.stdout.flush()
status = output.channel.recv_exit_status()
client.close()
sys.exit(status)
";
const ASYNCSSH: &str = "
import asyncio, asyncssh, sys
async def main():
    async with asyncssh.connect('127.0.0.1', int(sys.argv[1]), username='someone', client_keys=[sys.argv[2]],
                                known_hosts=None, agent_path=None) as connection:
        done = await connection.run('echo hello')
        sys.stdout.write(done.stdout); sys.stdout.flush()
        return done.exit_status
sys.exit(asyncio.run(main()))
";

#[test]
fn the_server_role_works_with_paramiko_and_asyncssh() {
    let Some(interpreter) = tools::python(&["paramiko", "asyncssh"]) else {
        return;
    };
    for (script, library) in [(PARAMIKO, "paramiko"), (ASYNCSSH, "AsyncSSH")] {
        let keys = Keys::new("ed25519");
        let key = keys.signing("user").public().clone();
        let server = Server::new(ed25519_host(), Profile::server(), Limits::default());
        let mut python = Command::new(&interpreter);
        python
            .args(["-c", script, &server.port().to_string()])
            .arg(keys.path("user"));
        let (output, done) = server.run(&key, &mut python);
        assert_echoed(&output);
        let version = done.transport.peer_version();
        assert!(version.contains(library), "{version}");
        println!("{version}: {:?}", done.transport.negotiated());
    }
}
