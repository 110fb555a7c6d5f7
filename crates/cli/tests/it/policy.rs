//! `xinyu policy`: what it prints, to the letter, and what it says of what it cannot read.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::program::xinyu;

const OLD: &str = r#"{"indate":"20260630235959","contractPolicies":[{
 "permissionPolicies":[{"actions":["compute"],"constraints":[
  {"constraintName":"count","constraintOperator":"lteq","constraintValue":"3"},
  {"constraintName":"region","constraintOperator":"isA","constraintValue":["310000"]}]}],
 "prohibitionPolicies":[{"actions":["sell"]}],
 "obligationPolicies":[{"actions":["delete"],"expansionItem":{"after":"count"}}]}]}"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// What is printed in Chinese, and the exit status.
fn said(arguments: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_xinyu")).args(arguments).args(["--lang", "zh"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"), output.status.code())
}

fn check(arguments: &[&str], status: i32, expect: &[&str]) {
    let (text, code) = said(arguments);
    assert_eq!(code, Some(status), "{text}");
    expect.iter().for_each(|part| assert!(text.contains(part), "{arguments:?} lacks {part}:\n{text}"));
}

#[test]
fn tc609_15_7_2_2_3_h_a_policy_is_told_clause_by_clause() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let policy = folder.file("policy.json", OLD);
    check(
        &["policy", "check", &policy],
        0,
        &["没有冲突", "使用次数不超过 3 次", "技术强制", "审计核查", "法律约束", "/indate"],
    );
    let list = folder.file(
        "list.json",
        r#"[{"permissionPolicies":[{"actions":["read"]}],"prohibitionPolicies":[{"actions":["read"]}]}]"#,
    );
    check(&["policy", "check", &list], 1, &["须修改: ", "/contractPolicies/0/prohibitionPolicies/0"]);
    let unknown = folder.file("unknown.json", r#"[{"permissionPolicies":[{"actions":["fly"]}]}]"#);
    check(
        &["policy", "check", &unknown],
        2,
        &["无法理解", "/contractPolicies/0/permissionPolicies/0/actions/0", "fly"],
    );
}

#[test]
fn tc609_15_7_2_2_3_h_a_year_is_told_month_by_month() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let policy = folder.file("policy.json", OLD);
    let uses =
        folder.file("uses.json", r#"[{"action":"compute","region":"310115","every":"P30D","from":"2026-02-01"}]"#);
    let arguments = ["policy", "simulate", &policy, "--uses", &uses, "--from", "2026-01-01"];
    check(
        &arguments,
        0,
        &[
            "地域：上海市（310000）；使用时间：2026-06-30 23:59:59 及以前；第几次使用：前 3 次",
            "默认拒绝",
            "计算 (1 × P30D)",
            "2026-12",
            "约定的 3 次使用已用尽",
            "使用次数用尽，数据须删除",
            "「计算」被拒绝：使用次数不超过 3 次",
        ],
    );
    let (one, other) = (said(&arguments).0, said(&arguments).0);
    assert_eq!(one, other, "the same question has the same answer");
    let output = xinyu(&[&arguments[..], &["--json"]].concat());
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["timeline"]["uses"][0]["count"]["allowed"], 3);
    assert_eq!(answer["timeline"]["stretches"].as_array().unwrap().len(), 12);
    assert_eq!(answer["tables"][0]["cases"][0]["ruling"]["verdict"], "allow");
}

#[test]
fn two_versions_are_compared_to_the_letter() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let (old, new) = (folder.file("old.json", OLD), folder.file("new.json", &OLD.replace("\"3\"", "\"2\"")));
    let (text, status) = said(&["policy", "diff", &old, &new]);
    assert_eq!(status, Some(0), "{text}");
    let expect = "── 文字的变化 ──
- 使用次数不超过 3 次  [/contractPolicies/0/permissionPolicies/0/constraints/0]
+ 使用次数不超过 2 次  [/contractPolicies/0/permissionPolicies/0/constraints/0]

── 效果的变化 ──";
    assert!(text.starts_with(expect), "{text}");
    assert!(text.contains("收紧") && text.contains("第 3 次") && text.contains("拒绝：使用次数不超过 2 次"), "{text}");
    check(&["policy", "diff", &old, &old], 0, &["没有变化", "效果没有变化"]);
    let output = xinyu(&["policy", "diff", &old, &new, "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["effects"][0]["effect"], "tightened");
    assert_eq!(answer["effects"][0]["witness"]["used"]["count"], 2);
}

#[test]
fn what_cannot_be_looked_into_is_told_with_file_and_place() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let good = folder.file("good.json", OLD);
    let broken = folder.file("broken.json", "{\n  \"contractPolicies\": [,]\n}");
    let unknown =
        folder.file("unknown.json", &OLD.replace("count\",\"constraintOperator", "moon\",\"constraintOperator"));
    let uses = folder.file("uses.json", r#"[{"action":"compute","every":"now"}]"#);
    assert!(Path::new(&good).exists());
    check(&["policy", "check", &broken], 2, &["broken.json", "2"]);
    check(&["policy", "simulate", &unknown], 2, &["unknown.json", "constraintName", "moon"]);
    check(&["policy", "simulate", &good, "--uses", &uses], 2, &["/uses/0/every"]);
    check(&["policy", "simulate", &good, "--for", "P99Y"], 2, &["P99Y"]);
    check(&["policy", "simulate", &good, "--from", "someday"], 2, &["--from someday"]);
    check(&["policy", "simulate", "/none.json"], 2, &["/none.json"]);
    check(&["policy", "diff", &good, &unknown], 2, &["unknown.json: /new/contractPolicies"]);
    check(&["policy", "diff", &good], 2, &["NEW"]);
}
