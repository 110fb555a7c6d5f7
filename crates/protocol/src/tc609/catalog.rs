//! Listing and finding data products. TC609-6-2025-01 §5.2.2.4, NDI-TR-2025-06.

pub mod audience;
mod search;
pub mod tags;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contract::Revenue;
use super::registration::Registered;
use super::smart_clause::SmartClause;
use super::template::TemplateUse;
use crate::id::{ConnectorId, ParticipantId, ProductId};

pub use search::{CatalogCount, CatalogJoin, CatalogPage, CatalogQuery, CatalogReason};
pub use tags::Tags;

/// What is said of a data product. Codes are those of NDI-TR-2025-06.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductCard {
    /// Its name, at most 128 characters.
    pub name: String,
    /// What it holds, at most 1,024 characters.
    pub description: String,
    /// 数据来源说明, required by the Data Security Law, Article 33.
    pub source: String,
    /// Licence or right to offer it.
    pub licence: String,
    /// Topic code, such as `B0300`.
    pub topic: String,
    /// 更新频率 `001`…`009`.
    pub update_frequency: String,
    /// Tables with their fields, as the consumer will see them.
    pub tables: Vec<TableCard>,
    /// Words for the search.
    pub keywords: Vec<String>,
    /// What it is filed under besides.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// One table of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TableCard {
    /// Its name in the use environment.
    pub name: String,
    /// Its fields.
    pub fields: Vec<FieldCard>,
    /// How many rows the source has.
    pub rows: u64,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldCard {
    /// Its name.
    pub name: String,
    /// `text`, `integer`, `real`, `boolean`, `date` or `timestamp`.
    pub kind: String,
    /// Whether it is desensitised before delivery.
    #[serde(default)]
    pub masked: bool,
    /// What it means by the glossary of the space: the IRI of a term, if its provider has decided it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub term: String,
}

/// `/listing`: provider → platform (上架申请).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListingRequest {
    /// The provider's own key of the request; the same key is the same listing.
    pub listing_id: String,
    /// In which space.
    pub space_id: String,
    /// What it is.
    pub product: ProductCard,
    /// `contractPolicies` of every contract over it, without the parties.
    pub policies: Vec<Value>,
    /// Price and shares.
    pub revenue: Revenue,
    /// 智能条款: what follows by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smart_clauses: Vec<SmartClause>,
    /// How long a contract lasts, ISO 8601.
    pub term: String,
    /// The profile made where the data lies: structure, quality, personal data, grade; never a value.
    pub profile: Value,
    /// The templates that the policies came from, if they came from templates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateUse>,
    /// For whom it is, as [`audience::Label`]s of which one is enough; empty for all members of the space.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<String>,
    /// Which version of the product this is, from 1. NDI-TR-2025-06 §9.2.3 a.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub version: u32,
    /// Why it is changed; empty for the first. NDI-TR-2025-06 §9.2.3 b.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// The number of the version that a product begins with, and of one whose message says nothing of versions.
#[must_use]
pub fn first() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_first(version: &u32) -> bool {
    *version == first()
}

/// `/delisting` (下架) and `/deregistration` (注销): provider → platform. The first is done, the second is asked for. NDI-TR-2025-06 §9.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListingEnd {
    /// The provider's own key of the listing.
    pub listing_id: String,
    /// Why, 1 to 1,024 characters.
    pub reason: String,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListingAnswer {
    /// The identifier allocated to the product.
    pub product_id: ProductId,
    /// See [`ListingState`].
    pub state: ListingState,
}

/// `/listingDecision`: platform → provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListingDecision {
    /// Which request.
    pub listing_id: String,
    /// The product.
    pub product_id: ProductId,
    /// Where that version stands now.
    pub state: ListingState,
    /// Why, when refused or taken down.
    pub note: String,
    /// Of which version.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub version: u32,
}

/// Life of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListingState {
    /// Waits for the operator.
    Reviewing,
    /// In the catalogue.
    Listed,
    /// Refused at the gate or by the operator.
    Refused,
    /// Taken down; a new version brings it back.
    Delisted,
    /// Out of the register, for good; its identifier and its history stay.
    Deregistered,
}

impl ListingState {
    /// In the order of a product's life.
    pub const ALL: [Self; 5] = [Self::Reviewing, Self::Listed, Self::Refused, Self::Delisted, Self::Deregistered];

    /// As it stands in messages and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reviewing => "reviewing",
            Self::Listed => "listed",
            Self::Refused => "refused",
            Self::Delisted => "delisted",
            Self::Deregistered => "deregistered",
        }
    }
}

/// A listed product, as members find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CatalogEntry {
    /// The product.
    pub product_id: ProductId,
    /// In which space.
    pub space_id: String,
    /// Whose.
    pub provider_id: ParticipantId,
    /// The owner's name.
    pub provider_name: String,
    /// Which connector delivers it.
    pub connector_id: ConnectorId,
    /// What it is.
    pub product: ProductCard,
    /// Its policies.
    pub policies: Vec<Value>,
    /// Price and shares.
    pub revenue: Revenue,
    /// 智能条款: what follows by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smart_clauses: Vec<SmartClause>,
    /// How long a contract lasts, ISO 8601.
    pub term: String,
    /// 质量等级 `001` A … `004` D.
    pub quality_level: String,
    /// 安全等级 `001`…`005`.
    pub security_level: String,
    /// Whether personal data was found.
    pub personal_data: bool,
    /// The templates that its policies came from, if they came from templates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateUse>,
    /// Which version this is.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub version: u32,
    /// Where it is registered besides at the platform, if it is. TC609-6-2025-01 §5.2.2.4 a.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<Registered>,
}
