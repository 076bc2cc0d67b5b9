#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
use super::held::{ECHO_US, HELD_LIMIT};
use super::*;
use proptest::prelude::*;

/// A mask, a clock, and what was typed and revealed so far.
struct Desk {
    mask: EchoMask,
    now: u64,
    masked: Vec<(InputId, Vec<u8>)>,
    revealed: Vec<(InputId, usize, Vec<u8>)>,
}

impl Desk {
    fn new() -> Self {
        Self {
            mask: EchoMask::new(80, 24),
            now: 0,
            masked: Vec::new(),
            revealed: Vec::new(),
        }
    }

    /// Types and returns what was recorded in clear at once.
    fn types(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.now += 50_000;
        let mut clear = Vec::new();
        let mut covered = 0;
        for segment in self.mask.typed(self.now, bytes) {
            let range = match segment {
                InputSegment::Clear(range) => {
                    clear.extend_from_slice(&bytes[range.clone()]);
                    range
                }
                InputSegment::Masked(id, range) => {
                    self.masked.push((id, bytes[range.clone()].to_vec()));
                    range
                }
            };
            assert_eq!(range.start, covered);
            covered = range.end;
        }
        assert_eq!(covered, bytes.len());
        clear
    }

    /// Shows output and returns what it revealed, joined.
    fn shows(&mut self, bytes: &[u8]) -> String {
        self.now += 20_000;
        let mut text = Vec::new();
        for Reveal { id, offset, bytes } in self.mask.shown(self.now, bytes) {
            let (_, typed) = self
                .masked
                .iter()
                .find(|(masked, _)| *masked == id)
                .expect("a piece that was masked");
            assert_eq!(
                typed[offset..offset + bytes.len()],
                bytes,
                "only what was typed is revealed"
            );
            text.extend_from_slice(&bytes);
            self.revealed.push((id, offset, bytes));
        }
        String::from_utf8(text).unwrap()
    }

    /// All masked bytes that were revealed, in the order in which they were typed; `\0` where something stays masked.
    fn known(&self) -> Vec<u8> {
        let mut known = Vec::new();
        for (id, bytes) in &self.masked {
            let mut piece = vec![0; bytes.len()];
            for (_, offset, bytes) in self.revealed.iter().filter(|(revealed, ..)| revealed == id) {
                piece[*offset..offset + bytes.len()].copy_from_slice(bytes);
            }
            known.extend(piece);
        }
        known
    }
}

#[test]
fn keys_are_clear_and_text_waits() {
    let mut desk = Desk::new();
    desk.shows(b"$ ");
    assert_eq!(desk.types(b"ls\x7f\x1b[A\r"), b"\x7f\x1b[A\r");
    assert_eq!(desk.masked, [(InputId(0), b"ls".to_vec())]);
}

#[test]
fn an_echo_reveals_what_it_shows() {
    let mut desk = Desk::new();
    desk.shows(b"$ ");
    desk.types(b"l");
    assert_eq!(desk.shows(b"l"), "l");
    desk.types(b"s -la");
    assert_eq!(desk.shows(b"s -"), "s -");
    assert_eq!(desk.shows(b"la"), "la");
    desk.types("é日".as_bytes());
    assert_eq!(desk.shows("é日".as_bytes()), "é日");
    desk.types(b"\r");
    desk.shows(b"\r\nfile\r\n$ ");
    desk.types(b"pwd\r");
    assert_eq!(desk.shows(b"pwd\r\n/root\r\n$ "), "pwd");
}

#[test]
fn echoes_of_line_editors_are_understood() {
    let mut desk = Desk::new();
    desk.shows(b"% \x1b[K\x1b[?2004h");
    desk.types(b"ls\r");
    // zsh prints the first character twice.
    assert_eq!(
        desk.shows(b"l\x08\x1b[32mls\x1b[39m\x1b[?2004l\r\r\nfile\r\n"),
        "ls"
    );
    desk.shows(b"% \x1b[K\x1b[?2004h");
    desk.types(b"l");
    // A suggestion behind the cursor.
    assert_eq!(desk.shows(b"l\x1b[90ms -la\x1b[39m\x08\x08\x08\x08\x08"), "l");
    desk.types(b"x");
    // Insertion in the middle of a line.
    desk.shows(b"x");
    desk.types(b"\x01");
    desk.shows(b"\r\x1b[2C");
    desk.types(b"e");
    assert_eq!(desk.shows(b"elx\x08\x08"), "e");
}

#[test]
fn nothing_typed_at_a_question_for_a_secret_is_revealed() {
    for prompt in [
        "Password: ",
        "[sudo] password for me: ",
        "Enter PIN> ",
        "Passwort für me:",
        "密码：",
        "Enter the password\r\n for me:\r\n> ",
    ] {
        for echo in ["", "*******", "hunter2"] {
            let mut desk = Desk::new();
            desk.shows(prompt.as_bytes());
            desk.types(b"hunter2");
            assert_eq!(desk.shows(echo.as_bytes()), "", "{prompt}");
            desk.types(b"\r");
            assert_eq!(desk.shows(b"\r\nWelcome, hunter2\r\n$ "), "");
        }
    }
}

