//! Telling the caller something in the middle of a session, without disturbing the programs that run.
//!
//! On a terminal it is a line of its own; where a command runs without one it is a line on standard error. Never on standard
//! output, and never into a file transfer. What it takes of the client's window the resource is granted less of.

use std::time::{Duration, Instant};

use domain::stop::{EndReason, Stop};
use engine::Tap;
use engine::protocol::Notice;

use super::Relay;
use super::channels::{Channel, Shows, Side};
use super::data::say;
use super::lost;
use crate::link::Link;
use crate::wire::connection::STDERR;

/// The longest text of a notice, and how much may wait for a place on a terminal.
const MOST_TEXT: usize = 600;
const MOST_WAITING_TEXT: usize = 4 * MOST_TEXT;
/// How long a notice waits for output that stands in the middle of a character or an escape sequence.
const PATIENCE: Duration = Duration::from_millis(200);
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
        match notice {
            Notice::Locked(_) => {
                self.lock_text = notice.text();
                for number in self.table.numbers() {
                    self.discard_typing(number, tap)?;
                }
            }
            Notice::Unlocked => {
                self.lock_text = String::new();
                self.release(tap).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Says why nothing happens where something was started during a lock that others were told of before.
    pub(super) fn lock_channel(&mut self, number: u32, tap: &Tap) -> Result<(), Stop> {
        if self.lock_text.is_empty() || !tap.gate().is_locked() {
            return Ok(());
        }
        let text = self.lock_text.clone();
        self.tell(number, &text)?;
        self.discard_typing(number, tap)
    }

    /// Shows a line in one channel, if a person may read it there.
    pub(super) fn tell(&mut self, number: u32, text: &str) -> Result<(), Stop> {
        if let Some(channel) = self.table.get_mut(number) {
            let text = one_line(text);
            let shown = show_in(channel, &mut self.links.client, &mut self.notices_until, &text)?;
            tracing::trace!(?shown, "notice");
        }
        Ok(())
    }

    /// Lets what is typed into a terminal come and be discarded, as long as a lock is in force.
    fn discard_typing(&mut self, number: u32, tap: &Tap) -> Result<(), Stop> {
        match self.table.get_mut(number) {
            Some(channel) if channel.shows == Shows::Terminal && tap.gate().is_locked() => {
                channel.discards = true;
                self.grant(Side::Client, number, true)
            }
            _ => Ok(()),
        }
    }

    /// Shows a line wherever a person may read it.
    fn show(&mut self, text: &str) -> Result<Shown, Stop> {
        let mut shown = Shown::Nowhere;
        let text = one_line(text);
        for channel in self.table.channels() {
            if show_in(channel, &mut self.links.client, &mut self.notices_until, &text)? == Shown::Somewhere {
                shown = Shown::Somewhere;
            }
        }
        Ok(shown)
    }

    /// Shows what waits for a terminal whose output has come to a place where it may stand.
    pub(super) fn show_waiting(&mut self, number: u32) -> Result<(), Stop> {
        match self.table.get_mut(number) {
            Some(channel) if !channel.notices.is_empty() && channel.tail.is_between() => {
                show_on(channel, self.links.of_mut(Side::Client))
            }
            _ => Ok(()),
        }
    }

    /// Shows what has waited long enough: the output stopped in the middle of something.
    pub(super) fn show_late(&mut self) -> Result<(), Stop> {
        if self.notices_until.is_none_or(|until| until > Instant::now()) {
            return Ok(());
        }
        self.notices_until = None;
        for channel in self
            .table
            .channels()
            .filter(|channel| !channel.notices.is_empty())
        {
            show_on(channel, self.links.of_mut(Side::Client))?;
        }
        Ok(())
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

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect()
}

/// Shows a line in one channel, if a person may read it there.
fn show_in(
    channel: &mut Channel,
    client: &mut Link,
    until: &mut Option<Instant>,
    text: &str,
) -> Result<Shown, Stop> {
    match channel.shows {
        Shows::Terminal if channel.notices.len() < MOST_WAITING_TEXT => {
            channel.notices.push_str(&["\r\n*** ", text, " ***\r\n"].concat());
            if !channel.tail.is_between() {
                *until = Some(Instant::now() + PATIENCE);
                return Ok(Shown::Nowhere);
            }
            show_on(channel, client)?;
        }
        Shows::Stderr => {
            let line = format!("*** {text} ***\r\n");
            let end = channel.ends.of_mut(Side::Client);
            let said = say(client, end, Some(STDERR), line.as_bytes());
            said.map_err(|error| lost(Side::Client, &error))?;
        }
        Shows::Terminal | Shows::Nowhere => return Ok(Shown::Nowhere),
    }
    Ok(Shown::Somewhere)
}

fn show_on(channel: &mut Channel, client: &mut Link) -> Result<(), Stop> {
    let text = std::mem::take(&mut channel.notices);
    say(client, &mut channel.ends.client, None, text.as_bytes()).map_err(|error| lost(Side::Client, &error))
}
