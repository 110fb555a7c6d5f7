//! The part of the management API that only a connector has: resources, products, applications, deliveries, uses.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ClauseInfo;
use super::negotiation::{DifferenceInfo, RoundInfo, TermsChange};
use super::template::TemplateChoice;
use super::termination::EndingInfo;
/// `GET /catalog`: the platform's catalogue, as this member sees it.
pub use crate::tc609::catalog::CatalogPage as CatalogInfo;
use crate::tc609::catalog::{ListingState, Tags};
use crate::tc609::contract::{ContractStatus, Revenue};
use crate::tc609::metering::{Meter, Statement};
use crate::tc609::negotiation::ProposedTerms;
use crate::tc609::registration::ProductRegistration;
use crate::tc609::smart_clause::SmartClause;
use crate::tc609::template::TemplateUse;
use crate::text::Text;

/// `POST /registration`: the connector applies to its platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistrationInfo {
    /// The connector's identifier, once it has one.
    pub connector_id: Option<String>,
    /// `none`, `pending`, `approved`, `suspended`, `revoked` or `departed`.
    pub state: String,
    /// Why, when it was suspended or revoked.
    #[serde(default)]
    pub note: String,
    /// Until when the credential is good.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub expires_at: Option<Timestamp>,
    /// The spaces it was admitted to.
    pub spaces: Vec<String>,
}

/// `POST /products`: wraps resources as a product and applies for listing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// What it is filed under besides. NDI-TR-2025-06 §7.1, §8.2.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// For whom it is, if not for all of its space: `role:…`, `participant:…`, `connector:…`, `area:…`, of which one is enough. NDI-TR-2025-06 §9.5.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<String>,
    /// What it is made of.
    pub parts: Vec<NewPart>,
    /// `contractPolicies` of every contract over it; none when it comes from templates.
    #[serde(default)]
    pub policies: Vec<Value>,
    /// The templates that its policies are made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateChoice>,
    /// Price and shares.
    pub revenue: Revenue,
    /// What follows by itself under every contract over it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smart_clauses: Vec<SmartClause>,
    /// How long a contract lasts, ISO 8601.
    pub term: String,
    /// Whether an approved application is agreed to without asking a person.
    pub auto_agree: bool,
    /// Whether every single move of a negotiation waits for a person.
    #[serde(default)]
    pub stepwise: bool,
    /// The data plane of another maker that delivers it.
    #[serde(default)]
    pub data_plane: Option<String>,
}

/// One table of a new product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// The templates that its policies came from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateUse>,
    /// Which version this is, from 1.
    pub version: u32,
    /// The version that the platform is still to decide on, while this one is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
    /// Whether its deregistration was asked for and is not decided.
    #[serde(default)]
    pub is_ending: bool,
    /// How the platform has registered it at the function node, if there is one. TC609-6-2025-01 §5.2.3.4 b.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<ProductRegistration>,
}

/// `POST /applications`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// Its name.
    #[serde(default)]
    pub peer_name: String,
    /// What it is about, under its provider's name for it.
    #[serde(default)]
    pub product_id: String,
    /// The peer's id of the process, once it is known.
    #[serde(default)]
    pub peer_pid: Option<String>,
    /// `rule`, `person` or `stepwise`: who decides on our side.
    #[serde(default)]
    pub conduct: String,
    /// How many moves were made, by either side.
    #[serde(default)]
    pub steps: u32,
    /// What our side may do now: `request`, `offer`, `accept`, `agree`, `verify`, `finalize`, `start`, `suspend`, `complete`, `terminate`.
    #[serde(default)]
    pub moves: Vec<String>,
    /// Why it ended or rests, if it does.
    pub reason: Option<String>,
}

/// `GET /negotiations/{pid}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NegotiationInfo {
    /// Where it stands.
    pub process: ProcessInfo,
    /// The ODRL offer on the table.
    pub offer: Value,
    /// What it allows, forbids and demands, for people; empty where our policy engine does not read it.
    #[serde(default)]
    pub clauses: Vec<ClauseInfo>,
    /// The ODRL agreement, once agreed.
    pub agreement: Option<Value>,
    /// The name of the agreement, by which a transfer asks for its data.
    pub agreement_id: Option<String>,
    /// The terms on the table: policies, price, term; none with a partner.
    #[serde(default)]
    pub terms: Option<ProposedTerms>,
    /// The terms of the listing, as they were when the application was approved; none with a partner.
    #[serde(default)]
    pub listed: Option<ProposedTerms>,
    /// How the terms on the table differ from the listing.
    #[serde(default)]
    pub differences: Vec<DifferenceInfo>,
    /// What was said so far, by either side.
    #[serde(default)]
    pub rounds: Vec<RoundInfo>,
}

