//! What `fuzz/` feeds: the decoders without a network. Only there when the crate is built for that.

use bytes::Bytes;
use domain::statement::{StatementKind, StatementRule};
use proto_database::{Dialogue as _, Flow};

use crate::dialogue::{Dialogue, Own};

/// Plays a conversation: each piece is a byte that says whose it is and how long it is, and the piece. Without rules every byte of the
/// server's that is understood arrives as it was, unless a command asked for something else.
pub fn conversation(bytes: &[u8]) {
    let all = StatementRule {
        kinds: vec![StatementKind::Write],
        ..StatementRule::default()
    };
    let keys = StatementRule {
        tables: vec!["a*".to_owned()],
        ..StatementRule::default()
    };
    for (rules, resp3) in [(&[][..], false), (&[][..], true), (&[all, keys][..], false)] {
        let mut dialogue = Dialogue::new(rules, Own::default(), resp3);
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
            dialogue.speak(&mut flow);
            if looked.is_err() {
                break;
            }
        }
    }
}
