//! The conformance suite, for plain streams through the tunnel.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use async_trait::async_trait;
use domain::{object::SecretText, session::ClientInterface};
use engine::Protocol;
use proto_tcp::Tcp;
use testkit::{Caller, Habits, House, Login, Manner, StreamCaller, Subject, Target, conformance::peer};

struct TcpSubject;

#[async_trait]
impl Subject for TcpSubject {
    fn protocol(&self) -> Arc<dyn Protocol> {
        Arc::new(Tcp)
    }

    fn habits(&self) -> Habits {
        Habits {
            content: false,
            words: false,
            holds: true,
            handshake: false,
        }
    }

    async fn target(&self, manner: Manner) -> Target {
        Target::start(manner).await
    }

    async fn call(&self, house: &House, login: &Login<'_>) -> Box<dyn Caller> {
        let (ours, theirs) = tokio::io::duplex(16 << 10);
        let (engine, resource) = (Arc::clone(&house.engine), login.resource.to_owned());
        // As the tunnel does: signed in first, carried afterwards.
        let signed_in = engine
            .sign_in(login.user, &SecretText::new(login.password), peer().ip())
            .await;
        tokio::spawn(async move {
            if let Ok(person) = signed_in {
                engine
                    .carry(person, &resource, peer(), ClientInterface::Cli, Box::new(theirs))
                    .await;
            }
        });
        Box::new(StreamCaller::new(ours))
    }
}

testkit::conformance!(TcpSubject);
