//! The HTTP API and the console.
//!
//! One file for each thing that has an address, in [`routes`]; what they share is beside it: who asks ([`auth`]), how errors look
//! ([`problem`]), what a session looks like ([`view`]), and the one gate for content that leaves as a file ([`egress`]).
//! Protocols are reached through the engine only.

pub mod auth;
pub mod body;
pub mod bundle;
mod classes;
mod compare;
pub mod console;
pub mod egress;
mod film;
pub mod oidc;
pub mod openapi;
mod pack;
mod portals;
pub mod problem;
mod qr;
pub mod query;
mod replay;
mod results;
pub mod routes;
mod tunnel;
pub mod view;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::Uri,
    middleware::{self, Next},
    response::Response,
    routing::{delete, get, post, put},
};
use domain::{Micros, recording::RecordingState, retention};
use engine::{Engine, Medium, statements::Statements};
use ipnet::IpNet;
use store::{SessionRow, Store};

use crate::{
    auth::Viewer,
    egress::Egress,
    film::Films,
    portals::{Browsing, Portals},
    routes::{meta::Listener, settings::SettingView},
    view::session::{Parts, SessionView},
};

/// The largest body of a request.
const LARGEST_BODY: usize = 4 << 20;

/// What every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Shared>);

/// How the API is served.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where each protocol listens, as callers know it, by the protocol's id.
    pub listeners: BTreeMap<String, Listener>,
    /// Networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// What the gateway runs with, to be shown.
    pub settings: Vec<SettingView>,
    /// Who else signs people in.
    pub provider: Option<Arc<oidc::Provider>>,
    /// The console is reached by TLS (here, or at a proxy in front): cookies are marked as such.
    pub tls: bool,
}

struct Shared {
    engine: Arc<Engine>,
    egress: Egress,
    config: Config,
    films: Films,
    portals: Portals<Browsing>,
    statements: Portals<Statements>,
}

impl Api {
    /// Makes the API over an engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>, egress: Egress, config: Config) -> Self {
        Self(Arc::new(Shared {
            engine,
            egress,
            config,
            films: Films::default(),
            portals: Portals::default(),
            statements: Portals::default(),
        }))
    }

    /// Gives the engine.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.0.engine
    }

    pub(crate) fn store(&self) -> &Store {
        self.0.engine.store()
    }

    pub(crate) fn egress(&self) -> Egress {
        self.0.egress
    }

    pub(crate) fn films(&self) -> &Films {
        &self.0.films
    }

    pub(crate) fn portals(&self) -> &Portals<Browsing> {
        &self.0.portals
    }

    pub(crate) fn statements(&self) -> &Portals<Statements> {
        &self.0.statements
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.0.config.tls
    }

    pub(crate) fn provider(&self) -> Option<&oidc::Provider> {
        self.0.config.provider.as_deref()
    }

    pub(crate) fn trusted_proxies(&self) -> &[IpNet] {
        &self.0.config.trusted_proxies
    }

    pub(crate) fn settings(&self) -> &[SettingView] {
        &self.0.config.settings
    }

    pub(crate) fn listener(&self, protocol: &str) -> Option<&Listener> {
        self.0.config.listeners.get(protocol)
    }

    /// Draws a session for a viewer.
    pub(crate) fn draw(&self, row: &SessionRow, viewer: &Viewer, now: Micros) -> SessionView {
        let medium = self.engine().protocol(&row.session.resource.protocol);
        let connections: Vec<_> = row.connections.iter().map(|one| one.connection.clone()).collect();
        let kept_until = (row.recording == RecordingState::Available)
            .then(|| {
                let ended = connections.iter().map(|one| one.closed_at).max();
                let ended = ended.or(row.life.ended_at.set())?;
                retention::due(&self.engine().directory(), &row.session.resource, ended)
            })
            .flatten();
        let parts = Parts {
            kept_until: kept_until.map(|due| due.at),
            session: &row.session,
            life: &row.life,
            connections: &connections,
            recording: row.recording,
            review: row.review,
            hold: row.hold.as_ref(),
            direct: row.direct.as_ref(),
            bytes: (row.bytes_up, row.bytes_down),
            medium: medium.map_or(Medium::Raw, |protocol| protocol.spec().medium),
        };
        SessionView::new(&parts, &viewer.sight, now)
    }

    /// Gives the whole service: the API below `/v1`, and the console everywhere else.
    pub fn service(self) -> Router {
        let routes = Router::new()
            .merge(session_routes().layer(middleware::from_fn(pack::pack)))
            .merge(object_routes())
            .merge(portal_routes())
            .merge(approval_routes())
            .merge(login_routes())
            .method_not_allowed_fallback(problem::wrong_method)
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .with_state(self);
        // The rewriting has to come before the routes are looked up, which is why it wraps them as a whole.
        Router::new().fallback_service(
            tower::ServiceBuilder::new()
                .layer(middleware::from_fn(harden))
                .layer(middleware::map_request(rewrite))
                .service(routes.fallback(console::serve)),
        )
    }
}

