//! How long recordings are kept: a pure function over the declared rules.
//!
//! Of all rules that concern a recording the one that keeps it longest decides, so that a new rule cannot shorten what another one
//! promises. What no rule concerns is kept without end.

use std::collections::BTreeMap;

use crate::{Micros, Span, policy::Directory, session::ResourceRef};

/// When a recording is no longer kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The rule that says so.
    pub rule: String,
    /// How long it keeps, in seconds.
    pub keep_secs: u32,
    /// From when on the recording may be removed.
    pub at: Micros,
}

/// Says until when a recording of a resource is kept that ended at a time; [`None`] when without end.
#[must_use]
pub fn due(directory: &Directory, resource: &ResourceRef, ended: Micros) -> Option<Due> {
    // A resource that is gone has no labels any more; its name still counts.
    let none = BTreeMap::new();
    let labels = directory
        .resources
        .get(&resource.name)
        .filter(|now| now.id == resource.id)
        .map_or(&none, |now| &now.spec.labels);
    let mut longest: Option<Due> = None;
    for (name, rule) in &directory.retentions {
        let rule = &rule.spec;
        let of_type = rule.types.is_empty() || rule.types.contains(&resource.protocol);
        if !of_type || !rule.resources.selects(&resource.name, labels) {
            continue;
        }
        if rule.keep_secs == 0 {
            return None;
        }
        if longest.as_ref().is_none_or(|due| due.keep_secs < rule.keep_secs) {
            longest = Some(Due {
                rule: name.clone(),
                keep_secs: rule.keep_secs,
                at: ended.plus(Span::secs(i64::from(rule.keep_secs))),
            });
        }
    }
    longest
}

/// Gives the least that any rule keeps, in time; what is younger need not be looked at. [`None`] when no rule ends anything.
#[must_use]
pub fn shortest(directory: &Directory) -> Option<Span> {
    let times = directory.retentions.values().map(|rule| rule.spec.keep_secs);
    let least = times.filter(|secs| *secs > 0).min()?;
    Some(Span::secs(i64::from(least)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ObjectId,
        object::{Object, Resource, Retention, Selector, Spec},
    };

    const ENDED: Micros = Micros(1_000_000_000_000_000);

    fn object(name: &str, spec: Spec) -> Object {
        Object {
            id: ObjectId::fresh(),
            name: name.to_owned(),
            version: 1,
            created_at: ENDED,
            updated_at: ENDED,
            spec,
        }
    }

    fn rule(name: &str, keep_secs: u32, types: &[&str], resources: Selector) -> Object {
        let types = types.iter().map(|&one| one.to_owned()).collect();
        let spec = Retention {
            keep_secs,
            types,
            resources,
            description: String::new(),
        };
        object(name, Spec::Retention(spec))
    }

    fn every() -> Selector {
        Selector {
            names: vec!["*".to_owned()],
            ..Selector::default()
        }
    }

    fn labelled() -> Selector {
        Selector {
            labels: [("env".to_owned(), "prod".to_owned())].into(),
            ..Selector::default()
        }
    }

    /// Says by which rule, and after how many seconds, a recording of `web` (ssh, env=prod) goes.
    fn verdict(rules: Vec<Object>) -> Option<(String, i64)> {
        let web = object(
            "web",
            Spec::Resource(Resource {
                protocol: "ssh".to_owned(),
                host: "h".to_owned(),
                port: None,
                labels: [("env".to_owned(), "prod".to_owned())].into(),
                description: String::new(),
                options: serde_json::Map::new(),
            }),
        );
        let resource = ResourceRef {
            id: web.id,
            name: "web".to_owned(),
            protocol: "ssh".to_owned(),
            host: "h".to_owned(),
        };
        let directory = Directory::of(rules.into_iter().chain([web]).collect(), Vec::new(), 1);
        due(&directory, &resource, ENDED).map(|due| (due.rule, due.at.since(ENDED).0 / 1_000_000))
    }

    #[test]
    fn a_recording_is_kept_as_long_as_the_longest_rule_of_its_resource_and_type_says() {
        for (rules, expected) in [
            (vec![], None),
            (vec![rule("a", 30, &[], Selector::default())], None),
            (vec![rule("a", 30, &["postgres"], every())], None),
            (vec![rule("a", 30, &["ssh"], every())], Some(("a", 30))),
            (vec![rule("a", 30, &[], labelled())], Some(("a", 30))),
            (
                vec![
                    rule("a", 30, &[], every()),
                    rule("b", 90, &["ssh"], labelled()),
                    rule("c", 60, &[], every()),
                ],
                Some(("b", 90)),
            ),
            (
                vec![rule("a", 30, &[], every()), rule("b", 0, &[], labelled())],
                None,
            ),
        ] {
            assert_eq!(
                verdict(rules.clone()),
                expected.map(|(rule, secs)| (rule.to_owned(), secs)),
                "{rules:?}"
            );
        }
    }
}
