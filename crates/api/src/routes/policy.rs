//! Trying rules: what they say of somebody now, and what a draft of them would have said of what was done.
//!
//! Decisions depend on nothing but the declared objects, the person and the time, so that recorded history can be decided again.

use std::{collections::HashMap, net::IpAddr};

use axum::{Json, extract::State};
use domain::{
    Micros, SessionId,
    audit::{Actor, AuditEvent},
    object::{Document, Profile, Spec},
    policy::{Directory, Grant, decide},
    session::State as Stands,
    statement::{Effect, StatementRule},
    stop::EndReason,
};
use engine::StatementJudge;
use serde::{Deserialize, Serialize};
use store::{EntryKind, EntryQuery, Hit, Outcome, Scope, SessionQuery, SessionRow};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    problem::{Answer, Problem, ProblemDocument},
    query::parse_time,
    view::time::time,
};

/// Changes that are listed when nothing else is asked for, and at most.
const USUAL: u32 = 100;
const MOST: u32 = 1000;

/// Rows that are read at once.
const PAGE: u32 = 1000;

/// Statements and sessions that one call looks at; what is older is left out, and the answer says so.
const REACH: u64 = 200_000;

/// A question to the rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyQuestion {
    /// Who, by login name.
    pub user: String,
    /// What for, by the resource's name.
    pub resource: String,
    /// As which account; the first that the rules give when it is absent.
    pub account: Option<String>,
    /// A statement that would be sent.
    pub statement: Option<String>,
    /// When: RFC 3339, a date, `now-2h` …; now when it is absent.
    pub at: Option<String>,
    /// From which address; networks decide nothing when it is absent.
    pub from: Option<String>,
    /// Documents that are taken as applied.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub documents: Vec<Document>,
}

/// What the rules say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyVerdict {
    /// `allow`; `deny`; `review`: reviewers have to agree before a session begins; `hold`: before a statement is sent.
    pub effect: &'static str,
    /// The rule that decides; empty when none does.
    pub rule: String,
    /// Why it is refused, as its user would read it.
    pub words: String,
}

/// What the rules say of a person, and of a statement of theirs.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyAnswer {
    /// Of the session.
    pub session: PolicyVerdict,
    /// The account's login name; empty when no rule gives one.
    pub account: String,
    /// The profile in force; empty when no rule gives one.
    pub profile: String,
    /// The hours of the profile in which the moment is; null when it has none, or it is in none.
    pub hours: Option<String>,
    /// The network of the profile in which the address is, or all of them when no address was asked about; null when it has none, or the address
    /// is in none.
    pub network: Option<String>,
    /// Of the statement; null when none was asked about, no session would be, or its protocol has no rules on statements.
    pub statement: Option<PolicyVerdict>,
    /// The version of the declared objects that decided; drafts come on top of it.
    pub directory_version: i64,
}

/// A draft, and from when on it is held against what was done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyReplay {
    /// RFC 3339, a date, `30d` …
    pub since: String,
    /// The same; now when it is absent.
    pub until: Option<String>,
    /// The draft: documents that are taken as applied. Without any, what was done is held against the rules of today.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub documents: Vec<Document>,
    /// Changes that are listed: 1 to 1000, 100 when it is absent. All are counted.
    pub limit: Option<u32>,
}

/// How many there are of each verdict under the draft.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct PolicyTally {
    /// They would go on.
    pub allow: u64,
    /// They would be refused.
    pub deny: u64,
    /// They would wait for reviewers.
    pub hold: u64,
    /// Those of which the draft says something else than what became of them.
    pub changed: u64,
}

/// What a draft would have said of what was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyReplayed {
    /// Of sessions.
    pub sessions: PolicyTally,
    /// Of statements in sessions that the draft lets begin.
    pub statements: PolicyTally,
    /// What the draft says otherwise: sessions first, then statements, each newest first.
    pub changes: Vec<PolicyChange>,
    /// There was more than one call looks at: the oldest is left out.
    pub cut: bool,
}

/// Something of which a draft says otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyChange {
    /// When it was done.
    pub at: Option<String>,
    /// In which session.
    pub session_id: String,
    /// Its place in the session; null of the session itself.
    pub seq: Option<i64>,
    /// Who, by login name.
    pub user: String,
    /// On which resource.
    pub resource: String,
    /// The statement, cut at 500 characters; empty of the session itself.
    pub statement: String,
    /// What became of it.
    pub before: PolicyVerdict,
    /// What the draft says.
    pub after: PolicyVerdict,
    /// Where the console shows it.
    pub link: String,
}

