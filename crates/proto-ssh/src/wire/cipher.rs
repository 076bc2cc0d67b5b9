//! Ciphers and authentication codes of packets, in place.
//!
//! A packet is `length(4) ‖ padding length(1) ‖ payload ‖ padding`, followed by its tag. Ciphers differ in whether the
//! length is encrypted, whether it counts for the alignment, and in what the tag covers.

use aws_lc_rs::aead::chacha20_poly1305_openssh as chacha;
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;

use super::algorithms::{Cipher, Mac};
use super::error::WireError;

/// Bytes of the length field.
pub(super) const LENGTH: usize = 4;
/// Block of AES, and the tag of both authenticated ciphers.
const BLOCK: usize = 16;
/// The longest tag (HMAC-SHA-512).
pub(super) const LONGEST_TAG: usize = 64;

/// How many bytes of each kind of key a direction needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeySizes {
    pub(super) iv: usize,
    pub(super) key: usize,
    pub(super) mac: usize,
}

impl KeySizes {
    pub(super) fn of(cipher: Cipher, mac: Option<Mac>) -> Self {
        let (iv, key) = match cipher {
            Cipher::Aes128Gcm => (12, 16),
            Cipher::Aes256Gcm => (12, 32),
            Cipher::ChaCha20Poly1305 => (0, chacha::KEY_LEN),
            Cipher::Aes128Ctr => (BLOCK, 16),
            Cipher::Aes192Ctr => (BLOCK, 24),
            Cipher::Aes256Ctr => (BLOCK, 32),
        };
        let mac = mac.map_or(0, |mac| mac_algorithm(mac).tag_len());
        Self { iv, key, mac }
    }
}

fn mac_algorithm(mac: Mac) -> hmac::Algorithm {
    match mac {
        Mac::HmacSha256 | Mac::HmacSha256Etm => hmac::HMAC_SHA256,
        Mac::HmacSha512 | Mac::HmacSha512Etm => hmac::HMAC_SHA512,
    }
}

fn crypto<E>(what: &'static str) -> impl FnOnce(E) -> WireError {
    move |_| WireError::Crypto(what)
}

/// The cipher of one direction with its keys; the two directions differ in the keys of ChaCha20-Poly1305 only.
pub(super) enum Keyed<C> {
    /// Before the first exchange.
    Plain,
    Gcm(Gcm),
    ChaCha(Box<C>),
    Ctr(Box<Ctr>),
}

/// Encrypts the packets of one direction.
pub(super) type Sealer = Keyed<chacha::SealingKey>;
/// Decrypts the packets of one direction.
pub(super) type Opener = Keyed<chacha::OpeningKey>;

/// A key of ChaCha20-Poly1305 for one direction.
pub(super) trait ChaChaKey {
    fn of(key: &[u8; chacha::KEY_LEN]) -> Self;
}

impl ChaChaKey for chacha::SealingKey {
    fn of(key: &[u8; chacha::KEY_LEN]) -> Self {
        Self::new(key)
    }
}

impl ChaChaKey for chacha::OpeningKey {
    fn of(key: &[u8; chacha::KEY_LEN]) -> Self {
        Self::new(key)
    }
}

/// AES-GCM of RFC 5647: the length is additional data, the nonce counts packets.
pub(super) struct Gcm {
    key: LessSafeKey,
    fixed: [u8; 4],
    counter: u64,
}

impl Gcm {
    fn new(cipher: Cipher, iv: &[u8], key: &[u8]) -> Result<Self, WireError> {
        let algorithm = if cipher == Cipher::Aes128Gcm {
            &AES_128_GCM
        } else {
            &AES_256_GCM
        };
        let key = UnboundKey::new(algorithm, key).map_err(crypto("aes-gcm key"))?;
        let (fixed, counter) = iv
            .split_first_chunk::<4>()
            .ok_or(WireError::Crypto("aes-gcm nonce"))?;
        let counter = counter.try_into().map_err(crypto("aes-gcm nonce"))?;
        Ok(Self {
            key: LessSafeKey::new(key),
            fixed: *fixed,
            counter: u64::from_be_bytes(counter),
        })
    }

