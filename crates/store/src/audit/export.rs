//! The audit log as a file: a line of JSON for each line of the log, with the signatures between them.
//!
//! A line is `{"seq":…,"hash":"…","event":…}`, where `event` is the very text that was hashed. A signature stands behind the line that it
//! covers: `{"checkpoint":{"seq":…,"at":…,"hash":"…","key":"…","signature":"…"}}`. The last line of a whole file is a signature.

use std::io::BufRead;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use domain::Micros;
use serde::{Deserialize, Serialize};

use super::chain::{Break, Chain, Checkpoint, Hash, SignedVerification, Verification};

/// A line of the log, with its text as it was hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLine {
    /// Its place in the log.
    pub seq: i64,
    /// The JSON text.
    pub payload: String,
    /// The hash of the line.
    pub hash: Hash,
}

impl RawLine {
    /// Writes it as a line of the file, with its end.
    #[must_use]
    pub fn write(&self) -> String {
        format!(
            "{{\"seq\":{},\"hash\":\"{}\",\"event\":{}}}\n",
            self.seq,
            HEXLOWER.encode(&self.hash),
            self.payload
        )
    }

    fn read(line: &str) -> Option<Self> {
        let (seq, rest) = line.strip_prefix("{\"seq\":")?.split_once(",\"hash\":\"")?;
        let (hash, rest) = rest.split_once("\",\"event\":")?;
        Some(Self {
            seq: seq.parse().ok()?,
            hash: HEXLOWER_PERMISSIVE
                .decode(hash.as_bytes())
                .ok()?
                .try_into()
                .ok()?,
            payload: rest.strip_suffix('}')?.to_owned(),
        })
    }
}

/// A signature as it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    seq: i64,
    /// Microseconds since 1970.
    at: i64,
    hash: String,
    key: String,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    checkpoint: Written,
}

impl Checkpoint {
    /// Writes it as a line of JSON, with its end.
    #[must_use]
    pub fn write(&self) -> String {
        let line = Line {
            checkpoint: Written {
                seq: self.seq,
                at: self.at.0,
                hash: HEXLOWER.encode(&self.hash),
                key: HEXLOWER.encode(&self.key),
                signature: HEXLOWER.encode(&self.signature),
            },
        };
        serde_json::to_string(&line).unwrap_or_default() + "\n"
    }

    /// Reads what [`Checkpoint::write`] has written; [`None`] for anything else.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let written = serde_json::from_str::<Line>(line.trim()).ok()?.checkpoint;
        Some(Self {
            seq: written.seq,
            at: Micros(written.at),
            hash: HEXLOWER_PERMISSIVE
                .decode(written.hash.as_bytes())
                .ok()?
                .try_into()
                .ok()?,
            key: HEXLOWER_PERMISSIVE
                .decode(written.key.as_bytes())
                .ok()?
                .try_into()
                .ok()?,
            signature: HEXLOWER_PERMISSIVE.decode(written.signature.as_bytes()).ok()?,
        })
    }
}

/// Checks a file: that each line follows from the one before, that signatures of these keys agree with it, and that it ends with one.
/// `newer` is a signature from elsewhere, which must be covered too.
pub fn verify_export(
    file: impl BufRead,
    keys: &[[u8; 32]],
    newer: Option<&Checkpoint>,
) -> std::io::Result<SignedVerification> {
    let mut chain = Chain::begin();
    let mut report = SignedVerification {
        found: Verification::Intact { lines: 0, last: 0 },
        signed: 0,
        signed_at: Micros::NEVER,
        checkpoints: 0,
    };
    let broken = |report: SignedVerification, seq, what| SignedVerification {
        found: Verification::Broken { seq, what },
        ..report
    };
    for line in file.lines() {
        let line = line?;
        let (last, hash) = chain.head();
        if let Some(checkpoint) = Checkpoint::read(&line) {
            if checkpoint.seq > last {
                return Ok(broken(report, last + 1, Break::Missing));
            }
            if checkpoint.seq != last || checkpoint.hash != hash || !checkpoint.is_signed_by(keys) {
                return Ok(broken(report, checkpoint.seq, Break::Forged));
            }
            report.signed = last;
            report.signed_at = checkpoint.at;
            report.checkpoints += 1;
            continue;
        }
        let Some(raw) = RawLine::read(&line) else {
            return Ok(broken(report, last + 1, Break::Altered));
        };
        if let Err(what) = chain.take(raw.seq, &raw.payload, &raw.hash) {
            return Ok(broken(report, last + 1, what));
        }
        if newer.is_some_and(|newer| newer.seq == raw.seq && newer.hash != raw.hash) {
            return Ok(broken(report, raw.seq, Break::Forged));
        }
    }
    let (last, _) = chain.head();
    if newer.is_some_and(|newer| newer.seq > last) || report.signed < last || report.checkpoints == 0 {
        return Ok(broken(report, last + 1, Break::Cut));
    }
    report.found = Verification::Intact { lines: last, last };
    Ok(report)
}