impl PolicyVerdict {
    fn new(effect: &'static str, rule: impl Into<String>) -> Self {
        Self {
            effect,
            rule: rule.into(),
            words: String::new(),
        }
    }

    /// Of a statement, by the rule that decides about it.
    fn of(rule: Option<&StatementRule>) -> Self {
        match rule {
            None => Self::new("allow", ""),
            Some(rule) => Self {
                words: rule.words().to_owned(),
                ..Self::new(
                    match rule.effect {
                        Effect::Deny => "deny",
                        Effect::Hold(_) => "hold",
                    },
                    &rule.name,
                )
            },
        }
    }
}

impl PolicyTally {
    fn count(&mut self, verdict: &PolicyVerdict, changed: bool) {
        let counter = match verdict.effect {
            "allow" => &mut self.allow,
            "deny" => &mut self.deny,
            _ => &mut self.hold,
        };
        *counter += 1;
        self.changed += u64::from(changed);
    }
}

/// Says what the rules say of a person on a resource, of a statement of theirs, and which rule decides. With documents, as if they were applied.
/// Nothing is changed, and nobody is asked.
#[utoipa::path(post, path = "/v1/policy/test", tag = "objects", request_body = PolicyQuestion,
    responses((status = 200, body = PolicyAnswer), (status = 422, body = ProblemDocument)))]
pub async fn test(
    State(api): State<Api>,
    viewer: Viewer,
    Body(body): Body<PolicyQuestion>,
) -> Answer<Json<PolicyAnswer>> {
    viewer.must_administer()?;
    let now = Micros::now();
    let at = body
        .at
        .as_deref()
        .map_or(Ok(now), |text| moment("at", text, now))?;
    let from = body.from.as_deref().map(address).transpose()?;
    let directory = draft(&api, body.documents)?;
    let visit = Visit {
        user: &body.user,
        resource: &body.resource,
        account: body.account.as_deref(),
        at: Some(at),
        from,
    };
    let (session, grant) = admit(&directory, &visit);
    let statement = match (&body.statement, &grant) {
        (Some(text), Some(grant)) if session.effect != "deny" => {
            judge(&api, grant).map(|judge| PolicyVerdict::of(judge.rule_for(text, at)))
        }
        _ => None,
    };
    let profile = grant.as_ref().map(|grant| &grant.profile);
    Ok(Json(PolicyAnswer {
        session,
        hours: profile
            .and_then(|profile| profile.window(at).ok().flatten())
            .map(ToString::to_string),
        network: profile.and_then(|profile| match from {
            Some(from) => profile.network(from).ok().flatten().map(ToString::to_string),
            None => networks(profile),
        }),
        account: grant
            .as_ref()
            .map(|grant| grant.login.clone())
            .unwrap_or_default(),
        profile: grant.map(|grant| grant.profile_name).unwrap_or_default(),
        statement,
        directory_version: directory.version,
    }))
}

/// Holds a draft against the sessions and statements of a time, and lists those of which it says something else than what became of them. Who is in
/// which group counts as it is now. The log says that it was looked at, and how much.
#[utoipa::path(post, path = "/v1/policy/replay", tag = "objects", request_body = PolicyReplay,
    responses((status = 200, body = PolicyReplayed), (status = 422, body = ProblemDocument)))]
pub async fn replay(
    State(api): State<Api>,
    viewer: Viewer,
    Body(body): Body<PolicyReplay>,
) -> Answer<Json<PolicyReplayed>> {
    viewer.must_administer()?;
    let now = Micros::now();
    let since = moment("since", &body.since, now)?;
    let until = body
        .until
        .as_deref()
        .map(|text| moment("until", text, now))
        .transpose()?;
    let limit = body.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid(format!("`limit` is 1 to {MOST}")));
    }
    let mut run = Run {
        directory: draft(&api, body.documents)?,
        cases: HashMap::new(),
        limit: limit as usize,
        out: PolicyReplayed {
            sessions: PolicyTally::default(),
            statements: PolicyTally::default(),
            changes: Vec::new(),
            cut: false,
        },
    };
    run.sessions(&api, since, until, now).await?;
    run.statements(&api, since, until).await?;
    let event = AuditEvent::new(now, "policy.replayed", Actor::user(&viewer.person.name))
        .from_ip(viewer.client_ip())
        .with_detail(serde_json::json!({
            "since": time(since),
            "sessions": run.out.sessions.allow + run.out.sessions.deny + run.out.sessions.hold,
            "statements": run.out.statements.allow + run.out.statements.deny + run.out.statements.hold,
        }));
    api.store().audit_append(event).await.map_err(Problem::of_store)?;
    Ok(Json(run.out))
}