/// `GET /transfers/{pid}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransferInfo {
    /// Where it stands.
    pub process: ProcessInfo,
    /// The agreement, under the name that both sides know.
    pub agreement_id: String,
    /// `HttpData-PULL` or `HttpData-PUSH`.
    pub format: String,
    /// The data plane that moves it, when it is not our own.
    pub data_plane: Option<String>,
    /// The flow on our own data plane.
    pub flow: Option<FlowInfo>,
}

/// `GET /dataflows`: a flow of our data plane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlowInfo {
    /// The transfer process.
    pub flow_id: String,
    /// `consumer` receives, `provider` sends.
    pub side: String,
    /// The state of DPS.
    pub state: String,
    /// How the data travels.
    pub profile: String,
    /// The other side.
    pub counterparty: String,
    /// The control plane that tells it, when it is not our own.
    pub control_plane: Option<String>,
    /// Whether it waits for people to say when it is ready and done.
    pub by_hand: bool,
    /// What people may say now, where it is by hand: `prepared`, `started`, `completed`, `errored`.
    #[serde(default)]
    pub moves: Vec<String>,
    /// Why it ended or rests, if it does.
    pub reason: Option<String>,
}

/// `POST /negotiations`: starts one, either for a contract whose application is approved (`contractId`), or with a partner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewNegotiation {
    /// The contract of an approved application.
    #[serde(default)]
    pub contract_id: Option<String>,
    /// The partner, by its name here.
    #[serde(default)]
    pub partner: Option<String>,
    /// What to negotiate over: the partner's dataset when we consume, our product or listing key when we offer.
    #[serde(default)]
    pub dataset: Option<String>,
    /// Which offer of the dataset; none: the first.
    #[serde(default)]
    pub offer_id: Option<String>,
    /// Terms of our own, an ODRL offer, in place of the dataset's.
    #[serde(default)]
    pub offer: Option<Value>,
    /// Whether we provide: then the first message is our offer.
    #[serde(default)]
    pub as_provider: bool,
    /// Whether every move waits for us.
    #[serde(default)]
    pub stepwise: bool,
    /// Our key of the negotiation; the same key is the same negotiation.
    #[serde(default)]
    pub key: Option<String>,
    /// With a member: terms of our own in place of the listing's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<ProposedTerms>,
    /// With a member: what to change of the listing's terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<TermsChange>,
}

/// `POST /transfers`: asks for the data of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTransfer {
    /// The contract.
    pub contract_id: String,
    /// `HttpData-PULL` (when absent) or `HttpData-PUSH`.
    #[serde(default)]
    pub format: Option<String>,
    /// A data plane of another maker; none: our own.
    #[serde(default)]
    pub data_plane: Option<String>,
    /// Whether every move waits for us.
    #[serde(default)]
    pub stepwise: bool,
    /// Whether to begin anew although there is a transfer of this contract that is not over.
    #[serde(default)]
    pub again: bool,
}

/// `POST /negotiations/{pid}/decision`, `POST /transfers/{pid}/decision`, `POST /dataflows/{id}/decision`: what our side does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decision {
    /// One of the moves that the process names; for a flow `prepared`, `started`, `completed` or `errored`.
    pub action: String,
    /// Why, for the other side.
    #[serde(default)]
    pub note: String,
    /// The terms of a request or an offer; none: those on the table.
    #[serde(default)]
    pub offer: Option<Value>,
    /// Among members: the terms of a request or an offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<ProposedTerms>,
    /// Among members: what a request or an offer changes of the terms on the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<TermsChange>,
}

/// `GET /partners`: connectors of other makers, as configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartnerInfo {
    /// Its name in the dataspace.
    pub id: String,
    /// For people.
    pub name: String,
    /// Base URL of its Dataspace Protocol.
    pub address: String,
    /// The space whose rules apply.
    pub space_id: String,
    /// Whether the space's rules let an unsigned agreement be enough.
    pub unsigned_agreements: bool,
}

