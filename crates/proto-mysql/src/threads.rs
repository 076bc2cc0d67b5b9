//! Numbers of connections: those that clients have been given by this gateway, and the servers' own that they stand for.
//!
//! A client learns its number before it says where it wants to go, so that it cannot be the server's. `KILL` by another
//! connection to the same server is translated.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use aws_lc_rs::rand;
use parking_lot::Mutex;
use proto_database::Interrupt;

use crate::target::Account;

/// The numbers of this gateway begin here; servers count from one.
const FIRST: u32 = 1 << 31;

/// A connection at a server.
#[derive(Debug)]
struct Known {
    server: (String, u16),
    thread: u32,
    /// As whom it is reached.
    account: Weak<Account>,
}

/// What a number stands for, and how what the gateway holds of that connection is given up.
type Entry = (Option<Known>, Arc<Interrupt>);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    known: Mutex<HashMap<u32, Entry>>,
}

impl Threads {
    /// Gives out a number for as long as the [`Thread`] lives.
    pub(crate) fn issue(self: &Arc<Self>) -> Thread {
        loop {
            let mut bytes = [0; 4];
            // Without randomness the numbers are tried one after the other.
            let drawn = rand::fill(&mut bytes).map_or(0, |()| u32::from_be_bytes(bytes));
            let mut known = self.known.lock();
            let number = FIRST | drawn.wrapping_add(known.len() as u32);
            if let std::collections::hash_map::Entry::Vacant(free) = known.entry(number) {
                let interrupt = Arc::<Interrupt>::default();
                free.insert((None, Arc::clone(&interrupt)));
                return Thread {
                    number,
                    interrupt,
                    all: Arc::clone(self),
                };
            }
        }
    }

    /// Finds the number of a connection at this server.
    pub(crate) fn find(&self, number: u32, server: &(String, u16)) -> Option<u32> {
        let known = self.known.lock();
        let known = known.get(&number)?.0.as_ref()?;
        (known.server == *server).then_some(known.thread)
    }

    /// Finds as whom a connection is reached, and its number at the server.
    pub(crate) fn running(&self, number: u32) -> Option<(Arc<Account>, u32)> {
        let known = self.known.lock();
        let known = known.get(&number)?.0.as_ref()?;
        Some((known.account.upgrade()?, known.thread))
    }

    /// Gives up what the gateway holds of a connection; tells whether there was anything.
    pub(crate) fn interrupt(&self, number: u32) -> bool {
        let interrupt = self.known.lock().get(&number).map(|(_, one)| Arc::clone(one));
        interrupt.is_some_and(|interrupt| interrupt.interrupt())
    }
}

/// A number that was given out.
#[derive(Debug)]
pub(crate) struct Thread {
    pub(crate) number: u32,
    /// Gives up what the gateway holds of the connection.
    pub(crate) interrupt: Arc<Interrupt>,
    all: Arc<Threads>,
}

impl Thread {
    /// Says what it stands for.
    pub(crate) fn stands_for(&self, server: (String, u16), thread: u32, account: Weak<Account>) {
        if let Some((known, _)) = self.all.known.lock().get_mut(&self.number) {
            *known = Some(Known {
                server,
                thread,
                account,
            });
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.all.known.lock().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_for_a_connection_at_its_server_only() {
        let threads = Arc::new(Threads::default());
        let server = ("db".to_owned(), 3306);
        let thread = threads.issue();
        assert_eq!(threads.find(thread.number, &server), None);
        thread.stands_for(server.clone(), 7, Weak::new());
        assert_eq!(threads.find(thread.number, &server), Some(7));
        assert_eq!(threads.find(thread.number, &("other".to_owned(), 3306)), None);
        assert_eq!(threads.find(7, &server), None);
        let number = thread.number;
        drop(thread);
        assert_eq!(threads.find(number, &server), None);
    }
}
