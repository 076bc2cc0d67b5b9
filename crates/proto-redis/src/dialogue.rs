//! What passes between client and server: commands are scanned and judged, the ledger reads replies, and bytes go on as they are.
//!
//! A command is kept back until it is whole, or until there is more of it than is shown: then the rest passes as it comes.

use bytes::{Bytes, BytesMut};
use domain::{
    Micros,
    object::SecretText,
    statement::{Effect, StatementRule},
    stop::{EndReason, Stop},
};
use proto_database::{Broken, Content, Flow, Hold, Judge, Judgement, Refused, Verdict};
use serde_json::Value;

use crate::{
    caller::Credentials,
    commands,
    ledger::{Channels, Fate, Kind, Ledger, Wishes},
    wire::{self, Command, Keep, OK, Replies, Requests, Seen, command, error},
};

/// How much of a command is kept back so that its entry can show it.
const SHOWN: Keep = Keep {
    argument: 1024,
    all: 16 << 10,
};
/// How much of one is kept back that is to be understood whole: for a rule about keys, for reviewers, or for its passwords.
const JUDGED: Keep = Keep {
    argument: 1 << 20,
    all: 1 << 20,
};

/// What the server gets in place of a command that is refused. It does not know it, so that a transaction fails as it would, and names
/// itself in the server's log.
const CANNOT_RUN: &[u8] = b"*1\r\n$16\r\nDOORWARD.REFUSED\r\n";

const SIGNED_IN: &str =
    "doorward: this connection is signed in already; open another one to sign in as somebody else";

/// What the gateway says to the server for itself.
#[derive(Default)]
pub(crate) struct Own {
    /// What makes a connection one of the account again after a `RESET`.
    pub(crate) login: Vec<Vec<SecretText>>,
    /// The login of the client, so that the same one again does no harm; [`None`] when it was proven elsewhere.
    pub(crate) credentials: Option<Credentials>,
}

/// Both directions of one connection.
pub(crate) struct Dialogue {
    ledger: Ledger,
    own: Own,
    /// Judges what the client sends; [`None`] when there are no rules.
    judge: Option<Judge>,
    keep: Keep,
    requests: Requests,
    replies: Replies,
    /// The beginning of a command that is not judged yet.
    held: BytesMut,
    course: Course,
    /// A command that waits for reviewers, and what came behind it.
    waiting: Option<(Bytes, Bytes)>,
    /// Whether the client wants replies.
    wishes: Wishes,
    /// The client has begun a transaction.
    transaction: bool,
    /// What becomes of the reply that is coming.
    fate: Option<Fate>,
    /// What the client has sent that cannot be.
    broken: Option<String>,
}

/// What becomes of the rest of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Undecided,
    Passing(Content),
    Dropping,
}

/// What becomes of a part of a chunk.
enum Piece {
    Bytes(Content),
    Other(Bytes),
    Gone,
}

/// What becomes of a command.
enum Way {
    /// It goes on.
    Pass(Content),
    /// Others go on in its place.
    Replace(Bytes),
    /// It goes nowhere.
    Local,
    /// It waits for reviewers.
    Hold(Box<Hold>),
}

impl Dialogue {
    /// Begins under the rules of a profile.
    pub(crate) fn new(rules: &[StatementRule], own: Own, resp3: bool) -> Self {
        let read_whole = |rule: &StatementRule| !rule.tables.is_empty() || rule.effect != Effect::Deny;
        Self {
            ledger: Ledger::new(resp3),
            own,
            judge: Judge::new(rules),
            keep: if rules.iter().any(read_whole) {
                JUDGED
            } else {
                SHOWN
            },
            requests: Requests::default(),
            replies: Replies::default(),
            held: BytesMut::new(),
            course: Course::Undecided,
            waiting: None,
            wishes: Wishes::All,
            transaction: false,
            fate: None,
            broken: None,
        }
    }

