//! How the way to a server fails: one word of a [`Stop`] for each way.

use std::io;

use domain::stop::{EndReason, FailureStage, Stop};

/// The server, or the account on it, refuses; also what the options of a resource forbid.
pub fn refused(detail: impl Into<String>) -> Stop {
    Stop::failed(EndReason::TargetUnreachable, FailureStage::Connect, detail)
}

/// The connection to the server broke.
pub fn unreachable(error: &io::Error) -> Stop {
    refused(format!("the connection to the server: {error}"))
}

/// The server knows the account's secret as wrong, or could not prove who it is. Callers learn no more than that.
pub fn auth_failed(detail: impl Into<String>) -> Stop {
    Stop::failed(EndReason::AuthFailed, FailureStage::Connect, detail)
}

/// A peer says what the protocol does not have.
pub fn broken(detail: impl Into<String>) -> Stop {
    Stop::failed(EndReason::ProtocolError, FailureStage::Connect, detail)
}

/// The caller's stream failed before the relay: it left, or it sent something impossible ([`io::ErrorKind::InvalidData`]).
pub fn left(error: &io::Error) -> Stop {
    if error.kind() == io::ErrorKind::InvalidData {
        return broken(error.to_string());
    }
    Stop::new(EndReason::UserDisconnect)
}
