//! A host on an independent implementation, which does what OpenSSH's server cannot be told to do.

use std::sync::Arc;

use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, Response, Session};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tokio::net::TcpListener;

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
