//! Destruction after use: woken when a use ends, and by time; what is to be destroyed is destroyed, whatever happened before, and proven.
//! TC609-6-2025-14 §7.6; TC609-6-2025-15 §7.1.2.4 f.

use std::sync::Arc;
use std::time::Duration;

use xinyu_core::usage::{Holding, HoldingState, destruction};
use xinyu_crypto::jws;
use xinyu_shell::{Failure, effect};
use xinyu_store::Topic;

use crate::app::Connector;
use crate::usage::policy;

/// Destroys what is due, until the node stops.
pub async fn run(connector: Connector) {
    let mut wake = connector.node.store.signals().subscribe(Topic::Usage);
    loop {
        if let Err(error) = round(&connector).await {
            tracing::error!(%error, "destruction is due but failed, the next attempt follows");
        }
        tokio::select! {
            () = connector.node.stopping() => return,
            _ = tokio::time::timeout(Duration::from_secs(5), wake.wait()) => {}
        }
    }
}

async fn round(connector: &Connector) -> Result<(), Failure> {
    for holding in list(connector, HoldingState::Held).await? {
        let now = connector.node.store.clock().now();
        if destruction::is_due(&holding, &policy(&holding.terms)?, now) {
            resolve(connector, holding.contract_id.as_str().to_owned()).await?;
        }
    }
    for holding in list(connector, HoldingState::Destroying).await? {
        let (vault, id) = (Arc::clone(&connector.vault), holding.contract_id.as_str().to_owned());
        tokio::task::spawn_blocking(move || vault.destroy(&id))
            .await
            .map_err(Failure::broken)?
            .map_err(Failure::broken)?;
        prove(connector, holding.contract_id.as_str().to_owned()).await?;
    }
    Ok(())
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

async fn resolve(connector: &Connector, id: String) -> Result<(), Failure> {
    connector
        .node
        .store
        .write("holding.resolve", move |tx| {
            Box::pin(async move {
                let holding =
                    xinyu_store::holding::lock(tx, &id).await?.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
                if holding.state == HoldingState::Held {
                    xinyu_store::holding::save(tx, &destruction::resolve(holding)).await?;
                }
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
                effect::apply(&this.node, tx, effects).await?;
                tx.signal(Topic::Usage);
                Ok(())
            })
        })
        .await
}
