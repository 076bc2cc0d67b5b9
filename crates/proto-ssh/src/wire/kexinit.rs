//! `SSH_MSG_KEXINIT`: what the ends offer and what they agree on, RFC 4253 §7.1.

use bytes::{BufMut, Bytes, BytesMut};

use super::algorithms::{Cipher, HostKeyAlgorithm, Kex, Mac, Negotiated, Profile};
use super::codec::{Malformed, Put, Reader};
use super::error::WireError;
use super::number;

/// Which end we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Server,
    Client,
}

const STRICT_CLIENT: &str = "kex-strict-c-v00@openssh.com";
const STRICT_SERVER: &str = "kex-strict-s-v00@openssh.com";
const EXT_INFO_CLIENT: &str = "ext-info-c";

/// Whether it is the first exchange, in which the ends also say what else they know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    First,
    Later,
}

/// Builds our offer.
pub(super) fn offer(role: Role, profile: &Profile, round: Round) -> Result<Bytes, WireError> {
    let mut cookie = [0; 16];
    aws_lc_rs::rand::fill(&mut cookie).map_err(|_| WireError::Crypto("no randomness"))?;
    let marks: &[&str] = match (role, round) {
        (_, Round::Later) => &[],
        (Role::Server, Round::First) => &[STRICT_SERVER],
        (Role::Client, Round::First) => &[EXT_INFO_CLIENT, STRICT_CLIENT],
    };
    let kex: Vec<&str> = profile
        .kex
        .iter()
        .map(|kex| kex.name())
        .chain(marks.iter().copied())
        .collect();
    let host_keys: Vec<&str> = profile
        .host_keys
        .iter()
        .map(|algorithm| algorithm.name())
        .collect();
    let ciphers: Vec<&str> = profile.ciphers.iter().map(|cipher| cipher.name()).collect();
    let macs: Vec<&str> = profile.macs.iter().map(|mac| mac.name()).collect();

    let mut out = BytesMut::with_capacity(1024);
    out.put_u8(number::KEXINIT);
    out.put_slice(&cookie);
    for names in [&kex, &host_keys, &ciphers, &ciphers, &macs, &macs] {
        out.put_string(names.join(","));
    }
    for names in ["none", "none", "", ""] {
        out.put_string(names);
    }
    out.put_boolean(false); // No guess follows.
    out.put_u32(0);
    Ok(out.freeze())
}

/// An offer, ours or the peer's.
#[derive(Debug, Clone, Copy)]
struct Offer<'a> {
    kex: &'a str,
    host_keys: &'a str,
    ciphers_to_server: &'a str,
    ciphers_to_client: &'a str,
    macs_to_server: &'a str,
    macs_to_client: &'a str,
    compression_to_server: &'a str,
    compression_to_client: &'a str,
    guess_follows: bool,
}

impl<'a> Offer<'a> {
    fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(payload, "key exchange offer");
        let _number = reader.byte()?;
        let _cookie = reader.take(16)?;
        let offer = Self {
            kex: reader.text()?,
            host_keys: reader.text()?,
            ciphers_to_server: reader.text()?,
            ciphers_to_client: reader.text()?,
            macs_to_server: reader.text()?,
            macs_to_client: reader.text()?,
            compression_to_server: reader.text()?,
            compression_to_client: reader.text()?,
            guess_follows: {
                let _languages = (reader.string()?, reader.string()?);
                reader.boolean()?
            },
        };
        let _reserved = reader.u32()?;
        Ok(offer)
    }

    fn has_kex(&self, name: &str) -> bool {
        has(self.kex, name)
    }
}

fn has(list: &str, name: &str) -> bool {
    list.split(',').any(|known| known == name)
}

fn first(list: &str) -> &str {
    list.split(',').next().unwrap_or_default()
}

/// What follows from two offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Agreement {
    pub(super) negotiated: Negotiated,
    /// The peer has sent a message of a method that was not chosen; it must be skipped.
    pub(super) skip_guess: bool,
    /// The client wants `SSH_MSG_EXT_INFO`.
    pub(super) ext_info: bool,
}

/// Finds the algorithms; `ours` is our own offer, `theirs` the peer's.
///
/// `strict` of the result is as seen in this exchange; only the first one counts.
pub(super) fn agree(role: Role, ours: &[u8], theirs: &[u8]) -> Result<Agreement, WireError> {
    let theirs = Offer::parse(theirs)?;
    let ours = Offer::parse(ours)?;
    let (client, server) = match role {
        Role::Client => (ours, theirs),
        Role::Server => (theirs, ours),
    };
    let pick = |what: &'static str, client: &str, server: &str, theirs: &str| {
        client
            .split(',')
            .find(|name| has(server, name))
            .map(str::to_owned)
            .ok_or_else(|| none_common(what, theirs))
    };
    // The marks in the list of methods never meet: each end has its own.
    let kex = pick("key exchange", client.kex, server.kex, theirs.kex)?;
    let kex = Kex::from_name(&kex).ok_or_else(|| none_common("key exchange", theirs.kex))?;
    let host_key = pick("host key", client.host_keys, server.host_keys, theirs.host_keys)?;
    let host_key =
        HostKeyAlgorithm::from_name(&host_key).ok_or_else(|| none_common("host key", theirs.host_keys))?;

    let direction = |ciphers: [&str; 3], macs: [&str; 3], compression: [&str; 3]| {
        let [client, server, theirs] = ciphers;
        let cipher = Cipher::from_name(&pick("cipher", client, server, theirs)?)
            .ok_or_else(|| none_common("cipher", theirs))?;
        let [client, server, theirs] = macs;
        let mac = if cipher.is_authenticated() {
            None
        } else {
            let mac = Mac::from_name(&pick("mac", client, server, theirs)?);
            Some(mac.ok_or_else(|| none_common("mac", theirs))?)
        };
        let [client, server, theirs] = compression;
        pick("compression", client, server, theirs)?;
        Ok::<_, WireError>((cipher, mac))
    };
    let (client_cipher, client_mac) = direction(
        [
            client.ciphers_to_server,
            server.ciphers_to_server,
            theirs.ciphers_to_server,
        ],
        [
            client.macs_to_server,
            server.macs_to_server,
            theirs.macs_to_server,
        ],
        [
            client.compression_to_server,
            server.compression_to_server,
            theirs.compression_to_server,
        ],
    )?;
    let (server_cipher, server_mac) = direction(
        [
            client.ciphers_to_client,
            server.ciphers_to_client,
            theirs.ciphers_to_client,
        ],
        [
            client.macs_to_client,
            server.macs_to_client,
            theirs.macs_to_client,
        ],
        [
            client.compression_to_client,
            server.compression_to_client,
            theirs.compression_to_client,
        ],
    )?;

    let guessed_wrong =
        first(client.kex) != first(server.kex) || first(client.host_keys) != first(server.host_keys);
    Ok(Agreement {
        negotiated: Negotiated {
            kex,
            host_key,
            client_cipher,
            server_cipher,
            client_mac,
            server_mac,
            strict: client.has_kex(STRICT_CLIENT) && server.has_kex(STRICT_SERVER),
        },
        skip_guess: theirs.guess_follows && guessed_wrong,
        ext_info: client.has_kex(EXT_INFO_CLIENT),
    })
}

fn none_common(role: &'static str, theirs: &str) -> WireError {
    WireError::NoCommonAlgorithm {
        role,
        theirs: theirs.chars().take(500).collect(),
    }
}
