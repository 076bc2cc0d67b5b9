//! Which command each reply belongs to. Pure: commands and replies in, entries out.
//!
//! A server answers in the order of the commands, one reply to each, but for a few: subscriptions have one for each channel, and between
//! replies come messages, lines of a monitor, and what the server pushes. What is asked in a transaction is queued, and answered at its
//! end all at once.

use std::{borrow::Cow, collections::VecDeque};

use bytes::Bytes;
use proto_database::{Content, Entry, Preview, Refused};
use serde::Serialize;
use serde_json::Value;

use crate::{
    secrets::Secrets,
    shown,
    wire::{Command, Given, Seen, Wanted, error},
};

/// How many commands may be without an answer: clients that write everything before they read have many.
pub(crate) const MOST_ASKED: usize = 1 << 20;

/// How many of them there is always room for.
const QUEUE: usize = 256;

/// How much of an error is kept.
const FAULT: usize = 2048;

/// What follows when a command was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Plain,
    /// A transaction begins.
    Multi,
    /// It is carried out.
    Exec,
    /// It is given up.
    Discard,
    /// The version of the protocol may be another one.
    Hello,
    /// Everything is as after the login.
    Reset,
    /// Lines come between the replies.
    Monitor,
    /// Bytes come that are no replies: what a replica gets.
    Stream,
    /// One reply for each channel.
    Subscribe,
    /// The same; for each that there is, when none was named.
    Unsubscribe(Channels),
    /// The gateway answers itself.
    Local,
    /// The server answers an error to what it got in place of a command, and the client reads another one.
    Refused,
    /// The gateway asked for itself: the client reads nothing.
    Own,
}

/// What subscriptions are to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    Named,
    Patterns,
    Shards,
}

/// What was asked and is not answered yet.
#[derive(Debug, Clone, Copy)]
struct Asked {
    /// The entry; zero when there is none.
    id: u64,
    /// How many replies are to come.
    replies: u32,
    kind: Kind,
    /// The client does not want the reply.
    mute: bool,
    /// Neither reply nor error is on record.
    secret: bool,
}

/// What becomes of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes on.
    On(Content),
    /// It goes nowhere.
    Gone,
}

/// Whether the client wants replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Wishes {
    #[default]
    All,
    None,
    /// Not the next one.
    NotNext,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Ledger {
    last_id: u64,
    /// Who has approved the command that comes next; null when nobody had to.
    approved: Value,
    asked: VecDeque<Asked>,
    /// What the gateway says to [`Kind::Local`] and [`Kind::Refused`], in order.
    words: VecDeque<Bytes>,
    /// What was queued of a transaction, by the server.
    queued: VecDeque<Asked>,
    transaction: bool,
    /// How many commands of a transaction were answered so far.
    ran: u64,
    /// Pushes have a form of their own.
    resp3: bool,
    subscribed: [u64; 3],
    comes: Comes,
}

/// What a server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Comes {
    /// Replies, and messages of channels.
    #[default]
    Replies,
    /// And lines of a monitor between them.
    Lines,
    /// No replies any more.
    Stream,
}

/// What came of a command.
#[derive(Default, Serialize)]
struct Outcome<'a> {
    rows: u64,
    #[serde(skip_serializing_if = "is_zero")]
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'a str>,
    #[serde(flatten)]
    shown: serde_json::Map<String, Value>,
}

