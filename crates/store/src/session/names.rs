//! The dictionary of the names that sessions bear: what filters offer and free search looks through.

use domain::session::{Life, Session};

use super::Facet;
use crate::{
    Error,
    db::{Tx, sql},
};

/// A column whose values are kept; the numbers are stored and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    User = 1,
    Account = 2,
    Resource = 3,
    ResourceType = 4,
    Gateway = 5,
    Secret = 6,
    AccessRule = 7,
    Profile = 8,
    EndReason = 9,
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Self::User,
        Self::Account,
        Self::Resource,
        Self::ResourceType,
        Self::Gateway,
        Self::Secret,
        Self::AccessRule,
        Self::Profile,
        Self::EndReason,
    ];

    pub(super) fn code(self) -> i64 {
        self as i64
    }

    pub(super) fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Gives the column of `sessions`.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::User => "user_name",
            Self::Account => "account",
            Self::Resource => "resource_name",
            Self::ResourceType => "resource_type",
            Self::Gateway => "gateway",
            Self::Secret => "secret_name",
            Self::AccessRule => "access_rule",
            Self::Profile => "profile",
            Self::EndReason => "end_reason",
        }
    }
}

impl From<Facet> for Kind {
    fn from(facet: Facet) -> Self {
        match facet {
            Facet::User => Self::User,
            Facet::Resource => Self::Resource,
            Facet::ResourceType => Self::ResourceType,
            Facet::Gateway => Self::Gateway,
            Facet::Account => Self::Account,
            Facet::Secret => Self::Secret,
            Facet::AccessRule => Self::AccessRule,
            Facet::Profile => Self::Profile,
            Facet::EndReason => Self::EndReason,
        }
    }
}

/// Gives the names that a session bears.
pub(super) fn of<'s>(session: &'s Session, life: &Life) -> Vec<(Kind, &'s str)> {
    let mut names = vec![
        (Kind::User, session.user.name.as_str()),
        (Kind::Account, &session.account),
        (Kind::Resource, &session.resource.name),
        (Kind::ResourceType, &session.resource.protocol),
        (Kind::Gateway, &session.gateway),
        (Kind::Secret, &session.secret_name),
        (Kind::AccessRule, &session.access_rule),
        (Kind::Profile, &session.profile),
    ];
    names.extend(life.end_reason.map(|reason| (Kind::EndReason, reason.word())));
    names.retain(|(_, name)| !name.is_empty());
    names
}

/// Adds names that are new.
pub(super) async fn note(tx: &mut Tx, names: &[(Kind, &str)]) -> Result<(), Error> {
    if names.is_empty() {
        return Ok(());
    }
    let mut query = sql!("INSERT INTO names(kind, value, folded) VALUES ");
    for (at, (kind, name)) in names.iter().enumerate() {
        query.push(if at > 0 { ", (" } else { "(" });
        query
            .push_value(kind.code())
            .push(", ")
            .push_value(*name)
            .push(", ")
            .push_value(name.to_lowercase());
        query.push(")");
    }
    query.push(" ON CONFLICT DO NOTHING");
    tx.exec(query).await?;
    Ok(())
}
