//! What goes into a bundle.

use std::{future::Future, io};

use axum::body::Body;
use bytes::Bytes;
use domain::{ConnectionId, Micros, recording::RecordingState};
use engine::{Medium, StrandKind};
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use screen::CastVersion;
use serde::Serialize;
use store::{AuditQuery, Entry, EntryKind, SessionEntries, SessionRow};
use tokio::io::AsyncWrite;
use tokio_util::io::ReaderStream;

use super::{FORMAT, MANIFEST, Manifest, RECORDINGS, SIGNATURE, Signature, archive::Archive, message};
use crate::{
    Api,
    auth::Viewer,
    egress::Permit,
    problem::{Answer, Problem},
    replay::{Track, read_through},
    routes::{
        export::cast_lines,
        player::open_tape,
        sessions::whole,
        work::{ActivityView, FileView},
    },
    view::time::time,
};

/// How much waits for the one who reads, in bytes.
const AHEAD: usize = 256 << 10;

/// Entries that are read at once.
const AT_ONCE: u32 = 500;

/// The content of a file, piece by piece.
type Content = BoxStream<'static, io::Result<Bytes>>;

/// Gives an ended session as a bundle. What fails on the way breaks the answer off, so that half a bundle does not look like a whole one.
pub(crate) async fn body(api: &Api, viewer: &Viewer, row: SessionRow, _: Permit) -> Answer<Body> {
    let going_on = matches!(
        row.recording,
        RecordingState::Recording | RecordingState::Finalising
    );
    if going_on || !row.life.state.is_terminal() {
        let hint = "try again when the session has ended and its recording is available";
        return Err(Problem::new(
            http::StatusCode::CONFLICT,
            "not_finished",
            "the session goes on, or its recording is not sealed yet",
        )
        .hint(hint));
    }
    let (out, given) = tokio::io::duplex(AHEAD);
    let bundle = Bundle {
        api: api.clone(),
        viewer: viewer.clone(),
        row,
        archive: Archive::new(out, seconds(Micros::now())),
    };
    let written = tokio::spawn(bundle.write());
    let end = stream::once(written).filter_map(async |end| match end {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Err(error)),
        Err(error) => Some(Err(io::Error::other(error))),
    });
    Ok(Body::from_stream(ReaderStream::new(given).chain(end.boxed())))
}

fn seconds(at: Micros) -> u64 {
    u64::try_from(at.0 / 1_000_000).unwrap_or_default()
}

/// A bundle that is being written.
struct Bundle<W> {
    api: Api,
    viewer: Viewer,
    row: SessionRow,
    archive: Archive<W>,
}

