//! What was read of other catalogues, as it is found: by words and by what they mean, as products are, and never among them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use xinyu_core::harvest::{Codes, HarvestSource, HarvestedRecord, unknown_record};
use xinyu_discovery::catalogue::Record;
use xinyu_discovery::metadata::to_card;
use xinyu_protocol::tc609::catalog::CatalogCount;
use xinyu_protocol::tc609::harvest::{HarvestedInfo, HarvestedPage, HarvestedQuery};
use xinyu_search::{Column, Document, Facet, Index, Query, Visibility};
use xinyu_store::{BoxFuture, Timestamp, Topic, Tx};

use crate::failure::Failure;
use crate::indexed::{Changed, Indexed, Kind, Making};
use crate::node::Node;

/// What it is searched by.
const KIND: Kind = Kind { folder: "harvested", topic: Topic::Harvest, read: changed };
/// Addresses of a record that are told in a list.
const ADDRESSES: usize = 20;
/// The space of what a connector reads for itself: none has this name.
const OWN: &str = "-";

/// The index, opened when it is first needed.
///
/// # Errors
/// If there is not even memory for it.
pub(super) async fn open(node: &Arc<Node>) -> Result<Arc<Indexed>, Failure> {
    let opened = node.harvests.shelf.get_or_try_init(|| async {
        let indexed = Arc::new(Indexed::open(node, KIND).await?);
        tokio::spawn(crate::indexed::run(Arc::clone(node), Arc::clone(&indexed)));
        Ok::<_, Failure>(indexed)
    });
    opened.await.map(Arc::clone)
}

fn changed(tx: &mut Tx, after: u64, limit: u32) -> BoxFuture<'_, Result<(u64, Vec<Changed>), Failure>> {
    Box::pin(async move {
        let latest = xinyu_store::harvest::latest_change(tx).await?;
        let records = xinyu_store::harvest::changed(tx, after, limit).await?;
        let one = |(at, key, record): xinyu_store::harvest::Changed| {
            (at, key, record.map(|record| -> Making { Box::new(move || document(record)) }))
        };
        Ok((latest, records.into_iter().map(one).collect()))
    })
}

fn document(record: HarvestedRecord) -> Document {
    let HarvestedRecord { info, codes, columns, .. } = record;
    let column = |(table, name, kind)| Column { table, name, kind, ..Column::default() };
    Document {
        product_id: info.record_id,
        space_id: space(&info.space_id).to_owned(),
        provider_id: info.harvest_id,
        provider_name: info.publisher,
        name: info.title,
        description: info.description,
        keywords: info.keywords,
        columns: columns.into_iter().map(column).collect(),
        topic: info.topic,
        scenarios: Some(codes.scenario).filter(|code| !code.is_empty()).into_iter().collect(),
        industry: codes.industry,
        form: codes.form,
        update_frequency: codes.frequency,
        quality_level: codes.quality,
        security_level: codes.security,
        listed_ms: info.modified.or(info.since).map_or(0, Timestamp::as_millisecond),
        ..Document::default()
    }
}

fn space(id: &str) -> &str {
    if id.is_empty() { OWN } else { id }
}

/// A record as it is kept.
///
/// # Errors
/// If it cannot be written, which none can cause.
pub(super) fn kept(source: &HarvestSource, record: &Record, since: Timestamp) -> Result<HarvestedRecord, Failure> {
    let (card, _) = to_card(&record.description);
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let registration = &record.registration;
    let columns = card.tables.iter().flat_map(|table| {
        table.fields.iter().map(|field| (table.name.clone(), field.name.clone(), field.kind.clone()))
    });
    let title = record.description.title.words();
    let mut addresses: Vec<String> = record.access().map(str::to_owned).collect();
    addresses.truncate(ADDRESSES);
    Ok(HarvestedRecord {
        info: HarvestedInfo {
            record_id: record_id(&source.harvest_id, &record.key),
            harvest_id: source.harvest_id.clone(),
            // Said anew whenever it is told.
            source: String::new(),
            space_id: source.space_id.clone(),
            title: if title.is_empty() { record.key.clone() } else { title.to_owned() },
            description: card.description.clone(),
            publisher: record.publisher().map(|one| one.name.clone()).unwrap_or_default(),
            keywords: record.description.keywords.clone(),
            topic: card.topic.clone(),
            licence: said(&record.description.licence),
            page: record.landing().unwrap_or_default().to_owned(),
            addresses,
            modified: record.modified,
            since: Some(since),
            record: None,
        },
        key: record.key.clone(),
        digest: record.digest.clone(),
        codes: Codes {
            industry: said(&registration.industry),
            scenario: said(&registration.application),
            form: said(&registration.delivery_mode),
            frequency: card.update_frequency.clone(),
            quality: said(&registration.quality_level),
            security: said(&registration.security_level),
        },
        columns: columns.collect(),
        record: serde_json::to_value(record).map_err(Failure::broken)?,
    })
}

