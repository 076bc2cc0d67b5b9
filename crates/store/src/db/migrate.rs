//! The tables, brought up to date when the store is opened. Migrations are part of the program.

use sqlx::{
    PgPool, SqliteConnection,
    migrate::{Migration, MigrationType, Migrator},
};

use crate::Error;

macro_rules! migrations {
    ($folder:literal: $(($version:literal, $name:literal)),* $(,)?) => {
        Migrator::with_migrations(vec![$(Migration::new(
            $version,
            $name.into(),
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(include_str!(concat!("../../migrations/", $folder, "/", $name, ".sql"))),
            false,
        )),*])
    };
}

pub(super) async fn sqlite(conn: &mut SqliteConnection) -> Result<(), Error> {
    let steps = migrations!("sqlite": (1, "0001_begin"), (2, "0002_statistics"), (3, "0003_views"), (4, "0004_database_logins"), (5, "0005_retention"), (6, "0006_approvals"), (7, "0007_identity"), (8, "0008_sharing"), (9, "0009_checkpoints"), (11, "0011_devices"), (12, "0012_activities"), (13, "0013_direct_logins"));
    steps.run(conn).await.map_err(Error::Migrate)
}

pub(super) async fn postgres(pool: &PgPool) -> Result<(), Error> {
    let steps = migrations!("postgres": (1, "0001_begin"), (3, "0003_views"), (4, "0004_database_logins"), (5, "0005_retention"), (6, "0006_approvals"), (7, "0007_identity"), (8, "0008_sharing"), (9, "0009_checkpoints"), (11, "0011_devices"), (12, "0012_activities"), (13, "0013_direct_logins"));
    steps.run(pool).await.map_err(Error::Migrate)
}
