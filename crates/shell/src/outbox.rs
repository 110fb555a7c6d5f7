//! The outbox driver: woken by commits, it sends what waits, streams side by side, messages of one stream in their order. A message that arrived is
//! done in one transaction with what its answer means; one that cannot be delivered is tried again with growing patience, then set aside where people
//! see it. ARCHITECTURE, invariant 3.

pub(crate) mod bundle;

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use xinyu_core::effect::PEER_PID;
use xinyu_store::outbox::{self, OutboxMessage};
use xinyu_store::{BoxFuture, Engine, Timestamp, Topic, Tx};

use crate::failure::Failure;
use crate::node::{Node, NodeKind};
use crate::peer::Delivery;

/// How many messages are on their way at once.
const AT_ONCE: usize = 64;
/// How many messages are claimed at once.
const CLAIM: u32 = 64;
/// How long one process may take over a message before another one may.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// A refusal that may be a matter of order (not found yet, not now) is tried so often.
const REFUSALS: u32 = 8;

/// A message that was delivered, with its answer.
#[derive(Clone, Debug)]
pub struct Sent {
    /// What was sent.
    pub message: OutboxMessage,
    /// The answer's status: 2xx.
    pub status: u16,
    /// The answer.
    pub body: Vec<u8>,
    /// Whether it was known before this answer that the message had arrived: the other side had gone on from it.
    pub is_late: bool,
}

/// What the answers mean to the application.
pub trait ReplyHandler: Send + Sync + 'static {
    /// Takes up an answer in the transaction that closes the message. An answer that is wrong is a [`Failure::Rejected`]: after some repetitions the message
    /// is set aside.
    fn on_reply<'t>(&'t self, tx: &'t mut Tx, sent: &'t Sent) -> BoxFuture<'t, Result<(), Failure>>;

    /// Delivers a message that travels otherwise than between our nodes; none if it does not.
    fn deliver<'m>(&'m self, _: &'m OutboxMessage) -> BoxFuture<'m, Option<Delivery>> {
        Box::pin(async { None })
    }

    /// Completes a message whose address was not known when it was written, see [`xinyu_core::effect::PEER_PID`].
    fn addressed<'t>(&'t self, _: &'t mut Tx, message: OutboxMessage) -> BoxFuture<'t, Result<OutboxMessage, Failure>> {
        Box::pin(async move { Ok(message) })
    }

    /// Whether it no longer matters that a message was refused, since what it was to bring about has come about otherwise.
    fn is_moot<'t>(&'t self, _: &'t mut Tx, _: &'t OutboxMessage) -> BoxFuture<'t, Result<bool, Failure>> {
        Box::pin(async move { Ok(false) })
    }

    /// Takes up, in the transaction that sets the message aside, that the other side will never take it.
    fn on_refused<'t>(&'t self, _: &'t mut Tx, _: &'t Refused) -> BoxFuture<'t, Result<(), Failure>> {
        Box::pin(async move { Ok(()) })
    }
}

/// A message that the other side refused for good.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What was sent.
    pub message: OutboxMessage,
    /// What the other side said.
    pub why: String,
}

/// Drives until the node stops.
pub async fn run(node: Arc<Node>, replies: Arc<dyn ReplyHandler>) {
    let owner = node.store.ids().new_id().to_string();
    // A driver is started once. Weakly, since whoever knows what answers mean has the node.
    let _ = node.replies.set(Arc::downgrade(&replies));
    if let Err(error) = resume(&node).await {
        tracing::error!(%error, "what an earlier process had claimed is sent when its leases run out");
    }
    let alone = one_by_one(&node, &replies, &owner);
    match node.kind {
        NodeKind::Platform => alone.await,
        NodeKind::Connector => drop(tokio::join!(alone, bundle::run(&node, &replies, &owner))),
    }
}

/// Drives the messages that go by themselves.
async fn one_by_one(node: &Arc<Node>, replies: &Arc<dyn ReplyHandler>, owner: &str) {
    let mut wake = node.store.signals().subscribe(Topic::Outbox);
    let mut fed = node.store.feed().open(owner, LEASE);
    let sender =
        Sender { node: Arc::clone(node), replies: Arc::clone(replies), permits: Arc::new(Semaphore::new(AT_ONCE)) };
    // An instant rather than a pause, which every message that is handed over would begin anew.
    let mut look = Instant::now();
    loop {
        tokio::select! {
            () = node.stopping() => return,
            Some(message) = fed.next() => sender.send(message),
            _ = tokio::time::timeout_at(look, wake.wait()) => {
                // Retries, and whatever was not handed over.
                let claimed = claim(node, owner).await.unwrap_or_else(|error| {
                    tracing::error!(%error, "the outbox cannot be read, the next attempt follows");
                    Vec::new()
                });
                claimed.into_iter().for_each(|message| sender.send(message));
                look = Instant::now() + until_next(node).await;
            }
        }
    }
}

