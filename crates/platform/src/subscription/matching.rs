//! Compares what came into the catalogue with what members wait for, and tells each once: products with subscriptions and with open demands, demands with the
//! products that are there. What it has come to is kept with what it told, in one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use xinyu_core::demand::Demand;
use xinyu_core::listing::Listing;
use xinyu_core::subscription::{Notice, Subscription};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::demand::DemandState;
use xinyu_search::{Changes, Index};
use xinyu_shell::indexed::on_a_thread;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::catalog::{Asker, document, hits_of};
use crate::demand::answers;

/// Changes of the catalogue that are compared at once.
const AT_ONCE: u32 = 200;
/// Demands that are compared at once.
const DEMANDS: u32 = 20;
/// Open demands of a space that new products are compared with.
const OPEN: u32 = 1_000;
/// How often is looked though nobody called.
const LOST: Duration = Duration::from_secs(5);

/// Compares until the node stops.
pub async fn run(platform: Platform) {
    let mut changed = platform.node.store.signals().subscribe(Topic::Catalog);
    loop {
        loop {
            match step(&platform).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, "what is waited for could not be compared, the next attempt follows");
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

/// What there is to compare.
struct Work {
    /// The change that was compared last, and the one that this goes up to.
    position: (u64, u64),
    latest: u64,
    /// Products that came, with the number of the change.
    listings: Vec<(u64, Listing)>,
    subscriptions: Vec<Subscription>,
    open: Vec<Demand>,
    due: Vec<(String, Option<Demand>)>,
    askers: BTreeMap<ConnectorId, Asker>,
    now: Timestamp,
}

/// Compares some. Whether there may be more.
async fn step(platform: &Platform) -> Result<bool, Failure> {
    let Some(work) = platform.node.store.read("match.work", |tx| Box::pin(work(tx))).await? else { return Ok(false) };
    // What is compared by the index must be in it: one that is made again is waited for, and nothing is missed.
    if !platform.catalog.abreast(work.latest).await {
        return Ok(false);
    }
    let work = Arc::new(work);
    let mut notices = subscribed(&work).await?;
    for demand in &work.open {
        notices.extend(answered(platform, &work, demand).await?);
    }
    for demand in work.due.iter().filter_map(|(_, demand)| demand.as_ref()) {
        notices.extend(fitting(platform, &work, demand).await?);
    }
    let node = Arc::clone(&platform.node);
    let told = platform.node.store.write("match.tell", move |tx| {
        let (work, notices) = (Arc::clone(&work), notices.clone());
        let node = Arc::clone(&node);
        Box::pin(async move {
            let (from, to) = work.position;
            // Another process compared the same, and told of it.
            if !xinyu_store::subscription::move_on(tx, from, to).await? {
                return Ok(());
            }
            let mut effects = Vec::new();
            for notice in &notices {
                if xinyu_store::subscription::keep(tx, notice).await? {
                    effects.push(notice.send()?);
                }
            }
            for (demand, _) in &work.due {
                xinyu_store::subscription::done(tx, demand).await?;
            }
            effect::apply(&node, tx, effects).await
        })
    });
    told.await?;
    Ok(true)
}

async fn work(tx: &mut Tx) -> Result<Option<Work>, Failure> {
    let (position, latest) =
        (xinyu_store::subscription::position(tx).await?, xinyu_store::listing::latest_change(tx).await?);
    let changed = xinyu_store::listing::changed(tx, position, AT_ONCE).await?;
    let ids = xinyu_store::subscription::due(tx, DEMANDS).await?;
    if changed.is_empty() && ids.is_empty() && position == latest {
        return Ok(None);
    }
    let is_full = u32::try_from(changed.len()).is_ok_and(|count| count >= AT_ONCE);
    let last = changed.last().map_or(position, |(at, _)| *at);
    let now = tx.now();
    let listings: Vec<_> = changed.into_iter().filter(|(_, one)| one.state == ListingState::Listed).collect();
    let (mut subscriptions, mut open) = (Vec::new(), Vec::new());
    if !listings.is_empty() {
        subscriptions = xinyu_store::subscription::list(tx).await?;
        let spaces: BTreeSet<&String> = listings.iter().map(|(_, listing)| &listing.request.space_id).collect();
        for space in spaces {
            open.extend(xinyu_store::demand::open(tx, space, OPEN).await?);
        }
        open.retain(|demand| demand.state_at(now) == DemandState::Open);
    }
    let mut due = Vec::new();
    for id in ids {
        let demand = xinyu_store::demand::find(tx, &id).await?;
        due.push((id, demand.filter(|demand| demand.state_at(now) == DemandState::Open)));
    }
    let mut askers = BTreeMap::new();
    let owners = open.iter().chain(due.iter().filter_map(|(_, demand)| demand.as_ref()));
    let members = subscriptions.iter().map(|one| &one.connector_id).chain(owners.map(|one| &one.connector_id));
    for connector in members {
        if !askers.contains_key(connector) {
            // One that is not admitted now is told nothing.
            if let Ok(asker) = Asker::of(tx, connector).await {
                askers.insert(connector.clone(), asker);
            }
        }
    }
    let position = (position, if is_full { last } else { last.max(latest) });
    Ok(Some(Work { position, latest, listings, subscriptions, open, due, askers, now }))
}

/// New products that somebody subscribed to. They alone are searched: what else is in the catalogue is no news.
async fn subscribed(work: &Arc<Work>) -> Result<Vec<Notice>, Failure> {
    if work.subscriptions.is_empty() || work.listings.is_empty() {
        return Ok(Vec::new());
    }
    let work = Arc::clone(work);
    let found = on_a_thread(move || {
        let upserts = work.listings.iter().map(|(_, listing)| document(listing)).collect();
        let index = Index::in_memory("news")?;
        index.apply(&Changes { upserts, removals: Vec::new(), position: 1 })?;
        let mut notices = Vec::new();
        for one in &work.subscriptions {
            let Some(asker) = work.askers.get(&one.connector_id) else { continue };
            // One that cannot be asked any more, since a facet is gone, finds nothing.
            let hits = hits_of(&index, &one.wanted.query(), &asker.visibility())?;
            let is_new = |at: u64, listing: &Listing| at > one.after && listing.decided_at >= Some(one.since);
            let new = |(at, listing): &&(u64, Listing)| {
                is_new(*at, listing)
                    && hits.contains(listing.product_id.as_str())
                    && asker.may_see(listing)
                    && listing.connector_id != one.connector_id
            };
            let told = work.listings.iter().filter(new);
            notices.extend(told.map(|(_, listing)| Notice::of_subscription(one, listing, work.now)));
        }
        Ok::<_, xinyu_search::Error>(notices)
    });
    found.await?.map_err(Failure::broken)
}

/// New products that may answer an open demand: its owner is told.
async fn answered(platform: &Platform, work: &Work, demand: &Demand) -> Result<Vec<Notice>, Failure> {
    let Some(asker) = work.askers.get(&demand.connector_id) else { return Ok(Vec::new()) };
    let found = answers(platform, demand, asker).await?;
    let is_new = |listing: &&Listing| {
        let is_it = |(_, new): &(u64, Listing)| new.product_id == listing.product_id;
        // What was there when it was published stands with it.
        let is_later = listing.decided_at >= Some(demand.published_at);
        listing.connector_id != demand.connector_id && is_later && work.listings.iter().any(is_it)
    };
    Ok(found.iter().filter(is_new).map(|listing| Notice::of_product(demand, listing, work.now)).collect())
}

/// Products that may answer a new demand: their providers are told.
async fn fitting(platform: &Platform, work: &Work, demand: &Demand) -> Result<Vec<Notice>, Failure> {
    let Some(asker) = work.askers.get(&demand.connector_id) else { return Ok(Vec::new()) };
    let found = answers(platform, demand, asker).await?;
    let others = found.iter().filter(|listing| listing.connector_id != demand.connector_id);
    Ok(others.map(|listing| Notice::of_demand(demand, listing, work.now)).collect())
}
