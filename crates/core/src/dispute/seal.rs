//! Who said a statement: a party's signature under it, or the platform's stamp. Pure.

use jiff::Timestamp;
use serde::Serialize;
use xinyu_crypto::{PublicKeys, Suite, jws};
use xinyu_identity::credential::Credential;
use xinyu_protocol::id::{ContractId, PlatformId};
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::tc609::contract::{FilingStamp, Signature};
use xinyu_protocol::tc609::dispute::{DisputeClaims, DisputeStep};
use xinyu_protocol::text::Text;

use super::{Place, bytes};
use crate::contract::draft::SIGNING_SKEW_SECONDS;
use crate::contract::signing::{self, Trust};
use crate::fault::Rejection;

/// The type of a stamp under a statement of the platform.
pub const STATEMENT: &str = "xinyu-dispute+jwt";
/// The type of a stamp over the platform's part of a bundle.
pub const BUNDLE: &str = "xinyu-arbitration+jwt";

/// What a stamp is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The dispute.
    pub dispute_id: &'a str,
    /// The contract.
    pub contract_id: &'a ContractId,
    /// Its suite.
    pub suite: Suite,
}

/// The platform's stamp over something; `sign` makes a compact JWS of the right type with its key of the suite.
///
/// # Errors
/// If it has no canonical form.
pub fn stamp<T: Serialize>(
    value: &T,
    about: About<'_>,
    platform: (&PlatformId, &PublicKeys),
    sign: &dyn Fn(&[u8]) -> String,
) -> Result<FilingStamp, Rejection> {
    let keys = serde_json::to_value(platform.1).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let claims = DisputeClaims {
        dispute_id: about.dispute_id.to_owned(),
        contract_id: about.contract_id.clone(),
        platform_id: platform.0.as_str().to_owned(),
        digest: about.suite.hash(&bytes(value)?).to_string(),
        keys_hash: about.suite.hash(&bytes(&keys)?).to_string(),
    };
    let stamp = sign(&bytes(&claims)?);
    Ok(FilingStamp { platform_id: platform.0.clone(), keys, stamp })
}

/// Checks a stamp with the keys that it brings, and gives them; whom to believe is the reader's business.
///
/// # Errors
/// What is wrong.
pub fn check<T: Serialize>(
    stamp: &FilingStamp,
    kind: &str,
    value: &T,
    about: About<'_>,
) -> Result<PublicKeys, Rejection> {
    let wrong = |zh: &str, en: &str| {
        Rejection::bad(
            "dispute-stamp",
            format!("平台签章无效：{zh}"),
            format!("the platform's stamp is not valid: {en}"),
        )
        .clause("/stamp")
    };
    let keys: PublicKeys = serde_json::from_value(stamp.keys.clone())
        .map_err(|error| wrong(&format!("平台公钥无效：{error}"), &format!("its keys are not valid: {error}")))?;
    if serde_json::to_value(&keys).ok().as_ref() != Some(&stamp.keys) {
        return Err(wrong("平台公钥写法不规范", "its keys are not in their only form"));
    }
    let unverified = jws::parse(&stamp.stamp).map_err(|error| wrong(&error.to_string(), &error.to_string()))?;
    let payload =
        unverified.verify(keys.signing(about.suite), kind).map_err(|error| wrong("签名不符", &error.to_string()))?;
    let claims: DisputeClaims =
        parse(&payload, Limits::WIRE).map_err(|error| wrong(&error.text().zh, &error.text().en))?;
    let expected = DisputeClaims {
        dispute_id: about.dispute_id.to_owned(),
        contract_id: about.contract_id.clone(),
        platform_id: stamp.platform_id.as_str().to_owned(),
        digest: about.suite.hash(&bytes(value)?).to_string(),
        keys_hash: about.suite.hash(&bytes(&stamp.keys)?).to_string(),
    };
    if claims == expected {
        return Ok(keys);
    }
    Err(wrong(
        "签章所指内容被改动，或属于另一争议或合约",
        "what it stamps was changed, or is of another dispute or contract",
    ))
}

/// Checks that the author of a statement has signed or stamped it, at a time.
///
/// # Errors
/// What is wrong.
pub fn check_step(step: &DisputeStep, place: &Place, trust: &Trust<'_>, now: Timestamp) -> Result<(), Rejection> {
    let said = &step.statement;
    let wrong = |text: Text| Rejection::bad("dispute-signature", text.zh, text.en).clause("/signature");
    let ahead = said.at.as_second().saturating_sub(now.as_second());
    if ahead > SIGNING_SKEW_SECONDS {
        return Err(Rejection::bad(
            "dispute-time",
            format!("陈述的时间比本地时钟早到 {ahead} 秒"),
            format!("the statement is dated {ahead} s ahead of our clock"),
        )
        .clause("/at"));
    }
    match (&step.signature, &step.stamp) {
        (Some(signature), None) if said.author != place.platform => {
            check_signature(signature, said, &said.author, place.suite, trust, now).map_err(wrong)?;
            Ok(())
        }
        (None, Some(stamp)) if said.author == place.platform && stamp.platform_id.as_str() == said.author => {
            let about = About { dispute_id: &said.dispute_id, contract_id: &said.contract_id, suite: place.suite };
            let keys = check(stamp, STATEMENT, said, about)?;
            if keys.signing(place.suite).kid() == trust.keys.signing(place.suite).kid() {
                return Ok(());
            }
            Err(wrong(Text::new("签章不是该平台的密钥所作", "the stamp was not made with the platform's key")))
        }
        _ => Err(wrong(Text::new(
            "陈述须由其作者签名，且只由其作者签名",
            "a statement is signed by its author, and by nobody else",
        ))),
    }
}

/// Checks a party's signature over something, and gives its credential.
///
/// # Errors
/// What is wrong.
pub fn check_signature<T: Serialize>(
    signature: &Signature,
    value: &T,
    author: &str,
    suite: Suite,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Credential, Text> {
    if signature.connector_id.as_str() != author {
        let signer = &signature.connector_id;
        return Err(Text::new(
            format!("作者是 {author}，签名方却是 {signer}"),
            format!("its author is {author}, but {signer} signed it"),
        ));
    }
    let message = bytes(value).map_err(|error| error.text)?;
    signing::check_one(signature, &message, suite, trust, now)
}
