//! Answers: read in passing, never held back; our own answers slip in between them.

use super::super::{Class, Scan};
use super::wire::{self, Answer, Head};
use super::{Body, Fate, Greeted, SftpFault, SftpObserver};

impl SftpObserver {
    pub(super) fn scan_target(&mut self, chunk: &[u8], now_us: u64, scan: &mut Scan) {
        let mut at = 0;
        while let Some(rest) = chunk.get(at..).filter(|rest| !rest.is_empty()) {
            if self.fault.is_some() {
                return scan.pass(at..chunk.len(), Class::Meta);
            }
            at += if let Some((body, take)) = self.target.advance(rest.len()) {
                if let Some((handle, offset)) = body.content {
                    self.ledger
                        .read(handle, offset, rest.get(..take).unwrap_or_default());
                }
                scan.pass(at..at + take, body.class);
                take
            } else {
                let take = self.head_of_target(rest, now_us, scan);
                scan.pass(at..at + take, Class::Meta);
                take
            };
            if !self.replies.is_empty() && self.target.between_packets() && self.greeted == Greeted::Answered
            {
                scan.insert(std::mem::take(&mut self.replies).into());
            }
        }
    }

    /// Reads the head of a packet, straight from the chunk where it is whole; returns how much of the chunk it took.
    fn head_of_target(&mut self, rest: &[u8], now_us: u64, scan: &mut Scan) -> usize {
        if self.target.head.is_empty() {
            match wire::answer(rest) {
                Ok(Head::Ready {
                    id,
                    head,
                    rest: left,
                    what,
                }) => {
                    self.answered(id, &what, left, now_us, scan);
                    return head;
                }
                Ok(Head::Needs(_)) => {}
                Err(fault) => {
                    self.fault = Some(fault);
                    return 0;
                }
            }
        }
        let mut seen = std::mem::take(&mut self.target.head);
        let mut taken = 0;
        loop {
            match wire::answer(&seen) {
                Ok(Head::Needs(needs)) => {
                    let want = needs.saturating_sub(seen.len()).max(1);
                    let more = rest.get(taken..rest.len().min(taken + want)).unwrap_or_default();
                    if more.is_empty() {
                        self.target.head = seen;
                        return taken;
                    }
                    seen.extend_from_slice(more);
                    taken += more.len();
                }
                Ok(Head::Ready {
                    id, rest: left, what, ..
                }) => {
                    self.answered(id, &what, left, now_us, scan);
                    return taken;
                }
                Err(fault) => {
                    self.fault = Some(fault);
                    return taken;
                }
            }
        }
    }

    fn answered(&mut self, id: u32, answer: &Answer<'_>, left: usize, now_us: u64, scan: &mut Scan) {
        let mut content = None;
        match (answer, self.greeted) {
            // The id of VERSION is the version.
            (Answer::Version, Greeted::Asked) if id > 3 => self.fault = Some(SftpFault::Version(id)),
            (Answer::Version, Greeted::Asked) => self.greeted = Greeted::Answered,
            (Answer::Version, _) | (_, Greeted::No | Greeted::Asked) => {
                self.fault = Some(SftpFault::Greeting);
            }
            (answer, Greeted::Answered) => {
                content = self.ledger.answer(id, answer, now_us, &mut |op| scan.op(op));
            }
        }
        let class = if content.is_some() {
            Class::Bulk
        } else {
            Class::Meta
        };
        self.target.enter(Body {
            left,
            fate: Fate::Pass,
            content,
            class,
        });
    }
}
