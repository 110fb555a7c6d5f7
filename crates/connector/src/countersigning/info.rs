//! What we serve, for people.

use std::collections::BTreeMap;

use jiff::Timestamp;
use xinyu_core::contract::difference;
use xinyu_core::countersigning::request::{Request, State};
use xinyu_core::countersigning::{service_of, unknown};
use xinyu_core::negotiation::Side;
use xinyu_core::termination::End;
use xinyu_protocol::api::countersigning::{ConcerningRound, CountersigningInfo, CountersigningLife, PartyInfo};
use xinyu_protocol::tc609::contract::Signatory;
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::tc609::termination::TerminationVoucher;
use xinyu_shell::Failure;
use xinyu_store::Tx;

use crate::app::Connector;
use crate::negotiation::{clauses, me};
use crate::termination;

/// One text for which our signature was asked.
pub(super) fn line(
    connector: &Connector,
    request: &Request,
    ending: Option<&TerminationVoucher>,
    now: Timestamp,
) -> Result<CountersigningInfo, Failure> {
    let contract = &request.signed.contract;
    let name = |party: Option<&Signatory>| party.map(|one| one.signatory_entity_name.clone()).unwrap_or_default();
    let is_over = ending.is_some_and(|voucher| End::of(voucher).is_effective(false, now));
    let state = if is_over && request.state == State::Filed { "terminated" } else { request.state.as_str() };
    Ok(CountersigningInfo {
        contract_id: request.contract_id.to_string(),
        contract_hash: request.contract_hash.clone(),
        version: contract.version(),
        name: contract.contract_name.clone(),
        provider_name: name(contract.provider()),
        consumer_name: name(contract.consumer()),
        service: service_of(contract, me(connector)?.as_str()),
        state: state.to_owned(),
        asked_at: request.asked_at,
        answer_by: request.answer_by,
        answered_at: request.answered_at,
        note: request.note.clone(),
        moves: if is_over { Vec::new() } else { request.moves(now).iter().map(|&word| word.to_owned()).collect() },
    })
}

/// A contract that we serve, whole.
pub(super) async fn life(connector: &Connector, tx: &mut Tx, id: &str) -> Result<CountersigningLife, Failure> {
    let requests = xinyu_store::countersigning::of_contract(tx, id).await?;
    let newest = requests.first().ok_or_else(|| unknown(id))?;
    let (ending, now) = (termination::end::find(tx, id).await?, tx.now());
    let contract = &newest.signed.contract;
    let all = requests.iter().map(|one| line(connector, one, ending.as_ref(), now)).collect::<Result<Vec<_>, _>>()?;
    let before = requests.iter().find(|one| {
        one.state == State::Filed && one.signed.contract.version().checked_add(1) == Some(contract.version())
    });
    let has_signed = |id: &str| newest.signed.signatures.iter().any(|one| one.connector_id.as_str() == id);
    let parties = contract.signatory_entities.iter().map(|party| PartyInfo {
        connector_id: party.connector_id.to_string(),
        name: party.signatory_entity_name.clone(),
        signatory_type: party.signatory_type.clone(),
        service: service_of(contract, party.connector_id.as_str()),
        state: if has_signed(party.connector_id.as_str()) { "signed" } else { "asked" }.to_owned(),
    });
    let names: BTreeMap<&str, &str> = contract
        .signatory_entities
        .iter()
        .map(|party| (party.connector_id.as_str(), party.signatory_entity_name.as_str()))
        .collect();
    let mut rounds: Vec<ConcerningRound> = Vec::new();
    let mut last: Option<&ProposedTerms> = None;
    for round in &newest.rounds {
        let proposal = &round.proposal;
        rounds.push(ConcerningRound {
            round: proposal.round,
            author: proposal.author.to_string(),
            author_name: names.get(proposal.author.as_str()).copied().unwrap_or_default().to_owned(),
            at: proposal.issue_time,
            terms: proposal.terms.clone(),
            differences: last.map(|last| difference::of_terms(last, &proposal.terms)).unwrap_or_default(),
        });
        last = Some(&proposal.terms);
    }
    let document = xinyu_core::listing::policy_document(&contract.contract_policies);
    Ok(CountersigningLife {
        line: line(connector, newest, ending.as_ref(), now)?,
        all,
        contract: newest.signed.clone(),
        parties: parties.collect(),
        clauses: clauses(Side::Consumer, false, &document),
        rounds,
        differences: before.map(|one| difference::of_versions(&one.signed.contract, contract)).unwrap_or_default(),
        ending: ending
            .as_ref()
            .map(|voucher| xinyu_shell::termination::info(voucher, End::of(voucher).is_effective(false, now))),
    })
}
