//! Requests that reviewers decide: the list, one, votes on one or many; and access that is asked for ahead.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::StatusCode,
};
use domain::{
    Micros, Span,
    approval::{Approval, ApprovalKind, ApprovalState, Ballot, Barred},
    audit::{Actor, AuditEvent},
    session::ClientInterface,
};
use engine::{Declined, Wish};
use serde::{Deserialize, Serialize};
use store::{ApprovalQuery, ApprovalScope, Cause, VoteError};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::{Credential, Viewer},
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    query::{Params, parse_time},
    routes::sessions::{find, limit},
    view::{approval::ApprovalView, session::SessionView, time::time},
};

/// The longest reason, comment or ticket, in characters.
const LONGEST: usize = 2000;
/// The most that one call may decide.
const MOST_AT_ONCE: usize = 200;

/// The parameters of the list.
const FILTERS: [&str; 11] = [
    "state",
    "kind",
    "user",
    "resource",
    "session",
    "decidable",
    "since",
    "until",
    "last",
    "limit",
    "cursor",
];

/// A page of requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalList {
    /// The requests, newest first.
    pub approvals: Vec<ApprovalView>,
    /// Where the next page starts; null at the end.
    pub next_cursor: Option<String>,
    /// How many there are in all pages.
    pub total: i64,
    /// When this was true.
    pub as_of: Option<String>,
}

/// Lists requests that concern the viewer: their own, those that they may decide or have, and everybody's for administrators and
/// auditors. Without `state`: those that are pending.
#[utoipa::path(get, path = "/v1/approvals", tag = "approvals",
    params(
        ("state" = Option<Vec<String>>, Query, description = "pending, approved, rejected, expired, revoked, error, or `all`"),
        ("kind" = Option<Vec<String>>, Query, description = "session or statement"), ("user" = Option<Vec<String>>, Query, description = "who asks, by name"),
        ("resource" = Option<Vec<String>>, Query, description = "by name"), ("session" = Option<String>, Query),
        ("decidable" = Option<bool>, Query, description = "only those that the viewer may decide now"),
        ("since" = Option<String>, Query), ("until" = Option<String>, Query), ("last" = Option<String>, Query, description = "such as 24h"),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = ApprovalList), (status = 422, body = ProblemDocument)))]
pub async fn list(
    State(api): State<Api>,
    viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Answer<Json<ApprovalList>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    let now = Micros::now();
    let query = read_query(&api, &viewer, &params, now).await?;
    let scope = if viewer.person.may_list_all() {
        ApprovalScope::All
    } else {
        ApprovalScope::Of(viewer.person.clone())
    };
    let page = api.store().approvals(&query, &scope).await;
    let page = page.map_err(Problem::of_store)?;
    let draw = |row: &Approval| ApprovalView::new(row, &viewer.person, now);
    Ok(Json(ApprovalList {
        approvals: page.rows.iter().map(draw).collect(),
        next_cursor: page.next_cursor,
        total: page.total,
        as_of: time(now),
    }))
}

async fn read_query(api: &Api, viewer: &Viewer, params: &Params, now: Micros) -> Answer<ApprovalQuery> {
    params.only(&FILTERS)?;
    let words = params.all("state");
    let everything = words.iter().any(|word| word.eq_ignore_ascii_case("all"));
    let mut states = states(words.iter().filter(|word| !word.eq_ignore_ascii_case("all")))?;
    if words.is_empty() {
        states.push(ApprovalState::Pending);
    }
    if everything {
        states.clear();
    }
    let kinds = params.all("kind").into_iter().map(|word| {
        let kind = ApprovalKind::parse(&word.to_ascii_lowercase());
        kind.ok_or_else(|| Problem::invalid(format!("`{word}` is not a kind: session or statement")))
    });
    let session = match params.one("session") {
        Some(id) => Some(find(api, viewer, id).await?.session.id),
        None => None,
    };
    let since = match (params.time("since", now)?, params.one("last")) {
        (Some(since), _) => Some(since),
        (None, Some(last)) => {
            let span = crate::query::parse_span(last);
            let span = span.ok_or_else(|| {
                Problem::invalid(format!("`{last}` is not a length of time such as 24h or 7d"))
            })?;
            Some(Micros(now.0.saturating_sub(span.0)))
        }
        (None, None) => None,
    };
    Ok(ApprovalQuery {
        states,
        kinds: kinds.collect::<Answer<_>>()?,
        session,
        requesters: params.all("user"),
        resources: params.all("resource"),
        decidable_by: params
            .flag("decidable")?
            .unwrap_or(false)
            .then(|| viewer.person.clone()),
        since,
        until: params.time("until", now)?,
        cursor: params.one("cursor").map(str::to_owned),
        limit: limit(params)?,
        now,
    })
}

