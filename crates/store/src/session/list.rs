//! The list of sessions, page by page.
//!
//! A page begins behind the last row of the page before (keyset), never at an offset. The rows behind `(value, sid)` are asked for in
//! two statements, the rest of the equal ones and the ones beyond: a comparison of pairs would keep `SQLite` from using its index.

use domain::{Micros, session::State};

use super::{
    Count, Direction, Page, Scope, SessionQuery, SessionRow, Sort, SortColumn,
    cursor::{Cursor, Key},
    filter::Conditions,
    plan::Plan,
    row::{COLUMNS, RUNNING, ip_bytes, read, recording_code},
};
use crate::{
    Error, Store,
    db::{Sql, sql},
};

/// A capped count stops here.
const CAP: i64 = 10_000;

impl Store {
    /// Lists sessions.
    pub async fn list(&self, query: &SessionQuery, scope: &Scope) -> Result<Page, Error> {
        let limit = if query.limit == 0 {
            50
        } else {
            query.limit.min(1000) as usize
        };
        let after = query
            .cursor
            .as_deref()
            .map(|text| Cursor::read(text, query.sort))
            .transpose()?;
        let as_of = after.as_ref().map_or(query.now, |cursor| cursor.as_of);
        let conditions = self.conditions(query, scope).await?;
        let walk = Walk {
            sort: query.sort,
            after,
            wanted: limit + 1,
            as_of,
        };
        let plan = self.plan(&conditions, query.sort, walk.wanted).await?;
        let mut rows = if query.sort.column.is_live() {
            self.walk_live(&conditions, plan, &walk).await?
        } else {
            let mut rows = self.walk(&plan, &walk).await?;
            self.add_live(&mut rows).await?;
            rows
        };
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| {
            let (value, sid) = (key(row, query.sort.column), row.session.id.sid());
            Cursor {
                sort: query.sort,
                value,
                sid,
                as_of,
            }
            .write()
        });
        let (total, total_is_capped) = self.total(&conditions.sql_to_count(), query.count).await?;
        Ok(Page {
            rows,
            next_cursor,
            total,
            total_is_capped,
            as_of,
        })
    }

    async fn total(&self, conditions: &Sql, count: Count) -> Result<(Option<u64>, bool), Error> {
        let mut query = match count {
            Count::None => return Ok((None, false)),
            Count::Exact => sql!("SELECT count(*) FROM sessions WHERE 1 = 1"),
            Count::Capped => sql!("SELECT count(*) FROM (SELECT 1 FROM sessions WHERE 1 = 1"),
        };
        query.push_sql(conditions);
        if count == Count::Capped {
            query.push(" LIMIT ").push_value(CAP + 1).push(") AS capped");
        }
        let mut row = self.row(query).await?.ok_or(Error::Corrupt("count"))?;
        let found = row.int()?;
        let capped = count == Count::Capped && found > CAP;
        let total = if capped { CAP } else { found };
        Ok((Some(total.unsigned_abs()), capped))
    }

    /// Reads the rows behind a place in an order that the rows themselves hold.
    async fn walk(&self, plan: &Plan, walk: &Walk) -> Result<Vec<SessionRow>, Error> {
        let mut found = Vec::new();
        for statement in walk.statements(plan) {
            let left = walk.wanted - found.len();
            if left == 0 {
                break;
            }
            let mut statement = statement;
            statement.push(" LIMIT ").push_value(left as i64);
            for mut row in self.rows(statement).await? {
                found.push(read(&mut row, walk.as_of)?);
            }
        }
        Ok(found)
    }

    /// Reads the rows behind a place in an order in which running sessions have a place that their rows do not hold: these few are
    /// read as a whole and put between the others here.
    async fn walk_live(
        &self,
        conditions: &Conditions,
        mut plan: Plan,
        walk: &Walk,
    ) -> Result<Vec<SessionRow>, Error> {
        let mut rows = Vec::new();
        if conditions.over {
            plan.conditions.push(" AND ended_at < 9223372036854775807");
            rows = self.walk(&plan, walk).await?;
        }
        let mut live = Vec::new();
        if conditions.running {
            let hint = self.dialect().by_index("s_running");
            let mut running = sql!(format!(
                "SELECT {COLUMNS} FROM sessions{hint} WHERE ended_at = 9223372036854775807"
            ));
            running.push_sql(&conditions.sql());
            for mut row in self.rows(running).await? {
                live.push(read(&mut row, walk.as_of)?);
            }
        }
        self.add_live(&mut live).await?;
        rows.extend(live.into_iter().filter(|row| walk.is_behind(row)));
        rows.sort_by_cached_key(|row| (key(row, walk.sort.column), row.session.id.sid()));
        if walk.sort.direction == Direction::Descending {
            rows.reverse();
        }
        rows.truncate(walk.wanted);
        Ok(rows)
    }
}

