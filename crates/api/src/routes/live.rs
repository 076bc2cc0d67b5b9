//! A running session on the screen: asciinema's live stream over a websocket.
//!
//! The protocol is `ALiS` version 1, which asciinema-player speaks: first `ALiS\x01`, then binary messages. All numbers are LEB128.
//! The first message carries a picture of the terminal as it is now, so that a late viewer sees the right screen at once.

use std::time::Duration;

use axum::{
    extract::{
        Path, RawQuery, State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::HeaderMap,
    response::Response,
};
use bytes::{BufMut, Bytes, BytesMut};
use domain::{
    Micros,
    audit::{Actor, AuditEvent},
};
use engine::{Played, TapeReader};
use screen::{Terminal, Utf8Stream};

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem},
    query::Params,
    replay::{Shown, Track, read_through},
    routes::{player::open_tape, sessions::find},
};

/// The close code that tells the player that the stream has ended and need not be asked for again.
const ENDED: u16 = 4000;

/// Something is sent at least this often, or the player shows the stream as offline.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// Follows a session that runs, from the screen as it is now.
#[utoipa::path(get, path = "/v1/sessions/{id}/live", tag = "recording",
    params(("id" = String, Path), ("connection" = Option<String>, Query), ("strand" = Option<u32>, Query)),
    responses((status = 101, description = "a websocket that speaks ALiS version 1 (subprotocol v1.alis)")))]
pub async fn live(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Answer<Response> {
    viewer.must_be_same_origin(&headers)?;
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["connection", "strand"])?;
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let (connection, reader) = open_tape(&api, &row, params.parse("connection")?).await?;
    let event = AuditEvent::new(Micros::now(), "session.watched", Actor::user(&viewer.person.name))
        .on(row.session.id)
        .from_ip(viewer.client_ip())
        .with_detail(serde_json::json!({ "connection_id": connection }));
    api.store().audit_append(event).await.map_err(Problem::of_store)?;
    let strand = params.parse("strand")?;
    let stop = api.engine().stopping();
    Ok(upgrade
        .protocols(["v1.alis"])
        .on_upgrade(move |socket| async move {
            let lost = viewer.loses(api, row.session);
            if stop
                .run_until_cancelled(Box::pin(follow(socket, reader, strand, lost)))
                .await
                .is_none()
            {
                tracing::debug!("a viewer was let go because the gateway stops");
            }
        }))
}

/// Sends what is recorded until there is no more, or the viewer has `lost` the right to see it.
async fn follow(
    mut socket: WebSocket,
    mut reader: TapeReader,
    strand: Option<u32>,
    lost: impl Future<Output = ()>,
) {
    let outcome = tokio::select! {
        outcome = stream(&mut socket, &mut reader, strand) => outcome,
        // As for whoever never had it.
        () = lost => Err(Halt::Broken(Problem::not_found())),
    };
    let reason = match &outcome {
        Ok(()) => "the session has ended",
        Err(Halt::Broken(problem)) => problem.code,
        Err(Halt::Gone) => return,
    };
    let close = CloseFrame {
        code: ENDED,
        reason: reason.into(),
    };
    // The viewer may be gone already.
    let _gone = socket.send(Message::Close(Some(close))).await;
}

/// Why a stream stops before the session has ended.
enum Halt {
    /// The viewer has left, which is nobody's fault.
    Gone,
    Broken(Problem),
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        Self::Broken(problem)
    }
}

async fn stream(socket: &mut WebSocket, reader: &mut TapeReader, strand: Option<u32>) -> Result<(), Halt> {
    let mut track = Track::new(reader.started_at(), strand);
    let Present { terminal, ended } = Present::read(reader, &mut track).await?;
    let mut wire = Wire {
        last_id: 0,
        last_us: track.elapsed_us(),
        output: Utf8Stream::new(),
        input: Utf8Stream::new(),
    };
    send(socket, Bytes::from_static(b"ALiS\x01")).await?;
    let dump = terminal.dump();
    send(socket, wire.reset(terminal.size(), &dump)).await?;
    if ended {
        return send(socket, Wire::end()).await;
    }
    // The beginning of a character whose end is still to come.
    wire.output.decode(terminal.held());
    drop(terminal);
    loop {
        let played = tokio::select! {
            played = reader.next() => played.map_err(Problem::of_playback)?,
            // A viewer sends nothing; what comes is the end or a ping, which the library answers.
            heard = socket.recv() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                Some(Ok(_)) => continue,
            },
            () = tokio::time::sleep(HEARTBEAT) => {
                send(socket, wire.tick()).await?;
                continue;
            }
        };
        match played {
            Played::Records(records) => {
                for record in records {
                    if let Some((at, shown)) = track.take(record)
                        && let Some(message) = wire.event(at, &shown)
                    {
                        send(socket, message).await?;
                    }
                }
            }
            Played::CaughtUp => {}
            Played::End(_) => return send(socket, Wire::end()).await,
        }
    }
}

