//! Partners, connectors of other makers: who they are, what they offer, and the forms that begin a negotiation with them.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use xinyu_http::ApiError;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{OfferingInfo, PartnerInfo};
use xinyu_protocol::api::partner::{PartnerDataset, offer_id};
use xinyu_protocol::dsp::filter::Wish;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::text::Text;

use crate::clause::{self, Clause};
use crate::fault::{Fault, Told, problem_of};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "partners.html")]
struct PartnersPage {
    page: Page,
    partners: Vec<PartnerInfo>,
}

#[derive(Template)]
#[template(path = "partner.html")]
struct PartnerPage {
    page: Page,
    partner: PartnerInfo,
    search: Search,
    datasets: Vec<Dataset>,
    /// Why there is no catalogue.
    told: Option<Told>,
    /// What we could offer it: key and name.
    products: Vec<(String, String)>,
    /// The key of an offer that this page's form would make.
    key: String,
}

/// What to search the catalogue for.
#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    field: String,
    #[serde(default)]
    q: String,
}

impl Search {
    /// The fields that can be searched: the terms of DCAT, and `name`, by which EDC's assets often go.
    const FIELDS: [&'static str; 6] = ["title", "name", "description", "keyword", "theme", "id"];

    /// What of a partner's catalogue to ask for.
    fn query(&self) -> String {
        let q = self.q.trim();
        if q.is_empty() {
            return String::new();
        }
        let field = Self::FIELDS.into_iter().find(|field| *field == self.field).unwrap_or("title");
        let wish = Wish { field: field.to_owned(), operator: "ilike".to_owned(), value: format!("%{q}%").into() };
        format!("?filter={}", escape(&json!([wish]).to_string()))
    }
}

struct Dataset {
    info: PartnerDataset,
    offers: Vec<Offer>,
}

struct Offer {
    id: String,
    clauses: Vec<Clause>,
    odrl: String,
    /// The key of a negotiation that this offer's form would begin.
    key: String,
}

impl PartnerPage {
    fn may_begin(&self) -> bool {
        self.page.may("negotiation.start") && self.partner.unsigned_agreements
    }
}

/// `GET /partners`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let partners = visitor.get::<List<PartnerInfo>>("/partners").await?.items;
    Ok(visitor.show(&PartnersPage { page: visitor.page("partners"), partners }))
}

/// `GET /partners/{id}`: with its catalogue, or what fits of it, which is asked for now. A partner that does not answer leaves a page without one.
pub(crate) async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(search): Query<Search>,
) -> Result<Response, Fault> {
    let page = visitor.page("partners");
    let partners = visitor.get::<List<PartnerInfo>>("/partners").await?.items;
    let partner = partners.into_iter().find(|partner| partner.id == id).ok_or_else(|| unknown(&visitor, &id))?;
    let catalog = visitor.try_get::<Value>(&format!("/partners/{}/catalog{}", escape(&id), search.query())).await;
    let (datasets, told) = match catalog {
        Ok(catalog) => (PartnerDataset::of(&catalog), None),
        Err(error) if error.status() == Some(401) => return Err(visitor.fault(error)),
        Err(error) => (Vec::new(), Some(Told::new(page.lang, &problem_of(error)))),
    };
    let offer = |offer: &Value| Offer {
        id: offer_id(offer).to_owned(),
        clauses: clause::of_offer(&page, offer),
        odrl: serde_json::to_string_pretty(offer).unwrap_or_default(),
        key: visitor.new_id(),
    };
    let datasets =
        datasets.into_iter().map(|info| Dataset { offers: info.offers.iter().map(offer).collect(), info }).collect();
    let products = if page.is_provider() { products(&visitor).await? } else { Vec::new() };
    let key = visitor.new_id();
    Ok(visitor.show(&PartnerPage { page, partner, search, datasets, told, products, key }))
}

async fn products(visitor: &Visitor) -> Result<Vec<(String, String)>, Fault> {
    let products = visitor.get::<List<OfferingInfo>>("/products").await?.items;
    let listed = products.into_iter().filter(|product| product.state == ListingState::Listed);
    Ok(listed.map(|product| (product.product_id.unwrap_or(product.listing_id), product.name)).collect())
}

fn unknown(visitor: &Visitor, id: &str) -> Fault {
    let problem = Problem::new(404, "unknown-partner", Text::new("没有该伙伴", "there is no such partner"))
        .detail(Text::new(format!("配置中没有伙伴 {id}"), format!("partner {id} is not configured")))
        .next(Text::new(
            "请在连接器配置的 partners 中添加后重启",
            "add it to the partners of the connector's configuration and start again",
        ));
    visitor.fault(ApiError::Problem(Box::new(problem)))
}
