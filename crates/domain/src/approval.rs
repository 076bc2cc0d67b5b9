//! Approval: who has to agree before something is done, what they have said, and what is missing.
//!
//! A [`Review`] names the reviewers in tiers, which are asked one after the other. [`Approval`] is one request with its votes;
//! [`Approval::may_vote`] and [`Approval::standing`] are all the rules there are about votes.

use serde::{Deserialize, Serialize};

use crate::{
    Micros, ObjectId, SessionId, Span,
    ids::ApprovalId,
    object::is_default,
    person::{Person, Role},
    session::{Named, ResourceRef},
};

/// Who has to agree, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Review {
    /// The reviewers. A tier is asked when the one before it has agreed.
    pub tiers: Vec<Tier>,
    /// Administrators may vote in every tier.
    #[serde(skip_serializing_if = "is_default")]
    pub admins: bool,
    /// Seconds after which an undecided request counts as denied.
    pub timeout_secs: u32,
}

impl Default for Review {
    fn default() -> Self {
        Self {
            tiers: Vec::new(),
            admins: false,
            timeout_secs: 3600,
        }
    }
}

/// Reviewers of whom some have to agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tier {
    /// Login names.
    pub users: Vec<String>,
    /// Group names.
    pub groups: Vec<String>,
    /// How many of them have to agree; 0 counts as 1.
    pub needed: u32,
}

impl Default for Tier {
    fn default() -> Self {
        Self {
            users: Vec::new(),
            groups: Vec::new(),
            needed: 1,
        }
    }
}

/// What a profile says about approval of its sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApprovalRule {
    /// Who has to agree.
    pub review: Review,
    /// For how long after the approval its owner may connect again, in seconds; 0 means that it is good for one connection.
    #[serde(skip_serializing_if = "is_default")]
    pub covers_secs: u32,
    /// A reason has to be given, so that access is asked for ahead and not by connecting.
    #[serde(skip_serializing_if = "is_default")]
    pub reason: bool,
    /// The form of a ticket number that has to be given, such as `OPS-#`: `#` stands for digits, `*` for any text. Absent: a ticket may
    /// be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Groups whose members may go in without waiting, with a reason and an alarm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub break_glass: Vec<String>,
}

impl ApprovalRule {
    /// Tells whether a reason has to be typed, which clients of most protocols have no place for.
    #[must_use]
    pub fn wants_words(&self) -> bool {
        self.reason || self.ticket.is_some()
    }

    /// Says what is missing of what has to be given with a request.
    pub fn check(&self, reason: &str, ticket: &str) -> Result<(), Incomplete> {
        if self.reason && reason.trim().is_empty() {
            return Err(Incomplete::Reason);
        }
        match &self.ticket {
            Some(form) if !has_form(ticket, form) => Err(Incomplete::Ticket { form: form.clone() }),
            _ => Ok(()),
        }
    }

    /// Tells whether a person may go in without waiting.
    #[must_use]
    pub fn may_break_glass(&self, person: &Person) -> bool {
        person.groups.iter().any(|group| self.break_glass.contains(group))
    }
}

/// What is missing of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// The reason.
    #[error("a reason is needed")]
    Reason,
    /// A ticket number of this form.
    #[error("a ticket number of the form `{form}` is needed")]
    Ticket {
        /// The form.
        form: String,
    },
}

/// Tells whether a text has a form in which `#` stands for digits and `*` for any text.
fn has_form(text: &str, form: &str) -> bool {
    let mut rest = form.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len())
            .filter_map(|at| text.get(at..))
            .any(|tail| has_form(tail, rest.as_str())),
        Some('#') => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            (1..=digits)
                .filter_map(|at| text.get(at..))
                .any(|tail| has_form(tail, rest.as_str()))
        }
        Some(literal) => text
            .strip_prefix(literal)
            .is_some_and(|tail| has_form(tail, rest.as_str())),
    }
}

impl Review {
    /// Gives the tiers that are asked: without any, one of the administrators, when they may vote.
    #[must_use]
    pub fn asked(&self) -> Vec<Tier> {
        if self.tiers.is_empty() {
            vec![Tier::default()]
        } else {
            self.tiers.clone()
        }
    }

