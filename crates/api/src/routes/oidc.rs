//! Signing in with an identity provider: away, and back.

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Micros, Span, object::SecretText, person::Factors};
use engine::ExternalRefused;
use store::{Link, Room, TokenHash};
use subtle::ConstantTimeEq as _;
use vault::TokenKind;

use crate::{
    Api, auth,
    oidc::{Provider, Trip, Vouched},
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    routes::login::{Caller, signed_in},
};

/// The cookie that binds the trip to the browser that began it. Not `Strict`: it comes back from another site.
const COOKIE: &str = "doorward_provider";

/// Where the provider sends the browser back to.
const CALLBACK: &str = "/v1/login/oidc/callback";

/// What trips are kept as.
const PURPOSE: &str = "provider login";

/// How long a person may take at the provider.
const PATIENCE: Span = Span::secs(10 * 60);

/// How many trips may be under way at once.
const ROOM: Room = Room {
    of_one: 100,
    of_all: 10_000,
};

/// Sends a browser to the identity provider.
#[utoipa::path(get, path = "/v1/login/oidc", tag = "login", params(("next" = Option<String>, Query, description = "the page of the console to come back to")),
    responses((status = 303, description = "to the identity provider"), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn begin(State(api): State<Api>, caller: Caller, RawQuery(query): RawQuery) -> Answer<Response> {
    let provider = api.provider().ok_or_else(Problem::not_found)?;
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["next"])?;
    let next = params.one("next").filter(|next| is_own(next)).unwrap_or("/");
    let issued = api
        .engine()
        .vault()
        .tokens()
        .issue(TokenKind::Link)
        .map_err(Problem::internal)?;
    let state = issued.text.expose();
    let away = match provider.begin(&Bonds::of(&api, state).trip()).await {
        Ok(away) => away,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the identity provider cannot be used"
            );
            return back(&api, "/sign-in?refused=provider", "");
        }
    };
    let now = Micros::now();
    let link = Link {
        hash: TokenHash(issued.hash),
        purpose: PURPOSE.to_owned(),
        user: None,
        detail: serde_json::json!({ "next": next }),
        created_at: now,
        expires_at: now.plus(PATIENCE),
    };
    let kept = api.store().create_link_within(link, caller.0, ROOM).await;
    if !kept.map_err(Problem::of_store)? {
        return back(&api, "/sign-in?refused=busy", "");
    }
    back(&api, &away, state)
}

