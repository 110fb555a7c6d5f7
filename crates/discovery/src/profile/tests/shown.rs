//! What a profile shows of values: nothing of a person, nothing rare, nothing of important data.

use proptest::prelude::*;

use super::*;
use crate::grade::Grade;
use crate::recognise::recognise;

fn numbers(name: &str, kind: ColumnKind, values: impl Iterator<Item = Cell>) -> ColumnProfile {
    profile(&[(name, kind)], values.map(|value| vec![value])).columns.remove(0)
}

#[test]
fn the_range_of_personal_numbers_is_coarse_and_has_no_bins() {
    let mobiles = numbers("mobile", ColumnKind::Integer, (0..500).map(|n| Cell::Integer(mobile(n).parse().unwrap())));
    let shown = mobiles.distribution.unwrap();
    assert_eq!((shown.from.as_str(), shown.to.as_str()), ("10000000000", "20000000000"));
    assert_eq!((shown.quantiles, shown.bins.len()), (None, 0));
    let births = numbers("birth_date", ColumnKind::Date, (0..500).map(|n| Cell::Text(day(n))));
    let shown = births.distribution.unwrap();
    assert_eq!((shown.from.as_str(), shown.to.as_str()), ("1950", "2010"));
    assert_eq!(births.exposure, Exposure::Masked);
    assert!(births.samples.iter().flatten().all(|sample| sample.ends_with("-**-**")), "{:?}", births.samples);
}

#[test]
fn quantiles_and_bins_of_open_numbers() {
    let amounts = numbers("amount", ColumnKind::Integer, (0..10_000).map(|n| Cell::Integer(n * 7919 % 10_000)));
    let shown = amounts.distribution.unwrap();
    let quantiles = shown.quantiles.clone().unwrap();
    assert_eq!(
        [&quantiles.p5, &quantiles.p25, &quantiles.median, &quantiles.p75, &quantiles.p95],
        ["400", "2400", "4900", "7500", "9400"]
    );
    assert_eq!((shown.from.as_str(), shown.to.as_str()), ("0", "10000"));
    assert_eq!((shown.bins.len(), shown.bins.iter().map(|bin| bin.rows).sum::<u64>()), (12, 10_000));
    let bars = shown.bars();
    assert_eq!(bars.len(), 12);
    assert!(bars.iter().all(|bar| bar.height > 800), "{bars:?}");
    assert!(bars.windows(2).all(|two| two[0].left + two[0].width == two[1].left), "{bars:?}");
    let marks = numbers("mark", ColumnKind::Integer, (0..1000).map(|n| Cell::Integer([1, 2, 3, 3, 5][n % 5])));
    let shown = marks.distribution.unwrap();
    let bins: Vec<_> = shown.bins.iter().map(|bin| (bin.from.as_str(), bin.rows)).collect();
    assert_eq!((bins, shown.to.as_str()), (vec![("1", 200), ("2", 200), ("3", 400), ("5", 200)], "5"));
}

#[test]
fn a_rare_value_is_nowhere() {
    let salary = |n: i64| if n == 77 { 987_654_321 } else { 5_000 + n % 50 * 100 };
    let column = numbers("salary", ColumnKind::Integer, (0..2000).map(|n| Cell::Integer(salary(n))));
    let json = serde_json::to_string(&column).unwrap();
    assert!(!json.contains("987654321"), "{json}");
    assert_eq!(column.distribution.unwrap().to, "1000000000");
    let few = numbers("salary", ColumnKind::Integer, (0..9).map(|n| Cell::Integer(4711 + n)));
    assert_eq!(few.distribution, None);
    let city = super::column("city", (0..400).map(|n| if n % 100 == 3 { "伊宁" } else { "杭州" }.to_owned()));
    let frequent: Vec<_> =
        city.frequent.iter().map(|value| (value.value.as_str(), value.rows, value.permille)).collect();
    assert_eq!(frequent, [("杭州", 396, 990)]);
    assert!(!serde_json::to_string(&city).unwrap().contains("伊宁"));
}

#[test]
fn samples_are_masked_by_what_their_column_is() {
    let table = travellers(300);
    let of = |name: &str| {
        let column = table.columns.iter().find(|column| column.name == name).unwrap();
        column.samples.iter().flatten().cloned().collect::<Vec<_>>()
    };
    for column in &table.columns {
        assert_eq!(column.samples.len(), 5, "{}", column.name);
    }
    for (name, mask) in [
        ("姓名", "王**"),
        ("mobile", "138******00"),
        ("id_number", "330**************0"),
        ("contact_mail", "u*****@example.cn"),
    ] {
        for sample in of(name) {
            let (stars, length) = (sample.matches('*').count(), sample.chars().count());
            assert!(stars >= 2 && stars < length, "{name} {sample} as {mask}");
        }
    }
    assert!(of("iata").iter().all(|code| ["PEK", "SHA", "CAN", "HGH"].contains(&code.as_str())), "frequent ones stay");
    assert!(of("traveller_id").iter().all(|number| number.starts_with('≈')), "{:?}", of("traveller_id"));
}

