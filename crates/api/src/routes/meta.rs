//! What a caller needs to know of the gateway itself.

use axum::{Json, extract::State, http::header, response::IntoResponse};
use engine::Medium;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::{self, Credential, Halfway, Viewer},
    classes,
    egress::Egress,
    problem::{Answer, Problem, ProblemDocument},
    routes::login::{PersonView, needs_setup},
    view::time::time,
};

/// Who is signed in, and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Who.
    pub person: PersonView,
    /// Whose sessions the person sees: `own`, `selected` (those of some gateways or resources too) or `all`.
    pub sees: &'static str,
    /// To be sent as `X-CSRF-Token` with every changing request; null for API tokens.
    pub csrf: Option<String>,
    /// The gateway that answers.
    pub gateway: GatewayInfo,
    /// Where SSH listens; null when it does not.
    pub ssh: Option<Listener>,
    /// The keys by which SSH clients know this gateway.
    pub ssh_host_keys: Vec<HostKey>,
    /// The public key that certifies the hosts behind this gateway, for `@cert-authority` in `known_hosts` (`ssh -J`).
    pub ssh_authority: String,
    /// There is no administrator yet.
    pub setup_needed: bool,
    /// A second factor is needed and has still to be set up; until then only `/v1/factors` and this address answer.
    pub second_factor_missing: bool,
    /// Session content may be taken out as files.
    pub downloads_enabled: bool,
    /// Where secrets may be kept beside the gateway's own vault; told to administrators.
    pub secret_sources: Vec<SecretSource>,
}

/// Where secrets may be kept beside the gateway's own vault.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretSource {
    /// `vault`, `file`, `env` or `command`.
    pub source: &'static str,
    /// Of `command` the names that there are; of `env` how names begin.
    pub names: Vec<String>,
}

/// The gateway that answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct GatewayInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: &'static str,
}

/// A key by which SSH clients know the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub struct HostKey {
    /// The kind of key, such as `ssh-ed25519`.
    pub algorithm: String,
    /// `SHA256:` and base64, as SSH clients show it at the first connection.
    pub fingerprint: String,
    /// The public key as it stands in `known_hosts`, without the host.
    pub public_key: String,
}

/// Where a protocol listens.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Listener {
    /// The host as callers know it.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Says who is signed in.
#[utoipa::path(get, path = "/v1/me", tag = "login", responses((status = 200, body = Me), (status = 401, body = ProblemDocument)))]
pub async fn me(
    State(api): State<Api>,
    Halfway(viewer): Halfway,
    headers: http::HeaderMap,
) -> Answer<Json<Me>> {
    let csrf = match &viewer.credential {
        Credential::Cookie(_) => auth::cookie(&headers, auth::COOKIE).map(auth::csrf_of),
        Credential::Token(_) => None,
    };
    Ok(Json(Me {
        person: PersonView::new(&api, &viewer.person),
        sees: match (viewer.sight.is_wide(), viewer.sight.is_beyond_own()) {
            (true, _) => "all",
            (false, true) => "selected",
            (false, false) => "own",
        },
        csrf,
        gateway: GatewayInfo {
            name: api.engine().node().to_owned(),
            version: env!("CARGO_PKG_VERSION"),
        },
        ssh: api.listener("ssh").cloned(),
        ssh_host_keys: host_keys(&api),
        ssh_authority: written(api.engine().vault().ssh_ca().public_key()),
        setup_needed: needs_setup(&api),
        second_factor_missing: !api.engine().takes(&viewer.person, None),
        downloads_enabled: api.egress() == Egress::Open,
        secret_sources: if viewer.must_administer().is_ok() {
            secret_sources(&api)
        } else {
            Vec::new()
        },
    }))
}

fn secret_sources(api: &Api) -> Vec<SecretSource> {
    let offered = api.engine().offered_sources().into_iter();
    offered
        .map(|one| SecretSource {
            source: one.source,
            names: one.names,
        })
        .collect()
}

fn host_keys(api: &Api) -> Vec<HostKey> {
    let keys = api.engine().vault().ssh_host_keys().iter();
    keys.map(|key| {
        let public = key.public_key();
        HostKey {
            algorithm: public.algorithm().to_string(),
            fingerprint: public.fingerprint(ssh_key::HashAlg::Sha256).to_string(),
            public_key: written(public),
        }
    })
    .collect()
}