/// Reads states; a word that is not known is an error that names the valid ones.
pub(crate) fn states<'w>(words: impl Iterator<Item = &'w String>) -> Answer<Vec<ApprovalState>> {
    words
        .map(|word| {
            ApprovalState::parse(word).ok_or_else(|| {
                let valid: Vec<_> = ApprovalState::ALL.iter().map(|state| state.word()).collect();
                let valid = valid.join(", ");
                Problem::invalid(format!(
                    "`{word}` is not a state of an approval; valid are: all, {valid}"
                ))
            })
        })
        .collect()
}

/// Gives one request. Looking at a statement of somebody else's is on record.
#[utoipa::path(get, path = "/v1/approvals/{id}", tag = "approvals", params(("id" = String, Path)),
    responses((status = 200, body = ApprovalView), (status = 404, body = ProblemDocument)))]
pub async fn one(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Answer<Json<ApprovalView>> {
    let approval = visible(&api, &viewer, &id).await?;
    let now = Micros::now();
    if approval.kind == ApprovalKind::Statement && approval.requester.id != viewer.person.id {
        let event = AuditEvent::new(now, "approval.viewed", Actor::user(&viewer.person.name))
            .on(approval.session_id)
            .about(format!("approval/{}", approval.id))
            .from_ip(viewer.client_ip());
        api.store().audit_append(event).await.map_err(Problem::of_store)?;
    }
    Ok(Json(ApprovalView::new(&approval, &viewer.person, now)))
}

async fn visible(api: &Api, viewer: &Viewer, id: &str) -> Answer<Approval> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let found = api.store().approval(id).await.map_err(Problem::of_store)?;
    found
        .filter(|approval| approval.is_visible_to(&viewer.person))
        .ok_or_else(Problem::not_found)
}

/// What a reviewer says with a vote.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VoteBody {
    /// Why; the requester reads it.
    pub comment: String,
}

/// Votes on many requests.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BulkVote {
    /// The requests.
    pub ids: Vec<String>,
    /// Why; the requesters read it.
    pub comment: String,
}

/// What became of votes on many requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkVoted {
    /// One line for each request, in the order asked.
    pub results: Vec<VoteResult>,
    /// How many votes were not taken.
    pub failed: usize,
}

/// What became of one vote.
#[derive(Debug, Serialize, ToSchema)]
pub struct VoteResult {
    /// The request.
    pub id: String,
    /// The vote was taken.
    pub ok: bool,
    /// Where the request stands now; null when it is not known.
    #[schema(value_type = Option<String>)]
    pub state: Option<ApprovalState>,
    /// Why the vote was not taken.
    pub error: Option<String>,
}

/// Votes on a request. `verb` is `approve` or `deny`. It is decided when every tier has agreed, or when one reviewer denies; nobody
/// votes twice, or on their own request.
#[utoipa::path(post, path = "/v1/approvals/{id}:{verb}", tag = "approvals", request_body = VoteBody,
    params(("id" = String, Path), ("verb" = String, Path, description = "approve or deny")),
    responses((status = 200, body = ApprovalView), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub async fn vote(
    State(api): State<Api>,
    viewer: Viewer,
    Path((id, verb)): Path<(String, String)>,
    body: Option<Body<VoteBody>>,
) -> Answer<Json<ApprovalView>> {
    let ballot = ballot(&verb)?;
    let comment = body.map(|Body(body)| body.comment).unwrap_or_default();
    let voted = cast(&api, &viewer, &id, ballot, &comment).await?;
    Ok(Json(ApprovalView::new(&voted, &viewer.person, Micros::now())))
}

/// Votes on many requests; each is taken or not by itself.
#[utoipa::path(post, path = "/v1/approvals:{verb}", tag = "approvals", request_body = BulkVote,
    params(("verb" = String, Path, description = "approve or deny")),
    responses((status = 200, body = BulkVoted), (status = 422, body = ProblemDocument)))]
pub async fn vote_many(
    State(api): State<Api>,
    viewer: Viewer,
    Path(verb): Path<String>,
    Body(bulk): Body<BulkVote>,
) -> Answer<Json<BulkVoted>> {
    let ballot = ballot(&verb)?;
    if bulk.ids.is_empty() || bulk.ids.len() > MOST_AT_ONCE {
        return Err(Problem::invalid(format!(
            "`ids` names 1 to {MOST_AT_ONCE} requests"
        )));
    }
    let mut results = Vec::with_capacity(bulk.ids.len());
    for id in bulk.ids {
        let (state, error) = match cast(&api, &viewer, &id, ballot, &bulk.comment).await {
            Ok(voted) => (Some(voted.state), None),
            Err(problem) => (None, Some(problem.detail)),
        };
        results.push(VoteResult {
            id,
            ok: error.is_none(),
            state,
            error,
        });
    }
    let failed = results.iter().filter(|result| !result.ok).count();
    Ok(Json(BulkVoted { results, failed }))
}

fn ballot(verb: &str) -> Answer<Ballot> {
    match verb {
        "approve" => Ok(Ballot::Approve),
        "deny" | "reject" => Ok(Ballot::Deny),
        _ => Err(Problem::not_found()),
    }
}

