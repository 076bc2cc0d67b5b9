//! The client's half of a connection: one statement at a time, in the extended protocol, so that a result is read in parts.

use std::{io, sync::Arc, time::Instant};

use async_trait::async_trait;
use bytes::BytesMut;
use engine::{
    Stream,
    statements::{Column, Gathered, GaveUp, Message, Names, Part, Share, Spelling, Transaction},
};
use parking_lot::Mutex;
use postgres_protocol::{IsNull, message::frontend};
use proto_database::client::Conversation;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    names,
    rows::{Heard, Rows},
};
use crate::wire::{command_tag, faults};

/// Rows that are asked for at once.
const AT_ONCE: usize = 100;

/// What is read at once.
const READ: usize = 32 << 10;

/// Notices that are kept of one statement.
const NOTICES: usize = 100;

/// A connection that is in.
pub(super) struct Connection {
    stream: Stream,
    read: BytesMut,
    rows: Rows,
    transaction: Arc<Mutex<Transaction>>,
    number: u64,
    open: Option<Open>,
}

/// A result that was not read to its end.
struct Open {
    number: u64,
    columns: Vec<Column>,
    rows: u64,
    since: Instant,
}

/// How a statement stands after some of its messages.
enum Stands {
    /// It gave as many rows as were asked for.
    Suspended,
    /// It is over.
    Over,
    /// The server is ready for the next one.
    Ready,
    /// The server waits for rows of `COPY`.
    WantsRows,
}

impl Connection {
    pub(super) fn new(stream: Stream, read: BytesMut, transaction: Arc<Mutex<Transaction>>) -> Self {
        Self {
            stream,
            read,
            rows: Rows::new(Spelling::Readable),
            transaction,
            number: 0,
            open: None,
        }
    }

    async fn read_on(&mut self, number: u64, mut gathered: Gathered) -> Result<Part, GaveUp> {
        gathered.part().number = number;
        loop {
            match self.stands(&mut gathered).await? {
                Stands::Suspended => {
                    if let Some(rows) = gathered.wanted(AT_ONCE) {
                        self.ask_on(rows).await?;
                    } else {
                        let part = gathered.part();
                        part.more = true;
                        self.open = Some(Open {
                            number,
                            columns: part.columns.clone(),
                            rows: part.rows_so_far,
                            since: Instant::now(),
                        });
                        return Ok(gathered.done());
                    }
                }
                Stands::WantsRows => {
                    let mut out = BytesMut::new();
                    let why = "the console cannot send rows; use a native client for COPY … FROM STDIN";
                    frontend::copy_fail(why, &mut out).map_err(|_| GaveUp::Ended)?;
                    self.send(&out).await?;
                }
                Stands::Over => {
                    let mut out = BytesMut::new();
                    frontend::sync(&mut out);
                    self.send(&out).await?;
                }
                Stands::Ready => return Ok(gathered.done()),
            }
        }
    }

    /// Asks for rows; for all of them with 0.
    async fn ask_on(&mut self, rows: usize) -> Result<(), GaveUp> {
        let mut out = BytesMut::new();
        let rows = i32::try_from(rows).unwrap_or(i32::MAX);
        frontend::execute("", rows, &mut out).map_err(|_| GaveUp::Ended)?;
        frontend::flush(&mut out);
        self.send(&out).await
    }

