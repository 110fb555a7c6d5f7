//! The management API under `/api/v1`: what console and command line ask a node. They can do nothing that is not here.

pub mod credential;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::review::FindingInfo;
use crate::tc609::application::ApplicationState;
use crate::tc609::catalog::{CatalogEntry, ListingState};
use crate::tc609::contract::{ContractStatus, SignedContract};
use crate::tc609::metering::{Meter, Statement};
use crate::tc609::participant::Role;
use crate::tc609::registration::ProductRegistration;
use crate::tc609::smart_clause::SmartClause;
use crate::text::Text;

/// Where the API is served.
pub const PATH: &str = "/api/v1";

/// `POST /login`.
#[derive(Clone, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Login name.
    pub name: String,
    /// Password.
    pub password: String,
    /// The one-time password of the second factor, or a recovery code; asked for by `second-factor-needed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What was read of a picture; asked for by `captcha-needed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captcha: Option<captcha::CaptchaAnswer>,
}

/// Its answer.
#[derive(Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Session {
    /// Opaque, for the `authorization: Bearer` header.
    pub token: String,
    /// Who logged in.
    pub user: UserCard,
    /// Until when it is good.
    #[schemars(with = "crate::api::schema::Instant")]
    pub expires_at: Timestamp,
}

/// `GET /node`: who this node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeInfo {
    /// `platform` or `connector`.
    pub kind: String,
    /// For people.
    pub name: String,
    /// Its identifier, once it has one.
    pub party_id: Option<String>,
    /// The participant's role, for a connector that is registered.
    pub role: Option<Role>,
    /// The participant's name.
    pub participant: Option<String>,
    /// Base URL.
    pub address: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// Program version.
    pub version: String,
    /// The platform's base URL.
    pub platform: String,
}

/// `GET /overview`: a page of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Overview {
    /// Named counters in the order in which to show them: `members`, `products`, `contracts`, `uses`, `refused`, `entries`, `waiting` ….
    pub counters: Vec<Counter>,
    /// What waits for a decision, newest first.
    pub waiting: Vec<Waiting>,
    /// The newest events.
    pub events: Vec<Event>,
    /// Contracts by status.
    pub contracts: Vec<Counter>,
    /// Settled amounts by participant, in fen.
    pub settled_fen: Vec<Counter>,
}

/// A named number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// A key for the catalogue of messages, or a name.
    pub name: String,
    /// How many.
    pub value: u64,
}

/// Something that waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waiting {
    /// `participant`, `listing` or `application`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// For people.
    pub title: String,
    /// Since when.
    #[schemars(with = "crate::api::schema::Instant")]
    pub since: Timestamp,
}

/// One event: an entry of a log, told for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// The record's id.
    pub record_id: String,
    /// The space whose log holds it.
    pub space_id: String,
    /// Position in that log; none while the platform has not acknowledged it.
    pub index: Option<u64>,
    /// Dotted.
    pub kind: String,
    /// The contract it belongs to.
    pub contract_id: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// Who recorded and signed it.
    pub actor: String,
    /// The actor's name, where it is known.
    pub actor_name: String,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// Its facts.
    pub facts: Value,
    /// What happened, for people.
    pub text: Text,
}

