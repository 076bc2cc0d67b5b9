//! Global requests: forwards that the resource listens for, keep-alives, host keys.

use bytes::Bytes;
use domain::object::Capability;
use domain::stop::Stop;
use engine::Tap;
use serde_json::json;

use super::channels::Side;
use super::forwards::address;
use super::{Relay, broken, malformed};
use crate::wire::connection::{GlobalRequest, Message, Wish};
use crate::wire::number;

/// Global requests of one side that may wait for their answers.
const MOST_OWED: usize = 256;

/// An answer that is owed for a global request.
#[derive(Debug)]
pub(super) enum GlobalOwed {
    /// The peer across will give it.
    Peer,
    /// The peer across will give it; this is the forward that then stands.
    Listen(String),
    /// It was refused here; the refusal waits for its turn.
    Failure,
}

/// What is done with a global request.
enum Judgement {
    Pass,
    Listen(String),
    /// It ends here, without a note: the peer only tries what we do not do.
    Drop,
    Refuse(String),
}

impl Relay {
    pub(super) async fn global_request(
        &mut self,
        from: Side,
        request: &GlobalRequest<'_>,
        payload: &Bytes,
        tap: &Tap,
    ) -> Result<(), Stop> {
        let wish = request.wish().map_err(|error| malformed(from, error))?;
        let judgement = judge(from, &wish, tap);
        let starts = matches!(judgement, Judgement::Listen(_)) && tap.gate().is_locked();
        // Answers keep the order of the requests: who wants one waits behind what is held.
        if starts || (request.want_reply && self.holds_requests(from)) {
            self.hold(from, payload)
                .ok_or_else(|| broken(from, "too many global requests during a lock"))?;
            // A sign of life, for those who ask for one.
            return self.send(from, &[number::IGNORE, 0, 0, 0, 0][..]);
        }
        let owed = match judgement {
            Judgement::Pass => GlobalOwed::Peer,
            Judgement::Listen(place) => GlobalOwed::Listen(place),
            Judgement::Drop => GlobalOwed::Failure,
            Judgement::Refuse(place) => {
                let text = "connections may not be forwarded back in this session";
                tap.note(json!({"event": "refused", "request": "listen", "place": place, "text": text}))
                    .await?;
                GlobalOwed::Failure
            }
        };
        let refused = matches!(owed, GlobalOwed::Failure);
        if request.want_reply {
            let queue = self.global_owed.of_mut(from);
            if queue.len() >= MOST_OWED {
                return Err(broken(from, "too many global requests without an answer"));
            }
            queue.push_back(owed);
        }
        if refused {
            return self.settle_globals(from);
        }
        self.send(from.other(), payload)
    }

    /// Tells whether a lock holds global requests of a side.
    fn holds_requests(&self, from: Side) -> bool {
        let is_request = |payload: &Bytes| payload.first() == Some(&number::GLOBAL_REQUEST);
        self.held
            .iter()
            .any(|(side, payload)| *side == from && is_request(payload))
    }

    /// Passes the answer to a global request back to the side that asked.
    pub(super) async fn global_reply(&mut self, from: Side, payload: &Bytes, tap: &Tap) -> Result<(), Stop> {
        let asker = from.other();
        match self.global_owed.of_mut(asker).pop_front() {
            Some(GlobalOwed::Peer) => {}
            Some(GlobalOwed::Listen(place)) => {
                let stands = !matches!(Message::parse(payload), Ok(Some(Message::RequestFailure)));
                tap.note(json!({"event": "listen", "place": place, "stands": stands}))
                    .await?;
            }
            Some(GlobalOwed::Failure) | None => return Err(broken(from, "an answer that nobody asked for")),
        }
        self.send(asker, payload)?;
        self.settle_globals(asker)
    }

    /// Gives the refusals whose turn has come.
    fn settle_globals(&mut self, asker: Side) -> Result<(), Stop> {
        while let Some(GlobalOwed::Failure) = self.global_owed.of(asker).front() {
            self.global_owed.of_mut(asker).pop_front();
            self.send(asker, &Message::RequestFailure)?;
        }
        Ok(())
    }
}

/// Decides about a global request.
fn judge(from: Side, wish: &Wish<'_>, tap: &Tap) -> Judgement {
    let listen = |place: String| {
        if tap.allows(Capability::ForwardRemote) {
            Judgement::Listen(place)
        } else {
            Judgement::Refuse(place)
        }
    };
    match (from, wish) {
        (Side::Client, Wish::TcpipForward { address: host, port }) => listen(address(host, *port)),
        (Side::Client, Wish::StreamlocalForward { path }) => listen(path.chars().take(1024).collect()),
        // The client knows our host keys, not those of the resource; and to us it has nothing to prove or to listen for.
        (_, Wish::HostKeys { .. } | Wish::HostKeysProve { .. })
        | (Side::Target, Wish::TcpipForward { .. } | Wish::StreamlocalForward { .. }) => Judgement::Drop,
        _ => Judgement::Pass,
    }
}
