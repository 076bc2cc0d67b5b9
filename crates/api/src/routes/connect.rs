//! What a person may reach, and the tunnel that carries a connection there.

use axum::{
    Json,
    extract::{Path, State, WebSocketUpgrade, ws},
    http::HeaderMap,
    response::Response,
};
use domain::{policy, session::ClientInterface};
use engine::{Medium, NativeCommand};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem, ProblemDocument},
    tunnel,
};

/// What a person may reach.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReachList {
    /// By name.
    pub resources: Vec<Reach>,
}

/// A resource that a person may reach.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reach {
    /// Its name.
    pub name: String,
    /// The protocol's id.
    #[serde(rename = "type")]
    pub protocol: String,
    /// What it is.
    pub description: String,
    /// The account that is used unless another is asked for.
    pub account: String,
    /// The profile in force.
    pub profile: String,
    /// The command of a native client; null when only `doorward connect` reaches it.
    pub command: Option<String>,
    /// How its sessions are drawn.
    #[schema(value_type = String)]
    pub medium: Medium,
}

/// Lists what the viewer may reach, with the command for a native client.
#[utoipa::path(get, path = "/v1/connect", tag = "connect", responses((status = 200, body = ReachList)))]
pub async fn list(State(api): State<Api>, viewer: Viewer) -> Json<ReachList> {
    let directory = api.engine().directory();
    let reach = |name: String| {
        let grant = policy::decide(&directory, &viewer.person, &name, None).ok()?;
        let protocol = api.engine().protocol(&grant.target.protocol)?;
        let listener = api.listener(&grant.target.protocol);
        let command = protocol.native_command(&NativeCommand {
            user: &viewer.person.name,
            resource: &name,
            account: None,
            host: listener.map_or("localhost", |listener| listener.host.as_str()),
            port: listener.map(|listener| listener.port),
        });
        Some(Reach {
            protocol: grant.target.protocol.clone(),
            description: grant.target.description.clone(),
            account: grant.login,
            profile: grant.profile_name,
            command,
            medium: protocol.spec().medium,
            name,
        })
    };
    Json(ReachList {
        resources: directory
            .reachable(&viewer.person)
            .into_iter()
            .filter_map(reach)
            .collect(),
    })
}

/// Carries one connection to a resource in the binary messages of a websocket; `doorward connect` speaks it.
#[utoipa::path(get, path = "/v1/connect/{resource}", tag = "connect", params(("resource" = String, Path)),
    responses((status = 101, description = "a websocket whose binary messages are the bytes of one connection"), (status = 404, body = ProblemDocument)))]
pub async fn tunnel(
    State(api): State<Api>,
    viewer: Viewer,
    Path(resource): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Answer<Response> {
    viewer.must_be_same_origin(&headers)?;
    if policy::decide(&api.engine().directory(), &viewer.person, &resource, None).is_err() {
        return Err(Problem::not_found());
    }
    let peer = std::net::SocketAddr::new(viewer.address, 0);
    Ok(upgrade
        .max_message_size(tunnel::LARGEST)
        .on_upgrade(move |socket: ws::WebSocket| async move {
            let (stream, pump) = tunnel::open(socket);
            let engine = api.engine();
            let carried = engine.carry(viewer.person, &resource, peer, ClientInterface::Cli, stream);
            // The pump ends when the engine has dropped its end of the stream, and the other way round.
            tokio::join!(carried, pump);
        }))
}
