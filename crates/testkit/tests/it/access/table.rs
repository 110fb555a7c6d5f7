//! Every operation, as every role, in every state of an account, on both kinds of node, against the table in docs/permissions.md; and the routers
//! against the list.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use xinyu_access::operation::{self, NodeKind, Operation};
use xinyu_access::{Needs, Role};
use xinyu_testkit::world::Seat;

use super::people::{Like, add, call, session, world};

/// The roles that the document gives each operation of a kind of node.
fn document(kind: NodeKind) -> BTreeMap<String, BTreeSet<Role>> {
    let text = include_str!("../../../../../docs/permissions.md");
    let title = if kind == NodeKind::Platform { "## 服务平台" } else { "## 接入连接器" };
    let part = text.split(title).nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = part.lines().filter_map(|line| line.strip_prefix("| `"));
    let read = |row: &str| {
        let name = row.split('`').next().unwrap().to_owned();
        let marks: Vec<&str> = row.split('|').skip(3).take(6).map(str::trim).collect();
        let roles = Role::ALL.into_iter().zip(marks).filter(|(_, mark)| *mark == "✓").map(|(role, _)| role);
        (name, roles.collect())
    };
    rows.map(read).collect()
}

/// In which state somebody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Active,
    WithoutSecondFactor,
    PasswordToChange,
    Unconfirmed,
    Locked,
    Dormant,
    Disabled,
    LoggedOut,
}

const STATES: [State; 8] = [
    State::Active,
    State::WithoutSecondFactor,
    State::PasswordToChange,
    State::Unconfirmed,
    State::Locked,
    State::Dormant,
    State::Disabled,
    State::LoggedOut,
];

/// What the document says, read by a person.
fn expected(operation: &Operation, listed: &BTreeSet<Role>, role: Role, state: State) -> bool {
    if operation.needs == Needs::Open {
        return true;
    }
    let own = operation.needs == Needs::Own;
    match state {
        State::Active => listed.contains(&role),
        State::WithoutSecondFactor => listed.contains(&role) && (own || !role.is_administrator()),
        State::PasswordToChange | State::Unconfirmed => own,
        State::Locked | State::Dormant | State::Disabled | State::LoggedOut => false,
    }
}

/// Denied by who somebody is, not by what was sent.
fn is_denied(status: u16, body: &Value) -> bool {
    let code = body["code"].as_str().unwrap_or_default();
    let codes =
        ["role-needed", "password-change-needed", "second-factor-needed", "not-logged-in", "operation-not-listed"];
    matches!(status, 401 | 403) && (codes.contains(&code) || code.starts_with("account-"))
}

async fn check_all(seat: &Seat, kind: NodeKind) {
    let document = document(kind);
    let listed: BTreeSet<String> = operation::all(kind).map(|one| one.name.to_owned()).collect();
    assert_eq!(document.keys().cloned().collect::<BTreeSet<_>>(), listed, "the document and the list");
    let mut calls = 0_u32;
    for role in Role::ALL {
        for state in STATES {
            let name = format!("{role}-{state:?}");
            let like = Like {
                role: if state == State::Unconfirmed { "" } else { role.as_str() },
                must_change: state == State::PasswordToChange,
                locked: state == State::Locked,
                off: match state {
                    State::Dormant => "dormant",
                    State::Disabled => "disabled",
                    _ => "",
                },
            };
            add(seat, &name, like).await;
            for operation in operation::all(kind) {
                let token = match state {
                    State::LoggedOut => String::new(),
                    _ => session(seat, &name, state != State::WithoutSecondFactor).await,
                };
                // Nobody and nothing has this name, and an empty body is no order: what is permitted does no harm.
                let path = operation.path.split('/').map(|part| if part.starts_with('{') { "nobody" } else { part });
                let path = path.collect::<Vec<_>>().join("/");
                let (status, body) = call(seat, &token, operation.method.as_str(), &path, &json!({})).await;
                let may = expected(operation, &document[operation.name], role, state);
                let what = format!("{kind:?} {operation:?} as {role} {state:?}: {status} {body}");
                assert_eq!(!is_denied(status, &body), may, "{what}");
                assert!(status != 405 && body["code"] != "operation-not-listed" && status != 500, "{what}");
                if !may && state != State::LoggedOut {
                    assert!(
                        body["titleZh"].is_string() && body["nextZh"].is_string() && body["next"].is_string(),
                        "{what}"
                    );
                }
                calls += 1;
            }
        }
    }
    assert!(calls > 1_500, "{calls}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_and_security_24_every_operation_as_every_role_in_every_state() {
    let (_folder, world) = world(1).await;
    check_all(&world.platform, NodeKind::Platform).await;
    check_all(&world.member(0).unwrap().seat, NodeKind::Connector).await;
    world.stop().await;
}

#[test]
fn no_route_is_missing_in_the_list_and_no_operation_in_the_routers() {
    let shared = include_str!("../../../../shell/src/router.rs");
    for (kind, own) in [
        (NodeKind::Platform, include_str!("../../../../platform/src/router.rs")),
        (NodeKind::Connector, include_str!("../../../../connector/src/router.rs")),
    ] {
        let mut routes = BTreeSet::new();
        for rest in [shared, own].into_iter().flat_map(|text| text.split(".route(\"/api/v1").skip(1)) {
            let (path, handlers) = rest.split_once('"').unwrap();
            let handlers = handlers.split("\n").next().unwrap();
            for (word, method) in [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("delete(", "DELETE")] {
                if handlers.contains(&format!(" {word}")) || handlers.contains(&format!(".{word}")) {
                    routes.insert((method.to_owned(), path.to_owned()));
                }
            }
        }
        let listed: BTreeSet<_> =
            operation::all(kind).map(|one| (one.method.as_str().to_owned(), one.path.to_owned())).collect();
        assert_eq!(routes, listed, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openapi_names_exactly_the_routes_that_answer() {
    let (_folder, world) = world(1).await;
    for (seat, kind) in [(&world.platform, NodeKind::Platform), (&world.member(0).unwrap().seat, NodeKind::Connector)] {
        let (status, document) = call(seat, "", "GET", "/openapi.json", &Value::Null).await;
        assert_eq!((status, document["openapi"].as_str()), (200, Some("3.1.0")));
        let mut found = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                found.insert((method.to_uppercase(), path.clone()));
                let concrete = path.replace(['{', '}'], "");
                let (status, body) = call(seat, "", &method.to_uppercase(), &concrete, &json!({})).await;
                let is_open = document["paths"][path][method]["security"] == json!([]);
                let expect = if is_open { status != 404 && status != 405 } else { body["code"] == "not-logged-in" };
                assert!(expect, "{method} {path}: {status} {body}");
            }
        }
        let listed: BTreeSet<_> =
            operation::all(kind).map(|one| (one.method.as_str().to_owned(), one.path.to_owned())).collect();
        assert_eq!(found, listed);
    }
    world.stop().await;
}
