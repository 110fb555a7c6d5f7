//! Times: the forms that are read, the ones that are refused, and calendar arithmetic.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn tc609_14_c_time_is_fourteen_digits_of_china() {
    for (instant, expect) in [
        ("2025-08-29T04:00:00Z", "20250829120000"),
        ("2025-08-29T04:00:00.999Z", "20250829120000"),
        ("2025-12-31T16:00:00Z", "20260101000000"),
        ("1969-12-31T23:59:59.5Z", "19700101075959"),
        ("0001-01-01T00:00:00Z", "00010101080000"),
        ("-000001-06-01T00:00:00Z", "00000101000000"),
        ("9999-12-30T22:00:00Z", "99991231060000"),
    ] {
        assert_eq!(compact(at(instant)), expect, "{instant}");
    }
    assert_eq!(parse_compact("20250829120000").unwrap(), at("2025-08-29T04:00:00Z"));
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "2025082912000",
        "202508291200000",
        "2025082912000x",
        "+0250829120000",
        "２0250829120",
        "20250229000000",
        "20250431000000",
        "20251301000000",
        "20250100000000",
        "20250101240000",
        "20250101006000",
        "20250101000060",
    ] {
        assert!(parse_compact(text).is_err(), "{text}");
        assert!(parse_any(text).is_err(), "{text}");
    }
    for text in [
        "2025-08-29",
        "2025-08-29T12:00:00",
        "2025-08-29T12:00Z",
        "2025-08-29T12:00:00Z[Asia/Shanghai]",
        "2025-08-29T12:00:00.Z",
        "2025-08-29T12:00:00+08",
        "2025-08-29 12:00",
        "2025-02-29 12:00:00",
        "2025-08-29T25:00:00Z",
        " 20250829120000",
    ] {
        assert!(parse_any(text).is_err(), "{text}");
    }
}

#[test]
fn any_of_three_forms_is_read() {
    for text in [
        "2025-08-29T04:00:00Z",
        "2025-08-29t04:00:00z",
        "2025-08-29T12:00:00+08:00",
        "2025-08-29T04:00:00.000Z",
        "20250829120000",
        "2025-08-29 12:00:00",
    ] {
        assert_eq!(parse_any(text).unwrap(), at("2025-08-29T04:00:00Z"), "{text}");
    }
}

#[test]
fn errors_name_the_text_and_the_form() {
    assert_eq!(parse_compact("yesterday").unwrap_err().to_string(), r#"time "yesterday" is not YYYYMMDDHHMMSS"#);
    let long = parse_any(&"9".repeat(5000)).unwrap_err().to_string();
    assert!(long.len() < 200, "{long}");
}

#[test]
fn durations_are_added_in_the_calendar_of_china() {
    for (start, duration, expect) in [
        ("2025-08-29T04:00:00Z", "P7D", "2025-09-05T04:00:00Z"),
        ("2025-08-29T04:00:00Z", "P1D", "2025-08-30T04:00:00Z"),
        ("2025-08-29T04:00:00Z", "PT10M", "2025-08-29T04:10:00Z"),
        ("2025-08-29T04:00:00Z", "P365D", "2026-08-29T04:00:00Z"),
        ("2025-08-29T04:00:00Z", "P1Y2M1DT1H1S", "2026-10-30T05:00:01Z"),
        ("2025-08-29T04:00:00Z", "P2W", "2025-09-12T04:00:00Z"),
        ("2025-08-29T04:00:00Z", "PT0S", "2025-08-29T04:00:00Z"),
        ("2025-01-31T04:00:00Z", "P1M", "2025-02-28T04:00:00Z"),
        // 1 February 00:30 in China is still January in UTC: the month that counts is China's.
        ("2025-01-31T16:30:00Z", "P1M", "2025-02-28T16:30:00Z"),
    ] {
        let span = parse_duration(duration).unwrap();
        assert_eq!(add(at(start), &span).unwrap(), at(expect), "{start} {duration}");
    }
}

#[test]
fn what_is_no_duration_is_refused() {
    for text in [
        "",
        "P",
        "PT",
        "7D",
        "-P7D",
        "+P7D",
        "P-7D",
        "P1.5D",
        "PT1.5S",
        "p7d",
        "P7",
        "7 days",
        "P1D1M",
        "PT99999999999H",
    ] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
    let thousands = parse_duration("P9000Y").unwrap();
    assert!(matches!(add(at("2025-08-29T04:00:00Z"), &thousands), Err(TimeError::Range { .. })));
}

proptest! {
    #[test]
    fn compact_and_micros_are_read_back(seconds in -62_167_248_000_i64..253_402_207_200, micro in 0_i64..1_000_000) {
        let whole = Timestamp::from_second(seconds).unwrap();
        let fine = from_micros(seconds * 1_000_000 + micro).unwrap();
        prop_assert_eq!(parse_compact(&compact(whole)).unwrap(), whole);
        prop_assert_eq!(compact(whole).len(), 14);
        prop_assert_eq!(from_micros(micros(fine)).unwrap(), fine);
        prop_assert_eq!(parse_any(&fine.to_string()).is_ok(), seconds >= -62_167_219_200);
    }
}
