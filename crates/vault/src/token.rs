//! Tokens: API tokens, cookies, one-time links and passwords for clients of databases. Only a keyed hash of each is kept.

use std::fmt;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use domain::{ObjectId, object::SecretText};

use crate::keyring::random;
use crate::{Error, Secret, Verifiers};

/// Longer texts are no tokens.
const MAX_LEN: usize = 128;

/// The letters of codes that people type: they make no words, and none looks like another.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// What a token is for. One kind never passes for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// An API token: `dw_…`.
    Api,
    /// The cookie of a browser that is signed in: `dwc_…`.
    Cookie,
    /// The value that a signed-in browser must repeat with every change: `dwx_…`.
    Csrf,
    /// A link that works once, such as the administrator's first: `dwl_…`.
    Link,
    /// What a program asks with until a person lets it in: `dwd_…`.
    Device,
    /// A long key of a service account, which is worth nothing but short tokens: `dwk_…`.
    Key,
    /// A password for clients of databases: `dwp_…`. The part before the second `_` is the login name that goes with it.
    Database,
}

impl TokenKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Api => "dw_",
            Self::Cookie => "dwc_",
            Self::Csrf => "dwx_",
            Self::Link => "dwl_",
            Self::Device => "dwd_",
            Self::Key => "dwk_",
            Self::Database => "dwp_",
        }
    }
}

/// A token that was just made.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The token itself: shown to its owner once.
    pub text: SecretText,
    /// What is kept of it.
    pub hash: Vec<u8>,
    /// The beginning of the token, by which its owner tells it from others; no secret.
    pub hint: String,
}

/// Issues and recognises tokens: `prefix_id_secret`, with 32 random bits to tell them apart and 256 to guess.
#[derive(Clone)]
pub struct Tokens(hmac::Key);

impl Tokens {
    pub(crate) fn new(key: &Secret) -> Self {
        Self(hmac::Key::new(HMAC_SHA256, key.expose()))
    }

    /// Makes a token.
    pub fn issue(&self, kind: TokenKind) -> Result<Issued, Error> {
        let id = HEXLOWER.encode(&random::<4>()?);
        let hint = format!("{}{id}", kind.prefix());
        let secret = Secret::new(random::<32>()?);
        let text = format!("{hint}_{}", URL_SAFE_NO_PAD.encode(secret.expose()));
        let hash = self.mac(kind, &text);
        Ok(Issued {
            text: SecretText::new(text),
            hash,
            hint,
        })
    }

    /// Gives the hash under which a token is kept; [`None`] when the text is no token of this kind.
    #[must_use]
    pub fn hash(&self, kind: TokenKind, text: &str) -> Option<Vec<u8>> {
        let sound = text.len() <= MAX_LEN
            && text
                .strip_prefix(kind.prefix())
                .and_then(|rest| rest.split_once('_'))
                .is_some_and(|(id, secret)| id.len() == 8 && secret.len() == 43);
        sound.then(|| self.mac(kind, text))
    }

    /// Verifies a token against the hash that is kept, in constant time.
    #[must_use]
    pub fn verify(&self, kind: TokenKind, text: &str, kept: &[u8]) -> bool {
        self.hash(kind, text)
            .is_some_and(|hash| subtle::ConstantTimeEq::ct_eq(hash.as_slice(), kept).into())
    }

