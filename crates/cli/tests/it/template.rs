//! Policy templates on the command line: at a platform written, decided on, exported and imported, at a connector filled in.

use std::path::Path;

use serde_json::{Value, json};

use crate::command::World;

/// A template of one limit.
fn definition(most: u64) -> Value {
    let text = |text: &str| json!({ "zh": text, "en": text });
    json!({
        "templateId": "ours", "name": text("some uses"), "description": text("limits uses"), "kind": "constraint", "objects": ["data"],
        "effects": ["allow"], "priority": 1, "spaceKinds": [],
        "parameters": [{ "name": "times", "label": text("times"), "help": text("times"), "type": { "integer": { "min": 1, "max": most } }, "required": true }],
        "body": { "permissionPolicies": [{ "actions": ["use"], "constraints": [
            { "constraintName": "count", "constraintOperator": "11", "constraintValue": { "$parameter": "times" } },
        ] }] },
    })
}

fn write(folder: &Path, name: &str, value: &Value) -> String {
    let path = folder.join(name);
    std::fs::write(&path, value.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn tc609_15_7_2_2_1_templates_are_managed_and_applied_on_the_command_line() {
    let world = World::start().await;
    let folder = world.folder.path();
    let (node, password) = (format!("http://127.0.0.1:{}", world.port), world.password_file("platform"));
    let password = password.to_str().unwrap();
    let check = |line: &[&str], status: i32, says: &str| {
        let line = [&["template"], line, &["--node", &node, "--password-file", password]].concat();
        world.check(&line, status, says);
    };
    check(&["list"], 0, "use-count");
    check(&["show", "use-count"], 0, "number of uses");
    check(&["show", "nothing"], 1, "template nothing does not exist");
    let file = write(folder, "template.json", &definition(9));
    check(&["save", &file], 0, "draft");
    check(&["save", &file], 0, "draft");
    check(&["review", "ours", "1", "approve"], 1, "you saved template ours yourself");
    check(&["enable", "ours", "1", "open"], 1, "is a draft");
    check(&["review", "ours", "7", "approve"], 1, "has no version 7");
    let mut bad = definition(9);
    bad["parameters"][0]["name"] = json!("tmes");
    let bad = write(folder, "bad.json", &bad);
    check(&["save", &bad], 1, "/body/permissionPolicies/0/constraints/0/constraintValue");
    let unreadable = write(folder, "other.json", &json!({ "templateId": "x" }));
    check(&["save", &unreadable], 2, "missing field");
    let file = write(folder, "template.json", &definition(99));
    check(&["save", &file], 0, "2");
    check(&["show", "ours", "--from", "1"], 0, "/parameters/0/type/integer/max");

    let exported = folder.join("exported.json");
    let exported = exported.to_str().unwrap();
    check(&["export", "ours", "1", "--out", exported], 0, "");
    let document: Value = reqwest::get(format!("{node}/.well-known/did.json")).await.unwrap().json().await.unwrap();
    let document = write(folder, "did.json", &document);
    check(&["import", exported, "--document", &document], 0, "imported");
    let mut tampered: Value = serde_json::from_str(&std::fs::read_to_string(exported).unwrap()).unwrap();
    tampered["exported"]["template"]["definition"]["priority"] = json!(1000);
    let tampered = write(folder, "tampered.json", &tampered);
    check(&["import", &tampered], 1, "the digest is of another content");
    check(&["delete", "ours", "2", "--reason", "not needed"], 0, "deleted");

    // At the connector: what the platform offers, and a policy of it.
    world.check(&["template", "list"], 0, "set-city");
    world.check(&["template", "show", "use-count"], 0, "times");
    let apply = ["template", "apply", "use-count", "use-actions@1", "--space", "open", "--set", "use-count.times=3"];
    world.check(&apply, 0, "number of uses: at most 3 uses  [Technical]");
    let made = world.json(&apply);
    assert_eq!(made["policies"][0]["permissionPolicies"][0]["actions"], json!(["compute"]));
    assert_eq!(made["templates"][0]["parameters"], json!({ "times": 3 }));
    let apply = |template: &str, set: &str| {
        let line = ["template", "apply", template, "--space", "open", "--set", set];
        line.map(str::to_owned)
    };
    for (template, set, status, says) in [
        ("use-count", "times=0", 1, "/templates/0/parameters/times"),
        ("use-count", "times=many", 1, "must be a whole number"),
        ("use-count", "tmes=1", 1, "has no parameter tmes"),
        ("use-count", "times", 2, "name=value"),
        ("use-count", "content.fields=a", 2, "--set content"),
        ("use-count@x", "times=1", 2, "template@version"),
        ("use-count@9", "times=1", 1, "is not enabled in space open"),
        ("set-personal", "times=1", 1, "template set-personal does not exist"),
    ] {
        let line = apply(template, set);
        world.check(&line.each_ref().map(String::as_str), status, says);
    }
    check(&["disable", "use-count", "1", "open"], 0, "disabled");
    let line = apply("use-count", "times=1");
    world.check(&line.each_ref().map(String::as_str), 1, "template use-count does not exist");
}
