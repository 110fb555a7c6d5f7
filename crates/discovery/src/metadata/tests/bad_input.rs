//! What strangers send: each is refused in both languages, or read with a word about what was done to it; no value of it comes back in a report.

use super::*;

fn refused(format: &str, bytes: &[u8], part: &str) {
    let rejection = read(named(format), bytes).unwrap_err();
    let text = format!("{} {}", rejection.text.zh, rejection.text.en);
    assert!(text.contains(part), "{text}");
    assert!(!rejection.text.zh.is_empty() && rejection.text.zh != rejection.text.en);
}

const PACKAGE: &str = r#"{"title": "客户订单", "resources": [{"name": "a", "path": "a.csv"}]}"#;

#[test]
fn encodings_are_read_and_named() {
    let gbk = encoding_rs::GBK.encode(PACKAGE).0.into_owned();
    let little: Vec<u8> = PACKAGE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = PACKAGE.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let rare = PACKAGE.replace("客户", "𠀀");
    let gb18030 = encoding_rs::GB18030.encode(&rare).0.into_owned();
    for (bytes, title, name) in [
        (PACKAGE.as_bytes().to_vec(), "客户订单", "UTF-8"),
        ([b"\xef\xbb\xbf", PACKAGE.as_bytes()].concat(), "客户订单", "UTF-8"),
        (gbk, "客户订单", "GBK"),
        (little.clone(), "客户订单", "UTF-16LE"),
        ([b"\xff\xfe".as_slice(), &little].concat(), "客户订单", "UTF-16LE"),
        ([b"\xfe\xff".as_slice(), &big].concat(), "客户订单", "UTF-16BE"),
        (gb18030, "𠀀订单", "GB18030"),
    ] {
        let read = read(named("frictionless"), &bytes).unwrap();
        assert_eq!((read.description.title.zh.as_str(), read.encoding.name()), (title, name));
        assert_eq!(recognise("datapackage.json", &bytes)[0].format, "frictionless", "{name}");
    }
    refused("frictionless", b"{\"title\": \"\xff\xff\"}", "GB18030");
    refused("frictionless", &[b"\xff\xfe".as_slice(), &little[..little.len() - 1]].concat(), "UTF-16LE");
    // The error names what the bytes were taken for.
    refused("frictionless", &encoding_rs::GBK.encode("{\"订单\": ").0, "GBK");
}

#[test]
fn depth_size_and_names_twice_are_refused() {
    let deep = format!("{{\"a\": {}1{}, \"resources\": []}}", "[".repeat(100_000), "]".repeat(100_000));
    refused("frictionless", deep.as_bytes(), "64");
    refused("ckan", br#"{"title": "a", "title": "b", "resources": []}"#, "/title");
    refused("dcat", br#"{"@type": "dcat:Dataset"} {}"#, "");
    refused("dcat", &vec![b' '; MAX_BYTES + 1], "16777216");
    refused(
        "sql",
        format!("CREATE TABLE t (a INT CHECK ({}1{}))", "(".repeat(5_000), ")".repeat(5_000)).as_bytes(),
        "CREATE TABLE",
    );
    // Two nodes that hold each other twice: the way through them doubles with every step.
    let bomb: Vec<String> = (0..40)
        .map(|at| {
            format!(
                r#"{{"@id": "n:{at}", "dct:isPartOf": [{}]}}"#,
                vec![format!(r#"{{"@id": "n:{}"}}"#, at + 1); 12].join(",")
            )
        })
        .collect();
    let bomb = format!(
        r#"{{"@graph": [{{"@id": "d:1", "@type": "dcat:Dataset", "dct:isPartOf": {{"@id": "n:0"}}}}, {}]}}"#,
        bomb.join(",")
    );
    refused("dcat", bomb.as_bytes(), "multiply");
}

#[test]
fn other_things_than_expected_are_refused_or_reported() {
    for name in ["dcat", "ckan", "frictionless", "csvw", "schema.org", "croissant", "openapi", "arrow"] {
        for bytes in [b"[]".as_slice(), b"{}", b"null", b"\"x\"", b"", b"{"] {
            let rejection = read(named(name), bytes).unwrap_err();
            assert_eq!(rejection.code, "unreadable-metadata", "{name}");
        }
    }
    refused("sql", b"INSERT INTO t VALUES ('geheim')", "CREATE TABLE");
    for bytes in [b"".as_slice(), b"PAR1", b"\xff\xff\xff\x7fPAR1", b"PAR1\0\0\0\0\x04\0\0\0PAR1", b"12345678PARE"] {
        assert_eq!(read(named("parquet"), bytes).unwrap_err().code, "unreadable-metadata");
    }
    assert_eq!(write(named("parquet"), &Description::default()).unwrap_err().code, "format-is-data");
    assert_eq!(format("xml").unwrap_err().code, "unknown-format");
    assert_eq!(recognise("x", b"nothing of all this"), []);
}

#[test]
fn scripts_stay_text_and_characters_that_are_not_seen_go() {
    let text = "{\"title\": \"<script>alert(1)</script>\\u0000\\u202e\\u0007\", \"resources\": []}";
    let read = read(named("frictionless"), text.as_bytes()).unwrap();
    assert_eq!(read.description.title.en, "<script>alert(1)</script>");
    assert_eq!(read.lost[0].path, "/title");
    assert_eq!(read.lost[0].manner, Manner::Removed);
}

#[test]
fn credentials_and_persons_do_not_come_over() {
    let ckan = r#"{"title": "a", "maintainer": "geheim", "maintainer_email": "geheim@a.example", "author": "geheim",
        "url": "https://u:geheim@a.example/", "resources": [{"url": "https://a.example/x.csv?token=geheim"}, {"url": "javascript:geheim"}]}"#;
    let found = read(named("ckan"), ckan.as_bytes()).unwrap();
    let all = serde_json::to_string(&found).unwrap();
    assert!(!all.contains("geheim"), "{all}");
    assert_eq!(found.description.distributions[0].address.as_deref(), Some("https://a.example/x.csv"));
    assert_eq!(
        paths(&found.lost),
        ["/url", "/resources/0/url", "/resources/1/url", "/author", "/maintainer", "/maintainer_email"]
    );

    let sql = "CREATE TABLE t (a TEXT DEFAULT 'geheim');\nINSERT INTO t VALUES ('geheim');\nsome geheim text;\nCREATE USER x PASSWORD 'geheim';";
    let found = read(named("sql"), sql.as_bytes()).unwrap();
    assert!(!serde_json::to_string(&found).unwrap().contains("geheim"));
    assert_eq!(found.lost.len(), 4, "{:?}", found.lost);
}

#[test]
fn what_others_write_never_brings_the_reader_down() {
    let seeds = [
        PACKAGE,
        r#"{"@type": "dcat:Dataset", "dct:title": {"@value": "a", "@language": "de"}}"#,
        "CREATE TABLE t (a INT);",
    ];
    for seed in seeds {
        for at in 0..seed.len() {
            for byte in [0, b'"', b'[', 0xff] {
                let mut bytes = seed.as_bytes().to_vec();
                bytes[at] = byte;
                for format in FORMATS {
                    let _ = read(format, &bytes);
                    let _ = read(format, &bytes[..at]);
                }
                let _ = recognise("x", &bytes);
            }
        }
    }
}
