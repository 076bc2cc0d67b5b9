//! Signing in and out with a browser, and the first administrator.

use axum::{
    Json,
    extract::{ConnectInfo, FromRequestParts, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::{
    Micros,
    audit::Actor,
    object::{SecretText, Spec, User},
    person::{Factors, Person, Role},
};
use serde::{Deserialize, Serialize};
use store::{Cause, Login, PasswordHash, Put, Sealed, TokenForm, TokenHash};
use utoipa::ToSchema;
use vault::TokenKind;

use crate::{
    Api,
    auth::{self, COOKIE, Credential, Halfway, LOGIN_IDLE},
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    view::time::time,
};

/// What the purpose of a set-up link is called.
pub const SETUP: &str = "setup";

/// From where a request comes that nobody has signed.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub std::net::IpAddr);

impl FromRequestParts<Api> for Caller {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        debug_assert!(
            parts
                .extensions
                .get::<ConnectInfo<std::net::SocketAddr>>()
                .is_some(),
            "served without addresses"
        );
        Ok(Self(auth::client_address(parts, api)))
    }
}

/// What a person signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The login name.
    pub name: String,
    /// The password.
    #[schema(value_type = String)]
    pub password: SecretText,
    /// A code of the person's authenticator app, or a recovery code: needed once the answer was `second_factor_needed`.
    #[schema(value_type = Option<String>)]
    pub code: Option<SecretText>,
}

/// Somebody who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    /// Who.
    pub person: PersonView,
    /// To be sent as `X-CSRF-Token` with every changing request; null for API tokens, which need none.
    pub csrf: Option<String>,
    /// When the login ends unless it is used; null for API tokens.
    pub expires_at: Option<String>,
}

/// A person, as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// The lasting name.
    pub id: String,
    /// The login name.
    pub name: String,
    /// The name shown to others.
    pub display_name: String,
    /// An address for notices.
    pub email: String,
    /// Roles.
    #[schema(value_type = Vec<String>)]
    pub roles: Vec<Role>,
    /// Groups.
    pub groups: Vec<String>,
}

impl PersonView {
    pub(crate) fn new(api: &Api, person: &Person) -> Self {
        let directory = api.engine().directory();
        let user = directory
            .users
            .get(&person.name)
            .map(|user| user.spec.clone())
            .unwrap_or_default();
        let display_name = if user.display_name.is_empty() {
            person.name.clone()
        } else {
            user.display_name
        };
        Self {
            id: person.id.to_string(),
            name: person.name.clone(),
            display_name,
            email: user.email,
            roles: person.roles.clone(),
            groups: person.groups.clone(),
        }
    }
}

