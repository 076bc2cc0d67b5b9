//! Second factors: an authenticator app, and recovery codes. Passkeys have a file of their own.
//!
//! They are changed with a browser's login only: whoever has found a token must not be able to lock its owner out.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Micros, Span,
    audit::Actor,
    object::{SecondFactor, SecretText},
    person::{Factors, Person},
};
use serde::{Deserialize, Serialize};
use store::{Cause, TokenHash};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::{Credential, Halfway, Viewer},
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    qr::{Picture, picture},
    routes::passkeys::PasskeyView,
    view::time::time,
};

/// What the secret of an app is called there.
const ISSUER: &str = "Doorward";

/// How old a login may be that changes what logins need.
const FRESH: Span = Span::secs(15 * 60);

/// What somebody can prove who they are with, beside a password.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactorsView {
    /// Everybody needs a second factor here.
    pub required: bool,
    /// This login has shown one.
    pub shown: bool,
    /// Since when there is an authenticator app; null without one.
    pub totp_since: Option<String>,
    /// Recovery codes that were not used yet.
    pub recovery_codes: u32,
    /// Passkeys, oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// There can be passkeys: the console is reached by a name and not by a number.
    pub passkeys_possible: bool,
}

impl FactorsView {
    async fn of(api: &Api, person: &Person) -> Answer<Json<Self>> {
        let held = api.engine().factors_held(person).await;
        let held = held.map_err(Problem::of_store)?;
        let passkeys = api.store().passkeys(person.id).await;
        Ok(Json(Self {
            required: api.engine().second_factor() == SecondFactor::Required,
            shown: person.factors == Factors::Two,
            totp_since: time(held.totp_since),
            recovery_codes: held.recovery_codes,
            passkeys: passkeys
                .map_err(Problem::of_store)?
                .iter()
                .map(PasskeyView::new)
                .collect(),
            passkeys_possible: api.engine().relying_party().is_some(),
        }))
    }
}

/// The secret of an authenticator app that has still to show a code.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewTotp {
    /// The secret, to be typed: in this answer and nowhere else.
    pub secret: String,
    /// The same as an address for apps.
    pub address: String,
    /// The address as a picture for cameras.
    pub picture: Picture,
}

/// A code of an authenticator app, or a recovery code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    /// The code.
    #[schema(value_type = String)]
    pub code: SecretText,
}

/// Recovery codes, each of which works once in the place of a code of an app.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// The codes: in this answer and nowhere else.
    pub codes: Vec<String>,
}

impl RecoveryCodes {
    pub(crate) fn new(codes: &[SecretText]) -> Json<Self> {
        let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
        Json(Self { codes })
    }
}

/// Tells what the viewer can prove who they are with, beside a password.
#[utoipa::path(get, path = "/v1/factors", tag = "login", responses((status = 200, body = FactorsView)))]
pub async fn own(State(api): State<Api>, Halfway(viewer): Halfway) -> Answer<Json<FactorsView>> {
    FactorsView::of(&api, &viewer.person).await
}

