//! The keys by which clients know the gateway.

use std::net::IpAddr;
use std::sync::Arc;

use domain::stop::{EndReason, FailureStage, Stop};

use crate::certificate::Authority;
use crate::wire::{HostKey, Limits, Profile, ServerConfig};

/// Issues the host key of a resource that is reached through another SSH connection (`ssh -J gateway resource`): a key of the gateway
/// with a certificate whose principal is the resource's name. The error is a text for the log.
pub type InnerHostKey = dyn Fn(&str) -> Result<HostKey, String> + Send + Sync;

/// The keys by which clients know the gateway.
pub struct SshKeys {
    outer: Arc<ServerConfig>,
    inner: Box<InnerHostKey>,
    address: Option<(String, u16)>,
    user_authority: Option<Arc<[u8]>>,
}

impl std::fmt::Debug for SshKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SshKeys")
            .field("outer", &self.outer)
            .finish_non_exhaustive()
    }
}

impl SshKeys {
    /// Takes the gateway's own host keys, at least one, and what issues those of resources.
    ///
    /// `version` is the gateway's, for the identification line; no spaces or dashes.
    pub fn new(
        version: &str,
        host_keys: Vec<HostKey>,
        inner: impl Fn(&str) -> Result<HostKey, String> + Send + Sync + 'static,
    ) -> Self {
        let version: String = version
            .chars()
            .filter(|c| c.is_ascii_graphic() && *c != '-')
            .take(32)
            .collect();
        let outer = server_config(format!("SSH-2.0-Doorward_{version}"), host_keys);
        Self {
            outer: Arc::new(outer),
            inner: Box::new(inner),
            address: None,
            user_authority: None,
        }
    }

    /// Sets the key that certifies users' keys, in the wire's form. Certificates of others are worth what the key in them is.
    pub fn with_user_authority(mut self, public: &[u8]) -> Self {
        self.user_authority = Some(public.into());
        self
    }

    /// Gives who certifies users' keys, to a visit from an address.
    pub(crate) fn authority(&self, peer: IpAddr) -> Authority {
        Authority::new(self.user_authority.clone(), peer)
    }

    /// Sets the host and port under which callers reach the gateway, for the lines that they are shown.
    pub fn with_address(mut self, host: impl Into<String>, port: u16) -> Self {
        self.address = Some((host.into(), port));
        self
    }

    /// Replaces the algorithms that are offered to clients.
    pub fn with_profile(self, profile: Profile) -> Self {
        self.with_outer(|config| config.profile = profile)
    }

    /// Replaces the limits of connections with clients, such as when new keys are agreed on.
    pub fn with_limits(self, limits: Limits) -> Self {
        self.with_outer(|config| config.limits = limits)
    }

    fn with_outer(mut self, change: impl FnOnce(&mut ServerConfig)) -> Self {
        // Nobody else has it before the first connection.
        if let Some(config) = Arc::get_mut(&mut self.outer) {
            change(config);
        }
        self
    }

    pub(crate) fn identification(&self) -> &str {
        &self.outer.identification
    }

    pub(crate) fn address(&self) -> Option<(String, u16)> {
        self.address.clone()
    }

    pub(crate) fn outer(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.outer)
    }

    pub(crate) fn inner(&self, resource: &str) -> Result<Arc<ServerConfig>, Stop> {
        let key = (self.inner)(resource).map_err(|error| {
            let text = format!("host key for `{resource}`: {error}");
            Stop::failed(EndReason::ProtocolError, FailureStage::Connect, text)
        })?;
        let mut config = server_config(self.outer.identification.clone(), vec![key]);
        config.profile = self.outer.profile.clone();
        config.limits = self.outer.limits.clone();
        Ok(Arc::new(config))
    }
}

fn server_config(identification: String, host_keys: Vec<HostKey>) -> ServerConfig {
    // While keys are agreed on, data that is under way towards the client may wait: at most a window each way.
    let limits = Limits {
        held: 8 << 20,
        ..Limits::default()
    };
    ServerConfig {
        identification,
        profile: Profile::server(),
        host_keys,
        limits,
    }
}
