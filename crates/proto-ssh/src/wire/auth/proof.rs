//! Public key proofs: made in the client role, checked in the server role.

use bytes::{BufMut, Bytes, BytesMut};

use super::{Method, PublicKeyMethod, Request};
use crate::wire::codec::Put;
use crate::wire::keys::{KeyError, SignatureAlgorithm, SigningKey, verify};

/// Why a public key proof is refused; for logs, never for the person at the other end.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The request only asks about the key.
    #[error("the request carries no signature")]
    Unsigned,
    /// The client saw another server's host key: somebody relays the connection.
    #[error("the signature is bound to another host key")]
    OtherHostKey,
    /// The signature is not good.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl PublicKeyMethod<'_> {
    /// Checks the signature over the session and the request.
    ///
    /// `host_key` is [`Transport::host_key`](crate::wire::Transport::host_key), compared for the host-bound method.
    /// Whether the key belongs to the user is the caller's to decide. A certificate is checked with the key inside it;
    /// who issued it, and for what, is the caller's to check with [`Certificate`](crate::wire::keys::Certificate).
    pub fn verify(&self, session_id: &[u8], host_key: &[u8]) -> Result<(), ProofError> {
        let signed = self.signed.ok_or(ProofError::Unsigned)?;
        if self.host_key.is_some_and(|seen| seen != host_key) {
            return Err(ProofError::OtherHostKey);
        }
        let mut data = Vec::with_capacity(4 + session_id.len() + signed.request.len());
        data.put_string(session_id);
        data.put_slice(signed.request);
        Ok(verify(self.key, self.algorithm, signed.signature, &data)?)
    }
}

/// Builds the signed `publickey` request of a client; the payload is ready to be sent.
///
/// `public` is the key's blob or a certificate for it. With `host_key` the host-bound method is used, which a server
/// must have announced ([`Transport::host_bound`](crate::wire::Transport::host_bound)).
pub fn sign_request(
    session_id: &[u8],
    user: &str,
    service: &str,
    key: &SigningKey,
    public: &[u8],
    algorithm: SignatureAlgorithm,
    host_key: Option<&[u8]>,
) -> Result<Bytes, KeyError> {
    let name = algorithm.name_for(public);
    let method = PublicKeyMethod {
        algorithm: name,
        key: public,
        host_key,
        signed: None,
    };
    let request = Request {
        user,
        service,
        method: Method::PublicKey(method),
    };
    let mut payload = BytesMut::new();
    request.put_head(&mut payload);
    method.put_unsigned(&mut payload, true);
    let mut data = Vec::with_capacity(4 + session_id.len() + payload.len());
    data.put_string(session_id);
    data.put_slice(&payload);
    payload.put_string(key.sign(algorithm, &data)?);
    Ok(payload.freeze())
}
