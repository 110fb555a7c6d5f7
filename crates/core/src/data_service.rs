//! 数据服务: published by a member, reviewed, listed, changed behind the review, and taken down. TC609-6-2025-01 §5.2.2.4 d; TC609-6-2025-16 6.3 d. Pure.

pub mod review;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_protocol::id::{ConnectorId, ParticipantId};
use xinyu_protocol::tc609::data_service::{ServiceCard, ServiceRequest, ServiceState};

use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::review::{Finding, RULE, is_clear, must_not_block};
use crate::workday::Deadline;
use review::must_be_sound;

/// What people are told they offend.
pub const CLAUSE: &str = "TC609-6-2025-01 §5.2.2.4 d";
/// Services of one member, at most.
pub const MOST: usize = 200;

/// A service, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataService {
    /// Its key.
    pub service_id: String,
    /// In which space.
    pub space_id: String,
    /// Whose connector published it.
    pub connector_id: ConnectorId,
    /// The organisation.
    pub participant_id: ParticipantId,
    /// What counts: in the catalogue when it is listed.
    pub card: ServiceCard,
    /// Where it stands.
    pub state: ServiceState,
    /// What it is to say next, while that is reviewed and this is listed.
    pub next: Option<ServiceCard>,
    /// What the review found in what waits, or in what was decided last.
    pub findings: Vec<Finding>,
    /// How often it was said anew, from 1.
    pub version: u32,
    /// When it was published.
    pub published_at: Timestamp,
    /// When it was last changed or decided.
    pub changed_at: Timestamp,
    /// Why it was refused or taken down.
    pub note: String,
    /// Until when the operator has to decide on what waits.
    #[serde(default)]
    pub deadline: Deadline,
    /// Whether the operator refused it or took it down: then it comes back through a person only.
    #[serde(default)]
    pub is_barred: bool,
}

impl DataService {
    /// A service by a member, with what the review found, and what follows.
    ///
    /// # Errors
    /// If it is not said in order.
    pub fn publish(
        request: ServiceRequest,
        (connector_id, participant_id): (ConnectorId, ParticipantId),
        findings: Vec<Finding>,
        now: Timestamp,
    ) -> Result<(Self, Effect), Rejection> {
        must_be_sound(&request)?;
        let service = Self {
            service_id: request.service_id,
            space_id: request.space_id,
            connector_id,
            participant_id,
            card: request.card,
            state: ServiceState::Reviewing,
            next: None,
            findings,
            version: 1,
            published_at: now,
            changed_at: now,
            note: String::new(),
            deadline: Deadline::default(),
            is_barred: false,
        };
        let record = service.record("service.requested", &service.card);
        Ok((service, Effect::Record(record)))
    }

    /// Says it anew; nothing follows if it says what it says already. What is listed stays until that is decided.
    ///
    /// # Errors
    /// If it is another member's, would move to another space, or as for a new one.
    pub fn change(
        self,
        request: ServiceRequest,
        by: &ConnectorId,
        findings: Vec<Finding>,
        now: Timestamp,
    ) -> Result<(Self, Option<Effect>), Rejection> {
        self.must_be_of(by)?;
        must_be_sound(&request)?;
        if request.space_id != self.space_id {
            let (zh, en) = ("服务不能改到另一空间", "a service does not move to another space");
            return Err(Rejection::bad("service-space", zh, en).clause("/spaceId"));
        }
        let is_same = match (&self.next, self.state) {
            (Some(next), _) => *next == request.card,
            (None, ServiceState::Reviewing | ServiceState::Listed) => self.card == request.card,
            (None, _) => false,
        };
        if is_same {
            return Ok((self, None));
        }
        let record = self.record("service.requested", &request.card);
        let version = self.version.saturating_add(1);
        let base = Self { findings, version, changed_at: now, ..self };
        let changed = match base.state {
            ServiceState::Listed => Self { next: Some(request.card), ..base },
            _ => Self { card: request.card, state: ServiceState::Reviewing, note: String::new(), ..base },
        };
        Ok((changed, Some(Effect::Record(record.fact("version", version)))))
    }

