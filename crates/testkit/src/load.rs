//! Load: so many processes in flight, each timed from its request to its end. What is loaded is a pair of connectors, ours or another maker's.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::bail;
use futures::StreamExt as _;
use futures::stream;
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;
use xinyu_shell::Failure;
use xinyu_store::{Store, Timestamp, Topic};

/// What a load came to.
#[derive(Clone, Debug)]
pub struct Figures {
    /// How many processes ended well.
    pub done: usize,
    /// How many did not.
    pub failed: usize,
    /// From the first request to the last end.
    pub taken: Duration,
    /// From request to end, sorted.
    times: Vec<Duration>,
}

impl Figures {
    /// Processes a second.
    #[must_use]
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a count of processes is small")]
    pub fn per_second(&self) -> f64 {
        self.done as f64 / self.taken.as_secs_f64()
    }

    /// The time within which so many of a hundred ended.
    #[must_use]
    pub fn percentile(&self, of_hundred: usize) -> Duration {
        let at = self.times.len().saturating_mul(of_hundred) / 100;
        self.times.get(at.min(self.times.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// Runs `count` processes, `in_flight` at a time, for no longer than `limit`.
///
/// # Errors
/// If none ended well.
pub async fn run<F, R>(count: usize, in_flight: usize, limit: Duration, one: F) -> anyhow::Result<Figures>
where
    F: Fn(usize) -> R,
    R: Future<Output = anyhow::Result<()>>,
{
    let begun = Instant::now();
    let timed = stream::iter(0..count).map(|at| {
        let process = one(at);
        async move {
            if begun.elapsed() > limit {
                return None;
            }
            let started = Instant::now();
            Some(process.await.map(|()| started.elapsed()))
        }
    });
    let ended: Vec<_> = timed.buffer_unordered(in_flight).collect().await;
    let taken = begun.elapsed();
    let mut times = Vec::new();
    let (mut failed, mut last) = (0, None);
    for one in ended.into_iter().flatten() {
        match one {
            Ok(time) => times.push(time),
            Err(error) => {
                failed += 1;
                last = Some(error);
            }
        }
    }
    if times.is_empty() {
        bail!("nothing ended well: {last:?}");
    }
    times.sort();
    Ok(Figures { done: times.len(), failed, taken, times })
}

/// What is waited for: processes of a noun that come into a state.
#[derive(Clone, Copy, Debug)]
pub enum Noun {
    /// Negotiations.
    Negotiation,
    /// Transfers.
    Transfer,
}

/// Tells who waits that a process has come into a state: one look at the store for each commit, however many wait, and only as far back as the oldest of
/// them began.
#[derive(Clone)]
pub struct Watcher(Arc<Inner>);

struct Inner {
    store: Store,
    waiting: Mutex<Waiting>,
    more: Notify,
}

#[derive(Default)]
struct Waiting {
    /// When those began that have not ended, by number.
    begun: BTreeMap<u64, Timestamp>,
    next: u64,
    /// Who waits for a process.
    asked: HashMap<String, oneshot::Sender<()>>,
    /// Processes that were there before anybody asked.
    there: HashSet<String>,
}

/// One process that is waited for.
pub struct Ticket<'a> {
    watcher: &'a Watcher,
    number: u64,
}

impl Watcher {
    /// Watches a store until it is stopped.
    #[must_use]
    pub fn start(store: Store, noun: Noun, state: &'static str, stop: CancellationToken) -> Self {
        let inner = Arc::new(Inner { store: store.clone(), waiting: Mutex::default(), more: Notify::new() });
        let watcher = Self(Arc::clone(&inner));
        let topic = match noun {
            Noun::Negotiation => Topic::Negotiation,
            Noun::Transfer => Topic::Transfer,
        };
        tokio::spawn(async move {
            let mut wake = store.signals().subscribe(topic);
            loop {
                let since = inner.lock().begun.values().min().copied();
                if let Some(since) = since
                    && let Ok(pids) = look(&store, noun, state, since).await
                {
                    inner.tell(pids);
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = wake.wait() => {}
                    () = inner.more.notified() => {}
                }
            }
        });
        watcher
    }

    /// Begins to wait, before the process is begun.
    #[must_use]
    pub fn ticket(&self) -> Ticket<'_> {
        let now = self.0.store.clock().now();
        let mut waiting = self.0.lock();
        let number = waiting.next;
        waiting.next = number.wrapping_add(1);
        waiting.begun.insert(number, now);
        Ticket { watcher: self, number }
    }
}

impl Ticket<'_> {
    /// Waits for the process.
    pub async fn wait_for(self, pid: &str) {
        let receiver = {
            let mut waiting = self.watcher.0.lock();
            if waiting.there.remove(pid) {
                None
            } else {
                let (sender, receiver) = oneshot::channel();
                waiting.asked.insert(pid.to_owned(), sender);
                Some(receiver)
            }
        };
        if let Some(receiver) = receiver {
            self.watcher.0.more.notify_one();
            let _ = receiver.await;
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.watcher.0.lock().begun.remove(&self.number);
    }
}

impl Inner {
    fn tell(&self, pids: Vec<String>) {
        let mut waiting = self.lock();
        for pid in pids {
            match waiting.asked.remove(&pid) {
                Some(sender) => drop(sender.send(())),
                None => {
                    waiting.there.insert(pid);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look(store: &Store, noun: Noun, state: &'static str, since: Timestamp) -> Result<Vec<String>, Failure> {
    let found = store.read("load.look", move |tx| {
        Box::pin(async move {
            match noun {
                Noun::Negotiation => xinyu_store::negotiation::list_in(tx, state, since).await,
                Noun::Transfer => xinyu_store::transfer::list_in(tx, state, since).await,
            }
            .map_err(Failure::from)
        })
    });
    found.await
}
