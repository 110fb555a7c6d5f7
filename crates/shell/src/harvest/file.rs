//! A catalogue that a person hands in as a file: read by the same functions as one that is fetched, at once and as a whole, in the place of the file before.
//! NDI-TR-2025-06 §6.3 c. The file itself is not kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinyu_core::fault::Rejection;
use xinyu_core::harvest::{CLAUSE, HarvestSource, MOST, too_many, unknown};
use xinyu_discovery::catalogue::{self, Format, From, Next, Page};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::harvest::{HarvestFile, HarvestInfo};
use xinyu_store::Topic;
use xinyu_store::audit::Happened;

use super::{Under, one, placed, work};
use crate::failure::Failure;
use crate::node::Node;
use crate::user::Person;

/// `POST /api/v1/harvests/file`: it is read before this answers. One that cannot be read changes nothing.
///
/// # Errors
/// If the file is no catalogue, or not one of the format that it is said to be in; if the source is unknown, fetched or being read, the space unknown, or there
/// are too many sources.
pub async fn hand_in(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<HarvestFile>,
) -> Result<Json<HarvestInfo>, Failure> {
    let HarvestFile { harvest_id, title, space_id, format, name, content } = body.value;
    // Beside the threads that serve: a file may have a megabyte.
    let read = crate::indexed::on_a_thread(move || read(&format, &content)).await??;
    let is_new = harvest_id.is_empty();
    let id = if is_new { node.store.ids().new_id().to_string() } else { harvest_id };
    let new = is_new.then(|| {
        let space = placed(&node, &space_id)?;
        HarvestSource::of_file(id.clone(), &title, &name, space, node.store.clock().now())
    });
    let new = new.transpose()?;
    let under = Under::begin(&node, &id).ok_or_else(|| {
        let (zh, en) = ("该汇聚源正在读取，请稍候再提交", "it is being read: hand the file in later");
        Rejection::conflict("harvest-being-read", zh, en).clause(CLAUSE)
    })?;
    let happened = person.happened("harvest.file", &id, "done");
    // On its own: it goes on whoever waits for it.
    let work = tokio::spawn(async move {
        let outcome = keep(&node, happened, (&id, new, name), read).await;
        drop(under);
        outcome?;
        one(&node, id).await.map(Json)
    });
    work.await.map_err(Failure::broken)?
}

/// The catalogue that a file holds.
fn read(said: &str, content: &str) -> Result<(&'static Format, Page), Rejection> {
    let bytes = STANDARD.decode(content).map_err(|_| {
        Rejection::bad("harvest-content", "内容不是 Base64", "the content is not Base64").clause("/content")
    })?;
    let format = match said {
        "" => catalogue::recognised(&bytes)?,
        said => catalogue::format(said).map_err(|wrong| wrong.clause("/format"))?,
    };
    let mut page = catalogue::read(format, &bytes, &From::default())?;
    // A source that does not say how many records it has ends with an empty page; a file ends where it ends.
    if page.total.is_none() && matches!(page.next, Some(Next::Offset(_))) {
        page.next = None;
    }
    Ok((format, page))
}

/// Keeps the source, then what the file says.
async fn keep(
    node: &Arc<Node>,
    happened: Happened,
    (id, new, name): (&str, Option<HarvestSource>, String),
    (format, page): (&'static Format, Page),
) -> Result<(), Failure> {
    let id = id.to_owned();
    let kept = node.store.write("harvest.file", move |tx| {
        Box::pin(async move {
            let source = match new {
                None => xinyu_store::harvest::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?.hand_in(&name)?,
                Some(new) => {
                    if xinyu_store::harvest::list(tx).await?.len() >= MOST {
                        return Err(too_many().into());
                    }
                    new
                }
            };
            xinyu_store::harvest::save(tx, &source).await?;
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Harvest);
            Ok::<_, Failure>(source)
        })
    });
    work::take(node, kept.await?, format, page).await
}