/// Takes a browser back from the identity provider, and signs in whom it vouches for.
#[utoipa::path(get, path = "/v1/login/oidc/callback", tag = "login", params(
    ("state" = Option<String>, Query), ("code" = Option<String>, Query), ("error" = Option<String>, Query)),
    responses((status = 303, description = "to the console, signed in or with the reason why not"), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn callback(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let provider = api.provider().ok_or_else(Problem::not_found)?;
    let params = Params::read(query.as_deref().unwrap_or_default());
    let word = |name: &str| params.one(name).unwrap_or_default();
    let cookie = auth::cookie(&headers, COOKIE).unwrap_or_default();
    let came = comes_back(&api, word("state"), cookie).await?;
    let vouched = match came {
        None => Err("with another state, or with one that was used".to_owned()),
        Some(_) if word("code").is_empty() => Err(format!("refused there: {}", short(word("error")))),
        Some(_) => {
            let bonds = Bonds::of(&api, word("state"));
            let finished = provider.finish(&bonds.trip(), word("code")).await;
            finished.map_err(|error| chain(&error))
        }
    };
    let entered = match vouched {
        Ok(vouched) => enter(&api, provider, vouched, caller).await?,
        Err(why) => Err(("provider", why)),
    };
    match entered {
        Ok(person) => {
            let method =
                serde_json::json!({ "method": "identity provider", "provider": provider.settings().issuer });
            let signed = signed_in(&api, person, caller, &headers, method).await?;
            let next = came.unwrap_or_else(|| "/".to_owned());
            let mut response = back(&api, &next, "")?;
            for cookie in signed.headers().get_all(header::SET_COOKIE) {
                response.headers_mut().append(header::SET_COOKIE, cookie.clone());
            }
            Ok(response)
        }
        Err((word, why)) => {
            let method = format!("identity provider: {why}");
            let audited = api.engine().audit_failure("", caller.0, &method).await;
            audited.map_err(Problem::of_store)?;
            back(&api, &format!("/sign-in?refused={word}"), "")
        }
    }
}

/// Gives where a trip wanted to come back to, once, and to the browser that began it only.
async fn comes_back(api: &Api, state: &str, cookie: &str) -> Answer<Option<String>> {
    if state.is_empty() || !bool::from(state.as_bytes().ct_eq(cookie.as_bytes())) {
        return Ok(None);
    }
    let Some(hash) = api.engine().vault().tokens().hash(TokenKind::Link, state) else {
        return Ok(None);
    };
    let link = api.store().use_link(&TokenHash(hash), Micros::now()).await;
    let link = link.map_err(Problem::of_store)?;
    Ok(link
        .filter(|link| link.purpose == PURPOSE)
        .and_then(|link| link.detail.get("next")?.as_str().map(str::to_owned)))
}

/// Gives the person, or a word for the console and the reason for the log.
async fn enter(
    api: &Api,
    provider: &Provider,
    vouched: Vouched,
    caller: Caller,
) -> Answer<Result<domain::person::Person, (&'static str, String)>> {
    let factors = if vouched.second_factor {
        Factors::Two
    } else {
        Factors::One
    };
    let existing = provider.settings().existing;
    match api
        .engine()
        .enter_external(&vouched.who, existing, caller.0)
        .await
    {
        Ok(person) => Ok(Ok(person.by(factors))),
        Err(error @ (ExternalRefused::Taken(_) | ExternalRefused::Name(_))) => {
            Ok(Err(("name", error.to_string())))
        }
        Err(error @ (ExternalRefused::Disabled | ExternalRefused::Service)) => {
            Ok(Err(("provider", error.to_string())))
        }
        Err(ExternalRefused::Store(error)) => Err(Problem::of_store(error)),
        Err(ExternalRefused::Object(error)) => Err(Problem::of_objects(error)),
    }
}

/// What binds a trip, derived from its state: nothing of it has to be kept.
struct Bonds {
    redirect: String,
    state: String,
    nonce: SecretText,
    verifier: SecretText,
}

impl Bonds {
    fn of(api: &Api, state: &str) -> Self {
        let tokens = api.engine().vault().tokens();
        Self {
            redirect: format!("{}{CALLBACK}", api.engine().console_url()),
            state: state.to_owned(),
            nonce: tokens.derived("nonce", state),
            verifier: tokens.derived("code verifier", state),
        }
    }

    fn trip(&self) -> Trip<'_> {
        Trip {
            redirect: &self.redirect,
            state: &self.state,
            nonce: &self.nonce,
            verifier: &self.verifier,
        }
    }
}

/// Sends the browser on, and sets or takes away the cookie of the trip.
fn back(api: &Api, to: &str, trip: &str) -> Answer<Response> {
    let (secure, lasts) = (
        if api.is_tls() { "; Secure" } else { "" },
        if trip.is_empty() {
            0
        } else {
            PATIENCE.0 / 1_000_000
        },
    );
    let cookie =
        format!("{COOKIE}={trip}; Path=/v1/login/oidc; HttpOnly; SameSite=Lax; Max-Age={lasts}{secure}");
    let value = |text: &str| HeaderValue::from_str(text).map_err(Problem::internal);
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, value(to)?);
    response.headers_mut().append(header::SET_COOKIE, value(&cookie)?);
    Ok(response)
}

/// Tells whether a place is one of the console: nobody is led away after a login.
fn is_own(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

fn short(word: &str) -> String {
    word.chars().filter(char::is_ascii_graphic).take(60).collect()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_away() {
        for next in ["/", "/sessions/abc?t=1m", "/manage/user/ann"] {
            assert!(is_own(next), "{next}");
        }
        for next in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/a b",
            "/a\r\nx: y",
        ] {
            assert!(!is_own(next), "{next}");
        }
    }
}
