//! From what is asked of the list to the condition of a statement.

use std::net::{IpAddr, Ipv4Addr};

use domain::{
    SessionId, Span,
    session::{ClientInterface, State},
    stop::EndReason,
};
use ipnet::IpNet;
use uuid::Uuid;

use super::{
    Scope, SessionQuery,
    names::Kind,
    row::{SPAN, ip_bytes},
};
use crate::{
    Error, Store,
    audit::like,
    db::{Sql, Value, sql},
};

/// More names than this are looked up by the database instead of being listed in the statement.
const NAMES: i64 = 64;

/// Conditions that must all hold.
pub(super) struct Conditions {
    pub(super) all: Vec<Condition>,
    /// Sessions that are not over can be among them.
    pub(super) running: bool,
    /// Sessions that are over can be among them.
    pub(super) over: bool,
    /// They are limited to a window of time: where it begins and where it ends.
    pub(super) window: (bool, bool),
}

/// One condition.
pub(super) struct Condition {
    pub(super) plain: Sql,
    /// The same, written so that its rows are found first and the others never looked at; where that is not `plain`.
    pub(super) first: Option<Sql>,
    /// What is counted to learn how many rows it selects, when it can be found by an index.
    pub(super) count: Option<Sql>,
    /// Selects the few rows that it does not, by an index; where most rows fulfil it.
    pub(super) all_but: Option<Sql>,
    /// Its index gives the rows in the order of their creation.
    pub(super) ordered: bool,
}

impl Conditions {
    pub(super) fn new() -> Self {
        Self {
            all: Vec::new(),
            running: true,
            over: true,
            window: (false, false),
        }
    }

    /// Adds a condition that an index can find.
    fn and(&mut self, plain: Sql, ordered: bool) {
        self.all.push(Condition {
            count: Some(plain.clone()),
            plain,
            first: None,
            all_but: None,
            ordered,
        });
    }

    /// Adds a condition that most rows fulfil.
    fn and_mostly(&mut self, plain: Sql) {
        self.all.push(Condition {
            plain,
            first: None,
            count: None,
            all_but: None,
            ordered: false,
        });
    }

    /// Adds a condition that all rows fulfil but a few, which an index can find.
    fn and_all_but(&mut self, plain: Sql, all_but: Sql) {
        self.all.push(Condition {
            plain,
            first: None,
            count: None,
            all_but: Some(all_but),
            ordered: false,
        });
    }

    fn is_in<V: Into<Value>>(&mut self, column: &str, values: impl ExactSizeIterator<Item = V>) {
        let count = values.len();
        if count > 0 {
            let mut condition = Sql::new(format!("{column} IN "));
            condition.push_list(values);
            self.and(condition, count == 1);
        }
    }

    /// Adds alternatives, of which one must hold.
    fn any(&mut self, alternatives: &[Sql]) {
        if let Some(condition) = any(alternatives) {
            self.and(condition, false);
        }
    }

    /// Writes them for counting, each with ` AND` before it. To learn that a row is not among a few takes an index of keys, while the
    /// condition itself is only known from the row.
    pub(super) fn sql_to_count(&self) -> Sql {
        let mut sql = Sql::new("");
        for condition in &self.all {
            if let Some(few) = &condition.all_but {
                sql.push(" AND sid NOT IN (SELECT f.sid FROM sessions f WHERE ")
                    .push_sql(few)
                    .push(")");
            } else {
                sql.push(" AND ").push_sql(&condition.plain);
            }
        }
        sql
    }

    /// Writes them, each with ` AND` before it.
    pub(super) fn sql(&self) -> Sql {
        let mut sql = Sql::new("");
        for condition in &self.all {
            sql.push(" AND ").push_sql(&condition.plain);
        }
        sql
    }
}

