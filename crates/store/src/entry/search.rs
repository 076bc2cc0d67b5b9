//! Finding entries in all sessions.

use super::{
    EntryPage, EntryQuery,
    month::Month,
    read::{COLUMNS, open_entry},
    seal::Blinds,
    words::{Wanted, facet},
};
use crate::{
    Error, Scope, Store,
    db::{Dialect, Sql, sql},
    session::scope_condition,
};

/// A scope of more gateways and resources than this is not looked up by words, only checked row by row.
const WORDS_OF_SCOPE: usize = 64;

/// A place between two entries: all later months, and of its month the entries before `eid`, are behind it.
struct Place {
    month: Month,
    eid: i64,
}

impl Place {
    fn write(&self) -> String {
        format!("{}-{}", self.month.number(), self.eid)
    }

    fn read(text: &str) -> Result<Self, Error> {
        let (month, eid) = text.split_once('-').ok_or(Error::Cursor)?;
        let month = Month::from_number(month.parse().map_err(|_| Error::Cursor)?);
        Ok(Self {
            month,
            eid: eid.parse().map_err(|_| Error::Cursor)?,
        })
    }
}

impl Store {
    /// Finds entries in all sessions of the scope, newest first. File operations of all sessions are those of
    /// [`super::EntryKind::File`].
    pub async fn search(&self, query: &EntryQuery, scope: &Scope) -> Result<EntryPage, Error> {
        let limit = if query.limit == 0 {
            50
        } else {
            query.limit.min(1000) as usize
        };
        let after = query.cursor.as_deref().map(Place::read).transpose()?;
        let wanted = wanted(query, scope, &Blinds::new(self.content_key()));
        if !query.text.trim().is_empty() && wanted.phrases.is_empty() {
            // Only marks, no word: nothing is found by it.
            return Ok(EntryPage {
                hits: Vec::new(),
                next_cursor: None,
            });
        }
        let mut hits = Vec::new();
        let mut last = None;
        for month in self
            .months()
            .await?
            .into_iter()
            .rev()
            .filter(|month| in_window(query, *month))
        {
            let before = match &after {
                Some(place) if month > place.month => continue,
                Some(place) if month == place.month => Some(place.eid),
                _ => None,
            };
            // One more than fits tells whether there is a next page.
            let left = limit + 1 - hits.len();
            for mut row in self
                .rows(self.statement(query, &wanted, month, before, left))
                .await?
            {
                let eid = row.int()?;
                if hits.len() == limit {
                    return Ok(EntryPage {
                        hits,
                        next_cursor: last,
                    });
                }
                last = Some(Place { month, eid }.write());
                hits.push(open_entry(&mut row, self.content_key())?);
            }
        }
        Ok(EntryPage {
            hits,
            next_cursor: None,
        })
    }

    fn statement(
        &self,
        query: &EntryQuery,
        wanted: &Wanted,
        month: Month,
        before: Option<i64>,
        limit: usize,
    ) -> Sql {
        let table = month.table();
        let mut sql = match self.dialect() {
            _ if wanted.is_empty() => sql!(format!("SELECT eid, {COLUMNS} FROM {table} WHERE 1 = 1")),
            Dialect::Sqlite => sql!(
                format!(
                    "SELECT eid, {COLUMNS} FROM {table}_f JOIN {table} ON eid = {table}_f.rowid WHERE {table}_f MATCH ?"
                ),
                wanted.fts5()
            ),
            Dialect::Postgres => {
                sql!(
                    format!("SELECT eid, {COLUMNS} FROM {table} WHERE terms @@ ?::tsquery"),
                    wanted.tsquery()
                )
            }
        };
        let key = if self.dialect() == Dialect::Sqlite && !wanted.is_empty() {
            format!("{table}_f.rowid")
        } else {
            "eid".to_owned()
        };
        if let Some(before) = before {
            sql.push(&format!(" AND {key} < ")).push_value(before);
        }
        if let Some(session) = query.session {
            sql.push(" AND sid = ").push_value(session.sid());
        }
        if let Some(scope) = wanted.scope.as_ref() {
            sql.push(" AND ").push_sql(scope);
        }
        if let Some(since) = query.since {
            sql.push(" AND t >= ").push_value(since.0);
        }
        if let Some(until) = query.until {
            sql.push(" AND t < ").push_value(until.0);
        }
        sql.push(&format!(" ORDER BY {key} DESC LIMIT "))
            .push_value(limit as i64);
        sql
    }
}

fn in_window(query: &EntryQuery, month: Month) -> bool {
    query.since.is_none_or(|since| month >= Month::of(since))
        && query.until.is_none_or(|until| month <= Month::of(until))
        && query
            .session
            .is_none_or(|session| month >= Month::of(session.created()))
}

fn wanted(query: &EntryQuery, scope: &Scope, blinds: &Blinds) -> Wanted {
    let words = match scope {
        Scope::All => Vec::new(),
        Scope::Own(user) => vec![facet::user(*user)],
        Scope::OwnOr(_, among) if among.gateways.len() + among.resources.len() > WORDS_OF_SCOPE => Vec::new(),
        Scope::OwnOr(user, among) => {
            let gateways = among.gateways.iter().map(|name| facet::gateway(name));
            let resources = among.resources.iter().map(|id| facet::resource(*id));
            std::iter::once(facet::user(*user))
                .chain(gateways)
                .chain(resources)
                .collect()
        }
    };
    let facets = vec![
        words,
        query.users.iter().map(|id| facet::user(*id)).collect(),
        query.resources.iter().map(|id| facet::resource(*id)).collect(),
        query.gateways.iter().map(|name| facet::gateway(name)).collect(),
        query
            .types
            .iter()
            .map(|name| facet::resource_type(name))
            .collect(),
        query.kinds.iter().map(|kind| facet::kind(*kind)).collect(),
    ];
    Wanted {
        phrases: Wanted::phrases(blinds, &query.text),
        facets: facets.into_iter().filter(|group| !group.is_empty()).collect(),
        // The names of gateways are hashed in words; the columns are exact.
        scope: scope_condition(scope),
    }
}
