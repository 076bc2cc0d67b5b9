//! The audit log on the command line: what is in it, and whether it is what was written.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use futures_util::StreamExt as _;
use serde_json::json;
use store::{Checkpoint, SignedVerification, Verification};
use tape::PublicKey;
use tokio::io::AsyncWriteExt as _;

use super::{show::list, verify};
use crate::client::{ClientArgs, Exit, Failure, at, write_out};

/// Lists the audit log, newest first; or takes it out and checks it
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Audit {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(Verify),
    Export(Export),
    Checkpoint(TakeCheckpoint),
}

/// Which lines
#[derive(Debug, Args)]
struct Filters {
    /// Kinds such as session.locked, or a noun with a dot such as recording.
    #[arg(long, value_delimiter = ',')]
    kind: Vec<String>,
    /// Who did it
    #[arg(long, value_delimiter = ',')]
    actor: Vec<String>,
    /// About this session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// About this object, such as user/ana
    #[arg(long)]
    object: Option<String>,
    /// Not earlier than
    #[arg(long)]
    since: Option<String>,
    /// Earlier than
    #[arg(long)]
    until: Option<String>,
    /// Text in the line
    #[arg(long)]
    grep: Option<String>,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    filters: Filters,
    /// At most so many
    #[arg(long, default_value_t = 200)]
    limit: u32,
}

/// Checks the chain and the signatures of the audit log: of the gateway's, or offline of a file that `audit export` made
#[derive(Debug, Args)]
struct Verify {
    /// A file of `audit export`; `-` for what comes in
    file: Option<PathBuf>,
    /// Public keys in PEM form [default: recording.pub beside the file, else asked of the gateway]
    #[arg(long, short = 'k', visible_alias = "public-key", value_name = "FILE")]
    pubkey: Option<PathBuf>,
    /// A signature that was kept elsewhere (`audit checkpoint`): the file must reach at least as far, and agree with it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

/// Takes the audit log out, oldest first: the whole log as JSON can be checked offline
#[derive(Debug, Args)]
struct Export {
    #[command(flatten)]
    filters: Filters,
    /// Form of the file
    #[arg(long = "as", value_name = "FORM", default_value = "jsonl", value_parser = ["jsonl", "csv"])]
    form: String,
    /// Where to [default: what goes out]
    #[arg(short = 'O', long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Signs the audit log as it is now and prints the signature, to be kept elsewhere
#[derive(Debug, Args)]
struct TakeCheckpoint {}

impl Filters {
    fn query(self) -> Vec<(String, String)> {
        let one = [
            ("session", self.session),
            ("object", self.object),
            ("since", self.since),
            ("until", self.until),
            ("text", self.grep),
        ];
        let many = [("kind", self.kind), ("actor", self.actor)];
        let mut query: Vec<_> = one
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect();
        for (key, values) in many {
            query.extend(values.into_iter().map(|value| (key.to_owned(), value)));
        }
        query
    }
}

impl Audit {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        match self.command {
            None => self.list.run(client).await,
            Some(Command::Verify(verify)) => verify.run(client).await,
            Some(Command::Export(export)) => export.run(client).await,
            Some(Command::Checkpoint(_)) => {
                let answer = client
                    .send(reqwest::Method::GET, "/v1/audit/checkpoint", &[], None)
                    .await?;
                write_out(&answer.text().await?)?;
                Ok(0)
            }
        }
    }
}

impl List {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut query = self.filters.query();
        query.push(("limit".to_owned(), self.limit.to_string()));
        let page = client.get("/v1/audit", &query).await?;
        let columns = vec![
            ("NO", "seq"),
            ("TIME", "at"),
            ("WHAT", "kind"),
            ("BY", "actor"),
            ("SESSION", "session_id"),
            ("OBJECT", "object"),
            ("DETAIL", "detail"),
        ];
        list(client, &page, "events", columns, "seq")
    }
}

