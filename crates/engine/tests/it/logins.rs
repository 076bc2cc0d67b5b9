//! Proving who one is.

use std::time::Duration;

use domain::{
    Micros, ObjectId,
    audit::Actor,
    object::{Account, Secret, SecretText, Selector, Spec, User},
    person::Factors,
    session::State,
};
use engine::{Limits, Offer, SignInRefused};
use store::{Cause, Put, Sealed, SealedSecret, Token, TokenHash};
use testkit::{House, PASSWORD, conformance::peer, script::Script};
use vault::{TokenKind, ssh_keys};

use crate::{ana, call, house, password, stage, wrong};

fn key() -> (String, Vec<u8>) {
    let key = ssh_keys::generate_ed25519("ana's key").unwrap();
    let line = key.public_key().to_openssh().unwrap();
    let blob = key.public_key().to_bytes().unwrap();
    (line, blob)
}

async fn with_key(house: &House) -> Vec<u8> {
    let (line, blob) = key();
    let user = User {
        ssh_keys: vec![line],
        ..User::default()
    };
    house.apply(vec![Put::new("ana", Spec::User(user))]).await;
    blob
}

#[tokio::test]
async fn a_key_gets_in_only_when_its_possession_is_shown() {
    let script = ana();
    let house = house(&script).await;
    let blob = with_key(&house).await;
    let script = Script::new("ana", vec![Offer::Key(blob.clone())]);
    call(&house, &script).await.unwrap();
    assert!(script.has("Prove") && script.has("farewell"), "{:?}", script.log);
    assert!(
        house.sessions().await.is_empty(),
        "a key that is only named proves nothing"
    );

    let script = Script::new("ana", vec![Offer::Key(blob.clone()), Offer::Signed(blob)]);
    let served = call(&house, &script);
    let row = house.in_state(State::Active).await;
    house.terminate(row.session.id).await;
    served.await.unwrap();
    let login = house.audited("login.succeeded").await;
    assert!(login[0].detail["key"].as_str().unwrap().starts_with("SHA256:"));
}

#[tokio::test]
async fn keys_of_others_and_of_disabled_users_prove_nothing() {
    let script = ana();
    let house = house(&script).await;
    let blob = with_key(&house).await;
    house.user("bob").await;
    for user in ["bob", "nobody"] {
        let script = Script::new(user, vec![Offer::Key(blob.clone()), Offer::Signed(blob.clone())]);
        call(&house, &script).await.unwrap();
        assert!(!script.has("Prove") && script.has("farewell"));
    }
    let user = User {
        disabled: true,
        ..User::default()
    };
    house.apply(vec![Put::new("ana", Spec::User(user))]).await;
    for offer in [Offer::Signed(blob.clone()), password()] {
        let script = Script::new("ana", vec![offer]);
        call(&house, &script).await.unwrap();
        assert!(script.has("no proof of identity was accepted"));
    }
    assert!(house.sessions().await.is_empty());
}

#[tokio::test]
async fn a_conversation_ends_after_so_many_wrong_proofs() {
    let script = Script::new("ana", vec![wrong(); 20]);
    let house = house(&script).await;
    call(&house, &script).await.unwrap();
    let asked = script
        .log
        .lock()
        .unwrap()
        .iter()
        .filter(|line| line.contains("Another"))
        .count();
    assert_eq!(asked, 5, "six proofs: the first one was not asked for");
    assert_eq!(house.audited("login.failed").await.len(), 6);
}

#[tokio::test]
async fn too_many_failures_pause_passwords_and_not_keys() {
    let script = ana();
    let house = house(&script).await;
    let blob = with_key(&house).await;
    let text = SecretText::new("wrong");
    let most = Limits::default().user_failures;
    for _ in 0..most {
        let refused = house.engine.sign_in("ana", &text, peer().ip()).await.unwrap_err();
        assert!(matches!(refused, SignInRefused::Wrong));
    }
    let right = SecretText::new(PASSWORD);
    match house
        .engine
        .sign_in("ana", &right, peer().ip())
        .await
        .unwrap_err()
    {
        SignInRefused::LockedOut { retry_after } => assert!(retry_after <= Duration::from_secs(4)),
        refused => panic!("{refused}"),
    }
    let served = call(&house, &Script::new("ana", vec![Offer::Signed(blob)]));
    let row = house.in_state(State::Active).await;
    house.terminate(row.session.id).await;
    served.await.unwrap();
}

