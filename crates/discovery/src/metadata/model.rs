//! What is said of a data set, whoever says it and in whatever format: the middle through which all conversions go.
//!
//! Deliberately not here: persons to be contacted (a description travels, a person's address need not), and credentials of any kind.

use serde::{Deserialize, Serialize};
use xinyu_core::data::{Cell, ColumnKind};

use super::code::Frequency;
use super::loss::Losses;

/// A data set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Description {
    /// What it is called.
    #[serde(skip_serializing_if = "Phrase::is_empty")]
    pub title: Phrase,
    /// What it holds.
    #[serde(skip_serializing_if = "Phrase::is_empty")]
    pub description: Phrase,
    /// Words for the search.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Topic code of NDI-TR-2025-06, such as `B0300`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Themes of other vocabularies, by their IRI or name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub themes: Vec<String>,
    /// Who publishes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Publisher>,
    /// 数据来源说明: where the data come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Licence or right to offer it: a name or an IRI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// 更新频率.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency: Option<Frequency>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When it was first published: a year, month, day or moment of ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    /// When it was last changed, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// Under which identifiers others know it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<String>,
    /// A page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Its files and interfaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub distributions: Vec<Distribution>,
    /// Its tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
}

/// The same words in Chinese and in English; one of them may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Phrase {
    /// In Chinese.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zh: String,
    /// In English, or in a language of which nothing is said and that is not Chinese.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub en: String,
}

impl Phrase {
    /// Words whose language is not said: Chinese if there is a Chinese character among them.
    #[must_use]
    pub fn of(words: impl Into<String>) -> Self {
        let words = words.into();
        if is_chinese(&words) { Self { zh: words, en: String::new() } } else { Self { zh: String::new(), en: words } }
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }

    /// The words for a reader of one language only: Chinese first.
    #[must_use]
    pub fn words(&self) -> &str {
        if self.zh.is_empty() { &self.en } else { &self.zh }
    }
}

/// Whether there is a Chinese character in it.
pub(crate) fn is_chinese(words: &str) -> bool {
    words.chars().any(|c| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{2ebef}'))
}

/// An organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Publisher {
    /// Its name.
    pub name: String,
    /// Its identifier, such as an IRI or a USCC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
}

/// A file or an interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Distribution {
    /// What it is called.
    #[serde(skip_serializing_if = "Phrase::is_empty")]
    pub title: Phrase,
    /// What is to be known about it.
    #[serde(skip_serializing_if = "Phrase::is_empty")]
    pub description: Phrase,
    /// `CSV`, `Parquet`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Checksum of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// Where it is had, without credentials: an address, or a path beside the description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A checksum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checksum {
    /// `md5`, `sha1`, `sha256`, `sha512` or `sm3`.
    pub algorithm: String,
    /// Hexadecimal, small letters.
    pub value: String,
}

impl Checksum {
    /// Algorithms that are known, and the length of their sums in hexadecimal digits.
    const ALGORITHMS: [(&'static str, usize); 5] =
        [("md5", 32), ("sha1", 40), ("sha256", 64), ("sha512", 128), ("sm3", 64)];

    /// A checksum as others write it; what is none is reported.
    pub(crate) fn of(algorithm: &str, value: &str, path: &str, lost: &mut Losses) -> Option<Self> {
        let algorithm: String = algorithm.chars().filter(|c| *c != '-').flat_map(char::to_lowercase).collect();
        let value = value.trim().to_ascii_lowercase();
        let is_sum = Self::ALGORITHMS.iter().any(|(known, digits)| *known == algorithm && value.len() == *digits)
            && value.bytes().all(|b| b.is_ascii_hexdigit());
        if is_sum {
            return Some(Self { algorithm, value });
        }
        lost.left(path, "不是已知算法的校验值", "it is no checksum of a known algorithm");
        None
    }
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What people call it.
    #[serde(skip_serializing_if = "Phrase::is_empty")]
    pub title: Phrase,
    /// What it holds.
    #[serde(skip_serializing_if = "Phrase::is_empty")]
    pub description: Phrase,
    /// How many rows it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Position of the distribution that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distribution: Option<usize>,
    /// Its columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Names of the columns of its key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub primary_key: Vec<String>,
    /// What refers to other tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
}

impl Table {
    /// Adds a column; a second one of the same name is reported.
    pub(crate) fn push(&mut self, field: Field, path: &str, lost: &mut Losses) {
        if self.fields.iter().any(|known| known.name == field.name) {
            lost.left(path, "同名字段只采用第一个", "of fields of one name the first is taken");
        } else {
            self.fields.push(field);
        }
    }
}

/// Columns that refer to those of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ForeignKey {
    /// Of this table.
    pub columns: Vec<String>,
    /// Name of the other table; its own name for itself.
    pub table: String,
    /// Of the other table.
    pub referenced: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Phrase::is_empty")]
    pub title: Phrase,
    /// What it means.
    #[serde(default, skip_serializing_if = "Phrase::is_empty")]
    pub description: Phrase,
    /// What its values are.
    pub kind: ColumnKind,
    /// Whether a value must be there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Of its numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The concept of a vocabulary that it is about, by its IRI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concept: Option<String>,
    /// Whether it is desensitised before delivery.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// What its values keep to.
    #[serde(default, skip_serializing_if = "Constraints::is_empty")]
    pub constraints: Constraints,
}

impl Field {
    /// A column of which only this is known.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self {
            name: name.into(),
            title: Phrase::default(),
            description: Phrase::default(),
            kind,
            required: false,
            unit: None,
            concept: None,
            masked: false,
            constraints: Constraints::default(),
        }
    }
}

/// What the values of a column keep to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Constraints {
    /// No value twice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// The least value; days and moments as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Cell>,
    /// The greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Cell>,
    /// Characters at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// Characters at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// A regular expression that the whole value matches; never run here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The only values there are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<Cell>,
}

impl Constraints {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
