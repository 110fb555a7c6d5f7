//! The part of the management API that is about data resources (数据资源): connected, described, graded, removed. TC609-6-2025-01 §5.2.3; NDI-TR-2025-05 §6.3.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schema::Instant;
use crate::text::Text;

/// `POST /resources`: connects a data resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// A column of whole numbers by which the table grows: rows are only added, each with a number above all others. Then only new rows are read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grows_by: Option<String>,
    /// How often it is said to be renewed, `001` at once to `009` history only; otherwise what the products made of it say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_frequency: Option<String>,
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
    /// The column by which the table grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grows_by: Option<String>,
    /// How often it is said to be renewed, by itself or by the products made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_frequency: Option<String>,
    /// How it was read last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<ReadInfo>,
    /// The states of it that were seen, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renewals: Vec<RenewalInfo>,
}

/// How a resource was read last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadInfo {
    /// When it was done.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// What had to be read: `nothing`, `rest` or `all`.
    pub part: String,
    /// Why that.
    pub why: Text,
    /// Rows that were read.
    pub rows: u64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Whether the next reading can go on from here.
    pub goes_on: bool,
}

/// A state of a source: from when it was so, and until when it was seen to be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenewalInfo {
    /// When the source was written, or else when it was first seen so.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// When it was last seen so.
    #[schemars(with = "Instant")]
    pub seen_until: Timestamp,
}

/// `POST /readings`: connects a resource, or reads one again, without waiting for its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewReading {
    /// The resource that is connected; otherwise none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<NewResource>,
    /// The name of the resource that is read again; otherwise none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<String>,
    /// Whether all of it is read, whatever was read before.
    #[serde(default)]
    pub anew: bool,
}

/// `GET /readings`: a resource that is being read and profiled, or was since the connector started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadingInfo {
    /// The resource.
    pub resource: String,
    /// `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// `looking` at what the source holds, or reading its `rows`.
    pub phase: String,
    /// Rows read.
    pub rows: u64,
    /// Rows that there are to read; not known before the source was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<u64>,
    /// The share of this phase that is done, where that can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permille: Option<u16>,
    /// How long the rows will still take, as fast as they came until now; none as long as that would be a guess.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_seconds: Option<u64>,
    /// For how long it has been going on, or went on.
    pub elapsed_seconds: u64,
    /// What of it is read: `nothing`, `rest` or `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Why that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Text>,
    /// Whose it is.
    pub by: String,
    /// When it began.
    #[schemars(with = "Instant")]
    pub started_at: Timestamp,
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
