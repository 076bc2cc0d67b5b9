//! Getting in: the handshake and the login of RFC 4252 towards a visit that knows already who it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::Stream;
use engine::portal::{Echo, Face, PortalError};

use crate::link::{Link, LinkError};
use crate::wire::auth::{
    CONNECTION_SERVICE, InfoRequest, InfoResponse, Method, Reply, Request, Secret, ServiceRequest,
    USERAUTH_SERVICE,
};
use crate::wire::{ClientConfig, Event, Limits, Malformed, Profile, Transport};

/// The longest silence of the visit: it dials the resource meanwhile, or waits for a person. The engine's own limits end it earlier.
const PATIENCE: Duration = Duration::from_mins(10);
/// Prompts in one round; the visit itself asks one at a time.
const MOST_PROMPTS: usize = 16;

/// Signs in over a stream to a visit, as an account if one is wished for.
pub(super) async fn enter(
    stream: Stream,
    identification: &str,
    account: Option<&str>,
    person: &mut dyn Face,
) -> Result<Link, PortalError> {
    let config = ClientConfig {
        identification: identification.to_owned(),
        profile: Profile::client(),
        // Other limits than the visit's: the two ends then never want new keys at the same moment.
        limits: Limits {
            rekey_bytes: 900 << 20,
            rekey_after: Duration::from_mins(55),
            held: 8 << 20,
            ..Limits::default()
        },
    };
    let transport = Transport::client(Arc::new(config), Instant::now()).map_err(|error| {
        tracing::error!(%error, "the gateway's own client could not begin");
        PortalError::Ended
    })?;
    let mut link = Link::new(transport, stream);
    let entered = async {
        handshake(&mut link).await?;
        log_in(&mut link, account, person).await
    };
    match entered.await {
        Ok(()) => Ok(link),
        Err(error) => {
            tracing::debug!(%error, "the gateway's own client was not let in");
            Err(PortalError::Ended)
        }
    }
}

async fn handshake(link: &mut Link) -> Result<(), LinkError> {
    loop {
        match link.event(PATIENCE).await? {
            Event::Ready => return Ok(()),
            // The other end is this very process: there is nobody in between to be found out by a key.
            Event::HostKey(_) => link.transport.accept_host_key()?,
            Event::Message(_) | Event::Disconnected(_) => return Err(LinkError::Closed),
        }
    }
}

/// Who it is was proven by the web login, so that any method will do; this one lets the visit ask what the resource asks.
async fn log_in(link: &mut Link, account: Option<&str>, person: &mut dyn Face) -> Result<(), LinkError> {
    link.send(&ServiceRequest {
        service: USERAUTH_SERVICE,
    })?;
    link.message(PATIENCE).await?;
    let method = Method::KeyboardInteractive { submethods: "" };
    // In this form nothing of an account's name is taken for anything else.
    let name = account.map_or_else(String::new, |account| format!("%{account}@portal"));
    link.send(&Request {
        user: &name,
        service: CONNECTION_SERVICE,
        method,
    })?;
    loop {
        let payload = link.message(PATIENCE).await?;
        match Reply::parse(&payload, &method).map_err(broken)? {
            Some(Reply::Success) => return Ok(()),
            Some(Reply::Banner(banner)) => person.tell(banner.text.trim_end()).await,
            Some(Reply::InfoRequest(round)) => answer(link, &round, person).await?,
            Some(Reply::Failure(_)) => return Err(LinkError::Closed),
            Some(Reply::PublicKeyOk(_) | Reply::PasswordChange(_)) | None => {}
        }
    }
}

async fn answer(link: &mut Link, round: &InfoRequest<'_>, person: &mut dyn Face) -> Result<(), LinkError> {
    if round.prompts.len() > MOST_PROMPTS {
        return Err(LinkError::Closed);
    }
    let mut answers = Vec::with_capacity(round.prompts.len());
    for prompt in &round.prompts {
        let echo = if prompt.echo { Echo::Shown } else { Echo::Hidden };
        let answer = person.ask(prompt.text, echo).await;
        answers.push(answer.ok_or(LinkError::Closed)?);
    }
    let answers = answers.iter().map(|answer| Secret(answer.expose())).collect();
    link.send(&InfoResponse { answers })
}

fn broken(error: Malformed) -> LinkError {
    LinkError::Wire(error.into())
}
