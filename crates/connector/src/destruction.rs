//! Destruction after use: woken when a use ends, and by time; what is to be destroyed is destroyed, whatever happened before, and proven.
//! TC609-6-2025-14 §7.6; TC609-6-2025-15 §7.1.2.4 f.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use xinyu_core::usage::{Holding, HoldingState, destruction};
use xinyu_crypto::jws;
use xinyu_shell::{Failure, effect};
use xinyu_store::Topic;

use crate::app::Connector;
use crate::usage::policy;
use crate::{derived, performance, termination, usage};

/// The longest pause, in case a signal was lost, and the shortest.
const PAUSE: Duration = Duration::from_secs(5);
const SHORTEST: Duration = Duration::from_millis(10);

/// Ends and destroys what is due, until the node stops.
pub async fn run(connector: Connector) {
    let mut wake = connector.node.store.signals().subscribe(Topic::Usage);
    loop {
        let next = round(&connector).await.unwrap_or_else(|error| {
            tracing::error!(%error, "an end or a destruction is due but failed, the next attempt follows");
            None
        });
        let left = next.map(|next| next.duration_since(connector.node.store.clock().now()));
        let pause = left.map_or(PAUSE, |left| Duration::try_from(left).unwrap_or(SHORTEST).clamp(SHORTEST, PAUSE));
        tokio::select! {
            () = connector.node.stopping() => return,
            _ = tokio::time::timeout(pause, wake.wait()) => {}
        }
    }
}

/// When the next contract ends, if one is known to.
async fn round(connector: &Connector) -> Result<Option<Timestamp>, Failure> {
    let next = termination::end::round(connector).await?;
    for state in [HoldingState::Awaited, HoldingState::Held] {
        for holding in list(connector, state).await? {
            let (now, id) = (connector.node.store.clock().now(), holding.contract_id.as_str());
            if holding.is_in_use() && holding.ended(now).is_some() {
                usage::clear(connector, id).await?;
            }
            if destruction::is_due(&holding, &policy(&holding.terms)?, now) {
                resolve(connector, id.to_owned()).await?;
            }
        }
    }
    for holding in list(connector, HoldingState::Destroying).await? {
        let (vault, id) = (Arc::clone(&connector.vault), holding.contract_id.as_str().to_owned());
        tokio::task::spawn_blocking(move || vault.destroy(&id))
            .await
            .map_err(Failure::broken)?
            .map_err(Failure::broken)?;
        derived::destroy(connector, &holding).await?;
        prove(connector, holding.contract_id.as_str().to_owned()).await?;
    }
    Ok(next)
}

async fn list(connector: &Connector, state: HoldingState) -> Result<Vec<Holding>, Failure> {
    connector
        .node
        .store
        .read("holding.list", move |tx| {
            Box::pin(async move { xinyu_store::holding::list(tx, Some(state)).await.map_err(Failure::from) })
        })
        .await
}

/// Looked at again on the locked row: a use may have begun since. An end at the contract's time is told to the platform. A.2 f.
async fn resolve(connector: &Connector, id: String) -> Result<(), Failure> {
    let this = connector.clone();
    connector
        .node
        .store
        .write("holding.resolve", move |tx| {
            Box::pin(async move {
                let holding =
                    xinyu_store::holding::lock(tx, &id).await?.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
                let now = tx.now();
                if !destruction::is_due(&holding, &policy(&holding.terms)?, now) {
                    return Ok(());
                }
                if holding.ending.is_none() && destruction::is_expired(&holding, now) {
                    termination::end::expire(&this, tx, &holding).await?;
                }
                xinyu_store::holding::save(tx, &destruction::resolve(holding)).await?;
                tx.signal(Topic::Usage);
                Ok(())
            })
        })
        .await
}

async fn prove(connector: &Connector, id: String) -> Result<(), Failure> {
    let this = connector.clone();
    connector
        .node
        .store
        .write("holding.prove", move |tx| {
            Box::pin(async move {
                let holding =
                    xinyu_store::holding::lock(tx, &id).await?.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
                if holding.state != HoldingState::Destroying {
                    return Ok(());
                }
                let policy = policy(&holding.terms)?;
                let key = this.node.ring.signing(holding.suite);
                let (proof_id, now) = (tx.new_id().to_string(), tx.now());
                let sign = |bytes: &[u8]| jws::sign("xinyu-fulfilment+jwt", bytes, key);
                let (holding, effects) = destruction::prove(holding, &policy, proof_id, now, &sign)?;
                xinyu_store::holding::save(tx, &holding).await?;
                derived::gone(tx, &id).await?;
                effect::apply(&this.node, tx, effects).await?;
                performance::wake(&this, tx, &id).await?;
                tx.signal(Topic::Usage);
                tx.signal(Topic::Contract);
                Ok(())
            })
        })
        .await
}
