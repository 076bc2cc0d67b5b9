//! Secrets on their way to a resource: out of the vault, or from where they are kept elsewhere. Each use is on record before it.

use async_trait::async_trait;
use domain::{
    Micros,
    audit::{Actor, AuditEvent},
    object::{SecretForm, SecretOrigin, SecretText},
    policy::Directory,
    session::Session,
    stop::{EndReason, FailureStage, Stop},
};
use vault::Secret;

use crate::{engine::Engine, protocol::WaySecret, run::unstored};

/// What reads secrets that are kept elsewhere, as far as the operator of the machine allows it. What it reads is kept and logged nowhere.
#[async_trait]
pub trait SecretSources: std::fmt::Debug + Send + Sync {
    /// Tells whether a secret may be read from there; an error names the setting or the field that forbids it.
    fn check(&self, from: &SecretOrigin) -> Result<(), NotFetched>;

    /// Reads the secret of this name, anew each time. Ends by itself within seconds.
    async fn fetch(&self, name: &str, from: &SecretOrigin) -> Result<Fetched, NotFetched>;

    /// Lists what the operator allows.
    fn offered(&self) -> Vec<OfferedSource>;
}

/// A secret that was read elsewhere.
#[derive(Debug)]
pub struct Fetched {
    /// Its value.
    pub value: Secret,
    /// Which version it is, where the source has versions.
    pub version: Option<u64>,
}

/// Why a secret cannot be read; never holds anything of what was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotFetched(pub String);

/// A source that the operator allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedSource {
    /// The word for it, as [`SecretOrigin::word`] gives it.
    pub source: &'static str,
    /// Of commands the names that there are; of variables how their names begin.
    pub names: Vec<String>,
}

impl Engine {
    /// Tells whether this gateway may read a secret that is kept elsewhere.
    pub fn check_origin(&self, from: &SecretOrigin) -> Result<(), NotFetched> {
        self.sources()?.check(from)
    }

    /// Lists where secrets may be kept beside the vault.
    #[must_use]
    pub fn offered_sources(&self) -> Vec<OfferedSource> {
        let sources = self.secret_sources.as_ref();
        sources.map(|sources| sources.offered()).unwrap_or_default()
    }

    fn sources(&self) -> Result<&dyn SecretSources, NotFetched> {
        let none = || NotFetched("this gateway reads no secrets that are kept elsewhere".to_owned());
        self.secret_sources.as_deref().ok_or_else(none)
    }

    /// Gives a secret for the way to a resource. `used` goes on record here when it is kept elsewhere, as which version it is turns out
    /// then; of a secret in the vault (see [`is_kept`]) the caller has put it on record before.
    pub(crate) async fn secret(
        &self,
        directory: &Directory,
        name: &str,
        used: AuditEvent,
    ) -> Result<WaySecret, Stop> {
        let declared = directory.secrets.get(name);
        let declared = declared.ok_or_else(|| failed(format!("there is no secret `{name}`")))?;
        let form = declared.spec.form;
        let value = match &declared.spec.from {
            None => self.kept_secret(name, form).await?,
            Some(from) => self.fetched_secret(name, form, from, used).await?,
        };
        Ok(WaySecret { form, value })
    }

    async fn kept_secret(&self, name: &str, form: SecretForm) -> Result<SecretText, Stop> {
        let sealed = self.store.secret(name).await.map_err(|error| unstored(&error))?;
        let (sealed, _) = sealed.ok_or_else(|| failed(format!("secret `{name}` has no value")))?;
        let opened = match form {
            SecretForm::Password => self.vault.open_secret(name, &sealed.0),
            SecretForm::PrivateKey => self.vault.open_private_key(name, &sealed.0),
        };
        opened.map_err(|error| failed(format!("secret `{name}` could not be opened: {error}")))
    }

    async fn fetched_secret(
        &self,
        name: &str,
        form: SecretForm,
        from: &SecretOrigin,
        mut used: AuditEvent,
    ) -> Result<SecretText, Stop> {
        let unread =
            |error: &dyn std::fmt::Display| failed(format!("secret `{name}` could not be read: {error}"));
        let sources = self.sources().map_err(|error| unread(&error))?;
        let fetched = sources.fetch(name, from).await.map_err(|error| unread(&error))?;
        if let Some(detail) = used.detail.as_object_mut() {
            detail.insert("source".to_owned(), from.word().into());
            if let Some(version) = fetched.version {
                detail.insert("version".to_owned(), version.into());
            }
        }
        // INVARIANT: no secret is used whose use is not on record.
        let noted = self.store.audit_append(used).await;
        noted.map_err(|error| unstored(&error))?;
        match form {
            SecretForm::Password => fetched.value.to_text().ok_or_else(|| unread(&"it is not text")),
            SecretForm::PrivateKey => vault::private_key_text(&fetched.value).map_err(|error| unread(&error)),
        }
    }
}

fn failed(why: String) -> Stop {
    Stop::failed(EndReason::AuthFailed, FailureStage::Connect, why)
}

/// Tells whether a secret is in the vault, or nowhere.
pub(crate) fn is_kept(directory: &Directory, name: &str) -> bool {
    let declared = directory.secrets.get(name);
    declared.is_none_or(|secret| secret.spec.from.is_none())
}

/// Says that a secret is used in a session, by whom and as which account: on record before it is used.
pub(crate) fn uses_secret(name: &str, session: &Session, account: &str, actor: Actor) -> AuditEvent {
    AuditEvent::new(Micros::now(), "secret.used", actor)
        .on(session.id)
        .about(format!("secret/{name}"))
        .with_detail(serde_json::json!({
            "user": session.user.name,
            "resource": session.resource.name,
            "account": account,
        }))
}