/// Draws a secret for an authenticator app. It counts once the app has shown a code.
#[utoipa::path(post, path = "/v1/factors/totp", tag = "login",
    responses((status = 201, body = NewTotp), (status = 403, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub async fn begin(State(api): State<Api>, Halfway(viewer): Halfway) -> Answer<(StatusCode, Json<NewTotp>)> {
    must_be_fresh(&api, &viewer).await?;
    let totp = api.engine().begin_totp(&viewer.person).await;
    let totp = totp
        .map_err(|refused| Problem::of_sign_in(&refused))?
        .ok_or_else(|| {
            Problem::new(
                StatusCode::CONFLICT,
                "there_already",
                "there is an authenticator app already",
            )
            .hint("remove it first")
        })?;
    let address = totp.address(ISSUER, &viewer.person.name);
    let picture = picture(address.expose()).ok_or_else(|| Problem::internal("the address is too long"))?;
    let answer = NewTotp {
        secret: totp.text().expose().to_owned(),
        address: address.expose().to_owned(),
        picture,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Takes the app in that shows its first code; gives recovery codes. Other logins of the viewer end.
#[utoipa::path(post, path = "/v1/factors/totp/confirm", tag = "login", request_body = CodeBody,
    responses((status = 200, body = RecoveryCodes), (status = 422, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn confirm(
    State(api): State<Api>,
    Halfway(viewer): Halfway,
    Body(body): Body<CodeBody>,
) -> Answer<Json<RecoveryCodes>> {
    let login = must_be_fresh(&api, &viewer).await?;
    let codes = api
        .engine()
        .confirm_totp(&viewer.person, &body.code, login, viewer.address)
        .await
        .map_err(|refused| of_code(&refused))?;
    Ok(RecoveryCodes::new(&codes))
}

/// Takes the viewer's app away, with the recovery codes.
#[utoipa::path(post, path = "/v1/factors/totp/remove", tag = "login", request_body = CodeBody,
    responses((status = 204), (status = 422, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn remove(
    State(api): State<Api>,
    Halfway(viewer): Halfway,
    Body(body): Body<CodeBody>,
) -> Answer<StatusCode> {
    must_prove(&api, &viewer, &body.code).await?;
    let removed = api.store().remove_totp(viewer.person.id, cause(&viewer)).await;
    removed.map_err(Problem::of_store)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the viewer's recovery codes.
#[utoipa::path(post, path = "/v1/factors/recovery-codes", tag = "login", request_body = CodeBody,
    responses((status = 200, body = RecoveryCodes), (status = 422, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn new_codes(
    State(api): State<Api>,
    Halfway(viewer): Halfway,
    Body(body): Body<CodeBody>,
) -> Answer<Json<RecoveryCodes>> {
    must_prove(&api, &viewer, &body.code).await?;
    let codes = api
        .engine()
        .new_recovery_codes(&viewer.person, viewer.address)
        .await;
    let codes = codes.map_err(|refused| Problem::of_sign_in(&refused))?;
    Ok(RecoveryCodes::new(&codes))
}

/// Tells what a user can prove who they are with, beside a password. For administrators and auditors.
#[utoipa::path(get, path = "/v1/users/{name}/factors", tag = "login", params(("name" = String, Path)),
    responses((status = 200, body = FactorsView), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn of_user(
    State(api): State<Api>,
    viewer: Viewer,
    Path(name): Path<String>,
) -> Answer<Json<FactorsView>> {
    viewer.must_list_all()?;
    FactorsView::of(&api, &user(&api, &name)?).await
}

/// Takes away all that a user proves who they are with beside a password, and ends their logins: for those who have lost it. For
/// administrators, and not for themselves.
#[utoipa::path(delete, path = "/v1/users/{name}/factors", tag = "login", params(("name" = String, Path)),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn reset(State(api): State<Api>, viewer: Viewer, Path(name): Path<String>) -> Answer<StatusCode> {
    viewer.must_administer()?;
    let person = user(&api, &name)?;
    if person.id == viewer.person.id {
        return Err(Problem::forbidden("nobody resets their own second factor")
            .hint("remove it with a code, or a recovery code; or ask another administrator"));
    }
    let reset = api.store().reset_factors(person.id, cause(&viewer)).await;
    if !reset.map_err(Problem::of_store)? {
        return Err(Problem::not_found());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a user as a person, also a disabled one.
fn user(api: &Api, name: &str) -> Answer<Person> {
    let directory = api.engine().directory();
    let user = directory.users.get(name).ok_or_else(Problem::not_found)?;
    Ok(Person {
        id: user.id,
        name: name.to_owned(),
        roles: user.spec.roles.clone(),
        groups: Vec::new(),
        factors: Factors::One,
    })
}

fn cause(viewer: &Viewer) -> Cause {
    Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip())
}

fn must_be_browser(viewer: &Viewer) -> Answer<TokenHash> {
    match &viewer.credential {
        Credential::Cookie(hash) => Ok(hash.clone()),
        Credential::Token(_) => Err(Problem::forbidden(
            "second factors are changed in the console, and not with a token",
        )),
    }
}

/// Wants a login that is young where there is a second factor already: a browser that was left open is not enough.
pub(crate) async fn must_be_fresh(api: &Api, viewer: &Viewer) -> Answer<TokenHash> {
    let login = must_be_browser(viewer)?;
    let held = api.engine().factors_held(&viewer.person).await;
    if !held.map_err(Problem::of_store)?.any() {
        return Ok(login);
    }
    let now = Micros::now();
    let found = api.store().login(&login, now).await.map_err(Problem::of_store)?;
    match found {
        Some(found) if found.factors == Factors::Two && now.since(found.created_at) < FRESH => Ok(login),
        _ => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "sign_in_again",
            "this needs a login of the last 15 minutes, with a second factor",
        )
        .hint("sign out and in again")),
    }
}

/// Wants a code anew: an open browser is not enough to change what a login needs.
async fn must_prove(api: &Api, viewer: &Viewer, code: &SecretText) -> Answer<()> {
    must_be_browser(viewer)?;
    let checked = api
        .engine()
        .check_code(&viewer.person, code, viewer.address)
        .await;
    checked.map(drop).map_err(|refused| of_code(&refused))
}

/// A wrong code of somebody who is signed in does not mean that they are not.
fn of_code(refused: &engine::SignInRefused) -> Problem {
    let mut problem = Problem::of_sign_in(refused);
    if matches!(refused, engine::SignInRefused::WrongCode) {
        problem.status = StatusCode::UNPROCESSABLE_ENTITY;
        problem = problem.at("code");
    }
    problem
}
