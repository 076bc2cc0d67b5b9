//! A server that answers as the documents of `HashiCorp` Vault's KV engines say, by TLS: Debian has no Vault.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::Arc,
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde_json::{Value, json};

use crate::pghouse::certificate_with;

/// The token that it knows.
pub(crate) const TOKEN: &str = "hvs.token-of-the-gateway";
/// The only namespace that there is.
pub(crate) const NAMESPACE: &str = "team/";

/// It knows the secret `app/db`, of two versions in `kv` and of one in `old/kv`, an engine of the first kind.
pub(crate) struct Vault {
    port: u16,
    authority: String,
}

impl Vault {
    /// Starts it; the test's end is its end.
    pub(crate) fn start(folder: &Path, password: &str) -> Self {
        let extensions = [
            "subjectAltName=IP:127.0.0.1",
            "basicConstraints=critical,CA:FALSE",
        ];
        let (authority, key) = certificate_with(folder, &extensions);
        let chain = vec![CertificateDer::from_pem_file(&authority).unwrap()];
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let password = password.to_owned();
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (config, password) = (Arc::clone(&config), password.clone());
                thread::spawn(move || serve(socket, config, &password));
            }
        });
        Self { port, authority }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// The file of what certifies it.
    pub(crate) fn authority(&self) -> String {
        self.authority.clone()
    }
}

fn serve(socket: TcpStream, config: Arc<ServerConfig>, password: &str) -> Option<()> {
    let stream = StreamOwned::new(ServerConnection::new(config).ok()?, socket);
    let mut stream = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let has = |header: &str, value: &str| {
        head.iter()
            .filter_map(|line| line.split_once(": "))
            .any(|(key, is)| key.eq_ignore_ascii_case(header) && is == value)
    };
    let known = has("x-vault-token", TOKEN) && has("x-vault-namespace", NAMESPACE);
    let (status, body) = if known {
        answer(head.first()?, password)
    } else {
        ("403 Forbidden", json!({ "errors": ["permission denied"] }))
    };
    let body = body.to_string();
    let socket = stream.get_mut();
    write!(
        socket,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    socket.conn.send_close_notify();
    socket.flush().ok()
}

fn answer(request: &str, password: &str) -> (&'static str, Value) {
    let second = |version: u32, password: &str| {
        json!({
            "request_id": "8ac1cbd2", "lease_id": "", "renewable": false, "lease_duration": 0,
            "data": {
                "data": { "password": password, "ttl": 3 },
                "metadata": { "created_time": "2026-03-22T02:24:06.945319214Z", "custom_metadata": null,
                    "deletion_time": "", "destroyed": false, "version": version },
            },
            "wrap_info": null, "warnings": null, "auth": null, "mount_type": "kv",
        })
    };
    match request {
        "GET /v1/kv/data/app/db HTTP/1.1" | "GET /v1/kv/data/app/db?version=2 HTTP/1.1" => {
            ("200 OK", second(2, password))
        }
        "GET /v1/kv/data/app/db?version=1 HTTP/1.1" => ("200 OK", second(1, "the one before")),
        "GET /v1/old/kv/app/db HTTP/1.1" => {
            let data = json!({ "password": password, "ttl": "1h" });
            (
                "200 OK",
                json!({ "auth": null, "data": data, "lease_duration": 3600, "lease_id": "", "renewable": false }),
            )
        }
        _ => ("404 Not Found", json!({ "errors": [] })),
    }
}
