//! What the document says of every operation alike, and what the macros leave open: names, problems, and keys that are always there.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::examples;

/// Keys that an answer leaves out where they say nothing.
const LEFT_OUT: [(&str, &str); 3] = [
    ("Problem", "retry_after"),
    ("Problem", "field"),
    ("TokenView", "token"),
];

/// Operations that nobody has to sign in for.
const OPEN: [(&str, &str); 9] = [
    ("post", "/v1/login"),
    ("post", "/v1/login/device"),
    ("post", "/v1/login/service"),
    ("post", "/v1/login/device/token"),
    ("get", "/v1/setup"),
    ("post", "/v1/setup"),
    ("get", "/v1/health"),
    ("get", "/v1/recording-key"),
    ("get", "/v1/openapi.json"),
];

/// Completes the document.
pub(super) fn polish(document: &mut Value) {
    let sent = sent(document);
    if let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        for (name, schema) in schemas.iter_mut() {
            if !sent.contains(name) {
                require_every_key(name, schema);
            }
            if let (Some(example), Some(schema)) = (examples::of(name), schema.as_object_mut()) {
                schema.insert("example".into(), example);
            }
        }
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                operation.insert("operationId".into(), operation_id(method, path).into());
                declare_problems(method, path, operation);
            }
        }
    }
}

/// Names an operation after its method and its path: `get_sessions_by_id`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path
        .strip_prefix("/v1")
        .unwrap_or(path)
        .split(['/', ':', '-', '.']);
    let words = words.filter(|word| !word.is_empty()).map(|word| {
        let inner = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
        inner.map_or_else(|| word.to_owned(), |inner| format!("by_{inner}"))
    });
    std::iter::once(method.to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join("_")
}

/// Declares the problems that any operation of this sort can answer with; those that it declares itself stay.
fn declare_problems(method: &str, path: &str, operation: &mut Map<String, Value>) {
    let takes_words = operation.contains_key("requestBody") || operation.contains_key("parameters");
    let mut problems = vec![("default", "any other problem")];
    if !OPEN.contains(&(method, path)) {
        problems.push(("401", "nobody is signed in, or no longer"));
    }
    if path.contains('{') {
        problems.push(("404", "missing, or not visible to who asks"));
    }
    if takes_words {
        problems.push((
            "422",
            "a parameter or a body that cannot be read; says what is valid",
        ));
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else {
        return;
    };
    for (status, description) in problems {
        responses.entry(status).or_insert_with(|| {
            let schema = json!({ "$ref": "#/components/schemas/Problem" });
            json!({ "description": description, "content": { "application/json": { "schema": schema } } })
        });
    }
    for response in responses.values_mut() {
        if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut)
            && content.values().any(|body| refers_to(body).contains("Problem"))
            && let Some(body) = content.remove("application/json")
        {
            content.insert("application/problem+json".into(), body);
        }
    }
}

/// Gives the schemas that requests are made of: there, a key may be left out where it has a default.
fn sent(document: &Value) -> BTreeSet<String> {
    let operations = document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let operations = operations.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let mut names: BTreeSet<String> = operations
        .filter_map(|(_, operation)| operation.get("requestBody"))
        .flat_map(refers_to)
        .collect();
    let mut new: Vec<String> = names.iter().cloned().collect();
    while let Some(name) = new.pop() {
        let schema = document.pointer(&format!("/components/schemas/{name}"));
        for deeper in schema.map(refers_to).into_iter().flatten() {
            if names.insert(deeper.clone()) {
                new.push(deeper);
            }
        }
    }
    names
}

/// Gives the names of the schemas that a part of the document refers to.
fn refers_to(part: &Value) -> BTreeSet<String> {
    match part {
        Value::Object(keys) => keys
            .iter()
            .flat_map(|(key, value)| match value.as_str() {
                Some(address) if key == "$ref" => address
                    .rsplit('/')
                    .next()
                    .map(str::to_owned)
                    .into_iter()
                    .collect(),
                _ => refers_to(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(refers_to).collect(),
        _ => BTreeSet::new(),
    }
}

/// An answer holds every key of its schema: null where there is nothing.
fn require_every_key(name: &str, schema: &mut Value) {
    // Variants of an enum are schemas of their own.
    for variant in schema
        .get_mut("oneOf")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        require_every_key(name, variant);
    }
    let Some(keys) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    let keys: Vec<&String> = keys
        .keys()
        .filter(|key| !LEFT_OUT.contains(&(name, key)))
        .collect();
    let keys = json!(keys);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("required".into(), keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named_after_their_addresses() {
        assert_eq!(operation_id("get", "/v1/sessions"), "get_sessions");
        assert_eq!(
            operation_id("post", "/v1/sessions/{id}:{verb}"),
            "post_sessions_by_id_by_verb"
        );
        assert_eq!(operation_id("get", "/v1/recording-key"), "get_recording_key");
    }
}
