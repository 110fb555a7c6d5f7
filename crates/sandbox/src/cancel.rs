//! The order to stop, from whoever may give it to whatever runs. TC609-6-2025-15 §9.2.3 abnormalTermination.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Shared between the one who stops and what is to be stopped; clones are the same token. Once cancelled, always so.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<Order>);

#[derive(Debug, Default)]
struct Order {
    is_cancelled: AtomicBool,
    given: Notify,
}

impl CancelToken {
    /// Gives the order; from any thread, as often as one likes.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::Release);
        self.0.given.notify_waiters();
    }

    /// Whether the order was given.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::Acquire)
    }

    /// Waits for the order.
    pub async fn cancelled(&self) {
        let mut given = std::pin::pin!(self.0.given.notified());
        // Registered before the look, or an order between the two would be missed.
        given.as_mut().enable();
        if !self.is_cancelled() {
            given.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_order_reaches_those_who_wait_and_those_who_come_later() {
        let token = CancelToken::default();
        let waiting = tokio::spawn({
            let token = token.clone();
            async move { token.cancelled().await }
        });
        tokio::task::yield_now().await;
        assert!(!token.is_cancelled());
        token.cancel();
        waiting.await.unwrap();
        token.cancelled().await;
        assert!(token.is_cancelled());
    }
}
