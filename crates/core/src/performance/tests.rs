//! Reports drawn up and taken, without anybody who signs them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use xinyu_crypto::Suite;
use xinyu_evidence::entry::Record;
use xinyu_protocol::id::{ConnectorId, ContractId, ParticipantId};
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::tc609::performance::{Against, Backlog, Counts, PerformanceReport};

use super::compare::{with_account, with_evidence, with_peer};
use super::{Chain, Facts, count, period};
use crate::negotiation::Side;

const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}

fn chain(side: Side) -> Chain {
    let contract = ContractId::parse("C491350100M000100Y43350120250829120000A1B2C3D4B").unwrap();
    let owner = ParticipantId::parse("91110000MA7XYU007Q").unwrap();
    let area = xinyu_protocol::id::AreaCode::parse("1100").unwrap();
    let reporter = ConnectorId::compose(&owner, &area, 7);
    Chain::open((&contract, "s", Suite::Intl), (&reporter, side), 86_400, at(0))
}

fn facts(meter: Meter, is_over: bool) -> Facts {
    Facts {
        status: if is_over { ContractStatus::Terminated } else { ContractStatus::Performing },
        version: 1,
        meter,
        quotas: Vec::new(),
        payment: None,
        alerts: 0,
        backlog: Backlog::default(),
        position: None,
    }
}

fn record(kind: &str, facts: Value) -> Record {
    let facts: BTreeMap<String, Value> = serde_json::from_value(facts).unwrap();
    Record {
        v: 1,
        id: kind.to_owned(),
        kind: kind.to_owned(),
        space: "s".to_owned(),
        contract: None,
        subject: None,
        actor: "a".to_owned(),
        at: at(0),
        facts,
        refs: Vec::new(),
    }
}

fn counted(side: Side, records: &[Record]) -> Counts {
    records.iter().fold(Counts::default(), |counts, record| count(counts, side, record))
}

fn usual() -> Vec<Record> {
    vec![
        record("negotiation.finalized", json!({})),
        record("transfer.completed", json!({ "rows": 3, "bytes": 90 })),
        record("usage.started", json!({ "action": "02" })),
        record("usage.done", json!({ "action": "02" })),
        record("usage.refused", json!({ "action": "04" })),
        record("usage.duty", json!({ "outcome": "done" })),
        record("usage.duty", json!({ "outcome": "failed" })),
    ]
}

fn code(result: Result<Chain, crate::fault::Rejection>) -> &'static str {
    result.unwrap_err().code
}

#[test]
fn tc609_14_7_5_d_a_report_counts_what_the_records_tell_and_nothing_else() {
    let counts = counted(Side::Consumer, &usual());
    assert_eq!((counts.records, counts.deliveries, counts.rows, counts.bytes), (6, 1, 3, 90));
    assert_eq!((counts.done, counts.refused, counts.duties_done, counts.duties_failed), (1, 1, 1, 1));
    assert_eq!((counts.actions["02"].allowed, counts.actions["04"].refused), (1, 1));
    assert_eq!(counted(Side::Provider, &usual()).deliveries, 0, "what the consumer received, its consumer records");
}

#[test]
fn tc609_14_7_5_d_reports_are_due_by_the_beginning_of_the_contract_however_late_the_last_one_was() {
    let mut chain = chain(Side::Consumer);
    assert_eq!(chain.due_at(), Some(at(DAY)));
    chain.until = at(DAY + 7);
    assert_eq!(chain.due_at(), Some(at(2 * DAY)));
    chain.until = at(9 * DAY - 1);
    assert_eq!(chain.due_at(), Some(at(9 * DAY)));
    assert_eq!(chain.overdue_at(), Some(at(9 * DAY + DAY / 4)));
    assert_eq!((chain.state(at(9 * DAY)), chain.state(at(10 * DAY))), ("waiting", "overdue"));
    assert_eq!(chain.missed_from(at(99 * DAY)), Some(at(99 * DAY + DAY / 4 + 1)));
    chain.is_final = true;
    assert_eq!((chain.due_at(), chain.state(at(99 * DAY))), (None, "closed"));
}

#[test]
fn tc609_14_7_5_d_only_the_next_report_of_a_chain_is_taken() {
    let (empty, counts) = (chain(Side::Consumer), counted(Side::Consumer, &usual()));
    let first = empty.draw(counts.clone(), facts(Meter::default(), false), false, at(DAY));
    let taken = empty.clone().take(&first).unwrap();
    let second = taken.draw(counts.clone(), facts(Meter::default(), false), false, at(2 * DAY));
    let both = taken.clone().take(&second).unwrap();
    assert_eq!((both.number, both.total.records), (2, 12));

    assert_eq!(code(empty.clone().take(&second)), "performance-gap");
    assert_eq!(code(both.clone().take(&first)), "performance-fork");
    let altered = |change: fn(&mut PerformanceReport)| {
        let mut report = second.clone();
        change(&mut report);
        code(taken.clone().take(&report))
    };
    assert_eq!(altered(|report| report.previous = None), "performance-fork");
    assert_eq!(altered(|report| report.from = at(5)), "performance-time");
    assert_eq!(altered(|report| report.until = at(0)), "performance-time");
    assert_eq!(altered(|report| report.total.done = 0), "performance-sum");
    assert_eq!(altered(|report| report.period.rows = 9), "performance-sum");
    assert_eq!(altered(|report| report.is_final = true), "performance-final");
    assert_eq!(altered(|report| report.side = "provider".to_owned()), "performance-differs");
    let last = both.draw(Counts::default(), facts(Meter::default(), true), true, at(3 * DAY));
    let closed = both.take(&last).unwrap();
    let more = closed.draw(Counts::default(), facts(Meter::default(), true), true, at(4 * DAY));
    assert_eq!(code(closed.take(&more)), "performance-closed");
}

