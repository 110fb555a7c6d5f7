//! The part of the management API that is about disputes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tc609::dispute::{Act, DisputeAttachment, Ruling, Subject};

/// `GET /disputes`, `GET /disputes/{id}`: a dispute. In a list its statements are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisputeInfo {
    /// Its id.
    pub dispute_id: String,
    /// Over which contract.
    pub contract_id: String,
    /// The space.
    pub space_id: String,
    /// What it is about.
    pub subject: Subject,
    /// How much is claimed, in fen.
    pub amount_fen: Option<u64>,
    /// `opened`, `answered`, `decided`, `withdrawn` or `settled`.
    pub state: String,
    /// How it was decided.
    pub ruling: Option<Ruling>,
    /// Who opened it.
    pub opener: String,
    /// Its name, where it is known.
    pub opener_name: String,
    /// The other party.
    pub respondent: String,
    /// Its name, where it is known.
    pub respondent_name: String,
    /// When it was opened.
    #[schemars(with = "crate::api::schema::Instant")]
    pub opened_at: Timestamp,
    /// Until when the other party is heard.
    #[schemars(with = "crate::api::schema::Instant")]
    pub answer_by: Timestamp,
    /// Whether it may be decided: the other party has answered, or its time is over.
    pub is_heard: bool,
    /// When it was closed.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub closed_at: Option<Timestamp>,
    /// How many statements there are.
    pub statements: u32,
    /// The statements, oldest first.
    pub steps: Vec<DisputeStepInfo>,
    /// What this node's people can do now: `state`, `offer`, `accept`, `withdraw`, `decide`.
    pub moves: Vec<String>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisputeStepInfo {
    /// Its place, from 1.
    pub number: u32,
    /// What it does.
    pub act: Act,
    /// Who says it.
    pub author: String,
    /// Its name, where it is known.
    pub author_name: String,
    /// Whether it is this node's own.
    pub is_ours: bool,
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// In words.
    pub text: String,
    /// How it is decided.
    pub ruling: Option<Ruling>,
    /// Records of evidence that it refers to.
    pub records: Vec<String>,
    /// Documents.
    pub attachments: Vec<DisputeAttachment>,
    /// Its digest: evidence and the next statement name it by this.
    pub digest: String,
}

/// `POST /disputes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDispute {
    /// The caller's key of it: the same key is the same dispute.
    pub dispute_id: String,
    /// Over which contract.
    pub contract_id: String,
    /// What it is about.
    pub subject: Subject,
    /// What is claimed and why: 1 to 4000 characters.
    pub text: String,
    /// How much is claimed, in fen.
    #[serde(default)]
    pub amount_fen: Option<u64>,
    /// Records of evidence that it refers to.
    #[serde(default)]
    pub records: Vec<String>,
    /// Documents.
    #[serde(default)]
    pub attachments: Vec<NewDisputeAttachment>,
}

/// A document to go with a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDisputeAttachment {
    /// Its name: 1 to 128 characters.
    pub name: String,
    /// Its digest in the contract's suite, for one that stays where it is.
    #[serde(default)]
    pub digest: Option<String>,
    /// Its content in base64, at most 64 KiB, for one that goes with the dispute.
    #[serde(default)]
    pub content: Option<String>,
}

/// `POST /disputes/{id}/statements`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewStatement {
    /// The caller's key of it: the same key is the same statement.
    pub statement_id: String,
    /// `state`, `offer`, `accept` or `withdraw`.
    pub act: Act,
    /// In words: 1 to 4000 characters.
    pub text: String,
    /// Records of evidence that it refers to.
    #[serde(default)]
    pub records: Vec<String>,
    /// Documents.
    #[serde(default)]
    pub attachments: Vec<NewDisputeAttachment>,
}

/// `POST /disputes/{id}/decision`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRuling {
    /// The caller's key of it: the same key is the same decision.
    pub statement_id: String,
    /// How.
    pub ruling: Ruling,
    /// Why: 1 to 4000 characters.
    pub reason: String,
    /// Records of evidence that it rests on.
    #[serde(default)]
    pub records: Vec<String>,
}