fn any(alternatives: &[Sql]) -> Option<Sql> {
    let mut condition = Sql::new("(");
    for (at, alternative) in alternatives.iter().enumerate() {
        condition
            .push(if at > 0 { " OR " } else { "" })
            .push_sql(alternative);
    }
    condition.push(")");
    (!alternatives.is_empty()).then_some(condition)
}

impl Store {
    /// Writes the conditions of a query: all filters, the scope and the free search.
    pub(super) async fn conditions(&self, query: &SessionQuery, scope: &Scope) -> Result<Conditions, Error> {
        let mut all = Conditions::new();
        if let Some(condition) = scope_condition(scope) {
            all.and(condition, matches!(scope, Scope::Own(_)));
        }
        states(&mut all, query);
        names_and_codes(&mut all, query);
        by_name_or_id(&mut all, "user_name", "user_id", &query.users);
        match query.members.as_deref() {
            Some([]) => all.and(sql!("1 = 0"), false),
            Some(names) => all.is_in("user_name", names.iter()),
            None => {}
        }
        by_name_or_id(&mut all, "resource_name", "resource_id", &query.resources);
        all.any(
            &query
                .client_ips
                .iter()
                .map(|net| ip_range(*net))
                .collect::<Vec<_>>(),
        );
        window(&mut all, query);
        if !query.reviews.is_empty() {
            let mut condition =
                sql!("sid IN (SELECT a.sid FROM approvals a WHERE a.kind = 'session' AND a.state IN ");
            condition
                .push_list(query.reviews.iter().map(|state| state.word()))
                .push(")");
            all.and(condition, false);
        }
        facets(&mut all, query);
        if let Some(text) = query
            .search
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            let (alternatives, few) = self.search_alternatives(text).await?;
            match any(&alternatives) {
                Some(condition) if few => all.and(condition, false),
                Some(condition) => all.and_mostly(condition),
                None => {}
            }
        }
        Ok(all)
    }

    /// Finds text in every visible column; tells whether indexes can find it, because few names hold it. No alternatives at all: every
    /// session holds it.
    ///
    /// Alternatives that select nothing are left out. They are looked for by an index here, once, and would else keep the database
    /// from answering the others from an index alone.
    async fn search_alternatives(&self, text: &str) -> Result<(Vec<Sql>, bool), Error> {
        let folded = text.to_lowercase();
        let pattern = format!("%{}%", like(&folded));
        let (mut alternatives, few) = match self.search_names(&pattern).await? {
            Names::Few(alternatives) => (alternatives, true),
            Names::Many(alternatives) => (alternatives, false),
            Names::OfAll => return Ok((Vec::new(), false)),
        };
        let states: Vec<_> = State::ALL
            .into_iter()
            .filter(|state| state.word().contains(&folded))
            .collect();
        if !states.is_empty() {
            let mut condition = sql!("state IN ");
            condition.push_list(states.into_iter().map(|state| i64::from(state.code())));
            alternatives.push(condition);
        }
        let interfaces: Vec<_> = ClientInterface::ALL
            .into_iter()
            .filter(|one| one.word().contains(&folded) || one.title().to_lowercase().contains(&folded))
            .collect();
        if !interfaces.is_empty() {
            let mut condition = sql!("client_if IN ");
            condition.push_list(interfaces.into_iter().map(|one| i64::from(one.code())));
            alternatives.push(condition);
        }
        // No text sorts behind this character: a range stands for "begins with".
        let last = format!("{text}\u{10ffff}");
        let mut rare = vec![
            sql!("(ticket >= ? AND ticket <= ?)", text, last.clone()),
            sql!(
                "(correlation_id <> '' AND correlation_id >= ? AND correlation_id <= ?)",
                text,
                last
            ),
        ];
        if let Some((low, high)) = id_range(text) {
            rare.push(sql!(
                "(sid >= ? AND sid <= ? AND id >= ? AND id <= ?)",
                low.sid(),
                high.sid(),
                low.uuid(),
                high.uuid()
            ));
        }
        rare.extend(networks(text).map(ip_range));
        alternatives.extend(self.that_select(rare).await?);
        if alternatives.is_empty() {
            alternatives.push(sql!("1 = 0"));
        }
        Ok((alternatives, few))
    }

    /// Keeps the conditions that select any session.
    async fn that_select(&self, conditions: Vec<Sql>) -> Result<Vec<Sql>, Error> {
        let mut query = sql!("SELECT ");
        for (at, condition) in conditions.iter().enumerate() {
            query
                .push(if at > 0 { ", " } else { "" })
                .push("CASE WHEN EXISTS (SELECT 1 FROM sessions WHERE ")
                .push_sql(condition)
                .push(") THEN 1 ELSE 0 END");
        }
        let mut row = self.row(query).await?.ok_or(Error::Corrupt("search"))?;
        let mut selecting = Vec::new();
        for condition in conditions {
            if row.int()? > 0 {
                selecting.push(condition);
            }
        }
        Ok(selecting)
    }

    /// Finds text in the dictionary of names.
    async fn search_names(&self, pattern: &str) -> Result<Names, Error> {
        let query = sql!(
            "SELECT kind, value FROM names WHERE folded LIKE ? ESCAPE '!' LIMIT ?",
            pattern,
            NAMES + 1
        );
        let rows = self.rows(query).await?;
        if rows.len() <= NAMES as usize {
            let mut found = Vec::new();
            for mut row in rows {
                found.push((Kind::from_code(row.int()?), row.text()?));
            }
            let listed = |kind| {
                let of = found.iter().filter(move |(of, _)| *of == Some(kind));
                let values: Vec<_> = of.map(|(_, value)| value).collect();
                let mut condition = Sql::new(kind.column());
                (!values.is_empty()).then(|| {
                    condition.push(" IN ").push_list(values);
                    condition
                })
            };
            return Ok(Names::Few(Kind::ALL.into_iter().filter_map(listed).collect()));
        }
        let query = sql!(
            "SELECT kind, count(*), count(CASE WHEN folded LIKE ? ESCAPE '!' THEN 1 END) FROM names GROUP BY kind",
            pattern
        );
        let mut alternatives = Vec::new();
        for mut row in self.rows(query).await? {
            let (kind, all, holding) = (Kind::from_code(row.int()?), row.int()?, row.int()?);
            // A kind without such a name would be looked through at every row for nothing.
            let Some(kind) = kind.filter(|_| holding > 0) else {
                continue;
            };
            if holding == all && self.is_borne_by_all(kind).await? {
                return Ok(Names::OfAll);
            }
            // So many names are borne by many sessions: a walk in the list's order soon has a page full of them.
            let mut condition = Sql::new(format!("{}{}", self.dialect().row_by_row(), kind.column()));
            condition
                .push(" IN (SELECT value FROM names WHERE kind = ")
                .push_value(kind.code())
                .push(" AND folded LIKE ")
                .push_value(pattern)
                .push(" ESCAPE '!')");
            alternatives.push(condition);
        }
        Ok(Names::Many(alternatives))
    }

    /// Tells whether every session bears a name of a kind.
    async fn is_borne_by_all(&self, kind: Kind) -> Result<bool, Error> {
        let mut query = sql!(format!("SELECT 1 FROM sessions WHERE {} = ''", kind.column()));
        query.push(" LIMIT 1");
        Ok(self.row(query).await?.is_none())
    }
}

