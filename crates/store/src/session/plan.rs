//! How `SQLite` is told to find the rows of a page.
//!
//! There are two good ways, and its planner cannot tell which, because it does not weigh how many rows are wanted. *Walk* the
//! index of the list's order and look at each row until a page is full: good when many rows are wanted. Or find all rows of the
//! condition that selects the fewest, and sort them: good when these are few. So the rows of each condition are counted first, up
//! to a bound, from their indexes alone. `PostgreSQL` does all this by itself.

use std::time::{Duration, Instant};

use super::{Direction, Sort, SortColumn, filter::Condition, filter::Conditions};
use crate::{
    Error, Store,
    db::{Dialect, Sql, sql},
};

/// Rows are counted up to here; conditions that select more select a third of all.
const COUNTED: i64 = 10_000;
/// How long the number of all sessions is good enough.
const FRESH: Duration = Duration::from_mins(1);

/// How the rows are found.
pub(super) struct Plan {
    /// Stands behind the table's name.
    pub(super) hint: String,
    /// Stands before the column of the order, to keep its index from being used when rows are found by another.
    pub(super) sign: &'static str,
    /// All conditions, each with ` AND` before it.
    pub(super) conditions: Sql,
}

impl Store {
    /// Decides how a page of `wanted` rows is found in an order.
    pub(super) async fn plan(
        &self,
        conditions: &Conditions,
        sort: Sort,
        wanted: usize,
    ) -> Result<Plan, Error> {
        let column = sort.column;
        if self.dialect() == Dialect::Postgres {
            return Ok(Plan {
                hint: String::new(),
                sign: "",
                conditions: conditions.sql(),
            });
        }
        let all = self.about_how_many().await?;
        let mut counts = Vec::new();
        for condition in &conditions.all {
            counts.push(self.count_up(condition, all).await?);
        }
        // In such an order, which is nearly that of creation, a walk begins far from the window.
        let beside = match sort.direction {
            Direction::Ascending => conditions.window.0,
            Direction::Descending => conditions.window.1,
        };
        let far = beside && column.follows_creation();
        let first = choose(&conditions.all, &counts, all, wanted as f64, column, far);
        let hint = match (first, column) {
            (Some(_), _) => String::new(),
            (None, SortColumn::Created) => " NOT INDEXED".to_owned(),
            (None, column) => format!(" INDEXED BY s_{}", column.name()),
        };
        let in_order = |at: usize| {
            column == SortColumn::Created && conditions.all.get(at).is_some_and(|first| first.ordered)
        };
        let sign = first.map_or("", |at| if in_order(at) { "" } else { "+" });
        let mut sql = Sql::new("");
        for (at, condition) in conditions.all.iter().enumerate() {
            if Some(at) == first {
                sql.push(" AND ")
                    .push_sql(condition.first.as_ref().unwrap_or(&condition.plain));
            } else if condition.count.is_some() {
                // The sign keeps the condition's index from being used.
                sql.push(" AND +(").push_sql(&condition.plain).push(")");
            } else {
                sql.push(" AND ").push_sql(&condition.plain);
            }
        }
        Ok(Plan {
            hint,
            sign,
            conditions: sql,
        })
    }

    /// Gives how many rows a condition selects, of `all`.
    async fn count_up(&self, condition: &Condition, all: f64) -> Result<f64, Error> {
        let Some(count) = &condition.count else {
            return Ok(all);
        };
        let mut query = sql!("SELECT count(*) FROM (SELECT 1 FROM sessions WHERE ");
        query
            .push_sql(count)
            .push(" LIMIT ")
            .push_value(COUNTED)
            .push(")");
        let mut row = self.row(query).await?.ok_or(Error::Corrupt("count"))?;
        let found = row.int()?;
        Ok(if found < COUNTED {
            found as f64
        } else {
            (all / 3.0).max(found as f64)
        })
    }

    /// Gives the number of all sessions, as of a minute ago at most.
    async fn about_how_many(&self) -> Result<f64, Error> {
        if let Some((at, known)) = *self.sessions_known().lock().await
            && at.elapsed() < FRESH
        {
            return Ok(known);
        }
        let row = self.row(sql!("SELECT count(*) FROM sessions")).await?;
        let known = row.ok_or(Error::Corrupt("count"))?.int()? as f64;
        *self.sessions_known().lock().await = Some((Instant::now(), known));
        Ok(known)
    }
}

/// Gives the condition whose rows are found first, or [`None`] to walk. Counts rows that are looked at, taking conditions for
/// independent of each other.
fn choose(
    conditions: &[Condition],
    counts: &[f64],
    all: f64,
    wanted: f64,
    column: SortColumn,
    far: bool,
) -> Option<usize> {
    let all = all.max(1.0);
    let selected: f64 = counts
        .iter()
        .fold(all, |left, count| left * (count / all).min(1.0));
    // How many rows there are for each that is selected.
    let each = |of: f64| of / selected.max(0.5);
    let walk = if far { all } else { (wanted * each(all)).min(all) };
    let cost = |at: usize| {
        let (condition, count) = (conditions.get(at)?, *counts.get(at)?);
        condition.count.as_ref()?;
        let ordered = condition.ordered && column == SortColumn::Created;
        Some(if ordered {
            count.min(wanted * each(count))
        } else {
            1.3 * count
        })
    };
    let best = (0..conditions.len())
        .filter_map(|at| Some((at, cost(at)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    best.filter(|(_, cost)| *cost <= walk).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(ordered: bool) -> Condition {
        Condition {
            plain: sql!("1 = 1"),
            first: None,
            count: Some(sql!("1 = 1")),
            all_but: None,
            ordered,
        }
    }

    #[test]
    fn few_rows_are_found_first_and_many_are_walked_to() {
        let two = [condition(false), condition(false)];
        let by = |counts: [f64; 2], column| choose(&two, &counts, 100_000.0, 51.0, column, false);
        assert_eq!(by([100.0, 50_000.0], SortColumn::User), Some(0));
        assert_eq!(by([50_000.0, 0.0], SortColumn::User), Some(1));
        assert_eq!(by([50_000.0, 30_000.0], SortColumn::User), None);
        // Many of each, but few of both: the walk would be long.
        assert_eq!(by([2_000.0, 1_500.0], SortColumn::User), Some(1));
        assert_eq!(choose(&[], &[], 100_000.0, 51.0, SortColumn::User, false), None);
    }

    #[test]
    fn one_value_gives_its_rows_in_order_of_creation() {
        let one = [condition(true)];
        assert_eq!(
            choose(&one, &[50_000.0], 100_000.0, 51.0, SortColumn::Created, false),
            Some(0)
        );
        assert_eq!(
            choose(&one, &[50_000.0], 100_000.0, 51.0, SortColumn::User, false),
            None
        );
    }

    #[test]
    fn a_window_is_not_walked_to_along_a_column_that_follows_creation() {
        let window = [condition(false)];
        let by = |far| choose(&window, &[8000.0], 100_000.0, 51.0, SortColumn::Started, far);
        assert_eq!((by(false), by(true)), (None, Some(0)));
    }
}
