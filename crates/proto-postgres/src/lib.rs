//! PostgreSQL for unmodified clients: `psql`, drivers, `pg_dump`, replication.
//!
//! The visit speaks protocol 3.0 in the server's role towards the caller and in the client's role towards the resource. In between bytes
//! pass as they are: heads of messages are scanned (`dialogue`), those that carry statements and outcomes are read (`ledger`), and whole
//! chunks go on; the relay itself is that of `proto-database`. Requests to cancel arrive on connections of their own and are matched by their key (`cancel`).

mod caller;
mod cancel;
mod dialogue;
mod facts;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod ledger;
mod link;
mod options;
mod portal;
mod provisioner;
mod rules;
mod sql;
mod target;
mod value;
mod visit;
mod wire;

use std::sync::Arc;

use domain::{object::SecretText, statement::StatementRule};
use engine::{Arrival, Medium, NativeCommand, Protocol, Spec, Stream, Visit};

use rustls::pki_types::CertificateDer;

use crate::{cancel::Cancels, options::Options};

static SPEC: Spec = Spec {
    id: "postgres",
    title: "PostgreSQL",
    default_port: Some(5432),
    medium: Medium::Statements,
    options_schema: options::SCHEMA,
};

/// See the crate's page.
#[derive(Clone)]
pub struct Postgres {
    shared: Arc<Shared>,
}

/// What all visits share.
pub(crate) struct Shared {
    /// How callers are encrypted; [`None`] without a certificate.
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    /// What callers can bind their logins to, when they are encrypted.
    pub(crate) binding: Option<Arc<[u8]>>,
    pub(crate) cancels: Cancels,
}

impl Postgres {
    /// Makes the protocol. Without `tls` passwords are taken from callers on the gateway's own machine only. `certificate` is the one that
    /// `tls` shows, to which callers bind their logins.
    #[must_use]
    pub fn new(tls: Option<Arc<rustls::ServerConfig>>, certificate: Option<&CertificateDer<'_>>) -> Self {
        let binding = certificate.and_then(|certificate| wire::end_point(certificate));
        Self {
            shared: Arc::new(Shared {
                tls,
                binding: binding.map(Into::into),
                cancels: Cancels::default(),
            }),
        }
    }
}

impl Protocol for Postgres {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn check(&self, options: &serde_json::Map<String, serde_json::Value>) -> Result<(), String> {
        Options::read(options).map(drop)
    }

    fn visit(&self, stream: Stream, arrival: Arrival) -> Box<dyn Visit> {
        Box::new(visit::PostgresVisit::new(
            Arc::clone(&self.shared),
            stream,
            arrival,
        ))
    }

    fn portal(&self) -> Option<Arc<dyn engine::Portal>> {
        Some(Arc::new(portal::PostgresPortal {
            shared: Arc::clone(&self.shared),
        }))
    }

    fn provisioner(&self) -> Option<Arc<dyn engine::Provisioner>> {
        Some(provisioner::provisioner())
    }

    fn judge(&self, rules: &[StatementRule]) -> Option<Box<dyn engine::StatementJudge>> {
        Some(Box::new(proto_database::ByText {
            judge: proto_database::Judge::new(rules),
            facts: facts::facts,
        }))
    }

    fn results(
        &self,
        spelling: engine::statements::Spelling,
    ) -> Option<Box<dyn engine::statements::ResultReader>> {
        Some(portal::results(spelling))
    }

    fn native_command(&self, with: &NativeCommand<'_>) -> Option<String> {
        let port = with.port?;
        Some(format!(
            "psql 'host={} port={port} user={} dbname=postgres'",
            with.host,
            proto_database::login(with)
        ))
    }

    fn address(&self, with: &NativeCommand<'_>, password: Option<&SecretText>) -> Option<SecretText> {
        proto_database::address("postgresql", with, password, "postgres")
    }
}
