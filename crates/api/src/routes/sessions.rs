//! The list of sessions, one session, and its timeline and event log.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use domain::{
    Micros, Span,
    approval::ApprovalKind,
    audit::{Actor, AuditEvent},
    recording::RecordingState,
    session::{ClientInterface, State as SessionState},
    stop::EndReason,
};
use serde::Serialize;
use store::{AuditQuery, Count, Direction, SessionQuery, SessionRow, Sort, SortColumn};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    classes,
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    view::{
        approval::{ApprovalView, ReviewView},
        change::ChangeView,
        session::{RemovedView, SessionView},
    },
};

/// What a list shows when no time is asked for and ended sessions are wanted: the last 30 days.
const DEFAULT_WINDOW: Span = Span::secs(30 * 86_400);

/// The parameters of a list of sessions.
pub(crate) const FILTERS: [&str; 29] = [
    "status",
    "user",
    "group",
    "resource",
    "type",
    "gateway",
    "client_interface",
    "client_ip",
    "account",
    "secret_name",
    "end_reason",
    "since",
    "until",
    "last",
    "locked",
    "has_recording",
    "ticket",
    "correlation_id",
    "rerun_of",
    "access_rule",
    "profile",
    "review",
    "search",
    "sort",
    "limit",
    "cursor",
    "count",
    "offset",
    "view",
];

/// A page of sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// The sessions.
    pub sessions: Vec<SessionView>,
    /// Where the next page starts; null at the end.
    pub next_cursor: Option<String>,
    /// How many there are in all pages; null when not counted.
    pub total: Option<u64>,
    /// There are more than `total`.
    pub total_is_capped: bool,
    /// The gateways that the viewer may see.
    pub visible_gateways: Vec<String>,
    /// When this was true.
    pub as_of: Option<String>,
}

/// Lists sessions. Without `status`: those that run now, of any age. `status=all`: every state, of the last 30 days unless a
/// time is given. A session is in a window of time when it overlaps it.
#[utoipa::path(get, path = "/v1/sessions", tag = "sessions",
    params(
        ("status" = Option<Vec<String>>, Query, description = "states or their aliases (active, connected, pending, closed, ended, …), or `all`"),
        ("user" = Option<Vec<String>>, Query, description = "names or ids"), ("group" = Option<Vec<String>>, Query, description = "sessions of the group's members"),
        ("resource" = Option<Vec<String>>, Query, description = "names or ids"),
        ("type" = Option<Vec<String>>, Query, description = "protocols, or classes of them: terminal, database, desktop, web, cluster, network"),
        ("gateway" = Option<Vec<String>>, Query), ("client_interface" = Option<Vec<String>>, Query),
        ("client_ip" = Option<Vec<String>>, Query, description = "addresses or networks"), ("account" = Option<Vec<String>>, Query),
        ("secret_name" = Option<Vec<String>>, Query), ("end_reason" = Option<Vec<String>>, Query, description = "words such as user_disconnect, idle_timeout, admin_terminate"),
        ("since" = Option<String>, Query), ("until" = Option<String>, Query), ("last" = Option<String>, Query, description = "such as 24h, or all"),
        ("locked" = Option<bool>, Query), ("has_recording" = Option<bool>, Query), ("ticket" = Option<Vec<String>>, Query),
        ("correlation_id" = Option<Vec<String>>, Query), ("rerun_of" = Option<String>, Query), ("access_rule" = Option<Vec<String>>, Query), ("profile" = Option<Vec<String>>, Query),
        ("review" = Option<Vec<String>>, Query, description = "where its approval stands: pending, approved, rejected, expired, revoked, error"),
        ("view" = Option<String>, Query, description = "a saved view of the list, whose parameters apply where they are not given here; without a status it shows every state"),
        ("search" = Option<String>, Query, description = "text in any visible column"),
        ("sort" = Option<String>, Query, description = "field, with :asc or :desc"), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query),
        ("count" = Option<String>, Query, description = "exact, capped or none")),
    responses((status = 200, body = SessionList), (status = 422, body = ProblemDocument)))]
