//! The catalogue of a space that is open to everybody: other spaces and open-data portals read what every member may see, and nothing of what is for some of them.
//! TC609-6-2025-01 §5.2.2.4 c; NDI-TR-2025-06 §9.5.1.

use std::collections::BTreeSet;

use axum::extract::{self, Path, State};
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xinyu_core::fault::Rejection;
use xinyu_core::listing::Listing;
use xinyu_discovery::catalogue::{self, About, Record};
use xinyu_discovery::metadata::Phrase;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_search::{Index, LONGEST_PAGE, Order, Query, Visibility};
use xinyu_shell::Failure;
use xinyu_shell::catalog::{MOST, Page, document};

use crate::app::Platform;
use crate::listing::grades;

/// Which document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// `dcat`, unless it says `ndi-06`.
    format: String,
    /// The cursor of the document before.
    after: String,
    /// How many products stand in the documents before, where no cursor is given. NDI-TR-2025-05 A.1.
    offset: usize,
    /// How many products at most; 0 is as many as a document has.
    limit: usize,
    /// Taken and not followed: the newest product always stands first.
    order: String,
}

/// `GET /public/catalog/{space}?format=&after=&offset=&limit=`, by anybody: a thousand products at most, the newest first.
///
/// # Errors
/// If the space is not there or keeps its catalogue to its members, which a stranger cannot tell apart; if the format is none.
pub async fn show(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    extract::Query(asked): extract::Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let format = catalogue::format(if asked.format.is_empty() { "dcat" } else { &asked.format })?;
    let id = space.clone();
    let read = platform.node.store.read("catalog.open", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::space::find(tx, &id).await?.filter(|space| space.open_catalogue);
            let found = found.ok_or_else(|| closed(&id))?;
            let barred = xinyu_store::member::shut(tx).await?;
            Ok::<_, Failure>((found, barred, xinyu_store::listing::latest_change(tx).await?))
        })
    });
    let (opened, barred, latest) = read.await?;
    // Whoever has no label sees what is for all.
    let who = Visibility { spaces: BTreeSet::from([space.clone()]), barred: barred.clone(), labels: BTreeSet::new() };
    let most = if asked.limit == 0 { MOST } else { asked.limit.min(MOST) };
    let (mut records, mut total, mut next, mut skip) = (Vec::new(), 0, Some(asked.after.clone()), asked.offset);
    while let Some(after) = next.take() {
        let limit =
            if skip > 0 { LONGEST_PAGE.min(skip) } else { LONGEST_PAGE.min(most.saturating_sub(records.len())) };
        let query = Query { order: Order::Newest, after, limit, ..Query::default() };
        let who = who.clone();
        let found =
            platform.catalog.ask(&platform.node, latest, move |index: &Index| index.search(&query, &who)).await?;
        (total, next) = (found.total, found.next);
        if skip > 0 {
            skip = skip.saturating_sub(found.hits.len());
            continue;
        }
        let (hits, shut) = (found.hits, barred.clone());
        let listings = platform.node.store.read("catalog.public", move |tx| {
            Box::pin(async move {
                let mut listings = xinyu_store::listing::of(tx, &hits).await?;
                // What changed since it was indexed is judged as it is now.
                listings.retain(|one| is_open(one) && !shut.contains(one.connector_id.as_str()));
                listings.sort_by_key(|one| hits.iter().position(|id| id == one.product_id.as_str()));
                Ok::<_, Failure>(listings)
            })
        });
        for listing in listings.await?.iter().filter(|one| one.request.space_id == space) {
            let entry = listing.entry(&grades(&listing.request.profile));
            records.push(Record::of_entry(&entry, listing.decided_at));
        }
        if records.len() >= most {
            break;
        }
    }
    let base = format!("{}/public/catalog/{space}", platform.node.address);
    let address = |after: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("format", format.name);
        if !after.is_empty() {
            query.append_pair("after", after);
        }
        format!("{base}?{}", query.finish())
    };
    let about = About {
        id: Some(base.clone()),
        title: Phrase::of(opened.name),
        description: Phrase::of(opened.description),
        ..About::default()
    };
    let (here, next) = (address(&asked.after), next.map(|after| address(&after)));
    let response = document(format, &Page { about, records, total, here, next })?;
    let tag = response.headers().get(ETAG);
    if tag.is_some() && tag == headers.get(IF_NONE_MATCH) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    Ok(response)
}

fn is_open(listing: &Listing) -> bool {
    listing.state == ListingState::Listed && listing.audience().is_empty()
}

fn closed(space: &str) -> Rejection {
    Rejection::unknown(
        "catalogue-not-open",
        format!("空间「{space}」没有对外开放的目录"),
        format!("there is no space {space} whose catalogue is open"),
    )
}
