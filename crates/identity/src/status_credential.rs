//! A status list as the world publishes it: a verifiable credential whose subject is the list. W3C Bitstring Status List v1.0, Status List 2021. Ours
//! are signed; some issuers serve theirs unsigned, which is as good as the connection it came over and so believed of the issuer's own host alone.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use url::Url;
use xinyu_protocol::dcp::Profile;
use xinyu_protocol::json::{self as wire, Limits};

use crate::did::DidWeb;
use crate::document::ForeignDocument;
use crate::error::IdentityError;
use crate::self_issued::Signer;
use crate::status::StatusList;
use crate::vc::{BASE_TYPE, CONTEXT_11, CONTEXT_20, StatusRef, VerifiableCredential};

/// The longest list that is read, as it stands on the wire.
pub const MAX_BYTES: usize = 256 * 1024;

/// Whether a credential of `issuer` stands in a list that was fetched from `place.list`.
///
/// # Errors
/// If what was fetched is not this issuer's list for this purpose, or the place does not exist.
pub fn is_listed(
    fetched: &[u8],
    place: &StatusRef,
    issuer: &ForeignDocument,
    scheme: &str,
    now: Timestamp,
) -> Result<bool, IdentityError> {
    let text = std::str::from_utf8(fetched).map_err(|_| bad("it is not text"))?.trim();
    let subject = if text.starts_with('{') {
        unsigned(text, place, issuer.did(), scheme)?
    } else {
        let credential = VerifiableCredential::parse(text)?;
        credential.verify(issuer)?;
        credential.check_time(now)?;
        credential.subjects.into_iter().next().ok_or_else(|| bad("it has no subject"))?
    };
    let purposes = match subject.get("statusPurpose") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !purposes.contains(&place.purpose.as_str()) {
        return Err(bad(&format!("its purpose is not {}", place.purpose)));
    }
    let encoded = subject.get("encodedList").and_then(Value::as_str).ok_or_else(|| bad("it has no encodedList"))?;
    StatusList::decode_of_another(encoded)?.is_set(place.index)
}

/// The subject of a list without a signature: it came from the issuer's own origin and says that it is the issuer's.
fn unsigned(text: &str, place: &StatusRef, issuer: &DidWeb, scheme: &str) -> Result<Map<String, Value>, IdentityError> {
    let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
    if origin(&place.list) != origin(&issuer.base_url(scheme)) {
        return Err(bad("it is not signed, and not on its issuer's own host"));
    }
    let body: Map<String, Value> = wire::parse(text.as_bytes(), Limits { bytes: MAX_BYTES, depth: 16 })
        .map_err(|error| bad(&error.to_string()))?;
    let named = body.get("issuer").map(|named| named.get("id").unwrap_or(named));
    if named.and_then(Value::as_str) != Some(issuer.as_str()) {
        return Err(bad("it names another issuer"));
    }
    body.get("credentialSubject").and_then(Value::as_object).cloned().ok_or_else(|| bad("it has no subject"))
}

/// Signs a list as the one at `url`, in the form of a profile.
///
/// # Errors
/// If the list cannot be compressed, which on memory it can.
pub fn issue(
    list: &StatusList,
    profile: Profile,
    url: &str,
    from: Timestamp,
    until: Timestamp,
    issuer: Signer<'_>,
) -> Result<String, IdentityError> {
    let encoded = list.encode()?;
    let (nbf, exp) = (from.as_second(), until.as_second());
    let subject = |kind: &str, encoded: &str| json!({ "id": format!("{url}#list"), "type": kind, "statusPurpose": "revocation", "encodedList": encoded });
    Ok(match profile {
        Profile::Vc11Sl2021Jwt => {
            // Status List 2021 has the bare base64url of the gzip; the multibase prefix came with its successor.
            let bare = encoded.strip_prefix('u').unwrap_or(&encoded);
            let vc = json!({
                "@context": [CONTEXT_11, "https://w3id.org/vc/status-list/2021/v1"], "id": url,
                "type": [BASE_TYPE, "StatusList2021Credential"], "issuer": issuer.did, "issuanceDate": from,
                "expirationDate": until, "credentialSubject": subject("StatusList2021", bare),
            });
            issuer.sign("JWT", &json!({ "iss": issuer.did, "jti": url, "iat": nbf, "nbf": nbf, "exp": exp, "vc": vc }))
        }
        Profile::Vc20BsslJwt => issuer.sign(
            "vc+jwt",
            &json!({
                "@context": [CONTEXT_20], "id": url, "type": [BASE_TYPE, "BitstringStatusListCredential"],
                "issuer": issuer.did, "validFrom": from, "validUntil": until,
                "credentialSubject": subject("BitstringStatusList", &encoded),
                "iss": issuer.did, "iat": nbf, "nbf": nbf, "exp": exp,
            }),
        ),
    })
}

fn bad(reason: &str) -> IdentityError {
    IdentityError::BadStatusList { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests;
