//! `doorward policy`: what the rules say of somebody, and what a draft of them would have said of what was done.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{apply, show::list};
use crate::client::{ClientArgs, Exit, Failure, Format, at, cell, write_one, write_out};

/// What can be asked of rules.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    Test(Test),
    Replay(Replay),
}

/// Says whether somebody may use a resource now, and send a statement, and which rule decides
///
/// Ends with 7 when either is refused.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Who, by login name
    user: String,
    /// What for
    resource: String,
    /// As which account; the first that the rules give, unless said
    #[arg(long)]
    account: Option<String>,
    /// A statement that would be sent
    #[arg(long)]
    statement: Option<String>,
    /// When: now, unless said
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// From which address; networks decide nothing, unless said
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// Files of documents that are taken as applied; - is standard input
    #[arg(long = "file", short, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Holds a draft against what was done, and lists the sessions and statements of which it says something else
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// From when on: 30d, 2h, a date or a time
    #[arg(long, default_value = "30d")]
    since: String,
    /// Until when: now, unless said
    #[arg(long)]
    until: Option<String>,
    /// Files of documents that are taken as applied; - is standard input. Without any, the rules of today
    #[arg(long = "file", short, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Changes that are listed, at most 1000; all are counted
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

impl Policy {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        match self {
            Self::Test(test) => test.run(client).await,
            Self::Replay(replay) => replay.run(client).await,
        }
    }
}

fn documents(files: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    let mut documents = Vec::new();
    for file in files {
        documents.extend(apply::read(file)?);
    }
    Ok(documents)
}

impl Test {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let question = json!({
            "user": self.user,
            "resource": self.resource,
            "account": self.account,
            "statement": self.statement,
            "at": self.at,
            "from": self.from,
            "documents": documents(&self.files)?,
        });
        let answer = client.post("/v1/policy/test", &[], &question).await?;
        let (session, statement) = (at(&answer, "session"), at(&answer, "statement"));
        if matches!(client.format(), Format::Table | Format::Wide) {
            let mut lines = vec![format!("session    {}", sentence(session))];
            if !cell(at(&answer, "account")).is_empty() {
                let (account, profile) = (cell(at(&answer, "account")), cell(at(&answer, "profile")));
                lines.push(format!("as         {account}, under profile {profile}"));
            }
            for (title, key) in [("hours", "hours"), ("from", "network")] {
                let said = at(&answer, key);
                if !said.is_null() {
                    lines.push(format!("{title:9}  {}", cell(said)));
                }
            }
            if self.statement.is_some() {
                let said = if statement.is_null() {
                    "not judged".to_owned()
                } else {
                    sentence(statement)
                };
                lines.push(format!("statement  {said}"));
            }
            write_out(&format!("{}\n", lines.join("\n")))?;
        } else {
            write_one(client.format(), &answer, &[])?;
        }
        let refused = [session, statement]
            .iter()
            .any(|verdict| at(verdict, "effect") == "deny");
        Ok(if refused { Exit::Denied as u8 } else { 0 })
    }
}

/// Writes a verdict: `deny by rule "no-ddl": no changes of the schema`.
fn sentence(verdict: &Value) -> String {
    let [effect, rule, words] = ["effect", "rule", "words"].map(|key| cell(at(verdict, key)));
    let by = if rule.is_empty() {
        String::new()
    } else {
        format!(" by rule {rule}")
    };
    let why = if words.is_empty() {
        String::new()
    } else {
        format!(": {words}")
    };
    format!("{effect}{by}{why}")
}

impl Replay {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let draft = json!({
            "since": self.since,
            "until": self.until,
            "documents": documents(&self.files)?,
            "limit": self.limit,
        });
        let mut answer = client.post("/v1/policy/replay", &[], &draft).await?;
        if !matches!(client.format(), Format::Table | Format::Wide) {
            write_one(client.format(), &answer, &[])?;
            return Ok(0);
        }
        for change in answer
            .get_mut("changes")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            for side in ["before", "after"] {
                let said = sentence(at(change, side));
                if let Some(fields) = change.as_object_mut() {
                    fields.insert(format!("{side}_said"), Value::from(said));
                }
            }
        }
        let columns = vec![
            ("AT", "at"),
            ("SESSION", "session_id"),
            ("USER", "user"),
            ("RESOURCE", "resource"),
            ("STATEMENT", "statement"),
            ("WAS", "before_said"),
            ("WOULD BE", "after_said"),
        ];
        list(client, &answer, "changes", columns, "session_id")?;
        for what in ["sessions", "statements"] {
            let tally = at(&answer, what);
            let [allow, deny, hold, changed] =
                ["allow", "deny", "hold", "changed"].map(|key| cell(at(tally, key)));
            client.remark(&format!(
                "{what}: {allow} allowed, {deny} refused, {hold} waiting for reviewers; {changed} otherwise than they were"
            ));
        }
        if at(&answer, "cut") == &Value::Bool(true) {
            client.remark("there was more than is looked at; ask for a shorter time");
        }
        Ok(0)
    }
}
