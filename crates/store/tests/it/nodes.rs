//! Nodes, leases and orphans.

use domain::{
    Micros, SessionId,
    session::{Connection, Event, Life, Session, State},
    stop::EndReason,
};
use store::{Beat, Closing, Node, Orphan, Why};
use uuid::Uuid;

use crate::{
    db::{Db, on_both},
    make::{NOON, cause, connection, lease, life, secs, session},
};

on_both!(
    a_session_without_heartbeats_is_an_orphan,
    a_restarted_node_leaves_orphans_at_once,
    a_heartbeat_names_the_sessions_that_are_lost,
    a_session_at_rest_needs_no_node,
    an_ending_session_whose_node_is_gone_is_an_orphan,
    a_node_that_closed_its_connections_may_go,
    the_counters_of_a_lost_session_are_kept,
    a_start_finds_what_it_has_to_tidy_up,
    a_connection_to_an_ended_session_takes_no_lease,
);

fn node(instance: u128, lease_until: Micros) -> Node {
    Node {
        name: "gw-1".into(),
        instance: Uuid::from_u128(instance),
        started_at: NOON,
        lease_until,
        version: "1".into(),
    }
}

/// Makes a session that runs on the node's start `1` with a lease of a minute.
async fn running(db: &Db, number: u16) -> (Session, Connection) {
    let session = session(number);
    db.store
        .create_session(
            session.clone(),
            life(&session),
            Some(lease(1, secs(60))),
            cause(NOON),
        )
        .await
        .unwrap();
    let connection = connection(&session);
    db.store
        .open_connection(connection.clone(), lease(1, secs(60)))
        .await
        .unwrap();
    (session, connection)
}

async fn orphans(db: &Db, now: Micros) -> Vec<(SessionId, Why)> {
    db.store
        .orphans(now)
        .await
        .unwrap()
        .into_iter()
        .map(|one| (one.session, one.why))
        .collect()
}

async fn a_session_without_heartbeats_is_an_orphan(db: Db) {
    db.store.join(node(1, secs(60))).await.unwrap();
    let (one, first) = running(&db, 1).await;
    let (two, _) = running(&db, 2).await;
    assert_eq!(orphans(&db, secs(59)).await, []);
    let beat = Beat {
        session: two.id,
        bytes_up: 1,
        bytes_down: 2,
    };
    assert_eq!(
        db.store
            .heartbeat(lease(1, secs(120)), secs(50), vec![beat])
            .await
            .unwrap(),
        []
    );
    let found = db.store.orphans(secs(61)).await.unwrap();
    let [
        Orphan {
            session,
            node,
            why,
            connections,
        },
    ] = found.as_slice()
    else {
        panic!("{found:?}");
    };
    assert_eq!(
        (session, node.as_str(), why),
        (&one.id, "gw-1", &Why::LeaseRanOut)
    );
    assert_eq!(connections[0].connection, first);
    db.store
        .step(one.id, Event::Lost, cause(secs(61)), None)
        .await
        .unwrap();
    assert_eq!(orphans(&db, secs(61)).await, []);
    assert_eq!(db.store.nodes().await.unwrap()[0].lease_until, secs(120));
    assert_eq!(
        db.store
            .session(one.id, NOON)
            .await
            .unwrap()
            .unwrap()
            .life
            .end_reason,
        Some(EndReason::GatewayLost)
    );
}

async fn a_restarted_node_leaves_orphans_at_once(db: Db) {
    db.store.join(node(1, secs(60))).await.unwrap();
    let (one, _) = running(&db, 1).await;
    db.store.join(node(2, secs(60))).await.unwrap();
    assert_eq!(orphans(&db, NOON).await, [(one.id, Why::NodeRestarted)]);
    // The earlier start must not renew what it no longer holds.
    db.store
        .heartbeat(lease(1, secs(900)), NOON, vec![])
        .await
        .unwrap();
    assert_eq!(db.store.nodes().await.unwrap(), [node(2, secs(60))]);
}

async fn a_heartbeat_names_the_sessions_that_are_lost(db: Db) {
    db.store.join(node(1, secs(60))).await.unwrap();
    let (one, _) = running(&db, 1).await;
    let (two, _) = running(&db, 2).await;
    db.store
        .step(one.id, Event::Lost, cause(secs(61)), None)
        .await
        .unwrap();
    let beats = [&one, &two].map(|session| Beat {
        session: session.id,
        bytes_up: 0,
        bytes_down: 0,
    });
    assert_eq!(
        db.store
            .heartbeat(lease(1, secs(120)), NOON, beats.to_vec())
            .await
            .unwrap(),
        [one.id]
    );
    assert_eq!(
        db.store
            .heartbeat(lease(2, secs(120)), NOON, beats.to_vec())
            .await
            .unwrap(),
        [one.id, two.id]
    );
}