    /// Reads until it is known how the statement stands.
    async fn stands(&mut self, gathered: &mut Gathered) -> Result<Stands, GaveUp> {
        loop {
            let mut stands = None;
            let mut ready = None;
            let bytes = self.read.split();
            self.rows
                .hear(&bytes, &mut |heard| match heard {
                    Heard::Piece(piece) => gathered.take(piece),
                    Heard::Message(tag, body) => match tag {
                        b'C' => {
                            gathered.part().tag = Some(command_tag(body).0);
                            stands = Some(Stands::Over);
                        }
                        b'I' => {
                            gathered.part().tag = Some(String::new());
                            stands = Some(Stands::Over);
                        }
                        b's' => stands = Some(Stands::Suspended),
                        b'G' => stands = Some(Stands::WantsRows),
                        b'E' => {
                            gathered.part().error = Some(faults(body));
                            stands = Some(Stands::Over);
                        }
                        b'N' if gathered.part().notices.len() < NOTICES => {
                            gathered.part().notices.push(faults(body));
                        }
                        b'Z' => {
                            ready = body.first().copied();
                            stands = Some(Stands::Ready);
                        }
                        _ => {}
                    },
                })
                .map_err(|_| GaveUp::Ended)?;
            if let Some(state) = ready {
                *self.transaction.lock() = match state {
                    b'T' => Transaction::Open,
                    b'E' => Transaction::Failed,
                    _ => Transaction::None,
                };
            }
            if let Some(stands) = stands {
                return Ok(stands);
            }
            self.read.reserve(READ);
            match self.stream.read_buf(&mut self.read).await {
                Ok(0) | Err(_) => return Err(GaveUp::Ended),
                Ok(_) => {}
            }
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), GaveUp> {
        let sent = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        sent.await.map_err(|_: io::Error| GaveUp::Ended)
    }
}

#[async_trait]
impl Conversation for Connection {
    async fn run(
        &mut self,
        statement: &str,
        parameters: &[Option<String>],
        most: Share,
    ) -> Result<Part, GaveUp> {
        self.give_up().await?;
        let mut out = BytesMut::new();
        let gathered = Gathered::new(most, Part::default());
        let at_once = gathered.wanted(AT_ONCE).unwrap_or(AT_ONCE);
        if let Err(error) = ask(statement, parameters, at_once, &mut out) {
            let error = Message {
                severity: "ERROR".to_owned(),
                message: error.to_string(),
                ..Message::default()
            };
            return Ok(Part {
                error: Some(error),
                ..Part::default()
            });
        }
        self.number += 1;
        self.send(&out).await?;
        self.read_on(self.number, gathered).await
    }

    async fn more(&mut self, most: Share) -> Result<Part, GaveUp> {
        let open = self.open.take().ok_or(GaveUp::NothingOpen)?;
        let part = Part {
            columns: open.columns,
            rows_so_far: open.rows,
            ..Part::default()
        };
        let gathered = Gathered::new(most, part);
        self.ask_on(gathered.wanted(AT_ONCE).unwrap_or(AT_ONCE)).await?;
        self.read_on(open.number, gathered).await
    }

    fn open_since(&self) -> Option<Instant> {
        self.open.as_ref().map(|open| open.since)
    }

    async fn give_up(&mut self) -> Result<(), GaveUp> {
        if self.open.take().is_none() {
            return Ok(());
        }
        let mut out = BytesMut::new();
        frontend::close(b'P', "", &mut out).map_err(|_| GaveUp::Ended)?;
        frontend::sync(&mut out);
        self.send(&out).await?;
        let mut nobody = Gathered::new(Share::NOTHING, Part::default());
        while !matches!(self.stands(&mut nobody).await?, Stands::Ready) {}
        Ok(())
    }

    async fn names(&mut self) -> Result<Names, GaveUp> {
        names::read(self).await
    }

    async fn close(&mut self) {
        let gave_up = self.give_up().await;
        let mut out = BytesMut::new();
        frontend::terminate(&mut out);
        // The visit may be over already.
        let said = self.send(&out).await;
        tracing::trace!(?gave_up, ?said, "a client for statements took leave");
        drop(self.stream.shutdown().await);
    }
}

/// Writes the messages that run a statement up to so many rows.
fn ask(statement: &str, parameters: &[Option<String>], at_once: usize, out: &mut BytesMut) -> io::Result<()> {
    frontend::parse("", statement, [], out)?;
    let write = |parameter: &Option<String>, out: &mut BytesMut| match parameter {
        Some(text) => {
            out.extend_from_slice(text.as_bytes());
            Ok(IsNull::No)
        }
        None => Ok(IsNull::Yes),
    };
    let bound = frontend::bind("", "", [0], parameters, write, [0], out);
    bound
        .map_err(|error| match error {
            frontend::BindError::Serialization(error) => error,
            frontend::BindError::Conversion(error) => io::Error::other(error),
        })
        .and_then(|()| frontend::describe(b'P', "", out))?;
    frontend::execute("", i32::try_from(at_once).unwrap_or(i32::MAX), out)?;
    frontend::flush(out);
    Ok(())
}
