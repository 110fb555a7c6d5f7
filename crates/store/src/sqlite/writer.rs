//! The one writer: gathers what waits into a group, commits it once, answers it.

use super::Counters;
use super::deadline::Deadline;
use super::job::{Job, Message};
use crate::error::{Fault, fault, opening};
use crate::feed::Feed;
use crate::tx::Connection;
use crate::{Clock, Signals, StoreError, StoreOptions, Tx};
use sqlx::{Connection as _, Executor as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

/// How long nobody may have written before what stands behind is done: longer than the pauses between those who write as fast as they can.
const QUIET: Duration = Duration::from_millis(100);
/// How long it waits at most, whatever others write.
const PATIENCE: Duration = Duration::from_secs(1);

/// The writer's task.
pub(super) struct Writer {
    /// What goes before all of the queue.
    ahead: mpsc::Receiver<Message>,
    queue: mpsc::Receiver<Message>,
    /// What goes when the others rest.
    behind: mpsc::Receiver<Message>,
    /// Of that the one whose turn is next, and until when it waits at most.
    resting: Option<(Message, Instant)>,
    /// When the queue had its turn last.
    busy: Instant,
    clock: Clock,
    signals: Signals,
    feed: Feed,
    limit: Duration,
    group_max: usize,
    group_time: Duration,
    deadline: Deadline,
    counters: Arc<Counters>,
    /// Why nothing is written any more.
    failed: watch::Sender<Option<String>>,
    closing: Option<oneshot::Sender<()>>,
}

/// Where a transaction stands in its group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing stays that was done before: it needs no savepoint, for which SQLite would copy every page before it changes it.
    First,
    /// The first that needs one.
    Second,
    /// There is a savepoint of the one before.
    Later,
}

/// Why a group cannot be committed.
struct Broken {
    reason: String,
    /// [`Fault::Io`]: the disk failed, so that writing on could lose what is acknowledged.
    fault: Fault,
}

impl Writer {
    pub(super) fn new(
        [ahead, queue, behind]: [mpsc::Receiver<Message>; 3],
        options: &StoreOptions,
        signals: Signals,
        feed: Feed,
        deadline: Deadline,
        counters: Arc<Counters>,
        failed: watch::Sender<Option<String>>,
    ) -> Self {
        Self {
            ahead,
            queue,
            behind,
            resting: None,
            busy: Instant::now(),
            clock: options.clock.clone(),
            signals,
            feed,
            limit: options.transaction_timeout,
            group_max: options.group_max,
            group_time: options.group_time,
            deadline,
            counters,
            failed,
            closing: None,
        }
    }

