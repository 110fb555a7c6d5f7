//! Meters, their reconciliation, and the periods in which they are counted.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use xinyu_evidence::entry::{Record, VERSION};
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::metering::{ClosedPeriod, Tally};

use super::account::{Account, Calendar, follows};
use super::book::Book;
use super::ledger::{CLOSED, Ledger, check, grace};
use super::*;
use crate::effect::Draft;
use crate::negotiation::Side;

#[test]
fn equal_meters_agree_and_a_difference_is_named() {
    let meter = Meter { deliveries: 1, rows: 10, bytes: 99, uses: 3, refused: 1, stopped: 0 };
    assert!(reconcile(Some(meter), Some(meter), meter).is_agreed());
    let other = Meter { uses: 4, ..meter };
    assert_eq!(reconcile(Some(meter), Some(other), meter).differences, ["uses"]);
    assert!(!reconcile(Some(meter), None, meter).is_agreed());
}

#[test]
fn uses_belong_to_the_version_in_force_when_their_record_came() {
    let mut by_version = ByVersion::default();
    assert_eq!(by_version.uses(7), [7]);
    by_version.version(3);
    by_version.version(3);
    assert_eq!(by_version.uses(7), [3, 0, 4]);
}

const PLATFORM: &str = "491350100M000100Y433501A1B2C3D4E";
const PROVIDER: &str = "591350100M000100Y433501A1B2C3D4T";
const CONSUMER: &str = "591350100M000100Y430065Z9Y8X7W6J";
const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";
const DAY: u64 = 86_400;

/// The three who count, and the log between them.
struct Three {
    consumer: Book,
    provider: Book,
    ledger: Ledger,
    log: Vec<Record>,
}

fn calendar() -> Calendar {
    Calendar { since: "2026-01-01T00:00:00Z".parse().unwrap(), seconds: DAY }
}

fn moment(period: u32) -> Timestamp {
    calendar().from(period).checked_add(SignedDuration::from_secs(60)).unwrap()
}

impl Three {
    fn begin() -> Self {
        let id = ContractId::parse(CONTRACT).unwrap();
        let [provider, consumer] = [PROVIDER, CONSUMER].map(|one| ConnectorId::parse(one).unwrap());
        let book = |side| Book::open(&id, "s1", side, calendar());
        let ledger = Ledger::open((&id, "s1"), (&provider, &consumer), calendar());
        Self { consumer: book(Side::Consumer), provider: book(Side::Provider), ledger, log: Vec::new() }
    }

    fn record(&mut self, actor: &str, at: Timestamp, draft: Draft) {
        let id = format!("r{}", self.log.len());
        let facts: BTreeMap<String, serde_json::Value> = draft.facts.into_iter().collect();
        self.log.push(Record {
            v: VERSION,
            id,
            kind: draft.kind.to_owned(),
            space: "s1".to_owned(),
            contract: Some(CONTRACT.to_owned()),
            subject: None,
            actor: actor.to_owned(),
            at,
            facts,
            refs: Vec::new(),
        });
    }

    /// A use that lasted so long: in the log, and told to the provider or not.
    fn used(&mut self, period: u32, run_ms: u64, is_told: bool) {
        let at = moment(period);
        let fact = |name: &str| (name == "run_ms").then_some(run_ms);
        self.consumer.count(at, "usage.done", &fact);
        if is_told {
            self.provider.count(at, "usage.done", &fact);
        }
        self.record(CONSUMER, at, Draft::new("usage.done", "s1").fact("run_ms", run_ms));
    }

    fn count(&mut self, side: Side, is_final: bool) {
        let (book, actor) = match side {
            Side::Consumer => (&mut self.consumer, CONSUMER),
            Side::Provider => (&mut self.provider, PROVIDER),
        };
        let at = moment(book.next().saturating_add(1));
        let (_, draft) = book.close(is_final);
        self.record(actor, at, draft);
    }

    /// The platform reads what has come, and closes the next period.
    fn close(&mut self, is_over: bool) -> ClosedPeriod {
        let from = self.ledger.position.map_or(0, |last| last.saturating_add(1));
        for (position, record) in (0..).zip(&self.log).skip(usize::try_from(from).unwrap()) {
            self.ledger.read(position, record);
        }
        let closed = self.ledger.close(is_over);
        let draft = self.ledger.record(&closed);
        self.record(PLATFORM, moment(closed.platform.period.saturating_add(1)), draft);
        closed
    }

