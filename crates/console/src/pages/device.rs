//! A connector's own page of itself: what it is and can do, the program that runs, and the documents that it shows for itself.

use askama::Template;
use axum::extract::Request;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::device::{DeviceInfo, NewAttachment};
use xinyu_protocol::tc609::connector::ATTACHMENT_KINDS;

use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::upload::Upload;
use crate::visitor::Visitor;

/// What one message can carry.
pub(crate) const FILE_BYTES: usize = 700 << 10;

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage {
    page: Page,
    one: DeviceInfo,
    told: Option<Told>,
}

impl DevicePage {
    fn kinds(&self) -> &'static [&'static str] {
        &ATTACHMENT_KINDS
    }
}

/// `GET /device`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, None).await
}

async fn render(visitor: &Visitor, told: Option<Told>) -> Result<Response, Fault> {
    let one: DeviceInfo = visitor.get("/device").await?;
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&DevicePage { page: visitor.page("device"), one, told }, status))
}

#[derive(Deserialize)]
struct Fields {
    kind: String,
    #[serde(default)]
    issue_org: String,
    #[serde(default)]
    expire_date: String,
}

/// `POST /device`: hands a document in.
pub(crate) async fn attach(visitor: Visitor, request: Request) -> Result<Response, Fault> {
    match send(&visitor, request).await {
        Ok(()) => Ok(visitor.go("/device", "attached")),
        Err(fault) => render(&visitor, Some(fault.above_form()?)).await,
    }
}

async fn send(visitor: &Visitor, request: Request) -> Result<(), Fault> {
    let upload: Upload<Fields> =
        Upload::read(request, FILE_BYTES).await.map_err(|problem| Fault::in_form(&visitor.page, problem))?;
    let Fields { kind, issue_org, expire_date } = upload.fields;
    let content = STANDARD.encode(upload.bytes);
    let body = NewAttachment { kind, name: upload.name, issue_org, expire_date, content };
    visitor.post::<_, IgnoredAny>("/attachments", &body).await?;
    Ok(())
}
