//! The versions of a contract for people, with their differences in words; and one of them as a file. The same at platform and connector.

use xinyu_core::contract::difference;
use xinyu_core::contract::version::Kept;
use xinyu_core::fault::Rejection;
use xinyu_protocol::api::version::VersionInfo;
use xinyu_protocol::tc609::contract::{Contract, ContractFile, FilingStamp, SignedContract};
use xinyu_protocol::tc609::version::VersionChain;
use xinyu_protocol::time::parse_compact;

use crate::Failure;

/// All versions: those that were replaced, and the one in force with its hash.
#[must_use]
pub fn infos(kept: &[Kept], current: &SignedContract, hash: &str) -> Vec<VersionInfo> {
    let mut before: Option<&Contract> = None;
    let mut items = Vec::new();
    let kept = kept.iter().map(|one| (&one.signed.contract, one.contract_hash.as_str(), Some(one.replaced_at)));
    for (contract, hash, replaced_at) in kept.chain([(&current.contract, hash, None)]) {
        let link = contract.expansion_item.version.as_ref();
        items.push(VersionInfo {
            number: contract.version(),
            kind: link.map(|link| link.kind),
            reason: link.map(|link| link.reason.clone()),
            contract_hash: hash.to_owned(),
            signed_at: parse_compact(&contract.sign_time).ok(),
            end_time: parse_compact(&contract.indate).ok(),
            replaced_at,
            differences: before.map(|before| difference::of_versions(before, contract)).unwrap_or_default(),
        });
        before = Some(contract);
    }
    items
}

/// All versions as files.
#[must_use]
pub fn chain(kept: Vec<Kept>, current: SignedContract, filing: FilingStamp) -> VersionChain {
    let file = |signed: SignedContract, filing| ContractFile {
        contract: signed.contract,
        signatures: signed.signatures,
        filing,
    };
    let mut chain: VersionChain = kept.into_iter().map(|one| file(one.signed, one.filing)).collect();
    chain.push(file(current, filing));
    chain
}

/// One version as a file for `xinyu contract verify`.
///
/// # Errors
/// If there is no such version.
pub fn file(chain: VersionChain, number: u32) -> Result<Vec<u8>, Failure> {
    let file = chain.into_iter().find(|file| file.contract.version() == number);
    let file = file.ok_or_else(|| unknown(number))?;
    xinyu_protocol::json::canonical(&file).map_err(Failure::broken)
}

/// A version that a contract does not have.
#[must_use]
pub fn unknown(number: u32) -> Rejection {
    Rejection::unknown(
        "unknown-version",
        format!("该合约没有第 {number} 版"),
        format!("the contract has no version {number}"),
    )
}
