//! 需求中心 at the platform: members publish what they look for, providers answer with products, the operator takes down what does not belong there; and who looks
//! at a demand is told which products may answer it. TC609-6-2025-01 §5.2.2.9 b.

pub mod peer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::demand::{Demand, End, unknown};
use xinyu_core::listing::Listing;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::demand::DemandTakedown;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::demand::{DemandCard, DemandInfo, DemandList, DemandMatch};
use xinyu_search::{Column, Document, shared_words};
use xinyu_shell::indexed::on_a_thread;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::audit::Happened;
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::catalog::{Asker, document};

/// The most that a list shows.
const MOST: u32 = 200;
/// Products that are looked at for one demand.
const MATCHES: usize = 20;

/// `GET /api/v1/demands`: all of them, those that changed last first.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<DemandList>, Failure> {
    let all = platform.node.store.read("demand.list", move |tx| {
        Box::pin(async move {
            let demands = xinyu_store::demand::list(tx, MOST).await?;
            told(tx, demands, Seen::All).await
        })
    });
    Ok(Json(DemandList { items: all.await? }))
}

/// `GET /api/v1/demands/{id}`.
///
/// # Errors
/// If there is no such demand.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<DemandInfo>, Failure> {
    let found = platform.node.store.read("demand.show", move |tx| {
        Box::pin(async move {
            let demand = xinyu_store::demand::find(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            one(tx, demand, Seen::All).await
        })
    });
    Ok(Json(found.await?))
}

/// `POST /api/v1/demands/{id}/takedown`: it does not belong here.
///
/// # Errors
/// If there is no such demand, it ended already, or no reason is given.
pub async fn take_down(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<DemandTakedown>,
) -> Result<Json<DemandInfo>, Failure> {
    let (this, reason) = (platform.clone(), body.value.reason);
    let taken = platform.node.store.write("demand.take_down", move |tx| {
        Box::pin(async move {
            let demand = xinyu_store::demand::lock(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let (by, now) = (demand.connector_id.clone(), tx.now());
            let (demand, record) = demand.end(End::TakenDown, &reason, &by, now)?;
            xinyu_store::demand::save(tx, &demand).await?;
            effect::apply(&this.node, tx, vec![record]).await?;
            let happened = Happened { detail: demand.note.clone(), ..person.happened("demand.take_down", &id, "done") };
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Catalog);
            one(tx, demand, Seen::All).await
        })
    });
    Ok(Json(taken.await?))
}

/// Who is told of offers.
#[derive(Clone, Copy)]
enum Seen<'a> {
    /// Of all: the operator.
    All,
    /// Of those for its own demands, and of its own.
    By(&'a ConnectorId),
}

async fn told(tx: &mut Tx, demands: Vec<Demand>, seen: Seen<'_>) -> Result<Vec<DemandInfo>, Failure> {
    let members: BTreeSet<String> = demands.iter().map(|demand| demand.participant_id.as_str().to_owned()).collect();
    let (names, now) = (xinyu_store::member::names(tx, &members).await?, tx.now());
    let info = |demand: Demand| {
        let is_own = matches!(seen, Seen::By(me) if demand.connector_id == *me);
        let may_see =
            |by: &ConnectorId| is_own || matches!(seen, Seen::All) || matches!(seen, Seen::By(me) if by == me);
        // What became of it is between its owner and the operator.
        let may_know = is_own || matches!(seen, Seen::All);
        let member_id = demand.participant_id.as_str().to_owned();
        DemandInfo {
            state: demand.state_at(now),
            member_name: names.get(&member_id).cloned().unwrap_or_default(),
            member_id,
            is_own,
            offers: demand
                .offers
                .into_iter()
                .filter(|offer| may_see(&offer.connector_id))
                .map(|offer| offer.told)
                .collect(),
            demand_id: demand.demand_id,
            space_id: demand.space_id,
            card: demand.card,
            version: demand.version,
            published_at: demand.published_at,
            changed_at: demand.changed_at,
            note: if may_know { demand.note } else { String::new() },
            met_by: demand.met_by.filter(|_| may_know),
            matches: Vec::new(),
        }
    };
    Ok(demands.into_iter().map(info).collect())
}

async fn one(tx: &mut Tx, demand: Demand, seen: Seen<'_>) -> Result<DemandInfo, Failure> {
    let told = told(tx, vec![demand], seen).await?;
    told.into_iter().next().ok_or_else(|| Failure::broken("a demand that was read is gone"))
}

