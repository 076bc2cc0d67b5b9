//! Activities: named templates of what is done on a resource before a session begins, and taken back when it has ended.
//!
//! What a step means on a resource is the protocol's business: an account is a role of a database here and an account of a host there.
//! Here is what holds for all of them: which steps there are, where they may stand, and what of them is taken back.

use serde::{Deserialize, Serialize};

use crate::{
    object::Resource,
    session::{Named, Session},
};

/// Steps in one list.
const MOST_STEPS: usize = 20;
/// Bytes of a text in a step.
const LONGEST_TEXT: usize = 4096;
/// Characters of the user's name in the login of an account of their own.
const LONGEST_USER: usize = 12;

/// A named template: what is done for a session, by whom and where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Activity {
    /// The protocol's id of the resources that it is for.
    #[serde(rename = "type")]
    pub protocol: String,
    /// The account with which the steps are done.
    pub administrator: String,
    /// The account of the session where the access rule names none; not with an account of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The profile where the access rule names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What is done before the session can be used, in this order. It is taken back when the session has ended, in the other order.
    pub before: Vec<Deed>,
    /// What is done when the session has ended, before the rest is taken back.
    pub after: Vec<Deed>,
    /// What it is for.
    pub description: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Deed {
    /// Makes an account for this session alone, with a password that nobody is told. Taken back by removing it.
    CreateAccount {},
    /// Puts the account into a group. Taken back unless it was in it before.
    JoinGroup {
        /// The group.
        group: String,
    },
    /// Gives the account privileges. Taken back unless it had them before.
    Grant {
        /// Which, in the resource's own words.
        privileges: Vec<String>,
        /// On what, in the resource's own words.
        on: String,
    },
    /// Gives the account another password, and its secret that value.
    RotatePassword {},
    /// Runs something with the administrator's rights. `{account}`, `{user}`, `{resource}` and `{session}` stand for this session's, quoted.
    Run {
        /// What.
        command: String,
        /// What takes it back; empty for nothing.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        undo: String,
    },
}

/// Why an activity cannot be declared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Invalid {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub why: String,
}

impl Activity {
    /// Tells whether each session gets an account of its own.
    #[must_use]
    pub fn makes_account(&self) -> bool {
        self.before.contains(&Deed::CreateAccount {})
    }

    /// Checks what does not depend on the protocol.
    pub fn check(&self) -> Result<(), Invalid> {
        let invalid = |field, why: &str| {
            Err(Invalid {
                field,
                why: why.to_owned(),
            })
        };
        if self.administrator.is_empty() {
            return invalid("administrator", "the account that does the steps is missing");
        }
        if self.makes_account() && self.account.is_some() {
            return invalid("account", "each session has an account of its own");
        }
        for (field, deeds) in [("before", &self.before), ("after", &self.after)] {
            if deeds.len() > MOST_STEPS {
                return invalid(field, "has more than 20 steps");
            }
            for (number, deed) in deeds.iter().enumerate() {
                if let Err(why) = self.check_one(field, number, deed) {
                    return invalid(field, &format!("step {}: {why}", number + 1));
                }
            }
        }
        Ok(())
    }

    fn check_one(&self, field: &str, number: usize, deed: &Deed) -> Result<(), &'static str> {
        let texts: Vec<&str> = match deed {
            Deed::CreateAccount {} if field == "before" && number == 0 => Vec::new(),
            Deed::CreateAccount {} => return Err("an account is made first of all, or not at all"),
            Deed::RotatePassword {} if field == "before" => {
                return Err("a password is rotated after the session");
            }
            Deed::RotatePassword {} if self.makes_account() => {
                return Err("the session's own account goes, and its password with it");
            }
            Deed::RotatePassword {} => Vec::new(),
            Deed::JoinGroup { .. } | Deed::Grant { .. } if field == "after" => {
                return Err("this is done before the session, and taken back after it");
            }
            Deed::JoinGroup { group } => vec![group],
            Deed::Grant { privileges, .. } if privileges.is_empty() => return Err("no privilege is named"),
            Deed::Grant { privileges, on } => privileges.iter().chain([on]).map(String::as_str).collect(),
            Deed::Run { undo, .. } if field == "after" && !undo.is_empty() => {
                return Err("what is done after the session is not taken back");
            }
            Deed::Run { command, .. } => vec![command],
        };
        if texts.iter().any(|text| text.trim().is_empty()) {
            return Err("something is empty");
        }
        let undo = match deed {
            Deed::Run { undo, .. } => undo.as_str(),
            _ => "",
        };
        let mut all = texts.into_iter().chain([undo]);
        if all.any(|text| text.len() > LONGEST_TEXT || text.contains('\0')) {
            return Err("a text is too long, or holds a zero");
        }
        Ok(())
    }
}

impl Deed {
    /// Tells whether it is done once for all sessions on an account, so that the last of them takes it back. A command is each session's own.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::JoinGroup { .. } | Self::Grant { .. })
    }

    /// Says what it does, for lists and the audit log.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::CreateAccount {} => "create account".to_owned(),
            Self::JoinGroup { group } => format!("join group {group}"),
            Self::Grant { privileges, on } => format!("grant {} on {on}", privileges.join(", ")),
            Self::RotatePassword {} => "rotate password".to_owned(),
            Self::Run { command, .. } => format!("run {command}"),
        }
    }
}