    fn both(&mut self) -> ClosedPeriod {
        self.count(Side::Consumer, false);
        self.count(Side::Provider, false);
        self.close(false)
    }

    /// A stranger closes all again from the log, and finds nothing else.
    fn check(&self) -> Vec<ClosedPeriod> {
        let records: Vec<(u64, &Record)> = (0..).zip(&self.log).collect();
        let checked = check(PLATFORM, &self.ledger.contract_id, &records).unwrap();
        assert_eq!(checked.differs, Vec::<u64>::new());
        checked.periods
    }
}

fn tally(all: &[(&str, i64)]) -> Tally {
    all.iter().map(|(name, quantity)| ((*name).to_owned(), *quantity)).collect()
}

#[test]
fn a_definition_that_has_counted_is_not_changed() {
    // Whoever changes a meter gives it its next version, and writes the new digest here.
    assert_eq!(definition::digest(), "a257104a8d7720e631f26ef24f3a99a487aef3bf990668fd683921342ff5eff9");
    let names: Vec<&str> = definition::METERS.iter().map(|meter| meter.name).collect();
    assert_eq!(names, ["deliveries", "rows", "bytes", "uses", "refused", "stopped", "compute", "privacy"]);
}

#[test]
fn a_period_ends_where_the_next_begins() {
    let calendar = calendar();
    let end = calendar.until(1);
    let before = end.checked_sub(SignedDuration::from_micros(1)).unwrap();
    assert_eq!((calendar.period(before), calendar.period(end), calendar.from(2)), (1, 2, end));
    assert_eq!(calendar.period(Timestamp::UNIX_EPOCH), 1, "what is said to be before the contract is in the first");
}

#[test]
fn three_counts_agree_period_after_period_and_a_stranger_closes_the_same() {
    let mut three = Three::begin();
    three.used(1, 40, true);
    three.used(1, 2, true);
    three.record(CONSUMER, moment(1), Draft::new("usage.refused", "s1"));
    three.consumer.count(moment(1), "usage.refused", &|_| None);
    three.provider.count(moment(1), "usage.refused", &|_| None);
    let closed = three.both();
    assert_eq!(closed.platform.counted, tally(&[("compute", 42), ("refused", 1), ("uses", 2)]));
    assert_eq!((closed.differences.len(), closed.disputed_since), (0, None));
    three.used(2, 1, true);
    let closed = three.both();
    assert_eq!(closed.platform.counted, tally(&[("compute", 1), ("uses", 1)]));
    assert_eq!(closed.platform.total, tally(&[("compute", 43), ("refused", 1), ("uses", 3)]));
    // A period in which nothing happened is counted too, and the last one is the last.
    assert_eq!(three.both().platform.counted, Tally::new());
    three.count(Side::Consumer, true);
    three.count(Side::Provider, true);
    assert!(three.close(true).platform.is_final && three.ledger.is_over());
    assert_eq!((three.ledger.due_at(), three.consumer.due_at(), three.provider.due_at()), (None, None, None));
    assert_eq!(three.check().len(), 4);
}

#[test]
fn what_comes_too_late_is_an_adjustment_and_changes_nothing_that_is_closed() {
    let mut three = Three::begin();
    three.used(1, 5, true);
    let first = three.both();
    // The clock of the consumer was set back: a use that says that it was in a period that is closed.
    three.used(1, 7, true);
    three.used(2, 1, true);
    let second = three.both();
    let late = BTreeMap::from([(1, tally(&[("compute", 7), ("uses", 1)]))]);
    for count in [&second.platform, second.consumer.as_ref().unwrap(), second.provider.as_ref().unwrap()] {
        assert_eq!((&count.adjustments, &count.counted), (&late, &tally(&[("compute", 1), ("uses", 1)])));
    }
    assert_eq!(second.disputed_since, None);
    assert_eq!(three.check(), [first, second]);
}

