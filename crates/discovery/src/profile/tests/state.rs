//! States: kept, continued and merged.

use proptest::prelude::*;

use super::*;

fn declared(rows: Option<u64>) -> Declared {
    Declared {
        seed: 42,
        rows,
        key: vec!["traveller_id".to_owned()],
        codes: [("iata".to_owned(), ["PEK", "SHA"].map(str::to_owned).into())].into(),
        ..Declared::default()
    }
}

fn rows(from: i64, to: i64) -> Vec<Vec<Cell>> {
    let row = |n: i64| {
        let text = Cell::Text;
        vec![
            Cell::Integer(100_000 + n),
            text(name(n)),
            text(citizen_number(n)),
            if n % 7 == 0 { Cell::Null } else { text(mobile(n)) },
            text(format!("user{n}@example.cn")),
            text(card_number(n % 50)),
            text(format!("浙江省杭州市西湖区文三路{}号", n + 1)),
            text(day(n)),
            text(CITIES[usize::try_from(n % 12).unwrap()].to_owned()),
            text(["PEK", "SHA", "CAN", "HGH"][usize::try_from(n % 4).unwrap()].to_owned()),
            text(format!("2025-{:02}-{:02}", n % 12 + 1, n % 28 + 1)),
            Cell::Integer(n * 1300),
        ]
    };
    (from..to).map(row).collect()
}

fn state(rows: &[Vec<Cell>]) -> TableProfiler {
    let mut profiler = TableProfiler::with(&schema(&FULL), declared(Some(600)));
    rows.iter().for_each(|row| profiler.observe(row));
    profiler
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn any_split_in_any_order_gives_the_same_profile(first in 0_usize..600, second in 0_usize..600, turn in 0_usize..6) {
        let rows = rows(0, 600);
        let (low, high) = (first.min(second), first.max(second));
        let mut parts = [&rows[..low], &rows[low..high], &rows[high..]];
        parts.rotate_left(turn % 3);
        if turn >= 3 { parts.swap(0, 1); }
        let mut whole = state(parts[0]);
        let mut rest = state(parts[1]);
        rest.merge(state(parts[2])).unwrap();
        whole.merge(rest).unwrap();
        prop_assert_eq!(whole.finish(), state(&rows).finish());
    }
}

#[test]
fn what_is_kept_goes_on_with_new_rows_only() {
    let kept = serde_json::to_string(&state(&rows(0, 400))).unwrap();
    let mut profiler: TableProfiler = serde_json::from_str(&kept).unwrap();
    assert_eq!((profiler.progress().rows, profiler.progress().permille()), (400, Some(666)));
    rows(400, 600).iter().for_each(|row| profiler.observe(row));
    assert_eq!(profiler.progress().permille(), Some(1000));
    assert!(profiler == state(&rows(0, 600)));
}

#[test]
fn states_of_other_tables_and_forms_are_refused() {
    let mut one = state(&[]);
    let other = TableProfiler::with(&schema(&FULL[1..]), declared(None));
    assert_eq!(one.merge(other), Err(Unlike::Schema));
    assert_eq!(one.merge(TableProfiler::new(&schema(&FULL))), Err(Unlike::Declared));
    assert!(one.merge(TableProfiler::with(&schema(&FULL), declared(None))).is_ok());
    let mut json = serde_json::to_value(&one).unwrap();
    json["version"] = 2.into();
    let error = serde_json::from_value::<TableProfiler>(json).unwrap_err().to_string();
    assert!(error.contains("form 2"), "{error}");
}

#[test]
fn a_state_is_bounded_and_says_nothing_in_a_log() {
    let columns = [("a", ColumnKind::Text), ("n", ColumnKind::Real)];
    let mut profiler = TableProfiler::new(&schema(&columns));
    let mut sizes = Vec::new();
    for n in 0..40_000_i32 {
        profiler.observe(&[Cell::Text(format!("x{}", n.wrapping_mul(7919))), Cell::Real(f64::from(n).powi(3) / 7.0)]);
        if n == 20_000 || n == 39_999 {
            sizes.push(serde_json::to_string(&profiler).unwrap().len());
        }
    }
    assert!(sizes[1] < sizes[0] + sizes[0] / 10 && sizes[1] < 600_000, "{sizes:?}");
    assert_eq!(format!("{profiler:?}"), "TableProfiler { name: \"t\", rows: 40000, .. }");
}
