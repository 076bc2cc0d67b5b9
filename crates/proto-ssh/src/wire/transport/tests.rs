//! Tests that need a look inside.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::wire::keys::SigningKey;

fn pair(now: Instant) -> (Transport, Transport) {
    let identification = "SSH-2.0-Doorward_test".to_owned();
    let limits = Limits::default();
    let client = ClientConfig {
        identification: identification.clone(),
        profile: Profile::client(),
        limits,
    };
    let key = HostKey {
        key: SigningKey::generate_ed25519().unwrap(),
        certificate: None,
    };
    let server = ServerConfig {
        identification,
        profile: Profile::server(),
        host_keys: vec![key],
        limits: Limits::default(),
    };
    (
        Transport::client(client.into(), now).unwrap(),
        Transport::server(server.into(), now).unwrap(),
    )
}

/// Moves bytes until both are quiet.
fn run(client: &mut Transport, server: &mut Transport, now: Instant) -> Result<(), WireError> {
    loop {
        while let Some(event) = client.next(now)? {
            if matches!(event, Event::HostKey(_)) {
                client.accept_host_key()?;
            }
        }
        while server.next(now)?.is_some() {}
        if client.outbound().is_empty() && server.outbound().is_empty() {
            return Ok(());
        }
        server.inbound().unsplit(client.outbound().split());
        client.inbound().unsplit(server.outbound().split());
    }
}

#[test]
fn a_stranger_cannot_exchange_keys_for_ever() {
    let now = Instant::now();
    let (mut client, mut server) = pair(now);
    run(&mut client, &mut server, now).unwrap();
    // It believes that it is in.
    client.authenticated = true;
    for _ in 0..MOST_EARLY_EXCHANGES {
        client.request_rekey();
        run(&mut client, &mut server, now).unwrap();
        assert!(!client.is_rekeying());
    }
    client.request_rekey();
    let outcome = run(&mut client, &mut server, now);
    assert!(
        matches!(
            outcome,
            Err(WireError::Unexpected {
                number: number::KEXINIT,
                ..
            })
        ),
        "{outcome:?}"
    );
}

#[test]
fn keys_are_renewed_by_time_with_the_next_traffic() {
    let start = Instant::now();
    let (mut client, mut server) = pair(start);
    run(&mut client, &mut server, start).unwrap();
    server.send(&crate::wire::auth::Success).unwrap();
    run(&mut client, &mut server, start).unwrap();

    let later = start + Limits::default().rekey_after;
    assert!(client.next(later).unwrap().is_none());
    assert!(!client.is_rekeying(), "a quiet connection is left alone");
    assert_eq!(client.deadline(), None);
    server.send(&[number::IGNORE, 0, 0, 0, 0][..]).unwrap();
    client.inbound().unsplit(server.outbound().split());
    assert!(client.next(later).unwrap().is_none());
    assert!(client.is_rekeying());
    run(&mut client, &mut server, later).unwrap();
    assert_eq!(client.keys_since, later);
}

#[test]
fn nothing_of_an_exchange_is_kept() {
    let now = Instant::now();
    let (mut client, mut server) = pair(now);
    run(&mut client, &mut server, now).unwrap();
    for transport in [&client, &server] {
        assert!(matches!(transport.exchange, Exchange::Idle));
        assert_eq!((transport.held.capacity(), transport.exchange_since), (0, None));
    }
    assert!(size_of::<Transport>() <= 4096, "{}", size_of::<Transport>());
}
