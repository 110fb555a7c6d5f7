//! What else is read off a policy: fields, row filters, limits, expiry, duties, products, inheritance.

use super::{check, constraint, contract, policy, reading};
use crate::{Action, Enforcement, Timing, Value, explain};

fn fields(text: &str, action: Action) -> Option<Vec<String>> {
    policy(text).allowed_fields(action).map(|fields| fields.into_iter().collect())
}

#[test]
fn fields_that_are_open() {
    let list = |value: &str| constraint("dataField", "isA", value);
    assert_eq!(fields(&reading(""), Action::Read), None);
    assert_eq!(fields(&reading(&list(r#"["a","b"]"#)), Action::Read), Some(vec!["a".into(), "b".into()]));
    assert_eq!(fields(&reading(&list(r#"["a"]"#)), Action::Download), Some(vec![]), "no permission, no field");
    let both = [list(r#"["a","b","c"]"#), list(r#"["b","c"]"#), constraint("dataField", "isNoneOf", r#"["c"]"#)];
    assert_eq!(fields(&reading(&both.join(",")), Action::Read), Some(vec!["b".into()]));
    let rule = |value: &str| format!(r#"{{"actions":["read"],"constraints":[{}]}}"#, list(value));
    let two = contract(&[rule(r#"["a"]"#), rule(r#"["b","t.id_number"]"#)].join(","), &rule(r#"["id_number"]"#), "");
    assert_eq!(fields(&two, Action::Read), Some(vec!["a".into(), "b".into()]));
    let open = contract(&format!(r#"{},{{"actions":["read"]}}"#, rule(r#"["a"]"#)), "", "");
    assert_eq!(fields(&open, Action::Read), None);
}

#[test]
fn rows_that_are_open() {
    let text = reading(&constraint("valueExpression", "eq", r#""age >= 18""#));
    let filters = policy(&text).row_filters(Action::Read);
    assert_eq!(filters.len(), 1);
    assert!(filters[0].matches(&|_| Some(Value::Integer(18))));
    assert!(!filters[0].matches(&|_| Some(Value::Integer(17))));
    assert!(policy(&text).row_filters(Action::Sell).is_empty());
}

#[test]
fn limits_and_expiry() {
    let limit = |constraints: &str| policy(&reading(constraints)).count_limit(Action::Read);
    assert_eq!(limit(""), None);
    assert_eq!(limit(&constraint("count", "lteq", "3")), Some(3));
    assert_eq!(limit(&constraint("count", "lt", "3")), Some(2));
    assert_eq!(limit(&[constraint("count", "lteq", "9"), constraint("count", "lteq", "3")].join(",")), Some(3));
    assert_eq!(limit(&constraint("count", "lteq", r#""3/P1D""#)), None, "a limit per day is none in all");

    let window = |constraints: &str| {
        policy(&reading(constraints)).use_window(Action::Read).map(|window| window.as_str().to_owned())
    };
    assert_eq!(window(&constraint("count", "lteq", "3")), None);
    assert_eq!(window(&constraint("frequency", "lteq", "3")), Some("P1D".to_owned()));
    assert_eq!(window(&constraint("frequency", "lteq", r#""3/小时""#)), Some("PT1H".to_owned()));
    let both = [constraint("count", "lteq", "3"), constraint("timeWindow", "eq", r#""P7D""#)];
    assert_eq!(window(&both.join(",")), Some("P7D".to_owned()));

    let end = |constraints: &str| policy(&reading(constraints)).expires_at().map(|at| at.to_string());
    assert_eq!(end(""), None);
    assert_eq!(end(&constraint("time", "lteq", r#""20261231235959""#)), Some("2026-12-31T15:59:59Z".to_owned()));
    let interval = constraint("timeWindow", "isA", r#""2024-03-20 23:59:59 -- 2025-03-20 23:59:59""#);
    assert_eq!(end(&interval), Some("2025-03-20T15:59:59Z".to_owned()));
    let open = contract(r#"{"actions":["read"]},{"actions":["read"],"constraints":[]}"#, "", "");
    assert_eq!(policy(&open).expires_at(), None);
}

#[test]
fn duties_by_time() {
    let text = contract(
        r#"{"actions":["read"],"preDuties":["encrypt"],"duties":["notify"]}"#,
        "",
        r#"{"actions":["logRecordSend","delete"]},{"actions":["alert"]}"#,
    );
    let policy = policy(&text);
    let codes = |timing| policy.duties(Action::Read, timing).iter().map(|duty| duty.action.code()).collect::<Vec<_>>();
    assert_eq!(codes(Timing::Before), ["encrypt"]);
    assert_eq!(codes(Timing::During), ["alert"]);
    assert_eq!(codes(Timing::After), ["notify", "logRecordSend", "delete"]);
}

#[test]
fn tc609_15_7_1_2_4_i_inheritance() {
    let plain = contract(r#"{"actions":["read"],"subject":{"dataProductId":"P"}}"#, "", "");
    assert!(!policy(&plain).is_inherited());
    let duty =
        contract(r#"{"actions":["distribute"],"subject":{"dataProductId":"P"},"preDuties":["plicyTransmit"]}"#, "", "");
    let said =
        contract(r#"{"actions":["read"],"subject":{"dataProductId":"P"},"expansionItem":{"inherit":true}}"#, "", "");
    for text in [duty, said] {
        let policy = policy(&text);
        assert!(policy.is_inherited());
        assert_eq!(policy.derived("Q").products().into_iter().collect::<Vec<_>>(), ["Q"]);
        let printed = serde_json::json!({ "contractPolicies": policy.derived("Q").to_tc609() }).to_string();
        check(&printed, r#"{"action":"read","product":"P"}"#, "deny_by_default");
        assert!(super::policy(&printed).is_inherited());
    }
}

#[test]
fn printing_keeps_what_the_standard_names() {
    let text = r#"{"contractPolicies":[{"permissionPolicies":[{"subject":{"dataProductId":"P","dataProductName":"旅客"},"executionNode":{"assignerId":"A","assigneeId":"B"},
        "actions":["read","plicyTransmit"],"constraints":[{"constraintName":"count","constraintOperator":"11","constraintValue":"3"}],
        "preDuties":[{"actions":["desensitize"],"expansionItem":{"fields":["name"],"method":"mask"}}],"expansionItem":{"inherit":true,"note":"x"}}],
        "prohibitionPolicies":[{"actions":["sell"],"remedies":[{"actions":["compensate"],"expansionItem":{"payAmount":"9 CNY"}}]}],
        "obligationPolicies":[{"actions":["delete"],"expansionItem":{"after":"count"},"liabilities":[{"actions":["compensate"]}]}]}]}"#;
    let source: serde_json::Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(policy(text).to_tc609(), source["contractPolicies"]);
}

#[test]
fn tc609_15_7_2_2_3_h_clauses_in_plain_words() {
    let permission = format!(
        r#"{{"actions":["read","compute"],"subject":{{"dataProductId":"P"}},"constraints":[{},{},{},{},{{"or":[{},{}]}}],
            "preDuties":[{{"actions":["desensitize"],"expansionItem":{{"fields":["name"],"method":"mask"}}}}]}}"#,
        constraint("count", "eq", r#""3/P1D""#),
        constraint("time", "lteq", r#""20261231235959""#),
        constraint("dataField", "isA", r#"["name","city"]"#),
        constraint("executionEnv", "eq", r#""02""#),
        constraint("region", "eq", r#""CN""#),
        constraint("purpose", "eq", r#""科研""#),
    );
    let prohibition = format!(r#"{{"actions":["sell"],"constraints":[{}]}}"#, constraint("count", "eq", "3"));
    let obligation = r#"{"actions":["delete"],"expansionItem":{"after":"count"},"liabilities":[{"actions":["compensate"],"expansionItem":{"payAmount":"9.00 CNY"}}]}"#;
    let text = contract(&permission, &prohibition, obligation);
    let clauses = explain(&policy(&text));
    let source: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(clauses.iter().all(|clause| source.pointer(&clause.pointer).is_some() && !clause.text.en.is_empty()));
    let said: Vec<_> = clauses.iter().map(|clause| (clause.text.zh.as_str(), clause.enforcement)).collect();
    assert_eq!(
        said,
        [
            ("只允许「读取、计算」（数据产品 P）", Enforcement::Technical),
            ("使用次数每天不超过 3 次", Enforcement::Technical),
            ("使用时间不晚于 2026-12-31 23:59:59", Enforcement::Technical),
            ("仅限字段：name、city", Enforcement::Technical),
            ("仅限执行环境：数据沙箱", Enforcement::Technical),
            ("至少满足其一（仅限地域：CN；仅限使用目的：科研）", Enforcement::LegalOnly),
            ("仅限地域：CN（满足其一即可）", Enforcement::Audit),
            ("仅限使用目的：科研（满足其一即可）", Enforcement::LegalOnly),
            ("使用前须脱敏（字段 name，遮盖）", Enforcement::Technical),
            ("禁止「交易」", Enforcement::LegalOnly),
            ("适用条件：使用次数等于 3 次", Enforcement::Technical),
            ("使用次数用尽后删除全部副本", Enforcement::Technical),
            ("违反时须补偿（9.00 CNY）", Enforcement::Audit),
            ("合约没有允许的，一律拒绝", Enforcement::Technical),
        ]
    );
}

#[test]
fn nothing_that_counts_within_a_window_lies_before_what_it_reaches() {
    for (period, months) in [("P1M", 1), ("P1Y", 12), ("P7D", 0), ("PT1H", 0)] {
        let policy = policy(&reading(&constraint("frequency", "lteq", &format!(r#""3/{period}""#))));
        let window = policy.use_window(Action::Read).unwrap();
        for now in ["2026-03-31T00:00:00Z", "2027-03-01T12:00:00Z", "2028-02-29T23:59:59Z", "2026-12-31T16:00:00Z"] {
            let now: jiff::Timestamp = now.parse().unwrap();
            let reaches = policy.window_reaches(Action::Read, now).unwrap();
            // Every quarter of a day over more than the window.
            for quarters in 0..(i64::from(months) * 31 + 14) * 4 {
                let at = now.checked_sub(jiff::SignedDuration::from_hours(quarters * 6)).unwrap();
                let counts = window.after(at).is_none_or(|end| end > now);
                assert!(!counts || at >= reaches, "{period}: {at} counts at {now} and lies before {reaches}");
            }
        }
    }
}