/// What was on its way when an earlier process ended is sent again at once. Only on SQLite, which one process has to itself: on PostgreSQL whoever
/// claimed may be alive.
async fn resume(node: &Node) -> Result<(), Failure> {
    if node.store.engine() != Engine::Sqlite {
        return Ok(());
    }
    let give_back = node.store.write("outbox.give_back", |tx| Box::pin(outbox::give_back(tx)));
    let given_back: u64 = give_back.await?;
    if given_back > 0 {
        tracing::info!(given_back, "{given_back} messages were on their way when an earlier process ended");
    }
    Ok(())
}

/// Sends messages side by side.
struct Sender {
    node: Arc<Node>,
    replies: Arc<dyn ReplyHandler>,
    permits: Arc<Semaphore>,
}

impl Sender {
    fn send(&self, message: OutboxMessage) {
        let (node, replies, permits) = (Arc::clone(&self.node), Arc::clone(&self.replies), Arc::clone(&self.permits));
        tokio::spawn(async move {
            if let Ok(_permit) = permits.acquire().await {
                deliver(&node, replies, message).await;
            }
        });
    }
}

async fn claim(node: &Node, owner: &str) -> Result<Vec<OutboxMessage>, Failure> {
    let owner = owner.to_owned();
    let now = node.store.clock().now();
    let due = node
        .store
        .read("outbox.next_due", |tx| Box::pin(async move { outbox::next_due(tx).await.map_err(Failure::from) }))
        .await?;
    if due.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    node.store
        .write("outbox.claim", move |tx| {
            Box::pin(async move { outbox::claim(tx, &owner, now, CLAIM, LEASE).await.map_err(Failure::from) })
        })
        .await
}

async fn until_next(node: &Node) -> Duration {
    let due = node
        .store
        .read("outbox.next_due", |tx| Box::pin(async move { outbox::next_due(tx).await.map_err(Failure::from) }))
        .await;
    wait_until(node, due)
}

/// How long a driver waits for a signal before it looks again.
fn wait_until(node: &Node, due: Result<Option<Timestamp>, Failure>) -> Duration {
    const LONGEST: Duration = Duration::from_secs(5);
    match due {
        Ok(Some(due)) => {
            let left = due.duration_since(node.store.clock().now());
            Duration::try_from(left).unwrap_or(Duration::from_millis(10)).clamp(Duration::from_millis(10), LONGEST)
        }
        _ => LONGEST,
    }
}

/// Sends a message; whether its stream may go on, since it was taken, is moot or was set aside.
async fn deliver(node: &Arc<Node>, replies: Arc<dyn ReplyHandler>, message: OutboxMessage) -> bool {
    let id = message.id;
    let message = match addressed(node, &replies, message).await {
        Ok(message) => message,
        // The lease runs out, and the message is taken up again.
        Err(error) => {
            tracing::error!(%error, message = id, "message {id} cannot be addressed");
            return false;
        }
    };
    let outcome = match replies.deliver(&message).await {
        Some(outcome) => outcome,
        None => crate::peer::deliver(node, &message).await,
    };
    let closed = match outcome {
        Ok((status, body)) if (200..300).contains(&status) => {
            let sent = Sent { message: message.clone(), status, body, is_late: false };
            close(node, Arc::clone(&replies), sent).await.map(|()| true)
        }
        Ok((status, body)) => {
            let next = next(Some(status), false, message.refusals);
            put_back(node, &replies, &message, &format!("{status} {}", excerpt(&body)), next).await
        }
        Err(error) => {
            let next = next(error.status, error.is_transient, message.refusals);
            put_back(node, &replies, &message, &error.text, next).await
        }
    };
    let error = match closed {
        Ok(goes_on) => return goes_on,
        Err(error) => error,
    };
    // An answer that is wrong by the other side's fault is as good as a refusal; whatever is our fault will pass.
    let next = match &error {
        Failure::Rejected(_) => after_refusal(message.refusals),
        Failure::Store(_) | Failure::Broken(_) => Next::Later,
    };
    tracing::error!(%error, message = id, kind = %message.kind, "message {id} was answered but could not be closed");
    // The lease stands in the way of an immediate repetition only until it is given back.
    put_back(node, &replies, &message, &error.to_string(), next).await.unwrap_or_default()
}

async fn close(node: &Node, replies: Arc<dyn ReplyHandler>, mut sent: Sent) -> Result<(), Failure> {
    node.store
        .write("outbox.done", move |tx| {
            Box::pin(async move {
                sent.is_late = !outbox::done(tx, sent.message.id).await?;
                crate::exception::arrived(tx, &sent.message).await?;
                replies.on_reply(tx, &sent).await
            })
        })
        .await
}