#[derive(Serialize)]
struct Fault<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    code: Cow<'a, str>,
    message: Cow<'a, str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Ledger {
    /// Begins with a version of the protocol.
    pub(crate) fn new(resp3: bool) -> Self {
        Self {
            resp3,
            ..Self::default()
        }
    }

    /// Tells whether something was asked and is not answered yet.
    pub(crate) fn is_busy(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Tells whether no more can be asked.
    pub(crate) fn is_full(&self) -> bool {
        self.asked.len() + self.queued.len() >= MOST_ASKED
    }

    /// Gives the number that the next command has on record.
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id + 1
    }

    /// Writes a command as its entry has it.
    pub(crate) fn text(command: &Command<'_>) -> String {
        shown::command(command, &Secrets::of(command)).0
    }

    /// Says who has approved the command that comes next, for its entry.
    pub(crate) fn note_approval(&mut self, by: Value) {
        self.approved = by;
    }

    /// Tells whether what the server says are no replies any more.
    pub(crate) fn is_raw(&self) -> bool {
        self.comes == Comes::Stream
    }

    fn is_monitored(&self) -> bool {
        self.comes == Comes::Lines
    }

    /// Takes a command that is sent on. Tells whether its bytes are recorded: those of whose arguments the entry has not all.
    pub(crate) fn ask(
        &mut self,
        command: &Command<'_>,
        kind: Kind,
        mute: bool,
        entries: &mut Vec<Entry>,
    ) -> Content {
        let secrets = Secrets::of(command);
        let (id, shown) = self.statement(command, &secrets, entries);
        let channels = u32::try_from(command.count.saturating_sub(1)).unwrap_or(u32::MAX);
        let replies = match kind {
            Kind::Subscribe | Kind::Unsubscribe(_) => channels,
            _ => 1,
        };
        if !self.is_raw() {
            self.asked.push_back(Asked {
                id,
                replies,
                kind,
                mute,
                secret: secrets.are_asked() || secrets.answered,
            });
        }
        Content::recorded_if(!shown && !secrets.are_asked())
    }

    /// Takes a command that the gateway answers itself, when its turn comes.
    pub(crate) fn answer_locally(&mut self, command: &Command<'_>, words: Bytes, entries: &mut Vec<Entry>) {
        let (id, _) = self.statement(command, &Secrets::of(command), entries);
        let tag = Some(Cow::Borrowed("answered by the gateway"));
        let outcome = Outcome {
            tag,
            ..Outcome::default()
        };
        write(id, &outcome, entries);
        self.push(Kind::Local, 0, words);
    }

    /// Takes a command in whose place the server gets one that fails.
    pub(crate) fn refuse(
        &mut self,
        command: &Command<'_>,
        why: &Refused,
        mute: bool,
        entries: &mut Vec<Entry>,
    ) {
        let (id, _) = self.statement(command, &Secrets::of(command), entries);
        let outcome = Outcome {
            error: Some(fault("NOPERM", &why.words)),
            refused: Some(why.rule.as_str()).filter(|rule| !rule.is_empty()),
            ..Outcome::default()
        };
        write(id, &outcome, entries);
        let said = if mute {
            Bytes::new()
        } else {
            error("NOPERM", &why.words)
        };
        self.push(Kind::Refused, 0, said);
    }

    /// Something is sent of which the client reads nothing.
    pub(crate) fn ask_for_itself(&mut self) {
        if self.is_raw() {
            return;
        }
        self.asked.push_back(Asked {
            id: 0,
            replies: 1,
            kind: Kind::Own,
            mute: true,
            secret: true,
        });
    }

    fn push(&mut self, kind: Kind, id: u64, words: Bytes) {
        if self.is_raw() {
            return;
        }
        self.words.push_back(words);
        self.asked.push_back(Asked {
            id,
            replies: 1,
            kind,
            mute: false,
            secret: true,
        });
    }

    /// Records a command; tells whether the entry has all of it.
    fn statement(
        &mut self,
        command: &Command<'_>,
        secrets: &Secrets,
        entries: &mut Vec<Entry>,
    ) -> (u64, bool) {
        #[derive(Serialize)]
        struct Statement {
            text: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            arguments: Option<u64>,
            #[serde(skip_serializing_if = "Value::is_null")]
            approved: Value,
        }
        self.last_id += 1;
        let (text, whole) = shown::command(command, secrets);
        let statement = Statement {
            text,
            arguments: (!whole).then_some(command.count),
            approved: std::mem::take(&mut self.approved),
        };
        let body = serde_json::to_vec(&statement).unwrap_or_default().into();
        entries.push(Entry::Statement {
            id: self.last_id,
            body,
        });
        (self.last_id, whole)
    }

    /// Says what is wanted of the next reply.
    pub(crate) fn wanted(&self) -> Wanted {
        let front = self.asked.front();
        Wanted {
            room: Preview::BYTES,
            each: front.is_some_and(|asked| asked.kind == Kind::Exec),
        }
    }

    /// Says what becomes of a reply that begins with this byte.
    pub(crate) fn fate(&self, kind: u8) -> Fate {
        let between =
            kind == b'>' || (kind == b'*' && self.is_subscribed()) || (kind == b'+' && self.is_monitored());
        match self.asked.front() {
            Some(asked) if asked.mute && !between => Fate::Gone,
            // Whoever was to get the error gets another one.
            Some(asked) if asked.kind == Kind::Refused && kind == b'-' => Fate::Gone,
            Some(asked) => Fate::On(Content::recorded_if(!asked.secret)),
            None => Fate::On(Content::Recorded),
        }
    }

    fn is_subscribed(&self) -> bool {
        !self.resp3 && self.subscribed.iter().any(|count| *count > 0)
    }

    /// Takes a reply, or an element of one.
    pub(crate) fn answer(&mut self, given: &Given, seen: Seen, entries: &mut Vec<Entry>) {
        if let Seen::Element { last } = seen {
            self.ran += 1;
            if let Some(asked) = self.queued.pop_front() {
                answered(asked, given, entries);
                self.count(given);
                if !given.is_error() {
                    self.follow(asked.kind, given, entries);
                }
            }
            if last {
                self.executed(entries);
            }
            return;
        }
        if self.is_in_between(given, entries) {
            return;
        }
        let Some(asked) = self.asked.pop_front() else {
            return;
        };
        if self.asked.is_empty() {
            // What a burst took is given back.
            self.asked.shrink_to(QUEUE);
        }
        match asked.kind {
            Kind::Local => {
                // The server says what nobody has asked for.
                self.asked.push_front(asked);
            }
            Kind::Refused if given.kind != b'-' => drop(self.words.pop_front()),
            Kind::Refused | Kind::Own => {}
            _ if self.transaction && given.kind == b'+' && given.first() == b"QUEUED" => {
                self.queued.push_back(asked);
            }
            Kind::Exec => {
                let why = if given.null {
                    "a watched key was changed"
                } else {
                    "an earlier command was refused"
                };
                let failed = given.is_error() || given.null;
                self.end_transaction(failed.then_some(why), entries);
                answered(asked, given, entries);
            }
            kind => {
                answered(asked, given, entries);
                if !given.is_error() {
                    self.follow(kind, given, entries);
                }
            }
        }
    }

    /// Takes what is no reply: messages of channels, lines of a monitor, what a server pushes. Subscriptions are answered by such as well.
    fn is_in_between(&mut self, given: &Given, entries: &mut Vec<Entry>) -> bool {
        if given.kind == b'+' && self.is_monitored() && is_monitored(given.first()) {
            return true;
        }
        let subscribes = matches!(
            self.asked.front(),
            Some(Asked {
                kind: Kind::Subscribe | Kind::Unsubscribe(_),
                ..
            })
        );
        let may_be =
            given.kind == b'>' || (given.kind == b'*' && !self.resp3 && (subscribes || self.is_subscribed()));
        if !may_be {
            return false;
        }
        let [named, patterns, shards] = self.subscribed;
        let word = given.first();
        let Some(count) = self.count(given) else {
            // A reply in an array, such as that to a ping, is one.
            return given.kind == b'>' || matches!(word, b"message" | b"pmessage" | b"smessage");
        };
        let Some(asked) = self.asked.front_mut().filter(|_| subscribes) else {
            return true;
        };
        if let (Kind::Unsubscribe(channels), 0) = (asked.kind, asked.replies) {
            let there = match channels {
                Channels::Named => named,
                Channels::Patterns => patterns,
                Channels::Shards => shards,
            };
            asked.replies = u32::try_from(there.max(1)).unwrap_or(u32::MAX);
        }
        asked.replies = asked.replies.saturating_sub(1);
        if asked.replies == 0
            && let Some(asked) = self.asked.pop_front()
        {
            let outcome = Outcome {
                rows: count,
                tag: Some(String::from_utf8_lossy(word)),
                ..Outcome::default()
            };
            write(asked.id, &outcome, entries);
        }
        true
    }

    /// Takes what the server says of subscriptions: how many there are now; [`None`] when it says something else.
    fn count(&mut self, given: &Given) -> Option<u64> {
        let word = given.first();
        let [named, patterns, shards] = &mut self.subscribed;
        let count = given.cells.get(2).map(|cell| given.text(cell));
        let count = count.and_then(|count| std::str::from_utf8(count).ok()?.parse::<u64>().ok());
        let count = count.unwrap_or(0);
        match word {
            b"subscribe" | b"unsubscribe" => *named = count.saturating_sub(*patterns),
            b"psubscribe" | b"punsubscribe" => *patterns = count.saturating_sub(*named),
            b"ssubscribe" | b"sunsubscribe" => *shards = count,
            _ => return None,
        }
        Some(count)
    }

    /// Does what follows when a command has succeeded.
    fn follow(&mut self, kind: Kind, given: &Given, entries: &mut Vec<Entry>) {
        match kind {
            Kind::Multi => self.transaction = true,
            Kind::Discard => self.end_transaction(Some("the transaction was discarded"), entries),
            Kind::Hello => self.resp3 = given.kind == b'%',
            Kind::Monitor => self.comes = Comes::Lines,
            Kind::Stream => self.comes = Comes::Stream,
            Kind::Reset => {
                self.end_transaction(Some("the connection was reset"), entries);
                (self.resp3, self.subscribed, self.comes) = (false, [0; 3], Comes::Replies);
            }
            _ => {}
        }
    }

    /// The elements of a transaction have all come.
    fn executed(&mut self, entries: &mut Vec<Entry>) {
        let rows = std::mem::take(&mut self.ran);
        if let Some(asked) = self.asked.pop_front() {
            let outcome = Outcome {
                rows,
                ..Outcome::default()
            };
            write(asked.id, &outcome, entries);
        }
        self.end_transaction(None, entries);
    }

    /// What was queued and not run gets its outcome.
    fn end_transaction(&mut self, why: Option<&str>, entries: &mut Vec<Entry>) {
        self.transaction = false;
        let message = format!(
            "not run: {}",
            why.unwrap_or("the transaction has no result for it")
        );
        for asked in self.queued.drain(..) {
            let outcome = Outcome {
                error: Some(fault("", &message)),
                ..Outcome::default()
            };
            write(asked.id, &outcome, entries);
        }
    }

    /// A stream begins that is no reply, when the server answers the first of what was asked with this byte.
    pub(crate) fn begins_stream(&mut self, first: u8) -> bool {
        let asked = self.asked.front().is_some_and(|asked| asked.kind == Kind::Stream);
        if asked && first != b'-' {
            self.comes = Comes::Stream;
        }
        self.is_raw()
    }

    /// Gives what the gateway itself has to say next, when it is its turn.
    pub(crate) fn speak(&mut self) -> Option<Bytes> {
        self.asked.pop_front_if(|asked| asked.kind == Kind::Local)?;
        self.words.pop_front()
    }

    /// Gives what the client reads in place of the reply that comes now; asked before [`Ledger::answer`].
    pub(crate) fn in_place(&mut self, given: &Given) -> Option<Bytes> {
        let refused = self
            .asked
            .front()
            .is_some_and(|asked| asked.kind == Kind::Refused);
        if refused && given.kind == b'-' {
            self.words.pop_front()
        } else {
            None
        }
    }
}

