//! What is typed into a terminal under rules on commands: an Enter goes on when the line that it would send can be read and may be sent.
//!
//! The line is that of the screen, whatever editing, history or completion made it, and what was typed, so that nothing passes that was
//! typed faster than it was shown. Where both are known, both are judged.

use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes, BytesMut};
use domain::{command::CommandRule, stop::Stop};
use engine::{Tap, ToHold};
use screen::{CommandExtractor, CommandLimits, Draft, TerminalEvent};
use serde_json::json;

use super::Relay;
use super::channels::{Pty, Side};
use super::reviews::INTERRUPT;
use crate::commands::{Judgement, judged, read, read_anywhere};
use crate::files::Class;

/// How long the screen is still before a line that was edited is taken for drawn.
const QUIET: Duration = Duration::from_millis(40);
/// How long an echo is waited for; behind a question for a secret none is expected.
const ECHO: Duration = Duration::from_secs(2);
const SECRET: Duration = Duration::from_millis(500);

/// Stands for a line that the user did not see either.
const UNSEEN: &str = "(typed where nothing is echoed: not shown)";

/// A terminal whose lines are judged before they are sent.
pub(super) struct Typing {
    screen: CommandExtractor,
    started: Instant,
    state: State,
    /// Keys that wait. Unless the state is open, the first is the Enter that is looked at.
    kept: BytesMut,
    /// Messages that came behind them.
    behind: Vec<Bytes>,
    /// When keys went on, and when the resource said something after that.
    typed_at: Option<Instant>,
    answered_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Keys go on.
    Open,
    /// The line is not drawn yet; it is looked at again then.
    Settling(Instant),
    /// Reviewers are asked.
    Asked,
    /// They have agreed.
    Approved,
}

/// What is done next with the keys that are kept.
enum Next {
    Pass(Bytes),
    /// The line is not sent; this key gives it up.
    Refuse(String, Bytes),
    Hold(ToHold),
    Wait,
    /// None are kept; these messages came behind them.
    Done(Vec<Bytes>),
}

impl std::fmt::Debug for Typing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typing")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Typing {
    pub(super) fn new(pty: &Pty) -> Self {
        let size = |of: u32, usual: u16| u16::try_from(of).ok().filter(|of| *of > 0).unwrap_or(usual);
        let limits = CommandLimits { output_bytes: 0 };
        Self {
            screen: CommandExtractor::new(size(pty.columns, 80), size(pty.rows, 24), limits),
            started: Instant::now(),
            state: State::Open,
            kept: BytesMut::new(),
            behind: Vec::new(),
            typed_at: None,
            answered_at: None,
        }
    }

    /// Takes what the terminal is sent; tells whether a line may be drawn now that was not.
    pub(super) fn output(&mut self, bytes: &[u8]) -> bool {
        self.show(TerminalEvent::Output(bytes));
        self.answered_at = Some(Instant::now());
        matches!(self.state, State::Settling(_))
    }

    pub(super) fn resize(&mut self, columns: u32, rows: u32) {
        if let (Ok(cols @ 1..), Ok(rows @ 1..)) = (u16::try_from(columns), u16::try_from(rows)) {
            self.show(TerminalEvent::Resize { cols, rows });
        }
    }

    /// Tells whether keys are kept, so that what comes behind them has to wait: it is kept as well.
    pub(super) fn keep_behind(&mut self, payload: &Bytes) -> bool {
        let waits = !self.kept.is_empty();
        if waits {
            self.behind.push(Bytes::copy_from_slice(payload));
        }
        waits
    }

    /// Says when a line that is not drawn yet is looked at again.
    fn settles_at(&self) -> Option<Instant> {
        match self.state {
            State::Settling(until) => Some(until),
            _ => None,
        }
    }

    pub(super) fn is_asked(&self) -> bool {
        self.state == State::Asked
    }

    pub(super) fn approve(&mut self) {
        self.state = State::Approved;
    }

    /// Gives up the line that waits; gives the key that does so at the resource.
    pub(super) fn give_up(&mut self) -> Bytes {
        let enter = self.kept.len().min(1);
        self.kept.advance(enter);
        self.state = State::Open;
        let at_prompt = self.screen.draft().is_some_and(|draft| draft.at_prompt);
        // Ctrl-C leaves an empty prompt of any shell. A program that reads lines it would end: there Ctrl-U clears the line.
        let key: &'static [u8] = if at_prompt { &[INTERRUPT] } else { b"\x15" };
        self.passed(key);
        Bytes::from_static(key)
    }

    fn show(&mut self, event: TerminalEvent<'_>) {
        let at_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        // What it finds is found by the indexer as well.
        drop(self.screen.push(at_us, event));
    }

    fn passed(&mut self, keys: &[u8]) {
        self.show(TerminalEvent::Input(keys));
        (self.typed_at, self.answered_at) = (Some(Instant::now()), None);
    }

    fn take(&mut self, count: usize) -> Next {
        let keys = self.kept.split_to(count).freeze();
        self.passed(&keys);
        Next::Pass(keys)
    }

    fn next(&mut self, rules: &[CommandRule], now: Instant) -> Next {
        match self.state {
            State::Asked => return Next::Wait,
            State::Approved => {
                self.state = State::Open;
                return self.take(self.kept.len().min(1));
            }
            State::Open | State::Settling(_) => self.state = State::Open,
        }
        if self.kept.is_empty() {
            return Next::Done(std::mem::take(&mut self.behind));
        }
        match self.screen.line_end(&self.kept) {
            None => self.take(self.kept.len()),
            Some(0) => self.enter(rules, now),
            Some(before) => self.take(before),
        }
    }

    /// Looks at the line that the first of the keys would send.
    fn enter(&mut self, rules: &[CommandRule], now: Instant) -> Next {
        let Some(draft) = self.screen.draft() else {
            return self.take(1);
        };
        let until = self.drawn_at(&draft);
        if until > now {
            self.state = State::Settling(until);
            return Next::Wait;
        }
        if draft.is_secret() {
            return self.take(1);
        }
        match judge(rules, &draft) {
            None => self.take(1),
            Some(Judgement::Refuse(text)) => Next::Refuse(text, self.give_up()),
            Some(Judgement::Hold(to_hold)) => {
                self.state = State::Asked;
                Next::Hold(to_hold)
            }
        }
    }

    /// Says when a line can be taken for drawn.
    fn drawn_at(&self, draft: &Draft) -> Instant {
        let Some(typed_at) = self.typed_at else {
            return self.started;
        };
        match self.answered_at {
            Some(at) if draft.typed.is_some() && draft.is_echoed() => at,
            Some(at) if draft.is_echoed() => (at + QUIET).min(typed_at + ECHO),
            _ if draft.is_secret() => typed_at + SECRET,
            _ => typed_at + ECHO,
        }
    }
}

