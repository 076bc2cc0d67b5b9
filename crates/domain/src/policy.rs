//! Who may do what: pure functions over a snapshot of the declared objects.
//!
//! A decision depends on nothing but its arguments, so that it can be tested as a table and replayed over recorded history.

use std::{collections::BTreeMap, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::{
    Micros, ObjectId, Span,
    activity::{self, Activity, Plan},
    network::Network,
    object::{
        AccessRule, Account, AdministrativeRule, Capability, Effect, Group, Object, Profile, Resource,
        Retention, SecondFactor, Secret, Spec, User, UserKind,
    },
    person::{Factors, Person},
    session::{Life, LockScope, Named, Session, State, Verb},
    sight::Sight,
    window::{self, Window},
};

/// The declared objects at one moment, by name.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Users by login name.
    pub users: BTreeMap<String, Entry<User>>,
    /// Groups by name.
    pub groups: BTreeMap<String, Entry<Group>>,
    /// Resources by name.
    pub resources: BTreeMap<String, Entry<Resource>>,
    /// Accounts by name.
    pub accounts: BTreeMap<String, Entry<Account>>,
    /// Secrets by name, without their values.
    pub secrets: BTreeMap<String, Entry<Secret>>,
    /// Profiles by name.
    pub profiles: BTreeMap<String, Entry<Profile>>,
    /// Activities by name.
    pub activities: BTreeMap<String, Entry<Activity>>,
    /// Access rules by name.
    pub rules: BTreeMap<String, Entry<AccessRule>>,
    /// Rules of retention by name.
    pub retentions: BTreeMap<String, Entry<Retention>>,
    /// Administrative rules by name.
    pub administrative_rules: BTreeMap<String, Entry<AdministrativeRule>>,
    /// Locks that cover a resource or a user.
    pub locks: Vec<StandingLock>,
    /// Grows with every change; says which snapshot decided.
    pub version: i64,
}

/// An object in a [`Directory`].
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<T> {
    /// The lasting name.
    pub id: ObjectId,
    /// What it says.
    pub spec: T,
}

/// A lock that keeps new sessions out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingLock {
    /// [`LockScope::Resource`] or [`LockScope::User`].
    pub scope: LockScope,
    /// The resource or the user.
    pub subject: Named,
    /// Who, when and with what words.
    pub lock: crate::session::Lock,
}

impl Directory {
    /// Builds a snapshot from stored objects.
    #[must_use]
    pub fn of(objects: Vec<Object>, locks: Vec<StandingLock>, version: i64) -> Self {
        let mut all = Self {
            locks,
            version,
            ..Self::default()
        };
        for Object { id, name, spec, .. } in objects {
            all.insert(id, name, spec);
        }
        all
    }

    /// Puts an object in its place, as applying it would: one of that name keeps its lasting name. What only an identity provider says of a
    /// user stays as it is.
    pub fn put(&mut self, name: String, mut spec: Spec) {
        fn id_in<T>(all: &BTreeMap<String, Entry<T>>, name: &str) -> Option<ObjectId> {
            all.get(name).map(|known| known.id)
        }
        let id = match &spec {
            Spec::User(_) => id_in(&self.users, &name),
            Spec::Group(_) => id_in(&self.groups, &name),
            Spec::Resource(_) => id_in(&self.resources, &name),
            Spec::Account(_) => id_in(&self.accounts, &name),
            Spec::Secret(_) => id_in(&self.secrets, &name),
            Spec::Profile(_) => id_in(&self.profiles, &name),
            Spec::Activity(_) => id_in(&self.activities, &name),
            Spec::AccessRule(_) => id_in(&self.rules, &name),
            Spec::Retention(_) => id_in(&self.retentions, &name),
            Spec::AdministrativeRule(_) => id_in(&self.administrative_rules, &name),
        };
        if let (Spec::User(user), Some(known)) = (&mut spec, self.users.get(&name)) {
            user.provider_groups.clone_from(&known.spec.provider_groups);
        }
        self.insert(id.unwrap_or_else(ObjectId::fresh), name, spec);
    }

