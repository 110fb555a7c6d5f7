//! Tests of the profile and the review gate, on real and on generated rows.

use xinyu_core::data::{Cell, Column, TableSchema};
use xinyu_core::review::{Finding, Severity};
use xinyu_protocol::id::citizen;
use xinyu_protocol::tc609::catalog::{FieldCard, ProductCard, TableCard, Tags};

use super::*;
use crate::grade::{Asked, Grade, Judged, Judgement};
use crate::recognise::{Kind as Found, recognise};

mod measured;
mod shown;
mod state;

const FULL: [(&str, ColumnKind); 12] = [
    ("traveller_id", ColumnKind::Integer),
    ("姓名", ColumnKind::Text),
    ("id_number", ColumnKind::Text),
    ("mobile", ColumnKind::Text),
    ("contact_mail", ColumnKind::Text),
    ("card_no", ColumnKind::Text),
    ("住址", ColumnKind::Text),
    ("birth_date", ColumnKind::Date),
    ("city", ColumnKind::Text),
    ("iata", ColumnKind::Text),
    ("registered_on", ColumnKind::Date),
    ("spend_fen", ColumnKind::Integer),
];

const CITIES: [&str; 12] =
    ["北京", "上海", "广州", "深圳", "成都", "杭州", "温州", "金华", "石家庄", "沈阳", "武汉", "常州"];

fn schema(columns: &[(&str, ColumnKind)]) -> TableSchema {
    let columns = columns.iter().map(|(name, kind)| Column { name: (*name).to_owned(), kind: *kind }).collect();
    TableSchema { name: "t".to_owned(), columns }
}

fn profile(columns: &[(&str, ColumnKind)], rows: impl IntoIterator<Item = Vec<Cell>>) -> TableProfile {
    let mut profiler = TableProfiler::new(&schema(columns));
    for row in rows {
        profiler.observe(&row);
    }
    profiler.finish()
}

/// One column of text.
fn column(name: &str, values: impl IntoIterator<Item = String>) -> ColumnProfile {
    let rows = values.into_iter().map(|value| vec![Cell::Text(value)]);
    profile(&[(name, ColumnKind::Text)], rows).columns.remove(0)
}

fn name(n: i64) -> String {
    let (surnames, given) = ("王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋");
    let pick = |from: &str, n: i64| from.chars().nth(usize::try_from(n % 10).unwrap()).unwrap();
    format!("{}{}{}", pick(surnames, n), pick(given, n / 10), pick(given, n / 100))
}

fn day(n: i64) -> String {
    format!("{}-{:02}-{:02}", 1950 + n % 55, n % 12 + 1, n % 28 + 1)
}

fn citizen_number(n: i64) -> String {
    let body = format!("330106{}{:03}", day(n).replace('-', ""), n % 1000);
    format!("{body}{}", citizen::check_character(&body).unwrap())
}

fn card_number(n: i64) -> String {
    (0..10).map(|check| format!("622202{n:012}{check}")).find(|number| recognise(number).len() == 1).unwrap()
}

fn mobile(n: i64) -> String {
    format!("138{:08}", n * 7919 % 100_000_000)
}

fn travellers(count: i64) -> TableProfile {
    let text = |text: String| Cell::Text(text);
    profile(
        &FULL,
        (0..count).map(|n| {
            vec![
                Cell::Integer(100_000 + n),
                text(name(n)),
                text(citizen_number(n)),
                text(mobile(n)),
                text(format!("user{n}@example.cn")),
                text(card_number(n)),
                text(format!("浙江省杭州市西湖区文三路{}号", n + 1)),
                text(day(n)),
                text(CITIES[usize::try_from(n % 12).unwrap()].to_owned()),
                text(["PEK", "SHA", "CAN", "HGH"][usize::try_from(n % 4).unwrap()].to_owned()),
                text(format!("2025-{:02}-{:02}", n % 12 + 1, n % 28 + 1)),
                Cell::Integer(n * 1300),
            ]
        }),
    )
}

