//! Which objects name which.

use domain::{
    approval::{ApprovalRule, Review},
    object::{Kind, Object, Spec},
    statement::Effect,
};

/// A name in a spec: the field, the kind, the name.
type Reference<'s> = (&'static str, Kind, &'s str);

/// Lists what a spec names. Wildcards name nothing.
pub(super) fn of(spec: &Spec) -> Vec<Reference<'_>> {
    match spec {
        Spec::Group(group) => names("members", Kind::User, &group.members).collect(),
        Spec::Account(account) => names("resources.names", Kind::Resource, &account.resources.names)
            .chain(names("secret", Kind::Secret, account.secret.as_slice()))
            .collect(),
        Spec::AccessRule(rule) => names("users", Kind::User, &rule.users)
            .chain(names("groups", Kind::Group, &rule.groups))
            .chain(names("resources.names", Kind::Resource, &rule.resources.names))
            .chain(names("accounts", Kind::Account, &rule.accounts))
            .chain(names("profile", Kind::Profile, rule.profile.as_slice()))
            .chain(names("activity", Kind::Activity, rule.activity.as_slice()))
            .collect(),
        Spec::Activity(activity) => {
            let administrator = std::slice::from_ref(&activity.administrator);
            names("administrator", Kind::Account, administrator)
                .chain(names("account", Kind::Account, activity.account.as_slice()))
                .chain(names("profile", Kind::Profile, activity.profile.as_slice()))
                .collect()
        }
        Spec::Retention(rule) => names("resources.names", Kind::Resource, &rule.resources.names).collect(),
        Spec::AdministrativeRule(rule) => names("users", Kind::User, &rule.users)
            .chain(names("groups", Kind::Group, &rule.groups))
            .chain(names("resources.names", Kind::Resource, &rule.resources.names))
            .collect(),
        Spec::Profile(profile) => {
            let statements = profile.statements.iter().filter_map(|rule| holds(&rule.effect));
            let of_statements = ["statements.review.tiers.users", "statements.review.tiers.groups"];
            let commands = profile.commands.iter().filter_map(|rule| holds(&rule.effect));
            let of_commands = ["commands.review.tiers.users", "commands.review.tiers.groups"];
            let approval = profile.approval.iter().flat_map(approval);
            approval
                .chain(statements.flat_map(|held| review(held, of_statements)))
                .chain(commands.flat_map(|held| review(held, of_commands)))
                .collect()
        }
        Spec::User(_) | Spec::Resource(_) | Spec::Secret(_) => Vec::new(),
    }
}

fn holds(effect: &Effect) -> Option<&Review> {
    match effect {
        Effect::Hold(review) => Some(review),
        Effect::Deny => None,
    }
}

/// Lists the reviewers that a rule on approval names.
fn approval(rule: &ApprovalRule) -> impl Iterator<Item = Reference<'_>> {
    let fields = ["approval.review.tiers.users", "approval.review.tiers.groups"];
    review(&rule.review, fields).chain(names("approval.break_glass", Kind::Group, &rule.break_glass))
}

/// Lists the reviewers that a review names.
fn review<'r>(review: &'r Review, [users, groups]: [&'static str; 2]) -> impl Iterator<Item = Reference<'r>> {
    review.tiers.iter().flat_map(move |tier| {
        names(users, Kind::User, &tier.users).chain(names(groups, Kind::Group, &tier.groups))
    })
}

fn names<'s>(field: &'static str, kind: Kind, names: &'s [String]) -> impl Iterator<Item = Reference<'s>> {
    names
        .iter()
        .filter(|name| *name != "*")
        .map(move |name| (field, kind, name.as_str()))
}

/// Lists the objects that name another, as `kind/name`.
pub(super) fn referrers(all: &[Object], kind: Kind, name: &str) -> Vec<String> {
    all.iter()
        .filter(|object| {
            of(&object.spec)
                .iter()
                .any(|(_, of, named)| *of == kind && *named == name)
        })
        .map(|object| format!("{}/{}", object.spec.kind().word(), object.name))
        .collect()
}
