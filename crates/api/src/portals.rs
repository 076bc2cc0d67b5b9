//! The sessions for files and for statements that browsers have open on this node.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{ObjectId, SessionId};
use engine::{News, portal::FileClient, statements::Statements};
use parking_lot::Mutex;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::auth::{Credential, Viewer};

/// How long such a session stays open without a request, and how long its end is remembered.
pub(crate) const QUIET: Duration = Duration::from_mins(5);

/// Ends that are remembered at most.
const MOST_ENDED: usize = 1000;

/// The sessions of a node with one sort of client, by their ids. Locked for moments only.
pub(crate) struct Portals<C>(Mutex<HashMap<SessionId, Arc<Opened<C>>>>);

impl<C> Default for Portals<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// A session of a browser, running or remembered.
pub(crate) struct Opened<C> {
    pub(crate) id: SessionId,
    owner: (ObjectId, Credential),
    pub(crate) client: C,
    pub(crate) news: watch::Receiver<News>,
    uses: Uses,
    /// Cancelled when it is to end.
    pub(crate) close: CancellationToken,
    ended: Mutex<Option<(Instant, Ended)>>,
}

/// A client for files, and the folder that its account begins in.
pub(crate) struct Browsing {
    pub(crate) files: Arc<dyn FileClient>,
    pub(crate) home: String,
}

/// A session for files.
pub(crate) type FileSession = Opened<Browsing>;

/// A session for statements.
pub(crate) type StatementSession = Opened<Statements>;

/// Why such a session has ended, as far as this page of the gateway knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The session itself has; the news say why.
    Session,
    /// Nobody used it for [`QUIET`].
    Unused,
}

impl<C> Opened<C> {
    pub(crate) fn new(id: SessionId, viewer: &Viewer, client: C, news: watch::Receiver<News>) -> Self {
        Self {
            id,
            owner: (viewer.person.id, viewer.credential.clone()),
            client,
            news,
            uses: Uses::new(),
            close: CancellationToken::new(),
            ended: Mutex::default(),
        }
    }

    /// Says why it has ended, if it has.
    pub(crate) fn ended(&self) -> Option<Ended> {
        let ended = self.ended.lock().as_ref().map(|(_, why)| *why);
        ended.or_else(|| self.news.borrow().stop.is_some().then_some(Ended::Session))
    }

    /// Waits until it was not used for [`QUIET`].
    pub(crate) async fn unused(&self) {
        self.uses.run_out(QUIET).await;
    }

    /// Notes that it has ended.
    pub(crate) fn end(&self, why: Ended) {
        self.ended.lock().get_or_insert((Instant::now(), why));
    }

    fn ended_before(&self, moment: Instant) -> bool {
        self.ended.lock().as_ref().is_some_and(|(at, _)| *at < moment)
    }
}

impl<C> Portals<C> {
    /// Adds a session that has begun, and forgets ends that are long past.
    pub(crate) fn insert(&self, session: Arc<Opened<C>>) {
        let mut all = self.0.lock();
        let past = Instant::now().checked_sub(QUIET);
        all.retain(|_, one| past.is_none_or(|past| !one.ended_before(past)));
        while all.values().filter(|one| one.ended().is_some()).count() > MOST_ENDED {
            let oldest = all
                .values()
                .filter_map(|one| Some((one.ended.lock().as_ref()?.0, one.id)))
                .min();
            let Some((_, oldest)) = oldest else { break };
            all.remove(&oldest);
        }
        all.insert(session.id, session);
    }

    /// Gives a session to whoever opened it, and counts as a use of it until what is given is dropped.
    pub(crate) fn find(&self, id: SessionId, viewer: &Viewer) -> Option<Using<C>> {
        let session = Arc::clone(self.0.lock().get(&id)?);
        let (person, credential) = &session.owner;
        if *person != viewer.person.id || *credential != viewer.credential {
            return None;
        }
        session.uses.begin();
        Some(Using(session))
    }

    /// Forgets a session at once.
    pub(crate) fn remove(&self, id: SessionId) {
        self.0.lock().remove(&id);
    }
}

/// A use of a session: while there is one, it does not end for want of use.
pub(crate) struct Using<C>(Arc<Opened<C>>);

impl<C> std::ops::Deref for Using<C> {
    type Target = Opened<C>;

    fn deref(&self) -> &Opened<C> {
        &self.0
    }
}

impl<C> Drop for Using<C> {
    fn drop(&mut self) {
        self.0.uses.end();
    }
}

/// When something was last used, and how often it is in use now.
struct Uses(Mutex<(usize, Instant)>);

impl Uses {
    fn new() -> Self {
        Self(Mutex::new((0, Instant::now())))
    }

    fn begin(&self) {
        self.0.lock().0 += 1;
    }

    fn end(&self) {
        let mut uses = self.0.lock();
        *uses = (uses.0.saturating_sub(1), Instant::now());
    }

    /// Waits until nothing has used it for so long.
    async fn run_out(&self, limit: Duration) {
        loop {
            let (now_used, last) = *self.0.lock();
            let until = if now_used > 0 { Instant::now() } else { last } + limit;
            if now_used == 0 && until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_runs_out_after_the_last_use_and_never_during_one() {
        let limit = Duration::from_mins(5);
        let uses = Uses::new();
        let began = Instant::now();
        uses.begin();
        let use_of_an_hour = async {
            tokio::time::sleep(Duration::from_hours(1)).await;
            uses.end();
        };
        tokio::join!(use_of_an_hour, uses.run_out(limit));
        let lasted = began.elapsed();
        assert!(lasted >= Duration::from_mins(65), "{lasted:?}");
        assert!(lasted < Duration::from_mins(71), "{lasted:?}");
    }
}
