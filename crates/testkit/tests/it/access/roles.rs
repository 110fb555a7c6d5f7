//! Three administrators who check each other; roles that are proposed, confirmed, reviewed and withdrawn; accounts that go dormant; a log that nobody alters.

use serde_json::{Value, json};
use xinyu_access::Role;
use xinyu_shell::Failure;
use xinyu_testkit::world::Seat;

use super::people::{Like, PASSWORD, add, call, check, log_in, one, session, world};

fn new(name: &str, role: &str) -> Value {
    json!({ "name": name, "displayName": "李思", "role": role, "password": PASSWORD })
}

fn id(answer: &Value) -> String {
    answer["grants"][0]["grantId"].as_str().or(answer["grantId"].as_str()).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_13_5_2_the_first_account_appoints_three_administrators_and_no_fourth() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let manager = session(seat, "admin", false).await;
    check(seat, &manager, "/users", new("li", "clerk"), "role-needed").await;
    check(seat, &manager, "/administrators", new("li", "manager"), "not-an-administrator").await;
    for (name, role) in [("sys", "system"), ("sec", "security")] {
        check(seat, &manager, "/administrators", new(name, role), "").await;
    }
    check(seat, &manager, "/administrators", new("sys2", "system"), "administrator-there").await;
    check(seat, &manager, "/administrators", new("aud", "audit"), "").await;
    check(seat, &manager, "/administrators", new("aud2", "audit"), "role-needed").await;
    // The first login: nothing but one's own account, until the password is changed and a second factor is there.
    let token = log_in(seat, "sys", PASSWORD, None).await.unwrap();
    check(seat, &token, "/users", new("li", "clerk"), "password-change-needed").await;
    check(seat, &token, "/me/password", json!({ "old": PASSWORD, "new": "Another-2026!" }), "").await;
    let token = log_in(seat, "sys", "Another-2026!", None).await.unwrap();
    check(seat, &token, "/users", new("li", "clerk"), "second-factor-needed").await;
    let (_, me) = call(seat, &token, "GET", "/me", &Value::Null).await;
    assert_eq!(me["toDo"], json!(["second_factor"]));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_13_7_6_2_a_administrators_check_each_other() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let system = one(seat, "sys", Role::System).await;
    let security = one(seat, "sec", Role::Security).await;
    let audit = one(seat, "aud", Role::Audit).await;
    check(
        seat,
        &system,
        "/users",
        json!({ "name": "li", "displayName": "", "role": "clerk", "password": PASSWORD }),
        "bad-display-name",
    )
    .await;
    check(seat, &system, "/users", new("李四", "clerk"), "bad-user-name").await;
    check(seat, &system, "/users", new("li", "root"), "unknown-role").await;
    let made = check(seat, &system, "/users", new("li", "clerk"), "").await;
    assert_eq!((made["state"].as_str(), made["role"].as_str()), (Some("unconfirmed"), Some("")));
    check(seat, &system, "/users", new("li", "clerk"), "user-taken").await;
    let confirm = format!("/grants/{}/confirmation", id(&made));
    check(seat, &system, &confirm, json!({}), "confirm-by-the-other").await;
    check(seat, &audit, &confirm, json!({}), "role-needed").await;
    check(seat, &security, &confirm, json!({}), "").await;
    check(seat, &security, &confirm, json!({}), "grant-not-so").await;
    // An administrator wants to be auditor, or somebody else's two roles: nobody changes their own, and a second role replaces the first.
    check(seat, &system, "/users/sys/grants", json!({ "role": "audit" }), "own-role").await;
    check(seat, &security, "/users/sec/grants", json!({ "role": "audit" }), "own-role").await;
    let second = check(seat, &security, "/users/li/grants", json!({ "role": "audit" }), "").await;
    check(seat, &system, &format!("/grants/{}/confirmation", id(&second)), json!({}), "").await;
    let (_, users) = call(seat, &security, "GET", "/users", &Value::Null).await;
    let li = users["items"].as_array().unwrap().iter().find(|one| one["name"] == "li").unwrap();
    let in_effect = li["grants"].as_array().unwrap().iter().filter(|grant| grant["state"] == "in_effect").count();
    assert_eq!((li["role"].as_str(), in_effect), (Some("audit"), 1), "{li}");
    // The last administrator of a kind stays.
    let other = one(seat, "sys2", Role::System).await;
    check(seat, &other, "/users/sec/disabling", json!({}), "last-administrator").await;
    check(seat, &other, "/users/sys2/disabling", json!({}), "own-account").await;
    check(seat, &other, "/users/sys/disabling", json!({}), "").await;
    assert_eq!(call(seat, &system, "GET", "/me", &Value::Null).await.0, 401, "its sessions ended");
    assert_eq!(log_in(seat, "sys", PASSWORD, None).await, Err("account-disabled".to_owned()));
    check(seat, &other, "/users/sys/enabling", json!({}), "").await;
    check(seat, &other, "/users/nobody/enabling", json!({}), "unknown-user").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_and_security_25_nobody_alters_the_log_not_even_the_audit_administrator() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let audit = one(seat, "aud", Role::Audit).await;
    let security = one(seat, "sec", Role::Security).await;
    check(seat, &audit, "/users", new("li", "clerk"), "role-needed").await;
    for method in ["DELETE", "PUT", "POST", "PATCH"] {
        for path in ["/audit", "/audit/1", "/audit/verification"] {
            let (status, body) = call(seat, &audit, method, path, &json!({})).await;
            assert!(matches!(status, 403..=405), "{method} {path}: {status} {body}");
        }
    }
    assert_eq!(call(seat, &security, "GET", "/audit", &Value::Null).await.0, 403);
    let (_, log) = call(seat, &audit, "GET", "/audit?action=denied", &Value::Null).await;
    assert_eq!(log["items"][1]["object"], "user.create", "what was denied stands there: {log}");
    let verify = async || call(seat, &audit, "GET", "/audit/verification", &Value::Null).await.1;
    let whole = verify().await;
    assert_eq!(whole["ok"], true);
    for (sql, problem) in [
        ("UPDATE audit SET result = 'forged' WHERE sequence = 2", "entry 2 is not the one"),
        ("DELETE FROM audit WHERE sequence = 2", "entry 2 is missing"),
        ("DELETE FROM audit WHERE sequence > 2", "the chain ends"),
    ] {
        seat.node
            .store
            .write("tamper", move |tx| {
                Box::pin(async move { tx.execute(sql, Vec::new()).await.map_err(Failure::from) })
            })
            .await
            .unwrap();
        let found = verify().await;
        assert!(found["ok"] == false && found["problems"].to_string().contains(problem), "{sql}: {found}");
    }
    world.stop().await;
}

