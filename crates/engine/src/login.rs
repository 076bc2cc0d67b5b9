//! The one conversation in which a caller proves who they are, whatever the protocol.

mod certificates;
mod challenge;
mod device;
mod external;
mod factors;
mod passkeys;
mod passwords;
mod service;
mod source;

use std::net::IpAddr;

use domain::{
    Micros,
    audit::{Actor, AuditEvent},
    object::{SecondFactor, SecretText},
    person::{Factors, Person},
    policy::Grant,
    stop::{EndReason, FailureStage, Stop},
};
use store::Token;
use vault::ssh_keys::{PublicKeyLine, fingerprint_of_blob};

pub use challenge::DatabasePassword;
pub use device::{DEVICE_PAUSE, DeviceCodes};
pub use external::{Existing, External, ExternalRefused};
pub use factors::SecondProof;
pub use passwords::{Hasher, SignInRefused};
pub use source::{PasswordSource, SourceAway};

use challenge::Challenge;

use crate::{
    engine::Engine,
    protocol::{Answer, Arrival, CertificateOffer, Claim, Notice, Offer, Question, Visit},
    run::decided,
};

/// Questions in one conversation: more than any honest client has keys.
const ROUNDS: u32 = 64;

/// A login name longer than this is nobody's, and is cut in the log.
const LONGEST_NAME: usize = 256;

/// Who has come in, and what they want.
#[derive(Debug)]
pub(crate) struct Entered {
    pub(crate) person: Person,
    pub(crate) resource: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) client_version: String,
}

/// What an offer is worth.
enum Verdict {
    /// It proves who it is; by what.
    In(Box<Person>, serde_json::Value),
    /// It would, if possession were shown.
    Prove(Vec<u8>),
    /// Prompts may be asked.
    Prompt,
    /// The name goes with a password that is proven and not sent.
    Challenge(Box<Challenge>),
    /// It is worth nothing, which the caller is told in words.
    Fault(String),
    /// It is worth nothing.
    No,
}

struct Conversation<'a> {
    engine: &'a Engine,
    user: String,
    resource: Option<String>,
    account: Option<String>,
    ip: IpAddr,
    arrival: &'a Arrival,
    failed: u32,
    /// Whom the answer to the last challenge proves to be.
    challenged: Option<(Token, Person)>,
}

/// Leads the conversation. The caller bounds its time.
pub(crate) async fn login(
    engine: &Engine,
    visit: &mut dyn Visit,
    arrival: &Arrival,
) -> Result<Entered, Stop> {
    let claim = visit.claim().await?;
    let Claim {
        user,
        resource,
        account,
        offer,
        client_version,
    } = claim;
    let mut conversation = Conversation {
        engine,
        user,
        resource,
        account: account.clone(),
        ip: arrival.peer.ip(),
        arrival,
        failed: 0,
        challenged: None,
    };
    let person = conversation.lead(visit, offer).await?;
    Ok(Entered {
        person,
        resource: conversation.resource,
        account,
        client_version: shortened(client_version),
    })
}

