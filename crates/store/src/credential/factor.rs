//! What people prove who they are with beside a password.

use domain::{Micros, ObjectId, person::Factors};

use super::{SealedSecret, TokenHash, label};
use crate::{
    Cause, Error, Store,
    audit::append,
    db::{Tx, sql},
};

/// The secret that an authenticator app shares with the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpKept {
    /// As the vault sealed it.
    pub sealed: SealedSecret,
    /// When a first code has shown that the app has it; [`Micros::NEVER`] before.
    pub confirmed_at: Micros,
}

/// What somebody can prove who they are with, beside a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FactorsHeld {
    /// Since when they have an authenticator app; [`Micros::NEVER`] without one.
    pub totp_since: Micros,
    /// Recovery codes that were not used yet.
    pub recovery_codes: u32,
    /// Passkeys.
    pub passkeys: u32,
}

impl FactorsHeld {
    /// Tells whether there is a second factor. Recovery codes alone are none: they stand in for one.
    #[must_use]
    pub fn any(&self) -> bool {
        self.totp_since != Micros::NEVER || self.passkeys > 0
    }
}

impl Store {
    /// Gives what somebody can prove who they are with.
    pub async fn factors_held(&self, user: ObjectId) -> Result<FactorsHeld, Error> {
        let totp = self.totp(user).await?;
        let query = sql!(
            "SELECT (SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?), \
             (SELECT COUNT(*) FROM passkeys WHERE user_id = ?)",
            user.0,
            user.0
        );
        let mut counts = self.row(query).await?.ok_or(Error::Corrupt("factors"))?;
        let mut count = || Ok::<_, Error>(u32::try_from(counts.int()?).unwrap_or(u32::MAX));
        Ok(FactorsHeld {
            totp_since: totp.map_or(Micros::NEVER, |totp| totp.confirmed_at),
            recovery_codes: count()?,
            passkeys: count()?,
        })
    }

    /// Gives the secret of an authenticator app, confirmed or not.
    pub async fn totp(&self, user: ObjectId) -> Result<Option<TotpKept>, Error> {
        let query = sql!("SELECT sealed, confirmed_at FROM totp WHERE user_id = ?", user.0);
        let row = self.row(query).await?;
        row.map(|mut row| {
            Ok(TotpKept {
                sealed: SealedSecret(row.bytes()?),
                confirmed_at: Micros(row.int()?),
            })
        })
        .transpose()
    }

