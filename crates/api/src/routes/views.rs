//! Saved views: the filters and the order of a list, kept by a name.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::StatusCode,
};
use domain::{Micros, audit::Actor};
use serde::{Deserialize, Serialize};
use store::{Cause, View};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    view::time::time,
};

/// The longest query string that is kept, in bytes.
const LONGEST_QUERY: usize = 4096;
/// The longest name, in characters.
const LONGEST_NAME: usize = 80;
/// The lists that have views.
const PAGES: [&str; 5] = ["sessions", "audit", "files", "search", "approvals"];

/// The views that the viewer sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewList {
    /// The viewer's own, then everybody's; each by page and name.
    pub views: Vec<SavedView>,
}

/// The filters and the order of a list, kept by a name.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedView {
    /// Of which list: `sessions`, `audit`, `files`, `search` or `approvals`.
    pub page: String,
    /// Its name.
    pub name: String,
    /// The query string of the list, without `?`.
    pub query: String,
    /// It is everybody's; only administrators change it.
    pub shared: bool,
    /// Who saved it last.
    pub saved_by: String,
    /// When it was saved last.
    pub updated_at: Option<String>,
}

impl SavedView {
    fn new(view: View) -> Self {
        Self {
            page: view.page,
            name: view.name,
            query: view.query,
            shared: view.owner.is_none(),
            saved_by: view.saved_by,
            updated_at: time(view.updated_at),
        }
    }
}

/// What to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewBody {
    /// The query string of the list, such as `status=all&type=ssh&sort=duration:desc`; at most 4096 bytes.
    pub query: String,
    /// For everybody; administrators only.
    #[serde(default)]
    pub shared: bool,
}

/// Lists the saved views that the viewer sees.
#[utoipa::path(get, path = "/v1/views", tag = "views", params(("page" = Option<String>, Query, description = "of this list only")),
    responses((status = 200, body = ViewList), (status = 422, body = ProblemDocument)))]
pub async fn list(
    State(api): State<Api>,
    viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Answer<Json<ViewList>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["page"])?;
    let page = params.one("page");
    if let Some(page) = page {
        check_page(page)?;
    }
    let views = api.store().views(viewer.person.id, page).await;
    let views = views.map_err(Problem::of_store)?.into_iter();
    Ok(Json(ViewList {
        views: views.map(SavedView::new).collect(),
    }))
}

/// Keeps a view, in place of one of the same name: the viewer's own, or (administrators) one that everybody sees. At most 100 of
/// each.
#[utoipa::path(put, path = "/v1/views/{page}/{name}", tag = "views", request_body = ViewBody,
    params(("page" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = SavedView), (status = 403, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn put(
    State(api): State<Api>,
    viewer: Viewer,
    Path((page, name)): Path<(String, String)>,
    Body(body): Body<ViewBody>,
) -> Answer<Json<SavedView>> {
    check_page(&page)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Problem::invalid("a view has a name of 1 to 80 characters"));
    }
    let query = body.query.trim_start_matches('?');
    if query.len() > LONGEST_QUERY || query.chars().any(char::is_control) {
        return Err(Problem::invalid(
            "`query` is a query string of at most 4096 bytes",
        ));
    }
    if body.shared {
        viewer.must_administer()?;
    }
    let now = Micros::now();
    let view = View {
        owner: (!body.shared).then_some(viewer.person.id),
        page,
        name: name.to_owned(),
        query: query.to_owned(),
        saved_by: viewer.person.name.clone(),
        updated_at: now,
    };
    let cause = Cause::new(now, Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let kept = api.store().put_view(view.clone(), cause).await;
    kept.map_err(Problem::of_store)?;
    Ok(Json(SavedView::new(view)))
}

/// Takes a view away: the viewer's own, or with `shared=true` (administrators) one of everybody's.
#[utoipa::path(delete, path = "/v1/views/{page}/{name}", tag = "views",
    params(("page" = String, Path), ("name" = String, Path), ("shared" = Option<bool>, Query)),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn delete(
    State(api): State<Api>,
    viewer: Viewer,
    Path((page, name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer<StatusCode> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["shared"])?;
    let shared = params.flag("shared")?.unwrap_or(false);
    if shared {
        viewer.must_administer()?;
    }
    let owner = (!shared).then_some(viewer.person.id);
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let removed = api.store().remove_view(owner, page, name, cause).await;
    if removed.map_err(Problem::of_store)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

fn check_page(page: &str) -> Answer<()> {
    if PAGES.contains(&page) {
        Ok(())
    } else {
        Err(Problem::invalid(format!(
            "`{page}` is not a list with views; there are: {}",
            PAGES.join(", ")
        )))
    }
}
