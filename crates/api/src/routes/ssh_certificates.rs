//! Certificates of users' SSH keys, by which the gateway's own door knows who has signed in.

use axum::{Json, extract::State, http::StatusCode};
use domain::{
    Micros, Span,
    audit::{Actor, AuditEvent},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vault::ssh_keys::PublicKeyLine;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    routes::device::span_of,
    view::time::time,
};

/// How long one lasts when nothing is said, and at most.
const USUAL: Span = Span::secs(12 * 3600);
const LONGEST: Span = Span::secs(24 * 3600);

/// The most networks that one is bound to.
const MOST_SOURCES: usize = 16;

/// A wish for a certificate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSshCertificate {
    /// The public key, as a line of a `.pub` file.
    pub public_key: String,
    /// How long it is to last: `30m`, `8h`; 12 hours when absent, 24 at most, and never longer than the token that asks.
    pub lasts: Option<String>,
    /// The networks from which it is good; everywhere when empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub sources: Vec<IpNet>,
}

/// A certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct SshCertificateView {
    /// The line of a `-cert.pub` file.
    pub certificate: String,
    /// Its number.
    pub serial: String,
    /// What it is called in logs; the last word is the token that it was made with.
    pub key_id: String,
    /// The login name that it is for.
    pub principal: String,
    /// When it ends.
    pub expires_at: Option<String>,
}

/// Certifies an SSH key of the viewer for the gateway's own door. It is good as long as the token that asks: with the token it is
/// taken away.
#[utoipa::path(post, path = "/v1/ssh-certificates", tag = "connect", request_body = NewSshCertificate, responses(
    (status = 201, body = SshCertificateView), (status = 403, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub async fn create(
    State(api): State<Api>,
    viewer: Viewer,
    Body(wish): Body<NewSshCertificate>,
) -> Answer<(StatusCode, Json<SshCertificateView>)> {
    let token = viewer.token(&api).await?.ok_or_else(|| {
        Problem::forbidden("a certificate is made with a token, with which it is taken away again")
            .hint("`doorward login` makes both")
    })?;
    let lasts = span_of(wish.lasts.as_deref(), USUAL, LONGEST)?;
    let key = PublicKeyLine::parse(&wish.public_key);
    let key = key.map_err(|error| Problem::invalid(error.to_string()).at("public_key"))?;
    if wish.sources.len() > MOST_SOURCES {
        return Err(Problem::invalid(format!("at most {MOST_SOURCES} networks")).at("sources"));
    }
    let sources: Vec<_> = wish.sources.iter().map(ToString::to_string).collect();
    let issued = api
        .engine()
        .certify(&viewer.person, &token, &key, &sources.join(","), lasts);
    let (issued, until) = issued.map_err(Problem::internal)?;
    let detail = serde_json::json!({
        "serial": issued.serial, "key_id": issued.key_id, "key": key.fingerprint(),
        "expires_at": until.rfc3339(), "sources": sources });
    let event = AuditEvent::new(
        Micros::now(),
        "certificate.issued",
        Actor::user(&viewer.person.name),
    )
    .from_ip(viewer.client_ip())
    .about(format!("user/{}", viewer.person.name))
    .with_detail(detail);
    api.store().audit_append(event).await.map_err(Problem::of_store)?;
    let view = SshCertificateView {
        certificate: issued.line,
        serial: issued.serial.to_string(),
        key_id: issued.key_id,
        principal: viewer.person.name,
        expires_at: time(until),
    };
    Ok((StatusCode::CREATED, Json(view)))
}
