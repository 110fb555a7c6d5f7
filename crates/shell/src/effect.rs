//! Effects become rows: messages in the outbox, signed records in the log, in the transaction of the change that caused them. ARCHITECTURE, invariant 2.

use std::collections::BTreeMap;

use xinyu_core::effect::{Draft, Effect, Outgoing};
use xinyu_core::evidence::Index;
use xinyu_crypto::Suite;
use xinyu_evidence::entry::{Record, SignedRecord};
use xinyu_protocol::tc609::evidence::EvidenceReport;
use xinyu_store::audit::Happened;
use xinyu_store::outbox::OutboxMessage;
use xinyu_store::record::OwnRecord;
use xinyu_store::{Topic, Tx};

use crate::failure::Failure;
use crate::node::{Node, NodeKind};

/// What the streams begin with in which a connector's records go to its platform.
const EVIDENCE: &str = "evidence/";

/// Commits effects with the change that caused them. A platform's records come last, since whoever appends to a log holds it until the commit: what all
/// lock last can hold nobody up in a circle. A connector's records are messages, which keep their order.
///
/// # Errors
/// If the store fails, or the node is not registered yet.
pub async fn apply(node: &Node, tx: &mut Tx, effects: Vec<Effect>) -> Result<(), Failure> {
    let mut drafts = Vec::new();
    for effect in effects {
        match effect {
            Effect::Send(message) => {
                // What follows a record on its way, or goes in one request with it, must not overtake it.
                let follows = crate::outbox::bundle::is_bundled(message.kind) || message.stream.starts_with(EVIDENCE);
                if node.kind == NodeKind::Connector && follows {
                    record_all(node, tx, std::mem::take(&mut drafts)).await?;
                }
                send(tx, message).await?;
            }
            Effect::Record(draft) => drafts.push(draft),
            Effect::Alert { action, object, detail } => alert(tx, action, object, detail).await?,
        }
    }
    record_all(node, tx, drafts).await
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
    xinyu_store::outbox::enqueue(tx, &row(message)).await?;
    Ok(())
}

fn row(message: Outgoing) -> OutboxMessage {
    let row = OutboxMessage::new(&message.stream, &message.to, message.kind, &message.path, message.body);
    if crate::outbox::bundle::is_bundled(message.kind) { row.bundled() } else { row }
}

/// Signs a record with the node's own key. A platform appends it to the log of the space; a connector keeps it and reports it.
///
/// # Errors
/// If the store fails, or the node is not registered yet.
pub async fn record(node: &Node, tx: &mut Tx, draft: Draft) -> Result<String, Failure> {
    let signed = sign(node, tx, draft)?;
    let id = signed.record.id.clone();
    store(node, tx, vec![signed]).await?;
    Ok(id)
}

async fn record_all(node: &Node, tx: &mut Tx, drafts: Vec<Draft>) -> Result<(), Failure> {
    store(node, tx, sign_all(node, tx, drafts)?).await
}

async fn store(node: &Node, tx: &mut Tx, records: Vec<SignedRecord>) -> Result<(), Failure> {
    if node.kind == NodeKind::Connector {
        return keep_all(node, tx, records).await;
    }
    crate::run_log::recorded(tx, &records).await?;
    if !records.is_empty() {
        crate::log::append_all(tx, &records).await?;
    }
    Ok(())
}

/// Keeps records of this connector and reports them; what the platform has already, it answers with its place in the log.
///
/// # Errors
/// If the store fails.
pub async fn keep_all(node: &Node, tx: &mut Tx, records: Vec<SignedRecord>) -> Result<(), Failure> {
    if records.is_empty() {
        return Ok(());
    }
    crate::run_log::recorded(tx, &records).await?;
    let (mut own, mut reports, platform) = (Vec::new(), Vec::new(), node.platform_id());
    for signed in records {
        let index = Index::of(&signed.record);
        let body = serde_json::to_value(&signed).map_err(Failure::broken)?;
        let record = signed.record;
        let stream = format!("{EVIDENCE}{}", record.contract.as_deref().unwrap_or(&record.space));
        let report = EvidenceReport { record: body };
        reports.push(row(Outgoing::json(&platform, stream, "evidence", "/tc609/evidence", &report)?));
        let EvidenceReport { record: body } = report;
        let kept = OwnRecord {
            record_id: record.id,
            space_id: record.space,
            contract_id: record.contract,
            kind: record.kind,
            at_micros: record.at.as_microsecond(),
            position: None,
            body,
        };
        own.push((kept, record.actor, index));
    }
    xinyu_store::record::insert_all(tx, own).await?;
    xinyu_store::outbox::bundle::enqueue_all(tx, reports).await?;
    tx.signal(Topic::Evidence);
    Ok(())
}

/// Signs a record with the node's own key, without storing it.
///
/// # Errors
/// If the node is not registered yet.
pub fn sign(node: &Node, tx: &Tx, draft: Draft) -> Result<SignedRecord, Failure> {
    let signed = sign_all(node, tx, vec![draft])?;
    signed.into_iter().next().ok_or_else(|| Failure::broken("a record was not signed"))
}

/// Signs records in their order; those of one suite that follow each other with one signature.
fn sign_all(node: &Node, tx: &Tx, drafts: Vec<Draft>) -> Result<Vec<SignedRecord>, Failure> {
    let mut runs: Vec<(Suite, Vec<Record>)> = Vec::new();
    for draft in drafts {
        let suite = node.suite_of(&draft.space);
        let record = record_of(node, tx, draft)?;
        match runs.last_mut() {
            Some((last, run)) if *last == suite => run.push(record),
            _ => runs.push((suite, vec![record])),
        }
    }
    let mut signed = Vec::new();
    for (suite, run) in runs {
        signed.extend(SignedRecord::sign_all(run, node.ring.signing(suite)).map_err(Failure::broken)?);
    }
    Ok(signed)
}

fn record_of(node: &Node, tx: &Tx, draft: Draft) -> Result<Record, Failure> {
    let actor =
        node.party().ok_or_else(|| Failure::broken("the node has no identifier yet, nothing can be recorded"))?;
    let facts: BTreeMap<String, serde_json::Value> = draft.facts.into_iter().collect();
    Ok(Record {
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
    })
}
