//! Any bytes, in pieces, to both roles before there are keys.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use proto_ssh::wire::keys::SigningKey;
use proto_ssh::wire::{ClientConfig, HostKey, Limits, Profile, ServerConfig, Transport};

static SERVER: LazyLock<Arc<ServerConfig>> = LazyLock::new(|| {
    let key = SigningKey::ed25519(&[1; 32]).expect("a seed is a key");
    Arc::new(ServerConfig {
        identification: "SSH-2.0-Doorward_fuzz".into(),
        profile: Profile::client(),
        host_keys: vec![HostKey {
            key,
            certificate: None,
        }],
        limits: Limits::default(),
    })
});

static CLIENT: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    Arc::new(ClientConfig {
        identification: "SSH-2.0-Doorward_fuzz".into(),
        profile: Profile::client(),
        limits: Limits::default(),
    })
});

fuzz_target!(|data: &[u8]| {
    let Some((piece, data)) = data.split_first() else {
        return;
    };
    let now = Instant::now();
    let server = Transport::server(SERVER.clone(), now).expect("a good configuration");
    let client = Transport::client(CLIENT.clone(), now).expect("a good configuration");
    for mut transport in [server, client] {
        'bytes: for bytes in data.chunks(usize::from(*piece).max(1)) {
            transport.inbound().extend_from_slice(bytes);
            loop {
                match transport.next(now) {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => break 'bytes,
                }
            }
        }
    }
});
