//! Data resources of a connector.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use xinyu_protocol::api::List;
use xinyu_protocol::api::resource::{NewReading, NewResource, ReadingInfo, ResourceInfo};
use xinyu_protocol::tc609::catalog::tags::FREQUENCIES;

use crate::fault::{Fault, Told};
use crate::form::{optional, query};
use crate::page::Page;
use crate::pages::reading;
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
    readings: Vec<ReadingInfo>,
    asked: AskedForm,
    form: ResourceForm,
    told: Option<Told>,
}

impl ResourcesPage {
    /// The codes of update frequencies.
    fn frequencies(&self) -> [&'static str; 9] {
        FREQUENCIES
    }
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
    let readings = reading::shown(visitor).await?;
    let status = told.as_ref().map(Told::status);
    let page = visitor.page("resources");
    Ok(visitor.show_form(&ResourcesPage { page, resources, readings, asked, form, told }, status))
}

/// The form that connects a resource.
#[derive(Default, Deserialize)]
pub(crate) struct ResourceForm {
    name: String,
    kind: String,
    location: String,
    #[serde(default)]
    table: String,
    #[serde(default)]
    grows_by: String,
    #[serde(default)]
    update_frequency: String,
}

/// `POST /resources`.
pub(crate) async fn connect(visitor: Visitor, Form(form): Form<ResourceForm>) -> Result<Response, Fault> {
    let body = NewResource {
        name: form.name.trim().to_owned(),
        kind: form.kind.clone(),
        location: form.location.trim().to_owned(),
        table: optional(&form.table),
        grows_by: optional(&form.grows_by),
        update_frequency: optional(&form.update_frequency),
    };
    let body = NewReading { connect: Some(body), ..NewReading::default() };
    match visitor.post::<_, ReadingInfo>("/readings", &body).await {
        Ok(reading) => Ok(visitor.go("/resources", reading::done(&reading, "resource"))),
        Err(fault) => render(&visitor, AskedForm::default(), form, Some(fault.above_form()?)).await,
    }
}
