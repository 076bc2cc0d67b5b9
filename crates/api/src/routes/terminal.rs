//! A terminal in a browser: a websocket to the gateway's own client of the resource's protocol.
//!
//! Binary messages are the terminal's bytes, both ways; text messages are the JSON documents [`Say`] and [`Hear`]. Nothing is kept for a
//! browser that does not read: its session is not read either, and so the resource waits.

use std::time::Duration;

use async_trait::async_trait;
use axum::{
    extract::{
        Path, RawQuery, State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code},
    },
    http::HeaderMap,
    response::Response,
};
use bytes::Bytes;
use domain::{object::SecretText, session::ClientInterface, stop::Stop};
use engine::{
    Entrance, News, Purpose,
    portal::{Echo, Exit, Face, PortalError, Size, Terminal},
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    sync::{mpsc, watch},
};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, ProblemDocument},
    query::Params,
    routes::portal::{enter, stopped},
    tunnel,
};

/// The websocket's subprotocol.
const PROTOCOL: &str = "doorward.terminal.v1";

/// The largest terminal, in either direction.
const LARGEST: u16 = 1000;

/// The longest answer to a prompt, in bytes.
const LONGEST_ANSWER: usize = 4096;

/// Messages that wait for the browser; each is at most [`PIECE`] long.
const WAITING: usize = 4;

/// The largest piece of output, and how much of what was typed may wait.
const PIECE: usize = 16 << 10;

/// How long nothing is sent at most.
const QUIET: Duration = Duration::from_secs(25);

/// How long the last words wait for a browser that does not read.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What the gateway says in text messages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = TerminalSays)]
pub enum Say {
    /// The session exists.
    Session {
        /// Its id.
        id: String,
    },
    /// Something is asked; answered with `answer`.
    Prompt {
        /// What to write before the answer.
        text: String,
        /// Whether the answer may be seen while it is typed.
        echo: bool,
    },
    /// It is over; the websocket is closed after this.
    End {
        /// Why, as in the list of sessions; `user_disconnect` also when the program has ended.
        reason: &'static str,
        /// The same for people.
        text: String,
        /// The exit status of the program; null when it has none.
        exit: Option<u32>,
    },
}

/// What the browser says in text messages.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = TerminalHears)]
pub enum Hear {
    /// The terminal's size has changed.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// The answer to a `prompt`.
    Answer {
        /// The text.
        #[schema(value_type = String)]
        text: SecretText,
    },
}

