//! A fresh database for a house: SQLite in its folder, or one of its own on a PostgreSQL server.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Names a PostgreSQL server (`postgres://…/postgres?…`) on which databases may be made; unset for SQLite.
pub const POSTGRES: &str = "DOORWARD_TEST_POSTGRES";

/// Gives the URL of the database of the house in this folder. The same folder has the same database again.
pub async fn url(dir: &Path) -> String {
    let Ok(server) = std::env::var(POSTGRES) else {
        return format!("sqlite://{}/meta.db", dir.display());
    };
    let known = dir.join("database");
    if let Ok(url) = std::fs::read_to_string(&known) {
        return url;
    }
    let name = format!("house_{}", uuid::Uuid::new_v4().simple());
    let mut admin = PgConnection::connect(&server).await.expect(POSTGRES);
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create)
        .execute(&mut admin)
        .await
        .expect("a database of its own");
    let (before, options) = server.split_once('?').unwrap_or((&server, ""));
    let (server, _) = before.rsplit_once('/').expect("a database in the URL");
    let url = format!("{server}/{name}?{options}");
    std::fs::write(known, &url).unwrap();
    url
}
