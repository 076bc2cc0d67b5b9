//! The recording format: one for all protocols.
//!
//! A tape is the recording of one connection of a session. It is a signed header, then blocks of records, then a signed seal. Blocks
//! are compressed, encrypted with a key of their own tape, chained by hash and signed one by one, so that everything up to the last
//! whole block can be checked offline with the public key alone, without decrypting. `docs/formats/tape.md` describes every byte.
//!
//! This crate does no file handling, reads no clock and is not async: a [`Writer`] appends to a buffer that the caller stores, a
//! [`Follower`] is fed with bytes, and [`Reader`], [`verify`] and [`salvage`] take anything that can `Read` and `Seek`.
//! It imports `domain` only; keys are passed in as bytes and the wrapped data key is opaque here.
//!
//! Start reading at [`record`], then [`block`] and [`writer`].

pub mod block;
mod compress;
pub mod crypt;
mod encode;
mod follow;
mod frame;
pub mod head;
pub mod index;
mod reader;
pub mod record;
mod salvage;
pub mod seal;
mod verify;
mod walk;
pub mod writer;

pub use block::{Block, BlockHeader};
pub use compress::{Pace, Scratch};
pub use crypt::{DataKey, KeyError, PublicKey, SigningKey};
pub use encode::{DecodeError, Records};
pub use follow::{Follower, Part};
pub use head::{Head, Label};
pub use index::IndexEntry;
pub use reader::{Next, ReadError, Reader};
pub use record::{Direction, Kind, Record};
pub use salvage::{CUT, Salvage, SalvageError, salvage};
pub use seal::{Ending, Seal, SealState};
pub use verify::{Place, Report, Verdict, verify, verify_contents};
pub use writer::{BlockInfo, WriteError, Writer};

/// Bytes of payload that one record may carry (4 MiB). Longer data is split into several records, anything else is refused.
pub const MAX_PAYLOAD: usize = 4 << 20;

/// Bytes of records that one block may hold before compression (8 MiB); also what a reader is ever made to allocate for one block.
pub const MAX_PLAIN: usize = 8 << 20;

/// Bytes of records at which a block should be closed (256 KiB).
pub const BLOCK_TARGET: usize = 256 << 10;
