//! Which statement each answer belongs to. Pure: packets in, entries out.
//!
//! Mostly a client waits for the answer before it sends on; some do not, so that what was asked stands in a queue. An answer is a
//! sequence of packets whose meaning follows from those before (MySQL internals, "Text Resultset", "`COM_STMT_PREPARE` Response").

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use bytes::Bytes;
use domain::{
    Micros,
    statement::{StatementFacts, StatementKind, StatementRule},
};
use proto_database::{Content, Entry, Hold, Judge, Judgement, Preview, Ranges, Refused};
use serde_json::{Value, json};

use crate::{
    facts::{anything, facts},
    prepared::{NEWEST, Parameters, Prepared, Shelf, attributed},
    sql,
    threads::Threads,
    value::{binary_row, spelt},
    wire::{
        self, Body, Capabilities, Column, Packet, capability, column, command, eof_status, error, extended,
        fault, okay, prepared, status, text_row,
    },
};

/// How much of a statement is kept, in bytes.
pub(crate) const STATEMENT: usize = 1 << 20;

/// How much of a packet with parameters is read, in bytes.
const PARAMETERS: usize = 64 << 10;

/// The error of a refusal: `ER_SPECIFIC_ACCESS_DENIED_ERROR`.
const REFUSED: (u16, &str) = (1227, "42000");

/// The error of what the user took back: `ER_QUERY_INTERRUPTED`.
const CANCELLED: (u16, &str) = (1317, "70100");

/// How many columns of a result are remembered.
const COLUMNS: usize = 4096;

/// How many questions may be without an answer; clients that do not wait for theirs have few.
const MOST_ASKED: usize = 65_536;

/// What becomes of a client's packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes on.
    Pass(Content),
    /// Another goes on in its place.
    Replace(Bytes),
    /// It goes nowhere; the client gets the error that [`Ledger::speak`] gives.
    Refuse,
    /// It waits for reviewers; then [`Ledger::send`] or [`Ledger::refuse_by_rule`] takes it.
    Hold(Box<Hold>),
}

/// A statement that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asking {
    id: u64,
    /// It may give several results.
    calls: bool,
    /// What the server says about it may have a password in it.
    secret: bool,
}

/// What was asked and is not answered yet.
#[derive(Debug)]
enum Asked {
    /// Statements, each of which gives a result; of a prepared one the number.
    Results(VecDeque<Asking>, Option<u32>),
    Prepare(Arc<Prepared>),
    /// Rows of a cursor.
    Fetch(u32),
    /// Columns of a table, up to the end.
    Fields,
    /// One packet: OK, error or EOF; of a statement, or of nothing that is recorded.
    Plain(Option<Asking>, After),
    /// One packet of any form.
    Line,
    /// Packets up to the end: what a replica gets.
    Stream(Asking),
    /// The gateway answers itself.
    Refused(Bytes),
}

/// What follows when a [`Asked::Plain`] has succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    /// Prepared statements are gone.
    Anew,
}

/// Which packet of an answer comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// The first one.
    #[default]
    Head,
    /// So many definitions of columns.
    Columns(u64),
    /// The end of the definitions, where they have one.
    ColumnsEnd,
    Rows,
    /// The client sends a file.
    File,
    /// So many definitions of a prepared statement, and of so many after them.
    Definitions(u16, u16),
    DefinitionsEnd(u16),
}

/// What the statement that is being answered has given so far.
#[derive(Debug, Default)]
struct Given {
    rows: u64,
    bytes: u64,
    columns: Vec<Column>,
    names: Vec<String>,
    preview: Preview,
    /// Where it stands: what is read now, and rows of a cursor that were fetched before.
    ranges: Ranges,
    before: Ranges,
}

/// See the module.
pub(crate) struct Ledger {
    capabilities: Capabilities,
    extended: u32,
    /// Several statements may stand in one text.
    several: bool,
    threads: Arc<Threads>,
    server: (String, u16),
    last_id: u64,
    asked: VecDeque<Asked>,
    stage: Stage,
    shelf: Shelf,
    /// How many bytes of the server are on the recording, and where among them the packet stands that is read.
    heard: u64,
    here: (u64, u64),
    /// The database, where a statement has chosen another than the connection began with.
    database: Option<String>,
    /// The statement that chose it last, and what it was before: the choice may fail.
    chose: Option<(u64, Option<String>)>,
    /// Cursors that were opened: the statement whose rows they give, and what they gave.
    cursors: HashMap<u32, (Asking, Given)>,
    result: Given,
    /// [`None`] when there are no rules.
    judge: Option<Judge>,
    /// The statement that was to be prepared last was refused; clients of MariaDB may ask to execute it all the same.
    unprepared: bool,
    /// Who has approved what is sent now; null when nobody had to.
    approved: Value,
}

