//! A contract as a file, checked by a stranger: both signatures, and the platform's proof of filing. TC609-6-2025-14 §8.2. Pure.

use jiff::Timestamp;
use xinyu_crypto::{PublicKeys, Suite, jws};
use xinyu_protocol::id::PartyId;
use xinyu_protocol::json::{Limits, canonical, parse};
use xinyu_protocol::tc609::contract::{ContractFile, FilingClaims, SignedContract};
use xinyu_protocol::text::Text;

use super::signing::{self, CheckedSignature, Trust};

/// What a check found.
#[derive(Clone, Debug)]
pub struct CheckedFile {
    /// Hash of the signed bytes.
    pub contract_hash: String,
    /// The suite.
    pub suite: Suite,
    /// When it was filed.
    pub filed_at: Timestamp,
    /// The platform's keys.
    pub keys: PublicKeys,
    /// The signatures.
    pub signatures: Vec<CheckedSignature>,
}

/// Checks a file with nothing but itself; whom to believe is the reader's business, who compares the platform's key.
///
/// # Errors
/// What is wrong, and where.
pub fn check(file: &ContractFile) -> Result<CheckedFile, Text> {
    let keys: PublicKeys = serde_json::from_value(file.filing.keys.clone()).map_err(|error| {
        Text::new(
            format!("/filing/keys：平台公钥无效：{error}"),
            format!("/filing/keys: the platform's keys are not valid: {error}"),
        )
    })?;
    if serde_json::to_value(&keys).ok().as_ref() != Some(&file.filing.keys) {
        return Err(Text::new(
            "/filing/keys：平台公钥写法不规范",
            "/filing/keys: the platform's keys are not in their only form",
        ));
    }
    let suite = signing::suite(&file.contract).map_err(|error| error.text)?;
    let filing = |zh: &str, en: &str| {
        Text::new(
            format!("/filing/stamp：备案证明无效：{zh}"),
            format!("/filing/stamp: the proof of filing is not valid: {en}"),
        )
    };
    let stamp = jws::parse(&file.filing.stamp).map_err(|error| filing(&error.to_string(), &error.to_string()))?;
    let key = keys.signing(suite);
    let payload = stamp.verify(key, "xinyu-filing+jwt").map_err(|error| filing("签名不符", &error.to_string()))?;
    let claims: FilingClaims =
        parse(&payload, Limits::WIRE).map_err(|error| filing(&error.text().zh, &error.text().en))?;
    let canonical_keys = canonical(&file.filing.keys).map_err(|error| error.text())?;
    if suite.hash(&canonical_keys).to_string() != claims.keys_hash {
        return Err(Text::new("/filing/keys：平台公钥被改动", "/filing/keys: the platform's keys were changed"));
    }
    let issuer = PartyId::from(file.filing.platform_id.clone());
    let signed = SignedContract { contract: file.contract.clone(), signatures: file.signatures.clone() };
    let trust = Trust { issuer: &issuer, keys: &keys };
    let signatures = signing::check_version(&signed, &trust, claims.filed_at).map_err(|error| {
        let at = error.clause.map(|clause| format!("{clause}: ")).unwrap_or_default();
        Text::new(format!("{at}{}", error.text.zh), format!("{at}{}", error.text.en))
    })?;
    let hash = signing::hash(&signed.contract).map_err(|error| error.text)?;
    if hash != claims.contract_hash || claims.contract_id != signed.contract.contract_id {
        return Err(filing("备案的是另一份合约", "another contract was filed"));
    }
    Ok(CheckedFile { contract_hash: hash, suite, filed_at: claims.filed_at, keys, signatures })
}