/// The key here of a source's record: the same each time it is read.
fn record_id(harvest_id: &str, key: &str) -> String {
    let digest = Sha256::digest(format!("{harvest_id}\n{key}"));
    hex::encode(digest.get(..16).unwrap_or_default())
}

/// What somebody finds who may see what was read for these spaces.
///
/// # Errors
/// If the question is too long or its cursor none, or asks for a record that is not there for the caller.
pub async fn find(
    node: &Arc<Node>,
    wanted: HarvestedQuery,
    spaces: BTreeSet<String>,
) -> Result<HarvestedPage, Failure> {
    if !wanted.record.is_empty() {
        return whole(node, wanted.record, spaces).await;
    }
    let latest = node.store.read("harvest.latest", |tx| {
        Box::pin(async move { xinyu_store::harvest::latest_change(tx).await.map_err(Failure::from) })
    });
    let (latest, shelf) = (latest.await?, open(node).await?);
    let query = Query {
        text: wanted.q,
        filters: Some(wanted.source)
            .filter(|source| !source.is_empty())
            .map(|source| (Facet::Provider, BTreeSet::from([source])))
            .into_iter()
            .collect(),
        after: wanted.after,
        limit: usize::try_from(wanted.limit).unwrap_or(usize::MAX),
        ..Query::default()
    };
    let who = Visibility { spaces: spaces.iter().map(|id| space(id).to_owned()).collect(), ..Visibility::default() };
    let found = shelf.ask(node, latest, move |index: &Index| index.search(&query, &who)).await?;
    let hits = found.hits.clone();
    let read = node.store.read("harvest.found", move |tx| {
        Box::pin(async move {
            let mut records = xinyu_store::harvest::of(tx, &hits).await?;
            // What changed since it was indexed is judged as it is now.
            records.retain(|record| spaces.contains(&record.info.space_id));
            records.sort_by_key(|record| hits.iter().position(|id| *id == record.info.record_id));
            Ok::<_, Failure>((records, titles(tx).await?))
        })
    });
    let (records, titles) = read.await?;
    let count = |one: xinyu_search::FacetCount| CatalogCount {
        name: titles.get(&one.value).cloned().unwrap_or_default(),
        value: one.value,
        count: one.count,
    };
    Ok(HarvestedPage {
        entries: records.into_iter().map(|record| named(record.info, &titles)).collect(),
        total: found.total,
        next: found.next,
        sources: found.facets.get(&Facet::Provider).cloned().unwrap_or_default().into_iter().map(count).collect(),
        suggestions: found.suggestions,
    })
}

async fn whole(node: &Node, id: String, spaces: BTreeSet<String>) -> Result<HarvestedPage, Failure> {
    let read = node.store.read("harvest.record", move |tx| {
        Box::pin(async move {
            let record = xinyu_store::harvest::of(tx, std::slice::from_ref(&id)).await?.into_iter().next();
            let record = record.filter(|record| spaces.contains(&record.info.space_id));
            let record = record.ok_or_else(|| unknown_record(&id))?;
            Ok::<_, Failure>((record, titles(tx).await?))
        })
    });
    let (HarvestedRecord { info, record, .. }, titles) = read.await?;
    let info = HarvestedInfo { record: Some(record), ..named(info, &titles) };
    Ok(HarvestedPage { entries: vec![info], total: 1, ..HarvestedPage::default() })
}

async fn titles(tx: &mut Tx) -> Result<BTreeMap<String, String>, Failure> {
    Ok(xinyu_store::harvest::list(tx).await?.into_iter().map(|one| (one.harvest_id, one.title)).collect())
}

fn named(info: HarvestedInfo, titles: &BTreeMap<String, String>) -> HarvestedInfo {
    HarvestedInfo { source: titles.get(&info.harvest_id).cloned().unwrap_or_default(), ..info }
}
