//! What `fuzz/` feeds with any bytes; nothing else calls it.

use bytes::Bytes;
use domain::statement::{StatementKind, StatementRule};
use engine::Verifiers;
use proto_database::{Dialogue as _, Flow};

use crate::{
    dialogue::Dialogue,
    facts, sql,
    wire::{self, Opening, scram::Exchange},
};

/// Reads bytes as every message and every part of a login.
pub fn messages(bytes: &[u8]) {
    let _opening = Opening::read(bytes);
    let _bodies = (
        wire::text(bytes),
        wire::parse(bytes),
        wire::bind(bytes),
        wire::execute(bytes),
    );
    let _more = (
        wire::named(bytes),
        wire::columns(bytes),
        wire::values(bytes),
        wire::fault(bytes),
    );
    let _login = (
        wire::authentication(bytes),
        wire::backend_key(bytes),
        wire::command_tag(bytes),
    );
    let _certificate = wire::end_point(bytes);
    if let Some((mechanism, first)) = wire::sasl_initial(bytes) {
        let Ok(verifiers) = Verifiers::of("") else { return };
        let _begun = Exchange::begin(first, &mechanism, Some(b"hash"), &verifiers.scram, "nonce");
    }
}

/// Reads bytes as a text of SQL.
pub fn statements(text: &str) {
    let found = sql::statements(text);
    assert!(found.iter().all(|one| text.contains(one)));
    let _masked = sql::masked(text);
    let _facts = facts::facts(text);
}

/// Plays a conversation: each piece is a byte that says whose it is and how long it is, and the piece. Without rules every byte that is
/// understood arrives as it was.
pub fn conversation(bytes: &[u8]) {
    let rule = StatementRule {
        kinds: vec![StatementKind::Ddl],
        ..StatementRule::default()
    };
    for rules in [&[][..], &[rule]] {
        let mut dialogue = Dialogue::new(rules);
        let mut rest = bytes;
        while let Some((head, more)) = rest.split_first() {
            let (piece, more) = more.split_at(usize::from(head & 0x7f).min(more.len()));
            rest = more;
            let mut flow = Flow::default();
            let chunk = Bytes::copy_from_slice(piece);
            let looked = if *head & 0x80 == 0 {
                dialogue.ask(chunk, &mut flow)
            } else {
                dialogue.answer(chunk, &mut flow)
            };
            if looked.is_err() {
                break;
            }
            let sent: usize = flow.take_pieces().iter().map(|(bytes, _)| bytes.len()).sum();
            assert!(!rules.is_empty() || sent == piece.len());
        }
    }
}
