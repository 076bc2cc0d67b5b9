//! `doorward approvals` and `doorward request`: what reviewers decide, and access that is asked for ahead.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::show::list;
use crate::client::{
    ClientArgs, Exit, Failure, Format, at, cell, local_time, segment, span, write_one, write_out,
};

/// How often a request that is waited for is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What can be done with approvals.
#[derive(Debug, Subcommand)]
pub(crate) enum Approvals {
    #[command(visible_alias = "ls")]
    List(List),
    #[command(alias = "get")]
    Show(Show),
    Approve(Approve),
    #[command(alias = "reject")]
    Deny(Deny),
}

/// Lists requests that wait for reviewers, unless another state is asked for
#[derive(Debug, Args)]
pub(crate) struct List {
    /// States: pending, approved, rejected, expired, revoked, error; or all
    #[arg(long, short, visible_alias = "review-status", value_delimiter = ',')]
    state: Vec<String>,
    /// Only those that you may decide now
    #[arg(long)]
    decidable: bool,
    /// Who asks
    #[arg(long, short, value_delimiter = ',')]
    user: Vec<String>,
    /// For which resources
    #[arg(long, visible_alias = "target", value_delimiter = ',')]
    resource: Vec<String>,
    /// What is asked for: session or statement
    #[arg(long, value_delimiter = ',')]
    kind: Vec<String>,
    /// Of one session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Asked within the last 24h, 7d, …
    #[arg(long)]
    last: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Where the page before ended
    #[arg(long)]
    cursor: Option<String>,
}

/// Shows one request with its votes
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Its id
    id: String,
}

/// Says yes to requests
#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// Their ids
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Why; the requesters read it
    #[arg(long, visible_alias = "reason", default_value = "")]
    comment: String,
}

/// Says no to requests
#[derive(Debug, Args)]
pub(crate) struct Deny {
    /// Their ids
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Why; the requesters read it
    #[arg(long, visible_alias = "reason", default_value = "")]
    comment: String,
}

/// Asks for access to a resource ahead of its use
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// The resource
    resource: String,
    /// The account [default: the access rule's first one]
    #[arg(long, short)]
    account: Option<String>,
    /// Why; reviewers read it
    #[arg(long, short, default_value = "")]
    reason: String,
    /// A ticket number
    #[arg(long, default_value = "")]
    ticket: String,
    /// When it is to begin, in RFC 3339 [default: at once]
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// For how long: 30m, 2h … [default: as long as the rules give it]
    #[arg(long, value_name = "TIME")]
    duration: Option<String>,
    /// Go in without waiting for reviewers, where you may; raises an alarm
    #[arg(long)]
    break_glass: bool,
    /// Wait until it is decided; ends with 7 when it is denied
    #[arg(long)]
    wait: bool,
}

impl Approvals {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        match self {
            Self::List(list) => list.run(client).await,
            Self::Show(show) => show.run(client).await,
            Self::Approve(approve) => approve.run(client).await,
            Self::Deny(deny) => deny.run(client).await,
        }
    }
}

impl List {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let lists = [
            ("state", self.state),
            ("user", self.user),
            ("resource", self.resource),
            ("kind", self.kind),
        ];
        let mut query: Vec<(String, String)> = lists
            .into_iter()
            .flat_map(|(key, values)| values.into_iter().map(move |value| (key.to_owned(), value)))
            .collect();
        let texts = [
            ("session", self.session),
            ("last", self.last),
            ("cursor", self.cursor),
        ];
        query.extend(
            texts
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?))),
        );
        if self.decidable {
            query.push(("decidable".into(), "true".into()));
        }
        query.push(("limit".into(), self.limit.to_string()));
        let page = client.get("/v1/approvals", &query).await?;
        let columns = vec![
            ("ID", "id"),
            ("KIND", "kind"),
            ("USER", "requester.name"),
            ("RESOURCE", "resource.name"),
            ("STATE", "state"),
            ("ASKED", "created_at"),
            ("WAITS FOR", "waits_for"),
            ("REASON", "reason"),
        ];
        list(client, &page, "approvals", columns, "id")
    }
}

