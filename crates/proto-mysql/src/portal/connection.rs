//! The client's half of a connection: one statement at a time, whose rows are read no faster than they are wanted.
//!
//! A statement without parameters is a `COM_QUERY`, and the server writes its rows until the client reads no more; one with parameters is
//! prepared. A result that is not wanted any more is stopped at the server, and what was on its way is read.

use std::{io, sync::Arc, time::Instant};

use async_trait::async_trait;
use bytes::{Buf as _, BytesMut};
use engine::{
    Stream,
    statements::{Column, Gathered, GaveUp, Message, Names, Part, Share, Spelling, Transaction},
};
use parking_lot::Mutex;
use proto_database::client::Conversation;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    Running, names,
    rows::{Form, Heard, Rows},
};
use crate::wire::{self, Fault, command, framed, status, with_parameters};

/// What is read at once.
const READ: usize = 32 << 10;

/// A connection that is in.
pub(super) struct Connection {
    stream: Stream,
    read: BytesMut,
    rows: Rows,
    running: Running,
    transaction: Arc<Mutex<Transaction>>,
    number: u64,
    /// The number of the prepared statement that runs.
    prepared: Option<u32>,
    open: Option<Open>,
}

/// A result that was not read to its end.
struct Open {
    columns: Vec<Column>,
    rows: u64,
    since: Instant,
}

impl Connection {
    pub(super) fn new(
        stream: Stream,
        read: BytesMut,
        running: Running,
        transaction: Arc<Mutex<Transaction>>,
    ) -> Self {
        Self {
            stream,
            read,
            rows: Rows::new(Spelling::Readable, Form::Text),
            running,
            transaction,
            number: 0,
            prepared: None,
            open: None,
        }
    }

    /// Has a statement prepared; gives its number, or why not.
    async fn prepare(&mut self, statement: &str) -> Result<Result<u32, Fault>, GaveUp> {
        self.rows = Rows::prepared();
        self.send(&[&[command::STMT_PREPARE], statement.as_bytes()].concat())
            .await?;
        let mut nobody = Gathered::new(Share::NOTHING, Part::default());
        loop {
            match self.next(&mut nobody).await? {
                Heard::Prepared(id) => return Ok(Ok(id)),
                Heard::Fault(fault) => return Ok(Err(fault)),
                _ => {}
            }
        }
    }

    async fn read_on(&mut self, mut gathered: Gathered) -> Result<Part, GaveUp> {
        gathered.part().number = self.number;
        // Only the first result of a `CALL` is shown.
        let mut is_first = true;
        loop {
            match self.next(&mut gathered).await? {
                Heard::Row if is_first && gathered.wanted(1).is_none() => {
                    let part = gathered.part();
                    part.more = true;
                    self.open = Some(Open {
                        columns: part.columns.clone(),
                        rows: part.rows_so_far,
                        since: Instant::now(),
                    });
                    return Ok(gathered.done());
                }
                Heard::Okay(okay) => {
                    if is_first {
                        gathered.part().tag = Some(done(&okay));
                    }
                    is_first = false;
                    if self.is_over(okay.status).await? {
                        return Ok(gathered.done());
                    }
                }
                Heard::End { warnings, bits } => {
                    if is_first {
                        let rows = gathered.part().rows_so_far;
                        gathered.part().tag = Some(in_set(rows, warnings));
                    }
                    is_first = false;
                    if self.is_over(bits).await? {
                        return Ok(gathered.done());
                    }
                }
                Heard::Fault(fault) => {
                    gathered.part().tag = None;
                    gathered.part().error = Some(message(fault));
                    self.forget().await?;
                    return Ok(gathered.done());
                }
                Heard::WantsFile => {
                    // It was not said that this client has any.
                    let nothing = framed(self.rows.sequence().wrapping_add(1), &[]);
                    self.write(&nothing).await?;
                }
                Heard::Row | Heard::Prepared(_) => {}
            }
        }
    }

    /// Takes the status at the end of a result; tells whether it was the last one.
    async fn is_over(&mut self, bits: u16) -> Result<bool, GaveUp> {
        *self.transaction.lock() = if bits & status::IN_TRANSACTION == 0 {
            Transaction::None
        } else {
            Transaction::Open
        };
        let over = bits & status::MORE_RESULTS == 0;
        if over {
            self.forget().await?;
        }
        Ok(over)
    }