async fn cast(api: &Api, viewer: &Viewer, id: &str, ballot: Ballot, comment: &str) -> Answer<Approval> {
    let comment = text("comment", comment)?;
    let approval = visible(api, viewer, id).await?;
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let voted = api
        .engine()
        .vote(approval.id, viewer.person.clone(), ballot, comment, cause)
        .await;
    match voted {
        Ok(voted) => Ok(voted.approval),
        Err(VoteError::Barred(barred)) => Err(of_barred(barred)),
        Err(VoteError::NotFound) => Err(Problem::not_found()),
        Err(VoteError::Step(error)) => Err(Problem::of_step(error)),
        Err(VoteError::Db(error)) => Err(Problem::of_store(error)),
    }
}

fn of_barred(barred: Barred) -> Problem {
    let conflict = |code| Problem::new(StatusCode::CONFLICT, code, barred.to_string());
    match barred {
        Barred::Own | Barred::NoReviewer => Problem::forbidden(barred.to_string()),
        Barred::Voted => conflict("already_voted"),
        Barred::NotYet => conflict("not_asked_yet"),
        Barred::Over(_) => conflict("already_decided"),
    }
}

/// Access that is asked for ahead of its use.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessRequest {
    /// The resource, by name.
    pub resource: String,
    /// The account; the access rule's first one when it is left out.
    #[serde(default)]
    pub account: Option<String>,
    /// Why; reviewers read it.
    #[serde(default)]
    pub reason: String,
    /// A ticket number.
    #[serde(default)]
    pub ticket: String,
    /// When it is to begin, in RFC 3339; at once when it is left out.
    #[serde(default)]
    pub starts_at: Option<String>,
    /// For how long, in seconds; as long as the rules give it when it is left out.
    #[serde(default)]
    pub duration_secs: Option<i64>,
    /// Go in without waiting for reviewers, where the profile lets the requester; raises an alarm.
    #[serde(default)]
    pub break_glass: bool,
}

/// Asks for access. The session that answers it waits for approval (`awaiting_approval`) or for its time (`scheduled`), or is
/// `available` at once; it can be connected to more than once until `expires_at`.
#[utoipa::path(post, path = "/v1/requests", tag = "approvals", request_body = AccessRequest,
    responses((status = 201, body = SessionView), (status = 403, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn request(
    State(api): State<Api>,
    viewer: Viewer,
    Body(body): Body<AccessRequest>,
) -> Answer<(StatusCode, Json<SessionView>)> {
    let now = Micros::now();
    let starts_at = match &body.starts_at {
        Some(at) => parse_time(at, now)
            .ok_or_else(|| Problem::invalid(format!("`{at}` is not a time")).at("starts_at"))?,
        None => Micros::NEVER,
    };
    let wish = Wish {
        resource: body.resource,
        account: body.account.filter(|account| !account.is_empty()),
        reason: text("reason", &body.reason)?,
        ticket: text("ticket", &body.ticket)?,
        starts_at: if starts_at > now { starts_at } else { Micros::NEVER },
        lasts: body
            .duration_secs
            .map(|secs| Span(secs.saturating_mul(1_000_000))),
        break_glass: body.break_glass,
    };
    let interface = match viewer.credential {
        Credential::Cookie(_) => ClientInterface::Web,
        Credential::Token(_) => ClientInterface::Cli,
    };
    let cause = Cause::new(now, Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let requested = api
        .engine()
        .request(&viewer.person, wish, interface, viewer.address, cause)
        .await;
    let row = requested.map_err(of_declined)?;
    let view = api.draw(&row, &viewer, Micros::now());
    Ok((StatusCode::CREATED, Json(view)))
}

fn of_declined(declined: Declined) -> Problem {
    match declined {
        Declined::Refused(refused @ domain::policy::Refused::NoAccess { .. }) => {
            Problem::new(StatusCode::NOT_FOUND, "not_found", refused.to_string())
        }
        Declined::Refused(refused) => Problem::forbidden(refused.to_string()),
        Declined::Incomplete(missing) => {
            let field = match missing {
                domain::approval::Incomplete::Reason => "reason",
                domain::approval::Incomplete::Ticket { .. } => "ticket",
            };
            Problem::invalid(missing.to_string()).at(field)
        }
        declined @ Declined::Glass { .. } => Problem::forbidden(declined.to_string()),
        Declined::Time(why) => Problem::invalid(why).at("duration_secs"),
        Declined::Store(error) => Problem::of_store(error),
        Declined::Step(error) => Problem::of_step(error),
    }
}

/// Takes a text that people type.
fn text(field: &'static str, text: &str) -> Answer<String> {
    let text = text.trim();
    if text.chars().count() > LONGEST {
        return Err(Problem::invalid(format!("`{field}` has at most {LONGEST} characters")).at(field));
    }
    Ok(text.to_owned())
}
