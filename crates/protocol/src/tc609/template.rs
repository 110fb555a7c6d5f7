//! Policy templates (策略模板、合约模板) with typed parameters, and the interface by which connectors fetch them. TC609-6-2025-14 §7.2 a–c, B.2.1;
//! TC609-6-2025-15 §7.2.2.1 b, c, f. A policy (数据使用控制策略) is a template without parameters.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ConnectorId, ParticipantId};
use crate::text::Text;

/// The member of an object in the body that stands for a parameter: `{"$parameter": "times"}`.
pub const PLACEHOLDER: &str = "$parameter";

/// What kind of policy a template makes (类型). §7.2.2.1 b, c.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateKind {
    /// 约束类: limits whatever the others permit.
    Constraint,
    /// 行为类: permits, prohibits or demands.
    Action,
    /// 组合: a whole policy.
    Combined,
}

impl TemplateKind {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Constraint => "constraint",
            Self::Action => "action",
            Self::Combined => "combined",
        }
    }
}

/// What a template is about (关联对象). §7.2.2.1 b.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// 数据.
    Data,
    /// 操作事件.
    Event,
    /// 用户角色.
    Role,
}

impl ObjectKind {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Event => "event",
            Self::Role => "role",
        }
    }
}

/// What a template does (执行动作), which is the kinds of policies in it: -14 §6.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateEffect {
    /// 允许: `permissionPolicies`.
    Allow,
    /// 拒绝: `prohibitionPolicies`.
    Deny,
    /// 义务: `obligationPolicies`.
    Oblige,
}

impl TemplateEffect {
    /// All, in the order of the standard.
    pub const ALL: [Self; 3] = [Self::Allow, Self::Deny, Self::Oblige];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Oblige => "oblige",
        }
    }

    /// The member of a policy that it stands in.
    #[must_use]
    pub fn member(self) -> &'static str {
        match self {
            Self::Allow => "permissionPolicies",
            Self::Deny => "prohibitionPolicies",
            Self::Oblige => "obligationPolicies",
        }
    }
}

/// One code that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    /// As it stands in the policy.
    pub code: String,
    /// What it means.
    pub label: Text,
}

/// What a parameter takes, with its bounds, which are both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ParameterType {
    /// A whole number.
    Integer {
        /// At least.
        min: u64,
        /// At most.
        max: u64,
    },
    /// A length of time, ISO 8601.
    Duration {
        /// At least.
        min: String,
        /// At most.
        max: String,
    },
    /// A point in time, RFC 3339.
    Instant,
    /// Hours of every day, `09:00-18:00`, of China standard time.
    Hours,
    /// One code of a list.
    Code {
        /// The list.
        among: Vec<Choice>,
    },
    /// One or more codes of a list.
    Codes {
        /// The list.
        among: Vec<Choice>,
    },
    /// One or more words.
    Words {
        /// At most so many.
        most: u32,
    },
    /// One or more areas: GB/T 2260 or ISO 3166 codes.
    Regions {
        /// At most so many.
        most: u32,
    },
    /// One or more organisations, by subject code.
    Participants {
        /// At most so many.
        most: u32,
    },
    /// One or more connectors, by identifier, or all of an organisation, by its subject code.
    Connectors {
        /// At most so many.
        most: u32,
    },
    /// One or more fields, `field` or `table.field`.
    Fields {
        /// At most so many.
        most: u32,
    },
    /// A row filter, `airports.country = 'CN'`.
    Rows,
}

