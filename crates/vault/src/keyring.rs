//! The master keys, and what they seal.

use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use domain::ConnectionId;
use zeroize::Zeroizing;

use crate::files::{self, Access};
use crate::{Error, Secret};

/// The first byte of everything sealed: how it is sealed.
const VERSION: u8 = 1;
/// Bytes before the ciphertext: version, key id, nonce.
const FRONT: usize = 1 + KeyId::LEN + NONCE_LEN;
/// What stands before each key in a master key file.
const LINE: &str = "doorward-master-key-1 ";

/// Where the master key comes from. Values are given by the program, which reads its own settings.
#[derive(Clone)]
pub enum MasterSource {
    /// `master.key` beside the gateway's other keys; made at the first run, mode 0600.
    Own,
    /// A file that somebody else provides and protects; lines of base64, the newest key last. Never written.
    File(PathBuf),
    /// The key itself as base64 (several separated by spaces or commas, the newest last).
    Value(Secret),
}

impl fmt::Debug for MasterSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("Own"),
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Value(_) => f.write_str("Value(***)"),
        }
    }
}

/// The short name of a master key: eight bytes of a hash, which say nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; Self::LEN]);

impl KeyId {
    const LEN: usize = 8;

    fn of(key: &[u8; 32]) -> Self {
        let hash = digest(&SHA256, &[b"doorward master key id\0".as_slice(), key].concat());
        Self(hash.as_ref().first_chunk().copied().unwrap_or_default())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// What a sealed value is and whose it is. It opens in the very same place only.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// What it is for, such as `secret`.
    pub purpose: &'a str,
    /// The object it belongs to: an id or a name that does not change.
    pub object: &'a str,
}

impl<'a> Place<'a> {
    /// Names a place.
    #[must_use]
    pub const fn new(purpose: &'a str, object: &'a str) -> Self {
        Self { purpose, object }
    }

    fn aad(&self) -> Vec<u8> {
        // The length keeps ("a", "bc") apart from ("ab", "c").
        let len = (self.purpose.len() as u64).to_le_bytes();
        [
            b"doorward sealed value 1\0".as_slice(),
            &len,
            self.purpose.as_bytes(),
            self.object.as_bytes(),
        ]
        .concat()
    }
}

/// The key of one tape's records, in the open. Prints as `***`, wiped when dropped.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// Gives the key itself, for the tape.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(***)")
    }
}

/// What a derived key is for (HKDF, RFC 5869): one key never does two things.
#[derive(Debug, Clone, Copy)]
enum Use {
    Seal,
    Wrap,
}

impl Use {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Seal => b"doorward 1 seal values",
            Self::Wrap => b"doorward 1 wrap data keys",
        }
    }
}

struct Master {
    id: KeyId,
    seal: LessSafeKey,
    wrap: LessSafeKey,
}

impl Master {
    fn new(key: &[u8; 32]) -> Result<Self, Error> {
        Ok(Self {
            id: KeyId::of(key),
            seal: derive(key, Use::Seal)?,
            wrap: derive(key, Use::Wrap)?,
        })
    }

    fn key(&self, which: Use) -> &LessSafeKey {
        match which {
            Use::Seal => &self.seal,
            Use::Wrap => &self.wrap,
        }
    }
}

/// The master keys: the newest seals, all of them open.
pub struct Keyring {
    newest: Master,
    older: Vec<Master>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({}, {} older)", self.newest.id, self.older.len())
    }
}

impl Keyring {
    /// Opens the master keys. `dir` is where [`MasterSource::Own`] keeps its file.
    pub fn open(dir: &Path, source: &MasterSource) -> Result<Self, Error> {
        match source {
            MasterSource::Own => {
                let path = own_path(dir);
                if let Some(text) = files::read(&path)? {
                    files::check_private(&path)?;
                    return Self::parse(&text, &path.display().to_string());
                }
                files::make_dir(dir)?;
                // When two processes start at once, one writes and both read the same.
                files::create(&path, &own_file(&[fresh_line()?.as_str()]))?;
                let text = files::read(&path)?.ok_or_else(|| Error::MasterKey {
                    place: path.display().to_string(),
                })?;
                Self::parse(&text, &path.display().to_string())
            }
            MasterSource::File(path) => {
                let place = path.display().to_string();
                let text = files::read(path)?.ok_or_else(|| Error::MasterKey { place: place.clone() })?;
                Self::parse(&text, &place)
            }
            MasterSource::Value(value) => {
                let text = value.expose_text().unwrap_or_default();
                Self::parse(text, "the given value")
            }
        }
    }

    /// Adds a new master key to [`MasterSource::Own`]'s file, and opens the keyring with it. What was sealed before still opens.
    pub fn rotate(dir: &Path) -> Result<Self, Error> {
        let path = own_path(dir);
        let text = files::read(&path)?.ok_or_else(|| Error::MasterKey {
            place: path.display().to_string(),
        })?;
        let fresh = fresh_line()?;
        let mut lines: Vec<&str> = key_lines(&text).collect();
        lines.push(&fresh);
        let text = own_file(&lines);
        files::replace(&path, &text, Access::Private)?;
        Self::parse(&text, &path.display().to_string())
    }

