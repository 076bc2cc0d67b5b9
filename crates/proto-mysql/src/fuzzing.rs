//! What fuzzing feeds: the decoders without a network. Only there when the crate is built for that.

use std::sync::Arc;

use bytes::Bytes;
use domain::statement::{StatementKind, StatementRule};
use engine::statements::Spelling;
use proto_database::{Dialogue as _, Flow};

use crate::{
    dialogue::Dialogue,
    facts,
    ledger::Ledger,
    portal, sql,
    threads::Threads,
    wire::{Greeting, Response, capability, extended, framed},
};

/// A connection whose login is over.
pub struct Conversation(Dialogue);

impl Conversation {
    /// Begins with capabilities chosen by these bits.
    #[must_use]
    pub fn begin(bits: u8) -> Self {
        let has = |bit: u8, value: u32| if bits & bit == 0 { 0 } else { value };
        let capabilities = capability::PROTOCOL_41
            | has(1, capability::DEPRECATE_EOF)
            | has(2, capability::SESSION_TRACK)
            | has(4, capability::MULTI_STATEMENTS)
            | has(8, capability::QUERY_ATTRIBUTES);
        let threads = Arc::new(Threads::default());
        let server = ("db".to_owned(), 3306);
        let rule = StatementRule {
            kinds: vec![StatementKind::Ddl],
            ..StatementRule::default()
        };
        let rules: &[_] = if bits & 32 == 0 { &[] } else { &[rule] };
        Self(Dialogue::new(Ledger::new(
            capabilities,
            has(16, extended::METADATA),
            threads,
            server,
            rules,
        )))
    }

    /// Takes bytes of a side; tells whether the connection goes on. `whole`: they are the body of a packet.
    pub fn step(&mut self, of_client: bool, whole: bool, bytes: &[u8]) -> bool {
        let bytes = if whole {
            framed(0, bytes)
        } else {
            Bytes::copy_from_slice(bytes)
        };
        let mut flow = Flow::default();
        let looked = if of_client {
            self.0.ask(bytes, &mut flow)
        } else {
            self.0.answer(bytes, &mut flow)
        };
        self.0.speak(&mut flow);
        looked.is_ok()
    }
}

/// Reads bytes as the answer to a statement, as a recording has it. The first two choose how.
pub fn result(bytes: &[u8]) {
    let Some(([prepared, at_once], bytes)) = bytes.split_first_chunk::<2>() else {
        return;
    };
    for spelling in [Spelling::AsRecorded, Spelling::Readable] {
        let mut reader = portal::results(spelling);
        reader.about(&serde_json::json!({ "prepared": prepared & 1 == 1 }));
        for piece in bytes.chunks(usize::from(*at_once).max(1)) {
            if reader.feed(piece, &mut |_| ()).is_err() {
                break;
            }
        }
    }
}

/// Reads bytes as everything that comes before the login is over, and as a statement.
///
/// # Panics
///
/// When what was read is not written as it was.
pub fn login(bytes: &[u8]) {
    let _greeting = Greeting::read(bytes);
    if let Ok(response) = Response::read(bytes) {
        let again = Response::read(&response.write());
        assert!(again.is_ok(), "what was read is written so that it can be read");
        let _name = response.attribute("program_name");
    }
    let text = String::from_utf8_lossy(bytes);
    let masked = sql::masked(&text);
    assert!(masked.is_secret() || masked.text == text);
    let _facts = facts::facts(&text);
    let _ = (sql::statements(&text), sql::kill(&text), sql::places(&text));
}
