//! The voucher of an end (终止凭证): stamped by the platform, checked by anybody, offline. TC609-6-2025-14 §7.6 d, A.2 f. Pure.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use xinyu_crypto::{PublicKeys, Suite, jws};
use xinyu_protocol::id::{PartyId, PlatformId};
use xinyu_protocol::json::{Limits, canonical, parse, parse_canonical};
use xinyu_protocol::tc609::contract::{FilingStamp, Signature};
use xinyu_protocol::tc609::termination::{
    ContractTerminate, TerminationClaims, TerminationClosing, TerminationExpansion, TerminationKind, TerminationNotice,
    TerminationVoucher,
};
use xinyu_protocol::text::Text;

use crate::contract::signing::{self, CheckedSignature, Trust};
use crate::fault::Rejection;

/// The type of a stamp.
pub const STAMP: &str = "xinyu-termination+jwt";

/// Makes a compact JWS over a payload with the key of a suite.
pub type Sign<'a> = dyn Fn(Suite, &[u8]) -> String + Send + Sync + 'a;

/// The platform, as far as it stamps.
pub struct Stamper<'a> {
    /// Its identifier.
    pub platform_id: &'a PlatformId,
    /// Its public keys.
    pub keys: &'a PublicKeys,
    /// Makes a compact JWS of type [`STAMP`] over a payload with its key of a suite.
    pub sign: Box<Sign<'a>>,
    /// The time.
    pub now: Timestamp,
}

/// A voucher but for its stamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unstamped {
    /// What ends, why and how.
    pub notice: TerminationNotice,
    /// Whose signatures it has.
    pub signatures: Vec<Signature>,
    /// When both had agreed, or when it was decided.
    pub issue_time: Timestamp,
    /// From when nothing may be done.
    pub end_time: Timestamp,
    /// What was done afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing: Option<TerminationClosing>,
}

/// Stamps a voucher.
///
/// # Errors
/// If the suite is unknown.
pub fn stamp(draft: Unstamped, stamper: &Stamper<'_>) -> Result<TerminationVoucher, Rejection> {
    let suite = suite(&draft.notice)?;
    let keys = serde_json::to_value(stamper.keys).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let claims = TerminationClaims {
        termination_id: draft.notice.termination_id.clone(),
        contract_id: draft.notice.contract_id.clone(),
        platform_id: stamper.platform_id.as_str().to_owned(),
        voucher_hash: suite.hash(&bytes(&draft)?).to_string(),
        stamped_at: stamper.now,
        keys_hash: suite.hash(&bytes(&keys)?).to_string(),
    };
    let stamp = (stamper.sign)(suite, &bytes(&claims)?);
    Ok(TerminationVoucher {
        notice: draft.notice,
        signatures: draft.signatures,
        issue_time: draft.issue_time,
        end_time: draft.end_time,
        closing: draft.closing,
        filing: FilingStamp { platform_id: stamper.platform_id.clone(), keys, stamp },
    })
}

/// The voucher again, with what was done after the end.
///
/// # Errors
/// As [`stamp`].
pub fn close(
    voucher: TerminationVoucher,
    closing: TerminationClosing,
    stamper: &Stamper<'_>,
) -> Result<TerminationVoucher, Rejection> {
    stamp(Unstamped { closing: Some(closing), ..unstamped(voucher) }, stamper)
}

fn unstamped(voucher: TerminationVoucher) -> Unstamped {
    Unstamped {
        notice: voucher.notice,
        signatures: voucher.signatures,
        issue_time: voucher.issue_time,
        end_time: voucher.end_time,
        closing: voucher.closing,
    }
}

/// The voucher as `/contractTerminate` carries it to a party.
#[must_use]
pub fn message(voucher: &TerminationVoucher) -> ContractTerminate {
    let mut message = request(&voucher.notice, voucher.issue_time, voucher.signatures.clone());
    if message.signature.is_empty() {
        message.signature.clone_from(&voucher.filing.stamp);
    }
    message.agreed_end_time = Some(voucher.end_time);
    if let Some(expansion) = &mut message.expansion_item {
        expansion.voucher = Some(voucher.clone());
    }
    message
}

/// `/contractTerminate` of a notice, with the signatures that it has; the first is the issuer's.
#[must_use]
pub fn request(notice: &TerminationNotice, issue_time: Timestamp, signatures: Vec<Signature>) -> ContractTerminate {
    let by_issuer = signatures.iter().find(|signature| signature.connector_id.as_str() == notice.issuer_id);
    ContractTerminate {
        contract_name: notice.contract_name.clone(),
        contract_id: notice.contract_id.clone(),
        issue_time,
        terminate_type: notice.terminate_type,
        activation_time: notice.activation_time,
        scheduled_end_time: notice.scheduled_end_time,
        agreed_end_time: Some(notice.agreed_end_time.map_or(issue_time, |end| end.max(issue_time))),
        issuer_id: notice.issuer_id.clone(),
        issuer_entity_id: notice.issuer_entity_id.clone(),
        signature: by_issuer.map(|signature| signature.signature.clone()).unwrap_or_default(),
        expansion_item: Some(Box::new(TerminationExpansion { notice: notice.clone(), signatures, voucher: None })),
    }
}

