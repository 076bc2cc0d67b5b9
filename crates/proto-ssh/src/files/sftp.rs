//! Watches an SFTP channel.
//!
//! Both directions are cut into packets without buffering them. Of a request the head is held back until it can be
//! judged, so that a refused one never reaches the target in part; the content of WRITE and DATA packets streams through
//! the hash. INIT is rewritten to version 3, the one that is understood here and that every client speaks.

mod caller;
mod handle;
mod ledger;
mod target;
mod wire;

use super::{Class, FileRules, Hashing, Scan};
use ledger::{Ledger, Serial};

/// Watches one SFTP channel: `subsystem sftp`, or an `exec` that [`super::recognise`] calls SFTP.
///
/// Show it every chunk of both directions in the order in which they pass, do what the [`Scan`] says, and call
/// [`SftpObserver::end`] when the channel closes. Memory: at most 16 KiB of request head, 8 MiB of requests in flight and
/// open handles, and 2 MiB of content that waits for its turn in the hash; next to nothing for usual clients.
pub struct SftpObserver {
    rules: FileRules,
    ledger: Ledger,
    caller: Stream,
    target: Stream,
    /// Whether INIT passed, and VERSION came back.
    greeted: Greeted,
    /// Answers of ours that wait for the end of the target's packet.
    replies: Vec<u8>,
    fault: Option<SftpFault>,
}

/// Why a channel could not be read as SFTP any further.
///
/// From then on the bytes pass unread, all as [`Class::Meta`], if the rules allow everything; if the rules refuse anything
/// the bytes of the caller are dropped, and the relay should close the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SftpFault {
    /// A length field that no packet has. Often the target's login scripts print text.
    #[error("packet length {0} is not one of sftp")]
    Length(u32),
    /// The first packet was not INIT or VERSION, or a later one was.
    #[error("the greeting is out of place")]
    Greeting,
    /// The target answered with a version above the one it was asked for.
    #[error("the target speaks sftp version {0} although it was asked for 3")]
    Version(u32),
    /// So many requests were refused while the target was in the middle of a packet that the answers have no room.
    #[error("too many refused requests wait for their answers")]
    Replies,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Greeted {
    No,
    Asked,
    Answered,
}

/// Where one direction stands.
struct Stream {
    /// The head of a packet that came in pieces.
    head: Vec<u8>,
    body: Option<Body>,
}

/// The part of a packet behind its head.
#[derive(Clone, Copy)]
struct Body {
    left: usize,
    fate: Fate,
    /// File content, and where the next byte of it belongs.
    content: Option<(Serial, u64)>,
    class: Class,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Pass,
    Refuse,
}

impl SftpObserver {
    /// Starts with the first byte of the channel.
    pub fn new(rules: FileRules, hashing: Hashing) -> Self {
        Self {
            rules,
            ledger: Ledger::new(hashing),
            caller: Stream::new(),
            target: Stream::new(),
            greeted: Greeted::No,
            replies: Vec::new(),
            fault: None,
        }
    }

    /// Looks at bytes from the caller; `now_us` is the session's clock.
    pub fn from_caller(&mut self, chunk: &[u8], now_us: u64, scan: &mut Scan) {
        scan.clear();
        self.scan_caller(chunk, now_us, scan);
    }

    /// Looks at bytes from the target; `now_us` is the session's clock.
    pub fn from_target(&mut self, chunk: &[u8], now_us: u64, scan: &mut Scan) {
        scan.clear();
        self.scan_target(chunk, now_us, scan);
    }

    /// Ends the channel: whatever is open or unanswered is logged as unfinished.
    pub fn end(&mut self, now_us: u64, scan: &mut Scan) {
        scan.clear();
        self.ledger.end(now_us, &mut |op| scan.op(op));
    }

    /// Says why the channel is not followed any further, if so.
    pub fn fault(&self) -> Option<SftpFault> {
        self.fault
    }
}

impl Stream {
    fn new() -> Self {
        Self {
            head: Vec::new(),
            body: None,
        }
    }

    /// Whether the next byte starts a packet.
    fn between_packets(&self) -> bool {
        self.body.is_none() && self.head.is_empty()
    }

    fn enter(&mut self, body: Body) {
        self.body = (body.left > 0).then_some(body);
    }

    /// Takes as much of the body as `rest` has; `None` between packets.
    fn advance(&mut self, rest: usize) -> Option<(Body, usize)> {
        let mut body = self.body?;
        let part = body;
        let take = body.left.min(rest);
        body.left -= take;
        if let Some((_, offset)) = &mut body.content {
            *offset = offset.saturating_add(take as u64);
        }
        self.enter(body);
        Some((part, take))
    }
}
