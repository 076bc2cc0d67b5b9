//! Telling the caller something in the middle of a session, without disturbing the programs that run.
//!
//! On a terminal it is a line of its own; where a command runs without one it is a line on standard error. Never on standard
//! output, and never into a file transfer. What it takes of the client's window the resource is granted less of.

use std::time::Duration;

use domain::stop::{EndReason, Stop};
use engine::protocol::Notice;
use engine::Tap;

use super::Relay;
use super::channels::{Shows, Side};
use super::data::say;
use super::lost;
use crate::wire::connection::STDERR;

/// The longest text of a notice.
const MOST_TEXT: usize = 600;
/// How long last words may take to be written, and how long the client has to show them.
const LAST_WORDS: Duration = Duration::from_millis(150);
const LAST_LOOK: Duration = Duration::from_millis(50);

/// Whether a notice was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Somewhere,
    Nowhere,
}

impl Relay {
    pub(super) async fn notice(&mut self, notice: &Notice, tap: &Tap) -> Result<(), Stop> {
        let shown = self.show(&notice.text())?;
        tracing::trace!(?shown, "notice");
        if matches!(notice, Notice::Unlocked) {
            self.release(tap).await?;
        }
        Ok(())
    }

    /// Shows a line wherever a person may read it.
    fn show(&mut self, text: &str) -> Result<Shown, Stop> {
        let mut shown = Shown::Nowhere;
        let text: String = text.chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect();
        for channel in self.table.channels() {
            let link = self.links.of_mut(Side::Client);
            let end = channel.ends.of_mut(Side::Client);
            let said = match channel.shows {
                Shows::Terminal => say(link, end, None, format!("\r\n*** {text} ***\r\n").as_bytes()),
                Shows::Stderr => say(link, end, Some(STDERR), format!("*** {text} ***\r\n").as_bytes()),
                Shows::Nowhere => continue,
            };
            shown = Shown::Somewhere;
            said.map_err(|error| lost(Side::Client, &error))?;
        }
        Ok(shown)
    }

    /// Says on open channels why it ends.
    ///
    /// Clients leave at once when they are told that the connection is over, with what they have not shown yet. So the goodbye comes
    /// a moment later.
    pub(super) async fn last_words(&mut self, stop: &Stop) {
        if matches!(stop.reason, EndReason::UserDisconnect) || self.links.client.transport.is_rekeying() {
            return;
        }
        if matches!(self.show(&stop.to_caller()), Ok(Shown::Somewhere)) {
            let written = tokio::time::timeout(LAST_WORDS, self.links.client.flush()).await;
            if matches!(written, Ok(Ok(()))) {
                tokio::time::sleep(LAST_LOOK).await;
            }
        }
    }
}
