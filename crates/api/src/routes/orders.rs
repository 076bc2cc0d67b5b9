//! Orders to sessions: cancel, terminate, lock, unlock, extend while they run, hold and release their recordings afterwards; one or many
//! at once.

use std::collections::HashSet;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
};
use domain::{
    Micros, ObjectId, Span,
    audit::Actor,
    session::{Event, LockOrder, LockScope, Refusal, State as SessionState},
    stop::EndReason,
};
use serde::{Deserialize, Serialize};
use store::{Cause, SessionRow};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    routes::sessions::{find, read_query},
    view::session::SessionView,
};

/// The most that one call may reach.
const MOST_AT_ONCE: usize = 1000;

/// What an order says. Every field may be left out.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Order {
    /// Why; shown to the user and kept.
    pub reason: String,
    /// Of terminate: cut the connections only and leave an entitlement usable.
    pub keep_entitlement: bool,
    /// Of lock: a short title.
    pub title: String,
    /// Of lock: what the user is told.
    pub message: String,
    /// Of lock and unlock: `session`, `resource` or `user`.
    #[schema(value_type = String)]
    pub scope: LockScope,
    /// Of extend: by how many seconds.
    pub by_secs: Option<i64>,
}

/// An order to many sessions.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BulkOrder {
    /// The sessions; or use `filter`.
    pub ids: Vec<String>,
    /// A query string as of the list, such as `user=bob&status=active`; or use `ids`.
    pub filter: Option<String>,
    /// With `filter`: how many sessions the caller believes it selects; another number is an error and nothing is done.
    pub expected_count: Option<usize>,
    /// Why; shown to the users and kept.
    pub reason: String,
    /// Of lock: a short title.
    pub title: String,
    /// Of lock: what the users are told.
    pub message: String,
    /// Of lock and unlock: `session`, or `resource` or `user` for everything on the resources or of the users of these sessions.
    #[schema(value_type = String)]
    pub scope: LockScope,
    /// Of extend: by how many seconds.
    pub by_secs: Option<i64>,
}

/// What became of a bulk order.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkOutcome {
    /// One line for each session, in the order asked.
    pub results: Vec<BulkResult>,
    /// How many failed.
    pub failed: usize,
}

/// What became of one session.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResult {
    /// The session as it was named.
    pub id: String,
    /// It was done, or was so already.
    pub ok: bool,
    /// The state now; null when the session is not known.
    #[schema(value_type = Option<String>)]
    pub state: Option<SessionState>,
    /// Why it was not done.
    pub error: Option<String>,
}

/// The verbs that have an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Cancel,
    Terminate,
    Lock,
    Unlock,
    Extend,
    Hold,
    Release,
}

impl Verb {
    fn parse(word: &str) -> Answer<Self> {
        Ok(match word {
            "cancel" | "end" => Self::Cancel,
            "terminate" | "kill" => Self::Terminate,
            "lock" => Self::Lock,
            "unlock" => Self::Unlock,
            "extend" => Self::Extend,
            "hold" => Self::Hold,
            "release" => Self::Release,
            _ => return Err(Problem::not_found()),
        })
    }
}

/// Orders something of one session. `verb` is `cancel`, `terminate`, `lock`, `unlock` or `extend`, and of
/// what has ended `hold` or `release`: a recording that is held is kept whatever the rules of retention say. Ordering twice changes
/// nothing; `If-Match` holds the version that the caller has seen.
#[utoipa::path(post, path = "/v1/sessions/{id}:{verb}", tag = "orders", request_body = Order,
    params(("id" = String, Path), ("verb" = String, Path, description = "cancel, terminate, lock, unlock, extend, hold or release"),
        ("If-Match" = Option<String>, Header, description = "the version that the caller has seen, in quotes; another one is answered with 412")),
    responses((status = 200, body = SessionView), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument), (status = 412, body = ProblemDocument)))]
