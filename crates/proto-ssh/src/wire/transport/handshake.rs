//! The order of a key exchange, RFC 4253 §7 to §9, with OpenSSH's strict order.

use std::time::Instant;

use bytes::{BufMut, Bytes, BytesMut};

use super::config::signature_of;
use super::{Config, Event, MOST_EARLY_EXCHANGES, PresentedHostKey, Transport};
use crate::wire::algorithms::Negotiated;
use crate::wire::cipher::Opener;
use crate::wire::codec::{Put, Reader};
use crate::wire::error::WireError;
use crate::wire::exchange::{self, Ephemeral, Outcome, SharedSecret, Transcript};
use crate::wire::kexinit::{self, Role, Round};
use crate::wire::keys::{SignatureAlgorithm, verify};
use crate::wire::number;

/// How far a key exchange has come; what it needs is boxed and gone when it is over.
pub(super) enum Exchange {
    /// None is under way.
    Idle,
    /// Our offer is out, the peer's is awaited.
    Offered(Box<Offered>),
    /// Both offers are known; the peer's public value is awaited.
    Agreeing(Box<Agreeing>),
    /// Client role: the secret is known, the driver is to judge the host key.
    Asking(Box<Agreed>),
    /// Our `NEWKEYS` is out and the new keys are used to send; the peer's is awaited.
    Switching(Box<Switching>),
}

pub(super) struct Offered {
    init: Bytes,
    round: Round,
}

pub(super) struct Agreeing {
    round: Round,
    own_init: Bytes,
    peer_init: Bytes,
    negotiated: Negotiated,
    skip_guess: bool,
    ext_info: bool,
    /// Client role.
    ephemeral: Option<(Ephemeral, Vec<u8>)>,
}

pub(super) struct Agreed {
    round: Round,
    negotiated: Negotiated,
    ext_info: bool,
    secret: SharedSecret,
    hash: Vec<u8>,
    host_key: Bytes,
}

pub(super) struct Switching {
    round: Round,
    opener: Opener,
}

impl Exchange {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Offered(_) => "offered",
            Self::Agreeing(_) => "agreeing",
            Self::Asking(_) => "asking",
            Self::Switching(_) => "switching",
        }
    }

    /// Whether messages of the layers above must wait: from our offer to our `NEWKEYS`.
    pub(super) fn holds_messages(&self) -> bool {
        matches!(self, Self::Offered(_) | Self::Agreeing(_) | Self::Asking(_))
    }

    /// Whether the peer may send nothing but the exchange: from its offer to its `NEWKEYS`.
    pub(super) fn peer_is_bound(&self) -> bool {
        matches!(self, Self::Agreeing(_) | Self::Asking(_) | Self::Switching(_))
    }

    /// Whether it is the connection's first, which is bound to a stricter order.
    pub(super) fn is_first(&self) -> bool {
        let round = match self {
            Self::Idle => return false,
            Self::Offered(state) => state.round,
            Self::Agreeing(state) => state.round,
            Self::Asking(state) => state.round,
            Self::Switching(state) => state.round,
        };
        round == Round::First
    }
}

impl Transport {
    /// Sends our offer.
    pub(super) fn start_exchange(&mut self) -> Result<(), WireError> {
        let round = if self.session_id.is_empty() {
            Round::First
        } else {
            Round::Later
        };
        let mut profile = self.config.profile().clone();
        if let Config::Server(config) = &self.config {
            profile
                .host_keys
                .retain(|algorithm| config.host_keys.iter().any(|key| key.serves(*algorithm)));
        }
        let init = kexinit::offer(self.config.role(), &profile, round)?;
        self.outbound.write(&init)?;
        self.exchange = Exchange::Offered(Box::new(Offered { init, round }));
        self.rekey_wanted = false;
        Ok(())
    }

