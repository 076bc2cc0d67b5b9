//! Tokens, logins, links, failures and host keys.

use std::net::IpAddr;

use domain::{
    Micros, ObjectId, Span,
    object::{Spec, User},
    person::Factors,
};
use serde_json::json;
use store::{
    Asked, AuditQuery, DeviceLogin, FactorsHeld, Failures, HostKey, HostKeyMatch, Link, Login, Polled, Put,
    Room, SealedSecret, Token, TokenForm, TokenHash, TotpKept,
};
use uuid::Uuid;

use crate::{
    db::{Db, on_both},
    make::{NOON, cause, object, secs},
};

on_both!(
    a_token_works_until_it_ends_or_is_revoked,
    use_of_a_token_is_noted_once_a_minute,
    a_login_works_until_it_ends,
    a_link_works_once,
    failures_are_counted_by_name_and_address,
    the_first_host_key_is_trusted_and_no_other,
    what_has_ended_is_swept_away,
    hashes_are_not_printed,
    a_code_is_taken_once_and_an_app_counts_once_it_has_shown_one,
    strangers_leave_no_more_rows_than_there_is_room_for,
    a_program_is_let_in_once_and_by_one_decision,
    what_was_made_with_a_token_is_taken_away_with_it,
);

pub(crate) fn token(user: ObjectId) -> Token {
    Token {
        id: Uuid::now_v7(),
        user,
        name: "ci".into(),
        hash: TokenHash(b"token-hash".to_vec()),
        scopes: vec!["sessions:read".into()],
        created_at: NOON,
        expires_at: secs(100),
        last_used_at: Micros::NEVER,
        factors: Factors::Two,
        database: None,
        form: TokenForm::Api,
        parent: None,
    }
}

fn login(user: ObjectId) -> Login {
    Login {
        hash: TokenHash(b"cookie-hash".to_vec()),
        user,
        factors: Factors::Two,
        csrf: TokenHash(b"csrf-hash".to_vec()),
        client_ip: "192.0.2.1".into(),
        user_agent: "Mozilla".into(),
        created_at: NOON,
        seen_at: NOON,
        expires_at: secs(100),
    }
}

fn link() -> Link {
    Link {
        hash: TokenHash(b"link-hash".to_vec()),
        purpose: "setup".into(),
        user: None,
        detail: json!({"role": "admin"}),
        created_at: NOON,
        expires_at: secs(100),
    }
}

async fn kinds(db: &Db) -> Vec<(String, String)> {
    let page = db.store.audit(&AuditQuery::default()).await.unwrap();
    page.rows
        .into_iter()
        .rev()
        .map(|row| (row.event.kind, row.event.object))
        .collect()
}

async fn anna(db: &Db) -> ObjectId {
    db.store
        .put_object(Put::new("anna", Spec::User(User::default())), cause(NOON))
        .await
        .unwrap()
        .id
}

async fn a_token_works_until_it_ends_or_is_revoked(db: Db) {
    let user = anna(&db).await;
    let made = token(user);
    db.store.create_token(made.clone(), cause(NOON)).await.unwrap();
    assert_eq!(
        db.store.token(&made.hash, secs(99)).await.unwrap(),
        Some(made.clone())
    );
    assert_eq!(db.store.token(&made.hash, secs(100)).await.unwrap(), None);
    assert_eq!(
        db.store.token(&TokenHash(b"other".to_vec()), NOON).await.unwrap(),
        None
    );
    let same = Token {
        id: Uuid::now_v7(),
        ..made.clone()
    };
    assert!(db.store.create_token(same, cause(NOON)).await.is_err());
    let lasting = Token {
        id: Uuid::now_v7(),
        hash: TokenHash(vec![1]),
        expires_at: Micros::NEVER,
        ..made.clone()
    };
    db.store.create_token(lasting.clone(), cause(NOON)).await.unwrap();
    assert_eq!(
        db.store.token(&lasting.hash, secs(1 << 40)).await.unwrap(),
        Some(lasting.clone())
    );
    assert_eq!(
        db.store.tokens(Some(user)).await.unwrap(),
        [made.clone(), lasting]
    );
    assert_eq!(db.store.tokens(Some(object(9))).await.unwrap(), []);
    assert!(db.store.revoke_token(made.id, cause(NOON)).await.unwrap());
    assert!(!db.store.revoke_token(made.id, cause(NOON)).await.unwrap());
    assert_eq!(db.store.token(&made.hash, NOON).await.unwrap(), None);
    let about = |kind: &str| (kind.to_owned(), "user/anna".to_owned());
    assert_eq!(
        kinds(&db).await[1..],
        [
            about("token.created"),
            about("token.created"),
            about("token.revoked")
        ]
    );
}

