//! Later versions of a contract (变更、续签): each is a whole contract under the same identifier, signed by both, which carries the hash of the one before.
//! TC609-6-2025-14 §7.4 c; TC609-6-2025-15 §7.1.2.2 f. Pure.
//!
//! What may differ stands in one place ([`must_follow`]), so that whoever proposes, whoever answers, the platform that files and a stranger with the file
//! check the same. How a proposal is answered stands in `proposal`.

pub mod proposal;
pub mod renewal;
#[cfg(test)]
pub(super) mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_crypto::{PublicKeys, jws};
use xinyu_protocol::id::PartyId;
use xinyu_protocol::tc609::catalog::CatalogEntry;
use xinyu_protocol::tc609::contract::{Contract, ContractFile, FilingClaims, FilingStamp, Revenue, SignedContract};
use xinyu_protocol::tc609::filing::SealedText;
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::tc609::smart_clause::SmartClause;
use xinyu_protocol::tc609::version::{VersionKind, VersionLink};
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use super::draft::{SIGNING_SKEW_SECONDS, bind_as_in, bind_template, first_difference, to_value};
use super::proposal::{Bounds, must_be_acceptable};
use super::signing::{self, CheckedSignature, Trust};
use crate::fault::Rejection;
use crate::smart_clause;

/// The longest time for an answer.
pub const LONGEST_ANSWER: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The time for an answer where none is said.
pub const USUAL_ANSWER: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The longest contract, from its creation to its end.
const LONGEST: &str = "P100Y";
/// The longest reason, in characters.
const REASON: usize = 256;
/// The clause of the standard that this is about.
const CLAUSE: &str = "TC609-6-2025-14 §7.4 c";

/// A version that another one has replaced, as a node keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The contract with both signatures; at a platform that keeps it sealed, what is left of it to read.
    pub signed: SignedContract,
    /// Its text, where it is kept sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedText>,
    /// Hash of its signed bytes.
    pub contract_hash: String,
    /// The platform's proof of filing.
    pub filing: FilingStamp,
    /// When the next one took its place here.
    pub replaced_at: Timestamp,
    /// Uses that this node had counted by then.
    pub uses: u64,
}

/// What a later version shall say.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What it does.
    pub kind: VersionKind,
    /// Why.
    pub reason: String,
    /// The policies, with or without the parties.
    pub policies: Vec<Value>,
    /// Price and shares.
    pub revenue: Revenue,
    /// The smart clauses.
    pub smart_clauses: Vec<SmartClause>,
    /// When the contract ends.
    pub end: Timestamp,
    /// Until when it can be answered.
    pub answer_by: Timestamp,
}

/// Draws the next version up.
///
/// # Errors
/// If it cannot follow on the one before.
pub fn draw_up(previous: &Contract, change: Change, now: Timestamp) -> Result<Contract, Rejection> {
    let before = time::parse_compact(&previous.sign_time).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let mut next = previous.clone();
    // The clock of whoever signed before may have been a little ahead.
    next.sign_time = time::compact(now.max(before));
    next.indate = time::compact(change.end);
    next.contract_policies = bind_as_in(previous, &change.policies);
    next.expansion_item.revenue = change.revenue;
    next.expansion_item.smart_clauses = change.smart_clauses;
    next.expansion_item.version = Some(VersionLink {
        number: previous.version().saturating_add(1),
        previous: signing::hash(previous)?,
        kind: change.kind,
        reason: change.reason.trim().to_owned(),
        answer_by: change.answer_by,
        renewed_by: None,
    });
    must_follow(previous, &next)?;
    Ok(next)
}

