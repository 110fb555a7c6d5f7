//! 语义模型 between members and the platform: the vocabulary of a space, each version as it was published. TC609-6-2025-11 §7.3.5; TC609-6-2025-01 §5.3.3.3 b.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::schema::Instant;
use crate::text::Text;

/// A version, without its terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GlossaryEdition {
    /// Of which space.
    pub space_id: String,
    /// Which one of the space, from 1.
    pub number: u32,
    /// The IRI of the vocabulary.
    pub vocabulary_id: String,
    /// The version that the vocabulary says of itself; no two of a space say the same.
    pub version: String,
    /// What it is called.
    pub title: Text,
    /// How many terms it has.
    pub terms: u32,
    /// The digest of the vocabulary in its canonical form.
    pub digest: String,
    /// When it was published.
    #[schemars(with = "Instant")]
    pub published_at: Timestamp,
    /// What the operator said of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A version with its terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Glossary {
    /// Which one.
    pub edition: GlossaryEdition,
    /// The vocabulary: `id`, `version`, `title`, and `terms` with `id`, `name`, `synonyms`, `definition`, `kind`, `pattern`, `range`, `codes`, `broader`,
    /// `sameAs`.
    pub vocabulary: Value,
}

/// `/glossary`: member → platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GlossaryQuery {
    /// Of which space; of none, the newest versions of all the asker's spaces are told, without terms.
    pub space_id: Option<String>,
    /// Which version; the newest where none is said.
    pub version: Option<String>,
    /// The digest of the one that the asker has: that one is not sent again.
    pub known: Option<String>,
}

/// Its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GlossaryAnswer {
    /// The version, unless the asker has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glossary: Option<Glossary>,
    /// The versions of the space, newest first.
    pub editions: Vec<GlossaryEdition>,
}
