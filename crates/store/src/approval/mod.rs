//! Requests that reviewers decide: asking, voting, finding.
//!
//! Every change locks the row of the session first, so that a vote and an end of the session never cross: whichever comes first
//! decides, and the other finds it decided.

mod list;
mod write;

use domain::{
    ApprovalId, Micros, SessionId, Span,
    approval::{Approval, ApprovalKind, ApprovalState, Ballot, Barred, Review, Vote},
    person::{Person, Role},
    session::{Named, ResourceRef},
};

pub use list::{ApprovalPage, ApprovalQuery, ApprovalScope};
pub use write::{VoteError, Voted};
pub(crate) use write::{follow, insert, tell_requested};

use crate::{
    ContentKey, EntryKey, Error,
    db::{Row, Sql, sql},
    entry::seal::{Content, open, seal},
};

/// The columns that [`read`] reads, in its order.
const COLUMNS: &str = "id, kind, session_id, state, requester_id, requester_name, resource_id, resource_name, resource_type, host, \
     account, rule, review, reason, ticket, starts_at, lasts, break_glass, created_at, deadline, decided_at, sealed";

/// Names a request in the audit log.
fn object(id: ApprovalId) -> String {
    format!("approval/{id}")
}

/// The names under which a person is among the reviewers.
fn names_of(person: &Person) -> Vec<String> {
    let mut names = vec![format!("user:{}", person.name)];
    names.extend(person.groups.iter().map(|group| format!("group:{group}")));
    if person.is(Role::Admin) {
        names.push("role:admin".to_owned());
    }
    names
}

/// The names of the reviewers of each tier.
fn reviewers(review: &Review) -> Vec<(i64, String)> {
    let mut all = Vec::new();
    for (at, tier) in (0..).zip(review.asked()) {
        all.extend(tier.users.iter().map(|user| (at, format!("user:{user}"))));
        all.extend(tier.groups.iter().map(|group| (at, format!("group:{group}"))));
        if review.admins {
            all.push((at, "role:admin".to_owned()));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Where the content of a request is bound to: its session, and a number that no entry of the session has.
fn place(id: ApprovalId, session: SessionId) -> EntryKey {
    let low = (id.0.as_u128() as u64 >> 1) as i64;
    EntryKey {
        session,
        seq: -1 - low,
        at: session.created(),
    }
}

fn sealed(key: &ContentKey, approval: &Approval) -> Result<Vec<u8>, Error> {
    if approval.content.is_empty() && approval.detail.is_null() {
        return Ok(Vec::new());
    }
    let content = Content {
        body: approval.content.clone(),
        detail: approval.detail.clone(),
    };
    seal(key, &place(approval.id, approval.session_id), &content)
}

/// Reads [`COLUMNS`]; the votes are added by [`add_votes`].
fn read(row: &mut Row, key: &ContentKey) -> Result<Approval, Error> {
    let id = ApprovalId(row.uuid()?);
    let kind = ApprovalKind::parse(&row.text()?).ok_or(Error::Corrupt("kind of an approval"))?;
    let session_id = SessionId::from_uuid(row.uuid()?);
    let state = ApprovalState::parse(&row.text()?).ok_or(Error::Corrupt("state of an approval"))?;
    let requester = Named {
        id: domain::ObjectId(row.uuid()?),
        name: row.text()?,
    };
    let resource = ResourceRef {
        id: domain::ObjectId(row.uuid()?),
        name: row.text()?,
        protocol: row.text()?,
        host: row.text()?,
    };
    let mut approval = Approval {
        id,
        kind,
        session_id,
        requester,
        resource,
        account: row.text()?,
        rule: row.text()?,
        review: serde_json::from_str(&row.text()?).map_err(|_| Error::Corrupt("review"))?,
        reason: row.text()?,
        ticket: row.text()?,
        starts_at: Micros(row.int()?),
        lasts: Span(row.int()?),
        break_glass: row.int()? != 0,
        created_at: Micros(row.int()?),
        deadline: Micros(row.int()?),
        decided_at: Micros(row.int()?),
        content: String::new(),
        detail: serde_json::Value::Null,
        state,
        votes: Vec::new(),
    };
    let sealed = row.bytes()?;
    if !sealed.is_empty() {
        let content = open(key, &place(id, session_id), &sealed)?;
        (approval.content, approval.detail) = (content.body, content.detail);
    }
    Ok(approval)
}

/// Asks for the votes on some requests.
fn votes_of(approvals: &[Approval]) -> Sql {
    let mut query = sql!(
        "SELECT approval_id, voter_id, voter_name, tier, ballot, comment, at FROM approval_votes WHERE approval_id IN "
    );
    query.push_list(approvals.iter().map(|approval| approval.id.0));
    query.push(" ORDER BY at, voter_id");
    query
}

fn add_votes(approvals: &mut [Approval], rows: Vec<Row>) -> Result<(), Error> {
    for mut row in rows {
        let of = ApprovalId(row.uuid()?);
        let vote = Vote {
            by: Named {
                id: domain::ObjectId(row.uuid()?),
                name: row.text()?,
            },
            tier: u32::try_from(row.int()?).map_err(|_| Error::Corrupt("tier"))?,
            ballot: Ballot::parse(&row.text()?).ok_or(Error::Corrupt("ballot"))?,
            comment: row.text()?,
            at: Micros(row.int()?),
        };
        if let Some(approval) = approvals.iter_mut().find(|approval| approval.id == of) {
            approval.votes.push(vote);
        }
    }
    Ok(())
}

impl From<Barred> for VoteError {
    fn from(barred: Barred) -> Self {
        Self::Barred(barred)
    }
}
