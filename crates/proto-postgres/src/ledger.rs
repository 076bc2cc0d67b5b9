//! Which statement each answer belongs to. Pure: messages in, entries out.
//!
//! A client may send on without waiting, so that what was asked stands in a queue. The server answers in order, and after an error it
//! leaves out everything up to the client's next `Sync` (documentation, chapter 55.2.3).

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

pub(crate) use proto_database::Entry;
use proto_database::{Preview, Ranges, Refused};
use serde_json::{Value, json};

use crate::{
    sql,
    value::spelt,
    wire::{
        Bind, Column, Fault, Frame, bind, columns, command_tag, execute, fault, named, parse, text, values,
    },
};

/// How much of a statement is kept, in bytes.
pub(crate) const STATEMENT: usize = 1 << 20;

/// The SQLSTATE of a refusal: `insufficient_privilege`.
pub(crate) const REFUSED: &str = "42501";

/// The SQLSTATE of what the user took back: `query_canceled`.
const CANCELLED: &str = "57014";

/// How much of a message with parameters is read, in bytes.
const PARAMETERS: usize = 64 << 10;

/// The bytes of a message before its body.
const HEAD: u64 = 5;

/// In so few bytes behind a suspended portal there is no row: a row needs 7 beside the 5 that say that it is suspended.
const NO_ROW: u64 = 11;

/// How much text of prepared statements is remembered, and how many portals; of what is forgotten the text is not known any more.
const REMEMBERED: usize = 16 << 20;
const PORTALS: usize = 256;

/// What was asked and is not answered yet.
#[derive(Debug)]
enum Asked {
    /// `Parse` or `Bind`: an error in it is one of this statement.
    Prepare(Arc<Prepared>),
    /// `Execute`, with what the portal gave before.
    Execute {
        id: u64,
        portal: String,
        before: Option<Box<Given>>,
    },
    /// `Query`: its statements that are not answered yet.
    Query(VecDeque<u64>),
    /// `FunctionCall`, until its result is there.
    Function(Option<u64>),
    /// What a rule has refused, and was replaced by something that the server refuses: what the client is to read of it.
    Refused(Refusal),
    /// `Sync`.
    Sync,
}

/// What became of a message that a rule refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What the client reads.
    pub(crate) words: String,
    /// The error's SQLSTATE.
    code: &'static str,
    /// It was a `Query`, which is answered up to `ReadyForQuery`.
    simple: bool,
}

/// A prepared statement.
#[derive(Debug, Default)]
struct Prepared {
    text: String,
    types: Vec<u32>,
}

/// A portal: a statement with its parameters.
#[derive(Debug)]
struct Portal {
    prepared: Arc<Prepared>,
    parameters: Value,
    /// It gave a part of its rows: the number of the statement that goes on, and what it gave.
    suspended: Option<(u64, Box<Given>)>,
}

/// What the statement that is being answered has given so far.
#[derive(Debug, Default)]
struct Given {
    rows: u64,
    bytes: u64,
    columns: Vec<Column>,
    preview: Preview,
    ranges: Ranges,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    last_id: u64,
    asked: VecDeque<Asked>,
    prepared: HashMap<String, (u64, Arc<Prepared>)>,
    /// Names by age.
    prepared_order: BTreeMap<u64, String>,
    prepared_bytes: usize,
    last_prepared: u64,
    portals: HashMap<String, Portal>,
    result: Given,
    /// How many bytes of the server were seen.
    heard: u64,
    /// An error was answered: the rest up to the next `Sync` is left out.
    failed: bool,
    /// How many of `asked` are [`Asked::Refused`].
    refused: u32,
    /// What entries of statements say besides, while it is not null.
    note: Value,
}

impl Ledger {
    /// Says how much of a client's message is to be kept.
    pub(crate) fn wanted_of_client(tag: u8) -> usize {
        match tag {
            b'Q' | b'P' => STATEMENT,
            b'B' => PARAMETERS,
            b'E' | b'C' | b'F' => 1024,
            _ => 0,
        }
    }

