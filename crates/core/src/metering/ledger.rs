//! Metering period by period (计量周期): what the provider, the consumer and the platform counted, side by side, closed for good. Everything here follows from
//! the log in its order, so that whoever has the log closes the same periods again ([`check`]). NDI-TR-2025-05 §6.2.5 b; TC609-6-2025-01 §5.2.2.9 c. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_evidence::entry::Record;
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::metering::{ClosedPeriod, Count, Difference, Tally};

use super::account::{Account, Calendar, follows};
use super::definition::{self, METERS};
use crate::effect::{Draft, Effect};
use crate::negotiation::Side;

/// A side's count of a period.
pub const COUNTED: &str = "metering.counted";
/// The provider takes something back, or adds what it had left out.
pub const CORRECTED: &str = "metering.corrected";
/// The platform closes a period.
pub const CLOSED: &str = "metering.closed";
/// What a consumer records after this is in the log, but in no account.
const DESTROYED: &str = "usage.destroyed";

/// A count may come so much later than its period ends, of its length: a quarter.
const GRACE: u64 = 4;
/// And so many seconds at least.
const LEAST_GRACE: u64 = 5;

/// How long is waited for what is still under way when a period is over.
#[must_use]
pub fn grace(calendar: &Calendar) -> SignedDuration {
    let seconds = (calendar.seconds / GRACE).max(LEAST_GRACE);
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// The facts of a record of a count.
#[must_use]
pub fn counted(draft: Draft, side: Side, count: &Count) -> Draft {
    flat(draft.fact("side", side.as_str()), count)
}

/// With the members of a thing as facts.
fn flat<T: Serialize>(mut draft: Draft, thing: &T) -> Draft {
    if let Ok(Value::Object(members)) = serde_json::to_value(thing) {
        draft.facts.extend(members.into_iter().filter(|(_, value)| !value.is_null()));
    }
    draft
}

/// What was told of a period that is not closed yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    provider: Option<Count>,
    consumer: Option<Count>,
    platform: Option<Count>,
}

/// How far one side has told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Teller {
    period: u32,
    total: Tally,
    is_final: bool,
}

impl Teller {
    /// Whether a count is the next one, adds up, and goes by our definitions. Another one is as if nothing had been said.
    fn takes(&mut self, count: &Count) -> bool {
        let is_next = self.period.checked_add(1) == Some(count.period);
        if !is_next || !follows(&self.total, count) || count.definitions != definition::digest() {
            return false;
        }
        *self = Self { period: count.period, total: count.total.clone(), is_final: count.is_final };
        true
    }
}

/// The platform's books on one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The contract.
    pub contract_id: ContractId,
    /// The space.
    pub space_id: String,
    /// Who provides.
    pub provider: ConnectorId,
    /// Who consumes.
    pub consumer: ConnectorId,
    /// Its periods.
    pub calendar: Calendar,
    /// The last period that was closed; 0 before the first.
    pub closed: u32,
    /// Since which period the sides differ.
    pub disputed_since: Option<u32>,
    /// The place of the last record that was read.
    pub position: Option<u64>,
    ours: Account,
    is_destroyed: bool,
    told: BTreeMap<u32, Told>,
    provider_told: Teller,
    consumer_told: Teller,
}

impl Ledger {
    /// Of a contract that has just come into force.
    #[must_use]
    pub fn open(
        (contract_id, space_id): (&ContractId, &str),
        (provider, consumer): (&ConnectorId, &ConnectorId),
        calendar: Calendar,
    ) -> Self {
        Self {
            contract_id: contract_id.clone(),
            space_id: space_id.to_owned(),
            provider: provider.clone(),
            consumer: consumer.clone(),
            calendar,
            closed: 0,
            disputed_since: None,
            position: None,
            ours: Account::default(),
            is_destroyed: false,
            told: BTreeMap::new(),
            provider_told: Teller::default(),
            consumer_told: Teller::default(),
        }
    }