impl<W: AsyncWrite + Unpin> Bundle<W> {
    async fn write(mut self) -> io::Result<()> {
        let session = whole(&self.api, &self.viewer, &self.row).await.map_err(failed)?;
        self.put_text("session.json", pretty(&session)?).await?;
        self.activity().await?;
        self.audit().await?;
        self.recordings().await?;
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            session_id: self.row.session.id.to_string(),
            made_at: time(Micros::now()).unwrap_or_default(),
            made_by: self.viewer.person.name.clone(),
            gateway: self.api.engine().node().to_owned(),
            files: self.archive.lines().to_vec(),
        };
        let manifest = pretty(&manifest)?;
        let key = self.api.engine().vault().recording_key();
        let signature = key.sign(&message(&manifest)).map_err(io::Error::other)?;
        let signature = pretty(&Signature::new(key.public(), &signature))?;
        self.put_text(MANIFEST, manifest).await?;
        self.put_text(SIGNATURE, signature).await?;
        self.archive.close().await
    }

    async fn put_text(&mut self, name: &str, text: Bytes) -> io::Result<()> {
        let bytes = text.len() as u64;
        let content = stream::iter([Ok(text)]);
        self.archive.put(name, bytes, content).await
    }

    /// Puts in what has no end until it was read: reads it once for its length, which stands before it, and once to write it.
    async fn put<F, C>(&mut self, name: &str, make: F) -> io::Result<()>
    where
        F: Fn() -> C,
        C: Future<Output = Answer<Content>>,
    {
        let mut bytes = 0;
        let mut content = make().await.map_err(failed)?;
        while let Some(piece) = content.next().await {
            bytes += piece?.len() as u64;
        }
        let content = make().await.map_err(failed)?;
        self.archive.put(name, bytes, content).await
    }

    /// What was done in it: all of it in order, and the operations on files by themselves.
    async fn activity(&mut self) -> io::Result<()> {
        let (api, id) = (self.api.clone(), self.row.session.id);
        let lines = move |kinds: Vec<EntryKind>, draw: fn(Entry) -> io::Result<String>| {
            let query = SessionEntries {
                kinds,
                limit: AT_ONCE,
                ..SessionEntries::default()
            };
            let api = api.clone();
            async move {
                let pages = stream::try_unfold((api, query), move |(api, mut query)| async move {
                    let found = api.store().entries(id, &query).await;
                    let found = found.map_err(io::Error::other)?;
                    let Some(last) = found.last() else {
                        return Ok(None);
                    };
                    query.after = last.key.seq;
                    let lines: io::Result<String> = found.into_iter().map(draw).collect();
                    Ok(Some((Bytes::from(lines?), (api, query))))
                });
                Ok(pages.boxed())
            }
        };
        self.put("activity.jsonl", || {
            lines(Vec::new(), |entry| line(&ActivityView::new(entry)))
        })
        .await?;
        self.put("files.jsonl", || {
            lines(vec![EntryKind::File], |entry| line(&FileView::new(&entry)))
        })
        .await
    }

    /// What the audit log says about it, up to now.
    async fn audit(&mut self) -> io::Result<()> {
        let api = self.api.clone();
        let query = AuditQuery {
            session: Some(self.row.session.id),
            limit: 1,
            ..AuditQuery::default()
        };
        let newest = api.store().audit(&query).await.map_err(io::Error::other)?;
        let newest = newest.rows.first().map_or(0, |row| row.seq);
        let lines = move || {
            let (api, query) = (api.clone(), query.clone());
            async move {
                let pages = stream::try_unfold((api, query, 0), move |(api, query, after)| async move {
                    let found = api.store().audit_lines(&query, after).await;
                    let mut found = found.map_err(io::Error::other)?;
                    found.retain(|line| line.seq <= newest);
                    let Some(last) = found.last().map(|line| line.seq) else {
                        return Ok(None);
                    };
                    let lines: String = found.iter().map(store::RawLine::write).collect();
                    Ok(Some((Bytes::from(lines), (api, query, last))))
                });
                Ok(pages.boxed())
            }
        };
        self.put("audit.jsonl", lines).await
    }

    /// The sealed tapes, and what terminals showed in a form that other programs play.
    async fn recordings(&mut self) -> io::Result<()> {
        let recorded = self.row.connections.iter();
        let recorded: Vec<_> = recorded
            .filter(|one| !one.recording.file.is_empty())
            .map(|one| (one.connection.id, one.recording.file.clone()))
            .collect();
        let protocol = self.api.engine().protocol(&self.row.session.resource.protocol);
        let terminal = protocol.is_some_and(|protocol| protocol.spec().medium == Medium::Terminal);
        for (id, file) in recorded {
            let api = self.api.clone();
            let tape = move || {
                let (api, file) = (api.clone(), file.clone());
                async move {
                    let file = api.engine().playback().raw(&file).await;
                    let file = file.map_err(Problem::of_playback)?;
                    Ok(ReaderStream::with_capacity(file, AHEAD).boxed())
                }
            };
            self.put(&format!("{RECORDINGS}{id}.tape"), tape).await?;
            if terminal {
                self.casts(id).await?;
            }
        }
        Ok(())
    }

    async fn casts(&mut self, id: ConnectionId) -> io::Result<()> {
        let (_, mut reader) = open_tape(&self.api, &self.row, Some(id)).await.map_err(failed)?;
        let mut track = Track::new(reader.started_at(), None);
        read_through(&mut reader, &mut track, |_, _| {})
            .await
            .map_err(failed)?;
        let strands = track.strands().iter();
        let terminals: Vec<_> = strands
            .filter(|strand| strand.kind == StrandKind::Terminal)
            .map(|strand| strand.strand)
            .collect();
        for strand in terminals {
            let (api, row) = (self.api.clone(), self.row.clone());
            let lines = move || {
                let (api, row) = (api.clone(), row.clone());
                async move { cast_lines(&api, &row, Some(id), Some(strand), CastVersion::V3).await }
            };
            self.put(&format!("{RECORDINGS}{id}-{strand}.cast"), lines)
                .await?;
        }
        Ok(())
    }
}

fn failed(problem: Problem) -> io::Error {
    io::Error::other(problem.detail)
}

fn line(view: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(view)? + "\n")
}

fn pretty(view: &impl Serialize) -> io::Result<Bytes> {
    Ok(Bytes::from(serde_json::to_string_pretty(view)? + "\n"))
}
