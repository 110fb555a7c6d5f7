//! The catalogue's search at the platform: an index beside the store that reads on whatever changes, and what members ask of it.
//! TC609-6-2025-01 §5.2.2.4; TC609-6-2025-16 7.3.

mod question;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use tokio::sync::watch;
use xinyu_core::fault::Rejection;
use xinyu_core::listing::Listing;
use xinyu_core::participant::Member;
use xinyu_discovery::profile::ProductProfile;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::catalog::{CatalogPage, CatalogQuery, CatalogReason, ListingState};
use xinyu_search::{By, Changes, Column, Document, Encoder, Found, Index, Visibility};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, Node};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::application::member;
use crate::listing::{grades, is_visible, unknown};
use question::Question;

/// Listings that are read at once.
const AT_ONCE: u32 = 2_000;
/// How often is looked though nobody called, for a signal that was lost on its way from another process.
const LOST: Duration = Duration::from_secs(5);
/// How long a question waits until what changed before it can be found.
const SOON: Duration = Duration::from_secs(1);

/// What the catalogue is searched by.
#[derive(Debug)]
pub struct Catalog {
    index: Index,
    /// Changes whenever something was read on.
    news: watch::Sender<u64>,
}

impl Catalog {
    /// Opens the index in the node's folder; what it lacks is read on by [`run`].
    ///
    /// # Errors
    /// If there is not even memory for it.
    pub async fn open(node: &Node) -> Result<Self, Failure> {
        let (folder, origin) = (node.data_dir.join("catalog"), node.platform_id());
        let index = on_a_thread(move || Index::open(&folder, &origin)).await?;
        if Encoder::shared().is_none() {
            tracing::info!("no model lies beside the program: the catalogue is searched by words alone");
        }
        Ok(Self { index: index.map_err(Failure::broken)?, news: watch::Sender::default() })
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }
}

pub(crate) async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(Failure::broken)
}

/// Reads changes of listings into the index, until the node stops.
pub async fn run(platform: Platform) {
    let mut changed = platform.node.store.signals().subscribe(Topic::Catalog);
    loop {
        loop {
            match read_on(&platform).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, "the catalogue's index could not be read on, the next attempt follows");
                    break;
                }
            }
        }
        tokio::select! {
            () = platform.node.stopping() => return,
            _ = tokio::time::timeout(LOST, changed.wait()) => {}
        }
    }
}

/// Reads some changes on. Whether there may be more.
async fn read_on(platform: &Platform) -> Result<bool, Failure> {
    let catalog = Arc::clone(&platform.catalog);
    let from = catalog.index.position();
    let read = platform.node.store.read("catalog.changed", move |tx| {
        Box::pin(async move {
            let latest = xinyu_store::listing::latest_change(tx).await?;
            Ok::<_, Failure>((latest, xinyu_store::listing::changed(tx, from, AT_ONCE).await?))
        })
    });
    let (latest, listings) = read.await?;
    if latest < from {
        tracing::warn!("the store is behind the catalogue's index, which is made again");
        on_a_thread(move || catalog.index.reset()).await?.map_err(Failure::broken)?;
        return Ok(true);
    }
    let is_full = u32::try_from(listings.len()).is_ok_and(|count| count >= AT_ONCE);
    let last = listings.last().map_or(from, |(at, _)| *at);
    let position = if is_full { last } else { last.max(latest) };
    if position == from {
        return Ok(false);
    }
    let taken = on_a_thread(move || {
        let mut changes = Changes { position, ..Changes::default() };
        for (_, listing) in listings {
            match listing.state {
                ListingState::Listed => changes.upserts.push(document(&listing)),
                _ => changes.removals.push(listing.product_id.as_str().to_owned()),
            }
        }
        let taken = catalog.index.apply(&changes);
        catalog.news.send_modify(|count| *count = count.wrapping_add(1));
        taken
    });
    taken.await?.map_err(Failure::broken)?;
    Ok(is_full)
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

/// Waits until the index has come to a change of the store, but not for long; whether it has.
pub(crate) async fn abreast(catalog: &Catalog, latest: u64) -> bool {
    let mut news = catalog.news.subscribe();
    let waiting = async { while catalog.index.position() < latest && news.changed().await.is_ok() {} };
    if tokio::time::timeout(SOON, waiting).await.is_err() {
        tracing::warn!("the catalogue is searched though it has not read all that changed");
    }
    catalog.index.position() >= latest
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
    let found = found(&platform, &question, about.as_ref(), &asker.visibility(), latest).await?;
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

/// Asks the index, once it has read what changed before the question. One that turns out to be damaged is made again meanwhile.
async fn found(
    platform: &Platform,
    question: &Question,
    about: Option<&Document>,
    who: &Visibility,
    latest: u64,
) -> Result<Found, Failure> {
    abreast(&platform.catalog, latest).await;
    match ask(platform, question, about, who).await? {
        Err(xinyu_search::Error::Index(error)) => {
            tracing::error!(%error, "the catalogue's index fails and is made again: {error}");
            let catalog = Arc::clone(&platform.catalog);
            on_a_thread(move || catalog.index.reset()).await?.map_err(Failure::broken)?;
            platform.node.store.signals().fire(&[Topic::Catalog]);
            abreast(&platform.catalog, latest).await;
            ask(platform, question, about, who).await?.map_err(refused)
        }
        answer => answer.map_err(refused),
    }
}

async fn ask(
    platform: &Platform,
    question: &Question,
    about: Option<&Document>,
    who: &Visibility,
) -> Result<Result<Found, xinyu_search::Error>, Failure> {
    let (catalog, question, about, who) =
        (Arc::clone(&platform.catalog), question.clone(), about.cloned(), who.clone());
    on_a_thread(move || question.ask(&catalog.index, about.as_ref(), &who)).await
}

fn refused(error: xinyu_search::Error) -> Failure {
    match error {
        xinyu_search::Error::Question { code, text } => Rejection::bad(code, text.zh, text.en).into(),
        xinyu_search::Error::Index(error) => Failure::broken(error),
    }
}
