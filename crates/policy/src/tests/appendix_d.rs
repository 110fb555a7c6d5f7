//! The five scenarios of TC609-6-2025-14 Appendix D, written as the standard writes them.

use super::{check, contract};

/// A row of Table D.1.
fn row(name: &str, operator: &str, value: &str) -> String {
    format!(r#"{{"constraintName":"{name}","constraintOperator":"{operator}","constraintValue":{value}}}"#)
}

fn permission(action: &str, rows: &[String]) -> String {
    format!(r#"{{"actions":["{action}"],"constraints":[{}]}}"#, rows.join(","))
}

#[test]
fn tc609_14_d_1_api_calls() {
    let rows = [
        row("count", "lteq", r#""10000 次/天""#),
        row("timeWindow", "eq", r#""P1D""#),
        row("networkAddress", "isA", r#""203.0.113.7""#),
    ];
    let text = contract(&permission("read", &rows), "", "");
    let call = |made: u64, address: &str| {
        format!(r#"{{"action":"read","networkAddress":"{address}","used":{{"inWindow":{made}}}}}"#)
    };
    check(&text, &call(9_999, "203.0.113.7"), "allow");
    let decision = check(&text, &call(10_000, "203.0.113.7"), "deny /constraints/0");
    assert_eq!(decision.reasons[0].zh, "使用次数已达上限：合约允许每天 10000 次，已使用 10000 次");
    check(&text, &call(0, "203.0.113.8"), "deny /constraints/2");
    check(&text, r#"{"action":"download"}"#, "deny_by_default");
}

#[test]
fn tc609_14_d_2_joint_computation() {
    let read = [row("dataField", "isA", r#"["字段1","字段2","字段3"]"#), row("networkAddress", "isA", r#""10.0.0.5""#)];
    let develop = [row("executionEnv", "isA", r#""02：数据沙箱""#), row("logRecordSend", "eq", r#""相关方""#)];
    let rules = [permission("read", &read), permission("jointDevelop", &develop), permission("export", &[])].join(",");
    let text = contract(&rules, "", "");
    check(&text, r#"{"action":"read","dataField":["字段1"],"networkAddress":"10.0.0.5"}"#, "allow");
    check(&text, r#"{"action":"read","dataField":["字段4"],"networkAddress":"10.0.0.5"}"#, "deny /constraints/0");
    let decision = check(&text, r#"{"action":"jointDevelop","executionEnv":"02"}"#, "allow");
    assert_eq!(decision.duties.len(), 1);
    assert_eq!(decision.duties[0].action.code(), "logRecordSend");
    assert_eq!(decision.duties[0].parameters["value"], "相关方");
    check(&text, r#"{"action":"jointDevelop","executionEnv":"01"}"#, "deny /constraints/0");
    check(&text, r#"{"action":"export"}"#, "allow");
    check(&text, r#"{"action":"distribute"}"#, "deny_by_default");
}

#[test]
fn tc609_14_d_3_sharing_across_organisations() {
    let rows = [row("deliveryMethod", "eq", r#""01""#), row("logRecordSend", "eq", r#""数据使用方""#)];
    let text = contract(&permission("distribute", &rows), "", "");
    let decision = check(&text, r#"{"action":"distribute","deliveryMethod":"01"}"#, "allow");
    assert_eq!(decision.duties[0].parameters["value"], "数据使用方");
    check(&text, r#"{"action":"distribute","deliveryMethod":"03"}"#, "deny /constraints/0");
}

#[test]
fn tc609_14_d_4_purchase() {
    let rows = [
        row("payAmount", "eq", r#""100.00 CNY""#),
        row("timeWindow", "lteq", r#""P365D""#),
        row("compensate", "eq", r#""10.00 CNY""#),
    ];
    let text = contract(&permission("sell", &rows), "", "");
    let sell = |time: &str, done: &str| {
        format!(r#"{{"action":"sell","time":"{time}","timeOfFirstUse":"2026-01-01T00:00:00Z","dutiesDone":[{done}]}}"#)
    };
    let decision = check(&text, &sell("2026-06-01T00:00:00Z", ""), "allow_if");
    let amounts: Vec<_> = decision.duties.iter().map(|duty| duty.parameters["payAmount"].clone()).collect();
    assert_eq!(amounts, ["10.00 CNY", "100.00 CNY"]);
    check(&text, &sell("2026-06-01T00:00:00Z", r#""compensate""#), "allow");
    check(&text, &sell("2027-06-01T00:00:00Z", r#""compensate""#), "deny /constraints/1");
}

#[test]
fn tc609_14_d_5_processing_encrypted_data() {
    let rows = [
        row("encryptMode", "eq", r#""02：密文使用""#),
        row("timeWindow", "isA", r#""2024-03-20 23:59:59 -- 2025-03-20 23:59:59""#),
        row("dataField", "isA", r#"["a","b"]"#),
        row("count", "lteq", r#""1000 次""#),
        row("executionEnv", "isA", r#""06：密态计算""#),
    ];
    let text = contract(&permission("process", &rows), "", "");
    let process = |mode: &str, time: &str, made: u64, environment: &str| {
        format!(
            r#"{{"action":"process","encryptMode":"{mode}","time":"{time}","dataField":["a"],
               "used":{{"count":{made}}},"executionEnv":"{environment}"}}"#
        )
    };
    check(&text, &process("02", "2024-12-01T00:00:00Z", 999, "06"), "allow");
    check(&text, &process("01", "2024-12-01T00:00:00Z", 999, "06"), "deny /constraints/0");
    check(&text, &process("02", "2025-12-01T00:00:00Z", 999, "06"), "deny /constraints/1");
    check(&text, &process("02", "2024-12-01T00:00:00Z", 1000, "06"), "deny /constraints/3");
    check(&text, &process("02", "2024-12-01T00:00:00Z", 999, "02"), "deny /constraints/4");
}
