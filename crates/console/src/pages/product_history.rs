//! The history of a product: its versions with what changed, what became of it, and the forms that take it down, bring it back, or ask that it be deregistered.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_protocol::api::listing::{EndReason, ProductHistory, Restoration};

use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "product_history.html")]
struct HistoryPage {
    page: Page,
    /// Where its forms go.
    path: String,
    history: ProductHistory,
    /// What was typed as a reason.
    reason: String,
    told: Option<Told>,
}

impl HistoryPage {
    fn value(&self, value: &Option<Value>) -> String {
        match value {
            None => "–".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    fn state(&self) -> &'static str {
        self.history.state.as_str()
    }
}

/// `GET /products/{id}`, at the provider; `GET /catalog/{id}/versions`, at the platform.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    render(&visitor, &id, String::new(), None).await
}

async fn render(visitor: &Visitor, id: &str, reason: String, told: Option<Told>) -> Result<Response, Fault> {
    let (section, noun) =
        if visitor.page("").is_platform() { ("catalog", "listings") } else { ("products", "products") };
    let page = visitor.page(section);
    let history = visitor.get::<ProductHistory>(&format!("/{noun}/{}/versions", escape(id))).await?;
    let path =
        if page.is_platform() { format!("/catalog/{}", escape(id)) } else { format!("/products/{}", escape(id)) };
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&HistoryPage { page, path, history, reason, told }, status))
}

/// Why, and of which version where that is said.
#[derive(Deserialize)]
pub(crate) struct ReasonForm {
    reason: String,
    #[serde(default)]
    version: u32,
}

/// `POST /products/{id}/delisting` and `POST /catalog/{id}/delisting`.
pub(crate) async fn delist(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<ReasonForm>,
) -> Result<Response, Fault> {
    let body = EndReason { reason: form.reason.trim().to_owned() };
    send(&visitor, &id, "delisting", &body, form.reason).await
}

/// `POST /products/{id}/deregistration`.
pub(crate) async fn deregister(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<ReasonForm>,
) -> Result<Response, Fault> {
    let body = EndReason { reason: form.reason.trim().to_owned() };
    send(&visitor, &id, "deregistration", &body, form.reason).await
}

/// `POST /products/{id}/restoration`.
pub(crate) async fn restore(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<ReasonForm>,
) -> Result<Response, Fault> {
    let body = Restoration { version: form.version, reason: form.reason.trim().to_owned() };
    send(&visitor, &id, "restoration", &body, form.reason).await
}

async fn send(
    visitor: &Visitor,
    id: &str,
    what: &'static str,
    body: &impl Serialize,
    reason: String,
) -> Result<Response, Fault> {
    let is_platform = visitor.page("").is_platform();
    let noun = if is_platform { "listings" } else { "products" };
    match visitor.post::<_, IgnoredAny>(&format!("/{noun}/{}/{what}", escape(id)), body).await {
        Ok(_) if is_platform => Ok(visitor.go(&format!("/catalog/{}/versions", escape(id)), what)),
        Ok(_) => Ok(visitor.go(&format!("/products/{}", escape(id)), what)),
        Err(fault) => render(visitor, id, reason, Some(fault.above_form()?)).await,
    }
}
