//! 元数据智能识别与转换 for this member's people: a document that is read or put into another format, and a product of the catalogue likewise. Nothing is kept, and
//! nothing that a document names is fetched. TC609-6-2025-01 §5.3.3.3 b.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::Semaphore;
use xinyu_core::fault::Rejection;
use xinyu_discovery::metadata::{self, Description, FORMATS, Format, Loss, Read};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::metadata::{
    ConvertedMetadata, MetadataConversion, MetadataDocument, MetadataFormat, MetadataLoss, MetadataReading,
};
use xinyu_protocol::tc609::catalog::{CatalogPage, CatalogQuery};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use crate::app::Connector;
use crate::platform;

/// One document at a time, so that no number of them takes more than one core.
static AT_WORK: Semaphore = Semaphore::const_new(1);

/// `GET /api/v1/metadata/formats`.
pub async fn formats(_: Person) -> Json<List<MetadataFormat>> {
    let told = |format: &Format| MetadataFormat {
        name: format.name.to_owned(),
        title: format.title.to_owned(),
        is_written: format.is_written(),
    };
    Json(List { items: FORMATS.iter().map(told).collect() })
}

/// `POST /api/v1/metadata/reading`.
///
/// # Errors
/// If the document is in no format that we know, or not readable as the one that it is said to be in.
pub async fn reading(_: Person, body: StrictJson<MetadataDocument>) -> Result<Json<MetadataReading>, Failure> {
    let document = body.value;
    let read = work(move || {
        let (format, read) = take(&document)?;
        let (card, missing) = metadata::to_card(&read.description);
        Ok(MetadataReading {
            format: format.name.to_owned(),
            title: format.title.to_owned(),
            encoding: read.encoding.name().to_owned(),
            description: serde_json::to_value(&read.description).map_err(Failure::broken)?,
            lost: told(read.lost),
            card,
            lost_in_card: told(missing),
        })
    });
    Ok(Json(read.await?))
}

/// `POST /api/v1/metadata/conversion`.
///
/// # Errors
/// As for reading; if there is no such product for us; if nothing can be written in the format.
pub async fn conversion(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<MetadataConversion>,
) -> Result<Json<ConvertedMetadata>, Failure> {
    let MetadataConversion { document, product_id, to } = body.value;
    let to = metadata::format(&to)?;
    let converted = match (document, product_id) {
        (Some(document), None) => {
            work(move || {
                let (from, read) = take(&document)?;
                write(from.name, to, &read.description, read.lost, &document.name)
            })
            .await?
        }
        (None, Some(product)) => {
            let query = CatalogQuery { product: product.clone(), ..CatalogQuery::default() };
            let page: CatalogPage = platform::ask(&connector.node, "/tc609/catalog", &query).await?;
            let entry = page.entries.into_iter().next().ok_or_else(|| {
                let (zh, en) =
                    (format!("目录中没有产品 {product}"), format!("product {product} is not in the catalogue"));
                Rejection::unknown("unknown-product", zh, en)
            })?;
            work(move || {
                let (mut description, lost) = metadata::from_card(&entry.product);
                description.identifiers = vec![entry.product_id.to_string()];
                write("", to, &description, lost, entry.product_id.as_str())
            })
            .await?
        }
        _ => {
            let (zh, en) = ("请给出文档或产品标识之一", "give a document or a product, and not both");
            return Err(Rejection::bad("metadata-source", zh, en).clause("/document").into());
        }
    };
    Ok(Json(converted))
}

fn take(document: &MetadataDocument) -> Result<(&'static Format, Read), Failure> {
    let bytes = STANDARD.decode(&document.content).map_err(|_| {
        Rejection::bad("metadata-content", "内容不是 Base64", "the content is not Base64").clause("/content")
    })?;
    let format = match document.from.as_str() {
        "" => {
            let guesses = metadata::recognise(&document.name, &bytes);
            let guess = guesses.first().ok_or_else(|| {
                let zh = "未能识别元数据格式，可指定 from";
                Rejection::bad("metadata-unrecognised", zh, "the format is not recognised: say it as from")
            })?;
            metadata::format(guess.format)?
        }
        from => metadata::format(from)?,
    };
    let read = metadata::read(format, &bytes)?;
    Ok((format, read))
}

fn write(
    from: &str,
    to: &Format,
    description: &Description,
    lost: Vec<Loss>,
    name: &str,
) -> Result<ConvertedMetadata, Failure> {
    let written = metadata::write(to, description)?;
    let stem = name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("metadata");
    Ok(ConvertedMetadata {
        from: from.to_owned(),
        to: to.name.to_owned(),
        name: format!("{stem}{}", to.extension),
        media_type: written.media_type.to_owned(),
        content: STANDARD.encode(&written.bytes),
        lost_in_reading: told(lost),
        lost_in_writing: told(written.lost),
    })
}

fn told(lost: Vec<Loss>) -> Vec<MetadataLoss> {
    let one = |loss: Loss| MetadataLoss { path: loss.path, manner: loss.manner.as_str().to_owned(), text: loss.text };
    lost.into_iter().map(one).collect()
}

/// Beside the threads that serve.
async fn work<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    let _turn = AT_WORK.acquire().await.map_err(Failure::broken)?;
    tokio::task::spawn_blocking(work).await.map_err(Failure::broken)?
}