    /// Says how much of a server's message is to be kept.
    pub(crate) fn wanted_of_server(&self, tag: u8) -> usize {
        match tag {
            b'T' => Preview::BYTES,
            b'D' => self.result.preview.room(),
            b'C' => 256,
            b'E' => 8 << 10,
            b'Z' => 1,
            _ => 0,
        }
    }

    /// Tells whether the bytes of a client's message are recorded as they are. Those of statements are not, for there may be passwords
    /// in them, which the entry of the statement has not; one that is too long for its entry is recorded all the same.
    pub(crate) fn is_content(tag: u8, len: usize) -> bool {
        !matches!(tag, b'Q' | b'P') || len > STATEMENT
    }

    /// Tells whether something was asked and is not answered yet.
    pub(crate) fn is_busy(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Takes a message of the client, before it is sent on.
    pub(crate) fn ask(&mut self, frame: Frame<'_>, entries: &mut Vec<Entry>) {
        match frame.tag {
            b'Q' => self.query(frame, entries),
            b'P' => {
                let (name, text, types) = parse(frame.body);
                let prepared = Arc::new(Prepared {
                    text: shown(&text, frame),
                    types,
                });
                self.remember(name, Arc::clone(&prepared));
                self.asked.push_back(Asked::Prepare(prepared));
            }
            b'B' => self.bind(frame, entries),
            b'E' => self.execute(execute(frame.body), entries),
            b'C' => match named(frame.body) {
                (b'S', name) => self.forget(&name),
                (_, name) => {
                    if let Some(portal) = self.portals.remove(&name) {
                        left(portal.suspended, entries);
                    }
                }
            },
            b'F' => {
                let oid = frame.body.first_chunk().map_or(0, |oid| u32::from_be_bytes(*oid));
                let id = self.statement(&format!("-- function call: {oid}"), Value::Null, entries);
                self.asked.push_back(Asked::Function(Some(id)));
            }
            b'S' => self.asked.push_back(Asked::Sync),
            _ => {}
        }
    }

    /// Takes a message of the client that is not sent on: the server gets one in its place that fails, so that it and the client agree on
    /// what follows. `words` is what the client is to read.
    pub(crate) fn refuse(&mut self, frame: Frame<'_>, why: Refused, entries: &mut Vec<Entry>) {
        let code = if why.cancelled { CANCELLED } else { REFUSED };
        for text in Self::texts(frame) {
            let id = self.statement(&text, Value::Null, entries);
            let error = json!({ "severity": "ERROR", "code": code, "message": why.words });
            let body = json!({ "error": error, "rows": 0, "refused": why.rule })
                .to_string()
                .into();
            entries.push(Entry::Outcome { id, body });
        }
        let simple = frame.tag != b'P';
        self.refused += 1;
        self.asked.push_back(Asked::Refused(Refusal {
            words: why.words,
            code,
            simple,
        }));
    }

    /// Gives the number of the statement that comes next.
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id + 1
    }

    /// Says what the entries of statements say besides; null for nothing.
    pub(crate) fn note(&mut self, note: Value) {
        self.note = note;
    }

    /// Gives the statements of a message as they may be shown.
    pub(crate) fn texts(frame: Frame<'_>) -> Vec<String> {
        match frame.tag {
            b'Q' if frame.is_whole() => {
                let text = text(frame.body);
                sql::statements(&text).into_iter().map(sql::masked).collect()
            }
            b'Q' => vec![shown(&text(frame.body), frame)],
            b'P' => vec![shown(&parse(frame.body).1, frame)],
            _ => vec!["-- function call".to_owned()],
        }
    }

    /// Tells whether something was refused and the client has not read so yet.
    pub(crate) fn has_refused(&self) -> bool {
        self.refused > 0
    }

    /// Gives the code and what the client is to read in place of the error that the server answers now.
    pub(crate) fn refusal(&self) -> Option<(&'static str, &str)> {
        match self.asked.front() {
            Some(Asked::Refused(refusal)) => Some((refusal.code, &refusal.words)),
            _ => None,
        }
    }