    /// Looks at a chunk whose first bytes were seen before, and are not sent.
    fn ask_behind(&mut self, mut whole: Bytes, seen: usize, flow: &mut Flow) -> Result<(), wire::Broken> {
        let mut pieces: Vec<(usize, Piece)> = Vec::new();
        let (mut from, mut at) = (0, seen);
        while at < whole.len() {
            let (used, ended) = self
                .requests
                .feed(whole.get(at..).unwrap_or_default(), self.keep)?;
            at += used;
            match self.course {
                Course::Undecided if ended || self.is_decidable() => {
                    let way = self.judged(flow)?;
                    self.course = match &way {
                        _ if ended => Course::Undecided,
                        Way::Pass(content) => Course::Passing(*content),
                        Way::Replace(_) | Way::Local | Way::Hold(_) => Course::Dropping,
                    };
                    match way {
                        Way::Pass(content) => grow(&mut pieces, at - from, content),
                        Way::Replace(other) => pieces.push((at - from, Piece::Other(other))),
                        Way::Local => pieces.push((at - from, Piece::Gone)),
                        Way::Hold(hold) => {
                            // INVARIANT: what is held is whole, so that what is kept behind it begins with a command.
                            let mut kept = whole.split_off(from);
                            self.waiting = Some((kept.split_to(at - from), kept));
                            flow.hold(*hold);
                            send(&mut whole, pieces, flow);
                            return Ok(());
                        }
                    }
                    from = at;
                }
                // All of the chunk is read.
                Course::Undecided => {}
                Course::Passing(content) => {
                    grow(&mut pieces, at - from, content);
                    from = at;
                }
                Course::Dropping => {
                    pieces.push((at - from, Piece::Gone));
                    from = at;
                }
            }
            if ended {
                self.course = Course::Undecided;
            }
        }
        self.held.extend_from_slice(whole.get(from..).unwrap_or_default());
        send(&mut whole, pieces, flow);
        Ok(())
    }

    /// Tells whether enough of a command is there, of which more is to come.
    fn is_decidable(&self) -> bool {
        let command = self.requests.command();
        let enough = if is_understood(&command) {
            JUDGED.all
        } else {
            self.keep.all
        };
        self.requests.has_name() && command.len as usize >= enough
    }

    /// Decides what becomes of a command, and records it unless it waits.
    fn judged(&mut self, flow: &mut Flow) -> Result<Way, wire::Broken> {
        let command = self.requests.command();
        if command.count == 0 {
            return Ok(Way::Pass(Content::Counted));
        }
        if self.ledger.is_full() {
            return Err(wire::Broken("too many commands are not answered"));
        }
        Ok(match self.judgement(&command.word(0), &command) {
            None => self.sent(flow),
            Some(Judgement::Refuse(why)) => self.refused(&why, flow),
            Some(Judgement::Hold { rule, review }) => Way::Hold(Box::new(Hold {
                rule,
                review,
                text: Ledger::text(&command),
                parameters: Value::Null,
                number: self.ledger.next_id(),
            })),
        })
    }

    /// Tells whether the client wants no reply to the command that comes now.
    fn is_mute(&mut self) -> bool {
        let mute = self.wishes != Wishes::All;
        if self.wishes == Wishes::NotNext {
            self.wishes = Wishes::All;
        }
        mute
    }

    /// Has the server fail a command that it never sees.
    fn refused(&mut self, why: &Refused, flow: &mut Flow) -> Way {
        let mute = self.is_mute();
        let command = self.requests.command();
        self.ledger.refuse(&command, why, mute, &mut flow.entries);
        Way::Replace(Bytes::from_static(CANNOT_RUN))
    }

    /// Takes a command that may go on.
    fn sent(&mut self, flow: &mut Flow) -> Way {
        let mute = self.is_mute();
        let command = self.requests.command();
        let name = command.word(0);
        let kind = match name.as_str() {
            "AUTH" => return self.locally(OK.into(), mute, flow),
            "CLIENT" if command.word(1) == "REPLY" => {
                let wishes = command.word(2);
                let said = match wishes.as_str() {
                    "ON" => OK.into(),
                    "OFF" | "SKIP" => Bytes::new(),
                    _ => error("ERR", "syntax error"),
                };
                let way = self.locally(said, mute && wishes != "ON", flow);
                self.wishes = match wishes.as_str() {
                    "ON" => Wishes::All,
                    "OFF" => Wishes::None,
                    // Whoever wants none does not want the next one.
                    "SKIP" if self.wishes == Wishes::All => Wishes::NotNext,
                    _ => self.wishes,
                };
                return way;
            }
            "MULTI" => Kind::Multi,
            "EXEC" => Kind::Exec,
            "DISCARD" => Kind::Discard,
            "HELLO" => Kind::Hello,
            "RESET" => Kind::Reset,
            "MONITOR" => Kind::Monitor,
            "SYNC" | "PSYNC" => Kind::Stream,
            "SUBSCRIBE" | "PSUBSCRIBE" | "SSUBSCRIBE" if command.count > 1 => Kind::Subscribe,
            "UNSUBSCRIBE" => Kind::Unsubscribe(Channels::Named),
            "PUNSUBSCRIBE" => Kind::Unsubscribe(Channels::Patterns),
            "SUNSUBSCRIBE" => Kind::Unsubscribe(Channels::Shards),
            _ => Kind::Plain,
        };
        // Servers tell of subscriptions whatever the client wishes.
        let tells = matches!(kind, Kind::Subscribe | Kind::Unsubscribe(_));
        let content = self.ledger.ask(&command, kind, mute && !tells, &mut flow.entries);
        match kind {
            Kind::Multi => self.transaction = true,
            Kind::Exec | Kind::Discard => self.transaction = false,
            Kind::Hello if hello_auth(&command).is_some() => {
                return Way::Replace(without_login(&command));
            }
            Kind::Reset => {
                (self.transaction, self.wishes) = (false, Wishes::All);
                let mut out = BytesMut::from(&wire::command([&b"RESET"[..]])[..]);
                for words in &self.own.login {
                    self.ledger.ask_for_itself();
                    out.extend_from_slice(&wire::command(
                        words
                            .iter()
                            .map(|word| word.expose().as_bytes())
                            .collect::<Vec<_>>(),
                    ));
                }
                return Way::Replace(out.freeze());
            }
            _ => {}
        }
        Way::Pass(content)
    }

