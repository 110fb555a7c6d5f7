//! What strangers send: one bad record is told by its place, and the others come over.

use serde_json::json;

use super::*;

#[test]
fn a_broken_record_does_not_spoil_the_others() {
    let set =
        |id: &str| json!({ "@id": id, "@type": "dcat:Dataset", "dct:title": "<script>alert(1)</script>\u{202e}\u{7}" });
    let document = json!({ "@type": "dcat:Catalog", "dcat:dataset": [
        set("https://a.example/1"), 7, { "dct:title": "nameless" }, set("https://a.example/1"), { "@id": "https://a.example/elsewhere" },
        set(&format!("https://a.example/{}", "x".repeat(2_000))), set("https://a.example/2"), null ] });
    let read = page("dcat", &document);
    assert_eq!(keys(&read), ["https://a.example/1", "https://a.example/2"]);
    let places: Vec<&str> = read.faults.iter().map(|fault| fault.place.as_str()).collect();
    assert_eq!(places, [1, 2, 3, 4, 5].map(|at| format!("/dcat:dataset/{at}")));
    // Markup stays text, what is not seen goes.
    assert_eq!(read.records[0].description.title.en, "<script>alert(1)</script>");
    assert!(read.records[0].lost.iter().any(|loss| loss.path.ends_with("/dct:title")));
}

#[test]
fn long_texts_and_lists_are_cut_and_told() {
    let words: Vec<String> = (0..500).map(|at| format!("k{at}")).collect();
    let words = [vec!["港".repeat(600)], words].concat();
    let document = json!({ "@type": "dcat:Catalog", "dcat:dataset": [{ "@id": "urn:x:1", "@type": "dcat:Dataset", "dct:title": "港".repeat(5_000),
        "dct:description": "a".repeat(50_000), "dcat:keyword": words, "odrl:hasPolicy": [{ "x": "y".repeat(300_000) }] }] });
    let record = &page("dcat", &document).records[0];
    assert_eq!(record.description.title.zh.chars().count(), 1_000);
    assert_eq!((record.description.description.en.len(), record.description.keywords.len()), (20_000, 200));
    assert_eq!((record.description.keywords[0].chars().count(), record.offers.len()), (500, 0));
    let lost: Vec<&str> = record.lost.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(lost, ["/title", "/description", "/keywords", "/keywords", "/offers"]);
}

#[test]
fn more_records_than_are_read_end_the_reading() {
    let sets: Vec<Value> = (0..=MAX_RECORDS)
        .map(|at| json!({ "@id": format!("urn:x:{at}"), "@type": "dcat:Dataset", "dct:title": "a" }))
        .collect();
    let read = page("dcat", &json!({ "@type": "dcat:Catalog", "dcat:dataset": sets }));
    assert_eq!((read.records.len(), read.next), (MAX_RECORDS, Some(Next::Refused)));
    let packages = vec![json!({ "id": "x", "resources": [] }); MAX_RECORDS + 1];
    let read = page("ckan", &json!({ "success": true, "result": { "count": 1, "results": packages } }));
    assert_eq!(read.next, Some(Next::Refused));
}

#[test]
fn a_next_page_elsewhere_is_refused() {
    for next in ["https://b.example/2", "http://a.example/2", "https://x:y@a.example/2", "javascript:alert(1)"] {
        let document = json!({ "@type": "dcat:Catalog", "dcat:dataset": [], "hydra:view": { "@id": "v", "hydra:next": { "@id": next } } });
        assert_eq!(page("dcat", &document).next, Some(Next::Refused), "{next}");
    }
    let old = json!({ "@type": ["dcat:Catalog", "hydra:PagedCollection"], "dcat:dataset": [], "hydra:nextPage": "https://a.example/catalogue?page=2" });
    assert_eq!(page("dcat", &old).next, Some(Next::Address("https://a.example/catalogue?page=2".to_owned())));
}

#[test]
fn references_that_multiply_stay_references() {
    let mut graph: Vec<Value> = (0..40)
        .map(|at| json!({ "@id": format!("n:{at}"), "dct:isPartOf": vec![json!({ "@id": format!("n:{}", at + 1) }); 12] }))
        .collect();
    graph
        .push(json!({ "@id": "urn:x:1", "@type": "dcat:Dataset", "dct:title": "a", "dct:isPartOf": { "@id": "n:0" } }));
    graph.push(json!({ "@id": "urn:x:2", "@type": "dcat:Dataset", "dct:title": "b" }));
    let read = page("dcat", &json!({ "@graph": graph }));
    assert_eq!(keys(&read), ["urn:x:1", "urn:x:2"]);
    assert_eq!(read.records[0].description.title.en, "a");
    assert!(read.records[0].lost.iter().any(|loss| loss.manner == crate::metadata::Manner::Changed));
}

#[test]
fn credentials_do_not_come_over() {
    let document = json!({ "@type": "Catalog", "participantId": "p", "service": [{ "@id": "s", "@type": "DataService", "endpointURL": "https://u:geheim@a.example/dsp?token=geheim" }],
        "dataset": [{ "@id": "1", "@type": "Dataset", "hasPolicy": [], "contactPoint": { "email": "geheim" }, "distribution": [{ "format": "f", "accessService": "s" }] }] });
    let read = page("dsp", &document);
    assert_eq!(read.records[0].services[0].address, "https://a.example/dsp");
    assert!(!serde_json::to_string(&read).unwrap().contains("geheim"));
}

#[test]
fn other_things_than_catalogues_are_refused() {
    for format in FORMATS {
        for bytes in [
            b"[]".as_slice(),
            b"{}",
            b"null",
            b"\"x\"",
            b"",
            b"{",
            b"{\"data\": 7}",
            b"{\"success\": true, \"result\": 7}",
        ] {
            let rejection = super::super::read(format, bytes, &From::default()).unwrap_err();
            assert_eq!(rejection.code, "unreadable-metadata", "{}", format.name);
            assert!(rejection.text.zh != rejection.text.en);
            assert_eq!(recognise(bytes), []);
        }
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(super::super::read(format, deep.as_bytes(), &From::default()).is_err());
        assert_eq!(
            super::super::read(format, &vec![b' '; MAX_BYTES + 1], &From::default()).unwrap_err().code,
            "catalogue-too-large"
        );
    }
    assert_eq!(format("xml").unwrap_err().code, "unknown-catalogue-format");
    let nothing = Catalogue { about: &About::default(), records: &[], total: 0, next: None };
    assert_eq!(write(named("ckan"), &nothing).unwrap_err().code, "catalogue-is-only-read");
}

#[test]
fn what_others_write_never_brings_the_reader_down() {
    let seeds = [
        r#"{"@type":"dcat:Catalog","dcat:dataset":[{"@id":"urn:x:1","dct:title":"a","dcat:distribution":{"dcat:accessService":{"@id":"s"}}}],"hydra:next":"x"}"#,
        r#"{"success":true,"result":{"count":2,"results":[{"id":"a","resources":[{"url":"x"}]}]}}"#,
        r#"{"code":"10000","data":{"total":"2","resultData":[{"productId":"a","updateTime":"2026-11-28 08:00:00"}]}}"#,
    ];
    for seed in seeds {
        for at in 0..seed.len() {
            for byte in [0, b'"', b'[', b'7', 0xff] {
                let mut bytes = seed.as_bytes().to_vec();
                bytes[at] = byte;
                for format in FORMATS {
                    let _ = super::super::read(format, &bytes, &From::default());
                    let _ = super::super::read(format, &bytes[..at], &From::default());
                }
                let _ = recognise(&bytes);
            }
        }
    }
}
