//! 语义模型, as people of a node see and publish it, and what the columns of their resources mean by it. TC609-6-2025-11 §7.3.5; TC609-6-2025-01 §5.3.3.3 b.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::metadata::MetadataLoss;
use super::schema::Instant;
use crate::text::Text;

pub use crate::tc609::glossary::{Glossary, GlossaryEdition};

/// Versions, without their terms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GlossaryEditions {
    /// The versions.
    pub items: Vec<GlossaryEdition>,
    /// Whether it is what was kept here, since the platform cannot be reached.
    #[serde(default)]
    pub is_kept: bool,
}

/// A version with its terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GlossaryInfo {
    /// The version.
    pub glossary: Glossary,
    /// Whether it is what was kept here, since the platform cannot be reached.
    #[serde(default)]
    pub is_kept: bool,
}

/// `POST /glossaries/{space}`: a version to publish.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NewGlossary {
    /// The vocabulary in our own form, or as SKOS in JSON-LD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
    /// Instead of it, the vocabulary to begin with that comes with the program.
    pub starter: bool,
    /// What is said of it, at most 300 characters.
    pub note: String,
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GlossaryPublished {
    /// The version; the one that was there, if nothing is new in it.
    pub edition: GlossaryEdition,
    /// How it differs from the one before.
    pub difference: GlossaryDifference,
    /// What the document says that was not taken.
    pub lost: Vec<MetadataLoss>,
}

/// How a version differs from another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GlossaryDifference {
    /// The version before; empty if there is none.
    pub from: String,
    /// The version after.
    pub to: String,
    /// Terms that only the one after has.
    pub added: Vec<GlossaryTerm>,
    /// Terms of which they say different things.
    pub changed: Vec<GlossaryTerm>,
    /// Terms that only the one before has.
    pub removed: Vec<GlossaryTerm>,
}

/// A term by its IRI and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GlossaryTerm {
    /// Its IRI.
    pub id: String,
    /// What it is called.
    pub name: Text,
    /// In a difference, which members of it are different.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

/// `GET /resources/{name}/terms`: what the columns of a resource mean by the glossary of a space, and may mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceTerms {
    /// The resource.
    pub resource: String,
    /// Its table.
    pub table: String,
    /// The version of the glossary that is looked at.
    pub edition: GlossaryEdition,
    /// Whether it is what was kept here, since the platform cannot be reached.
    #[serde(default)]
    pub is_kept: bool,
    /// Spaces of ours that have a glossary.
    pub spaces: Vec<String>,
    /// All terms that there are to choose from.
    pub terms: Vec<GlossaryTerm>,
    /// The columns, as they stand in the table.
    pub columns: Vec<ColumnTerm>,
    /// How much of the table is mapped.
    pub coverage: GlossaryCoverage,
}

/// A column, its term, and terms that it may mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ColumnTerm {
    /// The column.
    pub column: String,
    /// What its values are.
    pub kind: String,
    /// What a person has decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapped: Option<MappedTerm>,
    /// Terms that it may mean, the likeliest first; never a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<SuggestedTerm>,
}

/// The term of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MappedTerm {
    /// Its IRI.
    pub term: String,
    /// What it is called; empty if the glossary does not have it, or no longer.
    pub name: Text,
    /// Whether the glossary has it.
    pub is_known: bool,
    /// The account that decided it.
    pub by: String,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
}

/// A term that a column may mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuggestedTerm {
    /// Its IRI.
    pub term: String,
    /// What it is called.
    pub name: Text,
    /// How well it fits, of a thousand.
    pub permille: u16,
    /// Why, the weightiest first.
    pub reasons: Vec<Text>,
}

/// How much of a table is mapped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GlossaryCoverage {
    /// Columns of the table.
    pub columns: u32,
    /// Of these, columns with a term that the glossary has.
    pub mapped: u32,
    /// The share of them, of a thousand.
    pub permille: u16,
    /// Columns that nobody has mapped.
    pub unmapped: Vec<String>,
    /// Columns whose term the glossary does not have, or no longer.
    pub unknown: Vec<String>,
    /// Columns that are mapped and no longer in the table.
    pub stale: Vec<String>,
    /// Columns whose values are of another kind than the term says.
    pub other_kind: Vec<String>,
    /// Terms, by IRI, that more than one column has.
    pub shared: Vec<String>,
}

/// `POST /resources/{name}/terms`: what a person decides of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TermDecision {
    /// By the glossary of which space; the only one there is, where none is said.
    #[serde(default)]
    pub space_id: String,
    /// The column.
    pub column: String,
    /// The term, by its IRI or one of its names; none takes away what was decided.
    #[serde(default)]
    pub term: String,
}
