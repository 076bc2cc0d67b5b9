//! Signatures of the audit log, as they are stored, and the verification that asks them too.

use std::collections::BTreeMap;

use domain::Micros;

use super::{
    CHUNK, ORG,
    chain::{Break, Chain, Checkpoint, Hash, SignedVerification, Verification},
    export::RawLine,
    narrow,
};
use crate::{
    AuditQuery, Error, Store,
    db::{Row, sql},
};

impl Store {
    /// Gives the number of the last line of the audit log, and its hash; 0 and zeros for an empty one.
    pub async fn audit_head(&self) -> Result<(i64, Hash), Error> {
        let head = self
            .row(sql!("SELECT seq, hash FROM audit_heads WHERE org_id = ?", ORG))
            .await?;
        let mut head = head.ok_or(Error::Corrupt("head of the audit log"))?;
        let (seq, stored) = (head.int()?, head.bytes()?);
        if stored.is_empty() {
            return Ok((seq, [0; 32]));
        }
        Ok((seq, stored.try_into().map_err(|_| Error::Corrupt("hash"))?))
    }

    /// Lists lines as they were hashed, behind a number, oldest first; at most 1000. Cursor and limit of the query are ignored.
    pub async fn audit_lines(&self, query: &AuditQuery, after: i64) -> Result<Vec<RawLine>, Error> {
        let mut sql = sql!(
            "SELECT seq, payload, hash FROM audit_events WHERE org_id = ? AND seq > ?",
            ORG,
            after
        );
        let query = AuditQuery {
            cursor: None,
            ..query.clone()
        };
        narrow(&mut sql, &query)?;
        sql.push(" ORDER BY seq LIMIT ").push_value(CHUNK);
        let rows = self.rows(sql).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(RawLine {
                    seq: row.int()?,
                    payload: row.text()?,
                    hash: hash(&mut row)?,
                })
            })
            .collect()
    }

    /// Keeps a signature. One of the same line that is there already stays.
    pub async fn add_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(sql!(
                    "INSERT INTO audit_checkpoints(org_id, seq, at, hash, signer, signature) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    ORG,
                    checkpoint.seq,
                    checkpoint.at.0,
                    checkpoint.hash.as_slice(),
                    checkpoint.key.as_slice(),
                    checkpoint.signature,
                ))
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Lists the signatures of lines in `from ..= to`, in order; at most 1000.
    pub async fn checkpoints(&self, from: i64, to: i64) -> Result<Vec<Checkpoint>, Error> {
        let rows = self
            .rows(sql!(
                "SELECT seq, at, hash, signer, signature FROM audit_checkpoints WHERE org_id = ? AND seq >= ? AND seq <= ? \
                 ORDER BY seq LIMIT ?",
                ORG,
                from,
                to,
                CHUNK
            ))
            .await?;
        rows.into_iter().map(|mut row| read(&mut row)).collect()
    }

    /// Checks the whole log as [`Store::audit_verify`] does, and that it is what was signed: each stored signature is by one of the keys
    /// and agrees with the line that it covers. `pinned` is a signature that was kept elsewhere, out of reach of who can write to the
    /// database.
    pub async fn audit_verify_signed(
        &self,
        keys: &[[u8; 32]],
        pinned: Option<&Checkpoint>,
    ) -> Result<SignedVerification, Error> {
        let mut report = SignedVerification {
            found: self.audit_verify(1, i64::MAX).await?,
            signed: 0,
            signed_at: Micros::NEVER,
            checkpoints: 0,
        };
        let Verification::Intact { last, .. } = report.found else {
            return Ok(report);
        };
        loop {
            let signed = self.checkpoints(report.signed + 1, i64::MAX).await?;
            if signed.is_empty() {
                break;
            }
            let hashes = self
                .audit_hashes(signed.iter().map(|checkpoint| checkpoint.seq))
                .await?;
            for checkpoint in &signed {
                if let Some(what) = against(checkpoint, hashes.get(&checkpoint.seq), keys) {
                    report.found = broken(checkpoint.seq, last, what);
                    return Ok(report);
                }
                report.signed = checkpoint.seq;
                report.signed_at = checkpoint.at;
                report.checkpoints += 1;
            }
        }
        if let Some(pinned) = pinned {
            let hash = self.audit_hash(pinned.seq).await?;
            if let Some(what) = against(pinned, hash.as_ref(), keys) {
                report.found = broken(pinned.seq, last, what);
            }
        }
        Ok(report)
    }

    /// Gives the hashes of lines, as far as there are such lines; of 1000 at most.
    async fn audit_hashes(&self, seqs: impl Iterator<Item = i64>) -> Result<BTreeMap<i64, Hash>, Error> {
        let mut query = sql!(
            "SELECT seq, hash FROM audit_events WHERE org_id = ? AND seq IN ",
            ORG
        );
        query.push_list(seqs);
        let rows = self.rows(query).await?;
        rows.into_iter()
            .map(|mut row| Ok((row.int()?, hash(&mut row)?)))
            .collect()
    }

    /// Gives the hash of a line; [`None`] when there is no such line.
    pub async fn audit_hash(&self, seq: i64) -> Result<Option<Hash>, Error> {
        let row = self
            .row(sql!(
                "SELECT hash FROM audit_events WHERE org_id = ? AND seq = ?",
                ORG,
                seq
            ))
            .await?;
        row.map(|mut row| hash(&mut row)).transpose()
    }

    /// Follows the log from a line whose hash is known to its end: gives the head that was reached, or how it is broken.
    pub async fn audit_follow(&self, from: (i64, Hash)) -> Result<Result<(i64, Hash), (i64, Break)>, Error> {
        if from.0 > 0 {
            match self.audit_hash(from.0).await? {
                None => return Ok(Err((from.0, Break::Cut))),
                Some(hash) if hash != from.1 => return Ok(Err((from.0, Break::Forged))),
                Some(_) => {}
            }
        }
        let mut chain = Chain::behind(from.0, from.1);
        loop {
            let (last, _) = chain.head();
            let lines = self.audit_lines(&AuditQuery::default(), last).await?;
            if lines.is_empty() {
                return Ok(Ok(chain.head()));
            }
            for line in lines {
                let at = chain.head().0 + 1;
                if let Err(what) = chain.take(line.seq, &line.payload, &line.hash) {
                    return Ok(Err((at, what)));
                }
            }
        }
    }
}

/// Compares a signature with the line that it covers, if there is one.
fn against(checkpoint: &Checkpoint, hash: Option<&Hash>, keys: &[[u8; 32]]) -> Option<Break> {
    if !checkpoint.is_signed_by(keys) {
        return Some(Break::Forged);
    }
    match hash {
        None => Some(Break::Cut),
        Some(hash) if *hash != checkpoint.hash => Some(Break::Forged),
        Some(_) => None,
    }
}

/// The line that is named: of what was cut, the first that is gone.
fn broken(signed: i64, last: i64, what: Break) -> Verification {
    let seq = if what == Break::Cut { last + 1 } else { signed };
    Verification::Broken { seq, what }
}

fn hash(row: &mut Row) -> Result<Hash, Error> {
    row.bytes()?.try_into().map_err(|_| Error::Corrupt("hash"))
}

fn read(row: &mut Row) -> Result<Checkpoint, Error> {
    Ok(Checkpoint {
        seq: row.int()?,
        at: Micros(row.int()?),
        hash: hash(row)?,
        key: hash(row)?,
        signature: row.bytes()?,
    })
}
