//! 数据需求: published in a space, changed, answered by products, and ended. TC609-6-2025-01 §5.2.2.9 b. Pure.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_protocol::id::{ConnectorId, ParticipantId};
use xinyu_protocol::tc609::demand::{DemandCard, DemandOffered, DemandRequest, DemandState};

use crate::effect::{Draft, Effect};
use crate::fault::Rejection;

/// What people are told they offend.
pub const CLAUSE: &str = "TC609-6-2025-01 §5.2.2.9 b";
/// Products that are offered for one demand, at most.
pub const MOST_OFFERS: usize = 100;
/// Open demands of one member, at most.
pub const MOST_OPEN: usize = 100;

/// A demand, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Its key.
    pub demand_id: String,
    /// In which space.
    pub space_id: String,
    /// Whose connector published it.
    pub connector_id: ConnectorId,
    /// The organisation.
    pub participant_id: ParticipantId,
    /// What is looked for.
    pub card: DemandCard,
    /// Where it stands; never [`DemandState::Expired`], which is a matter of time.
    pub state: DemandState,
    /// How often it was said anew, from 1.
    pub version: u32,
    /// When it was published.
    pub published_at: Timestamp,
    /// When it was last changed or ended.
    pub changed_at: Timestamp,
    /// Why it ended.
    pub note: String,
    /// The product that met it.
    pub met_by: Option<String>,
    /// What was offered.
    pub offers: Vec<Offered>,
}

/// A product that was offered for a demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offered {
    /// By which connector.
    pub connector_id: ConnectorId,
    /// What is told of it.
    pub told: DemandOffered,
}

/// How a demand ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// By its owner: found, as this product if one is named.
    Met(Option<String>),
    /// By its owner.
    Withdrawn,
    /// By the operator.
    TakenDown,
}

impl Demand {
    /// A demand by a member, with what follows.
    ///
    /// # Errors
    /// If what is looked for is not said in order, or its time is over already.
    pub fn publish(
        request: DemandRequest,
        (connector_id, participant_id): (ConnectorId, ParticipantId),
        now: Timestamp,
    ) -> Result<(Self, Effect), Rejection> {
        must_be_sound(&request, now)?;
        let demand = Self {
            demand_id: request.demand_id,
            space_id: request.space_id,
            connector_id,
            participant_id,
            card: request.card,
            state: DemandState::Open,
            version: 1,
            published_at: now,
            changed_at: now,
            note: String::new(),
            met_by: None,
            offers: Vec::new(),
        };
        let effect = demand.record("demand.published");
        Ok((demand, effect))
    }

