//! API tokens; passwords for clients of databases are listed and taken away here as well.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{Micros, Span, audit::Actor, person::Person};
use serde::{Deserialize, Serialize};
use store::{Cause, Token, TokenForm, TokenHash};
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
    /// `api`; `login` of a program that was let in with a browser; `database` for a password for clients of databases; of service
    /// accounts `key`, and `service` for what a key was exchanged for.
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
    pub(crate) fn new(token: &Token, text: Option<String>) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name.clone(),
            kind: if token.database.is_some() {
                "database"
            } else {
                token.form.word()
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
    if api.engine().directory().is_service(&viewer.person.name) {
        return Err(Problem::forbidden("a service account has short tokens only")
            .hint("an administrator makes keys, which are exchanged for tokens"));
    }
    let wish = Wish::named(&wish.name, span);
    let (token, text) = issue(&api, &viewer.person, wish, cause).await?;
    Ok((StatusCode::CREATED, Json(TokenView::new(&token, Some(text)))))
}

/// What a token is to be.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// What to call it.
    pub name: &'a str,
    /// How long it lasts; for ever when [`None`].
    pub lasts: Option<Span>,
    /// How it comes about.
    pub form: TokenForm,
    /// The token that it is made with, and taken away with.
    pub parent: Option<uuid::Uuid>,
}

impl<'a> Wish<'a> {
    /// Wishes for an API token.
    #[must_use]
    pub fn named(name: &'a str, lasts: Option<Span>) -> Self {
        Self {
            name,
            lasts,
            form: TokenForm::Api,
            parent: None,
        }
    }
}

/// Makes a token for somebody; also how `doorward demo` makes its tokens.
pub async fn issue(api: &Api, person: &Person, wish: Wish<'_>, cause: Cause) -> Answer<(Token, String)> {
    let Wish { name, lasts, .. } = wish;
    if name.trim().is_empty() || name.chars().count() > 100 {
        return Err(Problem::invalid("a token has a name of 1 to 100 characters"));
    }
    let issued = api
        .engine()
        .vault()
        .tokens()
        .issue(kind_of(wish.form))
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
        form: wish.form,
        parent: wish.parent,
    };
    api.store()
        .create_token(token.clone(), cause)
        .await
        .map_err(Problem::of_store)?;
    Ok((token, issued.text.expose().to_owned()))
}

/// Gives what the text of a token is: a key never passes for a token.
fn kind_of(form: TokenForm) -> TokenKind {
    match form {
        TokenForm::Key => TokenKind::Key,
        TokenForm::Api | TokenForm::Login | TokenForm::Service => TokenKind::Api,
    }
}

/// Takes a token away, and what was made with it. Administrators may take anybody's.
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
