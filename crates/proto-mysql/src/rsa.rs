//! A key for passwords of clients that are not encrypted and will not send one in the clear, as `caching_sha2_password` has it.

use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::{KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::sync::OnceCell;

use crate::scramble::{cycled, xor};

/// Made when the first client asks for it; lives as long as the gateway.
#[derive(Default)]
pub(crate) struct PasswordKey {
    pair: OnceCell<Pair>,
}

struct Pair {
    private: OaepPrivateDecryptingKey,
    public: String,
}

impl PasswordKey {
    /// Gives the public key in PEM form.
    pub(crate) async fn public(&self) -> Result<&str, String> {
        let made = self.pair.get_or_try_init(|| async {
            let job = tokio::task::spawn_blocking(make);
            job.await.map_err(|error| error.to_string())?
        });
        made.await.map(|pair| pair.public.as_str())
    }

    /// Takes in a password that was encrypted for this key; [`None`] when it was not.
    pub(crate) fn open(&self, bytes: &[u8], nonce: &[u8]) -> Option<Vec<u8>> {
        let pair = self.pair.get()?;
        let mut out = vec![0; pair.private.min_output_size()];
        let hidden = pair
            .private
            .decrypt(&OAEP_SHA1_MGF1SHA1, bytes, &mut out, None)
            .ok()?;
        Some(xor(hidden, &cycled(nonce, hidden.len())))
    }
}

fn make() -> Result<Pair, String> {
    let cannot = |_| "an RSA key could not be made".to_owned();
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(cannot)?;
    let der = key.public_key().as_der().map_err(cannot)?;
    let mut public = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    let text = STANDARD.encode(der.as_ref());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        public.push_str(line);
        public.push('\n');
        rest = tail;
    }
    public.push_str("-----END PUBLIC KEY-----\n");
    let private = OaepPrivateDecryptingKey::new(key).map_err(cannot)?;
    Ok(Pair { private, public })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scramble::encrypted;

    #[tokio::test]
    async fn a_password_comes_in_by_the_key() {
        let key = PasswordKey::default();
        let nonce: Vec<u8> = (1..=20).collect();
        let pem = key.public().await.expect("a key").to_owned();
        let sealed = encrypted(
            "a longer password than the nonce".as_bytes(),
            &nonce,
            pem.as_bytes(),
        )
        .expect("sealed");
        let opened = key.open(&sealed, &nonce).expect("opened");
        assert_eq!(opened, b"a longer password than the nonce\0");
        assert!(key.open(&[7; 256], &nonce).is_none());
    }
}
