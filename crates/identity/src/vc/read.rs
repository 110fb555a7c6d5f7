//! Reading a credential: the one form or the other, into what both mean.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use xinyu_crypto::ForeignJws;
use xinyu_protocol::dcp::Profile;
use xinyu_protocol::json::{self, Limits};

use super::{SchemaRef, StatusRef, VerifiableCredential};
use crate::did::DidWeb;
use crate::error::{Claim, IdentityError};
use crate::token::{self, TokenKind};

const KIND: TokenKind = TokenKind::Verifiable;
const LIMITS: Limits = Limits { bytes: 48 * 1024, depth: 16 };
/// How many subjects, places in lists and schemas are read of one credential.
const MANY: usize = 16;

/// What is wrong with a credential's form.
fn bad(reason: impl Into<String>) -> IdentityError {
    IdentityError::BadClaims { token: KIND, reason: reason.into() }
}

pub(super) fn credential(text: &str) -> Result<VerifiableCredential, IdentityError> {
    let jws =
        ForeignJws::parse(text).map_err(|error| IdentityError::Malformed { token: KIND, reason: error.to_string() })?;
    if let Some(typ) = jws.typ().filter(|typ| !TYPES.iter().any(|known| known.eq_ignore_ascii_case(typ))) {
        let reason = format!("{}, not {}", typ.chars().take(64).collect::<String>(), KIND.typ());
        return Err(IdentityError::WrongType { token: KIND, reason });
    }
    let claims: Map<String, Value> =
        json::parse(jws.payload_unverified(), LIMITS).map_err(|error| bad(error.to_string()))?;
    let around: Around =
        serde_json::from_value(Value::Object(claims.clone())).map_err(|error| bad(error.to_string()))?;
    let (profile, body) = match claims.get("vc") {
        Some(Value::Object(body)) => (Profile::Vc11Sl2021Jwt, body.clone()),
        Some(_) => return Err(bad("vc is not an object")),
        None => (Profile::Vc20BsslJwt, claims),
    };
    let issuer = issuer(&body, &around)?;
    let types = words(&body, "type")?;
    if types.is_empty() {
        return Err(bad("it has no type"));
    }
    let subjects = objects(&body, "credentialSubject")?;
    if subjects.is_empty() {
        return Err(bad("it has no credentialSubject"));
    }
    // Some issuers name the credential there, not its subject. What says whom it is about is the subject's own id.
    if let Some(sub) = around.sub.as_ref().filter(|sub| sub.starts_with("did:")) {
        for id in subjects.iter().filter_map(|subject| subject.get("id").and_then(Value::as_str)) {
            token::same(KIND, Claim::Subject, sub, id)?;
        }
    }
    let (from, until) = match profile {
        Profile::Vc11Sl2021Jwt => ("issuanceDate", "expirationDate"),
        Profile::Vc20BsslJwt => ("validFrom", "validUntil"),
    };
    let begins = [time(&body, from)?, seconds("nbf", around.nbf)?];
    let valid_from = begins.into_iter().flatten().max().ok_or_else(|| bad(format!("it has no {from}")))?;
    let ends = [time(&body, until)?, seconds("exp", around.exp)?];
    let id = match body.get("id") {
        None => around.jti.clone(),
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err(bad("id is not a text")),
    };
    Ok(VerifiableCredential {
        profile,
        id,
        types,
        issuer,
        valid_from,
        valid_until: ends.into_iter().flatten().min(),
        statuses: objects(&body, "credentialStatus")?.iter().map(status).collect::<Result<_, _>>()?,
        schemas: objects(&body, "credentialSchema")?.iter().map(schema).collect::<Result<_, _>>()?,
        subjects,
        jws,
    })
}

/// The claims of the token around a credential, all optional in 2.0.
#[derive(Deserialize)]
struct Around {
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    jti: Option<String>,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    exp: Option<i64>,
}

fn issuer(body: &Map<String, Value>, around: &Around) -> Result<DidWeb, IdentityError> {
    let named = match body.get("issuer") {
        Some(Value::String(one)) => Some(one.as_str()),
        Some(Value::Object(one)) => Some(one.get("id").and_then(Value::as_str).ok_or_else(|| bad("issuer has no id"))?),
        Some(_) => return Err(bad("issuer is neither a text nor an object")),
        None => None,
    };
    let issuer = named.or(around.iss.as_deref()).ok_or_else(|| bad("it has no issuer"))?;
    if let Some(iss) = &around.iss {
        token::same(KIND, Claim::Issuer, iss, issuer)?;
    }
    DidWeb::parse(issuer)
}

/// One text or a list of texts.
fn words(body: &Map<String, Value>, name: &str) -> Result<Vec<String>, IdentityError> {
    let wrong = || bad(format!("{name} is not a text or a list of texts"));
    match body.get(name) {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(all)) if all.len() <= MANY => {
            all.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// One object or a list of objects; `null` is none.
fn objects(body: &Map<String, Value>, name: &str) -> Result<Vec<Map<String, Value>>, IdentityError> {
    let wrong = || bad(format!("{name} is not an object or a list of at most {MANY}"));
    match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(all)) if all.len() <= MANY => {
            all.iter().map(|one| one.as_object().cloned().ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn time(body: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, IdentityError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => match text.parse() {
            Ok(time) => Ok(Some(time)),
            Err(_) => Err(bad(format!("{name} is no time"))),
        },
        Some(_) => Err(bad(format!("{name} is no time"))),
    }
}

fn seconds(name: &str, value: Option<i64>) -> Result<Option<Timestamp>, IdentityError> {
    value.map(|seconds| Timestamp::from_second(seconds).map_err(|_| bad(format!("{name} is no time")))).transpose()
}

/// A kind of list that we do not know cannot be looked up, so the credential cannot be believed.
fn status(entry: &Map<String, Value>) -> Result<StatusRef, IdentityError> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let kind = text("type").unwrap_or_default();
    if !STATUS_TYPES.contains(&kind) {
        return Err(bad(format!("credentialStatus is of type {kind}, which is not known here")));
    }
    let index = match entry.get("statusListIndex") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number.as_u64(),
        _ => None,
    };
    Ok(StatusRef {
        list: text("statusListCredential").ok_or_else(|| bad("credentialStatus names no list"))?.to_owned(),
        index: index.ok_or_else(|| bad("credentialStatus names no place in its list"))?,
        purpose: text("statusPurpose").unwrap_or("revocation").to_owned(),
    })
}

fn schema(entry: &Map<String, Value>) -> Result<SchemaRef, IdentityError> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let kind = text("type").unwrap_or_default();
    if !SCHEMA_TYPES.contains(&kind) {
        return Err(bad(format!("credentialSchema is of type {kind}, which is not known here")));
    }
    Ok(SchemaRef { url: text("id").ok_or_else(|| bad("credentialSchema has no id"))?.to_owned() })
}

const TYPES: [&str; 4] = ["JWT", "vc+jwt", "vc+ld+jwt", "vc+ld+json+jwt"];
const STATUS_TYPES: [&str; 2] = ["BitstringStatusListEntry", "StatusList2021Entry"];
const SCHEMA_TYPES: [&str; 2] = ["JsonSchema", "JsonSchemaValidator2018"];