    /// Says that the message that was taken last goes to the client, and on record, as one of another length in all.
    pub(crate) fn replaced(&mut self, last: Frame<'_>, by: usize) {
        self.heard = (self.heard + by as u64).saturating_sub(HEAD + last.len as u64);
    }

    /// Takes a message of the server.
    pub(crate) fn answer(&mut self, frame: Frame<'_>, entries: &mut Vec<Entry>) {
        let from = self.heard;
        self.heard += HEAD + frame.len as u64;
        match frame.tag {
            // `ParseComplete`, `BindComplete`.
            b'1' | b'2' if matches!(self.asked.front(), Some(Asked::Prepare(_))) => {
                self.asked.pop_front();
            }
            b'T' => {
                self.result = Given {
                    columns: columns(frame.body),
                    ..Given::default()
                };
                self.result.ranges.stands(from, self.heard);
            }
            b'H' => self.result.ranges.stands(from, self.heard),
            b'D' => {
                self.row(frame);
                self.result.ranges.stands(from, self.heard);
            }
            b'd' => {
                self.result.bytes += frame.len as u64;
                self.result.ranges.stands(from, self.heard);
            }
            b'C' => {
                let (tag, rows) = command_tag(frame.body);
                self.done(&tag, rows, false, entries);
            }
            b'I' => self.done("", 0, false, entries),
            b's' => self.done("", 0, true, entries),
            b'V' => self.done("FUNCTION CALL", 1, false, entries),
            b'E' => self.failed(&fault(frame.body), entries),
            b'Z' => self.settle(frame.body == b"I", entries),
            _ => {}
        }
    }

    fn query(&mut self, frame: Frame<'_>, entries: &mut Vec<Entry>) {
        let text = text(frame.body);
        let ids = if frame.is_whole() {
            let each = sql::statements(&text).into_iter();
            each.map(|one| self.statement(&sql::masked(one), Value::Null, entries))
                .collect()
        } else {
            let shown = shown(&text, frame);
            VecDeque::from([self.statement(&shown, Value::Null, entries)])
        };
        self.asked.push_back(Asked::Query(ids));
    }

    fn bind(&mut self, frame: Frame<'_>, entries: &mut Vec<Entry>) {
        let bind = bind(frame.body);
        let known = self.prepared.get(&bind.statement);
        let unknown = || {
            Arc::new(Prepared {
                text: format!(
                    "-- prepared as \"{}\"; its text is not known any more",
                    bind.statement
                ),
                types: Vec::new(),
            })
        };
        let prepared = known.map_or_else(unknown, |(_, prepared)| Arc::clone(prepared));
        let parameters = parameters(&bind, &prepared.types);
        self.asked.push_back(Asked::Prepare(Arc::clone(&prepared)));
        if self.portals.len() >= PORTALS && !self.portals.contains_key(&bind.portal) {
            // Nobody holds so many open: they were dropped with their transactions.
            for (_, portal) in self.portals.drain() {
                left(portal.suspended, entries);
            }
        }
        let portal = Portal {
            prepared,
            parameters,
            suspended: None,
        };
        if let Some(before) = self.portals.insert(bind.portal, portal) {
            left(before.suspended, entries);
        }
    }

    fn execute(&mut self, name: String, entries: &mut Vec<Entry>) {
        let (going_on, prepared, parameters) = if let Some(portal) = self.portals.get_mut(&name) {
            (
                portal.suspended.take(),
                Arc::clone(&portal.prepared),
                portal.parameters.clone(),
            )
        } else {
            // A cursor that SQL declared can be executed by its name.
            let text = format!("-- portal \"{name}\"");
            let types = Vec::new();
            (None, Arc::new(Prepared { text, types }), Value::Null)
        };
        let (id, before) = match going_on {
            Some((id, before)) => (id, Some(before)),
            None => (self.statement(&prepared.text, parameters, entries), None),
        };
        self.asked.push_back(Asked::Execute {
            id,
            portal: name,
            before,
        });
    }

