//! Strict reading, and the vectors of RFC 8785.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Sample {
    name: String,
    count: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    inner: Vec<Value>,
}

fn refused(text: &[u8]) -> JsonError {
    parse::<Value>(text, Limits::WIRE).unwrap_err()
}

#[test]
fn each_refusal_is_its_own_and_says_where() {
    let cases: [(&[u8], &str); 16] = [
        (b"{\"a\":1,\"a\":2}", r#"json has a name twice: "/a" (line 1 column 10)"#),
        (b"{\"a\":1,\"\\u0061\":2}", r#"json has a name twice: "/a" (line 1 column 15)"#),
        (b"[0,{\"x\":[\n{\"y/z\":{},\"y/z\":1}]}]", r#"json has a name twice: "/1/x/0/y~1z" (line 2 column 15)"#),
        (b"{} {}", "json goes on after its value at line 1 column 4"),
        (b"1\n\x00", "json goes on after its value at line 2 column 1"),
        (b"[\n\"\xff\"]", "json is not UTF-8 at line 2 column 2 (offset 3)"),
        (b"\"\xed\xa0\x80\"", "json is not UTF-8 at line 1 column 2 (offset 1)"),
        (b"[1,]", r#"json is malformed at "/1" (line 1 column 4): trailing comma"#),
        (b"{\"a\":[1,nul]}", r#"json is malformed at "/a/1" (line 1 column 12): expected ident"#),
        (b"[01]", r#"json is malformed at "/0" (line 1 column 3): invalid number"#),
        (b"NaN", r#"json is malformed at "" (line 1 column 1): expected value"#),
        (b"", r#"json is malformed at "" (line 1 column 0): EOF while parsing a value"#),
        (b"[1e999]", r#"json is malformed at "/0" (line 1 column 6): number out of range"#),
        (b"\xef\xbb\xbf{}", r#"json is malformed at "" (line 1 column 1): expected value"#),
        (b"[\"\\ud800\"]", r#"json is malformed at "/0" (line 1 column 9): unexpected end of hex escape"#),
        (
            b"[\"a\nb\"]",
            r#"json is malformed at "/0" (line 2 column 0): control character (\u0000-\u001F) found while parsing a string"#,
        ),
    ];
    for (text, expect) in cases {
        assert_eq!(refused(text).to_string(), expect, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn size_and_depth_are_bounded_exactly() {
    let limits = Limits { bytes: 8, depth: 2 };
    assert!(parse::<Value>(b"[[1234]]", limits).is_ok());
    assert_eq!(parse::<Value>(b"[[12345]]", limits), Err(JsonError::TooLarge { bytes: 9, limit: 8 }));
    let error = parse::<Value>(b"[0,[{}]]", limits).unwrap_err();
    assert_eq!(error, JsonError::TooDeep { limit: 2, pointer: "/1/0".to_owned(), line: 1, column: 6 });
    assert_eq!(parse::<u8>(b"7", Limits { bytes: 8, depth: 0 }), Ok(7));

    for (depth, expect) in [(32, true), (33, false), (100_000, false)] {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(parse::<Value>(text.as_bytes(), Limits::WIRE).is_ok(), expect, "{depth}");
    }
    let unlimited = Limits { bytes: usize::MAX, depth: usize::MAX };
    for (depth, expect) in [(127, true), (128, false)] {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(parse::<Value>(text.as_bytes(), unlimited).is_ok(), expect, "{depth}");
    }
    assert!(matches!(parse::<Value>(&vec![b' '; (1 << 20) + 1], Limits::WIRE), Err(JsonError::TooLarge { .. })));
}

#[test]
fn shape_says_what_does_not_fit() {
    let error = parse::<Sample>(br#"{"name":"a","count":-1,"inner":[]}"#, Limits::WIRE).unwrap_err();
    assert!(matches!(error, JsonError::Shape { line: 1, column: 22, .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "json does not have the shape of the message at line 1 column 22: invalid value: integer `-1`, expected u64"
    );
    let error = parse::<Sample>(br#"{"name":"a","count":1,"inner":[],"extra":0}"#, Limits::WIRE).unwrap_err();
    assert!(error.to_string().contains("unknown field `extra`"), "{error}");
    // A name twice is found before the shape, also below a field that the type would skip.
    let error = parse::<BTreeMap<String, serde::de::IgnoredAny>>(br#"{"a":{"b":1,"b":2}}"#, Limits::WIRE);
    assert!(matches!(error, Err(JsonError::DuplicateKey { pointer, .. }) if pointer == "/a/b"));
}

#[test]
fn messages_do_not_repeat_the_document() {
    let long = "x".repeat(10_000);
    for text in [format!(r#"{{"{long}":1,"{long}":2}}"#), format!(r#"{{"name":1,"{long}":2}}"#)] {
        let error = parse::<Sample>(text.as_bytes(), Limits::WIRE).unwrap_err();
        assert!(error.to_string().len() < 500);
        assert!(error.text().zh.len() < 500);
    }
}

#[test]
fn rfc_8785_3_2_2_sample() {
    let text = r#"{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let value: Value = parse(text.as_bytes(), Limits::WIRE).unwrap();
    let expect = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
    assert_eq!(String::from_utf8(canonical(&value).unwrap()).unwrap(), expect);
}

#[test]
fn rfc_8785_3_2_3_names_are_sorted_by_utf_16() {
    let text = r#"{
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
    }"#;
    let value: Value = parse(text.as_bytes(), Limits::WIRE).unwrap();
    let form = String::from_utf8(canonical(&value).unwrap()).unwrap();
    let order: Vec<&str> = form.split('"').skip(3).step_by(4).collect();
    let expect = [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ];
    assert_eq!(order, expect);
}

#[test]
fn rfc_8785_appendix_b_numbers() {
    for (bits, expect) in [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        let number = f64::from_bits(bits);
        assert_eq!(canonical(&number).unwrap(), expect.as_bytes(), "{bits:016x}");
        assert_eq!(parse::<f64>(expect.as_bytes(), Limits::WIRE).unwrap(), number, "{expect}");
    }
    for bits in [0x7fff_ffff_ffff_ffff, 0x7ff0_0000_0000_0000] {
        let number = f64::from_bits(bits);
        assert!(canonical(&number).is_err(), "{bits:016x}");
        let nested = BTreeMap::from([("a", [Some(number)])]);
        let expect = JsonError::NotFinite { pointer: "/a/0".to_owned() };
        assert_eq!(canonical(&nested), Err(expect), "{bits:016x}");
    }
}

#[test]
fn rfc_7493_2_2_integers_that_would_be_rounded_are_refused() {
    let edge = 9_007_199_254_740_991_u64;
    assert_eq!(canonical(&edge).unwrap(), b"9007199254740991");
    assert_eq!(canonical(&-9_007_199_254_740_991_i64).unwrap(), b"-9007199254740991");
    for (value, expect) in
        [(json!({ "a~": [1, edge + 2] }), "/a~0/1"), (json!({ "n": u64::MAX }), "/n"), (json!([i64::MIN]), "/0")]
    {
        assert_eq!(canonical(&value), Err(JsonError::UnsafeInteger { pointer: expect.to_owned() }));
    }
    assert!(canonical(&BTreeMap::from([((1, 2), 3)])).is_err());
    assert_eq!(canonical(&BTreeMap::from([(7_u64, 3)])).unwrap(), br#"{"7":3}"#);
    let rounded_name = canonical(&[BTreeMap::from([(u64::MAX, 3)])]);
    assert_eq!(rounded_name, Err(JsonError::UnsafeInteger { pointer: "/0".to_owned() }));
}

#[test]
fn every_shape_of_a_type_is_looked_through() {
    #[derive(Serialize)]
    enum Shape {
        Unit,
        Newtype(u64),
        Tuple(u64, u64),
        Struct { inner: u64 },
    }
    #[derive(Serialize)]
    struct Pair(u64, i128);
    let big = 1 << 60;
    for (form, pointer) in [
        (canonical(&Shape::Newtype(big)), "/Newtype"),
        (canonical(&Shape::Tuple(0, big)), "/Tuple/1"),
        (canonical(&[Shape::Unit, Shape::Struct { inner: big }]), "/1/Struct/inner"),
        (canonical(&Pair(big, 0)), "/0"),
        (canonical(&Pair(0, -(1 << 53))), "/1"),
        (canonical(&(0, Some(big))), "/1"),
    ] {
        assert_eq!(form, Err(JsonError::UnsafeInteger { pointer: pointer.to_owned() }));
    }
    assert_eq!(canonical(&(Shape::Unit, 'x', "y", ())).unwrap(), br#"["Unit","x","y",null]"#);
}

#[test]
fn only_the_canonical_spelling_is_accepted() {
    let good = br#"{"count":7,"inner":[1.5],"name":"\u001f/"}"#;
    assert!(parse_canonical::<Sample>(good).is_ok());
    let cases: [(&[u8], usize); 10] = [
        (br#"{ "count":7,"inner":[1.5],"name":"\u001f/"}"#, 1),
        (br#"{"count":7,"inner":[1.50],"name":"\u001f/"}"#, 23),
        (br#"{"count":7,"inner":[15e-1],"name":"\u001f/"}"#, 21),
        (br#"{"count":7,"inner":[1.5],"name":"\u001F/"}"#, 38),
        (br#"{"count":7,"inner":[1.5],"name":"\u001f\/"}"#, 39),
        (br#"{"name":"\u001f/","count":7,"inner":[1.5]}"#, 2),
        (br#"{"count":7,"inner":[1.5],"name":"\u001f/","note":null}"#, 41),
        (br#"{"count":7,"inner":[1.5],"name":"\u001f/"} "#, 42),
        (b"{\"count\":7,\"inner\":[1.5],\"name\":\"\\u001f/\"}\n", 42),
        (br#"{"count":7,"inner":[1.5,-0],"name":"\u001f/"}"#, 24),
    ];
    for (text, expect) in cases {
        match parse_canonical::<Sample>(text) {
            Err(JsonError::NotCanonical { offset, .. }) => {
                assert_eq!(offset, expect, "{}", text.escape_ascii())
            }
            other => panic!("{}: {other:?}", text.escape_ascii()),
        }
    }
    let error = parse_canonical::<Sample>(cases[7].0).unwrap_err();
    assert_eq!(error.to_string(), "json is not canonical (RFC 8785): offset 42 has 0x20 where the end is written");
    assert_eq!(error.text().zh, "JSON 不是规范形式（RFC 8785）：偏移 42 处为0x20，应为结尾");
}

#[test]
fn every_flipped_bit_is_refused_or_another_value() {
    let sample = Sample {
        name: "合约 \"α\"\n".to_owned(),
        count: 1_000_000,
        note: Some(String::new()),
        inner: vec![json!({ "b": [0.1, -3], "a": { "": null } })],
    };
    let bytes = canonical(&sample).unwrap();
    assert_eq!(parse_canonical::<Sample>(&bytes).as_ref(), Ok(&sample));
    let mut refused = 0;
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[position] ^= 1 << bit;
            match parse_canonical::<Sample>(&flipped) {
                Ok(other) => assert_ne!(other, sample, "bit {bit} of byte {position}"),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > bytes.len(), "{refused}");
    for cut in 0..bytes.len() {
        assert!(parse_canonical::<Sample>(&bytes[..cut]).is_err(), "{cut}");
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        (-1.0e15_f64..1.0e15).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

#[test]
fn what_is_plain_is_read_and_written_without_sorting() {
    for (value, expect) in [
        (json!({ "a": [1, -9_007_199_254_740_991_i64, null], "b": { "": "\u{1f}é\"" } }), true),
        (json!({ "é": 1 }), false),
        (json!([1.0]), false),
        (json!([9_007_199_254_740_992_i64]), false),
    ] {
        assert_eq!(plain(&value).is_some(), expect, "{value}");
    }
    assert_eq!(plain(&[f64::NAN]), None);
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for (text, expect) in [
        (r#"{"a":1,"b":2}"#, true),
        (r#"{"b":1,"a":2}"#, false),
        (r#"{"a":1,"a":2}"#, false),
        (r#"{"a":1.0}"#, false),
        (r#"{"a": 1}"#, false),
        (r#"{"\n":1}"#, false),
        (r#"[9007199254740992]"#, false),
        (r#"[1]1"#, false),
        (&deep(32), true),
        (&deep(33), false),
    ] {
        assert_eq!(read_plain::<Value>(text.as_bytes(), Limits::WIRE).is_some(), expect, "{text}");
    }
    let unsorted = Sample { name: String::new(), count: 1, note: None, inner: Vec::new() };
    assert_eq!(plain(&unsorted), None, "its name is declared before its count");
}

proptest! {
    #[test]
    fn canonical_form_is_read_back_and_stays(value in any_value()) {
        let bytes = canonical(&value).unwrap();
        prop_assert_eq!(&bytes, &serde_json_canonicalizer::to_vec(&value).unwrap(), "with or without sorting");
        let back: Value = parse_canonical(&bytes).unwrap();
        prop_assert_eq!(canonical(&back).unwrap(), bytes.clone());
        // Any other spelling of the same value has the same canonical form.
        let pretty = serde_json::to_vec_pretty(&value).unwrap();
        prop_assert_eq!(canonical(&parse::<Value>(&pretty, Limits::WIRE).unwrap()).unwrap(), bytes);
    }

    #[test]
    fn what_is_read_the_short_way_is_what_the_long_way_reads(value in any_value(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = canonical(&value).unwrap();
        let at = at.index(bytes.len());
        for change in [None, Some(byte), Some(b'1'), Some(b'"')] {
            change.into_iter().for_each(|byte| bytes[at] = byte);
            if let Some(short) = read_plain::<Value>(&bytes, Limits::WIRE) {
                prop_assert_eq!(&short, &parse::<Value>(&bytes, Limits::WIRE).unwrap());
                prop_assert_eq!(&bytes, &serde_json_canonicalizer::to_vec(&short).unwrap());
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Err(error) = parse::<Value>(&bytes, Limits::WIRE) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