impl Ledger {
    /// Begins for a connection whose ends have agreed on these capabilities.
    pub(crate) fn new(
        capabilities: Capabilities,
        extended: u32,
        threads: Arc<Threads>,
        server: (String, u16),
        rules: &[StatementRule],
    ) -> Self {
        Self {
            judge: Judge::without_case(rules),
            unprepared: false,
            approved: Value::Null,
            capabilities,
            extended,
            several: capabilities & capability::MULTI_STATEMENTS != 0,
            threads,
            server,
            last_id: 0,
            asked: VecDeque::new(),
            stage: Stage::Head,
            shelf: Shelf::default(),
            heard: 0,
            here: (0, 0),
            database: None,
            chose: None,
            cursors: HashMap::new(),
            result: Given::default(),
        }
    }

    fn has(&self, bit: Capabilities) -> bool {
        self.capabilities & bit != 0
    }

    /// Tells whether the client sends a file: packets up to an empty one.
    pub(crate) fn takes_file(&self) -> bool {
        self.stage == Stage::File
    }

    /// The client's file has ended.
    pub(crate) fn file_ended(&mut self) {
        self.stage = Stage::Head;
    }

    /// Tells whether something was asked and is not answered yet.
    pub(crate) fn is_busy(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Tells whether the server is in the middle of an answer.
    pub(crate) fn is_answering(&self) -> bool {
        self.stage != Stage::Head
    }

    /// Tells whether a client's packet is looked at before any of it is sent.
    pub(crate) fn is_judged(&self, first: u8, len: usize) -> bool {
        first == command::PROCESS_KILL || (len <= STATEMENT && (is_text(first) || self.asks_rules(first)))
    }

    /// Tells whether a client's packet goes nowhere, and so is not kept until it is whole.
    pub(crate) fn is_dropped(&self, first: u8, len: usize) -> bool {
        is_refused(first) || (len > STATEMENT && self.asks_rules(first))
    }

    fn asks_rules(&self, first: u8) -> bool {
        self.judge.is_some() && (!is_of_prepared(first) || self.unprepared)
    }

    /// Says how much of a client's packet is to be kept.
    pub(crate) fn wanted_of_client(&self, first: u8) -> usize {
        if self.takes_file() {
            return 0;
        }
        match first {
            command::QUERY | command::STMT_PREPARE => STATEMENT,
            command::STMT_EXECUTE => PARAMETERS,
            command::STMT_SEND_LONG_DATA => 7 + 1025,
            _ => 1024,
        }
    }

    /// Says how much of a server's packet is to be kept.
    pub(crate) fn wanted_of_server(&self, first: u8, len: usize) -> usize {
        match self.stage {
            Stage::Head | Stage::Columns(_) | Stage::ColumnsEnd => 8 << 10,
            Stage::Rows if first == 0xff || (first == 0xfe && len < 0xff_ffff) => 8 << 10,
            Stage::Rows => self.result.preview.room(),
            Stage::File | Stage::Definitions(..) | Stage::DefinitionsEnd(_) => 16,
        }
    }

    /// Tells whether the bytes of a client's packet are recorded as they are. Those of statements are not, for there may be passwords in
    /// them, which the entry of the statement has not; one that is too long for its entry is recorded all the same.
    pub(crate) fn content_of(first: u8, len: usize) -> Content {
        Content::recorded_if(!is_text(first) || len > STATEMENT)
    }

    /// Takes a command of the client, before it is sent on.
    pub(crate) fn ask(&mut self, packet: Packet<'_>, entries: &mut Vec<Entry>) -> Fate {
        let first = packet.tag();
        if is_refused(first) || self.asked.len() >= MOST_ASKED {
            return self.refuse(first, entries);
        }
        match self.judged(packet) {
            None => self.send(packet, Value::Null, entries),
            Some(Judgement::Refuse(why)) => self.refuse_by_rule(packet, &why, entries),
            Some(Judgement::Hold { rule, review }) => Fate::Hold(Box::new(Hold {
                rule,
                review,
                text: self.texts(packet).join(";\n"),
                parameters: Value::Null,
                number: self.last_id + 1,
            })),
        }
    }

    /// Takes a command that may go on. `approved` says by whom, where somebody had to.
    pub(crate) fn send(&mut self, packet: Packet<'_>, approved: Value, entries: &mut Vec<Entry>) -> Fate {
        self.approved = approved;
        let fate = self.sent(packet, entries);
        self.approved = Value::Null;
        fate
    }

    fn sent(&mut self, packet: Packet<'_>, entries: &mut Vec<Entry>) -> Fate {
        let first = packet.tag();
        let rest = packet.body.get(1..).unwrap_or_default();
        let number = || rest.first_chunk().map_or(0, |id| u32::from_le_bytes(*id));
        let text = || String::from_utf8_lossy(rest).into_owned();
        let asked = match first {
            command::QUERY => return self.query(packet, entries),
            command::STMT_PREPARE => {
                let text = text();
                let shown = shown(&text, packet);
                let prepared = Arc::new(Prepared::new(&text, shown));
                self.shelf.asked(Arc::clone(&prepared));
                self.unprepared = false;
                Asked::Prepare(prepared)
            }
            command::STMT_EXECUTE | command::STMT_BULK_EXECUTE => return self.execute(packet, entries),
            command::STMT_FETCH => Asked::Fetch(number()),
            command::STMT_SEND_LONG_DATA => {
                self.shelf.ahead(packet.body, packet.len);
                return Fate::Pass(Content::Recorded);
            }
            command::STMT_CLOSE => {
                self.shelf.forget(number());
                self.close_cursor(number(), entries);
                return Fate::Pass(Content::Recorded);
            }
            command::QUIT => return Fate::Pass(Content::Recorded),
            command::STMT_RESET => {
                self.shelf.reset(number());
                self.close_cursor(number(), entries);
                Asked::Plain(None, After::Nothing)
            }
            command::SET_OPTION => {
                self.several = rest.first() == Some(&0);
                Asked::Plain(None, After::Nothing)
            }
            command::PROCESS_KILL => return self.process_kill(number(), entries),
            command::PROCESS_INFO => {
                let asking = self.statement("SHOW PROCESSLIST", Value::Null, false, entries);
                Asked::Results(VecDeque::from([asking]), None)
            }
            command::FIELD_LIST => Asked::Fields,
            command::STATISTICS => Asked::Line,
            command::PING | command::DEBUG => Asked::Plain(None, After::Nothing),
            command::BINLOG_DUMP | command::BINLOG_DUMP_GTID => {
                Asked::Stream(self.statement("-- stream of the binary log", Value::Null, false, entries))
            }
            command::RESET_CONNECTION => {
                let asking = self.statement("-- reset of the connection", Value::Null, false, entries);
                Asked::Plain(Some(asking), After::Anew)
            }
            _ => {
                let asking = self.statement(&named(first, packet.body), Value::Null, false, entries);
                self.chooses(asking, (first == command::INIT_DB).then(text));
                Asked::Plain(Some(asking), After::Nothing)
            }
        };
        self.asked.push_back(asked);
        Fate::Pass(Self::content_of(first, packet.len))
    }

    /// Asks the rules.
    fn judged(&self, packet: Packet<'_>) -> Option<Judgement> {
        let judge = self.judge.as_ref()?;
        let first = packet.tag();
        let rest = packet.body.get(1..).unwrap_or_default();
        if is_of_prepared(first) {
            // It would be the statement that was prepared before the one that is meant.
            let newest = rest.get(..4) == Some(&NEWEST.to_le_bytes()) || packet.len > STATEMENT;
            let words = || "doorward: the statement was not prepared".to_owned();
            return (self.unprepared && newest).then(|| Judgement::Refuse(Refused::by("", words())));
        }
        if packet.len > STATEMENT {
            return Some(Judgement::Refuse(Refused::too_long(packet.len)));
        }
        let of = |kinds: &[StatementKind]| StatementFacts {
            kinds: kinds.to_vec(),
            ..StatementFacts::default()
        };
        let facts = match first {
            command::QUERY => facts(&self.text(packet).1),
            command::STMT_PREPARE => facts(&String::from_utf8_lossy(rest)),
            command::CREATE_DB | command::DROP_DB => of(&[StatementKind::Ddl]),
            command::SHUTDOWN
            | command::PROCESS_KILL
            | command::REFRESH
            | command::DEBUG
            | command::REGISTER_SLAVE => of(&[StatementKind::Admin]),
            command::PROCESS_INFO => of(&[StatementKind::Read]),
            // All that is written to any table.
            command::BINLOG_DUMP | command::BINLOG_DUMP_GTID => anything(),
            command::FIELD_LIST => {
                let table = String::from_utf8_lossy(Body(rest).text()).replace('`', "``");
                facts(&format!("show columns from `{table}`"))
            }
            command::INIT_DB => of(&[StatementKind::Other]),
            _ => return None,
        };
        judge.judge(&facts, Micros::now())
    }

    /// Gives the text of a query and the attributes before it.
    fn text(&self, packet: Packet<'_>) -> (Value, String, usize) {
        let mut body = Body(packet.body.get(1..).unwrap_or_default());
        let mut attributes = Value::Null;
        if self.has(capability::QUERY_ATTRIBUTES) {
            let count = usize::try_from(body.encoded().unwrap_or(0)).unwrap_or(0);
            let _sets = body.encoded();
            attributes = attributed(&mut body, count, &Prepared::default());
        }
        let head = packet.body.len() - body.0.len();
        (attributes, String::from_utf8_lossy(body.0).into_owned(), head)
    }

    fn query(&mut self, packet: Packet<'_>, entries: &mut Vec<Entry>) -> Fate {
        let (attributes, text, head) = self.text(packet);
        if let Some((kill, thread)) = packet.is_whole().then(|| self.translated(&text)).flatten() {
            let sent = format!("{}{thread}{}", kill.0, kill.1);
            let asking = self.statement(&text, json!({ "sent_as": sent }), false, entries);
            self.asked
                .push_back(Asked::Results(VecDeque::from([asking]), None));
            let changed = [packet.body.get(..head).unwrap_or_default(), sent.as_bytes()].concat();
            return Fate::Replace(wire::framed(0, &changed));
        }
        let detail = |attributes: &Value| match attributes {
            Value::Null => Value::Null,
            some => json!({ "attributes": some }),
        };
        let mut ids = VecDeque::new();
        if self.several && packet.is_whole() {
            for one in sql::statements(&text) {
                let masked = sql::masked(one.text);
                let mut asking = self.statement(&masked.text, detail(&attributes), one.calls, entries);
                asking.secret = masked.is_secret();
                self.chooses(asking, sql::chosen(one.text));
                ids.push_back(asking);
            }
        }
        if ids.is_empty() {
            let calls = sql::statements(&text).first().is_some_and(|one| one.calls);
            let words = shown(&text, packet);
            let mut asking = self.statement(&words, detail(&attributes), calls, entries);
            asking.secret = sql::masked(&text).is_secret();
            self.chooses(asking, sql::chosen(&text));
            ids.push_back(asking);
        }
        self.asked.push_back(Asked::Results(ids, None));
        Fate::Pass(Self::content_of(command::QUERY, packet.len))
    }

    /// Reads a `KILL` of a connection that has a number of the gateway's; gives the text around the number, and the server's number.
    fn translated<'a>(&self, text: &'a str) -> Option<((&'a str, &'a str), u32)> {
        let kill = sql::kill(text)?;
        let thread = self.threads.find(kill.thread, &self.server)?;
        // What the gateway holds there never reached the server.
        self.threads.interrupt(kill.thread);
        Some((kill.around, thread))
    }