/// That a contract is the next version of another one: the same contract between the same parties over the same product, one number on, held to it by its
/// hash, with nothing different but what its kind allows.
///
/// # Errors
/// A [`Rejection`] with the place: `version-overtaken` for one whose number is taken, `version-gap` and `version-fork` for one that follows on another.
pub fn must_follow(previous: &Contract, next: &Contract) -> Result<(), Rejection> {
    let link = must_be_linked(previous, next)?;
    must_be_the_same_contract(previous, next)?;
    must_say_why(&link.reason)?;
    must_be_in_order(previous, next, link)?;
    smart_clause::check(&next.expansion_item.smart_clauses)?;
    let (old, new) = (&previous.expansion_item, &next.expansion_item);
    let is_otherwise = previous.contract_policies != next.contract_policies
        || old.revenue != new.revenue
        || old.smart_clauses != new.smart_clauses;
    // The form of the time sorts as the time does.
    let is_longer = next.indate > previous.indate;
    if let Some(by) = &link.renewed_by
        && renewal::renewed(previous, by.clone())? != *next
    {
        return Err(wrong(
            "version-renewal",
            "与依合约条款算出的续签版本不同",
            "it is not the version that follows from the contract's clause",
            "renewedBy",
        ));
    }
    match link.kind {
        VersionKind::Renewal if is_otherwise || !is_longer => Err(wrong(
            "version-kind",
            "续签只延长有效期，其余条款不变；要改条款请用变更",
            "a renewal has a later end and nothing else; other terms are an amendment",
            "kind",
        )),
        VersionKind::Amendment if !is_otherwise && previous.indate == next.indate => {
            Err(wrong("version-same", "变更没有改变任何条款", "the amendment changes nothing", "kind"))
        }
        _ => Ok(()),
    }
}

fn must_be_linked<'c>(previous: &Contract, next: &'c Contract) -> Result<&'c VersionLink, Rejection> {
    let id = &previous.contract_id;
    let Some(link) = &next.expansion_item.version else {
        return Err(wrong(
            "version-missing",
            "没有写明是第几版、接续哪一版",
            "it does not say which version it is and which one it follows on",
            "",
        ));
    };
    let (there, number) = (previous.version(), link.number);
    if number <= there {
        return Err(Rejection::conflict(
            "version-overtaken",
            format!("合约 {id} 的第 {number} 版已另有生效文本（现行第 {there} 版），本提案未生效"),
            format!(
                "version {number} of contract {id} is another one already (in force is {there}), this one was not taken"
            ),
        )
        .clause(CLAUSE)
        .next(Text::new(
            "请查看现行版本，需要时就其重新提出",
            "look at the version in force, and propose anew on it",
        )));
    }
    if there.checked_add(1) != Some(number) {
        return Err(Rejection::conflict(
            "version-gap",
            format!("合约 {id} 的版本不连续：现为第 {there} 版，收到第 {number} 版"),
            format!("the versions of contract {id} have a gap: {number} does not follow on {there}"),
        )
        .clause(CLAUSE));
    }
    if link.previous != signing::hash(previous)? {
        return Err(Rejection::conflict(
            "version-fork",
            format!("合约 {id} 的第 {number} 版接续的不是现行第 {there} 版"),
            format!("version {number} of contract {id} follows on another text than the version {there} there is"),
        )
        .clause(CLAUSE));
    }
    Ok(link)
}

fn must_be_the_same_contract(previous: &Contract, next: &Contract) -> Result<(), Rejection> {
    let mut rest = next.clone();
    rest.sign_time.clone_from(&previous.sign_time);
    rest.indate.clone_from(&previous.indate);
    rest.contract_policies.clone_from(&previous.contract_policies);
    rest.expansion_item.revenue.clone_from(&previous.expansion_item.revenue);
    rest.expansion_item.smart_clauses.clone_from(&previous.expansion_item.smart_clauses);
    rest.expansion_item.version.clone_from(&previous.expansion_item.version);
    let differs = |at: String| {
        Rejection::bad(
            "version-differs",
            format!("新版本改动了不可变更的内容：{at}"),
            format!("the version changes what cannot be changed: {at}"),
        )
        .clause(at)
    };
    if let Some(at) = first_difference("", &to_value(&rest)?, &to_value(previous)?) {
        return Err(differs(at));
    }
    if bind_as_in(previous, &next.contract_policies) != next.contract_policies {
        return Err(differs("/contractPolicies".to_owned()));
    }
    Ok(())
}

fn must_say_why(reason: &str) -> Result<(), Rejection> {
    if !reason.trim().is_empty() && reason.chars().count() <= REASON {
        return Ok(());
    }
    Err(wrong(
        "version-reason",
        &format!("须说明理由，1–{REASON} 个字符"),
        &format!("a reason must be given, of 1 to {REASON} characters"),
        "reason",
    ))
}

