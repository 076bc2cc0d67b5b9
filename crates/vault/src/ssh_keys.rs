//! SSH keys as people hand them over: public key lines, private keys in their several forms.

use std::fmt;

use aws_lc_rs::encoding::{AsBigEndian as _, AsDer as _, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::object::SecretText;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::DecodePrivateKey as _;
use ssh_key::private::{Ed25519Keypair, KeypairData, RsaKeypair};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey};
use zeroize::Zeroizing;

use crate::keyring::random;
use crate::{Error, Secret};

/// RSA keys below this many bits are refused.
const RSA_MIN: u32 = 2048;
/// Longer texts are no keys.
const MAX_LEN: usize = 64 << 10;

/// A public key as people write it: `algorithm base64 [comment]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeyLine {
    key: PublicKey,
    blob: Vec<u8>,
}

impl PublicKeyLine {
    /// Reads a line of `authorized_keys` or of a `.pub` file.
    ///
    /// Options before the key are refused, for they would not be honoured; so are certificates, DSA and short RSA.
    pub fn parse(line: &str) -> Result<Self, Error> {
        let line = line.trim();
        if line.len() > MAX_LEN || line.contains(['\n', '\r']) {
            return Err(Error::PublicKey("it is not one line"));
        }
        let key = PublicKey::from_openssh(line)
            .map_err(|_| Error::PublicKey("it is not of the form `algorithm base64 comment`"))?;
        check(key.key_data()).map_err(Error::PublicKey)?;
        let blob = key
            .to_bytes()
            .map_err(|_| Error::PublicKey("it cannot be encoded"))?;
        Ok(Self { key, blob })
    }

    /// Reads every key of a text; empty lines and `#` comments are skipped.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, Error> {
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(Self::parse).collect()
    }

    /// Gives the key's type, such as `ssh-ed25519`.
    #[must_use]
    pub fn algorithm(&self) -> String {
        self.key.algorithm().to_string()
    }

    /// Gives the key as it stands in SSH messages (RFC 4253 §6.6).
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// Gives the comment; may be empty.
    #[must_use]
    pub fn comment(&self) -> String {
        self.key.comment().to_string()
    }

    /// Gives `SHA256:…`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(self.key.key_data())
    }

    /// Gives the key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}

impl fmt::Display for PublicKeyLine {
    /// Writes the line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key.algorithm(), STANDARD.encode(&self.blob))?;
        let comment = self.comment();
        if comment.is_empty() {
            Ok(())
        } else {
            write!(f, " {comment}")
        }
    }
}

/// Gives a key's fingerprint as OpenSSH writes it: `SHA256:…`.
#[must_use]
pub fn fingerprint(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Gives the fingerprint of a key as it stands in SSH messages; also of kinds this crate does not know.
#[must_use]
pub fn fingerprint_of_blob(blob: &[u8]) -> String {
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, blob);
    format!("SHA256:{}", STANDARD_NO_PAD.encode(hash))
}

/// What the keys that are known say of a key that a host shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeyMatch {
    /// It is one of them.
    Known,
    /// None of them is this key: somebody else may be answering.
    Differs,
    /// No key is known.
    Nothing,
}

/// Compares a key that a host shows with what is known of it: public key lines, `known_hosts` lines or `SHA256:…` fingerprints.
///
/// # Errors
/// When a known line cannot be read: it might have been the one that counts.
pub fn compare_host_key(known: &[impl AsRef<str>], shown: &[u8]) -> Result<HostKeyMatch, Error> {
    let mut result = HostKeyMatch::Nothing;
    for line in known {
        let line = line.as_ref().trim();
        let same = if line.starts_with("SHA256:") {
            line == fingerprint_of_blob(shown)
        } else {
            let without_host = || line.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
            PublicKeyLine::parse(line)
                .or_else(|error| PublicKeyLine::parse(without_host()).map_err(|_| error))?
                .blob
                == shown
        };
        if same {
            return Ok(HostKeyMatch::Known);
        }
        result = HostKeyMatch::Differs;
    }
    Ok(result)
}

/// Reads a private key: OpenSSH's form (also encrypted), PKCS#8 (RSA, Ed25519, ECDSA), PKCS#1 and SEC 1.
pub fn parse_private(text: &Secret, passphrase: Option<&Secret>) -> Result<PrivateKey, Error> {
    let text = text.expose_text().filter(|text| text.len() <= MAX_LEN);
    let text = text.ok_or(Error::PrivateKey("it is not text"))?.trim();
    let label = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----"));
    let key = match label {
        Some("OPENSSH PRIVATE KEY") => openssh(text, passphrase)?,
        Some("PRIVATE KEY") => pkcs8(&der(text)?)?,
        Some("RSA PRIVATE KEY") => pkcs1(text)?,
        Some("EC PRIVATE KEY") => ecdsa(&der(text)?)?,
        Some("ENCRYPTED PRIVATE KEY") => {
            return Err(Error::PrivateKey(
                "encrypted PKCS#8 is not read; convert it with `ssh-keygen -p`",
            ));
        }
        _ => {
            return Err(Error::PrivateKey(
                "it does not begin with a PEM line that is known",
            ));
        }
    };
    check(key.public_key().key_data()).map_err(Error::PrivateKey)?;
    Ok(key)
}

/// Makes an Ed25519 key; gives it in `OpenSSH`'s form.
pub fn generate_text(comment: &str) -> Result<SecretText, Error> {
    let key = generate_ed25519(comment)?;
    let text = key.to_openssh(LineEnding::LF).map_err(|_| Error::Crypto)?;
    Ok(SecretText::new(text.as_str()))
}

