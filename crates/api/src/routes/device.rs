//! Letting programs in that cannot sign in by themselves, such as the command line: they ask, a person confirms their code in the
//! browser, they are given a token (RFC 8628, with this API's forms of bodies and errors).

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{
    Micros, Span,
    audit::{Actor, AuditEvent},
    object::SecretText,
};
use engine::DEVICE_PAUSE;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{Asked, Cause, DeviceLogin, Polled, TokenForm};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::{Credential, Viewer},
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    query::parse_span,
    routes::{
        login::Caller,
        tokens::{Wish, issue},
    },
    view::time::time,
};

/// How long a token lasts when nothing is said, at most, and at least.
const USUAL: Span = Span::secs(12 * 3600);
const LONGEST: Span = Span::secs(24 * 3600);
const SHORTEST: Span = Span::secs(10);

/// A program that asks to be let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceWish {
    /// What it calls itself and where it runs, for the person who decides: 1 to 100 characters.
    pub client: String,
    /// How long its token is to last: `30m`, `8h`; 12 hours when absent, 24 at most.
    pub lasts: Option<String>,
}

/// What the program tells its person, and asks with (RFC 8628 §3.2).
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceCodesView {
    /// What it asks with. Nobody else may see it.
    pub device_code: String,
    /// What the person types.
    pub user_code: String,
    /// Where the person types it.
    pub verification_uri: String,
    /// The same with the code in it.
    pub verification_uri_complete: String,
    /// How long both codes are good, in seconds.
    pub expires_in: i64,
    /// How long to wait between two questions, in seconds.
    pub interval: i64,
}

/// A program that asks whether it is let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceQuestion {
    /// What it was given.
    #[schema(value_type = String)]
    pub device_code: SecretText,
}

/// The token of a program that was let in.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceToken {
    /// The token: in this answer and nowhere else.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// How long it lasts, in seconds.
    pub expires_in: i64,
    /// When it ends.
    pub expires_at: Option<String>,
    /// Its lasting name, among the tokens.
    pub id: String,
    /// Whom it acts for.
    pub user: String,
}

/// A program that waits, for whoever is to decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceView {
    /// What it calls itself; not verified.
    pub client: String,
    /// From where it asks.
    pub client_ip: String,
    /// It asks from another address than the one that this question comes from.
    pub is_elsewhere: bool,
    /// Since when.
    pub asked_at: Option<String>,
    /// When it is too late.
    pub expires_at: Option<String>,
    /// How long its token will last, in seconds.
    pub lasts_secs: i64,
}

impl DeviceView {
    fn new(login: &DeviceLogin, viewer: &Viewer) -> Self {
        Self {
            client: login.client.clone(),
            client_ip: login.client_ip.clone(),
            is_elsewhere: login.client_ip != viewer.client_ip(),
            asked_at: time(login.created_at),
            expires_at: time(login.expires_at),
            lasts_secs: login.lasts.0 / 1_000_000,
        }
    }
}

/// Begins to let a program in.
#[utoipa::path(post, path = "/v1/login/device", tag = "login", request_body = DeviceWish, responses(
    (status = 200, body = DeviceCodesView), (status = 422, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn begin(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<DeviceWish>,
) -> Answer<Json<DeviceCodesView>> {
    let client = wish.client.trim();
    let readable =
        !client.is_empty() && client.chars().count() <= 100 && !client.chars().any(char::is_control);
    if !readable {
        return Err(Problem::invalid("a program says in 1 to 100 characters what it is").at("client"));
    }
    let lasts = span_of(wish.lasts.as_deref(), USUAL, LONGEST)?;
    let begun = api.engine().begin_device_login(client, lasts, caller.0).await;
    let codes = begun.map_err(|refused| Problem::of_sign_in(&refused))?;
    let place = format!("{}/device", api.engine().console_url());
    Ok(Json(DeviceCodesView {
        device_code: codes.device.expose().to_owned(),
        verification_uri_complete: format!("{place}?code={}", codes.user),
        verification_uri: place,
        user_code: codes.user,
        expires_in: codes.lasts.0 / 1_000_000,
        interval: DEVICE_PAUSE.0 / 1_000_000,
    }))
}

/// Reads how long something is to last.
pub(crate) fn span_of(text: Option<&str>, usual: Span, longest: Span) -> Answer<Span> {
    let Some(text) = text else { return Ok(usual) };
    parse_span(text)
        .filter(|span| (SHORTEST..=longest).contains(span))
        .ok_or_else(|| {
            let hours = longest.0 / 3_600_000_000;
            Problem::invalid(format!(
                "`lasts` is a time such as 30m or 8h, from 10s to {hours}h"
            ))
            .at("lasts")
        })
}

/// Gives a program its token, once it was let in. While nobody has decided the answer is 400 with `authorization_pending`, or
/// `slow_down` when it asks too often; `access_denied` and `expired_token` are the end (RFC 8628 §3.5).
#[utoipa::path(post, path = "/v1/login/device/token", tag = "login", request_body = DeviceQuestion, responses(
    (status = 200, body = DeviceToken), (status = 400, body = ProblemDocument)))]
