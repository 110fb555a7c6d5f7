//! Running the closure of a transaction so that neither its panic, its hanging nor its nesting harms anyone else.

use crate::{BoxFuture, StoreError, Tx};
use futures::FutureExt as _;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

tokio::task_local! {
    /// The transaction whose closure this task is running.
    static RUNNING: &'static str;
}

/// Refuse to start a transaction inside another one.
pub(crate) fn refuse_nesting(inner: &'static str) -> Result<(), StoreError> {
    match RUNNING.try_with(|outer| *outer) {
        Ok(outer) => Err(StoreError::Nested { outer, inner }),
        Err(_) => Ok(()),
    }
}

/// Run a closure. An error means that its transaction is to be undone; an answer, that it may be committed.
pub(crate) async fn run<T, E, F>(tx: &mut Tx, limit: Duration, closure: F) -> Result<T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let name = tx.name();
    let answer = {
        let work = AssertUnwindSafe(async { closure(&mut *tx).await }).catch_unwind();
        RUNNING.scope(name, tokio::time::timeout(limit, work)).await
    };
    let answer = match answer {
        Err(_) => {
            tx.abandon();
            tracing::error!(transaction = name, "transaction {name} was given up after {} ms", limit.as_millis());
            return Err(StoreError::TimedOut { name, limit }.into());
        }
        Ok(Err(panic)) => {
            tx.abandon();
            let message = message(panic.as_ref());
            tracing::error!(transaction = name, "transaction {name} panicked: {message}");
            return Err(StoreError::Panicked { name, message }.into());
        }
        Ok(Ok(answer)) => answer?,
    };
    match tx.spoiled() {
        Some(error) => Err(StoreError::Spoiled { name, reason: error.to_string() }.into()),
        None => Ok(answer),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}
