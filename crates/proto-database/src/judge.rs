//! Whether a rule of the profile refuses a statement, and what the client and the log read of it.

use domain::{
    Micros,
    statement::{StatementFacts, StatementRule, judge},
};

/// The rules of a profile. Protocols keep none where there are none, so that nothing is kept back.
#[derive(Debug, Clone)]
pub struct Judge {
    rules: Vec<StatementRule>,
}

/// Why a statement does not reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The rule's name; empty when it is for another reason.
    pub rule: String,
    /// What the client reads.
    pub words: String,
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

    /// Tells why a statement is refused that is sent `now`; [`None`] when it is not.
    #[must_use]
    pub fn refuses(&self, facts: &StatementFacts, now: Micros) -> Option<Refused> {
        judge(&self.rules, facts, now).map(|rule| Refused {
            rule: rule.name.clone(),
            words: format!("doorward: {}", rule.words()),
        })
    }
}

impl Refused {
    /// A statement of so many bytes is not kept until it is whole, and cannot be judged.
    #[must_use]
    pub fn too_long(len: usize) -> Self {
        Self {
            rule: String::new(),
            words: format!("doorward: a statement of {len} bytes is too long for the rules of the profile"),
        }
    }
}
