#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
use super::*;

#[test]
fn a_mark_shares_the_cell_of_its_base() {
    let mut terminal = Terminal::new(10, 2);
    terminal.feed("cafe\u{301}!".as_bytes());
    assert_eq!(terminal.lines()[0], "cafe\u{301}!");
    assert_eq!(terminal.cursor().col, 5);
}
