//! Signing in with an identity provider that can be told to send what it must not. A certified one signs in in the console's tests.

use std::sync::{Arc, Mutex};

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Request, StatusCode, header},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::object::{Group, SecretText, Spec, User};
use serde_json::{Value, json};
use store::Put;

use crate::{Desk, Got};

/// A provider of one test.
struct Provider {
    issuer: String,
    key: EcdsaKeyPair,
    plan: Mutex<Plan>,
}

/// What it says next.
#[derive(Default)]
struct Plan {
    /// What the browser was sent there with.
    challenge: String,
    nonce: String,
    /// Claims that differ from the right ones; null leaves one out.
    claims: Value,
    /// How the token is signed; `ES256` unless said.
    algorithm: &'static str,
    userinfo: Value,
}

impl Provider {
    async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Arc::new(Self {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            plan: Mutex::default(),
        });
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/me", get(userinfo))
            .with_state(Arc::clone(&provider));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    fn settings(&self) -> api::oidc::Settings {
        api::oidc::Settings {
            issuer: self.issuer.clone(),
            client_id: "doorward".to_owned(),
            client_secret: Some(SecretText::new("its secret")),
            title: "Example".to_owned(),
            name_claim: "preferred_username".to_owned(),
            groups_claim: "groups".to_owned(),
            existing: engine::Existing::Refuse,
            second_factor: false,
        }
    }

    fn claims(&self) -> Value {
        let plan = self.plan.lock().unwrap();
        let now = jiff::Timestamp::now().as_second();
        let mut claims = json!({
            "iss": self.issuer, "aud": "doorward", "sub": "4711", "iat": now, "exp": now + 300, "nonce": plan.nonce,
            "preferred_username": "zoe", "name": "Zoe Zimmer", "groups": ["staff", "no-such-group"],
        });
        for (name, value) in plan.claims.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        claims
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        claims
    }

    fn id_token(&self) -> String {
        let algorithm = match self.plan.lock().unwrap().algorithm {
            "" => "ES256",
            other => other,
        };
        let head = encoded(json!({ "alg": algorithm, "kid": "one" }).to_string().as_bytes());
        let body = encoded(self.claims().to_string().as_bytes());
        let message = format!("{head}.{body}");
        let signature = match algorithm {
            "none" => Vec::new(),
            // With what everybody knows as the secret: the public key.
            "HS256" => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.public_key().as_ref());
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            _ => {
                let random = SystemRandom::new();
                self.key
                    .sign(&random, message.as_bytes())
                    .unwrap()
                    .as_ref()
                    .to_vec()
            }
        };
        format!("{message}.{}", encoded(&signature))
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

async fn configuration(State(provider): State<Arc<Provider>>) -> Json<Value> {
    let at = |path: &str| format!("{}/{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "jwks_uri": at("keys"), "userinfo_endpoint": at("me"),
    }))
}

async fn keys(State(provider): State<Arc<Provider>>) -> Json<Value> {
    let point = provider.key.public_key().as_ref();
    let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
    Json(json!({ "keys": [
        { "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "x": x, "y": y },
        { "kty": "of another age", "kid": "two" },
    ] }))
}

async fn token(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    let form = reqwest::Url::parse(&format!("form:?{body}")).unwrap();
    let form: std::collections::BTreeMap<_, _> = form.query_pairs().into_owned().collect();
    let basic = base64::engine::general_purpose::STANDARD.encode("doorward:its+secret");
    let verifier = digest(&SHA256, form["code_verifier"].as_bytes());
    let right = headers[header::AUTHORIZATION] == format!("Basic {basic}")
        && encoded(verifier.as_ref()) == provider.plan.lock().unwrap().challenge
        && form["grant_type"] == "authorization_code"
        && form["redirect_uri"].ends_with("/v1/login/oidc/callback")
        && form["code"] == "the-code";
    if !right {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
    }
    let tokens = json!({ "id_token": provider.id_token(), "access_token": "at", "token_type": "Bearer" });
    (StatusCode::OK, Json(tokens))
}

async fn userinfo(State(provider): State<Arc<Provider>>) -> Json<Value> {
    let mut said = json!({ "sub": "4711", "email": "zoe@example.org" });
    for (name, value) in provider
        .plan
        .lock()
        .unwrap()
        .userinfo
        .as_object()
        .into_iter()
        .flatten()
    {
        said[name] = value.clone();
    }
    Json(said)
}

/// A browser on its way there and back.
struct Trip {
    state: String,
    cookie: String,
}

async fn send(desk: &Desk, path: &str, cookie: &str) -> Got {
    let request = Request::get(path).header(header::COOKIE, cookie);
    desk.send(request.body(Body::empty()).unwrap()).await
}

/// Goes there; the provider takes down what it was asked.
async fn away(desk: &Desk, provider: &Provider) -> Trip {
    let got = send(desk, "/v1/login/oidc?next=/sessions", "").await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let to = got.headers[header::LOCATION].to_str().unwrap();
    let (place, query) = to.split_once('?').unwrap();
    assert_eq!(place, format!("{}/authorize", provider.issuer));
    let word = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).unwrap().1.to_owned()
    };
    assert_eq!(
        (word("response_type"), word("code_challenge_method")),
        ("code".to_owned(), "S256".to_owned())
    );
    let mut plan = provider.plan.lock().unwrap();
    (plan.challenge, plan.nonce) = (word("code_challenge"), word("nonce"));
    let cookie = got.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    Trip {
        state: word("state"),
        cookie: cookie.split(';').next().unwrap().to_owned(),
    }
}