pub async fn list(
    State(api): State<Api>,
    viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Answer<Json<SessionList>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    let now = Micros::now();
    let params = with_view(&api, &viewer, params).await?;
    let page = api
        .store()
        .list(&read_query(&api, &viewer, &params, now)?, &viewer.sight.listed())
        .await
        .map_err(Problem::of_store)?;
    let gateways = api.store().nodes().await.map_err(Problem::of_store)?;
    Ok(Json(SessionList {
        sessions: page.rows.iter().map(|row| api.draw(row, &viewer, now)).collect(),
        next_cursor: page.next_cursor,
        total: page.total,
        total_is_capped: page.total_is_capped,
        visible_gateways: gateways
            .into_iter()
            .map(|node| node.name)
            .filter(|name| viewer.sight.sees_gateway(name))
            .collect(),
        as_of: crate::view::time::time(page.as_of),
    }))
}

/// Lays parameters over those of the saved view that they name.
async fn with_view(api: &Api, viewer: &Viewer, params: Params) -> Answer<Params> {
    let Some(name) = params.one("view").map(str::to_owned) else {
        return Ok(params);
    };
    let views = api.store().views(viewer.person.id, Some("sessions")).await;
    let views = views.map_err(Problem::of_store)?;
    let view = views.iter().find(|view| view.name == name).ok_or_else(|| {
        let names: Vec<_> = views.iter().map(|view| view.name.as_str()).collect();
        Problem::invalid(format!("no view `{name}`; there are: {}", names.join(", ")))
    })?;
    let shown = Params::read(&view.query).over(Params::read("status=all"), &["status"]);
    Ok(params.without("view").over(shown, &FILTERS).without("view"))
}

/// Reads the filters of a list; every word that is not known is an error.
pub(crate) fn read_query(api: &Api, viewer: &Viewer, params: &Params, now: Micros) -> Answer<SessionQuery> {
    params.only(&FILTERS)?;
    let words = params.all("status");
    let everything = words.iter().any(|word| word.eq_ignore_ascii_case("all"));
    let mut states = Vec::new();
    for word in words.iter().filter(|word| !word.eq_ignore_ascii_case("all")) {
        states.extend(SessionState::parse_filter(word).ok_or_else(|| bad_status(word))?);
    }
    let asked = everything || !states.is_empty() || params.one("search").is_some();
    if !asked {
        states = SessionState::RUNNING.to_vec();
    }
    if everything {
        states.clear();
    }
    let ever = params.one("last") == Some("all");
    let last = match params.one("last") {
        _ if ever => None,
        Some(text) => Some(crate::query::parse_span(text).ok_or_else(|| {
            Problem::invalid(format!("`{text}` is not a length of time such as 24h or 7d"))
        })?),
        None => None,
    };
    let until = params.time("until", now)?;
    let since = match (params.time("since", now)?, last) {
        (Some(since), _) => Some(since),
        (None, Some(last)) => Some(Micros(until.unwrap_or(now).0.saturating_sub(last.0))),
        (None, None) if asked && until.is_none() && !ever => Some(Micros(now.0 - DEFAULT_WINDOW.0)),
        (None, None) => None,
    };
    Ok(SessionQuery {
        states,
        users: params.all("user"),
        members: members(api, viewer, params)?,
        resources: params.all("resource"),
        types: classes::types(api, &params.all("type"))?,
        gateways: params.all("gateway"),
        client_interfaces: interfaces(params)?,
        client_ips: networks(params)?,
        accounts: params.all("account"),
        secrets: params.all("secret_name"),
        access_rules: params.all("access_rule"),
        profiles: params.all("profile"),
        end_reasons: end_reasons(params)?,
        since,
        until,
        locked: params.flag("locked")?,
        has_recording: params.flag("has_recording")?,
        tickets: params.all("ticket"),
        correlation_ids: params.all("correlation_id"),
        rerun_of: params.parse("rerun_of")?,
        reviews: super::approvals::states(params.all("review").iter())?,
        search: params.one("search").map(str::to_owned),
        sort: sort(params)?,
        cursor: params.one("cursor").map(str::to_owned),
        limit: limit(params)?,
        count: match params.one("count") {
            None | Some("capped") => Count::Capped,
            Some("exact") => Count::Exact,
            Some("none") => Count::None,
            Some(other) => {
                return Err(Problem::invalid(format!(
                    "`{other}` is not a count: exact, capped or none"
                )));
            }
        },
        now,
    })
}

