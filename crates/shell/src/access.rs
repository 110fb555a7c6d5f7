//! Who may call what: every route of the management API is looked up in the one list of operations and decided by the policies, before its handler runs. A
//! route that is not in the list is denied. What is denied to somebody who is logged in stands in the audit chain.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use thiserror::Error;
use xinyu_access::{Access, AccessError, Decision, Denial, Needs, Operation, Rules, openapi, operation};
use xinyu_core::fault::Rejection;
use xinyu_core::user::AccountRules;
use xinyu_http::caller;
use xinyu_http::problem::ProblemResponse;
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::PermissionInfo;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;
use xinyu_store::Tx;
use xinyu_store::audit::Happened;

use crate::alert::AlertReceiver;
use crate::failure::Failure;
use crate::node::{Node, NodeKind};
use crate::session;
use crate::user::Person;

/// The policies and the account rules of a node.
#[derive(Debug)]
pub struct AccessControl {
    /// Who may call what.
    pub policies: Access,
    /// Passwords, sessions, locks.
    pub rules: AccountRules,
    /// Where alerts go besides their page.
    pub alerts: Option<AlertReceiver>,
}

/// Why a node does not start.
#[derive(Debug, Error)]
pub enum ControlError {
    /// Policies that cannot be used.
    #[error(transparent)]
    Policies(#[from] AccessError),
    /// Rules that are weaker than the standards allow.
    #[error("{} / {}", .0.text.zh, .0.text.en)]
    Rules(#[from] Rejection),
}

impl AccessControl {
    /// The policies that come with the program and those of an operator (name and content of the file), and the rules for accounts.
    ///
    /// # Errors
    /// If either cannot be used.
    pub fn new(kind: NodeKind, rules: AccountRules, added: Option<(&str, &str)>) -> Result<Self, ControlError> {
        rules.check()?;
        let kind = match kind {
            NodeKind::Platform => operation::NodeKind::Platform,
            NodeKind::Connector => operation::NodeKind::Connector,
        };
        Ok(Self { policies: Access::new(kind, added)?, rules, alerts: None })
    }

    /// What the policies are told of this node.
    #[must_use]
    pub fn about(&self, has_administrators: bool) -> Rules {
        Rules { second_factor: self.rules.second_factor, has_administrators }
    }
}

/// From which address a request came; an extension of every request that was let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From(pub String);

/// Puts the routes of the management API behind the decision.
pub fn guarded<S: Clone + Send + Sync + 'static>(routes: Router<S>, node: &Arc<Node>) -> Router<S> {
    routes.route_layer(from_fn_with_state(Arc::clone(node), check))
}

async fn check(State(node): State<Arc<Node>>, mut request: Request, next: Next) -> Response {
    match admit(&node, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(response) => response,
    }
}

async fn admit(node: &Node, request: &mut Request) -> Result<(), Response> {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let found = operation::find(node.access.policies.kind(), request.method().as_str(), &path);
    let operation = found.ok_or_else(|| not_listed(request.method().as_str(), &path))?;
    let from = From(caller::address(request.headers(), request.extensions()));
    request.extensions_mut().insert(from.clone());
    if operation.needs == Needs::Open {
        return Ok(());
    }
    let person = session::authenticate(node, request.headers(), &from.0).await.map_err(IntoResponse::into_response)?;
    let complete =
        operation.needs == Needs::Appoint && has_administrators(node).await.map_err(IntoResponse::into_response)?;
    match node.access.policies.decide(&person.asker, operation, node.access.about(complete)) {
        Decision::Allow => {
            request.extensions_mut().insert(person);
            Ok(())
        }
        Decision::Deny(denial) => {
            record(node, &person, operation, &denial).await.map_err(IntoResponse::into_response)?;
            Err(refused(denial))
        }
    }
}

fn not_listed(method: &str, path: &str) -> Response {
    tracing::error!(method, path, "the route {method} {path} is in no list of operations, so nobody may call it");
    let text = Text::new("该接口不在权限表中，不能调用", "the operation is in no table of permissions");
    let next = Text::new("请将此情况告知系统管理员", "tell the system administrator");
    ProblemResponse::new(Problem::new(403, "operation-not-listed", text).next(next)).into_response()
}

fn refused(denial: Denial) -> Response {
    ProblemResponse::new(Problem::new(403, denial.code, denial.text).next(denial.next)).into_response()
}

/// TC609-6-2025-13 §7.2.3 c; NDI-TR-2025-03 §9.3 c: 越权访问.
async fn record(node: &Node, person: &Person, operation: &Operation, denial: &Denial) -> Result<(), Failure> {
    let happened = person.happened("denied", operation.name, &denial.code);
    node.store.write("audit.append", move |tx| Box::pin(append(tx, happened))).await
}

async fn append(tx: &mut Tx, happened: Happened) -> Result<(), Failure> {
    xinyu_store::audit::append(tx, &happened).await?;
    Ok(())
}

const COMPLETE: &str = "administrators";

/// Whether all three administrators were there at once already.
///
/// # Errors
/// If the store fails.
pub async fn has_administrators(node: &Node) -> Result<bool, Failure> {
    let found = node.store.read("setting.find", |tx| {
        Box::pin(async move { xinyu_store::setting::find(tx, COMPLETE).await.map_err(Failure::from) })
    });
    Ok(found.await?.is_some())
}

/// Notes that all three are there, from when on nobody appoints them but they themselves.
///
/// # Errors
/// If the store fails.
pub(crate) async fn note_administrators(tx: &mut Tx) -> Result<(), Failure> {
    for role in xinyu_access::Role::ADMINISTRATORS {
        if xinyu_store::user::count_of_role(tx, role.as_str()).await? == 0 {
            return Ok(());
        }
    }
    let at = tx.now().to_string();
    xinyu_store::setting::find_or_set(tx, COMPLETE, &at).await?;
    Ok(())
}

/// The names of the operations that a person may call now.
pub(crate) fn permitted(node: &Node, person: &Person, has_administrators: bool) -> Vec<String> {
    let permitted = node.access.policies.permitted(&person.asker, node.access.about(has_administrators));
    permitted.into_iter().map(|operation| operation.name.to_owned()).collect()
}

/// `GET /api/v1/permissions`.
///
/// # Errors
/// If the store fails.
pub async fn permissions(State(node): State<Arc<Node>>) -> Result<Json<List<PermissionInfo>>, Failure> {
    let rules = node.access.about(has_administrators(&node).await?);
    let policies = &node.access.policies;
    let info = |operation: &Operation| PermissionInfo {
        operation: operation.name.to_owned(),
        method: operation.method.as_str().to_owned(),
        path: operation.path.to_owned(),
        text: Text::new(operation.zh, operation.en),
        needs: operation.needs.as_str().to_owned(),
        roles: policies.roles(operation, rules).iter().map(|role| role.as_str().to_owned()).collect(),
        second_factor: policies.needs_second_factor(operation, rules),
    };
    Ok(Json(List { items: operation::all(policies.kind()).map(info).collect() }))
}

/// `GET /api/v1/openapi.json`: OpenAPI 3.1.
pub async fn document(State(node): State<Arc<Node>>) -> Json<Value> {
    let title = format!("信域 Xinyu · {}", node.name);
    Json(openapi::document(node.access.policies.kind(), &title, env!("CARGO_PKG_VERSION")))
}