    fn process_kill(&mut self, thread: u32, entries: &mut Vec<Entry>) -> Fate {
        let known = self.threads.find(thread, &self.server);
        if known.is_some() {
            self.threads.interrupt(thread);
        }
        let detail = known.map_or(Value::Null, |known| json!({ "sent_as": format!("KILL {known}") }));
        let asking = self.statement(&format!("KILL {thread}"), detail, false, entries);
        self.asked.push_back(Asked::Plain(Some(asking), After::Nothing));
        match known {
            Some(known) => {
                let body = [&[command::PROCESS_KILL][..], &known.to_le_bytes()].concat();
                Fate::Replace(wire::framed(0, &body))
            }
            None => Fate::Pass(Content::Recorded),
        }
    }

    fn execute(&mut self, packet: Packet<'_>, entries: &mut Vec<Entry>) -> Fate {
        let (id, prepared, Parameters { values, in_hex }) = if packet.tag() == command::STMT_EXECUTE {
            let attributes = self.has(capability::QUERY_ATTRIBUTES);
            self.shelf.execute(packet.body, packet.len, attributes)
        } else {
            let id = packet.body.get(1..5).and_then(|id| id.first_chunk());
            let id = id.map_or(0, |id| u32::from_le_bytes(*id));
            let many = Parameters {
                values: json!(["… many rows"]),
                in_hex: Vec::new(),
            };
            (id, self.shelf.find(id), many)
        };
        self.close_cursor(id, entries);
        let mut detail = json!({ "prepared": true });
        if let Some(fields) = detail.as_object_mut() {
            if !values.is_null() {
                fields.insert("parameters".to_owned(), values);
            }
            if !in_hex.is_empty() {
                fields.insert("parameters_in_hex".to_owned(), in_hex.into());
            }
        }
        let mut asking = self.statement(&prepared.text, detail, prepared.calls, entries);
        asking.secret = prepared.secret;
        self.asked
            .push_back(Asked::Results(VecDeque::from([asking]), Some(id)));
        Fate::Pass(Content::recorded_if(!prepared.secret))
    }

