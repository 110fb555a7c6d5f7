//! Runs over a source that changes and breaks off.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::catalogue::{self, From};

fn now() -> Timestamp {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

/// A page of CKAN's with packages of this identifier and hour of change.
fn page(packages: &[(u8, u8)], total: usize, offset: usize) -> Page {
    let package = |(id, hour): &(u8, u8)| {
        json!({
            "id": format!("p{id}"), "title": format!("产品 {id} 第 {hour} 版"), "state": "active", "resources": [],
            "metadata_modified": format!("2026-11-28T{hour:02}:00:00.000001"),
        })
    };
    let results: Vec<Value> = packages.iter().map(package).collect();
    of(&json!({ "success": true, "result": { "count": total, "results": results } }), offset)
}

fn of(answer: &Value, offset: usize) -> Page {
    let format = catalogue::format("ckan").unwrap();
    let from = From { address: None, offset: u64::try_from(offset).unwrap() };
    catalogue::read(format, answer.to_string().as_bytes(), &from).unwrap()
}

/// Reads a source in pages of some length; breaks off before one of them.
fn run(source: &[(u8, u8)], length: usize, breaks: Option<usize>, kept: Kept, options: Options) -> (Plan, Kept) {
    let mut harvest = Harvest::begin("ckan", kept, options, now());
    let since = match harvest.reach() {
        Reach::Since(since) => Some(*since),
        _ => None,
    };
    let is_asked = |(_, hour): &&(u8, u8)| {
        let at: Timestamp = format!("2026-11-28T{hour:02}:00:00Z").parse().unwrap();
        since.is_none_or(|since| at >= since)
    };
    let asked: Vec<(u8, u8)> = source.iter().filter(is_asked).copied().collect();
    let mut ask = harvest.first();
    for at in 0.. {
        if breaks == Some(at) {
            break;
        }
        let begin = usize::try_from(ask.offset).unwrap().min(asked.len());
        let end = (begin + length).min(asked.len());
        match harvest.take(page(&asked[begin..end], asked.len(), begin), Validators::default()) {
            Step::Ask(next) => ask = next,
            Step::Done | Step::Stopped(_) => break,
        }
    }
    harvest.finish()
}

const WHOLE: Options =
    Options { whole_every: 1, is_whole: true, page_records: 3, most_records: 1_000, most_pages: 100 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn whatever_broke_off_before_one_whole_read_ends_as_a_fresh_one(
        states in prop::collection::vec(prop::collection::btree_map(0u8..20, 0u8..12, 0..12), 1..5),
        breaks in prop::collection::vec(prop::option::of(0usize..5), 5),
        length in 1usize..6,
        seed in any::<u64>(),
        whole_every in 1u32..4,
    ) {
        let mut kept = Kept::default();
        let mut last = Vec::new();
        for (state, breaks) in states.iter().zip(&breaks) {
            last = state.iter().map(|(id, hour)| (*id, *hour)).collect::<Vec<_>>();
            // Whatever order the source gives them in.
            last.sort_by_key(|(id, _)| u64::from(*id).wrapping_mul(seed | 1).rotate_left(17));
            let before = kept.clone();
            let options = Options { is_whole: false, whole_every, ..WHOLE };
            let (plan, after) = run(&last, length, *breaks, kept, options);
            if !plan.is_whole {
                prop_assert!(plan.gone.is_empty());
                prop_assert!(before.records.keys().all(|key| after.records.contains_key(key)));
            }
            kept = after;
        }
        let (plan, kept) = run(&last, length, None, kept, WHOLE);
        let (fresh, expect) = run(&last, 7, None, Kept::default(), WHOLE);
        prop_assert!(plan.is_whole && fresh.is_whole);
        prop_assert_eq!(&kept, &expect);
        prop_assert_eq!(kept.records.len(), last.len());
        let (again, same) = run(&last, length, None, kept.clone(), WHOLE);
        prop_assert!(again.is_empty());
        prop_assert_eq!(same, kept);
    }
}

#[test]
fn new_changed_unchanged_and_gone_are_told() {
    let (plan, kept) = run(&[(1, 1), (2, 1), (3, 1)], 2, None, Kept::default(), WHOLE);
    assert_eq!((plan.new.len(), plan.changed.len(), plan.unchanged, plan.gone.len()), (3, 0, 0, 0));
    let (plan, kept) = run(&[(1, 1), (2, 2), (4, 2)], 2, None, kept, WHOLE);
    let keys = |records: &[Record]| records.iter().map(|record| record.key.clone()).collect::<Vec<_>>();
    assert_eq!((keys(&plan.new), keys(&plan.changed), plan.unchanged), (vec!["p4".into()], vec!["p2".into()], 1));
    assert_eq!(plan.gone, ["p3"]);
    assert_eq!(plan.report().zh, "全量读取：新增 1，变更 1，未变 1，移除 1，无法读取 0");
    // The state goes through JSON.
    let text = serde_json::to_string(&kept).unwrap();
    assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
}

#[test]
fn a_run_in_between_asks_for_changes_only_and_removes_nothing() {
    let options = Options { whole_every: 2, is_whole: false, ..WHOLE };
    let (_, kept) = run(&[(1, 1), (2, 9)], 3, None, Kept::default(), options);
    let harvest = Harvest::begin("ckan", kept.clone(), options, now());
    let fq = harvest.first().parameters.into_iter().find(|(name, _)| *name == "fq").unwrap();
    assert_eq!(fq.1, "metadata_modified:[2026-11-28T08:55:00Z TO *]");
    // Number 1 was removed, number 2 was changed: the first is not seen before the whole is read.
    let (plan, kept) = run(&[(2, 10)], 3, None, kept, options);
    assert_eq!((plan.is_whole, plan.changed.len(), plan.gone.len(), kept.records.len()), (false, 1, 0, 2));
    let (plan, kept) = run(&[(2, 10)], 3, None, kept, options);
    assert_eq!((plan.is_whole, plan.gone), (true, vec!["p1".to_owned()]));
    assert_eq!(kept.runs, 0);
    // Other sources are read as a whole.
    let dsp = Harvest::begin("dsp", kept, options, now());
    assert_eq!(dsp.reach(), &Reach::Whole);
}

#[test]
fn a_broken_read_goes_on_where_it_stopped() {
    let source: Vec<(u8, u8)> = (0..9).map(|id| (id, 1)).collect();
    let options = Options { is_whole: false, ..WHOLE };
    let (plan, kept) = run(&source, 3, Some(2), Kept::default(), options);
    assert_eq!((plan.new.len(), plan.is_whole, &kept.rest), (6, false, &Some(Next::Offset(6))));
    assert_eq!(plan.notes.len(), 1);
    let (plan, kept) = run(&source, 3, None, kept, options);
    assert_eq!((plan.new.len(), plan.is_whole, &kept.rest), (3, false, &None));
    let (plan, _) = run(&source, 3, None, kept, options);
    assert_eq!((plan.unchanged, plan.is_whole, plan.is_empty()), (9, true, true));
}

#[test]
fn what_cannot_be_read_is_not_gone() {
    let good = |id: &str| json!({ "id": id, "resources": [], "title": id });
    let answer = |list: Vec<Value>| json!({ "success": true, "result": { "count": list.len(), "results": list } });
    let take = |answer: &Value, kept: Kept| {
        let mut harvest = Harvest::begin("ckan", kept, WHOLE, now());
        harvest.take(of(answer, 0), Validators::of(Some("\"v1\""), None));
        harvest.finish()
    };
    let (_, kept) = take(&answer(vec![good("a"), good("b"), good("c")]), Kept::default());
    assert_eq!(kept.validators.etag.as_deref(), Some("\"v1\""));
    // One without its resources keeps its place, and the page is read again next time.
    let (plan, kept) = take(&answer(vec![good("a"), json!({ "id": "b" })]), kept);
    assert_eq!((plan.held, plan.gone, plan.faults.len()), (vec!["b".to_owned()], vec!["c".to_owned()], 1));
    assert_eq!(kept.validators, Validators::default());
    // One that has lost its identifier may be any: nothing is removed before the next run.
    let broken = answer(vec![json!(7), good("b")]);
    let (plan, kept) = take(&broken, kept);
    assert_eq!((plan.gone.len(), plan.notes.len(), kept.records.len()), (0, 1, 2));
    let (plan, kept) = take(&broken, kept);
    assert_eq!((plan.gone, kept.records.len()), (vec!["a".to_owned()], 1));
}

#[test]
fn a_source_that_lies_or_goes_in_circles_removes_nothing() {
    let (_, kept) = run(&[(1, 1), (2, 1)], 2, None, Kept::default(), WHOLE);
    // It says two and gives one, and then none.
    let mut harvest = Harvest::begin("ckan", kept.clone(), WHOLE, now());
    assert!(matches!(harvest.take(page(&[(1, 1)], 2, 0), Validators::default()), Step::Ask(_)));
    assert!(matches!(harvest.take(page(&[], 2, 1), Validators::default()), Step::Stopped(_)));
    let (plan, after) = harvest.finish();
    assert_eq!((plan.is_whole, plan.gone.len(), after.records.len()), (false, 0, 2));
    // A record that moved to the page before while the pages were read.
    let mut harvest = Harvest::begin("ckan", kept.clone(), WHOLE, now());
    harvest.take(page(&[(1, 1)], 2, 0), Validators::default());
    assert!(matches!(harvest.take(page(&[(1, 1)], 2, 1), Validators::default()), Step::Stopped(_)));
    assert_eq!(harvest.finish().0.gone.len(), 0);
    // Number 1 is deleted between the pages: number 3 moves to the first and is met on neither.
    let (_, four) = run(&[(1, 1), (2, 1), (3, 1), (4, 1)], 2, None, Kept::default(), WHOLE);
    let mut harvest = Harvest::begin("ckan", four, WHOLE, now());
    harvest.take(page(&[(1, 1), (2, 1)], 4, 0), Validators::default());
    assert!(matches!(harvest.take(page(&[(4, 1)], 3, 2), Validators::default()), Step::Stopped(_)));
    assert_eq!(harvest.finish().0.gone.len(), 0);
    // The same page again and again.
    let mut harvest = Harvest::begin("ckan", kept, WHOLE, now());
    assert!(matches!(harvest.take(page(&[(1, 1)], 9, 0), Validators::default()), Step::Ask(_)));
    assert!(matches!(harvest.take(page(&[(2, 1)], 9, 0), Validators::default()), Step::Stopped(_)));
    assert!(!harvest.finish().0.is_whole);
}

#[test]
fn conditions_are_sent_for_a_whole_of_one_page() {
    let mut harvest = Harvest::begin("dcat", Kept::default(), WHOLE, now());
    assert_eq!(harvest.first(), Ask::default());
    harvest.take(page(&[(1, 1)], 1, 0), Validators::of(Some("\"v1\""), Some("Sat, 28 Nov 2026 00:00:00 GMT")));
    let (_, kept) = harvest.finish();
    let harvest = Harvest::begin("dcat", kept, WHOLE, now());
    assert_eq!(
        harvest.first().headers,
        [("if-none-match", "\"v1\"".to_owned()), ("if-modified-since", "Sat, 28 Nov 2026 00:00:00 GMT".to_owned())]
    );
    let (plan, kept) = harvest.not_modified();
    assert_eq!((plan.unchanged, plan.is_whole, plan.is_empty(), kept.records.len()), (1, true, true, 1));
    assert_eq!(Validators::of(Some("a\r\nx: y"), Some(&"a".repeat(1_000))), Validators::default());
}
