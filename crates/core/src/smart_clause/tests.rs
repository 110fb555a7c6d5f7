//! Clauses over made-up logs.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use xinyu_evidence::entry::Record;
use xinyu_protocol::tc609::smart_clause::SmartClause;

use super::{Basis, CLOCK, Edition, State, check, next_moment, replay, step};

const CONSUMER: &str = "consumer";
const PROVIDER: &str = "provider";
const PLATFORM: &str = "platform";

fn clauses(list: Value) -> Vec<SmartClause> {
    serde_json::from_value(list).unwrap()
}

/// Penalties after the second refusal, a fee at a hundred rows, an end after a week without use.
fn usual() -> Vec<SmartClause> {
    clauses(json!([
        { "id": "penalty", "text": {"zh": "违约金", "en": "penalty"}, "on": ["usage.refused"], "times": 3,
          "when": "refused > 2", "then": {"do": "charge", "from": "consumer", "to": "provider", "fen": "(refused - 2) * 500"} },
        { "id": "volume", "text": {"zh": "流量费", "en": "volume"}, "on": ["transfer.completed"],
          "when": "rows >= 100", "then": {"do": "charge", "from": "consumer", "to": "provider", "fen": "rows * 3"} },
        { "id": "unused", "text": {"zh": "闲置终止", "en": "unused"}, "after": {"since": "filed", "period": "P7D"},
          "when": "uses == 0", "then": {"do": "end"} },
    ]))
}

fn edition(clauses: &[SmartClause]) -> [Edition<'_>; 1] {
    [Edition { number: 1, clauses, ends_at: "2026-06-01T00:00:00Z".parse().ok() }]
}

