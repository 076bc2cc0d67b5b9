//! One connection: who may log in, and what is done for them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty, Sig};
use tokio::sync::mpsc;

use crate::feed::{BACKLOG, Input};
use crate::forward::{forward, loopback};
use crate::host::Premises;
use crate::program::{Program, Setting, Task, Wish};
use crate::pump::Out;
use crate::sftp;
use crate::terminal::Window;

const MAX_CHANNELS: usize = 32;
const MAX_VARIABLES: usize = 32;
const MAX_VALUE: usize = 1024;

/// Answers the requests of one connection. Every channel that does something has a task, which ends when its inbox does;
/// dropping this closes all of them.
pub(crate) struct Visitor {
    premises: Arc<Premises>,
    client: SocketAddr,
    server: SocketAddr,
    channels: HashMap<ChannelId, Stage>,
}

enum Stage {
    /// Open, and nothing runs yet.
    Open(Box<Open>),
    /// Its task reads this.
    Running(mpsc::Sender<Input>),
}

struct Open {
    out: Out,
    language: Vec<(String, String)>,
    wish: Option<Wish>,
}

impl Visitor {
    pub(crate) fn new(premises: Arc<Premises>, client: SocketAddr, server: SocketAddr) -> Self {
        Self {
            premises,
            client,
            server,
            channels: HashMap::new(),
        }
    }

    fn knows(&self, user: &str, key: &russh::keys::PublicKey) -> bool {
        user == self.premises.user && self.premises.keys.contains(key.key_data())
    }

    fn open(&mut self, id: ChannelId) -> Option<&mut Open> {
        match self.channels.get_mut(&id)? {
            Stage::Open(open) => Some(open),
            Stage::Running(_) => None,
        }
    }

    /// Hands something to the task of a channel, which takes it at once.
    async fn tell(&mut self, id: ChannelId, input: Input) {
        if let Some(Stage::Running(inbox)) = self.channels.get(&id) {
            // The task may have ended; the client learns that from the channel's close.
            inbox.send(input).await.ok();
        }
    }

    /// Takes an open channel for something that starts now.
    fn claim(&mut self, id: ChannelId) -> Option<(Box<Open>, mpsc::Receiver<Input>)> {
        match self.channels.remove(&id)? {
            Stage::Open(open) => {
                let (inbox, messages) = mpsc::channel(BACKLOG);
                self.channels.insert(id, Stage::Running(inbox));
                Some((open, messages))
            }
            running @ Stage::Running(_) => {
                self.channels.insert(id, running);
                None
            }
        }
    }

    fn run(&mut self, id: ChannelId, task: Task, session: &mut Session) -> Result<(), russh::Error> {
        let Some((open, messages)) = self.claim(id) else {
            return session.channel_failure(id);
        };
        let setting = Setting {
            scratch: &self.premises.scratch,
            language: &open.language,
            client: self.client,
            server: self.server,
        };
        match Program::start(task, open.wish.as_ref(), &setting) {
            Ok(program) => {
                self.premises
                    .tasks
                    .spawn(program.serve(messages, open.out, session.handle()));
                session.channel_success(id)
            }
            Err(error) => {
                tracing::warn!(%error, "the demo host cannot start a program");
                self.channels.remove(&id);
                session.channel_failure(id)
            }
        }
    }
}

impl Handler for Visitor {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let expected = self.premises.password.as_ref();
        let matches = expected.is_some_and(|expected| expected.matches(password));
        Ok(if matches && user == self.premises.user {
            Auth::Accept
        } else {
            Auth::reject()
        })
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(if self.knows(user, offer.public_key) {
            Auth::Accept
        } else {
            Auth::reject()
        })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(if self.knows(user, key.public_key) {
            Auth::Accept
        } else {
            Auth::reject()
        })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.channels.len() >= MAX_CHANNELS {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        // Input comes through `data`, which must not wait for a reader; see `spool.rs`.
        let (id, (_, out)) = (channel.id(), channel.split());
        self.channels.insert(
            id,
            Stage::Open(Box::new(Open {
                out,
                language: Vec::new(),
                wish: None,
            })),
        );
        reply.accept().await;
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _originator_address: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let Some(to) = loopback(host, port) else {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
            return Ok(());
        };
        // A refused connect leaves an entry whose task has ended.
        self.channels
            .retain(|_, stage| !matches!(stage, Stage::Running(inbox) if inbox.is_closed()));
        if self.channels.len() >= MAX_CHANNELS {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        let (id, (_, out)) = (channel.id(), channel.split());
        let (inbox, messages) = mpsc::channel(BACKLOG);
        self.channels.insert(id, Stage::Running(inbox));
        let premises = Arc::clone(&self.premises);
        self.premises
            .tasks
            .spawn(async move { forward(to, reply, messages, out, &premises.scratch).await });
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        self.channels.remove(&channel);
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        self.tell(channel, Input::Eof).await;
        Ok(())
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.tell(channel, Input::Data(Bytes::copy_from_slice(data)))
            .await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        width: u32,
        height: u32,
        modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let term: String = term.chars().filter(char::is_ascii_graphic).take(64).collect();
        let Some(open) = self.open(channel) else {
            return session.channel_failure(channel);
        };
        open.wish = Some(Wish {
            term,
            window: Window::new(columns, rows, width, height),
            modes: modes.to_vec(),
        });
        session.channel_success(channel)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let known = name == "LANG" || name.starts_with("LC_");
        let sound = name.len() <= 32
            && !name.contains(['=', '\0'])
            && value.len() <= MAX_VALUE
            && !value.contains('\0');
        match self.open(channel) {
            Some(open) if known && sound && open.language.len() < MAX_VARIABLES => {
                open.language.push((name.to_owned(), value.to_owned()));
                session.channel_success(channel)
            }
            _ => session.channel_failure(channel),
        }
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.run(channel, Task::Shell, session)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.run(channel, Task::Command(command.to_vec()), session)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if name != "sftp" {
            return session.channel_failure(channel);
        }
        let Some((open, messages)) = self.claim(channel) else {
            return session.channel_failure(channel);
        };
        let premises = Arc::clone(&self.premises);
        self.premises
            .tasks
            .spawn(async move { sftp::serve(messages, open.out, &premises.scratch).await });
        session.channel_success(channel)
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        columns: u32,
        rows: u32,
        width: u32,
        height: u32,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let window = Window::new(columns, rows, width, height);
        if let Some(wish) = self.open(channel).and_then(|open| open.wish.as_mut()) {
            wish.window = window;
            return Ok(());
        }
        self.tell(channel, Input::Resize(window)).await;
        Ok(())
    }

    async fn signal(
        &mut self,
        channel: ChannelId,
        signal: Sig,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.tell(channel, Input::Signal(signal)).await;
        Ok(())
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single_connection: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}
