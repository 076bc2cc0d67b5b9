//! Rules on statements to databases: what a statement is, and whether a rule refuses it. The protocols find out what it is.

use serde::{Deserialize, Serialize};

use crate::{Micros, approval::Review, window::TimeOfDay};

/// What a statement does; one may do several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// It reads rows.
    Read,
    /// It adds, changes or removes rows.
    Write,
    /// It changes or removes all rows of a table: an `UPDATE` or `DELETE` without `WHERE`, a `TRUNCATE`.
    WriteAll,
    /// It makes, changes or removes tables, indexes, functions and the like.
    Ddl,
    /// It gives or takes rights, makes users, or acts as another one.
    Grant,
    /// It runs a program on the server, or reads or writes the server's own files.
    ServerFile,
    /// It runs code that the gateway cannot see into: `DO`, `CALL`, a function call by number.
    Code,
    /// It is about the server as a whole: its settings, connections of others, replication, an end of the server.
    Admin,
    /// Anything else: transactions, settings, cursors.
    Other,
}

/// A name of a table, as the server compares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// [`None`] when the statement leaves it to the session's search path.
    pub schema: Option<String>,
    /// The table's own name.
    pub table: String,
}

/// What is known of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementFacts {
    /// What it does.
    pub kinds: Vec<StatementKind>,
    /// The tables that it names.
    pub tables: Vec<TableName>,
    /// The keys that it names, where a database has keys and no tables.
    pub keys: Vec<String>,
    /// It cannot be told which tables or keys it is about.
    pub unclear: bool,
}

/// What becomes of statements or commands to which a rule applies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Effect {
    /// They are refused.
    #[default]
    Deny,
    /// They wait until reviewers agree.
    Hold(Review),
}

/// A rule on statements: those to which all of its conditions apply. Written with `deny` or `hold`, which list the kinds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct StatementRule {
    /// What refusals and the log call it.
    pub name: String,
    /// What becomes of them.
    pub effect: Effect,
    /// The statement does one of these; empty for whatever it does.
    pub kinds: Vec<StatementKind>,
    /// It is about one of these: `table` in any schema, `schema.table`, or `schema.*`; of keys, `key` or `prefix:*`; empty for any.
    pub tables: Vec<String>,
    /// It is sent between these hours of the day in UTC, such as `22:00-06:00`; always when absent.
    pub hours: Option<Hours>,
    /// What the user reads of a refusal; the rule's name when empty.
    pub message: String,
}

/// A [`StatementRule`] as it is written.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deny: Option<Vec<StatementKind>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Vec<StatementKind>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Review>,
    tables: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours: Option<Hours>,
    message: String,
}

impl TryFrom<Written> for StatementRule {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let (effect, kinds) = effect(written.deny, written.hold, written.review)?;
        Ok(Self {
            name: written.name,
            effect,
            kinds,
            tables: written.tables,
            hours: written.hours,
            message: written.message,
        })
    }
}

/// Reads what a rule does, and what it lists.
pub(crate) fn effect<T>(
    deny: Option<Vec<T>>,
    hold: Option<Vec<T>>,
    review: Option<Review>,
) -> Result<(Effect, Vec<T>), &'static str> {
    match (deny, hold, review) {
        (Some(_), Some(_), _) => Err("a rule has either `deny` or `hold`"),
        (_, None, Some(_)) => Err("a rule has a `review` only with `hold`"),
        (deny, None, None) => Ok((Effect::Deny, deny.unwrap_or_default())),
        (None, Some(hold), review) => {
            let review = review.unwrap_or_else(|| Review {
                admins: true,
                ..Review::default()
            });
            Ok((Effect::Hold(review), hold))
        }
    }
}

impl From<StatementRule> for Written {
    fn from(rule: StatementRule) -> Self {
        let (deny, hold, review) = match rule.effect {
            Effect::Deny => (Some(rule.kinds), None, None),
            Effect::Hold(review) => (None, Some(rule.kinds), Some(review)),
        };
        Self {
            name: rule.name,
            deny,
            hold,
            review,
            tables: rule.tables,
            hours: rule.hours,
            message: rule.message,
        }
    }
}

/// A part of the day, in UTC; may go over midnight. Written `HH:MM-HH:MM`, the end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    from: TimeOfDay,
    until: TimeOfDay,
}

