//! Service accounts: keys that administrators make, and short tokens that programs exchange them for.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Micros, Span,
    audit::{Actor, AuditEvent},
    object::SecretText,
    person::Person,
};
use serde::Deserialize;
use store::{Cause, TokenForm};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    routes::{
        device::{DeviceToken, span_of},
        login::Caller,
        tokens::{NewToken, TokenList, TokenView, Wish, issue},
    },
    view::time::time,
};

/// How long a token lasts when nothing is said, and at most.
const USUAL: Span = Span::secs(15 * 60);
const LONGEST: Span = Span::secs(3600);

/// A key that is to be exchanged for a token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyExchange {
    /// The key.
    #[schema(value_type = String)]
    pub key: SecretText,
    /// How long the token is to last: `5m`; 15 minutes when absent, an hour at most.
    pub lasts: Option<String>,
}

/// Exchanges the key of a service account for a short token.
#[utoipa::path(post, path = "/v1/login/service", tag = "login", request_body = KeyExchange, responses(
    (status = 200, body = DeviceToken), (status = 401, body = ProblemDocument), (status = 422, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub async fn exchange(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<KeyExchange>,
) -> Answer<Json<DeviceToken>> {
    let lasts = span_of(wish.lasts.as_deref(), USUAL, LONGEST)?;
    let checked = api.engine().check_key(&wish.key, caller.0).await;
    let (person, key) = checked.map_err(|refused| Problem::of_sign_in(&refused))?;
    let lasts = api.engine().outlived_by(&key, lasts);
    let now = Micros::now();
    let event = AuditEvent::new(now, "login.succeeded", Actor::user(&person.name))
        .from_ip(caller.0.to_string())
        .about(format!("user/{}", person.name))
        .with_detail(
            serde_json::json!({ "method": "key of a service account", "token": key.id, "name": key.name }),
        );
    api.store().audit_append(event).await.map_err(Problem::of_store)?;
    let cause = Cause::new(now, Actor::user(&person.name)).from_ip(caller.0.to_string());
    let wish = Wish {
        name: &key.name,
        lasts: Some(lasts),
        form: TokenForm::Service,
        parent: Some(key.id),
    };
    let (token, text) = issue(&api, &person, wish, cause).await?;
    Ok(Json(DeviceToken {
        access_token: text,
        token_type: "Bearer",
        expires_in: lasts.0 / 1_000_000,
        expires_at: time(token.expires_at),
        id: token.id.to_string(),
        user: person.name,
    }))
}

/// Lists the keys of a service account, without their texts. For administrators and auditors.
#[utoipa::path(get, path = "/v1/users/{name}/keys", tag = "login", params(("name" = String, Path)), responses(
    (status = 200, body = TokenList), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn keys(
    State(api): State<Api>,
    viewer: Viewer,
    Path(name): Path<String>,
) -> Answer<Json<TokenList>> {
    viewer.must_list_all()?;
    let directory = api.engine().directory();
    let user = directory.users.get(&name).map(|user| user.id);
    let id = user
        .filter(|_| directory.is_service(&name))
        .ok_or_else(Problem::not_found)?;
    let tokens = api.store().tokens(Some(id)).await.map_err(Problem::of_store)?;
    let keys = tokens.iter().filter(|token| token.form == TokenForm::Key);
    Ok(Json(TokenList {
        tokens: keys.map(|key| TokenView::new(key, None)).collect(),
    }))
}

/// Makes a key of a service account; its text is in this answer and nowhere else. It is taken away like a token.
#[utoipa::path(post, path = "/v1/users/{name}/keys", tag = "login", params(("name" = String, Path)), request_body = NewToken, responses(
    (status = 201, body = TokenView), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn create_key(
    State(api): State<Api>,
    viewer: Viewer,
    Path(name): Path<String>,
    Body(wish): Body<NewToken>,
) -> Answer<(StatusCode, Json<TokenView>)> {
    viewer.must_administer()?;
    let person = service_account(&api, &name)?;
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let key = Wish {
        name: &wish.name,
        lasts: wish.expires_in_secs.map(|secs| Span::secs(i64::from(secs))),
        form: TokenForm::Key,
        parent: None,
    };
    let (token, text) = issue(&api, &person, key, cause).await?;
    Ok((StatusCode::CREATED, Json(TokenView::new(&token, Some(text)))))
}

fn service_account(api: &Api, name: &str) -> Answer<Person> {
    let directory = api.engine().directory();
    let person = directory.person(name).ok_or_else(Problem::not_found)?;
    if directory.is_service(name) {
        Ok(person)
    } else {
        Err(Problem::invalid(format!(
            "`{name}` is a person, who makes tokens by themselves"
        )))
    }
}