/// Opens a terminal on a resource: a session like any other, whose interface is `web_cli`.
///
/// Binary messages are its bytes, both ways. The gateway's text messages are `TerminalSays`, the browser's are `TerminalHears`. Whoever may
/// not use the resource hears it in `end`, as the status of a refused websocket cannot be read in a browser.
#[utoipa::path(get, path = "/v1/connect/{resource}/terminal", tag = "portal",
    params(("resource" = String, Path), ("account" = Option<String>, Query, description = "the rule's first one when absent"), ("cols" = Option<u16>, Query), ("rows" = Option<u16>, Query)),
    responses((status = 101, description = "a websocket (subprotocol doorward.terminal.v1)"), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn terminal(
    State(api): State<Api>,
    viewer: Viewer,
    Path(resource): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Answer<Response> {
    viewer.must_be_same_origin(&headers)?;
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["account", "cols", "rows"])?;
    let size = bounded(
        params.parse("cols")?.unwrap_or(80),
        params.parse("rows")?.unwrap_or(24),
    );
    let account = params.one("account").map(str::to_owned);
    let entrance = enter(
        &api,
        &viewer,
        &resource,
        ClientInterface::WebCli,
        Purpose::default(),
    )?;
    Ok(upgrade
        .protocols([PROTOCOL])
        .max_message_size(tunnel::LARGEST)
        .on_upgrade(move |socket| serve(socket, entrance, account, size)))
}

fn bounded(cols: u16, rows: u16) -> Size {
    Size {
        cols: cols.clamp(1, LARGEST),
        rows: rows.clamp(1, LARGEST),
    }
}

/// Serves one browser until either side ends. When the browser goes, everything is dropped, and the session ends as it does for a native
/// client whose connection is lost.
async fn serve(socket: WebSocket, entrance: Entrance, account: Option<String>, size: Size) {
    let (out, inward) = socket.split();
    let (say, to_say) = mpsc::channel(WAITING);
    let (typed_in, typed) = tokio::io::duplex(PIECE);
    let (answer, answers) = mpsc::channel(1);
    let (resize, resized) = watch::channel(size);
    let session = Session {
        say,
        typed,
        answers,
        resized,
        news: entrance.news.clone(),
    };
    let ended = async {
        session.run(entrance, account.as_deref()).await;
        tokio::time::sleep(LAST_WORDS).await;
    };
    tokio::select! {
        () = hear(inward, typed_in, answer, resize) => {}
        () = speak(out, to_say) => {}
        () = ended => {}
    }
}

/// Reads what the browser sends. Typed bytes wait here, and so in the browser, while the session takes none.
async fn hear(
    mut inward: SplitStream<WebSocket>,
    mut typed: DuplexStream,
    answers: mpsc::Sender<SecretText>,
    resize: watch::Sender<Size>,
) {
    while let Some(Ok(message)) = inward.next().await {
        match message {
            // What comes after the end of the session has nowhere to go; the browser still reads.
            Message::Binary(bytes) => drop(typed.write_all(&bytes).await),
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(Hear::Resize { cols, rows }) => drop(resize.send(bounded(cols, rows))),
                // Nobody has asked when there is no room.
                Ok(Hear::Answer { text }) if text.expose().len() <= LONGEST_ANSWER => {
                    drop(answers.try_send(text));
                }
                Ok(Hear::Answer { .. }) | Err(_) => {}
            },
            Message::Close(_) => return,
            // Answered by the library.
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}

/// Sends what the session says, and closes after its last word. Something is sent now and then in any case, so that a browser that has
/// vanished is noticed, and no proxy takes a quiet terminal for an abandoned one.
async fn speak(mut out: SplitSink<WebSocket, Message>, mut to_say: mpsc::Receiver<Message>) {
    loop {
        let message = match tokio::time::timeout(QUIET, to_say.recv()).await {
            Ok(Some(message)) => message,
            Ok(None) => break,
            Err(_quiet) => Message::Ping(Bytes::new()),
        };
        if out.send(message).await.is_err() {
            return;
        }
    }
    let close = CloseFrame {
        code: close_code::NORMAL,
        reason: "".into(),
    };
    // The browser may be gone already.
    let _gone = out.send(Message::Close(Some(close))).await;
}

/// The session's side of a browser.
struct Session {
    say: mpsc::Sender<Message>,
    typed: DuplexStream,
    answers: mpsc::Receiver<SecretText>,
    resized: watch::Receiver<Size>,
    news: watch::Receiver<News>,
}

impl Session {
    async fn run(mut self, entrance: Entrance, account: Option<&str>) {
        let announced = announce(self.news.clone(), self.say.clone());
        let ((), end) = tokio::join!(announced, self.through(entrance, account));
        // Whoever does not read to the end does not hear it.
        let _heard = tokio::time::timeout(LAST_WORDS, say(&self.say, &end)).await;
    }

    async fn through(&mut self, entrance: Entrance, account: Option<&str>) -> Say {
        let Entrance { portal, stream, news } = entrance;
        let size = *self.resized.borrow_and_update();
        let mut face = Screen {
            say: self.say.clone(),
            answers: &mut self.answers,
        };
        let opened = tokio::select! {
            opened = portal.terminal(stream, account, size, &mut face) => opened,
            // A prompt that nobody answers must not outlast the session.
            () = over(news.clone()) => Err(PortalError::Ended),
        };
        match opened {
            Ok(terminal) => {
                let exit = self.carry(terminal, news.clone()).await;
                let stop = stopped(news).await;
                end(&stop, exit)
            }
            Err(PortalError::Refused(text)) => Say::End {
                reason: domain::stop::EndReason::PolicyViolation.word(),
                text,
                exit: None,
            },
            Err(PortalError::Ended) => end(&stopped(news).await, None),
        }
    }

    /// Carries bytes and sizes until the program ends or the visit is cut.
    async fn carry(&mut self, terminal: Terminal, news: watch::Receiver<News>) -> Option<Exit> {
        let Terminal {
            stream,
            size,
            exit,
            run,
        } = terminal;
        let (mut output, mut input) = tokio::io::split(stream);
        let (typed, resized) = (&mut self.typed, &mut self.resized);
        let typing = async {
            // Ends when the browser or the terminal has; the other directions say which.
            let _ended = tokio::io::copy(typed, &mut input).await;
            std::future::pending::<()>().await;
        };
        let sizing = async {
            while resized.changed().await.is_ok() {
                let _kept = size.send_replace(*resized.borrow_and_update());
            }
            std::future::pending::<()>().await;
        };
        let showing = async {
            let mut buffer = vec![0; PIECE];
            while let Ok(count @ 1..) = output.read(&mut buffer).await {
                let bytes = Bytes::copy_from_slice(buffer.get(..count).unwrap_or_default());
                if self.say.send(Message::Binary(bytes)).await.is_err() {
                    break;
                }
            }
        };
        let cut = async {
            over(news).await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        // Typing and sizing wait for ever when they have nothing left to do, so that this ends with none of them.
        let beside = async { tokio::join!(run, typing, sizing) };
        tokio::pin!(beside);
        tokio::select! {
            () = showing => {}
            () = cut => {}
            _ = &mut beside => {}
        }
        // The status may come after the end of the output; it never comes when the visit was cut.
        tokio::select! {
            exit = exit => exit.ok(),
            _ = &mut beside => None,
            () = tokio::time::sleep(LAST_WORDS) => None,
        }
    }
}

/// Says the session's id as soon as there is one.
async fn announce(mut news: watch::Receiver<News>, to: mpsc::Sender<Message>) {
    let known = news.wait_for(|news| news.session.is_some()).await;
    let session = known.ok().and_then(|news| news.session);
    if let Some(session) = session {
        say(
            &to,
            &Say::Session {
                id: session.to_string(),
            },
        )
        .await;
    }
}

async fn over(mut news: watch::Receiver<News>) {
    // Fails when the visit is gone, which is the same.
    let _gone = news.wait_for(|news| news.stop.is_some()).await;
}

fn end(stop: &Stop, exit: Option<Exit>) -> Say {
    let text = match &exit {
        Some(Exit { code: Some(code), .. }) => format!("the program has ended with status {code}"),
        Some(Exit {
            signal: Some(signal), ..
        }) => format!("the program was ended by the signal {signal}"),
        _ => stop.to_caller(),
    };
    Say::End {
        reason: stop.reason.word(),
        text,
        exit: exit.and_then(|exit| exit.code),
    }
}

async fn say(to: &mpsc::Sender<Message>, what: &Say) {
    if let Ok(text) = serde_json::to_string(what) {
        // A browser that is gone hears nothing.
        let _gone = to.send(Message::Text(text.into())).await;
    }
}

/// The person in front of the browser, while the client signs in.
struct Screen<'a> {
    say: mpsc::Sender<Message>,
    answers: &'a mut mpsc::Receiver<SecretText>,
}

#[async_trait]
impl Face for Screen<'_> {
    async fn ask(&mut self, prompt: &str, echo: Echo) -> Option<SecretText> {
        // An answer to nothing must not answer this.
        while self.answers.try_recv().is_ok() {}
        let prompt = Say::Prompt {
            text: prompt.chars().take(500).collect(),
            echo: echo == Echo::Shown,
        };
        say(&self.say, &prompt).await;
        self.answers.recv().await
    }

    async fn tell(&mut self, text: &str) {
        let text: String = text
            .chars()
            .filter(|c| !c.is_control() || *c == '\n')
            .flat_map(|c| if c == '\n' { vec!['\r', '\n'] } else { vec![c] })
            .collect();
        let bytes = Bytes::from(format!("{}\r\n", text.trim_end()));
        // A browser that is gone hears nothing.
        let _gone = self.say.send(Message::Binary(bytes)).await;
    }
}
