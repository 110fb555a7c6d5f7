//! 目录汇聚: other catalogues that a node reads again and again, so that its people find what is in them. TC609-6-2025-01 §5.2.2.4; NDI-TR-2025-06 §6.3 c.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::List;
use super::schema::Instant;
pub use crate::tc609::harvest::{HarvestedInfo, HarvestedPage, HarvestedQuery};
use crate::text::Text;

/// `POST /harvests`: a catalogue to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HarvestRequest {
    /// What people call it, 1 to 100 characters.
    pub title: String,
    /// Its address, `http` or `https`, without credentials; none for a partner's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// `dcat`, `dsp`, `ckan` or `ndi-06`; empty: whatever it turns out to be.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// The partner whose catalogue it is, asked with what is arranged with it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub partner: String,
    /// At a platform: in which space its records are shown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub space_id: String,
    /// Every how many hours it is read, to 720; 0: when somebody asks for it.
    pub every_hours: u32,
    /// What is shown to get in: a bearer token. It is kept sealed and never given out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// `POST /harvests/file`: a catalogue that a person hands in as a file, as a new source or in the place of what was handed in of it before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HarvestFile {
    /// Of which source; empty for a new one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub harvest_id: String,
    /// What people call a new one, 1 to 100 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// At a platform: in which space the records of a new one are shown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub space_id: String,
    /// `dcat`, `dsp`, `ckan` or `ndi-06`; empty: whatever it turns out to be.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// What the file is called, 1 to 128 characters.
    pub name: String,
    /// Its bytes, in Base64.
    pub content: String,
}

/// `POST /harvests/{id}`: what is to be otherwise; what is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HarvestChange {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Every how many hours it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_hours: Option<u32>,
    /// Whether it is not read for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// Another token; an empty one is none any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// `POST /harvests/{id}/run`: how it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HarvestRun {
    /// From its first page to its last, whatever is known of it.
    pub whole: bool,
}

/// A catalogue that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HarvestInfo {
    /// Its key.
    pub harvest_id: String,
    /// What people call it.
    pub title: String,
    /// Its address; empty for a partner's, and for a file.
    pub address: String,
    /// What the file is called that was handed in last; none of a catalogue that is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What it turned out to be; empty until it was read.
    pub format: String,
    /// The partner whose it is.
    pub partner: String,
    /// In which space its records are shown; empty at a connector.
    pub space_id: String,
    /// Every how many hours it is read; 0: when somebody asks for it.
    pub every_hours: u32,
    /// Whether a token is kept for it.
    pub has_token: bool,
    /// Whether it is not read for now.
    pub paused: bool,
    /// How many records are kept of it.
    pub records: u64,
    /// When it was added.
    #[schemars(with = "Instant")]
    pub added_at: Timestamp,
    /// When it is read next.
    #[schemars(with = "Option<Instant>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// How far it is read, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<HarvestProgress>,
    /// How it was read last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<HarvestReport>,
}

/// How far a catalogue is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HarvestProgress {
    /// Pages that were read.
    pub pages: u64,
    /// Records that stood on them.
    pub records: u64,
    /// How many records the source says it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// How a catalogue was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HarvestReport {
    /// When that was over.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Whether all of it was read; removals are seen only then.
    pub whole: bool,
    /// Pages.
    pub pages: u64,
    /// Records that were not there before.
    pub new: u64,
    /// Records that are otherwise now.
    pub changed: u64,
    /// Records that are as they were.
    pub unchanged: u64,
    /// Records that are gone.
    pub gone: u64,
    /// Records that could not be read.
    pub faulty: u64,
    /// Some of them, each with its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<HarvestFault>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Text>,
    /// Why it failed, if it did: then nothing was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Text>,
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HarvestFault {
    /// JSON pointer into its page.
    pub place: String,
    /// What is wrong.
    pub text: Text,
}

/// `GET /harvests`, in the order of their titles.
pub type HarvestList = List<HarvestInfo>;
