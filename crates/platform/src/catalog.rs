//! The catalogue's search at the platform: an index beside the store that reads on whatever changes, and what members ask of it.
//! TC609-6-2025-01 §5.2.2.4; TC609-6-2025-16 7.3.

pub mod public;
mod question;

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use xinyu_core::fault::Rejection;
use xinyu_core::listing::Listing;
use xinyu_core::participant::Member;
use xinyu_discovery::profile::ProductProfile;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::catalog::{CatalogPage, CatalogQuery, CatalogReason, ListingState};
use xinyu_search::{By, Column, Document, Index, Visibility};
use xinyu_shell::Failure;
use xinyu_shell::indexed::{Changed, Kind, Making};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_store::{BoxFuture, Topic, Tx};

use crate::app::Platform;
use crate::application::member;
use crate::listing::{grades, is_visible, unknown};
use question::Question;

/// What the catalogue is searched by.
pub const KIND: Kind = Kind { folder: "catalog", topic: Topic::Catalog, read: changed };

/// Listings that changed, each as it is found now.
fn changed(tx: &mut Tx, after: u64, limit: u32) -> BoxFuture<'_, Result<(u64, Vec<Changed>), Failure>> {
    Box::pin(async move {
        let latest = xinyu_store::listing::latest_change(tx).await?;
        let listings = xinyu_store::listing::changed(tx, after, limit).await?;
        let one = |(at, listing): (u64, Listing)| {
            let key = listing.product_id.as_str().to_owned();
            let is_there = listing.state == ListingState::Listed;
            (at, key, is_there.then(|| -> Making { Box::new(move || document(&listing)) }))
        };
        Ok((latest, listings.into_iter().map(one).collect()))
    })
}

/// A listing as it is indexed, with what its profile counted of its columns.
pub(crate) fn document(listing: &Listing) -> Document {
    let listed = listing.decided_at.unwrap_or(listing.requested_at).as_millisecond();
    let entry = listing.entry(&grades(&listing.request.profile));
    let mut document = Document { audience: listing.audience(), ..Document::of(&entry, listed) };
    let profile = serde_json::from_value::<ProductProfile>(listing.request.profile.clone());
    for table in profile.iter().flat_map(|profile| &profile.tables) {
        for field in &table.columns {
            let is_it = |column: &&mut Column| column.table == table.name && column.name == field.name;
            if let Some(column) = document.columns.iter_mut().find(is_it) {
                (column.rows, column.distinct) = (Some(table.rows), Some(field.distinct_estimate));
            }
        }
    }
    document
}

/// That a search is one: its facets are there, and it asks one thing.
///
/// # Errors
/// Naming what it is not.
pub(crate) fn must_be_a_question(wanted: &CatalogQuery) -> Result<(), Rejection> {
    Question::read(wanted).map(drop)
}

/// All that a search finds in an index.
///
/// # Errors
/// If the index fails. What is no question finds nothing.
pub(crate) fn hits_of(
    index: &Index,
    wanted: &CatalogQuery,
    who: &Visibility,
) -> Result<BTreeSet<String>, xinyu_search::Error> {
    let (mut hits, mut wanted) = (BTreeSet::new(), wanted.clone());
    loop {
        let Ok(question) = Question::read(&wanted) else { return Ok(hits) };
        let found = match question.ask(index, None, who) {
            Err(xinyu_search::Error::Question { .. }) => return Ok(hits),
            found => found?,
        };
        hits.extend(found.hits);
        let Some(next) = found.next else { return Ok(hits) };
        wanted.after = next;
    }
}

/// `POST /tc609/catalog`, by any member: what it may find of what it asks for, see [`CatalogQuery`].
///
/// # Errors
/// If the caller is not admitted, the question is none, or asks about a product that is not there for the caller.
pub async fn search(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let wanted: CatalogQuery = call.parse()?;
    let question = Question::read(&wanted)?;
    let connector = call.connector()?;
    let about = question.about().map(str::to_owned);
    let asker = platform.node.store.read("catalog.asker", move |tx| {
        Box::pin(async move {
            let asker = Asker::of(tx, &connector).await?;
            let about = match about {
                Some(product) => Some(asker.shown(tx, &product).await?),
                None => None,
            };
            Ok::<_, Failure>((asker, about, xinyu_store::listing::latest_change(tx).await?))
        })
    });
    let (asker, about, latest) = asker.await?;
    let about = about.map(|listing| document(&listing));
    let (asked, beside, who) = (question.clone(), about.clone(), asker.visibility());
    let answer = move |index: &Index| asked.ask(index, beside.as_ref(), &who);
    let found = platform.catalog.ask(&platform.node, latest, answer).await?;
    let (hits, counts) = (found.hits.clone(), found.facets.clone());
    let by: BTreeMap<String, By> = found.hits.iter().cloned().zip(found.by.iter().copied()).collect();
    let entries = platform.node.store.read("catalog.entries", move |tx| {
        Box::pin(async move {
            let mut listings = xinyu_store::listing::of(tx, &hits).await?;
            // What changed since it was indexed is judged as it is now.
            listings.retain(|listing| asker.may_see(listing));
            listings.sort_by_key(|listing| hits.iter().position(|id| id == listing.product_id.as_str()));
            Ok::<_, Failure>((listings, question::names(tx, &counts).await?))
        })
    });
    let (listings, names) = entries.await?;
    let mut page = CatalogPage { total: found.total, next: found.next, ..CatalogPage::default() };
    page.entries = listings.iter().map(|listing| listing.entry(&grades(&listing.request.profile))).collect();
    if question.about().is_some() {
        page.total = u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
    }
    if wanted.counts {
        let reason = |one: &Listing| CatalogReason {
            by: by.get(one.product_id.as_str()).map(|by| question.said(*by)).unwrap_or_default().to_owned(),
            ..question.reason(&document(one), about.as_ref())
        };
        page.reasons = listings.iter().map(reason).collect();
        page.facets = question::counts(found.facets, &names);
        page.suggestions = found.suggestions;
    }
    Answer::json(200, &page)
}

/// Who asks.
pub(crate) struct Asker {
    pub(crate) me: Member,
    /// Connectors of which nothing can be had.
    barred: BTreeSet<String>,
}

impl Asker {
    /// # Errors
    /// If it is not admitted.
    pub(crate) async fn of(tx: &mut Tx, connector: &ConnectorId) -> Result<Self, Failure> {
        Ok(Self { me: member(tx, connector).await?, barred: xinyu_store::member::shut(tx).await? })
    }

    pub(crate) fn is_barred(&self, connector: &ConnectorId) -> bool {
        self.barred.contains(connector.as_str())
    }

    pub(crate) fn may_see(&self, listing: &Listing) -> bool {
        is_visible(listing, &self.me) && !self.barred.contains(listing.connector_id.as_str())
    }

    /// A product that it asks about: one that it may see, or its own.
    async fn shown(&self, tx: &mut Tx, product: &str) -> Result<Listing, Failure> {
        let listing = xinyu_store::listing::find(tx, product).await?;
        let is_there = |listing: &Listing| listing.connector_id == self.me.connector_id || self.may_see(listing);
        listing.filter(is_there).ok_or_else(|| unknown(product).into())
    }

    pub(crate) fn visibility(&self) -> Visibility {
        Visibility {
            spaces: self.me.spaces.iter().cloned().collect(),
            barred: self.barred.clone(),
            labels: self.me.labels(),
        }
    }
}
