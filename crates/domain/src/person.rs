//! People and the roles that they hold.

use serde::{Deserialize, Serialize};

use crate::ObjectId;

/// What a person may do beyond using their own sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything, changes objects, locks and ends sessions.
    Admin,
    /// Sees and replays every session and the audit log; changes nothing.
    Auditor,
    /// Uses what access rules give; sees own sessions.
    User,
}

/// How much somebody has shown to be who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factors {
    /// One thing: a password, a key, or what was made by a login with one.
    #[default]
    One,
    /// A second one of another kind as well, or what was made by such a login.
    Two,
}

/// A person who has proven who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The lasting name.
    pub id: ObjectId,
    /// The login name.
    pub name: String,
    /// The roles held; may be empty.
    pub roles: Vec<Role>,
    /// Names of the groups that the person is a member of.
    pub groups: Vec<String>,
    /// By how much they have proven it.
    #[serde(default)]
    pub factors: Factors,
}

impl Person {
    /// Says by how much the person has proven who they are.
    #[must_use]
    pub fn by(self, factors: Factors) -> Self {
        Self { factors, ..self }
    }

    /// Tells whether the person holds a role.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Tells whether the person may change objects and stop other people's sessions.
    #[must_use]
    pub fn may_administer(&self) -> bool {
        self.is(Role::Admin)
    }

    /// Tells whether the person's role lets them see everything: the audit log, objects, and every session. Which sessions others see
    /// is the business of [`crate::sight`].
    #[must_use]
    pub fn may_list_all(&self) -> bool {
        self.is(Role::Admin) || self.is(Role::Auditor)
    }
}
