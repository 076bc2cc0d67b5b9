//! API tokens; passwords for clients of databases are listed and taken away here as well.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{Micros, Span, audit::Actor, person::Person};
use serde::{Deserialize, Serialize};
use store::{Cause, Token, TokenHash};
use utoipa::ToSchema;
use vault::TokenKind;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    view::time::time,
};

/// The viewer's tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenList {
    /// Newest last.
    pub tokens: Vec<TokenView>,
}

/// A token, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    /// Its lasting name.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// `api`, or `database` for a password for clients of databases.
    pub kind: &'static str,
    /// The login name that goes with a password for clients of databases; null for API tokens.
    pub login: Option<String>,
    /// When it was made.
    pub created_at: Option<String>,
    /// When it ends; null for never.
    pub expires_at: Option<String>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<String>,
    /// The token itself: only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl TokenView {
    fn new(token: &Token, text: Option<String>) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name.clone(),
            kind: if token.database.is_some() {
                "database"
            } else {
                "api"
            },
            login: token.database.as_ref().map(|database| database.name.clone()),
            created_at: time(token.created_at),
            expires_at: time(token.expires_at),
            last_used_at: time(token.last_used_at),
            token: text,
        }
    }
}

/// A wish for a token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What to call it.
    pub name: String,
    /// How long it lasts, in seconds; for ever when absent.
    pub expires_in_secs: Option<u32>,
}

/// Lists the viewer's tokens.
#[utoipa::path(get, path = "/v1/tokens", tag = "login", responses((status = 200, body = TokenList)))]
pub async fn list(State(api): State<Api>, viewer: Viewer) -> Answer<Json<TokenList>> {
    let tokens = api
        .store()
        .tokens(Some(viewer.person.id))
        .await
        .map_err(Problem::of_store)?;
    Ok(Json(TokenList {
        tokens: tokens.iter().map(|token| TokenView::new(token, None)).collect(),
    }))
}

/// Makes a token of the viewer; its text is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/tokens", tag = "login", request_body = NewToken, responses((status = 201, body = TokenView)))]
pub async fn create(
    State(api): State<Api>,
    viewer: Viewer,
    Body(wish): Body<NewToken>,
) -> Answer<(StatusCode, Json<TokenView>)> {
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    let span = wish.expires_in_secs.map(|secs| Span::secs(i64::from(secs)));
    let (token, text) = issue(&api, &viewer.person, &wish.name, span, cause).await?;
    Ok((StatusCode::CREATED, Json(TokenView::new(&token, Some(text)))))
}

/// Makes a token for somebody; also how `doorward demo` makes its tokens.
pub async fn issue(
    api: &Api,
    person: &Person,
    name: &str,
    lasts: Option<Span>,
    cause: Cause,
) -> Answer<(Token, String)> {
    if name.trim().is_empty() || name.chars().count() > 100 {
        return Err(Problem::invalid("a token has a name of 1 to 100 characters"));
    }
    let issued = api
        .engine()
        .vault()
        .tokens()
        .issue(TokenKind::Api)
        .map_err(Problem::internal)?;
    let token = Token {
        id: uuid::Uuid::now_v7(),
        user: person.id,
        name: name.trim().to_owned(),
        hash: TokenHash(issued.hash),
        scopes: Vec::new(),
        created_at: cause.at,
        expires_at: lasts.map_or(Micros::NEVER, |lasts| cause.at.plus(lasts)),
        last_used_at: Micros::NEVER,
        factors: person.factors,
        database: None,
    };
    api.store()
        .create_token(token.clone(), cause)
        .await
        .map_err(Problem::of_store)?;
    Ok((token, issued.text.expose().to_owned()))
}

/// Takes a token away. Administrators may take anybody's.
#[utoipa::path(delete, path = "/v1/tokens/{id}", tag = "login", params(("id" = String, Path)), responses((status = 204), (status = 404, body = ProblemDocument)))]
pub async fn revoke(State(api): State<Api>, viewer: Viewer, Path(id): Path<String>) -> Answer<StatusCode> {
    let id: uuid::Uuid = id.parse().map_err(|_| Problem::not_found())?;
    let owner = (!viewer.person.may_administer()).then_some(viewer.person.id);
    let tokens = api.store().tokens(owner).await.map_err(Problem::of_store)?;
    if !tokens.iter().any(|token| token.id == id) {
        return Err(Problem::not_found());
    }
    let cause = Cause::new(Micros::now(), Actor::user(&viewer.person.name)).from_ip(viewer.client_ip());
    api.store()
        .revoke_token(id, cause)
        .await
        .map_err(Problem::of_store)?;
    Ok(StatusCode::NO_CONTENT)
}
