//! 分级: how much harm data can do, from whom it would harm and how badly. GB/T 43697-2024 §6 and Annex H; levels of NDI-TR-2025-06. A grade is the highest of its
//! parts (就高从严); what is derived is graded again. The fifth level and core data are not for a data space (保密法). Pure.

use serde::{Deserialize, Serialize};
use xinyu_protocol::text::Text;

use crate::profile::SecurityLevel;

mod important;
mod judgement;
mod review;
#[cfg(test)]
mod tests;

pub use important::{Important, ImportantCue, PERSONS_IMPORTANT, PERSONS_NOTABLE, SENSITIVE_NOTABLE, important};
pub use judgement::{Asked, Grading, Judged, Judgement};
pub use review::review;

pub(crate) use important::is_sign;

/// 影响对象: who is harmed when the data is leaked, falsified, destroyed or abused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    /// 国家安全.
    NationalSecurity,
    /// 经济运行.
    Economy,
    /// 社会秩序.
    SocialOrder,
    /// 公共利益.
    PublicInterest,
    /// 组织权益.
    Organisation,
    /// 个人权益.
    Person,
}

/// 影响程度: how badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Degree {
    /// 无危害.
    None,
    /// 一般危害.
    General,
    /// 严重危害.
    Serious,
    /// 特别严重危害.
    Grave,
}

/// 数据级别, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 一般数据 1级: public.
    General1,
    /// 一般数据 2级.
    General2,
    /// 一般数据 3级.
    General3,
    /// 一般数据 4级.
    General4,
    /// 重要数据.
    Important,
    /// 核心数据.
    Core,
}

/// One harm that data can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    /// To whom.
    pub object: Object,
    /// How badly.
    pub degree: Degree,
}

/// What made derived data of its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Derivation {
    /// Joined, filtered or computed row by row.
    Fused,
    /// 脱敏.
    Desensitised,
    /// 匿名化.
    Anonymised,
    /// 汇聚统计.
    Aggregated,
}

/// A person's judgement of derived data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reassessment {
    /// What the person found.
    pub grade: Grade,
    /// The account of the person.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Why a re-assessment does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nobody answers for it, or gives no reason.
    NobodyAnswers,
    /// It would lower what was neither desensitised, anonymised nor aggregated.
    NothingLowersIt,
}

impl Impact {
    /// The table of GB/T 43697-2024 §6.4, general data by Annex H. What harms economy, order or the public a little is general data of the fourth level:
    /// the standard leaves the level open, and the stricter is taken.
    #[must_use]
    pub fn grade(self) -> Grade {
        use {Degree as D, Object as O};
        match (self.object, self.degree) {
            (_, D::None) => Grade::General1,
            (O::NationalSecurity, D::General) => Grade::Important,
            (O::NationalSecurity, _) => Grade::Core,
            (O::Economy | O::SocialOrder | O::PublicInterest, D::General) => Grade::General4,
            (O::Economy | O::SocialOrder | O::PublicInterest, D::Serious) => Grade::Important,
            (O::Economy | O::SocialOrder | O::PublicInterest, D::Grave) => Grade::Core,
            (O::Organisation | O::Person, D::General) => Grade::General2,
            (O::Organisation | O::Person, D::Serious) => Grade::General3,
            (O::Organisation | O::Person, D::Grave) => Grade::General4,
        }
    }
}

impl Grade {
    /// The highest of the parts (就高从严); of nothing, public.
    #[must_use]
    pub fn of_parts(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().max().unwrap_or(Self::General1)
    }

    /// The grade that all harms together give.
    #[must_use]
    pub fn of_impacts(impacts: &[Impact]) -> Self {
        Self::of_parts(impacts.iter().map(|impact| impact.grade()))
    }

    /// Derived data is graded again: by default the highest of its inputs. A person may raise it, and may lower what was desensitised, anonymised or
    /// aggregated.
    ///
    /// # Errors
    /// When the judgement is nobody's, without a reason, or lowers what nothing was taken from.
    pub fn of_derived(
        inputs: &[Self],
        derivation: Derivation,
        judgement: Option<&Reassessment>,
    ) -> Result<Self, Refused> {
        let highest = Self::of_parts(inputs.iter().copied());
        match judgement {
            None => Ok(highest),
            Some(judgement) if judgement.by.trim().is_empty() || judgement.reason.trim().is_empty() => {
                Err(Refused::NobodyAnswers)
            }
            Some(judgement) if judgement.grade < highest && derivation == Derivation::Fused => {
                Err(Refused::NothingLowersIt)
            }
            Some(judgement) => Ok(judgement.grade),
        }
    }

    /// The level of NDI-TR-2025-06, another scale: important data and the fourth level of general data share 004.
    #[must_use]
    pub fn level(self) -> SecurityLevel {
        match self {
            Self::General1 => SecurityLevel::One,
            Self::General2 => SecurityLevel::Two,
            Self::General3 => SecurityLevel::Three,
            Self::General4 | Self::Important => SecurityLevel::Four,
            Self::Core => SecurityLevel::Five,
        }
    }

    /// The least grade that a level can mean.
    #[must_use]
    pub fn least_of(level: SecurityLevel) -> Self {
        match level {
            SecurityLevel::One => Self::General1,
            SecurityLevel::Two => Self::General2,
            SecurityLevel::Three => Self::General3,
            SecurityLevel::Four => Self::General4,
            SecurityLevel::Five => Self::Core,
        }
    }

    /// Whether a data space may carry it: neither core data nor what may be a state secret.
    #[must_use]
    pub fn is_admitted(self) -> bool {
        self != Self::Core
    }

    /// What programs call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::General1 => "general1",
            Self::General2 => "general2",
            Self::General3 => "general3",
            Self::General4 => "general4",
            Self::Important => "important",
            Self::Core => "core",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            Self::General1 => ("一般数据 1 级", "general data, level 1"),
            Self::General2 => ("一般数据 2 级", "general data, level 2"),
            Self::General3 => ("一般数据 3 级", "general data, level 3"),
            Self::General4 => ("一般数据 4 级", "general data, level 4"),
            Self::Important => ("重要数据", "important data"),
            Self::Core => ("核心数据", "core data"),
        };
        Text::new(zh, en)
    }
}

impl Refused {
    /// As a person reads it.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::NobodyAnswers => Text::new("重新定级须有评估人和理由", "a re-assessment needs a person and a reason"),
            Self::NothingLowersIt => Text::new(
                "未脱敏、匿名化或汇聚的衍生数据不得降级",
                "derived data that was not desensitised, anonymised or aggregated is not lowered",
            ),
        }
    }
}
