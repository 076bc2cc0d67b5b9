//! Passwords and tokens: slow on purpose, few at a time, and paused after too many failures.

use std::{net::IpAddr, sync::Arc, time::Duration};

use domain::{Micros, Span, object::SecretText, person::Person};
use store::{Failures, TokenHash};
use tokio::sync::Semaphore;
use vault::{Passwords, TokenKind, Verified};

use crate::engine::Engine;

/// The scope that a token needs to open sessions; a token without any scope may do everything that its owner may.
pub(super) const SCOPE: &str = "connect";

/// Why somebody cannot sign in.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// The name or the password is wrong. Which of them is not said.
    #[error("wrong name or password")]
    Wrong,
    /// The code is wrong, or was taken before.
    #[error("the verification code is wrong or was used before")]
    WrongCode,
    /// The passkey is none of anybody's, or was not used as it should be.
    #[error("the passkey was not accepted")]
    WrongPasskey,
    /// The key is no service account's, or not any more.
    #[error("the key is not accepted")]
    WrongKey,
    /// The code of a program is none, or not any more.
    #[error("no program waits behind this code")]
    WrongDeviceCode,
    /// Too many who have not signed in are under way.
    #[error("too many sign-ins are under way: try again in {} seconds", retry_after.as_secs())]
    Busy {
        /// When there may be room.
        retry_after: Duration,
    },
    /// There were too many failures, of this name or from this address.
    #[error("too many failures: try again in {} seconds", retry_after.as_secs())]
    LockedOut {
        /// When the next attempt is looked at.
        retry_after: Duration,
    },
    /// The directory that knows the password cannot be asked; for the log.
    #[error("{0}")]
    Away(String),
    /// It cannot be told now; for the log, not for the caller.
    #[error("logins cannot be checked: {0}")]
    Unavailable(String),
}

impl From<store::Error> for SignInRefused {
    fn from(error: store::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<vault::Error> for SignInRefused {
    fn from(error: vault::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Verifies passwords on the threads for blocking work, few at a time: each takes some 20 MiB and 20 ms.
#[derive(Debug)]
pub struct Hasher {
    passwords: Arc<Passwords>,
    turns: Arc<Semaphore>,
}

impl Hasher {
    pub(crate) fn new() -> Result<Self, vault::Error> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Self {
            passwords: Arc::new(Passwords::new()?),
            turns: Arc::new(Semaphore::new(cores.clamp(2, 8))),
        })
    }

    /// Hashes a password; gives a PHC string.
    pub async fn hash(&self, password: &SecretText) -> Result<String, vault::Error> {
        let password = password.clone();
        self.run(move |passwords| passwords.hash(password.expose())).await
    }

    /// Verifies a password. With [`None`] it takes as long and is wrong.
    pub async fn verify(
        &self,
        password: &SecretText,
        stored: Option<&str>,
    ) -> Result<Verified, vault::Error> {
        let (password, stored) = (password.clone(), stored.map(str::to_owned));
        self.run(move |passwords| passwords.verify(password.expose(), stored.as_deref()))
            .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Passwords) -> Result<T, vault::Error> + Send + 'static,
    ) -> Result<T, vault::Error> {
        // Never closed.
        let turn = Arc::clone(&self.turns).acquire_owned().await.ok();
        let passwords = Arc::clone(&self.passwords);
        let job = tokio::task::spawn_blocking(move || {
            let result = work(&passwords);
            drop(turn);
            result
        });
        job.await.unwrap_or(Err(vault::Error::Crypto))
    }
}

impl Engine {
    /// Checks a name and a password, or an API token in its place. Takes as long when there is no such user. Counts and audits
    /// failures; whoever fails too often has to pause, longer each time. The failures of who has a second factor are forgotten only by
    /// [`Engine::check_code`], so that a password that is known does not make room for more guesses at the code.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &SecretText,
        ip: IpAddr,
    ) -> Result<Person, SignInRefused> {
        if let Some(person) = self.check_token(name, password).await? {
            return Ok(person);
        }
        let of_user = self.may_try(name, ip).await?;
        let directory = self.directory();
        // A password from when it was a person counts no more.
        let is_service = directory.is_service(name);
        let person = directory.person(name).filter(|_| !is_service);
        let stored = match &person {
            Some(person) => self.store.password(person.id).await?,
            None => None,
        };
        let verified = self
            .hasher
            .verify(password, stored.as_ref().map(|hash| hash.0.as_str()))
            .await?;
        let entered = match person.filter(|_| verified.is_right()) {
            Some(person) => Ok(person),
            // Whoever has a password here has no other.
            None if stored.is_none() && !is_service => self.enter_by_source(name, password, ip).await?,
            None => Err("password".to_owned()),
        };
        let why = match entered {
            Ok(person) => {
                if of_user.count > 0 && !self.factors_held(&person).await?.any() {
                    self.store.forget_failures(name, None).await?;
                }
                return Ok(person);
            }
            Err(why) => why,
        };
        self.count_failure(name, ip, &why).await?;
        Err(SignInRefused::Wrong)
    }

