//! What is warned of when, and that it is told once.

use proptest::prelude::*;
use xinyu_protocol::id::{AreaCode, ConnectorId, ParticipantId};
use xinyu_protocol::tc609::performance::{Against, Discrepancy};

use super::*;
use crate::negotiation::Side;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + hours * 3_600).unwrap()
}

fn about() -> About {
    let contract_id = ContractId::parse("C491350100M000100Y43350120250829120000A1B2C3D4B").unwrap();
    About { contract_id, space_id: "s".to_owned(), is_recorded: true }
}

fn names(facts: &Facts, hours: i64) -> Vec<String> {
    look(facts, at(hours)).into_iter().map(|one| one.name).collect()
}

fn lasting(hours: i64) -> Facts {
    Facts { began_at: Some(at(0)), ends_at: Some(at(hours)), ..Facts::default() }
}

fn chain(side: Side) -> Chain {
    let owner = ParticipantId::parse("91110000MA7XYU007Q").unwrap();
    let reporter = ConnectorId::compose(&owner, &AreaCode::parse("1100").unwrap(), 1);
    Chain::open((&about().contract_id, "s", xinyu_crypto::Suite::Intl), (&reporter, side), 60, at(0))
}

/// One look at what was kept, with ids by a counter: all that is kept after it, and the kinds of the records.
fn turn(kept: &mut Vec<WarningInfo>, facts: &Facts, now: Timestamp, ids: &mut u32) -> Vec<(&'static str, String)> {
    let open = kept.iter().filter(|one| one.closed_at.is_none()).cloned().collect();
    let (changed, effects) = step(&about(), open, look(facts, now), now, || {
        *ids += 1;
        format!("w{ids}")
    });
    for one in changed {
        kept.retain(|there| there.warning_id != one.warning_id);
        kept.push(one);
    }
    let told = effects.into_iter().filter_map(|effect| match effect {
        Effect::Record(draft) => Some((draft.kind, draft.facts["name"].as_str().unwrap().to_owned())),
        _ => None,
    });
    told.collect()
}

#[test]
fn tc609_14_7_5_c_a_contract_warns_of_its_end_a_week_or_a_tenth_of_its_time_before() {
    for (length, quiet, soon) in [(24 * 365, 24 * 358 - 1, 24 * 358), (100, 89, 90)] {
        assert!(names(&lasting(length), quiet).is_empty(), "{length}");
        assert_eq!(names(&lasting(length), soon), ["contract-ends"], "{length}");
        assert!(names(&lasting(length), length).is_empty(), "{length}: it is over");
        let ended = Facts { ended_at: Some(at(1)), ..lasting(length) };
        assert!(names(&ended, soon).is_empty(), "{length}: it ended before");
    }
}

#[test]
fn tc609_14_7_5_c_each_reason_has_its_warning_and_goes_with_it() {
    let used = |used| Facts { quotas: vec![Quota { action: "02".to_owned(), limit: 20, used }], ..Facts::default() };
    for (count, expect) in
        [(15, ""), (16, "quota-02-80"), (18, "quota-02-80"), (19, "quota-02-95"), (21, "quota-02-95")]
    {
        assert_eq!(names(&used(count), 0).join(" "), expect, "{count}");
        assert_eq!(is_near(&used(count).quotas), !expect.is_empty(), "{count}");
    }
    let paying = Facts { payment_since: Some(at(0)), ..Facts::default() };
    let when = [(24 * 6, ""), (24 * 7, "payment-due"), (24 * 30, "payment-overdue")];
    for (hours, expect) in when {
        assert_eq!(names(&paying, hours).join(" "), expect, "{hours}");
    }
    let held = Facts { ended_at: Some(at(0)), holds_data: true, ..Facts::default() };
    assert!(names(&held, 0).is_empty());
    assert_eq!(names(&held, 1), ["disposal-overdue"]);
    assert!(names(&Facts { is_stopped: true, ..held }, 1).is_empty(), "what is frozen is kept");
    for (retrying, set_aside, expect) in
        [(1, 0, "messages-retried"), (1, 1, "messages-set-aside"), (0, 2, "messages-set-aside")]
    {
        let facts = Facts { backlog: Backlog { retrying, set_aside }, ..Facts::default() };
        assert_eq!(names(&facts, 0), [expect]);
    }
    let renewing = Facts { renewal_at: Some(at(24 * 20)), ..lasting(24 * 365) };
    assert!(names(&renewing, 24 * 12).is_empty());
    assert_eq!(names(&renewing, 24 * 13), ["renewal-decided"]);
    assert!(names(&renewing, 24 * 20).is_empty(), "it is decided");
    let ending = Facts { credential_ends_at: Some(at(24 * 30)), ..lasting(24 * 365) };
    assert!(names(&ending, 24 * 22).is_empty());
    assert_eq!(names(&ending, 24 * 23), ["credential-ends"]);
    let later = Facts { credential_ends_at: Some(at(24 * 366)), ..ending };
    assert!(names(&later, 24 * 23).is_empty());
}

#[test]
fn tc609_14_7_5_c_a_report_that_is_missing_or_contradicts_is_warned_of_until_the_next_one() {
    let discrepancy = Discrepancy { against: Against::Evidence, counter: "done".to_owned(), said: 5, found: 3 };
    let missing = Chain { overdue: Some(1), ..chain(Side::Consumer) };
    let wrong = Chain { number: 1, discrepancies: vec![discrepancy], ..chain(Side::Provider) };
    let facts = Facts { chains: vec![missing.clone(), wrong.clone()], ..Facts::default() };
    assert_eq!(names(&facts, 0), ["report-overdue-consumer", "report-contradicts-provider"]);
    let come = Chain { number: 1, overdue: None, ..missing };
    let facts = Facts { chains: vec![come, Chain { discrepancies: Vec::new(), ..wrong }], ..Facts::default() };
    assert!(names(&facts, 0).is_empty());
}

