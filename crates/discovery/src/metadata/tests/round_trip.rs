//! read(write(d)) is d, but for the losses that were reported, whatever d is.

use proptest::prelude::*;
use serde_json::{Value, json};
use xinyu_core::data::{Cell, ColumnKind};

use super::*;

/// Words of people: markup, quotes, breaks and Chinese among them.
fn words() -> BoxedStrategy<String> {
    prop::sample::select(vec![
        "Orders",
        "客户订单",
        "<script>alert(1)</script>",
        "a \"b\" 'c' \\ d",
        "first\nsecond",
        "订单 x & y",
        "50%",
        "naïve",
        "数据_1",
        "`t`; DROP TABLE x",
    ])
    .prop_map(str::to_owned)
    .boxed()
}

fn phrase() -> BoxedStrategy<Phrase> {
    let none = Just(String::new());
    (prop_oneof![none.clone(), words()], prop_oneof![none, words()]).prop_map(|(zh, en)| Phrase { zh, en }).boxed()
}

fn option<T: Clone + std::fmt::Debug + 'static>(values: &[T]) -> BoxedStrategy<Option<T>> {
    prop::option::of(prop::sample::select(values.to_vec())).boxed()
}

fn texts(values: &'static [&'static str]) -> BoxedStrategy<Option<String>> {
    prop::option::of(prop::sample::select(values)).prop_map(|text| text.map(str::to_owned)).boxed()
}

fn distribution() -> BoxedStrategy<Distribution> {
    let checksum = prop_oneof![
        Just(None),
        Just(Some(Checksum { algorithm: "sha256".to_owned(), value: "ab".repeat(32) })),
        Just(Some(Checksum { algorithm: "sm3".to_owned(), value: "0c".repeat(32) })),
        Just(Some(Checksum { algorithm: "md5".to_owned(), value: "12".repeat(16) })),
    ];
    (
        words(),
        phrase(),
        texts(&["CSV", "Parquet", "自定义"]),
        texts(&["text/csv", "application/json", "text/csv; charset=gbk"]),
        prop::option::of(0..u64::MAX / 4),
        checksum,
        texts(&["https://data.example/a.csv", "b/数据.csv", "with space.csv", "s3://bucket/c"]),
    )
        .prop_map(|(title, description, format, media_type, bytes, checksum, address)| Distribution {
            title: Phrase::of(title),
            description,
            format,
            media_type,
            bytes,
            checksum,
            address,
        })
        .boxed()
}

fn limits(kind: ColumnKind) -> BoxedStrategy<(Option<Cell>, Option<Cell>, Vec<Cell>)> {
    let cells = match kind {
        ColumnKind::Integer => vec![Cell::Integer(-3), Cell::Integer(0), Cell::Integer(i64::MAX)],
        ColumnKind::Real => vec![Cell::Real(-0.5), Cell::Real(1.0), Cell::Real(1e300)],
        ColumnKind::Date => vec![Cell::Text("2020-01-01".to_owned()), Cell::Text("2026-11-28".to_owned())],
        ColumnKind::Text => vec![Cell::Text("甲".to_owned()), Cell::Text("b'c".to_owned())],
        ColumnKind::Boolean | ColumnKind::Timestamp => return Just((None, None, Vec::new())).boxed(),
    };
    let allowed = prop::sample::subsequence(cells.clone(), 0..=cells.len());
    let bounds =
        if kind == ColumnKind::Text { Just((None, None)).boxed() } else { (option(&cells), option(&cells)).boxed() };
    (bounds, allowed).prop_map(|((minimum, maximum), allowed)| (minimum, maximum, allowed)).boxed()
}