/// Signs in with a name, a password and, where the person has a second factor, a code; the answer sets a cookie.
#[utoipa::path(post, path = "/v1/login", tag = "login", request_body = Credentials,
    responses((status = 200, body = SignedIn), (status = 401, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn login(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Answer<Response> {
    let refused = |refused| Problem::of_sign_in(&refused);
    let (engine, ip) = (api.engine(), caller.0);
    let person = engine.sign_in(&credentials.name, &credentials.password, ip);
    let mut person = person.await.map_err(refused)?;
    let mut method = serde_json::json!({ "method": "password" });
    let asks = person.factors == Factors::One
        && engine
            .factors_held(&person)
            .await
            .map_err(Problem::of_store)?
            .any();
    if asks {
        let code = credentials.code.as_ref().ok_or_else(|| {
            Problem::new(
                http::StatusCode::UNAUTHORIZED,
                "second_factor_needed",
                "a second factor is needed",
            )
            .hint("send a code of the authenticator app as `code`, or a recovery code; or sign in with a passkey")
        })?;
        let proof = engine.check_code(&person, code, ip).await.map_err(refused)?;
        method = serde_json::json!({ "method": "password", "second_factor": proof.word() });
        person = person.by(Factors::Two);
    }
    signed_in(&api, person, caller, &headers, method).await
}

pub(crate) async fn signed_in(
    api: &Api,
    person: Person,
    caller: Caller,
    headers: &HeaderMap,
    method: serde_json::Value,
) -> Answer<Response> {
    let now = Micros::now();
    let issued = api
        .engine()
        .vault()
        .tokens()
        .issue(TokenKind::Cookie)
        .map_err(Problem::internal)?;
    let cookie = issued.text.expose();
    let csrf = auth::csrf_of(cookie);
    let expires_at = now.plus(LOGIN_IDLE);
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let login = Login {
        hash: TokenHash(issued.hash),
        user: person.id,
        factors: person.factors,
        csrf: TokenHash(csrf.as_bytes().to_vec()),
        client_ip: caller.0.to_string(),
        user_agent: agent.chars().take(300).collect(),
        created_at: now,
        seen_at: now,
        expires_at,
    };
    let cause = Cause::new(now, Actor::user(&person.name))
        .from_ip(caller.0.to_string())
        .with_detail(method);
    api.store()
        .create_login(login, cause)
        .await
        .map_err(Problem::of_store)?;
    let body = SignedIn {
        person: PersonView::new(api, &person),
        csrf: Some(csrf),
        expires_at: time(expires_at),
    };
    let mut response = Json(body).into_response();
    set_cookie(&mut response, api, cookie, LOGIN_IDLE.0 / 1_000_000)?;
    Ok(response)
}

fn set_cookie(response: &mut Response, api: &Api, value: &str, secs: i64) -> Answer<()> {
    let secure = if api.is_tls() { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={secs}{secure}");
    let value = HeaderValue::from_str(&text).map_err(Problem::internal)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(())
}

/// Signs out: ends the browser's login. With the token of a program that was let in with a browser, that token ends, and what was made
/// with it.
#[utoipa::path(post, path = "/v1/logout", tag = "login", responses((status = 204)))]
pub async fn logout(State(api): State<Api>, Halfway(viewer): Halfway) -> Answer<Response> {
    if let Credential::Cookie(hash) = &viewer.credential {
        let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
        api.store()
            .end_login(hash, cause)
            .await
            .map_err(Problem::of_store)?;
    }
    if let Some(token) = viewer
        .token(&api)
        .await?
        .filter(|token| token.form == TokenForm::Login)
    {
        let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
        api.store()
            .revoke_token(token.id, cause)
            .await
            .map_err(Problem::of_store)?;
    }
    let mut response = http::StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, &api, "", 0)?;
    Ok(response)
}

/// How one comes in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetupView {
    /// There is no administrator yet.
    pub needed: bool,
    /// One can sign in with a passkey.
    pub passkeys: bool,
    /// Who else signs people in (`/v1/login/oidc`), by the name for people; null for nobody.
    pub provider: Option<String>,
}

/// Tells whether the first administrator is still to be made, and how one signs in.
#[utoipa::path(get, path = "/v1/setup", tag = "login", responses((status = 200, body = SetupView)))]
pub async fn setup_needed(State(api): State<Api>) -> Json<SetupView> {
    Json(SetupView {
        needed: needs_setup(&api),
        passkeys: api.engine().relying_party().is_some(),
        provider: api.provider().map(|provider| provider.settings().title.clone()),
    })
}

/// Tells whether there is no administrator yet.
pub fn needs_setup(api: &Api) -> bool {
    let directory = api.engine().directory();
    !directory
        .users
        .values()
        .any(|user| user.spec.roles.contains(&Role::Admin) && !user.spec.disabled)
}

/// Makes the first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// From the one-time link that the gateway printed at its first start.
    #[schema(value_type = String)]
    pub token: SecretText,
    /// The login name of the new administrator.
    pub name: String,
    /// Their password: 8 characters or more.
    #[schema(value_type = String)]
    pub password: SecretText,
}

/// Makes the first administrator with the one-time link, and signs them in.
#[utoipa::path(post, path = "/v1/setup", tag = "login", request_body = Setup,
    responses((status = 200, body = SignedIn), (status = 403, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn setup(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Body(setup): Body<Setup>,
) -> Answer<Response> {
    // Everything else is checked first, because the link works only once.
    crate::routes::objects::check_name(&setup.name)?;
    crate::routes::objects::check_password(&setup.password)?;
    if !needs_setup(&api) {
        return Err(Problem::forbidden("there is an administrator already"));
    }
    let link = match api
        .engine()
        .vault()
        .tokens()
        .hash(TokenKind::Link, setup.token.expose())
    {
        Some(hash) => api
            .store()
            .use_link(&TokenHash(hash), Micros::now())
            .await
            .map_err(Problem::of_store)?,
        None => None,
    };
    link.filter(|link| link.purpose == SETUP).ok_or_else(|| {
        Problem::forbidden("the link is not valid, was used, or is too old")
            .hint("restart the gateway: it prints a new link while there is no administrator")
    })?;
    let password = crate::routes::objects::hash_password(&api, setup.password.clone()).await?;
    let user = User {
        roles: vec![Role::Admin],
        ..User::default()
    };
    let put = Put::new(&setup.name, Spec::User(user)).with_sealed(Sealed::Password(PasswordHash(password)));
    let cause = Cause::new(Micros::now(), Actor::system("set-up")).from_ip(caller.0.to_string());
    api.store()
        .put_object(put, cause)
        .await
        .map_err(Problem::of_objects)?;
    api.engine()
        .refresh_directory()
        .await
        .map_err(Problem::of_store)?;
    let person = api
        .engine()
        .directory()
        .person(&setup.name)
        .ok_or_else(Problem::not_found)?;
    let method = serde_json::json!({ "method": "set-up link" });
    signed_in(&api, person, caller, &headers, method).await
}
