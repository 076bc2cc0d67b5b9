//! Running a statement of the log again: in a new session of whoever asks, by the rules that hold for them.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{policy, session::SessionVerb};
use engine::{
    Played, Purpose,
    marks::OpenMark,
    statements::{GaveUp, Share},
};
use serde::{Deserialize, Serialize};
use store::{Entry, SessionRow};
use tokio::sync::oneshot;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    results,
    routes::{
        player::open_tape,
        portal::{gone, stopped},
        results::{ColumnView, column},
        sessions::find,
        sql::{SqlMessage, SqlWish, begin, message},
    },
};

/// How a statement is run again.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RerunWish {
    /// The account; that of the first run when absent and allowed, or else the rule's first one.
    pub account: Option<String>,
    /// What to answer when the resource asks for the account's password.
    #[schema(value_type = Option<String>)]
    pub secret: Option<domain::object::SecretText>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RerunView {
    /// The new session.
    pub session: String,
    /// The result within it, for `/v1/sessions/{id}/results/{which}` and `/v1/compare`.
    pub which: String,
    /// What the rows have.
    pub columns: Vec<ColumnView>,
    /// How many rows there are.
    pub rows: u64,
    /// What the resource says was done; null after an error.
    pub tag: Option<String>,
    /// Why it failed; null when it did not.
    pub error: Option<SqlMessage>,
}

/// Runs a statement of the activity log again, with its parameters, and reads its result to the end.
///
/// It is a new session of the viewer (`rerun_of` names the old one), who must be allowed to see the entry and to use the resource. 422 when
/// the log does not have the statement in full, as when it held a password.
#[utoipa::path(post, path = "/v1/sessions/{id}/activity/{seq}/rerun", tag = "activity", request_body = RerunWish,
    params(("id" = String, Path), ("seq" = i64, Path)),
    responses((status = 201, body = RerunView), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument), (status = 423, body = ProblemDocument), (status = 502, body = ProblemDocument)))]
pub async fn rerun(
    State(api): State<Api>,
    viewer: Viewer,
    Path((id, seq)): Path<(String, i64)>,
    Body(wish): Body<RerunWish>,
) -> Answer<(StatusCode, Json<RerunView>)> {
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let entry = results::logged(&api, &row, seq).await?.entry;
    let (statement, parameters) = whole(&entry)?;
    let resource = row.session.resource.name.clone();
    let account = wish.account.or_else(|| same_account(&api, &viewer, &row));
    let database = database(&api, &row, &entry).await?;
    let wish = SqlWish {
        resource,
        account,
        database,
        secret: wish.secret,
        exec: false,
    };
    let purpose = Purpose {
        verb: SessionVerb::Exec,
        rerun_of: Some(row.session.id),
    };
    let (session, client, news) = begin(&api, &viewer, &wish, purpose).await?;
    let (answer, answered) = oneshot::channel();
    // A task of its own: a request that is given up must not leave the connection in the middle of an answer.
    api.engine().look_after(async move {
        let mut ended = news.clone();
        let ran = tokio::select! {
            ran = client.run(&statement, &parameters, Share::NOTHING) => ran,
            _over = ended.wait_for(|news| news.stop.is_some()) => Err(GaveUp::Ended),
        };
        client.close().await;
        let ran = match ran {
            Ok(part) => Ok(part),
            Err(GaveUp::Ended) => Err(gone(&stopped(news).await.to_caller())),
            Err(why) => Err(Problem::internal(why)),
        };
        // The request may have been given up.
        let _gone = answer.send(ran);
    });
    let part = answered.await.map_err(Problem::internal)??;
    let view = RerunView {
        session: session.to_string(),
        which: format!("n{}", part.number),
        columns: part.columns.into_iter().map(column).collect(),
        rows: part.rows_so_far,
        tag: part.tag,
        error: part.error.map(message),
    };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Gives a statement and its parameters, if the log has all of them.
fn whole(entry: &Entry) -> Answer<(String, Vec<Option<String>>)> {
    let not_whole = |what: &str| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not_whole",
            format!("the log does not have {what} in full"),
        )
        .hint("run it in the SQL console instead")
    };
    let text = entry.body.clone();
    if text.contains("'***'") || text.starts_with("-- ") || text.contains(" … -- cut: ") {
        return Err(not_whole("this statement"));
    }
    if entry.detail.get("parameters_in_hex").is_some() {
        return Err(not_whole("its parameters"));
    }
    let none = Vec::new();
    let listed = entry.detail.get("parameters").and_then(|all| all.as_array());
    let parameters = listed.unwrap_or(&none).iter().map(|one| match one {
        serde_json::Value::Null => Ok(None),
        serde_json::Value::String(text) if is_whole(text) => Ok(Some(text.clone())),
        _ => Err(not_whole("its parameters")),
    });
    Ok((text, parameters.collect::<Answer<_>>()?))
}

/// Tells whether a parameter is what was sent: neither cut nor hidden.
fn is_whole(text: &str) -> bool {
    !text.ends_with('…') && !text.ends_with(" bytes in all") && text != "***"
}

/// Finds the account of the first run among those that the viewer may use.
fn same_account(api: &Api, viewer: &Viewer, row: &SessionRow) -> Option<String> {
    let directory = api.engine().directory();
    let choices = policy::choices(&directory, &viewer.person, &row.session.resource.name);
    let same = choices.into_iter().find(|grant| {
        let given = grant.activity.as_ref().map(|template| template.named.id);
        let same = row.session.activity.as_ref().map(|activity| activity.id) == given;
        same && (grant.makes_account() || grant.login == row.session.account)
    });
    same.map(|grant| grant.account)
}

/// Reads which database the statement was run in: that of its entry, or else the title of the strand.
async fn database(api: &Api, row: &SessionRow, entry: &Entry) -> Answer<Option<String>> {
    if let Some(database) = entry.detail.get("database").and_then(|name| name.as_str()) {
        return Ok(Some(database.to_owned()));
    }
    let (_, mut reader) = open_tape(api, row, Some(entry.connection)).await?;
    while let Played::Records(records) = reader.next().await.map_err(Problem::of_playback)? {
        for record in records {
            if let tape::Kind::Open(body) = &record.kind
                && let Ok(mark) = serde_json::from_slice::<OpenMark>(body)
                && !mark.title.is_empty()
            {
                return Ok(Some(mark.title));
            }
        }
    }
    Ok(None)
}
