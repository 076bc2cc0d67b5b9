//! One session: what it is, its events, its activity, its files; and the search over all.

use clap::Args;
use serde_json::Value;

use super::sessions::shown;
use crate::client::{ClientArgs, Failure, Table, at, bytes, cell, local_time, segment, span, write_one};

/// Shows one session
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
}

/// A session, by its id or a unique beginning of it.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Session id, or a unique beginning of it (8 characters or more)
    #[arg(required_unless_present = "id_flag")]
    id: Option<String>,
    #[arg(long = "id", hide = true, value_name = "ID")]
    id_flag: Option<String>,
}

impl Which {
    /// Gives the path of the session in the API.
    pub(crate) fn path(&self) -> String {
        format!("/v1/sessions/{}", segment(self.id()))
    }

    /// Gives the id as it was typed.
    pub(crate) fn id(&self) -> &str {
        self.id.as_deref().or(self.id_flag.as_deref()).unwrap_or_default()
    }
}

impl Show {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let session = client.get(&self.which.path(), &[]).await?;
        let text = |path: &str| cell(at(&session, path));
        let time = |path: &str| local_time(at(&session, path), client.utc);
        let number = |path: &str| at(&session, path).as_i64().unwrap_or(0);
        let lock = at(&session, "lock");
        let locked = if lock.is_null() {
            String::new()
        } else {
            format!(
                "by {} since {} {}",
                cell(at(lock, "by")),
                local_time(at(lock, "at"), client.utc),
                cell(at(lock, "message"))
            )
        };
        let hold = at(&session, "hold");
        let waits = if hold.is_null() {
            String::new()
        } else {
            format!(
                "statement {} by rule `{}` since {}; {}",
                cell(at(hold, "statement")),
                cell(at(hold, "rule")),
                local_time(at(hold, "since"), client.utc),
                cell(at(hold, "approval_id"))
            )
        };
        let fields = [
            ("Session", text("session_id")),
            ("State", shown("state", at(&session, "state"), client)),
            ("User", text("user.name")),
            (
                "Resource",
                format!(
                    "{} ({}, {})",
                    text("resource.name"),
                    text("resource.type"),
                    text("resource.host")
                ),
            ),
            ("Account", text("account")),
            ("Secret", text("secret_name")),
            ("Access rule", text("access_rule")),
            ("Profile", text("profile")),
            ("Activity", text("activity.name")),
            ("Gateway", text("gateway.name")),
            (
                "Client",
                format!("{} from {}", text("client_interface_title"), text("client_ip")),
            ),
            ("Verb", text("verb")),
            ("Requested", time("created_at")),
            ("Started", time("started_at")),
            ("First logon", time("first_logon_at")),
            ("Scheduled end", time("expires_at")),
            ("Ended", time("ended_at")),
            ("Duration", span(number("duration_ms"))),
            (
                "Data",
                format!(
                    "{} up, {} down",
                    bytes(number("bytes_up")),
                    bytes(number("bytes_down"))
                ),
            ),
            ("Locked", locked),
            ("Held", waits),
            ("End reason", text("end_reason")),
            ("Ended by", text("ended_by")),
            ("Message", text("end_message")),
            ("Error", text("error.message")),
            ("Hint", text("error.hint")),
            ("Recording", text("recording.state")),
            ("Kept until", time("recording.expires_at")),
            ("Removed", time("recording.removed.at")),
            ("Removed by", text("recording.removed.rule")),
            ("You may", text("authorized_actions")),
        ];
        write_one(client.format(), &session, &fields)?;
        Ok(0)
    }
}

/// Shows the event log of a session, newest first
#[derive(Debug, Args)]
pub(crate) struct Events {
    #[command(flatten)]
    which: Which,
    /// Levels: debug, info, warn, error
    #[arg(long, value_delimiter = ',')]
    level: Vec<String>,
    /// Text in the line
    #[arg(long)]
    grep: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 200)]
    limit: u32,
}

impl Events {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut query: Vec<_> = self
            .level
            .iter()
            .map(|level| ("level".to_owned(), level.clone()))
            .collect();
        query.extend(self.grep.clone().map(|text| ("text".to_owned(), text)));
        query.push(("limit".into(), self.limit.to_string()));
        let page = client
            .get(&format!("{}/events", self.which.path()), &query)
            .await?;
        let columns = vec![
            ("NO", "number"),
            ("TIME", "at"),
            ("LEVEL", "level"),
            ("MESSAGE", "message"),
            ("BY", "actor"),
        ];
        list(client, &page, "events", columns, "number")
    }
}