pub async fn one(
    State(api): State<Api>,
    viewer: Viewer,
    Path((id, verb)): Path<(String, String)>,
    headers: HeaderMap,
    body: Option<Body<Order>>,
) -> Answer<Json<SessionView>> {
    let verb = Verb::parse(&verb)?;
    let order = body.map(|Body(order)| order).unwrap_or_default();
    let row = find(&api, &viewer, &id).await?;
    give(&api, &viewer, &row, verb, &order, expected(&headers)?).await?;
    let row = find(&api, &viewer, &row.session.id.to_string()).await?;
    Ok(Json(api.draw(&row, &viewer, Micros::now())))
}

/// Orders something of many sessions, by ids or by a filter. Each is done or fails by itself.
#[utoipa::path(post, path = "/v1/sessions:{verb}", tag = "orders", request_body = BulkOrder,
    params(("verb" = String, Path, description = "cancel, terminate, lock, unlock, extend, hold or release")),
    responses((status = 200, body = BulkOutcome), (status = 409, body = ProblemDocument)))]
pub async fn many(
    State(api): State<Api>,
    viewer: Viewer,
    Path(verb): Path<String>,
    Body(bulk): Body<BulkOrder>,
) -> Answer<Json<BulkOutcome>> {
    let verb = Verb::parse(&verb)?;
    let ids = match (&bulk.filter, bulk.ids.as_slice()) {
        (None, ids) if !ids.is_empty() => ids.to_vec(),
        (Some(filter), []) => select(&api, &viewer, filter, bulk.expected_count).await?,
        _ => return Err(Problem::invalid("name sessions either in `ids` or by `filter`")),
    };
    if ids.len() > MOST_AT_ONCE {
        return Err(Problem::invalid(format!(
            "at most {MOST_AT_ONCE} sessions at once"
        )));
    }
    let order = Order {
        reason: bulk.reason,
        title: bulk.title,
        message: bulk.message,
        scope: bulk.scope,
        by_secs: bulk.by_secs,
        keep_entitlement: false,
    };
    let mut results = Vec::with_capacity(ids.len());
    let mut covered = HashSet::new();
    for id in ids {
        let outcome = match find(&api, &viewer, &id).await {
            Ok(row) => each(&api, &viewer, &row, verb, &order, &mut covered)
                .await
                .map(Some),
            Err(problem) => Err(problem),
        };
        results.push(match outcome {
            Ok(state) => BulkResult {
                id,
                ok: true,
                state,
                error: None,
            },
            Err(problem) => BulkResult {
                id,
                ok: false,
                state: None,
                error: Some(problem.detail),
            },
        });
    }
    let failed = results.iter().filter(|result| !result.ok).count();
    Ok(Json(BulkOutcome { results, failed }))
}

/// Gives the order to one session of many. A wide lock or unlock is given once for each user or resource: it reaches the others too.
async fn each(
    api: &Api,
    viewer: &Viewer,
    row: &SessionRow,
    verb: Verb,
    order: &Order,
    covered: &mut HashSet<ObjectId>,
) -> Answer<SessionState> {
    let subject = match (verb, order.scope) {
        (Verb::Lock | Verb::Unlock, LockScope::User) => Some(row.session.user.id),
        (Verb::Lock | Verb::Unlock, LockScope::Resource) => Some(row.session.resource.id),
        _ => None,
    };
    if subject.is_some_and(|subject| covered.contains(&subject)) {
        return Ok(row.life.state);
    }
    let state = give(api, viewer, row, verb, order, None).await?;
    covered.extend(subject);
    Ok(state)
}

async fn select(api: &Api, viewer: &Viewer, filter: &str, expected: Option<usize>) -> Answer<Vec<String>> {
    let mut query = read_query(api, viewer, &Params::read(filter), Micros::now())?;
    query.limit = 1000;
    let page = api
        .store()
        .list(&query, &viewer.sight.listed())
        .await
        .map_err(Problem::of_store)?;
    let more = page.next_cursor.is_some();
    let found = page.rows.len();
    if more || expected.is_some_and(|expected| expected != found) {
        let found = if more {
            format!("more than {found}")
        } else {
            found.to_string()
        };
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "unexpected_count",
            format!("the filter selects {found} sessions; nothing was done"),
        ));
    }
    Ok(page.rows.iter().map(|row| row.session.id.to_string()).collect())
}

