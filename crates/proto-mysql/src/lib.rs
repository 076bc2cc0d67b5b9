//! MySQL and MariaDB for unmodified clients: `mysql`, `mariadb`, drivers, `mysqldump`.
//!
//! The visit speaks the client/server protocol in the server's role towards the caller and in the client's role towards the resource. In
//! between bytes pass as they are: heads of packets are scanned (`dialogue`), those that carry statements and outcomes are read
//! (`ledger`), and whole chunks go on; the relay itself is that of `proto-database`.
//!
//! A server of this protocol speaks first, and says what it is and what it can before the client has said where it wants to go. The
//! gateway shows what the same caller has seen last (`faces`), and numbers of its own for connections (`threads`).

mod caller;
mod dialogue;
mod faces;
mod facts;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod ledger;
mod link;
mod options;
mod portal;
mod prepared;
mod provisioner;
mod rsa;
mod scramble;
mod sql;
mod target;
mod threads;
mod value;
mod visit;
mod wire;

use std::sync::Arc;

use domain::{object::SecretText, statement::StatementRule};
use engine::{Arrival, Medium, NativeCommand, Protocol, Spec, Stream, Visit};

use crate::{faces::Faces, options::Options, rsa::PasswordKey, threads::Threads};

static SPEC: Spec = Spec {
    id: "mysql",
    title: "MySQL / MariaDB",
    default_port: Some(3306),
    medium: Medium::Statements,
    options_schema: options::SCHEMA,
};

/// See the crate's page.
#[derive(Clone)]
pub struct Mysql {
    shared: Arc<Shared>,
}

/// What all visits share.
#[derive(Default)]
pub(crate) struct Shared {
    /// How callers are encrypted; [`None`] without a certificate.
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    pub(crate) faces: Faces,
    pub(crate) threads: Arc<Threads>,
    pub(crate) key: PasswordKey,
}

impl Mysql {
    /// Makes the protocol. Without `tls` passwords are taken from callers on the gateway's own machine only.
    #[must_use]
    pub fn new(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let shared = Shared {
            tls,
            ..Shared::default()
        };
        Self {
            shared: Arc::new(shared),
        }
    }
}

impl Protocol for Mysql {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn check(&self, options: &serde_json::Map<String, serde_json::Value>) -> Result<(), String> {
        Options::read(options).map(drop)
    }

    fn visit(&self, stream: Stream, arrival: Arrival) -> Box<dyn Visit> {
        Box::new(visit::MysqlVisit::new(Arc::clone(&self.shared), stream, arrival))
    }

    fn portal(&self) -> Option<Arc<dyn engine::Portal>> {
        Some(Arc::new(portal::MysqlPortal {
            shared: Arc::clone(&self.shared),
        }))
    }

    fn provisioner(&self) -> Option<Arc<dyn engine::Provisioner>> {
        Some(provisioner::provisioner())
    }

    fn judge(&self, rules: &[StatementRule]) -> Option<Box<dyn engine::StatementJudge>> {
        Some(Box::new(proto_database::ByText {
            judge: proto_database::Judge::without_case(rules),
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
        let login = proto_database::login(with);
        Some(format!("mysql -h {} -P {port} -u '{login}' -p", with.host))
    }

    fn address(&self, with: &NativeCommand<'_>, password: Option<&SecretText>) -> Option<SecretText> {
        proto_database::address("mysql", with, password, "")
    }
}
