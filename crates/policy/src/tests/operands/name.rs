//! Fields, row filters, applications, algorithms, models, codes.

use super::{forbid, permit};
use crate::tests::{check, constraint, reading};

#[test]
fn tc609_14_c6_10_data_field() {
    let fields = |list: &str| format!(r#""dataField":[{list}]"#);
    let listed = r#"["t.a","t.b"]"#;
    for operator in ["eq", "isA", "isAnyOf", "isPartOf"] {
        permit("dataField", operator, listed, &fields(r#""t.a""#), "allow");
        permit("dataField", operator, listed, &fields(r#""t.b","t.a""#), "allow");
        permit("dataField", operator, listed, &fields(r#""t.a","t.id_number""#), "deny");
        permit("dataField", operator, listed, &fields(r#""a""#), "deny");
        permit("dataField", operator, listed, "", "deny");
        permit("dataField", operator, listed, &fields(""), "deny");
    }
    permit("dataField", "isA", r#""[a, b]""#, &fields(r#""t.a""#), "allow");
    permit("dataField", "isA", r#""[\"a\",\"b\"]""#, &fields(r#""b""#), "allow");
    permit("dataField", "isAllOf", listed, &fields(r#""t.a","t.b""#), "allow");
    permit("dataField", "isAllOf", listed, &fields(r#""t.a""#), "deny");
    permit("dataField", "isAllOf", listed, &fields(r#""t.a","t.b","t.c""#), "deny");
    permit("dataField", "hasPart", listed, &fields(r#""t.a","t.b","t.c""#), "allow");
    permit("dataField", "isNoneOf", listed, &fields(r#""t.c""#), "allow");
    permit("dataField", "isNoneOf", listed, &fields(r#""t.c","t.a""#), "deny");
    permit("dataField", "neq", r#""id_number""#, &fields(r#""t.ID_NUMBER""#), "deny");
    forbid("dataField", "isAnyOf", r#"["id_number"]"#, &fields(r#""t.a","t.id_number""#), "deny");
    forbid("dataField", "isAnyOf", r#"["id_number"]"#, &fields(r#""t.a","t.Id_Number""#), "deny");
    forbid("dataField", "isAnyOf", r#"["t.id_number"]"#, &fields(r#""id_number""#), "deny");
    forbid("dataField", "isAnyOf", r#"["id_number"]"#, &fields(r#""t.a""#), "allow");
    forbid("dataField", "isAnyOf", r#"["id_number"]"#, "", "deny");
    forbid("dataField", "isAllOf", r#"["name","id_number"]"#, &fields(r#""name","x","id_number""#), "deny");
    forbid("dataField", "isAllOf", r#"["name","id_number"]"#, &fields(r#""name","x""#), "allow");
}

#[test]
fn the_refused_field_is_named() {
    let text = reading(&constraint("dataField", "isA", r#"["passengers.name"]"#));
    let request = r#"{"action":"read","dataField":["passengers.name","passengers.id_number"]}"#;
    let decision = check(&text, request, "deny");
    assert_eq!(decision.reasons[0].zh, "字段 passengers.id_number 不在合约允许的字段内：passengers.name");
    assert!(decision.reasons[0].en.starts_with("field passengers.id_number is not among those that the contract"));
}

#[test]
fn tc609_14_c6_11_value_expression_is_left_to_whoever_hands_out_rows() {
    permit("valueExpression", "eq", r#""age >= 18 and city in ('上海', '北京')""#, "", "allow");
}

#[test]
fn tc609_14_c6_12_to_14_application_algorithm_model() {
    for (name, fact) in [
        ("application", "application"),
        ("algorithm", "algorithm"),
        ("machineLearningModels", "machineLearningModel"),
        ("machineLearningModel", "machineLearningModel"),
        ("purpose", "purpose"),
        ("subject", "subject"),
    ] {
        let is = |value: &str| format!(r#""{fact}":"{value}""#);
        permit(name, "eq", r#""x""#, &is("x"), "allow");
        permit(name, "eq", r#""x""#, &is("y"), "deny");
        permit(name, "neq", r#""x""#, &is("y"), "allow");
        permit(name, "neq", r#""x""#, &is("x"), "deny");
        permit(name, "isA", r#""x,z""#, &is("z"), "allow");
        permit(name, "isAnyOf", r#"["x","z"]"#, &is("y"), "deny");
        permit(name, "isNoneOf", r#"["x","z"]"#, &is("y"), "allow");
        permit(name, "isNoneOf", r#"["x","z"]"#, &is("z"), "deny");
        permit(name, "isPartOf", r#"["x","z"]"#, &is("x"), "allow");
        permit(name, "hasPart", r#""x""#, &is("x"), "allow");
        permit(name, "isAllOf", r#"["x","z"]"#, &is("x"), "deny");
        for operator in ["eq", "neq", "isA", "isAnyOf", "isAllOf", "isNoneOf", "isPartOf", "hasPart"] {
            permit(name, operator, r#""x""#, "", "deny");
            forbid(name, operator, r#""x""#, "", "deny");
        }
    }
}

#[test]
fn tc609_14_c6_15_to_17_codes() {
    for (name, code, label, other) in [
        ("executionEnv", "02", "数据沙箱", "01"),
        ("encryptMode", "02", "密文使用", "01"),
        ("deliveryMethod", "03", "API 传输", "01"),
    ] {
        let is = |value: &str| format!(r#""{name}":"{value}""#);
        for value in [format!(r#""{code}""#), format!(r#""{code}：{label}""#), format!(r#""{label}""#)] {
            permit(name, "eq", &value, &is(code), "allow");
            permit(name, "eq", &value, &is(code.trim_start_matches('0')), "allow");
            permit(name, "eq", &value, &is(label), "allow");
            permit(name, "isA", &value, &is(other), "deny");
            permit(name, "isNoneOf", &value, &is(other), "allow");
            permit(name, "eq", &value, "", "deny");
            permit(name, "isNoneOf", &value, &is("99"), "deny");
            forbid(name, "eq", &value, &is("99"), "deny");
        }
        let unknown = reading(&constraint(name, "eq", r#""99""#));
        assert!(crate::parse(unknown.as_bytes()).is_err());
    }
}
