//! The part of the management API that is about data resources (数据资源): connected, described, graded, removed. TC609-6-2025-01 §5.2.3; NDI-TR-2025-05 §6.3.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schema::Instant;
use crate::text::Text;

/// `POST /resources`: connects a data resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewResource {
    /// Its name, unique in this connector.
    pub name: String,
    /// `file`, `folder`, `object`, `table`, `api` or `stream`.
    pub kind: String,
    /// A path below a configured root (of a folder `folder` or `folder/*.csv`), the URL of an object (`s3://KEY:SECRET@bucket/key?endpoint=https://host&region=name`, of
    /// all under a prefix `…/prefix/` or `…/prefix/*.csv`), the URL of a database (`sqlite://`, `postgres://`, `mysql://`), of an HTTP API
    /// (`https://user:password@host/path#/list`), or of a topic (`kafkas://user:password@host/topic`, `mqtts://user:password@host/filter`).
    pub location: String,
    /// The table, for a database.
    #[serde(default)]
    pub table: Option<String>,
}

/// `GET /resources`, which ones: what is asked for together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceQuery {
    /// A word in the name, the place or the name of a field; of several, each.
    #[serde(default)]
    pub q: Option<String>,
    /// At least this security level, `001` to `005`.
    #[serde(default)]
    pub level: Option<String>,
    /// `personal` with personal data, `ungraded` where no person has confirmed the grade, `unused` in no product.
    #[serde(default)]
    pub only: Option<String>,
}

/// `GET /resources`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceInfo {
    /// Its name.
    pub name: String,
    /// `file`, `folder`, `object` or `table`.
    pub kind: String,
    /// What it was recognised as: `csv`, `parquet`, `mysql` and so on.
    #[serde(default)]
    pub form: String,
    /// How its text is encoded, where that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What was noticed when it was connected, such as an account that may write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Text>,
    /// Where it lies, without credentials.
    pub location: String,
    /// Its rows.
    pub rows: u64,
    /// Its fields: name and kind.
    pub fields: Vec<(String, String)>,
    /// What the profile found.
    pub profile: Value,
    /// Which person stands behind its grade.
    #[serde(default)]
    pub grading: Option<GradingInfo>,
    /// What had changed when it was last read again, the gravest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<DriftInfo>,
    /// The products that are made of it, by key of their listing.
    #[serde(default)]
    pub products: Vec<String>,
}

/// Something that changed in a resource (结构与内容漂移).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DriftInfo {
    /// `added`, `removed`, `retyped`, `reordered`, `nulls`, `shifted`, `personal`, `level`, `important`, `quality` or `shrunk`.
    pub kind: String,
    /// The column, or the table.
    pub subject: String,
    /// `info`, `warn` or `block`.
    pub severity: String,
    /// Whether a delivery by the old description fails.
    pub breaks_schema: bool,
    /// In words.
    pub text: Text,
}

/// A grade by a person (人工定级).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GradingInfo {
    /// `general1` to `general4`, `important` or `core`.
    pub grade: String,
    /// Who.
    pub by: String,
    /// When.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Whether it is about what is found now.
    pub is_current: bool,
    /// Columns confirmed as found.
    pub confirmed: u32,
    /// Columns judged to need more protection than found.
    pub raised: u32,
    /// Columns judged to need less.
    pub lowered: u32,
}

/// `POST /resources/{name}/grading`: a person confirms what was found, or judges otherwise. Columns that are not named are confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewGrading {
    /// `general1` to `general4`, `important` or `core`; without one, what the columns give.
    #[serde(default)]
    pub grade: Option<String>,
    /// Columns that are something else than what was found.
    #[serde(default)]
    pub columns: Vec<ColumnGrade>,
    /// Why, where the grade is higher than the columns give.
    #[serde(default)]
    pub reason: String,
}

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ColumnGrade {
    /// Its name.
    pub column: String,
    /// A kind of personal data as profiles name it, `mobile` for one; none when it says nothing of a person.
    #[serde(default)]
    pub personal: Option<String>,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// `POST /resources/{name}/removal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceRemoval {
    /// Why, 1 to 500 characters.
    pub reason: String,
}
