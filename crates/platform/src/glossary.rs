//! 语义模型 at the platform: the operator publishes the vocabulary of a space, version by version; every version stays readable and is told apart from the one
//! before. TC609-6-2025-11 §7.3.5; TC609-6-2025-01 §5.3.3.3 b.

pub mod peer;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_discovery::glossary::{self, Edition, Vocabulary, edition};
use xinyu_discovery::metadata::Loss;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::glossary::{
    GlossaryDifference, GlossaryEditions, GlossaryInfo, GlossaryPublished, NewGlossary,
};
use xinyu_protocol::api::metadata::MetadataLoss;
use xinyu_protocol::tc609::glossary::Glossary;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::audit::Happened;
use xinyu_store::{Topic, Tx};

use crate::app::Platform;

/// Versions that a list shows.
const MOST: u32 = 500;

/// `GET /api/v1/glossaries`: the newest of each space that has one.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<GlossaryEditions>, Failure> {
    let items = platform.node.store.read("glossary.list", move |tx| {
        Box::pin(async move { xinyu_store::glossary::list(tx).await.map_err(Failure::from) })
    });
    Ok(Json(GlossaryEditions { items: items.await?, is_kept: false }))
}

/// Which version.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    version: String,
}

/// `GET /api/v1/glossaries/{space}?version=`: the newest, or one of those before.
///
/// # Errors
/// If there is none.
pub async fn show(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Json<GlossaryInfo>, Failure> {
    let glossary = wanted(&platform, space, asked.version).await?;
    Ok(Json(GlossaryInfo { glossary, is_kept: false }))
}

/// `GET /api/v1/glossaries/{space}/skos?version=`: the same as SKOS in JSON-LD.
///
/// # Errors
/// If there is none.
pub async fn skos(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Response, Failure> {
    let edition = Edition::read(wanted(&platform, space, asked.version).await?)?;
    let written = glossary::write(&edition.vocabulary)?;
    Ok(([(header::CONTENT_TYPE, written.media_type)], written.bytes).into_response())
}

/// `GET /api/v1/glossaries/{space}/versions`: newest first.
///
/// # Errors
/// If the store fails.
pub async fn versions(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    _: Person,
) -> Result<Json<GlossaryEditions>, Failure> {
    let items = platform.node.store.read("glossary.versions", move |tx| {
        Box::pin(async move { xinyu_store::glossary::editions(tx, &space, MOST).await.map_err(Failure::from) })
    });
    Ok(Json(GlossaryEditions { items: items.await?, is_kept: false }))
}

/// Which versions to compare.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Compared {
    from: String,
    to: String,
}

/// `GET /api/v1/glossaries/{space}/difference?from=&to=`: by default the newest with the one before.
///
/// # Errors
/// If there is no such version.
pub async fn difference(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    Query(asked): Query<Compared>,
    _: Person,
) -> Result<Json<GlossaryDifference>, Failure> {
    let pair = platform.node.store.read("glossary.difference", move |tx| {
        Box::pin(async move {
            let after = find(tx, &space, &asked.to).await?;
            let from = match asked.from {
                from if !from.is_empty() => from,
                _ => before(tx, &space, after.edition.number).await?,
            };
            let before = if from.is_empty() { None } else { Some(find(tx, &space, &from).await?) };
            Ok::<_, Failure>((before, after))
        })
    });
    let (before, after) = pair.await?;
    let before = before.map(Edition::read).transpose()?;
    let after = Edition::read(after)?;
    Ok(Json(edition::difference(before.as_ref().map(|edition| &edition.vocabulary), &after.vocabulary)))
}

/// The version before a number; nothing before the first.
async fn before(tx: &mut Tx, space: &str, number: u32) -> Result<String, Failure> {
    let editions = xinyu_store::glossary::editions(tx, space, MOST).await?;
    let earlier = editions.into_iter().find(|one| one.number < number);
    Ok(earlier.map(|one| one.version).unwrap_or_default())
}

/// `POST /api/v1/glossaries/{space}`: a version that takes the place of the one before, or the vocabulary to begin with.
///
/// # Errors
/// If there is no such space; everything that is wrong with the vocabulary; that its version was published with other terms.
pub async fn publish(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    person: Person,
    body: StrictJson<NewGlossary>,
) -> Result<Json<GlossaryPublished>, Failure> {
    let new = body.value;
    let (vocabulary, lost, note) = tokio::task::spawn_blocking(move || {
        let (vocabulary, lost) = take(&new)?;
        Ok::<_, Failure>((vocabulary, lost, new.note))
    })
    .await
    .map_err(Failure::broken)??;
    let this = platform.clone();
    let done = platform.node.store.write("glossary.publish", move |tx| {
        Box::pin(async move {
            if xinyu_store::space::find(tx, &space).await?.is_none() {
                let (zh, en) = (format!("没有空间「{space}」"), format!("there is no space {space}"));
                return Err(Rejection::unknown("unknown-space", zh, en).into());
            }
            let newest = xinyu_store::glossary::newest(tx, &space).await?.map(Edition::read).transpose()?;
            let is_taken = xinyu_store::glossary::find(tx, &space, &vocabulary.version).await?.is_some();
            let published = edition::publish(vocabulary, (&space, &note), newest.as_ref(), is_taken, tx.now())?;
            let Some((edition, difference, record)) = published else {
                let edition = newest.map(|newest| newest.said).ok_or_else(|| unknown(&space, ""))?;
                let version = edition.version.clone();
                let difference =
                    GlossaryDifference { from: version.clone(), to: version, ..GlossaryDifference::default() };
                return Ok(GlossaryPublished { edition, difference, lost: told(lost) });
            };
            if !xinyu_store::glossary::insert(tx, &edition.glossary()?).await? {
                let (zh, en) = ("另一人刚发布了新版本，请重试", "somebody else has just published a version");
                return Err(Rejection::conflict("glossary-meanwhile", zh, en).into());
            }
            effect::apply(&this.node, tx, vec![record]).await?;
            let said = edition.said;
            let happened = person.happened("glossary.publish", &space, "done");
            let happened = Happened { detail: format!("{} ({} terms)", said.version, said.terms), ..happened };
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>(GlossaryPublished { edition: said, difference, lost: told(lost) })
        })
    });
    Ok(Json(done.await?))
}

/// What is to be published.
fn take(new: &NewGlossary) -> Result<(Vocabulary, Vec<Loss>), Rejection> {
    match (&new.document, new.starter) {
        (Some(document), false) => edition::take(document),
        (None, true) => Ok((glossary::starter(), Vec::new())),
        _ => {
            let (zh, en) =
                ("请给出词汇表，或选用起步词汇表", "give a vocabulary, or take the one to begin with, and not both");
            Err(Rejection::bad("glossary-source", zh, en).clause("/document"))
        }
    }
}

fn told(lost: Vec<Loss>) -> Vec<MetadataLoss> {
    let one = |loss: Loss| MetadataLoss { path: loss.path, manner: loss.manner.as_str().to_owned(), text: loss.text };
    lost.into_iter().map(one).collect()
}

async fn wanted(platform: &Platform, space: String, version: String) -> Result<Glossary, Failure> {
    let found =
        platform.node.store.read("glossary.find", move |tx| Box::pin(async move { find(tx, &space, &version).await }));
    found.await
}

/// A version of a space, or its newest.
async fn find(tx: &mut Tx, space: &str, version: &str) -> Result<Glossary, Failure> {
    let found = match version {
        "" => xinyu_store::glossary::newest(tx, space).await?,
        version => xinyu_store::glossary::find(tx, space, version).await?,
    };
    found.ok_or_else(|| unknown(space, version).into())
}

/// There is none, or none of this version.
fn unknown(space: &str, version: &str) -> Rejection {
    let (zh, en) = if version.is_empty() {
        (format!("空间「{space}」没有词汇表"), format!("space {space} has no glossary"))
    } else {
        (
            format!("空间「{space}」的词汇表没有版本 {version}"),
            format!("the glossary of {space} has no version {version}"),
        )
    };
    Rejection::unknown("unknown-glossary", zh, en)
}
