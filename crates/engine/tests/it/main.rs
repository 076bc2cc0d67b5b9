//! The engine as a whole, from the outside: with scripted callers, real stores and real files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod approvals;
mod crash;
mod endings;
mod factors;
mod logins;
mod nodes;
mod orders;
mod retention;

use std::sync::Arc;

use domain::session::ClientInterface;
use engine::{Arrival, Offer};
use testkit::{House, PASSWORD, conformance::peer, script::Script};

/// The right password.
fn password() -> Offer {
    Offer::Password(domain::object::SecretText::new(PASSWORD))
}

fn wrong() -> Offer {
    Offer::Password(domain::object::SecretText::new("wrong"))
}

/// A user `ana` with the right password.
fn ana() -> Script {
    Script::new("ana", vec![password()])
}

/// A house with a resource `target` of the script's protocol.
async fn house(script: &Script) -> House {
    let house = House::open(vec![Arc::new(script.clone())]).await;
    stage(&house).await;
    house
}

async fn stage(house: &House) {
    let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    house
        .target("script", nowhere, domain::object::Profile::default())
        .await;
}

/// Serves a scripted caller until they have gone.
fn call(house: &House, script: &Script) -> tokio::task::JoinHandle<()> {
    let (engine, script) = (Arc::clone(&house.engine), script.clone());
    let arrival = Arrival {
        peer: peer(),
        interface: ClientInterface::Cli,
        carried: None,
    };
    tokio::spawn(async move {
        let (_caller, stream) = tokio::io::duplex(64);
        engine.welcome(Box::new(stream), arrival, Arc::new(script)).await;
    })
}