/// That the standard's fields of a message say what the signed notice says.
///
/// # Errors
/// Naming the first that differs, or what an early end lacks.
pub fn must_agree(message: &ContractTerminate) -> Result<&TerminationExpansion, Rejection> {
    let Some(expansion) = &message.expansion_item else {
        return Err(Rejection::bad(
            "termination-unsigned",
            "提前解除须附双方签名的终止通知（expansionItem）",
            "an early end needs the notice that both parties signed (expansionItem)",
        )
        .clause("TC609-6-2025-14 B.2.6"));
    };
    let notice = &expansion.notice;
    let by_issuer = expansion.signatures.iter().find(|signature| signature.connector_id.as_str() == notice.issuer_id);
    let differs = [
        ("/contractName", message.contract_name != notice.contract_name),
        ("/contractId", message.contract_id != notice.contract_id),
        ("/erminateType", message.terminate_type != notice.terminate_type),
        ("/activationTime", message.activation_time != notice.activation_time),
        ("/scheduledEndTime", message.scheduled_end_time != notice.scheduled_end_time),
        ("/issuerId", message.issuer_id != notice.issuer_id),
        ("/issuerEntityId", message.issuer_entity_id != notice.issuer_entity_id),
        ("/signature", by_issuer.is_some_and(|signature| signature.signature != message.signature)),
        ("/agreedEndTime", message.agreed_end_time.is_none()),
        (
            "/agreedEndTime",
            message.agreed_end_time
                != Some(notice.agreed_end_time.map_or(message.issue_time, |end| end.max(message.issue_time))),
        ),
    ];
    match differs.into_iter().find(|(_, differs)| *differs) {
        None => Ok(expansion),
        Some((pointer, _)) => Err(Rejection::bad(
            "termination-differs",
            format!("合约终止报文与已签名的终止通知不符：{pointer}"),
            format!("the message does not say what the signed notice says: {pointer}"),
        )
        .clause(pointer)),
    }
}

/// Checks the signatures under a notice: each by somebody who may, once, with a key of a credential of the platform.
///
/// # Errors
/// Naming the signature that fails.
pub fn check_signatures(
    notice: &TerminationNotice,
    signatures: &[Signature],
    parties: &[&str],
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Vec<CheckedSignature>, Rejection> {
    let (suite, message) = (suite(notice)?, bytes(notice)?);
    let mut checked: Vec<CheckedSignature> = Vec::new();
    for (index, signature) in signatures.iter().enumerate() {
        let at = format!("/signatures/{index}");
        let fail = |zh: String, en: String| Rejection::bad("termination-signature", zh, en).clause(at.clone());
        let connector = &signature.connector_id;
        if !parties.is_empty() && !parties.contains(&connector.as_str()) {
            return Err(fail(
                format!("{connector} 不是合约当事方"),
                format!("{connector} is not a party of the contract"),
            ));
        }
        if checked.iter().any(|other| other.connector_id == connector.as_str()) {
            return Err(fail(format!("{connector} 重复签名"), format!("{connector} signed twice")));
        }
        let credential =
            signing::check_one(signature, &message, suite, trust, now).map_err(|text| fail(text.zh, text.en))?;
        if connector.as_str() == notice.issuer_id && credential.participant.id != notice.issuer_entity_id {
            return Err(fail(
                format!("发起方的凭证属于 {}", credential.participant.id),
                format!("the issuer's credential belongs to {}", credential.participant.id),
            ));
        }
        checked.push(CheckedSignature {
            connector_id: connector.as_str().to_owned(),
            participant_id: credential.participant.id.as_str().to_owned(),
            name: credential.participant.name.clone(),
            algorithm: suite.signature_name().to_owned(),
        });
    }
    Ok(checked)
}

/// That both parties signed.
///
/// # Errors
/// If one did not.
pub fn must_be_complete(checked: &[CheckedSignature], parties: &[&str]) -> Result<(), Rejection> {
    match parties.iter().find(|party| !checked.iter().any(|one| one.connector_id == **party)) {
        None => Ok(()),
        Some(missing) => Err(Rejection::bad(
            "termination-unsigned",
            format!("缺少 {missing} 对终止的签名"),
            format!("{missing} has not signed the termination"),
        )
        .clause("/signatures")),
    }
}

/// What was found of a voucher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The voucher.
    pub voucher: TerminationVoucher,
    /// When the platform stamped it.
    pub stamped_at: Timestamp,
    /// The platform's key.
    pub platform_key: String,
    /// The signatures.
    pub signatures: Vec<CheckedSignature>,
}

