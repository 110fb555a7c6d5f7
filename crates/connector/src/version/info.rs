//! The versions of a contract on this side, for people.

use xinyu_core::contract::difference;
use xinyu_core::contract::version::proposal::Pending;
use xinyu_protocol::api::version::{VersionProposalInfo, VersionsInfo};
use xinyu_protocol::tc609::contract::Contract;
use xinyu_shell::Failure;
use xinyu_store::{Timestamp, Tx};

/// Everything about the versions of a contract.
pub(super) async fn find(tx: &mut Tx, id: &str) -> Result<VersionsInfo, Failure> {
    let agreement = super::find(tx, id).await?;
    let now = tx.now();
    let kept = xinyu_store::version::kept(tx, id).await?;
    let proposals = xinyu_store::version::list(tx, id).await?;
    let current = agreement.terms.signed();
    let all: Vec<&Contract> =
        kept.iter().map(|one| &one.signed.contract).chain(current.map(|one| &one.contract)).collect();
    let renewal = match current {
        Some(current) => super::renewal::of(tx, &current.contract, now).await?,
        None => None,
    };
    Ok(VersionsInfo {
        renewal,
        contract_id: id.to_owned(),
        versions: current
            .map(|current| xinyu_shell::version::infos(&kept, current, &agreement.contract_hash))
            .unwrap_or_default(),
        proposals: proposals.iter().map(|pending| info(pending, &all, now)).collect(),
        bar: super::current(&agreement, now).err().map(|bar| bar.code.to_owned()),
    })
}

fn info(pending: &Pending, all: &[&Contract], now: Timestamp) -> VersionProposalInfo {
    let link = pending.link();
    let before = all.iter().find(|contract| contract.version().checked_add(1) == Some(link.number));
    VersionProposalInfo {
        version_id: pending.version_id.clone(),
        ours: pending.is_ours,
        state: pending.state.as_str().to_owned(),
        number: link.number,
        kind: link.kind,
        reason: link.reason,
        contract_hash: pending.contract_hash.clone(),
        answer_by: link.answer_by,
        proposed_at: pending.proposed_at,
        answered_at: pending.answered_at,
        note: pending.note.clone(),
        differences: before.map(|before| difference::of_versions(before, &pending.signed.contract)).unwrap_or_default(),
        moves: pending.moves(now).iter().map(|word| (*word).to_owned()).collect(),
    }
}