#[tokio::test]
async fn a_success_forgets_the_failures_before_it() {
    let script = ana();
    let house = house(&script).await;
    let (text, right) = (SecretText::new("wrong"), SecretText::new(PASSWORD));
    for _ in 0..3 {
        for _ in 0..Limits::default().user_failures - 1 {
            assert!(house.engine.sign_in("ana", &text, peer().ip()).await.is_err());
        }
        assert_eq!(
            house
                .engine
                .sign_in("ana", &right, peer().ip())
                .await
                .unwrap()
                .name,
            "ana"
        );
    }
}

async fn token(house: &House, owner: &str, scopes: &[&str]) -> SecretText {
    let issued = house.vault.tokens().issue(TokenKind::Api).unwrap();
    let user = house.engine.directory().users[owner].id;
    let token = Token {
        id: uuid::Uuid::new_v4(),
        user,
        name: "laptop".to_owned(),
        hash: TokenHash(issued.hash),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        created_at: Micros::now(),
        expires_at: Micros::NEVER,
        last_used_at: Micros::NEVER,
        factors: Factors::One,
        database: None,
        form: store::TokenForm::Api,
        parent: None,
    };
    house
        .store
        .create_token(token, Cause::new(Micros::now(), Actor::user(owner)))
        .await
        .unwrap();
    issued.text
}

#[tokio::test]
async fn a_token_stands_for_its_owners_password_and_nobody_elses() {
    let script = ana();
    let house = house(&script).await;
    house.user("bob").await;
    let text = token(&house, "ana", &[]).await;
    assert_eq!(
        house
            .engine
            .sign_in("ana", &text, peer().ip())
            .await
            .unwrap()
            .name,
        "ana"
    );
    assert!(house.engine.sign_in("bob", &text, peer().ip()).await.is_err());
    let narrow = token(&house, "ana", &["sessions:read"]).await;
    assert!(house.engine.sign_in("ana", &narrow, peer().ip()).await.is_err());
    let fitting = token(&house, "ana", &["connect"]).await;
    assert!(house.engine.sign_in("ana", &fitting, peer().ip()).await.is_ok());
}

#[tokio::test]
async fn a_caller_who_says_nothing_is_sent_away() {
    let script = ana();
    let limits = Limits {
        login: Duration::from_millis(200),
        ..House::limits()
    };
    let house = House::with(vec![std::sync::Arc::new(script)], limits).await;
    stage(&house).await;
    let (mut caller, stream) = tokio::io::duplex(64);
    let arrival = engine::Arrival {
        peer: peer(),
        interface: domain::session::ClientInterface::Cli,
        carried: None,
    };
    let lines: std::sync::Arc<dyn engine::Protocol> = std::sync::Arc::new(testkit::toy::Lines);
    house.engine.welcome(Box::new(stream), arrival, lines).await;
    let mut words = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut caller, &mut words)
        .await
        .unwrap();
    assert!(words.contains("the login took too long"), "{words:?}");
}

#[tokio::test]
async fn the_secret_of_the_account_reaches_the_target_and_no_row() {
    let script = ana();
    let house = house(&script).await;
    let sealed = house
        .vault
        .seal_secret("root-password", &SecretText::new("s3cr3t"))
        .unwrap();
    let account = Account {
        login: "root".to_owned(),
        resources: Selector {
            names: vec!["*".to_owned()],
            ..Selector::default()
        },
        secret: Some("root-password".to_owned()),
    };
    house
        .apply(vec![
            Put::new("root-password", Spec::Secret(Secret::default()))
                .with_sealed(Sealed::Secret(SealedSecret(sealed))),
            Put::new("app", Spec::Account(account)),
        ])
        .await;
    let served = call(&house, &script);
    let row = house.in_state(State::Active).await;
    assert!(script.has("connected as root with s3cr3t"), "{:?}", script.log);
    assert_eq!(
        (row.session.account.as_str(), row.session.secret_name.as_str()),
        ("root", "root-password")
    );
    assert!(!format!("{row:?}").contains("s3cr3t"));
    house.terminate(row.session.id).await;
    served.await.unwrap();
}

#[tokio::test]
async fn the_lobby_shows_what_there_is_and_carries_on() {
    let script = Script {
        resource: None,
        ..ana()
    };
    let house = house(&script).await;
    let served = call(&house, &script);
    // The inner visit is the script's as well, as the person who came in.
    let row = house.in_state(State::Active).await;
    assert!(script.has("lobby: target by script"));
    assert_eq!(row.session.user.name, "ana");
    assert_ne!(row.session.user.id, ObjectId(uuid::Uuid::nil()));
    house.terminate(row.session.id).await;
    served.await.unwrap();
}
