//! The overview: numbers, what waits, what happened last.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use xinyu_core::participant::MemberState;
use xinyu_protocol::api::{Counter, NodeInfo, Overview, Waiting};
use xinyu_protocol::tc609::application::ApplicationState;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::Tx;

use crate::app::Platform;
use crate::contract::Uses;
use crate::event::{event, names};

/// `GET /api/v1/overview`.
///
/// # Errors
/// If the store fails.
pub async fn show(State(platform): State<Platform>, _: Person) -> Result<Json<Overview>, Failure> {
    let this = platform.clone();
    let overview =
        platform.node.store.read("overview", move |tx| Box::pin(async move { collect(&this, tx).await })).await?;
    Ok(Json(overview))
}

async fn collect(platform: &Platform, tx: &mut Tx) -> Result<Overview, Failure> {
    let members = xinyu_store::member::list(tx).await?;
    let listings = xinyu_store::listing::list(tx, None).await?;
    let applications = xinyu_store::application::list(tx, 500).await?;
    let contracts = xinyu_store::contract::list(tx, "", 500).await?;
    let logs = xinyu_store::log::list(tx).await?;
    let names = names(platform, tx).await?;
    let events = xinyu_store::log::newest(tx, "", "", u64::MAX, 12).await?;

    let mut waiting = Vec::new();
    for member in members.iter().filter(|member| member.state == MemberState::Pending) {
        waiting.push(wait("participant", member.connector_id.as_str(), &member.name, member.registered_at));
    }
    for listing in listings.iter().filter(|listing| listing.state == ListingState::Reviewing) {
        waiting.push(wait("listing", listing.product_id.as_str(), &listing.request.product.name, listing.requested_at));
    }
    for application in applications.iter().filter(|application| application.state == ApplicationState::Submitted) {
        waiting.push(wait(
            "application",
            &application.application_id,
            &application.entry.product.name,
            application.submitted_at,
        ));
    }
    waiting.sort_by_key(|item| std::cmp::Reverse(item.since));

    let mut by_status: BTreeMap<&str, u64> = BTreeMap::new();
    let mut settled: BTreeMap<String, u64> = BTreeMap::new();
    let (uses, refused) = Uses::read(tx).await?.sum();
    for contract in &contracts {
        *by_status.entry(contract.status.code()).or_default() += 1;
        for share in contract.statement.iter().flat_map(|statement| &statement.shares) {
            let name = share.participant_id.as_str();
            let name = members.iter().find(|member| member.participant_id.as_str() == name).map_or(
                if name == platform.options.operator_id.as_str() {
                    platform.options.operator_name.as_str()
                } else {
                    name
                },
                |member| member.name.as_str(),
            );
            let sum = settled.entry(name.to_owned()).or_default();
            *sum = sum.saturating_add(share.amount_fen);
        }
    }
    let count =
        |name: &str, value: usize| Counter { name: name.to_owned(), value: u64::try_from(value).unwrap_or(u64::MAX) };
    Ok(Overview {
        counters: vec![
            count("members", members.iter().filter(|member| member.state == MemberState::Approved).count()),
            count("products", listings.iter().filter(|listing| listing.state == ListingState::Listed).count()),
            count("contracts", contracts.len()),
            count("frozen", contracts.iter().filter(|contract| contract.frozen_at.is_some()).count()),
            Counter { name: "uses".to_owned(), value: uses },
            Counter { name: "refused".to_owned(), value: refused },
            Counter { name: "entries".to_owned(), value: logs.iter().map(|log| log.size).sum() },
            count("waiting", waiting.len()),
            Counter { name: "warnings".to_owned(), value: xinyu_store::warning::count(tx).await? },
        ],
        waiting,
        events: events.iter().map(|entry| event(entry, &names)).collect::<Result<_, _>>()?,
        contracts: by_status.into_iter().map(|(name, value)| Counter { name: name.to_owned(), value }).collect(),
        settled_fen: settled.into_iter().map(|(name, value)| Counter { name, value }).collect(),
    })
}

fn wait(kind: &str, id: &str, title: &str, since: jiff::Timestamp) -> Waiting {
    Waiting { kind: kind.to_owned(), id: id.to_owned(), title: title.to_owned(), since }
}

/// `GET /api/v1/node`.
pub async fn node(State(platform): State<Platform>, _: Person) -> Json<NodeInfo> {
    let node = &platform.node;
    Json(NodeInfo {
        kind: node.kind.as_str().to_owned(),
        name: node.name.clone(),
        party_id: Some(node.platform_id()),
        role: Some(xinyu_protocol::tc609::participant::Role::Operator),
        participant: Some(platform.options.operator_name.clone()),
        address: node.address.clone(),
        engine: xinyu_shell::operation::engine(&node.store).to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: node.address.clone(),
    })
}
