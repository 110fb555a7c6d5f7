//! The part of the management API that only a connector has: resources, products, applications, deliveries, uses.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::tc609::catalog::{CatalogEntry, ListingState};
use crate::tc609::contract::Revenue;
use crate::tc609::metering::{Meter, Statement};
use crate::text::Text;

/// `POST /registration`: the connector applies to its platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistrationInfo {
    /// The connector's identifier, once it has one.
    pub connector_id: Option<String>,
    /// `none`, `pending` or `approved`.
    pub state: String,
    /// Until when the credential is good.
    pub expires_at: Option<Timestamp>,
    /// The spaces it was admitted to.
    pub spaces: Vec<String>,
}

/// `POST /resources`: connects a data resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewResource {
    /// Its name, unique in this connector.
    pub name: String,
    /// `file` or `table`.
    pub kind: String,
    /// A path below a configured root, or the URL of a database.
    pub location: String,
    /// The table, for a database.
    #[serde(default)]
    pub table: Option<String>,
}

/// `GET /resources`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceInfo {
    /// Its name.
    pub name: String,
    /// `file` or `table`.
    pub kind: String,
    /// Where it lies, without credentials.
    pub location: String,
    /// Its rows.
    pub rows: u64,
    /// Its fields: name and kind.
    pub fields: Vec<(String, String)>,
    /// What the profile found.
    pub profile: Value,
}

/// `POST /products`: wraps resources as a product and applies for listing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProduct {
    /// Our key of the listing; the same key is the same listing.
    pub listing_id: String,
    /// In which space.
    pub space_id: String,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub description: String,
    /// Where the data comes from.
    pub source: String,
    /// The right to offer it.
    pub licence: String,
    /// Topic code of NDI-TR-2025-06.
    pub topic: String,
    /// Update frequency code.
    pub update_frequency: String,
    /// Words for the search.
    pub keywords: Vec<String>,
    /// What it is made of.
    pub parts: Vec<NewPart>,
    /// `contractPolicies` of every contract over it.
    pub policies: Vec<Value>,
    /// Price and shares.
    pub revenue: Revenue,
    /// How long a contract lasts, ISO 8601.
    pub term: String,
    /// Whether an approved application is agreed to without asking a person.
    pub auto_agree: bool,
}

/// One table of a new product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPart {
    /// Its name in the use environment.
    pub table: String,
    /// The resource, by name.
    pub resource: String,
    /// The fields that are delivered.
    pub fields: Vec<String>,
    /// Field → method of desensitisation.
    #[serde(default)]
    pub masks: Vec<(String, String)>,
}

/// `GET /products`: what this connector offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfferingInfo {
    /// Our key of the listing.
    pub listing_id: String,
    /// Allocated by the platform.
    pub product_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: ListingState,
    /// Why it was refused, if it was.
    pub note: String,
}

/// `GET /catalog?q=`: the platform's catalogue, as this member sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogInfo {
    /// What was found.
    pub entries: Vec<CatalogEntry>,
}

/// `POST /applications`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApplication {
    /// Our key of the application; the same key is the same application.
    pub application_id: String,
    /// What we want to use.
    pub product_id: String,
    /// What for.
    pub purpose: String,
}

/// A negotiation or a transfer, as `GET /negotiations` and `GET /transfers` list them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProcessInfo {
    /// Our id.
    pub pid: String,
    /// `consumer` or `provider`.
    pub side: String,
    /// The state of DSP.
    pub state: String,
    /// The contract it is about.
    pub contract_id: String,
    /// The connector on the other side.
    pub peer: String,
    /// Why it ended, if it did.
    pub reason: Option<String>,
}

/// `POST /negotiations` and `POST /transfers`: starts one for a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Start {
    /// The contract.
    pub contract_id: String,
}

/// `GET /agreements`: a contract on the side of this connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgreementInfo {
    /// One id through everything.
    pub contract_id: String,
    /// `consumer` or `provider`.
    pub side: String,
    /// The contract's name.
    pub name: String,
    /// The product.
    pub product_id: String,
    /// The connector on the other side.
    pub peer: String,
    /// The other side's name.
    pub peer_name: String,
    /// Hash of the signed bytes.
    pub contract_hash: String,
    /// Whether it is filed and in force.
    pub in_force: bool,
    /// Why it is stopped, if it is.
    pub stopped: Option<String>,
    /// Where the data stands, on the consumer's side: `awaited`, `held`, `destroying` or `destroyed`.
    pub data: Option<String>,
    /// What this side counted.
    pub meter: Meter,
    /// The settlement.
    pub statement: Option<Statement>,
}

/// `POST /uses`: asks to use delivered data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUse {
    /// Our key of the use; the same key is the same use.
    pub use_id: String,
    /// Under which contract.
    pub contract_id: String,
    /// The action, a code of -14.
    pub action: String,
    /// What runs in the use environment.
    #[serde(default)]
    pub query: Option<String>,
    /// What for.
    #[serde(default)]
    pub purpose: Option<String>,
    /// Where the user is, if the contract asks.
    #[serde(default)]
    pub region: Option<String>,
    /// Which registered application runs it, if the contract asks.
    #[serde(default)]
    pub application: Option<String>,
}

/// `GET /uses`, and the answer of `POST /uses`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UseInfo {
    /// The use.
    pub use_id: String,
    /// Under which contract.
    pub contract_id: String,
    /// The action.
    pub action: String,
    /// What ran.
    pub query: Option<String>,
    /// The fields it read.
    pub fields: Vec<String>,
    /// `running`, `done`, `refused`, `stopped` or `failed`.
    pub state: String,
    /// `allow`, `allow_if`, `deny` or `deny_by_default`.
    pub decision: String,
    /// By which clauses, for people.
    pub reasons: Vec<ReasonInfo>,
    /// Rows that left the environment.
    pub rows_out: u64,
    /// Why it failed or was stopped.
    pub why: Option<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The result, in the answer of the use that made it; it is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultInfo>,
}

/// One clause that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonInfo {
    /// JSON pointer into the contract.
    pub clause: String,
    /// Why.
    pub text: Text,
}

/// Rows that left the use environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultInfo {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<Value>>,
    /// Whether there were more.
    pub truncated: bool,
}
