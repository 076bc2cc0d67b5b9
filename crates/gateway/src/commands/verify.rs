//! `doorward verify`: whether a recording is what was recorded, and a bundle what was taken out. Works offline, with the public key alone.

use std::{
    fs::File,
    io::{BufReader, Read as _, Seek as _},
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use tape::{PublicKey, Report};

use crate::client::{ClientArgs, Exit, Failure, Format, write_out};

/// Checks recordings and bundles against the gateway's public key; needs no gateway
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Recordings (`.tape`, or `.tape.part` of a gateway that was lost), or bundles of `sessions export --as bundle`
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
            let mut open = File::open(file).map_err(|error| {
                Failure::new(Exit::NotFound, format!("cannot open {}: {error}", file.display()))
            })?;
            let genuine = verify(client, file, &mut open, &keys)?;
            if !genuine {
                worst = Exit::NotVerified as u8;
            }
        }
        Ok(worst)
    }
}

/// Checks one file, says what was found, and tells whether it is genuine.
fn verify(client: &ClientArgs, name: &Path, file: &mut File, keys: &[PublicKey]) -> Result<bool, Failure> {
    let unread =
        |error: std::io::Error| Failure::new(Exit::Error, format!("cannot read {}: {error}", name.display()));
    if is_archive(file).map_err(unread)? {
        let report = api::bundle::check(file, keys).map_err(unread)?;
        tell_bundle(client, name, &report)?;
        return Ok(report.verdict == api::bundle::Verdict::Intact);
    }
    let report = tape::verify(BufReader::with_capacity(1 << 20, file), keys).map_err(unread)?;
    tell(client, name, &report)?;
    Ok(report.verdict.is_genuine())
}

/// Tells whether a file is a tar archive (POSIX.1-1988 `ustar`), and leaves it at its beginning.
fn is_archive(file: &mut File) -> std::io::Result<bool> {
    let mut head = Vec::new();
    file.take(512).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head.get(257..262) == Some(b"ustar"))
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

/// Tells whether a person reads what is printed, rather than a program.
pub(super) fn wants_words(client: &ClientArgs) -> bool {
    matches!(
        client.format(),
        Format::Table | Format::Wide | Format::Id | Format::Csv
    )
}

fn tell_bundle(client: &ClientArgs, file: &Path, report: &api::bundle::Report) -> Result<(), Failure> {
    let manifest = report.manifest.as_ref();
    let session = manifest.map(|manifest| manifest.session_id.as_str());
    if wants_words(client) {
        let of = manifest.map(|manifest| {
            format!(
                "session {}, taken out by {} at {}: {} files, {} recordings: ",
                manifest.session_id,
                manifest.made_by,
                manifest.made_at,
                manifest.files.len(),
                report.recordings
            )
        });
        let of = of.unwrap_or_default();
        return write_out(&format!("{}: {of}{}\n", file.display(), report.verdict));
    }
    let faults = match &report.verdict {
        api::bundle::Verdict::Faults(faults) => faults.as_slice(),
        _ => &[],
    };
    let faults: Vec<_> = faults
        .iter()
        .map(|(name, fault)| json!({ "name": name, "fault": fault.to_string() }))
        .collect();
    let value = json!({
        "file": file,
        "genuine": report.verdict == api::bundle::Verdict::Intact,
        "verdict": report.verdict.to_string(),
        "word": report.verdict.word(),
        "session_id": session,
        "recordings": report.recordings,
        "faults": faults,
    });
    write_out(&format!("{value}\n"))
}

fn tell(client: &ClientArgs, file: &Path, report: &Report) -> Result<(), Failure> {
    let verdict = report.verdict.to_string();
    if wants_words(client) {
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
