//! The part of the management API that is about the life of a product: versions, taken down, brought back, out of the register. NDI-TR-2025-06 §9.2.3, §9.4.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connector::NewProduct;
use super::schema::Instant;
use crate::review::FindingInfo;
use crate::tc609::catalog::ListingState;

/// `POST /products/{id}/versions` at the provider's connector: a new version of a product of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProductVersion {
    /// What it is made of now, under the same key.
    pub product: NewProduct,
    /// Why, 1 to 1,024 characters.
    pub reason: String,
}

/// `POST /products/{id}/restoration`: an earlier version is offered again, as the next one (回滚); the current one, to bring it back after it was taken down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Restoration {
    /// Which one.
    pub version: u32,
    /// Why.
    pub reason: String,
}

/// `POST /products/{id}/delisting`, `POST /products/{id}/deregistration`, `POST /listings/{id}/delisting`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndReason {
    /// Why, 1 to 1,024 characters.
    pub reason: String,
}

/// `POST /listings/{id}/registration`: what a person does about the registration at the function node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListingRegistration {
    /// What.
    pub act: RegistrationAct,
}

/// What a person does about a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationAct {
    /// The product is sent to the node, again if it was sent before; one that is deregistered here is revoked there.
    Register,
    /// The node is asked for the result now.
    Ask,
}

impl RegistrationAct {
    /// As it stands in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Ask => "ask",
        }
    }
}

/// `GET /products/{id}/versions` and `GET /listings/{id}/versions`: the history of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductHistory {
    /// The provider's key of the listing.
    pub listing_id: String,
    /// Its identifier; none before the platform gave one.
    pub product_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: ListingState,
    /// The version that counts.
    pub version: u32,
    /// The version that is still to be decided on, while that one is listed.
    pub next: Option<u32>,
    /// Why it shall be taken out of the register, if that is to be decided.
    pub ending: Option<String>,
    /// All versions, the latest first.
    pub versions: Vec<VersionInfo>,
    /// What became of it, the latest first; at the platform.
    pub steps: Vec<StepInfo>,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionInfo {
    /// Its number, from 1.
    pub version: u32,
    /// Why it was made; empty for the first.
    pub reason: String,
    /// Where it stands; at the platform.
    pub state: Option<ListingState>,
    /// When it was asked for; at the platform.
    #[schemars(with = "Option<Instant>")]
    pub requested_at: Option<Timestamp>,
    /// Why it was refused or taken down.
    pub note: String,
    /// What the gate found; at the platform.
    pub findings: Vec<FindingInfo>,
    /// What is otherwise than in the version before.
    pub changes: Vec<VersionChange>,
    /// What it is made of, to make the next one from; at the provider's connector.
    pub product: Option<NewProduct>,
}

/// One thing that is otherwise than in the version before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionChange {
    /// Where: the names on the way to it, such as `/product/tables/flights/fields/city/masked`.
    pub pointer: String,
    /// As it was; none if it was not there.
    pub before: Option<Value>,
    /// As it is; none if it is not there any more.
    pub after: Option<Value>,
}

/// What became of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepInfo {
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Of which version.
    pub version: u32,
    /// `request`, `list`, `refuse`, `delist`, `ask_deregistration`, `keep` or `deregister`.
    pub act: String,
    /// The connector that asked, or the person who decided.
    pub by: String,
    /// Why.
    pub reason: String,
}
