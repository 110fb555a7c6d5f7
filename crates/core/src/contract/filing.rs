//! Filing under keys of the parties (加密备案): the platform reads a text once, while it files it, and keeps what it cannot open. TC609-6-2025-14 §7.4 a,
//! §7.5 e, §8.4 a. Pure.
//!
//! Whoever needs the text of the platform later brings it along, and the platform knows it by its hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_crypto::{OpeningKey, PublicKeys, Suite, shared};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::json::{Limits, canonical, parse};
use xinyu_protocol::tc609::contract::{Contract, FilingStamp, SignedContract};
use xinyu_protocol::tc609::filing::{FilingKey, SealedText, WrappedKey};
use xinyu_protocol::text::Text;

use super::signing;
use crate::fault::Rejection;
use crate::listing::policy_document;

/// The clause of the standard that this is about.
pub const CLAUSE: &str = "TC609-6-2025-14 §7.5 e";

/// What comes to be filed, with all that was checked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ToFile {
    /// The text with its signatures.
    pub signed: SignedContract,
    /// Hash of its signed bytes.
    pub hash: String,
    /// The platform's proof of filing.
    pub filing: FilingStamp,
    /// The text as it is kept, where it is sealed for its parties.
    pub sealed: Option<Sealed>,
    /// The text of the version before, which a party has brought, where that is sealed.
    pub previous: Option<Box<Contract>>,
    /// The sequence of the set of policy records that counts in the space.
    pub policy_set: Option<u64>,
}

impl ToFile {
    /// What is kept of it to read.
    #[must_use]
    pub fn readable(&self) -> SignedContract {
        match self.sealed {
            Some(_) => extract(&self.signed),
            None => self.signed.clone(),
        }
    }
}

/// A sealed text as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The text.
    pub text: SealedText,
    /// Hash of its policy in the suite: what a party says of it later is compared with that.
    pub policy_hash: String,
}

/// The keys of provider and consumer that a contract is to be filed under.
#[must_use]
pub fn keys(parties: [(&ConnectorId, &PublicKeys); 2], suite: Suite) -> Vec<FilingKey> {
    let key = |(id, keys): (&ConnectorId, &PublicKeys)| FilingKey {
        connector_id: id.clone(),
        kid: keys.sealing(suite).kid(),
    };
    parties.map(key).into()
}

/// That a contract names filing keys where its space files under keys of the parties, those of its two sides, and none elsewhere.
///
/// # Errors
/// A [`Rejection`] with the place.
pub fn must_be_as_the_space_says(contract: &Contract, is_sealed_space: bool) -> Result<(), Rejection> {
    let wrong = |zh: &str, en: &str| Rejection::bad("filing-keys", zh, en).clause("/expansionItem/filingKeys");
    let keys = &contract.expansion_item.filing_keys;
    match (is_sealed_space, keys.is_empty()) {
        (false, true) => return Ok(()),
        (false, false) => {
            return Err(wrong(
                "该空间不加密备案，合约不应写明备案密钥",
                "this space files no contract under keys of its parties",
            ));
        }
        (true, true) => {
            return Err(wrong(
                "该空间要求加密备案，合约须写明双方的备案密钥",
                "this space files contracts under keys of their parties, and the contract names none",
            )
            .next(Text::new("请以当前版本的连接器重新起草", "draw it up with a connector that knows the rule")));
        }
        (true, false) => {}
    }
    let sides = [contract.provider(), contract.consumer()];
    let are_theirs = keys.len() == sides.len()
        && sides.iter().zip(keys).all(|(side, key)| side.is_some_and(|side| side.connector_id == key.connector_id));
    if are_theirs {
        return Ok(());
    }
    Err(wrong(
        "备案密钥须依次为提供方和使用方各一个",
        "the filing keys are one of the provider and one of the consumer, in this order",
    ))
}

