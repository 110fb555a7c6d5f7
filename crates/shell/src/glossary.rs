//! 语义模型, as people of either node read it: the same questions, whether the vocabularies of its spaces are published here or read through the platform.
//! TC609-6-2025-11 §7.3.5; TC609-6-2025-01 §5.3.3.3 b.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_discovery::glossary::{self, Edition, edition};
use xinyu_protocol::api::glossary::{GlossaryDifference, GlossaryEditions, GlossaryInfo};

use crate::failure::Failure;
use crate::user::Person;

/// Versions that a list shows.
pub const MOST: u32 = 500;

/// Where a node has its vocabularies from.
pub trait Glossaries: Clone + Send + Sync + 'static {
    /// The newest of each space that has one.
    ///
    /// # Errors
    /// If it cannot be told.
    fn newest(&self) -> impl Future<Output = Result<GlossaryEditions, Failure>> + Send;

    /// The versions of a space, newest first.
    ///
    /// # Errors
    /// If it cannot be told.
    fn editions(&self, space: &str) -> impl Future<Output = Result<GlossaryEditions, Failure>> + Send;

    /// A version of a space; the newest, if none is said.
    ///
    /// # Errors
    /// If there is none.
    fn fetch(&self, space: &str, version: &str) -> impl Future<Output = Result<Fetched, Failure>> + Send;
}

/// A version, and whether it is what was kept here while the platform is away.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// The version with its terms.
    pub edition: Edition,
    /// Whether it is what was kept.
    pub is_kept: bool,
}

/// `GET /api/v1/glossaries`: the newest of each space that has one.
///
/// # Errors
/// If it cannot be told.
pub async fn list<S: Glossaries>(State(shelf): State<S>, _: Person) -> Result<Json<GlossaryEditions>, Failure> {
    Ok(Json(shelf.newest().await?))
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
pub async fn show<S: Glossaries>(
    State(shelf): State<S>,
    Path(space): Path<String>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Json<GlossaryInfo>, Failure> {
    let Fetched { edition, is_kept } = shelf.fetch(&space, &asked.version).await?;
    Ok(Json(GlossaryInfo { glossary: edition.glossary()?, is_kept }))
}

/// `GET /api/v1/glossaries/{space}/skos?version=`: the same as SKOS in JSON-LD.
///
/// # Errors
/// If there is none.
pub async fn skos<S: Glossaries>(
    State(shelf): State<S>,
    Path(space): Path<String>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Response, Failure> {
    let written = glossary::write(&shelf.fetch(&space, &asked.version).await?.edition.vocabulary)?;
    Ok(([(header::CONTENT_TYPE, written.media_type)], written.bytes).into_response())
}

/// `GET /api/v1/glossaries/{space}/versions`: newest first.
///
/// # Errors
/// If it cannot be told.
pub async fn versions<S: Glossaries>(
    State(shelf): State<S>,
    Path(space): Path<String>,
    _: Person,
) -> Result<Json<GlossaryEditions>, Failure> {
    Ok(Json(shelf.editions(&space).await?))
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
pub async fn difference<S: Glossaries>(
    State(shelf): State<S>,
    Path(space): Path<String>,
    Query(asked): Query<Compared>,
    _: Person,
) -> Result<Json<GlossaryDifference>, Failure> {
    let after = shelf.fetch(&space, &asked.to).await?.edition;
    let from = match asked.from {
        from if !from.is_empty() => from,
        _ => {
            let earlier = shelf.editions(&space).await?.items;
            let before = earlier.into_iter().find(|one| one.number < after.said.number);
            before.map(|one| one.version).unwrap_or_default()
        }
    };
    let before = if from.is_empty() { None } else { Some(shelf.fetch(&space, &from).await?.edition) };
    Ok(Json(edition::difference(before.as_ref().map(|edition| &edition.vocabulary), &after.vocabulary)))
}
