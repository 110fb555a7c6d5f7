//! The eye on running uses: decided again when a commit tells that a contract or a party changed, when this connector
//! is fit no more, and at the moment at which time alone may change the decision.
//! TC609-6-2025-15 §7.1.1.3, §7.1.2.4 g. Nothing is asked every second; the timer is for a signal that was lost on its way from another process.

use std::time::Duration;

use xinyu_core::usage::{Bar, Use, watch};
use xinyu_policy::Decision;
use xinyu_shell::Failure;
use xinyu_store::{Timestamp, Topic};

use super::{barred, component};
use crate::app::Connector;
use crate::health;
use crate::policy_record::set::of_holding;

/// How often is looked though nobody called.
const LOST: Duration = Duration::from_secs(5);
/// After a look that failed.
const AGAIN: Duration = Duration::from_millis(200);

/// Watches until the node stops.
pub(crate) async fn run(connector: Connector) {
    let signals = connector.node.store.signals();
    let (mut contract, mut party) = (signals.subscribe(Topic::Contract), signals.subscribe(Topic::Participant));
    let mut component = signals.subscribe(Topic::Catalog);
    let mut health = connector.health.subscribe();
    let mut pause = LOST;
    loop {
        let next = connector.running.next_look();
        let is_change = tokio::select! {
            () = connector.node.stopping() => return,
            woken = contract.wait() => if woken.is_ok() { true } else { return },
            woken = party.wait() => if woken.is_ok() { true } else { return },
            woken = component.wait() => if woken.is_ok() { true } else { return },
            changed = health.changed() => if changed.is_ok() { true } else { return },
            () = connector.running.entered() => false,
            () = reach(&connector, next) => false,
            () = tokio::time::sleep(pause) => true,
        };
        pause = match look(&connector, is_change).await {
            Ok(()) => LOST,
            Err(error) => {
                // Whatever comes of it: no use ends well without being decided on once more.
                tracing::error!(%error, "running uses could not be looked at, the next attempt follows");
                AGAIN
            }
        };
    }
}

async fn reach(connector: &Connector, at: Option<Timestamp>) {
    match at {
        Some(at) => connector.node.store.clock().reach(at).await,
        None => std::future::pending().await,
    }
}

/// Decides again on all that run, or on those whose time has come.
async fn look(connector: &Connector, is_change: bool) -> Result<(), Failure> {
    let now = connector.node.store.clock().now();
    let running = connector.running.to_look_at((!is_change).then_some(now));
    for (id, uses) in running {
        for (use_id, decided) in judged(connector, id, uses).await? {
            match decided {
                Judged::Holds(next) => connector.running.looked_at(&use_id, next),
                Judged::Ceased(decision) => connector.running.cease(&use_id, decision),
            }
        }
    }
    Ok(())
}

enum Judged {
    /// Until then, if time alone can end it.
    Holds(Option<Timestamp>),
    Ceased(Decision),
}

/// The uses of one contract: it is read once, however many run.
async fn judged(connector: &Connector, id: String, uses: Vec<Use>) -> Result<Vec<(String, Judged)>, Failure> {
    let this = connector.clone();
    let found = connector.node.store.read("usage.look", move |tx| {
        Box::pin(async move {
            let holding =
                xinyu_store::holding::find(tx, &id).await?.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
            let (policy, unknown) = of_holding(&this, tx, &holding).await?;
            let party = barred(&this, tx, &holding).await?.or(unknown);
            let mut barred = Vec::new();
            for one in uses {
                let bar = match &party {
                    Some(bar) => Some(bar.clone()),
                    None => component::barred(&this, tx, &one.components).await?,
                };
                barred.push((bar, one));
            }
            let now = tx.now();
            Ok::<_, Failure>((holding, policy, barred, now))
        })
    });
    let (holding, policy, uses, now) = found.await?;
    let silence = health::ends_at(connector, &holding.space_id);
    let judge = |(bar, one): (Option<Bar>, Use)| {
        let judged = match watch::review(&holding, &policy, &one, bar.as_ref(), now) {
            Some(decision) => Judged::Ceased(decision),
            None => Judged::Holds(watch::next_look(&holding, &policy, &one, now).into_iter().chain(silence).min()),
        };
        (one.use_id, judged)
    };
    Ok(uses.into_iter().map(judge).collect())
}