    /// Derives a value of 256 bits from a token, for one purpose: whoever has the token and not the key cannot know it.
    #[must_use]
    pub fn derived(&self, purpose: &str, token: &str) -> SecretText {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"doorward derived 1\0");
        context.update(purpose.as_bytes());
        context.update(b"\0");
        context.update(token.as_bytes());
        SecretText::new(URL_SAFE_NO_PAD.encode(context.sign().as_ref()))
    }

    /// Tells whether a name has the form of the login name of a [`TokenKind::Database`].
    #[must_use]
    pub fn is_database_login(name: &str) -> bool {
        let id = name.strip_prefix(TokenKind::Database.prefix());
        id.is_some_and(|id| id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    /// Gives the login name that goes with a [`TokenKind::Database`], for clients that send a password and no name.
    #[must_use]
    pub fn database_login_of(text: &str) -> Option<&str> {
        let (login, rest) = text.split_at_checked(TokenKind::Database.prefix().len() + 8)?;
        (Self::is_database_login(login) && rest.starts_with('_')).then_some(login)
    }

    /// Gives verifiers for a login name that nobody has: they are the same each time and accept nothing.
    #[must_use]
    pub fn verifiers_of_nobody(&self, login: &str) -> Verifiers {
        Verifiers::of_nobody(&self.0, login)
    }

    /// Makes a code that a person types where a program waits to be let in: eight letters in two groups (RFC 8628 §6.1), some 34 random
    /// bits. Gives the text and the hash that is kept.
    pub fn device_code(&self) -> Result<(String, Vec<u8>), Error> {
        let mut letters = String::with_capacity(8);
        while letters.len() < 8 {
            let [byte] = random::<1>()?;
            // As many values for each letter.
            if let Some(letter) = LETTERS.get(usize::from(byte % 20)).filter(|_| byte < 240) {
                letters.push(char::from(*letter));
            }
        }
        let hash = self.device_mac(&letters);
        letters.insert(4, '-');
        Ok((letters, hash))
    }

    /// Gives the hash under which such a code is kept, however it is typed; [`None`] when it cannot be one.
    #[must_use]
    pub fn device_code_hash(&self, text: &str) -> Option<Vec<u8>> {
        let letters: String = text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(MAX_LEN)
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let sound = letters.len() == 8 && letters.bytes().all(|letter| LETTERS.contains(&letter));
        sound.then(|| self.device_mac(&letters))
    }

    fn device_mac(&self, letters: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"doorward device code 1\0");
        context.update(letters.as_bytes());
        context.sign().as_ref().to_vec()
    }

    /// Makes a recovery code of a user: 80 random bits in four groups. Gives the text for its owner and the hash that is kept.
    pub fn recovery_code(&self, user: ObjectId) -> Result<(SecretText, Vec<u8>), Error> {
        let letters = BASE32_NOPAD.encode(&random::<10>()?).to_ascii_lowercase();
        let groups: Vec<_> = letters
            .as_bytes()
            .chunks(4)
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        Ok((
            SecretText::new(groups.join("-")),
            self.recovery_hash(user, &letters),
        ))
    }

    /// Gives the hash under which a recovery code of a user is kept. Case, spaces and hyphens do not matter.
    #[must_use]
    pub fn recovery_hash(&self, user: ObjectId, code: &str) -> Vec<u8> {
        let letters: String = code
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(MAX_LEN)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"doorward recovery code 1\0");
        context.update(user.0.as_bytes());
        context.update(letters.as_bytes());
        context.sign().as_ref().to_vec()
    }

    fn mac(&self, kind: TokenKind, text: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"doorward token 1\0");
        context.update(kind.prefix().as_bytes());
        context.update(text.as_bytes());
        context.sign().as_ref().to_vec()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(***)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn tokens(byte: u8) -> Tokens {
        Tokens::new(&Secret::new([byte; 32]))
    }

    #[test]
    fn a_token_is_recognised_by_its_hash_alone() {
        let tokens = tokens(1);
        let issued = tokens.issue(TokenKind::Api).unwrap();
        let text = issued.text.expose();
        assert!(text.starts_with(&issued.hint) && text.len() == "dw_".len() + 8 + 1 + 43);
        assert_eq!(tokens.hash(TokenKind::Api, text), Some(issued.hash.clone()));
        assert!(tokens.verify(TokenKind::Api, text, &issued.hash));
        let changed = format!(
            "{}{}",
            &text[..text.len() - 1],
            if text.ends_with('A') { 'B' } else { 'A' }
        );
        assert!(!tokens.verify(TokenKind::Api, &changed, &issued.hash));
        assert!(!tokens.verify(TokenKind::Api, text, b""));
    }

    #[test]
    fn one_kind_is_no_other() {
        let tokens = tokens(1);
        let issued = tokens.issue(TokenKind::Cookie).unwrap();
        for kind in [TokenKind::Api, TokenKind::Csrf, TokenKind::Link] {
            assert_eq!(tokens.hash(kind, issued.text.expose()), None);
        }
    }

    #[test]
    fn the_hint_of_a_database_password_is_its_login_name() {
        let issued = tokens(1).issue(TokenKind::Database).unwrap();
        assert!(Tokens::is_database_login(&issued.hint));
        let login = Tokens::database_login_of(issued.text.expose());
        assert_eq!(login, Some(issued.hint.as_str()));
        assert_eq!(Tokens::database_login_of("dwp_12345678"), None);
        for name in [
            "ann",
            "dwp_",
            "dwp_1234567",
            "dwp_123456789",
            "dwp_1234567x",
            "dw_12345678",
        ] {
            assert!(!Tokens::is_database_login(name), "{name}");
        }
    }

    #[test]
    fn the_hash_needs_the_key() {
        let issued = tokens(1).issue(TokenKind::Api).unwrap();
        assert!(!tokens(2).verify(TokenKind::Api, issued.text.expose(), &issued.hash));
    }

    #[test]
    fn other_texts_are_no_tokens() {
        for text in [
            "",
            "dw_",
            "dw_abc",
            "dw_12345678_short",
            &format!("dw_12345678_{}", "x".repeat(500)),
        ] {
            assert_eq!(tokens(1).hash(TokenKind::Api, text), None);
        }
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed_and_is_its_owners_only() {
        let (tokens, user) = (tokens(1), ObjectId::fresh());
        let (text, hash) = tokens.recovery_code(user).unwrap();
        assert_eq!((text.expose().len(), text.expose().matches('-').count()), (19, 3));
        let loud = text.expose().to_ascii_uppercase().replace('-', " ");
        assert_eq!(tokens.recovery_hash(user, &loud), hash);
        assert_ne!(tokens.recovery_hash(ObjectId::fresh(), text.expose()), hash);
        assert_ne!(tokens.recovery_code(user).unwrap().1, hash);
    }

    #[test]
    fn a_device_code_is_known_however_it_is_typed() {
        let tokens = tokens(1);
        let (text, hash) = tokens.device_code().unwrap();
        assert_eq!((text.len(), text.find('-')), (9, Some(4)));
        let typed = format!(" {} ", text.to_ascii_lowercase().replace('-', " "));
        assert_eq!(tokens.device_code_hash(&typed), Some(hash.clone()));
        assert_ne!(tokens.device_code().unwrap().1, hash);
        for wrong in ["", "BCDF", "BCDF-GHJA", "BCDF-GHJK-L", "BCDF-GHJ1"] {
            assert_eq!(tokens.device_code_hash(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_is_never_printed() {
        let issued = tokens(1).issue(TokenKind::Api).unwrap();
        let printed = format!("{issued:?} {:?}", tokens(1));
        assert!(!printed.contains(issued.text.expose()));
        assert!(printed.contains("***"));
    }
}