/// Tells whether a line is one of a monitor: a time, and where a command came from.
fn is_monitored(line: &[u8]) -> bool {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = line.get(digits..).unwrap_or_default();
    digits > 0 && rest.first() == Some(&b'.') && rest.get(7..9) == Some(b" [")
}

/// Records what came of a command.
fn answered(asked: Asked, given: &Given, entries: &mut Vec<Entry>) {
    if asked.id == 0 {
        return;
    }
    let mut outcome = Outcome {
        bytes: given.bytes,
        rows: match given.kind {
            _ if given.null => 0,
            _ if given.is_aggregate() => given.elements,
            b'+' | b'-' | b'!' => 0,
            _ => 1,
        },
        ..Outcome::default()
    };
    let first = String::from_utf8_lossy(given.first().get(..FAULT).unwrap_or_else(|| given.first()));
    if given.is_error() {
        outcome.error = Some(if asked.secret {
            // It may repeat what it is about.
            fault("", "the message is not shown: the command is about passwords")
        } else {
            match first.split_once(' ') {
                Some((code, message)) => fault(code, message),
                None => fault("", &first),
            }
        });
    } else if given.kind == b'+' {
        outcome.tag = Some(first);
    } else if !asked.secret {
        let (preview, columns) = shown::preview(given);
        preview.write(columns, outcome.rows, &mut outcome.shown);
    }
    write(asked.id, &outcome, entries);
}

fn fault<'a>(code: &'a str, message: &'a str) -> Fault<'a> {
    Fault {
        code: code.into(),
        message: message.into(),
    }
}

fn write(id: u64, outcome: &Outcome<'_>, entries: &mut Vec<Entry>) {
    let body = serde_json::to_vec(outcome).unwrap_or_default().into();
    entries.push(Entry::Outcome { id, body });
}