/// A replay under way.
struct Run {
    directory: Directory,
    /// Sessions of the time, with what judges their statements; [`None`] where the draft lets none begin, or there are no rules for them.
    cases: HashMap<SessionId, Case>,
    limit: usize,
    out: PolicyReplayed,
}

struct Case {
    user: String,
    resource: String,
    judge: Option<Box<dyn StatementJudge>>,
}

impl Run {
    async fn sessions(&mut self, api: &Api, since: Micros, until: Option<Micros>, now: Micros) -> Answer<()> {
        let mut query = SessionQuery {
            since: Some(since),
            until,
            limit: PAGE,
            now,
            ..SessionQuery::default()
        };
        loop {
            let page = api
                .store()
                .list(&query, &Scope::All)
                .await
                .map_err(Problem::of_store)?;
            for row in &page.rows {
                self.session(api, row);
            }
            match page.next_cursor {
                Some(_) if self.cases.len() as u64 >= REACH => break self.out.cut = true,
                Some(cursor) => query.cursor = Some(cursor),
                None => break,
            }
        }
        Ok(())
    }

    fn session(&mut self, api: &Api, row: &SessionRow) {
        let session = &row.session;
        let account = Some(session.account.as_str()).filter(|account| !account.is_empty());
        // What was asked for ahead is held against the hours at which it was used, and it was used from elsewhere, maybe.
        let ahead = row.life.entitlement;
        let visit = Visit {
            user: &session.user.name,
            resource: &session.resource.name,
            account,
            at: if ahead {
                row.life.first_logon_at.set()
            } else {
                Some(session.created_at)
            },
            from: (!ahead).then_some(session.client_ip),
        };
        let (after, grant) = admit(&self.directory, &visit);
        let before = became_of(row);
        let changed = before.effect != after.effect;
        let denied = after.effect == "deny";
        self.out.sessions.count(&after, changed);
        if changed {
            self.list(PolicyChange {
                at: time(session.created_at),
                session_id: session.id.to_string(),
                seq: None,
                user: session.user.name.clone(),
                resource: session.resource.name.clone(),
                statement: String::new(),
                before,
                after,
                link: format!("/sessions/{}", session.id),
            });
        }
        let case = Case {
            user: session.user.name.clone(),
            resource: session.resource.name.clone(),
            judge: grant.filter(|_| !denied).and_then(|grant| judge(api, &grant)),
        };
        self.cases.insert(session.id, case);
    }

    async fn statements(&mut self, api: &Api, since: Micros, until: Option<Micros>) -> Answer<()> {
        let mut query = EntryQuery {
            kinds: vec![EntryKind::Statement],
            since: Some(since),
            until,
            limit: PAGE,
            ..EntryQuery::default()
        };
        let mut seen = 0;
        loop {
            let page = api
                .store()
                .search(&query, &Scope::All)
                .await
                .map_err(Problem::of_store)?;
            seen += page.hits.len() as u64;
            for hit in &page.hits {
                self.statement(hit);
            }
            match page.next_cursor {
                Some(_) if seen >= REACH => break self.out.cut = true,
                Some(cursor) => query.cursor = Some(cursor),
                None => break,
            }
        }
        Ok(())
    }

    fn statement(&mut self, hit: &Hit) {
        let Some(case) = self.cases.get(&hit.key.session) else {
            return;
        };
        let Some(judge) = &case.judge else { return };
        let after = PolicyVerdict::of(judge.rule_for(&hit.body, hit.key.at));
        let before = said_of(hit);
        // What reviewers denied is on record as refused, by the rule that held it.
        let was_denied = before.effect == "deny" && after.effect == "hold" && before.rule == after.rule;
        let changed = before.effect != after.effect && !was_denied;
        let change = changed.then(|| PolicyChange {
            at: time(hit.key.at),
            session_id: hit.key.session.to_string(),
            seq: Some(hit.key.seq),
            user: case.user.clone(),
            resource: case.resource.clone(),
            statement: hit.body.chars().take(500).collect(),
            before,
            after: after.clone(),
            link: format!(
                "/sessions/{}/replay?t={}ms",
                hit.key.session,
                hit.place.time.millis()
            ),
        });
        self.out.statements.count(&after, changed);
        if let Some(change) = change {
            self.list(change);
        }
    }

