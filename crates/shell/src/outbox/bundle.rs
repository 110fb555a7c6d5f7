//! What a connector tells its platform about negotiations and transfers goes together: one request carries what has come up since the last one, so that
//! evidence costs neither a connection nor three signatures for each record. A bundle is taken whole or not at all; what a bundle cannot do, its
//! messages do one by one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use xinyu_protocol::tc609::bundle::{Bundle, BundleAnswer, MOST, Message};
use xinyu_store::Topic;
use xinyu_store::outbox::{OutboxMessage, bundle};

use super::{LEASE, Next, ReplyHandler, Sent, deliver, put_back, wait_until};
use crate::failure::Failure;
use crate::node::Node;
use crate::peer::{self, Undelivered};

/// How long messages gather after a bundle. A receipt is promised within a second of the record's arrival, and nothing waits for a record.
const GATHER: Duration = Duration::from_millis(20);
/// What a bundle may have in bytes: with its frame less than a body may.
const MOST_BYTES: usize = 768 << 10;

/// Whether messages of a kind may go together. All go to the platform.
pub(crate) fn is_bundled(kind: &str) -> bool {
    matches!(kind, "evidence" | "partner.contract")
}

/// Drives until the node stops.
pub(super) async fn run(node: &Arc<Node>, replies: &Arc<dyn ReplyHandler>, owner: &str) {
    let mut wake = node.store.signals().subscribe(Topic::Bundle);
    loop {
        let pause = match carry(node, replies, owner).await {
            Ok(true) => tokio::time::sleep(GATHER),
            Ok(false) => tokio::time::sleep(Duration::ZERO),
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read, the next attempt follows");
                tokio::time::sleep(GATHER)
            }
        };
        tokio::select! {
            () = node.stopping() => return,
            () = pause => {}
        }
        let due = node.store.read("outbox.next_bundle", |tx| {
            Box::pin(async move { bundle::next_due(tx).await.map_err(Failure::from) })
        });
        let left = wait_until(node, due.await);
        tokio::select! {
            () = node.stopping() => return,
            _ = tokio::time::timeout(left, wake.wait()) => {}
        }
    }
}

/// Takes what waits, and sends it; whether there was something.
async fn carry(node: &Arc<Node>, replies: &Arc<dyn ReplyHandler>, owner: &str) -> Result<bool, Failure> {
    let (owner, most) = (owner.to_owned(), u32::try_from(MOST).unwrap_or(1));
    let claim = node.store.write("outbox.claim_bundle", move |tx| {
        Box::pin(async move {
            let now = tx.now();
            bundle::claim(tx, &owner, now, most, LEASE).await.map_err(Failure::from)
        })
    });
    let mut left: Vec<OutboxMessage> = claim.await?;
    let found = !left.is_empty();
    while left.len() > 1 {
        let rest = left.split_off(fitting(&left));
        match send(node, &left).await {
            Ok(answers) => {
                if let Err(error) = close(node, replies, left.clone(), answers).await {
                    tracing::error!(%error, "a bundle was answered but could not be closed, its messages go one by one");
                    left.extend(rest);
                    break;
                }
                left = rest;
            }
            Err(error) if error.is_transient && error.status.is_none() => {
                // Whoever does not answer one request does not answer one for each message either.
                for message in left.iter().chain(&rest) {
                    put_back(node, replies, message, &error.text, Next::Later).await?;
                }
                return Ok(found);
            }
            Err(error) => {
                tracing::debug!(why = error.text, "a bundle was not taken, its messages go one by one");
                left.extend(rest);
                break;
            }
        }
    }
    one_by_one(node, replies, left).await;
    Ok(found)
}

/// How many of the first messages fit one bundle: one at the least.
fn fitting(messages: &[OutboxMessage]) -> usize {
    let mut bytes = 0_usize;
    let fits = |message: &&OutboxMessage| {
        bytes = bytes.saturating_add(message.body.len());
        bytes <= MOST_BYTES
    };
    messages.iter().take_while(fits).count().max(1)
}

/// The answers to all, in their order.
async fn send(node: &Node, messages: &[OutboxMessage]) -> Result<Vec<Vec<u8>>, Undelivered> {
    let lasting = |text: String| Undelivered { text, status: None, is_transient: false };
    let part = |message: &OutboxMessage| {
        let body = serde_json::from_slice(&message.body)?;
        Ok::<_, serde_json::Error>(Message { path: message.path.clone(), body })
    };
    let parts: Result<Vec<Message>, _> = messages.iter().map(part).collect();
    let bundle = Bundle { messages: parts.map_err(|error| lasting(error.to_string()))? };
    let body = serde_json::to_vec(&bundle).map_err(|error| lasting(error.to_string()))?;
    let (status, body) = peer::post(node, &node.platform_id(), "/tc609/bundle", body).await?;
    if status != 200 {
        return Err(lasting(format!("{status} {}", super::excerpt(&body))));
    }
    let answer: BundleAnswer = serde_json::from_slice(&body).map_err(|error| lasting(error.to_string()))?;
    if answer.answers.len() != messages.len() {
        return Err(lasting("there are not as many answers as messages".to_owned()));
    }
    let bodies = answer.answers.iter().map(serde_json::to_vec).collect::<Result<_, _>>();
    bodies.map_err(|error| lasting(error.to_string()))
}

/// Closes all in one transaction with what their answers mean.
async fn close(
    node: &Node,
    replies: &Arc<dyn ReplyHandler>,
    messages: Vec<OutboxMessage>,
    answers: Vec<Vec<u8>>,
) -> Result<(), Failure> {
    let replies = Arc::clone(replies);
    let close = node.store.write("outbox.done", move |tx| {
        Box::pin(async move {
            let were_open = bundle::done(tx, &messages).await?;
            for ((message, body), was_open) in messages.into_iter().zip(answers).zip(were_open) {
                crate::exception::arrived(tx, &message).await?;
                replies.on_reply(tx, &Sent { message, status: 200, body, is_late: !was_open }).await?;
            }
            Ok(())
        })
    });
    close.await
}

/// Sends each by itself, in their order; what stands in a stream behind one that was not taken waits.
async fn one_by_one(node: &Arc<Node>, replies: &Arc<dyn ReplyHandler>, messages: Vec<OutboxMessage>) {
    let mut waiting = BTreeSet::new();
    for message in messages {
        let (id, stream) = (message.id, message.stream.clone());
        if waiting.contains(&stream) {
            let back = node.store.write("outbox.give_back", move |tx| {
                Box::pin(async move { bundle::give_back(tx, id).await.map_err(Failure::from) })
            });
            if let Err(error) = back.await {
                tracing::error!(%error, message = id, "message {id} is sent when its lease runs out");
            }
        } else if !deliver(node, Arc::clone(replies), message).await {
            waiting.insert(stream);
        }
    }
}
