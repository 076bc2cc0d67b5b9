//! Sessions to test with.

use std::net::IpAddr;

use domain::{
    ConnectionId, Micros, ObjectId, SessionId, Span,
    audit::Actor,
    recording::RecordingState,
    session::{ClientInterface, Connection, Life, Named, ResourceRef, Session, SessionVerb},
};
use store::{Cause, Lease};
use uuid::Uuid;

/// 2026-11-21T12:00:00Z.
pub(crate) const NOON: Micros = Micros(1_795_262_400_000_000);

pub(crate) fn secs(secs: i64) -> Micros {
    NOON.plus(Span::secs(secs))
}

/// An id that is the same for the same number.
pub(crate) fn object(number: u128) -> ObjectId {
    ObjectId(Uuid::from_u128(number))
}

/// The session with a number, created so many seconds after noon.
pub(crate) fn session(number: u16) -> Session {
    session_at(secs(i64::from(number)), number)
}

pub(crate) fn session_at(created_at: Micros, number: u16) -> Session {
    Session {
        id: SessionId::new(created_at, number & 0xfff, u64::from(number)),
        created_at,
        user: Named {
            id: object(1),
            name: "anna".into(),
        },
        account: "deploy".into(),
        resource: ResourceRef {
            id: object(100),
            name: "web-1".into(),
            protocol: "ssh".into(),
            host: "10.0.0.1:22".into(),
        },
        access_rule: "ops".into(),
        profile: "default".into(),
        gateway: "gw-1".into(),
        client_interface: ClientInterface::Cli,
        client_ip: IpAddr::from([192, 0, 2, 1]),
        activity: None,
        secret_name: "deploy-key".into(),
        verb: SessionVerb::Connect,
        ticket: String::new(),
        correlation_id: String::new(),
        rerun_of: None,
    }
}

/// The life of a direct connect that begins with the session.
pub(crate) fn life(session: &Session) -> Life {
    Life::direct(session.created_at, Span::secs(3600))
}

pub(crate) fn cause(at: Micros) -> Cause {
    Cause::new(at, Actor::user("root")).from_ip("192.0.2.9")
}

pub(crate) fn lease(instance: u128, until: Micros) -> Lease {
    Lease {
        node: "gw-1".into(),
        instance: Uuid::from_u128(instance),
        until,
    }
}

pub(crate) fn connection(session: &Session) -> Connection {
    Connection {
        id: ConnectionId::fresh(),
        session_id: session.id,
        node: "gw-1".into(),
        opened_at: session.created_at,
        closed_at: Micros::NEVER,
        client_ip: session.client_ip,
        client_interface: session.client_interface,
        client_version: "SSH-2.0-OpenSSH_9.2".into(),
        bytes_up: 0,
        bytes_down: 0,
        close_reason: None,
        recording: RecordingState::Recording,
    }
}

/// The scope of one's own sessions, and of those of gateways and resources.
pub(crate) fn beside(user: u128, gateways: &[&str], resources: &[u128]) -> store::Scope {
    let among = domain::sight::Among {
        gateways: gateways.iter().map(|name| (*name).to_owned()).collect(),
        resources: resources.iter().map(|number| object(*number)).collect(),
    };
    store::Scope::OwnOr(object(user), among)
}