fn product(table: &TableProfile, masked: &[&str]) -> ProductCard {
    let fields = table.columns.iter().map(|column| FieldCard {
        name: column.name.clone(),
        kind: column.kind.to_string(),
        masked: masked.contains(&column.name.as_str()),
        term: String::new(),
    });
    ProductCard {
        name: "p".to_owned(),
        description: String::new(),
        source: "s".to_owned(),
        licence: String::new(),
        topic: "B0300".to_owned(),
        update_frequency: "004".to_owned(),
        tables: vec![TableCard { name: table.name.clone(), fields: fields.collect(), rows: table.rows }],
        keywords: Vec::new(),
        tags: Tags::default(),
    }
}

fn blocked(profile: &ProductProfile, card: &ProductCard) -> Vec<String> {
    let findings = profile.review(card).into_iter();
    findings.filter(|finding| finding.severity == Severity::Block).map(|finding| finding.subject).collect()
}

#[test]
fn personal_columns_of_travellers_are_found_and_no_others() {
    use PersonalKind as Kind;
    let table = travellers(2000);
    let found: Vec<_> = table.columns.iter().map(|column| (column.personal, column.basis)).collect();
    let expect = [
        None,
        Some((Kind::Name, Basis::Both)),
        Some((Kind::CitizenId, Basis::Both)),
        Some((Kind::Mobile, Basis::Both)),
        Some((Kind::Email, Basis::Values)),
        Some((Kind::BankCard, Basis::Both)),
        Some((Kind::Address, Basis::Both)),
        Some((Kind::BirthDate, Basis::Both)),
        None,
        None,
        None,
        None,
    ];
    assert_eq!(found, expect.map(|found| found.unzip()));
    let sensitive: Vec<_> = table.columns.iter().filter(|column| column.sensitive).map(|column| &column.name).collect();
    assert_eq!(sensitive, ["card_no"]);
    assert_eq!(table.security_level, SecurityLevel::Four);
    assert_eq!(table.quality.consistency, Some(1000));
}

#[test]
fn personal_values_are_found_without_a_telling_name() {
    use PersonalKind as Kind;
    let check = |make: fn(i64) -> String, expect: Option<Kind>| {
        let found = column("c1", (0..500).map(make));
        assert_eq!(found.personal, expect, "{:?}", found.patterns);
    };
    check(name, Some(Kind::Name));
    check(citizen_number, Some(Kind::CitizenId));
    check(mobile, Some(Kind::Mobile));
    check(card_number, Some(Kind::BankCard));
    check(|n| format!("user{n}@example.cn"), Some(Kind::Email));
    check(|n| format!("客户{n}来电，电话{}", mobile(n)), Some(Kind::Mobile));
    check(
        |n| {
            if n % 50 == 0 { citizen_number(n) } else { "无".to_owned() }
        },
        Some(Kind::CitizenId),
    );
    check(|n| CITIES[usize::try_from(n % 12).unwrap()].to_owned(), None);
    check(|n| format!("2026{n:014}"), None);
    check(|n| format!("622202{:010}", n * 7919), None);
    check(|n| format!("{:016x}", n * 0x9E37_79B9), None);
    check(|n| format!("{:03}.{}", n, n * 31), None);
    check(|_| "高温".to_owned(), None);
}

#[test]
fn numbers_kept_as_integers_are_found_too() {
    let columns = [("n", ColumnKind::Integer)];
    let found = profile(&columns, (0..100).map(|n| vec![Cell::Integer(mobile(n).parse().unwrap())]));
    assert_eq!(found.columns[0].personal, Some(PersonalKind::Mobile));
}