    /// Tells whether a person is among the reviewers of a tier.
    #[must_use]
    pub fn is_reviewer(&self, tier: &Tier, person: &Person) -> bool {
        (self.admins && person.is(Role::Admin))
            || tier.users.contains(&person.name)
            || person.groups.iter().any(|group| tier.groups.contains(group))
    }

    /// Finds the first tier that can never agree, as there are too few people to vote in it. `people` are those who can sign in.
    #[must_use]
    pub fn tier_without_reviewers(&self, people: &[Person], requester: ObjectId) -> Option<usize> {
        self.asked().iter().position(|tier| {
            let reviewers = people
                .iter()
                .filter(|person| person.id != requester && self.is_reviewer(tier, person));
            reviewers.count() < tier.needed.max(1) as usize
        })
    }

    /// Says in a few words who is asked in a tier.
    #[must_use]
    pub fn describe(&self, tier: &Tier) -> String {
        let mut who: Vec<_> = tier.groups.iter().map(|group| format!("group {group}")).collect();
        who.extend(tier.users.iter().cloned());
        if self.admins {
            who.push("an administrator".to_owned());
        }
        match tier.needed {
            0 | 1 => who.join(" or "),
            needed => format!("{needed} of {}", who.join(", ")),
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalKind {
    /// To begin a session.
    Session,
    /// To send a statement or a command inside a session.
    Statement,
}

impl ApprovalKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Session, Self::Statement];

    /// Gives the word of JSON and of the store.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Statement => "statement",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Undecided.
    Pending,
    /// All who had to have agreed, or the glass was broken.
    Approved,
    /// A reviewer said no.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// It was taken back, or what it was for has ended.
    Revoked,
    /// It could not be decided: there is nobody who could.
    Error,
}

impl ApprovalState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Approved,
        Self::Rejected,
        Self::Expired,
        Self::Revoked,
        Self::Error,
    ];

    /// Gives the word of JSON, filters and the store.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Error => "error",
        }
    }

    /// Reads the word back; also those that other products use.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let word = match word.as_str() {
            "denied" => "rejected",
            "waiting" => "pending",
            "withdrawn" => "revoked",
            word => word,
        };
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What a reviewer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ballot {
    /// Yes.
    Approve,
    /// No; decides at once.
    Deny,
}

impl Ballot {
    /// Gives the word of JSON and of the store.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Approve, Self::Deny]
            .into_iter()
            .find(|ballot| ballot.word() == word)
    }
}

/// A vote that was cast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// By whom.
    pub by: Named,
    /// In which tier, from 0.
    pub tier: u32,
    /// What.
    pub ballot: Ballot,
    /// What they wrote; may be empty.
    pub comment: String,
    /// When.
    pub at: Micros,
}

/// A request with its votes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its name.
    pub id: ApprovalId,
    /// What is asked for.
    pub kind: ApprovalKind,
    /// The session that waits, or in which something waits.
    pub session_id: SessionId,
    /// Who asks.
    pub requester: Named,
    /// For what.
    pub resource: ResourceRef,
    /// As which account.
    pub account: String,
    /// The rule that asks for it: an access rule, or a rule on statements.
    pub rule: String,
    /// Who has to agree, as it was when it was asked.
    pub review: Review,
    /// Why it is asked for; may be empty.
    pub reason: String,
    /// A ticket number; may be empty.
    pub ticket: String,
    /// When the access is to begin; [`Micros::NEVER`] for at once.
    pub starts_at: Micros,
    /// For how long it is asked, or may be used.
    pub lasts: Span,
    /// What is to be sent, when it is a statement; kept encrypted.
    pub content: String,
    /// More about the content, such as the plan of a statement; kept encrypted.
    pub detail: serde_json::Value,
    /// When it was asked.
    pub created_at: Micros,
    /// When it counts as denied.
    pub deadline: Micros,
    /// Where it stands.
    pub state: ApprovalState,
    /// When it was decided.
    pub decided_at: Micros,
    /// The glass was broken: nobody was asked.
    pub break_glass: bool,
    /// What was said so far, in order.
    pub votes: Vec<Vote>,
}

