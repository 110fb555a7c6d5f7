//! The catalogue: for the operator with what the review gate found, for members as they may find it.

pub(crate) mod found;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_http::ApiError;
use xinyu_protocol::api::connector::CatalogInfo;
use xinyu_protocol::api::listing::ListingRegistration;
use xinyu_protocol::api::{List, ListingInfo};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::review::FindingInfo;
use xinyu_protocol::tc609::catalog::{CatalogEntry, CatalogJoin, ListingState};
use xinyu_protocol::tc609::registration::ProductRegistration;
use xinyu_protocol::text::Text;

use self::found::{Choice, Hit, Narrowing, Search, hits};
use crate::clause::{self, Clause};
use crate::fault::Fault;
use crate::page::Page;
use crate::profile::Profile;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "listings.html")]
struct ListingsPage {
    page: Page,
    listings: Vec<ListingInfo>,
}

#[derive(Template)]
#[template(path = "catalog.html")]
struct CatalogPage {
    page: Page,
    search: Search,
    total: u64,
    hits: Vec<Hit>,
    narrowings: Vec<Narrowing>,
    orders: Vec<Choice>,
    suggestions: Vec<Choice>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "product.html")]
struct ProductPage {
    page: Page,
    entry: CatalogEntry,
    clauses: Vec<Clause>,
    review: Option<Review>,
    /// How it stands at the function node; at the platform.
    registration: Option<ProductRegistration>,
    /// Products that are like it.
    related: Vec<CatalogEntry>,
    /// Products whose tables join with its, and by which columns.
    joined: Vec<(CatalogEntry, Vec<CatalogJoin>)>,
    /// The key of an application that this page's form would make.
    application_id: String,
}

impl ProductPage {
    /// Formats that others read: name and title.
    fn formats(&self) -> [(&'static str, &'static str); 6] {
        [
            ("dcat", "DCAT-AP"),
            ("croissant", "Croissant"),
            ("schema.org", "schema.org"),
            ("frictionless", "Data Package"),
            ("csvw", "CSVW"),
            ("ckan", "CKAN"),
        ]
    }
}

/// What only the operator sees.
struct Review {
    state: ListingState,
    findings: Vec<FindingInfo>,
    profile: Profile,
    note: String,
    /// For whom it is, if not for all of its space.
    audience: Vec<String>,
    /// Whether a new version or the end is to be decided.
    is_waiting: bool,
}

impl Review {
    fn is_blocked(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == "block")
    }
}

/// Products beside one that are shown.
const BESIDE: usize = 5;

/// `GET /catalog`.
pub(crate) async fn list(visitor: Visitor, Query(search): Query<Search>) -> Result<Response, Fault> {
    let page = visitor.page("catalog");
    if page.is_platform() {
        let listings = visitor.get::<List<ListingInfo>>("/listings").await?.items;
        return Ok(visitor.show(&ListingsPage { page, listings }));
    }
    let found = visitor.get::<CatalogInfo>(&search.path()).await?;
    Ok(visitor.show(&CatalogPage {
        narrowings: search.narrowings(&page, &found),
        orders: search.orders(&page),
        suggestions: search.suggestions(&found),
        next: search.next(&found),
        total: found.total,
        hits: hits(found),
        search,
        page,
    }))
}

/// Which form of the catalogue.
#[derive(Deserialize)]
pub(crate) struct Exported {
    format: String,
}

/// `GET /catalog/export?format=`: the catalogue as a file.
pub(crate) async fn export(visitor: Visitor, Query(asked): Query<Exported>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/catalog/export?format={}", escape(&asked.format))).await?;
    let (kind, name) = match asked.format.as_str() {
        "dcat" => ("application/ld+json", "catalogue.dcat.jsonld"),
        _ => ("application/json", "catalogue.ndi-06.json"),
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response())
}

/// `GET /catalog/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let page = visitor.page("catalog");
    let (mut related, mut joined) = (Vec::new(), Vec::new());
    let (entry, review, registration) = if page.is_platform() {
        let listings = visitor.get::<List<ListingInfo>>("/listings").await?.items;
        let listing = listings.into_iter().find(|listing| listing.entry.product_id.as_str() == id);
        let listing = listing.ok_or_else(|| unknown(&visitor, &id))?;
        let review = Review {
            state: listing.state,
            findings: listing.findings,
            profile: Profile::read(&listing.profile),
            note: listing.note,
            audience: listing.audience,
            is_waiting: listing.waiting.is_some(),
        };
        (listing.entry, Some(review), listing.registration)
    } else {
        let entry = beside(&visitor, "product", &id).await?.entries.into_iter().next();
        related = beside(&visitor, "like", &id).await?.entries;
        let found = beside(&visitor, "joins", &id).await?;
        joined = found.entries.into_iter().zip(found.reasons.into_iter().map(|reason| reason.joins)).collect();
        (entry.ok_or_else(|| unknown(&visitor, &id))?, None, None)
    };
    let clauses = clause::of_policies(&page, &entry.policies);
    Ok(visitor.show(&ProductPage {
        application_id: visitor.new_id(),
        clauses,
        entry,
        review,
        registration,
        related,
        joined,
        page,
    }))
}

/// `POST /catalog/{id}/registration`: has a product registered at the function node, again, or asks for the result.
pub(crate) async fn register(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(body): Form<ListingRegistration>,
) -> Result<Response, Fault> {
    visitor.post::<_, IgnoredAny>(&format!("/listings/{}/registration", escape(&id)), &body).await?;
    Ok(visitor.go(&format!("/catalog/{}", escape(&id)), "registration"))
}

/// The product itself, or those beside it.
async fn beside(visitor: &Visitor, which: &str, id: &str) -> Result<CatalogInfo, Fault> {
    visitor.get::<CatalogInfo>(&format!("/catalog?{which}={}&limit={BESIDE}", escape(id))).await
}

fn unknown(visitor: &Visitor, id: &str) -> Fault {
    let problem =
        Problem::new(404, "unknown-product", Text::new("目录中没有该产品", "the product is not in the catalogue"))
            .detail(Text::new(
                format!("产品 {id} 不存在，或您无权查看"),
                format!("product {id} does not exist, or not for you"),
            ))
            .next(Text::new("请返回目录重新检索", "search the catalogue again"));
    visitor.fault(ApiError::Problem(Box::new(problem)))
}
