//! The history of a negotiation as a file, and its check by a stranger: every proposal is signed by its author and answers the one before, the contract
//! is drawn up from the last, and whoever told the history signed it as a whole. TC609-6-2025-14 §7.3 e, g, h. Pure.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use xinyu_crypto::{PublicKeys, SigningKey, Suite};
use xinyu_protocol::id::PartyId;
use xinyu_protocol::tc609::contract::{Contract, ContractFile};
use xinyu_protocol::tc609::negotiation::{
    AgreedProposal, History, HistoryEntry, HistoryFile, ProposedTerms, SignedProposal,
};

use super::draft::bind_template;
use super::proposal;
use super::signing::{self, CheckedSignature, Trust};
use super::version;
use crate::fault::Rejection;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// How many moves.
    pub entries: usize,
    /// How many rounds of proposals, all signed.
    pub rounds: u32,
    /// The signatures under the contract, if it came to one.
    pub signatures: Vec<CheckedSignature>,
    /// Hash of the contract's signed bytes, if it came to one.
    pub contract_hash: Option<String>,
    /// Hashes of its versions, where it came to more than the one that was negotiated; the last one was in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
}

/// Signs a history as a whole.
///
/// # Errors
/// If it has no canonical form.
pub fn sign(history: History, key: &SigningKey, credential: &str) -> Result<HistoryFile, Rejection> {
    let signature = signing::sign_bytes(&bytes(&history)?, &history.connector_id, key, credential);
    Ok(HistoryFile { history, signature })
}

/// Checks a file. Credentials are held against the instants at which they were used, as the file tells them.
///
/// # Errors
/// A [`Rejection`] naming the first place that fails.
pub fn check(file: &HistoryFile) -> Result<Checked, Rejection> {
    let history = &file.history;
    let suite: Suite = history.suite.parse().map_err(|_| wrong("/history/suite", "未知的密码套件", "unknown suite"))?;
    let keys: PublicKeys = serde_json::from_value(history.keys.clone()).map_err(|error| {
        wrong(
            "/history/keys",
            &format!("平台公钥无效：{error}"),
            &format!("the platform's keys are not valid: {error}"),
        )
    })?;
    if serde_json::to_value(&keys).ok().as_ref() != Some(&history.keys) {
        return Err(wrong("/history/keys", "平台公钥写法不规范", "the platform's keys are not in their only form"));
    }
    let issuer = PartyId::from(history.platform_id.clone());
    let trust = Trust { issuer: &issuer, keys: &keys };
    if file.signature.connector_id != history.connector_id {
        return Err(wrong("/signature", "签名方不是讲述方", "the signer is not who tells the history"));
    }
    signing::check_one(&file.signature, &bytes(history)?, suite, &trust, history.at)
        .map_err(|why| Rejection::bad("contract-signature", why.zh, why.en).clause("/signature"))?;
    let mut checked = Checked {
        entries: history.entries.len(),
        rounds: 0,
        signatures: Vec::new(),
        contract_hash: None,
        versions: Vec::new(),
    };
    let mut last: Option<&SignedProposal> = None;
    for (index, entry) in history.entries.iter().enumerate() {
        let at = format!("/history/entries/{index}");
        if usize::try_from(entry.number).ok() != index.checked_add(1) {
            return Err(wrong(&format!("{at}/number"), "记录不连续", "an entry is missing"));
        }
        let author = if entry.by == history.side { history.connector_id.as_str() } else { history.peer.as_str() };
        if let Some(signed) = &entry.proposal {
            round(signed, last, author, history, &trust, entry).map_err(|error| within(error, &at))?;
            last = Some(signed);
            checked.rounds = checked.rounds.saturating_add(1);
        }
        if let Some(contract) = &entry.contract {
            checked.signatures = signing::check(contract, &trust, entry.at).map_err(|error| within(error, &at))?;
            if !checked.signatures.iter().any(|signature| signature.connector_id == author) {
                return Err(wrong(
                    &format!("{at}/contract"),
                    "缺少该步作出方的签名",
                    "who made this move has not signed",
                ));
            }
            let hash = signing::hash(&contract.contract)?;
            if entry.digest.as_ref() != Some(&hash) || contract.contract.contract_id != history.contract_id {
                return Err(wrong(&format!("{at}/digest"), "合约与摘要不符", "the contract does not fit its digest"));
            }
            must_follow(&contract.contract, last).map_err(|error| within(error, &at))?;
            checked.contract_hash = Some(hash);
        }
    }
    checked.versions = versions(history, checked.contract_hash.as_ref())?;
    Ok(checked)
}

