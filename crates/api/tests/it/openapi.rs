//! The committed `OpenAPI` document is the one that the code makes.

use std::{collections::BTreeSet, path::PathBuf};

use serde_json::Value;

/// Write the document anew with `UPDATE_OPENAPI=1 cargo test -p api --test openapi`.
#[test]
fn the_committed_document_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let made = serde_json::to_string_pretty(&api::openapi::document()).expect("the document is JSON") + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &made).expect("the document can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "openapi.json is not what the code makes: run with UPDATE_OPENAPI=1 and look at the difference"
    );
}

/// Every operation of the document, with its method and path.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let each = paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    each.collect()
}

#[test]
fn every_operation_has_a_name_of_its_own_and_declares_its_problems() {
    let document = api::openapi::document();
    let operations = operations(&document);
    let names: BTreeSet<_> = operations
        .iter()
        .map(|(_, one)| one["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), operations.len());
    for (name, operation) in &operations {
        let responses = operation["responses"].as_object().unwrap();
        let problem = &responses["default"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem", "{name}");
        let words: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
        assert!(words.is_empty() || responses.contains_key("422"), "{name}");
    }
    let with_version = [
        "post /v1/sessions/{id}:{verb}",
        "put /v1/objects/{kind}/{name}",
        "delete /v1/objects/{kind}/{name}",
    ];
    for (name, operation) in operations
        .iter()
        .filter(|(name, _)| with_version.contains(&name.as_str()))
    {
        let mut words = operation["parameters"].as_array().unwrap().iter();
        assert!(
            words.any(|one| one["name"] == "If-Match" && one["in"] == "header"),
            "{name}"
        );
    }
}

#[test]
fn an_answer_holds_every_key_and_a_request_only_what_it_must() {
    let document = api::openapi::document();
    let required = |schema: &str| -> Vec<&str> {
        let keys = document["components"]["schemas"][schema]["required"].as_array();
        keys.into_iter()
            .flatten()
            .map(|key| key.as_str().unwrap())
            .collect()
    };
    assert!(
        required("SessionView").contains(&"ended_at"),
        "null while it runs, and there"
    );
    assert!(required("SessionList").contains(&"next_cursor"));
    assert!(!required("Problem").contains(&"retry_after"));
    assert!(required("Order").is_empty(), "each has a default");
    assert_eq!(required("ViewBody"), ["query"]);
}

#[test]
fn examples_hold_only_what_their_schemas_have() {
    let document = api::openapi::document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut seen = 0;
    for (name, schema) in schemas {
        for key in schema["example"]
            .as_object()
            .into_iter()
            .flat_map(|example| example.keys())
        {
            assert!(schema["properties"].get(key).is_some(), "{name}.{key}");
            seen += 1;
        }
    }
    assert!(seen > 20);
}