#[test]
fn a_secret_without_a_known_question_stays_masked() {
    let mut desk = Desk::new();
    desk.shows(b"what is it? ");
    desk.types(b"Welcome1\r");
    assert_eq!(desk.shows(b"\r\nWelcome to the machine\r\n"), "");

    // No line feed: output goes on right where the secret was typed.
    let mut desk = Desk::new();
    desk.shows(b"what is it? ");
    desk.types(b"Welcome1\r");
    assert_eq!(desk.shows(b"Welcome back\r\n"), "");
    assert_eq!(desk.shows(b"Welcome1"), "");

    // Key by key.
    let mut desk = Desk::new();
    desk.shows(b"what is it? ");
    for key in b"Welcome1\r" {
        desk.types(&[*key]);
        assert_eq!(desk.shows(b""), "");
    }
    assert_eq!(desk.shows(b"Welcome back\r\nWelcome1\r\n"), "");

    // The same, and the output is cut where it still agrees.
    let mut desk = Desk::new();
    desk.shows(b"what is it? ");
    desk.types(b"Welcome1\r");
    assert_eq!(desk.shows(b"Welcome"), "");
    assert_eq!(desk.shows(b" back\r\n"), "");

    // The same text, but not where it was typed.
    let mut desk = Desk::new();
    desk.shows(b"what is it? ");
    desk.types(b"Welcome1");
    assert_eq!(desk.shows(b"\x1b[1;50HWelcome1"), "");

    // The line already ends with the same words.
    let mut desk = Desk::new();
    desk.shows(b"log in as administrator");
    desk.types(b"administrator\r");
    assert_eq!(desk.shows(b"\r\nlog in as administrator\r\n"), "");
}

#[test]
fn what_is_typed_ahead_is_revealed_where_the_editor_shows_it() {
    let mut desk = Desk::new();
    desk.shows(b"\x1b[?2004h$ ");
    desk.types(b"echo a\recho bb\r");
    assert_eq!(
        desk.shows(b"echo a\r\n\x1b[?2004l\ra\r\n\x1b[?2004h$ echo bb\r\n\x1b[?2004l\rbb\r\n"),
        "echo aecho bb"
    );

    let mut desk = Desk::new();
    desk.shows(b"$ ");
    desk.types(b"sudo ls\rhunter2\r");
    assert_eq!(desk.shows(b"sudo ls\r\n[sudo] password for me: "), "sudo ls");
    assert_eq!(desk.shows(b"\r\nhunter2\r\n"), "");
}

#[test]
fn editing_in_flight_is_followed_on_a_line_that_echoes() {
    let mut desk = Desk::new();
    desk.shows(b"$ ");
    desk.types(b"s");
    assert_eq!(desk.shows(b"s"), "s");
    // Three keys before any answer arrives.
    desk.types(b"x");
    desk.types(b"\x7f");
    desk.types(b"ls");
    assert_eq!(desk.shows(b"x\x08 \x08ls"), "xls");
}

#[test]
fn a_single_key_that_moves_the_cursor_of_a_full_screen_program_is_revealed() {
    let mut desk = Desk::new();
    desk.shows(b"\x1b[?1049h\x1b[H\x1b[2Jone\r\ntwo\x1b[H");
    desk.types(b"j");
    assert_eq!(desk.shows(b"\x1b[2;1H"), "j");
    // A clock in the corner is no answer.
    desk.types(b"s");
    assert_eq!(desk.shows(b"\x1b[?25l\x1b[1;70H12:00\x1b[2;1H\x1b[?25h"), "");
    desk.types(b"e");
    assert_eq!(desk.shows(b"\x1b[?25l\x1b[1;70H12:01\x1b[2;1H\x1b[?25h"), "");
    desk.types(b"\r");
    assert_eq!(desk.shows(b"\x1b[3;1Hok"), "");
    // Nor is anything near a question for a secret.
    let mut desk = Desk::new();
    desk.shows(b"\x1b[?1049h\x1b[H\x1b[2JPassword\r\n[      ]\x1b[2;2H");
    desk.types(b"x");
    assert_eq!(desk.shows(b"*"), "");
    assert_eq!(desk.shows(b"\x1b[2;3H"), "");
}

#[test]
fn text_typed_into_a_full_screen_editor_is_revealed() {
    let mut desk = Desk::new();
    desk.shows(b"\x1b[?1049h\x1b[H\x1b[2J");
    desk.types(b"hello\r");
    assert_eq!(
        desk.shows(b"\x1b[?25lhello\x1b[2;1H\x1b[K\x1b[2;1H\x1b[?25h"),
        "hello"
    );
    desk.types(b"w");
    assert_eq!(desk.shows(b"\x1b[?25lw\x1b[24;60H2,2\x1b[2;2H\x1b[?25h"), "w");
}