    fn refuse(&mut self, first: u8, entries: &mut Vec<Entry>) -> Fate {
        let (what, why) = match first {
            command::CHANGE_USER => (
                "-- change of the user",
                "doorward: a connection keeps its user; connect again as another",
            ),
            _ if is_refused(first) => (
                "-- unknown command",
                "doorward: this command is not known to the gateway",
            ),
            _ => ("-- command", "doorward: too many commands are not answered yet"),
        };
        let asking = self.statement(what, Value::Null, false, entries);
        let body = json!({ "error": { "code": 1047, "message": why } })
            .to_string()
            .into();
        entries.push(Entry::Outcome { id: asking.id, body });
        self.asked
            .push_back(Asked::Refused(wire::framed(1, &error(1047, "08S01", why))));
        Fate::Refuse
    }

    /// Takes a command that a rule refuses: the client gets an error in its turn.
    pub(crate) fn refuse_by_rule(
        &mut self,
        packet: Packet<'_>,
        why: &Refused,
        entries: &mut Vec<Entry>,
    ) -> Fate {
        let first = packet.tag();
        // Their kind has no answer.
        if matches!(first, command::STMT_SEND_LONG_DATA | command::STMT_CLOSE) {
            return Fate::Replace(Bytes::new());
        }
        self.unprepared |= first == command::STMT_PREPARE;
        let (code, state) = if why.cancelled { CANCELLED } else { REFUSED };
        for text in self.texts(packet) {
            let asking = self.statement(&text, Value::Null, false, entries);
            let error = json!({ "code": code.to_string(), "state": state, "message": why.words });
            outcome(
                asking,
                &json!({ "error": error, "rows": 0, "refused": why.rule }),
                entries,
            );
        }
        let told = error(code, state, &why.words);
        let next = packet.sequence.wrapping_add(1);
        self.asked.push_back(Asked::Refused(wire::framed(next, &told)));
        Fate::Refuse
    }

