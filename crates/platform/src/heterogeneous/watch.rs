//! Signs of life of connectors that send none: the version document of each is asked for as often as ours beat, and an answer is a beat. Silence means
//! what it means for all (`heartbeat.rs`). TC609-6-2025-11 §7.2.2 g; TC609-6-2025-16 6.2 c, d.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use xinyu_core::heartbeat::{Event, Liveness, Pulse, step};
use xinyu_core::heterogeneous::Heterogeneous;
use xinyu_protocol::tc609::heterogeneous::Probed;
use xinyu_shell::{Failure, effect};
use xinyu_store::Topic;

use super::{look, looked_at};
use crate::app::Platform;

/// How often each is asked: as often as ours beat.
const EVERY: Duration = Duration::from_secs(5);
/// How soon after the last time one is asked again, if something else wakes the watch.
const AGAIN: SignedDuration = SignedDuration::from_millis(4_500);
/// How many are asked at a time.
const AT_ONCE: usize = 16;

/// Asks until the node stops.
pub async fn run(platform: Platform) {
    let mut wake = platform.node.store.signals().subscribe(Topic::Participant);
    let mut asked: BTreeMap<String, Timestamp> = BTreeMap::new();
    loop {
        if let Err(error) = round(&platform, &mut asked).await {
            tracing::error!(%error, "connectors of other makers cannot be watched, the next attempt follows");
        }
        tokio::select! {
            () = platform.node.stopping() => return,
            () = tokio::time::sleep(EVERY) => {}
            // One that was just admitted need not wait.
            _ = wake.wait() => {}
        }
    }
}

async fn round(platform: &Platform, asked: &mut BTreeMap<String, Timestamp>) -> Result<(), Failure> {
    let admitted = platform.node.store.read("heterogeneous.admitted", |tx| {
        Box::pin(async move { xinyu_store::heterogeneous::admitted(tx).await.map_err(Failure::from) })
    });
    let (admitted, now) = (admitted.await?, platform.node.store.clock().now());
    asked.retain(|id, _| admitted.iter().any(|one| one.connector_id.as_str() == id));
    let is_due = |one: &Heterogeneous| {
        asked.get(one.connector_id.as_str()).is_none_or(|last| now.duration_since(*last) >= AGAIN)
    };
    let due: Vec<Heterogeneous> = admitted.into_iter().filter(is_due).collect();
    asked.extend(due.iter().map(|one| (one.connector_id.as_str().to_owned(), now)));
    let all = futures::stream::iter(due).map(|one| ask(platform, one)).buffer_unordered(AT_ONCE);
    all.for_each(|outcome| async move {
        if let Err(error) = outcome {
            tracing::error!(%error, "a sign of life could not be noted");
        }
    })
    .await;
    Ok(())
}

async fn ask(platform: &Platform, one: Heterogeneous) -> Result<(), Failure> {
    let id = one.connector_id.as_str().to_owned();
    let (versions, endpoint) = match look::served(platform, &one.statement.address).await {
        Ok(served) => served,
        Err(error) => {
            tracing::debug!(%error, connector = %id, "connector {id} does not answer as it should");
            return Ok(());
        }
    };
    let this = platform.clone();
    let noted = platform.node.store.write("heterogeneous.beat", move |tx| {
        Box::pin(async move {
            let Some(one) = xinyu_store::heterogeneous::lock(tx, &id).await?.filter(|one| one.state.is_admitted())
            else {
                return Ok(());
            };
            let now = tx.now();
            if (&one.probed.versions, &one.probed.endpoint) != (&versions, &endpoint) {
                let probed = Probed { at: now, versions, endpoint, ..one.probed.clone() };
                looked_at(tx, one.clone(), probed).await?;
            }
            let before = xinyu_store::heartbeat::lock(tx, &id).await?;
            let is_first = before.is_none();
            let pulse = before.unwrap_or_else(|| Pulse {
                connector_id: id.clone(),
                liveness: Liveness::Online,
                seen_at: now,
                // Since when it runs it does not say: since when it was seen.
                started_at: now,
                version: one.statement.device.connector_version.chars().take(50).collect(),
                binary_digest: String::new(),
                due_at: None,
            });
            let was = pulse.liveness;
            let (pulse, happened, effects) = step(pulse, Event::Beat, &one.statement.spaces, now);
            xinyu_store::heartbeat::save(tx, &pulse).await?;
            for one in &happened {
                xinyu_store::connector::note(tx, &id, one).await?;
            }
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Heartbeat);
            if is_first || was != pulse.liveness {
                tx.signal(Topic::Participant);
            }
            Ok::<_, Failure>(())
        })
    });
    noted.await
}