#[test]
fn tc609_14_7_5_d_a_missing_report_is_told_once() {
    let chain = chain(Side::Provider);
    assert!(chain.clone().miss(at(DAY)).is_none(), "a report may come a little late");
    let (told, draft) = chain.miss(at(2 * DAY)).unwrap();
    assert_eq!((draft.kind, draft.facts["number"].as_u64()), ("performance.overdue", Some(1)));
    assert!(told.clone().miss(at(3 * DAY)).is_none());
    let report = told.draw(Counts::default(), facts(Meter::default(), false), false, at(3 * DAY));
    let taken = told.take(&report).unwrap();
    assert_eq!(taken.overdue, None);
    assert!(taken.miss(at(5 * DAY)).is_some(), "the next one that is missing is told again");
}

#[test]
fn tc609_14_7_5_d_a_count_that_contradicts_the_records_or_the_account_is_found() {
    let (chain, counts) = (chain(Side::Consumer), counted(Side::Consumer, &usual()));
    let meter = Meter { deliveries: 1, rows: 3, bytes: 90, uses: 1, refused: 1, stopped: 0 };
    let report = chain.draw(counts.clone(), facts(meter, false), false, at(DAY));
    assert!(with_evidence(&report, &counts).is_empty() && with_account(&chain, &report).is_empty());
    let more = count(counts, Side::Consumer, &record("usage.done", json!({})));
    let found = with_evidence(&report, &more);
    assert_eq!(found.iter().map(|one| one.counter.as_str()).collect::<Vec<_>>(), ["records", "done"]);
    let mut lying = report;
    lying.meter.uses = 0;
    let found = with_account(&chain, &lying);
    assert_eq!((found[0].against, found[0].said, found[0].found), (Against::Account, 1, 0));
}

#[test]
fn tc609_14_7_5_d_the_sides_may_lag_behind_by_a_period_and_no_more() {
    let (provider, consumer) = (chain(Side::Provider), chain(Side::Consumer));
    let with = |chain: &Chain, uses, day, is_final| {
        let meter = Meter { uses, ..Meter::default() };
        chain.draw(Counts::default(), facts(meter, is_final), is_final, at(day * DAY))
    };
    let peers = [with(&consumer, 2, 1, false), with(&consumer, 5, 3, false)];
    for (uses, contradicts) in [(1, true), (2, false), (4, false), (5, false), (6, true)] {
        let report = with(&provider, uses, 2, false);
        assert_eq!(!with_peer(&provider, &report, &peers).is_empty(), contradicts, "{uses}");
    }
    let done = [with(&consumer, 5, 3, true)];
    assert!(with_peer(&provider, &with(&provider, 5, 3, true), &done).is_empty());
    assert!(!with_peer(&provider, &with(&provider, 4, 3, true), &done).is_empty());
    assert!(with_peer(&provider, &with(&provider, 4, 3, false), &done).is_empty(), "it may still hear of it");
}

#[test]
fn a_period_is_from_a_second_to_a_year() {
    for (text, expect) in [("P1D", Some(86_400)), ("PT1S", Some(1)), ("PT0S", None), ("P2Y", None), ("daily", None)] {
        assert_eq!(period(text).ok(), expect, "{text}");
    }
}

proptest! {
    /// However the records fall into periods, the chain carries their sum, and due times only go forward.
    #[test]
    fn tc609_14_7_5_d_the_sums_of_a_chain_are_those_of_all_records(cuts in prop::collection::vec(0_usize..8, 1..8)) {
        let records = usual();
        let mut chain = chain(Side::Consumer);
        let mut all = Vec::new();
        for (day, cut) in (1_i64..).zip(cuts) {
            let part = &records[..cut.min(records.len())];
            all.extend_from_slice(part);
            let due = chain.due_at().unwrap();
            let report = chain.draw(counted(Side::Consumer, part), facts(Meter::default(), false), false, at(day * DAY + 1));
            chain = chain.take(&report).unwrap();
            prop_assert!(chain.due_at().unwrap() > due);
            prop_assert!(chain.due_at().unwrap().duration_since(chain.until) <= SignedDuration::from_secs(DAY));
        }
        prop_assert_eq!(chain.total, counted(Side::Consumer, &all));
    }
}
