//! Finding requests.

use std::collections::HashMap;

use domain::{
    ApprovalId, Micros, SessionId,
    approval::{Approval, ApprovalKind, ApprovalState},
    person::Person,
};

use super::{COLUMNS, add_votes, names_of, read, votes_of};
use crate::{
    Error, HoldRow, SessionRow, Store,
    db::{Sql, sql},
};

/// Whose requests are seen.
#[derive(Debug, Clone, PartialEq)]
pub enum ApprovalScope {
    /// Everybody's.
    All,
    /// Those that a person has made, has voted on, or is a reviewer of.
    Of(Person),
}

/// Which requests, newest first. Empty lists select everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ApprovalQuery {
    /// Where they stand.
    pub states: Vec<ApprovalState>,
    /// What is asked for.
    pub kinds: Vec<ApprovalKind>,
    /// Of one session.
    pub session: Option<SessionId>,
    /// By whom, by login name.
    pub requesters: Vec<String>,
    /// For which resources, by name.
    pub resources: Vec<String>,
    /// Those that this person may decide now.
    pub decidable_by: Option<Person>,
    /// Asked at this time or later.
    pub since: Option<Micros>,
    /// Asked before this time.
    pub until: Option<Micros>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Rows of a page; 1 to 1000, 0 stands for 50.
    pub limit: u32,
    /// The time now.
    pub now: Micros,
}

/// A page of requests.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalPage {
    /// The requests, newest first.
    pub rows: Vec<Approval>,
    /// Where the next page starts; [`None`] at the end.
    pub next_cursor: Option<String>,
    /// How many there are on all pages together.
    pub total: i64,
}

impl Store {
    /// Gives a request.
    pub async fn approval(&self, id: ApprovalId) -> Result<Option<Approval>, Error> {
        let query = format!("SELECT {COLUMNS} FROM approvals WHERE id = ?");
        Ok(self.read_approvals(sql!(query, id.0)).await?.pop())
    }

    /// Lists the requests of a session, in the order in which they were made.
    pub async fn approvals_of(&self, session: SessionId) -> Result<Vec<Approval>, Error> {
        let query = format!("SELECT {COLUMNS} FROM approvals WHERE sid = ? ORDER BY id LIMIT 1000");
        self.read_approvals(sql!(query, session.sid())).await
    }

    /// Lists requests, newest first.
    pub async fn approvals(
        &self,
        query: &ApprovalQuery,
        scope: &ApprovalScope,
    ) -> Result<ApprovalPage, Error> {
        let wanted = narrow(query, scope);
        let mut count = sql!("SELECT count(*) FROM approvals a WHERE 1 = 1");
        count.push_sql(&wanted);
        let total = self.row(count).await?.ok_or(Error::Corrupt("count"))?.int()?;
        let limit = match query.limit {
            0 => 50,
            limit => i64::from(limit.min(1000)),
        };
        let mut select = sql!(format!("SELECT {COLUMNS} FROM approvals a WHERE 1 = 1"));
        select.push_sql(&wanted);
        if let Some(cursor) = &query.cursor {
            let after: ApprovalId = cursor.parse().map_err(|_| Error::Cursor)?;
            select.push(" AND id < ").push_value(after.0);
        }
        select.push(" ORDER BY id DESC LIMIT ").push_value(limit + 1);
        let mut rows = self.read_approvals(select).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|row| row.id.to_string());
        Ok(ApprovalPage {
            rows,
            next_cursor,
            total,
        })
    }

    async fn read_approvals(&self, query: Sql) -> Result<Vec<Approval>, Error> {
        let rows = self.rows(query).await?;
        let mut approvals: Vec<_> = rows
            .into_iter()
            .map(|mut row| read(&mut row, self.content_key()))
            .collect::<Result<_, _>>()?;
        if !approvals.is_empty() {
            let votes = self.rows(votes_of(&approvals)).await?;
            add_votes(&mut approvals, votes)?;
        }
        Ok(approvals)
    }

    /// Fills in where the approvals of sessions stand.
    pub(crate) async fn add_reviews(&self, rows: &mut [SessionRow]) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut query = sql!("SELECT sid, state FROM approvals WHERE kind = 'session' AND sid IN ");
        query.push_list(rows.iter().map(|row| row.session.id.sid()));
        let mut states = HashMap::new();
        for mut row in self.rows(query).await? {
            let sid = row.int()?;
            let state = ApprovalState::parse(&row.text()?).ok_or(Error::Corrupt("state of an approval"))?;
            states.insert(sid, state);
        }
        for row in rows.iter_mut() {
            row.review = states.get(&row.session.id.sid()).copied();
        }
        let mut query = sql!(format!(
            "SELECT {COLUMNS} FROM approvals WHERE kind = 'statement' AND state = 'pending' AND sid IN "
        ));
        query.push_list(rows.iter().map(|row| row.session.id.sid()));
        query.push(" ORDER BY id DESC");
        for mut held in self.rows(query).await? {
            let held = read(&mut held, self.content_key())?;
            // The oldest is read last, and stays.
            if let Some(row) = rows.iter_mut().find(|row| row.session.id == held.session_id) {
                row.hold = Some(HoldRow {
                    approval: held.id,
                    rule: held.rule,
                    since: held.created_at,
                    statement: held.detail.get("statement").and_then(serde_json::Value::as_u64),
                });
            }
        }
        Ok(())
    }
}

/// Writes the conditions, each with ` AND` before it.
fn narrow(query: &ApprovalQuery, scope: &ApprovalScope) -> Sql {
    let mut sql = Sql::new("");
    if let ApprovalScope::Of(person) = scope {
        sql.push(" AND (requester_id = ").push_value(person.id.0);
        sql.push(" OR EXISTS (SELECT 1 FROM approval_reviewers r WHERE r.approval_id = a.id AND r.who IN ")
            .push_list(names_of(person))
            .push(")");
        sql.push(" OR EXISTS (SELECT 1 FROM approval_votes v WHERE v.approval_id = a.id AND v.voter_id = ")
            .push_value(person.id.0)
            .push("))");
    }
    if let Some(person) = &query.decidable_by {
        sql.push(" AND state = 'pending' AND deadline > ")
            .push_value(query.now.0);
        sql.push(" AND requester_id <> ").push_value(person.id.0);
        sql.push(
            " AND EXISTS (SELECT 1 FROM approval_reviewers r WHERE r.approval_id = a.id AND r.tier = a.tier AND r.who IN ",
        )
        .push_list(names_of(person))
        .push(")");
        sql.push(
            " AND NOT EXISTS (SELECT 1 FROM approval_votes v WHERE v.approval_id = a.id AND v.voter_id = ",
        )
        .push_value(person.id.0)
        .push(")");
    }
    if !query.states.is_empty() {
        sql.push(" AND state IN ")
            .push_list(query.states.iter().map(|state| state.word()));
    }
    if !query.kinds.is_empty() {
        sql.push(" AND kind IN ")
            .push_list(query.kinds.iter().map(|kind| kind.word()));
    }
    if let Some(session) = query.session {
        sql.push(" AND sid = ").push_value(session.sid());
    }
    if !query.requesters.is_empty() {
        sql.push(" AND requester_name IN ").push_list(&query.requesters);
    }
    if !query.resources.is_empty() {
        sql.push(" AND resource_name IN ").push_list(&query.resources);
    }
    if let Some(since) = query.since {
        sql.push(" AND created_at >= ").push_value(since.0);
    }
    if let Some(until) = query.until {
        sql.push(" AND created_at < ").push_value(until.0);
    }
    sql
}
