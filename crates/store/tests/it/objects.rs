//! Declared objects and standing locks.

use domain::{
    audit::Change,
    object::{AccessRule, Account, Group, Kind, Profile, Secret, SecretText, Selector, Spec, User},
    policy::{Directory, StandingLock},
    session::{Lock, LockScope, Named},
};
use serde_json::{Value, json};
use store::{AuditQuery, ObjectError, PasswordHash, Put, Sealed, SealedSecret, Verdict};

use crate::{
    db::{Db, on_both},
    make::{NOON, cause, object, secs},
};

on_both!(
    applying_twice_changes_nothing,
    a_dry_run_says_what_would_change_and_does_nothing,
    what_an_object_names_must_exist,
    a_failing_document_takes_the_others_back,
    a_change_is_audited_with_old_and_new_and_without_secrets,
    a_secret_that_was_not_made_safe_is_refused,
    an_object_of_another_version_is_refused,
    an_object_that_others_name_stays,
    deleting_a_user_takes_its_credentials_along,
    the_directory_is_watched_by_every_node,
    a_standing_lock_is_put_replaced_and_taken_away,
    concurrent_changes_are_one_after_the_other,
);

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn user() -> Spec {
    Spec::User(User {
        email: "anna@example.org".into(),
        ..User::default()
    })
}

fn resource() -> Spec {
    Spec::read(
        Kind::Resource,
        json!({"type": "ssh", "host": "10.0.0.1", "labels": {"env": "prod"}}),
    )
    .unwrap()
}

/// One of each kind; in an order in which nothing is there when it is named.
fn all() -> Vec<Put> {
    let rule = AccessRule {
        users: names(&["*"]),
        groups: names(&["ops"]),
        resources: Selector {
            names: names(&["web-1", "*"]),
            ..Selector::default()
        },
        accounts: names(&["deploy"]),
        profile: Some("short".into()),
        ..AccessRule::default()
    };
    let account = Account {
        login: String::new(),
        resources: Selector {
            names: names(&["web-1"]),
            ..Selector::default()
        },
        secret: Some("deploy-key".into()),
    };
    vec![
        Put::new("everyone", Spec::AccessRule(rule)),
        Put::new("deploy", Spec::Account(account)),
        Put::new(
            "ops",
            Spec::Group(Group {
                members: names(&["anna"]),
                ..Group::default()
            }),
        ),
        Put::new(
            "short",
            Spec::Profile(Profile {
                max_duration_secs: 60,
                ..Profile::default()
            }),
        ),
        Put::new("web-1", resource()),
        Put::new("deploy-key", Spec::Secret(Secret::default())),
        Put::new("anna", user()),
    ]
}

async fn audited(db: &Db) -> usize {
    db.store.audit_since(0, 1000).await.unwrap().len()
}

async fn applying_twice_changes_nothing(db: Db) {
    let applied = db.store.apply(all(), cause(NOON)).await.unwrap();
    assert!(
        applied
            .iter()
            .all(|one| one.verdict == Verdict::Created && one.version == 1),
        "{applied:?}"
    );
    assert_eq!(applied[0].name, "everyone");
    assert_eq!(
        (audited(&db).await, db.store.directory_version().await.unwrap()),
        (7, 1)
    );
    let again = db.store.apply(all(), cause(secs(1))).await.unwrap();
    assert!(
        again
            .iter()
            .all(|one| one.verdict == Verdict::Unchanged && one.changes.is_empty()),
        "{again:?}"
    );
    assert_eq!(again[3].id, applied[3].id);
    assert_eq!(
        (audited(&db).await, db.store.directory_version().await.unwrap()),
        (7, 1)
    );
    let stored = db.store.object(Kind::Resource, "web-1").await.unwrap().unwrap();
    assert_eq!(
        (stored.spec, stored.version, stored.created_at),
        (resource(), 1, NOON)
    );
    let kinds = db.store.objects(None).await.unwrap();
    assert_eq!(kinds.len(), 7);
    assert_eq!(db.store.objects(Some(Kind::User)).await.unwrap().len(), 1);
    let (objects, locks, version) = db.store.directory().await.unwrap();
    let directory = Directory::of(objects, locks, version);
    let anna = directory.person("anna").unwrap();
    assert_eq!(
        domain::policy::decide(&directory, &anna, "web-1", None)
            .unwrap()
            .account,
        "deploy"
    );
}