/// What is done for one session, as it was when the session was made: whoever takes it back must not depend on what is declared by then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The activity.
    pub activity: Named,
    /// The resource.
    pub resource: Named,
    /// Where it is.
    pub target: Resource,
    /// The administrator's login name on the resource.
    pub administrator: String,
    /// The secret that proves the administrator.
    pub administrator_secret: Option<String>,
    /// The login name of the session's account.
    pub account: String,
    /// The secret that proves the account; [`None`] for an account of the session's own.
    pub secret: Option<String>,
    /// Whose session it is.
    pub user: String,
    /// See [`Activity::before`]; numbered from 0.
    pub before: Vec<Deed>,
    /// See [`Activity::after`]; numbered on.
    pub after: Vec<Deed>,
}

impl Plan {
    /// Tells whether the session has an account of its own.
    #[must_use]
    pub fn makes_account(&self) -> bool {
        self.before.contains(&Deed::CreateAccount {})
    }
}

/// Gives the login name of an account that is made for one session: nobody else's, and short and plain enough for every system.
#[must_use]
pub fn own_login(session: &Session) -> String {
    let plain = |c: char| {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_alphanumeric() { c } else { '_' }
    };
    let user: String = session.user.name.chars().take(LONGEST_USER).map(plain).collect();
    let id = session.id.uuid().simple().to_string();
    // The end of the id is random.
    let tail = id.get(id.len() - 12..).unwrap_or_default();
    format!("dw_{user}_{tail}")
}

/// Puts values into a text where `{name}` stands for one; `quote` gets the name and the value, and makes the value
/// safe where it stands. Other braces stay.
#[must_use]
pub fn fill(text: &str, values: &[(&str, &str)], quote: impl Fn(&str, &str) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, behind) = rest.split_at(at);
        filled.push_str(before);
        let known = values.iter().find_map(|(name, value)| {
            let after = behind.strip_prefix('{')?.strip_prefix(name)?.strip_prefix('}')?;
            Some((quote(name, value), after))
        });
        if let Some((value, after)) = known {
            filled.push_str(&value);
            rest = after;
        } else {
            filled.push('{');
            rest = behind.get(1..).unwrap_or_default();
        }
    }
    filled.push_str(rest);
    filled
}

/// Where a step of a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeedState {
    /// It has begun; whether it was done is not known.
    Begun,
    /// It is done.
    Done,
    /// It was so before, and stays so.
    WasSo,
    /// It is taken back.
    Undone,
}

impl DeedState {
    const ALL: [Self; 4] = [Self::Begun, Self::Done, Self::WasSo, Self::Undone];

    /// Gives the word that is stored and shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::WasSo => "was_so",
            Self::Undone => "undone",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_is_each_sessions_own() {
        let deed = |spec| serde_json::from_value::<Deed>(spec).unwrap();
        assert!(deed(json!({ "do": "grant", "privileges": ["select"], "on": "tables public" })).is_shared());
        assert!(deed(json!({ "do": "join_group", "group": "readers" })).is_shared());
        assert!(!deed(json!({ "do": "run", "command": "a", "undo": "b" })).is_shared());
        assert!(!deed(json!({ "do": "create_account" })).is_shared());
    }

    fn read(spec: serde_json::Value) -> Activity {
        serde_json::from_value(spec).unwrap()
    }

    #[test]
    fn a_misspelt_step_is_an_error() {
        for deed in [
            json!({"do": "dance"}),
            json!({"do": "join_group", "team": "a"}),
            json!({"do": "create_account", "x": 1}),
        ] {
            assert!(serde_json::from_value::<Deed>(deed.clone()).is_err(), "{deed}");
        }
    }

    #[test]
    fn steps_stand_where_they_can() {
        let checked = |before: serde_json::Value, after: serde_json::Value| {
            read(json!({"type": "x", "administrator": "root", "before": before, "after": after})).check()
        };
        let create = json!({"do": "create_account"});
        let group = json!({"do": "join_group", "group": "wheel"});
        let rotate = json!({"do": "rotate_password"});
        assert_eq!(checked(json!([create, group]), json!([])), Ok(()));
        assert_eq!(checked(json!([group]), json!([rotate])), Ok(()));
        for (before, after) in [
            (json!([group, create]), json!([])),
            (json!([create, create]), json!([])),
            (json!([rotate]), json!([])),
            (json!([create]), json!([rotate])),
            (json!([]), json!([group])),
            (json!([{"do": "grant", "privileges": [], "on": "x"}]), json!([])),
            (json!([{"do": "run", "command": " "}]), json!([])),
            (json!([]), json!([{"do": "run", "command": "a", "undo": "b"}])),
        ] {
            assert!(
                checked(before.clone(), after.clone()).is_err(),
                "{before} {after}"
            );
        }
    }

    #[test]
    fn values_are_quoted_and_other_braces_stay() {
        let quote = |_: &str, value: &str| format!("'{value}'");
        let values = [("account", "o'x{user}"), ("user", "ann")];
        assert_eq!(
            fill("a {account} {b} {user", &values, quote),
            "a 'o'x{user}' {b} {user"
        );
        assert_eq!(fill("{{user}}", &values, quote), "{'ann'}");
    }
}
