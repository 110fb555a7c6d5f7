//! What a provider offers: resources (数据资源) wrapped as a product (数据产品封装). NDI-TR-2025-05 §6.3; TC609-6-2025-01 §5.2.3. Pure.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_protocol::id::ProductId;
use xinyu_protocol::tc609::catalog::{ListingRequest, ListingState};
use xinyu_protocol::tc609::registration::ProductRegistration;

use crate::listing;
use crate::negotiation::Conduct;

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
    /// Whether an approved application, or a partner's request for the terms as offered, is agreed to without asking a person.
    pub auto_agree: bool,
    /// Whether every single move waits for a person, or for a program over the API.
    #[serde(default)]
    pub stepwise: bool,
    /// The data plane that delivers it, when it is not our own.
    #[serde(default)]
    pub data_plane: Option<String>,
    /// Why it was refused or taken down, if it was.
    pub note: String,
    /// The version that the platform is still to decide on, while this one is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
    /// The highest version that was ever made; its number is used once.
    #[serde(default)]
    pub made: u32,
    /// Why it shall be taken out of the register, if we asked for that and it is not decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<String>,
    /// How it is registered at the function node, by what the platform told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<ProductRegistration>,
}

impl Offering {
    /// Its policies, as one document.
    #[must_use]
    pub fn policy_document(&self) -> Value {
        listing::policy_document(&self.request.policies)
    }

    /// Which version this is, from 1.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.request.version
    }

    /// The number of the version after all that were made.
    #[must_use]
    pub fn following(&self) -> u32 {
        self.made.max(self.version()).saturating_add(1)
    }

    /// Who decides on our side over requests for it.
    #[must_use]
    pub fn conduct(&self) -> Conduct {
        match (self.stepwise, self.auto_agree) {
            (true, _) => Conduct::Stepwise,
            (false, true) => Conduct::Rule,
            (false, false) => Conduct::Person,
        }
    }
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
