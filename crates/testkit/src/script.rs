//! A visit that does what a script says: for what protocols seldom do, such as offering a wrong key or panicking.

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;
use domain::stop::{EndReason, Stop};
use engine::{
    Answer, Arrival, Claim, Direction, Lobby, Medium, NativeCommand, Notice, Offer, Pass, Protocol, Question,
    Spec, StrandKind, StrandOpen, Stream, Tap, Visit, Way,
};
use std::sync::Mutex;

static SPEC: Spec = Spec {
    id: "script",
    title: "Script",
    default_port: Some(1),
    medium: Medium::Terminal,
    options_schema: "{}",
};

/// What a phase does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It goes well.
    Go,
    /// It never comes back.
    Hang,
    /// It panics.
    Panic,
}

/// The script of a visit, and what came of it.
#[derive(Debug, Clone)]
pub struct Script {
    /// Who is claimed.
    pub user: String,
    /// What is wanted; [`None`] for the lobby.
    pub resource: Option<String>,
    /// The proofs, in their order; afterwards there is no way to ask.
    pub offers: Vec<Offer>,
    /// The handshake with the target.
    pub connect: Act,
    /// The relay: goes until it is cut.
    pub relay: Act,
    /// The last words.
    pub farewell: Act,
    /// What a terminal sees: each text passes in its direction before the relay waits.
    pub passes: Vec<(Direction, &'static str)>,
    /// What was asked and told, one line each.
    pub log: Arc<Mutex<Vec<String>>>,
}

impl Script {
    /// A visit of a user who offers this.
    pub fn new(user: &str, offers: Vec<Offer>) -> Self {
        Self {
            user: user.to_owned(),
            resource: Some("target".to_owned()),
            offers,
            connect: Act::Go,
            relay: Act::Go,
            farewell: Act::Go,
            passes: Vec::new(),
            log: Arc::default(),
        }
    }

    /// Tells whether a line was logged.
    pub fn has(&self, line: &str) -> bool {
        self.log.lock().unwrap().iter().any(|known| known.contains(line))
    }

    fn note(&self, line: impl Into<String>) {
        self.log.lock().unwrap().push(line.into());
    }
}

impl Protocol for Script {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn check(&self, _options: &serde_json::Map<String, serde_json::Value>) -> Result<(), String> {
        Ok(())
    }

    fn visit(&self, stream: Stream, arrival: Arrival) -> Box<dyn Visit> {
        let offers = self.offers.clone().into();
        Box::new(ScriptVisit {
            script: self.clone(),
            offers,
            arrival,
            _stream: stream,
        })
    }

    fn native_command(&self, _with: &NativeCommand<'_>) -> Option<String> {
        None
    }
}

struct ScriptVisit {
    script: Script,
    offers: VecDeque<Offer>,
    arrival: Arrival,
    _stream: Stream,
}

async fn play(act: Act) {
    match act {
        Act::Go => {}
        Act::Hang => std::future::pending().await,
        Act::Panic => panic!("as the script says"),
    }
}

#[async_trait]
impl Visit for ScriptVisit {
    async fn claim(&mut self) -> Result<Claim, Stop> {
        let carried = self.arrival.carried.clone();
        let resource = carried.map_or_else(|| self.script.resource.clone(), |carried| Some(carried.resource));
        Ok(Claim {
            user: self.script.user.clone(),
            resource,
            account: None,
            offer: if self.arrival.carried.is_some() {
                Offer::Carried
            } else {
                self.offers.pop_front().unwrap_or(Offer::Nothing)
            },
            client_version: "script".to_owned(),
        })
    }

    async fn ask(&mut self, question: &Question<'_>) -> Result<Option<Answer>, Stop> {
        self.script.note(format!("asked: {question:?}"));
        let next = self.offers.pop_front();
        Ok(next.map(|offer| match (question, offer) {
            (Question::Secret { .. }, Offer::Password(text)) => Answer::Text(text),
            (_, offer) => Answer::Offer(offer),
        }))
    }

    async fn tell(&mut self, notice: &Notice) -> Result<(), Stop> {
        self.script.note(format!("told: {}", notice.text()));
        Ok(())
    }

    async fn connect(&mut self, way: &Way) -> Result<(), Stop> {
        let secret = way.secret.as_ref().map_or("none", |secret| secret.value.expose());
        self.script
            .note(format!("connected as {} with {secret}", way.grant.login));
        play(self.script.connect).await;
        Ok(())
    }

    async fn relay(&mut self, tap: &Tap) -> Stop {
        let open = StrandOpen {
            cols: 80,
            rows: 24,
            ..StrandOpen::new(StrandKind::Terminal, "")
        };
        let mut strand = match tap.strand(open).await {
            Ok(strand) => strand,
            Err(stop) => return stop,
        };
        for (direction, text) in &self.script.passes {
            match strand.pass(*direction, (*text).into()).await {
                Ok(Pass::On(_)) => {}
                Ok(other) => self.script.note(format!("not passed: {other:?}")),
                Err(stop) => return stop,
            }
        }
        self.script.note("relaying");
        play(self.script.relay).await;
        loop {
            let notice = tap.notice().await;
            self.script.note(format!("noticed: {}", notice.text()));
        }
    }

    async fn lobby(&mut self, lobby: &dyn Lobby) -> Stop {
        for resource in lobby.resources() {
            self.script
                .note(format!("lobby: {} by {}", resource.name, resource.protocol));
        }
        let (ours, theirs) = tokio::io::duplex(1024);
        lobby.carry("target", Box::new(theirs)).await;
        drop(ours);
        Stop::new(EndReason::UserDisconnect)
    }

    async fn farewell(&mut self, stop: &Stop) {
        self.script.note(format!("farewell: {}", stop.to_caller()));
        play(self.script.farewell).await;
    }
}
