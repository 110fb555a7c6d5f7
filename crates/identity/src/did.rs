//! `did:web` names and their documents (W3C DID 1.0, did:web method): how connectors of other makers learn our keys and where our catalogue is.
//! Between Xinyu nodes the credential says both, and nothing has to be fetched. Fetching is the shell's, behind its egress guard.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::{Host, Url};
use xinyu_crypto::{KeyChain, PublicKey, PublicKeys, Suite};
use xinyu_protocol::json::{self as wire, Limits};

use crate::error::IdentityError;

/// A `did:web` that stands for one base URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DidWeb(String);

impl DidWeb {
    /// Parses the canonical form: lower-case host, port as `%3A`, path segments of unreserved characters.
    ///
    /// # Errors
    /// If it is another method, or not in that form: percent-encoding beyond the port is how a DID names a host that the reader does not see.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let bad =
            |reason: &str| IdentityError::BadDid { did: text.chars().take(256).collect(), reason: reason.to_owned() };
        let rest = text.strip_prefix(PREFIX).ok_or_else(|| bad("does not begin with did:web:"))?;
        let mut parts = rest.split(':');
        let authority = parts.next().unwrap_or_default().replacen("%3A", ":", 1);
        let mut base = format!("https://{authority}");
        for segment in parts {
            base.push('/');
            base.push_str(segment);
        }
        let did = Self::from_base_url(&base).map_err(|_| bad("does not stand for a base url"))?;
        if did.0 == text { Ok(did) } else { Err(bad("is not in canonical form")) }
    }

    /// The DID of a base URL, `http` or `https`. A trailing slash does not matter.
    ///
    /// # Errors
    /// If it is no such URL, has a user, query or fragment, an IPv6 host, or a path with anything but unreserved characters.
    pub fn from_base_url(base: &str) -> Result<Self, IdentityError> {
        let bad =
            |reason: &str| IdentityError::BadDid { did: base.chars().take(256).collect(), reason: reason.to_owned() };
        let url = Url::parse(base).map_err(|error| bad(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("is not an http url"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(bad("has a user, query or fragment"));
        }
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(_)) | None => return Err(bad("has no host that did:web can name")),
        };
        let mut did = format!("{PREFIX}{host}");
        if let Some(port) = url.port() {
            did.push_str(&format!("%3A{port}"));
        }
        let path = url.path().strip_suffix('/').unwrap_or(url.path());
        for segment in path.split('/').skip(1) {
            if segment.is_empty() || !segment.bytes().all(is_unreserved) {
                return Err(bad("has a path that did:web cannot name"));
            }
            did.push(':');
            did.push_str(segment);
        }
        Ok(Self(did))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The base URL it stands for, without a trailing slash. The method prescribes `https`; `http` is for development.
    #[must_use]
    pub fn base_url(&self, scheme: &str) -> String {
        let rest = self.0.strip_prefix(PREFIX).unwrap_or_default();
        let (authority, path) = rest.split_once(':').unwrap_or((rest, ""));
        let slash = if path.is_empty() { "" } else { "/" };
        format!("{scheme}://{}{slash}{}", authority.replacen("%3A", ":", 1), path.replace(':', "/"))
    }

    /// Where its document is: `/.well-known/did.json` of a host, `did.json` below a path.
    #[must_use]
    pub fn document_url(&self, scheme: &str) -> String {
        let has_path = self.0.strip_prefix(PREFIX).is_some_and(|rest| rest.contains(':'));
        let folder = if has_path { "" } else { "/.well-known" };
        format!("{}{folder}/did.json", self.base_url(scheme))
    }
}

impl fmt::Display for DidWeb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for DidWeb {
    type Error = IdentityError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<DidWeb> for String {
    fn from(did: DidWeb) -> Self {
        did.0
    }
}

/// A DID document. Members of other makers that we do not use are dropped on reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DidDocument {
    /// JSON-LD contexts; never fetched.
    #[serde(rename = "@context")]
    pub context: Value,
    /// The subject.
    pub id: String,
    /// Its public keys.
    #[serde(default)]
    pub verification_method: Vec<VerificationMethod>,
    /// Keys that authenticate it.
    #[serde(default)]
    pub authentication: Vec<String>,
    /// Keys that sign credentials and contracts for it.
    #[serde(default)]
    pub assertion_method: Vec<String>,
    /// Keys that sign self-issued tokens (DCP 1.0.1).
    #[serde(default)]
    pub capability_invocation: Vec<String>,
    /// Keys to encrypt for it.
    #[serde(default)]
    pub key_agreement: Vec<String>,
    /// Where it offers what.
    #[serde(default)]
    pub service: Vec<Service>,
}

