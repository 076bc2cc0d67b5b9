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

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    known: Mutex<HashMap<u32, Option<Known>>>,
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
                free.insert(None);
                return Thread {
                    number,
                    all: Arc::clone(self),
                };
            }
        }
    }

    /// Finds the number of a connection at this server.
    pub(crate) fn find(&self, number: u32, server: &(String, u16)) -> Option<u32> {
        let known = self.known.lock();
        let known = known.get(&number)?.as_ref()?;
        (known.server == *server).then_some(known.thread)
    }

    /// Finds as whom a connection is reached, and its number at the server.
    pub(crate) fn running(&self, number: u32) -> Option<(Arc<Account>, u32)> {
        let known = self.known.lock();
        let known = known.get(&number)?.as_ref()?;
        Some((known.account.upgrade()?, known.thread))
    }
}

/// A number that was given out.
#[derive(Debug)]
pub(crate) struct Thread {
    pub(crate) number: u32,
    all: Arc<Threads>,
}

impl Thread {
    /// Says what it stands for.
    pub(crate) fn stands_for(&self, server: (String, u16), thread: u32, account: Weak<Account>) {
        let known = Known {
            server,
            thread,
            account,
        };
        self.all.known.lock().insert(self.number, Some(known));
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
