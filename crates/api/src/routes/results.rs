//! Results of statements, as they are on the recording: cut to be looked at, and in full as files through the gate.

use axum::{
    Json,
    body::Body,
    extract::{Path, RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use engine::statements::{Cell, Column, Cut, Gathered, Nature, Part, Piece, Share, Spelling};
use futures_util::stream;
use serde::Serialize;
use store::SessionRow;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    results::{
        self, Results,
        table::{Form, Writer},
    },
    routes::sessions::find,
};

/// Rows in one answer: by default, and at most.
pub(crate) const PAGE: (usize, usize) = (500, 1000);

/// Bytes of a value, and of all values of an answer, that are shown.
pub(crate) const SHOWN: (usize, usize) = (4 << 10, 1 << 20);

/// A part of a result, cut to be looked at.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ResultView {
    /// What the rows have.
    pub columns: Vec<ColumnView>,
    /// The number of the first row, from 0.
    pub first: u64,
    /// Rows of values: a text, null, or, where a value is cut, an object with `text`, its length in bytes as `total`, and as `cut`
    /// why: `value` (it is long) or `page` (those before it have used the page up).
    #[schema(value_type = Vec<Vec<Object>>)]
    pub rows: Vec<Vec<CellView>>,
    /// There are more rows.
    pub more: bool,
}

/// A column of a result.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnView {
    /// Its name.
    pub name: String,
    /// The type's name; empty when it is one of the database's own.
    #[serde(rename = "type")]
    pub kind: String,
    /// `whole`, `number`, `truth` or `text`.
    pub nature: &'static str,
}

/// A value.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum CellView {
    /// Null, or a text that is whole.
    Whole(Option<String>),
    /// A text that is cut.
    Cut {
        /// The beginning.
        text: String,
        /// The length of all of it in bytes.
        total: u64,
        /// Why.
        cut: &'static str,
    },
}

/// Draws a part of a result.
pub(crate) fn draw(part: Part) -> ResultView {
    let first = part.rows_so_far.saturating_sub(part.rows.len() as u64);
    ResultView {
        columns: part.columns.into_iter().map(column).collect(),
        first,
        rows: part
            .rows
            .into_iter()
            .map(|row| row.into_iter().map(cell).collect())
            .collect(),
        more: part.more,
    }
}

pub(crate) fn column(column: Column) -> ColumnView {
    ColumnView {
        name: column.name,
        kind: column.kind,
        nature: match column.nature {
            Nature::Whole => "whole",
            Nature::Number => "number",
            Nature::Truth => "truth",
            Nature::Text => "text",
        },
    }
}

fn cell(cell: Option<Cell>) -> CellView {
    match cell {
        Some(Cell {
            text,
            total,
            cut: Some(cut),
        }) => CellView::Cut {
            text,
            total,
            cut: match cut {
                Cut::Value => "value",
                Cut::Share => "page",
            },
        },
        cell => CellView::Whole(cell.map(|cell| cell.text)),
    }
}

/// Shows rows of a recorded result from a row on, cut as the console shows them. `{which}` is the number of the statement's entry in the
/// activity log, or `n3` for the third statement of a session of the SQL console.
#[utoipa::path(get, path = "/v1/sessions/{id}/results/{which}", tag = "activity",
    params(("id" = String, Path), ("which" = String, Path), ("from" = Option<u64>, Query), ("limit" = Option<usize>, Query), ("connection" = Option<String>, Query)),
    responses((status = 200, body = ResultView), (status = 404, body = ProblemDocument)))]
pub async fn rows(
    State(api): State<Api>,
    viewer: Viewer,
    Path((id, which)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer<Json<ResultView>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["from", "limit", "connection"])?;
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let from: u64 = params.parse("from")?.unwrap_or(0);
    let limit = params.parse("limit")?.unwrap_or(PAGE.0).clamp(1, PAGE.1);
    let wanted = results::find(&api, &row, &which, params.parse("connection")?).await?;
    let mut results = Results::open(&api, &row, &wanted, Spelling::Readable).await?;
    let share = Share {
        rows: limit,
        value: SHOWN.0,
        bytes: SHOWN.1,
    };
    let mut gathered = Gathered::new(share, Part::default());
    let (mut at, mut ended, mut more) = (0_u64, 0_usize, false);
    while !more
        && results
            .next(&mut |piece| {
                let is_row = matches!(piece, Piece::RowEnd);
                let passes = matches!(piece, Piece::Columns(_)) || (at >= from && ended < limit);
                more |= at >= from && ended >= limit && matches!(piece, Piece::Row);
                if passes {
                    gathered.take(piece);
                    ended += usize::from(is_row);
                }
                at += u64::from(is_row);
            })
            .await?
    {}
    let mut view = draw(gathered.done());
    (view.first, view.more) = (from, more);
    Ok(Json(view))
}

