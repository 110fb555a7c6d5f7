//! Issuing a credential in either profile.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use xinyu_protocol::dcp::Profile;

use super::{BASE_TYPE, CONTEXT_11, CONTEXT_20};
use crate::did::DidWeb;
use crate::self_issued::Signer;

/// A credential before it is signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Which data model.
    pub profile: Profile,
    /// Its id, a URI.
    pub id: String,
    /// Its type beside `VerifiableCredential`.
    pub kind: String,
    /// Whom it is about.
    pub holder: DidWeb,
    /// What it says, without `id`.
    pub claims: Map<String, Value>,
    /// From when on it is valid.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The list in which it stands when it is revoked, and its place there.
    pub status: (String, u64),
    /// Where the schema of its subject is.
    pub schema: String,
}

impl Draft {
    /// Signs it.
    #[must_use]
    pub fn issue(&self, issuer: Signer<'_>) -> String {
        let mut subject = self.claims.clone();
        subject.insert("id".to_owned(), Value::String(self.holder.to_string()));
        let (list, index) = &self.status;
        let status = |kind: &str| {
            json!({
                "id": format!("{list}#{index}"), "type": kind, "statusPurpose": "revocation",
                "statusListIndex": index.to_string(), "statusListCredential": list,
            })
        };
        let types = json!([BASE_TYPE, self.kind]);
        let (nbf, exp) = (self.from.as_second(), self.until.as_second());
        match self.profile {
            Profile::Vc11Sl2021Jwt => {
                let vc = json!({
                    "@context": [CONTEXT_11, CONTEXT_STATUS], "id": self.id, "type": types, "issuer": issuer.did,
                    "issuanceDate": self.from, "expirationDate": self.until, "credentialSubject": subject,
                    "credentialStatus": status("StatusList2021Entry"),
                    "credentialSchema": { "id": self.schema, "type": "JsonSchemaValidator2018" },
                });
                let claims = json!({
                    "iss": issuer.did, "sub": self.holder, "jti": self.id, "iat": nbf, "nbf": nbf, "exp": exp, "vc": vc,
                });
                issuer.sign("JWT", &claims)
            }
            Profile::Vc20BsslJwt => {
                let claims = json!({
                    "@context": [CONTEXT_20, CONTEXT_OURS], "id": self.id, "type": types, "issuer": issuer.did,
                    "validFrom": self.from, "validUntil": self.until, "credentialSubject": subject,
                    "credentialStatus": status("BitstringStatusListEntry"),
                    "credentialSchema": { "id": self.schema, "type": "JsonSchema" },
                    "iss": issuer.did, "sub": self.holder, "jti": self.id, "iat": nbf, "nbf": nbf, "exp": exp,
                });
                issuer.sign("vc+jwt", &claims)
            }
        }
    }
}

/// Terms of the status list in 1.1.
const CONTEXT_STATUS: &str = "https://w3id.org/vc/status-list/2021/v1";
/// In 2.0, where our terms come from that no standard has.
const CONTEXT_OURS: &str = "https://www.w3.org/ns/credentials/undefined-terms/v2";
