//! The clock of the review of components. TC609-6-2025-01 §5.3.3.3 b.

use jiff::Timestamp;
use xinyu_core::component::Component;
use xinyu_core::workday::{Deadline, Reminder};
use xinyu_store::{StoreError, Topic, Tx};

use crate::clock::Waits;

impl Waits for Component {
    const RECORD: &'static str = "component.reminder";
    const TOPIC: Topic = Topic::Catalog;

    async fn due(tx: &mut Tx, by: Timestamp) -> Result<Vec<Self>, StoreError> {
        xinyu_store::component::due(tx, by).await
    }

    async fn lock(&self, tx: &mut Tx) -> Result<Option<Self>, StoreError> {
        let versions = xinyu_store::component::lock(tx, &self.standing.component_id).await?;
        Ok(versions.into_iter().find(|one| one.standing.version == self.standing.version))
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), StoreError> {
        xinyu_store::component::save(tx, self).await
    }

    fn deadline(&self) -> Deadline {
        self.deadline
    }

    fn remind(&mut self, reminder: Reminder) {
        self.deadline.reminded = Some(reminder);
    }

    fn subject(&self) -> &str {
        &self.standing.component_id
    }

    fn spaces(&self) -> Vec<String> {
        vec![self.statement().space_id.clone()]
    }
}