fn session_routes() -> Router<Api> {
    use routes::{
        compare, export, facets, live, orders, player, query_log, rerun, results, search, sessions, shares,
        stream, work,
    };
    Router::new()
        .route("/v1/sessions", get(sessions::list))
        .route("/v1/sessions/stream", get(stream::changes))
        .route("/v1/sessions/{id}", get(sessions::one))
        .route("/v1/sessions/{id}/timeline", get(sessions::timeline))
        .route("/v1/sessions/{id}/events", get(sessions::events))
        .route("/v1/sessions/{id}/activity", get(work::activity))
        .route("/v1/sessions/{id}/activity/{seq}/rerun", post(rerun::rerun))
        .route("/v1/sessions/{id}/files", get(work::files))
        .route("/v1/sessions/{id}/player", get(player::about))
        .route("/v1/sessions/{id}/player/index.json", get(player::index))
        .route("/v1/sessions/{id}/player/timemap", get(player::timemap))
        .route("/v1/sessions/{id}/player/segments/{number}", get(player::segment))
        .route("/v1/sessions/{id}/live", get(live::live))
        .route("/v1/sessions/{id}/stream", get(stream::text))
        .route("/v1/sessions/{id}/export", get(export::export))
        .route("/v1/sessions/{id}/results/{which}", get(results::rows))
        .route("/v1/sessions/{id}/results/{which}/file", get(results::file))
        .route("/v1/sessions/{id}/results/{which}/value", get(results::value))
        .route("/v1/sessions/{id}/shares", get(shares::list).post(shares::create))
        .route("/v1/sessions/{id}/shares/{share}", delete(shares::revoke))
        .route("/v1/shares/{share}/open", post(shares::open))
        .route("/v1/sessions/{id}/order/{verb}", post(orders::one))
        .route("/v1/sessions-orders/{verb}", post(orders::many))
        .route("/v1/files", get(work::all_files))
        .route("/v1/query-log", get(query_log::export))
        .route("/v1/compare", get(compare::results))
        .route("/v1/facets", get(facets::facets))
        .route("/v1/search", get(search::search))
}

fn object_routes() -> Router<Api> {
    use routes::{audit, connect, database_passwords, meta, objects, policy, settings, ssh_certificates};
    Router::new()
        .route("/v1/objects/{kind}", get(objects::list))
        .route(
            "/v1/objects/{kind}/{name}",
            get(objects::one).put(objects::put).delete(objects::delete),
        )
        .route("/v1/apply", post(objects::apply))
        .route("/v1/policy/test", post(policy::test))
        .route("/v1/policy/replay", post(policy::replay))
        .route("/v1/resource-types", get(meta::resource_types))
        .route("/v1/connect", get(connect::list))
        .route("/v1/connect/{resource}", get(connect::tunnel))
        .route("/v1/database-passwords", post(database_passwords::create))
        .route("/v1/ssh-certificates", post(ssh_certificates::create))
        .route("/v1/audit", get(audit::list))
        .route("/v1/audit/verify", get(audit::verify))
        .route("/v1/audit/export", get(audit::export))
        .route("/v1/audit/checkpoint", get(audit::checkpoint))
        .route("/v1/nodes", get(meta::nodes))
        .route("/v1/settings", get(settings::list))
        .route("/v1/health", get(meta::health))
        .route("/v1/recording-key", get(meta::recording_key))
        .route("/v1/openapi.json", get(openapi::serve))
}

fn approval_routes() -> Router<Api> {
    use routes::approvals;
    Router::new()
        .route("/v1/approvals", get(approvals::list))
        .route("/v1/approvals/{id}", get(approvals::one))
        .route("/v1/approvals/{id}/order/{verb}", post(approvals::vote))
        .route("/v1/approvals-orders/{verb}", post(approvals::vote_many))
        .route("/v1/requests", post(approvals::request))
}

