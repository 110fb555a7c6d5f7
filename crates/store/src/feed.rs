//! The short way of a fresh message: from the commit that makes it straight to the driver of this process, which would otherwise have to claim it in a commit
//! of its own. Such a message is born with the driver's lease; if the process ends before it is sent, the lease ends, and it is claimed like any other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::SignedDuration;
use tokio::sync::mpsc;

use crate::outbox::OutboxMessage;

/// More than this is not handed over at once: what waits longer than a lease would be sent twice.
const ROOM: usize = 512;

/// The way to the driver, once there is one. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Feed(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    driver: RwLock<Option<Driver>>,
    waiting: AtomicUsize,
}

#[derive(Clone, Debug)]
struct Driver {
    owner: String,
    lease: SignedDuration,
    sender: mpsc::UnboundedSender<OutboxMessage>,
}

/// The driver's end.
#[derive(Debug)]
pub struct Fed {
    receiver: mpsc::UnboundedReceiver<OutboxMessage>,
    feed: Feed,
}

impl Feed {
    /// Becomes the driver of this store in this process: messages are born with this owner's lease. An earlier driver gets no more.
    pub fn open(&self, owner: &str, lease: SignedDuration) -> Fed {
        let (sender, receiver) = mpsc::unbounded_channel();
        let driver = Driver { owner: owner.to_owned(), lease, sender };
        *self.0.driver.write().unwrap_or_else(PoisonError::into_inner) = Some(driver);
        Fed { receiver, feed: self.clone() }
    }

    /// Owner and lease for a message that is born now, if there is a driver with room for it.
    pub(crate) fn lease(&self) -> Option<(String, SignedDuration)> {
        let driver = self.0.driver.read().unwrap_or_else(PoisonError::into_inner);
        let driver = driver.as_ref().filter(|driver| !driver.sender.is_closed())?;
        (self.0.waiting.load(Ordering::Relaxed) < ROOM).then(|| (driver.owner.clone(), driver.lease))
    }

    /// Hands messages over whose transaction is committed.
    pub(crate) fn hand_over(&self, born: Vec<OutboxMessage>) {
        if born.is_empty() {
            return;
        }
        let driver = self.0.driver.read().unwrap_or_else(PoisonError::into_inner).clone();
        for message in born {
            // Without a driver the lease ends, and the message is claimed.
            if driver.as_ref().is_some_and(|driver| driver.sender.send(message).is_ok()) {
                self.0.waiting.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Fed {
    /// The next message. Never ends while the driver lives.
    pub async fn next(&mut self) -> Option<OutboxMessage> {
        let message = self.receiver.recv().await;
        if message.is_some() {
            self.feed.0.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        message
    }
}
