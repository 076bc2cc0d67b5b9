//! Passkeys: adding, removing and signing in with them. Challenges and answers are those of Web Authentication, bytes as base64url
//! without padding.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Micros, audit::Actor, object::SecretText};
use serde::{Deserialize, Serialize};
use store::{Cause, Passkey};
use utoipa::ToSchema;
use vault::webauthn::{ALGORITHMS, Assertion};

use crate::{
    Api,
    auth::Halfway,
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    routes::{
        factors::{RecoveryCodes, must_be_fresh},
        login::{Caller, SignedIn, signed_in},
    },
    view::time::time,
};

/// A passkey, without its key.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyView {
    /// As the authenticator calls it.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Option<String>,
    /// When it was last used.
    pub last_used_at: Option<String>,
}

impl PasskeyView {
    pub(crate) fn new(passkey: &Passkey) -> Self {
        Self {
            id: URL_SAFE_NO_PAD.encode(&passkey.id),
            name: passkey.name.clone(),
            created_at: time(passkey.created_at),
            last_used_at: time(passkey.last_used_at),
        }
    }
}

/// What a browser needs to make a passkey (`PublicKeyCredentialCreationOptions`).
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyWanted {
    /// To be signed; works once, for five minutes.
    pub challenge: String,
    /// The site's name (`rp.id`).
    pub site: String,
    /// The person's lasting name (`user.id`).
    pub user: String,
    /// Algorithms, as COSE numbers them.
    pub algorithms: Vec<i32>,
    /// Keys that the person has already.
    pub exclude: Vec<String>,
}

/// A passkey that a browser has made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// What to call it.
    pub name: String,
    /// `response.clientDataJSON`.
    pub client_data: String,
    /// `response.attestationObject`.
    pub attestation: String,
}

/// What a browser needs to sign in with a passkey (`PublicKeyCredentialRequestOptions`).
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyAsked {
    /// To be signed; works once, for five minutes.
    pub challenge: String,
    /// The site's name (`rpId`).
    pub site: String,
}

/// What a passkey has signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// The credential's id.
    pub id: String,
    /// `response.clientDataJSON`.
    pub client_data: String,
    /// `response.authenticatorData`.
    pub authenticator_data: String,
    /// `response.signature`.
    pub signature: String,
}

/// Draws a challenge with which the viewer adds a passkey.
#[utoipa::path(post, path = "/v1/factors/passkeys/begin", tag = "login",
    responses((status = 200, body = PasskeyWanted), (status = 403, body = ProblemDocument)))]
pub async fn begin(State(api): State<Api>, Halfway(viewer): Halfway) -> Answer<Json<PasskeyWanted>> {
    must_be_fresh(&api, &viewer).await?;
    let site = site(&api)?;
    let challenge = api.engine().challenge_to_add(&viewer.person).await;
    let challenge = challenge.map_err(|refused| Problem::of_sign_in(&refused))?;
    let known = api
        .store()
        .passkeys(viewer.person.id)
        .await
        .map_err(Problem::of_store)?;
    Ok(Json(PasskeyWanted {
        challenge: encoded(&challenge),
        site,
        user: URL_SAFE_NO_PAD.encode(viewer.person.id.0.as_bytes()),
        algorithms: ALGORITHMS.to_vec(),
        exclude: known.iter().map(|one| URL_SAFE_NO_PAD.encode(&one.id)).collect(),
    }))
}

/// Adds a passkey of the viewer. With the first second factor come recovery codes; other logins of the viewer end.
#[utoipa::path(post, path = "/v1/factors/passkeys", tag = "login", request_body = NewPasskey,
    responses((status = 201, body = RecoveryCodes), (status = 403, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn add(
    State(api): State<Api>,
    Halfway(viewer): Halfway,
    Body(new): Body<NewPasskey>,
) -> Answer<(StatusCode, Json<RecoveryCodes>)> {
    let login = must_be_fresh(&api, &viewer).await?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Problem::invalid("a passkey has a name of 1 to 100 characters").at("name"));
    }
    let parts = (
        decoded(&new.client_data, "client_data")?,
        decoded(&new.attestation, "attestation")?,
    );
    let codes = api
        .engine()
        .add_passkey(&viewer.person, name, (&parts.0, &parts.1), login, viewer.address)
        .await
        .map_err(|refused| {
            let mut problem = Problem::of_sign_in(&refused);
            if matches!(refused, engine::SignInRefused::WrongPasskey) {
                problem.status = StatusCode::UNPROCESSABLE_ENTITY;
            }
            problem
        })?;
    Ok((StatusCode::CREATED, RecoveryCodes::new(&codes)))
}

/// Takes a passkey of the viewer away.
#[utoipa::path(delete, path = "/v1/factors/passkeys/{id}", tag = "login", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn remove(
    State(api): State<Api>,
    Halfway(viewer): Halfway,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    must_be_fresh(&api, &viewer).await?;
    let id = URL_SAFE_NO_PAD
        .decode(id)
        .map_err(|_unreadable| Problem::not_found())?;
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let removed = api.store().remove_passkey(viewer.person.id, &id, cause).await;
    if removed.map_err(Problem::of_store)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

/// Draws a challenge with which somebody signs in with a passkey.
#[utoipa::path(post, path = "/v1/login/passkey/begin", tag = "login",
    responses((status = 200, body = PasskeyAsked), (status = 404, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn ask(State(api): State<Api>, caller: Caller) -> Answer<Json<PasskeyAsked>> {
    let site = site(&api)?;
    let challenge = api.engine().challenge_to_sign_in(caller.0).await;
    let challenge = challenge.map_err(|refused| Problem::of_sign_in(&refused))?;
    Ok(Json(PasskeyAsked {
        challenge: encoded(&challenge),
        site,
    }))
}

/// Signs in with a passkey, which stands for password and second factor; the answer sets a cookie.
#[utoipa::path(post, path = "/v1/login/passkey", tag = "login", request_body = PasskeyAnswer,
    responses((status = 200, body = SignedIn), (status = 401, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn login(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Body(answer): Body<PasskeyAnswer>,
) -> Answer<Response> {
    let id = decoded(&answer.id, "id")?;
    let (client_data, authenticator_data, signature) = (
        decoded(&answer.client_data, "client_data")?,
        decoded(&answer.authenticator_data, "authenticator_data")?,
        decoded(&answer.signature, "signature")?,
    );
    let assertion = Assertion {
        client_data: &client_data,
        authenticator_data: &authenticator_data,
        signature: &signature,
    };
    let person = api.engine().check_passkey(&id, assertion, caller.0).await;
    let person = person.map_err(|refused| Problem::of_sign_in(&refused))?;
    let method = serde_json::json!({ "method": "passkey" });
    signed_in(&api, person, caller, &headers, method).await
}

fn site(api: &Api) -> Answer<String> {
    let site = api.engine().relying_party().ok_or_else(Problem::not_found)?;
    Ok(site.id)
}

fn encoded(challenge: &SecretText) -> String {
    URL_SAFE_NO_PAD.encode(challenge.expose())
}

fn decoded(text: &str, field: &str) -> Answer<Vec<u8>> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_unreadable| Problem::invalid("this is no base64url").at(field))
}
