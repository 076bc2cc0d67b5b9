//! Rules of a profile on commands: what they say of a line that is to be run.

mod shell;

use domain::{
    Micros,
    command::{CommandFacts, CommandRule, judge},
    statement::Effect,
};
use engine::ToHold;
use serde_json::Value;

pub(crate) use shell::{read, read_anywhere};

/// What the rules say of a line to which one applies.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Judgement {
    /// It is not run; what the user reads.
    Refuse(String),
    /// Reviewers are asked.
    Hold(ToHold),
}

/// Judges a line that is sent now; [`None`] when it may go on.
pub(crate) fn judged(rules: &[CommandRule], facts: &CommandFacts, line: &str) -> Option<Judgement> {
    let rule = judge(rules, facts, Micros::now())?;
    Some(match &rule.effect {
        Effect::Deny => Judgement::Refuse(rule.words().to_owned()),
        Effect::Hold(review) => Judgement::Hold(ToHold {
            rule: rule.name.clone(),
            review: review.clone(),
            content: line.to_owned(),
            detail: Value::Null,
        }),
    })
}
