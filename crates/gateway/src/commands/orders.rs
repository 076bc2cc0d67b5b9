//! Orders to sessions: cancel, terminate, lock, unlock, extend, and hold and release of their recordings; one or many.

use std::io::BufRead;

use clap::{Args, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::sessions::Filters;
use crate::client::{ClientArgs, Exit, Failure, Format, at, cell, segment, write_out};

/// Which sessions: by id, from standard input, or by filters.
#[derive(Debug, Args)]
pub(crate) struct Targets {
    /// Session ids, or unique beginnings of them; `-` reads them from standard input
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    filters: Filters,
    #[arg(long = "id", hide = true, value_name = "ID")]
    id_flag: Vec<String>,
}

/// Ends sessions softly: the user is told and has a few seconds
#[derive(Debug, Args)]
pub(crate) struct Cancel {
    #[command(flatten)]
    targets: Targets,
    /// Why; shown to the user and kept
    #[arg(long, default_value = "")]
    reason: String,
}

/// Cuts sessions at once
#[derive(Debug, Args)]
pub(crate) struct Terminate {
    #[command(flatten)]
    targets: Targets,
    /// Why; shown to the user and kept
    #[arg(long, default_value = "")]
    reason: String,
    /// Cut the connections only, and leave an entitlement usable
    #[arg(long)]
    keep_entitlement: bool,
}

/// What a lock covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scope {
    /// This session
    Session,
    /// Every session on its resource, and no new ones
    Resource,
    /// Every session of its user, and no new ones
    User,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Resource => "resource",
            Self::User => "user",
        }
    }
}

/// Freezes the input of sessions; connections stay
#[derive(Debug, Args)]
pub(crate) struct Lock {
    #[command(flatten)]
    targets: Targets,
    /// A short title
    #[arg(long, default_value = "")]
    title: String,
    /// What the user is told
    #[arg(long, visible_alias = "reason", default_value = "")]
    message: String,
    /// What the lock covers
    #[arg(long, value_enum, default_value_t = Scope::Session)]
    scope: Scope,
}

/// Lets locked sessions go on
#[derive(Debug, Args)]
pub(crate) struct Unlock {
    #[command(flatten)]
    targets: Targets,
    /// What the lock covers
    #[arg(long, value_enum, default_value_t = Scope::Session)]
    scope: Scope,
}

/// Moves the end of sessions
#[derive(Debug, Args)]
pub(crate) struct Extend {
    #[command(flatten)]
    targets: Targets,
    /// By how much: 30m, 1h …
    #[arg(long)]
    by: String,
    /// The version of a single session that was seen; another one is an error
    #[arg(long)]
    if_version: Option<i64>,
}

/// Keeps the recordings of ended sessions, whatever the rules of retention say
#[derive(Debug, Args)]
pub(crate) struct Hold {
    #[command(flatten)]
    targets: Targets,
    /// Why; kept in the audit log
    #[arg(long, default_value = "")]
    reason: String,
}

/// Lets held recordings go by the rules of retention again
#[derive(Debug, Args)]
pub(crate) struct Release {
    #[command(flatten)]
    targets: Targets,
    /// Why; kept in the audit log
    #[arg(long, default_value = "")]
    reason: String,
}

impl Targets {
    /// Gives the ids that are meant, asking the gateway when filters select them.
    async fn resolve(self, client: &ClientArgs) -> Result<Vec<String>, Failure> {
        let mut ids: Vec<String> = self.ids.into_iter().chain(self.id_flag).collect();
        if ids.iter().any(|id| id == "-") {
            ids.retain(|id| id != "-");
            let lines = std::io::stdin().lock().lines().collect::<Result<Vec<_>, _>>()?;
            ids.extend(
                lines
                    .into_iter()
                    .map(|line| line.trim().to_owned())
                    .filter(|line| !line.is_empty()),
            );
            // Nothing came through the pipe: nothing is to be done.
            return Ok(ids);
        }
        let mut query = self.filters.query();
        if ids.is_empty() && query.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                "name sessions by id, by filters, or with - from standard input",
            ));
        }
        if !query.is_empty() {
            if !ids.is_empty() {
                return Err(Failure::new(
                    Exit::Usage,
                    "name sessions either by id or by filters",
                ));
            }
            query.push(("limit".into(), "1000".into()));
            let page = client.get("/v1/sessions", &query).await?;
            let rows = page
                .get("sessions")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            ids = rows.iter().map(|row| cell(at(row, "session_id"))).collect();
        }
        Ok(ids)
    }
}