    /// Gives the statements of a command as they may be shown.
    fn texts(&self, packet: Packet<'_>) -> Vec<String> {
        let first = packet.tag();
        let text = || String::from_utf8_lossy(packet.body.get(1..).unwrap_or_default()).into_owned();
        match first {
            command::QUERY if packet.is_whole() => {
                let text = self.text(packet).1;
                let each = sql::statements(&text).into_iter();
                each.map(|one| sql::masked(one.text).text.into_owned()).collect()
            }
            command::QUERY => vec![shown(&self.text(packet).1, packet)],
            command::STMT_PREPARE => vec![shown(&text(), packet)],
            _ => vec![named(first, packet.body)],
        }
    }

    /// Gives the gateway's own answer, when its turn has come.
    pub(crate) fn speak(&mut self) -> Option<Bytes> {
        match self.asked.front() {
            Some(Asked::Refused(_)) => {}
            _ => return None,
        }
        match self.asked.pop_front() {
            Some(Asked::Refused(words)) => Some(words),
            _ => None,
        }
    }

    fn statement(&mut self, text: &str, detail: Value, calls: bool, entries: &mut Vec<Entry>) -> Asking {
        self.last_id += 1;
        let id = self.last_id;
        let mut body = json!({ "text": text });
        if let Some(fields) = body.as_object_mut() {
            if let Value::Object(more) = detail {
                fields.extend(more);
            }
            if let Some(database) = &self.database {
                fields.insert("database".to_owned(), database.as_str().into());
            }
        }
        if let (Some(fields), false) = (body.as_object_mut(), self.approved.is_null()) {
            fields.insert("approved".to_owned(), self.approved.clone());
        }
        let body = body.to_string().into();
        entries.push(Entry::Statement { id, body });
        Asking {
            id,
            calls,
            secret: false,
        }
    }

    /// Notes that a statement chooses a database.
    fn chooses(&mut self, asking: Asking, database: Option<String>) {
        if database.is_some() {
            let before = std::mem::replace(&mut self.database, database);
            self.chose = Some((asking.id, before));
        }
    }

    /// A choice of the database that has failed is none.
    fn chose_not(&mut self, asking: Asking) {
        if let Some((_, before)) = self.chose.take_if(|(id, _)| *id == asking.id) {
            self.database = before;
        }
    }

    /// Takes a packet of the server; says whether its bytes are recorded as they are.
    pub(crate) fn answer(&mut self, packet: Packet<'_>, entries: &mut Vec<Entry>) -> Content {
        self.here = (self.heard, self.heard + packet.with_heads());
        let content = self.take(packet, entries);
        if content == Content::Recorded {
            self.heard = self.here.1;
        }
        content
    }

    fn take(&mut self, packet: Packet<'_>, entries: &mut Vec<Entry>) -> Content {
        if matches!(self.stage, Stage::Columns(_) | Stage::ColumnsEnd | Stage::Rows) {
            self.stands();
        }
        match self.stage {
            // The server says nothing while it waits for a file, unless something is wrong with it.
            Stage::Head | Stage::File => return self.head(packet, entries),
            Stage::Columns(left) => {
                let column = column(packet.body, self.extended & extended::METADATA != 0);
                if let Some(column) = column.filter(|_| self.result.columns.len() < COLUMNS) {
                    self.result.columns.push(column);
                }
                self.stage = match left {
                    0 | 1 if self.has(capability::DEPRECATE_EOF) => Stage::Rows,
                    0 | 1 => Stage::ColumnsEnd,
                    more => Stage::Columns(more - 1),
                };
            }
            Stage::ColumnsEnd => {
                let (_, bits) = eof_status(packet.body);
                if bits & status::CURSOR != 0 {
                    self.opened_cursor(entries);
                } else {
                    self.stage = Stage::Rows;
                }
            }
            Stage::Rows => return self.row(packet, entries),
            Stage::Definitions(left, then) => {
                self.stage = match left {
                    0 | 1 if self.has(capability::DEPRECATE_EOF) => Stage::Head,
                    0 | 1 => Stage::DefinitionsEnd(then),
                    more => Stage::Definitions(more - 1, then),
                };
                if self.stage == Stage::Head {
                    self.definitions(then, 0);
                }
            }
            Stage::DefinitionsEnd(then) => self.definitions(then, 0),
        }
        Content::Recorded
    }

