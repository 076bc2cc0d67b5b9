//! What visits do alike: who came, whether a password can be overheard, encryption towards the caller.

use std::sync::Arc;

use domain::{
    object::Capability,
    stop::{EndReason, FailureStage, Stop},
};
use engine::{Arrival, Claim, LoginName, Offer, Way};
use tokio_rustls::TlsAcceptor;

use crate::{
    Link,
    fault::{broken, left},
};

/// Says who comes, by the login name. Where another transport has proven it, of the name only the account is a wish.
#[must_use]
pub fn claim(arrival: &Arrival, name: LoginName, client_version: String) -> Claim {
    match &arrival.carried {
        Some(carried) => Claim {
            user: carried.person.name.clone(),
            resource: Some(carried.resource.clone()),
            // The name is mostly that of the user on the caller's machine: only a full one is a wish.
            account: name.account,
            offer: Offer::Carried,
            client_version,
        },
        None => Claim {
            user: name.user,
            resource: name.resource,
            account: name.account,
            offer: Offer::Nothing,
            client_version,
        },
    }
}

/// Tells whether nobody can overhear the caller, also without encryption: it is on this machine, or another transport carries it.
#[must_use]
pub fn is_private(arrival: &Arrival) -> bool {
    arrival.carried.is_some() || arrival.peer.ip().is_loopback()
}

/// Encrypts towards the caller, who has asked for it.
pub async fn accept(link: Link, config: Arc<rustls::ServerConfig>) -> Result<Link, Stop> {
    // What came in the clear behind the request must not be taken for what is encrypted.
    if !link.read.is_empty() {
        return Err(broken("the client sent on before it was encrypted"));
    }
    let stream = TlsAcceptor::from(config).accept(link.stream).await;
    Ok(Link::new(Box::new(stream.map_err(|error| left(&error))?)))
}

/// Refuses a way whose profile allows no statements.
pub fn may_query(way: &Way) -> Result<(), Stop> {
    if way.grant.allows(Capability::Query) {
        return Ok(());
    }
    let why = "the profile allows no statements";
    Err(Stop::failed(EndReason::PolicyViolation, FailureStage::Connect, why).with_message(why))
}

/// A visit whose phases were called in another order than [`engine::Visit`] says.
#[must_use]
pub fn out_of_order() -> Stop {
    Stop::failed(
        EndReason::ProtocolError,
        FailureStage::Runtime,
        "the phases of a visit are out of order",
    )
}
