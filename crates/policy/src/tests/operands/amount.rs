//! Counts, frequencies, sizes, records, money.

use super::{forbid, permit};

#[test]
fn tc609_14_c6_06_count() {
    let used = |count: u64| format!(r#""used":{{"count":{count}}}"#);
    for (operator, value, made, expect) in [
        ("lteq", "3", 2, "allow"),
        ("lteq", "3", 3, "deny"),
        ("lteq", "0", 0, "deny"),
        ("lt", "3", 1, "allow"),
        ("lt", "3", 2, "deny"),
        ("eq", "3", 0, "allow"),
        ("eq", "3", 3, "deny"),
        ("gteq", "3", 1, "deny"),
        ("gteq", "3", 2, "allow"),
        ("gt", "3", 2, "deny"),
        ("gt", "3", 3, "allow"),
        ("lteq", r#""1000 次""#, 999, "allow"),
        ("lteq", r#""1000 次""#, 1000, "deny"),
        ("lteq", r#""3""#, 3, "deny"),
    ] {
        permit("count", operator, value, &used(made), expect);
        permit("count", operator, value, "", "deny");
    }
    permit("count", "lteq", "18446744073709551615", &used(u64::MAX), "allow");
    forbid("count", "gt", "3", &used(2), "allow");
    forbid("count", "gt", "3", &used(3), "deny");
    forbid("count", "eq", "3", &used(1), "allow");
    forbid("count", "eq", "3", &used(2), "deny");
    forbid("count", "gt", "3", "", "deny");
}

#[test]
fn tc609_14_c6_07_frequency() {
    let used = |count: u64| format!(r#""used":{{"inWindow":{count}}}"#);
    for value in ["100", r#""100/PT1M""#, r#""100次/小时""#] {
        permit("frequency", "lteq", value, &used(99), "allow");
        permit("frequency", "lteq", value, &used(100), "deny");
        permit("frequency", "lteq", value, r#""used":{"count":1}"#, "deny");
    }
}

#[test]
fn tc609_14_c6_08_09_data_size_and_records() {
    for (operator, below, exactly, above) in [
        ("lt", "allow", "deny", "deny"),
        ("lteq", "allow", "allow", "deny"),
        ("gt", "deny", "deny", "allow"),
        ("gteq", "deny", "allow", "allow"),
        ("eq", "deny", "allow", "deny"),
        ("neq", "allow", "deny", "allow"),
    ] {
        for (fact, expect) in [(999, below), (1000, exactly), (1001, above)] {
            permit("dataSize", operator, r#""1K""#, &format!(r#""dataSize":{fact}"#), expect);
            permit("dateRecord", operator, "1000", &format!(r#""dataRecord":{fact}"#), expect);
            permit("dataRecord", operator, r#""1000条""#, &format!(r#""dataRecord":{fact}"#), expect);
        }
        permit("dataSize", operator, "1000", "", "deny");
        permit("dateRecord", operator, "1000", "", "deny");
    }
    permit("dataSize", "lteq", r#""10G""#, r#""dataSize":10000000000"#, "allow");
    permit("dataSize", "lteq", r#""10G""#, r#""dataSize":10000000001"#, "deny");
    permit("dataSize", "lteq", r#""10Gi""#, r#""dataSize":10737418240"#, "allow");
}

#[test]
fn tc609_14_c6_18_pay_amount_is_paid_before_the_use() {
    permit("payAmount", "eq", r#""100.00 CNY""#, "", "allow_if");
    permit("payAmount", "eq", r#""100.00 CNY""#, r#""dutiesDone":["compensate"]"#, "allow");
    forbid("payAmount", "eq", r#""100.00 CNY""#, "", "deny");
}