    /// Reads the next record of the contract in the order of the log. What the consumer did is counted for the period in which it did it, or, once it has said
    /// what it counted, as what came too late: by the rule by which it counts itself.
    pub fn read(&mut self, position: u64, record: &Record) {
        self.position = Some(position);
        let side = match record.actor.as_str() {
            actor if actor == self.consumer.as_str() => Side::Consumer,
            actor if actor == self.provider.as_str() => Side::Provider,
            _ => return,
        };
        if record.kind == COUNTED {
            if let Some(count) = read_count(record) {
                self.take(side, count);
            }
            return;
        }
        if side == Side::Consumer && !self.is_destroyed {
            let fact = |name: &str| record.facts.get(name).and_then(Value::as_u64);
            self.ours.add(self.calendar.period(record.at), &definition::tally(side, &record.kind, &fact));
            self.is_destroyed = record.kind == DESTROYED;
        }
    }

    fn take(&mut self, side: Side, count: Count) {
        let teller = match side {
            Side::Provider => &mut self.provider_told,
            Side::Consumer => &mut self.consumer_told,
        };
        // A period that is closed stays so: what is told of it now is in the totals of the next count.
        if !teller.takes(&count) || count.period <= self.closed {
            return;
        }
        if side == Side::Consumer {
            while self.ours.closed < count.period {
                let is_final = count.is_final && self.ours.closed.checked_add(1) == Some(count.period);
                let ours = self.ours.close(is_final);
                let period = ours.period;
                self.told.entry(period).or_default().platform = Some(ours);
            }
        }
        let told = self.told.entry(count.period).or_default();
        match side {
            Side::Provider => told.provider = Some(count),
            Side::Consumer => told.consumer = Some(count),
        }
    }

    /// Whether both sides have said what they counted for the next period.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let told = self.told.get(&self.closed.saturating_add(1));
        let has = |teller: &Teller, said: fn(&Told) -> bool| teller.is_final || told.is_some_and(said);
        told.is_some()
            && has(&self.provider_told, |told| told.provider.is_some())
            && has(&self.consumer_told, |told| told.consumer.is_some())
    }

    /// Whether nothing is to come: the last count was the final one, and nobody has said anything since.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ours.is_final && self.closed >= self.ours.closed && self.told.is_empty()
    }

    /// When the next period is closed whoever has said something or not; none if nothing is to come.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.is_over() {
            return None;
        }
        self.calendar.until(self.closed.saturating_add(1)).checked_add(grace(&self.calendar)).ok()
    }

    /// The same at a platform that began then: one that was away gives the counts that waited for it their time to come.
    #[must_use]
    pub fn due_since(&self, began: Timestamp) -> Option<Timestamp> {
        let patience = began.checked_add(grace(&self.calendar)).unwrap_or(began);
        self.due_at().map(|at| at.max(patience))
    }

    /// Closes the next period, for good; `is_over` if the contract is, and nothing more is expected.
    pub fn close(&mut self, is_over: bool) -> ClosedPeriod {
        let period = self.closed.saturating_add(1);
        let told = self.told.remove(&period).unwrap_or_default();
        let platform = told.platform.unwrap_or_else(|| self.ours.close(is_over || self.ours.is_final));
        self.closed = period;
        // Who has told its last word stands by it.
        let stands = |count: &Option<Count>, teller: &Teller| match count {
            Some(count) => Some(count.total.clone()),
            None => teller.is_final.then(|| teller.total.clone()),
        };
        let (provider, consumer) =
            (stands(&told.provider, &self.provider_told), stands(&told.consumer, &self.consumer_told));
        let differences = differences(provider.as_ref(), consumer.as_ref(), &platform.total);
        let said = [(Side::Provider, provider.is_some()), (Side::Consumer, consumer.is_some())];
        let silent: Vec<String> =
            said.iter().filter(|(_, said)| !said).map(|(side, _)| side.as_str().to_owned()).collect();
        let is_disputed = !differences.is_empty() || !silent.is_empty();
        self.disputed_since = is_disputed.then(|| self.disputed_since.unwrap_or(period));
        ClosedPeriod {
            contract_id: self.contract_id.clone(),
            from: self.calendar.from(period),
            until: self.calendar.until(period),
            provider: told.provider,
            consumer: told.consumer,
            platform,
            differences,
            silent,
            disputed_since: self.disputed_since,
        }
    }

    /// The record of a closed period. It names the parties, so that the log tells by itself whose counts these are.
    #[must_use]
    pub fn record(&self, closed: &ClosedPeriod) -> Draft {
        let draft = Draft::new(CLOSED, &self.space_id)
            .contract(&self.contract_id)
            .subject(format!("{}/{}", self.contract_id, closed.platform.period))
            .fact("period", closed.platform.period)
            .fact("provider_id", self.provider.as_str())
            .fact("consumer_id", self.consumer.as_str());
        let mut draft = flat(draft, closed);
        draft.facts.remove("contractId");
        draft
    }
}

