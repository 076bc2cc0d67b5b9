//! One caller.

use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use domain::{
    object::Capability,
    stop::{EndReason, FailureStage, Stop},
};
use engine::{
    Answer, Arrival, Claim, Notice, Offer, Question, StrandKind, StrandOpen, StrandOutcome, Stream, Tap,
    Visit, Way,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::pump::{Ended, relay};

/// How long one address of the resource is tried; the engine bounds all of them together.
const DIAL: Duration = Duration::from_secs(10);

/// What a caller may send before there is a target; the rest stays in its socket.
const AHEAD: usize = 64 << 10;

/// See the module.
pub(crate) struct TcpVisit {
    caller: Stream,
    arrival: Arrival,
    target: Option<(TcpStream, String)>,
    /// What the caller sent before there was a target.
    early: BytesMut,
}

impl TcpVisit {
    pub(crate) fn new(caller: Stream, arrival: Arrival) -> Self {
        Self {
            caller,
            arrival,
            target: None,
            early: BytesMut::new(),
        }
    }
}

#[async_trait]
impl Visit for TcpVisit {
    async fn claim(&mut self) -> Result<Claim, Stop> {
        let carried = self.arrival.carried.as_ref().ok_or_else(|| {
            let why = "a plain stream has no login of its own";
            Stop::failed(EndReason::PolicyViolation, FailureStage::Connect, why)
        })?;
        Ok(Claim {
            user: carried.person.name.clone(),
            resource: Some(carried.resource.clone()),
            account: None,
            offer: Offer::Carried,
            client_version: String::new(),
        })
    }

    async fn ask(&mut self, _question: &Question<'_>) -> Result<Option<Answer>, Stop> {
        Ok(None)
    }

    async fn tell(&mut self, _notice: &Notice) -> Result<(), Stop> {
        Ok(())
    }

    async fn idle(&mut self) -> Stop {
        while self.early.len() < AHEAD {
            match self.caller.read_buf(&mut self.early).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Stop::new(EndReason::UserDisconnect),
            }
        }
        std::future::pending().await
    }

    async fn connect(&mut self, way: &Way) -> Result<(), Stop> {
        if !way.grant.allows(Capability::Stream) {
            let why = "the profile allows no plain stream";
            return Err(
                Stop::failed(EndReason::PolicyViolation, FailureStage::Connect, why).with_message(why),
            );
        }
        let address = format!("{}:{}", way.grant.target.host, way.port);
        self.target = Some((dial(&way.grant.target.host, way.port).await?, address));
        Ok(())
    }

    async fn relay(&mut self, tap: &Tap) -> Stop {
        let Some((target, address)) = &mut self.target else {
            return Stop::failed(
                EndReason::TargetUnreachable,
                FailureStage::Connect,
                "there is no target",
            );
        };
        let strand = match tap
            .strand(StrandOpen::new(StrandKind::Forward, address.as_str()))
            .await
        {
            Ok(strand) => tokio::sync::Mutex::new(strand),
            Err(stop) => return stop,
        };
        let stop = match relay(
            self.early.split().freeze(),
            &mut self.caller,
            target,
            &strand,
            tap.gate(),
        )
        .await
        {
            Ok(Ended::Caller) => Stop::new(EndReason::UserDisconnect),
            Ok(Ended::Target) => Stop::new(EndReason::TargetClosed),
            Err(stop) => stop,
        };
        let outcome = StrandOutcome {
            error: stop.detail.clone(),
            ..StrandOutcome::default()
        };
        match strand.into_inner().close(outcome).await {
            Ok(()) => stop,
            Err(unrecorded) => unrecorded,
        }
    }

    async fn farewell(&mut self, _stop: &Stop) {
        // There are no words in a plain stream; what is left is to close it in order.
        if let Some((target, _)) = &mut self.target {
            let _closed = target.shutdown().await;
        }
        let _closed = self.caller.shutdown().await;
    }
}

/// Tries the addresses of a host one after the other.
async fn dial(host: &str, port: u16) -> Result<TcpStream, Stop> {
    let unreachable = |why: String| Stop::failed(EndReason::TargetUnreachable, FailureStage::Connect, why);
    let addresses = tokio::net::lookup_host((host, port)).await;
    let addresses =
        addresses.map_err(|error| unreachable(format!("`{host}` could not be resolved: {error}")))?;
    let mut last = format!("`{host}` has no address");
    for address in addresses {
        match timeout(DIAL, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => {
                if let Err(error) = socket.set_nodelay(true) {
                    return Err(unreachable(format!("{address}: {error}")));
                }
                return Ok(socket);
            }
            Ok(Err(error)) => last = format!("{address}: {error}"),
            Err(_elapsed) => last = format!("{address}: no answer in {} seconds", DIAL.as_secs()),
        }
    }
    Err(unreachable(last))
}