impl Show {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let path = format!("/v1/approvals/{}", segment(&self.id));
        let approval = client.get(&path, &[]).await?;
        let text = |path: &str| cell(at(&approval, path));
        let time = |path: &str| local_time(at(&approval, path), client.utc);
        let lasts = at(&approval, "lasts_secs").as_i64().unwrap_or(0);
        let votes = at(&approval, "votes").as_array().cloned().unwrap_or_default();
        let votes: Vec<_> = votes
            .iter()
            .map(|vote| {
                let said = format!("{} {}", cell(at(vote, "by")), cell(at(vote, "ballot")));
                let comment = cell(at(vote, "comment"));
                if comment.is_empty() {
                    said
                } else {
                    format!("{said}: {comment}")
                }
            })
            .collect();
        let fields = [
            ("ID", text("id")),
            ("Kind", text("kind")),
            ("State", text("state")),
            ("User", text("requester.name")),
            ("Resource", text("resource.name")),
            ("Account", text("account")),
            ("Session", text("session_id")),
            ("Rule", text("rule")),
            ("Reason", text("reason")),
            ("Ticket", text("ticket")),
            ("Statement", text("content")),
            ("Asked", time("created_at")),
            ("Begins", time("starts_at")),
            (
                "Lasts",
                if lasts > 0 {
                    span(lasts * 1000)
                } else {
                    String::new()
                },
            ),
            ("Deadline", time("deadline")),
            ("Decided", time("decided_at")),
            ("Waits for", text("waits_for")),
            ("Votes", votes.join("; ")),
        ];
        write_one(client.format(), &approval, &fields)?;
        Ok(0)
    }
}

impl Approve {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        vote(client, "approve", &self.ids, &self.comment).await
    }
}

impl Deny {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        vote(client, "deny", &self.ids, &self.comment).await
    }
}

async fn vote(client: &ClientArgs, verb: &str, ids: &[String], comment: &str) -> Result<u8, Failure> {
    if let [id] = ids {
        let path = format!("/v1/approvals/{}:{verb}", segment(id));
        let voted = client.post(&path, &[], &json!({ "comment": comment })).await?;
        tell(client, std::slice::from_ref(&voted))?;
        return Ok(0);
    }
    let body = json!({ "ids": ids, "comment": comment });
    let outcome = client.post(&format!("/v1/approvals:{verb}"), &[], &body).await?;
    let results = at(&outcome, "results").as_array().cloned().unwrap_or_default();
    let (taken, refused): (Vec<_>, Vec<_>) = results
        .into_iter()
        .partition(|result| at(result, "ok").as_bool() == Some(true));
    for result in &refused {
        let (id, why) = (cell(at(result, "id")), cell(at(result, "error")));
        client.remark(&format!("{id}: {why}"));
    }
    tell(client, &taken)?;
    Ok(if refused.is_empty() {
        0
    } else {
        Exit::Partial as u8
    })
}

/// Writes where requests stand now.
fn tell(client: &ClientArgs, rows: &[Value]) -> Result<(), Failure> {
    let lines = rows.iter().map(|row| match client.format() {
        Format::Json | Format::Jsonl => row.to_string(),
        Format::Id => cell(at(row, "id")),
        _ => format!("{}  {}", cell(at(row, "id")), cell(at(row, "state"))),
    });
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        return Ok(());
    }
    write_out(&format!("{}\n", lines.join("\n")))
}

impl Request {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let duration = self.duration.as_deref().map(|text| {
            let span = api::query::parse_span(text);
            let usage = || {
                Failure::new(
                    Exit::Usage,
                    format!("`{text}` is not a length of time such as 30m"),
                )
            };
            span.map(|span| span.0 / 1_000_000).ok_or_else(usage)
        });
        let body = json!({
            "resource": self.resource,
            "account": self.account,
            "reason": self.reason,
            "ticket": self.ticket,
            "starts_at": self.start,
            "duration_secs": duration.transpose()?,
            "break_glass": self.break_glass,
        });
        let mut session = client.post("/v1/requests", &[], &body).await?;
        let id = cell(at(&session, "session_id"));
        let path = format!("/v1/sessions/{}", segment(&id));
        if self.wait {
            client.remark(&format!("waiting for approval; session {id}"));
            while at(&session, "state") == "awaiting_approval" {
                tokio::time::sleep(LOOK).await;
                session = client.get(&path, &[]).await?;
            }
        }
        let text = |path: &str| cell(at(&session, path));
        let fields = [
            ("Session", id),
            ("State", text("state")),
            ("Resource", text("resource.name")),
            ("Account", text("account")),
            ("Begins", local_time(at(&session, "starts_at"), client.utc)),
            ("Until", local_time(at(&session, "expires_at"), client.utc)),
            ("Message", text("end_message")),
        ];
        write_one(client.format(), &session, &fields)?;
        let state = text("state");
        Ok(
            if matches!(state.as_str(), "denied" | "failed" | "canceled" | "terminated") {
                Exit::Denied as u8
            } else {
                0
            },
        )
    }
}
