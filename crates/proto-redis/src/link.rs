//! Reading commands and replies one by one, while both sides still talk to the gateway itself.

use std::io;

use bytes::{Buf as _, Bytes};
use proto_database::Link;

use crate::wire::{Keep, Replies, Requests, Seen, Wanted};

/// The longest command of a client that is not signed in; servers take as much.
const COMMAND: Keep = Keep {
    argument: 16 << 10,
    all: 64 << 10,
};

/// The longest reply to a login.
const REPLY: usize = 64 << 10;

/// What a [`Link`] can of this protocol.
pub(crate) trait Messages {
    /// Reads a whole command.
    async fn command(&mut self) -> io::Result<Requests>;

    /// Reads a whole reply; gives it with its bytes.
    async fn reply(&mut self) -> io::Result<(Replies, Bytes)>;
}

impl Messages for Link {
    async fn command(&mut self) -> io::Result<Requests> {
        let mut requests = Requests::default();
        let mut len = 0;
        loop {
            self.fill(1).await?;
            let (used, whole) = requests
                .feed(&self.read, COMMAND)
                .map_err(|broken| invalid(broken.to_string()))?;
            self.read.advance(used);
            len += used;
            if whole {
                return Ok(requests);
            }
            if len > COMMAND.all {
                return Err(invalid(
                    "the client has to sign in before it sends so much".to_owned(),
                ));
            }
        }
    }

    async fn reply(&mut self) -> io::Result<(Replies, Bytes)> {
        let mut replies = Replies::default();
        let wanted = Wanted {
            room: REPLY,
            each: false,
        };
        let mut from = 0;
        loop {
            self.fill(from + 1).await?;
            let (used, seen) = replies
                .feed(self.read.get(from..).unwrap_or_default(), wanted)
                .map_err(|broken| invalid(broken.to_string()))?;
            from += used;
            if seen == Seen::Whole {
                return Ok((replies, self.read.split_to(from).freeze()));
            }
            if from > REPLY {
                return Err(invalid("the server says too much to a login".to_owned()));
            }
        }
    }
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
