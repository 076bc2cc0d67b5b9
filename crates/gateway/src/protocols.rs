//! The list of protocols. A new one is one line here.

use std::sync::Arc;

use anyhow::Context;
use api::routes::meta::Listener;
use domain::{Micros, Span};
use engine::Protocol;
use proto_mysql::Mysql;
use proto_postgres::Postgres;
use proto_redis::Redis;
use proto_ssh::wire::Profile;
use proto_ssh::{HostKey, SigningKey, Ssh, SshKeys};
use proto_tcp::Tcp;
use vault::Vault;

use crate::{
    config::{KeyExchange, Settings},
    serve::{certificate, server_config},
};

/// How long the host certificate of an inner host lasts; a new one is issued for every connection.
const CERTIFICATE_LASTS: Span = Span::secs(24 * 3600);

/// Gives every protocol that the gateway speaks. `ssh` is where callers reach its SSH.
pub(crate) fn all(
    vault: &Arc<Vault>,
    ssh: &Listener,
    settings: &Settings,
) -> anyhow::Result<Vec<Arc<dyn Protocol>>> {
    let profile = match settings.ssh_key_exchange.unwrap_or_default() {
        KeyExchange::Any => Profile::server(),
        KeyExchange::PostQuantum => Profile::post_quantum(),
    };
    let user_authority = vault.ssh_user_ca().public_key().to_bytes();
    let keys = ssh_keys(vault)?
        .with_address(&ssh.host, ssh.port)
        .with_user_authority(&user_authority.context("the key that certifies users' keys cannot be used")?)
        .with_profile(profile);
    let tls = server_config(settings, &[b"postgresql"])?;
    let plain_tls = server_config(settings, &[])?;
    Ok(vec![
        Arc::new(Ssh::new(keys)),
        Arc::new(Postgres::new(tls, certificate(settings)?.as_ref())),
        Arc::new(Mysql::new(plain_tls.clone())),
        Arc::new(Redis::new(plain_tls)),
        Arc::new(Tcp),
    ])
}

/// Hands the gateway's host keys to SSH, and what certifies those of resources.
fn ssh_keys(vault: &Arc<Vault>) -> anyhow::Result<SshKeys> {
    let own = vault.ssh_host_keys().iter().map(|key| {
        Ok(HostKey {
            key: SigningKey::from_private_key(key)?,
            certificate: None,
        })
    });
    let own = own
        .collect::<anyhow::Result<Vec<_>>>()
        .context("the SSH host keys cannot be used")?;
    let vault = Arc::clone(vault);
    let inner = move |resource: &str| {
        let key = vault.ssh_host_keys().first().ok_or("there is no host key")?;
        let now = Micros::now();
        let from = Micros(now.0 - Span::secs(300).0);
        let names = [resource.to_owned()];
        let certificate = vault
            .issue_host_certificate(
                key.public_key().key_data(),
                &names,
                from,
                now.plus(CERTIFICATE_LASTS),
            )
            .map_err(|error| error.to_string())?;
        let key = SigningKey::from_private_key(key).map_err(|error| error.to_string())?;
        Ok(HostKey {
            key,
            certificate: Some(certificate.blob().to_vec()),
        })
    };
    Ok(SshKeys::new(env!("CARGO_PKG_VERSION"), own, inner))
}