pub async fn token(
    State(api): State<Api>,
    caller: Caller,
    Body(question): Body<DeviceQuestion>,
) -> Answer<Json<DeviceToken>> {
    let not_yet = |code, detail| Err(Problem::new(StatusCode::BAD_REQUEST, code, detail));
    let polled = api.engine().poll_device_login(&question.device_code).await;
    let (user, factors, login) = match polled.map_err(|refused| Problem::of_sign_in(&refused))? {
        Polled::Waits => return not_yet("authorization_pending", "nobody has confirmed the code yet"),
        Polled::TooOften => return not_yet("slow_down", "this is asked too often"),
        Polled::Refused => return not_yet("access_denied", "it was refused in the browser"),
        Polled::Unknown => return not_yet("expired_token", "the code has ended or was used"),
        Polled::LetIn { user, factors, login } => (user, factors, login),
    };
    let Some(person) = api.engine().directory().person_by_id(user) else {
        return not_yet("access_denied", "whoever confirmed it may not sign in");
    };
    let person = person.by(factors);
    let now = Micros::now();
    let method = serde_json::json!({ "method": "confirmed in the browser", "client": login.client });
    let event = AuditEvent::new(now, "login.succeeded", Actor::user(&person.name))
        .from_ip(caller.0.to_string())
        .about(format!("user/{}", person.name))
        .with_detail(method);
    api.store().audit_append(event).await.map_err(Problem::of_store)?;
    let cause = Cause::new(now, Actor::user(&person.name)).from_ip(caller.0.to_string());
    let wish = Wish {
        name: &login.client,
        lasts: Some(login.lasts),
        form: TokenForm::Login,
        parent: None,
    };
    let (token, text) = issue(&api, &person, wish, cause).await?;
    Ok(Json(DeviceToken {
        access_token: text,
        token_type: "Bearer",
        expires_in: login.lasts.0 / 1_000_000,
        expires_at: time(token.expires_at),
        id: token.id.to_string(),
        user: person.name,
    }))
}

/// Says which program waits behind a code, before it is let in.
#[utoipa::path(get, path = "/v1/login/device/{code}", tag = "login", params(("code" = String, Path)), responses(
    (status = 200, body = DeviceView), (status = 404, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn behind(
    State(api): State<Api>,
    viewer: Viewer,
    Path(code): Path<String>,
) -> Answer<Json<DeviceView>> {
    must_be_a_browser(&viewer)?;
    let found = api
        .engine()
        .device_login_behind(&viewer.person, &code, viewer.address);
    let login = found.await.map_err(|refused| Problem::of_sign_in(&refused))?;
    Ok(Json(DeviceView::new(&login, &viewer)))
}

/// Lets the program behind a code in, which acts as the viewer from then on.
#[utoipa::path(post, path = "/v1/login/device/{code}/confirm", tag = "login", params(("code" = String, Path)), responses(
    (status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn confirm(State(api): State<Api>, viewer: Viewer, Path(code): Path<String>) -> Answer<StatusCode> {
    let said = Asked::LetIn(viewer.person.factors);
    decide(&api, &viewer, &code, said).await
}

/// Refuses the program behind a code.
#[utoipa::path(post, path = "/v1/login/device/{code}/refuse", tag = "login", params(("code" = String, Path)), responses(
    (status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn refuse(State(api): State<Api>, viewer: Viewer, Path(code): Path<String>) -> Answer<StatusCode> {
    decide(&api, &viewer, &code, Asked::Refused).await
}

async fn decide(api: &Api, viewer: &Viewer, code: &str, said: Asked) -> Answer<StatusCode> {
    must_be_a_browser(viewer)?;
    let decided = api
        .engine()
        .decide_device_login(&viewer.person, code, said, viewer.address);
    decided.await.map_err(|refused| Problem::of_sign_in(&refused))?;
    Ok(StatusCode::NO_CONTENT)
}

/// A program that has a token cannot let others in: that is a person's decision.
fn must_be_a_browser(viewer: &Viewer) -> Answer<()> {
    match viewer.credential {
        Credential::Cookie(_) => Ok(()),
        Credential::Token(_) => Err(Problem::forbidden("programs are let in with a browser")),
    }
}
