//! Who sees which sessions: a pure function of the declared objects.
//!
//! Everybody sees their own. Roles and administrative rules add to it, and a session that was shared is seen by whoever opened the share.
//! Listing, playing and moderating are three rights: a rule may give the first without the others. What nobody gave is not refused
//! but not there.

use std::collections::BTreeSet;

use crate::{
    ObjectId, SessionId,
    object::{AdministrativeRule, RemoteAccess},
    person::{Person, Role},
    policy::Directory,
    session::Session,
};

/// Whose sessions are seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    All,
    /// One's own.
    Own(ObjectId),
    /// One's own, and those of some gateways or resources.
    OwnOr(ObjectId, Among),
}

/// Gateways and resources; a session that has either is among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Among {
    /// Gateways, by name.
    pub gateways: BTreeSet<String>,
    /// Resources.
    pub resources: BTreeSet<ObjectId>,
}

impl Scope {
    /// Tells whether a session is seen.
    #[must_use]
    pub fn covers(&self, session: &Session) -> bool {
        match self {
            Self::All => true,
            Self::Own(owner) => session.user.id == *owner,
            Self::OwnOr(owner, among) => session.user.id == *owner || among.has(session),
        }
    }
}

impl Among {
    fn has(&self, session: &Session) -> bool {
        self.gateways.contains(&session.gateway) || self.resources.contains(&session.resource.id)
    }

    fn is_empty(&self) -> bool {
        self.gateways.is_empty() && self.resources.is_empty()
    }
}

/// How far a right goes beyond one's own sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    All,
    Among(Among),
}

impl Reach {
    fn nothing() -> Self {
        Self::Among(Among::default())
    }

    fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::All, _) => {}
            (_, Self::All) => *self = Self::All,
            (Self::Among(mine), Self::Among(more)) => {
                mine.gateways.extend(more.gateways.iter().cloned());
                mine.resources.extend(more.resources.iter().copied());
            }
        }
    }

    fn has(&self, session: &Session) -> bool {
        match self {
            Self::All => true,
            Self::Among(among) => among.has(session),
        }
    }

    fn with_own(&self, person: ObjectId) -> Scope {
        match self {
            Self::All => Scope::All,
            Self::Among(among) if among.is_empty() => Scope::Own(person),
            Self::Among(among) => Scope::OwnOr(person, among.clone()),
        }
    }
}

/// What somebody may see of sessions, and do to those of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    person: ObjectId,
    administers: bool,
    list: Reach,
    play: Reach,
    moderate: Reach,
    shared: BTreeSet<SessionId>,
}

impl Sight {
    /// Finds out what a person may see: their roles, and the administrative rules that concern them, add up.
    #[must_use]
    pub fn of(directory: &Directory, person: &Person) -> Self {
        let administers = person.is(Role::Admin);
        let wide = if administers || person.is(Role::Auditor) {
            Reach::All
        } else {
            Reach::nothing()
        };
        let mut sight = Self {
            person: person.id,
            administers,
            moderate: if administers { Reach::All } else { Reach::nothing() },
            play: wide.clone(),
            list: wide,
            shared: BTreeSet::new(),
        };
        let rules = directory.administrative_rules.values().map(|rule| &rule.spec);
        for rule in rules.filter(|rule| rule.concerns(person)) {
            let reach = reach(directory, rule);
            sight.list.add(&reach);
            if rule.play_recordings {
                sight.play.add(&reach);
            }
            if rule.moderate {
                sight.moderate.add(&reach);
            }
        }
        sight
    }

    /// Adds sessions that were shared with the person, and that they have opened.
    #[must_use]
    pub fn with_shared(mut self, sessions: impl IntoIterator<Item = SessionId>) -> Self {
        self.shared.extend(sessions);
        self
    }

    /// Which sessions lists, counts and filters are about. Those that were shared are reached by their id only.
    #[must_use]
    pub fn listed(&self) -> Scope {
        self.list.with_own(self.person)
    }

    /// Of which sessions the content is searched.
    #[must_use]
    pub fn played(&self) -> Scope {
        self.play.with_own(self.person)
    }