    fn insert(&mut self, id: ObjectId, name: String, spec: Spec) {
        match spec {
            Spec::User(spec) => drop(self.users.insert(name, Entry { id, spec })),
            Spec::Group(spec) => drop(self.groups.insert(name, Entry { id, spec })),
            Spec::Resource(spec) => drop(self.resources.insert(name, Entry { id, spec })),
            Spec::Account(spec) => drop(self.accounts.insert(name, Entry { id, spec })),
            Spec::Secret(spec) => drop(self.secrets.insert(name, Entry { id, spec })),
            Spec::Profile(spec) => drop(self.profiles.insert(name, Entry { id, spec })),
            Spec::Activity(spec) => drop(self.activities.insert(name, Entry { id, spec })),
            Spec::AccessRule(spec) => drop(self.rules.insert(name, Entry { id, spec })),
            Spec::Retention(spec) => drop(self.retentions.insert(name, Entry { id, spec })),
            Spec::AdministrativeRule(spec) => {
                drop(self.administrative_rules.insert(name, Entry { id, spec }));
            }
        }
    }

    /// Gives a user as a person; [`None`] when unknown or disabled.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<Person> {
        let user = self.users.get(name).filter(|user| !user.spec.disabled)?;
        let groups = self
            .groups
            .iter()
            .filter(|(group, declared)| belongs(user, name, group, &declared.spec));
        Some(Person {
            id: user.id,
            name: name.to_owned(),
            roles: user.spec.roles.clone(),
            groups: groups.map(|(group, _)| group.clone()).collect(),
            factors: Factors::One,
        })
    }

    /// Tells whether a user is a service account.
    #[must_use]
    pub fn is_service(&self, name: &str) -> bool {
        let user = self.users.get(name);
        user.is_some_and(|user| user.spec.kind == UserKind::Service)
    }

    /// Lists the members of a group: those whom it lists, and those whom an identity provider has put there.
    #[must_use]
    pub fn members(&self, group: &str) -> Vec<String> {
        let Some(declared) = self.groups.get(group) else {
            return Vec::new();
        };
        let mut members = declared.spec.members.clone();
        let others = self.users.iter().filter(|(name, user)| {
            !declared.spec.members.contains(name) && belongs(user, name, group, &declared.spec)
        });
        members.extend(others.map(|(name, _)| name.clone()));
        members
    }

    /// Gives a user by the lasting name.
    #[must_use]
    pub fn person_by_id(&self, id: ObjectId) -> Option<Person> {
        let (name, _) = self.users.iter().find(|(_, user)| user.id == id)?;
        self.person(name)
    }

    /// Lists the resources that a person may use, by name.
    #[must_use]
    pub fn reachable(&self, person: &Person) -> Vec<String> {
        self.resources
            .keys()
            .filter(|name| decide(self, person, name, None).is_ok())
            .cloned()
            .collect()
    }
}

/// Tells whether a user is in a group.
fn belongs(user: &Entry<User>, name: &str, group: &str, declared: &Group) -> bool {
    declared.members.iter().any(|member| member == name)
        || user.spec.provider_groups.iter().any(|said| said == group)
}

/// What a decision gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// The rule that decided.
    pub rule: String,
    /// The resource.
    pub resource: Named,
    /// Where it is.
    pub target: Resource,
    /// The account object's name.
    pub account: String,
    /// The login name on the resource; of an account that is made for the session the activity's name, until there is a session.
    pub login: String,
    /// The secret's name; [`None`] when the user supplies their own proof.
    pub secret: Option<String>,
    /// What is done on the resource for the session.
    pub activity: Option<Template>,
    /// The profile's name; `default` for the built-in one.
    pub profile_name: String,
    /// The limits and permissions.
    pub profile: Profile,
    /// The version of the directory that decided.
    pub directory_version: i64,
}

/// An activity that a rule gives, with what it needs on the resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The activity.
    pub named: Named,
    /// What it says.
    pub spec: Activity,
    /// The administrator's login name on the resource.
    pub administrator: String,
    /// The secret that proves the administrator.
    pub administrator_secret: Option<String>,
}

impl Grant {
    /// Tells whether the session gets an account of its own on the resource.
    #[must_use]
    pub fn makes_account(&self) -> bool {
        self.activity
            .as_ref()
            .is_some_and(|template| template.spec.makes_account())
    }

    /// Gives the grant as it is for a session that it was given to: with the login of the account that is made for it.
    #[must_use]
    pub fn within(mut self, session: &Session) -> Self {
        if self.makes_account() {
            session.account.clone_into(&mut self.login);
        }
        self
    }