    /// Keeps the secret of an app that has still to show a code, in the place of an earlier one that did not. Refuses, with `false`, to
    /// replace one that did.
    pub async fn begin_totp(&self, user: ObjectId, sealed: SealedSecret) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let begun = tx
                    .exec(sql!(
                        "INSERT INTO totp(user_id, sealed, confirmed_at, last_step) VALUES (?, ?, 0, 0) \
                         ON CONFLICT(user_id) DO UPDATE SET sealed = excluded.sealed WHERE totp.confirmed_at = 0",
                        user.0,
                        sealed.0.as_slice(),
                    ))
                    .await?;
                Ok(begun > 0)
            })
        })
        .await
    }

    /// Takes an app in that has shown a code of a step, and recovery codes where it is the first second factor; writes `factor.added`. The login that it was done
    /// with then has two factors, and every other one of the user ends. Tells whether this very app was waited for.
    pub async fn confirm_totp(
        &self,
        user: ObjectId,
        kept: TotpKept,
        step: i64,
        codes: Vec<TokenHash>,
        login: TokenHash,
        cause: Cause,
    ) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let confirmed = tx
                    .exec(sql!(
                        "UPDATE totp SET confirmed_at = ?, last_step = ? WHERE user_id = ? AND confirmed_at = 0 AND sealed = ?",
                        cause.at.0,
                        step,
                        user.0,
                        kept.sealed.0.as_slice(),
                    ))
                    .await?;
                if confirmed == 0 {
                    return Ok(false);
                }
                if !codes.is_empty() {
                    write_codes(tx, user, &codes).await?;
                }
                raise_login(tx, user, &login).await?;
                let event = cause.event("factor.added").about(label(tx, user).await?);
                append(tx, &event.with_detail(serde_json::json!({ "factor": "totp" }))).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Uses up the codes of an app up to a step. Tells whether none of that step or a later one was taken before: once for each step,
    /// whichever gateway is asked.
    pub async fn use_totp(&self, user: ObjectId, step: i64) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let taken = tx
                    .exec(sql!(
                        "UPDATE totp SET last_step = ? WHERE user_id = ? AND confirmed_at > 0 AND last_step < ?",
                        step,
                        user.0,
                        step
                    ))
                    .await?;
                Ok(taken > 0)
            })
        })
        .await
    }

    /// Takes an app away, with the recovery codes when nothing else is left that they stand in for; writes `factor.removed`. Tells whether there was one.
    pub async fn remove_totp(&self, user: ObjectId, cause: Cause) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                if delete(tx, "totp", user).await? == 0 {
                    return Ok(false);
                }
                forget_codes_without_factor(tx, user).await?;
                let event = cause.event("factor.removed").about(label(tx, user).await?);
                append(tx, &event.with_detail(serde_json::json!({ "factor": "totp" }))).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Takes away all that a user proves who they are with beside a password, and ends their logins; writes `factor.reset`. Tells whether
    /// there was anything.
    pub async fn reset_factors(&self, user: ObjectId, cause: Cause) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut gone = 0;
                for table in ["totp", "recovery_codes", "passkeys"] {
                    gone += delete(tx, table, user).await?;
                }
                if gone == 0 {
                    return Ok(false);
                }
                delete(tx, "logins", user).await?;
                tx.exec(sql!(
                    "DELETE FROM tokens WHERE user_id = ? AND form = 'login'",
                    user.0
                ))
                .await?;
                let event = cause.event("factor.reset").about(label(tx, user).await?);
                append(tx, &event).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Replaces a user's recovery codes; writes `recovery_codes.made`.
    pub async fn set_recovery_codes(
        &self,
        user: ObjectId,
        codes: Vec<TokenHash>,
        cause: Cause,
    ) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                write_codes(tx, user, &codes).await?;
                let event = cause.event("recovery_codes.made").about(label(tx, user).await?);
                append(tx, &event).await?;
                Ok(())
            })
        })
        .await
    }

    /// Uses a recovery code up; writes `recovery_code.used` with how many are left. Tells whether there was such a code.
    pub async fn use_recovery_code(
        &self,
        user: ObjectId,
        code: TokenHash,
        cause: Cause,
    ) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let taken = tx
                    .exec(sql!(
                        "DELETE FROM recovery_codes WHERE user_id = ? AND hash = ?",
                        user.0,
                        code.0.as_slice()
                    ))
                    .await?;
                if taken == 0 {
                    return Ok(false);
                }
                let count = sql!("SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?", user.0);
                let mut left = tx.row(count).await?.ok_or(Error::Corrupt("recovery codes"))?;
                let detail = serde_json::json!({ "left": left.int()? });
                let event = cause.event("recovery_code.used").about(label(tx, user).await?);
                append(tx, &event.with_detail(detail)).await?;
                Ok(true)
            })
        })
        .await
    }
}

/// Writes how many factors there were.
pub(super) fn number(factors: Factors) -> i64 {
    match factors {
        Factors::One => 1,
        Factors::Two => 2,
    }
}

/// Reads how many factors there were; what cannot be read is one.
pub(super) fn factors(number: i64) -> Factors {
    if number == 2 { Factors::Two } else { Factors::One }
}

/// Gives the login with which a factor was added two of them, and ends the user's others.
pub(super) async fn raise_login(tx: &mut Tx, user: ObjectId, login: &TokenHash) -> Result<(), Error> {
    tx.exec(sql!(
        "DELETE FROM logins WHERE user_id = ? AND hash <> ?",
        user.0,
        login.0.as_slice()
    ))
    .await?;
    tx.exec(sql!(
        "UPDATE logins SET factors = ? WHERE hash = ?",
        number(Factors::Two),
        login.0.as_slice()
    ))
    .await?;
    Ok(())
}

/// Takes recovery codes away that stand in for nothing any more.
pub(super) async fn forget_codes_without_factor(tx: &mut Tx, user: ObjectId) -> Result<(), Error> {
    tx.exec(sql!(
        "DELETE FROM recovery_codes WHERE user_id = ? \
         AND NOT EXISTS (SELECT 1 FROM totp WHERE user_id = ? AND confirmed_at > 0) \
         AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = ?)",
        user.0,
        user.0,
        user.0
    ))
    .await?;
    Ok(())
}

pub(super) async fn write_codes(tx: &mut Tx, user: ObjectId, codes: &[TokenHash]) -> Result<(), Error> {
    delete(tx, "recovery_codes", user).await?;
    for code in codes {
        tx.exec(sql!(
            "INSERT INTO recovery_codes(user_id, hash) VALUES (?, ?)",
            user.0,
            code.0.as_slice()
        ))
        .await?;
    }
    Ok(())
}

async fn delete(tx: &mut Tx, table: &str, user: ObjectId) -> Result<u64, Error> {
    tx.exec(sql!(format!("DELETE FROM {table} WHERE user_id = ?"), user.0))
        .await
}
