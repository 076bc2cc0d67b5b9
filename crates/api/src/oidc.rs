//! Signing in with an identity provider: `OpenID` Connect 1.0, authorization code flow with PKCE.
//!
//! What comes back is believed only when it is bound to the browser that was sent away (a cookie), to the one time that it was sent
//! (`state`, which works once), to this very login (`nonce`) and to whoever asked (PKCE); and when the provider's key has signed it, for us and
//! not long ago.

mod token;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::object::SecretText;
use engine::{Existing, External};
use jsonwebtoken::jwk::Jwk;
use parking_lot::Mutex;
use reqwest::{Client, Url, header};
use serde::Deserialize;
use serde_json::{Map, Value};

/// How long the provider may take to answer one request.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long what the provider says of itself is believed.
const KNOWN_FOR: Duration = Duration::from_hours(1);

/// How soon keys are asked for again when a token names one that is not known.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// The longest answer of a provider.
const LONGEST: usize = 1 << 20;

/// How a provider is used.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The provider's address, as it is in its tokens.
    pub issuer: String,
    /// Who we are to the provider.
    pub client_id: String,
    /// What proves it; [`None`] for a public client.
    pub client_secret: Option<SecretText>,
    /// What the button says behind "Sign in with".
    pub title: String,
    /// The claim that is the login name.
    pub name_claim: String,
    /// The claim that lists groups.
    pub groups_claim: String,
    /// What becomes of somebody new whose name a user has already.
    pub existing: Existing,
    /// Every login there has a second factor; otherwise only those that say so (`amr` with `mfa`).
    pub second_factor: bool,
}

/// Why a provider did not sign somebody in. For the log: callers learn that it did not.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The settings cannot be used.
    #[error("the issuer is no `https://` address")]
    Issuer,
    /// The provider does not answer.
    #[error("the provider cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    /// It answers something else than was asked.
    #[error("the provider's {0} cannot be used")]
    Answer(&'static str),
    /// It refuses.
    #[error("the provider refuses: {0}")]
    Refused(String),
    /// The ID token is not valid.
    #[error("the ID token is not valid: {0}")]
    Token(String),
    /// It was made for another login.
    #[error("the ID token has another nonce")]
    Nonce,
    /// The token was made for somebody else, too.
    #[error("the ID token was issued to another client")]
    Party,
    /// There is no login name in it.
    #[error("there is no claim `{0}`")]
    NoName(String),
}

/// Whom a provider has signed in.
#[derive(Debug)]
pub struct Vouched {
    /// Who.
    pub who: External,
    /// They have shown a second factor.
    pub second_factor: bool,
}

/// One trip of a browser to the provider and back.
#[derive(Debug)]
pub struct Trip<'a> {
    /// Where it comes back to.
    pub redirect: &'a str,
    /// Says which trip it is.
    pub state: &'a str,
    /// Binds the token to it.
    pub nonce: &'a SecretText,
    /// Binds the code to it (RFC 7636).
    pub verifier: &'a SecretText,
}

/// An identity provider.
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    http: Client,
    known: Mutex<Option<Arc<Known>>>,
}

/// What the provider says of itself.
#[derive(Debug)]
struct Known {
    metadata: Metadata,
    keys: Vec<Jwk>,
    at: Instant,
}

/// `OpenID` Connect Discovery 1.0 §3.
#[derive(Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