/// A demand as if it were a product: what is like it may answer it.
fn wanted(space_id: &str, card: &DemandCard) -> Document {
    let column = |name: &String| Column {
        table: String::new(),
        name: name.clone(),
        kind: String::new(),
        rows: None,
        distinct: None,
        is_masked: false,
        term: String::new(),
    };
    Document {
        space_id: space_id.to_owned(),
        name: card.title.clone(),
        description: format!("{} {} {}", card.description, card.purpose, card.fields.join(" ")),
        keywords: card.keywords.clone(),
        columns: card.fields.iter().map(column).collect(),
        topic: card.topic.clone(),
        ..Document::default()
    }
}

/// Fills in the products that may answer demands, the most alike first: `as_seen` by who looks for it, `by` one provider alone if one is given.
async fn matched(
    platform: &Platform,
    mut demands: Vec<DemandInfo>,
    askers: BTreeMap<String, Asker>,
    by: Option<&ConnectorId>,
) -> Result<Vec<DemandInfo>, Failure> {
    // What was listed a moment ago may answer, too.
    let latest = platform.node.store.read("demand.latest", |tx| {
        Box::pin(async move { xinyu_store::listing::latest_change(tx).await.map_err(Failure::from) })
    });
    platform.catalog.abreast(latest.await?).await;
    let catalog = Arc::clone(&platform.catalog);
    let sought: Vec<_> = demands
        .iter()
        .map(|demand| {
            (wanted(&demand.space_id, &demand.card), askers.get(&demand.demand_id).map(|asker| asker.visibility()))
        })
        .collect();
    let found = on_a_thread(move || {
        let hits = sought.into_iter().map(|(wanted, who)| match who {
            Some(who) => catalog.index().related(&wanted, &who, MATCHES),
            None => Ok(Vec::new()),
        });
        hits.collect::<Result<Vec<_>, _>>()
    });
    let found = found.await?.map_err(Failure::broken)?;
    let ids: Vec<String> = found.iter().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let listings = platform.node.store.read("demand.matches", move |tx| {
        Box::pin(async move { xinyu_store::listing::of(tx, &ids).await.map_err(Failure::from) })
    });
    let listings: BTreeMap<String, Listing> =
        listings.await?.into_iter().map(|one| (one.product_id.as_str().to_owned(), one)).collect();
    for (demand, hits) in demands.iter_mut().zip(found) {
        let Some(asker) = askers.get(&demand.demand_id) else { continue };
        let may = |one: &&Listing| asker.may_see(one) && by.is_none_or(|by| one.connector_id == *by);
        let fits = hits
            .iter()
            .filter_map(|id| listings.get(id))
            .filter(may)
            .map(|one| fit(&demand.space_id, &demand.card, one));
        demand.matches = fits.filter(is_answer).collect();
    }
    Ok(demands)
}

/// Products that may answer one demand, as its owner may see them, the most alike first.
///
/// # Errors
/// If the index or the store fails.
pub(crate) async fn answers(platform: &Platform, demand: &Demand, owner: &Asker) -> Result<Vec<Listing>, Failure> {
    let catalog = Arc::clone(&platform.catalog);
    let (document, who) = (wanted(&demand.space_id, &demand.card), owner.visibility());
    let hits =
        on_a_thread(move || catalog.index().related(&document, &who, MATCHES)).await?.map_err(Failure::broken)?;
    let ids = hits.clone();
    let found = platform.node.store.read("demand.answers", move |tx| {
        Box::pin(async move { xinyu_store::listing::of(tx, &ids).await.map_err(Failure::from) })
    });
    let mut found = found.await?;
    found.retain(|one| owner.may_see(one) && is_answer(&fit(&demand.space_id, &demand.card, one)));
    found.sort_by_key(|one| hits.iter().position(|id| id == one.product_id.as_str()));
    Ok(found)
}

/// Whether there is something to tell of why it answers.
fn is_answer(fit: &DemandMatch) -> bool {
    !fit.shared.is_empty() || !fit.fields.is_empty()
}

fn fit(space_id: &str, card: &DemandCard, listing: &Listing) -> DemandMatch {
    let product = document(listing);
    let has = |field: &&String| product.columns.iter().any(|column| column.name.eq_ignore_ascii_case(field));
    DemandMatch {
        product_id: product.product_id.clone(),
        product_name: product.name.clone(),
        provider_name: product.provider_name.clone(),
        shared: shared_words(&wanted(space_id, card), &product),
        fields: card.fields.iter().filter(has).cloned().collect(),
    }
}
