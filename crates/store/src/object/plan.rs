//! What has to be done to make objects as somebody wishes them to be: a pure function.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Micros, ObjectId,
    audit::Change,
    object::{Kind, Object, Spec},
};
use serde_json::Value;

use super::{Applied, Put, Sealed, Verdict, references};
use crate::ObjectError;

/// What stands for a secret in the audit log.
const STARS: &str = "***";

/// One thing to do.
pub(super) struct Planned {
    pub(super) applied: Applied,
    /// The object after; holds no secret.
    pub(super) object: Object,
    pub(super) sealed: Sealed,
}

/// Compares wishes with the present objects. Fails when a wish cannot be taken, or names what would not be there.
pub(super) fn plan(present: &[Object], puts: Vec<Put>, now: Micros) -> Result<Vec<Planned>, ObjectError> {
    let by_name: BTreeMap<_, _> = present
        .iter()
        .map(|object| ((object.spec.kind(), object.name.as_str()), object))
        .collect();
    let mut names: BTreeSet<(Kind, String)> = by_name
        .keys()
        .map(|(kind, name)| (*kind, (*name).to_owned()))
        .collect();
    let mut seen = BTreeSet::new();
    for put in &puts {
        let key = (put.spec.kind(), put.name.clone());
        if !seen.insert(key.clone()) {
            return Err(invalid(put, "name", "is given twice"));
        }
        names.insert(key);
    }
    puts.into_iter()
        .map(|put| {
            check_name(&put)?;
            check_references(&put, &names)?;
            let before = by_name.get(&(put.spec.kind(), put.name.as_str())).copied();
            step(put, before, now)
        })
        .collect()
}

fn step(put: Put, before: Option<&Object>, now: Micros) -> Result<Planned, ObjectError> {
    let found = before.map_or(0, |object| object.version);
    if let Some(expected) = put.expected.filter(|expected| *expected != found) {
        return Err(ObjectError::Stale {
            object: label(&put),
            expected,
            found,
        });
    }
    let (spec, secret) = without_secret(&put)?;
    let mut changes = differences(before.map(|object| &object.spec), &spec);
    if let Some(field) = secret {
        let old = if before.is_some() {
            STARS.into()
        } else {
            Value::Null
        };
        changes.push(Change {
            field: field.to_owned(),
            old,
            new: STARS.into(),
        });
    }
    let verdict = match before {
        None => Verdict::Created,
        Some(_) if changes.is_empty() => Verdict::Unchanged,
        Some(_) => Verdict::Changed,
    };
    let id = before.map_or_else(ObjectId::fresh, |object| object.id);
    let version = if verdict == Verdict::Unchanged {
        found
    } else {
        found + 1
    };
    let created_at = before.map_or(now, |object| object.created_at);
    let applied = Applied {
        kind: spec.kind(),
        name: put.name.clone(),
        id,
        verdict,
        version,
        changes,
    };
    let object = Object {
        id,
        name: put.name,
        version,
        created_at,
        updated_at: now,
        spec,
    };
    Ok(Planned {
        applied,
        object,
        sealed: put.sealed,
    })
}

/// Takes what is secret out of a spec; gives the field that the secret part changes. What is secret must have been made safe.
fn without_secret(put: &Put) -> Result<(Spec, Option<&'static str>), ObjectError> {
    let mut spec = put.spec.clone();
    let (field, open) = match &mut spec {
        Spec::User(user) => ("password", user.password.take().is_some()),
        Spec::Secret(secret) => ("value", secret.value.take().is_some()),
        _ => ("spec", false),
    };
    let sealed = match (&put.sealed, &spec) {
        (Sealed::Nothing, _) if open => return Err(invalid(put, field, "was not made safe to store")),
        (Sealed::Nothing, _) => None,
        (Sealed::Password(_), Spec::User(_)) | (Sealed::Secret(_), Spec::Secret(_)) => Some(field),
        _ => return Err(invalid(put, field, "cannot hold this kind of secret")),
    };
    Ok((spec, sealed))
}

fn differences(before: Option<&Spec>, after: &Spec) -> Vec<Change> {
    let old = before.map(fields).unwrap_or_default();
    let new = fields(after);
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let value = |of: &BTreeMap<String, Value>, name: &str| of.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .filter_map(|name| Change::between(name, &value(&old, name), &value(&new, name)))
        .collect()
}

/// Gives the fields of a spec that say something.
pub(super) fn fields(spec: &Spec) -> BTreeMap<String, Value> {
    let says_something = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(items) => !items.is_empty(),
        _ => true,
    };
    match spec.value() {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| says_something(value))
            .collect(),
        _ => BTreeMap::new(),
    }
}

fn check_name(put: &Put) -> Result<(), ObjectError> {
    let name = &put.name;
    if name.is_empty() || name.len() > 255 {
        return Err(invalid(put, "name", "must have 1 to 255 bytes"));
    }
    if name == "*" || name.trim() != name || name.chars().any(char::is_control) {
        return Err(invalid(
            put,
            "name",
            "must not be `*`, hold control characters, or begin or end with a space",
        ));
    }
    Ok(())
}

fn check_references(put: &Put, names: &BTreeSet<(Kind, String)>) -> Result<(), ObjectError> {
    for (field, kind, name) in references::of(&put.spec) {
        if !names.contains(&(kind, name.to_owned())) {
            return Err(invalid(
                put,
                field,
                format!("there is no {} `{name}`", kind.word().replace('_', " ")),
            ));
        }
    }
    Ok(())
}

fn label(put: &Put) -> String {
    format!("{}/{}", put.spec.kind().word(), put.name)
}

fn invalid(put: &Put, field: &str, why: impl Into<String>) -> ObjectError {
    ObjectError::Invalid {
        object: label(put),
        field: field.to_owned(),
        why: why.into(),
    }
}
