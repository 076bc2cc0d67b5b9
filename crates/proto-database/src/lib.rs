//! What every database protocol needs, written once: the way to a server, and a relay that looks at what passes.
//!
//! A protocol of statements and answers (`proto-postgres` is the model) brings three things of its own:
//!
//! 1. the login at both ends, in its [`engine::Visit`]. [`Reach`] dials the server and encrypts, [`fault`] has the ends of a login that
//!    fails, [`Link`] is a stream of which messages are read one by one, [`accept`] encrypts towards the caller;
//! 2. a [`Dialogue`]: what is said in each direction. It gets chunks as they come, finds the statements and outcomes in them, and
//!    gives them back to be sent: unchanged, or without a message that is refused, or with one of its own;
//! 3. its options, beside those of [`Reach`].
//!
//! For the rules on statements it says what a statement does: [`facts`] reads dialects of SQL, [`Judge`] asks the rules. What is to be
//! held goes to [`Flow::hold`]; the relay asks the reviewers and comes back with [`Dialogue::decided`].
//!
//! [`client`] is the gateway's own client for people with a browser, around the protocol's half of a connection.
//!
//! [`Relay`] does the rest: both directions, the recording (what was not recorded is not sent), the lock, notices, and the end. It takes
//! the dialogue's lock once for each chunk and copies nothing.
//!
//! Start reading at [`dialogue`], then [`relay`]. This crate never imports a protocol, and reads no message itself.

mod address;
mod caller;
pub mod client;
pub mod dialogue;
pub mod facts;
pub mod fault;
mod hold;
mod judge;
mod link;
mod preview;
mod privileges;
mod ranges;
mod reach;
pub mod relay;
pub mod sql;
mod tls;
pub mod value;

pub use address::{address, login};
pub use caller::{accept, claim, is_private, may_query, out_of_order};
pub use dialogue::{Broken, Content, Dialogue, Entry, Flow};
pub use hold::{Hold, Interrupt, Verdict};
pub use judge::{ByText, Judge, Judgement, Refused};
pub use link::Link;
pub use preview::Preview;
pub use privileges::privilege_list;
pub use ranges::Ranges;
pub use reach::{Encryption, Reach};
pub use relay::Relay;
