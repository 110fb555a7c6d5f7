//! The clock of the approvals of participants. TC609-6-2025-12.

use jiff::Timestamp;
use xinyu_core::participant::Member;
use xinyu_core::workday::{Deadline, Reminder};
use xinyu_store::{StoreError, Topic, Tx};

use crate::clock::Waits;

impl Waits for Member {
    const RECORD: &'static str = "participant.reminder";
    const TOPIC: Topic = Topic::Participant;

    async fn due(tx: &mut Tx, by: Timestamp) -> Result<Vec<Self>, StoreError> {
        let mut members = xinyu_store::member::list(tx).await?;
        members.retain(|member| member.due_at.is_some_and(|due| due <= by));
        Ok(members)
    }

    async fn lock(&self, tx: &mut Tx) -> Result<Option<Self>, StoreError> {
        xinyu_store::member::lock(tx, &self.connector_id).await
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), StoreError> {
        xinyu_store::member::save(tx, self).await
    }

    fn deadline(&self) -> Deadline {
        let waits = self.state.awaits_review() || self.change.is_some();
        Deadline { due_at: self.due_at.filter(|_| waits), reminded: self.reminded }
    }

    fn remind(&mut self, reminder: Reminder) {
        self.reminded = Some(reminder);
    }

    fn subject(&self) -> &str {
        self.connector_id.as_str()
    }

    fn spaces(&self) -> Vec<String> {
        self.spaces.clone()
    }
}