async fn use_of_a_token_is_noted_once_a_minute(db: Db) {
    let user = anna(&db).await;
    let made = token(user);
    db.store.create_token(made.clone(), cause(NOON)).await.unwrap();
    let touched = async |at| {
        let found = db.store.token(&made.hash, NOON).await.unwrap().unwrap();
        db.store.touch_token(&found, at).await.unwrap();
        db.store
            .token(&made.hash, NOON)
            .await
            .unwrap()
            .unwrap()
            .last_used_at
    };
    assert_eq!(touched(secs(1)).await, secs(1));
    assert_eq!(touched(secs(60)).await, secs(1));
    assert_eq!(touched(secs(61)).await, secs(61));
}

async fn a_login_works_until_it_ends(db: Db) {
    let user = anna(&db).await;
    let made = login(user);
    db.store.create_login(made.clone(), cause(NOON)).await.unwrap();
    assert_eq!(
        db.store.login(&made.hash, secs(99)).await.unwrap(),
        Some(made.clone())
    );
    assert_eq!(db.store.login(&made.hash, secs(100)).await.unwrap(), None);
    db.store.touch_login(&made, secs(61), secs(161)).await.unwrap();
    let moved = db.store.login(&made.hash, secs(160)).await.unwrap().unwrap();
    assert_eq!((moved.seen_at, moved.expires_at), (secs(61), secs(161)));
    assert_eq!(db.store.logins(user, NOON).await.unwrap(), [moved]);
    assert!(db.store.end_login(&made.hash, cause(NOON)).await.unwrap());
    assert!(!db.store.end_login(&made.hash, cause(NOON)).await.unwrap());
    for byte in 0..3 {
        let one = Login {
            hash: TokenHash(vec![byte]),
            ..made.clone()
        };
        db.store.create_login(one, cause(NOON)).await.unwrap();
    }
    assert_eq!(db.store.end_logins(user, cause(NOON)).await.unwrap(), 3);
    assert_eq!(db.store.end_logins(user, cause(NOON)).await.unwrap(), 0);
    assert_eq!(
        kinds(&db)
            .await
            .iter()
            .filter(|(kind, _)| kind == "login.ended")
            .count(),
        2
    );
}

async fn a_link_works_once(db: Db) {
    db.store.create_link(link()).await.unwrap();
    assert_eq!(db.store.use_link(&link().hash, secs(100)).await.unwrap(), None);
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let store = db.store.clone();
            tokio::spawn(async move { store.use_link(&link().hash, secs(1)).await.unwrap() })
        })
        .collect();
    let mut got = Vec::new();
    for task in tasks {
        got.extend(task.await.unwrap());
    }
    assert_eq!(got, [link()]);
    let own = Link {
        user: Some(object(5)),
        detail: serde_json::Value::Null,
        ..link()
    };
    db.store.create_link(own.clone()).await.unwrap();
    assert_eq!(db.store.use_link(&own.hash, NOON).await.unwrap(), Some(own));
}

async fn failures_are_counted_by_name_and_address(db: Db) {
    let hour = Span::secs(3600);
    let (here, there): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap());
    let neighbour: IpAddr = "2001:db8::ffff".parse().unwrap();
    let failed = async |user: &str, address, at| {
        let (user, address) = db.store.login_failed(user, address, at, hour).await.unwrap();
        (user.count, address.count)
    };
    assert_eq!(failed("anna", here, NOON).await, (1, 1));
    assert_eq!(failed("anna", there, secs(1)).await, (2, 1));
    assert_eq!(failed("bert", here, secs(2)).await, (1, 2));
    assert_eq!(failed("carla", neighbour, secs(3)).await, (1, 2));
    let (user, address) = db
        .store
        .login_failures("anna", here, secs(3), hour)
        .await
        .unwrap();
    assert_eq!(
        user,
        Failures {
            count: 2,
            first_at: NOON,
            last_at: secs(1)
        }
    );
    assert_eq!(
        address,
        Failures {
            count: 2,
            first_at: NOON,
            last_at: secs(2)
        }
    );
    let (user, _) = db
        .store
        .login_failures("anna", here, secs(3700), hour)
        .await
        .unwrap();
    assert_eq!(user, Failures::default());
    assert_eq!(failed("anna", here, secs(3700)).await, (1, 1));
    db.store.forget_failures("anna", None).await.unwrap();
    assert_eq!(failed("anna", here, secs(3701)).await, (1, 2));
    db.store.forget_failures("anna", Some(here)).await.unwrap();
    assert_eq!(failed("anna", here, secs(3702)).await, (1, 1));
}

