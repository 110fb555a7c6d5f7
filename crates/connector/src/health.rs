//! The connector watches itself: whether its platform still answers, and whether its store still takes what is written. What runs and what moves is stopped
//! when it is fit no more. TC609-6-2025-15 §7.1.2.4 g. What it finds is kept, so that a restart makes no silence shorter.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use xinyu_core::usage::health::Health;
use xinyu_core::usage::{Bar, health};
use xinyu_protocol::api::device::Unfit;
use xinyu_protocol::tc609::run_log::Level;
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_store::{Timestamp, Tx};

use crate::app::Connector;

const HEARD_AT: &str = "device/heard_at";

/// How the connector of this process is doing.
#[derive(Default)]
pub struct Monitor(watch::Sender<Health>, Mutex<Seen>);

/// What was seen last, so that the run log tells what turned and not every look.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// Whether the platform answered; unknown at first.
    is_heard: Option<bool>,
    /// Whether the store took nothing.
    is_broken: bool,
}

impl Monitor {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As it is now.
    #[must_use]
    pub fn look(&self) -> Health {
        self.0.borrow().clone()
    }

    /// Changes it; whoever waits is woken if something broke, or works again, or the platform is heard for the first time.
    fn change(&self, change: impl FnOnce(&mut Health)) {
        self.0.send_if_modified(|health| {
            let before = health.clone();
            change(health);
            before.fault != health.fault || before.heard_at.is_none() != health.heard_at.is_none()
        });
    }

    /// Wakes whoever decides again when something broke, or works again.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Health> {
        self.0.subscribe()
    }
}

/// Takes up what was known before the restart.
///
/// # Errors
/// If the store fails.
pub(crate) async fn resume(connector: &Connector) -> Result<(), Failure> {
    let kept = connector.node.store.read("health.resume", |tx| {
        Box::pin(async move { xinyu_store::setting::find(tx, HEARD_AT).await.map_err(Failure::from) })
    });
    let heard_at: Option<Timestamp> = kept.await?.and_then(|text| text.parse().ok());
    connector.health.change(|health| health.heard_at = health.heard_at.max(heard_at));
    Ok(())
}

/// The platform has answered: that is written down, which shows too whether anything can be.
pub(crate) async fn heard(connector: &Connector) {
    let now = connector.node.store.clock().now();
    let (seen, platform) = (*connector.health.seen(), connector.node.platform_id());
    let written = connector.node.store.write("health.heard", move |tx| {
        Box::pin(async move {
            if seen.is_heard == Some(false) {
                xinyu_store::run_log::note(tx, Level::Info, "platform.reached", &platform, "").await?;
            }
            recovered(tx, seen).await?;
            xinyu_store::setting::set(tx, HEARD_AT, &now.to_string()).await.map_err(Failure::from)
        })
    });
    connector.health.change(|health| health.heard_at = Some(now));
    tell(connector, written.await, true);
}

/// The platform has not answered: whether the store takes what is written is seen nevertheless.
pub(crate) async fn unheard(connector: &Connector) {
    let heard_at = connector.health.look().heard_at;
    let (seen, platform) = (*connector.health.seen(), connector.node.platform_id());
    let written = connector.node.store.write("health.unheard", move |tx| {
        Box::pin(async move {
            if seen.is_heard != Some(false) {
                xinyu_store::run_log::note(tx, Level::Warn, "platform.unreachable", &platform, "").await?;
            }
            recovered(tx, seen).await?;
            let text = heard_at.map(|at| at.to_string()).unwrap_or_default();
            xinyu_store::setting::set(tx, HEARD_AT, &text).await.map_err(Failure::from)
        })
    });
    tell(connector, written.await, false);
}

/// The store takes what is written again, if it did not.
async fn recovered(tx: &mut Tx, seen: Seen) -> Result<(), Failure> {
    if seen.is_broken {
        xinyu_store::run_log::note(tx, Level::Warn, "store.recovered", "-", "").await?;
    }
    Ok(())
}

fn tell(connector: &Connector, written: Result<(), Failure>, is_heard: bool) {
    {
        let mut seen = connector.health.seen();
        seen.is_broken = written.is_err();
        // What could not be written is written with the next look.
        if written.is_ok() {
            seen.is_heard = Some(is_heard);
        }
    }
    let fault = written.err().map(|error| {
        tracing::error!(%error, "the store takes nothing: what runs is stopped, and nothing begins until it does");
        Text::new(
            "本机存储无法写入，使用过程无法存证；请检查磁盘空间与数据库",
            "its store takes nothing, and no use could be proven: look at the disk and the database",
        )
    });
    connector.health.change(|health| health.fault = fault);
}

/// How long a space allows its connectors to be silent, in seconds; 0: as long as they like.
fn silence(connector: &Connector, space_id: &str) -> u64 {
    connector.node.rules_of(space_id).map_or(0, |rules| rules.silence_seconds)
}

/// The shortest silence of the spaces that it is in.
pub(crate) fn shortest(connector: &Connector) -> Option<u64> {
    let spaces = connector.node.spaces();
    spaces.iter().map(|space| silence(connector, space)).filter(|seconds| *seconds > 0).min()
}

/// Why nothing may be used or moved now in a space, if so.
pub(crate) fn bar(connector: &Connector, space_id: &str, now: Timestamp) -> Option<Bar> {
    connector.health.look().bar(silence(connector, space_id), now)
}

/// The spaces in which nothing is used or moved now, and why.
pub(crate) fn unfit(connector: &Connector) -> Vec<Unfit> {
    let now = connector.node.store.clock().now();
    let barred = |space_id: String| bar(connector, &space_id, now).map(|bar| Unfit { space_id, why: bar.why });
    connector.node.spaces().into_iter().filter_map(barred).collect()
}

/// That data may move now in a space.
///
/// # Errors
/// If the connector is not fit.
pub(crate) fn must_be_fit(connector: &Connector, space_id: &str, now: Timestamp) -> Result<(), Failure> {
    match bar(connector, space_id, now) {
        Some(bar) => Err(health::rejection(bar).into()),
        None => Ok(()),
    }
}

/// When silence alone would end what runs in a space.
pub(crate) fn ends_at(connector: &Connector, space_id: &str) -> Option<Timestamp> {
    connector.health.look().ends_at(silence(connector, space_id))
}
