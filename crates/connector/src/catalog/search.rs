//! The platform's catalogue, asked on behalf of this member's people. TC609-6-2025-01 §5.2.2.4.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use xinyu_protocol::api::connector::CatalogInfo;
use xinyu_protocol::tc609::catalog::CatalogQuery;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use crate::app::Connector;
use crate::platform;

/// What to search for. Of a facet several values may be given, with commas between: one of them has to be there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    /// Words; empty for all.
    q: String,
    topic: String,
    scenario: String,
    industry: String,
    form: String,
    space: String,
    provider: String,
    quality: String,
    security: String,
    frequency: String,
    personal: String,
    /// What one use may cost.
    price_at_most_fen: Option<u64>,
    /// `relevance`, `newest`, `price` or `quality`.
    order: String,
    /// The cursor of the page before.
    after: String,
    limit: u32,
    /// Instead of words: this product alone.
    product: String,
    /// Instead of words: products that are like this one.
    like: String,
    /// Instead of words: products whose tables join with those of this one.
    joins: String,
}

impl Search {
    fn query(self) -> CatalogQuery {
        let filters = [
            ("topic", self.topic),
            ("scenario", self.scenario),
            ("industry", self.industry),
            ("form", self.form),
            ("space", self.space),
            ("provider", self.provider),
            ("quality", self.quality),
            ("security", self.security),
            ("frequency", self.frequency),
            ("personal", self.personal),
        ];
        let split = |values: String| values.split(',').map(str::to_owned).collect();
        let given = filters.into_iter().filter(|(_, values)| !values.is_empty());
        CatalogQuery {
            q: self.q,
            filters: given.map(|(name, values)| (name.to_owned(), split(values))).collect(),
            price_at_most_fen: self.price_at_most_fen,
            order: self.order,
            after: self.after,
            limit: self.limit,
            counts: true,
            product: self.product,
            like: self.like,
            joins: self.joins,
        }
    }
}

/// `GET /api/v1/catalog?q=&topic=&…&after=`.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn search(
    State(connector): State<Connector>,
    Query(search): Query<Search>,
    _: Person,
) -> Result<Json<CatalogInfo>, Failure> {
    Ok(Json(platform::ask(&connector.node, "/tc609/catalog", &search.query()).await?))
}