pub(crate) fn bad_status(word: &str) -> Problem {
    let states: Vec<_> = SessionState::ALL.iter().map(|state| state.word()).collect();
    Problem::invalid(format!(
        "`{word}` is not a status; valid are: all, {}, {}",
        states.join(", "),
        SessionState::FILTER_ALIASES.join(", ")
    ))
}

pub(crate) fn limit(params: &Params) -> Answer<u32> {
    match params.parse::<u32>("limit")? {
        Some(0) => Err(Problem::invalid("`limit` is 1 to 1000")),
        Some(limit) if limit > 1000 => Err(Problem::invalid("`limit` is 1 to 1000")),
        limit => Ok(limit.unwrap_or(50)),
    }
}

/// Gives the members of the groups that are asked for; [`None`] when none is. That there is no such group is told to whoever sees
/// everything; to others it is empty.
fn members(api: &Api, viewer: &Viewer, params: &Params) -> Answer<Option<Vec<String>>> {
    let groups = params.all("group");
    if groups.is_empty() {
        return Ok(None);
    }
    let directory = api.engine().directory();
    let mut members = std::collections::BTreeSet::new();
    for name in &groups {
        if directory.groups.contains_key(name) {
            members.extend(directory.members(name));
        } else if viewer.sight.is_wide() {
            return Err(Problem::invalid(format!("there is no group `{name}`")));
        }
    }
    Ok(Some(members.into_iter().collect()))
}

fn interfaces(params: &Params) -> Answer<Vec<ClientInterface>> {
    let read = |word: &String| {
        ClientInterface::parse(word).ok_or_else(|| {
            let valid: Vec<_> = ClientInterface::ALL.iter().map(|one| one.word()).collect();
            Problem::invalid(format!(
                "`{word}` is not a client interface; valid are: {}",
                valid.join(", ")
            ))
        })
    };
    params.all("client_interface").iter().map(read).collect()
}

fn networks(params: &Params) -> Answer<Vec<ipnet::IpNet>> {
    let read = |text: &String| {
        text.parse::<ipnet::IpNet>()
            .ok()
            .or_else(|| text.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from))
            .ok_or_else(|| Problem::invalid(format!("`{text}` is not an address or a network")))
    };
    params.all("client_ip").iter().map(read).collect()
}

fn end_reasons(params: &Params) -> Answer<Vec<EndReason>> {
    let read = |word: &String| {
        EndReason::parse(&word.to_ascii_lowercase()).ok_or_else(|| {
            let valid: Vec<_> = EndReason::ALL.iter().map(|reason| reason.word()).collect();
            Problem::invalid(format!(
                "`{word}` is not an end reason; valid are: {}",
                valid.join(", ")
            ))
        })
    };
    params.all("end_reason").iter().map(read).collect()
}

fn sort(params: &Params) -> Answer<Sort> {
    let Some(text) = params.one("sort") else {
        return Ok(Sort::default());
    };
    let (word, way) = text.split_once(':').unwrap_or((text, "desc"));
    let column = SortColumn::parse(word).ok_or_else(|| {
        let valid: Vec<_> = SortColumn::ALL.iter().map(|column| column.word()).collect();
        Problem::invalid(format!(
            "`{word}` cannot be sorted by; valid are: {}",
            valid.join(", ")
        ))
    })?;
    let direction = match way {
        "asc" => Direction::Ascending,
        "desc" => Direction::Descending,
        other => {
            return Err(Problem::invalid(format!(
                "`{other}` is not a direction: asc or desc"
            )));
        }
    };
    Ok(Sort { column, direction })
}

