//! How a session is laid out in its row.

use std::net::{IpAddr, Ipv6Addr};

use domain::{
    Micros, ObjectId, SessionId, Span,
    recording::RecordingState,
    session::{ClientInterface, Life, Lock, LoginVia, Named, ResourceRef, Session, SessionVerb, State},
    stop::{EndReason, FailureStage},
};
use serde::{Deserialize, Serialize};

use super::SessionRow;
use crate::{
    Error,
    db::{Row, Sql, Value, sql},
};

/// `ended_at` of a session that is not over: sorts behind every end and overlaps every window.
pub(crate) const RUNNING: i64 = i64::MAX;

/// Sessions that last longer are found by `span`; see [`super::list`].
pub(crate) const SPAN: Span = Span::secs(24 * 3600);

/// The columns that [`read`] reads, in its order.
pub(crate) const COLUMNS: &str = "sid, id, version, created_at, started_at, first_logon_at, expires_at, ended_at, duration, \
     bytes_up, bytes_down, state, end_reason, user_id, user_name, account, resource_id, resource_name, resource_type, host, \
     access_rule, profile, gateway, client_if, client_ip, secret_name, verb, ticket, correlation_id, rerun_of, activity_id, activity, recording, life";

/// The fields of a life that have no column of their own.
#[derive(Serialize, Deserialize, Default, PartialEq)]
#[serde(default)]
struct Rest {
    #[serde(skip_serializing_if = "Option::is_none")]
    resume: Option<State>,
    #[serde(skip_serializing_if = "is_default")]
    entitlement: bool,
    #[serde(skip_serializing_if = "is_default")]
    open_connections: u32,
    #[serde(skip_serializing_if = "is_default")]
    up_connections: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_stage: Option<FailureStage>,
    #[serde(skip_serializing_if = "is_default")]
    error: String,
    #[serde(skip_serializing_if = "is_default")]
    cleanup_error: String,
    #[serde(skip_serializing_if = "is_default")]
    ended_by: String,
    #[serde(skip_serializing_if = "is_default")]
    end_message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<Lock>,
    #[serde(skip_serializing_if = "is_default")]
    login_via: LoginVia,
    #[serde(skip_serializing_if = "is_default")]
    owner_extended: Span,
    #[serde(skip_serializing_if = "is_default")]
    starts_at: Micros,
    #[serde(skip_serializing_if = "is_default")]
    lasts: Span,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn rest(life: &Life) -> Result<String, Error> {
    let rest = Rest {
        resume: life.resume,
        entitlement: life.entitlement,
        open_connections: life.open_connections,
        up_connections: life.up_connections,
        failure_stage: life.failure_stage,
        error: life.error.clone(),
        cleanup_error: life.cleanup_error.clone(),
        ended_by: life.ended_by.clone(),
        end_message: life.end_message.clone(),
        lock: life.lock.clone(),
        login_via: life.login_via,
        owner_extended: life.owner_extended,
        starts_at: life.starts_at,
        lasts: life.lasts,
    };
    serde_json::to_string(&rest).map_err(|_| Error::Invalid("the life of the session"))
}

/// The columns that follow from a life: of a new row and of a step.
struct Columns {
    ended_at: i64,
    duration: i64,
    span: i64,
    locked_at: i64,
    end_reason: &'static str,
}

fn columns(created_at: Micros, life: &Life) -> Columns {
    let over = life.state.is_terminal();
    let lasted = life.ended_at.since(created_at);
    Columns {
        ended_at: if over { life.ended_at.0 } else { RUNNING },
        duration: if over { duration(life, life.ended_at).0 } else { 0 },
        span: i64::from(!over || lasted > SPAN),
        locked_at: life.lock.as_ref().map_or(0, |lock| lock.at.0.max(1)),
        end_reason: life.end_reason.map_or("", EndReason::word),
    }
}

/// Gives how long a session has lasted: from its start to its end, or until now.
pub(crate) fn duration(life: &Life, now: Micros) -> Span {
    let Some(start) = life.started_at.set() else {
        return Span(0);
    };
    let until = if life.state.is_terminal() {
        life.ended_at
    } else {
        now
    };
    Span(until.since(start).0.max(0))
}

/// What of a session's row is neither in the session nor in its life.
#[derive(Default)]
pub(crate) struct Beside {
    pub(crate) bytes_up: i64,
    pub(crate) bytes_down: i64,
    pub(crate) recording: RecordingState,
}

/// Writes the row of a new session.
pub(crate) fn insert(session: &Session, life: &Life, beside: &Beside) -> Result<Sql, Error> {
    if session.created_at != session.id.created() {
        return Err(Error::Invalid(
            "the session's id carries another time of creation",
        ));
    }
    let columns = columns(session.created_at, life);
    let mut sql = sql!(
        "INSERT INTO sessions(sid, id, version, created_at, started_at, first_logon_at, expires_at, ended_at, duration, \
         bytes_up, bytes_down, span, state, end_reason, user_id, user_name, account, resource_id, resource_name, \
         resource_type, host, access_rule, profile, gateway, client_if, client_ip, secret_name, verb, ticket, \
         correlation_id, rerun_of, activity_id, activity, recording, locked_at, life) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    let values: [Value; 36] = [
        session.id.sid().into(),
        session.id.uuid().into(),
        life.version.into(),
        session.created_at.0.into(),
        life.started_at.0.into(),
        life.first_logon_at.0.into(),
        life.expires_at.0.into(),
        columns.ended_at.into(),
        columns.duration.into(),
        beside.bytes_up.into(),
        beside.bytes_down.into(),
        columns.span.into(),
        i64::from(life.state.code()).into(),
        columns.end_reason.into(),
        session.user.id.0.into(),
        (&session.user.name).into(),
        (&session.account).into(),
        session.resource.id.0.into(),
        (&session.resource.name).into(),
        (&session.resource.protocol).into(),
        (&session.resource.host).into(),
        (&session.access_rule).into(),
        (&session.profile).into(),
        (&session.gateway).into(),
        i64::from(session.client_interface.code()).into(),
        ip_bytes(session.client_ip).into(),
        (&session.secret_name).into(),
        verb_code(session.verb).into(),
        (&session.ticket).into(),
        (&session.correlation_id).into(),
        session
            .rerun_of
            .map_or_else(Vec::new, |id| id.uuid().into_bytes().to_vec())
            .into(),
        session
            .activity
            .as_ref()
            .map_or_else(Vec::new, |activity| activity.id.0.into_bytes().to_vec())
            .into(),
        session
            .activity
            .as_ref()
            .map_or("", |activity| activity.name.as_str())
            .into(),
        recording_code(beside.recording).into(),
        columns.locked_at.into(),
        rest(life)?.into(),
    ];
    for value in values {
        sql = sql.bind(value);
    }
    Ok(sql)
}

/// Writes a session's new life into its row.
pub(crate) fn update(session: &Session, life: &Life) -> Result<Sql, Error> {
    let columns = columns(session.created_at, life);
    Ok(sql!(
        "UPDATE sessions SET version = ?, started_at = ?, first_logon_at = ?, expires_at = ?, ended_at = ?, duration = ?, \
         span = ?, state = ?, end_reason = ?, locked_at = ?, life = ? WHERE sid = ?",
        life.version,
        life.started_at.0,
        life.first_logon_at.0,
        life.expires_at.0,
        columns.ended_at,
        columns.duration,
        columns.span,
        i64::from(life.state.code()),
        columns.end_reason,
        columns.locked_at,
        rest(life)?,
        session.id.sid(),
    ))
}

/// Writes a session's verb into its row.
pub(crate) fn set_verb(id: SessionId, verb: SessionVerb) -> Sql {
    sql!(
        "UPDATE sessions SET verb = ? WHERE sid = ?",
        verb_code(verb),
        id.sid()
    )
}

/// Reads [`COLUMNS`]. `now` is when running sessions are measured.
pub(crate) fn read(row: &mut Row, now: Micros) -> Result<SessionRow, Error> {
    let _sid = row.int()?;
    let id = SessionId::from_uuid(row.uuid()?);
    let version = row.int()?;
    let created_at = Micros(row.int()?);
    let (started_at, first_logon_at, expires_at) = (row.int()?, row.int()?, row.int()?);
    let (ended_at, stored_duration) = (row.int()?, row.int()?);
    let (bytes_up, bytes_down) = (row.int()?, row.int()?);
    let state = small(row)?
        .and_then(State::from_code)
        .ok_or(Error::Corrupt("state"))?;
    let end_reason = row.text()?;
    let user = Named {
        id: ObjectId(row.uuid()?),
        name: row.text()?,
    };
    let account = row.text()?;
    let resource = ResourceRef {
        id: ObjectId(row.uuid()?),
        name: row.text()?,
        protocol: row.text()?,
        host: row.text()?,
    };
    let session = Session {
        id,
        created_at,
        user,
        account,
        resource,
        access_rule: row.text()?,
        profile: row.text()?,
        gateway: row.text()?,
        client_interface: client_interface(row)?,
        client_ip: ip(&row.bytes()?)?,
        secret_name: row.text()?,
        verb: verb(row.int()?)?,
        ticket: row.text()?,
        correlation_id: row.text()?,
        rerun_of: optional_session(&row.bytes()?)?,
        activity: activity(row)?,
    };
    let recording = recording(row.int()?)?;
    let rest: Rest = serde_json::from_str(&row.text()?).map_err(|_| Error::Corrupt("life of a session"))?;
    let life = Life {
        state,
        resume: rest.resume,
        entitlement: rest.entitlement,
        open_connections: rest.open_connections,
        up_connections: rest.up_connections,
        end_reason: end_reason_of(&end_reason)?,
        failure_stage: rest.failure_stage,
        error: rest.error,
        cleanup_error: rest.cleanup_error,
        ended_by: rest.ended_by,
        end_message: rest.end_message,
        lock: rest.lock,
        login_via: rest.login_via,
        started_at: Micros(started_at),
        first_logon_at: Micros(first_logon_at),
        expires_at: Micros(expires_at),
        ended_at: if ended_at == RUNNING {
            Micros::NEVER
        } else {
            Micros(ended_at)
        },
        owner_extended: rest.owner_extended,
        starts_at: rest.starts_at,
        lasts: rest.lasts,
        version,
    };
    let lasted = if ended_at == RUNNING {
        duration(&life, now)
    } else {
        Span(stored_duration)
    };
    Ok(SessionRow {
        session,
        life,
        bytes_up,
        bytes_down,
        duration: lasted,
        recording,
        nodes: Vec::new(),
        review: None,
        hold: None,
        direct: None,
        connections: Vec::new(),
    })
}

fn small(row: &mut Row) -> Result<Option<i16>, Error> {
    Ok(i16::try_from(row.int()?).ok())
}

pub(crate) fn client_interface(row: &mut Row) -> Result<ClientInterface, Error> {
    small(row)?
        .and_then(ClientInterface::from_code)
        .ok_or(Error::Corrupt("client interface"))
}

pub(crate) fn end_reason_of(word: &str) -> Result<Option<EndReason>, Error> {
    match word {
        "" => Ok(None),
        word => EndReason::parse(word)
            .map(Some)
            .ok_or(Error::Corrupt("end reason")),
    }
}

fn activity(row: &mut Row) -> Result<Option<Named>, Error> {
    let (id, name) = (row.bytes()?, row.text()?);
    if id.is_empty() {
        return Ok(None);
    }
    let id = uuid::Uuid::from_slice(&id).map_err(|_| Error::Corrupt("id"))?;
    Ok(Some(Named {
        id: ObjectId(id),
        name,
    }))
}

fn optional_session(bytes: &[u8]) -> Result<Option<SessionId>, Error> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let uuid = uuid::Uuid::from_slice(bytes).map_err(|_| Error::Corrupt("id"))?;
    Ok(Some(SessionId::from_uuid(uuid)))
}

