//! The part of the management API that is about reputation. docs/reputation.md.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tc609::reputation::SignedStatement;
use crate::text::Text;

/// `GET` and `POST /participants/{id}/reputation` on a platform, `GET /reputation` on a connector. Nothing in it can be typed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReputationInfo {
    /// The newest statement, with its signature.
    pub signed: SignedStatement,
    /// The names of the factors, in their order.
    pub factor_names: Vec<Text>,
    /// The names of the events that were counted, in the order of the counts.
    pub event_names: Vec<Text>,
}
