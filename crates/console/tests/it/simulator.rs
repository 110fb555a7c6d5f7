//! 策略推演: the page answers what it is asked, in both languages, and tells what it cannot read with its place, the form kept.

use crate::fixture::reader::{check_page, get, send};
use crate::fixture::world::{HOSTILE, Kind, World, ids};

const POLICY: &str = r#"[{"permissionPolicies":[{"actions":["read"],"constraints":[
    {"constraintName":"count","constraintOperator":"lteq","constraintValue":"3"}]}],
    "prohibitionPolicies":[{"actions":["sell"]}],"obligationPolicies":[{"actions":["delete"]}]}]"#;
const LOOSER: &str = r#"[{"permissionPolicies":[{"actions":["read","download"],"constraints":[
    {"constraintName":"count","constraintOperator":"lteq","constraintValue":"2"}]}],
    "prohibitionPolicies":[{"actions":["sell"]}],"obligationPolicies":[{"actions":["delete"]}]}]"#;

/// What the page says to a form.
async fn check(kind: Kind, form: &[(&str, &str)], status: u16, expect: &[&str]) {
    let answer = send(World::new(kind, false).start(None, 0).await, "/simulator", form).await;
    assert_eq!(answer.status(), status, "{form:?}");
    let html = answer.text().await.unwrap();
    check_page(&html, "zh-CN", "simulator");
    expect.iter().for_each(|part| assert!(html.contains(part), "{form:?} lacks {part}: {html}"));
    assert!(!html.contains("<script>"));
}

#[tokio::test]
async fn tc609_15_7_2_2_3_h_clauses_cases_and_a_year_of_use_on_one_page() {
    for kind in [Kind::Platform, Kind::Provider, Kind::Consumer] {
        check(
            kind,
            &[("policy", POLICY), ("from", "2026-01-01"), ("span", "P1Y")],
            200,
            &[
                "使用次数不超过 3 次",
                "技术强制",
                "没有冲突",
                "第 4 次起",
                "前 3 次",
                "默认拒绝",
                "<svg class=\"chart broad\"",
                "role=\"img\"",
                "约定的 3 次使用已用尽",
                "使用次数用尽，数据须删除",
                "<th scope=\"row\">2026-12",
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn tc609_15_7_2_2_3_i_two_versions_are_told_apart_by_colour_and_word() {
    check(
        Kind::Provider,
        &[("policy", LOOSER), ("old", POLICY), ("span", "P30D")],
        200,
        &[
            "<span class=\"chip wait\">放宽</span>",
            "<span class=\"chip calm\">收紧</span>",
            "<del>使用次数不超过 3 次</del>",
            "<ins>使用次数不超过 2 次</ins>",
            "第 3 次",
        ],
    )
    .await;
    check(Kind::Provider, &[("policy", POLICY), ("old", POLICY)], 200, &["效果没有变化", "条款没有变化"]).await;
}

#[tokio::test]
async fn a_contract_leads_to_what_may_be_done_under_it() {
    let address = World::new(Kind::Consumer, false).start(None, 0).await;
    let contract = ids().contract;
    let html = get(address, &format!("/contracts/{contract}"), "zh-CN").await.text().await.unwrap();
    assert!(html.contains(&format!("href=\"/simulator?contract={contract}\"")), "the contract leads nowhere");
    let html = get(address, &format!("/simulator?contract={contract}"), "en").await.text().await.unwrap();
    check_page(&html, "en", "simulator");
    assert!(html.contains("Who could do what when") && html.contains("Allowed on condition"));
    assert!(html.contains(&format!("value=\"{contract}\"")));
    let html = get(address, "/simulator", "en").await.text().await.unwrap();
    assert!(html.contains("permissionPolicies") && !html.contains("id=\"matrix\""));
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_its_place_and_kept() {
    let unknown = POLICY.replace("count", "moon");
    for (form, expect) in [
        (
            &[("policy", "[{\n \"a\": }"), ("uses", "[]")][..],
            &["JSON 无法解析", "「使用策略（JSON）」", "2", ">[{\n &#34;a&#34;: }</textarea>"][..],
        ),
        (
            &[("policy", unknown.as_str())],
            &["策略无法理解", "/contractPolicies/0/permissionPolicies/0/constraints/0/constraintName", "moon"],
        ),
        (&[("policy", POLICY), ("uses", "{")], &["JSON 无法解析", "「典型使用（JSON，可不填）」", ">{</textarea>"]),
        (&[("policy", POLICY), ("uses", r#"[{"action":"read","times":0}]"#)], &["/uses/0/times", "1 至 1000"]),
        (&[("policy", POLICY), ("old", "nothing")], &["JSON 无法解析", "「用来比较的旧版本（JSON，可不填）」"]),
        (&[("policy", POLICY), ("from", "someday")], &["起始时间无法理解", "value=\"someday\""]),
        (&[("policy", POLICY), ("span", "P900Y")], &["P900Y", "value=\"P900Y\""]),
        (&[("policy", POLICY), ("uses", r#"[{"action":"read","every":"PT1M"}]"#)], &["20000"]),
        (&[("policy", HOSTILE)], &["JSON 无法解析", "&#60;script"]),
    ] {
        check(Kind::Provider, form, 400, &[&["<div class=\"notice bad\" role=\"alert\">"], expect].concat()).await;
    }
}
