//! The comparison of two results of the log, such as those of a statement and of its second run.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use engine::statements::{Column, Gathered, Part, Piece, Share, Spelling};
use serde::Serialize;
use store::SessionRow;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    compare::{Printer, Prints, common, compare},
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    results::{self, Results, Wanted},
    routes::{
        results::{CellView, ColumnView, column, draw},
        sessions::find,
    },
};

/// Bytes of a value that are shown.
const SHOWN: usize = 256;

/// What differs between two results.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    /// Nothing differs.
    pub same: bool,
    /// Columns that both have, in the order of the left one.
    pub columns: Vec<ColumnView>,
    /// Columns that only the right one has.
    pub columns_added: Vec<ColumnView>,
    /// Columns that only the left one has.
    pub columns_removed: Vec<ColumnView>,
    /// Columns of the same name and another type, as the right one has them.
    pub columns_changed: Vec<ColumnView>,
    /// Rows on the left.
    pub rows_left: u64,
    /// Rows on the right.
    pub rows_right: u64,
    /// Rows that both have.
    pub rows_same: u64,
    /// Rows that only the right one has.
    pub rows_added: u64,
    /// Rows that only the left one has.
    pub rows_removed: u64,
    /// Rows of the same key and another content.
    pub rows_changed: u64,
    /// The columns by which rows are told apart; empty when they are not unique, and rows are told apart by all that they hold.
    pub key: Vec<String>,
    /// All rows were compared; otherwise the first half million of each.
    pub complete: bool,
    /// The first rows that were added: their number on the right, and their values, cut at 256 bytes.
    pub added: Vec<ComparedRow>,
    /// The first rows that were removed, with their number on the left.
    pub removed: Vec<ComparedRow>,
    /// The first rows that were changed.
    pub changed: Vec<ChangedRow>,
}

/// A row.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedRow {
    /// Its number, from 0.
    pub row: u64,
    /// Its values in the columns that both have.
    #[schema(value_type = Vec<Object>)]
    pub values: Vec<CellView>,
}

/// A row that was changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedRow {
    /// As it was.
    pub left: ComparedRow,
    /// As it is.
    pub right: ComparedRow,
}

/// One side.
struct Side {
    row: SessionRow,
    wanted: Wanted,
    columns: Vec<Column>,
}

/// Compares two recorded results, each named as `SESSION/WHICH` (see `/v1/sessions/{id}/results/{which}`). Rows are told apart by the
/// columns in `key`, by the first column unless told.
#[utoipa::path(get, path = "/v1/compare", tag = "activity",
    params(("left" = String, Query), ("right" = String, Query), ("key" = Option<Vec<String>>, Query)),
    responses((status = 200, body = Comparison), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn results(
    State(api): State<Api>,
    viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Answer<Json<Comparison>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["left", "right", "key"])?;
    let left = side(&api, &viewer, params.one("left")).await?;
    let right = side(&api, &viewer, params.one("right")).await?;
    let both = common(&left.columns, &right.columns);
    let name = |at: usize| left.columns.get(at).map_or("", |column| column.name.as_str());
    let wish = params.all("key");
    if let Some(unknown) = wish
        .iter()
        .find(|key| !both.iter().any(|(at, _)| name(*at) == **key))
    {
        return Err(Problem::invalid(format!(
            "`{unknown}` is no column of both results"
        )));
    }
    let key: Vec<(usize, usize)> = if wish.is_empty() {
        both.first().copied().into_iter().collect()
    } else {
        let of = |(at, _): &&(usize, usize)| wish.iter().any(|key| key == name(*at));
        both.iter().filter(of).copied().collect()
    };
    let printer = Printer::default();
    let (lefts, rights): (Vec<_>, Vec<_>) = both.iter().copied().unzip();
    let (left_key, right_key): (Vec<_>, Vec<_>) = key.iter().copied().unzip();
    let old = read(&api, &left, Prints::new(&printer, lefts.clone(), left_key)).await?;
    let new = read(&api, &right, Prints::new(&printer, rights.clone(), right_key)).await?;
    let found = compare(&old, &new);
    let olds = found.removed_at.iter().copied();
    let olds: Vec<_> = olds.chain(found.changed_at.iter().map(|(at, _)| *at)).collect();
    let news = found.added_at.iter().copied();
    let news: Vec<_> = news.chain(found.changed_at.iter().map(|(_, at)| *at)).collect();
    let mut olds = samples(&api, &left, &lefts, &olds).await?;
    let mut news = samples(&api, &right, &rights, &news).await?;
    let old_changed = olds.split_off(found.removed_at.len().min(olds.len()));
    let new_changed = news.split_off(found.added_at.len().min(news.len()));
    let only = |columns: &[Column], places: &[usize]| -> Vec<ColumnView> {
        let alone = columns.iter().enumerate().filter(|(at, _)| !places.contains(at));
        alone.map(|(_, one)| column(one.clone())).collect()
    };
    let retyped = both.iter().filter_map(|(here, there)| {
        let (before, now) = (left.columns.get(*here)?, right.columns.get(*there)?);
        (before.kind != now.kind).then(|| column(now.clone()))
    });
    let columns_changed: Vec<_> = retyped.collect();
    let columns_added = only(&right.columns, &rights);
    let columns_removed = only(&left.columns, &lefts);
    let differs = found.added + found.removed + found.changed > 0
        || !(columns_added.is_empty() && columns_removed.is_empty() && columns_changed.is_empty());
    let keyed = found.keyed;
    Ok(Json(Comparison {
        same: !differs,
        columns: lefts
            .iter()
            .filter_map(|at| left.columns.get(*at).cloned().map(column))
            .collect(),
        columns_added,
        columns_removed,
        columns_changed,
        rows_left: old.len() as u64,
        rows_right: new.len() as u64,
        rows_same: found.same,
        rows_added: found.added,
        rows_removed: found.removed,
        rows_changed: found.changed,
        key: if keyed {
            key.iter().map(|(at, _)| name(*at).to_owned()).collect()
        } else {
            Vec::new()
        },
        complete: !(old.more || new.more),
        added: news,
        removed: olds,
        changed: old_changed
            .into_iter()
            .zip(new_changed)
            .map(|(left, right)| ChangedRow { left, right })
            .collect(),
    }))
}