/// Seals a text for all who signed it: provider and consumer under the keys that the contract names, service parties under their own.
///
/// # Errors
/// If a signatory's keys are not among those given, or a key that the contract names is not its party's.
pub fn seal(
    signed: &SignedContract,
    hash: &str,
    parties: &[(ConnectorId, PublicKeys)],
    rng: &mut impl CryptoRng,
) -> Result<Sealed, Rejection> {
    let contract = &signed.contract;
    let suite = signing::suite(contract)?;
    let mut recipients = Vec::new();
    for signatory in &contract.signatory_entities {
        let id = &signatory.connector_id;
        let keys = parties.iter().find(|(party, _)| party == id).map(|(_, keys)| keys.sealing(suite));
        let named = contract.expansion_item.filing_keys.iter().find(|key| key.connector_id == *id);
        match keys {
            Some(key) if named.is_none_or(|named| named.kid == key.kid()) => recipients.push((id.clone(), key)),
            _ => {
                return Err(Rejection::conflict(
                    "filing-key-unknown",
                    format!("合约写明的备案密钥不是 {id} 登记的密钥"),
                    format!("the filing key of {id} is not the key that it is registered with"),
                )
                .clause("/expansionItem/filingKeys")
                .next(Text::new("请重新起草合约", "draw the contract up anew")));
            }
        }
    }
    let (version, id) = (contract.version(), &contract.contract_id);
    let text = canonical(signed).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let keys: Vec<_> = recipients.iter().map(|(_, key)| *key).collect();
    let sealed = shared::seal(suite, &text, &context(id.as_str(), version, hash), &keys, rng)
        .map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let wrapped = recipients.into_iter().zip(sealed.keys).map(|((connector_id, key), wrapped)| WrappedKey {
        connector_id,
        kid: key.kid(),
        wrapped: URL_SAFE_NO_PAD.encode(wrapped),
    });
    let text = SealedText {
        contract_id: id.clone(),
        version,
        contract_hash: hash.to_owned(),
        suite: suite.to_string(),
        ciphertext: URL_SAFE_NO_PAD.encode(sealed.ciphertext),
        keys: wrapped.collect(),
    };
    Ok(Sealed { text, policy_hash: policy_hash(contract)? })
}

/// Opens a sealed text with our key, and checks that it is what was filed.
///
/// # Errors
/// If it is not sealed for us, was altered, or is another text than it says.
pub fn open(sealed: &SealedText, me: &ConnectorId, key: &OpeningKey) -> Result<SignedContract, Rejection> {
    let id = &sealed.contract_id;
    let altered = || {
        Rejection::bad(
            "filed-text-altered",
            format!("合约 {id} 的备案密文无法打开：已被改动，或不是用本方密钥加密"),
            format!("the filed text of contract {id} does not open: it was altered, or sealed for another key"),
        )
        .clause(CLAUSE)
    };
    let wrapped = sealed.keys.iter().find(|key| key.connector_id == *me).ok_or_else(|| {
        Rejection::forbidden(
            "filed-text-not-ours",
            format!("合约 {id} 的备案密文不是给本方的"),
            format!("the filed text of contract {id} is not sealed for us"),
        )
        .clause(CLAUSE)
    })?;
    if sealed.suite != key.suite().to_string() {
        return Err(altered());
    }
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| altered());
    let context = context(id.as_str(), sealed.version, &sealed.contract_hash);
    let text = shared::open(&bytes(&sealed.ciphertext)?, &bytes(&wrapped.wrapped)?, &context, key);
    let signed: SignedContract = parse(&text.map_err(|_| altered())?, Limits::WIRE).map_err(|_| altered())?;
    let is_it = signed.contract.contract_id == *id
        && signed.contract.version() == sealed.version
        && signing::hash(&signed.contract)? == sealed.contract_hash;
    if is_it { Ok(signed) } else { Err(altered()) }
}

/// What the platform keeps readable of a sealed text: who, over what, until when, for how much, with which smart clauses; not what may be done with it.
#[must_use]
pub fn extract(signed: &SignedContract) -> SignedContract {
    let mut kept = signed.clone();
    kept.contract.contract_policies = Vec::new();
    kept.contract.contract_abstract = String::new();
    kept
}

/// Hash of a contract's policy in its suite.
///
/// # Errors
/// If the suite is unknown.
pub fn policy_hash(contract: &Contract) -> Result<String, Rejection> {
    hash_of_policy(&policy_document(&contract.contract_policies), signing::suite(contract)?)
}

/// Hash of a policy as a document.
///
/// # Errors
/// If it has no canonical form.
pub fn hash_of_policy(policy: &Value, suite: Suite) -> Result<String, Rejection> {
    let bytes = canonical(policy).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    Ok(suite.hash(&bytes).to_string())
}

/// That a text which somebody brings is the one that was filed.
///
/// # Errors
/// If its hash is another one.
pub fn must_be_filed(contract: &Contract, hash: &str) -> Result<(), Rejection> {
    if signing::hash(contract)? == hash {
        return Ok(());
    }
    Err(Rejection::conflict(
        "filed-text-differs",
        format!("随附的合约文本与备案哈希 {hash} 不符"),
        format!("the text that came along is not the one that was filed with hash {hash}"),
    )
    .clause(CLAUSE))
}

/// The refusal of what needs a text that the platform cannot read.
#[must_use]
pub fn sealed(contract_id: &str) -> Rejection {
    Rejection::conflict(
        "contract-sealed",
        format!("合约 {contract_id} 以双方密钥加密备案，平台不能读取其文本"),
        format!("contract {contract_id} is filed under keys of its parties, the platform cannot read it"),
    )
    .clause(CLAUSE)
    .next(Text::new("请由当事方的连接器导出", "a party exports it at its connector"))
}

/// What a sealed text is bound to.
fn context(contract_id: &str, version: u32, hash: &str) -> Vec<u8> {
    format!("xinyu filed text {contract_id} {version} {hash}").into_bytes()
}

#[cfg(test)]
mod tests;