/// What the dictionary knows of a text.
enum Names {
    /// Few names hold it: one alternative for each kind, to be found by an index.
    Few(Vec<Sql>),
    /// Many do: one alternative for each kind, to be checked row by row.
    Many(Vec<Sql>),
    /// Every name of a kind holds it, and every session bears one.
    OfAll,
}

/// Limits to what somebody may see; for every table that has the columns `user_id`, `gateway` and `resource_id`.
pub(crate) fn scope_condition(scope: &Scope) -> Option<Sql> {
    let (user, among) = match scope {
        Scope::All => return None,
        Scope::Own(user) => return Some(sql!("user_id = ?", user.0)),
        Scope::OwnOr(user, among) => (user, among),
    };
    let mut condition = sql!("(user_id = ?", user.0);
    if !among.gateways.is_empty() {
        condition.push(" OR gateway IN ").push_list(&among.gateways);
    }
    if !among.resources.is_empty() {
        condition
            .push(" OR resource_id IN ")
            .push_list(among.resources.iter().map(|id| id.0));
    }
    condition.push(")");
    Some(condition)
}

/// States, and what follows from them and from a lock: sessions that are over hold none.
fn states(all: &mut Conditions, query: &SessionQuery) {
    all.is_in("state", query.states.iter().map(|state| i64::from(state.code())));
    let wanted = |terminal: bool| {
        query.states.is_empty() || query.states.iter().any(|state| state.is_terminal() == terminal)
    };
    all.running = wanted(false);
    all.over = wanted(true) && query.locked != Some(true);
    if !all.over {
        // The number is that of the partial index.
        all.and(sql!("ended_at = 9223372036854775807"), true);
    }
}

