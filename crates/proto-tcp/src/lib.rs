//! The smallest protocol: a plain stream of bytes to a resource.
//!
//! It has no login and no listener of its own. Callers come carried by a transport that has proven who they are: `ssh -W`, `ssh -L` through
//! the lobby, or the `doorward connect` tunnel. Its recording is the connection log: who, when, how long, how many bytes each way.
//!
//! Copy this crate to begin a protocol. It imports the engine and the domain, never the store, the vault or another protocol.

mod pump;
mod visit;

use engine::{Arrival, Medium, NativeCommand, Protocol, Spec, Stream, Visit};

static SPEC: Spec = Spec {
    id: "tcp",
    title: "TCP",
    default_port: None,
    medium: Medium::Raw,
    options_schema: r#"{"type":"object","properties":{},"additionalProperties":false}"#,
};

/// See the crate's page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tcp;

impl Protocol for Tcp {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn check(&self, options: &serde_json::Map<String, serde_json::Value>) -> Result<(), String> {
        match options.keys().next() {
            Some(unknown) => Err(format!("there is no option `{unknown}`")),
            None => Ok(()),
        }
    }

    fn visit(&self, stream: Stream, arrival: Arrival) -> Box<dyn Visit> {
        Box::new(visit::TcpVisit::new(stream, arrival))
    }

    fn native_command(&self, _with: &NativeCommand<'_>) -> Option<String> {
        None
    }
}