impl Hours {
    /// Tells whether a moment is within.
    #[must_use]
    pub fn contains(self, at: Micros) -> bool {
        let time = TimeOfDay::utc(at);
        if self.from <= self.until {
            (self.from..self.until).contains(&time)
        } else {
            time >= self.from || time < self.until
        }
    }
}

impl TryFrom<String> for Hours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let time = |text: &str| TimeOfDay::parse(text.trim());
        let both = text
            .split_once('-')
            .and_then(|(from, until)| Some((time(from)?, time(until)?)));
        let (from, until) = both.ok_or_else(|| format!("`{text}` is not of the form 22:00-06:00"))?;
        Ok(Self { from, until })
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        format!("{}-{}", hours.from, hours.until)
    }
}

impl StatementFacts {
    /// Adds what else it may be.
    pub fn merge(&mut self, other: Self) {
        for kind in other.kinds {
            self.add(kind);
        }
        for table in other.tables {
            if !self.tables.contains(&table) {
                self.tables.push(table);
            }
        }
        for key in other.keys {
            if !self.keys.contains(&key) {
                self.keys.push(key);
            }
        }
        self.unclear |= other.unclear;
    }

    /// Adds something that it does.
    pub fn add(&mut self, kind: StatementKind) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }
}

impl StatementRule {
    /// Gives what the user reads.
    #[must_use]
    pub fn words(&self) -> &str {
        match (self.message.is_empty(), self.name.is_empty()) {
            (false, _) => &self.message,
            (true, false) => &self.name,
            (true, true) => "a rule of the profile refuses it",
        }
    }

    fn applies(&self, facts: &StatementFacts, now: Micros) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.iter().any(|kind| facts.kinds.contains(kind));
        let hours = self.hours.is_none_or(|hours| hours.contains(now));
        kind && hours && (self.tables.is_empty() || facts.unclear || self.is_about(facts))
    }

    fn is_about(&self, facts: &StatementFacts) -> bool {
        let tables = &facts.tables;
        self.tables.iter().any(|wanted| {
            if facts.keys.iter().any(|key| is_like(key, wanted)) {
                return true;
            }
            let (schema, table) = match wanted.split_once('.') {
                Some((schema, table)) => (Some(schema), table),
                None => (None, wanted.as_str()),
            };
            tables.iter().any(|one| {
                // Where the statement names no schema, it may be this one.
                let same_schema = match (schema, &one.schema) {
                    (Some(wanted), Some(schema)) => wanted == "*" || wanted == schema,
                    _ => true,
                };
                same_schema && (table == "*" || table == one.table)
            })
        })
    }
}

/// Tells whether a key, or a word, is what a pattern means, in which `*` stands for any signs.
pub(crate) fn is_like(key: &str, pattern: &str) -> bool {
    let Some((beginning, rest)) = pattern.split_once('*') else {
        return key == pattern;
    };
    let Some(mut key) = key.strip_prefix(beginning) else {
        return false;
    };
    let Some((middle, end)) = rest.rsplit_once('*') else {
        return key.ends_with(rest);
    };
    // The earliest place of each part leaves the most for the next one.
    for part in middle.split('*') {
        match key.split_once(part) {
            Some((_, after)) => key = after,
            None => return false,
        }
    }
    key.ends_with(end)
}

