//! What is written is read again, but for what was reported.

use proptest::prelude::*;
use xinyu_protocol::tc609::catalog::CatalogEntry;

use super::makers;
use super::*;
use crate::metadata::{Description, Distribution, Frequency, Phrase, Publisher};

fn words() -> BoxedStrategy<String> {
    prop::sample::select(vec![
        "",
        "Orders",
        "客户订单",
        "<script>alert(1)</script>",
        "a \"b\" \\ d",
        "first\nsecond",
        "x & y 50%",
    ])
    .prop_map(str::to_owned)
    .boxed()
}

fn option(values: &'static [&'static str]) -> BoxedStrategy<Option<String>> {
    prop::option::of(prop::sample::select(values)).prop_map(|said| said.map(str::to_owned)).boxed()
}

fn registration() -> BoxedStrategy<Registration> {
    (
        option(&["PRODUCT", "RESOURCE"]),
        option(&["001", "004"]),
        option(&["S0100", "V0400"]),
        option(&["已发布"]),
        option(&["91350100M000100Y43"]),
        option(&["691350100M000100Y433501A1B2C3D47"]),
    )
        .prop_map(|(catalog_type, code, application, status, provider_id, registration_code)| Registration {
            catalog_type,
            quality_level: code.clone(),
            security_level: code.clone(),
            source_type: code.clone(),
            delivery_mode: code,
            application,
            status,
            provider_id,
            registration_code,
            ..Registration::default()
        })
        .boxed()
}

fn record() -> BoxedStrategy<Record> {
    let frequency =
        prop::option::of(prop::sample::select(vec![Frequency::Daily, Frequency::Never, Frequency::RealTime]));
    let publisher = prop::option::of((
        prop::sample::select(vec!["示例公司", "Example"]),
        option(&["https://p.example/", "91350100M000100Y43"]),
    ));
    let file = (words(), option(&["CSV", "自定义"]), option(&["https://data.example/a.csv", "b/c.csv"]));
    (
        (prop::sample::select(vec!["https://a.example/1", "urn:x:2", "三", "p/4 ?&=+%"]), words(), words(), words()),
        (option(&["B0300"]), frequency, publisher, option(&["2026-11-28", "2026-11-28T08:00:00Z"])),
        prop::collection::vec(file, 0..3),
        registration(),
    )
        .prop_map(|((key, zh, en, text), (topic, frequency, publisher, modified), files, registration)| {
            let file = |(title, format, address): (String, Option<String>, Option<String>)| Distribution {
                title: Phrase::of(title),
                format,
                address,
                ..Distribution::default()
            };
            let publisher = publisher.map(|(name, identifier)| Publisher { name: name.to_owned(), identifier });
            let description = Description {
                title: Phrase { zh, en },
                description: Phrase::of(text),
                topic,
                frequency,
                publisher,
                modified,
                identifiers: vec![key.to_owned()],
                distributions: files.into_iter().map(file).collect(),
                ..Description::default()
            };
            Record::of(
                key.to_owned(),
                None,
                record::Parts { description, registration, ..record::Parts::default() },
                Losses::default(),
            )
        })
        .boxed()
}

/// Whether a member may come back otherwise, since something at it was reported.
fn is_told(lost: &[Loss], member: &str) -> bool {
    lost.iter().any(|loss| loss.path.starts_with(&format!("/records/0{member}")))
}

fn check(format: &str, record: &Record) {
    let about = About::default();
    let records = std::slice::from_ref(record);
    let written = write(named(format), &Catalogue { about: &about, records, total: 1, next: None }).unwrap();
    let page = read(named(format), &written.bytes, &From::default()).unwrap();
    assert_eq!((page.faults.len(), page.lost.len(), page.records.len()), (0, 0, 1), "{:?}", page.lost);
    let back = &page.records[0];
    assert_eq!((&back.key, &back.lost), (&record.key, &vec![]));
    let (own, other) = (serde_json::to_value(record).unwrap(), serde_json::to_value(back).unwrap());
    for group in ["description", "registration"] {
        let empty = serde_json::Map::new();
        let members = |value: &Value| value[group].as_object().unwrap_or(&empty).clone();
        let (own, other) = (members(&own), members(&other));
        for (name, value) in &own {
            let place = if group == "description" { format!("/{name}") } else { format!("/registration/{name}") };
            assert!(
                other.get(name) == Some(value) || is_told(&written.lost, &place),
                "{format} {place}: {value} {:?} {:?}",
                other.get(name),
                written.lost
            );
        }
        for name in other.keys().filter(|name| !own.contains_key(*name)) {
            // NDI-06 knows no entry without a kind, and no provider without a name.
            let is_filled = (format == "ndi-06" && ["catalogType", "providerId", "publisher"].contains(&name.as_str()))
                || is_told(&written.lost, &format!("/{name}"));
            assert!(is_filled, "{format} {name}: {:?}", other.get(name));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn what_is_written_is_read_again_but_for_what_was_told(record in record()) {
        for format in FORMATS.iter().filter(|format| format.write.is_some()) {
            check(format.name, &record);
        }
    }
}

#[test]
fn ndi_06_says_a_listed_product() {
    let entry: CatalogEntry = serde_json::from_value(serde_json::json!({
        "productId": "691350100M000100Y433501A1B2C3D47", "spaceId": "space-1", "providerId": "91350100M000100Y43", "providerName": "示例港务",
        "connectorId": "591350100M000100Y433501A1B2C3D4T", "policies": [], "revenue": { "baseFen": 0, "perUseFen": 0, "shares": [] }, "term": "P1Y", "qualityLevel": "001", "securityLevel": "002",
        "personalData": false, "version": 2,
        "product": { "name": "港口吞吐量", "description": "每日", "source": "自行采集", "licence": "合约", "topic": "B0300", "updateFrequency": "002", "tables": [], "keywords": ["港口"] },
    }))
    .unwrap();
    let record = Record::of_entry(&entry, Some("2026-11-28T08:00:00Z".parse().unwrap()));
    let about = makers::about();
    let catalogue = Catalogue { about: &about, records: std::slice::from_ref(&record), total: 1, next: None };
    let written = write(named("ndi-06"), &catalogue).unwrap();
    let lost: Vec<&str> = written.lost.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(lost, ["/records/0/keywords", "/records/0/source", "/records/0/licence", "/about"]);
    let back = &read(named("ndi-06"), &written.bytes, &From::default()).unwrap().records[0];
    assert_eq!((&back.registration, back.modified), (&record.registration, record.modified));
    assert_eq!(back.description.publisher, record.description.publisher);
}
