//! Sharing a session with chosen people: by a link that only they can use, for a time, details and replay but no files.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{Micros, ObjectId, Span, audit::Actor, policy::Directory};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Cause, Opening, SessionRow, Share};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Api,
    auth::{Viewer, groups_of},
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    routes::sessions::find,
    view::time::time,
};

/// How long a share lasts when nothing is said, and at most.
const LASTS: (i64, i64) = (7 * 86_400, 90 * 86_400);

/// The longest note, in characters.
const LONGEST_NOTE: usize = 1000;

/// A wish to share.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewShare {
    /// With whom, by login name.
    pub users: Vec<String>,
    /// With the members of which groups, such as reviewers.
    pub groups: Vec<String>,
    /// What to tell them; at most 1000 characters.
    pub note: String,
    /// For how long, in seconds: up to 90 days, 7 days unless said.
    pub expires_in_secs: Option<i64>,
}

/// The shares of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareList {
    /// Newest first.
    pub shares: Vec<ShareView>,
}

/// A session that is shown to chosen people.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareView {
    /// Its lasting name.
    pub id: String,
    /// The session.
    pub session_id: String,
    /// Where the console opens it: only for those with whom it is shared.
    pub link: String,
    /// With whom, by login name; those that are gone are left out.
    pub users: Vec<String>,
    /// With the members of which groups.
    pub groups: Vec<String>,
    /// What they are told.
    pub note: String,
    /// Who shares it.
    pub created_by: String,
    /// Since when.
    pub created_at: Option<String>,
    /// Until when.
    pub expires_at: Option<String>,
    /// Who took it back; empty when nobody did.
    pub revoked_by: String,
    /// When.
    pub revoked_at: Option<String>,
    /// It can be opened now.
    pub live: bool,
    /// Who has opened it.
    pub openings: Vec<OpeningView>,
}

/// That somebody has opened a share.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpeningView {
    /// Who.
    pub user: String,
    /// When for the first time.
    pub first_at: Option<String>,
    /// When last.
    pub last_at: Option<String>,
}

/// What an opened share leads to.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedShare {
    /// The session, which can now be looked at by its id.
    pub session_id: String,
    /// Who shares it.
    pub shared_by: String,
    /// What they have to say.
    pub note: String,
    /// Until when.
    pub expires_at: Option<String>,
}

impl ShareView {
    fn new(directory: &Directory, share: &Share, openings: &[Opening]) -> Self {
        let users = directory
            .users
            .iter()
            .filter(|(_, user)| share.users.contains(&user.id));
        let groups = directory
            .groups
            .iter()
            .filter(|(_, group)| share.groups.contains(&group.id));
        Self {
            id: share.id.to_string(),
            session_id: share.session.to_string(),
            link: format!("/shared/{}", share.id),
            users: users.map(|(name, _)| name.clone()).collect(),
            groups: groups.map(|(name, _)| name.clone()).collect(),
            note: share.note.clone(),
            created_by: share.created_by.clone(),
            created_at: time(share.created_at),
            expires_at: time(share.expires_at),
            revoked_by: share.revoked_by.clone(),
            revoked_at: time(share.revoked_at),
            live: share.is_live(Micros::now()),
            openings: openings
                .iter()
                .map(|opening| OpeningView {
                    user: opening.user.clone(),
                    first_at: time(opening.first_at),
                    last_at: time(opening.last_at),
                })
                .collect(),
        }
    }
}

