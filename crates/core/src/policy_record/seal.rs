//! Who wrote a policy record, where it stands, and which records count in a space: proofs that anybody checks, offline. TC609-6-2025-15 §7.1.2.2 a, §7.2.2.1 e,
//! §7.2.2.3 a. Pure. A provider's record is the provider's: the platform can leave it out of a set, but make or change none.

use jiff::Timestamp;
use serde::Serialize;
use xinyu_crypto::{PublicKeys, SigningKey, Suite, jws};
use xinyu_identity::credential::Credential;
use xinyu_protocol::id::{PartyId, PlatformId};
use xinyu_protocol::json::{Limits, canonical, parse, parse_canonical};
use xinyu_protocol::tc609::contract::FilingStamp;
use xinyu_protocol::tc609::policy_record::{
    PolicyRecordClaims, PolicyRecordStanding, PolicyRecordStatement, PolicySet, PolicySetClaims, PolicyStampClaims,
    RecordLayer, SignedPolicyRecord, StampedPolicyRecord,
};
use xinyu_protocol::text::Text;

use super::governing::{Counted, Set};
use super::{parse as steps, reference};
use crate::contract::signing::Trust;
use crate::fault::Rejection;

/// The type of an author's proof.
pub const PROOF: &str = "xinyu-policy-record+jwt";
/// The type of a stamp.
pub const STAMP: &str = "xinyu-policy-stamp+jwt";
/// The type of the proof of a set.
pub const SET: &str = "xinyu-policy-set+jwt";

/// The hash of what an author signs, in the suite of the space.
///
/// # Errors
/// If the suite is unknown.
pub fn hash(statement: &PolicyRecordStatement) -> Result<String, Rejection> {
    Ok(suite(statement)?.hash(&bytes(statement)?).to_string())
}

/// The suite of a statement.
///
/// # Errors
/// If it is unknown.
pub fn suite(statement: &PolicyRecordStatement) -> Result<Suite, Rejection> {
    statement.suite.parse().map_err(|_| {
        let name = &statement.suite;
        Rejection::bad(
            "unknown-suite",
            format!("策略使用了未知的密码套件「{name}」"),
            format!("the policy names an unknown suite {name}"),
        )
        .clause("/suite")
    })
}

/// Signs a statement; a connector shows its credential, the platform is known by its keys.
///
/// # Errors
/// If the suite is unknown.
pub fn sign(
    statement: PolicyRecordStatement,
    key: &SigningKey,
    credential: Option<String>,
) -> Result<SignedPolicyRecord, Rejection> {
    let claims = PolicyRecordClaims { statement_hash: hash(&statement)? };
    let proof = jws::sign(PROOF, &bytes(&claims)?, key);
    Ok(SignedPolicyRecord { statement, proof, credential })
}

/// Checks that a record is its author's: a space's the platform's, a product's that of the connector that the credential names.
///
/// # Errors
/// What is wrong.
pub fn check_author(signed: &SignedPolicyRecord, trust: &Trust<'_>) -> Result<(), Text> {
    let statement = &signed.statement;
    let wrong = |zh: String, en: String| {
        Text::new(format!("策略的签名无效：{zh}"), format!("the signature of the policy is not valid: {en}"))
    };
    let broken = |error: &dyn std::fmt::Display| wrong(error.to_string(), error.to_string());
    let suite = suite(statement).map_err(|rejection| rejection.text)?;
    let proof = jws::parse(&signed.proof).map_err(|error| broken(&error))?;
    let payload = match (&signed.credential, statement.record.layer) {
        (None, RecordLayer::Space) => {
            if statement.author_id != trust.issuer.as_str() {
                return Err(wrong("空间策略不是本平台所写".to_owned(), "it is not the platform's".to_owned()));
            }
            proof.verify(trust.keys.signing(suite), PROOF).map_err(|error| broken(&error))?
        }
        (Some(credential), RecordLayer::Product) => {
            let credential = Credential::verify(credential, trust.keys, trust.issuer, statement.issued_at)
                .map_err(|error| broken(&error))?;
            if credential.sub.as_str() != statement.author_id {
                return Err(wrong(
                    "签名者不是所称的作者".to_owned(),
                    "whoever signed is not the author that it names".to_owned(),
                ));
            }
            proof.verify(credential.keys.signing(suite), PROOF).map_err(|error| broken(&error))?
        }
        _ => {
            return Err(wrong(
                "空间策略须由平台、产品策略须由提供方签名".to_owned(),
                "a space's record is signed by the platform, a product's by its provider".to_owned(),
            ));
        }
    };
    let claims: PolicyRecordClaims = parse(&payload, Limits::WIRE).map_err(|error| broken(&error))?;
    if claims.statement_hash != hash(statement).map_err(|rejection| rejection.text)? {
        return Err(wrong("内容与签名不符".to_owned(), "the content is not what was signed".to_owned()));
    }
    Ok(())
}

