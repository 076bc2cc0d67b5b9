//! A session as lists and the detail page read it.

use domain::{
    Micros,
    approval::ApprovalState,
    audit::AuditEvent,
    policy,
    recording::RecordingState,
    session::{Connection, Life, Lock, Session, State, Verb},
    sight::Sight,
    stop::EndReason,
};
use engine::Medium;
use serde::Serialize;
use store::{DirectCheck, HoldRow};
use utoipa::ToSchema;

use super::{approval::ReviewView, time::time};

/// A session. Keys are never removed; new ones may be added.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    /// Its name for ever.
    pub session_id: String,
    /// The same again, for tools that look for `id`.
    pub id: String,
    /// The state, in lower snake case.
    #[schema(value_type = String, example = "active")]
    pub state: State,
    /// Why it ended or is ending.
    #[schema(value_type = Option<String>, example = "user_disconnect")]
    pub end_reason: Option<EndReason>,
    /// Where it failed.
    #[schema(value_type = Option<String>)]
    pub failure_stage: Option<domain::stop::FailureStage>,
    /// Who.
    pub user: NamedView,
    /// The login name on the resource.
    pub account: String,
    /// What.
    pub resource: ResourceView,
    /// The access rule that decided.
    pub access_rule: String,
    /// The profile in force.
    pub profile: String,
    /// What is done on the resource for it: a named template; null for nothing.
    pub activity: Option<NamedView>,
    /// What carries it.
    pub gateway: GatewayView,
    /// `cli`, `web_cli`, `web` or `desktop`.
    pub client_interface: &'static str,
    /// The same in words.
    pub client_interface_title: &'static str,
    /// The address of the user's client.
    pub client_ip: String,
    /// The name of the secret used; empty when the user supplied their own.
    pub secret_name: String,
    /// `exec` or `connect`.
    #[schema(value_type = String)]
    pub verb: domain::session::SessionVerb,
    /// When it was asked for.
    pub created_at: Option<String>,
    /// When it is to begin to be usable; null for as soon as it may.
    pub starts_at: Option<String>,
    /// When it started to run.
    pub started_at: Option<String>,
    /// When the resource first accepted a login.
    pub first_logon_at: Option<String>,
    /// When it has to end; while it waits for approval, when that has to be given.
    pub expires_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// From start to end, or to now; 0 before it started.
    pub duration_ms: i64,
    /// Bytes from the caller to the resource.
    pub bytes_up: i64,
    /// Bytes from the resource to the caller.
    pub bytes_down: i64,
    /// How many connections it has now.
    pub open_connections: u32,
    /// `none`, `proxy` or `direct`.
    #[schema(value_type = String)]
    pub login_via: domain::session::LoginVia,
    /// What the last look for log-ins past the gateway has found; null when nobody has looked.
    pub direct: Option<DirectView>,
    /// The lock in force.
    pub lock: Option<LockView>,
    /// The statement in it that waits for reviewers; null when none does.
    pub hold: Option<HoldView>,
    /// Where its approval stands; null when none was needed.
    pub review: Option<ReviewView>,
    /// Where the recording stands.
    pub recording: RecordingView,
    /// Its connections, oldest first.
    pub connections: Vec<ConnectionView>,
    /// What went wrong.
    pub error: Option<ErrorView>,
    /// Who ended it; empty when it ended by itself.
    pub ended_by: String,
    /// What they wrote.
    pub end_message: String,
    /// What went wrong while cleaning up.
    pub cleanup_error: Option<String>,
    /// A ticket number.
    pub ticket: String,
    /// Groups sessions of one piece of work.
    pub correlation_id: String,
    /// The session that this one runs again.
    pub rerun_of: Option<String>,
    /// A rating; none yet.
    pub risk: Option<String>,
    /// Grows with every change; for `If-Match`.
    pub version: i64,
    /// How it is drawn: `terminal`, `statements`, `display` or `raw`.
    #[schema(value_type = String)]
    pub medium: Medium,
    /// What the viewer may order now.
    #[schema(value_type = Vec<String>)]
    pub authorized_actions: Vec<Verb>,
}