    /// Draws up what is done for a session that is made from this grant.
    #[must_use]
    pub fn plan(&self, session: &Session) -> Option<Plan> {
        let template = self.activity.as_ref()?;
        Some(Plan {
            activity: template.named.clone(),
            resource: self.resource.clone(),
            target: self.target.clone(),
            administrator: template.administrator.clone(),
            administrator_secret: template.administrator_secret.clone(),
            account: session.account.clone(),
            secret: self.secret.clone(),
            user: session.user.name.clone(),
            before: template.spec.before.clone(),
            after: template.spec.after.clone(),
        })
    }

    /// Gives the login name that a session has: of an account that is made for it, one that is nobody else's.
    #[must_use]
    pub fn login_of(&self, session: &Session) -> String {
        if self.makes_account() {
            activity::own_login(session)
        } else {
            self.login.clone()
        }
    }

    /// Tells whether the user may do something inside the session.
    #[must_use]
    pub fn allows(&self, capability: Capability) -> bool {
        self.profile.allow.contains(&capability)
    }

    /// Tells whether the person has proven enough for the profile.
    #[must_use]
    pub fn takes(&self, factors: Factors) -> bool {
        self.profile.second_factor == SecondFactor::Optional || factors == Factors::Two
    }

    /// Gives the longest that the session may last.
    #[must_use]
    pub fn max_duration(&self) -> Span {
        Span::secs(i64::from(self.profile.max_duration_secs))
    }

    /// Gives the longest that the session may last when it begins now: not past the hours of the profile.
    #[must_use]
    pub fn lasts_from(&self, now: Micros) -> Span {
        let closes = self.profile.closes(now).map(|at| at.since(now));
        closes.map_or(self.max_duration(), |left| left.min(self.max_duration()))
    }

    /// Tells whether the profile lets anybody connect at this moment, from this address.
    pub fn admits(&self, now: Micros, address: IpAddr) -> Result<(), KeptOut> {
        self.profile.window(now)?;
        self.profile.network(address)?;
        Ok(())
    }
}

impl Profile {
    /// Gives the window in which a moment is; [`None`] when there are none.
    pub fn window(&self, at: Micros) -> Result<Option<&Window>, KeptOut> {
        let found = window::open(&self.hours, at);
        if found.is_none() && !self.hours.is_empty() {
            let hours = window::words(&self.hours);
            return Err(KeptOut::Hour { hours });
        }
        Ok(found)
    }

    /// Gives the network in which an address is; [`None`] when there are none.
    pub fn network(&self, address: IpAddr) -> Result<Option<&Network>, KeptOut> {
        let found = self.networks.iter().find(|network| network.contains(address));
        if found.is_none() && !self.networks.is_empty() {
            return Err(KeptOut::Address);
        }
        Ok(found)
    }

    /// Gives when the windows are over, from a moment on; [`None`] when there are none, or they are not over within a year.
    #[must_use]
    pub fn closes(&self, now: Micros) -> Option<Micros> {
        if self.hours.is_empty() {
            return None;
        }
        window::closes(&self.hours, now)
    }
}

/// Why nobody may connect now, or from there, whatever else they may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeptOut {
    /// It is none of the profile's hours.
    #[error("not allowed at this hour: {hours}")]
    Hour {
        /// When it is allowed.
        hours: String,
    },
    /// The address is in none of the profile's networks, which it does not tell.
    #[error("not allowed from this address")]
    Address,
}

/// Why a decision refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such resource, or the person may not know of it.
    #[error("no resource `{resource}` that you may use")]
    NoAccess {
        /// The name that was asked for.
        resource: String,
    },
    /// A rule denies it.
    #[error("access rule `{rule}` denies `{resource}`")]
    Denied {
        /// The rule.
        rule: String,
        /// The resource.
        resource: String,
    },
    /// The account is not among those that the rules give.
    #[error("no account `{account}` for you on `{resource}`; you may use: {}", may_use.join(", "))]
    NoAccount {
        /// The account that was asked for.
        account: String,
        /// The resource.
        resource: String,
        /// The accounts that the rules give.
        may_use: Vec<String>,
    },
    /// A standing lock keeps new sessions out.
    #[error("{}", locked_text(lock))]
    Locked {
        /// The lock.
        lock: crate::session::Lock,
    },
}

