//! The way to a server: the options that every database resource has, dialling, and encryption.

use std::{io, sync::Arc, time::Duration};

use domain::stop::Stop;
use engine::{Identity, Socket, Stream};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use crate::{
    fault::{auth_failed, refused},
    tls,
};

const KEEP_ALIVE: Duration = Duration::from_mins(1);

/// How a server's public key is called where keys are pinned.
const PINNED_AS: &str = "tls";

/// Writes the JSON schema of a resource's options: the protocol's own properties, then those of [`Reach`]. A protocol whose servers
/// cannot be asked whether they encrypt says what `tls` may be among its own: `options_schema!(own; without tls)`.
#[macro_export]
macro_rules! options_schema {
    ($own:literal) => {
        $crate::options_schema!($own, r#"    "tls": {
      "type": "string", "enum": ["prefer", "require", "off"], "default": "prefer",
      "title": "Encryption",
      "description": "Towards the server. Without an authority the server's key is pinned at its first use."
    },
"#)
    };
    ($own:literal; without tls) => {
        $crate::options_schema!($own, "")
    };
    ($own:literal, $tls:literal) => {
        concat!(
            r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
"#,
            $own,
            $tls,
            r#"    "authorities": {
      "type": "string", "format": "multiline",
      "title": "Certificate authorities",
      "description": "In PEM form. When given, the server's certificate must be one of theirs and name its host."
    },
    "connect_timeout_secs": {
      "type": "integer", "minimum": 1, "maximum": 120, "default": 15,
      "title": "Connect timeout",
      "description": "Seconds to wait for the server to answer."
    }
  }
}"#
        )
    };
}

/// Whether the way to the server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// Where the server can.
    #[default]
    Prefer,
    /// Always.
    Require,
    /// Never.
    Off,
}

/// How a server is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Reach {
    /// Whether the way to the server is encrypted.
    pub tls: Encryption,
    /// Who may have signed the server's certificate, in PEM form.
    pub authorities: String,
    /// Bounds the dialling and each step of the login.
    pub connect_timeout_secs: u16,
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            tls: Encryption::default(),
            authorities: String::new(),
            connect_timeout_secs: 15,
        }
    }
}

impl Reach {
    /// Takes the options that are about the way out of those of a resource, so that the protocol's own are left; the error names the one
    /// that is wrong.
    pub fn take(options: &mut Map<String, Value>) -> Result<Self, String> {
        let own = ["tls", "authorities", "connect_timeout_secs"];
        let taken = own
            .into_iter()
            .filter_map(|name| options.remove_entry(name))
            .collect::<Map<_, _>>();
        let reach: Self = serde_json::from_value(taken.into()).map_err(|error| error.to_string())?;
        if !(1..=120).contains(&reach.connect_timeout_secs) {
            return Err("connect_timeout_secs must be between 1 and 120".to_owned());
        }
        if !reach.authorities.is_empty() && reach.roots()?.is_empty() {
            return Err("authorities holds no certificate in PEM form".to_owned());
        }
        if reach.tls == Encryption::Off && !reach.authorities.is_empty() {
            return Err("authorities are of no use while tls is off".to_owned());
        }
        Ok(reach)
    }

    /// Gives the longest wait for the server.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_secs.into())
    }

    /// Gives the certificates of the authorities.
    pub(crate) fn roots(&self) -> Result<rustls::RootCertStore, String> {
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(self.authorities.as_bytes()) {
            let certificate = certificate.map_err(|error| format!("authorities: {error}"))?;
            roots
                .add(certificate)
                .map_err(|error| format!("authorities: {error}"))?;
        }
        Ok(roots)
    }

    /// Waits for the server no longer than the resource says; `what` completes "the server did not …".
    pub async fn patiently<T>(
        &self,
        what: &str,
        step: impl Future<Output = io::Result<T>>,
    ) -> Result<T, Stop> {
        timeout(self.timeout(), step)
            .await
            .map_err(|_elapsed| refused(format!("the server did not {what} in time")))?
            .map_err(|error| crate::fault::unreachable(&error))
    }

    /// Connects, in the clear, with keep-alive: what the network has forgotten is noticed.
    pub async fn dial(&self, host: &str, port: u16) -> Result<TcpStream, Stop> {
        let dialled = timeout(self.timeout(), TcpStream::connect((host, port)))
            .await
            .map_err(|_elapsed| refused(format!("connecting to {host}:{port}: no answer in time")))?;
        let socket = dialled.map_err(|error| refused(format!("connecting to {host}:{port}: {error}")))?;
        let keep_alive = socket2::TcpKeepalive::new()
            .with_time(KEEP_ALIVE)
            .with_interval(KEEP_ALIVE / 4)
            .with_retries(4);
        let set = socket
            .set_nodelay(true)
            .and_then(|()| socket2::SockRef::from(&socket).set_tcp_keepalive(&keep_alive));
        if let Err(error) = set {
            tracing::debug!(%error, host, "options of the socket to a resource");
        }
        Ok(socket)
    }

    /// Encrypts a connection. Gives the server's public key, which [`Reach::trust`] is to be asked about.
    pub async fn encrypt(
        &self,
        host: &str,
        socket: impl Socket + 'static,
    ) -> Result<(Stream, Vec<u8>), Stop> {
        let config = tls::config(self).map_err(refused)?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| refused(error.to_string()))?;
        let stream = timeout(self.timeout(), TlsConnector::from(config).connect(name, socket))
            .await
            .map_err(|_elapsed| refused("the server did not finish the TLS handshake in time"))?
            .map_err(|error| auth_failed(format!("TLS with the server: {error}")))?;
        let certificate = stream
            .get_ref()
            .1
            .peer_certificates()
            .and_then(|chain| chain.first());
        let key = certificate
            .ok_or_else(|| "the server showed no certificate".to_owned())
            .and_then(tls::public_key)
            .map_err(refused)?;
        Ok((Box::new(stream), key))
    }

    /// Makes sure that the server is the one that it was: by its key, where no authority has vouched for it. Nothing secret may be sent
    /// before.
    pub async fn trust(&self, identity: &Arc<dyn Identity>, server_key: Option<&[u8]>) -> Result<(), Stop> {
        match server_key.filter(|_| self.authorities.is_empty()) {
            Some(key) => identity.accept(PINNED_AS, key).await,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (options, word) in [
            (json!({"tls": "maybe"}), "maybe"),
            (json!({"authorities": "no pem"}), "authorities"),
            (json!({"connect_timeout_secs": 0}), "connect_timeout_secs"),
        ] {
            let mut options = options.as_object().expect("an object").clone();
            let read = Reach::take(&mut options);
            assert!(read.is_err_and(|error| error.contains(word)), "{word}");
        }
    }

    #[test]
    fn what_is_the_protocols_own_is_left() {
        let options = json!({"tls": "off", "database": "app"});
        let mut options = options.as_object().expect("an object").clone();
        let reach = Reach::take(&mut options).expect("valid");
        assert_eq!(reach.tls, Encryption::Off);
        assert_eq!(Value::from(options), json!({"database": "app"}));
    }
}
