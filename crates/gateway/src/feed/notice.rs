//! What a chat is told of approvals: who asks, for what and why, where it is decided, and what was said.

use domain::audit::AuditEvent;
use serde_json::{Value, json};

use super::webhook::Webhook;
use crate::config::NoticeShape;

/// Tells a chat, an event at a time.
pub(super) struct Notifier {
    webhook: Webhook,
    shape: NoticeShape,
    /// Where the console is; empty when nobody has said it.
    console: String,
}

impl Notifier {
    pub(super) fn new(webhook: Webhook, shape: NoticeShape, console: String) -> Self {
        Self {
            webhook,
            shape,
            console,
        }
    }

    /// Tells of an event of the audit log, if it is one of approvals; says whether it is.
    pub(super) async fn tell(&self, event: &AuditEvent) -> anyhow::Result<bool> {
        let Some(notice) = Notice::of(event, &self.console) else {
            return Ok(false);
        };
        self.webhook.post(&notice.shaped(self.shape)).await?;
        Ok(true)
    }
}

/// An event of approvals in words. What is to be sent inside a session is not among them: it is kept encrypted, and whoever looks is on record.
#[derive(Debug, PartialEq, Eq)]
struct Notice {
    kind: String,
    id: String,
    title: String,
    /// Names and values, in the order in which they are shown.
    facts: Vec<(&'static str, String)>,
    /// Where it is decided; empty when the console's address is not known.
    link: String,
}

impl Notice {
    fn of(event: &AuditEvent, console: &str) -> Option<Self> {
        let id = event.object.strip_prefix("approval/")?;
        let detail = |name: &str| event.detail.get(name).and_then(Value::as_str).unwrap_or_default();
        let (user, resource) = (detail("user"), detail("resource"));
        let by = event.actor.name();
        let what = if detail("kind") == "statement" {
            format!("a statement on {resource}")
        } else {
            format!("a session on {resource}")
        };
        let title = match event.kind.as_str() {
            "approval.requested" => format!("{user} asks for {what}"),
            "approval.glass_broken" => format!("{user} has broken the glass for {what}"),
            "approval.approved" => format!("{by} has approved {what} for {user}"),
            "approval.denied" => format!("{by} has denied {what} to {user}"),
            "approval.closed" => format!("The request of {user} for {what} is closed"),
            _ => return None,
        };
        let state = event.changes.iter().find(|change| change.field == "state");
        let state = state.and_then(|change| change.new.as_str()).unwrap_or_default();
        let facts = [
            ("Account", detail("account")),
            ("Reason", detail("reason")),
            ("Ticket", detail("ticket")),
            ("Rule", detail("rule")),
            ("Asked", detail("reviewers")),
            ("Comment", detail("comment")),
            ("Now", state),
        ];
        Some(Self {
            kind: event.kind.clone(),
            id: id.to_owned(),
            title,
            facts: facts
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name, value.to_owned()))
                .collect(),
            link: if console.is_empty() {
                String::new()
            } else {
                format!("{console}/approvals/{id}")
            },
        })
    }

    fn shaped(&self, shape: NoticeShape) -> Value {
        match shape {
            NoticeShape::Json => self.plain(),
            NoticeShape::Slack => self.slack(),
            NoticeShape::Teams => self.teams(),
        }
    }

    fn plain(&self) -> Value {
        let facts: serde_json::Map<_, _> = self
            .facts
            .iter()
            .map(|(name, value)| (name.to_lowercase(), json!(value)))
            .collect();
        json!({ "event": self.kind, "approval_id": self.id, "text": self.title, "facts": facts, "url": self.link })
    }

    /// A message of an incoming webhook (api.slack.com/messaging/webhooks), in mrkdwn.
    fn slack(&self) -> Value {
        let mut lines = vec![format!("*{}*", escaped(&self.title))];
        let facts = self.facts.iter();
        lines.extend(facts.map(|(name, value)| format!("{name}: {}", escaped(value))));
        if !self.link.is_empty() {
            lines.push(format!("<{}|Open the request>", self.link));
        }
        json!({ "text": lines.join("\n") })
    }

    /// A message with an Adaptive Card (adaptivecards.io, version 1.4), as workflows of Teams take it.
    fn teams(&self) -> Value {
        let facts: Vec<_> = self
            .facts
            .iter()
            .map(|(name, value)| json!({ "title": name, "value": value }))
            .collect();
        let open = json!({ "type": "Action.OpenUrl", "title": "Open the request", "url": self.link });
        let actions = if self.link.is_empty() { vec![] } else { vec![open] };
        let card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [
                { "type": "TextBlock", "text": self.title, "weight": "bolder", "wrap": true },
                { "type": "FactSet", "facts": facts },
            ],
            "actions": actions,
        });
        json!({
            "type": "message",
            "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "content": card }],
        })
    }
}

/// Writes text so that Slack reads no mark-up of its own in it: no links, no mentions, no bold face.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A word joiner behind them leaves them as they are.
            '*' | '_' | '~' | '`' => out.extend([char, '\u{2060}']),
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use domain::{
        Micros,
        audit::{Actor, Change},
    };

    use super::*;

    fn requested() -> AuditEvent {
        let mut event = AuditEvent::new(Micros(1), "approval.requested", Actor::user("ana"));
        event.object = "approval/one".to_owned();
        event.detail = json!({
            "user": "ana", "resource": "web1", "account": "root", "kind": "session",
            "rule": "production", "reason": "<!channel> look", "ticket": "", "reviewers": "group leads",
        });
        event
    }

    #[test]
    fn a_request_says_who_what_why_and_where() {
        let notice = Notice::of(&requested(), "https://gw").unwrap();
        assert_eq!(notice.title, "ana asks for a session on web1");
        assert_eq!(notice.link, "https://gw/approvals/one");
        let names: Vec<_> = notice.facts.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["Account", "Reason", "Rule", "Asked"]);
    }

    #[test]
    fn what_a_person_writes_calls_nobody_in_a_chat() {
        let notice = Notice::of(&requested(), "").unwrap();
        let text = notice.slack();
        let text = text["text"].as_str().unwrap();
        assert!(
            text.contains("&lt;!channel&gt; look") && !text.contains("<!channel>"),
            "{text}"
        );
        assert_eq!(
            escaped("*a* & `b`"),
            "*\u{2060}a*\u{2060} &amp; `\u{2060}b`\u{2060}"
        );
    }

    #[test]
    fn a_decision_says_who_and_how_it_stands() {
        let mut event = requested();
        "approval.closed".clone_into(&mut event.kind);
        event.changes = vec![Change {
            field: "state".to_owned(),
            old: json!("pending"),
            new: json!("expired"),
        }];
        let notice = Notice::of(&event, "").unwrap();
        assert_eq!(notice.title, "The request of ana for a session on web1 is closed");
        assert!(
            notice.facts.contains(&("Now", "expired".to_owned())),
            "{notice:?}"
        );
        assert_eq!(notice.teams()["attachments"][0]["content"]["actions"], json!([]));
    }

    #[test]
    fn other_events_are_none() {
        let mut event = requested();
        "approval.viewed".clone_into(&mut event.kind);
        assert_eq!(Notice::of(&event, ""), None);
        event.object = "group/leads".to_owned();
        assert_eq!(Notice::of(&event, ""), None);
    }
}
