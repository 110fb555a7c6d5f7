//! Two versions.

use super::*;

/// The changes of words, then those of effect, as lines.
fn check(old: &str, new: &str, changes: &[&str], effects: &[&str]) -> PolicyDifference {
    let found = compare(old, new);
    assert!(found.complete);
    let text = |worded: &Option<xinyu_protocol::api::policy::Worded>| {
        worded.as_ref().map(|worded| worded.text.zh.clone()).unwrap_or_default()
    };
    let told: Vec<_> = found
        .changes
        .iter()
        .map(|change| format!("{}: {} → {}", change.change, text(&change.old), text(&change.new)))
        .collect();
    assert_eq!(told, changes, "{told:#?}");
    let told: Vec<_> = found
        .effects
        .iter()
        .map(|effect| {
            let actions: Vec<_> = effect.actions.iter().map(|action| action.code.as_str()).collect();
            let when: Vec<_> = effect.when.iter().map(|fact| format!("{} {}", fact.label.zh, fact.values.zh)).collect();
            format!("{} {}: {}", effect.effect, actions.join(" "), when.join("; "))
        })
        .collect();
    assert_eq!(told, effects, "{told:#?}");
    let (old, new) = (policy(old), policy(new));
    for effect in &found.effects {
        assert_eq!(effect.old.verdict, verdict(&old, &effect.witness));
        assert_eq!(effect.new.verdict, verdict(&new, &effect.witness));
    }
    found
}

fn reading(limits: &[String]) -> String {
    contract(&permitting(r#""read""#, limits), "", "")
}

#[test]
fn tc609_15_7_2_2_3_i_a_change_is_loosened_or_tightened_with_a_witness() {
    check(
        &reading(&[limit("count", "lteq", "3"), limit("region", "isA", r#"["310000"]"#)]),
        &reading(&[limit("region", "isA", r#"["310000","440300"]"#), limit("count", "lteq", "2")]),
        &[
            "changed: 使用次数不超过 3 次 → 使用次数不超过 2 次",
            "changed: 仅限地域：上海市（310000） → 仅限地域：上海市（310000）、深圳市（440300）",
        ],
        &[
            "tightened read: 地域 上海市（310000）; 第几次使用 第 3 次",
            "loosened read: 地域 深圳市（440300）; 第几次使用 前 2 次",
        ],
    );
}

#[test]
fn what_is_only_said_otherwise_makes_no_difference_in_effect() {
    check(
        &reading(&[limit("count", "lteq", "3"), limit("region", "isA", r#"["310000"]"#)]),
        &reading(&[limit("region", "isAnyOf", r#"["310000"]"#), limit("count", "lt", "4")]),
        &["changed: 使用次数不超过 3 次 → 使用次数小于 4 次"],
        &[],
    );
    let (one, other) = (permitting(r#""read""#, &[]), permitting(r#""compute""#, &[limit("count", "lteq", "3")]));
    check(&contract(&format!("{one},{other}"), "", ""), &contract(&format!("{other},{one}"), "", ""), &[], &[]);
}

#[test]
fn rules_come_and_go() {
    check(
        &contract(&permitting(r#""read""#, &[]), "", ""),
        &contract(&permitting(r#""read","download""#, &[]), r#"{"actions":["sell"]}"#, ""),
        &["changed: 只允许「读取」 → 只允许「读取、下载」", "added:  → 禁止「交易」"],
        &["loosened download export: "],
    );
    check(
        &contract(&permitting(r#""read""#, &[]), "", ""),
        &contract("", "", ""),
        &["removed: 只允许「读取」 → "],
        &["tightened read: "],
    );
}

#[test]
fn duties_and_rows_are_an_effect_of_their_own() {
    let with = |more: &str, filter: &str| {
        contract(&permitting(r#""read""#, &[limit("valueExpression", "eq", filter)]), "", more)
    };
    check(
        &with("", r#""a = 1""#),
        &with(r#"{"actions":["logRecordSend"]}"#, r#""a = 2""#),
        &["changed: 仅限满足 a = 1 的行 → 仅限满足 a = 2 的行", "added:  → 使用后须行为记录发送"],
        &["duties read: ", "rows read: "],
    );
}
