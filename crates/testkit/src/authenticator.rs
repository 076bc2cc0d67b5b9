//! An authenticator and its browser, in software: makes passkeys and signs with them, and can be told to do it wrongly.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// User present, user verified.
const TOUCHED: u8 = 1;
const VERIFIED: u8 = 4;
/// A key follows.
const HAS_KEY: u8 = 64;

/// One key of an authenticator, and the site on which its browser is.
#[derive(Debug)]
pub struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    /// The host's name that the key is for.
    pub site: String,
    /// The address of the page.
    pub origin: String,
    /// Whether it knows who touches it.
    pub verifies: bool,
    /// How often it has signed.
    pub count: u32,
}

impl Authenticator {
    /// Makes a key for a site such as `https://gate.example.org`.
    pub fn at(origin: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let id = digest(&SHA256, key.public_key().as_ref()).as_ref()[..16].to_vec();
        let host = origin.split_once("://").unwrap().1;
        Self {
            key,
            id,
            site: host.split(':').next().unwrap().to_owned(),
            origin: origin.to_owned(),
            verifies: true,
            count: 0,
        }
    }

    /// Answers `navigator.credentials.create`, as the API takes it.
    pub fn create(&self, challenge: &str) -> Value {
        let mut data = self.data(HAS_KEY);
        data.extend([0; 16]);
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(&self.id);
        let point = self.key.public_key().as_ref();
        // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..]);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(data.len() as u8);
        object.extend(data);
        json!({
            "client_data": encoded(&self.client_data("webauthn.create", challenge)),
            "attestation": encoded(&object),
        })
    }

    /// Answers `navigator.credentials.get`, as the API takes it.
    pub fn get(&mut self, challenge: &str) -> Value {
        self.count += 1;
        let (data, said) = (self.data(0), self.client_data("webauthn.get", challenge));
        let message = [&data, digest(&SHA256, &said).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        json!({
            "id": encoded(&self.id),
            "client_data": encoded(&said),
            "authenticator_data": encoded(&data),
            "signature": encoded(signature.as_ref()),
        })
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = digest(&SHA256, self.site.as_bytes()).as_ref().to_vec();
        data.push(TOUCHED | verified | more);
        data.extend(self.count.to_be_bytes());
        data
    }

    fn client_data(&self, ceremony: &str, challenge: &str) -> Vec<u8> {
        let said =
            json!({ "type": ceremony, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        said.to_string().into_bytes()
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
