//! Statements of databases: their log and their results as files, a second run, and what differs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use reqwest::Method;
use serde_json::json;

use super::export::save;
use crate::client::{ClientArgs, Failure, at, cell, segment, write_one};

/// The forms of a table of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// An object on each line
    Jsonl,
    /// A table
    Csv,
}

impl Form {
    fn pair(self) -> (String, String) {
        let word = match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        };
        ("as".to_owned(), word.to_owned())
    }
}

/// Takes the log of statements out as a file: of one session, or of all that you may see
#[derive(Debug, Args)]
pub(crate) struct Queries {
    /// Session id; all sessions when absent
    id: Option<String>,
    /// The form of the file
    #[arg(long = "as", value_enum, default_value_t = Form::Jsonl)]
    form: Form,
    /// Only of this user (without a session)
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// Only on this resource (without a session)
    #[arg(long, value_name = "NAME")]
    resource: Vec<String>,
    /// Only since then, such as 7d (without a session)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only before then (without a session)
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Where to write it; - is standard output
    #[arg(long, short = 'O', default_value = "-", value_name = "FILE")]
    out: PathBuf,
}

impl Queries {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut query = vec![self.form.pair()];
        let one = |key: &str, value: Option<String>| value.map(|value| (key.to_owned(), value));
        query.extend(one("session", self.id));
        query.extend(self.user.into_iter().map(|name| ("user".to_owned(), name)));
        query.extend(
            self.resource
                .into_iter()
                .map(|name| ("resource".to_owned(), name)),
        );
        query.extend(one("since", self.since));
        query.extend(one("until", self.until));
        save(client, "/v1/query-log", &query, &self.out).await
    }
}

/// Takes the result of a statement out as a file, or one value of it
#[derive(Debug, Args)]
pub(crate) struct ResultFile {
    /// Session id
    id: String,
    /// The number of the statement's entry (see `sessions activity`), or n3 for the third one of a console's session
    which: String,
    /// The form of the file
    #[arg(long = "as", value_enum, default_value_t = Form::Csv)]
    form: Form,
    /// Only one value, as it is: the number of its row, from 0
    #[arg(long, value_name = "ROW", requires = "column")]
    row: Option<u64>,
    /// … and of its column, from 0
    #[arg(long, value_name = "COLUMN", requires = "row")]
    column: Option<u64>,
    /// Where to write it; - is standard output
    #[arg(long, short = 'O', default_value = "-", value_name = "FILE")]
    out: PathBuf,
}

impl ResultFile {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let path = format!(
            "/v1/sessions/{}/results/{}",
            segment(&self.id),
            segment(&self.which)
        );
        let (path, query) = match (self.row, self.column) {
            (Some(row), Some(column)) => {
                let query = [("row", row), ("column", column)];
                let query = query.map(|(key, value)| (key.to_owned(), value.to_string()));
                (format!("{path}/value"), query.to_vec())
            }
            _ => (format!("{path}/file"), vec![self.form.pair()]),
        };
        save(client, &path, &query, &self.out).await
    }
}

/// Runs a statement of the log again, as a new session of yours
#[derive(Debug, Args)]
pub(crate) struct Rerun {
    /// Session id
    id: String,
    /// The number of the statement's entry (see `sessions activity`)
    seq: i64,
    /// The account; that of the first run unless told
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

impl Rerun {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let path = format!("/v1/sessions/{}/activity/{}/rerun", segment(&self.id), self.seq);
        let wish = json!({ "account": self.account });
        let done = client.send(Method::POST, &path, &[], Some(&wish)).await?;
        let done: serde_json::Value = done.json().await?;
        let failed = !at(&done, "error").is_null();
        let came = if failed {
            format!(
                "{} {}",
                cell(at(&done, "error.code")),
                cell(at(&done, "error.message"))
            )
        } else {
            cell(at(&done, "tag"))
        };
        let old = format!("{}/{}", self.id, self.seq);
        let new = format!("{}/{}", cell(at(&done, "session")), cell(at(&done, "which")));
        let fields = [
            ("Session", cell(at(&done, "session"))),
            ("Outcome", came),
            ("Rows", cell(at(&done, "rows"))),
            ("Compare", format!("doorward sessions compare {old} {new}")),
        ];
        write_one(client.format(), &done, &fields)?;
        Ok(u8::from(failed))
    }
}

/// Compares two results; ends with 1 when they differ
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The old one: SESSION/NUMBER
    left: String,
    /// The new one: SESSION/NUMBER
    right: String,
    /// A column by which rows are told apart; the first one unless told
    #[arg(long, value_name = "COLUMN")]
    key: Vec<String>,
}

impl Compare {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut query = vec![("left".to_owned(), self.left), ("right".to_owned(), self.right)];
        query.extend(self.key.into_iter().map(|key| ("key".to_owned(), key)));
        let found = client.get("/v1/compare", &query).await?;
        let names = |path: &str| {
            let columns = at(&found, path).as_array().cloned().unwrap_or_default();
            let names: Vec<_> = columns.iter().map(|column| cell(at(column, "name"))).collect();
            names.join(", ")
        };
        let same = at(&found, "same").as_bool() == Some(true);
        let fields = [
            ("Same", if same { "yes" } else { "no" }.to_owned()),
            (
                "Rows",
                format!(
                    "{} and {}",
                    cell(at(&found, "rows_left")),
                    cell(at(&found, "rows_right"))
                ),
            ),
            ("Added", cell(at(&found, "rows_added"))),
            ("Removed", cell(at(&found, "rows_removed"))),
            ("Changed", cell(at(&found, "rows_changed"))),
            ("New columns", names("columns_added")),
            ("Lost columns", names("columns_removed")),
            ("Other types", names("columns_changed")),
        ];
        write_one(client.format(), &found, &fields)?;
        Ok(u8::from(!same))
    }
}
