//! A catalogue as a document that others read: DCAT-AP, or the catalogue of NDI-TR-2025-06. TC609-6-2025-01 §5.2.2.4 c.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG, LINK};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use xinyu_discovery::catalogue::{self, About, Catalogue, Format, Record};

use crate::failure::Failure;

/// Products of one document; the next document goes on behind them.
pub const MOST: usize = 1_000;

/// A page of a catalogue.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// What is said of the whole.
    pub about: About,
    /// The products.
    pub records: Vec<Record>,
    /// How many there are in all.
    pub total: u64,
    /// The address of this page.
    pub here: String,
    /// The address of the next one.
    pub next: Option<String>,
}

/// The document: the header `link` and the document itself name the next, the header `etag` tells whether it is what somebody has already.
///
/// # Errors
/// If the format is one that is only read.
pub fn document(format: &'static Format, page: &Page) -> Result<Response, Failure> {
    let catalogue = Catalogue {
        about: &page.about,
        records: &page.records,
        total: page.total,
        next: page.next.as_deref().map(|next| (page.here.as_str(), next)),
    };
    let written = catalogue::write(format, &catalogue)?;
    let digest = Sha256::digest(&written.bytes);
    let tag = format!("\"{}\"", hex::encode(digest.get(..16).unwrap_or_default()));
    let mut response = ([(CONTENT_TYPE, written.media_type)], written.bytes).into_response();
    response.headers_mut().insert(ETAG, HeaderValue::try_from(tag).map_err(Failure::broken)?);
    if let Some(next) = &page.next {
        let link = HeaderValue::try_from(format!("<{next}>; rel=\"next\"")).map_err(Failure::broken)?;
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}