/// Judges a line.
fn judge(rules: &[CommandRule], draft: &Draft) -> Option<Judgement> {
    let typed = draft.typed.as_deref().unwrap_or_default();
    let mut facts = if draft.is_redrawn {
        read_anywhere(&draft.shown)
    } else {
        read(&draft.shown)
    };
    facts.commands.extend(read(typed).commands);
    let line = match (draft.is_echoed(), draft.shown.is_empty()) {
        (false, _) => UNSEEN,
        (true, true) => typed,
        (true, false) => &draft.shown,
    };
    judged(rules, &facts, line)
}

impl Relay {
    /// Takes keys of a terminal whose lines are judged.
    pub(super) async fn typed(&mut self, number: u32, mut bytes: Bytes, tap: &Tap) -> Result<(), Stop> {
        let Some(channel) = self.table.get_mut(number) else {
            return Ok(());
        };
        let (started, interrupt) = (!channel.asked, bytes.iter().position(|byte| *byte == INTERRUPT));
        let Some(typing) = &mut channel.typing else {
            return Ok(());
        };
        if !started && interrupt.is_some() {
            return self.take_back(number, tap).await;
        }
        if tap.gate().is_locked() && started {
            // It is gone, like all that is typed during a lock.
            if matches!(typing.state, State::Settling(_)) {
                typing.kept.clear();
            }
            self.offer(Side::Target, number, None, Class::Meta, bytes, tap)
                .await?;
            return self.grant(Side::Client, number, false);
        }
        if let Some(at) = interrupt.filter(|_| !typing.kept.is_empty()) {
            typing.kept.clear();
            let asked = typing.is_asked();
            typing.state = State::Open;
            bytes.advance(at);
            if asked {
                self.forget_review(number);
                self.tell(number, "you have taken the command back")?;
            }
        }
        if let Some(channel) = self.table.get_mut(number)
            && let Some(typing) = &mut channel.typing
        {
            typing.kept.extend_from_slice(&bytes);
            channel.kept_back = i64::try_from(typing.kept.len()).unwrap_or(i64::MAX);
        }
        self.type_on(number, tap).await
    }

    /// Goes on with the keys that are kept, as far as they may go.
    pub(super) async fn type_on(&mut self, number: u32, tap: &Tap) -> Result<(), Stop> {
        while let Some(channel) = self.table.get_mut(number).filter(|channel| !channel.asked) {
            let Some(typing) = &mut channel.typing else { break };
            if typing.state == State::Approved && tap.gate().is_locked() {
                self.holds = true;
                break;
            }
            let next = typing.next(&tap.grant().profile.commands, Instant::now());
            self.settles |= matches!(typing.state, State::Settling(_));
            channel.kept_back = i64::try_from(typing.kept.len()).unwrap_or(i64::MAX);
            match next {
                Next::Pass(keys) => {
                    self.offer(Side::Target, number, None, Class::Meta, keys, tap)
                        .await?;
                }
                Next::Refuse(text, key) => self.refuse_line(number, &text, key, tap).await?,
                Next::Hold(to_hold) => return self.ask(number, to_hold, tap).await,
                Next::Wait => break,
                Next::Done(behind) => {
                    for payload in behind {
                        self.input_in_order(number, &payload, tap)?;
                    }
                    break;
                }
            }
        }
        self.grant(Side::Client, number, false)
    }

    /// Says why a line is not sent, and clears it.
    pub(super) async fn refuse_line(
        &mut self,
        number: u32,
        text: &str,
        key: Bytes,
        tap: &Tap,
    ) -> Result<(), Stop> {
        self.tell(number, text)?;
        tap.note(json!({"event": "refused", "text": text})).await?;
        self.offer(Side::Target, number, None, Class::Meta, key, tap)
            .await
    }

    /// Says when a line that is not drawn yet is looked at again.
    pub(super) fn settles_at(&mut self) -> Option<Instant> {
        if !self.settles {
            return None;
        }
        let lines = self.table.channels();
        let first = lines
            .filter_map(|channel| channel.typing.as_ref()?.settles_at())
            .min();
        self.settles = first.is_some();
        first
    }

    /// Looks again at lines that were not drawn.
    pub(super) async fn type_late(&mut self, tap: &Tap) -> Result<(), Stop> {
        if self.settles {
            for number in self.table.numbers() {
                self.type_on(number, tap).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