#[test]
fn what_waits_is_bounded_and_expires() {
    let mut desk = Desk::new();
    desk.shows(b"$ ");
    desk.types(&vec![b'a'; 3 * HELD_LIMIT]);
    assert!(desk.mask.held.items.len() <= 2 * HELD_LIMIT);
    let mut desk = Desk::new();
    desk.shows(b"$ ");
    desk.types(b"late");
    desk.now += ECHO_US;
    assert_eq!(desk.shows(b"late"), "");
    desk.types(b"soon");
    desk.mask.flush();
    assert_eq!(desk.shows(b"soon"), "");
}

/// Whether any four neighbouring characters of the secret are known.
fn leaks(known: &[u8], secret: &str) -> bool {
    secret
        .as_bytes()
        .windows(4)
        .any(|part| known.windows(4).any(|found| found == part))
}

fn cuts(bytes: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let (mut pieces, mut rest) = (Vec::new(), bytes);
    for size in sizes.iter().cycle().take(bytes.len() + 1) {
        if rest.is_empty() {
            break;
        }
        let (piece, tail) = rest.split_at((*size).clamp(1, rest.len()));
        pieces.push(piece.to_vec());
        rest = tail;
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_part_of_a_password_is_revealed(
        secret in "[ -~]{4,24}",
        prompt in prop_oneof![
            Just("Password: "), Just("[sudo] password for me: "), Just("me@host's password: "), Just("New password: "),
            Just("Enter passphrase for key '/k': "), Just("Verification code: "), Just("PIN: "), Just("Mot de passe : "),
        ],
        typed in prop::collection::vec(1usize..9, 1..6),
        shown in prop::collection::vec(1usize..30, 1..6),
        after in prop_oneof![
            Just("\r\nWelcome\r\n$ "), Just("\r\nSorry, try again.\r\nPassword: "), Just("\r\n"), Just("Welcome"), Just("\x1b[H\x1b[2Jmenu"),
        ],
        repeats in any::<bool>(),
        stars in any::<bool>(),
        type_on in any::<bool>(),
    ) {
        let mut desk = Desk::new();
        desk.shows(b"$ su\r\n");
        desk.shows(prompt.as_bytes());
        let mut all = secret.clone().into_bytes();
        all.push(b'\r');
        if type_on {
            all.extend_from_slice(b"ls\r");
        }
        for piece in cuts(&all, &typed) {
            desk.types(&piece);
            if stars {
                desk.shows(b"*");
            }
        }
        let mut output = after.as_bytes().to_vec();
        if repeats {
            output.extend_from_slice(secret.as_bytes());
            output.extend_from_slice(b"\r\n");
        }
        for piece in cuts(&output, &shown) {
            desk.shows(&piece);
        }
        prop_assert!(!leaks(&desk.known(), &secret));
    }

    #[test]
    fn without_echo_nothing_is_revealed_whatever_the_question_says(
        secret in "[a-zA-Z0-9!#%]{8,20}",
        typed in prop::collection::vec(1usize..9, 1..6),
        shown in prop::collection::vec(1usize..30, 1..6),
        prompt in "[a-z]{1,9}> ",
        after in prop_oneof![Just("\r\nWelcome\r\n$ ".to_owned()), "\r\n[ -~]{0,60}\r\n", "[ -~]{1,60}\r\n"],
    ) {
        let mut desk = Desk::new();
        desk.shows(b"$ ");
        desk.types(b"enter\r");
        desk.shows(b"enter\r\n");
        desk.shows(prompt.as_bytes());
        let before = desk.masked.len();
        let mut all = secret.clone().into_bytes();
        all.push(b'\r');
        for piece in cuts(&all, &typed) {
            desk.types(&piece);
        }
        for piece in cuts(after.as_bytes(), &shown) {
            desk.shows(&piece);
        }
        desk.shows(b"$ ");
        desk.types(b"ls\r");
        desk.shows(b"ls\r\n");
        desk.masked.drain(..before);
        prop_assert!(!leaks(&desk.known(), &secret));
    }

    #[test]
    fn any_input_and_output_are_survived(
        steps in prop::collection::vec((any::<bool>(), prop_oneof![prop::collection::vec(any::<u8>(), 0..30), "[a-c\r\n\x1b\\[HJABKlh0-9;?]{0,20}".prop_map(String::into_bytes)]), 0..40)
    ) {
        let mut desk = Desk::new();
        for (typed, bytes) in steps {
            if typed {
                desk.types(&bytes);
            } else {
                // The reveals are checked against what was typed.
                desk.now += 20_000;
                for Reveal { id, offset, bytes } in desk.mask.shown(desk.now, &bytes) {
                    let (_, typed) = desk.masked.iter().find(|(masked, _)| *masked == id).unwrap();
                    prop_assert_eq!(&typed[offset..offset + bytes.len()], &bytes[..]);
                }
            }
        }
    }
}