    /// Notes where the result stands that is shown.
    fn stands(&mut self) {
        if self.result.names.is_empty() {
            self.result.ranges.stands(self.here.0, self.here.1);
        }
    }

    /// So many definitions follow, and then so many.
    fn definitions(&mut self, first: u16, then: u16) {
        self.stage = match (first, then) {
            (0, 0) => Stage::Head,
            (0, then) => Stage::Definitions(then, 0),
            (first, then) => Stage::Definitions(first, then),
        };
        if self.stage == Stage::Head {
            self.asked.pop_front();
        }
    }

    /// The first packet of an answer.
    fn head(&mut self, packet: Packet<'_>, entries: &mut Vec<Entry>) -> Content {
        self.stage = Stage::Head;
        let tag = packet.tag();
        if tag == 0xff {
            return self.failed(packet, entries);
        }
        match self.asked.front_mut() {
            Some(Asked::Results(..)) => match tag {
                0x00 => {
                    let okay = okay(packet.body, self.has(capability::SESSION_TRACK));
                    self.done(okay.status, entries, |given| given.okay(&okay), true);
                }
                0xfb => self.stage = Stage::File,
                _ => {
                    let count = Body(packet.body).encoded().unwrap_or(1);
                    if !self.result.columns.is_empty() {
                        // A second result of the same statement: the first is the one that is shown.
                        self.result.names = self.result.names();
                        self.result.columns.clear();
                    }
                    self.stands();
                    self.stage = Stage::Columns(count);
                }
            },
            Some(Asked::Prepare(asked)) => {
                let asked = Arc::clone(asked);
                match prepared(packet.body) {
                    Some((id, columns, places)) => {
                        self.shelf.add(id, asked, places);
                        self.definitions(places, columns);
                    }
                    None => drop(self.asked.pop_front()),
                }
            }
            Some(Asked::Fetch(id)) => {
                let id = *id;
                self.result = Given::default();
                if let Some((_, given)) = self.cursors.get_mut(&id) {
                    self.result = std::mem::take(given);
                }
                self.result.before = std::mem::take(&mut self.result.ranges);
                if self.result.columns.is_empty() {
                    self.result.columns = self.shelf.columns(id).to_vec();
                }
                self.stage = Stage::Rows;
                return self.row(packet, entries);
            }
            Some(Asked::Fields) => {
                if tag == 0xfe {
                    self.asked.pop_front();
                }
            }
            Some(Asked::Plain(asking, after)) => {
                let (asking, after) = (*asking, *after);
                self.asked.pop_front();
                if after == After::Anew {
                    self.shelf.clear();
                    self.cursors.clear();
                }
                if let Some(asking) = asking {
                    let okay = okay(packet.body, self.has(capability::SESSION_TRACK));
                    let body = if tag == 0 {
                        Given::default().okay(&okay).write(asking.id)
                    } else {
                        json!({})
                    };
                    outcome(asking, &body, entries);
                }
            }
            Some(Asked::Line) => drop(self.asked.pop_front()),
            Some(Asked::Stream(asking)) => {
                let asking = *asking;
                self.result.bytes += packet.len as u64;
                if tag == 0xfe && packet.len < 9 {
                    self.asked.pop_front();
                    let given = std::mem::take(&mut self.result);
                    outcome(asking, &json!({ "bytes": given.bytes }), entries);
                }
            }
            // What was not asked for.
            Some(Asked::Refused(_)) | None => {}
        }
        Content::Recorded
    }

    fn row(&mut self, packet: Packet<'_>, entries: &mut Vec<Entry>) -> Content {
        match packet.tag() {
            0xff if packet.len < 0xff_ffff => {
                self.stage = Stage::Head;
                return self.failed(packet, entries);
            }
            0xfe if packet.len < 0xff_ffff && (self.has(capability::DEPRECATE_EOF) || packet.len < 9) => {
                let (warnings, bits) = if self.has(capability::DEPRECATE_EOF) {
                    let okay = okay(packet.body, self.has(capability::SESSION_TRACK));
                    (okay.warnings, okay.status)
                } else {
                    eof_status(packet.body)
                };
                self.stage = Stage::Head;
                if let Some(Asked::Fetch(id)) = self.asked.front() {
                    let id = *id;
                    self.fetched(id, bits, entries);
                } else if bits & status::CURSOR != 0 {
                    self.opened_cursor(entries);
                } else {
                    self.done(bits, entries, |given| given.rows(warnings), false);
                }
                return Content::Recorded;
            }
            _ => {}
        }
        let room = self.result.preview.room();
        let binary = matches!(
            self.asked.front(),
            Some(Asked::Results(_, Some(_)) | Asked::Fetch(_))
        );
        let result = &mut self.result;
        result.rows += 1;
        result.bytes += packet.len as u64;
        // Rows of a second result have other columns, and are not shown.
        if room == 0 || !result.names.is_empty() {
            return Content::Recorded;
        }
        let row: Vec<_> = if binary {
            binary_row(packet.body, &result.columns)
        } else {
            text_row(packet.body).into_iter().map(spelt).collect()
        };
        result.preview.push(row.into(), packet.body.len());
        Content::Recorded
    }