/// Checks a voucher as a file, with nothing but itself; whom to believe is the reader's business, who compares the platform's key.
///
/// # Errors
/// What is wrong, and where.
pub fn verify(file: &[u8]) -> Result<Verified, Text> {
    let voucher: TerminationVoucher = parse_canonical(file).map_err(|error| {
        let text = error.text();
        Text::new(
            format!("文件被改动或不是终止凭证：{}", text.zh),
            format!("the file was changed or is no termination voucher: {}", text.en),
        )
    })?;
    let told = |error: Rejection| {
        let at = error.clause.map(|clause| format!("{clause}: ")).unwrap_or_default();
        Text::new(format!("{at}{}", error.text.zh), format!("{at}{}", error.text.en))
    };
    let suite = suite(&voucher.notice).map_err(told)?;
    let keys: PublicKeys = serde_json::from_value(voucher.filing.keys.clone()).map_err(|error| {
        Text::new(
            format!("/filing/keys：平台公钥无效：{error}"),
            format!("/filing/keys: the platform's keys are not valid: {error}"),
        )
    })?;
    if serde_json::to_value(&keys).ok().as_ref() != Some(&voucher.filing.keys) {
        return Err(Text::new(
            "/filing/keys：平台公钥写法不规范",
            "/filing/keys: the platform's keys are not in their only form",
        ));
    }
    let claims = claims(&voucher, &keys, suite)?;
    let wrong = |zh: &str, en: &str| Err(Text::new(format!("/filing：{zh}"), format!("/filing: {en}")));
    if claims.keys_hash != suite.hash(&bytes(&voucher.filing.keys).map_err(told)?).to_string() {
        return wrong("平台公钥被改动", "the platform's keys were changed");
    }
    if claims.platform_id != voucher.filing.platform_id.as_str() {
        return wrong("平台标识被改动", "the platform's identifier was changed");
    }
    let draft = unstamped(voucher.clone());
    if claims.voucher_hash != suite.hash(&bytes(&draft).map_err(told)?).to_string()
        || claims.termination_id != voucher.notice.termination_id
        || claims.contract_id != voucher.notice.contract_id
    {
        return wrong("平台证明的是另一份终止凭证", "the platform attested another voucher");
    }
    let issuer = PartyId::from(voucher.filing.platform_id.clone());
    let trust = Trust { issuer: &issuer, keys: &keys };
    let signatures = check_signatures(&voucher.notice, &voucher.signatures, &[], &trust, voucher.issue_time);
    let signatures = signatures.map_err(told)?;
    if voucher.notice.kind == TerminationKind::Agreement && signatures.len() < 2 {
        return Err(Text::new(
            "/signatures：协商终止须有双方签名",
            "/signatures: an end by agreement has both signatures",
        ));
    }
    let platform_key = keys.signing(suite).kid();
    Ok(Verified { voucher, stamped_at: claims.stamped_at, platform_key, signatures })
}

fn claims(voucher: &TerminationVoucher, keys: &PublicKeys, suite: Suite) -> Result<TerminationClaims, Text> {
    let wrong = |zh: String, en: String| {
        Text::new(
            format!("/filing/stamp：平台证明无效：{zh}"),
            format!("/filing/stamp: the platform's stamp is not valid: {en}"),
        )
    };
    let stamp = jws::parse(&voucher.filing.stamp).map_err(|error| wrong(error.to_string(), error.to_string()))?;
    let key = keys.signing(suite);
    let payload = stamp.verify(key, STAMP).map_err(|error| wrong("签名不符".to_owned(), error.to_string()))?;
    parse(&payload, Limits::WIRE).map_err(|error| wrong(error.text().zh, error.text().en))
}

/// The suite of a notice.
///
/// # Errors
/// If it is unknown.
pub fn suite(notice: &TerminationNotice) -> Result<Suite, Rejection> {
    notice.suite.parse().map_err(|_| {
        Rejection::bad(
            "unknown-suite",
            format!("终止通知使用了未知的密码套件「{}」", notice.suite),
            format!("the notice names an unknown suite {}", notice.suite),
        )
        .clause("/suite")
    })
}

/// The digest of a voucher, by which records name it.
///
/// # Errors
/// If it has no canonical form, which cannot be.
pub fn digest(voucher: &TerminationVoucher) -> Result<String, Rejection> {
    Ok(suite(&voucher.notice)?.hash(&bytes(voucher)?).to_string())
}

fn bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Rejection> {
    canonical(value).map_err(|error| Rejection::unwritable(&error.to_string()))
}

/// Whether the members of a file are those of a voucher, so that one command takes both kinds.
#[must_use]
pub fn looks_like_one(file: &[u8]) -> bool {
    serde_json::from_slice::<Value>(file).is_ok_and(|value| value.get("notice").is_some())
}