async fn addressed(
    node: &Node,
    replies: &Arc<dyn ReplyHandler>,
    message: OutboxMessage,
) -> Result<OutboxMessage, Failure> {
    if !message.path.contains(PEER_PID) {
        return Ok(message);
    }
    let replies = Arc::clone(replies);
    let complete =
        node.store.read("outbox.address", move |tx| Box::pin(async move { replies.addressed(tx, message).await }));
    complete.await
}

/// Puts a message back that was not taken; whether its stream may go on all the same.
async fn put_back(
    node: &Node,
    replies: &Arc<dyn ReplyHandler>,
    message: &OutboxMessage,
    why: &str,
    next: Next,
) -> Result<bool, Failure> {
    let (id, attempts, why_kept) = (message.id, message.attempts, why.to_owned());
    let due = node.store.clock().now().checked_add(patience(attempts)).map_err(Failure::broken)?;
    let replies = Arc::clone(replies);
    let refused = Refused { message: message.clone(), why: why.to_owned() };
    let fate = node.store.write("outbox.put_back", move |tx| {
        Box::pin(async move {
            if replies.is_moot(tx, &refused.message).await? {
                outbox::done(tx, id).await?;
                crate::exception::arrived(tx, &refused.message).await?;
                return Ok::<_, Failure>(None);
            }
            let was_open = match next {
                Next::Later => outbox::retry(tx, id, due, &why_kept).await?,
                Next::AfterRefusal => outbox::refused(tx, id, due, &why_kept).await?,
                Next::Never => outbox::bury(tx, id, &why_kept).await?,
            };
            if was_open {
                crate::exception::failed(tx, &refused.message, next == Next::Never).await?;
            }
            if was_open && next == Next::Never {
                replies.on_refused(tx, &refused).await?;
            }
            Ok(was_open.then_some(next))
        })
    });
    let (kind, to) = (&message.kind, &message.destination);
    let fate = fate.await?;
    match fate {
        None => tracing::info!(message = id, %kind, %to, why, "message {id} was not delivered, and is moot"),
        Some(Next::Never) => tracing::error!(message = id, %kind, %to, why, "message {id} to {to} is set aside"),
        Some(_) => tracing::debug!(message = id, %kind, %to, why, "message {id} was not delivered, again at {due}"),
    }
    Ok(matches!(fate, None | Some(Next::Never)))
}

/// When a message that was not taken is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// In a while: it did not arrive.
    Later,
    /// In a while: it was refused, perhaps only for now.
    AfterRefusal,
    /// It is set aside.
    Never,
}

/// By the status of the answer, proven or not; or, without one, by whether it makes sense.
fn next(status: Option<u16>, is_transient: bool, refusals: u32) -> Next {
    match status {
        Some(429 | 500..) => Next::Later,
        Some(401 | 404 | 408 | 409 | 425) => after_refusal(refusals),
        None if is_transient => Next::Later,
        _ => Next::Never,
    }
}

fn after_refusal(refusals: u32) -> Next {
    if refusals.saturating_add(1) < REFUSALS { Next::AfterRefusal } else { Next::Never }
}

/// 50 ms, 100 ms … 30 s.
fn patience(attempts: u32) -> SignedDuration {
    let millis = 50_i64.saturating_mul(1_i64.checked_shl(attempts.saturating_sub(1).min(16)).unwrap_or(1));
    SignedDuration::from_millis(millis.min(30_000))
}

fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of an answer after no refusal, and after so many that one more is the last.
    fn check(status: Option<u16>, is_transient: bool, expect: [Next; 2]) {
        let found = [0, REFUSALS - 1].map(|refusals| next(status, is_transient, refusals));
        assert_eq!(found, expect, "{status:?} {is_transient}");
    }

    #[test]
    fn what_may_be_a_matter_of_order_is_tried_so_often_and_an_outage_for_ever() {
        check(None, true, [Next::Later; 2]);
        check(None, false, [Next::Never; 2]);
        for status in [429, 500, 503, 599] {
            check(Some(status), false, [Next::Later; 2]);
        }
        // 401 also without a proof: a node that has just started does not take what was signed before, and cannot prove that to whom it does not know yet.
        for status in [401, 404, 408, 409, 425] {
            check(Some(status), false, [Next::AfterRefusal, Next::Never]);
        }
        for status in [200, 302, 400, 403, 410, 422] {
            check(Some(status), false, [Next::Never; 2]);
        }
    }

    #[test]
    fn patience_grows_and_is_bounded() {
        assert_eq!(patience(1).as_millis(), 50);
        assert_eq!(patience(2).as_millis(), 100);
        assert_eq!(patience(40).as_millis(), 30_000);
    }
}
