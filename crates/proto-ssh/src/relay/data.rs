//! Data, windows and ends of channels: everything of a channel that has to stay in order.

use bytes::Bytes;
use domain::stop::Stop;
use engine::{Direction, Pass, Passed, Tap};

use super::channels::{Both, Channel, End, MOST_PACKET, Shows, Side, Waiting};
use super::{Relay, broken, lost};
use crate::files::Class;
use crate::link::Link;
use crate::wire::connection::{Close, Data, Eof, ExtendedData, Renumbered, STDERR, WindowAdjust};
use crate::wire::number;

/// Messages of one channel that may wait for one side.
const MOST_QUEUED_MESSAGES: usize = 4096;

impl Relay {
    /// Takes data of a side to the other one.
    pub(super) async fn data(
        &mut self,
        from: Side,
        number: u32,
        code: Option<u32>,
        bytes: Bytes,
        tap: &Tap,
    ) -> Result<(), Stop> {
        let now_us = self.now_us();
        let channel = self.channel(from, number)?;
        channel
            .ends
            .of_mut(from)
            .spend(bytes.len())
            .ok_or_else(|| broken(from, "more data than its window allows"))?;
        if channel.is_deaf(from.other()) {
            return Ok(());
        }
        if channel.strand.is_none() {
            return Err(broken(from, "data on a channel that runs nothing"));
        }
        if from == Side::Client && channel.typing.is_some() {
            return Box::pin(self.typed(number, bytes, tap)).await;
        }
        let is_output = from == Side::Target && channel.shows == Shows::Terminal;
        let mut drawn = false;
        if is_output {
            channel.tail.feed(&bytes);
            drawn = channel
                .typing
                .as_mut()
                .is_some_and(|typing| typing.output(&bytes));
        }
        let look = match code {
            None => channel.watch.look(from, &bytes, now_us),
            Some(_) => Err(Class::Meta),
        };
        let look = match look {
            Err(class) => {
                self.offer(from.other(), number, code, class, bytes, tap).await?;
                if is_output {
                    self.show_waiting(number)?;
                }
                if drawn {
                    Box::pin(self.type_on(number, tap)).await?;
                }
                return self.grant(from, number, false);
            }
            Ok(look) => look,
        };
        channel.kept_back += look.kept_back;
        for op in look.ops {
            if let Some(strand) = &mut channel.strand {
                strand.file(op).await?;
            }
        }
        for (class, piece) in look.pieces {
            self.offer(from.other(), number, code, class, piece, tap).await?;
        }
        if !look.reply.is_empty() {
            self.offer(from, number, None, Class::Meta, look.reply, tap)
                .await?;
        }
        if let Some(why) = look.is_lost {
            let text = format!(
                "the file transfer cannot be followed ({why}), and this session restricts file transfers"
            );
            return Box::pin(self.deny_channel(number, &text, tap)).await;
        }
        self.grant(from, number, false)
    }

    /// Shows bytes to the tap and sends them, or keeps them in order behind what waits.
    pub(super) async fn offer(
        &mut self,
        to: Side,
        number: u32,
        code: Option<u32>,
        class: Class,
        bytes: Bytes,
        tap: &Tap,
    ) -> Result<(), Stop> {
        let Some(channel) = self.table.get_mut(number) else {
            return Ok(());
        };
        let waits = !channel.ends.of(to).queue.is_empty();
        // What is typed during a lock is gone, also behind something that waits: asked later, the lock would be over.
        let is_typed = to == Side::Target && channel.shows == Shows::Terminal;
        if waits && !(is_typed && tap.gate().is_locked()) {
            channel
                .ends
                .of_mut(to)
                .push(Waiting::Offered { code, class, bytes });
            return Ok(());
        }
        match pass(channel, to, code, class, bytes).await? {
            Pass::On(passed) if waits => {
                let sent = 0;
                channel
                    .ends
                    .of_mut(to)
                    .push(Waiting::Passed { code, passed, sent });
                Ok(())
            }
            Pass::On(passed) => self.deliver(to, number, code, passed),
            Pass::Held(bytes) => {
                self.holds = true;
                channel
                    .ends
                    .of_mut(to)
                    .push(Waiting::Offered { code, class, bytes });
                Ok(())
            }
            Pass::Discarded(_) => Ok(()),
        }
    }

