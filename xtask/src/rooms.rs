//! Who may import whom. This table is the architecture; `ARCHITECTURE.md` shows the same one.

/// One crate and the crates of this workspace that it may import.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// The crate's name.
    pub(crate) name: &'static str,
    /// What it may import.
    pub(crate) may_import: &'static [&'static str],
    /// Whether it is free of I/O, clocks and async, so that tokio may not be among its dependencies.
    pub(crate) pure: bool,
}

/// What stands for every crate.
pub(crate) const EVERYTHING: &str = "everything";

/// Crates that only tests import.
pub(crate) const FOR_TESTS: [&str; 2] = ["testkit", "demo-host"];

/// Protocols, by the part of the crate's name behind `proto-`. The middle of the house must not know them.
pub(crate) const PROTOCOLS: [&str; 2] = ["ssh", "tcp"];

/// Crates that know media and never protocols.
pub(crate) const MIDDLE: [&str; 5] = ["domain", "tape", "screen", "store", "engine"];

/// The table.
pub(crate) const ROOMS: [Room; 19] = [
    pure("domain", &[]),
    pure("tape", &["domain"]),
    pure("screen", &[]),
    room("store", &["domain"]),
    pure("vault", &["domain", "store"]),
    room("engine", &["domain", "tape", "screen", "store", "vault"]),
    room("proto-ssh", &["engine", "domain", "tape", "screen"]),
    room("proto-database", &["engine", "domain"]),
    room("proto-mysql", &["proto-database", "engine", "domain"]),
    room(
        "proto-postgres",
        &["proto-database", "engine", "domain", "tape", "screen"],
    ),
    room("proto-redis", &["proto-database", "engine", "domain"]),
    room("proto-tcp", &["engine", "domain", "tape", "screen"]),
    room("ldap", &["engine", "domain"]),
    room("secret-sources", &["engine", "domain", "vault"]),
    room("api", &["engine", "store", "domain", "tape", "screen", "vault"]),
    room("gateway", &[EVERYTHING]),
    room("demo-host", &[]),
    room(
        "testkit",
        &[
            "domain",
            "tape",
            "screen",
            "store",
            "vault",
            "engine",
            "demo-host",
        ],
    ),
    room("xtask", &[]),
];

const fn room(name: &'static str, may_import: &'static [&'static str]) -> Room {
    Room {
        name,
        may_import,
        pure: false,
    }
}

const fn pure(name: &'static str, may_import: &'static [&'static str]) -> Room {
    Room {
        name,
        may_import,
        pure: true,
    }
}

/// Finds a crate in the table.
pub(crate) fn find(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// Tells whether a crate may import another: in what ships, or in its tests, which may use what the testkit is made of as well.
pub(crate) fn may_import(room: &Room, name: &str, in_tests: bool) -> bool {
    let listed = |room: &Room| {
        room.may_import
            .iter()
            .any(|may| *may == name || *may == EVERYTHING)
    };
    listed(room) || (in_tests && (FOR_TESTS.contains(&name) || find("testkit").is_some_and(listed)))
}

/// Writes the table as Markdown.
pub(crate) fn table() -> String {
    let rows = ROOMS.iter().map(|room| {
        let names: Vec<_> = room.may_import.iter().map(|name| format!("`{name}`")).collect();
        let names = match room.may_import {
            [] => "nothing".to_owned(),
            [EVERYTHING] => EVERYTHING.to_owned(),
            _ => names.join(", "),
        };
        let pure = if room.pure { "yes" } else { "" };
        format!("| `{}` | {names} | {pure} |\n", room.name)
    });
    ["| Crate | May import | Without I/O, clock and async |\n|---|---|---|\n".to_owned()]
        .into_iter()
        .chain(rows)
        .collect()
}