/// Hands out a recorded result as a file: CSV, or JSON with an object on each line. Closed by `DISABLE_SESSIONS_DOWNLOAD=true`.
#[utoipa::path(get, path = "/v1/sessions/{id}/results/{which}/file", tag = "activity",
    params(("id" = String, Path), ("which" = String, Path), ("as" = Option<String>, Query, description = "csv (default) or jsonl"), ("connection" = Option<String>, Query)),
    responses((status = 200, description = "a file"), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn file(
    State(api): State<Api>,
    viewer: Viewer,
    Path((id, which)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["as", "connection"])?;
    let (form, ending, mime) = match params.one("as").unwrap_or("csv") {
        "csv" => (Form::Csv, "csv", "text/csv; charset=utf-8"),
        "jsonl" => (Form::JsonLines, "jsonl", "application/x-ndjson"),
        other => {
            return Err(Problem::invalid(format!(
                "`{other}` is not a form; valid are: csv, jsonl"
            )));
        }
    };
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let wanted = results::find(&api, &row, &which, params.parse("connection")?).await?;
    permit(&api, &viewer, &row, &format!("{ending} of the result {which}")).await?;
    let results = Results::open(&api, &row, &wanted, Spelling::Readable).await?;
    let body = Body::from_stream(stream::unfold(
        Some((results, Writer::new(form))),
        |state| async move {
            let (mut results, mut writer) = state?;
            loop {
                let more = results.next(&mut |piece| writer.take(piece)).await;
                let written = Bytes::from(writer.written());
                match more {
                    Ok(true) if written.is_empty() => {}
                    Ok(true) => return Some((Ok(written), Some((results, writer)))),
                    Ok(false) => return Some((Ok(written), None)),
                    // Half a result must not look like a whole one.
                    Err(problem) => return Some((Err(std::io::Error::other(problem.detail)), None)),
                }
            }
        },
    ));
    Ok(attached(
        &format!("{}-{which}.{ending}", row.session.id),
        mime,
        None,
        body,
    ))
}

/// Hands out one recorded value in full as a file, byte by byte as the resource sent it. Closed by `DISABLE_SESSIONS_DOWNLOAD=true`.
#[utoipa::path(get, path = "/v1/sessions/{id}/results/{which}/value", tag = "activity",
    params(("id" = String, Path), ("which" = String, Path), ("row" = u64, Query, description = "from 0"), ("column" = usize, Query, description = "from 0"), ("connection" = Option<String>, Query)),
    responses((status = 200, description = "a file"), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn value(
    State(api): State<Api>,
    viewer: Viewer,
    Path((id, which)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["row", "column", "connection"])?;
    let missing = || Problem::invalid("`row` and `column` are needed");
    let at: u64 = params.parse("row")?.ok_or_else(missing)?;
    let column: usize = params.parse("column")?.ok_or_else(missing)?;
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let wanted = results::find(&api, &row, &which, params.parse("connection")?).await?;
    permit(
        &api,
        &viewer,
        &row,
        &format!("value of the result {which}, row {at}, column {column}"),
    )
    .await?;
    let mut results = Results::open(&api, &row, &wanted, Spelling::AsRecorded).await?;
    let mut one = OneValue::new(at, column);
    while !one.found && results.next(&mut |piece| one.take(&piece)).await? {}
    let total = one.total.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no_value",
            "there is no such value on the recording",
        )
    })?;
    let body = Body::from_stream(stream::unfold(Some((results, one)), |state| async move {
        let (mut results, mut one) = state?;
        loop {
            let bytes = Bytes::from(std::mem::take(&mut one.bytes));
            if one.is_whole() {
                return (!bytes.is_empty()).then_some((Ok(bytes), None));
            }
            if !bytes.is_empty() {
                return Some((Ok(bytes), Some((results, one))));
            }
            match results.next(&mut |piece| one.take(&piece)).await {
                Ok(true) => {}
                Ok(false) if one.is_whole() => {}
                Ok(false) => {
                    return Some((Err(std::io::Error::other("the recording ends within it")), None));
                }
                Err(problem) => return Some((Err(std::io::Error::other(problem.detail)), None)),
            }
        }
    }));
    let name = format!("{}-{which}-row{at}-column{column}.txt", row.session.id);
    Ok(attached(&name, "application/octet-stream", Some(total), body))
}

async fn permit(api: &Api, viewer: &Viewer, row: &SessionRow, what: &str) -> Answer<()> {
    let permit = api
        .egress()
        .permit(api.engine(), viewer, &row.session, what)
        .await?;
    drop(permit);
    Ok(())
}

fn attached(name: &str, mime: &str, len: Option<u64>, body: Body) -> Response {
    let mut response = (
        [
            (header::CONTENT_TYPE, mime.to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
        ],
        body,
    )
        .into_response();
    if let Some(len) = len {
        response.headers_mut().insert(header::CONTENT_LENGTH, len.into());
    }
    response
}

/// Lets everything by but one value.
struct OneValue {
    row: u64,
    column: usize,
    at: (u64, usize),
    found: bool,
    /// Its length; [`None`] when it is null.
    total: Option<u64>,
    left: u64,
    inside: bool,
    bytes: Vec<u8>,
}

impl OneValue {
    fn new(row: u64, column: usize) -> Self {
        Self {
            row,
            column,
            at: (0, 0),
            found: false,
            total: None,
            left: 0,
            inside: false,
            bytes: Vec::new(),
        }
    }

    fn is_whole(&self) -> bool {
        self.found && self.left == 0
    }

    fn take(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::RowEnd => self.at = (self.at.0 + 1, 0),
            Piece::Value(len) => {
                self.inside = self.at == (self.row, self.column);
                if self.inside {
                    (self.found, self.total, self.left) = (true, *len, len.unwrap_or(0));
                }
                self.at.1 += 1;
            }
            Piece::Bytes(bytes) if self.inside => {
                self.left = self.left.saturating_sub(bytes.len() as u64);
                self.bytes.extend_from_slice(bytes);
            }
            Piece::Columns(_) | Piece::Row | Piece::Bytes(_) => {}
        }
    }
}
