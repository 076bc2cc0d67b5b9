//! The committed `OpenAPI` document is the one that the code makes.

use std::path::PathBuf;

/// Write the document anew with `UPDATE_OPENAPI=1 cargo test -p api --test openapi`.
#[test]
fn the_committed_document_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let made = api::openapi::document()
        .to_pretty_json()
        .expect("the document is JSON")
        + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &made).expect("the document can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "openapi.json is not what the code makes: run with UPDATE_OPENAPI=1 and look at the difference"
    );
}
