//! Saved views: whose they are, how many, and what is on record.

use domain::ObjectId;
use store::{AuditQuery, Error, View};

use crate::{
    db::{Db, on_both},
    make::{NOON, cause, object},
};

on_both!(
    views_are_kept_by_owner_page_and_name,
    nobody_keeps_more_than_a_hundred,
);

fn view(owner: Option<ObjectId>, page: &str, name: &str, query: &str) -> View {
    View {
        owner,
        page: page.into(),
        name: name.into(),
        query: query.into(),
        saved_by: "root".into(),
        updated_at: NOON,
    }
}

async fn views_are_kept_by_owner_page_and_name(db: Db) {
    let (anna, bert) = (object(1), object(2));
    let put = async |view: View| db.store.put_view(view, cause(NOON)).await.unwrap();
    put(view(Some(anna), "sessions", "failed", "status=failed")).await;
    put(view(Some(anna), "audit", "failed", "kind=login.failed")).await;
    put(view(Some(bert), "sessions", "failed", "status=denied")).await;
    put(view(None, "sessions", "failed", "status=all")).await;
    put(view(Some(anna), "sessions", "failed", "status=failed&last=24h")).await;
    put(view(None, "sessions", "failed", "status=failed")).await;
    let queries = async |person, page| {
        let views = db.store.views(person, page).await.unwrap();
        views.into_iter().map(|view| view.query).collect::<Vec<_>>()
    };
    assert_eq!(
        queries(anna, Some("sessions")).await,
        ["status=failed&last=24h", "status=failed"]
    );
    assert_eq!(queries(anna, None).await.len(), 3);
    assert_eq!(queries(bert, None).await, ["status=denied", "status=failed"]);
    let remove = async |owner| {
        let (page, name) = ("sessions".to_owned(), "failed".to_owned());
        db.store
            .remove_view(owner, page, name, cause(NOON))
            .await
            .unwrap()
    };
    assert!(remove(None).await && !remove(None).await);
    assert_eq!(queries(anna, Some("sessions")).await, ["status=failed&last=24h"]);
    // Everybody's are on record with what was before, one's own are not.
    let query = AuditQuery {
        kinds: vec!["view.".into()],
        ..AuditQuery::default()
    };
    let told = db.store.audit(&query).await.unwrap().rows;
    let told: Vec<_> = told
        .iter()
        .map(|row| (row.event.kind.as_str(), &row.event.changes[0]))
        .collect();
    assert_eq!(
        told.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
        ["view.deleted", "view.shared", "view.shared"]
    );
    assert_eq!(
        (told[1].1.old.as_str(), told[1].1.new.as_str()),
        (Some("status=all"), Some("status=failed"))
    );
}

async fn nobody_keeps_more_than_a_hundred(db: Db) {
    let anna = Some(object(1));
    for number in 0..100 {
        let view = view(anna, "sessions", &format!("view {number}"), "");
        db.store.put_view(view, cause(NOON)).await.unwrap();
    }
    let more = db
        .store
        .put_view(view(anna, "sessions", "one more", ""), cause(NOON))
        .await;
    assert!(matches!(more, Err(Error::Invalid(_))));
    // What is there can be changed, and others have room of their own.
    db.store
        .put_view(view(anna, "sessions", "view 7", "a=b"), cause(NOON))
        .await
        .unwrap();
    db.store
        .put_view(view(None, "sessions", "view 7", "a=b"), cause(NOON))
        .await
        .unwrap();
}