    /// Tells whether every session is seen.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.list == Reach::All
    }

    /// Tells whether sessions of others are seen at all.
    #[must_use]
    pub fn is_beyond_own(&self) -> bool {
        self.list != Reach::nothing()
    }

    /// Tells whether a gateway is seen as such: all of its sessions are.
    #[must_use]
    pub fn sees_gateway(&self, name: &str) -> bool {
        match &self.list {
            Reach::All => true,
            Reach::Among(among) => among.gateways.contains(name),
        }
    }

    /// Tells whether the session is the person's own.
    #[must_use]
    pub fn is_own(&self, session: &Session) -> bool {
        session.user.id == self.person
    }

    /// Tells whether the session is in lists.
    #[must_use]
    pub fn may_list(&self, session: &Session) -> bool {
        self.is_own(session) || self.list.has(session)
    }

    /// Tells whether the session is there at all.
    #[must_use]
    pub fn may_see(&self, session: &Session) -> bool {
        self.may_list(session) || self.shared.contains(&session.id)
    }

    /// Tells whether the session may be watched and replayed.
    #[must_use]
    pub fn may_play(&self, session: &Session) -> bool {
        self.may_export(session) || self.shared.contains(&session.id)
    }

    /// Tells whether content of the session may be taken out as a file. Who was shown it may not.
    #[must_use]
    pub fn may_export(&self, session: &Session) -> bool {
        self.is_own(session) || self.play.has(session)
    }

    /// Tells whether the session may be locked, unlocked and ended.
    #[must_use]
    pub fn may_moderate(&self, session: &Session) -> bool {
        self.moderate.has(session)
    }

    /// Tells whether the session may be shown to others: what is shown is in one's own right to take out, and one's own or to be
    /// moderated.
    #[must_use]
    pub fn may_share(&self, session: &Session) -> bool {
        self.may_export(session) && (self.is_own(session) || self.may_moderate(session))
    }

    /// Tells whether everything may be played, so that a share adds nothing.
    #[must_use]
    pub fn plays_all(&self) -> bool {
        self.play == Reach::All
    }

    /// Tells whether the person may change objects, and so everything that sessions depend on.
    #[must_use]
    pub fn may_administer(&self) -> bool {
        self.administers
    }
}

