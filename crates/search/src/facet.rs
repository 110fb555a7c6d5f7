//! By what products are counted and narrowed. To add one is a line in each of the matches.

use std::collections::BTreeSet;

use crate::document::Document;

/// A property whose values are counted over what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// Topic code.
    Topic,
    /// 应用场景; a product may have several.
    Scenario,
    /// 行业, by its letter in GB/T 4754-2017.
    Industry,
    /// 交付形式.
    Form,
    /// Space.
    Space,
    /// Provider, by its identifier.
    Provider,
    /// 质量等级.
    Quality,
    /// 安全等级.
    Security,
    /// 更新频率.
    Frequency,
    /// `true` if personal data was found.
    Personal,
}

impl Facet {
    /// All of them, in the order they are shown in.
    pub const ALL: [Self; 10] = [
        Self::Topic,
        Self::Scenario,
        Self::Industry,
        Self::Form,
        Self::Provider,
        Self::Quality,
        Self::Security,
        Self::Frequency,
        Self::Personal,
        Self::Space,
    ];

    /// Its name, in the index and in questions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Scenario => "scenario",
            Self::Industry => "industry",
            Self::Form => "form",
            Self::Space => "space",
            Self::Provider => "provider",
            Self::Quality => "quality",
            Self::Security => "security",
            Self::Frequency => "frequency",
            Self::Personal => "personal",
        }
    }

    /// Its values in a product, each once.
    pub(crate) fn values(self, document: &Document) -> BTreeSet<&str> {
        let only = match self {
            Self::Scenario => return document.scenarios.iter().map(String::as_str).collect(),
            Self::Topic => document.topic.as_str(),
            Self::Industry => document.industry.get(..1).unwrap_or_default(),
            Self::Form => &document.form,
            Self::Space => &document.space_id,
            Self::Provider => &document.provider_id,
            Self::Quality => &document.quality_level,
            Self::Security => &document.security_level,
            Self::Frequency => &document.update_frequency,
            Self::Personal if document.personal_data => "true",
            Self::Personal => "false",
        };
        BTreeSet::from([only]).into_iter().filter(|value| !value.is_empty()).collect()
    }
}

/// How often a value was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCount {
    /// The value.
    pub value: String,
    /// How many visible products have it that match everything else that is asked.
    pub count: u64,
}