/// Shares a session with people and groups: the link opens it for them and for nobody else. They see its details and its replay, and
/// cannot take files out. For its owner and for administrators.
#[utoipa::path(post, path = "/v1/sessions/{id}/shares", tag = "sharing", request_body = NewShare, params(("id" = String, Path)),
    responses((status = 201, body = ShareView), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn create(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    Body(wish): Body<NewShare>,
) -> Answer<(StatusCode, Json<ShareView>)> {
    let row = find_to_share(&api, &viewer, &id).await?;
    let directory = api.engine().directory();
    let known = |what: &str, name: &String, found: Option<ObjectId>| {
        found.ok_or_else(|| Problem::invalid(format!("there is no {what} `{name}`")))
    };
    let users = wish
        .users
        .iter()
        .map(|name| known("user", name, directory.users.get(name).map(|user| user.id)))
        .collect::<Answer<Vec<_>>>()?;
    let groups = wish
        .groups
        .iter()
        .map(|name| known("group", name, directory.groups.get(name).map(|group| group.id)))
        .collect::<Answer<Vec<_>>>()?;
    if users.is_empty() && groups.is_empty() {
        return Err(Problem::invalid(
            "name whom it is shared with, in `users` or `groups`",
        ));
    }
    let secs = wish.expires_in_secs.unwrap_or(LASTS.0);
    if !(1..=LASTS.1).contains(&secs) {
        return Err(Problem::invalid("`expires_in_secs` is 1 second to 90 days"));
    }
    if wish.note.chars().count() > LONGEST_NOTE {
        return Err(Problem::invalid("a note has at most 1000 characters"));
    }
    let now = Micros::now();
    let share = Share {
        id: Uuid::new_v4(),
        session: row.session.id,
        users,
        groups,
        note: wish.note,
        created_by: viewer.person.name.clone(),
        created_at: now,
        expires_at: now.plus(Span::secs(secs)),
        revoked_by: String::new(),
        revoked_at: Micros::NEVER,
    };
    let names = json!({ "users": wish.users, "groups": wish.groups });
    let kept = api
        .store()
        .create_share(share.clone(), names, cause(&viewer, now))
        .await;
    kept.map_err(Problem::of_store)?;
    Ok((StatusCode::CREATED, Json(ShareView::new(&directory, &share, &[]))))
}

/// Lists with whom a session is and was shared, and who has opened it. For its owner and for administrators.
#[utoipa::path(get, path = "/v1/sessions/{id}/shares", tag = "sharing", params(("id" = String, Path)),
    responses((status = 200, body = ShareList), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn list(State(api): State<Api>, viewer: Viewer, Path(id): Path<String>) -> Answer<Json<ShareList>> {
    let row = find_to_share(&api, &viewer, &id).await?;
    let shares = api
        .store()
        .shares(row.session.id)
        .await
        .map_err(Problem::of_store)?;
    let directory = api.engine().directory();
    let shares = shares
        .iter()
        .map(|(share, openings)| ShareView::new(&directory, share, openings));
    Ok(Json(ShareList {
        shares: shares.collect(),
    }))
}

/// Takes a share back: whoever had opened it sees the session no more. For its owner and for administrators.
#[utoipa::path(delete, path = "/v1/sessions/{id}/shares/{share}", tag = "sharing", params(("id" = String, Path), ("share" = String, Path)),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn revoke(
    State(api): State<Api>,
    viewer: Viewer,
    Path((id, share)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let row = find_to_share(&api, &viewer, &id).await?;
    let share = share.parse().map_err(|_| Problem::not_found())?;
    let by = viewer.person.name.clone();
    let revoked = api
        .store()
        .revoke_share(row.session.id, share, by, cause(&viewer, Micros::now()))
        .await;
    if revoked.map_err(Problem::of_store)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

/// Opens what was shared with the viewer, which the audit log says. To others, and when it is over, it is not there.
#[utoipa::path(post, path = "/v1/shares/{share}/open", tag = "sharing", params(("share" = String, Path)),
    responses((status = 200, body = OpenedShare), (status = 404, body = ProblemDocument)))]
pub async fn open(
    State(api): State<Api>,
    viewer: Viewer,
    Path(share): Path<String>,
) -> Answer<Json<OpenedShare>> {
    let id = share.parse().map_err(|_| Problem::not_found())?;
    let found = api.store().share(id).await.map_err(Problem::of_store)?;
    let now = Micros::now();
    let groups = groups_of(&api.engine().directory(), &viewer.person);
    let share = found
        .filter(|share| share.is_live(now) && share.is_for(&viewer.person, &groups))
        .ok_or_else(Problem::not_found)?;
    let opened = api
        .store()
        .open_share(share.clone(), viewer.person.clone(), cause(&viewer, now))
        .await;
    opened.map_err(Problem::of_store)?;
    Ok(Json(OpenedShare {
        session_id: share.session.to_string(),
        shared_by: share.created_by,
        note: share.note,
        expires_at: time(share.expires_at),
    }))
}

async fn find_to_share(api: &Api, viewer: &Viewer, id: &str) -> Answer<SessionRow> {
    let row = find(api, viewer, id).await?;
    if viewer.sight.may_share(&row.session) {
        Ok(row)
    } else {
        Err(Problem::forbidden(
            "only the owner of a session and administrators may share it",
        ))
    }
}

fn cause(viewer: &Viewer, now: Micros) -> Cause {
    Cause::new(now, Actor::user(&viewer.person.name)).from_ip(viewer.client_ip())
}
