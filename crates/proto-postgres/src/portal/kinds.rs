//! Types by their object ids, as `pg_type.dat` has them.

use engine::statements::Nature;

/// `jsonb`.
pub(super) const JSONB: u32 = 3802;

/// The types that people mostly see.
const KINDS: [(u32, &str, Nature); 47] = [
    (16, "boolean", Nature::Truth),
    (17, "bytea", Nature::Text),
    (18, "\"char\"", Nature::Text),
    (19, "name", Nature::Text),
    (20, "bigint", Nature::Whole),
    (21, "smallint", Nature::Whole),
    (23, "integer", Nature::Whole),
    (25, "text", Nature::Text),
    (26, "oid", Nature::Whole),
    (28, "xid", Nature::Whole),
    (114, "json", Nature::Text),
    (142, "xml", Nature::Text),
    (194, "pg_node_tree", Nature::Text),
    (600, "point", Nature::Text),
    (650, "cidr", Nature::Text),
    (700, "real", Nature::Number),
    (701, "double precision", Nature::Number),
    (790, "money", Nature::Text),
    (829, "macaddr", Nature::Text),
    (869, "inet", Nature::Text),
    (1000, "boolean[]", Nature::Text),
    (1005, "smallint[]", Nature::Text),
    (1007, "integer[]", Nature::Text),
    (1009, "text[]", Nature::Text),
    (1015, "character varying[]", Nature::Text),
    (1016, "bigint[]", Nature::Text),
    (1034, "aclitem[]", Nature::Text),
    (1042, "character", Nature::Text),
    (1043, "character varying", Nature::Text),
    (1082, "date", Nature::Text),
    (1083, "time", Nature::Text),
    (1114, "timestamp", Nature::Text),
    (1184, "timestamp with time zone", Nature::Text),
    (1186, "interval", Nature::Text),
    (1231, "numeric[]", Nature::Text),
    (1266, "time with time zone", Nature::Text),
    (1560, "bit", Nature::Text),
    (1562, "bit varying", Nature::Text),
    (1700, "numeric", Nature::Number),
    (2205, "regclass", Nature::Text),
    (2206, "regtype", Nature::Text),
    (2278, "void", Nature::Text),
    (2950, "uuid", Nature::Text),
    (3220, "pg_lsn", Nature::Text),
    (3614, "tsvector", Nature::Text),
    (3615, "tsquery", Nature::Text),
    (JSONB, "jsonb", Nature::Text),
];

/// Gives the name of a type, empty when it is one of the database's own, and how its values are drawn.
pub(super) fn name(oid: u32) -> (&'static str, Nature) {
    let found = KINDS.iter().find(|(known, ..)| *known == oid);
    found.map_or(("", Nature::Text), |(_, name, nature)| (*name, *nature))
}

/// Tells whether the binary form of a type is its text.
pub(super) fn is_text(oid: u32) -> bool {
    matches!(oid, 19 | 25 | 114 | 142 | 1042 | 1043)
}