#[test]
fn a_difference_of_one_is_a_dispute_until_it_is_corrected() {
    let mut three = Three::begin();
    three.used(1, 5, true);
    three.used(1, 5, false);
    let closed = three.both();
    let names: Vec<&str> = closed.differences.iter().map(|one| one.meter.as_str()).collect();
    assert_eq!((names, closed.disputed_since), (vec!["uses", "compute"], Some(1)));
    let uses = closed.differences.first().unwrap();
    assert_eq!((uses.provider, uses.consumer, uses.platform), (Some(1), Some(2), 2));
    // It goes on for as long as nobody does anything.
    three.used(2, 5, true);
    assert_eq!(three.both().disputed_since, Some(1));
    for (meter, by) in [("uses", 1), ("compute", 5)] {
        let draft = three.provider.correct(1, meter, by).unwrap();
        three.record(PROVIDER, moment(3), draft);
    }
    let closed = three.both();
    assert_eq!((closed.differences.len(), closed.disputed_since), (0, None));
    let provider = closed.provider.unwrap();
    assert_eq!(provider.adjustments, BTreeMap::from([(1, tally(&[("compute", 5), ("uses", 1)]))]));
    assert_eq!(three.check().len(), 3);
}

#[test]
fn a_side_that_says_nothing_is_disputed_and_makes_up_for_it_with_its_next_count() {
    let mut three = Three::begin();
    three.used(1, 5, true);
    three.count(Side::Consumer, false);
    let due = calendar().until(1).checked_add(grace(&calendar())).ok();
    assert_eq!(three.ledger.due_at(), due);
    // A platform that was away waits from when it began again, and for nothing that is not due yet.
    let late = calendar().until(7);
    assert_eq!(three.ledger.due_since(late), late.checked_add(grace(&calendar())).ok());
    assert_eq!(three.ledger.due_since(calendar().since), due);
    let closed = three.close(false);
    assert_eq!((closed.provider, closed.differences.len(), closed.disputed_since), (None, 0, Some(1)));
    assert_eq!(closed.silent, ["provider"]);
    // It was away: its count of the first period comes with that of the second.
    three.count(Side::Provider, false);
    let closed = three.both();
    assert_eq!((closed.provider.map(|count| count.period), closed.disputed_since), (Some(2), None));
    // The consumer is away, and the platform counts its records all the same.
    three.used(3, 1, true);
    three.count(Side::Provider, false);
    let closed = three.close(false);
    assert_eq!(closed.platform.counted, tally(&[("compute", 1), ("uses", 1)]));
    assert_eq!((closed.consumer, closed.disputed_since), (None, Some(3)));
    three.count(Side::Consumer, false);
    assert_eq!(three.both().disputed_since, None);
    assert_eq!(three.check().len(), 4);
}

#[test]
fn counts_that_do_not_add_up_or_come_twice_are_as_if_nothing_had_been_said() {
    for change in ["total", "period", "definitions", "adjustments", "twice"] {
        let mut three = Three::begin();
        three.used(1, 5, true);
        three.count(Side::Consumer, false);
        let mut draft = three.provider.clone().close(false).1;
        let at = moment(2);
        if change == "twice" {
            three.record(PROVIDER, at, draft.clone());
            let first = three.close(false);
            three.record(PROVIDER, at, draft);
            assert_eq!((first.disputed_since, three.close(false).provider), (None, None));
            continue;
        }
        let value = match change {
            "total" => json!({ "uses": 9 }),
            "period" => json!(7),
            "definitions" => json!("0".repeat(64)),
            _ => json!({ "1": { "uses": 1 } }),
        };
        draft.facts.insert(change.to_owned(), value);
        three.record(PROVIDER, at, draft);
        let closed = three.close(false);
        assert_eq!((closed.provider, closed.disputed_since), (None, Some(1)), "{change}");
    }
}

#[test]
fn a_stranger_finds_a_period_that_the_platform_closed_otherwise() {
    let mut three = Three::begin();
    three.used(1, 5, true);
    three.both();
    let at = three.log.iter().position(|record| record.kind == CLOSED).unwrap();
    let mut records = three.log.clone();
    let platform = records.get_mut(at).unwrap().facts.get_mut("platform").unwrap();
    platform["total"]["uses"] = json!(2);
    let records: Vec<(u64, &Record)> = (0..).zip(&records).collect();
    let checked = check(PLATFORM, &three.ledger.contract_id, &records).unwrap();
    assert_eq!(checked.differs, [u64::try_from(at).unwrap()]);
    assert!(check(PLATFORM, &three.ledger.contract_id, &records[..at]).is_none(), "nothing is closed yet");
}

