//! What a protocol brings so that activities can be done on its resources: [`Provisioner`] signs in, [`Administrator`] does the steps.
//!
//! When a step is done, noted and taken back is the engine's business; how is the protocol's. A step may be done or taken back twice when
//! a gateway was lost in the middle of it, so that both have to say yes to what is so already.

use async_trait::async_trait;
use domain::{
    activity::Deed,
    object::{SecretForm, SecretText},
    stop::Stop,
};

use crate::protocol::Way;

/// How a protocol does the steps of activities.
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// Gives what proves an account that is made for a session.
    fn proof(&self) -> SecretForm {
        SecretForm::Password
    }

    /// Checks a step as it is declared; the error says what is wrong with it.
    fn check(&self, deed: &Deed) -> Result<(), String>;

    /// Signs in to a resource with an administrator's account. Nothing of this is recorded: no person is at it.
    async fn sign_in(&self, way: &Way) -> Result<Box<dyn Administrator>, Stop>;
}

/// An administrator who is signed in. Dropped, the connection is closed.
#[async_trait]
pub trait Administrator: Send {
    /// Tells whether what a step would do is so already: then it is neither done nor taken back.
    async fn is_so(&mut self, task: &Task<'_>) -> Result<bool, Fault>;

    /// Does a step.
    async fn carry_out(&mut self, task: &Task<'_>) -> Result<(), Fault>;

    /// Lists from where an account is signed in now, mostly as `address:port`; without the administrator's own connection.
    async fn logins(&mut self, account: &str) -> Result<Vec<String>, Fault>;

    /// Takes a step back. What is not there any more is taken back.
    async fn take_back(&mut self, task: &Task<'_>) -> Result<(), Fault>;
}

/// A step with what belongs to it.
#[derive(Debug)]
pub struct Task<'a> {
    /// The step.
    pub deed: &'a Deed,
    /// The login name of the session's account.
    pub account: &'a str,
    /// What is to prove the account: a password, or the private key of [`Provisioner::proof`].
    pub proof: Option<&'a SecretText>,
    /// What `{name}` stands for in commands; see [`domain::activity::fill`].
    pub values: [(&'static str, &'a str); 4],
}

/// Why a step could not be done or taken back; for the console, and without a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(String);

/// Characters of a fault.
const LONGEST: usize = 500;

impl Fault {
    /// Takes what was said, in one line.
    pub fn new(text: impl AsRef<str>) -> Self {
        let line = text.as_ref().trim().chars();
        let line = line.map(|c| if c.is_control() { ' ' } else { c });
        Self(line.take(LONGEST).collect())
    }

    /// Says that a protocol does not know a step.
    #[must_use]
    pub fn unknown(deed: &Deed) -> Self {
        Self::new(format!(
            "`{}` cannot be done on this type of resource",
            deed.words()
        ))
    }
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        if stop.detail.is_empty() {
            Self::new(stop.to_caller())
        } else {
            Self::new(stop.detail)
        }
    }
}
