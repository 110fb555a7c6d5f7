//! The client of the data: its key, its `did:web` document, and the token by which it asks for a new one. DPS profile Token Renewal.

use anyhow::{Context, anyhow};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::Url;

use crate::kit::fresh;

/// A client with a P-256 key, as the official kit's.
#[derive(Debug)]
pub(super) struct DataClient {
    did: String,
    key_id: String,
    key: EcdsaKeyPair,
}

impl DataClient {
    /// A new key, for a document that stands at the address.
    pub(super) fn new(address: &str) -> anyhow::Result<Self> {
        let url = Url::parse(address).with_context(|| format!("the kit's address {address}"))?;
        let host = url.host_str().with_context(|| format!("the kit's address {address} names no host"))?;
        let did = match url.port() {
            Some(port) => format!("did:web:{host}%3A{port}"),
            None => format!("did:web:{host}"),
        };
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| anyhow!("no P-256 key"))?;
        Ok(Self { did, key_id: fresh::id(), key })
    }

    pub(super) fn did(&self) -> &str {
        &self.did
    }

    /// What `/.well-known/did.json` shows.
    pub(super) fn did_document(&self) -> Value {
        let method = self.method();
        // An uncompressed point: a byte 4, then both coordinates.
        let point = self.key.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "kid": self.key_id,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        });
        json!({
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": self.did,
            "verificationMethod": [
                {"id": method, "type": "JsonWebKey2020", "controller": self.did, "publicKeyJwk": jwk},
            ],
            "authentication": [method],
            "assertionMethod": [method],
            "capabilityInvocation": [method],
        })
    }

    /// The `Authorization` header of a request for a new token.
    pub(super) fn bearer(&self, audience: &str, access_token: &str) -> anyhow::Result<String> {
        let now = fresh::seconds();
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": self.method()});
        let claims = json!({
            "iss": self.did, "sub": self.did, "aud": audience, "token": access_token, "jti": fresh::id(),
            "iat": now, "exp": now + LIFETIME_SECONDS,
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature =
            self.key.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| anyhow!("the key does not sign"))?;
        Ok(format!("Bearer {signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn method(&self) -> String {
        format!("{}#{}", self.did, self.key_id)
    }
}

const LIFETIME_SECONDS: i64 = 600;