impl Cancel {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        give(client, self.targets, "cancel", &json!({ "reason": self.reason })).await
    }
}

impl Terminate {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let words = json!({ "reason": self.reason, "keep_entitlement": self.keep_entitlement });
        give(client, self.targets, "terminate", &words).await
    }
}

impl Lock {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let words = json!({ "title": self.title, "message": self.message, "scope": self.scope.word() });
        give(client, self.targets, "lock", &words).await
    }
}

impl Unlock {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        give(
            client,
            self.targets,
            "unlock",
            &json!({ "scope": self.scope.word() }),
        )
        .await
    }
}

impl Extend {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let by = api::query::parse_span(&self.by).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                format!("`{}` is not a length of time such as 30m", self.by),
            )
        })?;
        let words = json!({ "by_secs": by.0 / 1_000_000 });
        give_if(client, self.targets, "extend", &words, self.if_version).await
    }
}

impl Hold {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        give(client, self.targets, "hold", &json!({ "reason": self.reason })).await
    }
}

impl Release {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        give(client, self.targets, "release", &json!({ "reason": self.reason })).await
    }
}

async fn give(client: &ClientArgs, targets: Targets, verb: &str, words: &Value) -> Result<u8, Failure> {
    give_if(client, targets, verb, words, None).await
}

/// Gives an order to each session that is meant; with a version, to the only one, and only while it has this version.
async fn give_if(
    client: &ClientArgs,
    targets: Targets,
    verb: &str,
    words: &Value,
    version: Option<i64>,
) -> Result<u8, Failure> {
    let ids = targets.resolve(client).await?;
    if ids.is_empty() {
        client.remark("No sessions found");
        return Ok(0);
    }
    if version.is_some() && ids.len() > 1 {
        return Err(Failure::new(Exit::Usage, "--if-version is of one session"));
    }
    if matches!(verb, "cancel" | "terminate") {
        client.confirm(&format!("{verb} {} session(s): {}?", ids.len(), ids.join(", ")))?;
    }
    let mut outcomes = Vec::new();
    for id in ids {
        let path = format!("/v1/sessions/{}:{verb}", segment(&id));
        let sent = client
            .send_if(Method::POST, &path, &[], Some(words), version)
            .await;
        let outcome = match sent {
            Ok(response) => response.json::<Value>().await.map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        outcomes.push((id, outcome));
    }
    // One session fails as a whole, with its own code; of many, some.
    if outcomes.len() == 1
        && let Some((_, Err(failure))) = outcomes.pop_if(|(_, outcome)| outcome.is_err())
    {
        return Err(failure);
    }
    tell(client, &outcomes)
}

fn tell(client: &ClientArgs, outcomes: &[(String, Result<Value, Failure>)]) -> Result<u8, Failure> {
    let mut failed = 0;
    let mut lines = Vec::new();
    for (id, outcome) in outcomes {
        match outcome {
            Ok(session) => lines.push(match client.format() {
                Format::Json | Format::Jsonl => session.to_string(),
                Format::Id => cell(at(session, "session_id")),
                _ => format!(
                    "{}  {}",
                    cell(at(session, "session_id")),
                    cell(at(session, "state"))
                ),
            }),
            Err(failure) => {
                failed += 1;
                client.remark(&format!("{id}: {failure}"));
            }
        }
    }
    if !lines.is_empty() {
        write_out(&format!("{}\n", lines.join("\n")))?;
    }
    Ok(if failed == 0 { 0 } else { Exit::Partial as u8 })
}
