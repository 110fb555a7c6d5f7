//! Several messages of a connector to its platform in one request: what it records, and what it tells of its contracts with partners. Ours; the
//! national documents report one by one, and so may who likes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many messages a bundle may have.
pub const MOST: usize = 512;

/// `/bundle`: connector → platform. All are taken, in their order, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle<B = Value> {
    /// The messages, at most [`MOST`].
    pub messages: Vec<Message<B>>,
}

/// One of them; its body may be left as it stands, to be read once it is known what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message<B = Value> {
    /// Where it would go by itself: `/tc609/evidence` or `/tc609/partnerContract`.
    pub path: String,
    /// What would go there.
    pub body: B,
}

/// The answer to a bundle that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundleAnswer {
    /// For each message the body of the answer that it would have got by itself.
    pub answers: Vec<Value>,
}