    /// Whether something waits for the operator.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.state == ServiceState::Reviewing || self.next.is_some()
    }

    /// With the time that the operator has to decide.
    #[must_use]
    pub fn clocked(self, due_at: Timestamp) -> Self {
        let deadline = self.deadline.kept(self.is_waiting(), due_at);
        Self { deadline, ..self }
    }

    /// Lists at once what nothing is said against, where the rule of the space says so. What the review warns of is for a person, and so is what a person barred.
    ///
    /// # Errors
    /// As for a decision.
    pub fn by_rule(self, now: Timestamp) -> Result<(Self, Option<Effect>), Rejection> {
        if !self.is_waiting() || self.is_barred || !is_clear(&self.findings) {
            return Ok((self, None));
        }
        let (service, record) = self.decide(true, ("", RULE), now)?;
        Ok((service, Some(record)))
    }

    /// The decision of the operator or of the rule on what waits. What the review blocks is not listed.
    ///
    /// # Errors
    /// If nothing waits, it is blocked, or it is refused without a reason.
    pub fn decide(
        mut self,
        approve: bool,
        (note, by): (&str, &str),
        now: Timestamp,
    ) -> Result<(Self, Effect), Rejection> {
        if !self.is_waiting() {
            let (zh, en) = ("该服务没有待审核的内容", "nothing of this service waits for a decision");
            return Err(Rejection::conflict("service-decided", zh, en).clause(CLAUSE));
        }
        if approve {
            must_not_block(&self.findings, ("该服务", "the service"))?;
        }
        let note = if approve { note.trim().to_owned() } else { review::said("note", note, 1, 300)? };
        (self.note, self.changed_at) = (note, now);
        self.is_barred = !approve;
        let next = self.next.take();
        let kind = if approve {
            self.card = next.unwrap_or(self.card);
            self.state = ServiceState::Listed;
            "service.listed"
        } else {
            // What is listed stays, and what was to follow it does not come.
            if next.is_none() {
                self.state = ServiceState::Refused;
            }
            "service.refused"
        };
        let record = self.record(kind, &self.card).fact("by", by);
        Ok((self, Effect::Record(record)))
    }

    /// Takes it down: nobody finds it any more.
    ///
    /// # Errors
    /// If its owner is another, it is not listed, or no reason is given.
    pub fn delist(
        mut self,
        by: Option<&ConnectorId>,
        reason: &str,
        now: Timestamp,
    ) -> Result<(Self, Effect), Rejection> {
        if let Some(by) = by {
            self.must_be_of(by)?;
        }
        if self.state != ServiceState::Listed {
            let (zh, en) = ("该服务不在目录中", "the service is not in the catalogue");
            return Err(Rejection::conflict("service-not-listed", zh, en).clause(CLAUSE));
        }
        self.note = review::said("reason", reason, 1, 300)?;
        (self.state, self.next, self.changed_at) = (ServiceState::Delisted, None, now);
        self.is_barred = by.is_none();
        let side = if by.is_some() { "owner" } else { "operator" };
        let record = self.record("service.delisted", &self.card).fact("by", side);
        Ok((self, Effect::Record(record)))
    }

    /// Whether a word is in what it says.
    #[must_use]
    pub fn says(&self, word: &str) -> bool {
        let card = &self.card;
        let texts = [&card.name, &card.description, &card.qualification].into_iter().chain(&card.keywords);
        texts.into_iter().any(|text| text.to_lowercase().contains(word))
    }

    fn must_be_of(&self, by: &ConnectorId) -> Result<(), Rejection> {
        if self.connector_id == *by {
            return Ok(());
        }
        let (zh, en) = ("不是本方的服务", "it is another's service");
        Err(Rejection::forbidden("service-of-another", zh, en).clause(CLAUSE))
    }

    /// What the log says of it: what it says by its digest only.
    fn record(&self, kind: &'static str, card: &ServiceCard) -> Draft {
        let bytes = xinyu_protocol::json::canonical(card).unwrap_or_default();
        Draft::new(kind, &self.space_id)
            .subject(&self.service_id)
            .fact("version", self.version)
            .fact("kind", card.kind.as_str())
            .fact("member", self.connector_id.as_str())
            .fact("card", Suite::Sm.hash(&bytes).to_string())
    }
}

/// That nobody knows it, or may not see it.
#[must_use]
pub fn unknown(id: &str) -> Rejection {
    Rejection::unknown("unknown-service", format!("没有数据服务 {id}"), format!("there is no service {id}"))
        .clause(CLAUSE)
}