/// Finds a session by its id or a unique beginning of it, if the viewer may see it.
pub(crate) async fn find(api: &Api, viewer: &Viewer, id: &str) -> Answer<SessionRow> {
    let found = if let Ok(id) = id.parse() {
        api.store()
            .session(id, Micros::now())
            .await
            .map_err(Problem::of_store)?
    } else if id.len() >= 8
        && id.len() < 36
        && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    {
        let rows = api
            .store()
            .find_by_prefix(id, &viewer.sight.listed(), Micros::now())
            .await
            .map_err(Problem::of_store)?;
        match rows.as_slice() {
            [one] => api
                .store()
                .session(one.session.id, Micros::now())
                .await
                .map_err(Problem::of_store)?,
            [] => None,
            _ => {
                return Err(Problem::invalid(format!(
                    "more than one session begins with `{id}`"
                )));
            }
        }
    } else {
        None
    };
    found
        .filter(|row| viewer.sight.may_see(&row.session))
        .ok_or_else(Problem::not_found)
}

/// Gives one session, by its id or by a unique beginning of it (8 characters or more).
#[utoipa::path(get, path = "/v1/sessions/{id}", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = 404, body = ProblemDocument)))]
pub async fn one(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Answer<Json<SessionView>> {
    let row = find(&api, &viewer, &id).await?;
    whole(&api, &viewer, &row).await.map(Json)
}

/// Draws a session with everything that its page shows.
pub(crate) async fn whole(api: &Api, viewer: &Viewer, row: &SessionRow) -> Answer<SessionView> {
    let mut view = api.draw(row, viewer, Micros::now());
    if row.recording == RecordingState::Expired {
        let query = AuditQuery {
            session: Some(row.session.id),
            kinds: vec!["recording.expired".to_owned()],
            limit: 1,
            ..AuditQuery::default()
        };
        let page = api.store().audit(&query).await.map_err(Problem::of_store)?;
        view.recording.removed = page.rows.first().map(|row| RemovedView::of(&row.event));
    }
    let approvals = api.store().approvals_of(row.session.id).await;
    let mut approvals = approvals.map_err(Problem::of_store)?;
    // What was held in the session is part of its content.
    let may_play = viewer.sight.may_play(&row.session);
    approvals
        .retain(|one| may_play || one.kind == ApprovalKind::Session || one.is_visible_to(&viewer.person));
    if let Some(last) = approvals.last() {
        let review = view.review.get_or_insert_with(|| ReviewView {
            state: last.state,
            approvals: Vec::new(),
        });
        let now = Micros::now();
        let drawn = approvals
            .iter()
            .map(|one| ApprovalView::new(one, &viewer.person, now));
        review.approvals = drawn.collect();
    }
    Ok(view)
}

/// Something that happened to a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct Happening {
    /// Its place in the audit log.
    pub number: i64,
    /// When.
    pub at: Option<String>,
    /// `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// What, as `noun.verb`.
    pub kind: String,
    /// The same in words.
    pub message: String,
    /// Who.
    pub actor: String,
    /// What changed, with old and new values.
    pub changes: Vec<ChangeView>,
    /// More.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

/// What happened to a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct Happenings {
    /// Oldest first.
    pub events: Vec<Happening>,
    /// Where the next page starts; null at the end.
    pub next_cursor: Option<String>,
}