#[test]
fn what_is_masked_at_the_source_is_not_personal_by_its_name() {
    let found = column("手机号", (0..100).map(|n| format!("138****{n:04}")));
    assert_eq!((found.personal, found.share(Pattern::Masked)), (None, (100, 1000)));
    let found = column("姓名", (0..100).map(|n| format!("Li Ming {n}")));
    assert_eq!((found.personal, found.basis), (Some(PersonalKind::Name), Some(Basis::Name)));
}

#[test]
fn addresses_of_companies_are_nobodys() {
    let address = |n| format!("浙江省杭州市西湖区文三路{n}号");
    assert_eq!(column("公司地址", (0..100).map(address)).personal, None);
    assert_eq!(column("地址", (0..100).map(address)).personal, Some(PersonalKind::Address));
}

#[test]
fn pipl_51_personal_data_is_not_listed_unmasked() {
    let profile = ProductProfile { tables: vec![travellers(300)] };
    let table = &profile.tables[0];
    let personal = ["姓名", "id_number", "mobile", "contact_mail", "card_no", "住址", "birth_date"];
    let expect: Vec<_> = personal.iter().map(|field| format!("t.{field}")).collect();
    assert_eq!(blocked(&profile, &product(table, &[])), expect);
    assert_eq!(blocked(&profile, &product(table, &personal[1..])), ["t.姓名"]);
    assert_eq!(blocked(&profile, &product(table, &personal)), [""; 0]);
    let card = profile.review(&product(table, &[]));
    let of = |field: &str| card.iter().find(|finding| finding.subject == field).unwrap();
    assert!(of("t.card_no").clause.contains("第二十八条"));
    assert!(of("t.mobile").clause.contains("第五十一条"));
}

#[test]
fn the_gate_judges_the_facts_and_not_what_is_stated() {
    let mut profile = ProductProfile { tables: vec![travellers(300)] };
    let before = blocked(&profile, &product(&profile.tables[0], &[]));
    profile.tables[0].security_level = SecurityLevel::One;
    for column in &mut profile.tables[0].columns {
        (column.personal, column.basis, column.sensitive) = (None, None, false);
    }
    assert_eq!(blocked(&profile, &product(&profile.tables[0], &[])), before);
    let grades = profile.grades();
    assert_eq!((grades.security_level.as_str(), grades.personal_data), ("004", true));
}

#[test]
fn tc609_01_5_3_3_3_b_fields_unknown_to_the_profile_block() {
    let profile = ProductProfile { tables: vec![travellers(50)] };
    let columns: Vec<_> = profile.tables[0].columns.iter().map(|column| column.name.as_str()).collect();
    let mut card = product(&profile.tables[0], &columns);
    card.tables[0].fields[0].name = "else".to_owned();
    card.tables[0].rows = 51;
    assert_eq!(blocked(&profile, &card), ["t.else"]);
    let warned =
        profile.review(&card).iter().any(|finding| finding.severity == Severity::Warn && finding.subject == "t");
    assert!(warned, "the number of rows differs");
    card.tables[0].name = "u".to_owned();
    assert_eq!(blocked(&profile, &card), ["u"]);
    assert_eq!(blocked(&ProductProfile::default(), &product(&profile.tables[0], &[])), ["t"]);
}

#[test]
fn low_quality_and_few_personal_values_warn() {
    let columns = [("a", ColumnKind::Date), ("b", ColumnKind::Text), ("c", ColumnKind::Text)];
    let rows = (0..1000_i64).map(|n| {
        let note = if n % 50 == 0 { mobile(n) } else { String::from("无") };
        vec![Cell::Text(["2026/1/1", "soon"][usize::try_from(n % 2).unwrap()].to_owned()), Cell::Null, Cell::Text(note)]
    });
    let table = profile(&columns, rows);
    assert_eq!(table.columns[0].distinct_estimate, 2);
    assert_eq!(table.columns[1].nulls, 1000);
    assert_eq!(table.quality.completeness, Some(666));
    assert_eq!(table.quality.validity, Some(500));
    assert_eq!(table.quality.consistency, Some(500));
    assert!(table.quality.accuracy.is_some_and(|share| share < 700), "nearly all rows are repeated");
    assert_eq!((table.quality.timeliness, table.quality.accessibility), (None, None));
    let profile = ProductProfile { tables: vec![table] };
    assert_eq!(profile.grades().quality_level, "004");
    let findings = profile.review(&product(&profile.tables[0], &[])).into_iter();
    let warned: Vec<_> =
        findings.filter(|finding| finding.severity == Severity::Warn).map(|finding| finding.subject).collect();
    assert_eq!(warned, ["t.b", "t.c", "t"]);
}

