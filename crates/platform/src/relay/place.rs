//! The places at which members take what is for them: a queue each, with those who wait at it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use xinyu_http::relay::Received;

/// How long a sender waits for a member that is just not there, since it comes again at once after each request.
const ABSENCE: Duration = Duration::from_secs(3);
/// How many requests are on their way to one member.
const AT_ONCE: usize = 64;

/// A request that waits to be taken.
pub(super) struct Waiting {
    pub(super) exchange: String,
    pub(super) received: Received,
}

/// One place.
pub(super) struct Place {
    put: mpsc::Sender<Waiting>,
    queue: tokio::sync::Mutex<mpsc::Receiver<Waiting>>,
    /// How many wait for something to take.
    takers: watch::Sender<usize>,
    turns: Arc<Semaphore>,
}

/// The places at which somebody has proven to be the one whose it is; there are no more than members.
#[derive(Default)]
pub(super) struct Places(Mutex<HashMap<String, Arc<Place>>>);

impl Places {
    /// The place, once its member waits there, if that is soon.
    pub(super) async fn awaiting(&self, name: &str) -> Option<Arc<Place>> {
        let place = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()?;
        let mut takers = place.takers.subscribe();
        let is_there = tokio::time::timeout(ABSENCE, takers.wait_for(|takers| *takers > 0)).await;
        matches!(is_there, Ok(Ok(_))).then_some(place)
    }

    /// Waits for the next request to a member who is known to be there.
    pub(super) async fn take(&self, name: &str) -> Waiting {
        let place = self.place(name);
        let _taker = Taker::begin(&place);
        let mut queue = place.queue.lock().await;
        match queue.recv().await {
            Some(waiting) => waiting,
            // The place holds a sender itself.
            None => std::future::pending().await,
        }
    }

    fn place(&self, name: &str) -> Arc<Place> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.entry(name.to_owned()).or_default())
    }
}

impl Default for Place {
    fn default() -> Self {
        let (put, queue) = mpsc::channel(AT_ONCE);
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self { put, queue: tokio::sync::Mutex::new(queue), takers: watch::Sender::new(0), turns }
    }
}

impl Place {
    /// A turn, as long as it is kept; none if too many are on their way.
    pub(super) fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).try_acquire_owned().ok()
    }

    /// Puts a request where it is taken; false if the queue is full.
    pub(super) fn put(&self, waiting: Waiting) -> bool {
        self.put.try_send(waiting).is_ok()
    }
}

/// One who waits at a place.
struct Taker(Arc<Place>);

impl Taker {
    fn begin(place: &Arc<Place>) -> Self {
        place.takers.send_modify(|takers| *takers = takers.saturating_add(1));
        Self(Arc::clone(place))
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        self.0.takers.send_modify(|takers| *takers = takers.saturating_sub(1));
    }
}
