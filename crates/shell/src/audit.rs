//! What people did: read, verified, never altered. NDI-TR-2025-03 §9.3. Entries are written with the change that they tell of, in its transaction.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use xinyu_core::audit::{ALERTS, Entry, Walk};
use xinyu_protocol::api::List;
use xinyu_protocol::api::audit::{AuditCheck, AuditInfo};
use xinyu_store::Tx;
use xinyu_store::audit::{Filter, Happened};

use crate::failure::Failure;
use crate::node::Node;

/// How many entries a page has at most.
const MOST: u32 = 500;
/// How many are read at once when the chain is verified.
const PIECE: u32 = 1_000;

/// Adds an entry.
///
/// # Errors
/// If the store fails.
pub(crate) async fn append(tx: &mut Tx, happened: Happened) -> Result<(), Failure> {
    xinyu_store::audit::append(tx, &happened).await?;
    Ok(())
}

/// What to read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    before: Option<u64>,
    limit: Option<u32>,
    actor: Option<String>,
    action: Option<String>,
}

/// `GET /api/v1/audit`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(node): State<Arc<Node>>, Query(asked): Query<Asked>) -> Result<Json<List<AuditInfo>>, Failure> {
    let not_empty = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = Filter { before: asked.before, actor: not_empty(asked.actor), action: not_empty(asked.action) };
    page(&node, filter, asked.limit.unwrap_or(100).min(MOST)).await
}

/// `GET /api/v1/alerts`: what the security administrator is told: accounts that were locked, went dormant or were recovered, passkeys that
/// may have been copied, and what was denied.
///
/// # Errors
/// If the store fails.
pub async fn alerts(State(node): State<Arc<Node>>) -> Result<Json<List<AuditInfo>>, Failure> {
    let mut all = Vec::new();
    for action in ALERTS {
        let filter = Filter { action: Some(action.to_owned()), ..Filter::default() };
        all.extend(page(&node, filter, 100).await?.0.items);
    }
    all.sort_by_key(|entry| std::cmp::Reverse(entry.sequence));
    all.truncate(100);
    Ok(Json(List { items: all }))
}

async fn page(node: &Node, filter: Filter, limit: u32) -> Result<Json<List<AuditInfo>>, Failure> {
    let entries = node.store.read("audit.list", move |tx| {
        Box::pin(async move { xinyu_store::audit::list(tx, &filter, limit).await.map_err(Failure::from) })
    });
    Ok(Json(List { items: entries.await?.into_iter().map(info).collect() }))
}

/// `GET /api/v1/audit/verification`: the whole chain, computed again.
///
/// # Errors
/// If the store fails.
pub async fn verify(State(node): State<Arc<Node>>) -> Result<Json<AuditCheck>, Failure> {
    let check = node.store.read("audit.verify", |tx| {
        Box::pin(async move {
            let (sequence, head) = xinyu_store::audit::head(tx).await?;
            let (base, digest) = xinyu_store::audit::base(tx).await?;
            let (mut walk, mut at) = (Walk::after(base, digest), base);
            loop {
                let piece = xinyu_store::audit::list_after(tx, at, PIECE).await?;
                let Some((last, _)) = piece.last() else { break };
                at = last.sequence;
                piece.iter().for_each(|(entry, digest)| walk.step(entry, digest));
            }
            let (entries, head, problems) = walk.end(sequence, &head);
            Ok::<_, Failure>(AuditCheck {
                ok: problems.is_empty(),
                entries,
                disposed: base,
                head: hex::encode(head),
                problems,
            })
        })
    });
    Ok(Json(check.await?))
}

fn info((entry, digest): (Entry, Vec<u8>)) -> AuditInfo {
    AuditInfo {
        sequence: entry.sequence,
        at: entry.at,
        actor: entry.actor,
        action: entry.action,
        object: entry.object,
        result: entry.result,
        ip: entry.ip,
        detail: entry.detail,
        digest: hex::encode(digest),
    }
}
