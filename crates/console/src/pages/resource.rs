//! Data resources of a connector.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::resource::{NewResource, ResourceInfo};

use crate::fault::{Fault, Told};
use crate::form::{optional, query};
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
    asked: AskedForm,
    form: ResourceForm,
    told: Option<Told>,
}

/// Which resources are looked for.
#[derive(Default, Deserialize)]
pub(crate) struct AskedForm {
    #[serde(default)]
    q: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    only: String,
}

impl AskedForm {
    fn path(&self) -> String {
        match query(&[("q", &self.q), ("level", &self.level), ("only", &self.only)], &[]).as_str() {
            "" => "/resources".to_owned(),
            asked => format!("/resources?{asked}"),
        }
    }

    fn is_empty(&self) -> bool {
        self.path() == "/resources"
    }
}

/// `GET /resources`.
pub(crate) async fn list(visitor: Visitor, Query(asked): Query<AskedForm>) -> Result<Response, Fault> {
    render(&visitor, asked, ResourceForm::default(), None).await
}

async fn render(
    visitor: &Visitor,
    asked: AskedForm,
    form: ResourceForm,
    told: Option<Told>,
) -> Result<Response, Fault> {
    let items = visitor.get::<List<ResourceInfo>>(&asked.path()).await?.items;
    let resources = items.into_iter().map(|info| Shown { profile: Profile::read(&info.profile), info }).collect();
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&ResourcesPage { page: visitor.page("resources"), resources, asked, form, told }, status))
}

/// The form that connects a resource.
#[derive(Default, Deserialize)]
pub(crate) struct ResourceForm {
    name: String,
    kind: String,
    location: String,
    #[serde(default)]
    table: String,
}

/// `POST /resources`.
pub(crate) async fn connect(visitor: Visitor, Form(form): Form<ResourceForm>) -> Result<Response, Fault> {
    let body = NewResource {
        name: form.name.trim().to_owned(),
        kind: form.kind.clone(),
        location: form.location.trim().to_owned(),
        table: optional(&form.table),
    };
    match visitor.post::<_, IgnoredAny>("/resources", &body).await {
        Ok(_) => Ok(visitor.go("/resources", "resource")),
        Err(fault) => render(&visitor, AskedForm::default(), form, Some(fault.above_form()?)).await,
    }
}