impl Export {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut query = self.filters.query();
        query.push(("as".to_owned(), self.form));
        let answer = client
            .send(reqwest::Method::GET, "/v1/audit/export", &query, None)
            .await?;
        let mut chunks = answer.bytes_stream();
        let failed = |error: std::io::Error| Failure::new(Exit::Error, format!("cannot write: {error}"));
        let mut out: Box<dyn tokio::io::AsyncWrite + Unpin> = match &self.to {
            Some(path) => Box::new(tokio::fs::File::create(path).await.map_err(failed)?),
            None => Box::new(tokio::io::stdout()),
        };
        while let Some(chunk) = chunks.next().await {
            out.write_all(&chunk?).await.map_err(failed)?;
        }
        out.flush().await.map_err(failed)?;
        Ok(0)
    }
}

impl Verify {
    async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let Some(file) = &self.file else {
            return Self::online(client).await;
        };
        let keys = self.keys(client, file).await?;
        let newer = self.newer()?;
        let unread = |error: std::io::Error| {
            Failure::new(Exit::NotFound, format!("cannot read {}: {error}", file.display()))
        };
        let reader: Box<dyn Read> = if file.as_os_str() == "-" {
            Box::new(std::io::stdin())
        } else {
            Box::new(File::open(file).map_err(unread)?)
        };
        let report = store::verify_export(BufReader::with_capacity(1 << 20, reader), &keys, newer.as_ref());
        tell(client, &report.map_err(unread)?)
    }

    async fn online(client: &ClientArgs) -> Result<u8, Failure> {
        let verdict = client.get("/v1/audit/verify", &[]).await?;
        let intact = at(&verdict, "intact").as_bool().unwrap_or_default();
        if verify::wants_words(client) {
            let number = |key: &str| at(&verdict, key).as_i64().unwrap_or_default();
            let text = if intact {
                whole(
                    number("lines"),
                    number("signed_to"),
                    at(&verdict, "signed_at").as_str(),
                )
            } else {
                let fault = at(&verdict, "fault").as_str().unwrap_or_default();
                broken(number("broken_at"), fault)
            };
            write_out(&text)?;
        } else {
            write_out(&format!("{verdict}\n"))?;
        }
        Ok(if intact { 0 } else { Exit::NotVerified as u8 })
    }

    /// Finds the public keys: named, lying near, or published by the gateway.
    async fn keys(&self, client: &ClientArgs, file: &std::path::Path) -> Result<Vec<[u8; 32]>, Failure> {
        let keys: Vec<PublicKey> = verify::keys(client, self.pubkey.as_deref(), file).await?;
        Ok(keys.into_iter().map(|key| key.0).collect())
    }

    fn newer(&self) -> Result<Option<Checkpoint>, Failure> {
        let Some(path) = &self.checkpoint else {
            return Ok(None);
        };
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(Exit::NotFound, format!("cannot read {}: {error}", path.display()))
        })?;
        let read = Checkpoint::read(&text);
        let read =
            read.ok_or_else(|| Failure::new(Exit::Usage, format!("{} holds no signature", path.display())))?;
        Ok(Some(read))
    }
}

fn tell(client: &ClientArgs, report: &SignedVerification) -> Result<u8, Failure> {
    let signed_at = report.signed_at.set().map(domain::Micros::rfc3339);
    let (intact, text, seq, word) = match report.found {
        Verification::Intact { lines, .. } => (
            true,
            whole(lines, report.signed, signed_at.as_deref()),
            None,
            None,
        ),
        Verification::Broken { seq, what } => (false, broken(seq, what.word()), Some(seq), Some(what.word())),
    };
    if verify::wants_words(client) {
        write_out(&text)?;
    } else {
        let value = json!({
            "intact": intact,
            "broken_at": seq,
            "fault": word,
            "signed_to": report.signed,
            "signed_at": signed_at,
            "checkpoints": report.checkpoints,
        });
        write_out(&format!("{value}\n"))?;
    }
    Ok(if intact { 0 } else { Exit::NotVerified as u8 })
}

fn whole(lines: i64, signed: i64, at: Option<&str>) -> String {
    let until = at.map(|at| format!(" at {at}")).unwrap_or_default();
    format!("intact: {lines} lines, signed up to line {signed}{until}\n")
}

fn broken(seq: i64, word: &str) -> String {
    let what = match word {
        "missing" => "the line is missing",
        "altered" => "the line was altered",
        "unchained" => "the line does not follow from the one before it",
        "forged" => "the lines up to here are not those that were signed",
        "cut" => "lines from here on were signed, or must have been, and are gone",
        other => other,
    };
    format!("NOT intact: line {seq}: {what} ({word})\n")
}
