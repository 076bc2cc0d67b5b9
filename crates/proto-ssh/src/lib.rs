//! SSH: a relay of the connection protocol (RFC 4254) between two transports (RFC 4253), one towards the caller's client and one
//! towards the resource.
//!
//! Start reading at [`Ssh`]; `visit` puts the phases together from `caller` (our side towards the client), `target` (our side towards
//! the resource), `relay` (what goes between them) and `lobby` (callers who named no resource). `portal` is the gateway's own client, for people with a browser; `provisioner` is the one that
//! prepares hosts for sessions, over commands that `remote` runs. [`wire`] is the protocol without I/O;
//! `files` reads SFTP and SCP as they pass, `commands` what a command line runs. This crate imports neither store nor vault nor another protocol.

mod caller;
mod certificate;
mod commands;
pub mod files;
mod keys;
mod link;
mod lobby;
mod options;
mod pipe;
mod portal;
mod provisioner;
mod relay;
mod remote;
mod target;
mod visit;
pub mod wire;

use std::sync::Arc;

use engine::protocol::{Arrival, Medium, NativeCommand, Protocol, Spec, Stream, Visit};

pub use keys::{InnerHostKey, SshKeys};
pub use wire::HostKey;
pub use wire::keys::SigningKey;

static SPEC: Spec = Spec {
    id: "ssh",
    title: "SSH",
    default_port: Some(22),
    medium: Medium::Terminal,
    options_schema: options::SCHEMA,
};

/// The SSH protocol.
#[derive(Debug)]
pub struct Ssh {
    keys: Arc<SshKeys>,
}

impl Ssh {
    /// Makes the protocol of the gateway's host keys.
    pub fn new(keys: SshKeys) -> Self {
        Self { keys: Arc::new(keys) }
    }
}

impl Protocol for Ssh {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn check(&self, options: &serde_json::Map<String, serde_json::Value>) -> Result<(), String> {
        options::Options::read(options).map(drop)
    }

    fn visit(&self, stream: Stream, arrival: Arrival) -> Box<dyn Visit> {
        Box::new(visit::SshVisit::new(Arc::clone(&self.keys), stream, arrival))
    }

    /// Writes the name with `%`, which every program takes: `scp` and `rsync` cut at the first colon.
    fn native_command(&self, with: &NativeCommand<'_>) -> Option<String> {
        let port = with.port?;
        let port = if port == 22 {
            String::new()
        } else {
            format!("-p {port} ")
        };
        let account = with
            .account
            .map(|account| format!("{account}@"))
            .unwrap_or_default();
        Some(format!(
            "ssh {port}{}%{account}{}@{}",
            with.user, with.resource, with.host
        ))
    }

    fn portal(&self) -> Option<Arc<dyn engine::Portal>> {
        Some(Arc::new(portal::SshPortal::new(self.keys.identification())))
    }

    fn provisioner(&self) -> Option<Arc<dyn engine::Provisioner>> {
        Some(Arc::new(provisioner::Hosts::new(self.keys.identification())))
    }
}
