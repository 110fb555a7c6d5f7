//! Certificates: on a platform those that it issued, on a connector its own.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::certificate::{CertificateInfo, NewCertificate, Revocation};

use crate::fault::{Fault, Told};
use crate::form::optional;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "certificates.html")]
struct CertificatesPage {
    page: Page,
    certificates: Vec<CertificateInfo>,
    form: CertificateForm,
    told: Option<Told>,
}

/// `GET /certificates`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, CertificateForm::default(), None).await
}

async fn render(visitor: &Visitor, form: CertificateForm, told: Option<Told>) -> Result<Response, Fault> {
    let certificates = visitor.get::<List<CertificateInfo>>("/certificates").await?.items;
    let status = told.as_ref().map(Told::status);
    let page = visitor.page("certificates");
    Ok(visitor.show_form(&CertificatesPage { page, certificates, form, told }, status))
}

/// The form that asks for a certificate.
#[derive(Default, Deserialize)]
pub(crate) struct CertificateForm {
    suite: String,
    #[serde(default)]
    place: String,
}

/// `POST /certificates`, on a connector.
pub(crate) async fn request(visitor: Visitor, Form(form): Form<CertificateForm>) -> Result<Response, Fault> {
    let body = NewCertificate { suite: form.suite.clone(), place: optional(&form.place) };
    match visitor.post::<_, IgnoredAny>("/certificates", &body).await {
        Ok(_) => Ok(visitor.go("/certificates", "certificate")),
        Err(fault) => render(&visitor, form, Some(fault.above_form()?)).await,
    }
}

/// The form that takes one back.
#[derive(Deserialize)]
pub(crate) struct RevocationForm {
    reason: String,
}

/// `POST /certificates/{serial}/revocation`, on a platform.
pub(crate) async fn revoke(
    visitor: Visitor,
    Path(serial): Path<String>,
    Form(form): Form<RevocationForm>,
) -> Result<Response, Fault> {
    let path = format!("/certificates/{}/revocation", escape(&serial));
    match visitor.post::<_, IgnoredAny>(&path, &Revocation { reason: form.reason }).await {
        Ok(_) => Ok(visitor.go("/certificates", "revoked")),
        Err(fault) => render(&visitor, CertificateForm::default(), Some(fault.above_form()?)).await,
    }
}

/// `GET /certificates/{serial}/file`.
pub(crate) async fn file(visitor: Visitor, Path(serial): Path<String>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/certificates/{}/file", escape(&serial))).await?;
    let name: String = serial.chars().filter(char::is_ascii_alphanumeric).collect();
    let headers = [
        (CONTENT_TYPE, "application/x-pem-file".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.pem\"")),
    ];
    Ok((headers, bytes).into_response())
}