async fn back(desk: &Desk, trip: &Trip) -> Got {
    let path = format!("/v1/login/oidc/callback?state={}&code=the-code", trip.state);
    send(desk, &path, &trip.cookie).await
}

fn place(got: &Got) -> &str {
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    got.headers[header::LOCATION].to_str().unwrap()
}

/// The cookie of a login, if an answer sets one.
fn login(got: &Got) -> Option<String> {
    let cookies = got.headers.get_all(header::SET_COOKIE).iter();
    let mut pairs = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.find(|pair| pair.starts_with("doorward_session="))
}

async fn desk(provider: &Provider) -> Desk {
    let _once = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = api::Config {
        provider: Some(Arc::new(api::oidc::Provider::new(provider.settings()).unwrap())),
        ..api::Config::default()
    };
    let desk = Desk::configured(api::egress::Egress::Open, config).await;
    let staff = Put::new("staff", Spec::Group(Group::default()));
    desk.house.apply(vec![staff]).await;
    desk
}

async fn refusals(desk: &Desk) -> String {
    let failed = desk.house.audited("login.failed").await;
    failed[0].detail["method"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whom_the_provider_vouches_for_is_made_a_user_and_follows_what_it_says() {
    let provider = Provider::start().await;
    let desk = desk(&provider).await;
    let setup = send(&desk, "/v1/setup", "").await;
    assert_eq!(setup.body["provider"], "Example");
    let trip = away(&desk, &provider).await;
    let got = back(&desk, &trip).await;
    assert_eq!(place(&got), "/sessions");
    let cookie = login(&got).expect("a login");
    let me = send(&desk, "/v1/me", &cookie).await.body;
    assert_eq!(
        (&me["person"]["name"], &me["person"]["groups"]),
        (&json!("zoe"), &json!(["staff"]))
    );
    assert_eq!(me["person"]["email"], "zoe@example.org", "said outside the token");
    let of_group = desk.house.engine.directory().members("staff");
    assert_eq!(of_group, ["zoe"]);
    assert_eq!(desk.house.audited("user.created").await[0].object, "user/zoe");
    assert_eq!(desk.house.audited("identity.linked").await.len(), 1);

    // Again, under another name there, and without the group: it is who it was.
    provider.plan.lock().unwrap().claims =
        json!({ "preferred_username": "zz", "groups": null, "amr": ["pwd", "mfa"] });
    let trip = away(&desk, &provider).await;
    let cookie = login(&back(&desk, &trip).await).expect("a login");
    let me = send(&desk, "/v1/me", &cookie).await.body;
    assert_eq!(
        (&me["person"]["name"], &me["person"]["groups"]),
        (&json!("zoe"), &json!([]))
    );
    let factors = send(&desk, "/v1/factors", &cookie).await.body;
    assert_eq!(
        factors["shown"], true,
        "the provider has asked for a second factor"
    );

    let disabled = User {
        disabled: true,
        ..User::default()
    };
    desk.house
        .apply(vec![Put::new("zoe", Spec::User(disabled))])
        .await;
    let trip = away(&desk, &provider).await;
    let got = back(&desk, &trip).await;
    assert_eq!((place(&got), login(&got)), ("/sign-in?refused=provider", None));
}

#[tokio::test]
async fn nobody_becomes_a_user_that_is_there_already() {
    let provider = Provider::start().await;
    let desk = desk(&provider).await;
    for (name, why) in [
        ("root", "there is a user `root` already"),
        ("a b", "`a b` cannot be a user's name"),
    ] {
        provider.plan.lock().unwrap().claims = json!({ "preferred_username": name });
        let trip = away(&desk, &provider).await;
        let got = back(&desk, &trip).await;
        assert_eq!((place(&got), login(&got)), ("/sign-in?refused=name", None));
        assert!(refusals(&desk).await.contains(why), "{}", refusals(&desk).await);
    }
}

#[tokio::test]
async fn what_was_not_made_for_this_very_login_signs_nobody_in() {
    let provider = Provider::start().await;
    let desk = desk(&provider).await;
    let now = jiff::Timestamp::now().as_second();
    let wrong = [
        (json!({ "nonce": "another" }), "", "another nonce"),
        (json!({ "nonce": null }), "", "another nonce"),
        (json!({ "aud": "somebody-else" }), "", "InvalidAudience"),
        (
            json!({ "aud": ["doorward", "other"], "azp": "other" }),
            "",
            "another client",
        ),
        (json!({ "aud": ["doorward", "other"] }), "", "another client"),
        (json!({ "iss": "https://evil.example" }), "", "InvalidIssuer"),
        (json!({ "exp": now - 120 }), "", "ExpiredSignature"),
        (json!({ "exp": null }), "", "exp"),
        (json!({ "iat": now + 600 }), "", "issued in the future"),
        (json!({ "nbf": now + 600 }), "", "ImmatureSignature"),
        (json!({}), "none", "the ID token is not valid"),
        (json!({}), "HS256", "its algorithm is not accepted"),
        (json!({ "preferred_username": null }), "", "there is no claim"),
    ];
    for (claims, algorithm, why) in wrong {
        let mut plan = Plan {
            claims,
            algorithm,
            ..Plan::default()
        };
        let trip = away(&desk, &provider).await;
        {
            let mut asked = provider.plan.lock().unwrap();
            (plan.challenge, plan.nonce) = (asked.challenge.clone(), asked.nonce.clone());
            *asked = plan;
        }
        let got = back(&desk, &trip).await;
        assert_eq!(
            (place(&got), login(&got)),
            ("/sign-in?refused=provider", None),
            "{why}"
        );
        let told = refusals(&desk).await;
        assert!(told.contains(why), "{why}: {told}");
        assert!(
            !told.contains("its secret") && !told.contains("the-code"),
            "{told}"
        );
        *provider.plan.lock().unwrap() = Plan::default();
    }
    // User information about somebody else.
    provider.plan.lock().unwrap().userinfo = json!({ "sub": "4712" });
    let trip = away(&desk, &provider).await;
    assert_eq!(login(&back(&desk, &trip).await), None);
    assert!(
        desk.house
            .audited("user.created")
            .await
            .iter()
            .all(|event| event.object != "user/zoe")
    );
}

#[tokio::test]
async fn a_trip_is_one_browsers_and_ends_once() {
    let provider = Provider::start().await;
    let desk = desk(&provider).await;
    let trip = away(&desk, &provider).await;
    // Another browser, a guessed state, and one that was brought along by a link.
    for (state, cookie) in [
        (trip.state.as_str(), ""),
        ("dwl_00000000_guessed", trip.cookie.as_str()),
        ("", "doorward_provider="),
    ] {
        let path = format!("/v1/login/oidc/callback?state={state}&code=the-code");
        let got = send(&desk, &path, cookie).await;
        assert_eq!((place(&got), login(&got)), ("/sign-in?refused=provider", None));
        assert!(refusals(&desk).await.contains("with another state"));
    }
    // PKCE: a code that was asked for by somebody else.
    provider.plan.lock().unwrap().challenge = "another".to_owned();
    assert_eq!(login(&back(&desk, &trip).await), None);
    assert!(refusals(&desk).await.contains("invalid_grant"));

    let trip = away(&desk, &provider).await;
    assert!(login(&back(&desk, &trip).await).is_some());
    let again = back(&desk, &trip).await;
    assert_eq!(
        (place(&again), login(&again)),
        ("/sign-in?refused=provider", None),
        "a state works once"
    );
    let path = format!(
        "/v1/login/oidc/callback?state={}&error=access_denied",
        away(&desk, &provider).await.state
    );
    assert_eq!(login(&send(&desk, &path, "").await), None);
}

#[tokio::test]
async fn whoever_has_not_signed_in_begins_only_so_many_trips() {
    let provider = Provider::start().await;
    let desk = desk(&provider).await;
    for _ in 0..100 {
        let begun = send(&desk, "/v1/login/oidc", "").await;
        assert!(place(&begun).starts_with(&provider.issuer), "{}", place(&begun));
    }
    let full = send(&desk, "/v1/login/oidc", "").await;
    assert_eq!(place(&full), "/sign-in?refused=busy");
}
