//! Catalogues of others, and ours read again.

mod bad_input;
mod makers;
mod round_trip;

use serde_json::json;

use super::*;

pub(super) fn named(name: &str) -> &'static Format {
    format(name).unwrap()
}

fn page(name: &str, document: &Value) -> Page {
    let from = From { address: Some("https://a.example/catalogue?page=1"), offset: 0 };
    read(named(name), document.to_string().as_bytes(), &from).unwrap()
}

fn keys(page: &Page) -> Vec<&str> {
    page.records.iter().map(|record| record.key.as_str()).collect()
}

#[test]
fn dcat_with_a_graph_services_records_and_a_next_page() {
    let document = json!({
        "@context": { "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/" },
        "@graph": [
            { "@id": "https://a.example/c", "@type": "dcat:Catalog", "dct:title": [{ "@language": "zh", "@value": "市数据目录" }],
              "dct:publisher": { "@id": "https://a.example/org" }, "dcat:dataset": [{ "@id": "https://a.example/1" }, { "@id": "https://a.example/2" }],
              "http://www.w3.org/ns/hydra/core#view": { "@id": "https://a.example/catalogue?page=1", "@type": "http://www.w3.org/ns/hydra/core#PartialCollectionView",
                "http://www.w3.org/ns/hydra/core#next": { "@id": "/catalogue?page=2" } } },
            { "@id": "https://a.example/org", "@type": "foaf:Agent", "foaf:name": "示例局" },
            { "@id": "https://a.example/1", "@type": "dcat:Dataset", "dct:title": "Ports", "dct:publisher": { "@id": "https://a.example/org" },
              "dct:modified": "2026-11-01", "dcat:distribution": { "@type": "dcat:Distribution", "dcat:downloadURL": { "@id": "https://a.example/1.csv" } } },
            { "@id": "https://a.example/2", "@type": ["dcat:Dataset"], "dct:title": "Ships", "dct:spatial": "here",
              "dcat:landingPage": { "@id": "https://a.example/2.html", "@type": "foaf:Document" } },
            { "@id": "https://a.example/r2", "@type": "dcat:CatalogRecord", "foaf:primaryTopic": { "@id": "https://a.example/2" }, "dct:modified": "2026-11-27T08:00:00Z" },
            { "@id": "https://a.example/s", "@type": "dcat:DataService", "dcat:endpointURL": { "@id": "https://a.example/api" }, "dcat:servesDataset": [{ "@id": "https://a.example/2" }] },
            { "@id": "https://a.example/x", "@type": "foaf:Person", "foaf:name": "nobody" },
        ],
    });
    let read = page("dcat", &document);
    assert_eq!(keys(&read), ["https://a.example/1", "https://a.example/2"]);
    assert_eq!(read.about.title.zh, "市数据目录");
    assert_eq!(read.about.publisher.as_ref().map(|publisher| publisher.name.as_str()), Some("示例局"));
    assert_eq!(read.next, Some(Next::Address("https://a.example/catalogue?page=2".to_owned())));
    assert_eq!(read.records[0].publisher().unwrap().name, "示例局");
    assert_eq!(read.records[0].modified, Some("2026-11-01T00:00:00Z".parse().unwrap()));
    assert_eq!(read.records[0].access().collect::<Vec<_>>(), ["https://a.example/1.csv"]);
    assert_eq!(read.records[1].landing(), Some("https://a.example/2.html"));
    assert_eq!(read.records[1].modified, Some("2026-11-27T08:00:00Z".parse().unwrap()));
    assert_eq!(read.records[1].services[0].address, "https://a.example/api");
    assert_eq!(
        read.records[1].lost.iter().map(|loss| loss.path.as_str()).collect::<Vec<_>>(),
        ["/@graph/3/dct:spatial"]
    );
    assert_eq!(read.lost.iter().map(|loss| loss.path.as_str()).collect::<Vec<_>>(), ["/@graph/6"]);
    // The references of the catalogue to its data sets are no records of their own.
    assert_eq!(read.faults, []);
}