/// Which part of which order is read.
struct Walk {
    sort: Sort,
    after: Option<Cursor>,
    wanted: usize,
    as_of: Micros,
}

impl Walk {
    /// Writes the statements that give the rows in order, each the continuation of the one before.
    fn statements(&self, plan: &Plan) -> Vec<Sql> {
        let column = format!("{}{}", plan.sign, self.sort.column.name());
        let sid = format!("{}sid", plan.sign);
        let (beyond, way) = match self.sort.direction {
            Direction::Ascending => (">", "ASC"),
            Direction::Descending => ("<", "DESC"),
        };
        let select = |place: Sql, order: String| {
            let mut sql = sql!(format!("SELECT {COLUMNS} FROM sessions{} WHERE ", plan.hint));
            sql.push_sql(&place)
                .push_sql(&plan.conditions)
                .push(" ORDER BY ")
                .push(&order);
            sql
        };
        let by_both = format!("{column} {way}, {sid} {way}");
        let by_sid = format!("{sid} {way}");
        match (&self.after, self.sort.column) {
            (None, SortColumn::Created) => vec![select(sql!("1 = 1"), by_sid)],
            (None, _) => vec![select(sql!("1 = 1"), by_both)],
            (Some(after), SortColumn::Created) => {
                vec![select(sql!(format!("{sid} {beyond} ?"), after.sid), by_sid)]
            }
            (Some(after), _) => {
                let equal = sql!(
                    format!("{column} = ? AND {sid} {beyond} ?"),
                    after.value.clone(),
                    after.sid
                );
                let further = sql!(format!("{column} {beyond} ?"), after.value.clone());
                vec![select(equal, by_sid), select(further, by_both)]
            }
        }
    }

    fn is_behind(&self, row: &SessionRow) -> bool {
        let Some(after) = &self.after else {
            return true;
        };
        let place = (key(row, self.sort.column), row.session.id.sid());
        let cursor = (after.value.clone(), after.sid);
        match self.sort.direction {
            Direction::Ascending => place > cursor,
            Direction::Descending => place < cursor,
        }
    }
}

/// Gives the value that a row is ordered by; the same as in the database.
fn key(row: &SessionRow, column: SortColumn) -> Key {
    let (session, life) = (&row.session, &row.life);
    match column {
        SortColumn::Created => Key::Int(session.id.sid()),
        SortColumn::Started => Key::Int(life.started_at.0),
        SortColumn::FirstLogon => Key::Int(life.first_logon_at.0),
        SortColumn::Expires => Key::Int(life.expires_at.0),
        SortColumn::Ended => Key::Int(if life.state.is_terminal() {
            life.ended_at.0
        } else {
            RUNNING
        }),
        SortColumn::Duration => Key::Int(row.duration.0),
        SortColumn::BytesUp => Key::Int(row.bytes_up),
        SortColumn::BytesDown => Key::Int(row.bytes_down),
        SortColumn::State => Key::Int(i64::from(State::code(life.state))),
        SortColumn::EndReason => Key::Text(life.end_reason.map_or("", |reason| reason.word()).to_owned()),
        SortColumn::User => Key::Text(session.user.name.clone()),
        SortColumn::Account => Key::Text(session.account.clone()),
        SortColumn::Resource => Key::Text(session.resource.name.clone()),
        SortColumn::ResourceType => Key::Text(session.resource.protocol.clone()),
        SortColumn::Gateway => Key::Text(session.gateway.clone()),
        SortColumn::ClientInterface => Key::Int(i64::from(session.client_interface.code())),
        SortColumn::ClientIp => Key::Bytes(ip_bytes(session.client_ip)),
        SortColumn::Secret => Key::Text(session.secret_name.clone()),
        SortColumn::AccessRule => Key::Text(session.access_rule.clone()),
        SortColumn::Profile => Key::Text(session.profile.clone()),
        SortColumn::Ticket => Key::Text(session.ticket.clone()),
        SortColumn::Recording => Key::Int(recording_code(row.recording)),
    }
}