fn names_and_codes(all: &mut Conditions, query: &SessionQuery) {
    all.is_in("resource_type", query.types.iter());
    all.is_in("gateway", query.gateways.iter());
    all.is_in(
        "client_if",
        query.client_interfaces.iter().map(|one| i64::from(one.code())),
    );
    all.is_in("account", query.accounts.iter());
    all.is_in("secret_name", query.secrets.iter());
    all.is_in("access_rule", query.access_rules.iter());
    all.is_in("profile", query.profiles.iter());
    all.is_in(
        "end_reason",
        query.end_reasons.iter().map(|reason: &EndReason| reason.word()),
    );
    all.is_in("ticket", query.tickets.iter());
    if !query.correlation_ids.is_empty() {
        // The first half lets the partial index be used.
        let mut condition = sql!("(correlation_id <> '' AND correlation_id IN ");
        condition.push_list(&query.correlation_ids).push(")");
        all.and(condition, query.correlation_ids.len() == 1);
    }
}

/// Takes each value for an id when it looks like one, and for a name otherwise.
fn by_name_or_id(all: &mut Conditions, name: &str, id: &str, values: &[String]) {
    let (ids, names): (Vec<_>, Vec<_>) = values.iter().partition(|value| Uuid::parse_str(value).is_ok());
    let mut alternatives = Vec::new();
    if !names.is_empty() {
        let mut condition = Sql::new(name.to_owned());
        condition.push(" IN ").push_list(names);
        alternatives.push(condition);
    }
    if !ids.is_empty() {
        let mut condition = Sql::new(id.to_owned());
        condition
            .push(" IN ")
            .push_list(ids.into_iter().filter_map(|value| Uuid::parse_str(value).ok()));
        alternatives.push(condition);
    }
    all.any(&alternatives);
}

/// Sessions that overlap a window. Few last longer than a day: `span` marks them, so that the others are one range of the key.
fn window(all: &mut Conditions, query: &SessionQuery) {
    all.window = (query.since.is_some(), query.until.is_some());
    let until = query.until.map_or(i64::MAX, SessionId::sid_at);
    if query.until.is_some() {
        all.and_mostly(sql!("sid < ?", until));
    }
    if let Some(since) = query.since {
        let low = SessionId::sid_at(since.plus(Span(-SPAN.0)));
        all.all.push(Condition {
            plain: sql!("(ended_at >= ? AND (sid >= ? OR span = 1))", since.0, low),
            first: Some(sql!(
                "(ended_at >= ? AND sid IN (SELECT w.sid FROM sessions w WHERE w.sid >= ? AND w.sid < ? \
                 UNION ALL SELECT w.sid FROM sessions w WHERE w.span = 1 AND w.ended_at >= ?))",
                since.0,
                low,
                until,
                since.0
            )),
            count: Some(sql!("sid >= ? AND sid < ?", low, until)),
            all_but: None,
            ordered: false,
        });
    }
}