/// Stamps where a version stands.
///
/// # Errors
/// If the suite is unknown.
pub fn stamp(
    standing: &PolicyRecordStanding,
    signed: &SignedPolicyRecord,
    (platform, keys): (&PlatformId, &PublicKeys),
    key: &SigningKey,
    now: Timestamp,
) -> Result<FilingStamp, Rejection> {
    let suite = suite(&signed.statement)?;
    let keys = serde_json::to_value(keys).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let claims = PolicyStampClaims {
        standing: standing.clone(),
        signed_hash: suite.hash(&bytes(signed)?).to_string(),
        platform_id: platform.as_str().to_owned(),
        stamped_at: now,
        keys_hash: suite.hash(&bytes(&keys)?).to_string(),
    };
    Ok(FilingStamp { platform_id: platform.clone(), keys, stamp: jws::sign(STAMP, &bytes(&claims)?, key) })
}

/// What was found of a version that is a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The version.
    pub record: StampedPolicyRecord,
    /// When the platform stamped it.
    pub stamped_at: Timestamp,
    /// The platform's key, to be compared.
    pub platform_key: String,
    /// The hash of what its author signed.
    pub hash: String,
}

/// Checks a version as a file, with nothing but itself; its reader compares the platform's key.
///
/// # Errors
/// What is wrong.
pub fn verify(file: &[u8]) -> Result<Verified, Text> {
    let record: StampedPolicyRecord = parse_canonical(file).map_err(|error| {
        let text = error.text();
        Text::new(
            format!("文件被改动或不是策略：{}", text.zh),
            format!("the file was changed or is no policy record: {}", text.en),
        )
    })?;
    let wrong = |zh: &str, en: &str| {
        Text::new(format!("/filing：平台证明无效：{zh}"), format!("/filing: the platform's stamp is not valid: {en}"))
    };
    let broken = |error: &dyn std::fmt::Display| wrong(&error.to_string(), &error.to_string());
    let told = |rejection: Rejection| rejection.text;
    let suite = suite(&record.signed.statement).map_err(told)?;
    let keys: PublicKeys = serde_json::from_value(record.filing.keys.clone()).map_err(|error| broken(&error))?;
    let stamp = jws::parse(&record.filing.stamp).map_err(|error| broken(&error))?;
    let payload = stamp.verify(keys.signing(suite), STAMP).map_err(|error| broken(&error))?;
    let claims: PolicyStampClaims = parse(&payload, Limits::WIRE).map_err(|error| broken(&error))?;
    if claims.keys_hash != suite.hash(&bytes(&record.filing.keys).map_err(told)?).to_string()
        || claims.platform_id != record.filing.platform_id.as_str()
    {
        return Err(wrong("平台公钥或标识被改动", "the platform's keys or identifier were changed"));
    }
    if claims.signed_hash != suite.hash(&bytes(&record.signed).map_err(told)?).to_string()
        || claims.standing != record.standing
    {
        return Err(wrong("证明的是另一版本或状态", "it attests another version or state"));
    }
    let issuer = PartyId::from(record.filing.platform_id.clone());
    check_author(&record.signed, &Trust { issuer: &issuer, keys: &keys })?;
    let hash = hash(&record.signed.statement).map_err(told)?;
    let platform_key = keys.signing(suite).kid();
    Ok(Verified { stamped_at: claims.stamped_at, platform_key, hash, record })
}

