//! `doorward verify`: whether a recording is what was recorded. Works offline, with the public key alone.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use tape::{PublicKey, Report};

use crate::client::{ClientArgs, Exit, Failure, Format, write_out};

/// Checks a recording against the gateway's public key; needs no gateway
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Recordings (`.tape`, or `.tape.part` of a gateway that was lost)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Public key in PEM form [default: recording.pub beside the recording or in its data folder, else asked of the gateway]
    #[arg(long, short = 'k', visible_alias = "public-key", value_name = "FILE")]
    pubkey: Option<PathBuf>,
}

impl Verify {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut worst = 0;
        for file in &self.files {
            let keys = keys(client, self.pubkey.as_deref(), file).await?;
            let open = File::open(file).map_err(|error| {
                Failure::new(Exit::NotFound, format!("cannot open {}: {error}", file.display()))
            })?;
            let report = tape::verify(BufReader::with_capacity(1 << 20, open), &keys).map_err(|error| {
                Failure::new(Exit::Error, format!("cannot read {}: {error}", file.display()))
            })?;
            tell(client, file, &report)?;
            if !report.verdict.is_genuine() {
                worst = Exit::NotVerified as u8;
            }
        }
        Ok(worst)
    }
}

/// Finds public keys: named, lying near a file, or published by the gateway.
pub(super) async fn keys(
    client: &ClientArgs,
    named: Option<&Path>,
    file: &Path,
) -> Result<Vec<PublicKey>, Failure> {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(Exit::NotFound, format!("cannot read {}: {error}", path.display()))
        })?;
        PublicKey::parse_all(&text)
            .map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", path.display())))
    };
    if let Some(path) = named {
        return read(path);
    }
    let absolute = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let near = absolute.ancestors().skip(1).take(6).flat_map(|folder| {
        [
            folder.join("recording.pub"),
            folder.join("keys").join("recording.pub"),
        ]
    });
    if let Some(path) = near.into_iter().find(|path| path.is_file()) {
        return read(&path);
    }
    let text = client
        .send(reqwest::Method::GET, "/v1/recording-key", &[], None)
        .await;
    let text = text
        .map_err(|failure| failure.hint("name the public key with --pubkey FILE"))?
        .text()
        .await?;
    PublicKey::parse_all(&text).map_err(|error| Failure::new(Exit::Error, error.to_string()))
}

fn tell(client: &ClientArgs, file: &std::path::Path, report: &Report) -> Result<(), Failure> {
    let verdict = report.verdict.to_string();
    if matches!(
        client.format(),
        Format::Table | Format::Wide | Format::Id | Format::Csv
    ) {
        return write_out(&format!("{}: {verdict}\n", file.display()));
    }
    let head = report.head.as_ref();
    let value = json!({
        "file": file,
        "genuine": report.verdict.is_genuine(),
        "verdict": verdict,
        "word": report.verdict.word(),
        "session_id": head.map(|head| head.label.session),
        "connection_id": head.map(|head| head.label.tape),
        "blocks": report.blocks,
        "records": report.records,
        "last_time": report.last_time.map(domain::Micros::rfc3339),
    });
    write_out(&format!("{value}\n"))
}
