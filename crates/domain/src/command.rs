//! Rules on commands of shells: what a command line runs, and whether a rule refuses it. The protocols read the line.

use serde::{Deserialize, Serialize};

use crate::{
    Micros,
    approval::Review,
    statement::{Effect, Hours, effect, is_like},
};

/// A word of a command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// Its text, without quotes.
    pub text: String,
    /// The shell puts something in it that is not known before: a variable, what another command prints.
    pub open: bool,
}

/// What is known of a command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandFacts {
    /// The commands in it: program and arguments.
    pub commands: Vec<Vec<Word>>,
}

/// What a rule is about: a program, with words that it has behind it in this order, others between them. Written as words; `*` stands
/// for any signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommandPattern(Vec<String>);

/// A rule on commands. Written with `deny` or `hold`, which list what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct CommandRule {
    /// What refusals and the log call it.
    pub name: String,
    /// What becomes of the command lines.
    pub effect: Effect,
    /// One of these is in the line; empty for whatever is.
    pub commands: Vec<CommandPattern>,
    /// It is sent between these hours of the day in UTC, such as `22:00-06:00`; always when absent.
    pub hours: Option<Hours>,
    /// What the user reads of a refusal; the rule's name when empty.
    pub message: String,
}

/// A [`CommandRule`] as it is written.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deny: Option<Vec<CommandPattern>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Vec<CommandPattern>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Review>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours: Option<Hours>,
    message: String,
}

impl TryFrom<Written> for CommandRule {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let (effect, commands) = effect(written.deny, written.hold, written.review)?;
        Ok(Self {
            name: written.name,
            effect,
            commands,
            hours: written.hours,
            message: written.message,
        })
    }
}

impl From<CommandRule> for Written {
    fn from(rule: CommandRule) -> Self {
        let (deny, hold, review) = match rule.effect {
            Effect::Deny => (Some(rule.commands), None, None),
            Effect::Hold(review) => (None, Some(rule.commands), Some(review)),
        };
        Self {
            name: rule.name,
            deny,
            hold,
            review,
            hours: rule.hours,
            message: rule.message,
        }
    }
}

impl TryFrom<String> for CommandPattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            return Err("a rule on commands names a program: an empty text names none");
        }
        Ok(Self(words))
    }
}

impl From<CommandPattern> for String {
    fn from(pattern: CommandPattern) -> Self {
        pattern.0.join(" ")
    }
}

impl CommandPattern {
    /// Tells whether a command is, or may be, what is meant. What the shell is still to fill in may be anything.
    fn is_met_by(&self, command: &[Word]) -> bool {
        let (Some((program, arguments)), Some((wanted, words))) =
            (command.split_first(), self.0.split_first())
        else {
            return false;
        };
        if program.open {
            return true;
        }
        // A program is meant wherever it lies, unless the rule says where.
        let name = match program.text.rsplit_once('/') {
            Some((_, name)) if !wanted.contains('/') => name,
            _ => program.text.as_str(),
        };
        if !is_like(name, wanted) {
            return false;
        }
        let mut arguments = arguments.iter();
        words
            .iter()
            .all(|wanted| arguments.any(|word| word.open || is_like(&word.text, wanted)))
    }
}

impl CommandRule {
    /// Gives what the user reads.
    #[must_use]
    pub fn words(&self) -> &str {
        match (self.message.is_empty(), self.name.is_empty()) {
            (false, _) => &self.message,
            (true, false) => &self.name,
            (true, true) => "a rule of the profile refuses it",
        }
    }

    fn applies(&self, facts: &CommandFacts, now: Micros) -> bool {
        let hours = self.hours.is_none_or(|hours| hours.contains(now));
        let named = |command: &Vec<Word>| self.commands.iter().any(|pattern| pattern.is_met_by(command));
        hours && !facts.commands.is_empty() && (self.commands.is_empty() || facts.commands.iter().any(named))
    }
}

/// Finds the rule that decides about a command line: the first that refuses it, or else the first that holds it.
#[must_use]
pub fn judge<'a>(rules: &'a [CommandRule], facts: &CommandFacts, now: Micros) -> Option<&'a CommandRule> {
    let applying = || rules.iter().filter(|rule| rule.applies(facts, now));
    let refusing = applying().find(|rule| rule.effect == Effect::Deny);
    refusing.or_else(|| applying().next())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn rules(json: serde_json::Value) -> Vec<CommandRule> {
        serde_json::from_value(json).unwrap()
    }

    /// Reads words; those that begin with `?` are open.
    fn facts(commands: &[&str]) -> CommandFacts {
        let word = |text: &str| Word {
            text: text.to_owned(),
            open: text.starts_with('?'),
        };
        let commands = commands.iter().map(|one| one.split(' ').map(word).collect());
        CommandFacts {
            commands: commands.collect(),
        }
    }

    #[test]
    fn a_rule_is_about_a_program_and_words_behind_it() {
        let rules = rules(serde_json::json!([
            { "name": "services", "deny": ["systemctl stop", "/sbin/init", "mkfs*"] }
        ]));
        let refused = |command: &str| judge(&rules, &facts(&[command]), Micros(0)).is_some();
        for command in [
            "systemctl stop nginx",
            "/usr/bin/systemctl --now stop nginx",
            "/sbin/init 6",
            "mkfs.ext4 /dev/sda",
            "systemctl ?verb nginx",
            "?program",
        ] {
            assert!(refused(command), "{command}");
        }
        for command in [
            "systemctl status nginx",
            "init 6",
            "echo systemctl stop",
            "stop systemctl",
        ] {
            assert!(!refused(command), "{command}");
        }
        let among = facts(&["ls -l", "systemctl stop x"]);
        assert!(judge(&rules, &among, Micros(0)).is_some());
    }

    #[test]
    fn a_rule_on_commands_that_refuses_beats_those_that_hold() {
        let rules = rules(serde_json::json!([
            { "name": "ask", "hold": ["sudo"] },
            { "name": "never", "deny": ["sudo su"] },
            { "name": "all at night", "hold": [], "hours": "22:00-06:00" }
        ]));
        let night = Micros(23 * 3_600_000_000);
        let decides =
            |command: &str, now| judge(&rules, &facts(&[command]), now).map(|rule| rule.name.as_str());
        assert_eq!(decides("sudo ls", Micros(8 * 3_600_000_000)), Some("ask"));
        assert_eq!(decides("sudo su", night), Some("never"));
        assert_eq!(decides("ls", night), Some("all at night"));
        assert_eq!(decides("ls", Micros(8 * 3_600_000_000)), None);
        assert!(
            judge(&rules, &CommandFacts::default(), night).is_none(),
            "an empty line runs nothing"
        );
    }

    #[test]
    fn rules_on_commands_are_written_as_they_were_read() {
        let told = serde_json::json!({ "name": "a", "deny": ["rm -r*"], "message": "" });
        let read: CommandRule = serde_json::from_value(told.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), told);
        for wrong in [
            serde_json::json!({ "deny": [], "hold": [] }),
            serde_json::json!({ "deny": [" "] }),
            serde_json::json!({ "deny": [], "review": {} }),
        ] {
            assert!(
                serde_json::from_value::<CommandRule>(wrong.clone()).is_err(),
                "{wrong}"
            );
        }
    }
}
