//! The six dimensions, on rows whose faults are known.

use super::*;

fn text(value: impl ToString) -> Cell {
    Cell::Text(value.to_string())
}

fn measured(
    columns: &[(&str, ColumnKind)],
    declared: Declared,
    circumstances: &Circumstances,
    rows: impl Iterator<Item = Vec<Cell>>,
) -> Quality {
    let mut profiler = TableProfiler::with(&schema(columns), declared);
    rows.for_each(|row| profiler.observe(&row));
    profiler.profile(circumstances).quality
}

fn share(quality: &Quality, indicator: Indicator) -> Option<u16> {
    quality.measures.iter().find(|measure| measure.indicator == indicator).unwrap().permille
}

#[test]
fn gb_t_36344_2018_5_what_cannot_be_measured_says_why() {
    let quality = measured(
        &[("a", ColumnKind::Text)],
        Declared::default(),
        &Circumstances::default(),
        (0..50).map(|n| vec![text(n)]),
    );
    assert_eq!(quality.measures.len(), 14);
    for measure in &quality.measures {
        assert_eq!(measure.permille.is_none(), measure.reason.zh.starts_with("不可测"), "{measure:?}");
        assert!(!measure.reason.zh.is_empty() && !measure.reason.en.is_empty());
    }
    assert_eq!((quality.timeliness, quality.accessibility, quality.consistency), (None, None, None));
}

#[test]
fn gb_t_36344_2018_5_validity_and_completeness_against_what_is_declared() {
    let declared = Declared {
        rows: Some(200),
        codes: [("c".to_owned(), ["A", "B"].map(str::to_owned).into())].into(),
        ..Declared::default()
    };
    let rows =
        (0..100_i64).map(|n| vec![Cell::Integer(n), text(["A", "B", "C", "A"][usize::try_from(n % 4).unwrap()])]);
    let quality =
        measured(&[("n", ColumnKind::Integer), ("c", ColumnKind::Text)], declared, &Circumstances::default(), rows);
    assert_eq!((share(&quality, Indicator::Reference), share(&quality, Indicator::Records)), (Some(750), Some(500)));
    assert_eq!((quality.validity, quality.completeness), (Some(875), Some(750)));
}

#[test]
fn gb_t_36344_2018_5_accuracy_by_check_digits_days_ranges_keys_and_dirt() {
    let columns = [
        ("id_number", ColumnKind::Text),
        ("年龄", ColumnKind::Integer),
        ("day", ColumnKind::Date),
        ("note", ColumnKind::Text),
    ];
    let rows = (0..100_i64).map(|n| {
        let number = citizen_number(n);
        // One in ten has a wrong check character.
        let wrong = if number.ends_with('1') { '2' } else { '1' };
        let number = if n % 10 == 0 { format!("{}{wrong}", &number[..17]) } else { number };
        vec![
            text(number),
            Cell::Integer(if n % 20 == 0 { 400 } else { 30 }),
            text(if n % 25 == 0 { "2025-02-30" } else { "2025-02-28" }),
            text(if n == 0 { "锟斤拷" } else { "好" }),
        ]
    });
    let declared = Declared { key: vec!["年龄".to_owned()], ..Declared::default() };
    let quality = measured(&columns, declared, &Circumstances::default(), rows);
    let content = quality.measures.iter().find(|measure| measure.indicator == Indicator::Content).unwrap();
    assert_eq!((content.right, content.all), (90 + 95 + 96, 300));
    assert_eq!(share(&quality, Indicator::Unique), Some(20));
    assert_eq!(share(&quality, Indicator::Repetition), Some(1000));
    let dirt = quality.measures.iter().find(|measure| measure.indicator == Indicator::Dirt).unwrap();
    assert_eq!((dirt.right, dirt.all), (299, 300));
}

#[test]
fn order_numbers_are_not_blamed_for_wrong_check_digits() {
    let quality = measured(
        &[("order_no", ColumnKind::Text)],
        Declared::default(),
        &Circumstances::default(),
        (0..500_i64).map(|n| vec![text(format!("{:016}", n * 7_919_000_017))]),
    );
    assert_eq!(share(&quality, Indicator::Content), None);
}