/// `GET /agreements`: a contract on the side of this connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// Where it stands, as far as this side has heard: signed, in force, or ended by its settlement or the destruction of its data.
    #[serde(default)]
    pub status: Option<ContractStatus>,
    /// Whether it is in force: filed, or unsigned with a partner where the space allows that.
    pub in_force: bool,
    /// Whether nobody signed it, since the partner's protocol carries no signatures.
    #[serde(default)]
    pub unsigned: bool,
    /// The agreement, under the name that both sides know.
    #[serde(default)]
    pub agreement_id: String,
    /// What it allows, forbids and demands, for people; in the answer for one agreement, not in the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<ClauseInfo>,
    /// Why it is stopped, if it is.
    pub stopped: Option<String>,
    /// The order that stops it.
    #[serde(default)]
    pub stop: Option<StopInfo>,
    /// What may still be done with the data; in the answer for one agreement, on the consumer's side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave: Option<LeaveInfo>,
    /// Where the data stands, on the consumer's side: `awaited`, `held`, `destroying` or `destroyed`.
    pub data: Option<String>,
    /// What this side counted.
    pub meter: Meter,
    /// The settlement.
    pub statement: Option<Statement>,
    /// How it ends, once the platform has said so.
    #[serde(default)]
    pub ending: Option<EndingInfo>,
}

/// An order to stop, as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopInfo {
    /// Its id.
    pub order_id: String,
    /// When it was ordered.
    #[schemars(with = "crate::api::schema::Instant")]
    pub ordered_at: Timestamp,
    /// `provider`, or `system` for a regulator's.
    pub by: String,
}

/// What may still be done under an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeaveInfo {
    /// `open`, or why nothing may be done: `frozen`, `destroyed`, `ended`, `not_in_force`, `awaited`, `expired` or `used_up`.
    pub state: String,
    /// The actions that the contract permits, each with the uses that remain.
    pub permits: Vec<PermitInfo>,
    /// When it ends by itself.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub ends_at: Option<Timestamp>,
}

/// One action that a contract permits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PermitInfo {
    /// The action, a code of -14.
    pub action: String,
    /// The uses that are agreed in all; none: no limit.
    pub limit: Option<u64>,
    /// Those that remain.
    pub remaining: Option<u64>,
}

/// `POST /uses`: asks to use delivered data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// The registered algorithm that runs in the place of a query: `identifier` or `identifier@version`. With a query if its content stays with its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// Which registered model it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The digest of the model at hand: `sm3:…` or `sha256:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_digest: Option<String>,
    /// The digest of the application at hand, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_digest: Option<String>,
    /// A one-time code of the person who asks, if the contract demands a second authentication; with the id of a use that waits for it, that use goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Derived data that the use reads in the place of what was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<String>,
    /// Our key of the derived data that its result is kept as, where the contract lets it stay: 1 to 64 letters, digits or `-` `_` `.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
}

/// `GET /uses`, and the answer of `POST /uses`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// `awaiting`, `running`, `done`, `refused`, `stopped` or `failed`.
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
    #[schemars(with = "crate::api::schema::Instant")]
    pub asked_at: Timestamp,
    /// When it ended.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub ended_at: Option<Timestamp>,
    /// The duties that come with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<DutyInfo>,
    /// The registered components that ran, as they were checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<super::component::UsedComponentInfo>,
    /// The policy records of space and product that counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<super::policy_record::CountedRecordInfo>,
    /// The sequence of the set that they stand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_set: Option<u64>,
    /// Which duty it waits for, by its code: `authenticate`, `notify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<String>,
    /// What the result stays under, where the contract is inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<InheritedInfo>,
    /// The derived data that it read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<String>,
    /// The derived data that its result was kept as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// The result, in the answer of the use that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultInfo>,
}

/// A duty of a use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DutyInfo {
    /// What, a code of -14.
    pub action: String,
    /// `before`, `during` or `after` the use.
    pub timing: String,
    /// JSON pointer into the contract.
    pub clause: String,
    /// `pending`, `done` or `failed`.
    pub state: String,
    /// Since when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
}

/// The policy that a result stays under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InheritedInfo {
    /// The policy.
    pub strategy_id: String,
    /// The contract.
    pub contract_id: String,
    /// What it was derived from.
    pub product_id: String,
    /// What it holds the result to.
    pub clauses: Vec<super::ClauseInfo>,
}

/// One clause that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonInfo {
    /// JSON pointer into the contract.
    pub clause: String,
    /// Why.
    pub text: Text,
}

/// Rows that left the use environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResultInfo {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<Value>>,
    /// Whether there were more.
    pub truncated: bool,
    /// The mark that stands in the last column of every row, if the contract demands one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}