async fn the_first_host_key_is_trusted_and_no_other(db: Db) {
    let key = |byte: u8| HostKey {
        resource: object(1),
        algorithm: "ssh-ed25519".into(),
        key: vec![byte; 32],
        first_seen: NOON,
        pinned_by: "first use".into(),
    };
    let tasks: Vec<_> = (0..6)
        .map(|byte| {
            let store = db.store.clone();
            tokio::spawn(async move { store.trust_on_first_use(key(byte), cause(NOON)).await.unwrap() })
        })
        .collect();
    let mut pinned = 0;
    for task in tasks {
        match task.await.unwrap() {
            HostKeyMatch::Pinned => pinned += 1,
            HostKeyMatch::Differs(known) => assert_eq!(known.len(), 1),
            HostKeyMatch::Known => panic!("no two are equal"),
        }
    }
    assert_eq!(pinned, 1);
    let known = db.store.host_keys(object(1)).await.unwrap();
    let again = db
        .store
        .trust_on_first_use(known[0].clone(), cause(NOON))
        .await
        .unwrap();
    assert_eq!(again, HostKeyMatch::Known);
    db.store
        .set_host_keys(object(1), vec![key(7), key(8)], cause(NOON))
        .await
        .unwrap();
    assert_eq!(db.store.host_keys(object(1)).await.unwrap(), [key(7), key(8)]);
    assert_eq!(
        db.store.trust_on_first_use(key(8), cause(NOON)).await.unwrap(),
        HostKeyMatch::Known
    );
    assert!(
        db.store
            .set_host_keys(object(2), vec![key(7)], cause(NOON))
            .await
            .is_err()
    );
    let page = db
        .store
        .audit(&AuditQuery {
            kinds: vec!["host_key.".into()],
            ..AuditQuery::default()
        })
        .await
        .unwrap();
    let kinds: Vec<_> = page.rows.iter().map(|row| row.event.kind.as_str()).collect();
    assert_eq!(kinds, ["host_key.changed", "host_key.pinned"]);
    assert!(
        page.rows[1].event.changes[0].new[0]
            .as_str()
            .unwrap()
            .starts_with("ssh-ed25519 SHA256:")
    );
}

async fn what_has_ended_is_swept_away(db: Db) {
    db.store
        .create_token(token(object(1)), cause(NOON))
        .await
        .unwrap();
    db.store
        .create_login(login(object(1)), cause(NOON))
        .await
        .unwrap();
    db.store.create_link(link()).await.unwrap();
    let here = "192.0.2.1".parse().unwrap();
    db.store
        .login_failed("anna", here, NOON, Span::secs(60))
        .await
        .unwrap();
    assert_eq!(
        db.store
            .sweep_credentials(secs(50), Span::secs(60))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        db.store
            .sweep_credentials(secs(100), Span::secs(60))
            .await
            .unwrap(),
        5
    );
    assert_eq!(db.store.tokens(None).await.unwrap(), []);
}

async fn strangers_leave_no_more_rows_than_there_is_room_for(db: Db) {
    let room = Room { of_one: 2, of_all: 3 };
    let numbered = |number: u8| Link {
        hash: TokenHash(vec![number]),
        purpose: "passkey login".into(),
        ..link()
    };
    let create = async |number: u8, from: &str| {
        let from: IpAddr = from.parse().unwrap();
        db.store
            .create_link_within(numbered(number), from, room)
            .await
            .unwrap()
    };
    // What somebody has made who has signed in takes no room.
    db.store.create_link(link()).await.unwrap();
    assert!(create(1, "2001:db8::1").await && create(2, "2001:db8::2").await);
    assert!(!create(3, "2001:db8::3").await, "of one network");
    assert!(create(4, "192.0.2.1").await);
    assert!(!create(5, "192.0.2.2").await, "of all");
    db.store.use_link(&numbered(1).hash, secs(1)).await.unwrap();
    assert!(create(6, "2001:db8::3").await, "what was used makes room");
    let later = Link {
        created_at: secs(200),
        expires_at: secs(300),
        ..numbered(7)
    };
    let from = "2001:db8::3".parse().unwrap();
    assert!(
        db.store.create_link_within(later, from, room).await.unwrap(),
        "what has ended makes room"
    );
}

