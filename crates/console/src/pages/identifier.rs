//! What an identifier is and where (标识解析): of a connector, a platform or a product. NDI-TR-2025-04 §6.

use askama::Template;
use axum::extract::OriginalUri;
use axum::response::Response;
use xinyu_protocol::api::device::Resolution;

use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::visitor::{Visitor, escape, query};

#[derive(Template)]
#[template(path = "identifier.html")]
struct IdentifierPage {
    page: Page,
    code: String,
    found: Option<Resolution>,
    told: Option<Told>,
}

impl IdentifierPage {
    /// Where it stands, in the words of its kind: a connector lives or waits to be admitted, a product is listed.
    fn status(&self, one: &Resolution) -> String {
        let words = ["liveness", "state", "listing", "identifier"].map(|prefix| self.page.word(prefix, &one.status));
        words.into_iter().find(|word| *word != one.status).unwrap_or_else(|| one.status.clone())
    }
}

/// `GET /identifiers`, with the identifier as `code` once there is one.
pub(crate) async fn show(visitor: Visitor, OriginalUri(uri): OriginalUri) -> Result<Response, Fault> {
    let code = query(&uri, "code").unwrap_or_default().trim().to_owned();
    let page = visitor.page(if visitor.page.is_platform() { "connectors" } else { "device" });
    let (found, told) = match code.as_str() {
        "" => (None, None),
        code => match visitor.get::<Resolution>(&format!("/identifiers/{}", escape(code))).await {
            Ok(found) => (Some(found), None),
            Err(fault) => (None, Some(fault.above_form()?)),
        },
    };
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&IdentifierPage { page, code, found, told }, status))
}
