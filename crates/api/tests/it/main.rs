//! The API from the outside: requests in, answers out, over a real engine and a real store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod choices;
mod egress;
mod logins;
mod objects;
mod oidc;
mod openapi;
mod orders;
mod passkeys;
mod roles;
mod rows;
mod scopes;
mod sessions;
mod shares;

use std::{net::SocketAddr, sync::Arc};

use api::{Api, Config, egress::Egress, routes::tokens};
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use domain::{
    ConnectionId, Micros, SessionId,
    audit::Actor,
    object::{Spec, User},
    person::Role,
    recording::RecordingState,
    session::{ClientInterface, Connection, Life, Named, ResourceRef, Session, SessionVerb},
    stop::EndReason,
};
use http_body_util::BodyExt;
use serde_json::Value;
use store::{Cause, Closing, Lease, PasswordHash, Put, RecordingMeta, Sealed};
use testkit::{House, PASSWORD, toy::Lines};
use tower::ServiceExt;

/// A gateway with an administrator `root`, an auditor `olga`, users `ana` and `ben`, and a resource `target`.
struct Desk {
    house: House,
    service: Router,
    api: Api,
}

/// An answer.
struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Desk {
    async fn open() -> Self {
        Self::with(Egress::Open).await
    }

    async fn with(egress: Egress) -> Self {
        Self::configured(egress, Config::default()).await
    }

    async fn configured(egress: Egress, config: Config) -> Self {
        let house = House::open(vec![Arc::new(Lines)]).await;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        house
            .target("lines", nowhere, domain::object::Profile::default())
            .await;
        house.user("ben").await;
        let hash = vault::Passwords::with_cost(64, 1)
            .unwrap()
            .hash(PASSWORD)
            .unwrap();
        let with_role = |name: &str, role| {
            let user = User {
                roles: vec![role],
                ..User::default()
            };
            Put::new(name, Spec::User(user)).with_sealed(Sealed::Password(PasswordHash(hash.clone())))
        };
        house
            .apply(vec![
                with_role("root", Role::Admin),
                with_role("olga", Role::Auditor),
            ])
            .await;
        let api = Api::new(Arc::clone(&house.engine), egress, config);
        Self {
            service: api.clone().service(),
            house,
            api,
        }
    }

    /// Makes a token of a user.
    async fn token(&self, user: &str) -> String {
        let person = self.house.engine.directory().person(user).unwrap();
        let cause = Cause::new(Micros::now(), Actor::system("test"));
        tokens::issue(&self.api, &person, tokens::Wish::named("test", None), cause)
            .await
            .unwrap()
            .1
    }

    /// Puts a running session of a user into the store.
    async fn session_of(&self, user: &str) -> String {
        self.session_with(user, |_| {}).await.to_string()
    }

    /// Puts a running session of a user that is changed first into the store.
    async fn session_with(&self, user: &str, change: impl FnOnce(&mut Session)) -> SessionId {
        let directory = self.house.engine.directory();
        let now = Micros::now();
        let mut session = Session {
            id: domain::SessionId::new(now, 1, uuid::Uuid::new_v4().as_u128() as u64),
            created_at: now,
            user: Named {
                id: directory.users[user].id,
                name: user.to_owned(),
            },
            account: "app".to_owned(),
            resource: ResourceRef {
                id: directory.resources["target"].id,
                name: "target".to_owned(),
                protocol: "lines".to_owned(),
                host: "127.0.0.1:1".to_owned(),
            },
            access_rule: "everybody".to_owned(),
            profile: "short".to_owned(),
            gateway: "gate-1".to_owned(),
            client_interface: ClientInterface::Cli,
            client_ip: [127, 0, 0, 1].into(),
            activity: None,
            secret_name: String::new(),
            verb: SessionVerb::Connect,
            ticket: String::new(),
            correlation_id: String::new(),
            rerun_of: None,
        };
        change(&mut session);
        let life = Life {
            started_at: now,
            ..Life::requested(
                domain::session::State::Provisioning,
                now.plus(domain::Span::secs(3600)),
            )
        };
        let (id, cause) = (session.id, Cause::new(now, Actor::user(user)));
        self.house
            .store
            .create_session(session, life, None, cause.clone())
            .await
            .unwrap();
        self.house
            .store
            .step(id, domain::session::Event::Provisioned, cause, None)
            .await
            .unwrap();
        id
    }

    /// Puts an ended session of a user into the store, with a recording on this node's shelf that has no file.
    async fn ended_session_of(&self, user: &str) -> String {
        let id = self.session_of(user).await;
        let session: SessionId = id.parse().unwrap();
        let now = Micros::now();
        let connection = Connection {
            id: ConnectionId(uuid::Uuid::now_v7()),
            session_id: session,
            node: self.house.engine.node().to_owned(),
            opened_at: now,
            closed_at: Micros::NEVER,
            client_ip: [127, 0, 0, 1].into(),
            client_interface: ClientInterface::Cli,
            client_version: String::new(),
            bytes_up: 0,
            bytes_down: 0,
            close_reason: None,
            recording: RecordingState::Recording,
        };
        let tape = connection.id;
        let lease = Lease {
            node: connection.node.clone(),
            instance: uuid::Uuid::now_v7(),
            until: now.plus(domain::Span::secs(60)),
        };
        let store = &self.house.store;
        store.open_connection(connection, lease).await.unwrap();
        let closing = Closing {
            at: Micros::now(),
            bytes_up: 0,
            bytes_down: 0,
            reason: EndReason::AdminTerminate,
            recording: RecordingState::Finalising,
        };
        store.close_connection(tape, closing).await.unwrap();
        let meta = RecordingMeta {
            file: "2026/11/22/gone.tape".to_owned(),
            ..RecordingMeta::default()
        };
        store
            .set_recording(tape, RecordingState::Available, Some(meta))
            .await
            .unwrap();
        self.house.terminate(session).await;
        id
    }

    async fn send(&self, request: Request<Body>) -> Got {
        let mut request = request;
        request
            .extensions_mut()
            .insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Got {
            status,
            headers,
            body,
        }
    }

    async fn call(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.send(request.unwrap()).await
    }

    async fn get(&self, path: &str, token: &str) -> Got {
        self.call(Method::GET, path, token, None).await
    }
}
