//! A field that changed, as callers read it.

use domain::{Micros, audit::Change};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::time::time;

/// A field that changed. Times are RFC 3339, null for "not yet".
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub struct ChangeView {
    /// The field's name in the API.
    pub field: String,
    /// The value before; null for none.
    pub old: Value,
    /// The value after; null for none.
    pub new: Value,
}

impl ChangeView {
    /// Draws a change of the audit log, where times are microseconds.
    pub(crate) fn new(change: Change) -> Self {
        Self {
            old: readable(&change.field, change.old),
            new: readable(&change.field, change.new),
            field: change.field,
        }
    }

    /// Draws several.
    pub(crate) fn all(changes: Vec<Change>) -> Vec<Self> {
        changes.into_iter().map(Self::new).collect()
    }
}

/// Turns microseconds into times, in fields that hold a time: `at` and `…_at`, at any depth.
fn readable(field: &str, value: Value) -> Value {
    match value {
        Value::Number(number) if field == "at" || field.ends_with("_at") => match number.as_i64() {
            Some(at) => time(Micros(at)).map_or(Value::Null, Value::String),
            None => Value::Number(number),
        },
        Value::Object(keys) => {
            let keys = keys.into_iter().map(|(key, value)| {
                let value = readable(&key, value);
                (key, value)
            });
            Value::Object(keys.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| readable(field, item)).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_written_for_people_and_nothing_else_is_touched() {
        let change = |field: &str, old: Value, new: Value| {
            let drawn = ChangeView::new(Change {
                field: field.to_owned(),
                old,
                new,
            });
            (drawn.old, drawn.new)
        };
        assert_eq!(
            change("expires_at", json!(0), json!(1_795_262_400_000_000_i64)),
            (Value::Null, json!("2026-11-21T12:00:00.000000Z"))
        );
        let lock = json!({"by": "root", "at": 1_795_262_400_000_000_i64});
        assert_eq!(
            change("lock", Value::Null, lock),
            (
                Value::Null,
                json!({"by": "root", "at": "2026-11-21T12:00:00.000000Z"})
            )
        );
        assert_eq!(change("bytes", json!(3), json!(4)), (json!(3), json!(4)));
    }
}
