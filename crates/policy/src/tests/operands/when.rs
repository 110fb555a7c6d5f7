//! Time, time window, elapsed time.

use super::{forbid, permit};
use crate::tests::{check, constraint, reading};

#[test]
fn tc609_14_c6_01_time() {
    let at = |time: &str| format!(r#""time":"{time}""#);
    let noon = r#""20260630120000""#;
    for (operator, before, exactly, after) in [
        ("lt", "allow", "deny", "deny"),
        ("lteq", "allow", "allow", "deny"),
        ("gt", "deny", "deny", "allow"),
        ("gteq", "deny", "allow", "allow"),
        ("eq", "deny", "allow", "deny"),
        ("neq", "allow", "deny", "allow"),
    ] {
        permit("time", operator, noon, &at("2026-06-30T11:59:59+08:00"), before);
        permit("time", operator, noon, &at("2026-06-30T04:00:00Z"), exactly);
        permit("time", operator, noon, &at("2026-06-30T12:00:01+08:00"), after);
        permit("time", operator, noon, "", "deny");
        forbid("time", operator, noon, "", "deny");
    }
    for value in [r#""2026-06-30""#, r#""20260630""#, r#""2026-06-30 00:00:00 -- 2026-06-30 23:59:59""#] {
        permit("time", "isPartOf", value, &at("2026-06-29T23:59:59+08:00"), "deny");
        permit("time", "isPartOf", value, &at("2026-06-30T23:59:59+08:00"), "allow");
        permit("time", "lteq", value, &at("2026-06-30T23:59:59+08:00"), "allow");
        permit("time", "lteq", value, &at("2026-07-01T00:00:00+08:00"), "deny");
        permit("time", "lt", value, &at("2026-06-30T00:00:00+08:00"), "deny");
        permit("time", "isNoneOf", value, &at("2026-06-30T10:00:00+08:00"), "deny");
    }
    permit("time", "lteq", r#""2023-12-31T06:00Z""#, &at("2023-12-31T06:00:00Z"), "allow");
    permit("time", "isA", r#""20250101000000/20251231235959""#, &at("2025-06-01T00:00:00Z"), "allow");
    permit("time", "isA", r#""20250101000000-20251231235959""#, &at("2026-06-01T00:00:00Z"), "deny");
}

#[test]
fn tc609_14_c6_02_time_window_from_the_first_use() {
    let facts = |now: &str| format!(r#""time":"{now}","timeOfFirstUse":"2026-01-01T00:00:00Z""#);
    for operator in ["eq", "lteq", "isA"] {
        permit("timeWindow", operator, r#""P7D""#, &facts("2026-01-01T00:00:00Z"), "allow");
        permit("timeWindow", operator, r#""P7D""#, &facts("2026-01-08T00:00:00Z"), "allow");
        permit("timeWindow", operator, r#""P7D""#, &facts("2026-01-08T00:00:01Z"), "deny");
        permit("timeWindow", operator, r#""P7D""#, r#""time":"2026-01-01T00:00:00Z""#, "deny");
        permit("timeWindow", operator, r#""P7D""#, r#""timeOfFirstUse":"2026-01-01T00:00:00Z""#, "deny");
    }
    permit("timeWindow", "lt", r#""P7D""#, &facts("2026-01-08T00:00:00Z"), "deny");
    permit("timeWindow", "gteq", r#""P7D""#, &facts("2026-01-07T00:00:00Z"), "deny");
    permit("timeWindow", "gteq", r#""P7D""#, &facts("2026-01-08T00:00:00Z"), "allow");
    permit("timeWindow", "lteq", r#""P1M""#, &facts("2026-02-01T00:00:00Z"), "allow");
    permit("timeWindow", "lteq", r#""P1M""#, &facts("2026-02-01T00:00:01Z"), "deny");
    permit("elapsedTime", "lteq", r#""P30D""#, &facts("2026-01-30T00:00:00Z"), "allow");
    permit("elapsedTime", "lteq", r#""P30D""#, &facts("2026-03-01T00:00:00Z"), "deny");
}

#[test]
fn tc609_14_c6_02_time_window_of_the_day() {
    let at = |time: &str| format!(r#""time":"2026-06-30T{time}+08:00""#);
    for value in [r#""09:00-18:00""#, r#""0900-1800""#, r#""T09:00/T18:00""#] {
        permit("timeWindow", "isA", value, &at("08:59:59"), "deny");
        permit("timeWindow", "isA", value, &at("09:00:00"), "allow");
        permit("timeWindow", "isA", value, &at("18:00:00"), "allow");
        permit("timeWindow", "isA", value, &at("18:00:01"), "deny");
        permit("timeWindow", "isNoneOf", value, &at("18:00:01"), "allow");
    }
    permit("timeWindow", "isA", r#""22:00-06:00""#, &at("23:30:00"), "allow");
    permit("timeWindow", "isA", r#""22:00-06:00""#, &at("05:00:00"), "allow");
    permit("timeWindow", "isA", r#""22:00-06:00""#, &at("12:00:00"), "deny");
    permit("timeWindow", "isA", r#""22:00-06:00""#, "", "deny");
}

#[test]
fn tc609_14_c6_02_time_window_of_a_count() {
    let both =
        |window: &str| reading(&[constraint("count", "lteq", "10"), constraint("timeWindow", "eq", window)].join(","));
    let day = both(r#""P1D""#);
    check(&day, r#"{"action":"read","used":{"inWindow":9,"count":500}}"#, "allow");
    check(&day, r#"{"action":"read","used":{"inWindow":10,"count":10}}"#, "deny /constraints/0");
    check(&day, r#"{"action":"read","used":{"count":0}}"#, "deny /constraints/0");
    let named = reading(&constraint("count", "lteq", r#""10 次/天""#));
    check(&named, r#"{"action":"read","used":{"inWindow":9}}"#, "allow");
    check(&named, r#"{"action":"read","used":{"count":9}}"#, "deny");
    let interval = both(r#""2026-01-01 00:00:00 -- 2026-12-31 23:59:59""#);
    check(&interval, r#"{"action":"read","time":"2026-05-01T00:00:00Z","used":{"count":9}}"#, "allow");
    check(&interval, r#"{"action":"read","time":"2026-05-01T00:00:00Z","used":{"count":10}}"#, "deny");
    let term = [
        constraint("count", "lteq", "10"),
        constraint("timeWindow", "lteq", r#""P365D""#),
        constraint("timeWindow", "eq", r#""P1D""#),
    ];
    let late = r#"{"action":"read","time":"2027-05-01T00:00:00Z","timeOfFirstUse":"2026-01-01T00:00:00Z","used":{"inWindow":0}}"#;
    check(&reading(&term.join(",")), late, "deny /constraints/1");
    let elapsed = [constraint("count", "lteq", "2"), constraint("elapsedTime", "lteq", r#""P9D""#)];
    let facts =
        r#"{"action":"read","time":"2026-01-02T00:00:00Z","timeOfFirstUse":"2026-01-01T00:00:00Z","used":{"count":2}}"#;
    check(&reading(&elapsed.join(",")), facts, "deny /constraints/0");
}