fn facets(all: &mut Conditions, query: &SessionQuery) {
    match query.locked {
        Some(true) => all.and(sql!("locked_at > 0"), false),
        Some(false) => all.and_all_but(sql!("locked_at = 0"), sql!("f.locked_at > 0")),
        None => {}
    }
    match query.has_recording {
        // Recording, finalising, available, held.
        Some(true) => all.and_all_but(
            sql!("recording IN (1, 2, 3, 7)"),
            sql!("f.recording IN (0, 4, 5, 6)"),
        ),
        Some(false) => all.and(sql!("recording IN (0, 4, 5, 6)"), false),
        None => {}
    }
    if let Some(of) = query.rerun_of {
        all.and(sql!("(length(rerun_of) > 0 AND rerun_of = ?)", of.uuid()), true);
    }
}

fn ip_range(net: IpNet) -> Sql {
    sql!(
        "(client_ip >= ? AND client_ip <= ?)",
        ip_bytes(net.network()),
        ip_bytes(net.broadcast())
    )
}

/// Reads an address, a network, or the first groups of a version 4 address.
fn networks(text: &str) -> Option<IpNet> {
    if let Ok(net) = text.parse::<IpNet>() {
        return Some(net.trunc());
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(ip.into());
    }
    let groups: Vec<_> = text.strip_suffix('.').unwrap_or(text).split('.').collect();
    if !text.contains('.') || groups.len() > 3 {
        return None;
    }
    let mut octets = [0; 4];
    for (octet, group) in octets.iter_mut().zip(&groups) {
        *octet = group.parse().ok()?;
    }
    ipnet::Ipv4Net::new(Ipv4Addr::from(octets), groups.len() as u8 * 8)
        .ok()
        .map(IpNet::V4)
}

/// Gives the first and the last id that begin with a text of at least 8 hexadecimal digits.
pub(super) fn id_range(prefix: &str) -> Option<(SessionId, SessionId)> {
    let prefix = prefix.to_ascii_lowercase();
    let digits: String = prefix.chars().filter(|c| *c != '-').collect();
    if !(8..=32).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let low = Uuid::parse_str(&format!("{digits:0<32}")).ok()?;
    let high = Uuid::parse_str(&format!("{digits:f<32}")).ok()?;
    let plain = digits.len() == prefix.len();
    (plain || low.to_string().starts_with(&prefix))
        .then(|| (SessionId::from_uuid(low), SessionId::from_uuid(high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_address_is_taken_in_whole_groups() {
        let net = |text: &str| networks(text).map(|net| net.to_string());
        assert_eq!(net("10.1").as_deref(), Some("10.1.0.0/16"));
        assert_eq!(net("10.1.").as_deref(), Some("10.1.0.0/16"));
        assert_eq!(net("10.1.2.3").as_deref(), Some("10.1.2.3/32"));
        assert_eq!(net("10.1.2.3/8").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(net("::1").as_deref(), Some("::1/128"));
        assert_eq!(net("10"), None);
        assert_eq!(net("10.x"), None);
        assert_eq!(net("web.1"), None);
    }

    #[test]
    fn a_prefix_of_an_id_is_a_range_of_keys() {
        let id = SessionId::new(domain::Micros(1_790_000_000_123_456), 7, 42);
        let text = id.to_string();
        for length in 8..=text.len() {
            let Some((low, high)) = id_range(&text[..length]) else {
                panic!("{length}");
            };
            assert!(low <= id && id <= high && low.sid() <= id.sid() && id.sid() <= high.sid());
        }
        assert_eq!(id_range(&text[..7]), None);
        assert_eq!(id_range("0190-1234-5678"), None);
        assert_eq!(id_range("not-an-id"), None);
    }
}
