//! Work that is due at moments that the store knows: done when they come, or when a commit brings one nearer. Nobody polls.

use std::future::Future;
use std::time::Duration;

use xinyu_store::{Timestamp, Topic};

use crate::failure::Failure;
use crate::node::Node;

/// After a turn that failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Takes turns until the node stops. A turn does what is due, and says when the next thing is, if anything is known to be; a commit on the topic begins one
/// before. One that fails is told under this name, and taken again.
pub async fn run<T, F>(node: &Node, topic: Topic, what: &str, turn: T)
where
    T: Fn() -> F,
    F: Future<Output = Result<Option<Timestamp>, Failure>>,
{
    let mut wake = node.store.signals().subscribe(topic);
    loop {
        let next = match turn().await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "{what}: due but failed, the next attempt follows");
                tokio::select! {
                    () = node.stopping() => return,
                    () = tokio::time::sleep(AGAIN) => continue,
                }
            }
        };
        tokio::select! {
            () = node.stopping() => return,
            () = reach(node, next) => {}
            woken = wake.wait() => if woken.is_err() { return },
        }
    }
}

async fn reach(node: &Node, at: Option<Timestamp>) {
    match at {
        Some(at) => node.store.clock().reach(at).await,
        None => std::future::pending().await,
    }
}
