//! What the columns of a resource mean by the glossary of a space: suggestions with their reasons, made here from the profile, and what a person decides. No
//! value is told, and none of a person is looked at. TC609-6-2025-01 §5.3.3.3 b.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_discovery::glossary::edition::told;
use xinyu_discovery::glossary::{Column, Coverage, Edition, Hints, Lexicon, Mapped, Mapping, Suggestion};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::glossary::{
    ColumnTerm, GlossaryCoverage, GlossaryTerm, MappedTerm, ResourceTerms, SuggestedTerm, TermDecision,
};
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::glossary::{Fetched, Glossaries as _};
use xinyu_shell::user::Person;
use xinyu_store::audit::Happened;
use xinyu_store::{Topic, Tx};

use super::spaces;
use crate::app::Connector;
use crate::resource::{Resource, life};

/// By which glossary.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    space: String,
}

/// `GET /api/v1/resources/{name}/terms?space=`: the columns with their terms and with what they may mean; by the first glossary of our spaces, where none is
/// said.
///
/// # Errors
/// If there is no such resource, or no glossary for us.
pub async fn show(
    State(connector): State<Connector>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Json<ResourceTerms>, Failure> {
    let looked = Looked::at(&connector, &asked.space).await?;
    let space = looked.fetched.edition.said.space_id.clone();
    let found = connector.node.store.read("glossary.suggest", move |tx| {
        Box::pin(async move {
            let resource = life::find(tx, &name).await?;
            let mapping: Option<Mapping> = xinyu_store::glossary::mapping(tx, &name, &space).await?;
            Ok::<_, Failure>((resource, mapping))
        })
    });
    let (resource, mapping) = found.await?;
    Ok(Json(looked.info(resource, mapping.unwrap_or_default()).await?))
}

/// `POST /api/v1/resources/{name}/terms`: what a person decides of a column: a term, or none.
///
/// # Errors
/// If there is no such resource, column or term.
pub async fn decide(
    State(connector): State<Connector>,
    Path(name): Path<String>,
    person: Person,
    body: StrictJson<TermDecision>,
) -> Result<Json<ResourceTerms>, Failure> {
    let TermDecision { space_id, column, term } = body.value;
    let looked = Looked::at(&connector, &space_id).await?;
    let edition = &looked.fetched.edition;
    let term = match term.trim() {
        "" => None,
        said => Some(edition.vocabulary.said(said).ok_or_else(|| unknown_term(said))?.id.clone()),
    };
    let (space, vocabulary, version) =
        (edition.said.space_id.clone(), edition.vocabulary.id.clone(), edition.said.version.clone());
    let decided = connector.node.store.write("glossary.map", move |tx| {
        Box::pin(async move {
            let resource = life::lock(tx, &name).await?;
            let earlier: Option<Mapping> = xinyu_store::glossary::lock_mapping(tx, &name, &space).await?;
            let mut mapping = Mapping { resource: name.clone(), vocabulary, version, ..earlier.unwrap_or_default() };
            put(tx, &person, &resource, &mut mapping, column, term).await?;
            xinyu_store::glossary::save_mapping(tx, (&name, &space), &mapping).await?;
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>((resource, mapping))
        })
    });
    let (resource, mapping) = decided.await?;
    Ok(Json(looked.info(resource, mapping).await?))
}

/// Puts what was decided in the place of what was decided before, and tells the audit who did.
async fn put(
    tx: &mut Tx,
    person: &Person,
    resource: &Resource,
    mapping: &mut Mapping,
    column: String,
    term: Option<String>,
) -> Result<(), Failure> {
    let table = &resource.schema.name;
    let is_it = |mapped: &Mapped| mapped.table == *table && mapped.column == column;
    let was_mapped = mapping.columns.iter().any(is_it);
    // What is mapped and no longer in the table can be taken away, and no more.
    if resource.schema.position(&column).is_none() && (term.is_some() || !was_mapped) {
        let name = &resource.name;
        let (zh, en) =
            (format!("资源「{name}」没有字段「{column}」"), format!("resource {name} has no column {column}"));
        return Err(Rejection::bad("unknown-column", zh, en).clause("/column").into());
    }
    mapping.columns.retain(|mapped| !is_it(mapped));
    let (action, detail) = match &term {
        Some(term) => ("glossary.map", format!("{column}: {term}")),
        None => ("glossary.unmap", column.clone()),
    };
    if let Some(term) = term {
        let by = person.name.clone();
        mapping.columns.push(Mapped { table: table.clone(), column, term, by, at: tx.now() });
    }
    let happened = Happened { detail, ..person.happened(action, &resource.name, "done") };
    xinyu_store::audit::append(tx, &happened).await?;
    Ok(())
}

/// The terms that the columns of a resource have by the glossary of a space: what a product that is made of it says of its fields.
///
/// # Errors
/// If the store fails.
pub async fn of(tx: &mut Tx, resource: &str, space: &str) -> Result<Mapping, Failure> {
    Ok(xinyu_store::glossary::mapping(tx, resource, space).await?.unwrap_or_default())
}

/// The glossary that is looked at.
struct Looked {
    fetched: Fetched,
    spaces: Vec<String>,
}

impl Looked {
    async fn at(connector: &Connector, space: &str) -> Result<Self, Failure> {
        let spaces = spaces(&connector.newest().await?.items);
        let space = match space {
            "" => spaces.first().cloned().ok_or_else(none)?,
            space => space.to_owned(),
        };
        Ok(Self { fetched: connector.fetch(&space, "").await?, spaces })
    }

    /// Beside the threads that serve: a large vocabulary takes some time.
    async fn info(self, resource: Resource, mapping: Mapping) -> Result<ResourceTerms, Failure> {
        tokio::task::spawn_blocking(move || self.tell(&resource, &mapping)).await.map_err(Failure::broken)
    }

    fn tell(self, resource: &Resource, mapping: &Mapping) -> ResourceTerms {
        let Fetched { edition, is_kept } = self.fetched;
        let (table, lexicon) = (&resource.schema, Lexicon::of(&edition.vocabulary));
        let column = |own: &xinyu_core::data::Column| {
            let profile = resource.profile.columns.iter().find(|profile| profile.name == own.name);
            let hints = profile.map(Hints::of).unwrap_or_default();
            let mapped = mapping.columns.iter().find(|one| one.table == table.name && one.column == own.name);
            let found = lexicon.suggest(&Column { name: &own.name, title: "", kind: own.kind, hints: &hints });
            ColumnTerm {
                column: own.name.clone(),
                kind: own.kind.as_str().to_owned(),
                suggestions: found
                    .into_iter()
                    .filter(|one| mapped.is_none_or(|mapped| mapped.term != one.term))
                    .map(|one| suggested(one, &edition))
                    .collect(),
                mapped: mapped.map(|mapped| mapped_term(mapped, &edition)),
            }
        };
        let columns = table.columns.iter().map(column).collect();
        ResourceTerms {
            resource: resource.name.clone(),
            table: table.name.clone(),
            is_kept,
            spaces: self.spaces,
            terms: edition.vocabulary.terms.iter().map(told).collect(),
            columns,
            coverage: coverage(mapping.coverage(table, &edition.vocabulary)),
            edition: edition.said,
        }
    }
}

fn named(term: &str, edition: &Edition) -> Option<GlossaryTerm> {
    edition.vocabulary.term(term).map(told)
}

fn suggested(one: Suggestion, edition: &Edition) -> SuggestedTerm {
    let name = named(&one.term, edition).map_or_else(Text::default, |term| term.name);
    SuggestedTerm { term: one.term, name, permille: one.permille, reasons: one.reasons }
}

fn mapped_term(mapped: &Mapped, edition: &Edition) -> MappedTerm {
    let known = named(&mapped.term, edition);
    MappedTerm {
        term: mapped.term.clone(),
        is_known: known.is_some(),
        name: known.map_or_else(Text::default, |term| term.name),
        by: mapped.by.clone(),
        at: mapped.at,
    }
}

fn coverage(found: Coverage) -> GlossaryCoverage {
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    GlossaryCoverage {
        columns: count(found.columns),
        mapped: count(found.mapped),
        permille: found.permille,
        unmapped: found.unmapped,
        unknown: found.unknown,
        stale: found.stale,
        other_kind: found.other_kind,
        shared: found.shared,
    }
}

fn none() -> Rejection {
    let (zh, en) = ("本方所在的空间还没有词汇表", "none of our spaces has a glossary yet");
    Rejection::unknown("unknown-glossary", zh, en)
}

fn unknown_term(said: &str) -> Rejection {
    let (zh, en) = (format!("词汇表没有术语「{said}」"), format!("the glossary has no term {said}"));
    Rejection::bad("unknown-term", zh, en).clause("/term")
}