async fn a_dry_run_says_what_would_change_and_does_nothing(db: Db) {
    let would = db.store.dry_run(all()).await.unwrap();
    assert!(would.iter().all(|one| one.verdict == Verdict::Created));
    assert_eq!(db.store.objects(None).await.unwrap(), []);
    db.store.apply(all(), cause(NOON)).await.unwrap();
    let mut puts = all();
    puts[4] = Put::new(
        "web-1",
        Spec::read(
            Kind::Resource,
            json!({"type": "ssh", "host": "10.0.0.2", "port": 2222}),
        )
        .unwrap(),
    );
    let would = db.store.dry_run(puts.clone()).await.unwrap();
    let change = |field: &str, old: Value, new: Value| Change {
        field: field.into(),
        old,
        new,
    };
    assert_eq!(
        would[4].changes,
        [
            change("host", json!("10.0.0.1"), json!("10.0.0.2")),
            change("labels", json!({"env": "prod"}), Value::Null),
            change("port", Value::Null, json!(2222)),
        ]
    );
    assert_eq!(
        (would[4].verdict, would[4].version, would[3].verdict),
        (Verdict::Changed, 2, Verdict::Unchanged)
    );
    assert_eq!(audited(&db).await, 7);
    let did = db.store.apply(puts, cause(secs(1))).await.unwrap();
    assert_eq!(did, would);
    let stored = db.store.object(Kind::Resource, "web-1").await.unwrap().unwrap();
    assert_eq!(
        (stored.version, stored.created_at, stored.updated_at),
        (2, NOON, secs(1))
    );
}

async fn what_an_object_names_must_exist(db: Db) {
    let fields = [
        (6, "members", "group/ops", "there is no user `anna`"),
        (5, "secret", "account/deploy", "there is no secret `deploy-key`"),
        (
            4,
            "resources.names",
            "access_rule/everyone",
            "there is no resource `web-1`",
        ),
        (
            3,
            "profile",
            "access_rule/everyone",
            "there is no profile `short`",
        ),
        (2, "groups", "access_rule/everyone", "there is no group `ops`"),
        (
            1,
            "accounts",
            "access_rule/everyone",
            "there is no account `deploy`",
        ),
    ];
    for (left_out, want_field, want_object, want_why) in fields {
        let mut puts = all();
        puts.remove(left_out);
        for error in [
            db.store.apply(puts.clone(), cause(NOON)).await.unwrap_err(),
            db.store.dry_run(puts).await.unwrap_err(),
        ] {
            let ObjectError::Invalid { object, field, why } = error else {
                panic!("{error}");
            };
            assert_eq!(
                (object.as_str(), field.as_str(), why.as_str()),
                (want_object, want_field, want_why)
            );
        }
    }
    let twice = vec![Put::new("anna", user()), Put::new("anna", user())];
    assert!(matches!(
        db.store.apply(twice, cause(NOON)).await,
        Err(ObjectError::Invalid { .. })
    ));
    for name in ["", "*", " a", "a\n", &"x".repeat(256)] {
        let put = db.store.put_object(Put::new(name, user()), cause(NOON)).await;
        assert!(matches!(put, Err(ObjectError::Invalid { .. })), "{name:?}");
    }
}

async fn a_failing_document_takes_the_others_back(db: Db) {
    let mut puts = all();
    puts.push(Put::new(
        "late",
        Spec::Group(Group {
            members: names(&["nobody"]),
            ..Group::default()
        }),
    ));
    assert!(db.store.apply(puts, cause(NOON)).await.is_err());
    assert_eq!(db.store.objects(None).await.unwrap(), []);
    assert_eq!(
        (audited(&db).await, db.store.directory_version().await.unwrap()),
        (0, 0)
    );
}

