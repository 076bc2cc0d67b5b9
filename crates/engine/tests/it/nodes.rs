//! Several nodes on one database.

use std::{sync::Arc, time::Duration};

use domain::{
    Micros,
    audit::Actor,
    session::{Event, State},
    stop::EndReason,
};
use engine::{Config, Engine};
use store::Cause;
use testkit::House;

use crate::{ana, call, house};

#[tokio::test]
async fn a_node_orders_what_runs_on_another() {
    let script = ana();
    let house = house(&script).await;
    let served = call(&house, &script);
    let row = house.in_state(State::Active).await;
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        limits: House::limits(),
        ..Config::new("gate-2", dir.path())
    };
    let store = house.store.clone();
    let other = Engine::start(config, store, Arc::clone(&house.vault), Vec::new())
        .await
        .unwrap();
    let cause = Cause::new(Micros::now(), Actor::user("root"));
    let event = Event::Terminate(EndReason::AdminTerminate, "from afar".to_owned());
    other.order(row.session.id, event, cause, None).await.unwrap();
    tokio::time::timeout(Duration::from_secs(2), served)
        .await
        .expect("it is cut")
        .unwrap();
    assert!(script.has("an administrator terminated the session: from afar"));
    let row = house.ended().await;
    assert_eq!(
        (row.life.state, row.session.gateway.as_str()),
        (State::Terminated, "gate-1")
    );
    other.shutdown(Duration::from_secs(1)).await;
}
