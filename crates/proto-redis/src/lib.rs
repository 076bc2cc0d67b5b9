//! Redis and what speaks like it, such as Valkey, for unmodified clients: `redis-cli`, `redis-benchmark`, drivers.
//!
//! The visit speaks RESP2 and RESP3 in the server's role towards the caller and in the client's role towards the resource. In between
//! bytes pass as they are: commands are scanned and judged before they go on (`dialogue`, `commands`), replies are matched to them
//! (`ledger`), and whole chunks go on; the relay itself is that of `proto-database`.
//!
//! Start reading at `visit`, then `dialogue`. This crate never imports another protocol.

mod caller;
mod commands;
mod dialogue;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod ledger;
mod link;
mod options;
mod secrets;
mod shown;
mod target;
mod visit;
mod wire;

use std::sync::Arc;

use domain::object::SecretText;
use engine::{Arrival, Medium, NativeCommand, Protocol, Spec, Stream, Visit};

use crate::options::Options;

static SPEC: Spec = Spec {
    id: "redis",
    title: "Redis",
    default_port: Some(6379),
    medium: Medium::Statements,
    options_schema: options::SCHEMA,
};

/// See the crate's page.
#[derive(Clone)]
pub struct Redis {
    /// How callers are encrypted; [`None`] without a certificate.
    tls: Option<Arc<rustls::ServerConfig>>,
}

impl Redis {
    /// Makes the protocol. Without `tls` passwords are taken from callers on the gateway's own machine only.
    #[must_use]
    pub fn new(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        Self { tls }
    }
}

impl Protocol for Redis {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn check(&self, options: &serde_json::Map<String, serde_json::Value>) -> Result<(), String> {
        Options::read(options).map(drop)
    }

    fn visit(&self, stream: Stream, arrival: Arrival) -> Box<dyn Visit> {
        Box::new(visit::RedisVisit::new(self.tls.clone(), stream, arrival))
    }

    fn native_command(&self, with: &NativeCommand<'_>) -> Option<String> {
        let port = with.port?;
        let login = proto_database::login(with);
        let tls = if self.tls.is_some() { " --tls" } else { "" };
        Some(format!(
            "redis-cli -h {} -p {port}{tls} --user '{login}' --askpass",
            with.host
        ))
    }

    fn address(&self, with: &NativeCommand<'_>, password: Option<&SecretText>) -> Option<SecretText> {
        let scheme = if self.tls.is_some() { "rediss" } else { "redis" };
        proto_database::address(scheme, with, password, "")
    }
}
