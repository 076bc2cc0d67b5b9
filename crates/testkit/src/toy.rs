//! The smallest protocol that understands statements: lines of text.
//!
//! The caller says `user resource`, is asked `password?` until one is right or `sorry`, and then sends lines; each is a statement.
//! Notices come as lines that begin with `* `, the last words as `bye: …`.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    object::SecretText,
    stop::{EndReason, FailureStage, Stop},
};
use engine::{
    Answer, Arrival, Claim, Direction, Medium, NativeCommand, Notice, Offer, Pass, Protocol, Question, Spec,
    Strand, StrandKind, StrandOpen, StrandOutcome, Stream, Tap, Visit, Way,
};
use tokio::{
    io::{
        AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader, ReadHalf,
        WriteHalf,
    },
    net::TcpStream,
    sync::Mutex,
};

use crate::{
    caller::{Caller, StreamCaller},
    conformance::{Habits, Subject},
    house::{House, Login},
    target::{Manner, Target},
};

static SPEC: Spec = Spec {
    id: "lines",
    title: "Lines",
    default_port: Some(7),
    medium: Medium::Statements,
    options_schema: "{}",
};

/// The protocol.
#[derive(Debug, Clone, Copy)]
pub struct Lines;

impl Protocol for Lines {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn check(&self, _options: &serde_json::Map<String, serde_json::Value>) -> Result<(), String> {
        Ok(())
    }

    fn visit(&self, stream: Stream, _arrival: Arrival) -> Box<dyn Visit> {
        let (read, write) = tokio::io::split(stream);
        Box::new(LinesVisit {
            read: BufReader::new(read),
            write: Mutex::new(write),
            target: None,
        })
    }

    fn native_command(&self, _with: &NativeCommand<'_>) -> Option<String> {
        None
    }
}

struct LinesVisit {
    read: BufReader<ReadHalf<Stream>>,
    write: Mutex<WriteHalf<Stream>>,
    target: Option<TcpStream>,
}

impl LinesVisit {
    async fn line(&mut self) -> Result<String, Stop> {
        let mut line = String::new();
        match (&mut self.read).take(1024).read_line(&mut line).await {
            Ok(count) if count > 0 => Ok(line.trim_end().to_owned()),
            _ => Err(Stop::new(EndReason::UserDisconnect)),
        }
    }
}

async fn say(write: &Mutex<impl AsyncWrite + Unpin>, line: &str) -> Result<(), Stop> {
    let mut write = write.lock().await;
    let said = write.write_all(format!("{line}\n").as_bytes()).await;
    said.map_err(|_| Stop::new(EndReason::UserDisconnect))
}

#[async_trait]
impl Visit for LinesVisit {
    async fn claim(&mut self) -> Result<Claim, Stop> {
        let line = self.line().await?;
        let (user, resource) = line.split_once(' ').unwrap_or((&line, ""));
        Ok(Claim {
            user: user.to_owned(),
            resource: (!resource.is_empty()).then(|| resource.to_owned()),
            account: None,
            offer: Offer::Nothing,
            client_version: "lines".to_owned(),
        })
    }

    async fn ask(&mut self, question: &Question<'_>) -> Result<Option<Answer>, Stop> {
        if !matches!(question, Question::Another { password: true, .. }) {
            return Ok(None);
        }
        say(&self.write, "password?").await?;
        let text = SecretText::new(self.line().await?);
        Ok(Some(Answer::Offer(Offer::Password(text))))
    }

    async fn tell(&mut self, notice: &Notice) -> Result<(), Stop> {
        say(&self.write, &format!("* {}", notice.text())).await
    }

    async fn idle(&mut self) -> Stop {
        match self.read.fill_buf().await {
            Ok(early) if !early.is_empty() => std::future::pending().await,
            _ => Stop::new(EndReason::UserDisconnect),
        }
    }

    async fn connect(&mut self, way: &Way) -> Result<(), Stop> {
        let failed = |error: std::io::Error| {
            Stop::failed(
                EndReason::TargetUnreachable,
                FailureStage::Connect,
                error.to_string(),
            )
        };
        let mut socket = TcpStream::connect((way.grant.target.host.as_str(), way.port))
            .await
            .map_err(failed)?;
        let secret = way.secret.as_ref().map_or("", |secret| secret.value.expose());
        let login = format!("LOGIN {} {secret}\n", way.grant.login);
        socket.write_all(login.as_bytes()).await.map_err(failed)?;
        let mut answer = [0; 3];
        socket.read_exact(&mut answer).await.map_err(failed)?;
        self.target = Some(socket);
        say(&self.write, "ready").await
    }