fn reach(directory: &Directory, rule: &AdministrativeRule) -> Reach {
    match rule.remote_access {
        RemoteAccess::None => Reach::nothing(),
        RemoteAccess::All => Reach::All,
        // Every resource includes those that are gone.
        RemoteAccess::Selected if rule.resources.names.iter().any(|name| name == "*") => Reach::All,
        RemoteAccess::Selected => {
            let selected = directory
                .resources
                .iter()
                .filter(|(name, resource)| rule.resources.selects(name, &resource.spec.labels));
            Reach::Among(Among {
                gateways: rule.gateways.iter().cloned().collect(),
                resources: selected.map(|(_, resource)| resource.id).collect(),
            })
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::{
        Micros,
        object::{Kind, Object, Spec},
        session::{ClientInterface, Named, ResourceRef, SessionVerb},
    };

    fn directory(rules: &[(&str, serde_json::Value)]) -> Directory {
        let of = |kind, name: &str, spec: serde_json::Value| Object {
            id: ObjectId::fresh(),
            name: name.to_owned(),
            version: 1,
            created_at: Micros(1),
            updated_at: Micros(1),
            spec: Spec::read(kind, spec).unwrap(),
        };
        let host = |env: &str| serde_json::json!({ "type": "ssh", "host": "h", "labels": { "env": env } });
        let mut objects = vec![
            of(Kind::User, "ana", serde_json::json!({})),
            of(Kind::User, "ben", serde_json::json!({})),
            of(Kind::User, "root", serde_json::json!({ "roles": ["admin"] })),
            of(Kind::User, "olga", serde_json::json!({ "roles": ["auditor"] })),
            of(Kind::Group, "night", serde_json::json!({ "members": ["ben"] })),
            of(Kind::Resource, "web", host("prod")),
            of(Kind::Resource, "db", host("dev")),
        ];
        objects.extend(
            rules
                .iter()
                .map(|(name, spec)| of(Kind::AdministrativeRule, name, spec.clone())),
        );
        Directory::of(objects, Vec::new(), 1)
    }

    fn session(directory: &Directory, user: &str, resource: &str, gateway: &str) -> Session {
        Session {
            id: SessionId::new(Micros(1), 1, 1),
            created_at: Micros(1),
            user: Named {
                id: directory.users[user].id,
                name: user.to_owned(),
            },
            account: String::new(),
            resource: ResourceRef {
                id: directory.resources[resource].id,
                name: resource.to_owned(),
                protocol: "ssh".to_owned(),
                host: String::new(),
            },
            access_rule: String::new(),
            profile: String::new(),
            gateway: gateway.to_owned(),
            client_interface: ClientInterface::Cli,
            client_ip: [127, 0, 0, 1].into(),
            activity: None,
            secret_name: String::new(),
            verb: SessionVerb::Connect,
            ticket: String::new(),
            correlation_id: String::new(),
            rerun_of: None,
        }
    }

    /// A letter for each right: `l` to list, `p` to play, `m` to moderate; `-` for each that is not there.
    fn rights(sight: &Sight, session: &Session) -> String {
        let mark = |may, letter| if may { letter } else { '-' };
        [
            mark(sight.may_list(session), 'l'),
            mark(sight.may_play(session), 'p'),
            mark(sight.may_moderate(session), 'm'),
        ]
        .iter()
        .collect()
    }

    #[test]
    fn each_value_of_remote_access_gives_what_the_table_says() {
        use serde_json::json;
        let ben = |more: serde_json::Value| {
            let mut rule = json!({ "groups": ["night"] });
            rule.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            rule
        };
        // Rule, then what ben may do to: his own on `web`; ana's on `web` by gate-1; ana's on `db` by gate-1; ana's on `db` by gate-2.
        let table = [
            (
                json!({ "users": ["ana"], "remote_access": "all" }),
                ["lp-", "---", "---", "---"],
            ),
            (ben(json!({})), ["lp-", "---", "---", "---"]),
            (
                ben(json!({ "remote_access": "none", "moderate": true })),
                ["lp-", "---", "---", "---"],
            ),
            (
                ben(json!({ "remote_access": "all" })),
                ["lp-", "l--", "l--", "l--"],
            ),
            (
                ben(json!({ "remote_access": "all", "play_recordings": true })),
                ["lp-", "lp-", "lp-", "lp-"],
            ),
            (
                ben(json!({ "remote_access": "selected" })),
                ["lp-", "---", "---", "---"],
            ),
            (
                ben(json!({ "remote_access": "selected", "gateways": ["gate-2"] })),
                ["lp-", "---", "---", "l--"],
            ),
            (
                ben(
                    json!({ "remote_access": "selected", "resources": { "names": ["web"] }, "moderate": true }),
                ),
                ["lpm", "l-m", "---", "---"],
            ),
            (
                ben(
                    json!({ "remote_access": "selected", "resources": { "labels": { "env": "dev" } }, "gateways": ["gate-2"], "play_recordings": true }),
                ),
                ["lp-", "---", "lp-", "lp-"],
            ),
            (
                ben(json!({ "remote_access": "selected", "resources": { "names": ["*"] } })),
                ["lp-", "l--", "l--", "l--"],
            ),
            (
                json!({ "users": ["*"], "remote_access": "all" }),
                ["lp-", "l--", "l--", "l--"],
            ),
        ];
        for (rule, wanted) in table {
            let directory = directory(&[("rule", rule.clone())]);
            let sight = Sight::of(&directory, &directory.person("ben").unwrap());
            let sessions = [
                ("ben", "web", "gate-1"),
                ("ana", "web", "gate-1"),
                ("ana", "db", "gate-1"),
                ("ana", "db", "gate-2"),
            ];
            for ((user, resource, gateway), wanted) in sessions.into_iter().zip(wanted) {
                let session = session(&directory, user, resource, gateway);
                assert_eq!(
                    rights(&sight, &session),
                    wanted,
                    "{rule}: {user} {resource} {gateway}"
                );
                assert_eq!(sight.listed().covers(&session), sight.may_list(&session));
                assert_eq!(sight.played().covers(&session), sight.may_play(&session));
            }
        }
    }

    #[test]
    fn rules_add_up_and_each_right_keeps_its_own_reach() {
        let rules = [
            (
                "a",
                serde_json::json!({ "users": ["ben"], "remote_access": "all" }),
            ),
            (
                "b",
                serde_json::json!({ "users": ["ben"], "remote_access": "selected", "gateways": ["gate-2"], "play_recordings": true }),
            ),
        ];
        let directory = directory(&rules);
        let sight = Sight::of(&directory, &directory.person("ben").unwrap());
        assert_eq!(
            rights(&sight, &session(&directory, "ana", "web", "gate-1")),
            "l--"
        );
        assert_eq!(
            rights(&sight, &session(&directory, "ana", "web", "gate-2")),
            "lp-"
        );
    }

    #[test]
    fn roles_are_wide_and_only_the_administrator_moderates() {
        let directory = directory(&[]);
        let of_ana = session(&directory, "ana", "web", "gate-1");
        let rights = |who: &str| rights(&Sight::of(&directory, &directory.person(who).unwrap()), &of_ana);
        assert_eq!(
            [rights("root"), rights("olga"), rights("ana"), rights("ben")],
            ["lpm", "lp-", "lp-", "---"]
        );
    }

    #[test]
    fn what_was_shared_is_played_and_neither_listed_nor_taken_out() {
        let directory = directory(&[]);
        let of_ana = session(&directory, "ana", "web", "gate-1");
        let sight = Sight::of(&directory, &directory.person("ben").unwrap()).with_shared([of_ana.id]);
        assert!(sight.may_see(&of_ana) && sight.may_play(&of_ana));
        assert!(!sight.may_list(&of_ana) && !sight.may_export(&of_ana) && !sight.may_moderate(&of_ana));
        assert!(!sight.may_share(&of_ana), "nor is it shown on");
    }
}