    /// Answers a command in the server's place.
    fn locally(&mut self, words: Bytes, mute: bool, flow: &mut Flow) -> Way {
        let words = if mute { Bytes::new() } else { words };
        let command = self.requests.command();
        self.ledger.answer_locally(&command, words, &mut flow.entries);
        flow.speak();
        Way::Local
    }

    /// Judges a command: by what a connection that is signed in may say, and by the rules; [`None`] when it may go on.
    fn judgement(&self, name: &str, command: &Command<'_>) -> Option<Judgement> {
        let for_itself = |words: &str| Some(Judgement::Refuse(Refused::by("", words.to_owned())));
        let unread = matches!(name, "AUTH" | "HELLO") && !command.is_kept_whole();
        if unread || (is_understood(command) && !command.whole) {
            return for_itself("doorward: the command is too long");
        }
        let login = match name {
            "AUTH" => Credentials::of_auth(command),
            "HELLO" => hello_auth(command)
                .and_then(|at| Credentials::of(command.argument(at + 1), command.argument(at + 2))),
            _ => None,
        };
        let known = self.own.credentials.as_ref();
        let same = login.is_some_and(|login| known.is_some_and(|known| known.is_same(&login)));
        let signs_in = name == "AUTH" || (name == "HELLO" && hello_auth(command).is_some());
        if signs_in && (!same || self.transaction) {
            return for_itself(SIGNED_IN);
        }
        if name == "CLIENT" && command.word(1) == "REPLY" && self.transaction {
            return for_itself("doorward: CLIENT REPLY is not possible in a transaction");
        }
        let judge = self.judge.as_ref()?;
        let mut facts = commands::facts(command);
        // Of the keys behind what is kept nothing is known.
        facts.unclear |= self.keep.all == JUDGED.all && !command.whole;
        match judge.judge(&facts, Micros::now())? {
            // Nobody agrees to what they cannot see.
            Judgement::Hold { rule, .. } if !command.is_kept_whole() => {
                let words = format!("doorward: the command is too long to be held (rule `{rule}`)");
                Some(Judgement::Refuse(Refused::by(&rule, words)))
            }
            judgement => Some(judgement),
        }
    }

    /// Says to the relay what cannot be; nothing of this chunk is sent then.
    fn give_up(&mut self, broken: wire::Broken, flow: &mut Flow) -> Broken {
        flow.entries.clear();
        self.broken = Some(broken.to_string());
        broken.into()
    }
}

/// Tells whether a command has to be whole before anything becomes of it: those with passwords, and those that the gateway answers.
fn is_understood(command: &Command<'_>) -> bool {
    matches!(
        command.word(0).as_str(),
        "AUTH" | "HELLO" | "CLIENT" | "CONFIG" | "ACL" | "MIGRATE" | "SENTINEL" | "MODULE" | "RESET"
    )
}

/// Finds the login of a `HELLO`: the word before it.
fn hello_auth(command: &Command<'_>) -> Option<usize> {
    (2..command.kept()).find(|at| command.word(*at) == "AUTH")
}

/// Writes a `HELLO` without the login in it.
fn without_login(asked: &Command<'_>) -> Bytes {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(word) = asked.argument(at) {
        if at >= 2 && asked.word(at) == "AUTH" {
            at += 3;
            continue;
        }
        words.push(word);
        at += 1;
    }
    command(words)
}

