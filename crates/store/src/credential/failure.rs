//! Counting failed attempts to sign in. What follows from a count is the caller's business.

use std::net::IpAddr;

use domain::{Micros, Span};

use super::Failures;
use crate::{
    Error, Store,
    db::{Row, Tx, sql},
};

impl Store {
    /// Counts a failed attempt for a name and an address; gives both counts. A count starts anew when its last failure is older than
    /// `memory`. Addresses of version 6 are counted by their /64 network, which is one customer's.
    pub async fn login_failed(
        &self,
        user: &str,
        address: IpAddr,
        at: Micros,
        memory: Span,
    ) -> Result<(Failures, Failures), Error> {
        let (user, address) = subjects(user, address);
        self.write(move |tx| {
            Box::pin(async move {
                let user = count(tx, &user, at, memory).await?;
                Ok((user, count(tx, &address, at, memory).await?))
            })
        })
        .await
    }

    /// Gives the failures of a name and of an address; zero when the last is older than `memory`.
    pub async fn login_failures(
        &self,
        user: &str,
        address: IpAddr,
        now: Micros,
        memory: Span,
    ) -> Result<(Failures, Failures), Error> {
        let (user, address) = subjects(user, address);
        let mut found = (Failures::default(), Failures::default());
        let query = sql!(
            "SELECT subject, count, first_at, last_at FROM login_failures WHERE subject IN (?, ?) AND last_at >= ?",
            &user,
            &address,
            now.0.saturating_sub(memory.0)
        );
        for mut row in self.rows(query).await? {
            let of = if row.text()? == user {
                &mut found.0
            } else {
                &mut found.1
            };
            *of = read(&mut row)?;
        }
        Ok(found)
    }

    /// Forgets the failures of a name and, when given, of an address.
    pub async fn forget_failures(&self, user: &str, address: Option<IpAddr>) -> Result<(), Error> {
        let (user, address) = (user_subject(user), address.map(address_subject));
        self.write(move |tx| {
            Box::pin(async move {
                for subject in [Some(user), address].into_iter().flatten() {
                    tx.exec(sql!("DELETE FROM login_failures WHERE subject = ?", subject))
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }
}

async fn count(tx: &mut Tx, subject: &str, at: Micros, memory: Span) -> Result<Failures, Error> {
    let forgotten = at.0.saturating_sub(memory.0);
    let row = tx
        .row(sql!(
            "INSERT INTO login_failures(subject, count, first_at, last_at) VALUES (?, 1, ?, ?) \
             ON CONFLICT(subject) DO UPDATE SET \
             count = CASE WHEN login_failures.last_at < ? THEN 1 ELSE login_failures.count + 1 END, \
             first_at = CASE WHEN login_failures.last_at < ? THEN excluded.first_at ELSE login_failures.first_at END, \
             last_at = excluded.last_at RETURNING count, first_at, last_at",
            subject,
            at.0,
            at.0,
            forgotten,
            forgotten,
        ))
        .await?;
    read(&mut row.ok_or(Error::Corrupt("count of failures"))?)
}

fn read(row: &mut Row) -> Result<Failures, Error> {
    let count = u32::try_from(row.int()?).unwrap_or(u32::MAX);
    Ok(Failures {
        count,
        first_at: Micros(row.int()?),
        last_at: Micros(row.int()?),
    })
}

fn subjects(user: &str, address: IpAddr) -> (String, String) {
    (user_subject(user), address_subject(address))
}

fn user_subject(user: &str) -> String {
    // Claimed names are what a stranger typed: bounded before they become a key.
    // A directory elsewhere may take them in any case.
    let bounded: String = user.chars().take(255).flat_map(char::to_lowercase).collect();
    format!("user {bounded}")
}

pub(super) fn address_subject(address: IpAddr) -> String {
    let net = match address.to_canonical() {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 64,
    };
    let net = ipnet::IpNet::new(address.to_canonical(), net).map(|net| net.trunc().to_string());
    format!("address {}", net.unwrap_or_else(|_| address.to_string()))
}