    /// Handles the messages 20 to 49.
    pub(super) fn on_exchange_message(
        &mut self,
        number: u8,
        payload: Bytes,
        now: Instant,
    ) -> Result<Option<Event>, WireError> {
        if number == number::KEXINIT && matches!(self.exchange, Exchange::Idle) {
            self.early_exchanges += u32::from(!self.authenticated);
            if self.early_exchanges > MOST_EARLY_EXCHANGES {
                return Err(WireError::Unexpected {
                    number,
                    during: "again, before anybody is let in",
                });
            }
            self.start_exchange()?;
            self.exchange_since = Some(now);
        }
        let role = self.config.role();
        match (std::mem::replace(&mut self.exchange, Exchange::Idle), number) {
            (Exchange::Offered(state), number::KEXINIT) => self.on_offer(*state, payload).map(|()| None),
            (Exchange::Agreeing(mut state), 30..=49) if state.skip_guess => {
                state.skip_guess = false;
                self.exchange = Exchange::Agreeing(state);
                Ok(None)
            }
            (Exchange::Agreeing(state), number::KEX_ECDH_INIT) if role == Role::Server => {
                self.on_client_value(&state, &payload).map(|()| None)
            }
            (Exchange::Agreeing(state), number::KEX_ECDH_REPLY) if role == Role::Client => {
                self.on_server_value(*state, &payload)
            }
            (Exchange::Switching(state), number::NEWKEYS) => Ok(self.on_new_keys(*state, now)),
            _ => Err(WireError::Unexpected {
                number,
                during: "at this point of a key exchange",
            }),
        }
    }

    fn on_offer(&mut self, own: Offered, payload: Bytes) -> Result<(), WireError> {
        let role = self.config.role();
        let agreement = kexinit::agree(role, &own.init, &payload)?;
        let mut negotiated = agreement.negotiated;
        if own.round == Round::Later {
            negotiated.strict = self.negotiated.is_some_and(|first| first.strict);
        } else if negotiated.strict && self.inbound.last_sequence() != 0 {
            return Err(WireError::Unexpected {
                number: number::KEXINIT,
                during: "after other messages",
            });
        }
        self.negotiated = Some(negotiated);
        let ephemeral = if role == Role::Client {
            let (ephemeral, public) = exchange::begin(negotiated.kex)?;
            let mut init = BytesMut::with_capacity(public.len() + 5);
            init.put_u8(number::KEX_ECDH_INIT);
            init.put_string(&public);
            self.outbound.write(&init.freeze())?;
            Some((ephemeral, public))
        } else {
            None
        };
        self.exchange = Exchange::Agreeing(Box::new(Agreeing {
            round: own.round,
            own_init: own.init,
            peer_init: payload,
            negotiated,
            skip_guess: agreement.skip_guess,
            ext_info: agreement.ext_info,
            ephemeral,
        }));
        Ok(())
    }

    /// Server role: `SSH_MSG_KEX_ECDH_INIT`, answered with our value, our signature and new keys.
    fn on_client_value(&mut self, state: &Agreeing, payload: &[u8]) -> Result<(), WireError> {
        let Config::Server(config) = &self.config else {
            return Err(WireError::Crypto("no server"));
        };
        let mut reader = Reader::new(payload, "key exchange value").skip_number()?;
        let client_public = reader.string()?;
        reader.end()?;
        let negotiated = state.negotiated;
        let key = config
            .host_keys
            .iter()
            .find(|key| key.serves(negotiated.host_key))
            .ok_or(WireError::NoHostKey)?;
        let host_key = key.blob(negotiated.host_key);
        let (server_public, secret) = exchange::respond(negotiated.kex, client_public)?;
        let transcript = Transcript {
            client_version: &self.peer_version,
            server_version: &self.own_version,
            client_init: &state.peer_init,
            server_init: &state.own_init,
            host_key: &host_key,
            client_public,
            server_public: &server_public,
        };
        let hash = transcript.hash(negotiated.kex, &secret);
        let signature = key.key.sign(signature_of(negotiated.host_key), &hash);
        let signature = signature.map_err(|_| WireError::Crypto("host key signature"))?;

        let mut reply = BytesMut::with_capacity(server_public.len() + host_key.len() + signature.len() + 13);
        reply.put_u8(number::KEX_ECDH_REPLY);
        reply.put_string(&host_key);
        reply.put_string(&server_public);
        reply.put_string(&signature);
        self.outbound.write(&reply.freeze())?;
        let (round, ext_info) = (state.round, state.ext_info);
        self.switch(Agreed {
            round,
            negotiated,
            ext_info,
            secret,
            hash,
            host_key,
        })
    }