fn basis<'a>(editions: &'a [Edition<'a>]) -> Basis<'a> {
    Basis { editions, provider: PROVIDER, consumer: CONSUMER, platform: PLATFORM }
}

fn record(id: usize, kind: &str, actor: &str, at: &str, facts: Value) -> Record {
    let facts: BTreeMap<String, Value> = serde_json::from_value(facts).unwrap();
    Record {
        v: 1,
        id: format!("r{id}"),
        kind: kind.to_owned(),
        space: "s".to_owned(),
        contract: None,
        subject: None,
        actor: actor.to_owned(),
        at: at.parse().unwrap(),
        facts,
        refs: Vec::new(),
    }
}

fn log(events: &[(&str, &str, &str, Value)]) -> Vec<Record> {
    let numbered = events.iter().enumerate();
    numbered.map(|(id, (kind, actor, at, facts))| record(id, kind, actor, at, facts.clone())).collect()
}

fn run(clauses: &[SmartClause], records: &[Record]) -> (State, Vec<String>) {
    let entries = (0_u64..).zip(records);
    let (state, fired) = replay(&basis(&edition(clauses)), entries);
    let told = fired.iter().map(|one| match &one.charge {
        Some(charge) => format!("{} {} {}", one.clause, charge.fen, one.record),
        None => format!("{} ends {}", one.clause, one.record),
    });
    (state, told.collect())
}

const DAY_1: &str = "2026-01-01T00:00:00Z";
const DAY_8: &str = "2026-01-08T00:00:00Z";

#[test]
fn tc609_14_7_5_c_clauses_run_over_the_evidence() {
    let refused = ("usage.refused", CONSUMER, DAY_1, json!({}));
    let records = log(&[
        ("contract.filed", PLATFORM, DAY_1, json!({})),
        ("transfer.completed", CONSUMER, DAY_1, json!({"rows": 120, "bytes": 9})),
        refused.clone(),
        refused.clone(),
        refused.clone(),
        refused.clone(),
        refused.clone(),
        refused,
        ("transfer.completed", CONSUMER, DAY_1, json!({"rows": 120, "bytes": 9})),
    ]);
    let (state, told) = run(&usual(), &records);
    assert_eq!(told, ["volume 360 r1", "penalty 500 r4", "penalty 1000 r5", "penalty 1500 r6"]);
    assert_eq!(state.charges.iter().map(|charge| charge.fen).sum::<u64>(), 3_360);
}

#[test]
fn tc609_14_7_6_c_a_moment_comes_and_the_contract_ends() {
    let clauses = usual();
    let mut records = log(&[("contract.filed", PLATFORM, DAY_1, json!({}))]);
    let (state, _) = run(&clauses, &records);
    assert_eq!(next_moment(&clauses, None, &state), Some((DAY_8.parse().unwrap(), "unused".to_owned())));
    records.push(record(1, CLOCK, PLATFORM, DAY_8, json!({"clause": "unused"})));
    records.push(record(2, "usage.refused", CONSUMER, DAY_8, json!({})));
    let (state, told) = run(&clauses, &records);
    assert_eq!(told, ["unused ends r1"]);
    assert_eq!(next_moment(&clauses, None, &state), None);
    // A use before it: the moment comes and nothing follows, and it does not come again.
    records.insert(1, record(9, "usage.done", CONSUMER, DAY_1, json!({})));
    let (state, told) = run(&clauses, &records);
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(next_moment(&clauses, None, &state), None);
}

#[test]
fn what_another_party_writes_moves_nothing() {
    let clauses = usual();
    for (kind, actor) in [("usage.refused", "provider"), (CLOCK, CONSUMER), ("contract.filed", CONSUMER)] {
        let many = vec![(kind, actor, DAY_8, json!({"clause": "unused", "rows": 500})); 5];
        let (state, told) = run(&clauses, &log(&many));
        assert!(told.is_empty(), "{kind} of {actor}: {told:?}");
        assert_eq!(next_moment(&clauses, None, &state), None, "{kind} of {actor}");
    }
}

#[test]
fn nothing_follows_once_the_contract_is_over() {
    for (kind, actor) in [("usage.destroyed", CONSUMER), ("contract.terminated", PLATFORM)] {
        let refused = ("usage.refused", CONSUMER, DAY_1, json!({}));
        let mut events =
            vec![("contract.filed", PLATFORM, DAY_1, json!({})), refused.clone(), (kind, actor, DAY_1, json!({}))];
        events.extend(vec![refused; 5]);
        events.push((CLOCK, PLATFORM, DAY_8, json!({"clause": "unused"})));
        let (state, told) = run(&usual(), &log(&events));
        assert!(told.is_empty() && state.meter.refused == 1, "{kind}: {told:?}");
        assert_eq!(next_moment(&usual(), None, &state), None);
    }
}

#[test]
fn a_clock_of_a_party_is_not_the_time() {
    let clauses = clauses(
        json!([{ "id": "late", "text": {"zh": "逾期", "en": "late"}, "on": ["usage.done"], "when": "now - filed > 30 * day",
        "then": {"do": "end"} }]),
    );
    let records = log(&[
        ("contract.filed", PLATFORM, DAY_1, json!({})),
        ("usage.done", CONSUMER, "2027-01-01T00:00:00Z", json!({})),
    ]);
    assert!(run(&clauses, &records).1.is_empty());
}

#[test]
fn what_is_written_wrong_is_named() {
    let right = json!({ "id": "a", "text": {"zh": "甲", "en": "a"}, "on": ["usage.done"], "when": "uses > 1",
        "then": {"do": "charge", "from": "consumer", "to": "provider", "fen": "uses"} });
    assert!(check(&clauses(json!([right]))).is_ok());
    for (member, value, why) in [
        ("id", json!("A b"), "lower-case"),
        ("on", json!(["usage.gone"]), "there is no event usage.gone"),
        ("on", json!([]), "never looked at"),
        ("after", json!({"since": "filed", "period": "soon"}), "is no duration"),
        ("times", json!(0), "times must be"),
        ("when", json!("uses"), "when: the expression is a whole number"),
        ("when", json!("later > 1"), "there is no fact later"),
        ("then", json!({"do": "charge", "from": "consumer", "to": "consumer", "fen": "1"}), "the same"),
        (
            "then",
            json!({"do": "charge", "from": "consumer", "to": "provider", "fen": "uses > 1"}),
            "fen: the expression is true or false",
        ),
    ] {
        let mut one = right.clone();
        one[member] = value;
        let error = check(&clauses(json!([one]))).unwrap_err();
        assert!(error.problem().title.en.contains(why), "{member}: {error:?}");
    }
    assert!(check(&clauses(json!([right, right]))).is_err());
    assert!(check(&vec![clauses(json!([right])).remove(0); 33]).is_err());
}

proptest! {
    /// Step by step or at once, with entries that come again: the same.
    #[test]
    fn the_same_log_has_the_same_consequences(kinds in prop::collection::vec(0_usize..4, 0..40), again in 0_usize..40) {
        let clauses = usual();
        let of = |kind: &usize| match kind {
            0 => ("usage.refused", CONSUMER, DAY_1, json!({})),
            1 => ("usage.done", CONSUMER, DAY_1, json!({})),
            2 => ("transfer.completed", CONSUMER, DAY_1, json!({"rows": 60, "bytes": 1})),
            _ => (CLOCK, PLATFORM, DAY_8, json!({"clause": "unused"})),
        };
        let records = log(&kinds.iter().map(of).collect::<Vec<_>>());
        let whole = run(&clauses, &records);
        let mut state = State::default();
        for (position, record) in (0_u64..).zip(&records) {
            state = step(&basis(&edition(&clauses)), state, position, record).0;
            if let Some(earlier) = records.get(again).filter(|_| u64::try_from(again).unwrap() <= position) {
                let (after, fired) = step(&basis(&edition(&clauses)), state.clone(), u64::try_from(again).unwrap(), earlier);
                prop_assert_eq!(&after, &state);
                prop_assert!(fired.is_empty());
            }
        }
        prop_assert_eq!(state, whole.0);
    }
}

#[test]
fn tc609_14_7_4_c_clauses_of_a_version_run_from_its_filing_on_and_their_counters_carry_on() {
    let one = clauses(
        json!([{ "id": "each", "text": {"zh": "一", "en": "one"}, "on": ["usage.done"], "times": 99, "when": "uses > 1",
        "then": {"do": "charge", "from": "consumer", "to": "provider", "fen": "1"} }]),
    );
    let two = clauses(
        json!([{ "id": "each", "text": {"zh": "二", "en": "two"}, "on": ["usage.done"], "times": 99, "when": "uses > 1",
        "then": {"do": "charge", "from": "consumer", "to": "provider", "fen": "fired * 100"} }]),
    );
    let end = "2026-06-01T00:00:00Z".parse().ok();
    let editions =
        [Edition { number: 1, clauses: &one, ends_at: end }, Edition { number: 2, clauses: &two, ends_at: end }];
    let at = "2026-05-01T00:00:00Z";
    let used = |id| record(id, "usage.done", CONSUMER, at, json!({}));
    let versioned = |actor| record(3, super::VERSIONED, actor, at, json!({ "version": 2 }));
    let run = |actor| {
        let records = [used(1), used(2), versioned(actor), used(4)];
        let fired = replay(&basis(&editions), (0..).zip(&records)).1;
        fired.into_iter().filter_map(|one| one.charge).map(|charge| charge.fen).collect::<Vec<_>>()
    };
    assert_eq!(run(PLATFORM), [1, 100]);
    assert_eq!(run(CONSUMER), [1, 1], "no party says which version is in force");
}

/// Renewed by thirty days, twice at the most, decided seven days before the end, if it was used.
fn renewing() -> Vec<SmartClause> {
    clauses(json!([{ "id": "renew", "text": {"zh": "自动续签", "en": "renewal"}, "times": 2, "when": "uses > 0",
        "then": {"do": "renew", "by": "P30D", "notice": "P7D"} }]))
}

const MAY_25: &str = "2026-05-25T00:00:00Z";

/// Whether the renewal follows after a use and what else the log has.
fn renews(events: &[(&str, &str, &str, Value)]) -> bool {
    let mut all = vec![("contract.filed", PLATFORM, DAY_1, json!({})), ("usage.done", CONSUMER, DAY_1, json!({}))];
    all.extend_from_slice(events);
    all.push((CLOCK, PLATFORM, MAY_25, json!({"clause": "renew"})));
    let clauses = renewing();
    let (records, editions) = (log(&all), edition(&clauses));
    let fired = replay(&basis(&editions), (0..).zip(&records)).1;
    assert!(fired.iter().all(|one| one.charge.is_none() && !one.is_end()));
    fired.iter().any(|one| one.renewal.as_ref().is_some_and(|by| by.clause == "renew" && by.record == one.record))
}

#[test]
fn tc609_14_7_5_c_a_contract_renews_itself_unless_something_stands_against_it() {
    let at = |kind, actor| (kind, actor, DAY_8, json!({}));
    assert!(renews(&[]));
    for events in [
        vec![at("renewal.refused", PROVIDER)],
        vec![at("renewal.refused", CONSUMER)],
        vec![at("contract.frozen", PLATFORM)],
        vec![at("contract.voucher", PLATFORM)],
        vec![at("dispute.opened", CONSUMER)],
        vec![at("breach.claimed", PROVIDER)],
        vec![at("contract.terminated", PLATFORM)],
        vec![at("usage.destroyed", CONSUMER)],
    ] {
        assert!(!renews(&events), "{events:?}");
    }
    for events in [
        vec![at("contract.frozen", PLATFORM), at("contract.unfrozen", PLATFORM)],
        vec![at("dispute.opened", CONSUMER), at("dispute.withdrawn", CONSUMER)],
        vec![at("dispute.opened", CONSUMER), at("dispute.decided", PLATFORM)],
        vec![at("breach.claimed", PROVIDER), at("breach.decided", PLATFORM)],
        // What somebody else writes stands against nothing, and lifts nothing.
        vec![at("renewal.refused", "stranger"), at("contract.frozen", CONSUMER), at("dispute.opened", "stranger")],
    ] {
        assert!(renews(&events), "{events:?}");
    }
    assert!(!renews(&[at("contract.frozen", PLATFORM), at("contract.unfrozen", CONSUMER)]));
}

#[test]
fn tc609_14_7_5_c_a_renewal_has_its_moment_before_each_end_and_its_limit() {
    let clauses = renewing();
    let later = "2026-07-01T00:00:00Z".parse().ok();
    let editions = [
        Edition { number: 1, clauses: &clauses, ends_at: "2026-06-01T00:00:00Z".parse().ok() },
        Edition { number: 2, clauses: &clauses, ends_at: later },
    ];
    let ends_at = editions[0].ends_at;
    let mut records = vec![
        record(0, "contract.filed", PLATFORM, DAY_1, json!({})),
        record(1, "usage.done", CONSUMER, DAY_1, json!({})),
    ];
    let state = |records: &[Record]| replay(&basis(&editions), (0..).zip(records)).0;
    assert_eq!(next_moment(&clauses, ends_at, &State::default()), None, "not before it is filed");
    assert_eq!(next_moment(&clauses, ends_at, &state(&records)).unwrap().0, MAY_25.parse().unwrap());
    records.push(record(2, CLOCK, PLATFORM, MAY_25, json!({"clause": "renew"})));
    assert_eq!(next_moment(&clauses, ends_at, &state(&records)), None);
    records.push(record(3, super::VERSIONED, PLATFORM, MAY_25, json!({"version": 2})));
    let next = next_moment(&clauses, later, &state(&records)).unwrap().0;
    assert_eq!(next, "2026-06-24T00:00:00Z".parse().unwrap());
    records.push(record(4, CLOCK, PLATFORM, "2026-06-24T00:00:00Z", json!({"clause": "renew"})));
    let (state, fired) = replay(&basis(&editions), (0..).zip(&records));
    assert_eq!((fired.len(), state.fired["renew"]), (2, 2));
    let again = State { elapsed: Vec::new(), ..state };
    assert_eq!(next_moment(&clauses, later, &again), None, "twice and no more");
}

#[test]
fn what_is_written_wrong_of_a_renewal_is_named() {
    for (member, value, why) in [
        ("on", json!(["usage.done"]), "neither on nor after"),
        ("after", json!({"since": "filed", "period": "P1D"}), "neither on nor after"),
        ("then", json!({"do": "renew", "by": "P0D", "notice": "P7D"}), "then.by"),
        ("then", json!({"do": "renew", "by": "soon", "notice": "P7D"}), "then.by"),
        ("then", json!({"do": "renew", "by": "P30D", "notice": "PT0S"}), "then.notice"),
        ("times", json!(0), "times must be"),
        ("when", json!("uses"), "when:"),
    ] {
        let mut one = serde_json::to_value(&renewing()[0]).unwrap();
        one[member] = value;
        let error = check(&clauses(json!([one]))).unwrap_err();
        assert!(error.problem().title.en.contains(why), "{member}: {error:?}");
    }
    let two = [renewing(), renewing()].concat();
    let two: Vec<SmartClause> =
        (0..).zip(two).map(|(index, clause)| SmartClause { id: format!("renew-{index}"), ..clause }).collect();
    assert!(check(&two).unwrap_err().problem().title.en.contains("by one clause"));
}
