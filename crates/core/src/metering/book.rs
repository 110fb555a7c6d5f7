//! What a party's connector keeps on the metering of one contract: its own account, and when it counts the next period. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::metering::{Count, Tally};
use xinyu_protocol::text::Text;

use super::account::{Account, Calendar};
use super::{CLAUSE, definition, ledger};
use crate::effect::Draft;
use crate::fault::Rejection;
use crate::negotiation::Side;

/// Why the provider may correct at most so much at once: what is beyond is a mistyped figure.
const MOST: u64 = 1 << 40;

/// The books of one side on one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// The contract.
    pub contract_id: ContractId,
    /// The space.
    pub space_id: String,
    /// Which side this is.
    pub side: Side,
    /// Its periods.
    pub calendar: Calendar,
    /// What it counted.
    pub account: Account,
    /// At the provider: up to which period the consumer has told of all its uses.
    pub marked: u32,
    /// At the provider: whether that was its last word.
    pub is_marked_final: bool,
    /// Whether the destruction is proven. What is asked for after it is in no account.
    pub is_destroyed: bool,
}

impl Book {
    /// Of a contract that has just come into force.
    #[must_use]
    pub fn open(contract_id: &ContractId, space_id: &str, side: Side, calendar: Calendar) -> Self {
        Self {
            contract_id: contract_id.clone(),
            space_id: space_id.to_owned(),
            side,
            calendar,
            account: Account::default(),
            marked: 0,
            is_marked_final: false,
            is_destroyed: false,
        }
    }

    /// The period that is counted next.
    #[must_use]
    pub fn next(&self) -> u32 {
        self.account.closed.saturating_add(1)
    }

    /// When it is counted: when it is over, at the provider when the consumer says so, or half of the time has gone by that the platform waits. None after
    /// the final count, unless something came for it later.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.account.is_final {
            return self.account.is_pending().then_some(self.calendar.since);
        }
        let next = self.next();
        let is_told = self.side == Side::Consumer || self.marked >= next;
        if self.is_marked_final && self.marked <= next {
            return Some(self.calendar.since);
        }
        let until = self.calendar.until(next);
        if is_told { Some(until) } else { until.checked_add(ledger::grace(&self.calendar) / 2).ok() }
    }

    /// What one event of ours, or one that we are told of, adds: by when it happened.
    pub fn count(&mut self, at: Timestamp, kind: &str, fact: &dyn Fn(&str) -> Option<u64>) {
        let tally = definition::tally(self.side, kind, fact);
        self.account.add(self.calendar.period(at), &tally);
    }

    /// The consumer has told of all its uses up to the end of a period.
    pub fn mark(&mut self, period: u32, is_final: bool) {
        self.marked = self.marked.max(period);
        self.is_marked_final |= is_final;
    }

    /// Counts the next period; the record of it.
    pub fn close(&mut self, is_final: bool) -> (Count, Draft) {
        let count = self.account.close(is_final || self.account.is_final);
        let subject = format!("{}/{}", self.contract_id, count.period);
        let draft = Draft::new(ledger::COUNTED, &self.space_id).contract(&self.contract_id).subject(subject);
        let draft = ledger::counted(draft, self.side, &count);
        (count, draft)
    }

    /// The provider corrects what it counted: in the period that is counted next, for one that was counted. Nothing closed is changed.
    ///
    /// # Errors
    /// If it is the consumer, whose uses the platform counts from its records; if there is no such meter, or no such period; or if a total came below zero.
    pub fn correct(&mut self, period: u32, meter: &str, by: i64) -> Result<Draft, Rejection> {
        let refuse = |code, zh: String, en: String| Err(Rejection::bad(code, zh, en).clause(CLAUSE));
        if self.side == Side::Consumer {
            let (zh, en) = (
                "使用方的计量由其签名存证得出，不能更正",
                "what a consumer counts follows from its signed records and is not corrected",
            );
            return Err(Rejection::conflict("meter-side", zh, en).clause(CLAUSE));
        }
        if definition::find(meter).is_none_or(|meter| meter.provider.is_empty()) {
            let known = definition::METERS.iter().filter(|meter| !meter.provider.is_empty());
            let known: Vec<&str> = known.map(|meter| meter.name).collect();
            let known = known.join(", ");
            return refuse(
                "unknown-meter",
                format!("提供方没有计量项「{meter}」，可更正的有 {known}"),
                format!("a provider has no meter {meter}; it can correct {known}"),
            );
        }
        if period == 0 || period > self.account.closed {
            let closed = self.account.closed;
            return refuse(
                "meter-period",
                format!("第 {period} 期尚未计量，只能更正第 1 至 {closed} 期"),
                format!("period {period} is not counted yet, only periods 1 to {closed} can be corrected"),
            );
        }
        if by == 0 || by.unsigned_abs() > MOST {
            let (zh, en) =
                ("更正值应为非零整数，且不超过 2^40", "a correction is an integer other than 0, at most 2^40");
            return refuse("meter-quantity", zh.to_owned(), en.to_owned());
        }
        let there = self.account.total.get(meter).copied().unwrap_or(0);
        let waiting: i64 = self.account.late.values().filter_map(|tally| tally.get(meter)).sum();
        let after = there.saturating_add(waiting).saturating_add(by);
        if after < 0 {
            return Err(Rejection::bad(
                "meter-quantity",
                format!("更正后 {meter} 的累计为 {after}，不能小于 0"),
                format!("the correction leaves {after} of {meter} in all, and it cannot be below 0"),
            )
            .clause(CLAUSE)
            .next(Text::new("请核对存证后重新输入", "compare with the evidence, and enter it again")));
        }
        self.account.add(period, &Tally::from([(meter.to_owned(), by)]));
        Ok(Draft::new(ledger::CORRECTED, &self.space_id)
            .contract(&self.contract_id)
            .subject(format!("{}/{period}", self.contract_id))
            .fact("period", period)
            .fact("meter", meter)
            .fact("by", by))
    }
}

/// There are no metering periods of such a contract.
#[must_use]
pub fn unknown(contract_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-metering",
        format!("合约 {contract_id} 没有计量周期：尚未备案，或未经双方签署"),
        format!("there are no metering periods of contract {contract_id}: it is not filed, or nobody signed it"),
    )
    .next(Text::new("合约备案后按周期自动计量", "they begin when the contract is filed"))
}
