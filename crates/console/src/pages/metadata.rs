//! 元数据智能识别与转换: a file with a description of a data set is read, becomes the beginning of a product, or another format; a product of the catalogue likewise.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, Request};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use xinyu_protocol::api::List;
use xinyu_protocol::api::metadata::{
    ConvertedMetadata, MetadataConversion, MetadataDocument, MetadataFormat, MetadataReading,
};

use crate::fault::{Fault, Told};
use crate::form::query;
use crate::page::Page;
use crate::upload::Upload;
use crate::visitor::Visitor;

/// What a message holds, when the file is in Base64.
const FILE_BYTES: usize = 700 << 10;

#[derive(Template)]
#[template(path = "metadata.html")]
struct MetadataPage {
    page: Page,
    formats: Vec<MetadataFormat>,
    read: Option<Reading>,
    told: Option<Told>,
}

/// What was read, with the document that it was read of.
struct Reading {
    info: MetadataReading,
    document: MetadataDocument,
    description: String,
}

impl Reading {
    /// The form of a product that begins with what was read.
    fn product(&self) -> String {
        let card = &self.info.card;
        let keywords = card.keywords.join(", ");
        let said = [
            ("name", card.name.as_str()),
            ("description", &card.description),
            ("source", &card.source),
            ("licence", &card.licence),
            ("topic", &card.topic),
            ("update_frequency", &card.update_frequency),
            ("keywords", &keywords),
        ];
        format!("/products?{}", query(&said, &[]))
    }
}

/// `GET /metadata`.
pub(crate) async fn form(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, None, None).await
}

async fn render(visitor: &Visitor, read: Option<Reading>, told: Option<Told>) -> Result<Response, Fault> {
    let formats = visitor.get::<List<MetadataFormat>>("/metadata/formats").await?.items;
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&MetadataPage { page: visitor.page("metadata"), formats, read, told }, status))
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    from: String,
}

/// `POST /metadata`: reads a file.
pub(crate) async fn read(visitor: Visitor, request: Request) -> Result<Response, Fault> {
    match send(&visitor, request).await {
        Ok(reading) => render(&visitor, Some(reading), None).await,
        Err(fault) => render(&visitor, None, Some(fault.above_form()?)).await,
    }
}

async fn send(visitor: &Visitor, request: Request) -> Result<Reading, Fault> {
    let upload: Upload<Fields> =
        Upload::read(request, FILE_BYTES).await.map_err(|problem| Fault::in_form(&visitor.page, problem))?;
    let content = STANDARD.encode(upload.bytes);
    let document = MetadataDocument { name: upload.name, content, from: upload.fields.from };
    let info: MetadataReading = visitor.post("/metadata/reading", &document).await?;
    let description = serde_json::to_string_pretty(&info.description).unwrap_or_default();
    Ok(Reading { info, document, description })
}

/// A document that was read, for another format.
#[derive(Deserialize)]
pub(crate) struct ConversionForm {
    name: String,
    from: String,
    content: String,
    to: String,
}

/// `POST /metadata/conversion`: the document in another format, as a file.
pub(crate) async fn convert(visitor: Visitor, Form(form): Form<ConversionForm>) -> Result<Response, Fault> {
    let document = MetadataDocument { name: form.name, content: form.content, from: form.from };
    let asked = MetadataConversion { document: Some(document), to: form.to, ..MetadataConversion::default() };
    match visitor.post::<_, ConvertedMetadata>("/metadata/conversion", &asked).await {
        Ok(converted) => Ok(file(&converted)),
        Err(fault) => render(&visitor, None, Some(fault.above_form()?)).await,
    }
}

/// Which format.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    to: String,
}

/// `GET /catalog/{id}/metadata?to=`: a product of the catalogue, as a file.
pub(crate) async fn of_product(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    let asked = MetadataConversion { product_id: Some(id), to: wanted.to, ..MetadataConversion::default() };
    Ok(file(&visitor.post::<_, ConvertedMetadata>("/metadata/conversion", &asked).await?))
}

/// As a download: never shown by a browser, whatever stands in it.
fn file(converted: &ConvertedMetadata) -> Response {
    let bytes = STANDARD.decode(&converted.content).unwrap_or_default();
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = converted.name.chars().map(|c| if is_plain(&c) { c } else { '_' }).collect();
    let headers = [
        (CONTENT_TYPE, converted.media_type.clone()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}
