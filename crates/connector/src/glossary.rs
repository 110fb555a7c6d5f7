//! 语义模型 of our spaces: read through the platform, and kept here with their versions for the time when it is away. TC609-6-2025-11 §7.3.5; TC609-6-2025-01
//! §5.3.3.3 b.

pub mod mapping;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_discovery::glossary::{self, Edition, edition};
use xinyu_protocol::api::glossary::{GlossaryDifference, GlossaryEditions, GlossaryInfo};
use xinyu_protocol::tc609::glossary::{Glossary, GlossaryAnswer, GlossaryEdition, GlossaryQuery};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use crate::app::Connector;
use crate::platform;

/// The status of an answer when the platform cannot be reached.
const UNREACHABLE: u16 = 502;
/// Versions that a list shows.
const MOST: u32 = 500;

/// A version, and whether it is what was kept here while the platform is away.
struct Fetched {
    edition: Edition,
    is_kept: bool,
}

/// `GET /api/v1/glossaries`: the newest of each of our spaces that has one.
///
/// # Errors
/// What the platform says.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<GlossaryEditions>, Failure> {
    Ok(Json(shelf(&connector).await?))
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
/// If there is none for us, or none kept here while the platform is away.
pub async fn show(
    State(connector): State<Connector>,
    Path(space): Path<String>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Json<GlossaryInfo>, Failure> {
    let Fetched { edition, is_kept } = fetch(&connector, &space, &asked.version).await?;
    Ok(Json(GlossaryInfo { glossary: edition.glossary()?, is_kept }))
}

/// `GET /api/v1/glossaries/{space}/skos?version=`: the same as SKOS in JSON-LD.
///
/// # Errors
/// As [`show`].
pub async fn skos(
    State(connector): State<Connector>,
    Path(space): Path<String>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Response, Failure> {
    let written = glossary::write(&fetch(&connector, &space, &asked.version).await?.edition.vocabulary)?;
    Ok(([(header::CONTENT_TYPE, written.media_type)], written.bytes).into_response())
}

/// `GET /api/v1/glossaries/{space}/versions`: newest first; while the platform is away, those that are kept here.
///
/// # Errors
/// What the platform says.
pub async fn versions(
    State(connector): State<Connector>,
    Path(space): Path<String>,
    _: Person,
) -> Result<Json<GlossaryEditions>, Failure> {
    Ok(Json(editions(&connector, &space).await?))
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
/// If there is no such version for us.
pub async fn difference(
    State(connector): State<Connector>,
    Path(space): Path<String>,
    Query(asked): Query<Compared>,
    _: Person,
) -> Result<Json<GlossaryDifference>, Failure> {
    let after = fetch(&connector, &space, &asked.to).await?.edition;
    let from = match asked.from {
        from if !from.is_empty() => from,
        _ => {
            let earlier = editions(&connector, &space).await?.items;
            let before = earlier.into_iter().find(|one| one.number < after.said.number);
            before.map(|one| one.version).unwrap_or_default()
        }
    };
    let before = if from.is_empty() { None } else { Some(fetch(&connector, &space, &from).await?.edition) };
    Ok(Json(edition::difference(before.as_ref().map(|edition| &edition.vocabulary), &after.vocabulary)))
}

/// The newest of each of our spaces that has one.
async fn shelf(connector: &Connector) -> Result<GlossaryEditions, Failure> {
    match ask(connector, &GlossaryQuery::default()).await? {
        Some(answer) => Ok(GlossaryEditions { items: answer.editions, is_kept: false }),
        None => {
            let kept = connector.node.store.read("glossary.kept", |tx| {
                Box::pin(async move { xinyu_store::glossary::list(tx).await.map_err(Failure::from) })
            });
            Ok(GlossaryEditions { items: kept.await?, is_kept: true })
        }
    }
}

async fn editions(connector: &Connector, space: &str) -> Result<GlossaryEditions, Failure> {
    let known = kept(connector, space, "").await?.map(|edition| edition.said.digest);
    let query = GlossaryQuery { space_id: Some(space.to_owned()), known, version: None };
    if let Some(answer) = ask(connector, &query).await? {
        take(connector, answer.glossary).await?;
        return Ok(GlossaryEditions { items: answer.editions, is_kept: false });
    }
    let space = space.to_owned();
    let items = connector.node.store.read("glossary.kept", move |tx| {
        Box::pin(async move { xinyu_store::glossary::editions(tx, &space, MOST).await.map_err(Failure::from) })
    });
    Ok(GlossaryEditions { items: items.await?, is_kept: true })
}

/// A version of a space, or its newest: asked for, unless it is the one that is kept here; as kept, while the platform is away.
async fn fetch(connector: &Connector, space: &str, version: &str) -> Result<Fetched, Failure> {
    let kept = kept(connector, space, version).await?;
    let query = GlossaryQuery {
        space_id: Some(space.to_owned()),
        version: Some(version.to_owned()).filter(|version| !version.is_empty()),
        known: kept.as_ref().map(|edition| edition.said.digest.clone()),
    };
    let there = |kept: Option<Edition>, is_kept: bool| {
        let edition = kept.ok_or_else(|| unknown(space, version, is_kept))?;
        Ok::<_, Failure>(Fetched { edition, is_kept })
    };
    let Some(answer) = ask(connector, &query).await? else { return there(kept, true) };
    match take(connector, answer.glossary).await? {
        Some(edition) => Ok(Fetched { edition, is_kept: false }),
        None => there(kept, false),
    }
}

/// Keeps what came, if it is what it says.
async fn take(connector: &Connector, came: Option<Glossary>) -> Result<Option<Edition>, Failure> {
    let Some(glossary) = came else { return Ok(None) };
    let edition = Edition::read(glossary.clone()).map_err(|error| Failure::broken(error.to_string()))?;
    let kept = connector.node.store.write("glossary.keep", move |tx| {
        Box::pin(async move { xinyu_store::glossary::keep(tx, &glossary).await.map_err(Failure::from) })
    });
    kept.await?;
    Ok(Some(edition))
}

/// What is kept here of a space.
async fn kept(connector: &Connector, space: &str, version: &str) -> Result<Option<Edition>, Failure> {
    let (space, version) = (space.to_owned(), version.to_owned());
    let found = connector.node.store.read("glossary.kept", move |tx| {
        Box::pin(async move {
            let found = match version.as_str() {
                "" => xinyu_store::glossary::newest(tx, &space).await?,
                version => xinyu_store::glossary::find(tx, &space, version).await?,
            };
            Ok::<_, Failure>(found)
        })
    });
    Ok(found.await?.map(Edition::read).transpose()?)
}

/// The platform's answer; nothing, while it cannot be reached.
async fn ask(connector: &Connector, query: &GlossaryQuery) -> Result<Option<GlossaryAnswer>, Failure> {
    match platform::ask(&connector.node, "/tc609/glossary", query).await {
        Ok(answer) => Ok(Some(answer)),
        Err(Failure::Rejected(refused)) if refused.status == UNREACHABLE => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Spaces that have one.
fn spaces(items: &[GlossaryEdition]) -> Vec<String> {
    items.iter().map(|one| one.space_id.clone()).collect()
}

fn unknown(space: &str, version: &str, is_away: bool) -> Rejection {
    let which = |words: &str| if version.is_empty() { String::new() } else { format!("{words}{version}") };
    let (zh, en) = if is_away {
        (
            format!("服务平台暂时无法连接，本地没有空间「{space}」的词汇表{}", which("版本 ")),
            format!("the platform cannot be reached, and no glossary of {space} is kept here{}", which(" in version ")),
        )
    } else {
        (
            format!("空间「{space}」没有词汇表{}", which("版本 ")),
            format!("space {space} has no glossary{}", which(" in version ")),
        )
    };
    Rejection::unknown("unknown-glossary", zh, en)
}