    fn statement(&mut self, text: &str, parameters: Value, entries: &mut Vec<Entry>) -> u64 {
        self.last_id += 1;
        let mut body = json!({ "text": text });
        if let Some(fields) = body.as_object_mut() {
            let more = [("parameters", parameters), ("approved", self.note.clone())];
            let more = more.into_iter().filter(|(_, value)| !value.is_null());
            fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
        }
        let id = self.last_id;
        let body = body.to_string().into();
        entries.push(Entry::Statement { id, body });
        id
    }

    fn row(&mut self, frame: Frame<'_>) {
        let room = self.result.preview.room();
        let result = &mut self.result;
        result.rows += 1;
        result.bytes += frame.len as u64;
        if room == 0 {
            return;
        }
        let values = values(frame.body).into_iter().enumerate().map(|(at, value)| {
            // What was described long ago is shown as text where it looks like text.
            let column = result.columns.get(at);
            let (kind, binary) = column.map_or((0, true), |column| (column.kind, column.binary));
            spelt(value, kind, binary)
        });
        let row = values.collect();
        result.preview.push(row, frame.body.len());
    }

    /// The statement at the head of the queue was answered.
    fn done(&mut self, tag: &str, rows: u64, suspended: bool, entries: &mut Vec<Entry>) {
        let Some((id, portal)) = self.take_running() else {
            return;
        };
        if suspended {
            // It goes on with the next `Execute` of the portal; then the rows of both count.
            match portal.and_then(|name| self.portals.get_mut(&name)) {
                Some(portal) => portal.suspended = Some((id, Box::new(std::mem::take(&mut self.result)))),
                None => self.outcome(id, json!({ "suspended": true }), entries),
            }
            return;
        }
        let counted = rows.max(self.result.rows);
        self.outcome(id, json!({ "tag": tag, "rows": counted }), entries);
    }

    /// Takes the statement that runs off the queue, with what was prepared for it.
    fn take_running(&mut self) -> Option<(u64, Option<String>)> {
        loop {
            match self.asked.front_mut()? {
                Asked::Prepare(_) => {
                    self.asked.pop_front();
                }
                Asked::Execute { id, portal, before } => {
                    let running = (*id, Some(std::mem::take(portal)));
                    if let Some(before) = before.take() {
                        self.result = before.and_then(std::mem::take(&mut self.result));
                    }
                    self.asked.pop_front();
                    return Some(running);
                }
                Asked::Query(ids) => return ids.pop_front().map(|id| (id, None)),
                Asked::Function(id) => return id.take().map(|id| (id, None)),
                Asked::Refused(_) | Asked::Sync => return None,
            }
        }
    }

    fn failed(&mut self, fault: &Fault, entries: &mut Vec<Entry>) {
        if let Some(Asked::Refused(refusal)) = self.asked.front() {
            let simple = refusal.simple;
            self.refused -= 1;
            self.asked.pop_front();
            if simple {
                self.asked.push_front(Asked::Query(VecDeque::new()));
            }
            self.failed = true;
            return;
        }
        let mut prepared = None;
        let running = loop {
            match self.asked.front_mut() {
                Some(Asked::Prepare(one)) => {
                    prepared = Some(Arc::clone(one));
                    self.asked.pop_front();
                }
                Some(Asked::Execute { id, .. }) => {
                    let id = *id;
                    self.asked.pop_front();
                    break Some(id);
                }
                Some(Asked::Query(ids)) => break ids.pop_front(),
                Some(Asked::Function(id)) => break id.take(),
                Some(Asked::Refused(_) | Asked::Sync) | None => break None,
            }
        };
        // What fails while it is prepared was never executed, and is a statement all the same.
        let running = running.or_else(|| {
            let prepared = prepared?;
            Some(self.statement(&prepared.text, Value::Null, entries))
        });
        self.failed = true;
        if let Some(id) = running {
            let error = json!({ "severity": fault.severity, "code": fault.code, "message": sql::masked(&fault.message) });
            self.outcome(id, json!({ "error": error, "rows": self.result.rows }), entries);
        }
    }