/// A thing by id and name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NamedView {
    /// The lasting name.
    pub id: String,
    /// The name at the time.
    pub name: String,
}

/// The resource of a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResourceView {
    /// The lasting name.
    pub id: String,
    /// The name at the time.
    pub name: String,
    /// The protocol's id.
    #[serde(rename = "type")]
    pub protocol: String,
    /// The engine of a database; none for other types.
    pub engine: Option<String>,
    /// `host:port` at the time.
    pub host: String,
}

/// The gateway that carries a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GatewayView {
    /// The instance.
    pub id: String,
    /// The name shown.
    pub name: String,
    /// The cluster it belongs to; its own name when it stands alone.
    pub cluster: String,
}

/// A lock in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LockView {
    /// Who.
    pub by: String,
    /// When.
    pub at: Option<String>,
    /// A short title.
    pub title: String,
    /// What the user is told.
    pub message: String,
    /// `session`, `resource` or `user`.
    #[schema(value_type = String)]
    pub scope: domain::session::LockScope,
}

/// Where a recording stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecordingView {
    /// `none`, `recording`, `finalising`, `available`, `failed`, `expired`, `deleted` or `held`.
    #[schema(value_type = String)]
    pub state: RecordingState,
    /// The forms in which it can be taken out.
    pub formats: Vec<&'static str>,
    /// Until when it is kept, by the rules of retention as they are now; null when without end.
    pub expires_at: Option<String>,
    /// Why there is nothing to play; null when there is.
    pub reason: Option<&'static str>,
    /// When it was removed and by which rule; null when it was not, and in lists.
    pub removed: Option<RemovedView>,
}

/// How a recording came to be removed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RemovedView {
    /// When.
    pub at: Option<String>,
    /// The rule of retention, by name.
    pub rule: String,
    /// For how long it was kept, in seconds.
    pub keep_secs: u64,
}

impl RemovedView {
    /// Reads it from the audit log.
    #[must_use]
    pub fn of(event: &AuditEvent) -> Self {
        let detail = |key: &str| event.detail.get(key);
        Self {
            at: time(event.at),
            rule: detail("rule")
                .and_then(|rule| rule.as_str())
                .unwrap_or_default()
                .to_owned(),
            keep_secs: detail("keep_secs")
                .and_then(serde_json::Value::as_u64)
                .unwrap_or_default(),
        }
    }
}

/// One transport of a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConnectionView {
    /// Its name; also the name of its tape.
    pub id: String,
    /// When it was opened.
    pub opened_at: Option<String>,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// From where.
    pub client_ip: String,
    /// By what.
    pub client_interface: &'static str,
    /// What the client calls itself; not verified.
    pub client_version: String,
    /// Bytes from the caller to the resource.
    pub bytes_up: i64,
    /// Bytes from the resource to the caller.
    pub bytes_down: i64,
    /// Why it was closed.
    #[schema(value_type = Option<String>)]
    pub close_reason: Option<EndReason>,
    /// Where its recording stands.
    #[schema(value_type = String)]
    pub recording: RecordingState,
}

/// What went wrong with a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorView {
    /// A word for programs: the end reason.
    pub code: &'static str,
    /// What went wrong; holds no secret.
    pub message: String,
    /// What an operator can do; null when nothing.
    pub hint: Option<&'static str>,
    /// Where in its life.
    #[schema(value_type = Option<String>)]
    pub stage: Option<domain::stop::FailureStage>,
}

/// A statement that waits for reviewers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoldView {
    /// `awaiting_action_approval`.
    pub state: &'static str,
    /// The request that they decide.
    pub approval_id: String,
    /// The rule that holds it.
    pub rule: String,
    /// The number that the statement will have within its connection; null when that is not known.
    pub statement: Option<u64>,
    /// Since when.
    pub since: Option<String>,
}

