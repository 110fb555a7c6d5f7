//! The formula by examples, and what must hold for all counts.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    "2026-11-26T08:00:00Z".parse().unwrap()
}

fn about() -> About {
    About {
        connector_id: "c".to_owned(),
        participant_id: "p".to_owned(),
        issuer: "did:web:platform.example".to_owned(),
        since: "2026-01-01T00:00:00Z".parse().unwrap(),
    }
}

fn tally(event: &str, day: &str, count: u64) -> Tally {
    Tally { event: event.to_owned(), day: day.parse().unwrap(), count, references: Vec::new() }
}

fn figure(tallies: Vec<Tally>) -> Option<u32> {
    compute(about(), tallies, now()).unwrap().figure
}

#[test]
fn weights_are_a_whole_and_every_event_has_a_factor() {
    assert_eq!(FACTORS.iter().map(|factor| factor.weight_permille).sum::<u32>(), 1000);
    let names: BTreeSet<&str> = EVENTS.iter().map(|event| event.name).collect();
    assert_eq!(names.len(), EVENTS.len(), "an event is there twice");
    for event in EVENTS {
        assert!(FACTORS.iter().any(|factor| factor.name == event.factor), "{}", event.name);
        assert!(event.points > 0, "{}", event.name);
    }
    assert!(GRADES.windows(2).all(|pair| pair[0].1 > pair[1].1));
}

#[test]
fn events_fade_by_half_in_every_half_life() {
    for (age, expect) in [(0, ONE), (100, ONE / 2), (50, ONE * 3 / 4), (200, ONE / 4), (300, ONE / 8), (u32::MAX, 0)] {
        assert_eq!(faded(age, Some(100)), expect, "{age}");
    }
    assert_eq!(faded(u32::MAX, None), ONE);
}

