//! The clock of the review of products. TC609-6-2025-01 §5.3.3.3 b.

use jiff::Timestamp;
use xinyu_core::listing::Listing;
use xinyu_core::workday::{Deadline, Reminder};
use xinyu_store::{StoreError, Topic, Tx};

use crate::clock::Waits;

impl Waits for Listing {
    const RECORD: &'static str = "product.reminder";
    const TOPIC: Topic = Topic::Catalog;

    async fn due(tx: &mut Tx, by: Timestamp) -> Result<Vec<Self>, StoreError> {
        xinyu_store::listing::due(tx, by).await
    }

    async fn lock(&self, tx: &mut Tx) -> Result<Option<Self>, StoreError> {
        xinyu_store::listing::lock(tx, self.product_id.as_str()).await
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), StoreError> {
        xinyu_store::listing::save(tx, self).await
    }

    fn deadline(&self) -> Deadline {
        Self::deadline(self)
    }

    fn remind(&mut self, reminder: Reminder) {
        self.reminded = Some(reminder);
    }

    fn subject(&self) -> &str {
        self.product_id.as_str()
    }

    fn spaces(&self) -> Vec<String> {
        vec![self.request.space_id.clone()]
    }
}
