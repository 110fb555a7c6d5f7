//! 元数据智能识别与转换: what format a description is in, what it says, and what it becomes in another format. TC609-6-2025-01 §5.3.3.3 b.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::tc609::catalog::ProductCard;
use crate::text::Text;

/// `GET /metadata/formats`: a format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetadataFormat {
    /// Its name in questions.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Whether a description can be written in it; one that cannot is a format of files with data in them.
    pub is_written: bool,
}

/// A document; nothing that it names is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetadataDocument {
    /// The name of its file, a hint of what it is.
    #[serde(default)]
    pub name: String,
    /// Its bytes, in Base64.
    pub content: String,
    /// Its format; recognised where none is given.
    #[serde(default)]
    pub from: String,
}

/// What one format says and the other does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetadataLoss {
    /// Where.
    pub path: String,
    /// `left`, `changed`, `missing` or `removed`.
    pub manner: String,
    /// Why.
    pub text: Text,
}

/// `POST /metadata/reading`: what a document says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetadataReading {
    /// Its format.
    pub format: String,
    /// What people call that.
    pub title: String,
    /// How its characters were written.
    pub encoding: String,
    /// What it says, in our own form.
    pub description: Value,
    /// What it says that our own form does not.
    pub lost: Vec<MetadataLoss>,
    /// The card of a product as far as it fills one.
    pub card: ProductCard,
    /// What a product's card asks for and it does not say, or has no place for.
    pub lost_in_card: Vec<MetadataLoss>,
}

/// `POST /metadata/conversion`: a document, or a product of the catalogue, in another format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetadataConversion {
    /// The document.
    #[serde(default)]
    pub document: Option<MetadataDocument>,
    /// Instead of it: a product that we may see.
    #[serde(default)]
    pub product_id: Option<String>,
    /// The format that it is to have.
    pub to: String,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConvertedMetadata {
    /// The format that it had; empty for a product.
    pub from: String,
    /// The format that it has.
    pub to: String,
    /// A name for its file.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes, in Base64.
    pub content: String,
    /// What was lost in reading.
    pub lost_in_reading: Vec<MetadataLoss>,
    /// What was lost in writing.
    pub lost_in_writing: Vec<MetadataLoss>,
}