/// Gives one order, if the viewer may; tells the state after it.
async fn give(
    api: &Api,
    viewer: &Viewer,
    row: &SessionRow,
    verb: Verb,
    order: &Order,
    expected: Option<i64>,
) -> Answer<SessionState> {
    let admin = viewer.sight.may_administer();
    let own = viewer.sight.is_own(&row.session);
    if !may_give(viewer, row, verb, order.scope) {
        return Err(Problem::forbidden("only an administrator may do this")
            .hint("the owner of a session may cancel and extend it"));
    }
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let cause = if order.reason.is_empty() {
        cause
    } else {
        cause.with_detail(serde_json::json!({ "reason": order.reason }))
    };
    let event = match verb {
        Verb::Hold | Verb::Release => {
            let held = api
                .store()
                .hold_recordings(row.session.id, verb == Verb::Hold, cause)
                .await;
            held.map_err(Problem::of_step)?;
            return Ok(row.life.state);
        }
        Verb::Cancel if own => Event::Cancel(EndReason::RequesterCancel, order.reason.clone()),
        Verb::Cancel => Event::Cancel(EndReason::AdminCancel, order.reason.clone()),
        Verb::Terminate => Event::Terminate(EndReason::AdminTerminate, order.reason.clone()),
        Verb::Lock => Event::Lock(LockOrder {
            title: order.title.clone(),
            message: if order.message.is_empty() {
                order.reason.clone()
            } else {
                order.message.clone()
            },
            scope: order.scope,
        }),
        Verb::Unlock => Event::Unlock,
        Verb::Extend => extend(api, row, order, admin)?,
    };
    let engine = api.engine();
    let stepped = match verb {
        Verb::Terminate if order.keep_entitlement && row.life.entitlement => {
            engine
                .cut(row.session.id, cause)
                .await
                .map_err(Problem::of_step)?;
            return Ok(row.life.state);
        }
        Verb::Unlock => engine.unlock(row.session.id, order.scope, cause, expected).await,
        _ => engine.order(row.session.id, event, cause, expected).await,
    };
    match stepped {
        Ok(stepped) => Ok(stepped.after.state),
        Err(store::StepError::Refused(
            refusal @ (Refusal::BeyondLimit { .. } | Refusal::PastHours { .. }),
        )) => Err(Problem::forbidden(refusal.to_string())),
        Err(error) => Err(Problem::of_step(error)),
    }
}

/// Tells whether the viewer may give an order. Who moderates sessions reaches each by itself; what stands for a whole resource or user is
/// the administrator's.
fn may_give(viewer: &Viewer, row: &SessionRow, verb: Verb, scope: LockScope) -> bool {
    let sight = &viewer.sight;
    sight.may_administer()
        || match verb {
            Verb::Cancel => sight.is_own(&row.session) || sight.may_moderate(&row.session),
            Verb::Extend => sight.is_own(&row.session),
            Verb::Terminate => sight.may_moderate(&row.session),
            Verb::Lock | Verb::Unlock => scope == LockScope::Session && sight.may_moderate(&row.session),
            Verb::Hold | Verb::Release => false,
        }
}

fn extend(api: &Api, row: &SessionRow, order: &Order, admin: bool) -> Answer<Event> {
    let secs = order.by_secs.filter(|secs| (1..=31 * 86_400).contains(secs));
    let by = Span::secs(secs.ok_or_else(|| Problem::invalid("`by_secs` is 1 second to 31 days"))?);
    let directory = api.engine().directory();
    let profile = directory
        .profiles
        .get(&row.session.profile)
        .map(|profile| profile.spec.clone())
        .unwrap_or_default();
    let owner_limit = (!admin).then(|| Span::secs(i64::from(profile.owner_extension_secs)));
    Ok(Event::Extend {
        by,
        owner_limit,
        closes: profile.closes(Micros::now()),
    })
}

/// Reads `If-Match`: a version, with or without quotes.
pub(crate) fn expected(headers: &HeaderMap) -> Answer<Option<i64>> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value
        .to_str()
        .unwrap_or_default()
        .trim()
        .trim_start_matches("W/")
        .trim_matches('"');
    match text {
        "*" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| Problem::invalid("`If-Match` holds a version")),
    }
}
