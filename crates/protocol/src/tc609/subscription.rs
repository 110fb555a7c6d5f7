//! 目录订阅: a member is told when the catalogue holds what it looks for. TC609-6-2025-01 §5.2.2.4, §5.2.2.9 b; NDI-TR-2025-06 §6.4 d.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalog::CatalogQuery;
use crate::api::schema::Instant;

/// What is waited for: a search of the catalogue without its page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Wanted {
    /// Words; nothing in them is an operator.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// Values of which one has to be there, by facet, as in a search.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub filters: BTreeMap<String, Vec<String>>,
    /// What one use may cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_at_most_fen: Option<u64>,
}

impl Wanted {
    /// Whether it asks for nothing in particular.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.q.trim().is_empty() && self.price_at_most_fen.is_none() && self.filters.values().all(Vec::is_empty)
    }

    /// As a search.
    #[must_use]
    pub fn query(&self) -> CatalogQuery {
        CatalogQuery {
            q: self.q.clone(),
            filters: self.filters.clone(),
            price_at_most_fen: self.price_at_most_fen,
            ..CatalogQuery::default()
        }
    }
}

/// `/subscription`: member → platform. The same key is the same subscription, said anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionRequest {
    /// The member's own key of it, 1 to 64 characters.
    pub subscription_id: String,
    /// What the member calls it, 1 to 100 characters.
    pub title: String,
    /// What is waited for.
    pub wanted: Wanted,
}

/// `/subscriptionEnd`: member → platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionEnd {
    /// Which one.
    pub subscription_id: String,
}

/// A subscription of the caller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionInfo {
    /// Its key.
    pub subscription_id: String,
    /// What it is called.
    pub title: String,
    /// What is waited for.
    pub wanted: Wanted,
    /// Since when.
    #[schemars(with = "Instant")]
    pub since: Timestamp,
}

/// `/subscriptions`: the caller's, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionList {
    /// All of them.
    pub items: Vec<SubscriptionInfo>,
}

/// Why a member is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoticeKind {
    /// A product came into the catalogue that it subscribed to.
    Subscription,
    /// A product came into the catalogue that may answer a demand of its own.
    Demand,
    /// Somebody published a demand that a product of its own may answer.
    Fitting,
}

impl NoticeKind {
    /// The word on the wire and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Demand => "demand",
            Self::Fitting => "fitting",
        }
    }
}

/// `/matchNotice`: platform → member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MatchNotice {
    /// The same notice has the same.
    pub notice_id: String,
    /// Why.
    pub kind: NoticeKind,
    /// The subscription or the demand.
    pub about: String,
    /// What that is called.
    pub title: String,
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product_name: String,
    /// Its provider's name.
    pub provider_name: String,
    /// Which version of it.
    pub version: u32,
    /// When it was found.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}