#[test]
fn dsp_in_its_spellings_with_offers_and_services() {
    let new = json!({
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@id": "urn:uuid:c", "@type": "Catalog", "participantId": "did:web:a.example",
        "service": [{ "@id": "urn:uuid:s", "@type": "DataService", "endpointURL": "https://a.example/dsp" }],
        "dataset": [{ "@id": "p1", "@type": "Dataset", "title": "港口吞吐量", "keyword": ["港口"], "theme": "B0300",
            "hasPolicy": [{ "@id": "o:1", "@type": "Offer", "permission": [{ "action": "use" }] }],
            "distribution": [{ "@type": "Distribution", "format": "HttpData-PULL", "accessService": "urn:uuid:s" }] }],
    });
    let old = json!({
        "@context": { "@vocab": "https://w3id.org/edc/v0.0.1/ns/", "dcat": "http://www.w3.org/ns/dcat#", "odrl": "http://www.w3.org/ns/odrl/2/",
            "dspace": "https://w3id.org/dspace/v0.8/", "dct": "http://purl.org/dc/terms/" },
        "@id": "c", "@type": "dcat:Catalog", "dspace:participantId": "provider", "dcat:service": { "@id": "s", "@type": "dcat:DataService", "dcat:endpointURL": "https://a.example/dsp" },
        "dcat:dataset": { "@id": "p1", "@type": "dcat:Dataset", "id": "p1", "name": "港口吞吐量", "odrl:hasPolicy": { "@id": "b2ZmZXI=", "@type": "odrl:Offer", "odrl:permission": [] },
            "dcat:distribution": [{ "@type": "dcat:Distribution", "dct:format": { "@id": "HttpData-PULL" },
                "dcat:accessService": { "@id": "s", "@type": "dcat:DataService", "dcat:endpointURL": "https://a.example/dsp" } }] },
    });
    for document in [&new, &old] {
        let read = page("dsp", document);
        let record = &read.records[0];
        assert_eq!((record.key.as_str(), record.description.title.zh.as_str()), ("p1", "港口吞吐量"));
        assert_eq!(record.offers.len(), 1);
        assert_eq!(record.services[0].address, "https://a.example/dsp");
        assert_eq!(record.services[0].format.as_deref(), Some("HttpData-PULL"));
        assert_eq!(record.description.distributions, []);
        assert!(read.about.participant_id.is_some());
        assert_eq!(
            (read.faults.len(), record.lost.len(), read.lost.len()),
            (0, 0, 0),
            "{:?} {:?}",
            record.lost,
            read.lost
        );
        assert_eq!(recognise(document.to_string().as_bytes())[0].format, "dsp");
    }
    assert_eq!(page("dsp", &new).records[0].description.topic.as_deref(), Some("B0300"));
    // A connector gives an offer another identifier with every answer.
    let mut other = new.clone();
    other["dataset"][0]["hasPolicy"][0]["@id"] = json!("o:2");
    let digest = |document: &Value| page("dsp", document).records[0].digest.clone();
    assert_eq!(digest(&new), digest(&other));
    other["dataset"][0]["hasPolicy"][0]["permission"] = json!([]);
    assert_ne!(digest(&new), digest(&other));
}

#[test]
fn edc_says_an_asset_anew_with_every_answer_and_it_is_the_same() {
    // As EDC 0.15 answers: names of its own context, and other identifiers of services and offers each time.
    let answer = |time: &str, format: &str| {
        let service = |at: u8| {
            json!({ "@id": format!("{time}-{at}"), "@type": "DataService", "endpointDescription": "dspace:connector",
                "endpointURL": "https://a.example/api/dsp/2025-1" })
        };
        let by =
            |format: &str, at: u8| json!({ "@type": "Distribution", "format": format, "accessService": service(at) });
        json!({
            "@context": ["https://w3id.org/dspace/2025/1/context.jsonld", "https://w3id.org/edc/dspace/v0.0.1"], "@id": time, "@type": "Catalog",
            "participantId": "provider", "service": [service(0)],
            "dataset": [{ "@id": "meter", "@type": "Dataset", "id": "meter", "edc:name": "用电量", "description": "逐月用电量", "edc:contenttype": "text/csv",
                "hasPolicy": [{ "@id": format!("bWV0ZXI=:{time}"), "@type": "Offer", "permission": [{ "action": "use" }] }],
                "distribution": [by("HttpData-PULL", 1), by(format, 2)] }],
        })
    };
    let read = page("dsp", &answer("1", "HttpData-PUSH"));
    let (record, description) = (&read.records[0], &read.records[0].description);
    assert_eq!((record.key.as_str(), description.title.zh.as_str()), ("meter", "用电量"));
    assert_eq!(description.description.zh, "逐月用电量");
    let ways: Vec<_> = record.services.iter().map(|one| (one.address.as_str(), one.format.as_deref())).collect();
    let address = "https://a.example/api/dsp/2025-1";
    assert_eq!(ways, [(address, Some("HttpData-PULL")), (address, Some("HttpData-PUSH"))]);
    let lost: Vec<&str> = record.lost.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!((lost, read.faults.len()), (vec!["/dcat:dataset/0/edc:contenttype"], 0));
    let digest = |document: &Value| page("dsp", document).records[0].digest.clone();
    assert_eq!(record.digest, digest(&answer("2", "HttpData-PUSH")));
    assert_ne!(record.digest, digest(&answer("2", "AmazonS3-PUSH")));
}

