//! Classes of resource types: what people mean by "databases" or "desktops".

use engine::Medium;

use crate::{
    Api,
    problem::{Answer, Problem},
};

/// A class and the types that are known to belong to it, also those that this gateway does not carry (any more).
const CLASSES: [(&str, &[&str]); 6] = [
    ("terminal", &["ssh", "telnet", "mosh"]),
    (
        "database",
        &[
            "postgres",
            "mysql",
            "mariadb",
            "mssql",
            "oracle",
            "mongodb",
            "redis",
            "cassandra",
            "clickhouse",
            "snowflake",
            "bigquery",
            "dynamodb",
            "elasticsearch",
        ],
    ),
    ("desktop", &["rdp", "vnc"]),
    ("web", &["http", "https", "web"]),
    ("cluster", &["kubernetes", "docker"]),
    ("network", &["tcp", "vpn", "udp"]),
];

/// Other words for classes.
const ALIASES: [(&str, &str); 6] = [
    ("db", "database"),
    ("databases", "database"),
    ("desktops", "desktop"),
    ("shell", "terminal"),
    ("k8s", "cluster"),
    ("app", "web"),
];

/// Gives the class of a type.
pub(crate) fn class_of(api: &Api, kind: &str) -> &'static str {
    let listed = CLASSES.iter().find(|(_, types)| types.contains(&kind));
    listed.map_or_else(|| drawn_as(api, kind), |(class, _)| class)
}

/// Takes a type that is in no list for what its sessions look like.
fn drawn_as(api: &Api, kind: &str) -> &'static str {
    match api.engine().protocol(kind).map(|protocol| protocol.spec().medium) {
        Some(Medium::Terminal) => "terminal",
        Some(Medium::Statements) => "database",
        Some(Medium::Display) => "desktop",
        Some(Medium::Raw) | None => "network",
    }
}

/// Reads the words of a filter by type: types, and classes, which stand for all of their types. A word that is neither is an error.
pub(crate) fn types(api: &Api, words: &[String]) -> Answer<Vec<String>> {
    let carried: Vec<&str> = api.engine().protocols().iter().map(|one| one.spec().id).collect();
    let mut types = Vec::new();
    for word in words {
        let word = word.to_ascii_lowercase();
        let word = ALIASES
            .iter()
            .find(|(alias, _)| *alias == word)
            .map_or(word.as_str(), |(_, class)| class);
        if let Some((class, listed)) = CLASSES.iter().find(|(class, _)| *class == word) {
            types.extend(listed.iter().map(|one| (*one).to_owned()));
            let others = carried.iter().filter(|one| class_of(api, one) == *class);
            types.extend(others.map(|one| (*one).to_owned()));
            // A type may be called like its class.
            continue;
        }
        let known = carried.contains(&word) || CLASSES.iter().any(|(_, types)| types.contains(&word));
        if !known {
            let classes: Vec<_> = CLASSES.iter().map(|(class, _)| *class).collect();
            return Err(Problem::invalid(format!(
                "`{word}` is not a type; there are: {}; and classes of types: {}",
                carried.join(", "),
                classes.join(", ")
            )));
        }
        types.push(word.to_owned());
    }
    types.sort();
    types.dedup();
    Ok(types)
}
