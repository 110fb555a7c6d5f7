//! Data resources of a connector.

use askama::Template;
use axum::Form;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NewResource, ResourceInfo};

use crate::fault::Fault;
use crate::page::Page;
use crate::profile::Profile;
use crate::visitor::Visitor;

struct Shown {
    info: ResourceInfo,
    profile: Profile,
}

#[derive(Template)]
#[template(path = "resources.html")]
struct ResourcesPage {
    page: Page,
    resources: Vec<Shown>,
}

/// `GET /resources`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let items = visitor.get::<List<ResourceInfo>>("/resources").await?.items;
    let resources = items.into_iter().map(|info| Shown { profile: Profile::read(&info.profile), info }).collect();
    Ok(visitor.show(&ResourcesPage { page: visitor.page("resources"), resources }))
}

/// The form that connects a resource.
#[derive(Deserialize)]
pub(crate) struct ResourceForm {
    name: String,
    kind: String,
    location: String,
    #[serde(default)]
    table: String,
}

/// `POST /resources`.
pub(crate) async fn connect(visitor: Visitor, Form(form): Form<ResourceForm>) -> Result<Response, Fault> {
    let table = form.table.trim();
    let body = NewResource {
        name: form.name.trim().to_owned(),
        kind: form.kind,
        location: form.location.trim().to_owned(),
        table: (!table.is_empty()).then(|| table.to_owned()),
    };
    visitor.post::<_, IgnoredAny>("/resources", &body).await?;
    Ok(visitor.go("/resources", "resource"))
}