/// What looks for log-ins past the gateway have found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DirectView {
    /// When the last look was.
    pub checked_at: Option<String>,
    /// Why nothing could be seen then; null when it could.
    pub error: Option<String>,
    /// Somebody has come past the gateway in this session: nothing of that is recorded.
    pub violation: bool,
    /// Everybody who was seen.
    pub logins: Vec<DirectLoginView>,
}

/// A log-in past the gateway.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DirectLoginView {
    /// From where, as the resource says it.
    pub from: String,
    /// When it was first seen.
    pub first_seen_at: Option<String>,
    /// When it was last seen.
    pub last_seen_at: Option<String>,
}

impl DirectView {
    fn new(check: &DirectCheck) -> Self {
        let logins = check.logins.iter().map(|login| DirectLoginView {
            from: login.from.clone(),
            first_seen_at: time(login.first_seen_at),
            last_seen_at: time(login.last_seen_at),
        });
        Self {
            checked_at: time(check.checked_at),
            error: Some(check.error.clone()).filter(|text| !text.is_empty()),
            violation: !check.logins.is_empty(),
            logins: logins.collect(),
        }
    }
}

impl HoldView {
    fn new(hold: &HoldRow) -> Self {
        Self {
            state: "awaiting_action_approval",
            approval_id: hold.approval.to_string(),
            rule: hold.rule.clone(),
            statement: hold.statement,
            since: time(hold.since),
        }
    }
}

/// What [`SessionView::new`] is made of.
#[derive(Debug)]
pub struct Parts<'a> {
    /// What never changes.
    pub session: &'a Session,
    /// What does.
    pub life: &'a Life,
    /// Its connections; may be empty in lists.
    pub connections: &'a [Connection],
    /// Where its recording stands as a whole.
    pub recording: RecordingState,
    /// Bytes so far, up and down.
    pub bytes: (i64, i64),
    /// How its protocol is drawn.
    pub medium: Medium,
    /// Where its approval stands.
    pub review: Option<ApprovalState>,
    /// What waits for reviewers in it.
    pub hold: Option<&'a HoldRow>,
    /// What the last look for direct log-ins has found.
    pub direct: Option<&'a DirectCheck>,
    /// Until when its recording is kept.
    pub kept_until: Option<Micros>,
}