fn device(number: u8) -> DeviceLogin {
    DeviceLogin {
        hash: TokenHash(vec![1, number]),
        code: TokenHash(vec![2, number]),
        client: "doorward on laptop".into(),
        client_ip: "192.0.2.1".into(),
        lasts: Span::secs(3600),
        created_at: NOON,
        expires_at: secs(600),
    }
}

async fn a_program_is_let_in_once_and_by_one_decision(db: Db) {
    let (store, user) = (&db.store, object(1));
    let room = Room { of_one: 3, of_all: 9 };
    let from: IpAddr = "192.0.2.1".parse().unwrap();
    for number in 1..=3 {
        assert!(
            store
                .begin_device_login(device(number), from, room)
                .await
                .unwrap()
        );
    }
    assert!(!store.begin_device_login(device(4), from, room).await.unwrap());
    let ask = async |number: u8, at| {
        let polled = store
            .poll_device_login(device(number).hash, at, Span::secs(2))
            .await;
        polled.unwrap()
    };
    assert_eq!(ask(1, secs(2)).await, Polled::Waits);
    assert_eq!(ask(1, secs(3)).await, Polled::TooOften);
    assert_eq!(ask(1, secs(5)).await, Polled::Waits);
    assert_eq!(ask(9, secs(5)).await, Polled::Unknown);
    let found = store.device_login(&device(1).code, secs(6)).await.unwrap();
    assert_eq!(found, Some(device(1)));
    let decide = async |number: u8, said, at| {
        let decided = store.decide_device_login(device(number).code, user, said, cause(at));
        decided.await.unwrap()
    };
    assert!(decide(1, Asked::LetIn(Factors::Two), secs(7)).await);
    assert!(!decide(1, Asked::Refused, secs(8)).await, "it is decided");
    assert_eq!(store.device_login(&device(1).code, secs(8)).await.unwrap(), None);
    let let_in = Polled::LetIn {
        user,
        factors: Factors::Two,
        login: device(1),
    };
    assert_eq!(ask(1, secs(8)).await, let_in);
    assert_eq!(ask(1, secs(9)).await, Polled::Unknown, "it is told once");
    assert!(decide(2, Asked::Refused, secs(9)).await);
    assert_eq!(ask(2, secs(9)).await, Polled::Refused);
    assert!(
        !decide(3, Asked::LetIn(Factors::One), secs(600)).await,
        "too late"
    );
    assert_eq!(ask(3, secs(600)).await, Polled::Unknown);
    assert_eq!(
        store.sweep_credentials(secs(600), Span::secs(60)).await.unwrap(),
        1
    );
    let kinds: Vec<_> = kinds(&db).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["device_login.confirmed", "device_login.refused"]);
}

async fn what_was_made_with_a_token_is_taken_away_with_it(db: Db) {
    let login = Token {
        form: TokenForm::Login,
        ..token(object(1))
    };
    let child = Token {
        id: Uuid::now_v7(),
        hash: TokenHash(b"child".to_vec()),
        parent: Some(login.id),
        ..token(object(1))
    };
    let other = Token {
        id: Uuid::now_v7(),
        hash: TokenHash(b"other".to_vec()),
        ..token(object(1))
    };
    for token in [&login, &child, &other] {
        db.store.create_token(token.clone(), cause(NOON)).await.unwrap();
    }
    let found = db.store.token_by_id(login.id, secs(1)).await.unwrap();
    assert_eq!(found, Some(login.clone()));
    assert_eq!(db.store.token_by_id(login.id, secs(100)).await.unwrap(), None);
    assert!(db.store.revoke_token(login.id, cause(secs(1))).await.unwrap());
    assert_eq!(db.store.tokens(None).await.unwrap(), [other]);
}

