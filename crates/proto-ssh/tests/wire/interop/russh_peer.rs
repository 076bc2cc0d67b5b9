//! Both roles against russh, which knows the post-quantum key exchange that older programs lack.

use std::borrow::Cow;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use proto_ssh::wire::auth::{self, Method, Reply, Request, ServiceAccept, ServiceRequest};
use proto_ssh::wire::keys::SigningKey;
use proto_ssh::wire::{Kex, Limits, Profile};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{ChannelMsg, Preferred, client, kex, server};

use super::clients::{EXIT_CODE, Server, ed25519_host};
use super::servers::client_with;

fn private_key() -> PrivateKey {
    ssh_key::private::Ed25519Keypair::from_seed(&[9; 32]).into()
}

fn preferred() -> Preferred {
    let methods = vec![
        kex::MLKEM768X25519_SHA256,
        kex::EXTENSION_SUPPORT_AS_CLIENT,
        kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
        kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
    ];
    Preferred {
        kex: Cow::Owned(methods),
        ..Preferred::default()
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

struct Trusting;

impl client::Handler for Trusting {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

async fn run_client(port: u16) -> (Vec<u8>, Option<u32>) {
    let config = Arc::new(client::Config {
        preferred: preferred(),
        ..client::Config::default()
    });
    let mut session = client::connect(config, ("127.0.0.1", port), Trusting)
        .await
        .unwrap();
    let key = PrivateKeyWithHashAlg::new(Arc::new(private_key()), None);
    assert!(
        session
            .authenticate_publickey("someone", key)
            .await
            .unwrap()
            .success()
    );
    let mut channel = session.channel_open_session().await.unwrap();
    channel.exec(true, "echo hello").await.unwrap();
    let (mut output, mut status) = (Vec::new(), None);
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => output.extend_from_slice(&data),
            ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
            _ => {}
        }
    }
    (output, status)
}

#[test]
fn the_server_role_exchanges_keys_with_russh_safely_against_quantum_computers() {
    let server = Server::new(ed25519_host(), Profile::post_quantum(), Limits::default());
    let port = server.port();
    let client = std::thread::spawn(move || runtime().block_on(run_client(port)));
    let key = SigningKey::from_private_key(&private_key()).unwrap();
    let done = server.serve(key.public());
    assert_eq!(client.join().unwrap(), (b"hello".to_vec(), Some(EXIT_CODE)));
    let negotiated = done.transport.negotiated().unwrap();
    assert_eq!(
        (negotiated.kex, negotiated.strict),
        (Kex::MlKem768X25519Sha256, true)
    );
}

struct Welcoming;

impl server::Handler for Welcoming {
    type Error = russh::Error;

    async fn auth_none(&mut self, user: &str) -> Result<server::Auth, Self::Error> {
        assert_eq!(user, "someone");
        Ok(server::Auth::Accept)
    }
}

#[test]
fn the_client_role_exchanges_keys_with_russh_safely_against_quantum_computers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let server = std::thread::spawn(move || {
        runtime().block_on(async move {
            let keys = vec![private_key()];
            let config = Arc::new(server::Config {
                preferred: preferred(),
                keys,
                ..server::Config::default()
            });
            let theirs = tokio::net::TcpStream::from_std(theirs).unwrap();
            // How it ends is the client's business.
            let _end = server::run_stream(config, theirs, Welcoming).await.unwrap().await;
        });
    });

    let mut driver = client_with(Profile::client(), Limits::default(), stream);
    driver.handshake();
    let negotiated = *driver.transport.negotiated().unwrap();
    assert_eq!(
        (negotiated.kex, negotiated.strict),
        (Kex::MlKem768X25519Sha256, true)
    );
    driver.send(&ServiceRequest {
        service: auth::USERAUTH_SERVICE,
    });
    assert!(
        ServiceAccept::parse(&driver.message().unwrap())
            .unwrap()
            .is_some()
    );
    driver.send(&Request {
        user: "someone",
        service: auth::CONNECTION_SERVICE,
        method: Method::None,
    });
    let payload = driver.message().unwrap();
    assert_eq!(
        Reply::parse(&payload, &Method::None).unwrap(),
        Some(Reply::Success)
    );
    drop(driver);
    server.join().unwrap();
}
