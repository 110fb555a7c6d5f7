//! The signature of an ID token. Which algorithm it is by is decided by the provider's key, never by the token: RSA keys sign RS256 or PS256, P-256 keys
//! ES256, Ed25519 keys EdDSA. There is no `none` and no HMAC, whose key would be our own secret. Keys come from the provider's `jwks_uri`, never from the
//! token.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use xinyu_crypto::ForeignKey;
use xinyu_http::json::read_json;

/// The keys of a provider.
#[derive(Deserialize)]
pub(super) struct KeySet {
    keys: Vec<Value>,
}

/// The longest token.
const MAX_BYTES: usize = 64 * 1024;
/// More keys than any provider has.
const MAX_KEYS: usize = 50;

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
    #[serde(default)]
    b64: Option<IgnoredAny>,
}

/// The payload of a token that one of the keys signed.
pub(super) fn verified(token: &str, keys: &KeySet) -> Result<Vec<u8>, &'static str> {
    if token.len() > MAX_BYTES || keys.keys.len() > MAX_KEYS {
        return Err("it, or the set of keys, is too large");
    }
    let (signed, signature) = token.rsplit_once('.').ok_or("it is no JWS")?;
    let (header, payload) = signed.split_once('.').ok_or("it is no JWS")?;
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| "it is not base64url");
    let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
    let header: Header = read_json(&header).map_err(|_| "its header is malformed")?;
    if header.crit.is_some() || header.b64.is_some() {
        return Err("its header insists on extensions");
    }
    let is_named = |jwk: &&Value| match &header.kid {
        Some(kid) => text(jwk, "kid") == Some(kid),
        None => true,
    };
    let mut named = keys.keys.iter().filter(is_named).filter(|jwk| is_for_signing(jwk));
    let (Some(key), None) = (named.next(), named.next()) else {
        return Err("its key is not one of the provider's");
    };
    if text(key, "alg").is_some_and(|alg| alg != header.alg) {
        return Err("its algorithm is not that of the key");
    }
    if is_signed(&header.alg, key, signed.as_bytes(), &signature) { Ok(payload) } else { Err("its signature is wrong") }
}

fn is_signed(alg: &str, jwk: &Value, message: &[u8], signature: &[u8]) -> bool {
    if text(jwk, "kty") != Some("RSA") {
        return ForeignKey::from_jwk(jwk)
            .is_ok_and(|key| key.algorithm() == alg && key.verify(message, signature).is_ok());
    }
    let parameters = match alg {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        _ => return false,
    };
    let number = |name: &str| text(jwk, name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    match (number("n"), number("e")) {
        (Some(n), Some(e)) => RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok(),
        _ => false,
    }
}

fn is_for_signing(jwk: &Value) -> bool {
    text(jwk, "use").is_none_or(|purpose| purpose == "sig") && jwk.get("d").is_none()
}

fn text<'v>(jwk: &'v Value, name: &str) -> Option<&'v str> {
    jwk.get(name)?.as_str()
}