    /// A result is whole; `last_of_call`: it has no rows, and is the last one of a `CALL`.
    fn done(
        &mut self,
        bits: u16,
        entries: &mut Vec<Entry>,
        given: impl FnOnce(Given) -> Told,
        last_of_call: bool,
    ) {
        let more = bits & status::MORE_RESULTS != 0;
        let Some(Asked::Results(ids, _)) = self.asked.front_mut() else {
            return;
        };
        let goes_on = more
            && ids
                .front()
                .is_some_and(|one| ids.len() == 1 || (one.calls && !last_of_call));
        if goes_on {
            return;
        }
        let told = given(std::mem::take(&mut self.result));
        if let Some(asking) = ids.pop_front() {
            outcome(asking, &told.write(asking.id), entries);
        }
        if !more {
            // The server counts statements in another way than the gateway does.
            for asking in ids.drain(..) {
                outcome(asking, &json!({}), entries);
            }
            self.asked.pop_front();
        }
    }

    fn failed(&mut self, packet: Packet<'_>, entries: &mut Vec<Entry>) -> Content {
        let fault = fault(packet.body);
        let mut given = std::mem::take(&mut self.result).joined();
        let error = |secret: bool| {
            // Near what the server found the error may be a password.
            let message = if secret {
                "the message is not shown: the statement holds a password".into()
            } else {
                sql::masked(&fault.message).text
            };
            json!({ "code": fault.code.to_string(), "state": fault.state, "message": message })
        };
        let mut secret = false;
        match self.asked.pop_front() {
            Some(Asked::Results(ids, _)) => {
                for (at, asking) in ids.into_iter().enumerate() {
                    self.chose_not(asking);
                    if at == 0 {
                        secret = asking.secret;
                        let given = std::mem::take(&mut given);
                        outcome(asking, &given.failed(error(secret), asking.id), entries);
                    } else {
                        let message = "not run: an earlier statement failed";
                        outcome(asking, &json!({ "error": { "message": message } }), entries);
                    }
                }
            }
            // What fails while it is prepared was never executed, and is a statement all the same.
            Some(Asked::Prepare(prepared)) => {
                secret = prepared.secret;
                let asking = self.statement(&prepared.text, Value::Null, false, entries);
                outcome(asking, &json!({ "error": error(secret) }), entries);
            }
            Some(Asked::Fetch(id)) => {
                if let Some((asking, _)) = self.cursors.remove(&id) {
                    outcome(asking, &given.failed(error(false), asking.id), entries);
                }
            }
            Some(Asked::Plain(Some(asking), _) | Asked::Stream(asking)) => {
                self.chose_not(asking);
                outcome(asking, &json!({ "error": error(false) }), entries);
            }
            Some(refused @ Asked::Refused(_)) => self.asked.push_front(refused),
            Some(Asked::Plain(None, _) | Asked::Fields | Asked::Line) | None => {}
        }
        Content::recorded_if(!secret)
    }

    /// The server keeps the rows until they are fetched; the statement is answered when they are.
    fn opened_cursor(&mut self, entries: &mut Vec<Entry>) {
        self.stage = Stage::Head;
        let given = std::mem::take(&mut self.result);
        if let Some(Asked::Results(mut ids, id)) = self.asked.pop_front()
            && let Some(asking) = ids.pop_front()
        {
            match id.filter(|_| self.cursors.len() < MOST_ASKED) {
                Some(id) => {
                    self.shelf.set_columns(id, &given.columns);
                    self.cursors.insert(id, (asking, given));
                }
                None => outcome(asking, &json!({}), entries),
            }
        }
    }

    fn fetched(&mut self, id: u32, bits: u16, entries: &mut Vec<Entry>) {
        self.asked.pop_front();
        let given = std::mem::take(&mut self.result).joined();
        if let Some((_, kept)) = self.cursors.get_mut(&id) {
            *kept = given;
        }
        if bits & status::LAST_ROW != 0 {
            self.close_cursor(id, entries);
        }
    }

    fn close_cursor(&mut self, id: u32, entries: &mut Vec<Entry>) {
        if let Some((asking, given)) = self.cursors.remove(&id) {
            outcome(asking, &given.rows(0).write(asking.id), entries);
        }
    }
}

/// What is told of a result.
struct Told {
    given: Given,
    fields: Value,
}

