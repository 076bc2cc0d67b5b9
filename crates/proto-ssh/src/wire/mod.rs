//! The SSH wire: the transport (RFC 4253) as a machine without I/O, and pure codecs for what it carries.
//!
//! Nothing here touches a socket, a clock or a runtime; time is passed in. Every length is bounded, nothing panics on
//! what a peer sends, and all primitives but one (see `kem.rs`) are those of aws-lc-rs. Start reading at [`Transport`], which turns bytes into
//! messages and back; [`auth`] and [`connection`] say what the messages mean; [`keys`] signs and verifies.
//!
//! ```text
//! socket → inbound() → next() → Event::Message(Bytes) → connection::Message::parse(&payload)
//! socket ← outbound() ← send(&connection::Data { channel, data }) ← …
//! ```

mod algorithms;
pub mod auth;
mod cipher;
pub mod codec;
pub mod connection;
mod error;
mod exchange;
mod kem;
mod kexinit;
pub mod keys;
mod limits;
pub mod number;
mod packet;
mod transport;
mod version;

pub use algorithms::{Cipher, HostKeyAlgorithm, Kex, Mac, Negotiated, Profile};
pub use codec::{Encode, Malformed};
pub use error::WireError;
pub use limits::Limits;
pub use transport::{
    ClientConfig, Disconnect, DisconnectReason, Event, HostKey, PresentedHostKey, ServerConfig, Transport,
};
