//! `doorward ssh` and `doorward connect`: native clients, without knowing addresses.

use std::{
    net::SocketAddr,
    os::unix::process::CommandExt,
    sync::atomic::{AtomicBool, Ordering},
};

use clap::Args;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, error::ProtocolError, protocol::Role},
};

use crate::client::{ClientArgs, Exit, Failure, SshFiles, at, cell, segment};

/// Runs the machine's own ssh towards a resource; everything behind the resource is handed to it
#[derive(Debug, Args)]
pub(crate) struct Ssh {
    /// RESOURCE, or ACCOUNT@RESOURCE
    resource: String,
    /// Options and the command for ssh
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
    /// Only print the command
    #[arg(long)]
    print: bool,
}

/// Carries connections to a resource: from a local port, or from standard input
#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// The resource
    resource: String,
    /// Listen here and carry every connection; without it, standard input and output are carried
    #[arg(long, short, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

impl Ssh {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let me = client.get("/v1/me", &[]).await?;
        let host = cell(at(&me, "ssh.host"));
        let port = cell(at(&me, "ssh.port"));
        if host.is_empty() {
            return Err(Failure::new(Exit::Error, "this gateway does not listen for SSH"));
        }
        let user = cell(at(&me, "person.name"));
        let mut command = std::process::Command::new("ssh");
        command.args(["-p", &port, "-l", &format!("{user}:{}", self.resource)]);
        let files = SshFiles::of(client.address())?;
        if files.are_there() {
            let certificate = format!("CertificateFile=\"{}\"", files.certificate.display());
            command.arg("-i").arg(&files.key).args(["-o", &certificate]);
        }
        let options = self
            .rest
            .iter()
            .take_while(|word| word.starts_with('-') && *word != "--")
            .count();
        let (options, rest) = self.rest.split_at(options);
        command.args(options).arg(&host);
        command.args(rest.iter().skip_while(|word| *word == "--"));
        if self.print {
            let words: Vec<_> = command
                .get_args()
                .map(|word| word.to_string_lossy().into_owned())
                .collect();
            crate::client::write_out(&format!("ssh {}\n", words.join(" ")))?;
            return Ok(0);
        }
        // Takes this process's place, so that signals and the exit status are ssh's own.
        let error = command.exec();
        Err(Failure::new(Exit::Error, format!("cannot run ssh: {error}")).hint("install OpenSSH's client"))
    }
}

impl Connect {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        // Fails here, and not at the first connection, when the resource cannot be reached.
        let reach = client.get("/v1/connect", &[]).await?;
        let names = reach
            .get("resources")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        if !names.iter().any(|one| cell(at(one, "name")) == self.resource) {
            return Err(Failure::new(
                Exit::NotFound,
                format!("no resource `{}` that you may use", self.resource),
            ));
        }
        let Some(address) = self.listen else {
            carry(
                client,
                &self.resource,
                tokio::io::join(tokio::io::stdin(), tokio::io::stdout()),
            )
            .await?;
            return Ok(0);
        };
        if !address.ip().is_loopback() {
            client.remark("warning: others on the network can use this port as you");
        }
        let listener = TcpListener::bind(address).await?;
        client.remark(&format!(
            "{} is at {}; Ctrl-C stops",
            self.resource,
            listener.local_addr()?
        ));
        loop {
            let (socket, _) = listener.accept().await?;
            let (client, resource) = (client.clone(), self.resource.clone());
            tokio::spawn(async move {
                if let Err(failure) = carry(&client, &resource, socket).await {
                    client.remark(&format!("doorward: {failure}"));
                }
            });
        }
    }
}

/// Carries one stream in a websocket until either side ends.
async fn carry(
    client: &ClientArgs,
    resource: &str,
    stream: impl AsyncRead + AsyncWrite,
) -> Result<(), Failure> {
    let network = |error: Error| Failure::new(Exit::Network, error.to_string());
    let path = format!("/v1/connect/{}", segment(resource));
    let socket = client.upgraded(&path).await?;
    let socket = WebSocketStream::from_raw_socket(socket, Role::Client, None).await;
    let (mut out, mut inward) = socket.split();
    let (mut read, mut write) = tokio::io::split(stream);
    let ended = AtomicBool::new(false);
    let outbound = async {
        let mut buffer = vec![0; 16 << 10];
        loop {
            let count = read.read(&mut buffer).await?;
            if count == 0 {
                ended.store(true, Ordering::Relaxed);
                // The far end's answer to this may still be on its way: only our side is closed.
                return out.send(Message::Close(None)).await.map_err(network);
            }
            let piece = buffer.get(..count).unwrap_or_default().to_vec();
            out.send(Message::Binary(piece.into())).await.map_err(network)?;
        }
    };
    let inbound = async {
        while let Some(message) = inward.next().await {
            let message = match message {
                // Whoever was told of the end need not answer before it hangs up.
                Err(error) if ended.load(Ordering::Relaxed) && hung_up(&error) => break,
                message => message.map_err(network)?,
            };
            match message {
                Message::Binary(bytes) => {
                    write.write_all(&bytes).await?;
                    write.flush().await?;
                }
                Message::Close(_) => break,
                _ => {}
            }
        }
        Ok::<_, Failure>(())
    };
    tokio::pin!(outbound, inbound);
    tokio::select! {
        done = &mut inbound => done,
        sent = &mut outbound => match sent {
            Ok(()) => inbound.await,
            Err(failure) => Err(failure),
        },
    }
}

/// Tells whether the far end has gone without a farewell, of the websocket or of TLS.
fn hung_up(error: &Error) -> bool {
    match error {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => true,
        Error::Io(error) => error.kind() == std::io::ErrorKind::UnexpectedEof,
        _ => false,
    }
}
