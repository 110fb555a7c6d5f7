//! The archive of our negotiations: what was said in which round, how it differs from the round before, and all of it as a file. TC609-6-2025-14 §7.3 h;
//! TC609-6-2025-15 §7.1.3 a.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;
use xinyu_core::contract::{difference, history, proposal};
use xinyu_core::listing::policy_document;
use xinyu_core::negotiation::{self, Move, Negotiation, Side};
use xinyu_protocol::api::List;
use xinyu_protocol::api::negotiation::{DifferenceInfo, RoundInfo};
use xinyu_protocol::tc609::negotiation::{History, HistoryEntry, HistoryFile, ProposedTerms};
use xinyu_protocol::tc609::version::VersionChain;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::Tx;

use super::{info, member, unknown};
use crate::app::Connector;

/// Archives a move, in its transaction.
pub(super) async fn keep(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: &mut Negotiation,
    by: Side,
    action: &Move,
) -> Result<(), Failure> {
    let suite = connector.node.suite_of(&negotiation.space_id);
    let entry = negotiation::keep(negotiation, by, action, suite, tx.now());
    let (pid, contract) = (negotiation.pid(), negotiation.contract_id.as_str());
    Ok(xinyu_store::round::append(tx, pid, contract, &entry).await?)
}

/// `GET /api/v1/negotiations/{pid}/rounds`.
///
/// # Errors
/// If there is no such negotiation.
pub async fn rounds(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    _: Person,
) -> Result<Json<List<RoundInfo>>, Failure> {
    let this = connector.clone();
    let items = connector.node.store.read("negotiation.rounds", move |tx| {
        Box::pin(async move {
            let negotiation = xinyu_store::negotiation::find(tx, &pid).await?.ok_or_else(|| unknown(&pid))?;
            let names = xinyu_store::party::names(tx).await?;
            told(&this, tx, &negotiation, &names).await
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/negotiations/{pid}/history`: the history as a file for `xinyu contract history`.
///
/// # Errors
/// If there is no such negotiation, or we are not admitted.
pub async fn export(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    _: Person,
) -> Result<Vec<u8>, Failure> {
    let file = file(&connector, pid).await?;
    xinyu_protocol::json::canonical(&file).map_err(Failure::broken)
}

/// The history of a negotiation, signed by us as a whole.
///
/// # Errors
/// If there is no such negotiation, or we are not admitted.
pub(crate) async fn file(connector: &Connector, pid: String) -> Result<HistoryFile, Failure> {
    let this = connector.clone();
    let history = connector.node.store.read("negotiation.history", move |tx| {
        Box::pin(async move {
            let negotiation = xinyu_store::negotiation::find(tx, &pid).await?.ok_or_else(|| unknown(&pid))?;
            let platform = &this.node.platform;
            Ok::<_, Failure>(History {
                contract_id: negotiation.contract_id.clone(),
                suite: this.node.suite_of(&negotiation.space_id).to_string(),
                process: negotiation.pid().to_owned(),
                side: negotiation.side.as_str().to_owned(),
                connector_id: member::me(&this)?,
                peer: negotiation.peer.clone(),
                state: negotiation.state.as_str().to_owned(),
                at: tx.now(),
                entries: xinyu_store::round::list(tx, &pid).await?,
                versions: versions(tx, negotiation.contract_id.as_str()).await?,
                platform_id: platform.id.platform().ok_or_else(|| Failure::broken("the platform id is none"))?,
                keys: serde_json::to_value(&platform.keys).map_err(Failure::broken)?,
            })
        })
    });
    let history = history.await?;
    let suite = history.suite.parse().map_err(|_| Failure::broken("the suite of a space is none"))?;
    let key = connector.node.ring.signing(suite);
    Ok(history::sign(history, key, &member::credential(&connector.node)?)?)
}

/// The versions of the contract, where it came to more than the one that was negotiated.
async fn versions(tx: &mut Tx, contract_id: &str) -> Result<VersionChain, Failure> {
    let Some(agreement) = xinyu_store::agreement::find(tx, contract_id).await? else { return Ok(VersionChain::new()) };
    let chain = crate::version::chain(tx, agreement).await?;
    Ok(if chain.len() > 1 { chain } else { VersionChain::new() })
}

/// The terms of the listing, where the negotiation is with a member.
pub(super) async fn listed(tx: &mut Tx, negotiation: &Negotiation) -> Result<Option<ProposedTerms>, Failure> {
    let Some(application) = &negotiation.application_id else { return Ok(None) };
    let notice = xinyu_store::notice::find(tx, application).await?;
    Ok(notice.map(|notice| proposal::listed(&notice.entry)))
}

/// The rounds of a negotiation for people, each with its differences from the proposal before it.
pub(super) async fn told(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: &Negotiation,
    names: &BTreeMap<String, String>,
) -> Result<Vec<RoundInfo>, Failure> {
    let entries = xinyu_store::round::list(tx, negotiation.pid()).await?;
    let mut terms = listed(tx, negotiation).await?;
    let mut offer: Option<Value> = None;
    let mut items = Vec::new();
    for entry in entries {
        let differences = differences(&entry, terms.as_ref(), offer.as_ref());
        if let Some(signed) = &entry.proposal {
            terms = Some(signed.proposal.terms.clone());
        }
        if matches!(entry.kind.as_str(), "request" | "offer") && entry.offer.is_some() {
            offer.clone_from(&entry.offer);
        }
        items.push(round(connector, negotiation, names, entry, differences));
    }
    Ok(items)
}

fn differences(entry: &HistoryEntry, terms: Option<&ProposedTerms>, offer: Option<&Value>) -> Vec<DifferenceInfo> {
    match (&entry.proposal, &entry.offer) {
        (Some(signed), _) => terms.map(|terms| difference::of_terms(terms, &signed.proposal.terms)).unwrap_or_default(),
        (None, Some(new)) => offer.map(|offer| difference::of_policies(offer, new)).unwrap_or_default(),
        (None, None) => Vec::new(),
    }
}

fn round(
    connector: &Connector,
    negotiation: &Negotiation,
    names: &BTreeMap<String, String>,
    entry: HistoryEntry,
    differences: Vec<DifferenceInfo>,
) -> RoundInfo {
    let is_ours = entry.by == negotiation.side.as_str();
    let (author, author_name) = if is_ours {
        let me = connector.node.party().map(|party| party.as_str().to_owned()).unwrap_or_default();
        (me, connector.options.participant_name.clone())
    } else {
        (negotiation.peer.clone(), info::peer_name(connector, &negotiation.peer, names))
    };
    let document = match (&entry.proposal, &entry.offer) {
        (Some(signed), _) => Some(policy_document(&signed.proposal.terms.policies)),
        (None, Some(offer)) => Some(offer.clone()),
        (None, None) => None,
    };
    let say = |document: &Value| info::clauses(negotiation.side, negotiation.is_with_partner(), document);
    RoundInfo {
        number: entry.number,
        round: entry.proposal.as_ref().map(|signed| signed.proposal.round),
        kind: entry.kind,
        by: entry.by,
        is_ours,
        author,
        author_name,
        at: entry.at,
        digest: entry.digest,
        is_signed: entry.proposal.is_some() || entry.contract.is_some(),
        clauses: document.as_ref().map(say).unwrap_or_default(),
        terms: entry.proposal.map(|signed| signed.proposal.terms),
        offer: entry.offer,
        differences,
        note: entry.note,
    }
}
