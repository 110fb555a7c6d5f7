//! The node's DID with its keys, and its verifiable credentials: those that a platform has issued, or a connector holds. DCP 1.0.1.

use askama::Template;
use axum::Form;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::credential::{CredentialInfo, CredentialRevocation, DidInfo, DidRotation};

use crate::fault::{Fault, Told};
use crate::form::is_ticked;
use crate::page::Page;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "credentials.html")]
struct CredentialsPage {
    page: Page,
    did: DidInfo,
    credentials: Vec<CredentialInfo>,
    told: Option<Told>,
}

/// `GET /credentials`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, None).await
}

async fn render(visitor: &Visitor, told: Option<Told>) -> Result<Response, Fault> {
    let did = visitor.get::<DidInfo>("/did").await?;
    let credentials = visitor.get::<List<CredentialInfo>>("/credentials").await?.items;
    let status = told.as_ref().map(Told::status);
    let page = CredentialsPage { page: visitor.page("credentials"), did, credentials, told };
    Ok(visitor.show_form(&page, status))
}

/// The form of a revocation.
#[derive(Deserialize)]
pub(crate) struct Revocation {
    credential_id: String,
    #[serde(default)]
    reason: String,
}

/// `POST /credentials`.
pub(crate) async fn revoke(visitor: Visitor, Form(form): Form<Revocation>) -> Result<Response, Fault> {
    let body = CredentialRevocation { credential_id: form.credential_id, reason: form.reason.trim().to_owned() };
    match visitor.post::<_, IgnoredAny>("/credentials/revocation", &body).await {
        Ok(_) => Ok(visitor.go("/credentials", "credential-revoked")),
        Err(fault) => render(&visitor, Some(fault.above_form()?)).await,
    }
}

/// The form of a rotation.
#[derive(Deserialize)]
pub(crate) struct Rotation {
    #[serde(default)]
    withdraw: String,
}

/// `POST /did`.
pub(crate) async fn rotate(visitor: Visitor, Form(form): Form<Rotation>) -> Result<Response, Fault> {
    let body = DidRotation { withdraw: is_ticked(&form.withdraw) };
    match visitor.post::<_, IgnoredAny>("/did/rotation", &body).await {
        Ok(_) => Ok(visitor.go("/credentials", "rotated")),
        Err(fault) => render(&visitor, Some(fault.above_form()?)).await,
    }
}