    async fn relay(&mut self, tap: &Tap) -> Stop {
        let target = self.target.take().expect("connected");
        let strand = match tap.strand(StrandOpen::new(StrandKind::Statements, "lines")).await {
            Ok(strand) => Arc::new(Mutex::new(strand)),
            Err(stop) => return stop,
        };
        let (from_target, mut to_target) = target.into_split();
        let mut from_target = BufReader::new(from_target).lines();
        let up = async {
            for id in 1.. {
                let mut line = Vec::new();
                match self.read.read_until(b'\n', &mut line).await {
                    Ok(count) if count > 0 => {}
                    _ => break,
                }
                let line = Bytes::from(line);
                let passed = loop {
                    let pass = strand
                        .lock()
                        .await
                        .pass(Direction::ToTarget, line.clone())
                        .await?;
                    match pass {
                        Pass::On(passed) => break passed,
                        Pass::Held(_) => tap.gate().opened().await,
                        Pass::Discarded(_) => unreachable!("statements are held"),
                    }
                };
                strand.lock().await.statement(id, line).await?;
                if to_target.write_all(passed.bytes()).await.is_err() {
                    return Ok(EndReason::TargetClosed);
                }
            }
            Ok(EndReason::UserDisconnect)
        };
        let down = async {
            let mut id = 0;
            while let Ok(Some(line)) = from_target.next_line().await {
                id += 1;
                answer(&strand, &self.write, id, line).await?;
            }
            Ok(EndReason::TargetClosed)
        };
        let news = async {
            loop {
                let notice = tap.notice().await;
                if say(&self.write, &format!("* {}", notice.text())).await.is_err() {
                    return Ok(EndReason::UserDisconnect);
                }
            }
        };
        let ended: Result<EndReason, Stop> = tokio::select! {
            ended = up => ended,
            ended = down => ended,
            ended = news => ended,
        };
        if let Ok(strand) = Arc::try_unwrap(strand)
            && ended.is_ok()
            && let Err(stop) = strand.into_inner().close(StrandOutcome::default()).await
        {
            return stop;
        }
        ended.map_or_else(|stop| stop, Stop::new)
    }

    async fn farewell(&mut self, stop: &Stop) {
        let _said = say(&self.write, &format!("bye: {}", stop.to_caller())).await;
        let _closed = self.write.get_mut().shutdown().await;
    }
}

async fn answer(
    strand: &Mutex<Strand>,
    write: &Mutex<WriteHalf<Stream>>,
    id: u64,
    line: String,
) -> Result<(), Stop> {
    let mut strand = strand.lock().await;
    let pass = strand
        .pass(Direction::FromTarget, format!("{line}\n").into())
        .await?;
    strand.outcome(id, Bytes::from_static(b"{\"rows\":1}")).await?;
    drop(strand);
    match pass {
        Pass::On(passed) => say(write, String::from_utf8_lossy(passed.bytes()).trim_end()).await,
        Pass::Held(_) | Pass::Discarded(_) => unreachable!("answers are not held"),
    }
}

/// The toy as a subject of the conformance suite.
#[derive(Debug, Clone, Copy)]
pub struct LinesSubject;

#[async_trait]
impl Subject for LinesSubject {
    fn protocol(&self) -> Arc<dyn Protocol> {
        Arc::new(Lines)
    }

    fn habits(&self) -> Habits {
        Habits {
            content: true,
            words: true,
            holds: true,
            handshake: true,
        }
    }

    async fn target(&self, manner: Manner) -> Target {
        Target::start(if manner == Manner::Mute {
            manner
        } else {
            Manner::Lines
        })
        .await
    }

    async fn call(&self, house: &House, login: &Login<'_>) -> Box<dyn Caller> {
        let mut caller = crate::conformance::welcome(house, Arc::new(Lines));
        caller.send(&format!("{} {}", login.user, login.resource)).await;
        caller.expect("password?\n").await;
        caller.send(login.password).await;
        Box::new(caller)
    }
}

/// Gives the caller's end of a stream whose other end is served.
pub type DuplexCaller = StreamCaller<tokio::io::DuplexStream>;