async fn age(seat: &Seat, sql: &'static str) {
    let write = seat
        .node
        .store
        .write("age", move |tx| Box::pin(async move { tx.execute(sql, Vec::new()).await.map_err(Failure::from) }));
    assert!(write.await.unwrap() > 0, "{sql}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_13_7_4_f_permissions_are_reviewed_every_half_year() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let (system, security) = (one(seat, "sys", Role::System).await, one(seat, "sec", Role::Security).await);
    let grants = async |name: &str, role: &str| {
        let made = check(seat, &system, "/users", new(name, role), "").await;
        check(seat, &security, &format!("/grants/{}/confirmation", id(&made)), json!({}), "").await;
        id(&made)
    };
    let (kept, gone) = (grants("li", "clerk").await, grants("zhao", "viewer").await);
    let due = async || call(seat, &security, "GET", "/reviews", &Value::Null).await.1;
    assert!(due().await["items"].as_array().unwrap().iter().all(|one| one["overdue"] == false));
    age(seat, "UPDATE user_grant SET confirmed_at = 1000000 WHERE user_name IN ('li', 'zhao')").await;
    let list = due().await;
    let overdue = list["items"].as_array().unwrap().iter().filter(|one| one["overdue"] == true).count();
    assert_eq!(overdue, 2, "{list}");
    let path = |grant: &str| format!("/reviews/{grant}/decision");
    check(seat, &system, &path(&kept), json!({ "keep": true }), "review-by-the-other").await;
    check(seat, &security, &path(&kept), json!({ "keep": true, "note": "在岗" }), "").await;
    check(seat, &security, &path(&gone), json!({ "keep": false, "note": "离岗" }), "").await;
    check(seat, &security, &path(&gone), json!({ "keep": true }), "grant-not-so").await;
    assert!(due().await["items"].as_array().unwrap().iter().all(|one| one["overdue"] == false));
    let (_, report) = call(seat, &security, "GET", "/reviews/report", &Value::Null).await;
    let told: Vec<_> = report["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["user"].as_str(), one["keep"].as_bool(), one["reviewedBy"].as_str()))
        .collect();
    assert_eq!(told, [(Some("zhao"), Some(false), Some("sec")), (Some("li"), Some(true), Some("sec"))]);
    let token = log_in(seat, "zhao", PASSWORD, None).await.unwrap();
    check(seat, &token, "/spaces", json!({}), "password-change-needed").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tc609_13_7_2_1_c_unused_accounts_go_dormant() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    for name in ["old", "young"] {
        add(seat, name, Like { role: "viewer", ..Like::default() }).await;
    }
    age(seat, "UPDATE console_user SET created_at = 1000000 WHERE name = 'old'").await;
    let token = session(seat, "old", false).await;
    assert_eq!(xinyu_shell::housekeeping::retire(&seat.node).await.unwrap(), 1);
    assert_eq!(xinyu_shell::housekeeping::retire(&seat.node).await.unwrap(), 0);
    assert_eq!(call(seat, &token, "GET", "/me", &Value::Null).await.0, 401);
    assert_eq!(log_in(seat, "old", PASSWORD, None).await, Err("account-dormant".to_owned()));
    log_in(seat, "young", PASSWORD, None).await.unwrap();
    let security = one(seat, "sec", Role::Security).await;
    let (_, alerts) = call(seat, &security, "GET", "/alerts", &Value::Null).await;
    assert_eq!(alerts["items"][0]["action"], "user.dormant", "{alerts}");
    let system = one(seat, "sys", Role::System).await;
    check(seat, &system, "/users/old/enabling", json!({}), "").await;
    assert_eq!(xinyu_shell::housekeeping::retire(&seat.node).await.unwrap(), 0, "enabled is as good as used");
    log_in(seat, "old", PASSWORD, None).await.unwrap();
    world.stop().await;
}