/// The terminal as it is at the end of what is recorded so far.
pub(crate) struct Present {
    pub(crate) terminal: Terminal,
    /// Nothing more will come.
    pub(crate) ended: bool,
}

impl Present {
    /// Reads a tape up to what is there now.
    pub(crate) async fn read(reader: &mut TapeReader, track: &mut Track) -> Answer<Self> {
        let mut terminal: Option<Terminal> = None;
        let ended = read_through(reader, track, |_, shown| draw(&mut terminal, &shown)).await?;
        let (cols, rows) = track.size();
        Ok(Self {
            terminal: terminal.unwrap_or_else(|| Terminal::new(cols, rows)),
            ended,
        })
    }
}

/// Draws what is shown on a terminal, which begins with the first size that is known.
fn draw(terminal: &mut Option<Terminal>, shown: &Shown) {
    match shown {
        Shown::Resize(cols, rows) => match terminal {
            Some(terminal) => terminal.resize(*cols, *rows),
            None => *terminal = Some(Terminal::new(*cols, *rows)),
        },
        Shown::Output(bytes) => {
            let (cols, rows) = crate::replay::DEFAULT_SIZE;
            terminal
                .get_or_insert_with(|| Terminal::new(cols, rows))
                .feed(bytes);
        }
        _ => {}
    }
}

async fn send(socket: &mut WebSocket, message: Bytes) -> Result<(), Halt> {
    socket
        .send(Message::Binary(message))
        .await
        .map_err(|_left| Halt::Gone)
}

/// Writes `ALiS` messages.
struct Wire {
    last_id: u64,
    last_us: u64,
    output: Utf8Stream,
    input: Utf8Stream,
}

impl Wire {
    /// `0x01 last-id time cols rows theme(none) len init`.
    fn reset(&self, size: (u16, u16), init: &str) -> Bytes {
        let mut out = BytesMut::with_capacity(init.len() + 32);
        out.put_u8(0x01);
        leb128(&mut out, self.last_id);
        leb128(&mut out, self.last_us);
        leb128(&mut out, size.0.into());
        leb128(&mut out, size.1.into());
        out.put_u8(0);
        leb128(&mut out, init.len() as u64);
        out.put_slice(init.as_bytes());
        out.freeze()
    }

    fn event(&mut self, at: u64, shown: &Shown) -> Option<Bytes> {
        let (code, text) = match shown {
            Shown::Output(bytes) => (b'o', self.output.decode(bytes)),
            Shown::Input(bytes) => (b'i', self.input.decode(bytes)),
            Shown::Marker(label) => (b'm', label.clone()),
            Shown::Resize(cols, rows) => {
                let mut out = self.head(b'r', at);
                leb128(&mut out, (*cols).into());
                leb128(&mut out, (*rows).into());
                return Some(out.freeze());
            }
            Shown::Exit(_) => return None,
        };
        if text.is_empty() {
            return None;
        }
        let mut out = self.head(code, at);
        leb128(&mut out, text.len() as u64);
        out.put_slice(text.as_bytes());
        Some(out.freeze())
    }

    /// An output of nothing: shows that the stream lives.
    fn tick(&mut self) -> Bytes {
        let mut out = self.head(b'o', self.last_us);
        leb128(&mut out, 0);
        out.freeze()
    }

    /// `0x04 time`.
    fn end() -> Bytes {
        let mut out = BytesMut::with_capacity(11);
        out.put_u8(0x04);
        leb128(&mut out, 0);
        out.freeze()
    }

    fn head(&mut self, code: u8, at: u64) -> BytesMut {
        let passed = at.saturating_sub(self.last_us);
        self.last_us = self.last_us.max(at);
        self.last_id += 1;
        let mut out = BytesMut::with_capacity(64);
        out.put_u8(code);
        leb128(&mut out, self.last_id);
        leb128(&mut out, passed);
        out
    }
}

fn leb128(out: &mut BytesMut, mut value: u64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return out.put_u8(low);
        }
        out.put_u8(low | 0x80);
    }
}