    fn parse(text: &str, place: &str) -> Result<Self, Error> {
        let wrong = || Error::MasterKey {
            place: place.to_owned(),
        };
        let mut masters = Vec::new();
        for word in key_lines(text)
            .flat_map(|line| line.split([' ', ',', '\t']))
            .filter(|word| !word.is_empty())
        {
            let bytes = Zeroizing::new(STANDARD.decode(word).map_err(|_| wrong())?);
            let key: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| wrong())?;
            masters.push(Master::new(key)?);
        }
        let newest = masters.pop().ok_or_else(wrong)?;
        Ok(Self {
            newest,
            older: masters,
        })
    }

    /// Gives the name of the key that seals.
    #[must_use]
    pub fn newest(&self) -> KeyId {
        self.newest.id
    }

    /// Seals a value; it opens in the same place only.
    pub fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Vec<u8>, Error> {
        self.close(Use::Seal, &place.aad(), value)
    }

    /// Opens what [`Self::seal`] has sealed.
    pub fn unseal(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret, Error> {
        self.open_with(Use::Seal, &place.aad(), sealed)
            .map(Secret::from_wiped)
    }

    /// Tells whether a value is sealed under an older key, so that it had better be sealed again.
    #[must_use]
    pub fn is_stale(&self, sealed: &[u8]) -> bool {
        split(sealed).is_some_and(|(id, ..)| id != self.newest.id)
    }

    /// Makes a data key for a new tape, and wraps it for the tape's head.
    pub fn new_data_key(&self, tape: ConnectionId) -> Result<(DataKey, Vec<u8>), Error> {
        let key = DataKey(Zeroizing::new(random()?));
        let wrapped = self.close(Use::Wrap, &tape_aad(tape), key.expose())?;
        Ok((key, wrapped))
    }

    /// Opens the data key of a tape, as its head has it.
    pub fn open_data_key(&self, wrapped: &[u8], tape: ConnectionId) -> Result<DataKey, Error> {
        let bytes = self.open_with(Use::Wrap, &tape_aad(tape), wrapped)?;
        let key: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| Error::Unseal)?;
        Ok(DataKey(Zeroizing::new(*key)))
    }

    fn close(&self, which: Use, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut body = Zeroizing::new(plain.to_vec());
        let key = self.newest.key(which);
        let tag = key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut body)
            .map_err(|_| Error::Crypto)?;
        Ok([
            &[VERSION],
            self.newest.id.0.as_slice(),
            &nonce,
            &body,
            tag.as_ref(),
        ]
        .concat())
    }

    fn open_with(&self, which: Use, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (id, nonce, body) = split(sealed).ok_or(Error::Unseal)?;
        let master = std::iter::once(&self.newest)
            .chain(&self.older)
            .find(|master| master.id == id);
        let key = master
            .ok_or_else(|| Error::UnknownMasterKey(id.to_string()))?
            .key(which);
        let mut plain = Zeroizing::new(body.to_vec());
        let len = key
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut plain)
            .map_err(|_| Error::Unseal)?
            .len();
        plain.truncate(len);
        Ok(plain)
    }
}

/// Gives random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Crypto)?;
    Ok(bytes)
}

fn split(sealed: &[u8]) -> Option<(KeyId, [u8; NONCE_LEN], &[u8])> {
    let (front, body) = sealed.split_first_chunk::<FRONT>()?;
    let rest = front.strip_prefix(&[VERSION])?;
    let (id, nonce) = rest.split_first_chunk()?;
    Some((KeyId(*id), nonce.try_into().ok()?, body))
}

fn tape_aad(tape: ConnectionId) -> Vec<u8> {
    [b"doorward data key 1\0".as_slice(), tape.0.as_bytes()].concat()
}

/// How long a derived key is.
struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

fn derive(master: &[u8; 32], which: Use) -> Result<LessSafeKey, Error> {
    let mut bytes = Zeroizing::new([0; 32]);
    Salt::new(HKDF_SHA256, b"doorward")
        .extract(master)
        .expand(&[which.info()], Bytes32)
        .and_then(|okm| okm.fill(bytes.as_mut_slice()))
        .map_err(|_| Error::Crypto)?;
    UnboundKey::new(&AES_256_GCM, bytes.as_slice())
        .map(LessSafeKey::new)
        .map_err(|_| Error::Crypto)
}

fn own_path(dir: &Path) -> PathBuf {
    dir.join("master.key")
}

fn fresh_line() -> Result<Zeroizing<String>, Error> {
    let key = Zeroizing::new(random::<32>()?);
    Ok(Zeroizing::new(STANDARD.encode(key.as_slice())))
}

fn own_file(keys: &[&str]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::from(
        "# Doorward's master keys, the newest last. Whoever has this file can open every secret and recording;\n\
         # without it nobody can. Keep a copy in another place.\n",
    ));
    for key in keys {
        text.push_str(LINE);
        text.push_str(key);
        text.push('\n');
    }
    text
}

/// The keys of a file, without comments and without the word before each.
fn key_lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.strip_prefix(LINE).unwrap_or(line).trim())
}

#[cfg(test)]
mod tests;
