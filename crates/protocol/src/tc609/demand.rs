//! 需求中心: what members look for, as connectors publish it at the platform, change it, end it, and answer it. TC609-6-2025-01 §5.2.2.9 b.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::schema::Instant;

/// What somebody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandCard {
    /// In a line, 1 to 100 characters.
    pub title: String,
    /// What exactly, up to 2,000 characters.
    pub description: String,
    /// What for: 应用场景, up to 300 characters.
    pub purpose: String,
    /// Topic code; empty for any.
    #[serde(default)]
    pub topic: String,
    /// Words, up to 20.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Names of fields that are wanted, up to 50.
    #[serde(default)]
    pub fields: Vec<String>,
    /// What it may cost at most, in fen.
    #[serde(default)]
    pub budget_fen: Option<u64>,
    /// Until when it is looked for; without one, until it is ended.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub until: Option<Timestamp>,
}

/// Where a demand stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DemandState {
    /// 征集中: looked for.
    Open,
    /// 已满足: found.
    Met,
    /// 已下架: no longer looked for, or taken down by the operator.
    Withdrawn,
    /// 已到期: its time is over.
    Expired,
}

impl DemandState {
    /// As programs and catalogues of words name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Met => "met",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

/// `/demand`: member → platform. The same key is the same demand: published, or changed if it says something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandRequest {
    /// The member's key of it, 1 to 64 characters, unique at the platform.
    pub demand_id: String,
    /// In which space it is shown.
    pub space_id: String,
    /// What is looked for.
    pub card: DemandCard,
}

/// `/demandEnd`: member → platform. Its own demand is met, by a product if one is named, or withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandEnd {
    /// Which one.
    pub demand_id: String,
    /// Whether it is met.
    pub is_met: bool,
    /// By which product.
    #[serde(default)]
    pub product_id: Option<String>,
    /// Why, 1 to 300 characters.
    pub reason: String,
}

/// `/demandOffer`: provider → platform. A product of its own that answers somebody's demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandOffer {
    /// Which demand.
    pub demand_id: String,
    /// Which product.
    pub product_id: String,
    /// What to say of it, up to 300 characters.
    #[serde(default)]
    pub note: String,
}

/// `/demands`: member → platform. What may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DemandQuery {
    /// One demand, with what was offered and what matches.
    pub demand_id: Option<String>,
    /// A word in its title, description or keywords.
    pub q: String,
    /// `own`, `open` of others, or `fitting`: open ones of others that a product of the asker's may answer.
    pub only: String,
}

/// A demand, as one member may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandInfo {
    /// Its key.
    pub demand_id: String,
    /// In which space.
    pub space_id: String,
    /// What is looked for.
    pub card: DemandCard,
    /// Where it stands.
    pub state: DemandState,
    /// How often it was said anew, from 1.
    pub version: u32,
    /// The organisation that looks for it.
    pub member_id: String,
    /// Its name.
    pub member_name: String,
    /// Whether it is the asker's own.
    pub is_own: bool,
    /// When it was published.
    #[schemars(with = "Instant")]
    pub published_at: Timestamp,
    /// When it was last changed or ended.
    #[schemars(with = "Instant")]
    pub changed_at: Timestamp,
    /// Why it ended.
    pub note: String,
    /// The product that met it.
    #[serde(default)]
    pub met_by: Option<String>,
    /// What was offered: to its owner and the operator all of it, to others their own.
    #[serde(default)]
    pub offers: Vec<DemandOffered>,
    /// Products that may answer it: to its owner those that it may see, to a provider its own.
    #[serde(default)]
    pub matches: Vec<DemandMatch>,
}

/// A product that was offered for a demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandOffered {
    /// Which product.
    pub product_id: String,
    /// Its name then.
    pub product_name: String,
    /// The provider's name.
    pub provider_name: String,
    /// What was said.
    pub note: String,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// A product that may answer a demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandMatch {
    /// Which product.
    pub product_id: String,
    /// Its name.
    pub product_name: String,
    /// The provider's name.
    pub provider_name: String,
    /// The words that both have.
    pub shared: Vec<String>,
    /// The wanted fields that it has.
    pub fields: Vec<String>,
}

/// Demands, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandList {
    /// Those that may be seen.
    pub items: Vec<DemandInfo>,
}
