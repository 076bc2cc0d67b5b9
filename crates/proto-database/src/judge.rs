//! What the rules of the profile say of a statement, and what the client and the log read of it.

use domain::{
    Micros,
    approval::Review,
    statement::{Effect, StatementFacts, StatementRule, judge},
};
use engine::StatementJudge;

/// The rules of a profile. Protocols keep none where there are none, so that nothing is kept back.
#[derive(Debug, Clone)]
pub struct Judge {
    rules: Vec<StatementRule>,
}

/// Judges statements of which nothing is known but the text.
#[derive(Debug)]
pub struct ByText {
    /// The rules; [`None`] when there are none.
    pub judge: Option<Judge>,
    /// Reads what a text does.
    pub facts: fn(&str) -> StatementFacts,
}

impl StatementJudge for ByText {
    fn rule_for(&self, statement: &str, at: Micros) -> Option<&StatementRule> {
        self.judge.as_ref()?.rule(&(self.facts)(statement), at)
    }
}

/// What the rules say of a statement to which one applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It does not reach the server.
    Refuse(Refused),
    /// It waits for reviewers.
    Hold {
        /// The rule's name.
        rule: String,
        /// Who has to agree.
        review: Review,
    },
}

/// Why a statement does not reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The rule's name; empty when it is for another reason.
    pub rule: String,
    /// What the client reads.
    pub words: String,
    /// The user took it back.
    pub cancelled: bool,
}

impl Judge {
    /// Takes rules; [`None`] when there are none.
    #[must_use]
    pub fn new(rules: &[StatementRule]) -> Option<Self> {
        (!rules.is_empty()).then(|| Self {
            rules: rules.to_vec(),
        })
    }

    /// Takes rules of a server that compares names without regard to case: so do these then.
    #[must_use]
    pub fn without_case(rules: &[StatementRule]) -> Option<Self> {
        let mut judge = Self::new(rules)?;
        for table in judge.rules.iter_mut().flat_map(|rule| &mut rule.tables) {
            *table = table.to_lowercase();
        }
        Some(judge)
    }

    /// Finds the rule that decides about a statement that is sent `now`.
    #[must_use]
    pub fn rule(&self, facts: &StatementFacts, now: Micros) -> Option<&StatementRule> {
        judge(&self.rules, facts, now)
    }

    /// Judges a statement that is sent `now`; [`None`] when it may go on.
    #[must_use]
    pub fn judge(&self, facts: &StatementFacts, now: Micros) -> Option<Judgement> {
        let rule = self.rule(facts, now)?;
        Some(match &rule.effect {
            Effect::Deny => {
                let words = format!("doorward: {}", rule.words());
                Judgement::Refuse(Refused::by(&rule.name, words))
            }
            Effect::Hold(review) => Judgement::Hold {
                rule: rule.name.clone(),
                review: review.clone(),
            },
        })
    }
}

impl Refused {
    /// Refused by a rule.
    #[must_use]
    pub fn by(rule: &str, words: String) -> Self {
        Self {
            rule: rule.to_owned(),
            words,
            cancelled: false,
        }
    }

    /// A statement of so many bytes is not kept until it is whole, and cannot be judged.
    #[must_use]
    pub fn too_long(len: usize) -> Self {
        let words = format!("doorward: a statement of {len} bytes is too long for the rules of the profile");
        Self::by("", words)
    }

    /// Taken back by the user while it was held.
    #[must_use]
    pub fn cancelled(rule: &str) -> Self {
        let words = "doorward: canceling statement due to user request".to_owned();
        Self {
            cancelled: true,
            ..Self::by(rule, words)
        }
    }
}