#[test]
fn gb_t_36344_2018_5_consistency_across_columns() {
    let columns = [
        ("身份证号", ColumnKind::Text),
        ("性别", ColumnKind::Text),
        ("户籍代码", ColumnKind::Text),
        ("start_date", ColumnKind::Date),
        ("end_date", ColumnKind::Date),
        ("total", ColumnKind::Real),
        ("a", ColumnKind::Integer),
        ("b", ColumnKind::Integer),
    ];
    let parts = ["a", "b"].map(str::to_owned).to_vec();
    let declared = Declared { rules: vec![Rule::Sum { total: "total".to_owned(), parts }], ..Declared::default() };
    let rows = (0..100_i32).map(|n| {
        let number = citizen_number(n.into());
        let is_man = number.as_bytes()[16] % 2 == 1;
        vec![
            text(number),
            text(if is_man == (n % 4 != 0) { "男" } else { "女" }),
            text(if n % 5 == 0 { "110000" } else { "330000" }),
            text("2025-03-01"),
            text(if n % 10 == 0 { "2025-02-01" } else { "2025-04-01" }),
            Cell::Real(f64::from(n) + if n % 2 == 0 { 0.0 } else { 1.0 }),
            Cell::Integer(n.into()),
            Cell::Integer(0),
        ]
    });
    let quality = measured(&columns, declared, &Circumstances::default(), rows);
    let related = quality.measures.iter().find(|measure| measure.indicator == Indicator::Related).unwrap();
    assert_eq!((related.right, related.all), (75 + 80 + 90 + 50, 400), "{}", related.reason.en);
    assert!(related.reason.zh.contains("start_date"), "{}", related.reason.zh);
}

#[test]
fn gb_t_36344_2018_5_timeliness_against_the_declared_cycle() {
    let check = |code: Option<&str>, now: &str, expect: Option<u16>| {
        let circumstances = Circumstances {
            now: Some(format!("{now}T00:00:00Z").parse().unwrap()),
            update_frequency: code.map(str::to_owned),
            ..Circumstances::default()
        };
        let rows = (1..=28_i64).map(|n| vec![text(format!("2026-10-{n:02}")), text("2099-01-01")]);
        let columns = [("happened", ColumnKind::Date), ("有效期", ColumnKind::Date)];
        let quality = measured(&columns, Declared::default(), &circumstances, rows);
        assert_eq!(share(&quality, Indicator::Punctual), expect, "{code:?} {now}");
        quality
    };
    check(Some("004"), "2026-11-28", Some(1000));
    check(Some("004"), "2027-01-28", Some(500));
    check(Some("001"), "2026-11-28", Some(32));
    check(Some("009"), "2026-11-28", None);
    check(None, "2026-11-28", None);
    let early = check(Some("004"), "2026-10-13", Some(1000));
    assert_eq!(share(&early, Indicator::Period), Some(500), "half of the days are still to come");
}

#[test]
fn gb_t_36344_2018_5_timeliness_by_the_states_that_were_seen() {
    let at = |day: &str| format!("2026-{day}T00:00:00Z").parse::<jiff::Timestamp>().unwrap();
    let check = |looks: &[(&str, bool)], expect: Option<(u64, u64)>| {
        let mut renewals = Vec::new();
        looks.iter().for_each(|(day, is_changed)| renew(&mut renewals, *is_changed, None, at(day), 9));
        let (now, update_frequency) = (Some(at("03-31")), Some("003".to_owned()));
        let circumstances = Circumstances { now, update_frequency, renewals, ..Circumstances::default() };
        let rows = (1..=9_i64).map(|n| vec![Cell::Integer(n)]);
        let quality = measured(&[("n", ColumnKind::Integer)], Declared::default(), &circumstances, rows);
        let found = quality.measures.iter().find(|measure| measure.indicator == Indicator::Punctual).unwrap();
        assert_eq!(found.permille.map(|_| (found.right, found.all)), expect, "{looks:?}: {}", found.reason.en);
    };
    // Looked at once it says nothing; seen unchanged within the cycle of 11 days it is in time, beyond it is not.
    check(&[("03-01", true)], None);
    check(&[("03-01", true), ("03-12", false)], Some((11, 11)));
    check(&[("03-01", true), ("03-23", false)], Some((11, 22)));
    // What happened between two looks counts for nobody.
    check(&[("03-01", true), ("03-08", false), ("03-31", true)], Some((11, 11)));
    check(&[("03-01", true), ("03-08", false), ("03-09", true), ("03-31", false)], Some((22, 33)));
}

#[test]
fn a_stamp_lies_neither_before_what_was_seen_nor_in_the_future() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let (first, second) = (at("2026-03-01T00:00:00Z"), at("2026-03-09T00:00:00Z"));
    let mut renewals = Vec::new();
    renew(&mut renewals, true, Some(at("2030-01-01T00:00:00Z")), first, 2);
    renew(&mut renewals, true, Some(at("1999-01-01T00:00:00Z")), second, 2);
    assert_eq!(renewals.iter().map(|one| one.at).collect::<Vec<_>>(), [first, first]);
    renew(&mut renewals, true, None, second, 2);
    assert_eq!(renewals.len(), 2, "the oldest is forgotten");
}

#[test]
fn gb_t_36344_2018_5_accessibility_by_reads() {
    let access = Some(Access { reads: 10, succeeded: 9, in_time: 5, limit_ms: 2000 });
    let circumstances = Circumstances { access, ..Circumstances::default() };
    let quality =
        measured(&[("a", ColumnKind::Text)], Declared::default(), &circumstances, (0..9).map(|n| vec![text(n)]));
    assert_eq!(quality.accessibility, Some(700));
}