/// Writes an address as 16 bytes, version 4 mapped (RFC 4291 §2.5.5.2), so that byte order is the order of addresses.
pub(crate) fn ip_bytes(ip: IpAddr) -> Vec<u8> {
    let six = match ip {
        IpAddr::V4(four) => four.to_ipv6_mapped(),
        IpAddr::V6(six) => six,
    };
    six.octets().to_vec()
}

pub(crate) fn ip(bytes: &[u8]) -> Result<IpAddr, Error> {
    let octets: [u8; 16] = bytes.try_into().map_err(|_| Error::Corrupt("address"))?;
    Ok(Ipv6Addr::from(octets).to_canonical())
}

fn verb_code(verb: SessionVerb) -> i64 {
    match verb {
        SessionVerb::Exec => 0,
        SessionVerb::Connect => 1,
    }
}

fn verb(code: i64) -> Result<SessionVerb, Error> {
    match code {
        0 => Ok(SessionVerb::Exec),
        1 => Ok(SessionVerb::Connect),
        _ => Err(Error::Corrupt("verb")),
    }
}

/// The states of a recording by the number that is stored; never reordered.
const RECORDINGS: [RecordingState; 8] = [
    RecordingState::None,
    RecordingState::Recording,
    RecordingState::Finalising,
    RecordingState::Available,
    RecordingState::Failed,
    RecordingState::Expired,
    RecordingState::Deleted,
    RecordingState::Held,
];

pub(crate) fn recording_code(state: RecordingState) -> i64 {
    RECORDINGS
        .iter()
        .position(|one| *one == state)
        .unwrap_or_default() as i64
}

pub(crate) fn recording(code: i64) -> Result<RecordingState, Error> {
    let found = usize::try_from(code).ok().and_then(|at| RECORDINGS.get(at));
    found.copied().ok_or(Error::Corrupt("recording state"))
}

/// Takes the recordings of several connections together: what still happens first, then what needs attention, then what there is.
pub(crate) fn together(states: &[RecordingState]) -> RecordingState {
    use RecordingState as R;
    let order = [
        R::Recording,
        R::Finalising,
        R::Failed,
        R::Held,
        R::Available,
        R::Expired,
        R::Deleted,
    ];
    order
        .into_iter()
        .find(|one| states.contains(one))
        .unwrap_or(R::None)
}