impl Conversation<'_> {
    async fn lead(&mut self, visit: &mut dyn Visit, first: Offer) -> Result<Person, Stop> {
        let mut offer = first;
        for _ in 0..ROUNDS {
            let mut verdict = self.judge(&offer).await?;
            if let Verdict::Challenge(challenge) = &mut verdict {
                self.challenged = challenge.owner.take();
                self.resource = self.resource.take().or_else(|| challenge.resource.take());
            }
            if let Verdict::Fault(text) = verdict {
                visit.tell(&Notice::Text(text)).await?;
                verdict = Verdict::No;
            }
            let asked = match &verdict {
                Verdict::In(person, method) => {
                    let (person, method) = ((**person).clone(), method.clone());
                    let sent = matches!(offer, Offer::Password(_));
                    let (person, method) = self.second_factor(visit, person, sent, method).await?;
                    self.succeeded(&person, method).await?;
                    return Ok(person);
                }
                Verdict::Prove(key) => visit.ask(&Question::Prove(key)).await?,
                Verdict::Prompt => visit.ask(&Question::Secret { prompt: "Password: " }).await?,
                Verdict::Challenge(challenge) => {
                    visit.ask(&Question::Challenge(&challenge.verifiers)).await?
                }
                Verdict::No | Verdict::Fault(_) if self.failed >= self.engine.limits.login_attempts => break,
                Verdict::No | Verdict::Fault(_) => {
                    let another = Question::Another {
                        keys: true,
                        password: true,
                        prompts: true,
                    };
                    visit.ask(&another).await?
                }
            };
            offer = match asked {
                Some(Answer::Offer(next)) => next,
                Some(Answer::Text(text)) => Offer::Password(text),
                None => break,
            };
        }
        Err(refused())
    }

    /// Asks who has shown one factor for another: always when a password was sent, else where the setting or the profile wants it.
    /// Whoever has none, or cannot be asked, is judged by what they want; see [`Engine::lacks_factor`].
    async fn second_factor(
        &mut self,
        visit: &mut dyn Visit,
        person: Person,
        sent: bool,
        mut method: serde_json::Value,
    ) -> Result<(Person, serde_json::Value), Stop> {
        if person.factors == Factors::Two || !(sent || self.is_wanted(&person)) {
            return Ok((person, method));
        }
        let held = self.engine.factors_held(&person).await;
        if !held.map_err(|error| closed(&error))?.any() {
            return Ok((person, method));
        }
        let mut prompt = "Verification code: ";
        for _ in 0..self.engine.limits.login_attempts {
            let Some(Answer::Text(code)) = visit.ask(&Question::Secret { prompt }).await? else {
                break;
            };
            match self.engine.check_code(&person, &code, self.ip).await {
                Ok(proof) => {
                    if let Some(fields) = method.as_object_mut() {
                        fields.insert("second_factor".to_owned(), proof.word().into());
                    }
                    return Ok((person.by(Factors::Two), method));
                }
                Err(SignInRefused::Unavailable(why)) => return Err(closed(&SignInRefused::Unavailable(why))),
                Err(error @ SignInRefused::LockedOut { .. }) => {
                    return Err(refused().with_message(error.to_string()));
                }
                Err(_) => {
                    prompt = "That code is wrong or was used before.\nVerification code: ";
                }
            }
        }
        if !sent {
            return Ok((person, method));
        }
        let audited = self.engine.audit_failure(&self.user, self.ip, "password alone");
        audited.await.map_err(|error| closed(&error))?;
        let place = self.engine.console();
        Err(refused().with_message(format!(
            "a password alone is not enough for you; sign in at {place}, where `doorward db login` and tokens come from"
        )))
    }

    /// Tells whether the setting, or the profile of what is wanted, needs a second factor.
    fn is_wanted(&self, person: &Person) -> bool {
        let Some(resource) = &self.resource else {
            return self.engine.second_factor == SecondFactor::Required;
        };
        let directory = self.engine.directory();
        let decided = decided(
            &directory,
            person,
            resource,
            self.account.as_deref(),
            self.arrival,
        );
        decided.is_ok_and(|grant| !self.engine.takes(person, Some(&grant)))
    }

    async fn judge(&mut self, offer: &Offer) -> Result<Verdict, Stop> {
        if !matches!(offer, Offer::Carried | Offer::Answered { .. }) {
            let challenge = self
                .engine
                .challenge(&self.user, self.resource.as_deref(), self.ip);
            if let Some(challenge) = challenge.await.map_err(|error| closed(&error))? {
                return Ok(Verdict::Challenge(Box::new(challenge)));
            }
        }
        let directory = self.engine.directory();
        match offer {
            Offer::Prompts => Ok(Verdict::Prompt),
            Offer::Carried => Ok(self.carried()),
            Offer::Key(blob) if owner_has(&directory, &self.user, blob) => Ok(Verdict::Prove(blob.clone())),
            Offer::Key(_) | Offer::Nothing => Ok(Verdict::No),
            Offer::Signed(blob) => {
                // Looked up again: the visit may sign with another key than was asked for.
                let person = directory
                    .person(&self.user)
                    .filter(|_| owner_has(&directory, &self.user, blob));
                if let Some(person) = person {
                    let method = serde_json::json!({ "method": "key", "key": fingerprint_of_blob(blob) });
                    Ok(Verdict::In(Box::new(person), method))
                } else {
                    self.failed += 1;
                    self.engine
                        .audit_failure(&self.user, self.ip, "key")
                        .await
                        .map_err(|error| closed(&error))?;
                    Ok(Verdict::No)
                }
            }
            Offer::Certificate(offered) => self.certificate(offered).await,
            Offer::Password(text) => self.password(text).await,
            Offer::Answered { right } => self.answered(*right).await,
        }
    }

    fn carried(&self) -> Verdict {
        let carried = self.arrival.carried.as_ref();
        // Still the same person, and not disabled meanwhile.
        let person = carried.and_then(|carried| {
            let person = self.engine.directory().person_by_id(carried.person.id)?;
            Some(person.by(carried.person.factors))
        });
        person.map_or(Verdict::No, |person| {
            Verdict::In(Box::new(person), serde_json::json!({ "method": "carried" }))
        })
    }

    async fn certificate(&mut self, offered: &CertificateOffer) -> Result<Verdict, Stop> {
        let certified = self.engine.certified(&self.user, offered).await;
        let (person, token) = match certified.map_err(|error| closed(&error))? {
            Ok(certified) => certified,
            Err(why) => {
                self.failed += 1;
                let method = format!("certificate: {why}");
                let audited = self.engine.audit_failure(&self.user, self.ip, &method);
                audited.await.map_err(|error| closed(&error))?;
                return Ok(Verdict::Fault(format!(
                    "your certificate is not accepted: {why}; `doorward login` makes a new one"
                )));
            }
        };
        if !offered.held {
            return Ok(Verdict::Prove(offered.blob.clone()));
        }
        self.noted(&token).await;
        let method = serde_json::json!({
            "method": "certificate", "key_id": offered.key_id, "serial": offered.serial, "token": token.id });
        Ok(Verdict::In(Box::new(person), method))
    }

    /// Goes on when the last use could not be taken down.
    async fn noted(&self, token: &Token) {
        if let Err(error) = self.engine.store().touch_token(token, Micros::now()).await {
            tracing::warn!(%error, "the use of a credential could not be noted");
        }
    }

    async fn password(&mut self, text: &SecretText) -> Result<Verdict, Stop> {
        match self.engine.sign_in(&self.user, text, self.ip).await {
            Ok(person) => Ok(Verdict::In(
                Box::new(person),
                serde_json::json!({ "method": "password" }),
            )),
            Err(error @ SignInRefused::Unavailable(_)) => Err(closed(&error)),
            Err(error @ SignInRefused::Away(_)) => {
                tracing::error!(%error, "a password could not be checked");
                Err(closed(&error)
                    .with_message("the directory of people cannot be reached now: try again later"))
            }
            Err(_) => {
                self.failed += 1;
                Ok(Verdict::No)
            }
        }
    }

    async fn answered(&mut self, right: bool) -> Result<Verdict, Stop> {
        let Some((token, person)) = self.challenged.take().filter(|_| right) else {
            // Whoever fails is not asked again: a new connection is.
            self.failed = self.engine.limits.login_attempts;
            let counted = self
                .engine
                .count_failure(&self.user, self.ip, "database password")
                .await;
            return counted.map(|()| Verdict::No).map_err(|error| closed(&error));
        };
        self.noted(&token).await;
        let method = serde_json::json!({ "method": "database password", "token": token.id });
        Ok(Verdict::In(Box::new(person), method))
    }

    async fn succeeded(&self, person: &Person, method: serde_json::Value) -> Result<(), Stop> {
        let event = AuditEvent::new(Micros::now(), "login.succeeded", Actor::user(&person.name))
            .from_ip(self.ip.to_string())
            .about(format!("user/{}", person.name))
            .with_detail(method);
        self.engine
            .store()
            .audit_append(event)
            .await
            .map(drop)
            .map_err(|error| closed(&error))
    }
}