async fn a_change_is_audited_with_old_and_new_and_without_secrets(db: Db) {
    let open = User {
        password: Some(SecretText::new("hunter2")),
        ..User::default()
    };
    let hash = PasswordHash("$argon2id$hunter-hash".into());
    let put = Put::new("anna", Spec::User(open)).with_sealed(Sealed::Password(hash.clone()));
    let made = db.store.put_object(put, cause(NOON)).await.unwrap();
    assert_eq!(db.store.password(made.id).await.unwrap(), Some(hash));
    let value = Secret {
        value: Some(SecretText::new("hunter3")),
        ..Secret::default()
    };
    let sealed = Sealed::Secret(SealedSecret(b"sealed-hunter3".to_vec()));
    let put = Put::new("key", Spec::Secret(value)).with_sealed(sealed.clone());
    db.store.put_object(put.clone(), cause(secs(1))).await.unwrap();
    let again = db.store.put_object(put, cause(secs(2))).await.unwrap();
    assert_eq!((again.verdict, again.version), (Verdict::Changed, 2));
    assert_eq!(
        db.store.secret("key").await.unwrap(),
        Some((SealedSecret(b"sealed-hunter3".to_vec()), 2))
    );
    assert_eq!(db.store.secret("none").await.unwrap(), None);
    let page = db.store.audit(&AuditQuery::default()).await.unwrap();
    let kinds: Vec<_> = page.rows.iter().map(|row| row.event.kind.as_str()).collect();
    assert_eq!(kinds, ["secret.changed", "secret.created", "user.created"]);
    assert_eq!(page.rows[0].event.object, "secret/key");
    let change = page.rows[0].event.changes.last().unwrap();
    assert_eq!(
        (change.field.as_str(), &change.old, &change.new),
        ("value", &json!("***"), &json!("***"))
    );
    let told = format!(
        "{page:?} {again:?} {sealed:?} {:?}",
        db.store.objects(None).await.unwrap()
    );
    assert!(!told.contains("hunter"), "{told}");
}

async fn a_secret_that_was_not_made_safe_is_refused(db: Db) {
    let open = Spec::User(User {
        password: Some(SecretText::new("hunter2")),
        ..User::default()
    });
    let error = db
        .store
        .put_object(Put::new("anna", open), cause(NOON))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, ObjectError::Invalid { field, .. } if field == "password"),
        "{error}"
    );
    assert!(!error.to_string().contains("hunter2"));
    let odd = Put::new("web-1", resource()).with_sealed(Sealed::Password(PasswordHash("x".into())));
    assert!(matches!(
        db.store.put_object(odd, cause(NOON)).await,
        Err(ObjectError::Invalid { .. })
    ));
}

async fn an_object_of_another_version_is_refused(db: Db) {
    let put = || Put::new("anna", user());
    let new = db.store.put_object(put().expecting(3), cause(NOON)).await;
    assert!(
        matches!(
            new,
            Err(ObjectError::Stale {
                expected: 3,
                found: 0,
                ..
            })
        ),
        "{new:?}"
    );
    db.store
        .put_object(put().expecting(0), cause(NOON))
        .await
        .unwrap();
    let twice = db.store.put_object(put().expecting(0), cause(NOON)).await;
    assert!(
        matches!(
            twice,
            Err(ObjectError::Stale {
                expected: 0,
                found: 1,
                ..
            })
        ),
        "{twice:?}"
    );
    let delete = db
        .store
        .delete_object(Kind::User, "anna", Some(2), cause(NOON))
        .await;
    assert!(
        matches!(
            delete,
            Err(ObjectError::Stale {
                expected: 2,
                found: 1,
                ..
            })
        ),
        "{delete:?}"
    );
    db.store
        .delete_object(Kind::User, "anna", Some(1), cause(NOON))
        .await
        .unwrap();
    let gone = db
        .store
        .delete_object(Kind::User, "anna", None, cause(NOON))
        .await;
    assert!(matches!(gone, Err(ObjectError::NotFound(_))), "{gone:?}");
}

async fn an_object_that_others_name_stays(db: Db) {
    db.store.apply(all(), cause(NOON)).await.unwrap();
    let delete = db
        .store
        .delete_object(Kind::Resource, "web-1", None, cause(NOON))
        .await;
    let Err(ObjectError::Referenced { object, by }) = delete else {
        panic!("{delete:?}");
    };
    assert_eq!(
        (object.as_str(), by),
        (
            "resource/web-1",
            names(&["access_rule/everyone", "account/deploy"])
        )
    );
    db.store
        .delete_object(Kind::AccessRule, "everyone", None, cause(NOON))
        .await
        .unwrap();
    db.store
        .delete_object(Kind::Account, "deploy", None, cause(NOON))
        .await
        .unwrap();
    db.store
        .delete_object(Kind::Resource, "web-1", None, cause(NOON))
        .await
        .unwrap();
    let page = db
        .store
        .audit(&AuditQuery {
            kinds: names(&["resource.deleted"]),
            ..AuditQuery::default()
        })
        .await;
    let change = |event: &domain::audit::AuditEvent| {
        event.changes.iter().any(|c| c.field == "host" && c.new.is_null())
    };
    assert!(change(&page.unwrap().rows[0].event));
}

