//! The DID document of another maker: the key that it lists for signing, and where it offers what. DCP 1.0.1 asks that the key of a token is named in
//! `capabilityInvocation`; documents in use name it in `authentication` or nowhere, and write its id absolute, as `#fragment` or as the bare fragment,
//! so all of that is read.
//!
//! Never accepted: a document of another subject, a key of another controller, a key for encryption only, two keys of one name.

use serde::Deserialize;
use serde_json::Value;
use xinyu_crypto::ForeignKey;
use xinyu_protocol::json;

use crate::did::{DOCUMENT_LIMITS, DidWeb};
use crate::error::IdentityError;
use crate::token::TokenKind;

/// A document that was fetched, and is that of the DID it was fetched for.
#[derive(Clone, Debug)]
pub struct ForeignDocument {
    did: DidWeb,
    document: Document,
}

impl ForeignDocument {
    /// Reads the document of `did`: one that names another subject is how one host speaks for another.
    ///
    /// # Errors
    /// If it is no DID document of at most 64 KiB, or that of another subject.
    pub fn parse(bytes: &[u8], did: &DidWeb) -> Result<Self, IdentityError> {
        let bad = |reason: String| IdentityError::BadDidDocument { did: did.to_string(), reason };
        let document: Document = json::parse(bytes, DOCUMENT_LIMITS).map_err(|error| bad(error.to_string()))?;
        if document.id != did.as_str() {
            return Err(bad(format!("its id is {}", short(&document.id))));
        }
        Ok(Self { did: did.clone(), document })
    }

    /// Whose it is.
    #[must_use]
    pub fn did(&self) -> &DidWeb {
        &self.did
    }

    /// The key named `kid`, or the only one; `token` is what it is to verify.
    ///
    /// # Errors
    /// If there is no such key for signing.
    pub fn signing_key(&self, token: TokenKind, kid: Option<&str>) -> Result<ForeignKey, IdentityError> {
        let did = &self.did;
        let bad = |reason: String| IdentityError::BadDidDocument { did: did.to_string(), reason };
        let method = self.document.method(did, token, kid)?;
        let id = short(&method.id);
        if method.controller.as_ref().is_some_and(|controller| controller != did.as_str()) {
            return Err(bad(format!("key {id} is controlled by somebody else")));
        }
        if !self.document.is_for(token, did, method) {
            return Err(bad(format!("key {id} is not listed for signing")));
        }
        let jwk = method.public_key_jwk.as_ref().ok_or_else(|| bad(format!("key {id} has no publicKeyJwk")))?;
        ForeignKey::from_jwk(jwk).map_err(|error| bad(format!("key {id}: {error}")))
    }

    /// Where the subject offers a service of this type. Without a slash at the end.
    ///
    /// # Errors
    /// If it offers none.
    pub fn service(&self, kind: &str) -> Result<&str, IdentityError> {
        let services = self.document.service.iter().flatten();
        let endpoint = services.filter(|service| service.kind == kind).find_map(|one| one.service_endpoint.as_str());
        endpoint.map(|url| url.trim_end_matches('/')).ok_or_else(|| IdentityError::BadDidDocument {
            did: self.did.to_string(),
            reason: format!("it names no {kind}"),
        })
    }
}

impl ForeignDocument {
    /// Where the subject offers services, of whatever type. Without a slash at the end.
    pub fn endpoints(&self) -> impl Iterator<Item = &str> {
        let all = self.document.service.iter().flatten().filter_map(|service| service.service_endpoint.as_str());
        all.map(|url| url.trim_end_matches('/'))
    }
}

/// The members that have a meaning here. `null` stands for an empty list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    id: String,
    verification_method: Option<Vec<Method>>,
    authentication: Option<Vec<Reference>>,
    assertion_method: Option<Vec<Reference>>,
    capability_invocation: Option<Vec<Reference>>,
    capability_delegation: Option<Vec<Reference>>,
    key_agreement: Option<Vec<Reference>>,
    service: Option<Vec<Service>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    #[serde(rename = "type")]
    kind: Value,
    #[serde(default)]
    service_endpoint: Value,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Method {
    id: String,
    controller: Option<String>,
    public_key_jwk: Option<Value>,
}

/// A key in its relationship to the subject: named, or written out in place (DID 1.0 §5.3).
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Reference {
    Name(String),
    Embedded(Method),
}

impl Document {
    fn method(&self, did: &DidWeb, token: TokenKind, kid: Option<&str>) -> Result<&Method, IdentityError> {
        let embedded = self.signing().filter_map(|reference| match reference {
            Reference::Embedded(method) => Some(method),
            Reference::Name(_) => None,
        });
        let all = self.verification_method.iter().flatten().chain(embedded);
        let Some(kid) = kid else {
            let all: Vec<&Method> = all.collect();
            let [only] = all.as_slice() else {
                let reason = format!("header has no kid, and its signer has {} keys", all.len());
                return Err(IdentityError::Malformed { token, reason });
            };
            return Ok(only);
        };
        let unknown = || IdentityError::UnknownKey { token, kid: short(kid) };
        let wanted = absolute(did, kid).ok_or_else(unknown)?;
        let mut found = all.filter(|method| absolute(did, &method.id).as_ref() == Some(&wanted));
        let method = found.next().ok_or_else(unknown)?;
        if found.next().is_some() {
            let reason = format!("it has two keys {}", short(kid));
            return Err(IdentityError::BadDidDocument { did: did.to_string(), reason });
        }
        Ok(method)
    }

    /// Listed in the relationship that a token of this kind asks for; where the document states none such, in any for signing; where it states none
    /// at all, in none. A person logs in with a key that is listed for authentication, and with no other.
    fn is_for(&self, token: TokenKind, did: &DidWeb, method: &Method) -> bool {
        let id = absolute(did, &method.id);
        let names = |reference: &Reference| match reference {
            Reference::Name(name) | Reference::Embedded(Method { id: name, .. }) => absolute(did, name) == id,
        };
        if token == TokenKind::Login {
            return self.authentication.iter().flatten().any(names);
        }
        let asked: &[&Option<Vec<Reference>>] = match token {
            TokenKind::Verifiable => &[&self.assertion_method],
            TokenKind::Presentation => &[&self.authentication],
            _ => &[&self.capability_invocation, &self.authentication],
        };
        let mut listed = asked.iter().copied().flatten().flatten().peekable();
        if listed.peek().is_some() {
            return listed.any(names);
        }
        if self.signing().next().is_none() {
            return !self.key_agreement.iter().flatten().any(names);
        }
        self.signing().any(names)
    }

    fn signing(&self) -> impl Iterator<Item = &Reference> {
        [&self.capability_invocation, &self.authentication, &self.assertion_method, &self.capability_delegation]
            .into_iter()
            .flatten()
            .flatten()
    }
}

/// The DID URL of a key of `did`, from whatever form it is written in; none for a key of another subject.
fn absolute(did: &DidWeb, id: &str) -> Option<String> {
    let fragment = match id.strip_prefix(did.as_str()) {
        Some(rest) => rest.strip_prefix('#')?,
        None => id.strip_prefix('#').unwrap_or(id),
    };
    let is_fragment = !fragment.is_empty() && !fragment.contains(['#', '/', '?']) && !fragment.starts_with("did:");
    is_fragment.then(|| format!("{did}#{fragment}"))
}

fn short(text: &str) -> String {
    text.chars().take(128).collect()
}
