//! Who may call what on this node, as its policies decide.

use askama::Template;
use axum::response::Response;
use xinyu_protocol::api::List;
use xinyu_protocol::api::user::PermissionInfo;

use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "permissions.html")]
struct PermissionsPage {
    page: Page,
    permissions: Vec<PermissionInfo>,
    roles: [&'static str; 6],
}

impl PermissionsPage {
    fn may(&self, permission: &PermissionInfo, role: &str) -> bool {
        permission.roles.iter().any(|one| one == role)
    }
}

/// `GET /permissions`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let permissions = visitor.get::<List<PermissionInfo>>("/permissions").await?.items;
    let roles = ["system", "security", "audit", "manager", "clerk", "viewer"];
    Ok(visitor.show(&PermissionsPage { page: visitor.page("permissions"), permissions, roles }))
}