    /// Client role: `SSH_MSG_KEX_ECDH_REPLY`, verified, and shown to the driver unless the key is the one it knows.
    fn on_server_value(&mut self, state: Agreeing, payload: &Bytes) -> Result<Option<Event>, WireError> {
        let mut reader = Reader::new(payload, "key exchange value").skip_number()?;
        let host_key = reader.string()?;
        let server_public = reader.string()?;
        let signature = reader.string()?;
        reader.end()?;
        let (ephemeral, client_public) = state.ephemeral.ok_or(WireError::Agreement)?;
        let negotiated = state.negotiated;
        let secret = exchange::finish(negotiated.kex, &ephemeral, server_public)?;
        let transcript = Transcript {
            client_version: &self.own_version,
            server_version: &self.peer_version,
            client_init: &state.own_init,
            server_init: &state.peer_init,
            host_key,
            client_public: &client_public,
            server_public,
        };
        let hash = transcript.hash(negotiated.kex, &secret);
        verify(host_key, negotiated.host_key.name(), signature, &hash)
            .map_err(|_| WireError::HostKeySignature)?;

        let host_key = Bytes::copy_from_slice(host_key);
        let Agreeing { round, ext_info, .. } = state;
        let agreed = Agreed {
            round,
            negotiated,
            ext_info,
            secret,
            hash,
            host_key: host_key.clone(),
        };
        if round == Round::Later && host_key == self.host_key {
            self.switch(agreed)?;
            return Ok(None);
        }
        self.exchange = Exchange::Asking(Box::new(agreed));
        Ok(Some(Event::HostKey(PresentedHostKey {
            algorithm: negotiated.host_key,
            blob: host_key,
        })))
    }

    /// Client role: the presented host key is the server's. Does nothing if no key awaits an answer.
    pub fn accept_host_key(&mut self) -> Result<(), WireError> {
        match std::mem::replace(&mut self.exchange, Exchange::Idle) {
            Exchange::Asking(agreed) => self.switch(*agreed).map_err(|error| self.fail(error)),
            other => {
                self.exchange = other;
                Ok(())
            }
        }
    }

    /// Sends `NEWKEYS`, uses the new keys from then on, and keeps those of the peer for its `NEWKEYS`.
    fn switch(&mut self, agreed: Agreed) -> Result<(), WireError> {
        let role = self.config.role();
        self.outbound.write(&[number::NEWKEYS][..])?;
        self.host_key = agreed.host_key;
        if agreed.round == Round::First {
            self.session_id.clone_from(&agreed.hash);
        }
        let outcome = Outcome {
            negotiated: &agreed.negotiated,
            secret: &agreed.secret,
            hash: &agreed.hash,
            session_id: &self.session_id,
        };
        let (sealer, opener) = (outcome.sealer(role)?, outcome.opener(role)?);
        self.outbound.use_keys(sealer, agreed.negotiated.strict);
        if agreed.round == Round::First && role == Role::Server && agreed.ext_info {
            self.outbound.write(&ext_info()[..])?;
        }
        self.exchange = Exchange::Switching(Box::new(Switching {
            round: agreed.round,
            opener,
        }));
        self.release_held()
    }

    fn on_new_keys(&mut self, state: Switching, now: Instant) -> Option<Event> {
        let strict = self.negotiated.is_some_and(|negotiated| negotiated.strict);
        self.inbound.use_keys(state.opener, strict);
        self.exchange_since = None;
        self.keys_since = now;
        (state.round == Round::First).then_some(Event::Ready)
    }
}

/// `SSH_MSG_EXT_INFO` of a server, RFC 8308 and OpenSSH `PROTOCOL` §1.7 to §1.11.
fn ext_info() -> BytesMut {
    let known = [
        ("server-sig-algs", SignatureAlgorithm::FOR_USERS),
        ("publickey-hostbound@openssh.com", "0"),
        ("ping@openssh.com", "0"),
    ];
    let mut out = BytesMut::new();
    out.put_u8(number::EXT_INFO);
    out.put_u32(known.len() as u32);
    for (name, value) in known {
        out.put_string(name);
        out.put_string(value);
    }
    out
}