impl Engine {
    /// Tells whether somebody has proven enough for the setting and for a profile.
    #[must_use]
    pub fn takes(&self, person: &Person, grant: Option<&Grant>) -> bool {
        // A program has no second factor; the setting is for people. A profile that needs one keeps programs out.
        let by_setting = self.second_factor == SecondFactor::Optional
            || person.factors == Factors::Two
            || self.directory().is_service(&person.name);
        by_setting && grant.is_none_or(|grant| grant.takes(person.factors))
    }

    /// Says what somebody lacks, and where they get it.
    pub(crate) async fn lacks_factor(&self, person: &Person, what: &str) -> String {
        let place = self.console();
        match self.factors_held(person).await {
            Ok(held) if held.any() => format!(
                "a second factor is needed for {what}, and none was shown: sign in at {place}, or use a password that \
                 `doorward db login` made after such a login"
            ),
            _ => {
                format!("a second factor is needed for {what}, and you have none yet: set one up at {place}")
            }
        }
    }

    /// Writes down that somebody did not prove who they are.
    pub async fn audit_failure(&self, user: &str, ip: IpAddr, method: &str) -> Result<(), store::Error> {
        let claimed = shortened(user.to_owned());
        let event = AuditEvent::new(Micros::now(), "login.failed", Actor::Unknown { claimed })
            .from_ip(ip.to_string())
            .with_detail(serde_json::json!({ "method": method }));
        self.store().audit_append(event).await.map(drop)
    }
}

/// Tells whether a key is one of a user's. Disabled users have none.
fn owner_has(directory: &domain::policy::Directory, user: &str, blob: &[u8]) -> bool {
    let Some(user) = directory.users.get(user).filter(|user| !user.spec.disabled) else {
        return false;
    };
    let mut keys = user
        .spec
        .ssh_keys
        .iter()
        .filter_map(|line| PublicKeyLine::parse(line).ok());
    keys.any(|key| key.blob() == blob)
}

/// Nobody came in: there is no session to fail, and the caller learns no more than that.
fn refused() -> Stop {
    Stop::new(EndReason::PolicyViolation).with_message("no proof of identity was accepted")
}

/// Nobody comes in while that cannot be decided or written down.
fn closed(error: &dyn std::error::Error) -> Stop {
    Stop::failed(
        EndReason::PolicyViolation,
        FailureStage::Connect,
        error.to_string(),
    )
    .with_message("the gateway cannot check logins now")
}

fn shortened(mut text: String) -> String {
    let mut end = LONGEST_NAME.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}
