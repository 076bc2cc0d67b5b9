use super::*;

/// A terminal under a rule that holds `sudo` and one that refuses `reboot`.
struct Desk {
    typing: Typing,
    rules: Vec<CommandRule>,
    /// What the resource got.
    sent: Vec<u8>,
}

/// What became of the line.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    Sent,
    Waits,
    Refused(String),
    Held(String),
}

impl Desk {
    fn open() -> Self {
        let rules = serde_json::json!([
            { "name": "root", "hold": ["sudo"] },
            { "name": "no reboots", "deny": ["reboot"], "message": "ask the owners" },
        ]);
        let mut desk = Self {
            typing: Typing::new(&Pty::default()),
            rules: serde_json::from_value(rules).unwrap(),
            sent: Vec::new(),
        };
        desk.show("ann@box:~$ ");
        desk
    }

    fn show(&mut self, text: &str) -> &mut Self {
        self.typing.output(text.as_bytes());
        self
    }

    /// Types keys that are shown one by one.
    fn echo(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_inclusive(|_: char| true) {
            assert_eq!(self.press(key, Duration::ZERO), Came::Sent);
            self.show(key);
        }
        self
    }

    /// Presses keys, and looks at them after a time.
    fn press(&mut self, keys: &str, after: Duration) -> Came {
        self.typing.kept.extend_from_slice(keys.as_bytes());
        loop {
            match self.typing.next(&self.rules, Instant::now() + after) {
                Next::Pass(keys) => self.sent.extend_from_slice(&keys),
                Next::Wait => return Came::Waits,
                Next::Done(_) => return Came::Sent,
                Next::Refuse(text, key) => {
                    self.sent.extend_from_slice(&key);
                    return Came::Refused(text);
                }
                Next::Hold(to_hold) => return Came::Held(to_hold.content),
            }
        }
    }

    fn sent(&self) -> String {
        String::from_utf8_lossy(&self.sent).into_owned()
    }
}

#[test]
fn an_enter_waits_for_reviewers_and_what_is_behind_it_as_well() {
    let mut desk = Desk::open();
    desk.echo("ls");
    assert_eq!(desk.press("\r", Duration::ZERO), Came::Sent);
    desk.show("\r\na b\r\nann@box:~$ ").echo("sudo id");
    assert_eq!(
        desk.press("\rmore", Duration::ZERO),
        Came::Held("sudo id".to_owned())
    );
    assert_eq!(desk.press("and more", Duration::ZERO), Came::Waits);
    assert_eq!(desk.sent(), "ls\rsudo id");
    desk.typing.approve();
    assert_eq!(desk.press("", Duration::ZERO), Came::Sent);
    assert_eq!(desk.sent(), "ls\rsudo id\rmoreand more");
}

#[test]
fn a_line_that_is_refused_is_cleared_and_never_sent() {
    let mut desk = Desk::open();
    desk.echo("true; reboot");
    assert_eq!(
        desk.press("\r", Duration::ZERO),
        Came::Refused("ask the owners".to_owned())
    );
    assert_eq!(desk.sent(), "true; reboot\x03");
    let mut desk = Desk::open();
    desk.echo("cat");
    assert_eq!(desk.press("\r", Duration::ZERO), Came::Sent);
    desk.show("\r\n").echo("reboot");
    assert_eq!(
        desk.press("\r", Duration::ZERO),
        Came::Refused("ask the owners".to_owned())
    );
    assert!(
        desk.sent().ends_with("reboot\x15"),
        "a program is not ended by it"
    );
}

#[test]
fn a_line_of_the_history_is_read_from_the_screen() {
    let mut desk = Desk::open();
    assert_eq!(desk.press("\x1b[A", Duration::ZERO), Came::Sent);
    desk.show("sudo id");
    assert_eq!(desk.press("\r", Duration::ZERO), Came::Waits, "more may be drawn");
    assert_eq!(desk.press("", QUIET), Came::Held("sudo id".to_owned()));
    let mut desk = Desk::open();
    assert_eq!(desk.press("\x12su", Duration::ZERO), Came::Sent);
    desk.show("\r(reverse-i-search)`su': sudo id\x1b[7D");
    assert!(matches!(desk.press("\r", QUIET), Came::Held(_)));
}

#[test]
fn what_is_typed_faster_than_it_is_shown_waits_for_its_echo() {
    let mut desk = Desk::open();
    assert_eq!(desk.press("sudo id\r", Duration::ZERO), Came::Waits);
    desk.show("sudo");
    assert_eq!(desk.press("", Duration::ZERO), Came::Waits);
    desk.show(" id");
    assert_eq!(desk.press("", Duration::ZERO), Came::Held("sudo id".to_owned()));
    // Nothing is echoed: what was typed is judged, and not shown.
    let mut desk = Desk::open();
    assert_eq!(desk.press("sudo id\r", Duration::ZERO), Came::Waits);
    assert_eq!(desk.press("", ECHO), Came::Held(UNSEEN.to_owned()));
}

#[test]
fn answers_to_questions_for_secrets_and_keys_of_full_screens_are_no_lines() {
    let mut desk = Desk::open();
    desk.echo("ls");
    assert_eq!(desk.press("\r", Duration::ZERO), Came::Sent);
    desk.show("\r\nPassword: ");
    assert_eq!(desk.press("sudo\r", Duration::ZERO), Came::Waits);
    assert_eq!(desk.press("", SECRET), Came::Sent);
    desk.show("\r\n\x1b[?1049h");
    assert_eq!(desk.press("isudo id\r", Duration::ZERO), Came::Sent);
}