#[test]
fn a_birth_date_that_denies_the_citizen_number_is_inconsistent() {
    let columns = [("身份证号", ColumnKind::Text), ("生日", ColumnKind::Date)];
    let table = profile(&columns, (0..100).map(|n| vec![Cell::Text(citizen_number(n)), Cell::Text(day(n + n % 2))]));
    assert_eq!(table.quality.consistency, Some(750), "100 of 100 dates in form, 50 of 100 right");
}

#[test]
fn the_serialised_profile_has_no_value_and_only_integers() {
    let profile = ProductProfile { tables: vec![travellers(100)] };
    let json = serde_json::to_value(&profile).unwrap();
    let text = json.to_string();
    for n in 0..100 {
        for value in [name(n), citizen_number(n), mobile(n), card_number(n), day(n), format!("user{n}@")] {
            assert!(!text.contains(&value), "{value}");
        }
    }
    fn check(value: &serde_json::Value) {
        match value {
            serde_json::Value::Number(number) => {
                assert!(number.as_u64().is_some_and(|n| n < 1 << 53), "{number}")
            }
            serde_json::Value::Array(items) => items.iter().for_each(check),
            serde_json::Value::Object(fields) => fields.values().for_each(check),
            _ => {}
        }
    }
    check(&json);
    assert_eq!(serde_json::from_value::<ProductProfile>(json.clone()).unwrap(), profile);
    let mut extra = json;
    extra["tables"][0]["columns"][0]["sample"] = "王伟".into();
    assert!(serde_json::from_value::<ProductProfile>(extra).is_err(), "there is no other place for a value");
}

#[test]
fn a_table_without_rows_or_with_short_rows_has_a_profile() {
    let empty = travellers(0);
    assert_eq!((empty.rows, empty.quality.grade, empty.quality.completeness), (0, QualityGrade::D, None));
    let short = profile(&[("a", ColumnKind::Integer), ("b", ColumnKind::Text)], [vec![Cell::Integer(1)], vec![]]);
    assert_eq!(short.columns.iter().map(|column| column.nulls).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(ProductProfile::default().grades(), Grades::default());
}

/// Airports of the world: public data, in which nothing is personal. `XINYU_SAMPLES` names another folder of samples.
#[test]
fn airports_have_no_personal_data() {
    let samples = std::env::var("XINYU_SAMPLES");
    let samples = samples.unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples").to_owned());
    let path = format!("{samples}/airports/airports.csv");
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        eprintln!("left out: {path} cannot be read");
        return;
    };
    let kind = |name: &str| match name {
        "elevation" | "lat" | "lon" => ColumnKind::Real,
        _ => ColumnKind::Text,
    };
    let columns: Vec<_> = reader.headers().unwrap().iter().map(|name| (name.to_owned(), kind(name))).collect();
    let columns: Vec<_> = columns.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        let cells = record.iter().zip(&columns).map(|(text, (_, kind))| match (text, kind) {
            ("", _) => Cell::Null,
            (_, ColumnKind::Real) => Cell::Real(text.parse().unwrap()),
            _ => Cell::Text(text.to_owned()),
        });
        cells.collect()
    });
    let table = profile(&columns, rows);
    for column in &table.columns {
        assert_eq!((column.personal, column.doubt()), (None, None), "{column:?}");
    }
    let icao = &table.columns[0];
    assert_eq!((table.rows, icao.distinct_estimate, icao.unique), (28_298, 28_298, true));
    let profile = ProductProfile { tables: vec![table] };
    assert_eq!(blocked(&profile, &product(&profile.tables[0], &[])), [""; 0]);
    let grades = profile.grades();
    assert_eq!((grades.security_level.as_str(), grades.personal_data), ("001", false));
    assert_eq!(grades.quality_level, "001", "{:?}", profile.tables[0].quality);
}

