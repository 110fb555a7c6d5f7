//! Effects become rows: messages in the outbox, signed records in the log, in the transaction of the change that caused them. ARCHITECTURE, invariant 2.

use std::collections::BTreeMap;

use xinyu_core::effect::{Draft, Effect, Outgoing};
use xinyu_core::evidence::Index;
use xinyu_evidence::entry::{Record, SignedRecord};
use xinyu_protocol::tc609::evidence::EvidenceReport;
use xinyu_store::audit::Happened;
use xinyu_store::record::OwnRecord;
use xinyu_store::{Topic, Tx};

use crate::failure::Failure;
use crate::node::{Node, NodeKind};

/// Commits effects with the change that caused them. A platform's records come last, since whoever appends to a log holds it until the commit: what all
/// lock last can hold nobody up in a circle. A connector's records are messages, which keep their order.
///
/// # Errors
/// If the store fails, or the node is not registered yet.
pub async fn apply(node: &Node, tx: &mut Tx, effects: Vec<Effect>) -> Result<(), Failure> {
    let mut drafts = Vec::new();
    for effect in effects {
        match effect {
            Effect::Send(message) => send(tx, message).await?,
            Effect::Record(draft) if node.kind == NodeKind::Platform => drafts.push(draft),
            Effect::Record(draft) => {
                record(node, tx, draft).await?;
            }
            Effect::Alert { action, object, detail } => alert(tx, action, object, detail).await?,
        }
    }
    for draft in drafts {
        record(node, tx, draft).await?;
    }
    Ok(())
}

/// An alert by the node itself, for the security administrator and wherever alerts are sent to.
async fn alert(tx: &mut Tx, action: &str, object: String, detail: String) -> Result<(), Failure> {
    let happened = Happened {
        actor: "-".to_owned(),
        action: action.to_owned(),
        object,
        result: "done".to_owned(),
        ip: "-".to_owned(),
        detail,
    };
    crate::audit::append(tx, happened).await
}

/// Puts a message in the outbox.
///
/// # Errors
/// If the store fails.
pub async fn send(tx: &mut Tx, message: Outgoing) -> Result<(), Failure> {
    let row = xinyu_store::outbox::OutboxMessage::new(
        &message.stream,
        &message.to,
        message.kind,
        &message.path,
        message.body,
    );
    let row = if crate::outbox::bundle::is_bundled(message.kind) { row.bundled() } else { row };
    xinyu_store::outbox::enqueue(tx, &row).await?;
    Ok(())
}

/// Signs a record with the node's own key. A platform appends it to the log of the space; a connector keeps it and reports it.
///
/// # Errors
/// If the store fails, or the node is not registered yet.
pub async fn record(node: &Node, tx: &mut Tx, draft: Draft) -> Result<String, Failure> {
    let signed = sign(node, tx, draft)?;
    match node.kind {
        NodeKind::Platform => crate::log::append(tx, &signed).await.map(|_| ())?,
        NodeKind::Connector => keep(node, tx, &signed).await?,
    }
    Ok(signed.record.id)
}

/// Keeps a record of this connector and reports it; what the platform has already, it answers with its place in the log.
///
/// # Errors
/// If the store fails.
pub async fn keep(node: &Node, tx: &mut Tx, signed: &SignedRecord) -> Result<(), Failure> {
    let record = &signed.record;
    let body = serde_json::to_value(signed).map_err(Failure::broken)?;
    let own = OwnRecord {
        record_id: record.id.clone(),
        space_id: record.space.clone(),
        contract_id: record.contract.clone(),
        kind: record.kind.clone(),
        at_micros: record.at.as_microsecond(),
        position: None,
        body: body.clone(),
    };
    xinyu_store::record::insert(tx, &own, &record.actor, &Index::of(record)).await?;
    let stream = format!("evidence/{}", record.contract.as_deref().unwrap_or(&record.space));
    let report = EvidenceReport { record: body };
    send(tx, Outgoing::json(&node.platform_id(), stream, "evidence", "/tc609/evidence", &report)?).await?;
    tx.signal(Topic::Evidence);
    Ok(())
}

/// Signs a record with the node's own key, without storing it.
///
/// # Errors
/// If the node is not registered yet.
pub fn sign(node: &Node, tx: &Tx, draft: Draft) -> Result<SignedRecord, Failure> {
    let actor =
        node.party().ok_or_else(|| Failure::broken("the node has no identifier yet, nothing can be recorded"))?;
    let suite = node.suite_of(&draft.space);
    let facts: BTreeMap<String, serde_json::Value> = draft.facts.into_iter().collect();
    let record = Record {
        v: 1,
        id: tx.new_id().to_string(),
        kind: draft.kind.to_owned(),
        space: draft.space,
        contract: draft.contract.map(|id| id.as_str().to_owned()),
        subject: draft.subject,
        actor: actor.as_str().to_owned(),
        at: tx.now(),
        facts,
        refs: Vec::new(),
    };
    SignedRecord::sign(record, node.ring.signing(suite)).map_err(Failure::broken)
}
