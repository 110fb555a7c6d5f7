//! By what products are counted and narrowed. To add one is a line in each of the matches.

use crate::document::Document;

/// A property whose values are counted over what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// Topic code.
    Topic,
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
    pub const ALL: [Self; 7] =
        [Self::Topic, Self::Provider, Self::Quality, Self::Security, Self::Frequency, Self::Personal, Self::Space];

    /// Its name, in the index and in questions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Space => "space",
            Self::Provider => "provider",
            Self::Quality => "quality",
            Self::Security => "security",
            Self::Frequency => "frequency",
            Self::Personal => "personal",
        }
    }

    pub(crate) fn value(self, document: &Document) -> &str {
        match self {
            Self::Topic => &document.topic,
            Self::Space => &document.space_id,
            Self::Provider => &document.provider_id,
            Self::Quality => &document.quality_level,
            Self::Security => &document.security_level,
            Self::Frequency => &document.update_frequency,
            Self::Personal if document.personal_data => "true",
            Self::Personal => "false",
        }
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