/// `GET /spaces`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpaceInfo {
    /// Its id.
    pub space_id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// One of the five kinds.
    pub kind: String,
    /// `sm` or `intl`.
    pub suite: String,
    /// The platform's share in thousandths.
    pub platform_permille: u16,
    /// Whether an agreement that nobody signed is enough, with another maker's connector that cannot sign.
    pub unsigned_agreements: bool,
    /// What it asks of connectors: abilities of NDI-TR-2025-05, `protocol:<name>`, `suite:<name>`.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Whether what is listed has to be kept by technique: no duty and no condition may rest on the law alone.
    #[serde(default)]
    pub technical_only: bool,
    /// Whether a use can name registered algorithms, models and applications only.
    #[serde(default)]
    pub registered_components: bool,
    /// Whether contracts are filed under keys of their parties, so that the platform cannot read their policies later.
    #[serde(default)]
    pub sealed_filing: bool,
    /// Whether a product or a service that the gate finds nothing against is listed at once, without a person.
    #[serde(default)]
    pub listing_by_rule: bool,
    /// Likewise an algorithm, a model or an application.
    #[serde(default)]
    pub components_by_rule: bool,
    /// Whether its catalogue is open to everybody, but for what is for some of its members.
    #[serde(default)]
    pub open_catalogue: bool,
    /// How often a node reports how a contract is performed, ISO 8601.
    #[serde(default = "usual_period")]
    pub report_period: String,
    /// How long a connector may be without its platform before it stops what runs and begins nothing, ISO 8601: from a second to 30 days, five minutes
    /// unless said otherwise; empty: as long as it likes.
    #[serde(default = "usual_silence")]
    pub max_silence: String,
    /// Entries in its log.
    pub entries: u64,
    /// Entries in the published tree.
    pub published: u64,
}

/// `POST /spaces`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSpace {
    /// Its id.
    pub space_id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// One of the five kinds.
    pub kind: String,
    /// `sm` or `intl`.
    pub suite: String,
    /// The platform's share in thousandths.
    pub platform_permille: u16,
    /// Whether an agreement that nobody signed is enough, with another maker's connector that cannot sign.
    #[serde(default)]
    pub unsigned_agreements: bool,
    /// What it asks of connectors: abilities of NDI-TR-2025-05, `protocol:<name>`, `suite:<name>`.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Whether what is listed has to be kept by technique: no duty and no condition may rest on the law alone.
    #[serde(default)]
    pub technical_only: bool,
    /// Whether a use can name registered algorithms, models and applications only; on unless said otherwise.
    #[serde(default = "on")]
    pub registered_components: bool,
    /// Whether contracts are filed under keys of their parties, so that the platform cannot read their policies later; off unless said otherwise.
    #[serde(default)]
    pub sealed_filing: bool,
    /// Whether a product or a service that the gate finds nothing against is listed at once, without a person; off unless said otherwise.
    #[serde(default)]
    pub listing_by_rule: bool,
    /// Likewise an algorithm, a model or an application; off unless said otherwise.
    #[serde(default)]
    pub components_by_rule: bool,
    /// Whether its catalogue is open to everybody, but for what is for some of its members; off unless said otherwise.
    #[serde(default)]
    pub open_catalogue: bool,
    /// How often a node reports how a contract is performed, ISO 8601: from a second to a year, a day unless said otherwise.
    #[serde(default = "usual_period")]
    pub report_period: String,
    /// How long a connector may be without its platform before it stops what runs and begins nothing, ISO 8601: from a second to 30 days, five minutes
    /// unless said otherwise; empty: as long as it likes.
    #[serde(default = "usual_silence")]
    pub max_silence: String,
}

/// How long a connector may be silent where nobody said otherwise.
#[must_use]
pub fn usual_silence() -> String {
    "PT5M".to_owned()
}

fn usual_period() -> String {
    "P1D".to_owned()
}

fn on() -> bool {
    true
}

/// `GET /participants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParticipantInfo {
    /// The connector's identifier.
    pub connector_id: String,
    /// The organisation.
    pub participant_id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Where the connector is.
    pub address: String,
    /// The spaces it asked for.
    pub spaces: Vec<String>,
    /// `pending`, `verified`, `approved`, `refused`, `suspended`, `revoked` or `departed`.
    pub state: String,
    /// Whether it wants to change something, which the operator has to decide on.
    #[serde(default)]
    pub is_change_pending: bool,
    /// Why, when it was refused, suspended or revoked.
    #[serde(default)]
    pub note: String,
    /// When it registered.
    #[schemars(with = "crate::api::schema::Instant")]
    pub registered_at: Timestamp,
    /// When the operator decided.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub decided_at: Option<Timestamp>,
    /// Since when it stands there.
    #[serde(default)]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub changed_at: Option<Timestamp>,
    /// Until when the operator has to decide.
    #[serde(default)]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub due_at: Option<Timestamp>,
    /// `near` or `overdue`.
    #[serde(default)]
    pub reminder: Option<String>,
    /// Ids of its keys.
    pub key_ids: Vec<String>,
}

