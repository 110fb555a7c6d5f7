//! Verifiable presentations as JWTs: credentials, wrapped by their holder for one verifier. DCP 1.0.1 §5.4.3 and App. A: a claim `vp` around JWTs in the
//! 1.1 profile; in 2.0 the payload is the presentation, and the credentials stand in it enveloped.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use xinyu_crypto::ForeignJws;
use xinyu_protocol::dcp::Profile;
use xinyu_protocol::json::{self, Limits};

use crate::client_token::{LEEWAY_SECONDS, MAX_LIFE_SECONDS};
use crate::did::DidWeb;
use crate::document::ForeignDocument;
use crate::error::{Claim, IdentityError};
use crate::self_issued::{LIFE_SECONDS, Signer};
use crate::token::{self, TokenKind, Window};
use crate::vc::{CONTEXT_11, CONTEXT_20};

const KIND: TokenKind = TokenKind::Presentation;
/// How many credentials are read of one presentation.
const MANY: usize = 64;
const LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 16 };

/// A presentation that was read. It is its holder's once [`Presentation::verify`] has found the signature to be good.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// Who presents.
    pub holder: DidWeb,
    /// The credentials in it, not read yet.
    pub credentials: Vec<String>,
    jws: ForeignJws,
}

impl Presentation {
    /// Reads a presentation that must be for `audience`, and for now.
    ///
    /// # Errors
    /// If it is neither of the one form nor of the other, for somebody else, or not valid now.
    pub fn parse(text: &str, audience: &DidWeb, now: Timestamp) -> Result<Self, IdentityError> {
        let jws = ForeignJws::parse(text)
            .map_err(|error| IdentityError::Malformed { token: KIND, reason: error.to_string() })?;
        if let Some(typ) = jws.typ().filter(|typ| !TYPES.iter().any(|known| known.eq_ignore_ascii_case(typ))) {
            let reason = format!("{}, not {}", typ.chars().take(64).collect::<String>(), KIND.typ());
            return Err(IdentityError::WrongType { token: KIND, reason });
        }
        let claims: Map<String, Value> =
            json::parse(jws.payload_unverified(), LIMITS).map_err(|error| bad(error.to_string()))?;
        let around: Around =
            serde_json::from_value(Value::Object(claims.clone())).map_err(|error| bad(error.to_string()))?;
        let aud = match &around.aud {
            Audience::One(one) | Audience::Listed([one]) => one,
        };
        token::same(KIND, Claim::Audience, audience.as_str(), aud)?;
        let holder = DidWeb::parse(&around.iss)?;
        if let Some(sub) = &around.sub {
            token::same(KIND, Claim::Subject, holder.as_str(), sub)?;
        }
        let not_before = around.nbf.unwrap_or(around.iat);
        let window = Window { issued: around.iat, not_before, expires: around.exp };
        window.check_within(KIND, MAX_LIFE_SECONDS, LEEWAY_SECONDS, now)?;
        let bodies = match claims.get("vp") {
            Some(Value::Object(one)) => vec![one.clone()],
            Some(Value::Array(all)) if all.len() <= MANY => all
                .iter()
                .map(|one| one.as_object().cloned().ok_or_else(|| bad("vp holds no object")))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(bad("vp is neither an object nor a list of them")),
            None => vec![claims],
        };
        let mut credentials = Vec::new();
        for body in &bodies {
            if let Some(named) = body.get("holder") {
                let named = named.as_str().or_else(|| named.get("id").and_then(Value::as_str)).unwrap_or_default();
                token::same(KIND, Claim::Holder, holder.as_str(), named)?;
            }
            credentials.extend(credentials_of(body)?);
        }
        if credentials.len() > MANY {
            return Err(bad(format!("it has more than {MANY} credentials")));
        }
        Ok(Self { holder, credentials, jws })
    }

    /// That it is signed by a key that the holder's document lists.
    ///
    /// # Errors
    /// If the document is another's, names no such key, or the signature is not that key's.
    pub fn verify(&self, holder: &ForeignDocument) -> Result<(), IdentityError> {
        token::same(KIND, Claim::Issuer, holder.did().as_str(), self.holder.as_str())?;
        let key = holder.signing_key(KIND, self.jws.kid())?;
        let verified = self.jws.verify(&key);
        verified.map_err(|error| IdentityError::BadSignature { token: KIND, reason: error.to_string() })?;
        Ok(())
    }
}

/// Presents credentials of one profile to `audience`.
#[must_use]
pub fn present(
    holder: Signer<'_>,
    profile: Profile,
    audience: &str,
    credentials: &[String],
    jti: Uuid,
    now: Timestamp,
) -> String {
    let iat = now.as_second();
    let around = json!({
        "iss": holder.did, "sub": holder.did, "aud": audience, "jti": jti, "iat": iat, "nbf": iat,
        "exp": iat.saturating_add(LIFE_SECONDS),
    });
    let (typ, inner) = match profile {
        Profile::Vc11Sl2021Jwt => {
            let vp = json!({
                "@context": [CONTEXT_11], "id": format!("urn:uuid:{jti}"), "type": ["VerifiablePresentation"],
                "holder": holder.did, "verifiableCredential": credentials,
            });
            ("JWT", json!({ "vp": vp }))
        }
        Profile::Vc20BsslJwt => {
            let enveloped = |credential: &String| {
                json!({
                    "@context": CONTEXT_20, "id": format!("{ENVELOPE}{credential}"),
                    "type": "EnvelopedVerifiableCredential",
                })
            };
            let all: Vec<Value> = credentials.iter().map(enveloped).collect();
            let vp = json!({
                "@context": [CONTEXT_20], "id": format!("urn:uuid:{jti}"), "type": ["VerifiablePresentation"],
                "holder": holder.did, "verifiableCredential": all,
            });
            ("vp+jwt", vp)
        }
    };
    let mut claims = inner;
    if let (Some(claims), Value::Object(around)) = (claims.as_object_mut(), around) {
        claims.extend(around);
    }
    holder.sign(typ, &claims)
}

fn credentials_of(body: &Map<String, Value>) -> Result<Vec<String>, IdentityError> {
    let all = match body.get("verifiableCredential") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    let text = |one: &Value| match one {
        Value::String(jwt) => Ok(jwt.clone()),
        Value::Object(enveloped) => {
            let data = enveloped.get("id").and_then(Value::as_str).unwrap_or_default();
            let jwt = ENVELOPES.iter().find_map(|prefix| data.strip_prefix(prefix));
            jwt.map(str::to_owned).ok_or_else(|| bad("a credential is neither a jwt nor an envelope around one"))
        }
        _ => Err(bad("a credential is neither a text nor an object")),
    };
    all.iter().map(text).collect()
}

/// The claims of the token around a presentation.
#[derive(Deserialize)]
struct Around {
    iss: String,
    #[serde(default)]
    sub: Option<String>,
    aud: Audience,
    iat: i64,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Listed([String; 1]),
}

fn bad(reason: impl Into<String>) -> IdentityError {
    IdentityError::BadClaims { token: KIND, reason: reason.into() }
}

const TYPES: [&str; 4] = ["JWT", "vp+jwt", "vp+ld+jwt", "vp+ld+json+jwt"];
const ENVELOPE: &str = "data:application/vc+jwt,";
const ENVELOPES: [&str; 3] = [ENVELOPE, "data:application/vc+ld+json+jwt,", "data:application/vc-ld+jwt,"];

#[cfg(test)]
mod tests;
