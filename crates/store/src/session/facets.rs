//! The values that filters offer, and counts by group.

use domain::{
    Micros, Span,
    session::{ClientInterface, State},
};

use super::{
    FacetCounts, FacetQuery, Group, Scope, SessionQuery, Sort, StatRow, filter::scope_condition, names::Kind,
};
use crate::{
    Error, Store,
    audit::like,
    db::{Row, sql},
};

/// So many sessions are counted for a filter's choices: enough to tell which matter, and soon done.
const COUNTED: usize = 10_000;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

impl Store {
    /// Lists the distinct values that a filter can take, deleted users and resources included, in their order.
    pub async fn facets(&self, query: &FacetQuery, scope: &Scope) -> Result<Vec<String>, Error> {
        let kind = Kind::from(query.facet);
        let limit = if query.limit == 0 {
            100
        } else {
            i64::from(query.limit.min(1000))
        };
        let mut sql = sql!("SELECT value FROM names WHERE kind = ?", kind.code());
        if !query.prefix.is_empty() {
            let pattern = format!("{}%", like(&query.prefix.to_lowercase()));
            sql.push(" AND folded LIKE ")
                .push_value(pattern)
                .push(" ESCAPE '!'");
        }
        // Also without a scope: sessions that retention has removed must not be offered.
        sql.push(" AND EXISTS (SELECT 1 FROM sessions WHERE ")
            .push(kind.column())
            .push(" = names.value");
        if let Some(scope) = scope_condition(scope) {
            sql.push(" AND ").push_sql(&scope);
        }
        sql.push(") ORDER BY value LIMIT ").push_value(limit);
        let rows = self.rows(sql).await?;
        rows.into_iter().map(|mut row| row.text()).collect()
    }

    /// Counts the newest 10 000 sessions that a query selects by the values of a column; empty values are left out. Cursor, limit
    /// and sort of the query are ignored.
    pub async fn facet_counts(
        &self,
        group: Group,
        query: &SessionQuery,
        scope: &Scope,
    ) -> Result<FacetCounts, Error> {
        let conditions = self.conditions(query, scope).await?;
        let plan = self.plan(&conditions, Sort::default(), COUNTED + 1).await?;
        let mut sql = sql!(format!(
            "SELECT k, count(*) AS n FROM (SELECT {} AS k FROM sessions{} WHERE 1 = 1",
            column(group),
            plan.hint
        ));
        sql.push_sql(&plan.conditions)
            .push(&format!(" ORDER BY {}sid DESC LIMIT ", plan.sign))
            .push_value(COUNTED as i64 + 1)
            .push(") AS newest GROUP BY k ORDER BY n DESC, k LIMIT 1000");
        let mut counts = FacetCounts::default();
        for mut row in self.rows(sql).await? {
            let (value, sessions) = (read_key(&mut row, group)?, row.int()?.unsigned_abs());
            counts.counted += sessions;
            if !value.is_empty() {
                counts.values.push((value, sessions));
            }
        }
        counts.is_capped = counts.counted > COUNTED as u64;
        Ok(counts)
    }

    /// Counts sessions, bytes and time by a group, largest first; at most 1000 groups. Cursor, limit and sort of the query are
    /// ignored.
    pub async fn stats(
        &self,
        group: Group,
        query: &SessionQuery,
        scope: &Scope,
    ) -> Result<Vec<StatRow>, Error> {
        let key = column(group);
        let conditions = self.conditions(query, scope).await?;
        let mut sql = sql!(format!(
            "SELECT {key} AS k, count(*) AS n, CAST(SUM(bytes_up) AS BIGINT), CAST(SUM(bytes_down) AS BIGINT), \
             CAST(SUM(duration) AS BIGINT) FROM sessions WHERE 1 = 1"
        ));
        sql.push_sql(&conditions.sql())
            .push(" GROUP BY k ORDER BY n DESC, k LIMIT 1000");
        let rows = self.rows(sql).await?;
        rows.into_iter().map(|mut row| read(&mut row, group)).collect()
    }
}

fn column(group: Group) -> &'static str {
    match group {
        Group::State => "state",
        Group::EndReason => "end_reason",
        Group::User => "user_name",
        Group::Resource => "resource_name",
        Group::ResourceType => "resource_type",
        Group::Gateway => "gateway",
        Group::ClientInterface => "client_if",
        Group::Account => "account",
        Group::Secret => "secret_name",
        Group::AccessRule => "access_rule",
        Group::Profile => "profile",
        Group::Day => "created_at / 86400000000",
    }
}

fn read(row: &mut Row, group: Group) -> Result<StatRow, Error> {
    Ok(StatRow {
        key: read_key(row, group)?,
        sessions: row.int()?.unsigned_abs(),
        bytes_up: row.int()?,
        bytes_down: row.int()?,
        duration: Span(row.int()?),
    })
}

fn read_key(row: &mut Row, group: Group) -> Result<String, Error> {
    Ok(match group {
        Group::State => code(row)?
            .and_then(State::from_code)
            .ok_or(Error::Corrupt("state"))?
            .word()
            .to_owned(),
        Group::ClientInterface => {
            let found = code(row)?.and_then(ClientInterface::from_code);
            found.ok_or(Error::Corrupt("client interface"))?.word().to_owned()
        }
        Group::Day => {
            let text = Micros(row.int()? * DAY).rfc3339();
            text.split('T').next().unwrap_or_default().to_owned()
        }
        _ => row.text()?,
    })
}

fn code(row: &mut Row) -> Result<Option<i16>, Error> {
    Ok(i16::try_from(row.int()?).ok())
}
