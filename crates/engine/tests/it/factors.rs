//! Second factors: who is asked for one, and what is taken.

use domain::{
    Micros, Span,
    audit::Actor,
    object::{Profile, SecondFactor, SecretText, Spec, User},
    person::Person,
    session::State,
};
use engine::{Limits, Offer, SecondProof, SignInRefused};
use store::{Cause, Put, TokenHash};
use testkit::{House, PASSWORD, conformance::peer, script::Script};
use vault::{Totp, ssh_keys};

use crate::{ana, call, house, password};

fn person(house: &House) -> Person {
    house.engine.directory().person("ana").unwrap()
}

/// Gives `ana` an authenticator app that has shown no code yet but counts, and two recovery codes.
async fn app(house: &House) -> Totp {
    let ana = person(house);
    let totp = house.engine.begin_totp(&ana).await.unwrap().unwrap();
    let kept = house.store.totp(ana.id).await.unwrap().unwrap();
    let codes = ["aaaa", "bbbb"].map(|code| TokenHash(house.vault.tokens().recovery_hash(ana.id, code)));
    let cause = Cause::new(Micros::now(), Actor::user("ana"));
    let login = TokenHash(b"cookie".to_vec());
    let confirmed = house
        .store
        .confirm_totp(ana.id, kept, 0, codes.to_vec(), login, cause);
    assert!(confirmed.await.unwrap());
    totp
}

fn typed(code: &SecretText) -> Offer {
    Offer::Password(code.clone())
}

fn next(totp: &Totp) -> SecretText {
    totp.code(Micros::now().plus(Span::secs(30)))
}

/// Waits for the session that a call makes, and ends it.
async fn gets_in(house: &House, script: &Script) {
    let served = call(house, script);
    let row = house.in_state(State::Active).await;
    house.terminate(row.session.id).await;
    served.await.unwrap();
}

/// Gives by what somebody failed to come in, oldest first.
async fn failures(house: &House) -> Vec<String> {
    let failed = house.audited("login.failed").await;
    let methods = failed
        .iter()
        .rev()
        .map(|event| event.detail["method"].as_str().unwrap().to_owned());
    methods.collect()
}

#[tokio::test]
async fn a_code_is_asked_for_after_the_password_and_taken_once() {
    let script = ana();
    let house = house(&script).await;
    let totp = app(&house).await;
    let code = totp.code(Micros::now());
    let script = Script::new("ana", vec![password(), typed(&code)]);
    gets_in(&house, &script).await;
    assert!(script.has("Verification code"), "{:?}", script.log);
    let login = house.audited("login.succeeded").await;
    assert_eq!(login[0].detail["second_factor"], "totp");

    // The same code again, a wrong one, and then the next one.
    let wrong = SecretText::new("wrong");
    let script = Script::new(
        "ana",
        vec![password(), typed(&code), typed(&wrong), typed(&next(&totp))],
    );
    gets_in(&house, &script).await;
    assert_eq!(
        failures(&house).await,
        ["verification code that was used before", "recovery code"]
    );
}

#[tokio::test]
async fn an_app_counts_once_it_has_shown_a_code() {
    let script = ana();
    let house = house(&script).await;
    let ana = person(&house);
    let first = house.engine.begin_totp(&ana).await.unwrap().unwrap();
    gets_in(&house, &script).await;
    let login = || TokenHash(b"cookie".to_vec());
    let second = house.engine.begin_totp(&ana).await.unwrap().unwrap();
    let ip = peer().ip();
    let now = Micros::now();
    let refused = house
        .engine
        .confirm_totp(&ana, &first.code(now), login(), ip)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, SignInRefused::WrongCode),
        "another secret was drawn since: {refused}"
    );
    let codes = house
        .engine
        .confirm_totp(&ana, &second.code(now), login(), ip)
        .await
        .unwrap();
    assert_eq!(codes.len(), 10);
    assert!(
        house.engine.begin_totp(&ana).await.unwrap().is_none(),
        "an app that counts is not replaced"
    );
    let refused = house
        .engine
        .check_code(&ana, &second.code(now), ip)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, SignInRefused::WrongCode),
        "the first code is used up too: {refused}"
    );
}