    /// INVARIANT: no nonce is used twice, because keys are replaced long before 2⁶⁴ packets.
    fn next_nonce(&mut self) -> Nonce {
        let mut nonce = [0; 12];
        let (fixed, counter) = nonce.split_at_mut(4);
        fixed.copy_from_slice(&self.fixed);
        counter.copy_from_slice(&self.counter.to_be_bytes());
        self.counter = self.counter.wrapping_add(1);
        Nonce::assume_unique_for_key(nonce)
    }
}

/// AES-CTR of RFC 4344 with a MAC.
pub(super) struct Ctr {
    key: EncryptingKey,
    counter: u128,
    mac: hmac::Key,
    tag: usize,
    /// Whether the code covers the ciphertext and the length is in the clear.
    encrypt_then_mac: bool,
}

impl Ctr {
    fn new(
        cipher: Cipher,
        mac: Option<Mac>,
        iv: &[u8],
        key: &[u8],
        mac_key: &[u8],
    ) -> Result<Self, WireError> {
        let mac = mac.ok_or(WireError::Crypto("cipher without mac"))?;
        let algorithm = match cipher {
            Cipher::Aes128Ctr => &AES_128,
            Cipher::Aes192Ctr => &AES_192,
            _ => &AES_256,
        };
        let key = UnboundCipherKey::new(algorithm, key)
            .and_then(EncryptingKey::ctr)
            .map_err(crypto("aes-ctr key"))?;
        let iv: [u8; BLOCK] = iv.try_into().map_err(crypto("aes-ctr counter"))?;
        let hmac_algorithm = mac_algorithm(mac);
        Ok(Self {
            key,
            counter: u128::from_be_bytes(iv),
            mac: hmac::Key::new(hmac_algorithm, mac_key),
            tag: hmac_algorithm.tag_len(),
            encrypt_then_mac: matches!(mac, Mac::HmacSha256Etm | Mac::HmacSha512Etm),
        })
    }

    /// Encrypts or decrypts whole blocks, which is the same in this mode.
    fn apply(&mut self, blocks: &mut [u8]) -> Result<(), WireError> {
        let context = EncryptionContext::Iv128(FixedLength::from(self.counter.to_be_bytes()));
        self.counter = self.counter.wrapping_add((blocks.len() / BLOCK) as u128);
        self.key
            .less_safe_encrypt(blocks, context)
            .map(|_| ())
            .map_err(crypto("aes-ctr"))
    }

    fn code(&self, sequence: u32, packet: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.mac);
        context.update(&sequence.to_be_bytes());
        context.update(packet);
        context.sign()
    }

    fn check(&self, sequence: u32, packet: &[u8], tag: &[u8]) -> Result<(), WireError> {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.code(sequence, packet).as_ref(), tag)
            .map_err(|_| WireError::Integrity)
    }
}

impl<C: ChaChaKey> Keyed<C> {
    pub(super) fn new(
        cipher: Cipher,
        mac: Option<Mac>,
        iv: &[u8],
        key: &[u8],
        mac_key: &[u8],
    ) -> Result<Self, WireError> {
        Ok(match cipher {
            Cipher::Aes128Gcm | Cipher::Aes256Gcm => Self::Gcm(Gcm::new(cipher, iv, key)?),
            Cipher::ChaCha20Poly1305 => {
                let key = key.try_into().map_err(crypto("chacha20 key"))?;
                Self::ChaCha(Box::new(C::of(key)))
            }
            Cipher::Aes128Ctr | Cipher::Aes192Ctr | Cipher::Aes256Ctr => {
                Self::Ctr(Box::new(Ctr::new(cipher, mac, iv, key, mac_key)?))
            }
        })
    }

    /// What the padding must fill up to.
    pub(super) fn block(&self) -> usize {
        match self {
            Self::Plain | Self::ChaCha(_) => 8,
            Self::Gcm(_) | Self::Ctr(_) => BLOCK,
        }
    }

    /// Whether the length field is part of what is filled up.
    pub(super) fn length_is_aligned(&self) -> bool {
        match self {
            Self::Plain => true,
            Self::Gcm(_) | Self::ChaCha(_) => false,
            Self::Ctr(ctr) => !ctr.encrypt_then_mac,
        }
    }

    /// Whether padding must be unpredictable: not while everybody can read it.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// Whether a packet of this length can have been filled up as it must.
    pub(super) fn fits(&self, length: u32) -> bool {
        let before = if self.length_is_aligned() { LENGTH } else { 0 };
        (length as usize + before).is_multiple_of(self.block())
    }
}