impl Refused {
    /// Gives the rule that decided; empty when none matched.
    #[must_use]
    pub fn rule(&self) -> &str {
        match self {
            Self::Denied { rule, .. } => rule,
            _ => "",
        }
    }
}

fn locked_text(lock: &crate::session::Lock) -> String {
    let what = if lock.scope == LockScope::User {
        "your access"
    } else {
        "this resource"
    };
    let words = if lock.message.is_empty() {
        &lock.title
    } else {
        &lock.message
    };
    if words.is_empty() {
        format!("{what} is locked by {}", lock.by)
    } else {
        format!("{what} is locked by {}: {words}", lock.by)
    }
}

/// Decides whether a person may use a resource, and as which account. A matching `deny` beats every `allow`; among allows the
/// first by name that has the account (or, when none is asked for, any account) wins.
pub fn decide(
    directory: &Directory,
    person: &Person,
    resource: &str,
    account: Option<&str>,
) -> Result<Grant, Refused> {
    let no_access = || Refused::NoAccess {
        resource: resource.to_owned(),
    };
    let target = directory.resources.get(resource).ok_or_else(no_access)?;
    let standing = directory.locks.iter().find(|lock| match lock.scope {
        LockScope::User => lock.subject.id == person.id,
        LockScope::Resource => lock.subject.id == target.id,
        LockScope::Session => false,
    });
    if let Some(standing) = standing {
        return Err(Refused::Locked {
            lock: standing.lock.clone(),
        });
    }
    let matching: Vec<_> = directory
        .rules
        .iter()
        .filter(|(_, rule)| {
            concerns(&rule.spec, person) && rule.spec.resources.selects(resource, &target.spec.labels)
        })
        .collect();
    let mut may_use = Vec::new();
    let mut found = None;
    for (rule_name, rule) in &matching {
        if rule.spec.effect == Effect::Deny {
            continue;
        }
        for offer in offered(directory, &rule.spec, resource, target) {
            may_use.push(offer.name.to_owned());
            if found.is_none() && account.is_none_or(|want| want == offer.name || want == offer.login) {
                found = Some((*rule_name, rule, offer));
            }
        }
    }
    let denies = |rule: &AccessRule, picked: &str| {
        rule.effect == Effect::Deny
            && (rule.accounts.is_empty() || rule.accounts.iter().any(|name| name == picked))
    };
    let picked = found.as_ref().map_or_else(
        || account.unwrap_or_default().to_owned(),
        |(.., offer)| offer.name.to_owned(),
    );
    if let Some((rule, _)) = matching.iter().find(|(_, rule)| denies(&rule.spec, &picked)) {
        return Err(Refused::Denied {
            rule: (*rule).clone(),
            resource: resource.to_owned(),
        });
    }
    let Some((rule_name, rule, offer)) = found else {
        return Err(match account {
            Some(account) if !may_use.is_empty() => Refused::NoAccount {
                account: account.to_owned(),
                resource: resource.to_owned(),
                may_use,
            },
            _ => no_access(),
        });
    };
    let of_activity = offer.template.as_ref().and_then(|one| one.spec.profile.as_ref());
    let wanted = rule.spec.profile.as_ref().or(of_activity);
    let named = wanted.and_then(|name| Some((name, directory.profiles.get(name)?)));
    // A rule that names a profile that is gone must not fall back to a wider one.
    if wanted.is_some() && named.is_none() {
        return Err(no_access());
    }
    let profile_name = named.map_or_else(|| "default".to_owned(), |(name, _)| name.clone());
    let profile = named.map(|(_, profile)| profile.spec.clone()).unwrap_or_default();
    Ok(Grant {
        rule: rule_name.clone(),
        resource: Named {
            id: target.id,
            name: resource.to_owned(),
        },
        target: target.spec.clone(),
        account: offer.name.to_owned(),
        login: offer.login.to_owned(),
        secret: offer.secret.cloned(),
        activity: offer.template,
        profile_name,
        profile,
        directory_version: directory.version,
    })
}

/// An account that a rule offers on a resource.
struct Offer<'d> {
    name: &'d str,
    login: &'d str,
    secret: Option<&'d String>,
    template: Option<Template>,
}