#[test]
fn ckan_by_search_and_by_list() {
    let package = |id: &str, state: &str| json!({ "id": id, "name": "n", "title": "T", "state": state, "resources": [{ "url": "https://a.example/x.csv" }], "metadata_modified": "2026-11-27T08:00:00.123456" });
    let search = json!({ "help": "", "success": true, "result": { "count": 5, "sort": "", "facets": {}, "results": [package("a", "active"), package("b", "draft"), 7] } });
    let read = page("ckan", &search);
    assert_eq!(
        (keys(&read), read.passed, read.total, read.next.clone()),
        (vec!["a"], 1, Some(5), Some(Next::Offset(3)))
    );
    assert_eq!(read.faults[0].place, "/result/results/2");
    assert_eq!(read.records[0].modified, Some("2026-11-27T08:00:00.123456Z".parse().unwrap()));
    assert_eq!(recognise(search.to_string().as_bytes())[0].format, "ckan");
    let list = json!({ "success": true, "result": [package("a", "active")] });
    assert_eq!(page("ckan", &list).next, Some(Next::Offset(1)));
    assert_eq!(page("ckan", &json!({ "success": true, "result": [] })).next, None);
    assert_eq!(recognise(list.to_string().as_bytes())[0].format, "ckan");
    let failed = json!({ "success": false, "error": { "message": "geheim" } });
    let rejection = super::read(named("ckan"), failed.to_string().as_bytes(), &From::default()).unwrap_err();
    assert!(!rejection.to_string().contains("geheim"));
}

#[test]
fn ndi_06_codes_are_read_by_number_and_by_name() {
    let answer = json!({ "code": "10000", "message": "成功", "data": { "total": "3", "resultData": [
        { "productId": "691350100M000100Y433501A1B2C3D47", "productName": "港口吞吐量", "dscription": "每日吞吐量", "catalogType": "数据产品",
          "topicCategory": "B0300", "applicationCategory": "U0300", "sourceType": "001", "deliveryMode": "API产品", "updateFrequency": "002", "qualityLevel": "A级",
          "securityLevel": "002", "serviceType": "002", "providerId": "91350100M000100Y43", "providerName": "示例港务", "createTime": "20261101080000",
          "updateTime": "2026-11-28 08:00:00", "status": "已发布" },
        { "id": "2", "name": "B", "description": "b", "qualityLevel": "005", "applicationCategory": "X1", "further": 1 },
        { "productName": "nameless" } ] } });
    let read = page("ndi-06", &answer);
    assert_eq!(keys(&read), ["691350100M000100Y433501A1B2C3D47", "2"]);
    let first = &read.records[0];
    let codes =
        [&first.registration.catalog_type, &first.registration.delivery_mode, &first.registration.quality_level];
    assert_eq!(codes.map(|code| code.as_deref().unwrap()), ["PRODUCT", "002", "001"]);
    assert_eq!(first.description.issued.as_deref(), Some("2026-11-01T00:00:00Z"));
    assert_eq!(first.lost, []);
    let lost: Vec<&str> = read.records[1].lost.iter().map(|loss| loss.path.as_str()).collect();
    let at = "/data/resultData/1";
    assert_eq!(lost, [format!("{at}/applicationCategory"), format!("{at}/qualityLevel"), format!("{at}/further")]);
    assert_eq!((read.faults[0].place.as_str(), read.next), ("/data/resultData/2", None));
    assert_eq!(recognise(answer.to_string().as_bytes())[0].format, "ndi-06");
    let failed = json!({ "code": "13000", "message": "x", "data": {} });
    assert!(super::read(named("ndi-06"), failed.to_string().as_bytes(), &From::default()).is_err());
}

#[test]
fn a_link_in_a_header_is_followed_within_its_origin() {
    let here = Some("https://a.example/dsp/catalog");
    let next = |header: &str| Next::of_header(header, here);
    let there = Some(Next::Address("https://a.example/dsp/catalog?page=2".to_owned()));
    assert_eq!(next("<https://a.example/dsp/catalog?page=2>; rel=\"next\""), there);
    assert_eq!(next("<https://a.example/1>; rel=\"prev\", <?page=2>; title=\"a\"; rel=next"), there);
    assert_eq!(next("<https://a.example/1>; rel=\"prev\""), None);
    assert_eq!(next(""), None);
    for other in [
        "https://b.example/",
        "http://a.example/",
        "https://a.example:8443/",
        "https://u:p@a.example/",
        "javascript:1",
        "file:///etc/passwd",
        "//b.example/x",
    ] {
        assert_eq!(next(&format!("<{other}>; rel=next")), Some(Next::Refused), "{other}");
    }
    // The page itself is no next one.
    assert_eq!(next("<catalog>; rel=next"), Some(Next::Refused));
    assert_eq!(Next::of_link("https://a.example/2", None), Next::Refused);
}
