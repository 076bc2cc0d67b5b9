//! ID tokens (`OpenID` Connect Core 1.0 §3.1.3.7).

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Micros, object::SecretText};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::Jwk};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::OidcError;

/// How far the provider's clock may differ, in seconds.
const LEEWAY: i64 = 60;

/// Signatures by a key that only the provider has. What a shared secret signs, and what nothing signs, is not among them.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a token has to say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a SecretText,
}

/// Gives what is sent ahead of a verifier (RFC 7636 §4.2).
pub(super) fn challenge(verifier: &SecretText) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose().as_bytes()))
}

/// Tells whether a token names one of these keys.
pub(super) fn names_known_key(token: &str, keys: &[Jwk]) -> bool {
    decode_header(token).is_ok_and(|header| key_of(header.kid.as_deref(), keys).is_some())
}

/// Verifies a token; gives its claims.
pub(super) fn verify(
    token: &str,
    keys: &[Jwk],
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, OidcError> {
    let wrong = |error: jsonwebtoken::errors::Error| OidcError::Token(error.to_string());
    let invalid = |why: &str| OidcError::Token(why.to_owned());
    let header = decode_header(token).map_err(wrong)?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(invalid("its algorithm is not accepted"));
    }
    let key = key_of(header.kid.as_deref(), keys).ok_or_else(|| invalid("its key is not the provider's"))?;
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY.unsigned_abs();
    validation.validate_nbf = true;
    validation.set_audience(&[expected.client]);
    validation.set_issuer(&[expected.issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let key = DecodingKey::from_jwk(key).map_err(wrong)?;
    let claims = decode::<Map<String, Value>>(token, &key, &validation)
        .map_err(wrong)?
        .claims;
    let now = Micros::now().0 / 1_000_000;
    let issued = claims.get("iat").and_then(Value::as_i64);
    if issued.is_none_or(|issued| issued > now + LEEWAY) {
        return Err(invalid("it was issued in the future, or does not say when"));
    }
    let nonce = claims.get("nonce").and_then(Value::as_str).unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.expose().as_bytes())) {
        return Err(OidcError::Nonce);
    }
    let several = claims
        .get("aud")
        .and_then(Value::as_array)
        .is_some_and(|all| all.len() > 1);
    match claims.get("azp").and_then(Value::as_str) {
        Some(party) if party != expected.client => Err(OidcError::Party),
        None if several => Err(OidcError::Party),
        _ => Ok(claims),
    }
}

/// Gives the key of a name; without a name the only one.
fn key_of<'a>(name: Option<&str>, keys: &'a [Jwk]) -> Option<&'a Jwk> {
    match (name, keys) {
        (Some(name), _) => keys.iter().find(|key| key.common.key_id.as_deref() == Some(name)),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}