/// The example of docs/reputation.md, and that the page says the same.
#[test]
fn tc609_16_6_11_a_the_example_of_the_page_comes_out_as_the_page_says() {
    let page = include_str!("../../../../docs/reputation.md");
    let (_, block) = page.split_once("```json\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let statement: ReputationStatement = serde_json::from_str(block).unwrap();
    assert_eq!(verify(&statement), Ok(()));
    let figure = statement.figure.unwrap();
    assert!(page.contains(&format!("**{figure}**")), "the page does not tell the figure {figure}");
    for factor in FACTORS {
        let half_life = factor.half_life_days.map_or_else(|| "–".to_owned(), |days| days.to_string());
        let row = format!(
            "| `{}` | {} | {} | {half_life} | {} |",
            factor.name, factor.zh, factor.weight_permille, factor.prior
        );
        assert!(page.contains(&row), "the page lacks {row}");
    }
    for event in EVENTS {
        let sign = if event.sign == Sign::Good { "+" } else { "−" };
        let row = format!("| `{}` | `{}` | {sign}{} | {} |", event.name, event.factor, event.points, event.zh);
        assert!(page.contains(&row), "the page lacks {row}");
    }
}

#[test]
fn tc609_16_6_11_a_too_little_history_has_no_figure() {
    assert_eq!(figure(vec![]), None);
    let much = |event: &str| vec![tally(event, "2026-11-01", 400)];
    assert_eq!(figure(much("hour.online")), None, "to be there is no business");
    assert_eq!(figure(vec![tally("contract.settled", "2026-11-01", LEAST_BUSINESS - 1)]), None);
    assert!(figure(vec![tally("contract.settled", "2026-11-01", LEAST_BUSINESS)]).is_some());
}

#[test]
fn grades_begin_where_the_table_says() {
    for (figure, expect) in
        [(1000, "A"), (800, "A"), (799, "B"), (650, "B"), (649, "C"), (450, "C"), (449, "D"), (0, "D")]
    {
        assert_eq!(grade(figure), expect, "{figure}");
    }
}

#[test]
fn tc609_16_6_11_a_a_statement_that_was_touched_is_found() {
    let good =
        compute(about(), vec![tally("usage.done", "2026-11-01", 9), tally("usage.refused", "2026-11-02", 2)], now())
            .unwrap();
    assert_eq!(verify(&good), Ok(()));
    type Change = fn(&mut ReputationStatement);
    let changes: [(&str, Change); 8] = [
        ("/figure", |one| one.figure = Some(999)),
        ("/figure", |one| one.figure = None),
        ("/grade", |one| one.grade = Some("A".to_owned())),
        ("/factors/2", |one| one.factors[2].score += 1),
        ("/factors", |one| {
            one.factors.pop();
        }),
        ("/businessEvents", |one| one.business_events = 4),
        ("/formula", |one| one.formula = "xinyu-reputation/2".to_owned()),
        ("/tallies", |one| one.tallies[0].event = "praise".to_owned()),
    ];
    for (clause, change) in changes {
        let mut touched = good.clone();
        change(&mut touched);
        assert_eq!(verify(&touched).unwrap_err().clause.as_deref(), Some(clause));
    }
    let mut hidden = good.clone();
    hidden.tallies.retain(|tally| tally.event != "usage.refused");
    assert_eq!(verify(&hidden).unwrap_err().clause.as_deref(), Some("/businessEvents"));
}

fn any_tally() -> impl Strategy<Value = Tally> {
    (0..EVENTS.len(), 0_i32..1500, 0_u64..200).prop_map(|(event, age, count)| Tally {
        event: EVENTS[event].name.to_owned(),
        day: Offset::UTC.to_datetime(now()).date().checked_sub(jiff::Span::new().days(age)).unwrap(),
        count,
        references: Vec::new(),
    })
}

/// Enough business that there is a figure.
fn history() -> impl Strategy<Value = Vec<Tally>> {
    prop::collection::vec(any_tally(), 0..20).prop_map(|mut all| {
        all.push(tally("usage.done", "2026-11-20", LEAST_BUSINESS));
        all
    })
}

fn with_one_more(mut all: Vec<Tally>, sign: Sign, which: &prop::sample::Index, age: i32) -> Vec<Tally> {
    let rules: Vec<&EventRule> = EVENTS.iter().filter(|event| event.sign == sign).collect();
    let day = Offset::UTC.to_datetime(now()).date().checked_sub(jiff::Span::new().days(age)).unwrap();
    all.push(Tally { event: which.get(&rules).name.to_owned(), day, count: 1, references: Vec::new() });
    all
}

proptest! {
    #[test]
    fn tc609_16_6_11_a_one_more_breach_never_raises_the_figure(all in history(), which in any::<prop::sample::Index>(), age in 0..1500) {
        let before = figure(all.clone());
        prop_assert!(figure(with_one_more(all, Sign::Bad, &which, age)) <= before);
    }

    #[test]
    fn tc609_16_6_11_a_one_more_good_event_never_lowers_the_figure(all in history(), which in any::<prop::sample::Index>(), age in 0..1500) {
        let before = figure(all.clone());
        prop_assert!(figure(with_one_more(all, Sign::Good, &which, age)) >= before);
    }

    #[test]
    fn the_order_of_events_does_not_matter_and_the_figure_is_within_bounds(all in history().prop_shuffle()) {
        let mut sorted = all.clone();
        sorted.sort();
        let (one, other) = (compute(about(), all, now()).unwrap(), compute(about(), sorted, now()).unwrap());
        prop_assert_eq!(&one, &other);
        prop_assert!(one.figure.unwrap() <= 1000);
        prop_assert_eq!(verify(&one), Ok(()));
    }

    #[test]
    fn absurd_counts_overflow_nothing(count in any::<u64>(), which in 0..EVENTS.len()) {
        let mut absurd = tally(EVENTS[which].name, "2026-11-26", count);
        absurd.count = count;
        prop_assert!(compute(about(), vec![absurd.clone(), absurd], now()).is_ok());
    }
}
