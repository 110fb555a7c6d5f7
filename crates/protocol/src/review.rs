//! What the review gate (规范性审查) found, as people and members are told. TC609-6-2025-01 §5.3.3.3 b.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::Text;

/// One finding of the review gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindingInfo {
    /// `info`, `warn` or `block`.
    pub severity: String,
    /// Which field or part.
    pub subject: String,
    /// What was found.
    pub text: Text,
    /// The clause it rests on.
    pub clause: String,
}
