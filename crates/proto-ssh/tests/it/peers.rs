//! Other programs in both roles: dropbear, PuTTY, and an independent implementation of the server.

use std::sync::Arc;

use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, Response, Session};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::house::{Host, House, Plan, errors, finish, installed, noise, text, whoami};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropbear_is_reached() {
    // It reads keys from the home folder of the account only, which root can put another one over.
    if whoami() != "root" || !installed("dropbear") || !installed("dropbearconvert") || !installed("unshare")
    {
        return;
    }
    let house = House::build(Plan {
        host: Host::Dropbear,
        ..Plan::default()
    })
    .await;
    let input = noise(5_000_000);
    let output = house.ssh_with(["gw", "cat; exit 3"], &input).await;
    assert!(
        output.stdout == input,
        "{} bytes: {}",
        output.stdout.len(),
        errors(&output)
    );
    assert_eq!(output.status.code(), Some(3));
    let output = house.ssh(["gw", "kill -TERM $$"]).await;
    assert_eq!(output.status.code(), Some(255));
    let output = house
        .ssh_with(["-tt", "gw"], b"echo on a ter''minal; exit 5\n")
        .await;
    assert_eq!(output.status.code(), Some(5));
    assert!(text(&output).contains("on a terminal"), "{}", text(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropbear_is_a_client() {
    if !installed("dbclient") || !installed("dropbearconvert") {
        return;
    }
    let house = House::new().await;
    let mut convert = Command::new("dropbearconvert");
    convert.args([
        "openssh",
        "dropbear",
        &house.file("client"),
        &house.file("client.db"),
    ]);
    assert!(finish(convert, b"").await.status.success());
    let mut command = Command::new("dbclient");
    command
        .env("HOME", house.folder.path())
        .args(["-y", "-y", "-i", &house.file("client.db"), "-p"]);
    command.args([
        &house.port.to_string(),
        "-l",
        "alice%web1",
        "127.0.0.1",
        "cat; exit 3",
    ]);
    let input = noise(5_000_000);
    let output = finish(command, &input).await;
    assert!(
        output.stdout == input,
        "{} bytes: {}",
        output.stdout.len(),
        errors(&output)
    );
    assert_eq!(output.status.code(), Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn putty_is_a_client() {
    if !installed("plink") || !installed("puttygen") {
        return;
    }
    let house = House::new().await;
    let mut convert = Command::new("puttygen");
    convert.args([
        &house.file("client"),
        "-O",
        "private",
        "-o",
        &house.file("client.ppk"),
    ]);
    assert!(finish(convert, b"").await.status.success());
    let key = house.engine.vault().ssh_host_keys()[0]
        .public_key()
        .fingerprint(ssh_key::HashAlg::Sha256);
    let mut command = Command::new("plink");
    command
        .env("HOME", house.folder.path())
        .args(["-batch", "-P", &house.port.to_string()]);
    command.args([
        "-hostkey",
        &key.to_string(),
        "-i",
        &house.file("client.ppk"),
        "alice%web1@127.0.0.1",
    ]);
    command.arg("cat; exit 7");
    let input = noise(5_000_000);
    let output = finish(command, &input).await;
    assert!(
        output.stdout == input,
        "{} bytes: {}",
        output.stdout.len(),
        errors(&output)
    );
    assert_eq!(output.status.code(), Some(7));
}

/// A host that takes one password by certain methods, and says who came.
pub(crate) struct Picky {
    pub(crate) port: u16,
}

#[derive(Clone)]
struct Guard {
    password: &'static str,
    methods: MethodSet,
    user: String,
}

impl Picky {
    pub(crate) async fn start(password: &'static str, methods: &[&str]) -> Self {
        let methods: Vec<MethodKind> = methods
            .iter()
            .map(|name| match *name {
                "password" => MethodKind::Password,
                "keyboard-interactive" => MethodKind::KeyboardInteractive,
                _ => MethodKind::PublicKey,
            })
            .collect();
        let mut set = MethodSet::empty();
        for method in methods {
            set.push(method);
        }
        let key = vault::ssh_keys::generate_ed25519("host").unwrap();
        let config = russh::server::Config {
            keys: vec![key],
            methods: set.clone(),
            auth_rejection_time: std::time::Duration::ZERO,
            ..russh::server::Config::default()
        };
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let guard = Guard {
            password,
            methods: set,
            user: String::new(),
        };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (config, guard) = (Arc::clone(&config), guard.clone());
                tokio::spawn(async move {
                    if let Ok(session) = russh::server::run_stream(config, socket, guard).await {
                        drop(session.await);
                    }
                });
            }
        });
        Self { port }
    }
}

impl Guard {
    fn judge(&mut self, user: &str, password: &str) -> Auth {
        if password == self.password {
            user.clone_into(&mut self.user);
            return Auth::Accept;
        }
        Auth::Reject {
            proceed_with_methods: Some(self.methods.clone()),
            partial_success: false,
        }
    }
}

impl Handler for Guard {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.judge(user, password))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(mut response) = response else {
            return Ok(Auth::Partial {
                name: "".into(),
                instructions: "Prove it.".into(),
                prompts: vec![("Your password: ".into(), false)].into(),
            });
        };
        let answer = response.next().unwrap_or_default();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        Ok(self.judge(user, &answer))
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        session.data(channel, format!("{} is in\n", self.user).into_bytes())?;
        session.exit_status_request(channel, 0)?;
        session.eof(channel)?;
        session.close(channel)?;
        if data == b"and go" {
            // As some small devices do.
            session.disconnect(russh::Disconnect::ByApplication, "bye", "")?;
        }
        Ok(())
    }
}