fn portal_routes() -> Router<Api> {
    use routes::{portal, sql, terminal};
    Router::new()
        .route("/v1/connect/{resource}/terminal", get(terminal::terminal))
        .route("/v1/portal/files", post(portal::open))
        .route(
            "/v1/portal/files/{session}",
            get(portal::list).delete(portal::close),
        )
        .route("/v1/portal/files/{session}/state", get(portal::state))
        .route(
            "/v1/portal/files/{session}/content",
            get(portal::download).put(portal::upload),
        )
        .route("/v1/portal/files/{session}/{verb}", post(portal::change))
        .route("/v1/portal/sql", post(sql::open))
        .route("/v1/portal/sql/{session}", get(sql::state).delete(sql::close))
        .route("/v1/portal/sql/{session}/run", post(sql::run))
        .route("/v1/portal/sql/{session}/more", post(sql::more))
        .route("/v1/portal/sql/{session}/rest", post(sql::rest))
        .route("/v1/portal/sql/{session}/cancel", post(sql::cancel))
        .route("/v1/portal/sql/{session}/names", get(sql::names))
}

fn login_routes() -> Router<Api> {
    use routes::{device, factors, login, meta, oidc, passkeys, service_accounts, sign_ins, tokens, views};
    Router::new()
        .route("/v1/factors", get(factors::own))
        .route("/v1/factors/totp", post(factors::begin))
        .route("/v1/factors/totp/confirm", post(factors::confirm))
        .route("/v1/factors/totp/remove", post(factors::remove))
        .route("/v1/factors/passkeys", post(passkeys::add))
        .route("/v1/factors/passkeys/begin", post(passkeys::begin))
        .route("/v1/factors/passkeys/{id}", delete(passkeys::remove))
        .route("/v1/login/device", post(device::begin))
        .route("/v1/login/device/token", post(device::token))
        .route("/v1/login/device/{code}", get(device::behind))
        .route("/v1/login/device/{code}/confirm", post(device::confirm))
        .route("/v1/login/device/{code}/refuse", post(device::refuse))
        .route("/v1/login/oidc", get(oidc::begin))
        .route("/v1/login/oidc/callback", get(oidc::callback))
        .route("/v1/login/passkey", post(passkeys::login))
        .route("/v1/login/passkey/begin", post(passkeys::ask))
        .route("/v1/factors/recovery-codes", post(factors::new_codes))
        .route(
            "/v1/users/{name}/factors",
            get(factors::of_user).delete(factors::reset),
        )
        .route(
            "/v1/users/{name}/keys",
            get(service_accounts::keys).post(service_accounts::create_key),
        )
        .route("/v1/login/service", post(service_accounts::exchange))
        .route("/v1/login", post(login::login))
        .route("/v1/sign-ins", get(sign_ins::list))
        .route("/v1/logout", post(login::logout))
        .route("/v1/me", get(meta::me))
        .route("/v1/setup", get(login::setup_needed).post(login::setup))
        .route("/v1/tokens", get(tokens::list).post(tokens::create))
        .route("/v1/tokens/{id}", delete(tokens::revoke))
        .route("/v1/views", get(views::list))
        .route("/v1/views/{page}/{name}", put(views::put).delete(views::delete))
}

/// Leads `…/sessions/{id}:{verb}` and `…/sessions:{verb}`, and those of approvals, to their handlers: the router matches whole path
/// segments only.
async fn rewrite(mut request: Request) -> Request {
    let path = request.uri().path();
    let rewritten = ["sessions", "approvals"].into_iter().find_map(|noun| {
        let rest = path.strip_prefix("/v1/")?.strip_prefix(noun)?;
        if let Some(verb) = rest.strip_prefix(':') {
            return Some(format!("/v1/{noun}-orders/{verb}"));
        }
        let (id, verb) = rest.strip_prefix('/')?.split_once(':')?;
        (!id.contains('/') && !verb.contains('/')).then(|| format!("/v1/{noun}/{id}/order/{verb}"))
    });
    if let Some(uri) = rewritten.and_then(|path| path.parse::<Uri>().ok()) {
        *request.uri_mut() = uri;
    }
    request
}

/// Adds the headers that every answer carries; answers of the API are never kept by a cache.
async fn harden(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/v1/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    console::harden(headers);
    if is_api {
        headers.insert(
            http::header::CACHE_CONTROL,
            http::HeaderValue::from_static("no-store"),
        );
        headers.insert(
            http::header::CONTENT_SECURITY_POLICY,
            http::HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        );
    }
    response
}
