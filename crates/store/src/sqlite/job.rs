//! What stands in the writer's queue: a closure with its answer, whose types the writer does not know.

use crate::{BoxFuture, StoreError, Tx, guard};
use std::time::Duration;
use tokio::sync::oneshot;

/// A message to the writer.
pub(super) enum Message {
    /// A transaction to run.
    Job(Box<dyn Job>),
    /// Finish what came before, close the file and answer.
    Close(oneshot::Sender<()>),
}

/// A transaction.
pub(super) trait Job: Send {
    fn name(&self) -> &'static str;

    /// Whether it must not change anything.
    fn only_reads(&self) -> bool;

    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;

    /// Run the closure and keep its answer; true when its changes are to stay.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;

    /// Give the kept answer, or the error for which nothing of the group was stored.
    fn answer(self: Box<Self>, verdict: Result<(), StoreError>);
}

/// A transaction with its types.
pub(super) struct Member<T, E, F> {
    name: &'static str,
    reads: bool,
    limit: Duration,
    closure: Option<F>,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Member<T, E, F> {
    pub(super) fn new(
        name: &'static str,
        reads: bool,
        limit: Duration,
        closure: F,
        answer: oneshot::Sender<Result<T, E>>,
    ) -> Self {
        Self { name, reads, limit, closure: Some(closure), result: None, answer }
    }
}

impl<T, E, F> Job for Member<T, E, F>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn only_reads(&self) -> bool {
        self.reads
    }

    fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(closure) = self.closure.take() else {
                return false;
            };
            let result = guard::run(tx, self.limit, closure).await;
            let stays = result.is_ok();
            self.result = Some(result);
            stays
        })
    }

    fn answer(self: Box<Self>, verdict: Result<(), StoreError>) {
        let result = match verdict {
            Ok(()) => self.result.unwrap_or_else(|| Err(StoreError::Closed.into())),
            // The error is made for the group; its name is that of the member.
            Err(StoreError::Commit { reason, .. }) => Err(StoreError::Commit { name: self.name, reason }.into()),
            Err(error) => Err(error.into()),
        };
        // The caller may be gone; its transaction is committed all the same.
        let _ = self.answer.send(result);
    }
}