    /// Sends what has passed, as far as the window goes; the rest waits for more of it.
    fn deliver(&mut self, to: Side, number: u32, code: Option<u32>, passed: Passed) -> Result<(), Stop> {
        let Some(channel) = self.table.get_mut(number) else {
            return Ok(());
        };
        let end = channel.ends.of_mut(to);
        let sent = transmit(self.links.of_mut(to), to, end, code, &passed, 0)?;
        // One that has closed grants no more.
        if sent < passed.bytes().len() && !end.closed_in {
            end.push_front(Waiting::Passed { code, passed, sent });
        }
        Ok(())
    }

    /// Sends what waits for a side, as far as windows and locks allow.
    pub(super) async fn drain(&mut self, to: Side, number: u32, tap: &Tap) -> Result<(), Stop> {
        while let Some(channel) = self.table.get_mut(number) {
            if to == Side::Target && channel.asked {
                break;
            }
            let Some(waiting) = channel.ends.of_mut(to).pop() else {
                break;
            };
            let back = match waiting {
                Waiting::Passed { code, passed, sent } => {
                    let end = channel.ends.of_mut(to);
                    let sent = transmit(self.links.of_mut(to), to, end, code, &passed, sent)?;
                    (sent < passed.bytes().len()).then_some(Waiting::Passed { code, passed, sent })
                }
                Waiting::Offered { code, class, bytes } => match pass(channel, to, code, class, bytes).await?
                {
                    Pass::On(passed) => {
                        let end = channel.ends.of_mut(to);
                        let sent = transmit(self.links.of_mut(to), to, end, code, &passed, 0)?;
                        (sent < passed.bytes().len()).then_some(Waiting::Passed { code, passed, sent })
                    }
                    Pass::Held(bytes) => {
                        self.holds = true;
                        Some(Waiting::Offered { code, class, bytes })
                    }
                    Pass::Discarded(_) => None,
                },
                Waiting::Input(payload) if tap.gate().is_locked() => {
                    self.holds = true;
                    Some(Waiting::Input(payload))
                }
                Waiting::Message(payload) | Waiting::Input(payload) => {
                    if payload.first() == Some(&number::CHANNEL_CLOSE) {
                        return Box::pin(self.finish(to, number)).await;
                    }
                    let end = channel.ends.of_mut(to);
                    if !end.closed_out {
                        let message = Renumbered {
                            payload: &payload,
                            channel: end.number,
                        };
                        self.send(to, &message)?;
                    }
                    None
                }
            };
            if let Some(waiting) = back {
                if let Some(channel) = self.table.get_mut(number) {
                    channel.ends.of_mut(to).push_front(waiting);
                }
                break;
            }
        }
        self.grant(to.other(), number, false)
    }

    /// Offers again what a lock held.
    pub(super) async fn release(&mut self, tap: &Tap) -> Result<(), Stop> {
        if tap.gate().is_locked() {
            return Ok(());
        }
        self.holds = false;
        for channel in self.table.channels() {
            channel.discards = false;
        }
        for number in self.table.numbers() {
            self.drain(Side::Target, number, tap).await?;
            self.drain(Side::Client, number, tap).await?;
            self.type_on(number, tap).await?;
        }
        for (side, payload) in std::mem::take(&mut self.held) {
            self.message(side, &payload, tap).await?;
        }
        Ok(())
    }

    pub(super) async fn window_adjust(
        &mut self,
        from: Side,
        adjust: WindowAdjust,
        tap: &Tap,
    ) -> Result<(), Stop> {
        let channel = self.channel(from, adjust.channel)?;
        let end = channel.ends.of_mut(from);
        end.window = (end.window + u64::from(adjust.bytes)).min(u32::MAX.into());
        if !end.queue.is_empty() {
            Box::pin(self.drain(from, adjust.channel, tap)).await?;
        }
        self.grant(from.other(), adjust.channel, true)
    }

    /// Grants a sender what the receiver can take.
    pub(super) fn grant(&mut self, sender: Side, number: u32, pressed: bool) -> Result<(), Stop> {
        let Some(channel) = self.table.get_mut(number) else {
            return Ok(());
        };
        let Some(bytes) = channel.grant(sender, pressed) else {
            return Ok(());
        };
        let channel = channel.ends.of(sender).number;
        self.send(sender, &WindowAdjust { channel, bytes })
    }