/// Lists what was done in a session: commands, statements, files, forwards, notes
#[derive(Debug, Args)]
pub(crate) struct Activity {
    #[command(flatten)]
    which: Which,
    /// Kinds: command, statement, file, forward, request, note
    #[arg(long, value_delimiter = ',')]
    kind: Vec<String>,
    /// Text in the entry
    #[arg(long)]
    grep: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 1000)]
    limit: u32,
}

impl Activity {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut query: Vec<_> = self
            .kind
            .iter()
            .map(|kind| ("kind".to_owned(), kind.clone()))
            .collect();
        query.extend(self.grep.clone().map(|text| ("text".to_owned(), text)));
        query.push(("limit".into(), self.limit.to_string()));
        let page = client
            .get(&format!("{}/activity", self.which.path()), &query)
            .await?;
        let columns = vec![
            ("TIME", "at"),
            ("KIND", "kind"),
            ("OUTCOME", "outcome"),
            ("EXIT", "exit_code"),
            ("TOOK", "duration_ms"),
            ("TEXT", "text"),
        ];
        list(client, &page, "entries", columns, "id")
    }
}

/// Lists the file operations of a session
#[derive(Debug, Args)]
pub(crate) struct Files {
    #[command(flatten)]
    which: Which,
    /// Operations: upload, download, delete, rename, mkdir, rmdir, list …
    #[arg(long, value_delimiter = ',')]
    op: Vec<String>,
    /// Text in the path
    #[arg(long)]
    path: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 1000)]
    limit: u32,
}

impl Files {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut query: Vec<_> = self.op.iter().map(|op| ("op".to_owned(), op.clone())).collect();
        query.extend(self.path.clone().map(|text| ("path".to_owned(), text)));
        query.push(("limit".into(), self.limit.to_string()));
        let page = client
            .get(&format!("{}/files", self.which.path()), &query)
            .await?;
        let columns = vec![
            ("TIME", "at"),
            ("OP", "op"),
            ("BY", "protocol"),
            ("OK", "ok"),
            ("BYTES", "bytes"),
            ("PATH", "path"),
            ("TO", "to"),
            ("SHA-256", "sha256"),
        ];
        list(client, &page, "files", columns, "path")
    }
}

/// Finds what was done in all sessions
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Words that must all occur; words in double quotes must follow each other
    text: String,
    /// Kinds: command, statement, file, forward, request, note
    #[arg(long, value_delimiter = ',')]
    kind: Vec<String>,
    /// Not earlier than
    #[arg(long)]
    since: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

impl Search {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut query = vec![
            ("q".to_owned(), self.text.clone()),
            ("limit".into(), self.limit.to_string()),
        ];
        query.extend(self.kind.iter().map(|kind| ("kind".to_owned(), kind.clone())));
        query.extend(self.since.clone().map(|since| ("since".to_owned(), since)));
        let mut page = client.get("/v1/search", &query).await?;
        for hit in page
            .get_mut("hits")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let link = hit
                .get("link")
                .and_then(Value::as_str)
                .map(|link| client.url(link));
            if let (Some(link), Some(hit)) = (link, hit.as_object_mut()) {
                hit.insert("link".to_owned(), link.into());
            }
        }
        let columns = vec![
            ("SESSION", "session_id"),
            ("TIME", "at"),
            ("KIND", "kind"),
            ("TEXT", "snippet"),
            ("LINK", "link"),
        ];
        list(client, &page, "hits", columns, "session_id")
    }
}

/// Writes a list of an answer.
pub(crate) fn list(
    client: &ClientArgs,
    page: &Value,
    key: &'static str,
    columns: Vec<(&'static str, &'static str)>,
    id: &'static str,
) -> Result<u8, Failure> {
    let rows = page
        .get(key)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let table = Table {
        rows: &rows,
        columns,
        id,
        name: key,
    };
    table.write(client.format(), page, |path, value| {
        one_line(&shown(path, value, client))
    })?;
    Ok(0)
}

/// Keeps a cell in its line.
fn one_line(text: &str) -> String {
    text.replace('\n', "⏎")
        .replace(['\r', '\t'], " ")
        .chars()
        .filter(|c| !c.is_control() || *c == '\u{1b}')
        .collect()
}
