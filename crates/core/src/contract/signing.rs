//! Signatures on a digital contract: all parties sign the same canonical bytes with the key in their credential. TC609-6-2025-14 §7.3, §8.2. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::{PublicKeys, SigningKey, Suite};
use xinyu_identity::credential::Credential;
use xinyu_protocol::id::{ConnectorId, PartyId};
use xinyu_protocol::tc609::contract::{Contract, Signature, SignedContract};
use xinyu_protocol::text::Text;

use crate::fault::Rejection;

/// Whose credentials count: the platform that admitted the parties.
#[derive(Clone, Debug)]
pub struct Trust<'a> {
    /// The platform.
    pub issuer: &'a PartyId,
    /// Its public keys.
    pub keys: &'a PublicKeys,
}

/// One signature that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedSignature {
    /// The connector.
    pub connector_id: String,
    /// The participant.
    pub participant_id: String,
    /// Its name.
    pub name: String,
    /// `SM2` or `EdDSA`.
    pub algorithm: String,
}

/// Hash of the signed bytes in the contract's suite, 64 hexadecimal digits.
///
/// # Errors
/// If the suite is unknown.
pub fn hash(contract: &Contract) -> Result<String, Rejection> {
    Ok(suite(contract)?.hash(&bytes(contract)?).to_string())
}

/// The contract's suite.
///
/// # Errors
/// If it is neither `sm` nor `intl`.
pub fn suite(contract: &Contract) -> Result<Suite, Rejection> {
    contract.expansion_item.suite.parse().map_err(|_| {
        Rejection::bad(
            "unknown-suite",
            format!("合约 {} 使用了未知的密码套件「{}」", contract.contract_id, contract.expansion_item.suite),
            format!("contract {} names an unknown suite {}", contract.contract_id, contract.expansion_item.suite),
        )
        .clause("/expansionItem/suite")
    })
}

/// Adds a party's signature.
///
/// # Errors
/// If the contract has no canonical form.
pub fn sign(
    mut signed: SignedContract,
    connector: &ConnectorId,
    key: &SigningKey,
    credential: &str,
) -> Result<SignedContract, Rejection> {
    let signature = sign_bytes(&bytes(&signed.contract)?, connector, key, credential);
    signed.signatures.retain(|other| other.connector_id != *connector);
    signed.signatures.push(signature);
    Ok(signed)
}

/// Checks every signature: the signer's credential is the platform's, its key made the signature, it is a party, and it signed once.
///
/// # Errors
/// A [`Rejection`] naming the signature that fails.
pub fn check(signed: &SignedContract, trust: &Trust<'_>, now: Timestamp) -> Result<Vec<CheckedSignature>, Rejection> {
    let suite = suite(&signed.contract)?;
    let message = bytes(&signed.contract)?;
    let mut checked: Vec<CheckedSignature> = Vec::new();
    for (index, signature) in signed.signatures.iter().enumerate() {
        let at = format!("/signatures/{index}");
        let fail = |zh: String, en: String| Rejection::bad("contract-signature", zh, en).clause(at.clone());
        let connector = &signature.connector_id;
        let party =
            signed.contract.signatory_entities.iter().find(|party| party.connector_id == *connector).ok_or_else(
                || fail(format!("{connector} 不是合约当事方"), format!("{connector} is not a party of the contract")),
            )?;
        if checked.iter().any(|other| other.connector_id == connector.as_str()) {
            return Err(fail(format!("{connector} 重复签名"), format!("{connector} signed twice")));
        }
        let credential = check_one(signature, &message, suite, trust, now).map_err(|text| fail(text.zh, text.en))?;
        if credential.participant.id != party.signatory_entity_id {
            return Err(fail(
                format!("凭证属于 {}，不属于签署方 {connector}", credential.participant.id),
                format!("the credential belongs to {}, not to {connector}", credential.participant.id),
            ));
        }
        checked.push(CheckedSignature {
            connector_id: connector.as_str().to_owned(),
            participant_id: party.signatory_entity_id.as_str().to_owned(),
            name: party.signatory_entity_name.clone(),
            algorithm: suite.signature_name().to_owned(),
        });
    }
    Ok(checked)
}

