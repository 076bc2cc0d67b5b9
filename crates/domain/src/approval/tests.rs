//! The rules of votes, as tables and as properties.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

const NOW: Micros = Micros(1_800_000_000_000_000);

fn person(name: &str, groups: &[&str]) -> Person {
    let mut id = [0; 16];
    for (byte, letter) in id.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    Person {
        id: ObjectId(uuid::Uuid::from_bytes(id)),
        name: name.to_owned(),
        roles: if name == "root" {
            vec![Role::Admin]
        } else {
            vec![Role::User]
        },
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        factors: crate::person::Factors::One,
    }
}

fn tier(groups: &[&str], needed: u32) -> Tier {
    Tier {
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        needed,
        ..Tier::default()
    }
}

fn approval(tiers: Vec<Tier>) -> Approval {
    let asker = person("asker", &["leads"]);
    Approval {
        id: ApprovalId::fresh(),
        kind: ApprovalKind::Session,
        session_id: SessionId::new(NOW, 0, 0),
        requester: Named {
            id: asker.id,
            name: asker.name,
        },
        resource: ResourceRef {
            id: ObjectId(uuid::Uuid::nil()),
            name: "web1".to_owned(),
            protocol: "ssh".to_owned(),
            host: String::new(),
        },
        account: "deploy".to_owned(),
        rule: "deployers".to_owned(),
        review: Review {
            tiers,
            ..Review::default()
        },
        reason: String::new(),
        ticket: String::new(),
        starts_at: Micros::NEVER,
        lasts: Span::secs(3600),
        content: String::new(),
        detail: serde_json::Value::Null,
        created_at: NOW,
        deadline: NOW.plus(Span::secs(900)),
        state: ApprovalState::Pending,
        decided_at: Micros::NEVER,
        break_glass: false,
        votes: Vec::new(),
    }
}

/// Casts a vote and lets the state follow, as the store does.
fn vote(approval: &mut Approval, by: &Person, ballot: Ballot) -> Result<(), Barred> {
    let tier = approval.may_vote(by, ballot, NOW)?;
    approval.votes.push(Vote {
        by: Named {
            id: by.id,
            name: by.name.clone(),
        },
        tier,
        ballot,
        comment: String::new(),
        at: NOW,
    });
    approval.state = match approval.standing() {
        Standing::Waiting { .. } => ApprovalState::Pending,
        Standing::Approved => ApprovalState::Approved,
        Standing::Rejected => ApprovalState::Rejected,
    };
    Ok(())
}

#[test]
fn two_tiers_agree_one_after_the_other() {
    let mut asked = approval(vec![tier(&["leads"], 2), tier(&["security"], 1)]);
    let (ann, bob, sec) = (
        person("ann", &["leads"]),
        person("bob", &["leads"]),
        person("sec", &["security"]),
    );
    assert_eq!(asked.waits_for(), "2 of group leads");
    assert_eq!(vote(&mut asked, &sec, Ballot::Approve), Err(Barred::NotYet));
    vote(&mut asked, &ann, Ballot::Approve).unwrap();
    assert_eq!(vote(&mut asked, &ann, Ballot::Approve), Err(Barred::Voted));
    vote(&mut asked, &bob, Ballot::Approve).unwrap();
    assert_eq!(asked.state, ApprovalState::Pending);
    assert_eq!(asked.waits_for(), "group security");
    vote(&mut asked, &sec, Ballot::Approve).unwrap();
    assert_eq!(asked.state, ApprovalState::Approved);
    let late = person("late", &["leads"]);
    assert_eq!(
        vote(&mut asked, &late, Ballot::Deny),
        Err(Barred::Over(ApprovalState::Approved))
    );
}

#[test]
fn whoever_may_not_vote_is_told_why() {
    let both = person("both", &["leads", "security"]);
    let root = person("root", &[]);
    let table = [
        (person("asker", &["leads"]), Ballot::Approve, Err(Barred::Own)),
        (person("asker", &["leads"]), Ballot::Deny, Err(Barred::Own)),
        (
            person("eve", &["staff"]),
            Ballot::Approve,
            Err(Barred::NoReviewer),
        ),
        (root.clone(), Ballot::Approve, Err(Barred::NoReviewer)),
        (person("sec", &["security"]), Ballot::Approve, Err(Barred::NotYet)),
        (person("sec", &["security"]), Ballot::Deny, Ok(1)),
        (both, Ballot::Approve, Ok(0)),
    ];
    for (voter, ballot, expected) in table {
        let asked = approval(vec![tier(&["leads"], 1), tier(&["security"], 1)]);
        assert_eq!(
            asked.may_vote(&voter, ballot, NOW),
            expected,
            "{} {ballot:?}",
            voter.name
        );
    }
    let mut asked = approval(vec![tier(&["leads"], 1)]);
    asked.review.admins = true;
    assert_eq!(asked.may_vote(&root, Ballot::Approve, NOW), Ok(0));
    assert_eq!(
        asked.may_vote(&root, Ballot::Approve, asked.deadline),
        Err(Barred::Over(ApprovalState::Expired))
    );
}

