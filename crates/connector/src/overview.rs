//! The overview of a connector, its own records, and who it is.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde_json::json;
use xinyu_core::agreement::Agreement;
use xinyu_core::event::tell;
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::api::connector::AgreementInfo;
use xinyu_protocol::api::{ContractLine, Counter, Event, List, NodeInfo, Overview};
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::participant::Role;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::Tx;
use xinyu_store::record::OwnRecord;

use crate::app::Connector;
use crate::{agreement, platform};

/// What a list is cut at; beyond it the numbers tell of the newest.
const MOST: u32 = 500;

/// `GET /api/v1/overview`: what its agreements count on our side; for a regulator what the platform shows it of all contracts.
///
/// # Errors
/// If the store fails, or for a regulator if the platform cannot be reached.
pub async fn show(State(connector): State<Connector>, _: Person) -> Result<Json<Overview>, Failure> {
    let contracts = match connector.options.role {
        Role::Regulator => {
            let known: List<ContractLine> = platform::ask(&connector.node, "/tc609/contracts", &json!({})).await?;
            Some(known.items)
        }
        _ => None,
    };
    let this = connector.clone();
    let overview = connector
        .node
        .store
        .read("overview", move |tx| {
            Box::pin(async move {
                let records = xinyu_store::record::list(tx, "", 12).await?;
                let mut overview = match contracts {
                    Some(contracts) => supervised(tx, &contracts).await?,
                    None => own(&this, tx).await?,
                };
                let pending = xinyu_store::record::pending(tx).await?;
                overview.counters.push(Counter { name: "pending".to_owned(), value: pending });
                overview.events = records.iter().map(|record| event(record, &this)).collect::<Result<_, _>>()?;
                Ok::<_, Failure>(overview)
            })
        })
        .await?;
    Ok(Json(overview))
}

/// The numbers of a regulator's seat.
async fn supervised(tx: &mut Tx, contracts: &[ContractLine]) -> Result<Overview, Failure> {
    let frozen = contracts.iter().filter(|contract| contract.frozen_at.is_some()).count();
    let (uses, refused) = sum(contracts.iter().map(|contract| (contract.uses, contract.refused)));
    Ok(Overview {
        counters: vec![
            count("contracts", contracts.len()),
            count("frozen", frozen),
            Counter { name: "uses".to_owned(), value: uses },
            Counter { name: "refused".to_owned(), value: refused },
            Counter { name: "orders".to_owned(), value: xinyu_store::record::count(tx, "regulator.ordered").await? },
        ],
        contracts: by_status(contracts.iter().map(|contract| contract.status)),
        ..Overview::default()
    })
}

/// The numbers of a party.
async fn own(connector: &Connector, tx: &mut Tx) -> Result<Overview, Failure> {
    let agreements: Vec<AgreementInfo> = agreement::infos(connector, tx, MOST).await?;
    let settled = settled(connector, &xinyu_store::agreement::list(tx, MOST).await?);
    let mut counters = Vec::new();
    if connector.options.role != Role::Consumer {
        let offerings = xinyu_store::offering::list(tx).await?;
        counters.push(count("resources", xinyu_store::resource::list::<serde_json::Value>(tx).await?.len()));
        counters.push(count(
            "products",
            offerings.iter().filter(|offering| offering.state == ListingState::Listed).count(),
        ));
    }
    let (uses, refused) = sum(agreements.iter().map(|one| (one.meter.uses, one.meter.refused)));
    counters.extend([
        count("agreements", agreements.len()),
        count("frozen", agreements.iter().filter(|one| one.stopped.is_some()).count()),
        Counter { name: "uses".to_owned(), value: uses },
        Counter { name: "refused".to_owned(), value: refused },
        Counter { name: "warnings".to_owned(), value: xinyu_store::warning::count(tx).await? },
    ]);
    Ok(Overview {
        counters,
        contracts: by_status(agreements.iter().filter_map(|one| one.status)),
        settled_fen: settled,
        ..Overview::default()
    })
}

fn count(name: &str, value: usize) -> Counter {
    Counter { name: name.to_owned(), value: u64::try_from(value).unwrap_or(u64::MAX) }
}

fn sum(counts: impl Iterator<Item = (u64, u64)>) -> (u64, u64) {
    counts.fold((0, 0), |(uses, refused), one| (uses.saturating_add(one.0), refused.saturating_add(one.1)))
}

fn by_status(statuses: impl Iterator<Item = ContractStatus>) -> Vec<Counter> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for status in statuses {
        *counts.entry(status.code()).or_default() += 1;
    }
    counts.into_iter().map(|(name, value)| Counter { name: name.to_owned(), value }).collect()
}

/// The shares of our settlements, by name. Whoever signed none of the contracts is the platform's operator, which takes its share by the rules of the space.
fn settled(connector: &Connector, agreements: &[Agreement]) -> Vec<Counter> {
    let signed = agreements.iter().filter_map(|agreement| agreement.terms.signed());
    let mut names: BTreeMap<&str, &str> = signed
        .flat_map(|signed| &signed.contract.signatory_entities)
        .map(|party| (party.signatory_entity_id.as_str(), party.signatory_entity_name.as_str()))
        .collect();
    names.insert(connector.options.participant_id.as_str(), &connector.options.participant_name);
    let mut amounts: BTreeMap<&str, u64> = BTreeMap::new();
    for share in agreements.iter().flat_map(|agreement| &agreement.statement).flat_map(|statement| &statement.shares) {
        let name = names.get(share.participant_id.as_str()).copied().unwrap_or("operator");
        let amount = amounts.entry(name).or_default();
        *amount = amount.saturating_add(share.amount_fen);
    }
    amounts.into_iter().map(|(name, value)| Counter { name: name.to_owned(), value }).collect()
}

/// `GET /api/v1/events`: what this connector recorded itself, newest first.
///
/// # Errors
/// If the store fails.
pub async fn events(State(connector): State<Connector>, _: Person) -> Result<Json<List<Event>>, Failure> {
    let records = connector
        .node
        .store
        .read("record.list", |tx| {
            Box::pin(async move { xinyu_store::record::list(tx, "", 200).await.map_err(Failure::from) })
        })
        .await?;
    Ok(Json(List { items: records.iter().map(|record| event(record, &connector)).collect::<Result<_, _>>()? }))
}

fn event(own: &OwnRecord, connector: &Connector) -> Result<Event, Failure> {
    let signed: SignedRecord = serde_json::from_value(own.body.clone()).map_err(Failure::broken)?;
    let record = signed.record;
    Ok(Event {
        record_id: record.id,
        space_id: record.space,
        index: own.position.and_then(|position| u64::try_from(position).ok()),
        text: tell(&record.kind, &|name| record.facts.get(name).cloned()),
        kind: record.kind,
        contract_id: record.contract,
        subject: record.subject,
        actor: record.actor,
        actor_name: connector.options.participant_name.clone(),
        at: record.at,
        facts: serde_json::to_value(&record.facts).map_err(Failure::broken)?,
    })
}

/// `GET /api/v1/node`.
pub async fn node(State(connector): State<Connector>, _: Person) -> Json<NodeInfo> {
    let node = &connector.node;
    Json(NodeInfo {
        kind: node.kind.as_str().to_owned(),
        name: node.name.clone(),
        party_id: node.party().map(|party| party.as_str().to_owned()),
        role: Some(connector.options.role),
        participant: Some(connector.options.participant_name.clone()),
        address: node.address.clone(),
        engine: xinyu_shell::operation::engine(&node.store).to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: node.platform.address.clone(),
    })
}