/// `POST …/decision` on participants, listings and applications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Yes or no.
    pub approve: bool,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// `GET /listings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListingInfo {
    /// The product as members find it.
    pub entry: CatalogEntry,
    /// Where it stands.
    pub state: ListingState,
    /// What the gate found.
    pub findings: Vec<FindingInfo>,
    /// The profile made where the data lies.
    pub profile: Value,
    /// When it was asked for.
    #[schemars(with = "crate::api::schema::Instant")]
    pub requested_at: Timestamp,
    /// Why, when refused or taken down.
    pub note: String,
    /// For whom it is, if not for all of its space. NDI-TR-2025-06 §9.5.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<String>,
    /// Until when the operator has to decide, if anything waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub due_at: Option<Timestamp>,
    /// What is to be decided besides, of a product that is listed or was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<ListingWaits>,
    /// How it is registered at the function node, if one registers products. TC609-6-2025-01 §5.2.2.4 a.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<ProductRegistration>,
}

/// What is to be decided of a product besides the version that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListingWaits {
    /// A new version.
    Version,
    /// That it be taken out of the register.
    Deregistration,
}

/// `GET /applications`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplicationInfo {
    /// Its id.
    pub application_id: String,
    /// The contract it is for.
    pub contract_id: String,
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product_name: String,
    /// Who applies.
    pub consumer: String,
    /// Who owns the product.
    pub provider: String,
    /// What for.
    pub purpose: String,
    /// Where it stands.
    pub state: ApplicationState,
    /// Where its contract stands.
    #[serde(default)]
    pub contract_status: Option<ContractStatus>,
    /// Since when the contract is frozen, if it is.
    #[serde(default)]
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub frozen_at: Option<Timestamp>,
    /// Why, when refused.
    pub note: String,
}

/// `GET /contracts`: one line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractLine {
    /// One id through everything.
    pub contract_id: String,
    /// The product's name.
    pub name: String,
    /// The product.
    pub product_id: String,
    /// The space whose rules apply.
    pub space_id: String,
    /// The provider's connector.
    pub provider: String,
    /// The provider's name.
    pub provider_name: String,
    /// The consumer's connector.
    pub consumer: String,
    /// The consumer's name.
    pub consumer_name: String,
    /// Where it stands.
    pub status: ContractStatus,
    /// Whether nobody signs it, since one side is another maker's connector whose protocol carries no signatures.
    #[serde(default)]
    pub unsigned: bool,
    /// Since when it is frozen, if it is.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub frozen_at: Option<Timestamp>,
    /// When it was applied for.
    #[schemars(with = "crate::api::schema::Instant")]
    pub created_at: Timestamp,
    /// What was settled.
    pub total_fen: Option<u64>,
    /// Uses that were made, as the log tells: all of them, also those after the account was closed.
    #[serde(default)]
    pub uses: u64,
    /// Uses that were refused, as the log tells.
    #[serde(default)]
    pub refused: u64,
}

/// `GET /contracts/{id}`: a contract's whole life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractLife {
    /// The line of the list.
    pub line: ContractLine,
    /// `sm` or `intl`.
    pub suite: String,
    /// The contract with its signatures, once filed.
    pub signed: Option<SignedContract>,
    /// Whether its text is filed under keys of its parties: what is shown of it is then without its policies.
    #[serde(default)]
    pub sealed: bool,
    /// Hash of the signed bytes.
    pub contract_hash: Option<String>,
    /// What the contract allows, forbids and demands, clause by clause, for people.
    pub clauses: Vec<ClauseInfo>,
    /// Everything that happened, in the order of the log.
    pub events: Vec<Event>,
    /// What the three counted.
    pub metering: MeteringInfo,
    /// The settlement.
    pub statement: Option<Statement>,
    /// Its payment, where something is to be paid.
    #[serde(default)]
    pub payment: Option<payment::PaymentInfo>,
    /// The order that holds it, if one does.
    pub freeze: Option<FreezeInfo>,
    /// How it ends, once that is agreed or decided.
    #[serde(default)]
    pub ending: Option<termination::EndingInfo>,
    /// What its parties declared of it, newest first.
    #[serde(default)]
    pub breaches: Vec<termination::BreachInfo>,
    /// What follows by itself, and how often it has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smart_clauses: Vec<SmartClauseInfo>,
    /// Its versions, the first one first, where it came to more than one; the last one is in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<version::VersionInfo>,
    /// Who signs it, each with where its signature stands; of the text in force, or of the first one on its way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<countersigning::PartyInfo>,
    /// The last text for which service parties were asked for their signatures, if ever they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<countersigning::SigningInfo>,
}