/// Finds the rule that decides about a statement: the first that refuses it, or else the first that holds it.
#[must_use]
pub fn judge<'a>(
    rules: &'a [StatementRule],
    facts: &StatementFacts,
    now: Micros,
) -> Option<&'a StatementRule> {
    let applying = || rules.iter().filter(|rule| rule.applies(facts, now));
    let refusing = applying().find(|rule| rule.effect == Effect::Deny);
    refusing.or_else(|| applying().next())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn rule(json: serde_json::Value) -> StatementRule {
        serde_json::from_value(json).unwrap()
    }

    fn facts(kind: StatementKind, tables: &[(Option<&str>, &str)]) -> StatementFacts {
        let tables = tables.iter().map(|(schema, table)| TableName {
            schema: schema.map(str::to_owned),
            table: (*table).to_owned(),
        });
        StatementFacts {
            kinds: vec![kind],
            tables: tables.collect(),
            ..StatementFacts::default()
        }
    }

    #[test]
    fn all_conditions_of_a_rule_must_apply() {
        let rules = [rule(
            serde_json::json!({ "name": "pay", "deny": ["write"], "tables": ["hr.pay", "audit.*"] }),
        )];
        let refused = |facts| judge(&rules, &facts, Micros(0)).is_some();
        assert!(refused(facts(StatementKind::Write, &[(Some("hr"), "pay")])));
        assert!(!refused(facts(StatementKind::Read, &[(Some("hr"), "pay")])));
        assert!(!refused(facts(StatementKind::Write, &[(Some("hr"), "people")])));
        assert!(!refused(facts(StatementKind::Write, &[(Some("shop"), "pay")])));
        assert!(refused(facts(StatementKind::Write, &[(Some("audit"), "x")])));
        // It may be the one in the schema.
        assert!(refused(facts(StatementKind::Write, &[(None, "pay")])));
        let mut unclear = facts(StatementKind::Write, &[]);
        assert!(!refused(unclear.clone()));
        unclear.unclear = true;
        assert!(refused(unclear));
    }

    #[test]
    fn a_pattern_of_keys_means_all_that_is_like_it() {
        for (pattern, like, unlike) in [
            (
                "session:*",
                &["session:1", "session:"][..],
                &["sessions:1", "a session:1"][..],
            ),
            ("a.b", &["a.b"], &["a", "b", "a.b.c"]),
            ("*", &["", "x"], &[]),
            ("a*c*e", &["ace", "abcde", "acce"], &["ac", "aec", "abde"]),
            ("*:pay", &["x:pay"], &["pay", "x:pay:1"]),
        ] {
            let rules = [rule(serde_json::json!({ "name": "keys", "tables": [pattern] }))];
            let about = |key: &str| {
                let facts = StatementFacts {
                    keys: vec![key.to_owned()],
                    ..StatementFacts::default()
                };
                judge(&rules, &facts, Micros(0)).is_some()
            };
            assert!(like.iter().all(|key| about(key)), "{pattern}");
            assert!(!unlike.iter().any(|key| about(key)), "{pattern}");
        }
    }

    #[test]
    fn a_rule_that_refuses_beats_those_that_hold() {
        let rules = [
            rule(serde_json::json!({ "name": "ask", "hold": ["write"] })),
            rule(serde_json::json!({ "name": "never", "deny": [], "tables": ["pay"] })),
        ];
        let decides = |facts| judge(&rules, &facts, Micros(0)).map(|rule| rule.name.as_str());
        assert_eq!(
            decides(facts(StatementKind::Write, &[(None, "people")])),
            Some("ask")
        );
        assert_eq!(
            decides(facts(StatementKind::Write, &[(None, "pay")])),
            Some("never")
        );
        assert_eq!(decides(facts(StatementKind::Read, &[(None, "people")])), None);
    }

    #[test]
    fn rules_are_written_as_they_were_read() {
        let told = serde_json::json!({ "name": "a", "deny": ["ddl"], "tables": ["t"], "message": "" });
        assert_eq!(serde_json::to_value(rule(told.clone())).unwrap(), told);
        let held = rule(serde_json::json!({ "name": "b", "hold": ["write"] }));
        assert!(matches!(&held.effect, Effect::Hold(review) if review.admins));
        let again: StatementRule = serde_json::from_value(serde_json::to_value(&held).unwrap()).unwrap();
        assert_eq!(again, held);
        for wrong in [
            serde_json::json!({ "deny": [], "hold": [] }),
            serde_json::json!({ "deny": [], "review": {} }),
            serde_json::json!({ "forbid": [] }),
        ] {
            assert!(
                serde_json::from_value::<StatementRule>(wrong.clone()).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn hours_may_go_over_midnight() {
        let hours = |text: &str| Hours::try_from(text.to_owned()).unwrap();
        let at = |hour: i64, minute: i64| Micros((hour * 60 + minute) * 60_000_000);
        let night = hours("22:00-06:00");
        assert!(night.contains(at(23, 0)) && night.contains(at(0, 0)) && night.contains(at(5, 59)));
        assert!(!night.contains(at(6, 0)) && !night.contains(at(21, 59)));
        let day = hours("09:30-17:00");
        assert!(day.contains(at(9, 30)) && !day.contains(at(17, 0)) && !day.contains(at(0, 0)));
        assert_eq!(String::from(night), "22:00-06:00");
        for wrong in ["", "22-06", "25:00-01:00", "10:60-11:00", "10:00"] {
            assert!(Hours::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
