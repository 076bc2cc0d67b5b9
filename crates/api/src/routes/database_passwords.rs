//! Short-lived passwords for clients of databases.

use axum::{Json, extract::State, http::StatusCode};
use domain::{Micros, Span, audit::Actor, object::SecretText, policy};
use engine::{Medium, NativeCommand};
use serde::{Deserialize, Serialize};
use store::Cause;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    query::parse_span,
    view::time::time,
};

/// How long one lasts when nothing is said, and at most.
const USUAL: Span = Span::secs(3600);
const LONGEST: Span = Span::secs(7 * 24 * 3600);
const SHORTEST: Span = Span::secs(60);

/// A wish for a password for clients of databases.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDatabasePassword {
    /// The database that it is for; every one that the viewer may use when absent.
    pub resource: Option<String>,
    /// The account there; the rule's first one when absent. It is written into what is answered, and binds nobody.
    pub account: Option<String>,
    /// How long it lasts: `90s`, `15m`, `8h`; one hour when absent, seven days at most, and
    /// never longer than the token that asks. Connections that are open then stay.
    pub lasts: Option<String>,
}

/// A password for clients of databases. It is listed and taken away among the tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatabasePasswordView {
    /// Its lasting name.
    pub id: String,
    /// The login name that goes with it; `:resource` or `:account@resource` is added as to a user's.
    pub login: String,
    /// The password itself: in this answer and nowhere else.
    pub password: String,
    /// When it ends.
    pub expires_at: Option<String>,
    /// The databases that it is for.
    pub connections: Vec<DatabaseConnection>,
}

/// How a client connects to a database.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatabaseConnection {
    /// The resource.
    pub resource: String,
    /// The protocol's id.
    #[serde(rename = "type")]
    pub protocol: String,
    /// The gateway's host, as callers know it.
    pub host: String,
    /// The port of the protocol's listener.
    pub port: u16,
    /// The login name with the resource.
    pub user: String,
    /// The command of a native client, without the password.
    pub command: String,
    /// The address for clients and libraries that take one, with the password in it.
    pub address: String,
}

/// Makes a password for clients of databases, which prove that they know it and do not send it where their protocol has a way to.
#[utoipa::path(post, path = "/v1/database-passwords", tag = "connect", request_body = NewDatabasePassword, responses(
    (status = 201, body = DatabasePasswordView), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn create(
    State(api): State<Api>,
    viewer: Viewer,
    Body(wish): Body<NewDatabasePassword>,
) -> Answer<(StatusCode, Json<DatabasePasswordView>)> {
    let lasts = match wish.lasts.as_deref() {
        None => USUAL,
        Some(text) => parse_span(text)
            .filter(|span| (SHORTEST..=LONGEST).contains(span))
            .ok_or_else(|| Problem::invalid("`lasts` is a time such as 15m or 8h, from 1m to 7d"))?,
    };
    let directory = api.engine().directory();
    let resources: Vec<String> = match wish.resource {
        Some(resource) => {
            policy::decide(&directory, &viewer.person, &resource, wish.account.as_deref())
                .map_err(|_denied| Problem::not_found())?;
            vec![resource]
        }
        None => directory.resources.keys().cloned().collect(),
    };
    let one = (resources.len() == 1 && wish.account.is_some()).then_some(wish.account.as_deref());
    let account = one.flatten();
    // Whether any can be reached is known before a password is made.
    let places: Vec<_> = resources
        .iter()
        .filter_map(|resource| place(&api, &viewer, resource, account))
        .collect();
    if places.is_empty() {
        return Err(
            Problem::invalid("this is no database that clients reach at a listener of the gateway")
                .hint("use `doorward connect`"),
        );
    }
    let (name, bound) = match resources.as_slice() {
        [resource] => (
            format!("database password for {resource}"),
            Some(resource.as_str()),
        ),
        _ => ("database password".to_owned(), None),
    };
    let token = viewer.token(&api).await?;
    let made = api
        .engine()
        .new_database_password(&viewer.person, &name, bound, lasts, token.as_ref())
        .map_err(Problem::internal)?;
    let connections = places
        .into_iter()
        .filter_map(|place| place.connection(&api, &made.login, &made.text))
        .collect();
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let (id, expires_at) = (made.token.id.to_string(), time(made.token.expires_at));
    api.store()
        .create_token(made.token, cause)
        .await
        .map_err(Problem::of_store)?;
    let answer = DatabasePasswordView {
        id,
        login: made.login,
        password: made.text.expose().to_owned(),
        expires_at,
        connections,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// A database at one of the gateway's listeners.
struct Place<'a> {
    resource: &'a str,
    account: Option<&'a str>,
    protocol: String,
    host: String,
    port: u16,
}

fn place<'a>(api: &Api, viewer: &Viewer, resource: &'a str, account: Option<&'a str>) -> Option<Place<'a>> {
    let directory = api.engine().directory();
    let grant = policy::decide(&directory, &viewer.person, resource, account).ok()?;
    let protocol = api.engine().protocol(&grant.target.protocol)?;
    let listener = api.listener(&grant.target.protocol)?;
    let place = Place {
        resource,
        account,
        protocol: grant.target.protocol.clone(),
        host: listener.host.clone(),
        port: listener.port,
    };
    // Clients of a protocol without an address of its own cannot prove a password either.
    let knows = protocol.address(&place.with("login"), None).is_some();
    (protocol.spec().medium == Medium::Statements && knows).then_some(place)
}

impl Place<'_> {
    fn with<'a>(&'a self, user: &'a str) -> NativeCommand<'a> {
        NativeCommand {
            user,
            resource: self.resource,
            account: self.account,
            host: &self.host,
            port: Some(self.port),
        }
    }

    fn connection(self, api: &Api, login: &str, password: &SecretText) -> Option<DatabaseConnection> {
        let protocol = api.engine().protocol(&self.protocol)?;
        let with = self.with(login);
        let account = self.account.map(|account| format!("{account}@"));
        Some(DatabaseConnection {
            command: protocol.native_command(&with)?,
            address: protocol.address(&with, Some(password))?.expose().to_owned(),
            user: format!("{login}:{}{}", account.unwrap_or_default(), self.resource),
            resource: self.resource.to_owned(),
            protocol: self.protocol,
            host: self.host,
            port: self.port,
        })
    }
}
