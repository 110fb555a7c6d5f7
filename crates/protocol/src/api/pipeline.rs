//! The part of the management API that takes what a member's own data pipelines tell (OpenLineage), and shows it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::Instant;

/// The answer to `POST /lineage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PipelineTaken {
    /// Events that were read.
    pub events: u32,
    /// The runs that they tell of, as they stand now.
    pub runs: Vec<PipelineRun>,
    /// Datasets that they mention.
    pub datasets: u32,
    /// Records of evidence that followed: one for each run that made a product from something.
    pub records: u32,
}

/// `GET /lineage/runs`: a run, as all its events say together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PipelineRun {
    /// A UUID.
    pub run_id: String,
    /// The namespace of its job.
    pub namespace: String,
    /// Its job.
    pub job: String,
    /// `running`, `complete`, `failed` or `aborted`; only what is complete makes steps.
    pub state: String,
    /// Since when, by the pipeline's clock.
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// When it began, if that was told.
    #[schemars(with = "Option<Instant>")]
    pub started_at: Option<Timestamp>,
    /// Datasets that it reads.
    pub inputs: u64,
    /// Datasets that it writes.
    pub outputs: u64,
}

/// `GET /lineage/datasets`: a dataset, as all events say of it together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DatasetInfo {
    /// What it is known by here.
    pub dataset_id: String,
    /// Its namespace, such as `postgres://host:5432`.
    pub namespace: String,
    /// Its name in it.
    pub name: String,
    /// Its columns with their types.
    pub columns: Vec<(String, String)>,
    /// What the pipeline calls the place that it lies in.
    pub source: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What was done to it last, such as `OVERWRITE` or `DROP`.
    pub lifecycle: Option<String>,
    /// The resources that lie at one of its names.
    pub resources: Vec<String>,
    /// What a person has bound it to.
    pub binding: DatasetBinding,
}

/// `POST /lineage/datasets/{id}/binding`: what a dataset is bound to; neither binds it to nothing but what its names say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DatasetBinding {
    /// A resource, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// A product, by our key of its listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_id: Option<String>,
}
