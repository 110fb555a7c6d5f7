//! The signs of life of connectors: taken as they come, missed by a timer that waits for the next silence. TC609-6-2025-11 §7.2.2 g; TC609-6-2025-16 6.2 c.

use std::time::Duration;

use axum::extract::State;
use jiff::SignedDuration;
use xinyu_core::heartbeat::{Event, LATE_AFTER, Liveness, Pulse, step};
use xinyu_protocol::tc609::connector::{Heartbeat, HeartbeatAnswer};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::application::member;

/// The longest sleep of the timer, should a signal be lost.
const LONGEST: Duration = Duration::from_secs(5);
/// How many silences one transaction takes up.
const BATCH: u32 = 100;

/// `POST /tc609/heartbeat`, by a connector every five seconds.
///
/// # Errors
/// If it is not admitted.
pub async fn beat(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let beat: Heartbeat = call.parse()?;
    let by = call.connector()?;
    let this = platform.clone();
    let taken = platform.node.store.write("heartbeat.beat", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let now = tx.now();
            let before = xinyu_store::heartbeat::lock(tx, by.as_str()).await?;
            let is_first = before.is_none();
            let mut pulse = before.unwrap_or_else(|| Pulse {
                connector_id: by.as_str().to_owned(),
                liveness: Liveness::Online,
                seen_at: now,
                started_at: beat.started_at,
                version: String::new(),
                binary_digest: String::new(),
                due_at: None,
            });
            let was = pulse.liveness;
            pulse.started_at = beat.started_at;
            pulse.version = beat.version.chars().take(50).collect();
            pulse.binary_digest = beat.binary_digest.chars().take(64).collect();
            let (pulse, happened, effects) = step(pulse, Event::Beat, &me.spaces, now);
            xinyu_store::heartbeat::save(tx, &pulse).await?;
            for one in &happened {
                xinyu_store::connector::note(tx, by.as_str(), one).await?;
            }
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Heartbeat);
            if is_first || was != pulse.liveness {
                tx.signal(Topic::Participant);
            }
            let policy_sets = crate::policy_record::sequences(tx, &me).await?;
            Answer::json(200, &HeartbeatAnswer { status: "0".to_owned(), policy_sets })
        })
    });
    taken.await
}

/// Waits for silences until the node stops. While the platform was down nobody could be heard: everybody gets the usual time anew.
pub async fn run(platform: Platform) {
    if let Err(error) = begin(&platform).await {
        tracing::error!(%error, "the heartbeats of an earlier start cannot be taken up");
    }
    let mut wake = platform.node.store.signals().subscribe(Topic::Heartbeat);
    loop {
        let pause = match next(&platform).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "heartbeats cannot be watched, the next attempt follows");
                LONGEST
            }
        };
        tokio::select! {
            () = platform.node.stopping() => return,
            () = tokio::time::sleep(pause) => {}
            _ = wake.wait() => {}
        }
    }
}

async fn begin(platform: &Platform) -> Result<(), Failure> {
    platform
        .node
        .store
        .write("heartbeat.begin", |tx| {
            Box::pin(async move {
                let until = tx.now().checked_add(LATE_AFTER).map_err(Failure::broken)?;
                for mut pulse in xinyu_store::heartbeat::list(tx).await? {
                    if pulse.due_at.is_some_and(|due| due < until) {
                        pulse.due_at = Some(until);
                        xinyu_store::heartbeat::save(tx, &pulse).await?;
                    }
                }
                Ok::<_, Failure>(())
            })
        })
        .await
}

/// Takes up what is due, and says how long to wait for what comes next.
async fn next(platform: &Platform) -> Result<Duration, Failure> {
    let due = platform.node.store.read("heartbeat.next_due", |tx| {
        Box::pin(async move { xinyu_store::heartbeat::next_due(tx).await.map_err(Failure::from) })
    });
    let now = platform.node.store.clock().now();
    let Some(due) = due.await? else {
        return Ok(LONGEST);
    };
    let left = due.duration_since(now);
    if left > SignedDuration::ZERO {
        return Ok(Duration::try_from(left).unwrap_or(LONGEST).min(LONGEST));
    }
    let this = platform.clone();
    platform
        .node
        .store
        .write("heartbeat.silence", move |tx| {
            Box::pin(async move {
                for pulse in xinyu_store::heartbeat::due(tx, tx.now(), BATCH).await? {
                    silent(&this, tx, pulse).await?;
                }
                tx.signal(Topic::Participant);
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(Duration::from_millis(10))
}

async fn silent(platform: &Platform, tx: &mut Tx, pulse: Pulse) -> Result<(), Failure> {
    let member = xinyu_store::member::find(tx, &pulse.connector_id).await?;
    let spaces = match member {
        Some(member) => member.spaces,
        None => {
            let other = xinyu_store::heterogeneous::find(tx, &pulse.connector_id).await?;
            other.map(|other| other.statement.spaces).unwrap_or_default()
        }
    };
    let (pulse, happened, effects) = step(pulse, Event::Silence, &spaces, tx.now());
    if pulse.liveness == Liveness::Stopped {
        let (id, seen_at) = (&pulse.connector_id, pulse.seen_at);
        tracing::warn!(connector = %id, %seen_at, "connector {id} is judged to have stopped");
    }
    xinyu_store::heartbeat::save(tx, &pulse).await?;
    for one in &happened {
        xinyu_store::connector::note(tx, &pulse.connector_id, one).await?;
    }
    effect::apply(&platform.node, tx, effects).await
}