/// That the versions begin with the contract that was negotiated, and each follows on the one before.
fn versions(history: &History, negotiated: Option<&String>) -> Result<Vec<String>, Rejection> {
    let at = "/history/versions";
    version::check_chain(&history.versions).map_err(|error| within(error, "/history"))?;
    let hashes: Vec<String> =
        history.versions.iter().map(|file| signing::hash(&file.contract)).collect::<Result<_, _>>()?;
    if hashes.first().is_some_and(|first| Some(first) != negotiated) {
        return Err(wrong(
            at,
            "第 1 版不是协商所签的合约",
            "the first version is not the contract that was negotiated",
        ));
    }
    let is_theirs =
        |file: &ContractFile| file.filing.platform_id == history.platform_id && file.filing.keys == history.keys;
    if !history.versions.iter().all(is_theirs) {
        return Err(wrong(at, "版本由另一平台备案", "another platform filed a version"));
    }
    Ok(hashes)
}

fn round(
    signed: &SignedProposal,
    last: Option<&SignedProposal>,
    author: &str,
    history: &History,
    trust: &Trust<'_>,
    entry: &HistoryEntry,
) -> Result<(), Rejection> {
    proposal::check_signature(signed, author, trust, entry.at)?;
    let (own, process) = (&signed.proposal, last.map_or(&signed.proposal, |last| &last.proposal));
    let place = proposal::Place {
        contract_id: &history.contract_id,
        application_id: &process.application_id,
        process: &process.process,
        space_id: &process.space_id,
        suite: history.suite.parse().map_err(|_| wrong("/suite", "未知的密码套件", "unknown suite"))?,
        product_id: &process.product_id,
        previous: last,
    };
    proposal::check_place(own, &place)?;
    if entry.digest.as_ref() == Some(&proposal::digest(own)?) {
        return Ok(());
    }
    Err(wrong("/digest", "提案与摘要不符", "the proposal does not fit its digest"))
}

/// That a contract says what the last proposal said.
///
/// # Errors
/// Naming what differs.
pub fn must_follow(contract: &Contract, last: Option<&SignedProposal>) -> Result<(), Rejection> {
    let expected: Option<AgreedProposal> = last.map(proposal::agreed).transpose()?;
    if contract.expansion_item.proposal != expected {
        return Err(wrong(
            "/contract/expansionItem/proposal",
            "合约不是按最后一轮提案拟定的",
            "the contract is not drawn up from the last proposal",
        ));
    }
    let Some(signed) = last else { return Ok(()) };
    let terms: &ProposedTerms = &signed.proposal.terms;
    if contract.expansion_item.revenue != terms.revenue {
        return Err(wrong(
            "/contract/expansionItem/revenue",
            "价格或分成与提案不同",
            "price or shares differ from the proposal",
        ));
    }
    let services = &terms.service_parties;
    if contract.expansion_item.service_parties != *services {
        return Err(wrong(
            "/contract/expansionItem/serviceParties",
            "数据服务方与提案不同",
            "the service parties differ from the proposal",
        ));
    }
    // The contract names the parties in every rule, which the proposal does not.
    if let Some(provider) = contract.provider() {
        let bind = |policies| bind_template(policies, &provider.connector_id, &signed.proposal.product_id, services);
        if bind(&contract.contract_policies) == bind(&terms.policies) {
            return Ok(());
        }
    }
    Err(wrong("/contract/contractPolicies", "策略与提案不同", "the policies differ from the proposal"))
}

fn wrong(at: &str, zh: &str, en: &str) -> Rejection {
    Rejection::bad("history", zh, en).clause(at)
}

fn within(mut rejection: Rejection, at: &str) -> Rejection {
    rejection.clause = Some(format!("{at} {}", rejection.clause.unwrap_or_default()).trim_end().to_owned());
    rejection
}

fn bytes(history: &History) -> Result<Vec<u8>, Rejection> {
    xinyu_protocol::json::canonical(history).map_err(|error| Rejection::unwritable(&error.to_string()))
}