/// Which set, of which platform and space.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The space.
    pub space: &'a str,
    /// Its suite.
    pub suite: Suite,
}

/// Puts a set together and signs it.
///
/// # Errors
/// If it has no canonical form, which cannot be.
pub fn set(
    records: Vec<SignedPolicyRecord>,
    of: Of<'_>,
    sequence: u64,
    key: &SigningKey,
    now: Timestamp,
) -> Result<PolicySet, Rejection> {
    let claims = PolicySetClaims {
        platform_id: of.platform.to_owned(),
        space_id: of.space.to_owned(),
        sequence,
        records_hash: of.suite.hash(&bytes(&records)?).to_string(),
        issued_at: now,
    };
    Ok(PolicySet { records, stamp: jws::sign(SET, &bytes(&claims)?, key) })
}

/// Checks a set: the platform's, whole, every record its author's, and each understood. `suite_of` knows the suites of the spaces that we are in.
///
/// # Errors
/// What is wrong with it.
pub fn open(set: &PolicySet, trust: &Trust<'_>, suite_of: &dyn Fn(&str) -> Option<Suite>) -> Result<Set, Rejection> {
    let wrong = |zh: String, en: String| {
        Rejection::bad(
            "policy-set-invalid",
            format!("下发的策略集无效：{zh}"),
            format!("the set of policies is not valid: {en}"),
        )
        .clause("TC609-6-2025-15 §7.1.2.2 a")
    };
    let broken = |error: &dyn std::fmt::Display| wrong(error.to_string(), error.to_string());
    let proof = jws::parse(&set.stamp).map_err(|error| broken(&error))?;
    // Which suite it is of is known only from within; what is read before it is verified decides nothing else.
    let said: PolicySetClaims = parse(proof.payload_unverified(), Limits::WIRE).map_err(|error| broken(&error))?;
    let suite = suite_of(&said.space_id).ok_or_else(|| {
        wrong(format!("本端不在空间「{}」中", said.space_id), format!("we are not in space {}", said.space_id))
    })?;
    let payload = proof.verify(trust.keys.signing(suite), SET).map_err(|error| broken(&error))?;
    let claims: PolicySetClaims = parse(&payload, Limits::WIRE).map_err(|error| broken(&error))?;
    if claims.platform_id != trust.issuer.as_str() {
        return Err(wrong("不是本平台签发的".to_owned(), "it is not our platform's".to_owned()));
    }
    if claims.records_hash != suite.hash(&bytes(&set.records)?).to_string() {
        return Err(wrong("策略与签名不符".to_owned(), "the records are not those that were signed".to_owned()));
    }
    let mut records = Vec::with_capacity(set.records.len());
    for signed in &set.records {
        let statement = &signed.statement;
        let name = reference(&statement.record.record_id, statement.version);
        check_author(signed, trust)
            .map_err(|text| wrong(format!("{name}：{}", text.zh), format!("{name}: {}", text.en)))?;
        if statement.record.space_id != claims.space_id {
            return Err(wrong(format!("{name} 属于另一空间"), format!("{name} is of another space")));
        }
        let record = steps::read(&statement.record, statement.version).map_err(|errors| {
            let text = errors.into_iter().next().map(|error| error.text).unwrap_or_default();
            wrong(format!("{name}：{}", text.zh), format!("{name}: {}", text.en))
        })?;
        records.push(Counted::new(record, statement, hash(statement)?));
    }
    Ok(Set { space_id: claims.space_id, sequence: claims.sequence, issued_at: claims.issued_at, records })
}

fn bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Rejection> {
    canonical(value).map_err(|error| Rejection::unwritable(&error.to_string()))
}