/// Checks one signature over bytes: the credential is the platform's and the signer's, and its key made the signature.
///
/// # Errors
/// What is wrong.
pub fn check_one(
    signature: &Signature,
    message: &[u8],
    suite: Suite,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Credential, Text> {
    let connector = &signature.connector_id;
    let credential = Credential::verify(&signature.credential, trust.keys, trust.issuer, now).map_err(|error| {
        Text::new(
            format!("{connector} 的凭证无效：{error}"),
            format!("the credential of {connector} is not valid: {error}"),
        )
    })?;
    if credential.sub.as_str() != connector.as_str() {
        let other = &credential.sub;
        return Err(Text::new(
            format!("凭证属于 {other}，不属于签署方 {connector}"),
            format!("the credential belongs to {other}, not to {connector}"),
        ));
    }
    let key = credential.keys.by_kid(&signature.kid).filter(|key| key.suite() == suite).ok_or_else(|| {
        Text::new(
            format!("{connector} 的凭证中没有签名密钥"),
            format!("the credential of {connector} lacks the signing key"),
        )
    })?;
    let raw = URL_SAFE_NO_PAD.decode(&signature.signature).map_err(|error| {
        Text::new(format!("签名编码无效：{error}"), format!("the signature is not base64url: {error}"))
    })?;
    key.verify(message, &raw).map_err(|_| {
        let name = &credential.participant.name;
        Text::new(
            format!("{name}（{connector}）的签名与所签内容不符"),
            format!("the signature of {name} ({connector}) does not fit what it signs"),
        )
    })?;
    Ok(credential)
}

/// Checks that all parties signed a version; that nobody did, if the contract has renewed itself: what they signed then is the version before, with which
/// [`super::version::must_follow`] compares.
///
/// # Errors
/// As [`check_complete`].
pub fn check_version(
    signed: &SignedContract,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Vec<CheckedSignature>, Rejection> {
    match (signed.contract.renewed_by(), signed.signatures.as_slice()) {
        (None, _) => check_complete(signed, trust, now),
        (Some(_), []) => Ok(Vec::new()),
        (Some(_), _) => Err(Rejection::bad(
            "contract-signature",
            "自动续签的版本没有自己的签名",
            "a version by automatic renewal bears no signatures of its own",
        )
        .clause("/signatures")),
    }
}

/// A party's signature over bytes.
#[must_use]
pub fn sign_bytes(bytes: &[u8], connector: &ConnectorId, key: &SigningKey, credential: &str) -> Signature {
    Signature {
        connector_id: connector.clone(),
        kid: key.public().kid(),
        signature: URL_SAFE_NO_PAD.encode(key.sign(bytes)),
        credential: credential.to_owned(),
    }
}

/// Checks that all parties signed.
///
/// # Errors
/// As [`check`], and if a party's signature is missing.
pub fn check_complete(
    signed: &SignedContract,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Vec<CheckedSignature>, Rejection> {
    let checked = check(signed, trust, now)?;
    for party in &signed.contract.signatory_entities {
        if !checked.iter().any(|signature| signature.connector_id == party.connector_id.as_str()) {
            return Err(Rejection::bad(
                "contract-unsigned",
                format!("缺少 {}（{}）的签名", party.signatory_entity_name, party.connector_id),
                format!("{} ({}) has not signed", party.signatory_entity_name, party.connector_id),
            )
            .clause("/signatures"));
        }
    }
    Ok(checked)
}

fn bytes(contract: &Contract) -> Result<Vec<u8>, Rejection> {
    contract.signing_bytes().map_err(|error| Rejection::unwritable(&error.to_string()))
}
