//! The overview of a connector, its own records, and who it is.

use axum::Json;
use axum::extract::State;
use xinyu_core::event::tell;
use xinyu_core::usage::UseState;
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::api::{Counter, Event, List, NodeInfo, Overview};
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::record::OwnRecord;

use crate::app::Connector;

/// `GET /api/v1/overview`.
///
/// # Errors
/// If the store fails.
pub async fn show(State(connector): State<Connector>, _: Person) -> Result<Json<Overview>, Failure> {
    let this = connector.clone();
    let overview = connector
        .node
        .store
        .read("overview", move |tx| {
            Box::pin(async move {
                let resources = xinyu_store::resource::list::<serde_json::Value>(tx).await?.len();
                let offerings = xinyu_store::offering::list(tx).await?;
                let agreements = xinyu_store::agreement::list(tx, 500).await?;
                let done = xinyu_store::usage::list_in(tx, UseState::Done).await?.len();
                let refused = xinyu_store::usage::list_in(tx, UseState::Refused).await?.len();
                let pending = xinyu_store::record::pending(tx).await?;
                let records = xinyu_store::record::list(tx, "", 12).await?;
                let count = |name: &str, value: usize| Counter {
                    name: name.to_owned(),
                    value: u64::try_from(value).unwrap_or(u64::MAX),
                };
                Ok::<_, Failure>(Overview {
                    counters: vec![
                        count("resources", resources),
                        count(
                            "products",
                            offerings.iter().filter(|offering| offering.state == ListingState::Listed).count(),
                        ),
                        count("contracts", agreements.len()),
                        count("uses", done),
                        count("refused", refused),
                        Counter { name: "pending".to_owned(), value: pending },
                    ],
                    events: records.iter().map(|record| event(record, &this)).collect::<Result<_, _>>()?,
                    ..Overview::default()
                })
            })
        })
        .await?;
    Ok(Json(overview))
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