impl ParameterType {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Integer { .. } => "integer",
            Self::Duration { .. } => "duration",
            Self::Instant => "instant",
            Self::Hours => "hours",
            Self::Code { .. } => "code",
            Self::Codes { .. } => "codes",
            Self::Words { .. } => "words",
            Self::Regions { .. } => "regions",
            Self::Participants { .. } => "participants",
            Self::Connectors { .. } => "connectors",
            Self::Fields { .. } => "fields",
            Self::Rows => "rows",
        }
    }

    /// Whether its value is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(
            self,
            Self::Codes { .. }
                | Self::Words { .. }
                | Self::Regions { .. }
                | Self::Participants { .. }
                | Self::Connectors { .. }
                | Self::Fields { .. }
        )
    }

    /// What somebody typed as the value that it looks like: a list is divided at commas, semicolons and line ends. Whether it fits is not
    /// decided here; nothing typed is no value.
    #[must_use]
    pub fn typed(&self, text: &str) -> Option<Value> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        if self.is_list() {
            let words = text.split([',', '，', ';', '；', '、', '\n']).map(str::trim).filter(|word| !word.is_empty());
            return Some(words.map(Value::from).collect());
        }
        match (self, text.parse::<u64>()) {
            (Self::Integer { .. }, Ok(number)) => Some(Value::from(number)),
            _ => Some(Value::from(text)),
        }
    }
}

/// One parameter of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameter {
    /// Its name, as slots say it.
    pub name: String,
    /// What people call it.
    pub label: Text,
    /// What to fill in.
    pub help: Text,
    /// What it takes.
    #[serde(rename = "type")]
    pub of: ParameterType,
    /// Whether there must be a value. Of one that may be absent and is, the clause that names it is left out.
    pub required: bool,
    /// The value when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

/// A template as it is written: what is saved, exported and imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTemplate {
    /// 模板编号, at most 36 characters.
    pub template_id: String,
    /// 名称.
    pub name: Text,
    /// 描述.
    pub description: Text,
    /// 类型.
    pub kind: TemplateKind,
    /// 关联对象.
    pub objects: Vec<ObjectKind>,
    /// 执行动作.
    pub effects: Vec<TemplateEffect>,
    /// 优先级, 0 to 1000: the clauses of a higher one stand first. What is decided does not depend on it: all constraints hold, and what is
    /// prohibited stays so.
    pub priority: u16,
    /// The kinds of spaces that it is meant for; none: all.
    #[serde(default)]
    pub space_kinds: Vec<String>,
    /// 参数.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// The policy: `permissionPolicies`, `prohibitionPolicies`, `obligationPolicies` of -14 Appendix C, with `{"$parameter": "name"}` where a
    /// value is to be filled in.
    pub body: Value,
}

/// A template in one version, which is never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Template {
    /// From 1 on.
    pub version: u32,
    /// What it says.
    pub definition: NewTemplate,
}

/// Values of parameters, by name.
pub type Values = BTreeMap<String, Value>;

/// A template with values for its parameters: what a policy came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateUse {
    /// Which.
    pub template_id: String,
    /// In which version.
    pub version: u32,
    /// With which values; those that were not given have the default.
    #[serde(default)]
    pub parameters: Values,
}

/// `/contractTemplate`, connector → platform. B.2.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractTemplateRequest {
    /// 模板编号; none: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// The connector that asks.
    pub issuer_id: ConnectorId,
    /// Whose it is.
    pub issuer_entity_id: ParticipantId,
    /// Extension: only of this space; none: of all spaces of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space_id: Option<String>,
}

/// One template as a space offers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfferedTemplate {
    /// The spaces of the caller in which it is enabled.
    pub spaces: Vec<String>,
    /// The template.
    pub template: Template,
}

/// Its answer. B.2.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractTemplateAnswer {
    /// `0` here they are, `1` there is no such template for the caller.
    pub status: String,
    /// The templates that are enabled.
    pub template: Vec<OfferedTemplate>,
}

/// What a platform signs when it hands a template out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportedTemplate {
    /// `xinyu-template-1`.
    pub format: String,
    /// The DID of the platform.
    pub issuer: String,
    /// The template.
    pub template: Template,
}

/// A template as a file: a JWS by the platform's DID whose payload is what is exported, in its canonical form. §7.2.2.1 f.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateFile {
    /// What is exported.
    pub exported: ExportedTemplate,
    /// SHA-256 of its canonical form.
    pub digest: String,
    /// The signature around it.
    pub jws: String,
}