/// Makes an Ed25519 key.
pub fn generate_ed25519(comment: &str) -> Result<PrivateKey, Error> {
    let seed = Zeroizing::new(random::<32>()?);
    let pair = Ed25519Keypair::from_seed(&seed);
    PrivateKey::new(KeypairData::from(pair), comment).map_err(|_| Error::Crypto)
}

/// Makes an RSA key of 3072 bits.
pub(crate) fn generate_rsa(comment: &str) -> Result<PrivateKey, Error> {
    let pair =
        aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa3072).map_err(|_| Error::Crypto)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| Error::Crypto)?;
    let mut key = pkcs8(der.as_ref())?;
    key.set_comment(comment);
    Ok(key)
}

fn check(key: &KeyData) -> Result<(), &'static str> {
    match key.algorithm() {
        Algorithm::Ed25519
        | Algorithm::SkEd25519
        | Algorithm::Ecdsa { .. }
        | Algorithm::SkEcdsaSha2NistP256 => Ok(()),
        Algorithm::Rsa { .. } => {
            let bits = key.rsa().map_or(0, ssh_key::public::RsaPublicKey::key_size);
            if bits >= RSA_MIN {
                Ok(())
            } else {
                Err("rsa below 2048 bits is not accepted")
            }
        }
        _ => Err("its algorithm is not accepted"),
    }
}

fn openssh(text: &str, passphrase: Option<&Secret>) -> Result<PrivateKey, Error> {
    let key = PrivateKey::from_openssh(text).map_err(|_| Error::PrivateKey("its OpenSSH form is damaged"))?;
    if !key.is_encrypted() {
        return Ok(key);
    }
    let passphrase = passphrase.ok_or(Error::Passphrase)?;
    key.decrypt(passphrase.expose()).map_err(|_| Error::Passphrase)
}

/// Takes the base64 out of PEM (RFC 7468).
fn der(text: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let wrong = Error::PrivateKey("its PEM form is damaged");
    let body = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .map(str::trim);
    // RFC 1421 headers mean encryption in OpenSSL's old way.
    let body: Zeroizing<String> = Zeroizing::new(body.collect());
    if body.contains(':') {
        return Err(Error::PrivateKey(
            "encrypted PEM is not read; convert it with `ssh-keygen -p`",
        ));
    }
    STANDARD
        .decode(body.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| wrong)
}

fn pkcs1(text: &str) -> Result<PrivateKey, Error> {
    let der = der(text)?;
    let key = rsa::RsaPrivateKey::from_pkcs1_der(&der)
        .map_err(|_| Error::PrivateKey("its PKCS#1 form is damaged"))?;
    from_rsa(&key)
}

fn pkcs8(der: &[u8]) -> Result<PrivateKey, Error> {
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
        let seed = pair
            .seed()
            .and_then(|seed| seed.as_be_bytes())
            .map_err(|_| Error::Crypto)?;
        let seed: Zeroizing<[u8; 32]> = Zeroizing::new(seed.as_ref().try_into().map_err(|_| Error::Crypto)?);
        let data = KeypairData::from(Ed25519Keypair::from_seed(&seed));
        return PrivateKey::new(data, "").map_err(|_| Error::Crypto);
    }
    if let Ok(key) = rsa::RsaPrivateKey::from_pkcs8_der(der) {
        return from_rsa(&key);
    }
    ecdsa(der)
}

fn from_rsa(key: &rsa::RsaPrivateKey) -> Result<PrivateKey, Error> {
    let pair = RsaKeypair::try_from(key).map_err(|_| Error::PrivateKey("its RSA numbers do not fit"))?;
    PrivateKey::new(KeypairData::from(pair), "").map_err(|_| Error::Crypto)
}

/// Reads PKCS#8 or SEC 1 of the two curves that SSH uses most.
fn ecdsa(der: &[u8]) -> Result<PrivateKey, Error> {
    let read =
        |algorithm: &'static EcdsaSigningAlgorithm| EcdsaKeyPair::from_private_key_der(algorithm, der).ok();
    let (curve, pair) = read(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .map(|pair| ("nistp256", pair))
        .or_else(|| read(&ECDSA_P384_SHA384_FIXED_SIGNING).map(|pair| ("nistp384", pair)))
        .ok_or(Error::PrivateKey(
            "it is neither RSA, Ed25519 nor ECDSA over P-256 or P-384",
        ))?;
    let scalar: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(|_| Error::Crypto)?;
    // The form of PROTOCOL.agent: algorithm, curve, point, scalar; ssh-key reads it.
    let mut blob = Zeroizing::new(Vec::new());
    put_string(&mut blob, format!("ecdsa-sha2-{curve}").as_bytes());
    put_string(&mut blob, curve.as_bytes());
    put_string(&mut blob, pair.public_key().as_ref());
    let number: Zeroizing<Vec<u8>> = Zeroizing::new(mpint(scalar.as_ref()));
    put_string(&mut blob, &number);
    let data = <KeypairData as ssh_key::encoding::Decode>::decode(&mut blob.as_slice())
        .map_err(|_| Error::PrivateKey("its ECDSA numbers do not fit"))?;
    PrivateKey::new(data, "").map_err(|_| Error::Crypto)
}

fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Writes a positive number as an mpint's body (RFC 4251 §5).
fn mpint(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = bytes.get(start..).unwrap_or_default();
    let sign = digits.first().filter(|first| **first >= 0x80).map(|_| 0);
    sign.into_iter().chain(digits.iter().copied()).collect()
}

#[cfg(test)]
mod tests;