async fn deleting_a_user_takes_its_credentials_along(db: Db) {
    let made = db
        .store
        .put_object(Put::new("anna", user()), cause(NOON))
        .await
        .unwrap();
    db.store
        .set_password(made.id, PasswordHash("x".into()), cause(NOON))
        .await
        .unwrap();
    db.store
        .create_token(crate::credentials::token(made.id), cause(NOON))
        .await
        .unwrap();
    db.store
        .put_lock(lock(LockScope::User, made.id.0.as_u128(), "anna"), cause(NOON))
        .await
        .unwrap();
    db.store
        .delete_object(Kind::User, "anna", None, cause(NOON))
        .await
        .unwrap();
    assert_eq!(db.store.password(made.id).await.unwrap(), None);
    assert_eq!(db.store.tokens(None).await.unwrap(), []);
    assert_eq!(db.store.locks().await.unwrap(), []);
}

async fn the_directory_is_watched_by_every_node(db: Db) {
    let mut here = db.store.directory_changed();
    assert_eq!(*here.borrow_and_update(), 0);
    let other = if db.is_sqlite() {
        db.store.clone()
    } else {
        db.again().await
    };
    let mut there = other.directory_changed();
    db.store
        .put_object(Put::new("anna", user()), cause(NOON))
        .await
        .unwrap();
    assert_eq!(*here.borrow_and_update(), 1);
    there.wait_for(|version| *version == 1).await.unwrap();
    other.audit_changed().wait_for(|seq| *seq == 1).await.unwrap();
    // A change of nothing wakes nobody.
    db.store
        .put_object(Put::new("anna", user()), cause(NOON))
        .await
        .unwrap();
    assert!(!here.has_changed().unwrap());
}

fn lock(scope: LockScope, id: u128, name: &str) -> StandingLock {
    StandingLock {
        scope,
        subject: Named {
            id: object(id),
            name: name.into(),
        },
        lock: Lock {
            by: "root".into(),
            at: secs(id as i64 % 100),
            title: "t".into(),
            message: "m".into(),
            scope,
        },
    }
}

async fn a_standing_lock_is_put_replaced_and_taken_away(db: Db) {
    let (one, mut two) = (
        lock(LockScope::User, 1, "anna"),
        lock(LockScope::Resource, 2, "web-1"),
    );
    db.store.put_lock(one.clone(), cause(NOON)).await.unwrap();
    db.store.put_lock(two.clone(), cause(NOON)).await.unwrap();
    two.lock.message = "other words".into();
    db.store.put_lock(two.clone(), cause(NOON)).await.unwrap();
    assert_eq!(db.store.locks().await.unwrap(), [one, two.clone()]);
    assert!(
        db.store
            .remove_lock(LockScope::User, object(1), cause(NOON))
            .await
            .unwrap()
    );
    assert!(
        !db.store
            .remove_lock(LockScope::User, object(1), cause(NOON))
            .await
            .unwrap()
    );
    assert!(
        db.store
            .put_lock(lock(LockScope::Session, 3, "s"), cause(NOON))
            .await
            .is_err()
    );
    let (_, locks, version) = db.store.directory().await.unwrap();
    assert_eq!((locks, version), (vec![two], 4));
    let page = db.store.audit(&AuditQuery::default()).await.unwrap();
    let kinds: Vec<_> = page.rows.iter().map(|row| row.event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "user.unlocked",
            "resource.locked",
            "resource.locked",
            "user.locked"
        ]
    );
    let change = &page.rows[1].event.changes[0];
    assert_eq!(
        (&change.old["message"], &change.new["message"]),
        (&json!("m"), &json!("other words"))
    );
}

async fn concurrent_changes_are_one_after_the_other(db: Db) {
    let tasks: Vec<_> = (0..10)
        .map(|number| {
            let store = db.store.clone();
            let spec = Spec::User(User {
                email: format!("{number}@example.org"),
                ..User::default()
            });
            tokio::spawn(async move {
                store
                    .put_object(Put::new("anna", spec), cause(NOON))
                    .await
                    .unwrap()
                    .version
            })
        })
        .collect();
    let mut versions = Vec::new();
    for task in tasks {
        versions.push(task.await.unwrap());
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=10).collect::<Vec<_>>());
    assert_eq!(db.store.directory_version().await.unwrap(), 10);
}