    /// What it is now: an open one whose time is over is looked for no more.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> DemandState {
        match self.state {
            DemandState::Open if self.card.until.is_some_and(|until| until <= now) => DemandState::Expired,
            state => state,
        }
    }

    /// Says it anew; nothing follows if it says the same. One whose time is over is open again with a later one.
    ///
    /// # Errors
    /// If it is not the member's, ended, would move to another space, or as for a new one.
    pub fn change(
        self,
        request: DemandRequest,
        by: &ConnectorId,
        now: Timestamp,
    ) -> Result<(Self, Option<Effect>), Rejection> {
        self.must_be_of(by)?;
        self.must_not_be_ended()?;
        if request.space_id != self.space_id {
            let (zh, en) = ("需求不能改到另一空间", "a demand does not move to another space");
            return Err(Rejection::bad("demand-space", zh, en).clause("/spaceId"));
        }
        if request.card == self.card {
            return Ok((self, None));
        }
        must_be_sound(&request, now)?;
        let version = self.version.saturating_add(1);
        let next = Self { card: request.card, version, changed_at: now, ..self };
        let effect = next.record("demand.changed");
        Ok((next, Some(effect)))
    }

    /// Ends it.
    ///
    /// # Errors
    /// If it is not the member's, ended already, or no reason is given.
    pub fn end(self, end: End, reason: &str, by: &ConnectorId, now: Timestamp) -> Result<(Self, Effect), Rejection> {
        if end != End::TakenDown {
            self.must_be_of(by)?;
        }
        self.must_not_be_ended()?;
        let note = must_say("reason", reason, 1, 300)?;
        let (state, kind, by, met_by) = match end {
            End::Met(product) => (DemandState::Met, "demand.met", "owner", product),
            End::Withdrawn => (DemandState::Withdrawn, "demand.withdrawn", "owner", None),
            End::TakenDown => (DemandState::Withdrawn, "demand.withdrawn", "operator", None),
        };
        let next = Self { state, note, met_by, changed_at: now, ..self };
        let record = next.draft(kind).fact("by", by);
        let record = match &next.met_by {
            Some(product) => record.fact("product", product.as_str()),
            None => record,
        };
        Ok((next, Effect::Record(record)))
    }

    /// Offers a product for it; the same product again says something else of it.
    ///
    /// # Errors
    /// If it is the offering member's own, not open, or full.
    pub fn offer(mut self, by: ConnectorId, told: DemandOffered, now: Timestamp) -> Result<(Self, Effect), Rejection> {
        if by == self.connector_id {
            let (zh, en) = ("不能应答自己的需求", "one's own demand is not answered");
            return Err(Rejection::conflict("demand-own", zh, en).clause(CLAUSE));
        }
        if self.state_at(now) != DemandState::Open {
            let (zh, en) = ("需求已不在征集", "it is looked for no more");
            return Err(Rejection::conflict("demand-not-open", zh, en).clause(CLAUSE));
        }
        let told = DemandOffered { note: must_say("note", &told.note, 0, 300)?, ..told };
        let record = self.draft("demand.offered").fact("product", told.product_id.as_str());
        self.offers.retain(|offered| offered.told.product_id != told.product_id);
        if self.offers.len() >= MOST_OFFERS {
            let (zh, en) = ("该需求的应答已满", "too many products are offered for it");
            return Err(Rejection::conflict("demand-full", zh, en).clause(CLAUSE));
        }
        self.offers.push(Offered { connector_id: by, told });
        Ok((self, Effect::Record(record)))
    }

    /// Whether a word is in what it says.
    #[must_use]
    pub fn says(&self, word: &str) -> bool {
        let card = &self.card;
        let texts = [&card.title, &card.description, &card.purpose];
        let has = |text: &String| text.to_lowercase().contains(word);
        texts.into_iter().chain(&card.keywords).chain(&card.fields).any(has)
    }

    fn must_be_of(&self, by: &ConnectorId) -> Result<(), Rejection> {
        if self.connector_id == *by {
            return Ok(());
        }
        let (zh, en) = ("不是本方的需求", "it is another's demand");
        Err(Rejection::forbidden("demand-of-another", zh, en).clause(CLAUSE))
    }

    fn must_not_be_ended(&self) -> Result<(), Rejection> {
        if self.state == DemandState::Open {
            return Ok(());
        }
        let (zh, en) = ("需求已结束，请另行发布", "it has ended: publish another");
        Err(Rejection::conflict("demand-ended", zh, en).clause(CLAUSE))
    }

    fn record(&self, kind: &'static str) -> Effect {
        Effect::Record(self.draft(kind))
    }

    /// What the log says of it: what is looked for by its digest only.
    fn draft(&self, kind: &'static str) -> Draft {
        let bytes = xinyu_protocol::json::canonical(&self.card).unwrap_or_default();
        Draft::new(kind, &self.space_id)
            .subject(&self.demand_id)
            .fact("version", self.version)
            .fact("member", self.connector_id.as_str())
            .fact("card", Suite::Sm.hash(&bytes).to_string())
    }
}

/// That nobody knows it, or may not see it.
#[must_use]
pub fn unknown(id: &str) -> Rejection {
    Rejection::unknown("unknown-demand", format!("没有需求 {id}"), format!("there is no demand {id}")).clause(CLAUSE)
}

fn must_be_sound(request: &DemandRequest, now: Timestamp) -> Result<(), Rejection> {
    let card = &request.card;
    must_say("demandId", &request.demand_id, 1, 64)?;
    must_say("title", &card.title, 1, 100)?;
    must_say("description", &card.description, 1, 2_000)?;
    must_say("purpose", &card.purpose, 1, 300)?;
    must_say("topic", &card.topic, 0, 16)?;
    for (field, words, most) in [("keywords", &card.keywords, 20), ("fields", &card.fields, 50)] {
        if words.len() > most {
            let (zh, en) = (format!("「{field}」最多 {most} 项"), format!("{field} has at most {most} items"));
            return Err(Rejection::bad("demand-invalid", zh, en).clause(format!("/card/{field}")));
        }
        words.iter().try_for_each(|word| must_say(field, word, 1, 64).map(drop))?;
    }
    if card.until.is_some_and(|until| until <= now) {
        let (zh, en) = ("「until」应在将来", "until must be in the future");
        return Err(Rejection::bad("demand-invalid", zh, en).clause("/card/until"));
    }
    Ok(())
}

/// A text of a length in characters, without control characters.
fn must_say(field: &str, text: &str, least: usize, most: usize) -> Result<String, Rejection> {
    let text = text.trim();
    let is_plain = !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if (least..=most).contains(&text.chars().count()) && is_plain {
        return Ok(text.to_owned());
    }
    let zh = format!("「{field}」须为 {least} 至 {most} 个字符，不含控制字符");
    let en = format!("{field} must have {least} to {most} characters and no control characters");
    Err(Rejection::bad("demand-invalid", zh, en).clause(format!("/{field}")))
}