#[test]
fn free_text_keeps_its_words_and_loses_its_persons() {
    let note = |n: i64| format!("第{n}位客户来电反映系统登录缓慢，请回电{}处理，谢谢", mobile(n));
    let found = super::column("备注", (0..200).map(note));
    for sample in found.samples.iter().flatten() {
        assert!(sample.contains("客户来电反映系统登录缓慢") && sample.ends_with('…'), "{sample}");
        assert!(!sample.chars().any(char::is_numeric), "{sample}");
    }
}

#[test]
fn important_and_sensitive_columns_show_their_shape_only() {
    let schema = schema(&[("stock", ColumnKind::Integer), ("诊断", ColumnKind::Text)]);
    let grades = [("stock".to_owned(), Grade::Important)].into();
    let mut profiler = TableProfiler::with(&schema, Declared { grades, ..Declared::default() });
    for _ in 0..100 {
        profiler.observe(&[Cell::Integer(4711), Cell::Text("高血压2级".to_owned())]);
    }
    let table = profiler.finish();
    assert!(table.columns.iter().all(|column| column.exposure == Exposure::Shape && column.frequent.is_empty()));
    assert!(table.columns.iter().all(|column| column.distribution.is_none()));
    let samples: Vec<_> = table.columns.iter().map(|column| column.samples[0].clone().unwrap()).collect();
    assert_eq!(samples, ["9999", "文文文9文"]);
}

#[test]
fn an_older_profile_is_still_read() {
    let mut json = serde_json::to_value(travellers(300)).unwrap();
    json["quality"]
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !["measures", "accessibility", "accuracy"].contains(&name.as_str()));
    for column in json["columns"].as_array_mut().unwrap() {
        column.as_object_mut().unwrap().retain(|name, _| {
            !["blanks", "lengths", "exposure", "distribution", "frequent", "frequent_error", "samples"]
                .contains(&name.as_str())
        });
    }
    let older: TableProfile = serde_json::from_value(json).unwrap();
    assert_eq!(older.columns[0].exposure, Exposure::Nothing);
    assert_eq!(older.quality.judge().1, QualityGrade::A, "the share of rows that repeat no other counts as before");
}

#[test]
fn the_gate_blocks_a_sample_that_is_not_masked() {
    let mut profile = ProductProfile { tables: vec![travellers(300)] };
    let card =
        product(&profile.tables[0], &["姓名", "id_number", "mobile", "contact_mail", "card_no", "住址", "birth_date"]);
    assert_eq!(blocked(&profile, &card), [""; 0]);
    profile.tables[0].columns[9].samples[0] = Some(citizen_number(5));
    assert_eq!(blocked(&profile, &card), ["t.iata"]);
    assert_eq!(
        ProductProfile { tables: vec![profile.tables.remove(0).bare()] }.review(&card).len(),
        profile_findings(&card)
    );
}

fn profile_findings(card: &ProductCard) -> usize {
    ProductProfile { tables: vec![travellers(300)] }.review(card).len()
}

/// Any mixture of personal values and harmless ones, in any column.
fn anything() -> impl Strategy<Value = String> {
    (0..9_u8, 0_i64..100_000).prop_map(|(kind, n)| match kind {
        0 => citizen_number(n),
        1 => mobile(n),
        2 => card_number(n),
        3 => format!("user{n}@example.cn"),
        4 => format!("客户{}的电话是{}，身份证{}，请尽快联系处理", name(n), mobile(n), citizen_number(n)),
        5 => format!("浙江省杭州市西湖区文三路{}号", n + 1),
        6 => "已处理".to_owned(),
        7 => n.to_string(),
        _ => format!("0571-8{:07}", n),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_recognised_personal_value_is_in_a_profile_or_in_a_state(
        rows in proptest::collection::vec((anything(), anything(), 0..30_usize), 1..60),
        seed: u64,
    ) {
        let schema = schema(&[("a", ColumnKind::Text), ("内容", ColumnKind::Text), ("n", ColumnKind::Integer)]);
        let mut profiler = TableProfiler::with(&schema, Declared { seed, ..Declared::default() });
        for (a, b, times) in &rows {
            for _ in 0..=*times {
                profiler.observe(&[Cell::Text(a.clone()), Cell::Text(b.clone()), Cell::Integer(a.parse().unwrap_or(0))]);
            }
        }
        let texts = [serde_json::to_string(&profiler).unwrap(), serde_json::to_string(&profiler.finish()).unwrap()];
        for value in rows.iter().flat_map(|(a, b, _)| [a, b]) {
            for finding in recognise(value).into_iter().filter(|finding| finding.kind.personal().is_some()) {
                let part = &value[finding.place];
                for text in &texts[1..] {
                    prop_assert!(!text.contains(part), "{} in {}", part, text);
                }
                // In a state numbers stand as what they are, hashes among them; only texts can be told apart.
                prop_assert!(!texts[0].contains(&format!("{part}\"")) || finding.kind == Found::Name, "{} in the state", part);
            }
        }
    }
}
