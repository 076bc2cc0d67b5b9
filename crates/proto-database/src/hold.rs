//! Statements that wait for reviewers: what is asked, and how a wait is given up.

use std::sync::Arc;

use domain::approval::Review;
use engine::{Decision, ToHold};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::Refused;

/// A statement to which a rule applies that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The rule's name.
    pub rule: String,
    /// Who has to agree.
    pub review: Review,
    /// The statement, or several, without passwords.
    pub text: String,
    /// Its parameters, where it has some and they are known.
    pub parameters: Value,
    /// The number that the statement has on record when it is sent.
    pub number: u64,
}

impl Hold {
    /// Says what reviewers are asked.
    pub(crate) fn ask(&self) -> ToHold {
        let mut detail = json!({ "statement": self.number });
        if let (false, Some(fields)) = (self.parameters.is_null(), detail.as_object_mut()) {
            fields.insert("parameters".to_owned(), self.parameters.clone());
        }
        ToHold {
            rule: self.rule.clone(),
            review: self.review.clone(),
            content: self.text.clone(),
            detail,
        }
    }
}

/// What became of a statement that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is sent, unchanged; with what its entry says of that.
    Send(Value),
    /// It is not.
    Refuse(Refused),
}

impl Verdict {
    pub(crate) fn of(hold: &Hold, decision: &Decision) -> Self {
        if decision.is_yes() {
            return Self::Send(json!({ "rule": hold.rule, "by": decision.by }));
        }
        let words = format!("doorward: {} (rule `{}`)", decision.to_caller(), hold.rule);
        Self::Refuse(Refused::by(&hold.rule, words))
    }
}

/// How others give up what a connection holds: a request to cancel that comes by another connection.
#[derive(Debug, Default)]
pub struct Interrupt(Mutex<Option<Arc<Notify>>>);

impl Interrupt {
    /// Withdraws what is held; tells whether anything was.
    pub fn interrupt(&self) -> bool {
        let held = self.0.lock();
        if let Some(held) = held.as_ref() {
            held.notify_one();
        }
        held.is_some()
    }

    /// Begins to be interruptible, until what this gives is dropped.
    pub(crate) fn begin(&self) -> Interruptible<'_> {
        let asked = Arc::new(Notify::new());
        *self.0.lock() = Some(Arc::clone(&asked));
        Interruptible { of: self, asked }
    }
}

/// See [`Interrupt::begin`].
pub(crate) struct Interruptible<'a> {
    of: &'a Interrupt,
    asked: Arc<Notify>,
}

impl Interruptible<'_> {
    /// Waits until somebody interrupts. Cancel-safe.
    pub(crate) async fn interrupted(&self) {
        self.asked.notified().await;
    }
}

impl Drop for Interruptible<'_> {
    fn drop(&mut self) {
        *self.of.0.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_is_held_is_interrupted() {
        let interrupt = Interrupt::default();
        assert!(!interrupt.interrupt());
        let first = interrupt.begin();
        assert!(interrupt.interrupt());
        drop(first);
        let second = interrupt.begin();
        let waits = tokio::time::timeout(std::time::Duration::from_millis(20), second.interrupted()).await;
        assert!(
            waits.is_err(),
            "an interruption of the first is none of the second"
        );
        assert!(interrupt.interrupt());
        second.interrupted().await;
    }
}
