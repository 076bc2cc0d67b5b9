//! Programs that cannot sign in by themselves: a person lets them in with a browser, by a code (RFC 8628).

use std::{net::IpAddr, time::Duration};

use domain::{Micros, Span, audit::Actor, object::SecretText, person::Person};
use store::{Asked, Cause, DeviceLogin, Polled, Room, TokenHash};
use vault::TokenKind;

use super::passwords::SignInRefused;
use crate::engine::Engine;

/// How long a person may take.
const PATIENCE: Span = Span::secs(10 * 60);

/// How long a program waits between two questions.
pub const DEVICE_PAUSE: Span = Span::secs(2);

/// How many may wait at once.
const ROOM: Room = Room {
    of_one: 50,
    of_all: 2000,
};

/// What a program that asks to be let in is given.
#[derive(Debug)]
pub struct DeviceCodes {
    /// What it asks with; for nobody else.
    pub device: SecretText,
    /// What the person types.
    pub user: String,
    /// How long both are good.
    pub lasts: Span,
}

impl Engine {
    /// Begins to let a program in, which calls itself `client` and wants to act for somebody for a time.
    pub async fn begin_device_login(
        &self,
        client: &str,
        lasts: Span,
        ip: IpAddr,
    ) -> Result<DeviceCodes, SignInRefused> {
        let tokens = self.vault.tokens();
        let issued = tokens.issue(TokenKind::Device)?;
        let (user, code) = tokens.device_code()?;
        let now = Micros::now();
        let login = DeviceLogin {
            hash: TokenHash(issued.hash),
            code: TokenHash(code),
            client: client.to_owned(),
            client_ip: ip.to_string(),
            lasts,
            created_at: now,
            expires_at: now.plus(PATIENCE),
        };
        if !self.store.begin_device_login(login, ip, ROOM).await? {
            return Err(SignInRefused::busy(PATIENCE));
        }
        Ok(DeviceCodes {
            device: issued.text,
            user,
            lasts: PATIENCE,
        })
    }

    /// Gives the program that waits behind a code which somebody who is signed in has typed. Codes that are none are counted, so that
    /// nobody finds those of others.
    pub async fn device_login_behind(
        &self,
        person: &Person,
        code: &str,
        ip: IpAddr,
    ) -> Result<DeviceLogin, SignInRefused> {
        let guesser = guesser(person);
        self.may_try(&guesser, ip).await?;
        if let Some(hash) = self.vault.tokens().device_code_hash(code) {
            let found = self.store.device_login(&TokenHash(hash), Micros::now()).await?;
            if let Some(login) = found {
                return Ok(login);
            }
        }
        self.count_failure(&guesser, ip, "code of a program").await?;
        Err(SignInRefused::WrongDeviceCode)
    }

    /// Lets the program behind a code in, as a person who is signed in, or refuses it.
    pub async fn decide_device_login(
        &self,
        person: &Person,
        code: &str,
        said: Asked,
        ip: IpAddr,
    ) -> Result<(), SignInRefused> {
        let login = self.device_login_behind(person, code, ip).await?;
        let cause = Cause::new(Micros::now(), Actor::user(&person.name)).from_ip(ip.to_string());
        let decided = self.store.decide_device_login(login.code, person.id, said, cause);
        if decided.await? {
            Ok(())
        } else {
            Err(SignInRefused::WrongDeviceCode)
        }
    }

    /// Tells a program that asks again what became of it.
    pub async fn poll_device_login(&self, device: &SecretText) -> Result<Polled, SignInRefused> {
        let Some(hash) = self.vault.tokens().hash(TokenKind::Device, device.expose()) else {
            return Ok(Polled::Unknown);
        };
        // A little less than what it is told, for clocks and networks are not exact.
        let pause = Span(DEVICE_PAUSE.0 * 3 / 4);
        Ok(self
            .store
            .poll_device_login(TokenHash(hash), Micros::now(), pause)
            .await?)
    }
}

/// Whose failures wrong codes are counted as: no user's, as names hold no space, so that nobody locks themselves out of their password.
fn guesser(person: &Person) -> String {
    format!("codes by {}", person.name)
}

impl SignInRefused {
    /// Says that too many are under way, each of which may take so long.
    #[must_use]
    pub fn busy(patience: Span) -> Self {
        Self::Busy {
            retry_after: Duration::from_secs(patience.duration().as_secs() / 10),
        }
    }
}
