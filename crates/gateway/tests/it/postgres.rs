//! The gateway on PostgreSQL: the same rules as on the default database.

use crate::{
    crash::{Durability, crash},
    gateway::Gateway,
    pgserver::Server,
    spine::from_end_to_end,
};

#[test]
fn a_session_goes_from_end_to_end_on_postgresql() {
    let server = Server::start();
    let url = server.database("spine");
    let gateway = Gateway::start_with(&[("DOORWARD_DATABASE_URL", &url)]);
    from_end_to_end(&gateway);
    assert!(
        !gateway.data().join("meta.db").exists(),
        "everything is in PostgreSQL"
    );
}

#[test]
fn a_killed_gateway_on_postgresql_ends_its_sessions_and_keeps_its_recordings() {
    let server = Server::start();
    let url = server.database("crash");
    crash(
        &mut Gateway::start_with(&[("DOORWARD_DATABASE_URL", &url)]),
        Durability::Group,
        5,
    );
}