#[tokio::test]
async fn a_recovery_code_works_once_and_is_counted() {
    let script = ana();
    let house = house(&script).await;
    app(&house).await;
    let (ana, ip) = (person(&house), peer().ip());
    let code = SecretText::new("AA-AA");
    assert_eq!(
        house.engine.check_code(&ana, &code, ip).await.unwrap(),
        SecondProof::RecoveryCode
    );
    assert!(house.engine.check_code(&ana, &code, ip).await.is_err());
    let used = house.audited("recovery_code.used").await;
    assert_eq!(used[0].detail["left"], 1);
    assert!(!format!("{used:?}").to_ascii_lowercase().contains("aaaa"));
}

#[tokio::test]
async fn a_right_password_makes_no_room_for_more_wrong_codes() {
    let script = ana();
    let house = house(&script).await;
    let totp = app(&house).await;
    let (ana, ip) = (person(&house), peer().ip());
    let (right, wrong) = (SecretText::new(PASSWORD), SecretText::new("000000x"));
    for _ in 0..Limits::default().user_failures {
        house.engine.sign_in("ana", &right, ip).await.unwrap();
        let refused = house.engine.check_code(&ana, &wrong, ip).await.unwrap_err();
        assert!(matches!(refused, SignInRefused::WrongCode), "{refused}");
    }
    let paused = house
        .engine
        .check_code(&ana, &totp.code(Micros::now()), ip)
        .await
        .unwrap_err();
    assert!(matches!(paused, SignInRefused::LockedOut { .. }), "{paused}");
    let paused = house.engine.sign_in("ana", &right, ip).await.unwrap_err();
    assert!(matches!(paused, SignInRefused::LockedOut { .. }), "{paused}");
}

#[tokio::test]
async fn who_cannot_be_asked_is_told_why() {
    let script = ana();
    let house = house(&script).await;
    app(&house).await;
    call(&house, &script).await.unwrap();
    assert!(
        script.has("a password alone is not enough for you"),
        "{:?}",
        script.log
    );
    assert!(house.sessions().await.is_empty());
    assert_eq!(failures(&house).await, ["password alone"]);
}

#[tokio::test]
async fn a_profile_that_needs_a_second_factor_takes_nobody_without_one() {
    let script = ana();
    let house = house(&script).await;
    let key = ssh_keys::generate_ed25519("ana's key").unwrap();
    let user = User {
        ssh_keys: vec![key.public_key().to_openssh().unwrap()],
        ..User::default()
    };
    let blob = key.public_key().to_bytes().unwrap();
    house.apply(vec![Put::new("ana", Spec::User(user))]).await;
    let by_key = |more: Vec<Offer>| {
        let offers = [vec![Offer::Signed(blob.clone())], more].concat();
        Script::new("ana", offers)
    };

    // With an app, a key alone is enough where the profile does not say otherwise.
    let profile = Profile {
        second_factor: SecondFactor::Required,
        ..Profile::default()
    };
    let strict = vec![Put::new("short", Spec::Profile(profile))];
    gets_in(&house, &by_key(Vec::new())).await;
    house.apply(strict).await;

    let script = by_key(Vec::new());
    call(&house, &script).await.unwrap();
    assert!(
        script.has("a second factor is needed for `target`, and you have none yet"),
        "{:?}",
        script.log
    );
    let refused = house.in_state(State::Denied).await;
    assert_eq!(refused.session.access_rule, "everybody");

    let totp = app(&house).await;
    let script = by_key(Vec::new());
    call(&house, &script).await.unwrap();
    assert!(script.has("and none was shown"), "{:?}", script.log);
    gets_in(&house, &by_key(vec![typed(&totp.code(Micros::now()))])).await;
}