fn field(name: &'static str) -> BoxedStrategy<Field> {
    let kinds = [
        ColumnKind::Text,
        ColumnKind::Integer,
        ColumnKind::Real,
        ColumnKind::Boolean,
        ColumnKind::Date,
        ColumnKind::Timestamp,
    ];
    prop::sample::select(kinds.to_vec())
        .prop_flat_map(move |kind| {
            let rules = (
                limits(kind),
                any::<bool>(),
                prop::option::of(0..100_u64),
                prop::option::of(1..100_u64),
                texts(&["^[A-Z]+$"]),
            );
            (
                phrase(),
                phrase(),
                any::<(bool, bool)>(),
                texts(&["kg", "元"]),
                texts(&["https://vocabulary.example/amount"]),
                rules,
            )
                .prop_map(
                    move |(
                        title,
                        description,
                        (required, masked),
                        unit,
                        concept,
                        (limits, unique, min_length, max_length, pattern),
                    )| {
                        let is_text = kind == ColumnKind::Text;
                        Field {
                            name: name.to_owned(),
                            title,
                            description,
                            kind,
                            required,
                            unit,
                            concept,
                            masked,
                            constraints: Constraints {
                                unique,
                                minimum: limits.0,
                                maximum: limits.1,
                                min_length: min_length.filter(|_| is_text),
                                max_length: max_length.filter(|_| is_text),
                                pattern: pattern.filter(|_| is_text),
                                allowed: limits.2,
                            },
                        }
                    },
                )
        })
        .boxed()
}

fn table(at: usize) -> BoxedStrategy<Table> {
    let name = ["orders", "客户表", "t_3"][at % 3];
    (
        phrase(),
        phrase(),
        prop::option::of(0..1_000_000_u64),
        any::<bool>(),
        any::<[bool; 3]>(),
        (field("id"), field("金额"), field("_created at")),
    )
        .prop_map(move |(title, description, rows, has_file, [has_key, has_reference, has_two], fields)| {
            let names = |yes: bool, names: &[&str]| {
                names.iter().filter(|_| yes).map(|name| (*name).to_owned()).collect::<Vec<String>>()
            };
            let columns = if has_two { vec!["id", "金额"] } else { vec!["id"] };
            let key = ForeignKey {
                columns: names(true, &columns),
                table: "orders".to_owned(),
                referenced: names(true, &columns),
            };
            Table {
                name: name.to_owned(),
                title,
                description,
                rows,
                distribution: has_file.then_some(at),
                fields: vec![fields.0, fields.1, fields.2],
                primary_key: names(has_key, &columns),
                foreign_keys: if has_reference { vec![key] } else { Vec::new() },
            }
        })
        .boxed()
}

fn description() -> BoxedStrategy<Description> {
    let frequencies = [
        Frequency::RealTime,
        Frequency::Daily,
        Frequency::Quarterly,
        Frequency::HalfYearly,
        Frequency::Irregular,
        Frequency::Never,
    ];
    let head = (
        phrase(),
        phrase(),
        prop::sample::subsequence(vec!["订单".to_owned(), "trade".to_owned()], 0..=2),
        texts(&["B0300", "A0400"]),
        prop::sample::subsequence(vec!["http://eurovoc.europa.eu/100142".to_owned(), "economy".to_owned()], 0..=2),
        prop_oneof![
            Just(None),
            Just(Some(Publisher {
                name: "示例公司".to_owned(), identifier: Some("91350100M000100Y43".to_owned())
            })),
            Just(Some(Publisher { name: "Example".to_owned(), identifier: Some("did:web:a.example".to_owned()) })),
            Just(Some(Publisher { name: "Example".to_owned(), identifier: None })),
        ],
        texts(&["自行采集"]),
        texts(&["https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0", "内部许可"]),
    );
    let tail = (
        option(&frequencies),
        texts(&["1.2.0", "第二版"]),
        texts(&["2026", "2026-11", "2026-11-28", "2026-11-28T08:00:00Z"]),
        texts(&["2026-11-28"]),
        prop::sample::subsequence(vec!["urn:uuid:1".to_owned(), "D-17".to_owned()], 0..=2),
        texts(&["https://data.example/orders"]),
        prop::collection::vec(distribution(), 0..3),
        (0..3_usize).prop_flat_map(|many| (0..many).map(table).collect::<Vec<_>>()),
    );
    (head, tail)
        .prop_map(|(head, tail)| {
            let (frequency, version, issued, modified, identifiers, page, distributions, mut tables) = tail;
            for table in &mut tables {
                table.distribution = table.distribution.filter(|at| *at < distributions.len());
            }
            Description {
                title: head.0,
                description: head.1,
                keywords: head.2,
                topic: head.3,
                themes: head.4,
                publisher: head.5,
                source: head.6,
                licence: head.7,
                frequency,
                version,
                issued,
                modified,
                identifiers,
                page,
                distributions,
                tables,
            }
        })
        .boxed()
}