    /// Refuses a name, or an address, that has to pause after too many failures; gives those of the name.
    pub(super) async fn may_try(&self, name: &str, ip: IpAddr) -> Result<Failures, SignInRefused> {
        let now = Micros::now();
        let (of_user, of_address) = self.store.login_failures(name, ip, now, self.memory()).await?;
        let pause = self.pause(of_user, self.limits.user_failures, now);
        let pause = pause.max(self.pause(of_address, self.limits.address_failures, now));
        if pause > Span(0) {
            let retry_after = Duration::from_secs(pause.duration().as_secs() + 1);
            return Err(SignInRefused::LockedOut { retry_after });
        }
        Ok(of_user)
    }

    /// Counts and audits a proof that was wrong.
    pub(super) async fn count_failure(
        &self,
        name: &str,
        ip: IpAddr,
        method: &str,
    ) -> Result<(), store::Error> {
        self.store
            .login_failed(name, ip, Micros::now(), self.memory())
            .await?;
        self.audit_failure(name, ip, method).await
    }

    /// Gives how long failures are remembered.
    fn memory(&self) -> Span {
        Span(i64::try_from(self.limits.failure_memory.as_micros()).unwrap_or(i64::MAX))
    }

    /// Gives what hashes and verifies passwords.
    #[must_use]
    pub fn passwords(&self) -> &Hasher {
        &self.hasher
    }

    /// Takes an API token of the user for a password.
    pub(crate) async fn check_token(
        &self,
        name: &str,
        text: &SecretText,
    ) -> Result<Option<Person>, store::Error> {
        let Some(hash) = self.vault.tokens().hash(TokenKind::Api, text.expose()) else {
            return Ok(None);
        };
        let now = Micros::now();
        let Some(token) = self.store.token(&TokenHash(hash), now).await? else {
            return Ok(None);
        };
        if !token.scopes.is_empty() && !token.scopes.iter().any(|scope| scope == SCOPE) {
            return Ok(None);
        }
        let person = self
            .directory()
            .person_by_id(token.user)
            .filter(|person| person.name == name);
        if person.is_some() {
            self.store.touch_token(&token, now).await?;
        }
        Ok(person.map(|person| person.by(token.factors)))
    }

    /// Gives how long is still to be paused: two seconds at the limit, doubled with every further failure.
    fn pause(&self, failures: Failures, most: u32, now: Micros) -> Span {
        let Some(over) = failures.count.checked_sub(most) else {
            return Span(0);
        };
        let longest = self.limits.failure_memory;
        let pause = Duration::from_secs(2)
            .saturating_mul(1 << over.min(20))
            .min(longest);
        let until = failures
            .last_at
            .plus(Span(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX)));
        until.since(now)
    }
}