    /// Passes a message of a channel on with nothing changed but the number, behind what waits.
    pub(super) fn in_order(&mut self, from: Side, number: u32, payload: &Bytes) -> Result<(), Stop> {
        let to = from.other();
        let channel = self.channel(from, number)?;
        if channel.is_deaf(to) {
            return Ok(());
        }
        let end = channel.ends.of_mut(to);
        if end.queue.is_empty() {
            let message = Renumbered {
                payload,
                channel: end.number,
            };
            return self.send(to, &message);
        }
        // A copy: the payload keeps a whole read buffer alive.
        self.wait_in_order(from, number, Waiting::Message(Bytes::copy_from_slice(payload)))
    }

    /// Passes on what starts, signals or ends something at the resource, behind what waits; a lock holds it.
    pub(super) fn input_in_order(&mut self, number: u32, payload: &Bytes, tap: &Tap) -> Result<(), Stop> {
        if !tap.gate().is_locked() {
            return self.in_order(Side::Client, number, payload);
        }
        if self.channel(Side::Client, number)?.is_deaf(Side::Target) {
            return Ok(());
        }
        self.holds = true;
        self.wait_in_order(
            Side::Client,
            number,
            Waiting::Input(Bytes::copy_from_slice(payload)),
        )
    }

    /// Puts a message of a channel behind what waits.
    pub(super) fn wait_in_order(&mut self, from: Side, number: u32, waiting: Waiting) -> Result<(), Stop> {
        let end = self.channel(from, number)?.ends.of_mut(from.other());
        if end.queue.len() >= MOST_QUEUED_MESSAGES {
            return Err(broken(from, "too many messages while the channel is held"));
        }
        end.push(waiting);
        Ok(())
    }

    /// Passes the end of one side's data on; like all input, that of the client waits while the session is locked.
    pub(super) fn end_of_data(
        &mut self,
        from: Side,
        number: u32,
        payload: &Bytes,
        tap: &Tap,
    ) -> Result<(), Stop> {
        if from == Side::Target {
            return self.in_order(from, number, payload);
        }
        let typing = self.channel(from, number)?.typing.as_mut();
        if typing.is_some_and(|typing| typing.keep_behind(payload)) {
            return Ok(());
        }
        self.input_in_order(number, payload, tap)
    }

    pub(super) async fn channel_close(
        &mut self,
        from: Side,
        number: u32,
        payload: &Bytes,
    ) -> Result<(), Stop> {
        let to = from.other();
        self.forget_review(number);
        let channel = self.channel(from, number)?;
        channel.ends.of_mut(from).closed_in = true;
        channel.ends.of_mut(from).clear();
        let end = channel.ends.of_mut(to);
        // A client that closes wants nothing of what a lock still holds. What the resource has said is given to the client, unless
        // that has closed too: it grants no more.
        if from == Side::Client || end.closed_in {
            end.clear();
        }
        if end.queue.is_empty() {
            return Box::pin(self.finish(to, number)).await;
        }
        end.push(Waiting::Message(Bytes::copy_from_slice(payload)));
        Ok(())
    }

    /// Passes a close on to a side; the resource's ends the strand.
    async fn finish(&mut self, to: Side, number: u32) -> Result<(), Stop> {
        let now_us = self.now_us();
        let Some(channel) = self.table.get_mut(number) else {
            return Ok(());
        };
        let end = channel.ends.of_mut(to);
        let close = (!end.closed_out).then_some(Close { channel: end.number });
        end.closed_out = true;
        let is_over = channel.is_over();
        if to == Side::Client || is_over {
            end_strand(channel, now_us).await?;
        }
        if is_over {
            self.table.remove(number);
        }
        match close {
            Some(close) => self.send(to, &close),
            None => Ok(()),
        }
    }

    /// Ends a channel from here on both sides, saying why on the client's error stream.
    pub(super) async fn deny_channel(&mut self, number: u32, text: &str, tap: &Tap) -> Result<(), Stop> {
        let now_us = self.now_us();
        let Some(channel) = self.table.get_mut(number) else {
            return Ok(());
        };
        for side in [Side::Client, Side::Target] {
            channel.ends.of_mut(side).clear();
        }
        text.clone_into(&mut channel.outcome.error);
        end_strand(channel, now_us).await?;
        let line = format!("doorward: {text}\r\n");
        let Both { client, target } = &mut channel.ends;
        if !client.closed_out {
            last_line(self.links.of_mut(Side::Client), client, &line)
                .map_err(|error| lost(Side::Client, &error))?;
        }
        let close = (!target.closed_out).then_some(Close {
            channel: target.number,
        });
        target.closed_out = true;
        if let Some(close) = close {
            self.send(Side::Target, &close)?;
        }
        tap.note(serde_json::json!({"event": "refused", "text": text}))
            .await
    }