impl proto_database::Dialogue for Dialogue {
    fn ask(&mut self, chunk: Bytes, flow: &mut Flow) -> Result<(), Broken> {
        let (whole, seen) = if self.held.is_empty() {
            (chunk, 0)
        } else {
            // INVARIANT: the scanner has seen what is held.
            let mut held = std::mem::take(&mut self.held);
            let seen = held.len();
            held.extend_from_slice(&chunk);
            (held.freeze(), seen)
        };
        let looked = self.ask_behind(whole, seen, flow);
        looked.map_err(|broken| self.give_up(broken, flow))
    }

    fn decided(&mut self, verdict: Verdict, flow: &mut Flow) -> Result<(), Broken> {
        let Some((command, behind)) = self.waiting.take() else {
            return Ok(());
        };
        let way = match verdict {
            Verdict::Send(by) => {
                self.ledger.note_approval(by);
                self.sent(flow)
            }
            Verdict::Refuse(why) => self.refused(&why, flow),
        };
        match way {
            Way::Pass(content) => flow.send(command, content),
            Way::Replace(other) => flow.send(other, Content::Counted),
            Way::Local | Way::Hold(_) => {}
        }
        if behind.is_empty() {
            return Ok(());
        }
        let looked = self.ask_behind(behind, 0, flow);
        looked.map_err(|broken| self.give_up(broken, flow))
    }

    fn answer(&mut self, mut chunk: Bytes, flow: &mut Flow) -> Result<(), Broken> {
        let mut pieces: Vec<(usize, Piece)> = Vec::new();
        let mut at = 0;
        while let Some(rest) = chunk.get(at..).filter(|rest| !rest.is_empty()) {
            let first = rest.first().copied().unwrap_or_default();
            if self.replies.is_between() && self.ledger.begins_stream(first) {
                grow(&mut pieces, chunk.len() - at, Content::Recorded);
                break;
            }
            let (used, seen) = self.replies.feed(rest, self.ledger.wanted())?;
            at += used;
            let given = self.replies.given();
            let fate = *self.fate.get_or_insert_with(|| self.ledger.fate(given.kind));
            match fate {
                Fate::On(content) => grow(&mut pieces, used, content),
                Fate::Gone => pieces.push((used, Piece::Gone)),
            }
            if seen == Seen::Part {
                continue;
            }
            let words = self.ledger.in_place(given);
            self.ledger.answer(given, seen, &mut flow.entries);
            pieces.extend(words.map(|words| (0, Piece::Other(words))));
            if seen != (Seen::Element { last: false }) {
                self.fate = None;
                while let Some(words) = self.ledger.speak() {
                    pieces.push((0, Piece::Other(words)));
                }
            }
        }
        send(&mut chunk, pieces, flow);
        Ok(())
    }

    fn speak(&mut self, flow: &mut Flow) {
        while let Some(words) = self.ledger.speak() {
            flow.send(words, Content::Counted);
        }
    }

    fn is_between(&self) -> bool {
        self.replies.is_between() && !self.ledger.is_raw()
    }

    fn is_busy(&self) -> bool {
        self.ledger.is_busy()
    }

    /// There is no message for that which every client would bear.
    fn notice(&self, _words: &str) -> Option<Bytes> {
        None
    }

    fn last_words(&self, stop: &Stop) -> Bytes {
        match &self.broken {
            Some(broken) => error("ERR", broken),
            None => error(code(stop.reason), &format!("doorward: {}", stop.to_caller())),
        }
    }

    fn goodbye(&self) -> Bytes {
        Bytes::new()
    }
}

/// Gives the code that clients know for an end.
pub(crate) fn code(reason: EndReason) -> &'static str {
    match reason {
        EndReason::PolicyViolation => "WRONGPASS",
        _ => "ERR",
    }
}

/// Cuts a chunk into its pieces and sends them.
fn send(chunk: &mut Bytes, pieces: Vec<(usize, Piece)>, flow: &mut Flow) {
    for (len, piece) in pieces {
        let bytes = chunk.split_to(len.min(chunk.len()));
        match piece {
            Piece::Bytes(content) => flow.send(bytes, content),
            Piece::Other(other) => flow.send(other, Content::Counted),
            Piece::Gone => {}
        }
    }
}

/// Adds bytes to the last piece, or as a new one.
fn grow(pieces: &mut Vec<(usize, Piece)>, len: usize, content: Content) {
    match pieces.last_mut() {
        _ if len == 0 => {}
        Some((last, Piece::Bytes(same))) if *same == content => *last += len,
        _ => pieces.push((len, Piece::Bytes(content))),
    }
}

#[cfg(test)]
mod tests;