#[test]
fn one_person_does_not_count_in_two_tiers() {
    let mut asked = approval(vec![tier(&["leads"], 1), tier(&["leads"], 1)]);
    let ann = person("ann", &["leads"]);
    vote(&mut asked, &ann, Ballot::Approve).unwrap();
    assert_eq!(vote(&mut asked, &ann, Ballot::Approve), Err(Barred::Voted));
    assert_eq!(asked.state, ApprovalState::Pending);
}

#[test]
fn a_review_that_nobody_can_give_is_found() {
    let people = [
        person("asker", &["leads"]),
        person("ann", &["leads"]),
        person("root", &[]),
    ];
    let asker = people[0].id;
    let missing = |tiers, admins| {
        Review {
            tiers,
            admins,
            ..Review::default()
        }
        .tier_without_reviewers(&people, asker)
    };
    assert_eq!(missing(vec![tier(&["leads"], 1)], false), None);
    assert_eq!(missing(vec![tier(&["leads"], 2)], false), Some(0));
    assert_eq!(missing(vec![tier(&["leads"], 2)], true), None);
    assert_eq!(
        missing(vec![tier(&["leads"], 1), tier(&["gone"], 1)], false),
        Some(1)
    );
    assert_eq!(missing(vec![], false), Some(0));
    assert_eq!(missing(vec![], true), None);
}

#[test]
fn what_has_to_be_given_is_checked() {
    let rule = ApprovalRule {
        reason: true,
        ticket: Some("OPS-#".to_owned()),
        ..ApprovalRule::default()
    };
    let form = "OPS-#".to_owned();
    assert_eq!(rule.check(" ", "OPS-1"), Err(Incomplete::Reason));
    for ticket in ["", "OPS-", "OPS-1x", "XOPS-1", "ops-1"] {
        let refused = Err(Incomplete::Ticket { form: form.clone() });
        assert_eq!(rule.check("disk full", ticket), refused, "{ticket}");
    }
    assert_eq!(rule.check("disk full", "OPS-1234"), Ok(()));
    for (text, form, fits) in [
        ("CHG0042", "CHG#", true),
        ("web-12/x", "*-#/*", true),
        ("", "*", true),
        ("a1", "#", false),
        ("größe7", "gr*#", true),
    ] {
        assert_eq!(has_form(text, form), fits, "{text} {form}");
    }
    assert_eq!(ApprovalRule::default().check("", ""), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn approved_means_enough_different_people_of_each_tier_and_never_the_asker(
        needed in prop::collection::vec((0_u32..4, 0_usize..3), 1..4),
        votes in prop::collection::vec((0_usize..8, any::<bool>()), 0..24),
    ) {
        let groups = ["leads", "security", "owners"];
        let tiers: Vec<_> = needed.iter().map(|(needed, group)| tier(&[groups[*group]], *needed)).collect();
        let mut asked = approval(tiers.clone());
        let people = [
            person("asker", &groups),
            person("ann", &["leads"]),
            person("bob", &["leads", "security"]),
            person("cat", &["security"]),
            person("dan", &["owners", "leads"]),
            person("eve", &[]),
            person("fay", &groups),
            person("gus", &["owners"]),
        ];
        for (who, yes) in votes {
            let ballot = if yes { Ballot::Approve } else { Ballot::Deny };
            let before = asked.clone();
            if vote(&mut asked, &people[who], ballot).is_err() {
                prop_assert_eq!(&asked, &before);
            } else if ballot == Ballot::Deny {
                prop_assert_eq!(asked.state, ApprovalState::Rejected);
            }
        }
        let mut voters: Vec<_> = asked.votes.iter().map(|vote| vote.by.id).collect();
        voters.sort_unstable();
        voters.dedup();
        prop_assert_eq!(voters.len(), asked.votes.len());
        prop_assert!(!voters.contains(&asked.requester.id));
        if asked.state == ApprovalState::Approved {
            for (at, tier) in (0..).zip(&tiers) {
                let yes = asked.votes.iter().filter(|vote| vote.tier == at).count();
                prop_assert!(yes >= tier.needed.max(1) as usize);
            }
            prop_assert!(asked.votes.iter().all(|vote| vote.ballot == Ballot::Approve));
        }
        for vote in &asked.votes {
            let voter = people.iter().find(|person| person.id == vote.by.id).unwrap();
            prop_assert!(asked.review.is_reviewer(&tiers[vote.tier as usize], voter));
        }
    }
}
