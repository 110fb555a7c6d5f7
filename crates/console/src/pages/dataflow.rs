//! Data flows of this connector's data plane: what flows, for whom, and what people say of the flows that are in their hands. DPS 1.0-RC3 §4.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, FlowInfo};

use crate::fault::Fault;
use crate::page::Page;
use crate::session::is_local;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "dataflows.html")]
struct DataflowsPage {
    page: Page,
    flows: Vec<FlowInfo>,
}

/// `GET /dataflows`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let flows = visitor.get::<List<FlowInfo>>("/dataflows").await?.items;
    Ok(visitor.show(&DataflowsPage { page: visitor.page("transfers"), flows }))
}

/// The form of what people say.
#[derive(Deserialize)]
pub(crate) struct SayForm {
    action: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    back: String,
}

/// `POST /dataflows/{id}`.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<SayForm>,
) -> Result<Response, Fault> {
    let body = Decision { action: form.action, note: form.note.trim().to_owned(), ..Decision::default() };
    visitor.post::<_, IgnoredAny>(&format!("/dataflows/{}/decision", escape(&id)), &body).await?;
    let back = if is_local(&form.back) { form.back.as_str() } else { "/dataflows" };
    Ok(visitor.go(back, "moved"))
}