#[test]
fn tc609_14_7_5_c_a_warning_is_raised_once_and_closed_when_its_reason_is_gone() {
    let used = |used| Facts { quotas: vec![Quota { action: "02".to_owned(), limit: 10, used }], ..Facts::default() };
    let (mut kept, mut ids) = (Vec::new(), 0);
    let raised = |name: &str| ("warning.raised", name.to_owned());
    let closed = |name: &str| ("warning.closed", name.to_owned());
    assert!(turn(&mut kept, &used(7), at(0), &mut ids).is_empty());
    assert_eq!(turn(&mut kept, &used(8), at(1), &mut ids), [raised("quota-02-80")]);
    assert!(turn(&mut kept, &used(8), at(2), &mut ids).is_empty());
    // It reads differently, and is the same one.
    assert!(turn(&mut kept, &used(9), at(3), &mut ids).is_empty());
    assert!(kept[0].text.zh.contains("9/10") && kept[0].raised_at == at(1), "{kept:?}");
    assert_eq!(turn(&mut kept, &used(10), at(4), &mut ids), [closed("quota-02-80"), raised("quota-02-95")]);
    assert_eq!(turn(&mut kept, &Facts { ended_at: Some(at(5)), ..used(10) }, at(5), &mut ids), [closed("quota-02-95")]);
    assert_eq!(kept.iter().map(|one| one.closed_at).collect::<Vec<_>>(), [Some(at(4)), Some(at(5))]);
    // The same reason again is a warning of its own.
    assert_eq!(turn(&mut kept, &used(8), at(6), &mut ids), [raised("quota-02-80")]);
    assert_eq!(kept.len(), 3);
}

#[test]
fn tc609_14_7_5_c_who_may_not_record_is_warned_all_the_same_and_reports_alarm_nobody_twice() {
    let facts = Facts {
        backlog: Backlog { retrying: 0, set_aside: 1 },
        chains: vec![Chain {
            discrepancies: vec![Discrepancy { against: Against::Peer, counter: "done".to_owned(), said: 1, found: 2 }],
            ..chain(Side::Provider)
        }],
        ..Facts::default()
    };
    let quiet = About { is_recorded: false, ..about() };
    let (kept, effects) = step(&quiet, Vec::new(), look(&facts, at(0)), at(0), || "w".to_owned());
    assert_eq!(kept.len(), 2);
    let alerts = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Alert { detail, .. } if detail == "messages-set-aside"));
    assert_eq!((effects.len(), alerts.count()), (1, 1), "{effects:?}");
}

fn some_facts() -> impl Strategy<Value = Facts> {
    let hour = || proptest::option::of((0i64..400).prop_map(at));
    let quota = (1u64..20, 0u64..20).prop_map(|(limit, used)| Quota { action: "02".to_owned(), limit, used });
    let moments = (hour(), hour(), hour(), hour(), hour());
    let numbers = (0u64..3, 0u64..3, any::<bool>(), any::<bool>());
    (moments, proptest::collection::vec(quota, 0..2), numbers).prop_map(|(moments, quotas, numbers)| {
        let (ends_at, ended_at, payment_since, credential_ends_at, renewal_at) = moments;
        let (retrying, set_aside, holds_data, is_stopped) = numbers;
        Facts {
            began_at: Some(at(0)),
            ends_at,
            ended_at,
            holds_data,
            is_stopped,
            quotas,
            payment_since,
            backlog: Backlog { retrying, set_aside },
            credential_ends_at,
            renewal_at,
            chains: Vec::new(),
        }
    })
}

proptest! {
    #[test]
    fn tc609_14_7_5_c_between_two_looks_time_alone_changes_nothing(facts in some_facts(), from in 0i64..400) {
        let mut now = at(from);
        for _ in 0..12 {
            let Some(next) = next_look(&facts, now) else {
                prop_assert_eq!(look(&facts, now), look(&facts, at(100_000)));
                return Ok(());
            };
            prop_assert!(next > now);
            let before = next.checked_sub(SignedDuration::from_nanos(1)).unwrap();
            prop_assert_eq!(look(&facts, now), look(&facts, before));
            now = next;
        }
        prop_assert!(false, "it looks again and again");
    }

    #[test]
    fn tc609_14_7_5_c_whatever_happens_no_name_is_open_twice_and_every_end_had_its_beginning(
        looks in proptest::collection::vec((some_facts(), 0i64..400), 1..12)
    ) {
        let (mut kept, mut ids, mut open) = (Vec::new(), 0, std::collections::BTreeSet::new());
        for (facts, hours) in looks {
            for (kind, name) in turn(&mut kept, &facts, at(hours), &mut ids) {
                let is_right = if kind == "warning.raised" { open.insert(name) } else { open.remove(&name) };
                prop_assert!(is_right);
            }
            // The same again tells nothing.
            prop_assert!(turn(&mut kept, &facts, at(hours), &mut ids).is_empty());
            let mut there: Vec<&str> = kept.iter().filter(|one| one.closed_at.is_none()).map(|one| one.name.as_str()).collect();
            there.sort_unstable();
            prop_assert_eq!(&there, &open.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert!(kept.iter().all(|one| !one.text.zh.is_empty() && !one.next.en.is_empty() && one.clause.starts_with("TC609")));
        }
    }
}