#[test]
fn what_is_asked_for_after_the_destruction_is_in_no_account() {
    let mut three = Three::begin();
    three.used(1, 5, true);
    three.record(CONSUMER, moment(1), Draft::new("usage.destroyed", "s1"));
    three.record(CONSUMER, moment(1), Draft::new("usage.refused", "s1"));
    three.count(Side::Consumer, true);
    three.count(Side::Provider, true);
    let closed = three.close(false);
    assert_eq!((closed.platform.total, closed.disputed_since), (tally(&[("compute", 5), ("uses", 1)]), None));
    assert!(three.ledger.is_over());
}

#[test]
fn whoever_has_told_its_last_word_stands_by_it() {
    let mut three = Three::begin();
    three.used(1, 5, true);
    three.used(1, 5, false);
    three.count(Side::Consumer, true);
    three.count(Side::Provider, true);
    assert_eq!(three.close(false).disputed_since, Some(1));
    // The provider finds its mistakes one after the other, when all is over.
    for (meter, by, is_settled) in [("uses", 1, false), ("compute", 5, true)] {
        let draft = three.provider.correct(1, meter, by).unwrap();
        three.record(PROVIDER, moment(3), draft);
        assert_eq!(three.provider.due_at(), Some(calendar().since), "at once");
        three.count(Side::Provider, true);
        let closed = three.close(false);
        assert_eq!((closed.consumer, closed.silent.len(), closed.disputed_since.is_none()), (None, 0, is_settled));
    }
    assert!(three.ledger.is_over());
    assert_eq!(three.check().len(), 3);
}

#[test]
fn corrections_that_cannot_be_are_refused() {
    let mut three = Three::begin();
    three.used(1, 5, true);
    three.both();
    let code = |refused: Result<Draft, Rejection>| refused.unwrap_err().code;
    assert_eq!(code(three.consumer.correct(1, "uses", 1)), "meter-side");
    for (period, meter, by, expected) in [
        (1, "coffees", 1, "unknown-meter"),
        (1, "privacy", 1, "unknown-meter"),
        (0, "uses", 1, "meter-period"),
        (2, "uses", 1, "meter-period"),
        (1, "uses", 0, "meter-quantity"),
        (1, "uses", -2, "meter-quantity"),
        (1, "uses", i64::MIN, "meter-quantity"),
    ] {
        let before = three.provider.clone();
        assert_eq!(code(three.provider.correct(period, meter, by)), expected);
        assert_eq!(three.provider, before);
    }
    three.provider.correct(1, "uses", -1).unwrap();
    assert_eq!(code(three.provider.correct(1, "uses", -1)), "meter-quantity");
}

#[test]
fn the_provider_counts_when_the_consumer_has_told_all_or_half_of_the_grace_is_over() {
    let mut three = Three::begin();
    let (until, half) = (calendar().until(1), grace(&calendar()) / 2);
    assert_eq!(three.consumer.due_at(), Some(until));
    assert_eq!(three.provider.due_at(), until.checked_add(half).ok());
    three.provider.mark(1, false);
    assert_eq!(three.provider.due_at(), Some(until));
    three.provider.mark(1, true);
    assert_eq!(three.provider.due_at(), Some(calendar().since), "the last word: at once");
}

#[test]
fn whatever_order_events_and_counts_come_in_nothing_is_lost_or_counted_twice() {
    // Every way in which eight events fall before or after the counts of three periods.
    for choice in 0..3_u32.pow(8) {
        let (mut account, mut events) = (Account::default(), 0_i64);
        let mut counts = Vec::new();
        for closing in 0..3 {
            for event in 0..8 {
                if choice / 3_u32.pow(event) % 3 == closing {
                    account.add(event % 3 + 1, &tally(&[("uses", 1)]));
                    events += 1;
                }
            }
            let before = counts
                .last()
                .map_or_else(Tally::new, |count: &xinyu_protocol::tc609::metering::Count| count.total.clone());
            let count = account.close(closing == 2);
            assert!(follows(&before, &count));
            counts.push(count);
        }
        assert_eq!((events, account.is_pending()), (8, false));
        assert_eq!(counts.last().unwrap().total, tally(&[("uses", 8)]));
    }
}