    /// `ReadyForQuery`: everything up to the `Sync` (or the `Query`) is answered, or was left out.
    ///
    /// Outside a transaction no portal is left: what was suspended goes on no more.
    fn settle(&mut self, outside: bool, entries: &mut Vec<Entry>) {
        let left_out = |failed: bool| {
            if failed {
                json!({ "error": { "message": "not run: an earlier statement failed" } })
            } else {
                json!({})
            }
        };
        while let Some(asked) = self.asked.pop_front() {
            match asked {
                Asked::Prepare(_) => {}
                Asked::Execute { id, .. } => self.outcome(id, left_out(self.failed), entries),
                Asked::Query(ids) => {
                    for id in ids {
                        self.outcome(id, left_out(self.failed), entries);
                    }
                    break;
                }
                // Left out as well, with what stood before it.
                Asked::Refused(refusal) => {
                    self.refused -= 1;
                    if refusal.simple {
                        break;
                    }
                }
                Asked::Sync | Asked::Function(_) => break,
            }
        }
        self.failed = false;
        self.result = Given::default();
        if outside {
            for portal in self.portals.values_mut() {
                left(portal.suspended.take(), entries);
            }
        }
    }

    fn outcome(&mut self, id: u64, body: Value, entries: &mut Vec<Entry>) {
        entries.push(outcome_of(id, std::mem::take(&mut self.result), body));
    }

    fn remember(&mut self, name: String, prepared: Arc<Prepared>) {
        self.forget(&name);
        self.last_prepared += 1;
        self.prepared_bytes += prepared.text.len() + name.len();
        self.prepared_order.insert(self.last_prepared, name.clone());
        self.prepared.insert(name, (self.last_prepared, prepared));
        while self.prepared_bytes > REMEMBERED {
            let Some((_, oldest)) = self.prepared_order.first_key_value() else {
                break;
            };
            let oldest = oldest.clone();
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, name: &str) {
        if let Some((at, prepared)) = self.prepared.remove(name) {
            self.prepared_bytes -= prepared.text.len() + name.len();
            self.prepared_order.remove(&at);
        }
    }
}

/// Spells the values of parameters; null when there are none.
pub(crate) fn parameters(bind: &Bind<'_>, types: &[u32]) -> Value {
    let values = bind.parameters.iter().enumerate().map(|(at, parameter)| {
        let kind = types.get(at).copied().unwrap_or(0);
        spelt(parameter.value, kind, parameter.binary)
    });
    let mut parameters: Vec<Value> = values.collect();
    if parameters.len() < bind.count {
        parameters.push(json!(format!("… {} more", bind.count - parameters.len())));
    }
    if parameters.is_empty() {
        Value::Null
    } else {
        parameters.into()
    }
}

/// A statement that gave a part of its rows, and will not go on.
fn left(suspended: Option<(u64, Box<Given>)>, entries: &mut Vec<Entry>) {
    if let Some((id, given)) = suspended {
        let rows = given.rows;
        entries.push(outcome_of(id, *given, json!({ "rows": rows, "suspended": true })));
    }
}

fn outcome_of(id: u64, result: Given, mut body: Value) -> Entry {
    if let Some(fields) = body.as_object_mut() {
        if result.bytes > 0 {
            fields.insert("bytes".to_owned(), result.bytes.into());
        }
        let names = result.columns.iter().map(|column| column.name.as_str());
        result.preview.write(names.collect(), result.rows, fields);
        result.ranges.write(id, fields);
    }
    Entry::Outcome {
        id,
        body: body.to_string().into(),
    }
}

impl Given {
    /// Adds what came later.
    fn and_then(mut self, later: Self) -> Self {
        self.rows += later.rows;
        self.bytes += later.bytes;
        self.preview.append(later.preview);
        if self.columns.is_empty() {
            self.columns = later.columns;
        }
        self.ranges.append(later.ranges, NO_ROW);
        self
    }
}

/// Gives a statement as it is recorded: without passwords, and with a word where it was cut.
fn shown(text: &str, frame: Frame<'_>) -> String {
    let mut shown = sql::masked(text);
    if !frame.is_whole() {
        let cut = format!(" … -- cut: {} bytes in all", frame.len);
        shown.push_str(&cut);
    }
    shown
}

#[cfg(test)]
mod tests;
