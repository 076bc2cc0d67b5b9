//! Who is asking: a browser with a cookie, or a program with an API token.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use aws_lc_rs::digest;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
};
use data_encoding::HEXLOWER;
use domain::{
    Micros, ObjectId, Span,
    audit::{Actor, AuditEvent},
    person::Person,
    policy::Directory,
    session::Session,
    sight::Sight,
};
use store::{SessionRow, Token, TokenHash};
use vault::TokenKind;

use crate::{
    Api,
    problem::{Answer, Problem},
};

/// The name of the cookie that a browser signs in with.
pub const COOKIE: &str = "doorward_session";

/// The header that proves that a changing request comes from the console itself.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// How long a browser stays signed in without being seen.
pub(crate) const LOGIN_IDLE: Span = Span::secs(12 * 3600);

/// The least time between two looks whether somebody may still look on.
const BREATH: Duration = Duration::from_secs(1);

/// How often it is looked, without news, whether somebody may still look on.
const RECHECK: Duration = Duration::from_secs(15);

/// Somebody who has proven who they are, with this request.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who.
    pub person: Person,
    /// Which sessions they see.
    pub sight: Sight,
    /// From where.
    pub address: IpAddr,
    /// By what.
    pub credential: Credential,
}

/// What a request was signed in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A browser's cookie.
    Cookie(TokenHash),
    /// An API token.
    Token(uuid::Uuid),
}

impl Viewer {
    /// Finds out again what the viewer may see; [`None`] when nobody knows them any more.
    pub(crate) fn look_again(&mut self, api: &Api) -> Option<()> {
        let directory = api.engine().directory();
        self.person = directory.person_by_id(self.person.id)?;
        self.sight = Sight::of(&directory, &self.person);
        Some(())
    }

    /// Waits until the viewer may no longer play a session: a rule is gone, a share was taken back or is over.
    pub(crate) async fn loses(self, api: Api, session: Session) {
        let mut news = api.store().audit_changed();
        loop {
            // Many lines at once are one reason to look.
            tokio::time::sleep(BREATH).await;
            // What ends by the clock is not in the audit log.
            let _looked = tokio::time::timeout(RECHECK, news.changed()).await;
            match known(&api, self.person.id).await {
                Ok((_, sight)) if sight.may_play(&session) => {}
                // What cannot be found out is not known to be lost.
                Err(problem) if problem.status.is_server_error() => {}
                _ => return,
            }
        }
    }

    /// Gives the token that the request was signed in with; [`None`] in a browser.
    pub(crate) async fn token(&self, api: &Api) -> Answer<Option<Token>> {
        let Credential::Token(id) = self.credential else {
            return Ok(None);
        };
        let token = api.store().token_by_id(id, Micros::now()).await;
        let token = token.map_err(Problem::of_store)?;
        // It was there when the request began.
        token.ok_or_else(Problem::not_signed_in).map(Some)
    }

    /// Writes the address for the audit log.
    #[must_use]
    pub fn client_ip(&self) -> String {
        self.address.to_string()
    }

    /// Begins an audit event of what the viewer does now.
    #[must_use]
    pub fn event(&self, kind: &str) -> AuditEvent {
        AuditEvent::new(Micros::now(), kind, Actor::user(&self.person.name)).from_ip(self.client_ip())
    }

    /// Refuses whoever may not see everything.
    pub fn must_list_all(&self) -> Answer<()> {
        if self.person.may_list_all() {
            Ok(())
        } else {
            Err(Problem::forbidden(
                "only administrators and auditors may see this",
            ))
        }
    }

    /// Refuses whoever may not change objects.
    pub fn must_administer(&self) -> Answer<()> {
        if self.person.may_administer() {
            Ok(())
        } else {
            Err(Problem::forbidden("only an administrator may do this"))
        }
    }

    /// Refuses whoever may not see the content of a session.
    pub fn must_play(&self, row: &SessionRow) -> Answer<()> {
        if self.sight.may_play(&row.session) {
            Ok(())
        } else {
            Err(Problem::forbidden(
                "you may see this session, but not what was done in it",
            ))
        }
    }