    /// Finds the channel that a peer speaks of.
    pub(super) fn channel(&mut self, from: Side, number: u32) -> Result<&mut Channel, Stop> {
        let channel = self
            .table
            .get_mut(number)
            .filter(|channel| channel.open && !channel.ends.of(from).closed_in);
        channel.ok_or_else(|| broken(from, "a message for a channel that is not open"))
    }
}

/// Shows bytes to the strand of a channel.
async fn pass(
    channel: &mut Channel,
    to: Side,
    code: Option<u32>,
    class: Class,
    bytes: Bytes,
) -> Result<Pass, Stop> {
    let Some(strand) = &mut channel.strand else {
        return Ok(Pass::Discarded(bytes.len()));
    };
    let direction = match (to, code) {
        (Side::Target, _) => Direction::ToTarget,
        (Side::Client, None) => Direction::FromTarget,
        (Side::Client, Some(_)) => Direction::FromTargetErr,
    };
    match class {
        Class::Meta => strand.pass(direction, bytes).await,
        Class::Bulk => strand.carry(direction, bytes).await,
    }
}

/// Sends what has passed from `start`, in messages that the peer takes, as far as its window goes. Gives where it stopped.
fn transmit(
    link: &mut Link,
    to: Side,
    end: &mut End,
    code: Option<u32>,
    passed: &Passed,
    start: usize,
) -> Result<usize, Stop> {
    let mut at = start;
    while let Some(rest) = passed.bytes().get(at..).filter(|rest| !rest.is_empty()) {
        let most = usize::try_from(end.window)
            .unwrap_or(usize::MAX)
            .min(end.max_packet.min(MOST_PACKET) as usize);
        let piece = rest.get(..most).unwrap_or(rest);
        if piece.is_empty() {
            break;
        }
        let sent = match code {
            None => link.send(&Data {
                channel: end.number,
                data: piece,
            }),
            Some(code) => link.send(&ExtendedData {
                channel: end.number,
                code,
                data: piece,
            }),
        };
        sent.map_err(|error| lost(to, &error))?;
        end.window -= piece.len() as u64;
        at += piece.len();
    }
    Ok(at)
}

/// Says something of our own on a channel if the window has room for all of it. What it takes of the window, the sender across is
/// granted less of.
pub(super) fn say(
    link: &mut Link,
    end: &mut End,
    code: Option<u32>,
    text: &[u8],
) -> Result<(), crate::link::LinkError> {
    if end.closed_out
        || end.closed_in
        || end.window < text.len() as u64
        || (end.max_packet as usize) < text.len()
    {
        return Ok(());
    }
    end.window -= text.len() as u64;
    match code {
        None => link.send(&Data {
            channel: end.number,
            data: text,
        }),
        Some(code) => link.send(&ExtendedData {
            channel: end.number,
            code,
            data: text,
        }),
    }
}

/// Says something to the user on standard error and closes the channel as a command that failed.
fn last_line(link: &mut Link, end: &mut End, text: &str) -> Result<(), crate::link::LinkError> {
    say(link, end, Some(STDERR), text.as_bytes())?;
    link.send(&super::requests::exit_status(end.number, 1))?;
    link.send(&Eof { channel: end.number })?;
    link.send(&Close { channel: end.number })?;
    end.closed_out = true;
    Ok(())
}

/// Ends the strand of a channel, with the last lines of its file log.
pub(super) async fn end_strand(channel: &mut Channel, now_us: u64) -> Result<(), Stop> {
    let Some(mut strand) = channel.strand.take() else {
        return Ok(());
    };
    let outcome = std::mem::take(&mut channel.outcome);
    for line in channel.watch.end(&outcome, now_us) {
        strand.file(line).await?;
    }
    channel.watch = super::watch::Watch::Nothing;
    strand.close(outcome).await
}