/// What people are told of a closed period: that a dispute has begun with it.
#[must_use]
pub fn alert(closed: &ClosedPeriod) -> Vec<Effect> {
    let period = closed.platform.period;
    if closed.disputed_since != Some(period) {
        return Vec::new();
    }
    let silent = closed.silent.iter().map(|side| format!("{side} –"));
    let told = |count: Option<i64>| count.map_or_else(|| "–".to_owned(), |count| count.to_string());
    let differing = closed
        .differences
        .iter()
        .map(|one| format!("{} {}/{}/{}", one.meter, told(one.provider), told(one.consumer), one.platform));
    let what: Vec<String> = silent.chain(differing).collect();
    let detail = format!("#{period} {}", what.join("; "));
    vec![Effect::Alert { action: "metering.disputed", object: closed.contract_id.as_str().to_owned(), detail }]
}

/// Where the totals differ. What a side cannot count, it is not asked about.
fn differences(provider: Option<&Tally>, consumer: Option<&Tally>, platform: &Tally) -> Vec<Difference> {
    let of = |tally: &Tally, name: &str| tally.get(name).copied().unwrap_or(0);
    let compared = METERS.iter().map(|meter| Difference {
        meter: meter.name.to_owned(),
        provider: provider.filter(|_| !meter.provider.is_empty()).map(|tally| of(tally, meter.name)),
        consumer: consumer.map(|tally| of(tally, meter.name)),
        platform: of(platform, meter.name),
    });
    let differs = |one: &Difference| [one.provider, one.consumer].iter().flatten().any(|count| *count != one.platform);
    compared.filter(differs).collect()
}

/// The count in a record.
fn read_count(record: &Record) -> Option<Count> {
    let mut facts = record.facts.clone();
    facts.remove("side");
    serde_json::from_value(serde_json::to_value(facts).ok()?).ok()
}

/// What a stranger found who closed the periods of a contract again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// The periods, as they come out of the log.
    pub periods: Vec<ClosedPeriod>,
    /// The places in the log at which the platform recorded something else.
    pub differs: Vec<u64>,
}

/// Closes the periods of a contract again, from its records in the order of the log, and compares with what the platform recorded. None if it closed none.
#[must_use]
pub fn check(platform: &str, contract_id: &ContractId, records: &[(u64, &Record)]) -> Option<Checked> {
    let is_closing = |record: &Record| record.actor == platform && record.kind == CLOSED;
    let (_, first) = records.iter().find(|(_, record)| is_closing(record))?;
    let word = |name: &str| first.facts.get(name).and_then(Value::as_str);
    let party = |name: &str| ConnectorId::parse(word(name)?).ok();
    let at = |name: &str| word(name)?.parse::<Timestamp>().ok();
    let (since, until) = (at("from")?, at("until")?);
    let seconds = u64::try_from(until.duration_since(since).as_secs()).ok()?;
    let parties = (&party("provider_id")?, &party("consumer_id")?);
    let mut ledger = Ledger::open((contract_id, &first.space), parties, Calendar { since, seconds });
    let mut checked = Checked { periods: Vec::new(), differs: Vec::new() };
    for (position, record) in records {
        if !is_closing(record) {
            ledger.read(*position, record);
            continue;
        }
        let said_final = record.facts.get("platform").and_then(|platform| platform.get("isFinal"));
        let closed = ledger.close(said_final.and_then(Value::as_bool).unwrap_or(false));
        let expected: BTreeMap<String, Value> = ledger.record(&closed).facts.into_iter().collect();
        if expected != record.facts {
            checked.differs.push(*position);
        }
        checked.periods.push(closed);
    }
    Some(checked)
}
