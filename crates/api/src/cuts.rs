//! A small cache of recordings that are being played.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;

use crate::routes::player::{Cut, Wish};

/// How much memory the cache may take.
const MOST_BYTES: usize = 64 << 20;

/// Recordings that were cut for the player, the latest used last.
#[derive(Debug, Default)]
pub(crate) struct Cuts(Mutex<VecDeque<(Wish, Arc<Cut>)>>);

impl Cuts {
    pub(crate) fn get(&self, wish: &Wish) -> Option<Arc<Cut>> {
        let mut kept = self.0.lock();
        let at = kept.iter().position(|(one, _)| one == wish)?;
        let entry = kept.remove(at)?;
        let cut = Arc::clone(&entry.1);
        kept.push_back(entry);
        Some(cut)
    }

    pub(crate) fn put(&self, wish: Wish, cut: Arc<Cut>) {
        let mut kept = self.0.lock();
        kept.push_back((wish, cut));
        while kept.iter().map(|(_, cut)| cut.weight()).sum::<usize>() > MOST_BYTES {
            kept.pop_front();
        }
    }
}
