//! Connectors as the operator sees them: how they are doing, what they are, what they lack, what became of them.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::device::{ConnectorInfo, ConnectorLife, Deregistration};

use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "connectors.html")]
struct ConnectorsPage {
    page: Page,
    connectors: Vec<ConnectorInfo>,
}

/// `GET /connectors`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let connectors = visitor.get::<List<ConnectorInfo>>("/connectors").await?.items;
    Ok(visitor.show(&ConnectorsPage { page: visitor.page("connectors"), connectors }))
}

#[derive(Template)]
#[template(path = "connector.html")]
struct ConnectorPage {
    page: Page,
    life: ConnectorLife,
    told: Option<Told>,
}

/// `GET /connectors/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    render(&visitor, &id, None).await
}

pub(super) async fn render(visitor: &Visitor, id: &str, told: Option<Told>) -> Result<Response, Fault> {
    let life: ConnectorLife = visitor.get(&format!("/connectors/{}", escape(id))).await?;
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&ConnectorPage { page: visitor.page("connectors"), life, told }, status))
}

/// The form that takes a connector out of the register.
#[derive(Deserialize)]
pub(crate) struct DeregistrationForm {
    reason: String,
}

/// `POST /connectors/{id}`.
pub(crate) async fn deregister(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<DeregistrationForm>,
) -> Result<Response, Fault> {
    let path = format!("/connectors/{}/deregistration", escape(&id));
    match visitor.post::<_, IgnoredAny>(&path, &Deregistration { reason: form.reason }).await {
        Ok(_) => Ok(visitor.go(&format!("/connectors/{}", escape(&id)), "deregistered")),
        Err(fault) => render(&visitor, &id, Some(fault.above_form()?)).await,
    }
}

/// `GET /connectors/{id}/attachments/{key}`.
pub(crate) async fn file(visitor: Visitor, Path((id, key)): Path<(String, String)>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/connectors/{}/attachments/{}", escape(&id), escape(&key))).await?;
    let name: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.bin\"")),
    ];
    Ok((headers, bytes).into_response())
}