#[test]
fn personal_data_within_texts_is_told_and_blocks() {
    let note = |n: i64| match n % 10 {
        0 => format!("客户来电，身份证{}待补", citizen_number(n)),
        1 => format!("收款卡号{}已核对", card_number(n)),
        _ => String::from("已处理完毕，请知悉"),
    };
    let found = column("备注", (0..200).map(note));
    let inside: Vec<_> = found.inside.iter().map(|share| (share.kind, share.values, share.permille)).collect();
    assert_eq!(inside, [(Found::CitizenId, 20, 100), (Found::BankCard, 20, 100)]);
    assert!(found.personal.is_some(), "{found:?}");
    let table = profile(&[("备注", ColumnKind::Text)], (0..200).map(|n| vec![Cell::Text(note(n))]));
    let profile = ProductProfile { tables: vec![table] };
    assert_eq!(blocked(&profile, &product(&profile.tables[0], &[])), ["t.备注"]);
    let json = serde_json::to_value(&profile).unwrap();
    assert_eq!(serde_json::from_value::<ProductProfile>(json).unwrap(), profile);
}

#[test]
fn one_text_in_a_thousand_is_for_a_person_to_look_at() {
    let note =
        |n: i64| if n == 7 { format!("收款卡号{}已核对", card_number(n)) } else { "无异常".to_owned() };
    let table = profile(&[("备注", ColumnKind::Text)], (0..1000).map(|n| vec![Cell::Text(note(n))]));
    assert_eq!(table.columns[0].personal, None);
    let profile = ProductProfile { tables: vec![table] };
    let findings = profile.review(&product(&profile.tables[0], &[]));
    assert!(
        findings.iter().any(|finding| finding.severity == Severity::Warn && finding.subject == "t.备注"),
        "{findings:?}"
    );
}

fn asked(grade: Option<Grade>, columns: &[(&str, Option<PersonalKind>, &str)], reason: &str) -> Asked {
    let columns = columns.iter().map(|(name, kind, why)| ((*name).to_owned(), *kind, (*why).to_owned()));
    Asked { grade, columns: columns.collect(), reason: reason.to_owned() }
}

/// Orders whose numbers look like mobiles, and the place where the order came from.
fn orders() -> TableProfile {
    let columns = [("order_no", ColumnKind::Text), ("city", ColumnKind::Text)];
    profile(&columns, (0..200).map(|n| vec![Cell::Text(mobile(n)), Cell::Text(CITIES[0].to_owned())]))
}