async fn side(api: &Api, viewer: &Viewer, name: Option<&str>) -> Answer<Side> {
    let (id, which) = name
        .and_then(|name| name.split_once('/'))
        .ok_or_else(|| Problem::invalid("`left` and `right` are results: SESSION/WHICH"))?;
    let row = find(api, viewer, id).await?;
    viewer.must_play(&row)?;
    let wanted = results::find(api, &row, which, None).await?;
    let mut columns = None;
    let mut results = Results::open(api, &row, &wanted, Spelling::Readable).await?;
    while columns.is_none()
        && results
            .next(&mut |piece| {
                if let Piece::Columns(all) = piece {
                    columns.get_or_insert(all);
                }
            })
            .await?
    {}
    Ok(Side {
        columns: columns.ok_or_else(results::no_result)?,
        row,
        wanted,
    })
}

async fn read<'a>(api: &Api, side: &Side, prints: Prints<'a>) -> Answer<Prints<'a>> {
    let mut prints = prints;
    let mut results = Results::open(api, &side.row, &side.wanted, Spelling::Readable).await?;
    while results.next(&mut |piece| prints.take(&piece)).await? {}
    Ok(prints)
}

/// Reads rows by their numbers, in the order in which they are asked for.
async fn samples(api: &Api, side: &Side, columns: &[usize], wanted: &[usize]) -> Answer<Vec<ComparedRow>> {
    let mut order: Vec<(usize, usize)> = wanted
        .iter()
        .copied()
        .enumerate()
        .map(|(nth, at)| (at, nth))
        .collect();
    order.sort_unstable();
    let share = Share {
        rows: order.len(),
        value: SHOWN,
        bytes: usize::MAX,
    };
    let mut gathered = Gathered::new(share, Part::default());
    let (mut at, mut next) = (0_usize, 0_usize);
    let mut results = Results::open(api, &side.row, &side.wanted, Spelling::Readable).await?;
    while next < order.len()
        && results
            .next(&mut |piece| {
                let ends = matches!(piece, Piece::RowEnd);
                let hit = order.get(next).is_some_and(|(row, _)| *row == at);
                if hit {
                    gathered.take(piece);
                }
                if ends {
                    at += 1;
                    next += usize::from(hit);
                }
            })
            .await?
    {}
    let rows = draw(gathered.done()).rows;
    let mut found: Vec<(usize, ComparedRow)> = order
        .into_iter()
        .zip(rows)
        .map(|((row, nth), values)| {
            let mut values: Vec<Option<CellView>> = values.into_iter().map(Some).collect();
            let picked = columns.iter().filter_map(|at| values.get_mut(*at)?.take());
            let values = picked.collect();
            (
                nth,
                ComparedRow {
                    row: row as u64,
                    values,
                },
            )
        })
        .collect();
    found.sort_unstable_by_key(|(nth, _)| *nth);
    Ok(found.into_iter().map(|(_, row)| row).collect())
}