/// Writes a public key without its comment: clients of this gateway need none.
fn written(key: &ssh_key::PublicKey) -> String {
    let line = key.to_openssh().unwrap_or_default();
    line.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// A protocol that resources can have.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceType {
    /// What a resource's `type` says.
    pub id: &'static str,
    /// The name shown to people.
    pub title: &'static str,
    /// Its class, by which lists filter: `terminal`, `database`, `desktop`, `web`, `cluster` or `network`.
    pub class: &'static str,
    /// The port of the far end when a resource names none.
    pub default_port: Option<u16>,
    /// How its sessions are drawn.
    #[schema(value_type = String)]
    pub medium: Medium,
    /// A JSON schema of the resource's `options`.
    #[schema(value_type = Object)]
    pub options_schema: serde_json::Value,
}

/// Lists the protocols that resources can have.
#[utoipa::path(get, path = "/v1/resource-types", tag = "objects", responses((status = 200, body = Vec<ResourceType>)))]
pub async fn resource_types(State(api): State<Api>, _: Viewer) -> Json<Vec<ResourceType>> {
    let types = api.engine().protocols().iter().map(|protocol| {
        let spec = protocol.spec();
        ResourceType {
            id: spec.id,
            title: spec.title,
            class: classes::class_of(&api, spec.id),
            default_port: spec.default_port,
            medium: spec.medium,
            options_schema: serde_json::from_str(spec.options_schema).unwrap_or_default(),
        }
    });
    Json(types.collect())
}

/// A gateway of the organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct NodeView {
    /// Its name.
    pub name: String,
    /// When it last started.
    pub started_at: Option<String>,
    /// It has renewed its lease.
    pub alive: bool,
    /// Until when it counts as alive unless it says so again.
    pub lease_until: Option<String>,
    /// Its version.
    pub version: String,
    /// Sessions that are connected through it.
    pub sessions: u64,
    /// Bytes of these sessions from callers to resources, as of the last heartbeat.
    pub bytes_up: i64,
    /// Bytes of these sessions from resources to callers.
    pub bytes_down: i64,
    /// It is the one that answers.
    pub is_this: bool,
}

/// Lists the gateways. For administrators and auditors.
#[utoipa::path(get, path = "/v1/nodes", tag = "gateway", responses((status = 200, body = Vec<NodeView>), (status = 403, body = ProblemDocument)))]
pub async fn nodes(State(api): State<Api>, viewer: Viewer) -> Answer<Json<Vec<NodeView>>> {
    viewer.must_list_all()?;
    let now = domain::Micros::now();
    let nodes = api.store().nodes().await.map_err(Problem::of_store)?;
    let mut loads = api.store().node_loads().await.map_err(Problem::of_store)?;
    let nodes = nodes.into_iter().map(|node| {
        let load = loads.remove(&node.name).unwrap_or_default();
        NodeView {
            started_at: time(node.started_at),
            alive: node.lease_until > now,
            lease_until: time(node.lease_until),
            version: node.version,
            sessions: load.sessions,
            bytes_up: load.bytes_up,
            bytes_down: load.bytes_down,
            is_this: node.name == api.engine().node(),
            name: node.name,
        }
    });
    Ok(Json(nodes.collect()))
}

/// The state of the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Answers when the gateway serves and its database answers.
#[utoipa::path(get, path = "/v1/health", tag = "gateway", responses((status = 200, body = Health), (status = 500, body = ProblemDocument)))]
pub async fn health(State(api): State<Api>) -> Answer<Json<Health>> {
    api.store().nodes().await.map_err(Problem::of_store)?;
    Ok(Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    }))
}

/// Gives the public key that signs recordings, for `doorward verify` elsewhere.
#[utoipa::path(get, path = "/v1/recording-key", tag = "recording", responses((status = 200, description = "a public key in PEM form", content_type = "application/x-pem-file")))]
pub async fn recording_key(State(api): State<Api>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/x-pem-file")],
        api.engine().vault().recording_key().public_pem(),
    )
}