/// Gives the life of a session: every step of its state with actor and time, oldest first.
#[utoipa::path(get, path = "/v1/sessions/{id}/timeline", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = Happenings)))]
pub async fn timeline(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Answer<Json<Happenings>> {
    let row = find(&api, &viewer, &id).await?;
    let query = AuditQuery {
        session: Some(row.session.id),
        limit: 1000,
        ..AuditQuery::default()
    };
    let mut page = api.store().audit(&query).await.map_err(Problem::of_store)?;
    page.rows.reverse();
    let told = ["session.", "approval.", "recording.", "host_key.", "step."];
    let events = page
        .rows
        .into_iter()
        .filter(|row| told.iter().any(|noun| row.event.kind.starts_with(noun)));
    Ok(Json(Happenings {
        events: events.map(|row| Happening::new(row.seq, row.event)).collect(),
        next_cursor: None,
    }))
}

/// Gives the event log of a session, newest first; filters by level, text and time.
#[utoipa::path(get, path = "/v1/sessions/{id}/events", tag = "sessions",
    params(("id" = String, Path), ("level" = Option<Vec<String>>, Query), ("text" = Option<String>, Query), ("since" = Option<String>, Query),
        ("until" = Option<String>, Query), ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query)),
    responses((status = 200, body = Happenings)))]
pub async fn events(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<Happenings>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["level", "text", "since", "until", "cursor", "limit"])?;
    let now = Micros::now();
    let levels = params.all("level");
    if let Some(bad) = levels
        .iter()
        .find(|level| !["debug", "info", "warn", "error"].contains(&level.as_str()))
    {
        return Err(Problem::invalid(format!(
            "`{bad}` is not a level; valid are: debug, info, warn, error"
        )));
    }
    let row = find(&api, &viewer, &id).await?;
    let query = AuditQuery {
        session: Some(row.session.id),
        since: params.time("since", now)?,
        until: params.time("until", now)?,
        text: params.one("text").map(str::to_owned),
        cursor: params.one("cursor").map(str::to_owned),
        limit: limit(&params)?,
        ..AuditQuery::default()
    };
    let page = api.store().audit(&query).await.map_err(Problem::of_store)?;
    let events = page
        .rows
        .into_iter()
        .map(|row| Happening::new(row.seq, row.event));
    let events = events.filter(|event| levels.is_empty() || levels.iter().any(|level| level == event.level));
    Ok(Json(Happenings {
        events: events.collect(),
        next_cursor: page.next_cursor,
    }))
}

impl Happening {
    /// Puts an audit event into words.
    #[must_use]
    pub fn new(number: i64, event: AuditEvent) -> Self {
        Self {
            number,
            at: crate::view::time::time(event.at),
            level: level(&event),
            message: message(&event),
            actor: event.actor.name().to_owned(),
            kind: event.kind,
            changes: ChangeView::all(event.changes),
            detail: event.detail,
        }
    }
}

fn level(event: &AuditEvent) -> &'static str {
    match event.kind.as_str() {
        "session.connect_failed"
        | "session.provision_failed"
        | "session.approval_failed"
        | "session.cleanup_failed"
        | "session.direct_login"
        | "step.failed"
        | "session.lost" => "error",
        "session.terminated"
        | "session.denied"
        | "session.locked"
        | "session.expired"
        | "host_key.refused"
        | "approval.glass_broken"
        | "approval.denied" => "warn",
        kind if kind.starts_with("recording.") || kind.starts_with("session.watch") => "debug",
        _ if event
            .changes
            .iter()
            .any(|change| change.field == "failure_stage" && !change.new.is_null()) =>
        {
            "error"
        }
        _ => "info",
    }
}

fn message(event: &AuditEvent) -> String {
    let what = event.kind.replace(['.', '_'], " ");
    let by = match &event.actor {
        Actor::User { name } => format!(" by {name}"),
        Actor::System { .. } | Actor::Unknown { .. } => String::new(),
    };
    let note = ["reason", "comment", "message", "text", "error", "step"]
        .iter()
        .find_map(|key| event.detail.get(key).and_then(|value| value.as_str()))
        .filter(|text| !text.is_empty())
        .map(|text| format!(": {text}"));
    let state = event.changes.iter().find(|change| change.field == "state");
    let state =
        state.and_then(|change| Some(format!(" ({} → {})", change.old.as_str()?, change.new.as_str()?)));
    format!(
        "{what}{by}{}{}",
        state.unwrap_or_default(),
        note.unwrap_or_default()
    )
}
