//! SCRAM-SHA-256 in the server's role (RFC 5802, RFC 7677), with and without channel binding. No I/O.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::Scram;

/// Mechanisms, as both sides name them.
pub(crate) const PLAIN: &str = "SCRAM-SHA-256";
pub(crate) const PLUS: &str = "SCRAM-SHA-256-PLUS";

/// The channel binding that every client knows (RFC 5929 §4).
const END_POINT: &str = "tls-server-end-point";

/// An exchange that waits for the client's last message.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// What the client must repeat: its header, and the binding behind it.
    bound: Vec<u8>,
    nonce: String,
    /// `client-first-message-bare,server-first-message`.
    said: String,
}

impl Exchange {
    /// Reads `client-first-message`; gives the answer, `server-first-message`. `mechanism` is what the client chose, `binding` what it may be
    /// bound to: [`None`] when the connection is not encrypted here, or by a certificate that has no binding. `nonce` is the server's part,
    /// of printable characters without comma.
    pub(crate) fn begin(
        message: &[u8],
        mechanism: &str,
        binding: Option<&[u8]>,
        scram: &Scram,
        nonce: &str,
    ) -> Result<(Self, String), &'static str> {
        let message = std::str::from_utf8(message).map_err(|_| "the SCRAM message is not UTF-8")?;
        let mut parts = message.splitn(3, ',');
        let (Some(flag), Some(identity), Some(bare)) = (parts.next(), parts.next(), parts.next()) else {
            return Err("the SCRAM message is too short");
        };
        let binding = match (mechanism, flag.split_once('='), binding) {
            (PLAIN, None, _) if flag == "n" => &[][..],
            (PLAIN, None, None) if flag == "y" => &[][..],
            (PLAIN, None, Some(_)) if flag == "y" => {
                return Err("somebody between hides that this gateway offers channel binding");
            }
            (PLUS, Some(("p", END_POINT)), Some(binding)) => binding,
            _ => return Err("the client and its SCRAM mechanism do not agree on channel binding"),
        };
        if !identity.is_empty() {
            return Err("the client wants to act for somebody else");
        }
        // The name is the one of the start-up message, as with PostgreSQL itself.
        let client = bare
            .strip_prefix("n=")
            .and_then(|rest| rest.split_once(",r="))
            .map(|(_, rest)| rest.split(',').next().unwrap_or_default())
            .filter(|nonce| !nonce.is_empty())
            .ok_or("the SCRAM message has no nonce")?;
        let nonce = format!("{client}{nonce}");
        let first = format!(
            "r={nonce},s={},i={}",
            STANDARD.encode(scram.salt),
            scram.iterations
        );
        let exchange = Self {
            bound: [flag.as_bytes(), b",,", binding].concat(),
            said: format!("{bare},{first}"),
            nonce,
        };
        Ok((exchange, first))
    }

    /// Reads `client-final-message`; gives `server-final-message` when the proof is right, [`None`] when it is wrong.
    pub(crate) fn finish(self, message: &[u8], scram: &Scram) -> Result<Option<String>, &'static str> {
        let message = std::str::from_utf8(message).map_err(|_| "the SCRAM message is not UTF-8")?;
        let (unproven, proof) = message
            .rsplit_once(",p=")
            .ok_or("the SCRAM message has no proof")?;
        let mut parts = unproven.split(',');
        let (bound, nonce) = (parts.next(), parts.next());
        let bound = bound.and_then(|bound| STANDARD.decode(bound.strip_prefix("c=")?).ok());
        if bound.as_deref() != Some(&self.bound) {
            return Err("the client is connected to somebody else: its channel binding differs");
        }
        if nonce.and_then(|nonce| nonce.strip_prefix("r=")) != Some(&self.nonce) {
            return Err("the SCRAM message has another nonce");
        }
        let proof = STANDARD.decode(proof).ok();
        let proof = proof.and_then(|proof| <[u8; 32]>::try_from(proof).ok());
        let proof = proof.ok_or("the SCRAM proof cannot be read")?;
        let said = format!("{},{unproven}", self.said);
        let own = scram.verify(said.as_bytes(), &proof);
        Ok(own.map(|own| format!("v={}", STANDARD.encode(own))))
    }
}

#[cfg(test)]
mod tests {
    use engine::Verifiers;
    use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};
    use proptest::prelude::*;

    use super::*;

    fn scram() -> Scram {
        Verifiers::of("secret").expect("random numbers").scram
    }

    /// Plays a client of another's making against the exchange.
    fn play(
        password: &str,
        client: ChannelBinding,
        mechanism: &str,
        binding: Option<&[u8]>,
    ) -> Result<bool, &'static str> {
        let scram = scram();
        let mut client = ScramSha256::new(password.as_bytes(), client);
        let (exchange, first) = Exchange::begin(client.message(), mechanism, binding, &scram, "ours")?;
        client.update(first.as_bytes()).expect("a client reads it");
        let last = exchange.finish(client.message(), &scram)?;
        Ok(last.is_some_and(|last| client.finish(last.as_bytes()).is_ok()))
    }

    #[test]
    fn who_knows_the_password_is_let_in_and_nobody_else() {
        let bound = || ChannelBinding::tls_server_end_point(b"hash".to_vec());
        assert_eq!(
            play("secret", ChannelBinding::unsupported(), PLAIN, None),
            Ok(true)
        );
        assert_eq!(
            play("wrong", ChannelBinding::unsupported(), PLAIN, None),
            Ok(false)
        );
        assert_eq!(
            play("secret", ChannelBinding::unsupported(), PLAIN, Some(b"hash")),
            Ok(true)
        );
        assert_eq!(play("secret", bound(), PLUS, Some(b"hash")), Ok(true));
        assert_eq!(play("wrong", bound(), PLUS, Some(b"hash")), Ok(false));
    }

    #[test]
    fn somebody_between_is_noticed() {
        let bound = || ChannelBinding::tls_server_end_point(b"hash of another certificate".to_vec());
        assert!(play("secret", bound(), PLUS, Some(b"hash")).is_err());
        // The client could have bound itself and was told that the server cannot.
        assert!(play("secret", ChannelBinding::unrequested(), PLAIN, Some(b"hash")).is_err());
        assert_eq!(
            play("secret", ChannelBinding::unrequested(), PLAIN, None),
            Ok(true)
        );
        assert!(play("secret", bound(), PLUS, None).is_err());
        assert!(play("secret", bound(), PLAIN, Some(b"hash")).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(first in prop::collection::vec(any::<u8>(), 0..80), last in "[a-z=,+/]{0,60}") {
            let scram = scram();
            let _read = Exchange::begin(&first, PLAIN, None, &scram, "ours");
            let (exchange, _) = Exchange::begin(b"n,,n=,r=theirs", PLAIN, None, &scram, "ours").expect("valid");
            let read = exchange.finish(last.as_bytes(), &scram);
            prop_assert!(!matches!(read, Ok(Some(_))));
        }
    }
}
