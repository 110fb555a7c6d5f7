//! A catalogue with everything in it for the tools of the formats' makers to judge. `cargo xtask interop metadata` says where.

use serde_json::json;

use super::*;
use crate::metadata::{Description, Distribution, Frequency, Phrase, Publisher};

fn phrase(zh: &str, en: &str) -> Phrase {
    Phrase { zh: zh.to_owned(), en: en.to_owned() }
}

pub(super) fn about() -> About {
    let said = |text: &str| Some(text.to_owned());
    About {
        id: said("https://space.example.org/catalogue"),
        title: phrase("示例空间数据目录", "Catalogue of a data space"),
        description: phrase("空间内的数据产品", "Data products of the space"),
        publisher: Some(Publisher {
            name: "示例运营方".to_owned(), identifier: said("https://space.example.org/")
        }),
        page: said("https://space.example.org/about"),
        licence: said("https://creativecommons.org/licenses/by/4.0/"),
        issued: said("2026-01-01"),
        modified: said("2026-11-28T08:00:00Z"),
        participant_id: None,
    }
}

/// Records: one with a service, one with files, one that says next to nothing.
pub(super) fn records() -> Vec<Record> {
    let said = |text: &str| Some(text.to_owned());
    let whole = Description {
        title: phrase("港口吞吐量", "Throughput of ports"),
        description: phrase("每日吞吐量 <script>alert(1)</script>", "By day"),
        keywords: vec!["港口".to_owned()],
        topic: said("B0300"),
        themes: vec!["http://publications.europa.eu/resource/authority/data-theme/TRAN".to_owned()],
        publisher: Some(Publisher { name: "示例港务".to_owned(), identifier: said("91350100M000100Y43") }),
        source: said("自行采集"),
        licence: said("按合约使用"),
        frequency: Some(Frequency::Daily),
        version: said("3"),
        issued: said("2026-10-01"),
        modified: said("2026-11-28T08:00:00Z"),
        identifiers: vec!["691350100M000100Y433501A1B2C3D47".to_owned()],
        page: said("https://space.example.org/products/1"),
        ..Description::default()
    };
    let file = Distribution {
        title: phrase("", "one file"),
        format: said("CSV"),
        media_type: said("text/csv"),
        bytes: Some(1234),
        address: said("https://data.example.org/ships.csv"),
        ..Distribution::default()
    };
    let files = Description {
        title: phrase("船舶", ""),
        description: phrase("船舶名录", ""),
        identifiers: vec!["https://data.example.org/ships".to_owned()],
        distributions: vec![file],
        frequency: Some(Frequency::Irregular),
        ..Description::default()
    };
    let service = Service {
        id: said("urn:uuid:0b0a4b3e-0000-4000-8000-000000000001"),
        address: "https://data.example.org/dsp".to_owned(),
        format: said("HttpData-PULL"),
    };
    let registration = Registration {
        catalog_type: said("PRODUCT"),
        delivery_mode: said("002"),
        quality_level: said("001"),
        security_level: said("002"),
        ..Registration::default()
    };
    let parts = |description| record::Parts { description, ..record::Parts::default() };
    let of = |key: &str, parts| Record::of(key.to_owned(), None, parts, Losses::default());
    let bare = Description { identifiers: vec!["bare/1 号".to_owned()], ..Description::default() };
    vec![
        of("691350100M000100Y433501A1B2C3D47", record::Parts { services: vec![service], registration, ..parts(whole) }),
        of("https://data.example.org/ships", parts(files)),
        of("bare/1 号", parts(bare)),
    ]
}

#[test]
fn a_catalogue_of_dcat_ap_for_its_judges() {
    let (about, records) = (about(), records());
    let next = Some(("https://space.example.org/catalogue?page=1", "https://space.example.org/catalogue?page=2"));
    let catalogue = Catalogue { about: &about, records: &records, total: 4, next };
    let written = write(named("dcat"), &catalogue).unwrap();
    if let Some(folder) = std::env::var_os("XINYU_METADATA").map(std::path::PathBuf::from) {
        std::fs::write(folder.join("dcat-catalogue"), &written.bytes).unwrap();
    }
    let lost: Vec<&str> = written.lost.iter().map(|loss| loss.path.as_str()).collect();
    let registered = ["catalogType", "deliveryMode", "qualityLevel", "securityLevel"]
        .map(|name| format!("/records/0/registration/{name}"));
    assert_eq!(
        lost,
        [registered.as_slice(), &["/records/2/title".to_owned(), "/records/2/description".to_owned()]].concat()
    );
    let from = From { address: Some("https://space.example.org/catalogue?page=1"), offset: 0 };
    let read = read(named("dcat"), &written.bytes, &from).unwrap();
    assert_eq!(read.next, Some(Next::Address("https://space.example.org/catalogue?page=2".to_owned())));
    assert_eq!((&read.about, &read.lost, &read.faults), (&about, &vec![], &vec![]));
    for (read, own) in read.records.iter().zip(&records) {
        assert_eq!(
            (&read.key, &read.modified, &read.services, &read.lost),
            (&own.key, &own.modified, &own.services, &vec![])
        );
    }
    assert_eq!(read.records[0].description, records[0].description);
    assert_eq!(read.records[1].digest, records[1].digest);
    let head = recognise(&written.bytes);
    assert_eq!(head[0].format, "dcat");
    // Somebody else's word for the same.
    assert_ne!(json!(read.records[0].digest), json!(read.records[1].digest));
}
