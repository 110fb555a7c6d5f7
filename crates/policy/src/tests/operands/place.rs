//! Region, network address, physical address, connector.

use super::{forbid, permit};
use crate::tests::{constraint, reading};

#[test]
fn tc609_14_c6_03_region() {
    let at = |region: &str| format!(r#""region":"{region}""#);
    for operator in ["eq", "isA", "isPartOf", "isAnyOf"] {
        for (value, fact, expect) in [
            (r#""310000""#, "310000", "allow"),
            (r#""310000""#, "310115", "allow"),
            (r#""CN-SH""#, "310115", "allow"),
            (r#""CN-31""#, "3101", "allow"),
            (r#""310115""#, "310000", "deny"),
            (r#""310000""#, "320000", "deny"),
            (r#""CN""#, "440300", "allow"),
            (r#""中国""#, "CN", "allow"),
            (r#""CN""#, "810000", "deny"),
            (r#""CN""#, "HK", "deny"),
            (r#""CN""#, "US", "deny"),
            (r#""US""#, "US-CA", "allow"),
            (r#"["110000","310000"]"#, "310000", "allow"),
            (r#""110000，310000""#, "440000", "deny"),
            (r#""长三角""#, "长三角", "allow"),
            (r#""长三角""#, "310000", "deny"),
        ] {
            permit("region", operator, value, &at(fact), expect);
        }
    }
    permit("region", "isNoneOf", r#"["US","310000"]"#, &at("440000"), "allow");
    permit("region", "isNoneOf", r#"["US","310000"]"#, &at("310115"), "deny");
    permit("region", "neq", r#""310115""#, &at("310000"), "deny");
    permit("region", "hasPart", r#""310115""#, &at("310000"), "allow");
    permit("region", "eq", r#""CN""#, "", "deny");
    forbid("region", "eq", r#""310115""#, &at("310000"), "deny");
    forbid("region", "eq", r#""310115""#, &at("440000"), "allow");
    forbid("region", "eq", r#""上海""#, &at("310000"), "deny");
}

#[test]
fn tc609_14_c6_04_network_address() {
    let at = |address: &str| format!(r#""networkAddress":"{address}""#);
    for (value, fact, expect) in [
        ("10.1.2.3", "10.1.2.3", "allow"),
        ("10.1.2.3", "10.1.2.4", "deny"),
        ("10.0.0.0/8", "10.255.0.1", "allow"),
        ("10.0.0.0/8", "11.0.0.1", "deny"),
        ("0.0.0.0/0", "203.0.113.9", "allow"),
        ("10.0.0.0/33", "", "error"),
        ("10.0.0.1-10.0.0.9", "10.0.0.5", "allow"),
        ("10.0.0.1-10.0.0.9", "10.0.0.10", "deny"),
        ("2001:db8::/32", "2001:db8:1::1", "allow"),
        ("2001:db8::/32", "2001:db9::1", "deny"),
        ("10.0.0.0/8", "::ffff:10.0.0.1", "allow"),
        ("::/0", "10.0.0.1", "allow"),
        ("10.0.0.0/8", "10.0.0.0/7", "deny"),
        ("node.example.cn", "node.example.cn", "allow"),
        ("node.example.cn", "NODE.example.cn.", "allow"),
        ("*.example.cn", "node.example.cn", "allow"),
        ("*.example.cn", "example.cn", "deny"),
        ("*.example.cn", "badexample.cn", "deny"),
        ("node.example.cn", "10.0.0.1", "deny"),
        ("10.0.0.1", "node.example.cn", "deny"),
        ("10.0.0.0/8;192.168.1.1", "192.168.1.1", "allow"),
        ("not an address!", "", "error"),
        ("10.0.0.300", "", "error"),
    ] {
        if expect == "error" {
            let text = reading(&constraint("networkAddress", "isA", &format!("{value:?}")));
            assert!(crate::parse(text.as_bytes()).is_err(), "{value}");
        } else {
            permit("networkAddress", "isA", &format!("{value:?}"), &at(fact), expect);
        }
    }
    forbid("networkAddress", "isA", r#""10.0.0.0/8""#, &at("node.example.cn"), "deny");
    forbid("networkAddress", "isA", r#""10.0.0.0/8""#, &at("11.0.0.1"), "allow");
    permit("networkAddress", "isNoneOf", r#""10.0.0.0/8""#, &at("node.example.cn"), "deny");
}

#[test]
fn tc609_14_c6_05_physical_address() {
    permit("physicalAddress", "isAnyOf", r#"["00:1A:2B"]"#, r#""physicalAddress":"00:1a:2b""#, "allow");
    permit("physicalAddress", "eq", r#""00:1A:2B""#, r#""physicalAddress":"00:1a:2c""#, "deny");
    permit("physicalAddress", "eq", r#""00:1A:2B""#, "", "deny");
}

#[test]
fn tc609_15_a1_connectors_of_an_organisation() {
    let connector = "5913501000000000004433020ABCDEFG";
    assert_eq!(connector.len(), 32);
    let at = format!(r#""connector":"{connector}""#);
    permit("connector", "isAnyOf", &format!("{connector:?}"), &at, "allow");
    permit("connector", "isAnyOf", &format!("{:?}", &connector[1..19]), &at, "allow");
    permit("connector", "isAnyOf", r#""X""#, &at, "deny");
    permit("connector", "isNoneOf", &format!("{:?}", &connector[1..19]), &at, "deny");
}