    /// Refuses a websocket that another site's page opens with this browser's cookie.
    pub fn must_be_same_origin(&self, headers: &HeaderMap) -> Answer<()> {
        if matches!(self.credential, Credential::Token(_)) {
            return Ok(());
        }
        let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
        match (origin.and_then(|origin| origin.split_once("://")), host) {
            (Some((_, origin)), Some(host)) if origin == host => Ok(()),
            _ => Err(Problem::forbidden(
                "this address may only be opened by the console itself",
            )),
        }
    }
}

impl FromRequestParts<Api> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Answer<Self> {
        let viewer = identified(parts, api).await?;
        if api.engine().takes(&viewer.person, None) {
            return Ok(viewer);
        }
        Err(Problem::new(
            http::StatusCode::FORBIDDEN,
            "second_factor_required",
            "a second factor is needed here, and this login has none",
        )
        .hint("set one up in the console; tokens that are made afterwards have it"))
    }
}

/// Somebody who may still have to set up the second factor that is needed: enough to do that, and for nothing else.
#[derive(Debug, Clone)]
pub struct Halfway(pub Viewer);

impl FromRequestParts<Api> for Halfway {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Answer<Self> {
        let viewer = identified(parts, api).await?;
        // Who has one shows it when they sign in.
        if !api.engine().takes(&viewer.person, None) {
            let held = api.engine().factors_held(&viewer.person).await;
            if held.map_err(Problem::of_store)?.any() {
                return Err(Problem::not_signed_in());
            }
        }
        Ok(Self(viewer))
    }
}

async fn identified(parts: &Parts, api: &Api) -> Answer<Viewer> {
    let address = client_address(parts, api);
    if let Some(token) = bearer(&parts.headers) {
        return by_token(api, token, address).await;
    }
    let cookie = cookie(&parts.headers, COOKIE).ok_or_else(Problem::not_signed_in)?;
    by_cookie(api, cookie, address, &parts.method, &parts.headers).await
}

async fn by_token(api: &Api, token: &str, address: IpAddr) -> Answer<Viewer> {
    let now = Micros::now();
    let hash = api
        .engine()
        .vault()
        .tokens()
        .hash(TokenKind::Api, token)
        .map(TokenHash);
    let hash = hash.ok_or_else(Problem::not_signed_in)?;
    let found = api.store().token(&hash, now).await.map_err(Problem::of_store)?;
    let token = found.ok_or_else(Problem::not_signed_in)?;
    let (person, sight) = known(api, token.user).await?;
    noted(api.store().touch_token(&token, now).await);
    Ok(Viewer {
        person: person.by(token.factors),
        sight,
        address,
        credential: Credential::Token(token.id),
    })
}

async fn by_cookie(
    api: &Api,
    cookie: &str,
    address: IpAddr,
    method: &Method,
    headers: &HeaderMap,
) -> Answer<Viewer> {
    let now = Micros::now();
    let hash = api
        .engine()
        .vault()
        .tokens()
        .hash(TokenKind::Cookie, cookie)
        .map(TokenHash);
    let hash = hash.ok_or_else(Problem::not_signed_in)?;
    let found = api.store().login(&hash, now).await.map_err(Problem::of_store)?;
    let login = found.ok_or_else(Problem::not_signed_in)?;
    if !method.is_safe() {
        let sent = headers
            .get(CSRF_HEADER)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if sent != csrf_of(cookie) {
            return Err(Problem::new(
                http::StatusCode::FORBIDDEN,
                "csrf",
                "the request did not come from the console",
            )
            .hint("send the value of `csrf` from /v1/me in X-CSRF-Token"));
        }
    }
    let (person, sight) = known(api, login.user).await?;
    // It was a person's when it began.
    if api.engine().directory().is_service(&person.name) {
        return Err(Problem::not_signed_in());
    }
    noted(api.store().touch_login(&login, now, now.plus(LOGIN_IDLE)).await);
    Ok(Viewer {
        person: person.by(login.factors),
        sight,
        address,
        credential: Credential::Cookie(hash),
    })
}