impl Sealer {
    /// Encrypts a whole packet in place; the first bytes of `tag` become its tag, their count is returned.
    pub(super) fn seal(
        &mut self,
        sequence: u32,
        packet: &mut [u8],
        tag: &mut [u8; LONGEST_TAG],
    ) -> Result<usize, WireError> {
        const SHORT: WireError = WireError::Crypto("packet without length");
        let mut put = |code: &[u8]| {
            tag.iter_mut().zip(code).for_each(|(to, from)| *to = *from);
            code.len()
        };
        match self {
            Self::Plain => Ok(0),
            Self::Gcm(gcm) => {
                let nonce = gcm.next_nonce();
                let (length, body) = packet.split_first_chunk_mut::<LENGTH>().ok_or(SHORT)?;
                let code = gcm
                    .key
                    .seal_in_place_separate_tag(nonce, Aad::from(&*length), body);
                Ok(put(code.map_err(crypto("aes-gcm"))?.as_ref()))
            }
            Self::ChaCha(key) => {
                let mut code = [0; chacha::TAG_LEN];
                key.seal_in_place(sequence, packet, &mut code);
                Ok(put(&code))
            }
            Self::Ctr(ctr) if ctr.encrypt_then_mac => {
                let (_, body) = packet.split_at_mut_checked(LENGTH).ok_or(SHORT)?;
                ctr.apply(body)?;
                Ok(put(ctr.code(sequence, packet).as_ref()))
            }
            Self::Ctr(ctr) => {
                let code = ctr.code(sequence, packet);
                ctr.apply(packet)?;
                Ok(put(code.as_ref()))
            }
        }
    }
}

impl Opener {
    /// Bytes that must be there before the length can be read.
    pub(super) fn head(&self) -> usize {
        match self {
            Self::Ctr(ctr) if !ctr.encrypt_then_mac => BLOCK,
            _ => LENGTH,
        }
    }

    /// Bytes after the packet.
    pub(super) fn tag(&self) -> usize {
        match self {
            Self::Plain => 0,
            Self::Gcm(_) | Self::ChaCha(_) => BLOCK,
            Self::Ctr(ctr) => ctr.tag,
        }
    }

    /// Reads the length from the first [`head`](Self::head) bytes, once for each packet.
    ///
    /// With a MAC over the plaintext these bytes are decrypted in place.
    pub(super) fn length(&mut self, sequence: u32, head: &mut [u8]) -> Result<u32, WireError> {
        if let Self::Ctr(ctr) = self
            && !ctr.encrypt_then_mac
        {
            ctr.apply(head)?;
        }
        let length = *head
            .first_chunk::<LENGTH>()
            .ok_or(WireError::Crypto("packet without length"))?;
        Ok(u32::from_be_bytes(match self {
            Self::ChaCha(key) => key.decrypt_packet_length(sequence, length),
            _ => length,
        }))
    }

    /// Checks a whole packet and decrypts it in place; its length field is left in any state.
    pub(super) fn open(&mut self, sequence: u32, packet: &mut [u8], tag: &[u8]) -> Result<(), WireError> {
        const SHORT: WireError = WireError::Crypto("packet without length");
        match self {
            Self::Plain => Ok(()),
            Self::Gcm(gcm) => {
                let nonce = gcm.next_nonce();
                let (length, body) = packet.split_first_chunk_mut::<LENGTH>().ok_or(SHORT)?;
                gcm.key
                    .open_in_place_separate_tag(nonce, Aad::from(&*length), tag, body)
                    .map(|_| ())
                    .map_err(|_| WireError::Integrity)
            }
            Self::ChaCha(key) => {
                let tag = tag.try_into().map_err(|_| WireError::Integrity)?;
                key.open_in_place(sequence, packet, tag)
                    .map(|_| ())
                    .map_err(|_| WireError::Integrity)
            }
            Self::Ctr(ctr) if ctr.encrypt_then_mac => {
                ctr.check(sequence, packet, tag)?;
                let (_, body) = packet.split_at_mut_checked(LENGTH).ok_or(SHORT)?;
                ctr.apply(body)
            }
            Self::Ctr(ctr) => {
                // The first block was decrypted to learn the length.
                let (_, body) = packet.split_at_mut_checked(BLOCK).ok_or(SHORT)?;
                ctr.apply(body)?;
                ctr.check(sequence, packet, tag)
            }
        }
    }
}