#[test]
fn tc609_16_8_2_a_a_person_confirms_or_judges_otherwise_and_says_why() {
    let mut table = orders();
    assert_eq!((table.columns[0].personal, table.is_graded()), (Some(PersonalKind::Mobile), false));
    let product = product(&table, &[]);
    let gate = |table: &TableProfile| {
        let profile = ProductProfile { tables: vec![table.clone()] };
        (blocked(&profile, &product), profile.grades().security_level, profile.grades().personal_data)
    };
    assert_eq!(gate(&table), (vec!["t.order_no".to_owned()], "003".to_owned(), true));
    // Confirmed as it was found, nothing changes but that somebody stands behind it.
    assert_eq!(table.grade(&asked(None, &[], "")).unwrap(), Judged { confirmed: 2, raised: 0, lowered: 0 });
    assert_eq!((table.is_graded(), gate(&table).0.len()), (true, 1));
    // Judged to be a number of orders, it blocks no more; the reviewer is told.
    let lower = asked(None, &[("order_no", None, "订单流水号")], "");
    assert_eq!(table.grade(&lower).unwrap(), Judged { confirmed: 1, raised: 0, lowered: 1 });
    assert_eq!(gate(&table), (Vec::new(), "001".to_owned(), false));
    let told = ProductProfile { tables: vec![table.clone()] }.review(&product);
    let is_told = |one: &Finding| one.severity == Severity::Warn && one.text.zh.contains("订单流水号");
    assert!(told.iter().any(is_told), "{told:?}");
    // Judged higher than found, it blocks.
    table
        .grade(&asked(None, &[("city", Some(PersonalKind::Track), "逐人逐日"), ("order_no", None, "流水号")], ""))
        .unwrap();
    assert_eq!(gate(&table), (vec!["t.city".to_owned()], "004".to_owned(), true));
    // It travels, and what is found otherwise later is open again.
    let json = serde_json::to_value(&table).unwrap();
    assert_eq!(serde_json::from_value::<TableProfile>(json).unwrap(), table);
    let mut again = orders();
    again.keep_grading(&table);
    assert!(again.is_graded());
    let texts = (0..200).map(|n| vec![Cell::Text(format!("NO{n}")), Cell::Text(mobile(n))]);
    let mut changed = profile(&[("order_no", ColumnKind::Text), ("city", ColumnKind::Text)], texts);
    changed.keep_grading(&table);
    assert_eq!((changed.is_graded(), gate(&changed).0), (false, vec!["t.city".to_owned()]));
}

#[test]
fn tc609_16_8_2_a_what_a_person_may_not_say_changes_nothing() {
    let mut table = travellers(200);
    let before = table.clone();
    let citizen = table.columns.iter().find(|one| one.personal == Some(PersonalKind::CitizenId)).unwrap().name.clone();
    let phone = table.columns.iter().find(|one| one.personal == Some(PersonalKind::Mobile)).unwrap().name.clone();
    let long = "长".repeat(501);
    for (case, code) in [
        (asked(None, &[("nowhere", None, "x")], ""), "unknown-field"),
        (asked(None, &[(&phone, None, "x"), (&phone, None, "x")], ""), "grading"),
        (asked(None, &[(&phone, None, " ")], ""), "grading"),
        (asked(None, &[(&phone, None, &long)], ""), "grading"),
        // Two hundred right check digits are no accident.
        (asked(None, &[(&citizen, None, "流水号")], ""), "grading"),
        (asked(Some(Grade::General1), &[], "公开"), "grade-too-low"),
        (asked(Some(Grade::Important), &[], ""), "grading"),
    ] {
        let refusal = table.grade(&case).unwrap_err();
        assert_eq!((refusal.code, &table), (code, &before), "{case:?}");
    }
    table.grade(&asked(Some(Grade::Important), &[], "行业目录所列")).unwrap();
    let profile = ProductProfile { tables: vec![table.clone()] };
    assert_eq!(profile.grades().security_level, "004");
    // Forged by whoever lists, a word against check digits counts for nothing.
    let column = table.columns.iter_mut().find(|one| one.name == citizen).unwrap();
    column.judgement = Some(Judgement { found: column.finding(), personal: None, reason: "x".to_owned() });
    assert_eq!(column.settled(), Some(PersonalKind::CitizenId));
    table.grade(&asked(Some(Grade::Core), &[], "涉密")).unwrap();
    let profile = ProductProfile { tables: vec![table.clone()] };
    let masked: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(blocked(&profile, &product(&table, &masked)), ["security_level"]);
}

#[test]
fn a_profile_made_before_texts_were_read_still_parses() {
    let mut json = serde_json::to_value(ProductProfile { tables: vec![travellers(10)] }).unwrap();
    json["tables"][0]["columns"][0].as_object_mut().unwrap().remove("inside");
    assert!(serde_json::from_value::<ProductProfile>(json).is_ok());
}