/// One public key in a DID document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationMethod {
    /// The DID, `#`, the key id.
    pub id: String,
    /// `JsonWebKey2020`.
    pub r#type: String,
    /// Who holds the private key.
    pub controller: String,
    /// The key. Kept as JSON: other makers use curves that we do not.
    #[serde(default)]
    pub public_key_jwk: Value,
}

/// One service in a DID document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// The DID, `#`, a name.
    pub id: String,
    /// Such as `CatalogService` (DSP 2025-1).
    pub r#type: String,
    /// Its URL.
    pub service_endpoint: Value,
}

impl DidDocument {
    /// The document of a node: its keys of both suites, and the catalogue at `{dsp_base}/catalog`.
    #[must_use]
    pub fn new(did: &DidWeb, keys: &PublicKeys, dsp_base: &str) -> Self {
        let method = |kid: String, jwk: Result<Value, serde_json::Error>| VerificationMethod {
            id: format!("{did}#{kid}"),
            r#type: KEY_TYPE.to_owned(),
            controller: did.to_string(),
            public_key_jwk: jwk.unwrap_or(Value::Null),
        };
        let signing: Vec<_> =
            SUITES.map(|suite| keys.signing(suite)).map(|key| method(key.kid(), serde_json::to_value(key))).into();
        let sealing: Vec<_> =
            SUITES.map(|suite| keys.sealing(suite)).map(|key| method(key.kid(), serde_json::to_value(key))).into();
        let ids = |methods: &[VerificationMethod]| methods.iter().map(|method| method.id.clone()).collect::<Vec<_>>();
        Self {
            context: json!(["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"]),
            id: did.to_string(),
            authentication: ids(&signing),
            assertion_method: ids(&signing),
            capability_invocation: ids(&signing),
            key_agreement: ids(&sealing),
            verification_method: signing.into_iter().chain(sealing).collect(),
            service: vec![Service {
                id: format!("{did}#catalog"),
                r#type: CATALOG_SERVICE.to_owned(),
                service_endpoint: format!("{}/catalog", dsp_base.trim_end_matches('/')).into(),
            }],
        }
    }

    /// With the keys that participants of other makers verify: the one that signs now for everything, those before it for what they signed.
    #[must_use]
    pub fn with_chain(mut self, chain: &KeyChain) -> Self {
        for link in chain.believed() {
            let id = format!("{}#{}", self.id, link.key.kid());
            self.assertion_method.push(id.clone());
            if link.retired_at.is_none() {
                self.authentication.push(id.clone());
                self.capability_invocation.push(id.clone());
            }
            self.verification_method.push(VerificationMethod {
                id,
                r#type: KEY_TYPE.to_owned(),
                controller: self.id.clone(),
                public_key_jwk: link.key.public_jwk(),
            });
        }
        self
    }

    /// With a service at a URL.
    #[must_use]
    pub fn with_service(mut self, kind: &str, url: &str) -> Self {
        let (id, r#type) = (format!("{}#{kind}", self.id), kind.to_owned());
        self.service.push(Service { id, r#type, service_endpoint: url.into() });
        self
    }

    /// Reads a fetched document, which must be that of `did`: a document that names another subject is how one host speaks for another.
    ///
    /// # Errors
    /// If it is no DID document, or that of another subject.
    pub fn parse(bytes: &[u8], did: &DidWeb) -> Result<Self, IdentityError> {
        let bad = |reason: String| IdentityError::BadDidDocument { did: did.to_string(), reason };
        let document: Self = wire::parse(bytes, DOCUMENT_LIMITS).map_err(|error| bad(error.to_string()))?;
        if document.id != did.0 {
            return Err(bad(format!("its id is {}", document.id)));
        }
        Ok(document)
    }

    /// The key that signs self-issued tokens under this id (a DID URL): it must be listed for that use and be controlled by the subject.
    #[must_use]
    pub fn invocation_key(&self, id: &str) -> Option<PublicKey> {
        if !self.capability_invocation.iter().any(|listed| listed == id) {
            return None;
        }
        let method = self.verification_method.iter().find(|method| method.id == id)?;
        if method.controller != self.id {
            return None;
        }
        serde_json::from_value(method.public_key_jwk.clone()).ok()
    }

    /// Where the subject offers its catalogue.
    #[must_use]
    pub fn catalog_endpoint(&self) -> Option<&str> {
        self.service.iter().find(|service| service.r#type == CATALOG_SERVICE)?.service_endpoint.as_str()
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const PREFIX: &str = "did:web:";
const KEY_TYPE: &str = "JsonWebKey2020";
const CATALOG_SERVICE: &str = "CatalogService";
const SUITES: [Suite; 2] = [Suite::Sm, Suite::Intl];
pub(crate) const DOCUMENT_LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 16 };

#[cfg(test)]
mod tests;
