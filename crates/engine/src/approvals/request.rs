//! Access that is asked for ahead of its use.

use std::net::IpAddr;

use domain::{
    Micros, Span,
    approval::{Approval, ApprovalRule, ApprovalState, Incomplete},
    person::Person,
    policy::{self, Grant, Refused},
    session::{ClientInterface, Event, Life, Session, SessionVerb, State, Terms},
};
use store::{Cause, Error, SessionRow, StepError};

use super::draw_up;
use crate::{engine::Engine, sessions::Origin};

/// The farthest that a start may lie ahead.
const FARTHEST: Span = Span::secs(366 * 24 * 3600);

/// What somebody asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// The resource's name.
    pub resource: String,
    /// The account; [`None`] for the rule's first one.
    pub account: Option<String>,
    /// Why.
    pub reason: String,
    /// A ticket number; may be empty.
    pub ticket: String,
    /// When it is to begin; [`Micros::NEVER`] for at once.
    pub starts_at: Micros,
    /// For how long; as long as is allowed when absent.
    pub lasts: Option<Span>,
    /// Not to wait for reviewers, where that is allowed; raises an alarm.
    pub break_glass: bool,
}

/// Why a request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Declined {
    /// The rules do not give it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Something has to be given with it.
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
    /// The glass may not be broken by this person, here.
    #[error("you may not break the glass of `{resource}`")]
    Glass {
        /// The resource.
        resource: String,
    },
    /// A time that cannot be.
    #[error("{0}")]
    Time(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] Error),
    /// The session did not take its first steps.
    #[error(transparent)]
    Step(#[from] StepError),
}

impl Engine {
    /// Asks for access: the session waits for approval, for its time, or is available at once.
    pub async fn request(
        &self,
        person: &Person,
        wish: Wish,
        interface: ClientInterface,
        ip: IpAddr,
        cause: Cause,
    ) -> Result<SessionRow, Declined> {
        let directory = self.directory();
        let grant = policy::decide(&directory, person, &wish.resource, wish.account.as_deref())?;
        let now = cause.at;
        let rule = grant.profile.approval.as_ref();
        if let Some(rule) = rule {
            rule.check(&wish.reason, &wish.ticket)?;
        }
        let lasts = span(&grant, rule, &wish, now)?;
        let origin = Origin {
            ip,
            interface,
            verb: SessionVerb::Connect,
            rerun_of: None,
        };
        let session = Session {
            ticket: wish.ticket.clone(),
            ..self.granted(person, &grant, &origin, now)
        };
        let terms = Terms {
            starts_at: wish.starts_at,
            lasts,
            entitlement: true,
        };
        let id = session.id;
        self.plan(&session, &grant).await?;
        if let Some(rule) = rule {
            let approval = draw_up(&session, &grant, rule, &wish, now);
            let approval = Approval { lasts, ..approval };
            if wish.break_glass {
                self.break_glass(person, rule, session, terms, approval, cause)
                    .await?;
            } else {
                self.ask(session, terms, approval, cause).await?;
            }
        } else {
            self.give(session, terms, &wish, cause).await?;
        }
        let row = self.store.session(id, now).await?;
        row.ok_or(Declined::Step(StepError::NotFound))
    }

    /// Stores a session that nobody has to agree to.
    async fn give(&self, session: Session, terms: Terms, wish: &Wish, cause: Cause) -> Result<(), Declined> {
        let life = Life::on_terms(cause.at, terms, None);
        let detail = serde_json::json!({
            "user": session.user.name,
            "resource": session.resource.name,
            "account": session.account,
            "state": life.state,
            "reason": wish.reason,
            "ticket": wish.ticket,
        });
        let provisioning = life.state == State::Provisioning;
        let why = cause.clone().with_detail(detail);
        self.store
            .create_session(session.clone(), life, None, why)
            .await?;
        if provisioning {
            self.make_ready(&session, cause).await?;
        }
        Ok(())
    }

    /// Stores a session that waits; one that nobody can decide fails at once.
    async fn ask(
        &self,
        session: Session,
        terms: Terms,
        approval: Approval,
        cause: Cause,
    ) -> Result<(), Declined> {
        let (id, requester, review) = (session.id, session.user.id, approval.review.clone());
        let life = Life::on_terms(cause.at, terms, Some(approval.deadline));
        self.store
            .create_session_to_approve(session, life, approval, None, cause.clone())
            .await?;
        if let Some(why) = self.nobody_to_ask(&review, requester) {
            self.step(id, Event::ApprovalFailed(why), cause, None).await?;
        }
        Ok(())
    }

    /// Lets somebody in without a review, and says so loudly.
    async fn break_glass(
        &self,
        person: &Person,
        rule: &ApprovalRule,
        session: Session,
        terms: Terms,
        approval: Approval,
        cause: Cause,
    ) -> Result<(), Declined> {
        if !rule.may_break_glass(person) {
            return Err(Declined::Glass {
                resource: session.resource.name,
            });
        }
        if approval.reason.trim().is_empty() {
            return Err(Incomplete::Reason.into());
        }
        let (id, resource) = (session.id, session.resource.name.clone());
        let approval = Approval {
            break_glass: true,
            state: ApprovalState::Approved,
            decided_at: cause.at,
            ..approval
        };
        let life = Life::on_terms(cause.at, terms, None);
        let provisioning = life.state == State::Provisioning;
        self.store
            .create_session_to_approve(session.clone(), life, approval, None, cause.clone())
            .await?;
        tracing::warn!(user = person.name, resource, session = %id, "the glass was broken");
        if provisioning {
            self.make_ready(&session, cause).await?;
        }
        Ok(())
    }
}

/// Gives for how long access is asked, if that can be.
fn span(grant: &Grant, rule: Option<&ApprovalRule>, wish: &Wish, now: Micros) -> Result<Span, Declined> {
    let most = match rule {
        Some(rule) => super::covers(grant, rule),
        None => grant.max_duration(),
    };
    let lasts = wish.lasts.unwrap_or(most);
    if lasts <= Span(0) || lasts > most {
        let most = most.0 / 1_000_000;
        return Err(Declined::Time(format!(
            "access to `{}` is given for 1 to {most} seconds",
            wish.resource
        )));
    }
    if wish.starts_at.is_set() && wish.starts_at.since(now) > FARTHEST {
        return Err(Declined::Time("the start is more than a year ahead".to_owned()));
    }
    Ok(lasts)
}
