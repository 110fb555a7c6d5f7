//! The matrix, case by case.

use super::*;

fn check(tables: &[CaseTable], action: &str, expect: &[&str]) {
    let lines = lines(tables, action);
    assert_eq!(lines, expect, "{action}: {lines:#?}");
}

#[test]
fn tc609_15_7_2_2_3_h_each_case_with_its_verdict_and_clause() {
    let limits = [
        limit("count", "lteq", "3"),
        limit("dataField", "isA", r#"["a","b"]"#),
        limit("region", "isA", r#"["310000","440300"]"#),
    ];
    let text =
        contract(&permitting(r#""read","compute""#, &limits), r#"{"actions":["sell"]}"#, r#"{"actions":["delete"]}"#);
    let tables = matrix(&policy(&text), new_year());
    let place = "地域 上海市（310000）、深圳市（440300）";
    check(
        &tables,
        "read",
        &[
            &format!("allow /permissionPolicies/0: {place}; 字段 仅 a、b; 第几次使用 前 3 次"),
            &format!("deny /permissionPolicies/0/constraints/0: {place}; 字段 仅 a、b; 第几次使用 第 4 次起"),
            &format!("deny /permissionPolicies/0/constraints/1: {place}; 字段 其他"),
            "deny /permissionPolicies/0/constraints/2: 地域 其他",
        ],
    );
    check(&tables, "sell", &["deny /prohibitionPolicies/0: "]);
    check(&tables, "download", &["deny_by_default /contractPolicies: "]);
    let read = &tables[0];
    assert_eq!(read.actions.iter().map(|action| action.code.as_str()).collect::<Vec<_>>(), ["read", "compute"]);
    assert_eq!(read.cases[0].ruling.duties[0].action, "delete");
    let all: usize = tables.iter().map(|table| table.actions.len()).sum();
    assert_eq!(all, crate::Action::ALL.len(), "every action once");
    assert_eq!(tables.iter().filter(|table| !table.spoken).count(), 1, "silence is told once");
}

#[test]
fn duties_times_and_parties_make_cases() {
    let text = contract(
        r#"{"actions":["read"],"executionNode":{"assigneeId":"N"},"preDuties":["authenticate"],
            "constraints":[{"constraintName":"timeWindow","constraintOperator":"isA","constraintValue":"09:00-18:00"},
                           {"constraintName":"elapsedTime","constraintOperator":"lteq","constraintValue":"P30D"}]}"#,
        "",
        "",
    );
    let tables = matrix(&policy(&text), new_year());
    let within = "连接器 N; 使用时间 每天 09:00–18:00";
    let lines = lines(&tables, "read");
    assert_eq!(
        lines[0],
        format!("allow_if /permissionPolicies/0: {within}; 首次使用后经过 不超过 30 天"),
        "{lines:#?}"
    );
    assert_eq!(
        lines[1],
        format!("deny /permissionPolicies/0/constraints/1: {within}; 首次使用后经过 超过 30 天"),
        "{lines:#?}"
    );
    assert!(lines[2].starts_with("deny /permissionPolicies/0/constraints/0: 连接器 N; 使用时间 每天 "), "{lines:#?}");
    assert_eq!(lines.last().unwrap(), "deny /permissionPolicies/0: 连接器 其他连接器; 使用者 其他", "{lines:#?}");
}

#[test]
fn what_lies_between_limits_is_told_too() {
    let limits = [
        limit("dateRecord", "gteq", "10"),
        limit("dateRecord", "lteq", "100"),
        limit("networkAddress", "isA", r#"["10.0.0.0/8","*.example.cn"]"#),
        limit("time", "lteq", r#""2026-06-30""#),
    ];
    let tables = matrix(&policy(&contract(&permitting(r#""read""#, &limits), "", "")), new_year());
    let lines = lines(&tables, "read");
    assert_eq!(
        lines[0],
        "allow /permissionPolicies/0: 网络地址 10.0.0.0/8、*.example.cn; 数据记录数 10 至 100 条; 使用时间 2026-06-30 23:59:59 及以前",
        "{lines:#?}"
    );
    assert!(lines.iter().any(|line| line.contains("数据记录数 不超过 9 条")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("数据记录数 超过 100 条")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.ends_with("使用时间 2026-07-01 00:00:00 起")), "{lines:#?}");
}

#[test]
fn conditions_on_rows_stand_beside_the_cases() {
    let limits = [limit("valueExpression", "eq", r#""country = 'CN'""#)];
    let tables = matrix(&policy(&contract(&permitting(r#""read""#, &limits), "", "")), new_year());
    assert_eq!(tables[0].row_filters, ["country = 'CN'"]);
}

#[test]
fn too_many_cases_are_said_to_be_too_many() {
    let rule = |index: usize| {
        let limits = [
            limit("purpose", "eq", &format!(r#""p{index}""#)),
            limit("application", "eq", &format!(r#""a{index}""#)),
            limit("region", "isA", &format!(r#"["{}0000"]"#, 11 + index)),
            limit("count", "lteq", &(index * 10).to_string()),
            limit("dataField", "isA", &format!(r#"["f{index}","f{}"]"#, index + 1)),
        ];
        permitting(r#""read""#, &limits)
    };
    let rules: Vec<_> = (1..60).map(rule).collect();
    let tables = matrix(&policy(&contract(&rules.join(","), "", "")), new_year());
    assert!(tables.iter().any(|table| !table.complete && table.cases.is_empty() && table.spoken));
}
