//! `doorward sessions export`: session content as a file.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use futures_util::StreamExt;
use reqwest::Method;
use tokio::io::AsyncWriteExt;

use super::show::Which;
use crate::client::{ClientArgs, Failure};

/// Takes a session out as a file
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    which: Which,
    /// The form of the file
    #[arg(long = "as", value_enum, default_value_t = Form::Asciicast)]
    form: Form,
    /// Where to write it; - is standard output
    #[arg(long, short = 'O', default_value = "-", value_name = "FILE")]
    out: PathBuf,
}

/// The forms of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The terminal, for asciinema (version 3)
    Asciicast,
    /// The terminal, for older players (version 2)
    Asciicast2,
    /// Commands with their output
    Txt,
    /// The activity log
    Json,
    /// The activity log as a table
    Csv,
    /// The sealed recording itself, for `doorward verify`
    Tape,
    /// Everything about it as one signed archive, for `doorward verify`
    Bundle,
}

impl Export {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let word = self
            .form
            .to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default();
        let query = [("as".to_owned(), word)];
        save(
            client,
            &format!("{}/export", self.which.path()),
            &query,
            &self.out,
        )
        .await
    }
}

/// Fetches a file as it comes; `-` is standard output.
pub(crate) async fn save(
    client: &ClientArgs,
    path: &str,
    query: &[(String, String)],
    out: &Path,
) -> Result<u8, Failure> {
    let mut bytes = client.send(Method::GET, path, query, None).await?.bytes_stream();
    if out.as_os_str() == "-" {
        let mut out = tokio::io::stdout();
        while let Some(piece) = bytes.next().await {
            out.write_all(&piece?).await?;
        }
        out.flush().await?;
    } else {
        let partial = out.with_extension("part");
        let mut file = tokio::fs::File::create(&partial).await?;
        while let Some(piece) = bytes.next().await {
            file.write_all(&piece?).await?;
        }
        file.sync_all().await?;
        tokio::fs::rename(&partial, out).await?;
        client.remark(&format!("written to {}", out.display()));
    }
    Ok(0)
}
