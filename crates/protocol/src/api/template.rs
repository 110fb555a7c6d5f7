//! The part of the management API that is about policy templates. TC609-6-2025-15 §7.2.2.1; TC609-6-2025-14 §7.2.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ClauseInfo;
use crate::tc609::template::{Template, TemplateFile, TemplateUse, Values};
use crate::text::Text;

/// A version of a template, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateInfo {
    /// The template.
    pub template: Template,
    /// `draft`, `reviewed`, `refused`, `enabled`, `disabled` or `deleted`.
    pub state: String,
    /// `built_in`, `own` or `imported`.
    pub origin: String,
    /// Of an imported one, the DID of the platform that it came from.
    pub issuer: Option<String>,
    /// Of an imported one, whether the signature was checked.
    pub is_verified: bool,
    /// The spaces in which it is enabled.
    pub spaces: Vec<String>,
    /// Who saved it. Shown on the platform.
    pub author: Option<String>,
    /// When it was saved; built-in ones come with the program.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub saved_at: Option<Timestamp>,
}

/// What was done with a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateAct {
    /// When.
    #[schemars(with = "crate::api::schema::Instant")]
    pub at: Timestamp,
    /// `save`, `import`, `approve`, `refuse`, `enable`, `disable` or `delete`.
    pub action: String,
    /// By whom.
    pub by: String,
    /// In which space, if it was about one.
    pub space_id: Option<String>,
    /// Why.
    pub reason: String,
}

/// A version of a template, with all about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateVersion {
    /// The version.
    pub info: TemplateInfo,
    /// What was done with it, oldest first.
    pub history: Vec<TemplateAct>,
    /// What can be done with it.
    pub moves: Vec<String>,
    /// What it says with the defaults, clause by clause; values that have no default are examples.
    pub clauses: Vec<ClauseInfo>,
}

/// `GET /templates/{id}`: all versions, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateLife {
    /// Which.
    pub template_id: String,
    /// The versions.
    pub versions: Vec<TemplateVersion>,
    /// The spaces of the platform, in which it can be enabled, with their kinds.
    pub spaces: Vec<(String, String)>,
}

/// One difference between two versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateChange {
    /// JSON pointer of the member.
    pub pointer: String,
    /// What it was; none: it is new.
    pub before: Option<Value>,
    /// What it is; none: it is gone.
    pub after: Option<Value>,
}

/// `GET /templates/{id}/comparison`: how one version differs from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateComparison {
    /// From which version.
    pub from: u32,
    /// To which.
    pub to: u32,
    /// The differences.
    pub changes: Vec<TemplateChange>,
}

/// `POST /templates/{id}/versions/{version}/decision`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateMove {
    /// `approve`, `refuse`, `enable`, `disable` or `delete`.
    pub action: String,
    /// In which space: needed to enable and disable.
    #[serde(default)]
    pub space_id: Option<String>,
    /// Why: needed to refuse and delete.
    #[serde(default)]
    pub reason: String,
}

/// `POST /templateImports`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateImport {
    /// The file.
    pub file: TemplateFile,
    /// The DID document of the platform that signed it; none: the signature is not checked, and that is noted.
    #[serde(default)]
    pub document: Option<Value>,
}

/// One template to be filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateChoice {
    /// Which.
    pub template_id: String,
    /// In which version; none: the one that is enabled.
    #[serde(default)]
    pub version: Option<u32>,
    /// The values.
    #[serde(default)]
    pub parameters: Values,
}

/// `POST /templateInstances`: templates filled in and made one policy. Nothing is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewInstance {
    /// In which space.
    pub space_id: String,
    /// The templates.
    pub templates: Vec<TemplateChoice>,
}

/// Something in a policy that may be meant, and may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstanceNote {
    /// JSON pointers of the clauses.
    pub pointers: Vec<String>,
    /// What.
    pub text: Text,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateInstance {
    /// `contractPolicies`.
    pub policies: Vec<Value>,
    /// The same, clause by clause.
    pub clauses: Vec<ClauseInfo>,
    /// What may not be meant.
    pub notes: Vec<InstanceNote>,
    /// What it came from, with every version named.
    pub templates: Vec<TemplateUse>,
}
