//! The uses that run in this process: what stops each at once, and when each has to be looked at again.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use xinyu_core::usage::Use;
use xinyu_policy::Decision;
use xinyu_sandbox::CancelToken;

/// The running uses.
pub struct Running {
    uses: Mutex<HashMap<String, Entry>>,
    entered: Notify,
    /// Only so many compute at once. The others wait for their turn and stop at once when told to; were all to compute, the order to stop them would have to
    /// wait for a processor as long as each of them.
    turns: Semaphore,
}

/// How many compute at once on each processor.
const TURNS: usize = 2;

impl Default for Running {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let turns = Semaphore::new(processors.saturating_mul(TURNS));
        Self { uses: Mutex::default(), entered: Notify::default(), turns }
    }
}

struct Entry {
    one: Use,
    token: CancelToken,
    /// When to look at it; a use that has just begun is looked at once at least, since what ceased between its decision and now was told to nobody.
    look_at: Option<Timestamp>,
    ceased: Option<Decision>,
}

impl Running {
    /// A use begins to run.
    pub fn enter(&self, one: &Use, token: CancelToken) {
        let entry = Entry { one: one.clone(), token, look_at: Some(Timestamp::MIN), ceased: None };
        self.lock().insert(one.use_id.clone(), entry);
        self.entered.notify_one();
    }

    /// A use has ended.
    pub fn leave(&self, use_id: &str) {
        self.lock().remove(use_id);
    }

    /// Whether a use runs in this process.
    #[must_use]
    pub fn holds(&self, use_id: &str) -> bool {
        self.lock().contains_key(use_id)
    }

    /// Stops all uses under a contract.
    pub fn stop(&self, contract_id: &str) {
        for entry in self.lock().values().filter(|entry| entry.one.contract_id.as_str() == contract_id) {
            entry.token.cancel();
        }
    }

    /// Stops all uses: we are barred.
    pub fn stop_all(&self) {
        self.lock().values().for_each(|entry| entry.token.cancel());
    }

    /// Stops one use, since this was decided on it.
    pub(super) fn cease(&self, use_id: &str, decision: Decision) {
        if let Some(entry) = self.lock().get_mut(use_id) {
            entry.ceased.get_or_insert(decision);
            entry.look_at = None;
            entry.token.cancel();
        }
    }

    /// What was decided on a use that was stopped.
    pub(crate) fn ceased(&self, use_id: &str) -> Option<Decision> {
        self.lock().get(use_id).and_then(|entry| entry.ceased.clone())
    }

    /// A use was looked at, and is to be looked at again then.
    pub(super) fn looked_at(&self, use_id: &str, next: Option<Timestamp>) {
        if let Some(entry) = self.lock().get_mut(use_id) {
            entry.look_at = next;
        }
    }

    /// The uses that run; with a time only those that are to be looked at by then. By contract, so that each contract is read once.
    pub(super) fn to_look_at(&self, due: Option<Timestamp>) -> HashMap<String, Vec<Use>> {
        let mut found: HashMap<String, Vec<Use>> = HashMap::new();
        let is_due = |entry: &&Entry| due.is_none_or(|due| entry.look_at.is_some_and(|at| at <= due));
        for entry in self.lock().values().filter(is_due).filter(|entry| entry.ceased.is_none()) {
            found.entry(entry.one.contract_id.as_str().to_owned()).or_default().push(entry.one.clone());
        }
        found
    }

    /// When the first of them is to be looked at.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        self.lock().values().filter_map(|entry| entry.look_at).min()
    }

    /// Waits for a turn to compute, which lasts until it is dropped.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Waits until a use has begun.
    pub(super) async fn entered(&self) {
        self.entered.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
