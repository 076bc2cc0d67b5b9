//! `doorward sessions watch`: the terminal of a running session on this terminal.

use std::io::IsTerminal;

use clap::Args;
use futures_util::StreamExt;
use reqwest::Method;
use screen::Terminal;

use super::{
    play::{Line, lines, offset, write},
    show::Which,
};
use crate::client::{ClientArgs, Failure};

/// The exit code of what Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

/// Undoes what programs may have asked of a terminal: colours, the alternate screen, a hidden cursor, margins, mouse and paste
/// reports; the cursor goes to the last row.
const LEAVE: &str = "\x1b[0m\x1b(B\x1b[?1047l\x1b[?1l\x1b>\x1b[?6l\x1b[?7h\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\
                     \x1b[?2004l\x1b[r\x1b[999;1H\r\n";

/// Follows a running session on this terminal, from its screen as it is now; Ctrl-C leaves it, and never ends the session
#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    which: Which,
    /// Show everything from the beginning first, at once
    #[arg(long, conflicts_with = "since")]
    from_start: bool,
    /// Show what happened from this moment on first, such as 1m23s
    #[arg(long)]
    since: Option<String>,
}

impl Watch {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let query = if self.from_start || self.since.is_some() {
            ("since_ms", offset(self.since.as_deref())?.to_string())
        } else {
            ("from", "now".to_owned())
        };
        let mut window = Window::new(query.0 == "from");
        let path = format!("{}/stream", self.which.path());
        let query = [(query.0.to_owned(), query.1)];
        let response = client.send(Method::GET, &path, &query, None).await?;
        let mut lines = std::pin::pin!(lines(response));
        let code = loop {
            let line = tokio::select! {
                line = lines.next() => line,
                left = tokio::signal::ctrl_c() => {
                    left?;
                    break INTERRUPTED;
                }
            };
            match line {
                Some(line) => window.show(&line?.1, client)?,
                None => break 0,
            }
        };
        window.leave()?;
        if code == 0 {
            client.remark("(the session has ended)");
        }
        Ok(code)
    }
}

/// Where the session is shown.
struct Window {
    /// It is a terminal, and not a pipe or a file.
    terminal: bool,
    /// The next output is the present screen as a whole.
    begins: bool,
    size: (u16, u16),
}

impl Window {
    fn new(begins: bool) -> Self {
        Self {
            terminal: std::io::stdout().is_terminal(),
            begins,
            size: (0, 0),
        }
    }

    fn show(&mut self, line: &Line, client: &ClientArgs) -> Result<(), Failure> {
        match line.code.as_str() {
            "r" => {
                let size = line
                    .data
                    .split_once('x')
                    .map(|(cols, rows)| (cols.parse(), rows.parse()));
                if let Some((Ok(cols), Ok(rows))) = size {
                    self.size = (cols, rows);
                }
                Ok(())
            }
            "o" if std::mem::take(&mut self.begins) => self.begin(&line.data, client),
            "o" => write(&line.data),
            _ => Ok(()),
        }
    }

    /// Shows the present screen: drawn on a terminal, as text elsewhere.
    fn begin(&self, drawing: &str, client: &ClientArgs) -> Result<(), Failure> {
        let (cols, rows) = self.size;
        if !self.terminal {
            return write(&as_text(&Terminal::restore(cols, rows, drawing)));
        }
        let own = rustix::termios::tcgetwinsize(std::io::stdout());
        if own.is_ok_and(|own| own.ws_col < cols || own.ws_row < rows) {
            client.remark(&format!(
                "the session's terminal has {cols} columns and {rows} rows, more than this one: rows will break"
            ));
        }
        write(&format!("\x1b[0m\x1b[H\x1b[2J{drawing}"))
    }

    fn leave(&self) -> Result<(), Failure> {
        write(if self.terminal { LEAVE } else { "" })
    }
}

/// Gives the text of a screen up to the cursor, so that what is said next goes on in the same line.
fn as_text(terminal: &Terminal) -> String {
    let (cursor, lines) = (terminal.cursor(), terminal.lines());
    let text = terminal.text();
    let below = text.lines().count() > cursor.row + 1;
    if below {
        return text + "\n";
    }
    let before = lines.iter().take(cursor.row).map(|line| format!("{line}\n"));
    let last = lines.get(cursor.row).cloned().unwrap_or_default();
    before.collect::<String>() + &format!("{last:<width$}", width = cursor.col)
}
