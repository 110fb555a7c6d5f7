//! Bad input: one clear error that names the thing, and nothing changed.

use serde_json::{Value, json};

use crate::program::{free_port, platform, xinyu};

#[test]
fn ndi_04_wrong_identifiers_are_explained() {
    let check = |code: &str, status: i32, says: &str| {
        let output = xinyu(&["id", "check", code, "--lang", "en"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{code}: {text}");
        assert!(text.contains(says), "{code}: {text}");
    };
    check("591350100M000100Y433501A1B2C3D4T", 0, "valid");
    check("591350100M000100Y433501A1B2C3D4X", 1, "T");
    check("91310105575958172F", 1, "A");
    check("91350100M000100Y43", 0, "valid");
}

#[test]
fn tc609_15_7_1_2_2_b_a_policy_that_does_not_parse_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let (policy, request) = (folder.path().join("policy.json"), folder.path().join("request.json"));
    std::fs::write(&request, br#"{"action":"read"}"#).unwrap();
    let check = |text: &str, status: i32, says: &str| {
        std::fs::write(&policy, text).unwrap();
        let output = xinyu(&["policy", "check", policy.to_str().unwrap(), request.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{text}: {said}");
        assert!(said.contains(says), "{text}: {said}");
    };
    let rule = |constraint: &str| {
        format!(
            r#"{{"contractPolicies":[{{"permissionPolicies":[{{"actions":["read"],"constraints":[{constraint}]}}]}}]}}"#
        )
    };
    check(&rule(""), 0, r#""decision": "allow""#);
    check(&rule(r#"{"constraintName":"moon","constraintOperator":"01","constraintValue":1}"#), 2, "/constraints/0");
    check("{", 2, "policy.json");
    check(r#"{"contractPolicies":[{"permissionPolicies":[]}]}"#, 1, "deny_by_default");
}

#[tokio::test]
async fn a_running_platform_refuses_bad_requests_with_problem_documents() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("platform");
    let port = free_port();
    let _running = platform(&home, port);
    let base = format!("http://127.0.0.1:{port}");
    let client = reqwest::Client::new();
    let password = std::fs::read_to_string(home.join("admin-password")).unwrap();
    let login = client
        .post(format!("{base}/api/v1/login"))
        .json(&json!({"name": "admin", "password": password}))
        .send()
        .await
        .unwrap();
    let token = login.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();

    let send = async |path: &str, body: Vec<u8>, token: Option<&str>| {
        let mut request = client.post(format!("{base}{path}")).header("content-type", "application/json").body(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let good = json!({"spaceId": "trial", "name": "试验", "description": "", "kind": "city", "suite": "sm", "platformPermille": 100});
    let mut unknown_member = good.clone();
    unknown_member["colour"] = json!(1);
    let mut unknown_kind = good.clone();
    unknown_kind["kind"] = json!("moon");
    let doubled = br#"{"spaceId":"a","spaceId":"b"}"#.to_vec();
    let spaces = "/api/v1/spaces";
    type Case<'a> = (&'a str, Vec<u8>, Option<&'a str>, u16, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (spaces, b"{".to_vec(), Some(&token), 400, "line"),
        (spaces, doubled, Some(&token), 400, "spaceId"),
        (spaces, serde_json::to_vec(&unknown_member).unwrap(), Some(&token), 400, "colour"),
        (spaces, serde_json::to_vec(&unknown_kind).unwrap(), Some(&token), 400, "space-kind"),
        (spaces, serde_json::to_vec(&good).unwrap(), None, 401, "not-logged-in"),
        (spaces, serde_json::to_vec(&good).unwrap(), Some("forged"), 401, "not-logged-in"),
        (
            "/api/v1/participants/591350100M000100Y433501A1B2C3D4T/decision",
            br#"{"approve":true}"#.to_vec(),
            Some(&token),
            404,
            "unknown-participant",
        ),
        ("/tc609/evidence", b"{}".to_vec(), None, 401, "code"),
        ("/tc609/registration", br#"{"token":"a.b.c"}"#.to_vec(), None, 400, "registration-token"),
        ("/api/v1/login", br#"{"name":"admin","password":"wrong"}"#.to_vec(), None, 401, "wrong-login"),
    ];
    for (path, body, token, status, says) in cases {
        let (found, text) = send(path, body, token).await;
        assert_eq!(found, status, "{path}: {text}");
        assert!(text.contains(says), "{path}: {text}");
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert!(problem["code"].is_string() && problem["titleZh"].is_string(), "{path}: {text}");
    }
    // The refusal comes before the body is read, so that the sender may find the connection closed instead.
    let large = client.post(format!("{base}{spaces}")).bearer_auth(&token).body(vec![b' '; 5 << 20]).send().await;
    assert!(large.map_or(true, |response| response.status().as_u16() == 413));
    let (status, text) = send(spaces, serde_json::to_vec(&good).unwrap(), Some(&token)).await;
    assert_eq!(status, 200, "after all that a good request is served: {text}");
    // The key file is there for the taking: no name of a space or a file leads to it.
    assert!(home.join("keys.sealed").is_file());
    for path in [
        "/evidence/trial/..%2F..%2Fkeys.sealed",
        "/evidence/..%2Fxinyu.db/checkpoint",
        "/evidence/..%2F/keys.sealed",
        "/evidence/..%2F/unlock.key",
        "/evidence/..%2F.%2F/keys.sealed",
        "/evidence/%2F/etc/passwd",
        "/evidence/trial/tile",
        "/evidence/trial/checkpoint/more",
        "/evidence/trial/nul%00",
        "/evidence/trial/none",
    ] {
        let response = client.get(format!("{base}{path}")).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 404, "{path}");
    }
}