async fn a_session_at_rest_needs_no_node(db: Db) {
    let session = session(1);
    let asked = Life::requested(State::Provisioning, secs(3600));
    db.store
        .create_session(session.clone(), asked, None, cause(NOON))
        .await
        .unwrap();
    let step = async |event| {
        db.store
            .step(session.id, event, cause(secs(5)), None)
            .await
            .unwrap()
    };
    step(Event::Provisioned).await;
    step(Event::ConnectionOpened).await;
    let connection = connection(&session);
    db.store
        .open_connection(connection.clone(), lease(1, secs(60)))
        .await
        .unwrap();
    assert_eq!(orphans(&db, secs(61)).await, [(session.id, Why::LeaseRanOut)]);
    step(Event::LoggedIn).await;
    let stepped = step(Event::ConnectionClosed(
        EndReason::UserDisconnect,
        None,
        String::new(),
    ))
    .await;
    assert_eq!(stepped.after.state, State::Available);
    assert_eq!(orphans(&db, secs(61)).await, []);
}

async fn an_ending_session_whose_node_is_gone_is_an_orphan(db: Db) {
    let (session, connection) = running(&db, 1).await;
    db.store
        .step(session.id, Event::LoggedIn, cause(secs(1)), None)
        .await
        .unwrap();
    let closed = Event::ConnectionClosed(EndReason::UserDisconnect, None, String::new());
    db.store
        .close_connection(connection.id, closing(0, 0))
        .await
        .unwrap();
    let stepped = db
        .store
        .step(session.id, closed, cause(secs(2)), None)
        .await
        .unwrap();
    assert_eq!(stepped.after.state, State::Ending);
    assert_eq!(orphans(&db, secs(61)).await, [(session.id, Why::LeaseRanOut)]);
    db.store
        .step(session.id, Event::CleanedUp(None), cause(secs(3)), None)
        .await
        .unwrap();
    assert_eq!(orphans(&db, secs(61)).await, []);
}

async fn a_node_that_closed_its_connections_may_go(db: Db) {
    let (session, first) = running(&db, 1).await;
    db.store
        .step(session.id, Event::ConnectionOpened, cause(secs(1)), None)
        .await
        .unwrap();
    let mut second = connection(&session);
    second.node = "gw-2".into();
    let mut other = lease(7, secs(600));
    other.node = "gw-2".into();
    db.store.open_connection(second, other).await.unwrap();
    assert_eq!(orphans(&db, secs(61)).await.len(), 1);
    db.store.close_connection(first.id, closing(1, 1)).await.unwrap();
    assert_eq!(orphans(&db, secs(61)).await, []);
}

fn closing(bytes_up: i64, bytes_down: i64) -> Closing {
    let recording = domain::recording::RecordingState::Available;
    Closing {
        at: secs(9),
        bytes_up,
        bytes_down,
        reason: EndReason::UserDisconnect,
        recording,
    }
}

async fn the_counters_of_a_lost_session_are_kept(db: Db) {
    let (session, connection) = running(&db, 1).await;
    let beat = Beat {
        session: session.id,
        bytes_up: 70,
        bytes_down: 700,
    };
    db.store
        .heartbeat(lease(1, secs(60)), NOON, vec![beat])
        .await
        .unwrap();
    db.store
        .step(session.id, Event::Lost, cause(secs(61)), None)
        .await
        .unwrap();
    let bytes = async || {
        let row = db.store.session(session.id, secs(99)).await.unwrap().unwrap();
        (row.bytes_up, row.bytes_down)
    };
    assert_eq!(bytes().await, (70, 700));
    db.store
        .close_connection(connection.id, closing(0, 900))
        .await
        .unwrap();
    assert_eq!(bytes().await, (70, 900));
}

async fn a_start_finds_what_it_has_to_tidy_up(db: Db) {
    let (_, one) = running(&db, 1).await;
    let (_, two) = running(&db, 2).await;
    db.store.close_connection(two.id, closing(0, 0)).await.unwrap();
    let found = db.store.unfinished_connections("gw-1").await.unwrap();
    assert_eq!(
        found.iter().map(|row| row.connection.id).collect::<Vec<_>>(),
        [one.id]
    );
    assert_eq!(db.store.unfinished_connections("gw-2").await.unwrap(), []);
}

async fn a_connection_to_an_ended_session_takes_no_lease(db: Db) {
    let session = session(1);
    db.store
        .create_session(session.clone(), life(&session), None, cause(NOON))
        .await
        .unwrap();
    let cut = Event::Terminate(EndReason::AdminTerminate, String::new());
    db.store
        .step(session.id, cut, cause(secs(1)), None)
        .await
        .unwrap();
    db.store
        .open_connection(connection(&session), lease(1, secs(60)))
        .await
        .unwrap();
    let row = db.store.session(session.id, NOON).await.unwrap().unwrap();
    assert_eq!((row.connections.len(), row.nodes.len()), (1, 0));
    let none = db
        .store
        .open_connection(connection(&crate::make::session(5)), lease(1, secs(60)))
        .await;
    assert!(matches!(none, Err(store::Error::NotFound("session"))), "{none:?}");
}
