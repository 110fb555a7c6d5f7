//! A transfer as people see it, with the moves that are theirs to make.

use std::collections::BTreeMap;

use xinyu_core::dataflow::DataFlow;
use xinyu_core::transfer::{State, Transfer, is_allowed};
use xinyu_protocol::api::connector::{ProcessInfo, TransferInfo};

use crate::app::Connector;
use crate::dataflow::api;
use crate::negotiation::{conduct, peer_name};

/// The moves of the API, and the state each leads to.
const MOVES: [(&str, State); 4] = [
    ("start", State::Started),
    ("suspend", State::Suspended),
    ("complete", State::Completed),
    ("terminate", State::Terminated),
];

pub(super) fn process(connector: &Connector, transfer: &Transfer, names: &BTreeMap<String, String>) -> ProcessInfo {
    let allowed = MOVES.iter().filter(|(_, to)| is_allowed(Some(transfer.state), transfer.side, *to));
    ProcessInfo {
        pid: transfer.pid().to_owned(),
        side: transfer.side.as_str().to_owned(),
        state: transfer.state.as_str().to_owned(),
        contract_id: transfer.contract_id.as_str().to_owned(),
        peer: transfer.peer.clone(),
        peer_name: peer_name(connector, &transfer.peer, names),
        product_id: transfer.product_id.clone(),
        peer_pid: transfer.peer_pid().map(str::to_owned),
        conduct: conduct(transfer.conduct).to_owned(),
        steps: transfer.steps,
        moves: allowed.map(|(name, _)| (*name).to_owned()).collect(),
        reason: transfer.reason.clone(),
    }
}

pub(super) fn whole(
    connector: &Connector,
    transfer: &Transfer,
    names: &BTreeMap<String, String>,
    flow: Option<&DataFlow>,
) -> TransferInfo {
    TransferInfo {
        process: process(connector, transfer, names),
        agreement_id: transfer.agreement_id.clone(),
        format: transfer.format.clone(),
        data_plane: transfer.data_plane.clone(),
        flow: flow.map(api::info),
    }
}