/// A smart clause and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmartClauseInfo {
    /// As it was signed.
    pub clause: SmartClause,
    /// How often it had its consequence.
    pub fired: u64,
    /// What it charged in all.
    pub fen: u64,
}

/// One clause, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClauseInfo {
    /// JSON pointer into the contract.
    pub clause: String,
    /// What it says.
    pub text: Text,
    /// How it is enforced: `technical`, `audit` or `legal_only`.
    pub enforcement: String,
    /// What a condition limits, by its name in -14: `count`, `region`, `dataField` …; none for what is no comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operand: Option<String>,
}

/// What the three counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeteringInfo {
    /// The provider.
    pub provider: Option<Meter>,
    /// The consumer.
    pub consumer: Option<Meter>,
    /// The platform, from the evidence that both sent.
    pub platform: Meter,
    /// The counters that differ.
    pub differences: Vec<String>,
}

/// An order that holds a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FreezeInfo {
    /// Its id.
    pub order_id: String,
    /// The name of who ordered it.
    #[serde(default)]
    pub by: String,
    /// On what ground.
    pub ground: String,
    /// When it was ordered.
    #[schemars(with = "crate::api::schema::Instant")]
    pub ordered_at: Timestamp,
    /// When a running use stopped because of it.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub stopped_at: Option<Timestamp>,
}

/// `POST /contracts/{id}/freeze` and `POST /contracts/{id}/unfreeze` on a regulator's seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Freeze {
    /// The order's key; the same key is the same order.
    pub order_id: String,
    /// On what ground.
    pub ground: String,
}

/// `GET /evidence/{space}/verify`: the platform's own check; a stranger makes it with `xinyu evidence verify`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogCheck {
    /// Whether nothing was found.
    pub ok: bool,
    /// Entries in the published tree.
    pub entries: u64,
    /// Root of the SHA-256 tree.
    pub root: String,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// Signatures of actors that were checked.
    pub signatures_checked: u64,
    /// What is wrong, and where.
    pub problems: Vec<String>,
}

/// `GET /live`, as the data of a server-sent event of the same name: something of this kind changed. What is so now, the other routes say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveEvent {
    /// `negotiation`, `transfer`, `usage`, `contract`, `catalog`, `participant`, `heartbeat`, `evidence`, `warning`, `alert` or
    /// `reading`.
    pub topic: String,
}

/// A list with its length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
}

pub mod audit;
pub mod captcha;
pub mod certificate;
pub mod certification;
pub mod component;
pub mod connector;
pub mod countersigning;
pub mod data_service;
pub mod delegation;
pub mod demand;
pub mod derived;
pub mod device;
pub mod dispute;
pub mod draft;
pub mod evidence;
pub mod glossary;
pub mod harvest;
pub mod identity;
pub mod lineage;
pub mod listing;
pub mod login;
pub mod metadata;
pub mod metering;
pub mod ndi;
pub mod negotiation;
pub mod onward;
pub mod participant;
pub mod partner;
pub mod passkey;
pub mod payment;
pub mod performance;
pub mod pipeline;
pub mod policy;
pub mod policy_record;
pub mod reputation;
pub mod resource;
pub mod retention;
pub mod run_log;
pub mod schema;
pub mod stub;
pub mod subscription;
pub mod template;
pub mod termination;
pub mod trusted_time;
pub mod user;
pub mod version;
pub mod warning;
pub mod witness;

pub use user::UserCard;