impl Given {
    /// Puts what was fetched before to what was read now.
    fn joined(mut self) -> Self {
        self.before.append(std::mem::take(&mut self.ranges), 0);
        self.ranges = std::mem::take(&mut self.before);
        self
    }

    fn names(&self) -> Vec<String> {
        if self.names.is_empty() {
            self.columns.iter().map(|column| column.name.clone()).collect()
        } else {
            self.names.clone()
        }
    }

    fn okay(self, okay: &wire::Okay) -> Told {
        let rows = if self.columns.is_empty() {
            okay.affected
        } else {
            self.rows
        };
        let mut fields = json!({ "rows": rows });
        if let Some(fields) = fields.as_object_mut() {
            if !okay.info.is_empty() {
                fields.insert("tag".to_owned(), okay.info.clone().into());
            }
            for (name, number) in [("insert_id", okay.insert_id), ("warnings", okay.warnings.into())] {
                if number > 0 {
                    fields.insert(name.to_owned(), number.into());
                }
            }
        }
        Told { given: self, fields }
    }

    /// What came before it failed is told as well.
    fn failed(self, error: Value, number: u64) -> Value {
        let mut body = self.rows(0).write(number);
        if let Some(fields) = body.as_object_mut() {
            fields.insert("error".to_owned(), error);
        }
        body
    }

    fn rows(self, warnings: u16) -> Told {
        let mut fields = json!({ "rows": self.rows });
        if let (Some(fields), true) = (fields.as_object_mut(), warnings > 0) {
            fields.insert("warnings".to_owned(), warnings.into());
        }
        Told { given: self, fields }
    }
}

impl Told {
    /// Writes it as what came of the statement of this number.
    fn write(self, number: u64) -> Value {
        let mut body = self.fields;
        if let Some(fields) = body.as_object_mut() {
            if self.given.bytes > 0 {
                fields.insert("bytes".to_owned(), self.given.bytes.into());
            }
            let names = self.given.names();
            let names = names.iter().map(String::as_str).collect();
            self.given.preview.write(names, self.given.rows, fields);
            self.given.ranges.write(number, fields);
        }
        body
    }
}

fn outcome(asking: Asking, body: &Value, entries: &mut Vec<Entry>) {
    let body = body.to_string().into();
    entries.push(Entry::Outcome { id: asking.id, body });
}

/// Writes a command that has no text as a statement.
fn named(first: u8, body: &[u8]) -> String {
    let rest = body.get(1..).unwrap_or_default();
    let name = || String::from_utf8_lossy(rest).replace('`', "``");
    match first {
        command::INIT_DB => format!("USE `{}`", name()),
        command::CREATE_DB => format!("CREATE DATABASE `{}`", name()),
        command::DROP_DB => format!("DROP DATABASE `{}`", name()),
        command::FIELD_LIST => {
            let table = String::from_utf8_lossy(Body(rest).text()).replace('`', "``");
            format!("SHOW COLUMNS FROM `{table}`")
        }
        command::PROCESS_KILL => {
            let thread = rest.first_chunk().map_or(0, |id| u32::from_le_bytes(*id));
            format!("KILL {thread}")
        }
        command::PROCESS_INFO => "SHOW PROCESSLIST".to_owned(),
        command::REFRESH => "-- refresh".to_owned(),
        command::REGISTER_SLAVE => "-- registration of a replica".to_owned(),
        command::SHUTDOWN => "SHUTDOWN".to_owned(),
        command::BINLOG_DUMP | command::BINLOG_DUMP_GTID => "-- stream of the binary log".to_owned(),
        _ => "-- command".to_owned(),
    }
}

/// Tells whether a command is about a statement that was prepared.
fn is_of_prepared(first: u8) -> bool {
    matches!(
        first,
        command::STMT_EXECUTE..=command::STMT_RESET | command::STMT_FETCH | command::STMT_BULK_EXECUTE
    )
}

fn is_text(first: u8) -> bool {
    matches!(first, command::QUERY | command::STMT_PREPARE)
}

/// Tells whether a command is none that passes: of what is not known, the answer could not be read.
fn is_refused(first: u8) -> bool {
    first == command::CHANGE_USER
        || !matches!(
            first,
            command::QUIT..=command::PROCESS_INFO
                | command::PROCESS_KILL..=command::PING
                | command::BINLOG_DUMP
                | command::REGISTER_SLAVE..=command::STMT_FETCH
                | command::BINLOG_DUMP_GTID
                | command::RESET_CONNECTION
                | command::STMT_BULK_EXECUTE
        )
}

/// Gives a statement as it is recorded: without passwords, and with a word where it was cut.
fn shown(text: &str, packet: Packet<'_>) -> String {
    let mut shown = sql::masked(text).text.into_owned();
    if !packet.is_whole() {
        let cut = format!(" … -- cut: {} bytes in all", packet.len);
        shown.push_str(&cut);
    }
    shown
}

#[cfg(test)]
mod tests;
