//! Wake-ups: a committed transaction tells the drivers that there is work, so that nothing waits for a poll.
//!
//! A signal carries no data and may be coalesced: it says "look", never what to see. It is not durable: a driver also looks on a timer.

use crate::StoreError;
use tokio::sync::watch;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Every change: fired together with each of the others.
    Any,
    /// A message waits to be sent.
    Outbox,
    /// A message waits to be sent that may go with others.
    Bundle,
    /// An entry waits for its place in the evidence log.
    Evidence,
    /// A contract changed: filed, frozen, ended.
    Contract,
    /// A use was begun, metered or stopped.
    Usage,
    /// A negotiation changed.
    Negotiation,
    /// A transfer changed.
    Transfer,
    /// A product or the catalogue changed.
    Catalog,
    /// A participant, connector or member changed.
    Participant,
    /// A connector gave a sign of life.
    Heartbeat,
    /// Something happened that the security administrator is told.
    Alert,
    /// A warning was raised or closed, or a message failed or was decided about.
    Warning,
    /// A contract is to be looked at by whoever warns.
    Look,
    /// Something was written for the run log, or put into its chain.
    RunLog,
    /// Another catalogue is to be read, or was.
    Harvest,
    /// A resource is being read, and got further.
    Reading,
}

/// All topics with the names they have between processes.
const TOPICS: [(Topic, &str); 17] = [
    (Topic::Any, "any"),
    (Topic::Outbox, "outbox"),
    (Topic::Bundle, "bundle"),
    (Topic::Evidence, "evidence"),
    (Topic::Contract, "contract"),
    (Topic::Usage, "usage"),
    (Topic::Negotiation, "negotiation"),
    (Topic::Transfer, "transfer"),
    (Topic::Catalog, "catalog"),
    (Topic::Participant, "participant"),
    (Topic::Heartbeat, "heartbeat"),
    (Topic::Alert, "alert"),
    (Topic::Warning, "warning"),
    (Topic::Look, "look"),
    (Topic::RunLog, "run_log"),
    (Topic::Harvest, "harvest"),
    (Topic::Reading, "reading"),
];

impl Topic {
    /// Its name, between processes and for those who follow live.
    pub fn name(self) -> &'static str {
        TOPICS.iter().find(|(topic, _)| *topic == self).map_or("any", |(_, name)| name)
    }

    /// The topic of a name; one that a newer program sends counts as any.
    pub(crate) fn parse(name: &str) -> Self {
        TOPICS.iter().find(|(_, known)| *known == name).map_or(Self::Any, |(topic, _)| *topic)
    }
}

/// The wake-ups of one store. Clones share them.
#[derive(Debug, Clone)]
pub struct Signals(std::sync::Arc<[(Topic, watch::Sender<u64>)]>);

impl Default for Signals {
    fn default() -> Self {
        Self(TOPICS.iter().map(|(topic, _)| (*topic, watch::channel(0).0)).collect())
    }
}

impl Signals {
    /// Listen to a topic. What is fired from now on is never missed, however long the listener works between two waits; the first wait returns at
    /// once, since work may be waiting from before.
    pub fn subscribe(&self, topic: Topic) -> Subscription {
        let sender = self.0.iter().find(|(known, _)| *known == topic).map(|(_, sender)| sender);
        let mut receiver = sender.map_or_else(|| watch::channel(0).1, watch::Sender::subscribe);
        receiver.mark_changed();
        Subscription(receiver)
    }

    /// Wake everyone who listens to one of the topics, or to any. Called by the store after a commit.
    pub fn fire(&self, topics: &[Topic]) {
        if topics.is_empty() {
            return;
        }
        for (topic, sender) in self.0.iter() {
            if *topic == Topic::Any || topics.contains(topic) {
                sender.send_modify(|count| *count = count.wrapping_add(1));
            }
        }
    }

    /// Wake everyone, when something may have been missed.
    pub(crate) fn fire_all(&self) {
        self.fire(&TOPICS.map(|(topic, _)| topic));
    }
}

/// One listener to one topic.
#[derive(Debug)]
pub struct Subscription(watch::Receiver<u64>);

impl Subscription {
    /// What was fired before is of no interest: the next wait returns for what comes from now on.
    pub fn skip(&mut self) {
        self.0.mark_unchanged();
    }

    /// Wait until the topic was fired since the last wait.
    ///
    /// # Errors
    /// [`StoreError::Closed`] when the last handle to the store is gone.
    pub async fn wait(&mut self) -> Result<(), StoreError> {
        self.0.changed().await.map_err(|_| StoreError::Closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    /// Whether a wait would return at once.
    fn wakes(subscription: &mut Subscription) -> bool {
        subscription.wait().now_or_never().is_some()
    }

    #[test]
    fn a_signal_fired_while_the_listener_works_is_not_missed() {
        let signals = Signals::default();
        let mut outbox = signals.subscribe(Topic::Outbox);
        assert!(wakes(&mut outbox), "the first wait returns at once");
        assert!(!wakes(&mut outbox));
        signals.fire(&[Topic::Outbox]);
        signals.fire(&[Topic::Outbox]);
        assert!(wakes(&mut outbox));
        assert!(!wakes(&mut outbox), "two signals are one wake-up");
    }

    #[test]
    fn topics_are_apart_and_any_hears_all() {
        let signals = Signals::default();
        let mut usage = signals.subscribe(Topic::Usage);
        let mut any = signals.subscribe(Topic::Any);
        assert!(wakes(&mut usage) && wakes(&mut any));
        signals.fire(&[Topic::Outbox]);
        assert!(!wakes(&mut usage));
        assert!(wakes(&mut any));
        signals.fire(&[]);
        assert!(!wakes(&mut any));
    }

    #[test]
    fn every_topic_has_its_own_name() {
        for (topic, name) in TOPICS {
            assert_eq!((topic.name(), Topic::parse(name)), (name, topic));
        }
        assert_eq!(Topic::parse("from a newer program"), Topic::Any);
    }
}
