//! Requests to cancel: the key that a client has been given by this gateway, and the resource's own key that it stands for.

use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::rand;
use bytes::BytesMut;
use domain::stop::Stop;
use parking_lot::Mutex;
use postgres_protocol::message::frontend;
use proto_database::{Interrupt, Reach, fault};
use tokio::time::timeout;

use crate::target;

/// Whom to tell, and with which key.
pub(crate) struct Running {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) reach: Reach,
    /// The server's public key, when the connection is encrypted: the request goes to the same one.
    pub(crate) server_key: Option<Vec<u8>>,
    pub(crate) process: i32,
    pub(crate) secret: i32,
    /// Gives up what the gateway holds.
    pub(crate) interrupt: Arc<Interrupt>,
}

impl Running {
    /// Takes back what is held, or asks the server to cancel what runs. It gives no answer; neither does this.
    pub(crate) async fn cancel(&self) {
        if self.interrupt.interrupt() {
            return;
        }
        let asked = timeout(self.reach.timeout(), self.ask()).await;
        if let Ok(Err(stop)) = asked {
            tracing::debug!(detail = stop.detail, "a statement could not be cancelled");
        }
    }

    async fn ask(&self) -> Result<(), Stop> {
        let (mut link, server_key, _) = target::dial(&self.host, self.port, &self.reach).await?;
        if self.server_key.is_some() && server_key != self.server_key {
            return Err(fault::refused("another server answers now"));
        }
        let mut request = BytesMut::new();
        frontend::cancel_request(self.process, self.secret, &mut request);
        link.write(&request)
            .await
            .map_err(|error| fault::unreachable(&error))
    }
}

/// What each key stands for.
type Known = Arc<Mutex<HashMap<(u32, u32), Arc<Running>>>>;

/// Keys of this gateway. A key is 63 random bits: nobody else's can be guessed.
#[derive(Default)]
pub(crate) struct Cancels {
    running: Known,
}

impl Cancels {
    /// Gives out a key for as long as the [`Ticket`] lives.
    pub(crate) fn issue(&self, running: Arc<Running>) -> Result<Ticket, Stop> {
        let (mut process, mut secret) = ([0; 4], [0; 4]);
        for half in [&mut process, &mut secret] {
            rand::fill(half).map_err(|_| fault::refused("no random numbers"))?;
        }
        // Clients read the first half as a signed number and show it as a process id.
        let key = (
            u32::from_be_bytes(process) & 0x7fff_ffff,
            u32::from_be_bytes(secret),
        );
        self.running.lock().insert(key, running);
        Ok(Ticket {
            key,
            all: Arc::clone(&self.running),
        })
    }

    /// Finds what a key stands for.
    pub(crate) fn find(&self, process: u32, secret: u32) -> Option<Arc<Running>> {
        self.running.lock().get(&(process, secret)).cloned()
    }
}

/// A key that was given out.
pub(crate) struct Ticket {
    pub(crate) key: (u32, u32),
    all: Known,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.all.lock().remove(&self.key);
    }
}
