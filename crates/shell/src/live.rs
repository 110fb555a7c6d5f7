//! Live state for people: `GET /api/v1/live` on every node, as server-sent events (WHATWG HTML §9.2). An event says what kind of thing changed, never
//! what: nothing of a contract, a person or a payload leaves this way, and what is so now the other routes say. Nothing is polled: commits wake it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::future::ready;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use xinyu_core::fault::Rejection;
use xinyu_protocol::api::LiveEvent;
use xinyu_store::{Signals, StoreError, Subscription, Topic};

use crate::failure::Failure;
use crate::node::Node;
use crate::user::Person;

/// What people may follow. What waits in the outbox is no matter of theirs.
const TOPICS: [Topic; 12] = [
    Topic::Negotiation,
    Topic::Transfer,
    Topic::Usage,
    Topic::Contract,
    Topic::Catalog,
    Topic::Participant,
    Topic::Heartbeat,
    Topic::Evidence,
    Topic::Alert,
    Topic::Warning,
    Topic::Harvest,
    Topic::Reading,
];

/// How often a silent connection is told that it lives, and its session looked at.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Between two events of one topic: many commits in between are one event.
const PAUSE: Duration = Duration::from_millis(100);
/// After which a follower that was cut off tries again.
const RETRY: Duration = Duration::from_secs(2);
/// How many connections a person may hold open.
pub(crate) const AT_ONCE: usize = 64;

/// `GET /api/v1/live`. What is committed after the head of the answer is told; a follower that is slow misses no topic, only repetitions. It ends with
/// the session and with the node.
///
/// # Errors
/// If the person follows too often already.
pub async fn follow(State(node): State<Arc<Node>>, person: Person) -> Result<Response, Failure> {
    let permit = node.following.enter(&person.name).ok_or_else(too_many)?;
    let changes = changes(node.store.signals()).await?.map(|topic| Some(told(topic)));
    let stop = node.stop.clone();
    let greeting = Event::default().retry(RETRY).comment("here is what changes from now on");
    let events = stream::once(ready(Some(greeting)))
        .chain(stream::select(changes, heartbeats(node, person)))
        .take_while(|event| ready(event.is_some()))
        .take_until(stop.cancelled_owned())
        .filter_map(ready)
        .map(move |event| {
            // Held as long as the stream is.
            let _ = &permit;
            Ok::<_, Infallible>(event)
        });
    let mut response = Sse::new(events).into_response();
    // A gateway that collects answers would make it anything but live.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn told(topic: Topic) -> Event {
    let data = LiveEvent { topic: topic.name().to_owned() };
    Event::default().event(topic.name()).data(serde_json::to_string(&data).unwrap_or_default())
}

/// The topics of what is committed from now on.
async fn changes(signals: &Signals) -> Result<impl Stream<Item = Topic> + Send + use<>, StoreError> {
    let mut all: Vec<BoxStream<'static, Topic>> = Vec::new();
    for topic in TOPICS {
        let mut subscription = signals.subscribe(topic);
        // The first wait returns at once, for what waited from before: a follower has asked for that by another route.
        subscription.wait().await?;
        all.push(of_topic(topic, subscription).boxed());
    }
    Ok(stream::select_all(all))
}

fn of_topic(topic: Topic, subscription: Subscription) -> impl Stream<Item = Topic> + Send {
    stream::unfold((subscription, Duration::ZERO), move |(mut subscription, pause)| async move {
        tokio::time::sleep(pause).await;
        subscription.wait().await.ok()?;
        Some((topic, (subscription, PAUSE)))
    })
}

/// A comment now and then, as long as the session holds; then none, which ends all.
fn heartbeats(node: Arc<Node>, person: Person) -> impl Stream<Item = Option<Event>> + Send {
    stream::unfold((node, person), |(node, person)| async move {
        tokio::time::sleep(HEARTBEAT).await;
        let holds = person.is_logged_in(&node).await.unwrap_or_default();
        Some((holds.then(|| Event::default().comment("")), (node, person)))
    })
}

fn too_many() -> Rejection {
    let mut rejection = Rejection::conflict(
        "too-many-at-once",
        "实时连接过多，请先关闭一些页面",
        "too many live connections, close some pages first",
    );
    rejection.status = 429;
    rejection
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    /// What a follower has been told by now.
    fn drain(changes: &mut (impl Stream<Item = Topic> + Unpin)) -> Vec<Topic> {
        let mut found = Vec::new();
        while let Some(Some(topic)) = changes.next().now_or_never() {
            found.push(topic);
        }
        found.sort();
        found
    }

    #[tokio::test(start_paused = true)]
    async fn a_follower_hears_each_topic_once_however_many_commits_there_were() {
        let signals = Signals::default();
        signals.fire(&[Topic::Contract]);
        let mut changes = Box::pin(changes(&signals).await.unwrap());
        assert_eq!(drain(&mut changes), [], "what was before is not told");
        for _ in 0..1_000 {
            signals.fire(&[Topic::Negotiation, Topic::Outbox]);
        }
        signals.fire(&[Topic::Evidence]);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(drain(&mut changes), [Topic::Evidence, Topic::Negotiation]);
        signals.fire(&[Topic::Negotiation]);
        assert_eq!(drain(&mut changes), [], "two events of one topic are a pause apart");
        tokio::time::advance(PAUSE).await;
        assert_eq!(drain(&mut changes), [Topic::Negotiation], "and the second is not lost");
    }

    #[test]
    fn what_may_be_followed_is_told_by_its_name() {
        let names = TOPICS.map(Topic::name);
        assert_eq!(
            names,
            [
                "negotiation",
                "transfer",
                "usage",
                "contract",
                "catalog",
                "participant",
                "heartbeat",
                "evidence",
                "alert",
                "warning",
                "harvest",
                "reading"
            ]
        );
    }
}