    fn list(&mut self, change: PolicyChange) {
        if self.out.changes.len() < self.limit {
            self.out.changes.push(change);
        }
    }
}

/// Somebody who would come.
struct Visit<'a> {
    user: &'a str,
    resource: &'a str,
    account: Option<&'a str>,
    /// When; hours decide nothing without it.
    at: Option<Micros>,
    /// From where; networks decide nothing without it.
    from: Option<IpAddr>,
}

/// Decides whether a person may begin a session; with what a rule gives them, also where it is not the hour or the address for it.
fn admit(directory: &Directory, visit: &Visit<'_>) -> (PolicyVerdict, Option<Grant>) {
    let deny = |rule: &str, words: String| PolicyVerdict {
        words,
        ..PolicyVerdict::new("deny", rule)
    };
    let Some(person) = directory.person(visit.user) else {
        let words = format!("no user `{}` who may sign in", visit.user);
        return (deny("", words), None);
    };
    let grant = match decide(directory, &person, visit.resource, visit.account) {
        Ok(grant) => grant,
        Err(refused) => return (deny(refused.rule(), refused.to_string()), None),
    };
    let hour = visit.at.and_then(|at| grant.profile.window(at).err());
    let address = || visit.from.and_then(|from| grant.profile.network(from).err());
    if let Some(kept_out) = hour.or_else(address) {
        return (deny(&grant.rule, kept_out.to_string()), Some(grant));
    }
    let effect = if grant.profile.approval.is_some() {
        "review"
    } else {
        "allow"
    };
    (PolicyVerdict::new(effect, &grant.rule), Some(grant))
}

/// Writes all networks of a profile.
fn networks(profile: &Profile) -> Option<String> {
    let all: Vec<_> = profile.networks.iter().map(ToString::to_string).collect();
    (!all.is_empty()).then(|| all.join(" or "))
}

/// Says what became of a session when it was asked for.
fn became_of(row: &SessionRow) -> PolicyVerdict {
    let reviewed = row.review.is_some()
        || matches!(
            row.life.end_reason,
            Some(EndReason::ReviewDenied | EndReason::ReviewTimeout)
        );
    let effect = if reviewed {
        "review"
    } else if row.life.state == Stands::Denied {
        "deny"
    } else {
        "allow"
    };
    PolicyVerdict::new(effect, &row.session.access_rule)
}

/// Says what became of a statement.
fn said_of(hit: &Hit) -> PolicyVerdict {
    let word = |path: &str| hit.detail.pointer(path).and_then(|word| word.as_str());
    if let Some(rule) = word("/approved/rule") {
        PolicyVerdict::new("hold", rule)
    } else if hit.outcome == Outcome::Refused || word("/refused").is_some() {
        PolicyVerdict::new("deny", word("/refused").unwrap_or_default())
    } else {
        PolicyVerdict::new("allow", "")
    }
}

fn judge(api: &Api, grant: &Grant) -> Option<Box<dyn StatementJudge>> {
    api.engine()
        .protocol(&grant.target.protocol)?
        .judge(&grant.profile.statements)
}

/// Gives the declared objects with documents on top of them.
fn draft(api: &Api, documents: Vec<Document>) -> Answer<Directory> {
    let mut directory = Directory::clone(&api.engine().directory());
    for Document { kind, name, spec } in documents {
        let spec = Spec::read(kind, spec)
            .map_err(|error| Problem::invalid(format!("{}/{name}: {error}", kind.word())))?;
        directory.put(name, spec);
    }
    Ok(directory)
}

fn address(text: &str) -> Answer<IpAddr> {
    text.parse()
        .map_err(|_| Problem::invalid(format!("`{text}` is not an address for `from`")))
}

fn moment(what: &str, text: &str, now: Micros) -> Answer<Micros> {
    parse_time(text, now).ok_or_else(|| {
        Problem::invalid(format!(
            "`{text}` is not a time for `{what}`: RFC 3339, a date, now-2h, 2h, today or yesterday"
        ))
    })
}
