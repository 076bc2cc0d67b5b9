//! Secrets at rest, and the gateway's own keys.
//!
//! One master key (or several, after rotation) seals everything else: the secrets of resources, the data keys of tapes and the
//! gateway's own keys, which lie as files beside it. [`Vault`] opens them all; [`Keyring`] is the part that seals and opens.
//! Passwords ([`password`]) and tokens ([`token`]) are only ever kept as hashes, or as what proofs of them are
//! verified by ([`verifier`]); of passkeys only the public half is ever here ([`webauthn`]).
//!
//! Nothing here prints a secret: every secret type shows `***`, and no error carries what was being opened. This crate imports
//! `domain` only; it does its file handling itself, blocks while it does, and never reads the environment.
//!
//! Start reading at [`vault`](Vault), then [`keyring`].

mod error;
mod files;
pub mod host_cert;
pub mod keyring;
mod own_keys;
pub mod password;
pub mod secret;
pub mod ssh_keys;
mod stored;
pub mod token;
pub mod totp;
pub mod user_cert;
mod vault;
pub mod verifier;
pub mod webauthn;

pub use error::Error;
pub use host_cert::HostCertificate;
pub use keyring::{DataKey, KeyId, Keyring, MasterSource, Place};
pub use own_keys::RecordingKey;
pub use password::{Passwords, Verified};
pub use secret::Secret;
pub use stored::private_key_text;
pub use token::{Issued, TokenKind, Tokens};
pub use totp::Totp;
pub use user_cert::{UserCertificate, UserWish};
pub use vault::{HostKeys, Vault};
pub use verifier::{Scram, Verifiers};
