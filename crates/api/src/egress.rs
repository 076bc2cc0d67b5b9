//! The one gate through which session content leaves as a file.
//!
//! Every route that hands out content as a file takes a [`Permit`], and only [`Egress`] makes one: it knows the
//! organisation's switch, asks for the viewer's right and writes the audit event before the first byte leaves.

use axum::http::StatusCode;
use domain::{audit::AuditEvent, session::Session};
use engine::Engine;

use crate::{
    auth::Viewer,
    problem::{Answer, Problem},
};

/// The switch that closes every way out.
pub const SWITCH: &str = "DISABLE_SESSIONS_DOWNLOAD";

/// The organisation's decision about downloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Egress {
    /// Whoever may play a session may take it out.
    Open,
    /// Nobody may take content out as a file.
    Closed,
}

/// The right to hand out one file; made by [`Egress`] alone.
#[derive(Debug)]
#[must_use = "a permit belongs to one answer"]
pub struct Permit(());

impl Egress {
    /// Reads the switch from the environment: `true`, `1`, `yes` and `on` close the gate.
    #[must_use]
    pub fn from_env() -> Self {
        match std::env::var(SWITCH) {
            Ok(value) if matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on") => {
                Self::Closed
            }
            _ => Self::Open,
        }
    }

    /// Asks for one file of a session that the viewer sees. The audit event is committed before the permit is given.
    pub async fn permit(
        self,
        engine: &Engine,
        viewer: &Viewer,
        session: &Session,
        form: &str,
    ) -> Answer<Permit> {
        if !viewer.sight.may_export(session) {
            return Err(Problem::forbidden(
                "you may see this session, but not take it out",
            ));
        }
        self.must_be_open()?;
        let event = viewer
            .event("recording.exported")
            .on(session.id)
            .with_detail(serde_json::json!({ "as": form }));
        note(engine, event).await
    }

    /// Asks for one file of all sessions that the viewer may play. The audit event is committed before the permit is given.
    pub async fn permit_many(self, engine: &Engine, viewer: &Viewer, form: &str) -> Answer<Permit> {
        self.must_be_open()?;
        let event = viewer
            .event("activity.exported")
            .with_detail(serde_json::json!({ "as": form }));
        note(engine, event).await
    }

    fn must_be_open(self) -> Answer<()> {
        if self == Self::Open {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "downloads_disabled",
            format!("downloads of session content are switched off by {SWITCH}"),
        )
        .hint("the session can still be watched and replayed here"))
    }
}

async fn note(engine: &Engine, event: AuditEvent) -> Answer<Permit> {
    let noted = engine.store().audit_append(event).await;
    noted.map_err(Problem::internal)?;
    Ok(Permit(()))
}
