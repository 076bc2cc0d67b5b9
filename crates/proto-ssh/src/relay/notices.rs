//! Telling the caller something in the middle of a session, without disturbing the programs that run.
//!
//! On a terminal it is a line of its own; where a command runs without one it is a line on standard error. Never on standard
//! output, and never into a file transfer. What it takes of the client's window the resource is granted less of.

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

impl Relay {
    pub(super) async fn notice(&mut self, notice: &Notice, tap: &Tap) -> Result<(), Stop> {
        self.show(&notice.text())?;
        if matches!(notice, Notice::Unlocked) {
            self.release(tap).await?;
        }
        Ok(())
    }

    /// Shows a line wherever a person may read it.
    fn show(&mut self, text: &str) -> Result<(), Stop> {
        let text: String = text.chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect();
        for channel in self.table.channels() {
            let link = self.links.of_mut(Side::Client);
            let end = channel.ends.of_mut(Side::Client);
            let said = match channel.shows {
                Shows::Terminal => say(link, end, None, format!("\r\n*** {text} ***\r\n").as_bytes()),
                Shows::Stderr => say(link, end, Some(STDERR), format!("*** {text} ***\r\n").as_bytes()),
                Shows::Nowhere => Ok(()),
            };
            said.map_err(|error| lost(Side::Client, &error))?;
        }
        Ok(())
    }

    /// Says on open terminals why it ends.
    pub(super) fn last_words(&mut self, stop: &Stop) {
        if matches!(stop.reason, EndReason::UserDisconnect) || self.links.client.transport.is_rekeying() {
            return;
        }
        if let Err(stop) = self.show(&stop.to_caller()) {
            tracing::trace!(%stop, "last words");
        }
    }
}