async fn hashes_are_not_printed(db: Db) {
    let told = format!(
        "{:?} {:?} {:?} {:?}",
        token(object(1)),
        login(object(1)),
        link(),
        db.store
    );
    assert!(told.contains("***") && !told.contains("116, 111"), "{told}");
    db.store
        .create_token(token(object(1)), cause(NOON))
        .await
        .unwrap();
    let error = db
        .store
        .create_token(token(object(1)), cause(NOON))
        .await
        .unwrap_err();
    let mut chain = format!("{error} {error:?}");
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        chain.push(' ');
        chain.push_str(&inner.to_string());
        source = inner.source();
    }
    // `token-hash`, as PostgreSQL would show it.
    assert!(!chain.contains("746f6b656e2d68617368"), "{chain}");
}

async fn a_code_is_taken_once_and_an_app_counts_once_it_has_shown_one(db: Db) {
    let store = &db.store;
    let user = object(1);
    assert!(
        store
            .begin_totp(user, SealedSecret(b"one".to_vec()))
            .await
            .unwrap()
    );
    assert!(
        store
            .begin_totp(user, SealedSecret(b"two".to_vec()))
            .await
            .unwrap()
    );
    let kept = store.totp(user).await.unwrap().unwrap();
    assert_eq!(
        (kept.sealed.0.as_slice(), kept.confirmed_at),
        (&b"two"[..], Micros::NEVER)
    );
    assert!(!store.factors_held(user).await.unwrap().any());
    assert!(!store.use_totp(user, 8).await.unwrap(), "it does not count yet");

    // The login that it is done with gets two factors, the others end.
    let mut here = login(user);
    here.factors = Factors::One;
    let there = Login {
        hash: TokenHash(b"elsewhere".to_vec()),
        ..here.clone()
    };
    for one in [&here, &there] {
        store.create_login(one.clone(), cause(NOON)).await.unwrap();
    }
    let other = TotpKept {
        sealed: SealedSecret(b"one".to_vec()),
        ..kept.clone()
    };
    let codes = vec![TokenHash(b"a".to_vec()), TokenHash(b"b".to_vec())];
    let confirm =
        |kept: TotpKept| store.confirm_totp(user, kept, 7, codes.clone(), here.hash.clone(), cause(NOON));
    assert!(!confirm(other).await.unwrap(), "another app was begun since");
    assert!(confirm(kept.clone()).await.unwrap());
    assert!(!confirm(kept).await.unwrap());
    let found = store.login(&here.hash, NOON).await.unwrap().unwrap();
    assert_eq!(found.factors, Factors::Two);
    assert!(store.login(&there.hash, NOON).await.unwrap().is_none());
    assert!(
        !store
            .begin_totp(user, SealedSecret(b"three".to_vec()))
            .await
            .unwrap()
    );

    for (step, taken) in [
        (7, false),
        (8, true),
        (8, false),
        (7, false),
        (10, true),
        (9, false),
    ] {
        assert_eq!(store.use_totp(user, step).await.unwrap(), taken, "{step}");
    }
    let (one, two) = tokio::join!(store.use_totp(user, 11), store.use_totp(user, 11));
    assert!(one.unwrap() != two.unwrap(), "of two at once one is taken");

    let code = || TokenHash(b"a".to_vec());
    assert!(
        !store
            .use_recovery_code(object(2), code(), cause(NOON))
            .await
            .unwrap()
    );
    assert!(store.use_recovery_code(user, code(), cause(NOON)).await.unwrap());
    assert!(!store.use_recovery_code(user, code(), cause(NOON)).await.unwrap());
    assert_eq!(store.factors_held(user).await.unwrap().recovery_codes, 1);

    assert!(store.reset_factors(user, cause(NOON)).await.unwrap());
    assert!(!store.reset_factors(user, cause(NOON)).await.unwrap());
    assert_eq!(store.factors_held(user).await.unwrap(), FactorsHeld::default());
    assert!(store.login(&here.hash, NOON).await.unwrap().is_none());
    let log = store.audit(&AuditQuery::default()).await.unwrap();
    let mut kinds = log.rows.iter().map(|row| row.event.kind.as_str());
    for kind in ["factor.added", "recovery_code.used", "factor.reset"] {
        assert_eq!(kinds.clone().filter(|known| *known == kind).count(), 1, "{kind}");
    }
    assert!(kinds.all(|kind| kind != "factor.removed"));
}