/// Finds a person, and what they may see now.
async fn known(api: &Api, user: ObjectId) -> Answer<(Person, Sight)> {
    let directory = api.engine().directory();
    let person = directory.person_by_id(user).ok_or_else(Problem::not_signed_in)?;
    let sight = Sight::of(&directory, &person);
    if sight.plays_all() {
        return Ok((person, sight));
    }
    let shares = api.store().opened_shares(person.id, Micros::now()).await;
    let groups = groups_of(&directory, &person);
    let sessions: Vec<_> = shares
        .map_err(Problem::of_store)?
        .into_iter()
        .filter(|share| share.is_for(&person, &groups))
        .map(|share| share.session)
        .collect();
    Ok((person, sight.with_shared(sessions)))
}

/// Gives the ids of the groups that a person is in.
pub(crate) fn groups_of(directory: &Directory, person: &Person) -> Vec<ObjectId> {
    let names = person.groups.iter();
    names
        .filter_map(|name| Some(directory.groups.get(name)?.id))
        .collect()
}

/// Goes on when the last use could not be taken down: a disk that is full must not keep administrators out.
fn noted(touched: Result<(), store::Error>) {
    if let Err(error) = touched {
        tracing::warn!(%error, "the use of a credential could not be noted");
    }
}

/// Derives the CSRF token of a cookie: whoever cannot read the cookie, or an answer to a request with it, cannot know it.
pub(crate) fn csrf_of(cookie: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"doorward csrf ");
    context.update(cookie.as_bytes());
    HEXLOWER.encode(context.finish().as_ref())
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// Gives the caller's address: that of the socket, or what a trusted proxy in front says in `X-Forwarded-For`.
pub(crate) fn client_address(parts: &Parts, api: &Api) -> IpAddr {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip().to_canonical());
    let peer = peer.unwrap_or(IpAddr::from([0, 0, 0, 0]));
    let trusted = |address: &IpAddr| {
        api.trusted_proxies()
            .iter()
            .any(|network| network.contains(address))
    };
    if !trusted(&peer) {
        return peer;
    }
    // From the right: the last address that no trusted proxy of ours has, as everything before it can be invented.
    let lines = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok());
    let hops: Vec<IpAddr> = lines
        .flat_map(|line| line.split(','))
        .filter_map(|hop| hop.trim().parse().ok())
        .collect();
    hops.into_iter()
        .rev()
        .map(|hop| hop.to_canonical())
        .find(|hop| !trusted(hop))
        .unwrap_or(peer)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn viewer(credential: Credential) -> Viewer {
        let person = Person {
            id: domain::ObjectId::fresh(),
            name: "ana".to_owned(),
            roles: Vec::new(),
            groups: Vec::new(),
            factors: domain::person::Factors::One,
        };
        Viewer {
            sight: Sight::of(&domain::policy::Directory::default(), &person),
            person,
            address: [127, 0, 0, 1].into(),
            credential,
        }
    }

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_websocket_opened_by_another_page_is_refused() {
        let browser = viewer(Credential::Cookie(TokenHash(Vec::new())));
        let host = (header::HOST, "doorward.example");
        let own = headers(&[host.clone(), (header::ORIGIN, "https://doorward.example")]);
        assert!(browser.must_be_same_origin(&own).is_ok());
        for origin in [
            "https://evil.example",
            "null",
            "https://doorward.example.evil.example",
        ] {
            let foreign = headers(&[host.clone(), (header::ORIGIN, origin)]);
            assert!(browser.must_be_same_origin(&foreign).is_err(), "{origin}");
        }
        assert!(browser.must_be_same_origin(&headers(&[host])).is_err());
        let program = viewer(Credential::Token(uuid::Uuid::nil()));
        assert!(program.must_be_same_origin(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn cookies_are_found_among_others() {
        let jar = headers(&[(header::COOKIE, "a=1; doorward_session=x=y; b=2")]);
        assert_eq!(cookie(&jar, COOKIE), Some("x=y"));
        assert_eq!(
            cookie(&headers(&[(header::COOKIE, "xdoorward_session=1")]), COOKIE),
            None
        );
    }
}