fn must_be_in_order(previous: &Contract, next: &Contract, link: &VersionLink) -> Result<(), Rejection> {
    let moment = |text: &str, at: &str| {
        time::parse_compact(text).map_err(|error| {
            Rejection::bad("version-time", format!("时间无效：{error}"), format!("it is not a time: {error}"))
                .clause(format!("/{at}"))
        })
    };
    let (signed, end) = (moment(&next.sign_time, "signTime")?, moment(&next.indate, "indate")?);
    let late = |zh: &str, en: &str, at: &str| Err(Rejection::bad("version-time", zh, en).clause(at.to_owned()));
    if signed < moment(&previous.sign_time, "signTime")? {
        return late("签署时间早于前一版", "it is signed before the version before", "/signTime");
    }
    if end <= signed {
        return late("有效期须晚于签署时间", "its end is not after its signing", "/indate");
    }
    let longest = time::parse_duration(LONGEST).and_then(|span| time::add(moment_or(previous), &span));
    if longest.is_ok_and(|longest| end > longest) {
        return late("合约自创建起不超过一百年", "a contract lasts at most 100 years from its creation", "/indate");
    }
    let patience = link.answer_by.duration_since(signed);
    if patience <= SignedDuration::ZERO || patience > LONGEST_ANSWER {
        return late(
            "答复期限须在签署之后三十天以内",
            "the time for the answer must be within thirty days after the signing",
            "/expansionItem/version/answerBy",
        );
    }
    Ok(())
}