/// The description without what stands at some places; lists are cut from the end, so that places stay what they are.
fn without(description: &Description, mut paths: Vec<String>) -> Value {
    let mut value = serde_json::to_value(description).unwrap();
    let key = |path: &str| path.split('/').map(|step| step.parse().unwrap_or(0_usize)).collect::<Vec<usize>>();
    paths.sort_by_key(|path| std::cmp::Reverse((key(path), path.clone())));
    paths.dedup();
    for path in &paths {
        let (parent, last) = path.rsplit_once('/').unwrap();
        match value.pointer_mut(parent) {
            Some(Value::Object(object)) => {
                object.remove(last);
            }
            Some(Value::Array(list)) => {
                let at: usize = last.parse().unwrap();
                if at < list.len() {
                    list.remove(at);
                }
            }
            _ => {}
        }
    }
    pruned(value)
}

/// Where something stands when others before it in its lists are gone.
fn moved(path: &str, left: &[&str]) -> String {
    let mut before = String::new();
    let mut after = String::new();
    for step in path.split('/').skip(1) {
        let shift = |at: usize| (0..at).filter(|other| left.contains(&format!("{before}/{other}").as_str())).count();
        let now = step.parse::<usize>().map_or_else(|_| step.to_owned(), |at| (at - shift(at)).to_string());
        before = format!("{before}/{step}");
        after = format!("{after}/{now}");
    }
    after
}

/// Without what is empty.
fn pruned(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let left = object
                .into_iter()
                .map(|(name, value)| (name, pruned(value)))
                .filter(|(_, value)| *value != json!({}) && *value != json!([]));
            Value::Object(left.collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(pruned).filter(|value| *value != json!({})).collect()),
        value => value,
    }
}

fn check(format: &Format, description: &Description) -> Result<(), TestCaseError> {
    let written = match write(format, description) {
        Ok(written) => written,
        Err(rejection) => {
            prop_assert_eq!(rejection.code, "no-tables");
            prop_assert!(description.tables.is_empty());
            return Ok(());
        }
    };
    let text = String::from_utf8(written.bytes.clone()).unwrap();
    let again = match read(format, &written.bytes) {
        Ok(again) => again,
        Err(rejection) => return Err(TestCaseError::fail(format!("{}: {rejection}\n{text}", format.name))),
    };
    prop_assert_eq!(&again.lost, &Vec::new(), "{}: our own document is not read as a whole\n{}", format.name, text);
    let of =
        |manner: Manner| written.lost.iter().filter(move |loss| loss.manner == manner).map(|loss| loss.path.as_str());
    let left: Vec<&str> = of(Manner::Left).collect();
    let gone = of(Manner::Left).chain(of(Manner::Changed)).map(str::to_owned).collect();
    let expect = without(description, gone);
    let found = without(&again.description, of(Manner::Changed).map(|path| moved(path, &left)).collect());
    prop_assert_eq!(&found, &expect, "{}: lost without a word; reported {:#?}\n{}", format.name, written.lost, text);
    let guess = recognise(&format!("x{}", format.extension), &written.bytes);
    prop_assert_eq!(guess.first().map(|guess| guess.format), Some(format.name), "{}", text);
    Ok(())
}

/// One test for each format, so that a report names it.
macro_rules! round_trips {
    ($($test:ident: $name:literal),+ $(,)?) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $test(description in description()) {
                    check(named($name), &description)?;
                }
            )+
        }

        #[test]
        fn every_format_that_writes_makes_the_round() {
            let tested = [$($name),+];
            for format in FORMATS.iter().filter(|format| format.write.is_some()) {
                assert!(tested.contains(&format.name), "{}", format.name);
            }
        }
    };
}

round_trips! {
    dcat_makes_the_round: "dcat",
    ckan_makes_the_round: "ckan",
    frictionless_makes_the_round: "frictionless",
    csvw_makes_the_round: "csvw",
    schema_org_makes_the_round: "schema.org",
    croissant_makes_the_round: "croissant",
    openapi_makes_the_round: "openapi",
    sql_makes_the_round: "sql",
    arrow_makes_the_round: "arrow",
}
