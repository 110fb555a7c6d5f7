//! What is to be known of the end of a contract on this side, for people: what will happen with the data, and what is still owed.

use xinyu_core::agreement::Agreement;
use xinyu_core::clearing::{self, Tariff};
use xinyu_core::contract;
use xinyu_core::contract::version::Kept;
use xinyu_core::termination::proposal::{Proposal, State};
use xinyu_core::termination::{Basis, must_be_disposable};
use xinyu_protocol::api::termination::{OwedInfo, ProposalInfo, TerminationInfo};
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::tc609::termination::Disposal;
use xinyu_shell::{Failure, termination};
use xinyu_store::Tx;

/// Everything about the end of a contract.
pub(super) async fn find(tx: &mut Tx, id: &str) -> Result<TerminationInfo, Failure> {
    let agreement = xinyu_store::agreement::find(tx, id).await?.ok_or_else(|| contract::unknown(id))?;
    let proposals = xinyu_store::termination::list(tx, id).await?;
    let kept = xinyu_store::version::kept(tx, id).await?;
    let breaches = xinyu_store::breach::told(tx, id).await?;
    let holding = xinyu_store::holding::find(tx, id).await?;
    let meter = match &holding {
        Some(holding) => holding.meter,
        None => xinyu_store::meter::find(tx, id).await?,
    };
    let policy = crate::usage::policy(&agreement.terms).ok();
    let disposals = [Disposal::Destroy, Disposal::Anonymize];
    let basis = agreement.terms.signed().map(|signed| Basis::of(signed, &agreement.contract_hash)).transpose()?;
    Ok(TerminationInfo {
        contract_id: id.to_owned(),
        ending: agreement.ending.as_ref().map(|voucher| termination::info(voucher, agreement.ended_at.is_some())),
        bar: bar(&agreement),
        proposals: proposals.into_iter().map(info).collect(),
        breaches,
        disposals: disposals.into_iter().filter(|one| must_be_disposable(*one, policy.as_ref()).is_ok()).collect(),
        scheduled_end_time: basis.map(|basis| basis.scheduled_end),
        data: holding.map(|holding| holding.state.as_str().to_owned()),
        owed: owed(&agreement, &kept, &meter),
    })
}

fn bar(agreement: &Agreement) -> Option<String> {
    let word = if agreement.terms.signed().is_none() {
        "unsigned"
    } else if agreement.ended_at.is_some() || agreement.statement.is_some() {
        "ended"
    } else if agreement.ending.is_some() {
        "ending"
    } else if agreement.filing.is_none() {
        "not_filed"
    } else {
        return None;
    };
    Some(word.to_owned())
}

fn owed(agreement: &Agreement, kept: &[Kept], meter: &Meter) -> Option<OwedInfo> {
    let signed = agreement.terms.signed().filter(|_| agreement.statement.is_none())?;
    let revenue = &signed.contract.expansion_item.revenue;
    // As this side counted: the platform goes by the order of the log.
    let counted = kept.iter().map(|one| one.uses).chain([meter.uses]);
    let mut before = 0_u64;
    let uses = counted.map(|uses| uses.saturating_sub(std::mem::replace(&mut before, uses)));
    let contracts = kept.iter().map(|one| &one.signed.contract).chain([&signed.contract]);
    let tariffs: Vec<Tariff<'_>> = contracts.zip(uses).map(|(one, uses)| Tariff::of(one, uses)).collect();
    let (base_fen, total_fen) = clearing::sums(&tariffs)?;
    Some(OwedInfo { base_fen, uses: meter.uses, per_use_fen: revenue.per_use_fen, total_fen })
}

fn info(proposal: Proposal) -> ProposalInfo {
    let moves: &[&str] = match (proposal.state, proposal.is_ours) {
        (State::Proposed, true) => &["withdraw"],
        (State::Proposed, false) => &["agree", "refuse"],
        _ => &[],
    };
    ProposalInfo {
        ours: proposal.is_ours,
        state: proposal.state.as_str().to_owned(),
        answered_at: proposal.answered_at,
        note: proposal.note,
        moves: moves.iter().map(|word| (*word).to_owned()).collect(),
        termination_id: proposal.notice.termination_id,
        reason: proposal.notice.reason,
        disposal: proposal.notice.disposal,
        end_time: proposal.notice.agreed_end_time,
        proposed_at: proposal.notice.proposed_at,
    }
}
