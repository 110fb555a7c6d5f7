//! A negotiation as people see it, with the moves that are theirs to make.

use std::collections::BTreeMap;

use serde_json::Value;
use xinyu_core::clause;
use xinyu_core::contract::difference;
use xinyu_core::negotiation::{Conduct, Negotiation, Side, State, is_allowed};
use xinyu_protocol::api::ClauseInfo;
use xinyu_protocol::api::connector::{NegotiationInfo, ProcessInfo};
use xinyu_shell::Failure;
use xinyu_shell::arranged::ArrangedKind;
use xinyu_store::Tx;

use super::archive;
use crate::app::Connector;

/// The moves of the API, and the state each leads to.
pub(super) const MOVES: [(&str, State); 7] = [
    ("request", State::Requested),
    ("offer", State::Offered),
    ("accept", State::Accepted),
    ("agree", State::Agreed),
    ("verify", State::Verified),
    ("finalize", State::Finalized),
    ("terminate", State::Terminated),
];

pub(super) fn process(
    connector: &Connector,
    negotiation: &Negotiation,
    names: &BTreeMap<String, String>,
) -> ProcessInfo {
    ProcessInfo {
        pid: negotiation.pid().to_owned(),
        side: negotiation.side.as_str().to_owned(),
        state: negotiation.state.as_str().to_owned(),
        contract_id: negotiation.contract_id.as_str().to_owned(),
        peer: negotiation.peer.clone(),
        peer_name: peer_name(connector, &negotiation.peer, names),
        product_id: negotiation.product_id.clone(),
        peer_pid: negotiation.peer_pid().map(str::to_owned),
        conduct: conduct(negotiation.conduct).to_owned(),
        steps: negotiation.steps,
        moves: moves(negotiation),
        reason: negotiation.reason.clone(),
    }
}

pub(super) async fn whole(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: &Negotiation,
    names: &BTreeMap<String, String>,
) -> Result<NegotiationInfo, Failure> {
    let named = negotiation.agreement.as_ref().and_then(|agreement| agreement.get("@id"));
    let listed = archive::listed(tx, negotiation).await?;
    let terms = negotiation.proposal.as_ref().map(|signed| signed.proposal.terms.clone()).or_else(|| listed.clone());
    let differences = match (&listed, &terms) {
        (Some(listed), Some(terms)) => difference::of_terms(listed, terms),
        _ => Vec::new(),
    };
    Ok(NegotiationInfo {
        process: process(connector, negotiation, names),
        clauses: clauses(negotiation.side, negotiation.is_with_partner(), &negotiation.offer),
        offer: negotiation.offer.clone(),
        agreement_id: named.and_then(|id| id.as_str()).map(str::to_owned),
        agreement: negotiation.agreement.clone(),
        rounds: archive::told(connector, tx, negotiation, names).await?,
        terms,
        listed,
        differences,
    })
}

fn moves(negotiation: &Negotiation) -> Vec<String> {
    let is_awaited = negotiation.awaited().is_some();
    let allowed = MOVES.iter().filter(|(_, to)| {
        is_allowed(Some(negotiation.state), negotiation.side, *to) && !(is_awaited && *to == State::Finalized)
    });
    allowed.map(|(name, _)| (*name).to_owned()).collect()
}

/// The clauses of a policy for people; none where our policy engine does not read it. What goes to a partner is out of our hands then.
pub(crate) fn clauses(side: Side, with_partner: bool, document: &Value) -> Vec<ClauseInfo> {
    let clauses = if with_partner && side == Side::Provider {
        clause::clauses_at_partner(document)
    } else {
        clause::clauses(document)
    };
    clauses.unwrap_or_default()
}

/// The name of the other side, for people.
pub(crate) fn peer_name(connector: &Connector, peer: &str, names: &BTreeMap<String, String>) -> String {
    let partner = connector.node.arranged.find(ArrangedKind::Partner, peer).map(|partner| partner.title.clone());
    partner.or_else(|| names.get(peer).cloned()).unwrap_or_default()
}

/// The word for who decides.
pub(crate) fn conduct(conduct: Conduct) -> &'static str {
    match conduct {
        Conduct::Rule => "rule",
        Conduct::Person => "person",
        Conduct::Stepwise => "stepwise",
    }
}