impl Provider {
    /// Makes a provider; nothing is asked of it yet.
    pub fn new(settings: Settings) -> Result<Self, OidcError> {
        if !is_safe(&settings.issuer) {
            return Err(OidcError::Issuer);
        }
        let http = Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            settings,
            http,
            known: Mutex::default(),
        })
    }

    /// Gives the settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Gives the address that a browser is sent to.
    pub async fn begin(&self, trip: &Trip<'_>) -> Result<String, OidcError> {
        let known = self.known(KNOWN_FOR).await?;
        let challenge = token::challenge(trip.verifier);
        let pairs = [
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", trip.redirect),
            ("scope", "openid profile email groups"),
            ("state", trip.state),
            ("nonce", trip.nonce.expose()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let mut url = Url::parse(&known.metadata.authorization_endpoint)
            .map_err(|_unreadable| OidcError::Answer("authorization endpoint"))?;
        url.query_pairs_mut().extend_pairs(pairs);
        Ok(url.into())
    }

    /// Takes the code that a browser comes back with; gives whom it stands for.
    pub async fn finish(&self, trip: &Trip<'_>, code: &str) -> Result<Vouched, OidcError> {
        let known = self.known(KNOWN_FOR).await?;
        let tokens = self.exchange(&known.metadata, trip, code).await?;
        let known = if token::names_known_key(&tokens.id_token, &known.keys) {
            known
        } else {
            self.known(ASK_AGAIN).await?
        };
        let expected = token::Expected {
            issuer: &self.settings.issuer,
            client: &self.settings.client_id,
            nonce: trip.nonce,
        };
        let mut claims = token::verify(&tokens.id_token, &known.keys, &expected)?;
        // Many providers keep what is not needed to sign in out of the token.
        if let (Some(endpoint), Some(access)) = (&known.metadata.userinfo_endpoint, &tokens.access_token) {
            self.add_userinfo(&mut claims, endpoint, access).await?;
        }
        self.vouched(&claims)
    }

    async fn exchange(&self, metadata: &Metadata, trip: &Trip<'_>, code: &str) -> Result<Tokens, OidcError> {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", trip.redirect),
            ("code_verifier", trip.verifier.expose()),
            ("client_id", &self.settings.client_id),
        ];
        let methods = &metadata.token_endpoint_auth_methods_supported;
        let posts = !methods.is_empty() && !methods.iter().any(|method| method == "client_secret_basic");
        let mut request = self.http.post(&metadata.token_endpoint);
        match &self.settings.client_secret {
            Some(secret) if posts => pairs.push(("client_secret", secret.expose())),
            Some(secret) => {
                // RFC 6749 §2.3.1: each half is encoded as in a form.
                let (id, secret) = (encoded(&self.settings.client_id), encoded(secret.expose()));
                request = request.basic_auth(id, Some(secret));
            }
            None => {}
        }
        let answer = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(form(&pairs))
            .send()
            .await?;
        read(answer, "token").await
    }

    async fn add_userinfo(
        &self,
        claims: &mut Map<String, Value>,
        endpoint: &str,
        access: &str,
    ) -> Result<(), OidcError> {
        let answer = self.http.get(endpoint).bearer_auth(access).send().await?;
        let said: Map<String, Value> = read(answer, "user information").await?;
        // OpenID Connect Core §5.3.2: it must be about the same person.
        if said.get("sub") != claims.get("sub") {
            return Err(OidcError::Answer("user information"));
        }
        for (name, value) in said {
            claims.entry(name).or_insert(value);
        }
        Ok(())
    }

    fn vouched(&self, claims: &Map<String, Value>) -> Result<Vouched, OidcError> {
        let text = |claim: &str| {
            claims
                .get(claim)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let list = |claim: &str| match claims.get(claim) {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(one)) => vec![one.clone()],
            _ => Vec::new(),
        };
        let name = text(&self.settings.name_claim);
        if name.is_empty() {
            return Err(OidcError::NoName(self.settings.name_claim.clone()));
        }
        let said: Vec<String> = list("amr");
        Ok(Vouched {
            second_factor: self.settings.second_factor || said.iter().any(|method| method == "mfa"),
            who: External {
                provider: self.settings.issuer.clone(),
                subject: text("sub"),
                name,
                display_name: text("name"),
                email: text("email"),
                groups: list(&self.settings.groups_claim),
            },
        })
    }

    /// Gives what the provider says of itself, asked anew when that is older than it may be.
    async fn known(&self, oldest: Duration) -> Result<Arc<Known>, OidcError> {
        let kept = self.known.lock().clone();
        if let Some(known) = kept.filter(|known| known.at.elapsed() < oldest) {
            return Ok(known);
        }
        let issuer = self.settings.issuer.trim_end_matches('/');
        let address = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Metadata = read(self.http.get(address).send().await?, "configuration").await?;
        let endpoints = [
            &metadata.authorization_endpoint,
            &metadata.token_endpoint,
            &metadata.jwks_uri,
        ];
        // Discovery §4.3: it must be about the very issuer that was asked.
        if metadata.issuer != self.settings.issuer || !endpoints.into_iter().all(|address| is_safe(address)) {
            return Err(OidcError::Answer("configuration"));
        }
        let keys: Keys = read(self.http.get(&metadata.jwks_uri).send().await?, "keys").await?;
        // Keys of kinds that we do not know are not ours to verify with.
        let keys = keys
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok());
        let known = Arc::new(Known {
            metadata,
            keys: keys.collect(),
            at: Instant::now(),
        });
        *self.known.lock() = Some(Arc::clone(&known));
        Ok(known)
    }
}

/// Reads an answer of bounded length.
async fn read<T: for<'de> Deserialize<'de>>(
    mut answer: reqwest::Response,
    what: &'static str,
) -> Result<T, OidcError> {
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > LONGEST {
            return Err(OidcError::Answer(what));
        }
        body.extend_from_slice(&chunk);
    }
    if !status.is_success() {
        // RFC 6749 §5.2: a word for the kind of error; the rest is not ours to repeat.
        let said: Option<Value> = serde_json::from_slice(&body).ok();
        let word = said.as_ref().and_then(|said| said.get("error")?.as_str());
        let word: String = word.unwrap_or("no reason").chars().take(60).collect();
        return Err(OidcError::Refused(format!("{what}: {status}, {word}")));
    }
    serde_json::from_slice(&body).map_err(|_unreadable| OidcError::Answer(what))
}

/// Tells whether nobody can overhear or forge what an address says: it is encrypted, or never leaves this machine.
fn is_safe(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

fn form(pairs: &[(&str, &str)]) -> String {
    let mut url = Url::parse("form:").ok();
    if let Some(url) = &mut url {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    url.and_then(|url| url.query().map(str::to_owned))
        .unwrap_or_default()
}

fn encoded(text: &str) -> String {
    form(&[("", text)]).trim_start_matches('=').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_overheard_is_spoken_to() {
        for address in [
            "https://id.example.org/realms/x",
            "http://localhost:9000",
            "http://127.0.0.1:9000",
        ] {
            assert!(is_safe(address), "{address}");
        }
        for address in [
            "http://id.example.org",
            "http://localhost.example.org",
            "id.example.org",
            "file:///etc",
        ] {
            assert!(!is_safe(address), "{address}");
        }
    }

    #[test]
    fn a_form_is_written_as_forms_are() {
        assert_eq!(form(&[("a", "x y"), ("b", "&=+/")]), "a=x+y&b=%26%3D%2B%2F");
        assert_eq!(encoded("a:b="), "a%3Ab%3D");
    }
}
