//! Commands that wait for reviewers: what would start them is kept in its channel, and everything behind it waits in order.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use domain::stop::Stop;
use engine::{Decision, Tap, ToHold};
use serde_json::json;

use super::{Relay, Side};

/// The key that takes back what waits.
pub(super) const INTERRUPT: u8 = 0x03;

/// A request that is not decided. Dropped, it is withdrawn.
pub(super) struct Asked {
    channel: u32,
    rule: String,
    decision: Pin<Box<dyn Future<Output = Decision> + Send>>,
}

/// A request that is.
pub(super) struct Answered {
    channel: u32,
    rule: String,
    decision: Decision,
}

impl Relay {
    /// Asks reviewers about what a channel keeps.
    pub(super) async fn ask(&mut self, number: u32, to_hold: ToHold, tap: &Tap) -> Result<(), Stop> {
        let rule = to_hold.rule.clone();
        let mut pending = tap.hold(to_hold).await?;
        let line = pending.to_caller();
        self.asked.push(Asked {
            channel: number,
            rule,
            decision: Box::pin(async move { pending.decided().await }),
        });
        self.tell(number, &line)
    }

    /// Looks whether something was decided.
    pub(super) fn poll_reviews(&mut self, cx: &mut Context<'_>) -> Poll<Answered> {
        for at in 0..self.asked.len() {
            let Some(asked) = self.asked.get_mut(at) else {
                break;
            };
            if let Poll::Ready(decision) = asked.decision.as_mut().poll(cx) {
                let Asked { channel, rule, .. } = self.asked.swap_remove(at);
                return Poll::Ready(Answered {
                    channel,
                    rule,
                    decision,
                });
            }
        }
        Poll::Pending
    }

    /// Goes on after a decision. What was approved during a lock is sent when it is lifted.
    pub(super) async fn decided(&mut self, answered: Answered, tap: &Tap) -> Result<(), Stop> {
        let Answered {
            channel: number,
            rule,
            decision,
        } = answered;
        let Some(channel) = self.table.get_mut(number) else {
            return Ok(());
        };
        channel.asked = false;
        let typing = channel.typing.as_mut().filter(|typing| typing.is_asked());
        let text = format!("{} (rule `{rule}`)", decision.to_caller());
        match (typing, decision.is_yes()) {
            (Some(typing), false) => {
                let key = typing.give_up();
                self.refuse_line(number, &text, key, tap).await?;
            }
            (None, false) => return self.refuse_kept(number, &text, tap).await,
            (typing, true) => {
                if let Some(typing) = typing {
                    typing.approve();
                }
                let note = json!({"event": "approved", "rule": rule, "by": decision.by, "text": text});
                tap.note(note).await?;
                self.drain(Side::Target, number, tap).await?;
            }
        }
        self.type_on(number, tap).await
    }

    /// The user takes back what waits.
    pub(super) async fn take_back(&mut self, number: u32, tap: &Tap) -> Result<(), Stop> {
        self.forget_review(number);
        self.refuse_kept(number, "you have taken the command back", tap)
            .await
    }

    /// Asks no more about a channel.
    pub(super) fn forget_review(&mut self, number: u32) {
        self.asked.retain(|asked| asked.channel != number);
        if let Some(channel) = self.table.get_mut(number) {
            channel.asked = false;
        }
    }

    async fn refuse_kept(&mut self, number: u32, text: &str, tap: &Tap) -> Result<(), Stop> {
        self.answer_all(number, false)?;
        self.deny_channel(number, text, tap).await
    }
}
