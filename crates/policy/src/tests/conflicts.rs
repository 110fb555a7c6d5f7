//! Conflict detection. TC609-6-2025-15 §7.1.2.2 d.

use super::{constraint, contract, policy, reading};
use crate::{ConflictKind, conflicts};

/// What is found: kind, whether it blocks.
fn found(text: &str) -> Vec<(ConflictKind, bool)> {
    let found = conflicts(&policy(text));
    for conflict in &found {
        let source: serde_json::Value = serde_json::from_str(text).expect("JSON");
        assert!(conflict.pointers.iter().all(|pointer| source.pointer(pointer).is_some()), "{conflict:#?}");
    }
    found.iter().map(|conflict| (conflict.kind, conflict.blocking)).collect()
}

/// No two of the three exclude each other.
#[test]
fn tc609_15_7_1_2_2_d_three_conditions_contradict_that_do_not_in_pairs() {
    let any = |names: &str| constraint("purpose", "isAnyOf", &format!("{names:?}"));
    let three = [any("a,b"), any("b,c"), any("a,c")];
    let text = reading(&three.join(","));
    assert_eq!(found(&text), [(ConflictKind::Contradiction, true)]);
    assert_eq!(conflicts(&policy(&text))[0].pointers.len(), 3);
    assert_eq!(found(&reading(&three[..2].join(","))), []);
    let either = format!(r#"{{"or":[{},{}]}}"#, any("a"), any("b"));
    let xone = format!(r#"{{"xone":[{},{}]}}"#, any("a,b"), any("b,a"));
    assert_eq!(found(&reading(&xone)), [(ConflictKind::Contradiction, true)]);
    let none = constraint("purpose", "isNoneOf", r#""a,b""#);
    assert_eq!(found(&reading(&[either, none].join(","))), [(ConflictKind::Contradiction, true)]);
}

/// Neither prohibition closes the permission, both do.
#[test]
fn tc609_15_7_1_2_2_d_prohibitions_that_close_a_permission_together() {
    let within = |operator: &str| rule("read", &[constraint("region", operator, r#""CN""#)]);
    let both = [within("eq"), within("neq")].join(",");
    let text = contract(&rule("read", &[constraint("region", "isAnyOf", r#""CN,US""#)]), &both, "");
    let in_part = (ConflictKind::Authorisation, false);
    assert_eq!(found(&text), [in_part, in_part, (ConflictKind::Authorisation, true)]);
    let all = conflicts(&policy(&text));
    assert_eq!(all[2].pointers.len(), 3);
    all.iter().for_each(|conflict| super::sound::confirm(&policy(&text), conflict));
    let only_cn = contract(&rule("read", &[constraint("region", "isAnyOf", r#""CN,US""#)]), &within("eq"), "");
    assert_eq!(found(&only_cn), [in_part]);
}

#[test]
fn tc609_15_7_1_2_2_d_an_alternative_that_leads_nowhere() {
    let either =
        format!(r#"{{"or":[{},{}]}}"#, constraint("region", "eq", r#""US""#), constraint("purpose", "eq", r#""x""#));
    let text = reading(&[either, constraint("region", "eq", r#""310000""#)].join(","));
    assert_eq!(found(&text), [(ConflictKind::Contradiction, false)]);
    assert!(conflicts(&policy(&text))[0].pointers[0].ends_with("/or/0"));
}

#[test]
fn tc609_15_7_1_2_2_d_the_parties_of_a_rule_are_conditions_too() {
    let node = |connector: &str| {
        contract(
            &format!(
                r#"{{"actions":["read"],"executionNode":{{"assignerId":"A","assigneeId":"B"}},"constraints":[{},{}]}}"#,
                constraint("connector", "eq", &format!("{connector:?}")),
                constraint("subject", "neq", r#""B""#)
            ),
            "",
            "",
        )
    };
    assert_eq!(found(&node("A")), []);
    assert_eq!(found(&node("C")), [(ConflictKind::Contradiction, true)]);
}

#[test]
fn tc609_15_7_1_2_2_d_a_duty_that_never_comes_due() {
    let duty = format!(
        r#"{{"actions":["read"],"constraints":[{}],"duties":[{{"actions":["alert"],"constraints":[{}]}}]}}"#,
        constraint("region", "eq", r#""310000""#),
        constraint("region", "eq", r#""US""#)
    );
    assert_eq!(found(&contract(&duty, "", "")), [(ConflictKind::Scope, false)]);
}

fn rule(action: &str, constraints: &[String]) -> String {
    format!(r#"{{"actions":["{action}"],"constraints":[{}]}}"#, constraints.join(","))
}

#[test]
fn tc609_15_7_1_2_2_d_authorisation() {
    let within = |region: &str| constraint("region", "eq", &format!("{region:?}"));
    for (permission, prohibition, expect) in [
        (rule("read", &[]), rule("read", &[]), vec![(ConflictKind::Authorisation, true)]),
        (rule("read", &[within("310000")]), rule("read", &[]), vec![(ConflictKind::Authorisation, true)]),
        (rule("read", &[]), rule("read", &[within("310000")]), vec![(ConflictKind::Authorisation, false)]),
        (rule("read", &[within("310000")]), rule("read", &[within("CN")]), vec![(ConflictKind::Authorisation, true)]),
        (rule("read", &[within("CN")]), rule("read", &[within("310000")]), vec![(ConflictKind::Authorisation, false)]),
        (rule("read", &[within("110000")]), rule("read", &[within("310000")]), vec![]),
        (rule("read", &[]), rule("download", &[]), vec![]),
        (rule("use", &[]), rule("read", &[]), vec![(ConflictKind::Authorisation, false)]),
        (rule("read", &[]), rule("use", &[]), vec![(ConflictKind::Authorisation, true)]),
        (
            rule("read", &[constraint("time", "lteq", r#""20260101000000""#)]),
            rule("read", &[constraint("time", "gt", r#""20260101000000""#)]),
            vec![],
        ),
        (
            rule("read", &[constraint("dataField", "isA", r#"["a"]"#)]),
            rule("read", &[constraint("dataField", "isAnyOf", r#"["b"]"#)]),
            vec![],
        ),
        (rule("read", &[constraint("count", "lteq", "3")]), rule("read", &[constraint("count", "gt", "3")]), vec![]),
    ] {
        assert_eq!(found(&contract(&permission, &prohibition, "")), expect, "{permission} {prohibition}");
    }
    let apart = contract(
        r#"{"actions":["read"],"subject":{"dataProductId":"P"}}"#,
        r#"{"actions":["read"],"subject":{"dataProductId":"Q"}}"#,
        "",
    );
    assert_eq!(found(&apart), [(ConflictKind::Scope, false)]);
}

#[test]
fn tc609_15_7_1_2_2_d_contradicting_conditions() {
    let contradiction = vec![(ConflictKind::Contradiction, true)];
    for (constraints, expect) in [
        (vec![constraint("count", "lteq", "0")], contradiction.clone()),
        (vec![constraint("count", "lt", "1")], contradiction.clone()),
        (vec![constraint("count", "lteq", "1")], vec![]),
        (
            vec![constraint("time", "gteq", r#""20270101000000""#), constraint("time", "lteq", r#""20260101000000""#)],
            contradiction.clone(),
        ),
        (
            vec![constraint("time", "gteq", r#""20260101000000""#), constraint("time", "lteq", r#""20270101000000""#)],
            vec![],
        ),
        (
            vec![
                constraint("timeWindow", "isA", r#""20240101000000/20240201000000""#),
                constraint("time", "gt", r#""20250101000000""#),
            ],
            contradiction.clone(),
        ),
        (
            vec![constraint("region", "eq", r#""310000""#), constraint("region", "eq", r#""110000""#)],
            contradiction.clone(),
        ),
        (vec![constraint("region", "eq", r#""310115""#), constraint("region", "eq", r#""CN""#)], vec![]),
        (
            vec![constraint("region", "eq", r#""310115""#), constraint("region", "isNoneOf", r#""310000""#)],
            contradiction.clone(),
        ),
        (
            vec![constraint("dataSize", "gt", r#""2K""#), constraint("dataSize", "lteq", r#""1K""#)],
            contradiction.clone(),
        ),
        (
            vec![
                constraint("networkAddress", "isA", r#""10.0.0.0/8""#),
                constraint("networkAddress", "isA", r#""192.168.0.1""#),
            ],
            contradiction.clone(),
        ),
        (vec![constraint("application", "isAllOf", r#"["a","b"]"#)], contradiction.clone()),
        (vec![constraint("count", "lteq", r#""10/P1D""#), constraint("count", "gt", "100")], vec![]),
        (
            vec![constraint("elapsedTime", "lteq", r#""P1D""#), constraint("elapsedTime", "gteq", r#""P7D""#)],
            contradiction.clone(),
        ),
    ] {
        assert_eq!(found(&reading(&constraints.join(","))), expect, "{constraints:?}");
    }
    let never = contract("", &rule("read", &[constraint("count", "lteq", "0")]), "");
    assert_eq!(found(&never), [(ConflictKind::Contradiction, false)], "a prohibition that never applies does no harm");
}

#[test]
fn tc609_15_7_1_2_2_d_scope() {
    let node = contract(
        r#"{"actions":["read"],"executionNode":{"assignerId":"A","assigneeId":"B"}}"#,
        "",
        r#"{"actions":["delete"],"executionNode":{"assignerId":"A","assigneeId":"C"}}"#,
    );
    assert_eq!(found(&node), [(ConflictKind::Scope, false)]);
    let masks = |field: &str| {
        contract(
            &format!(
                r#"{{"actions":["read"],"constraints":[{}],"preDuties":[{{"actions":["desensitize"],"expansionItem":{{"fields":["{field}"],"method":"mask"}}}}]}}"#,
                constraint("dataField", "isA", r#"["name","city"]"#)
            ),
            "",
            "",
        )
    };
    assert_eq!(found(&masks("id_number")), [(ConflictKind::Scope, false)]);
    assert_eq!(found(&masks("name")), []);
}

#[test]
fn duties_that_nobody_can_fulfil() {
    let duty = vec![(ConflictKind::Duty, true)];
    let deletes = contract(r#"{"actions":["read"],"preDuties":["delete"]}"#, "", "");
    assert_eq!(found(&deletes), duty);
    let prohibited = contract(r#"{"actions":["read"],"preDuties":["transform"]}"#, r#"{"actions":["transform"]}"#, "");
    assert_eq!(found(&prohibited), duty);
    let late = format!(
        r#"{{"actions":["read"],"constraints":[{}],"duties":[{{"actions":["delete"],"constraints":[{}]}}]}}"#,
        constraint("time", "gteq", r#""20260601000000""#),
        constraint("time", "lteq", r#""20260101000000""#)
    );
    assert_eq!(found(&contract(&late, "", "")), duty);
    let fine = contract(r#"{"actions":["read"],"preDuties":["encrypt"],"duties":["delete"]}"#, "", "");
    assert_eq!(found(&fine), []);
    let empty = format!(r#"{{"actions":["delete"],"constraints":[{}]}}"#, constraint("count", "lt", "1"));
    assert_eq!(found(&contract("", "", &empty)), [(ConflictKind::Contradiction, true)]);
}