/// Lists the accounts that a rule offers, in the order of preference. A rule whose activity is gone, cannot be done or is for other
/// resources offers nothing.
fn offered<'d>(
    directory: &'d Directory,
    rule: &'d AccessRule,
    resource: &str,
    target: &Entry<Resource>,
) -> Vec<Offer<'d>> {
    let usable = |name: &'d String| {
        let (name, entry) = directory.accounts.get_key_value(name)?;
        let here = entry.spec.resources.selects(resource, &target.spec.labels);
        here.then(|| Offer {
            name,
            login: if entry.spec.login.is_empty() {
                name
            } else {
                &entry.spec.login
            },
            secret: entry.spec.secret.as_ref(),
            template: None,
        })
    };
    let Some(wanted) = &rule.activity else {
        return rule.accounts.iter().filter_map(usable).collect();
    };
    let known = directory.activities.get_key_value(wanted);
    let Some((name, activity)) = known.filter(|(_, one)| one.spec.protocol == target.spec.protocol) else {
        return Vec::new();
    };
    let Some(administrator) = usable(&activity.spec.administrator) else {
        return Vec::new();
    };
    let template = Template {
        named: Named {
            id: activity.id,
            name: name.clone(),
        },
        spec: activity.spec.clone(),
        administrator: administrator.login.to_owned(),
        administrator_secret: administrator.secret.cloned(),
    };
    if activity.spec.makes_account() {
        return vec![Offer {
            name,
            login: name,
            secret: None,
            template: Some(template),
        }];
    }
    let accounts = if rule.accounts.is_empty() {
        activity.spec.account.as_slice()
    } else {
        &rule.accounts
    };
    let offers = accounts.iter().filter_map(usable);
    offers
        .map(|offer| Offer {
            template: Some(template.clone()),
            ..offer
        })
        .collect()
}

/// Lists what a person may choose from on a resource: one grant for each account, in the order of preference. The first is what
/// [`decide`] gives when no account is asked for, unless a rule denies that one.
#[must_use]
pub fn choices(directory: &Directory, person: &Person, resource: &str) -> Vec<Grant> {
    let Some(target) = directory.resources.get(resource) else {
        return Vec::new();
    };
    let rules = directory.rules.values().map(|rule| &rule.spec).filter(|rule| {
        rule.effect == Effect::Allow
            && concerns(rule, person)
            && rule.resources.selects(resource, &target.spec.labels)
    });
    let mut grants: Vec<Grant> = Vec::new();
    for Offer { name, .. } in rules.flat_map(|rule| offered(directory, rule, resource, target)) {
        if grants.iter().any(|grant| grant.account == name) {
            continue;
        }
        // By its login name an earlier account may answer for it, which is then listed already.
        let grant = decide(directory, person, resource, Some(name)).ok();
        grants.extend(grant.filter(|grant| grant.account == name));
    }
    grants
}

fn concerns(rule: &AccessRule, person: &Person) -> bool {
    rule.users.iter().any(|user| user == "*" || *user == person.name)
        || rule.groups.iter().any(|group| person.groups.contains(group))
}

/// Lists what a person may order of a session now: what the console's buttons and `authorized_actions` show.
#[must_use]
pub fn verbs(sight: &Sight, session: &Session, life: &Life) -> Vec<Verb> {
    let mut verbs = Vec::new();
    let (admin, own) = (sight.may_administer(), sight.is_own(session));
    let moderates = sight.may_moderate(session);
    let running = !life.state.is_terminal();
    if sight.may_play(session) {
        verbs.push(if running { Verb::Watch } else { Verb::Play });
    }
    if sight.may_export(session) {
        verbs.push(Verb::Export);
    }
    if sight.may_share(session) {
        verbs.push(Verb::Share);
    }
    if running && (moderates || own) {
        verbs.push(Verb::Cancel);
    }
    if running && (admin || own) && matches!(life.state, State::Available | State::Active | State::Locked) {
        verbs.push(Verb::Extend);
    }
    if running && moderates {
        verbs.push(Verb::Terminate);
        match life.state {
            State::Locked => verbs.extend([Verb::Lock, Verb::Unlock]),
            State::Available | State::Connecting | State::Active => verbs.push(Verb::Lock),
            _ => {}
        }
    }
    verbs
}