    /// Work on a thread of its own. All that is written goes through here one after the other, with a trip to SQLite's thread and back for each statement: among other
    /// tasks it would wait for its turn as often, while they wait for it.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(self, tx: Tx) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let work = move || runtime.block_on(self.run(tx));
        std::thread::Builder::new().name("store-writer".to_owned()).spawn(work).map(drop)
    }

    /// Work until the store is closed or its last handle is dropped.
    async fn run(mut self, mut tx: Tx) {
        while self.closing.is_none() {
            match self.next().await {
                Some(Message::Job(job)) => self.group(&mut tx, job).await,
                Some(Message::Close(answer)) => self.closing = Some(answer),
                None => break,
            }
        }
        // What waited for a rest has it now.
        while let Some(Message::Job(job)) = self.last() {
            self.group(&mut tx, job).await;
        }
        if let (Connection::Writer(connection), _) = tx.into_parts()
            && let Err(error) = connection.close().await
        {
            tracing::warn!("database was not closed in order: {error}");
        }
        // What still waits in the queue is answered by dropping it; what is sent from now on finds no receiver.
        drop((self.ahead, self.queue, self.behind, self.resting));
        if let Some(answer) = self.closing {
            let _ = answer.send(());
        }
    }

    /// The next message, when it comes; none when nobody can send any more.
    async fn next(&mut self) -> Option<Message> {
        loop {
            let latest = self.resting.as_ref().map(|(_, latest)| *latest);
            let quiet = latest.map(|_| self.busy + QUIET);
            tokio::select! {
                biased;
                () = reach(latest) => return self.resting.take().map(|(message, _)| message),
                Some(next) = self.ahead.recv() => return Some(next),
                next = self.queue.recv() => {
                    self.busy = Instant::now();
                    return next;
                }
                () = reach(quiet) => return self.resting.take().map(|(message, _)| message),
                Some(next) = self.behind.recv(), if self.resting.is_none() => {
                    self.resting = Some((next, Instant::now() + PATIENCE));
                }
            }
        }
    }

    /// What stands behind, now that nothing else comes.
    fn last(&mut self) -> Option<Message> {
        self.resting.take().map(|(message, _)| message).or_else(|| self.behind.try_recv().ok())
    }

    /// Run the first transaction and those that wait behind it, commit them at once, answer them.
    async fn group(&mut self, tx: &mut Tx, first: Box<dyn Job>) {
        let failed = self.failed.borrow().clone();
        if let Some(reason) = failed {
            return first.answer(Err(StoreError::Failed { reason }));
        }
        if let Err(error) = send(tx, "BEGIN IMMEDIATE").await {
            return first.answer(Err(self.not_begun(error)));
        }
        let started = Instant::now();
        let mut members: Vec<Box<dyn Job>> = Vec::new();
        let mut staying = 0_u64;
        let mut broken = None;
        let mut place = Place::First;
        let mut next = Some(first);
        while let Some(mut job) = next {
            if !job.is_abandoned() {
                match self.member(tx, job.as_mut(), place).await {
                    Ok(stays) => {
                        staying += u64::from(stays);
                        place = match (place, stays) {
                            (Place::First, false) => Place::First,
                            (Place::First, true) => Place::Second,
                            _ => Place::Later,
                        };
                    }
                    Err(error) => broken = Some(error),
                }
                members.push(job);
            }
            let is_full = members.len() >= self.group_max || started.elapsed() >= self.group_time;
            next = if is_full || broken.is_some() { None } else { self.waiting() };
        }
        self.deadline.clear();
        let verdict = match broken {
            Some(broken) => Err(broken),
            None => end(tx, if staying > 0 { "COMMIT" } else { "ROLLBACK" }).await,
        };
        let verdict = match verdict {
            Ok(()) => {
                if staying > 0 {
                    self.counters.commits.fetch_add(1, Ordering::Relaxed);
                    self.counters.transactions.fetch_add(staying, Ordering::Relaxed);
                }
                self.signals.fire(tx.signals());
                self.feed.hand_over(std::mem::take(tx.born()));
                Ok(())
            }
            Err(broken) => Err(self.give_up(tx, broken, members.len()).await),
        };
        tx.signals().clear();
        tx.born().clear();
        for member in members {
            member.answer(verdict.clone());
        }
    }

    /// Run one transaction: whether its changes stay, or why the whole group is broken. The savepoint of one that stays is left to the next, or to the
    /// commit, which ends it.
    async fn member(&mut self, tx: &mut Tx, job: &mut dyn Job, place: Place) -> Result<bool, Broken> {
        tx.reset(job.name(), self.clock.now());
        let (signals, born) = (tx.signals().len(), tx.born().len());
        // Every statement is a trip to another thread: what can go together does.
        match (place, job.only_reads()) {
            (Place::First, false) => {}
            (Place::First, true) => end(tx, "PRAGMA query_only = ON").await?,
            (Place::Second, false) => end(tx, "SAVEPOINT member").await?,
            (Place::Second, true) => end(tx, "SAVEPOINT member; PRAGMA query_only = ON").await?,
            (Place::Later, false) => end(tx, "RELEASE member; SAVEPOINT member").await?,
            (Place::Later, true) => end(tx, "RELEASE member; SAVEPOINT member; PRAGMA query_only = ON").await?,
        }
        // Stays set after the closure was given up, until SQLite has stopped what the closure began.
        self.deadline.set(self.limit);
        let stays = job.run(tx).await;
        if let Some(reason) = tx.io_failed() {
            return Err(Broken { reason: reason.to_owned(), fault: Fault::Io });
        }
        if job.only_reads() {
            end(tx, "PRAGMA query_only = OFF").await?;
        }
        if !stays {
            tx.signals().truncate(signals);
            tx.born().truncate(born);
            // A full disk makes SQLite undo the whole transaction, and with it the savepoint: then this fails, and the group with it.
            let undo = if place == Place::First { "ROLLBACK; BEGIN IMMEDIATE" } else { "ROLLBACK TO member" };
            end(tx, undo).await?;
        }
        Ok(stays && !job.only_reads())
    }

    /// The next transaction, if one waits already.
    fn waiting(&mut self) -> Option<Box<dyn Job>> {
        if self.closing.is_some() {
            return None;
        }
        match self.ahead.try_recv().or_else(|_| self.queue.try_recv()) {
            Ok(Message::Job(job)) => {
                self.busy = Instant::now();
                Some(job)
            }
            Ok(Message::Close(answer)) => {
                self.closing = Some(answer);
                None
            }
            Err(_) => None,
        }
    }

    /// Undo a group that could not be committed.
    async fn give_up(&mut self, tx: &mut Tx, broken: Broken, members: usize) -> StoreError {
        let Broken { reason, fault } = broken;
        tracing::error!("{members} transactions were not committed: {reason}");
        // Fails when SQLite has undone everything by itself. A transaction that is open after all shows when the next one cannot begin.
        let _ = send(tx, "ROLLBACK").await;
        match fault {
            Fault::Full => return StoreError::Full { reason },
            Fault::Io => {
                tracing::error!("store accepts no more writes until it is opened again: {reason}");
                self.failed.send_replace(Some(reason.clone()));
            }
            _ => {}
        }
        StoreError::Commit { name: "group", reason }
    }

    fn not_begun(&mut self, error: sqlx::Error) -> StoreError {
        let fault = fault(&error);
        if matches!(fault, Fault::Contended | Fault::Full) {
            return opening(error);
        }
        let reason = error.to_string();
        tracing::error!("store accepts no more writes until it is opened again: {reason}");
        self.failed.send_replace(Some(reason.clone()));
        StoreError::Failed { reason }
    }
}

/// Waits until then, or for ever.
async fn reach(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Send a statement that ends or begins something; its failure breaks the group.
async fn end(tx: &mut Tx, sql: &'static str) -> Result<(), Broken> {
    let spoiled = match tx.spoiled() {
        Some(full @ StoreError::Full { .. }) => Some((full.to_string(), Fault::Full)),
        Some(other) => Some((other.to_string(), Fault::Statement)),
        None => None,
    };
    send(tx, sql).await.map_err(|error| match (spoiled, fault(&error)) {
        (Some((reason, _)), Fault::Io) => Broken { reason, fault: Fault::Io },
        (Some((reason, fault)), _) => Broken { reason, fault },
        (None, fault) => Broken { reason: error.to_string(), fault },
    })
}

async fn send(tx: &mut Tx, sql: &'static str) -> Result<(), sqlx::Error> {
    match tx.connection() {
        Connection::Writer(connection) => connection.execute(sqlx::raw_sql(sql)).await.map(drop),
        Connection::Reader(_) | Connection::Postgres(_) => Err(sqlx::Error::PoolClosed),
    }
}
