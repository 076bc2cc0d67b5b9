//! The serialization protocol of Redis, RESP2 and RESP3, without I/O: `docs/reference/protocol-spec` of redis.io.

mod line;
mod reply;
mod request;
mod write;

pub(crate) use reply::{Given, Replies, Seen, Wanted};
pub(crate) use request::{Command, Keep, Requests};
pub(crate) use write::{OK, command, error, status};

/// What a peer sent that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Protocol error: {0}")]
pub(crate) struct Broken(pub(crate) &'static str);

impl From<Broken> for proto_database::Broken {
    fn from(broken: Broken) -> Self {
        Self(broken.to_string())
    }
}
