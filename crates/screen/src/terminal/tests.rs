#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
use super::*;
use proptest::prelude::*;

fn terminal(cols: u16, rows: u16, bytes: &[u8]) -> Terminal {
    let mut terminal = Terminal::new(cols, rows);
    terminal.feed(bytes);
    terminal
}

#[test]
fn a_mark_shares_the_cell_of_its_base() {
    let mut terminal = terminal(10, 2, "cafe\u{301}!".as_bytes());
    assert_eq!(terminal.lines()[0], "cafe\u{301}!");
    assert_eq!(terminal.cursor().col, 5);
    terminal.feed("\r\n日\u{3099}本x\u{301}\u{302}".as_bytes());
    assert_eq!(terminal.lines()[1], "日\u{3099}本x\u{301}\u{302}");
    assert_eq!(terminal.cursor().col, 5);
}

#[test]
fn a_mark_at_the_last_column_keeps_the_wrap_pending() {
    let mut terminal = terminal(3, 2, "abe\u{301}".as_bytes());
    assert_eq!(terminal.cursor().col, 3);
    terminal.feed(b"x");
    assert_eq!(terminal.lines(), ["abe\u{301}", "x"]);
}

#[test]
fn a_screen_full_of_clusters_stays_bounded() {
    let mut terminal = Terminal::new(80, 24);
    for base in 0..10_000u32 {
        let ch = char::from_u32(0x4e00 + base).unwrap();
        terminal.feed(format!("{ch}\u{3099}").as_bytes());
    }
    assert!(terminal.lines().iter().any(|line| line.contains('\u{3099}')));
    assert_eq!(terminal.cursor().row, 23);
}

#[test]
fn stand_ins_from_outside_are_no_clusters() {
    let terminal = terminal(10, 1, "e\u{301}\u{100000}\u{3f000}".as_bytes());
    assert_eq!(terminal.lines()[0], "e\u{301}\u{fffd}\u{fffd}");
}

#[test]
fn a_dump_brings_back_modes_title_and_what_is_under_way() {
    let bytes = b"\x1b]0;my title\x07\x1b[?2004h\x1b[?1006h\x1b[4 q\x1b[?1h\x1b=ab\x1b[31";
    let original = terminal(20, 3, bytes);
    let dump = original.dump();
    let mut restored = Terminal::restore(20, 3, &dump);
    assert_eq!(restored.dump(), dump);
    assert_eq!(restored.title(), "my title");
    assert!(restored.is_bracketed_paste());
    restored.feed(b"mc");
    assert_eq!(restored.lines()[0], "abc");
    restored.feed(b"\x1b[?2004l\x1bc");
    assert!(!restored.is_bracketed_paste() && restored.title().is_empty());
}

#[test]
fn a_cut_character_is_held_beside_the_dump() {
    let original = terminal(20, 3, &"a€".as_bytes()[..2]);
    assert_eq!(original.held(), &"€".as_bytes()[..1]);
    let mut restored = Terminal::restore(20, 3, &original.dump());
    restored.feed(original.held());
    restored.feed(&"€".as_bytes()[1..]);
    assert_eq!(restored.lines()[0], "a€");
}

#[test]
fn bytes_that_are_no_text_become_replacement_characters() {
    assert_eq!(terminal(20, 1, b"a\xffb\xc3(").lines()[0], "a\u{fffd}b\u{fffd}(");
}

#[test]
fn endless_sequences_and_wild_repeats_are_bounded() {
    let mut terminal = Terminal::new(80, 24);
    terminal.feed(b"\x1b]52;");
    terminal.feed(&vec![b'x'; 1 << 20]);
    assert!(terminal.dump().len() < 8192);
    terminal.feed(b"\x07a");
    for _ in 0..1000 {
        terminal.feed(b"\x1b[65535b\x1b[65535P\x1b[65535@\x1b[65535L\x1b[65535S");
    }
    assert_eq!(Terminal::new(u16::MAX, 0).size(), (MAX_COLS, 1));
}

fn output() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[ -~]{0,12}".prop_map(String::into_bytes),
        2 => "[a-c日本é\u{301}\u{3099}😀]{0,6}".prop_map(String::into_bytes),
        2 => Just(b"\r\n".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
        4 => ("[A-HJ-MPSTX`a-hlmrsu@]", 0u16..30, 0u16..30).prop_map(|(last, a, b)| format!("\x1b[{a};{b}{last}").into_bytes()),
        2 => (prop_oneof![Just(1), Just(6), Just(7), Just(25), Just(47), Just(1047), Just(1049), Just(2004)], "[hl]")
            .prop_map(|(mode, set): (i32, String)| format!("\x1b[?{mode}{set}").into_bytes()),
        1 => prop_oneof![Just("\x1b7"), Just("\x1b8"), Just("\x1bM"), Just("\x1b(0"), Just("\x1b(B"), Just("\x1b#8"), Just("\x0e"), Just("\x0f"),
            Just("\t"), Just("\x08"), Just("\x1b]2;t\x07"), Just("\x1b[!p"), Just("\x1b[4h"), Just("\x1b[4l")].prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_restored_terminal_lives_on_like_the_one_that_slept(
        before in output(), after in output(), cols in 1u16..30, rows in 1u16..10, size in 1usize..9,
    ) {
        let mut awake = terminal(cols, rows, &before);
        let mut woken = Terminal::restore(cols, rows, &awake.dump());
        woken.feed(awake.held());
        prop_assert_eq!(woken.dump(), awake.dump());
        awake.feed(&after);
        for piece in after.chunks(size) {
            woken.feed(piece);
        }
        prop_assert_eq!(woken.lines(), awake.lines());
        prop_assert_eq!(woken.cursor(), awake.cursor());
        prop_assert_eq!(woken.is_alternate(), awake.is_alternate());
        prop_assert_eq!(woken.dump(), awake.dump());
        prop_assert_eq!(woken.lines().len(), usize::from(rows));
    }
}
