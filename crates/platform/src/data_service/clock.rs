//! The clock of the review of services. TC609-6-2025-01 §5.3.3.3 b.

use jiff::Timestamp;
use xinyu_core::data_service::DataService;
use xinyu_core::workday::{Deadline, Reminder};
use xinyu_store::{StoreError, Topic, Tx};

use crate::clock::Waits;

impl Waits for DataService {
    const RECORD: &'static str = "service.reminder";
    const TOPIC: Topic = Topic::Catalog;

    async fn due(tx: &mut Tx, by: Timestamp) -> Result<Vec<Self>, StoreError> {
        xinyu_store::data_service::due(tx, by).await
    }

    async fn lock(&self, tx: &mut Tx) -> Result<Option<Self>, StoreError> {
        xinyu_store::data_service::lock(tx, &self.service_id).await
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), StoreError> {
        xinyu_store::data_service::save(tx, self).await
    }

    fn deadline(&self) -> Deadline {
        self.deadline
    }

    fn remind(&mut self, reminder: Reminder) {
        self.deadline.reminded = Some(reminder);
    }

    fn subject(&self) -> &str {
        &self.service_id
    }

    fn spaces(&self) -> Vec<String> {
        vec![self.space_id.clone()]
    }
}
