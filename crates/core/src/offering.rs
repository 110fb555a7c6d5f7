//! What a provider offers: resources (数据资源) wrapped as a product (数据产品封装). NDI-TR-2025-05 §6.3; TC609-6-2025-01 §5.2.3. Pure.

use serde::{Deserialize, Serialize};
use xinyu_protocol::id::ProductId;
use xinyu_protocol::tc609::catalog::{ListingRequest, ListingState};

/// A product on the provider's side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offering {
    /// Our key of the listing.
    pub listing_id: String,
    /// Allocated by the platform.
    pub product_id: Option<ProductId>,
    /// Where it stands.
    pub state: ListingState,
    /// What we asked the platform for.
    pub request: ListingRequest,
    /// What it is made of.
    pub parts: Vec<Part>,
    /// Whether an approved application is agreed to without asking a person.
    pub auto_agree: bool,
    /// Why it was refused, if it was.
    pub note: String,
}

/// One table of a product: which part of which resource, and how it is processed before delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name in the use environment.
    pub table: String,
    /// The resource, by name.
    pub resource: String,
    /// The fields that are delivered.
    pub fields: Vec<String>,
    /// The fields that are desensitised, and how.
    #[serde(default)]
    pub masks: Vec<MaskRule>,
}

/// How one field is desensitised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskRule {
    /// The field.
    pub field: String,
    /// A method the data plane knows.
    pub method: String,
}