impl SessionView {
    /// Draws a session for a viewer at a moment.
    #[must_use]
    pub fn new(parts: &Parts<'_>, sight: &Sight, now: Micros) -> Self {
        let Parts {
            session,
            life,
            connections,
            recording,
            bytes,
            medium,
            review,
            hold,
            direct,
            kept_until,
        } = *parts;
        let mut verbs = policy::verbs(sight, session, life);
        if sight.may_administer() && life.state.is_terminal() {
            match recording {
                RecordingState::Available => verbs.push(Verb::Hold),
                RecordingState::Held => verbs.push(Verb::Release),
                _ => {}
            }
        }
        let until = life.ended_at.set().unwrap_or(now);
        let duration = life
            .started_at
            .set()
            .map_or(0, |start| until.since(start).millis().max(0));
        Self {
            session_id: session.id.to_string(),
            id: session.id.to_string(),
            state: life.state,
            end_reason: life.end_reason,
            failure_stage: life.failure_stage,
            user: NamedView {
                id: session.user.id.to_string(),
                name: session.user.name.clone(),
            },
            account: session.account.clone(),
            resource: ResourceView {
                id: session.resource.id.to_string(),
                name: session.resource.name.clone(),
                protocol: session.resource.protocol.clone(),
                engine: None,
                host: session.resource.host.clone(),
            },
            access_rule: session.access_rule.clone(),
            profile: session.profile.clone(),
            activity: session.activity.as_ref().map(|activity| NamedView {
                id: activity.id.to_string(),
                name: activity.name.clone(),
            }),
            gateway: GatewayView {
                id: session.gateway.clone(),
                name: session.gateway.clone(),
                cluster: session.gateway.clone(),
            },
            client_interface: session.client_interface.word(),
            client_interface_title: session.client_interface.title(),
            client_ip: session.client_ip.to_string(),
            secret_name: session.secret_name.clone(),
            verb: session.verb,
            created_at: time(session.created_at),
            starts_at: time(life.starts_at),
            started_at: time(life.started_at),
            first_logon_at: time(life.first_logon_at),
            expires_at: time(life.expires_at),
            ended_at: time(life.ended_at),
            duration_ms: duration,
            bytes_up: bytes.0,
            bytes_down: bytes.1,
            open_connections: life.open_connections,
            login_via: life.login_via,
            direct: direct.map(DirectView::new),
            lock: life.lock.as_ref().map(LockView::new),
            hold: hold.map(HoldView::new),
            review: review.map(|state| ReviewView {
                state,
                approvals: Vec::new(),
            }),
            recording: RecordingView::new(recording, medium, life.state, kept_until),
            connections: connections.iter().map(ConnectionView::new).collect(),
            error: ErrorView::of(life),
            ended_by: life.ended_by.clone(),
            end_message: life.end_message.clone(),
            cleanup_error: Some(life.cleanup_error.clone()).filter(|text| !text.is_empty()),
            ticket: session.ticket.clone(),
            correlation_id: session.correlation_id.clone(),
            rerun_of: session.rerun_of.map(|id| id.to_string()),
            risk: None,
            version: life.version,
            medium,
            authorized_actions: verbs,
        }
    }
}

impl LockView {
    fn new(lock: &Lock) -> Self {
        Self {
            by: lock.by.clone(),
            at: time(lock.at),
            title: lock.title.clone(),
            message: lock.message.clone(),
            scope: lock.scope,
        }
    }
}

impl RecordingView {
    fn new(state: RecordingState, medium: Medium, session: State, kept_until: Option<Micros>) -> Self {
        let playable = matches!(
            state,
            RecordingState::Available
                | RecordingState::Held
                | RecordingState::Recording
                | RecordingState::Finalising
        );
        let formats: &[_] = match (playable, medium) {
            (false, _) => &[],
            (true, Medium::Terminal) => &["asciicast", "asciicast2", "txt", "json", "csv", "tape", "bundle"],
            (true, _) => &["json", "csv", "tape", "bundle"],
        };
        let reason = match state {
            RecordingState::None if session == State::Denied => {
                Some("the session was denied and never connected")
            }
            RecordingState::None => Some("the session has not connected"),
            RecordingState::Failed => Some("the recording failed"),
            RecordingState::Expired => Some("the recording expired under a rule of retention"),
            RecordingState::Deleted => Some("the recording was deleted"),
            _ => None,
        };
        Self {
            state,
            formats: formats.to_vec(),
            expires_at: kept_until.and_then(time),
            reason,
            removed: None,
        }
    }
}

impl ConnectionView {
    fn new(connection: &Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            opened_at: time(connection.opened_at),
            closed_at: time(connection.closed_at),
            client_ip: connection.client_ip.to_string(),
            client_interface: connection.client_interface.word(),
            client_version: connection.client_version.clone(),
            bytes_up: connection.bytes_up,
            bytes_down: connection.bytes_down,
            close_reason: connection.close_reason,
            recording: connection.recording,
        }
    }
}

impl ErrorView {
    fn of(life: &Life) -> Option<Self> {
        let reason = life
            .end_reason
            .filter(|_| life.failure_stage.is_some() || life.state == State::Denied)?;
        let message = if life.error.is_empty() {
            reason.to_caller().to_owned()
        } else {
            life.error.clone()
        };
        Some(Self {
            code: reason.word(),
            message,
            hint: reason.hint(),
            stage: life.failure_stage,
        })
    }
}
