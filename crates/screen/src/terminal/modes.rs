//! What a terminal remembers beside its cells and what the emulator leaves to its embedder: modes for keyboards,
//! mice and pastes, the window's title, shell integration marks.

/// Longest title kept, in bytes.
const TITLE_LIMIT: usize = 256;

/// DEC private modes that matter to a viewer or a line editor but not to the picture.
const KNOWN: [u16; 11] = [
    9,
    66,
    1000,
    1002,
    1003,
    1004,
    1005,
    1006,
    1015,
    1016,
    BRACKETED_PASTE,
];

/// Mode 2004: pastes come between `ESC [200~` and `ESC [201~`; line editors switch it on while they read.
const BRACKETED_PASTE: u16 = 2004;

/// Keyboard, mouse and paste modes, the cursor's shape and the title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Modes {
    on: Vec<u16>,
    cursor_shape: u8,
    title: String,
}

/// What one finished escape sequence meant to this module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signal {
    /// A line editor began to read (bracketed paste on).
    EditorOn,
    /// The line editor is done (bracketed paste off).
    EditorOff,
    /// A shell integration mark.
    Mark(Mark),
}

/// OSC 133 (`FinalTerm`) and OSC 633 marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `A`: a prompt starts; `P;k=s`, `A;k=s`: it is a continuation prompt.
    PromptStart {
        /// Whether it asks for more of the same command.
        continuation: bool,
    },
    /// `B`: the prompt is over, the command line starts.
    CommandStart,
    /// `C`: the command runs, its output starts.
    OutputStart,
    /// `D;status`: the command is over.
    Done(Option<i32>),
    /// `E;text` (OSC 633): the command line in the shell's own words.
    CommandLine(String),
}

impl Modes {
    /// Takes one whole escape sequence as it came, `ESC` or C1 introducer included, terminator excluded for OSC.
    pub(super) fn take(&mut self, raw: &str) -> Option<Signal> {
        if let Some(body) = raw.strip_prefix("\x1b]").or_else(|| raw.strip_prefix('\u{9d}')) {
            return self.osc(body);
        }
        match raw {
            "\x1b=" => self.set(66, true),
            "\x1b>" => self.set(66, false),
            "\x1bc" => *self = Self::default(),
            _ => {
                let body = raw.strip_prefix("\x1b[").or_else(|| raw.strip_prefix('\u{9b}'))?;
                if let Some(shape) = body.strip_suffix(" q") {
                    self.cursor_shape = shape.parse().unwrap_or(0);
                } else if let Some(list) = body.strip_prefix('?') {
                    return self.private(list);
                }
            }
        }
        None
    }

    fn private(&mut self, list: &str) -> Option<Signal> {
        let (list, on) = match (list.strip_suffix('h'), list.strip_suffix('l')) {
            (Some(list), _) => (list, true),
            (_, Some(list)) => (list, false),
            _ => return None,
        };
        let mut signal = None;
        for mode in list.split(';').filter_map(|mode| mode.parse().ok()) {
            if KNOWN.contains(&mode) {
                self.set(mode, on);
            }
            if mode == BRACKETED_PASTE {
                signal = Some(if on { Signal::EditorOn } else { Signal::EditorOff });
            }
        }
        signal
    }

    fn set(&mut self, mode: u16, on: bool) {
        self.on.retain(|other| *other != mode);
        if on {
            self.on.push(mode);
        }
    }

    fn osc(&mut self, body: &str) -> Option<Signal> {
        let (number, rest) = body.split_once(';').unwrap_or((body, ""));
        match number {
            "0" | "2" => {
                self.title = rest.chars().filter(|ch| !ch.is_control()).collect();
                let end = self.title.floor_char_boundary(TITLE_LIMIT);
                self.title.truncate(end);
                None
            }
            "133" | "633" => mark(rest).map(Signal::Mark),
            _ => None,
        }
    }

    /// The window's title, as the application last set it.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// Whether pastes are bracketed, which line editors switch on while they read.
    pub(super) fn bracketed_paste(&self) -> bool {
        self.on.contains(&BRACKETED_PASTE)
    }

    /// Escape sequences that set these modes in a fresh terminal.
    pub(super) fn dump(&self, into: &mut String) {
        if !self.title.is_empty() {
            into.push_str("\x1b]2;");
            into.push_str(&self.title);
            into.push('\x07');
        }
        if self.cursor_shape != 0 {
            into.push_str("\x1b[");
            into.push_str(&self.cursor_shape.to_string());
            into.push_str(" q");
        }
        for mode in &self.on {
            into.push_str("\x1b[?");
            into.push_str(&mode.to_string());
            into.push('h');
        }
    }
}

fn mark(body: &str) -> Option<Mark> {
    let (kind, rest) = body.split_once(';').unwrap_or((body, ""));
    let continuation = rest.split(';').any(|option| option == "k=s");
    Some(match kind {
        "A" => Mark::PromptStart { continuation },
        "P" if continuation => Mark::PromptStart { continuation },
        "B" => Mark::CommandStart,
        "C" => Mark::OutputStart,
        "D" => Mark::Done(rest.split(';').next().and_then(|status| status.parse().ok())),
        "E" => Mark::CommandLine(unescape(rest.split(';').next().unwrap_or_default())),
        _ => return None,
    })
}

/// OSC 633;E writes `\\` and `\xHH` for backslash, semicolon and controls.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let code = from.get(2..4).filter(|_| from.get(1..2) == Some("x"));
        if let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(char::from(byte));
            rest = from.get(4..).unwrap_or_default();
        } else {
            out.push('\\');
            let skip = if from.get(1..2) == Some("\\") { 2 } else { 1 };
            rest = from.get(skip..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}