fn moment_or(contract: &Contract) -> Timestamp {
    time::parse_compact(&contract.create_time).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// That a proposal is of now: signed near our time, and the contract has not ended by itself meanwhile.
///
/// # Errors
/// If it is not.
pub fn must_be_of_now(next: &Contract, now: Timestamp) -> Result<(), Rejection> {
    let signed = time::parse_compact(&next.sign_time).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let skew = signed.as_second().abs_diff(now.as_second());
    if skew <= SIGNING_SKEW_SECONDS.unsigned_abs() {
        return Ok(());
    }
    Err(Rejection::bad(
        "sign-time",
        format!("签署时间 {} 与本地时间相差 {skew} 秒", next.sign_time),
        format!("the signing time {} is {skew} s away from our clock", next.sign_time),
    )
    .clause("/signTime"))
}

/// That a version can still be signed and filed: its time for an answer is not over, nor is the version that it follows on.
///
/// # Errors
/// If one is.
pub fn must_be_timely(previous: &Contract, next: &Contract, now: Timestamp) -> Result<(), Rejection> {
    let id = &next.contract_id;
    if let Some(link) = &next.expansion_item.version
        && now > link.answer_by
    {
        return Err(Rejection::conflict(
            "version-expired",
            format!("合约 {id} 第 {} 版的答复期限 {} 已过", link.number, link.answer_by),
            format!("the time to answer version {} of contract {id} was over at {}", link.number, link.answer_by),
        )
        .clause(CLAUSE)
        .next(Text::new("请重新提出", "propose it anew")));
    }
    must_last(previous, now)
}

/// That a contract has not come to its end by itself.
///
/// # Errors
/// If it has: what is over is not renewed, but agreed on anew.
pub fn must_last(contract: &Contract, now: Timestamp) -> Result<(), Rejection> {
    if time::parse_compact(&contract.indate).is_ok_and(|end| end > now) {
        return Ok(());
    }
    let id = &contract.contract_id;
    Err(Rejection::conflict(
        "contract-over",
        format!("合约 {id} 的有效期已过，不能变更或续签"),
        format!("contract {id} is over, it cannot be amended or renewed"),
    )
    .clause("TC609-6-2025-14 §7.6 a")
    .next(Text::new("请重新申请并签订新合约", "apply again and sign a new contract")))
}

/// That the terms of a contract stay within what was listed, as at the first offer.
///
/// # Errors
/// As [`must_be_acceptable`].
pub fn must_stay_within(contract: &Contract, entry: &CatalogEntry) -> Result<(), Rejection> {
    let (Some(provider), Some(consumer)) = (contract.provider(), contract.consumer()) else {
        return Ok(());
    };
    let services = &contract.expansion_item.service_parties;
    let bind = |policies| bind_template(policies, &provider.connector_id, &entry.product_id, services);
    let revenue = &contract.expansion_item.revenue;
    if bind(&contract.contract_policies) == bind(&entry.policies) && *revenue == entry.revenue {
        return Ok(());
    }
    let bounds = Bounds { entry, provider: &provider.connector_id, consumer: &consumer.connector_id };
    let terms = terms(contract, &entry.term);
    must_be_acceptable(&terms, &bounds)
}

/// The terms of a contract as people negotiate over them.
#[must_use]
pub fn terms(contract: &Contract, term: &str) -> ProposedTerms {
    ProposedTerms {
        policies: contract.contract_policies.clone(),
        revenue: contract.expansion_item.revenue.clone(),
        term: term.to_owned(),
        service_parties: contract.expansion_item.service_parties.clone(),
    }
}

/// Checks the versions of a contract as a stranger does: every one signed by both and stamped by the platform, each following on the one before.
///
/// # Errors
/// A [`Rejection`] with the place in the list.
pub fn check_chain(chain: &[ContractFile]) -> Result<Vec<CheckedSignature>, Rejection> {
    let mut checked = Vec::new();
    let mut before: Option<(&ContractFile, Timestamp)> = None;
    for (index, file) in chain.iter().enumerate() {
        let within = |mut error: Rejection| {
            error.clause =
                Some(format!("/versions/{index} {}", error.clause.unwrap_or_default()).trim_end().to_owned());
            error
        };
        let (signatures, filed_at) = check_file(file).map_err(within)?;
        match before {
            None if file.contract.version() != 1 => {
                return Err(within(wrong(
                    "version-gap",
                    "版本链不从第 1 版开始",
                    "the versions do not begin with the first",
                    "number",
                )));
            }
            None => {}
            Some((previous, since)) => {
                must_follow(&previous.contract, &file.contract).map_err(within)?;
                must_be_timely(&previous.contract, &file.contract, filed_at).map_err(within)?;
                if filed_at < since
                    || file.filing.platform_id != previous.filing.platform_id
                    || file.filing.keys != previous.filing.keys
                {
                    return Err(within(wrong(
                        "version-filing",
                        "备案的平台、密钥或先后与前一版不符",
                        "platform, keys or order of the filing do not fit the version before",
                        "",
                    )));
                }
            }
        }
        // Whoever signed the version with the clause has signed what it renews.
        if file.contract.renewed_by().is_none() {
            checked = signatures;
        }
        before = Some((file, filed_at));
    }
    Ok(checked)
}

/// Checks one version by itself: its signatures and the platform's stamp. When it was filed comes with it.
fn check_file(file: &ContractFile) -> Result<(Vec<CheckedSignature>, Timestamp), Rejection> {
    let bad = |zh: &str, en: &str| Rejection::bad("version-filing", zh, en).clause("/filing");
    let suite = signing::suite(&file.contract)?;
    let keys: PublicKeys = serde_json::from_value(file.filing.keys.clone())
        .map_err(|_| bad("平台公钥无效", "the platform's keys are not valid"))?;
    let stamp = jws::parse(&file.filing.stamp).map_err(|_| bad("备案凭证无法解析", "the stamp does not parse"))?;
    let payload = stamp
        .verify(keys.signing(suite), "xinyu-filing+jwt")
        .map_err(|_| bad("备案凭证签名无效", "the stamp is not the platform's"))?;
    let claims: FilingClaims = xinyu_protocol::json::parse(&payload, xinyu_protocol::json::Limits::WIRE)
        .map_err(|_| bad("备案凭证无法解析", "the stamp does not parse"))?;
    let canonical = xinyu_protocol::json::canonical(&file.filing.keys)
        .map_err(|error| Rejection::unwritable(&error.to_string()))?;
    if claims.contract_hash != signing::hash(&file.contract)?
        || claims.contract_id != file.contract.contract_id
        || claims.keys_hash != suite.hash(&canonical).to_string()
    {
        return Err(bad("备案凭证不属于该版本", "the stamp is of another version"));
    }
    let issuer = PartyId::from(file.filing.platform_id.clone());
    let signed = SignedContract { contract: file.contract.clone(), signatures: file.signatures.clone() };
    let trust = Trust { issuer: &issuer, keys: &keys };
    Ok((signing::check_version(&signed, &trust, claims.filed_at)?, claims.filed_at))
}

fn wrong(code: &'static str, zh: &str, en: &str, member: &str) -> Rejection {
    Rejection::bad(code, zh, en).clause(format!("/expansionItem/version/{member}").trim_end_matches('/').to_owned())
}