    /// The server need not remember the prepared statement any more.
    async fn forget(&mut self) -> Result<(), GaveUp> {
        match self.prepared.take() {
            Some(id) => {
                self.send(&[&[command::STMT_CLOSE][..], &id.to_le_bytes()].concat())
                    .await
            }
            None => Ok(()),
        }
    }

    /// Reads on to what is worth knowing; pieces of rows are gathered.
    async fn next(&mut self, gathered: &mut Gathered) -> Result<Heard, GaveUp> {
        loop {
            let mut bytes = &self.read[..];
            let before = bytes.len();
            let heard = self.rows.hear(&mut bytes, &mut |piece| gathered.take(piece));
            let used = before - bytes.len();
            self.read.advance(used);
            if let Some(heard) = heard.map_err(|_| GaveUp::Ended)? {
                return Ok(heard);
            }
            self.read.reserve(READ);
            match self.stream.read_buf(&mut self.read).await {
                Ok(0) | Err(_) => return Err(GaveUp::Ended),
                Ok(_) => {}
            }
        }
    }

    async fn send(&mut self, body: &[u8]) -> Result<(), GaveUp> {
        self.write(&framed(0, body)).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), GaveUp> {
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
        self.number += 1;
        if parameters.is_empty() {
            self.rows = Rows::new(Spelling::Readable, Form::Text);
            self.send(&[&[command::QUERY], statement.as_bytes()].concat())
                .await?;
        } else {
            let id = match self.prepare(statement).await? {
                Ok(id) => id,
                Err(fault) => {
                    return Ok(Part {
                        number: self.number,
                        error: Some(message(fault)),
                        ..Part::default()
                    });
                }
            };
            self.prepared = Some(id);
            self.rows = Rows::new(Spelling::Readable, Form::Binary);
            self.send(&with_parameters(id, parameters)).await?;
        }
        self.read_on(Gathered::new(most, Part::default())).await
    }

    async fn more(&mut self, most: Share) -> Result<Part, GaveUp> {
        let open = self.open.take().ok_or(GaveUp::NothingOpen)?;
        let part = Part {
            columns: open.columns,
            rows_so_far: open.rows,
            ..Part::default()
        };
        self.read_on(Gathered::new(most, part)).await
    }

    fn open_since(&self) -> Option<Instant> {
        self.open.as_ref().map(|open| open.since)
    }

    async fn give_up(&mut self) -> Result<(), GaveUp> {
        if self.open.take().is_none() {
            return Ok(());
        }
        // The server may be done and its rows on their way: they are read all the same.
        let running = self.running.clone();
        let stopping = running.stop();
        let reading = self.read_on(Gathered::new(Share::NOTHING, Part::default()));
        let ((), read) = tokio::join!(stopping, reading);
        read.map(drop)
    }

    async fn names(&mut self) -> Result<Names, GaveUp> {
        names::read(self).await
    }

    async fn close(&mut self) {
        let gave_up = self.give_up().await;
        // The visit may be over already.
        let said = self.send(&[command::QUIT]).await;
        tracing::trace!(?gave_up, ?said, "a client for statements took leave");
        drop(self.stream.shutdown().await);
    }
}

/// Says what was done, as `mysql` does.
fn done(okay: &wire::Okay) -> String {
    let mut words = format!("Query OK, {}", counted(okay.affected, "row"));
    words.push_str(" affected");
    warned(&mut words, okay.warnings);
    if !okay.info.is_empty() {
        words.push_str("; ");
        words.push_str(&okay.info);
    }
    words
}

/// Says how many rows there are, as `mysql` does.
fn in_set(rows: u64, warnings: u16) -> String {
    let mut words = if rows == 0 {
        "Empty set".to_owned()
    } else {
        format!("{} in set", counted(rows, "row"))
    };
    warned(&mut words, warnings);
    words
}

fn warned(words: &mut String, warnings: u16) {
    if warnings > 0 {
        words.push_str(", ");
        words.push_str(&counted(warnings.into(), "warning"));
    }
}

fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn message(fault: Fault) -> Message {
    Message {
        severity: "ERROR".to_owned(),
        code: fault.code.to_string(),
        message: fault.message,
        ..Message::default()
    }
}