/// Where the votes have brought a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A tier has yet to agree.
    Waiting {
        /// Which, from 0.
        tier: u32,
        /// How many of it have agreed.
        have: u32,
        /// How many have to.
        needed: u32,
    },
    /// All have agreed.
    Approved,
    /// One said no.
    Rejected,
}

/// Why somebody may not vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    /// It is their own request.
    #[error("nobody decides their own request")]
    Own,
    /// They are no reviewer of it.
    #[error("you are not a reviewer of this request")]
    NoReviewer,
    /// They have voted.
    #[error("you have already voted on this request")]
    Voted,
    /// The tier that they are in is not asked yet.
    #[error("reviewers before you have not agreed yet")]
    NotYet,
    /// It is over.
    #[error("the request is {} already", .0.word())]
    Over(ApprovalState),
}

impl Approval {
    /// Counts those of a tier who have agreed.
    #[must_use]
    pub fn agreed(&self, tier: u32) -> u32 {
        let votes = self.votes.iter();
        let agreed = votes.filter(|vote| vote.tier == tier && vote.ballot == Ballot::Approve);
        agreed.count() as u32
    }

    /// Counts the votes.
    #[must_use]
    pub fn standing(&self) -> Standing {
        if self.votes.iter().any(|vote| vote.ballot == Ballot::Deny) {
            return Standing::Rejected;
        }
        for (tier, asked) in (0..).zip(self.review.asked()) {
            let have = self.agreed(tier);
            let needed = asked.needed.max(1);
            if have < needed {
                return Standing::Waiting { tier, have, needed };
            }
        }
        Standing::Approved
    }

    /// Says in which tier somebody's vote counts, or why they have none. Whoever is in a later tier may say no at any time.
    pub fn may_vote(&self, person: &Person, ballot: Ballot, now: Micros) -> Result<u32, Barred> {
        if person.id == self.requester.id {
            return Err(Barred::Own);
        }
        let tiers: Vec<u32> = (0..)
            .zip(self.review.asked())
            .filter(|(_, tier)| self.review.is_reviewer(tier, person))
            .map(|(at, _)| at)
            .collect();
        let Some(last) = tiers.last() else {
            return Err(Barred::NoReviewer);
        };
        if self.votes.iter().any(|vote| vote.by.id == person.id) {
            return Err(Barred::Voted);
        }
        if self.state != ApprovalState::Pending {
            return Err(Barred::Over(self.state));
        }
        if now >= self.deadline {
            return Err(Barred::Over(ApprovalState::Expired));
        }
        match (self.standing(), ballot) {
            (Standing::Waiting { tier, .. }, _) if tiers.contains(&tier) => Ok(tier),
            (Standing::Waiting { tier, .. }, Ballot::Deny) if *last > tier => Ok(*last),
            (Standing::Waiting { tier, .. }, _) if *last > tier => Err(Barred::NotYet),
            // Their tier is through without them.
            _ => Err(Barred::NoReviewer),
        }
    }

    /// Lists what somebody may say now.
    #[must_use]
    pub fn ballots(&self, person: &Person, now: Micros) -> Vec<Ballot> {
        [Ballot::Approve, Ballot::Deny]
            .into_iter()
            .filter(|ballot| self.may_vote(person, *ballot, now).is_ok())
            .collect()
    }

    /// Tells whether somebody may know of the request: who asks, who is or was asked, who may see every session.
    #[must_use]
    pub fn is_visible_to(&self, person: &Person) -> bool {
        person.id == self.requester.id
            || person.may_list_all()
            || self
                .review
                .asked()
                .iter()
                .any(|tier| self.review.is_reviewer(tier, person))
            || self.votes.iter().any(|vote| vote.by.id == person.id)
    }

    /// Says who is waited for, in a few words; empty when nobody is.
    #[must_use]
    pub fn waits_for(&self) -> String {
        match self.standing() {
            Standing::Waiting { tier, .. } if self.state == ApprovalState::Pending => {
                let tiers = self.review.asked();
                let tier = tiers.get(tier as usize);
                tier.map(|tier| self.review.describe(tier)).unwrap_or_default()
            }
            _ => String::new(),
        }
    }
}

#[cfg(test)]
#[path = "approval/tests.rs"]
mod tests;
