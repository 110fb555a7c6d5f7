//! 数据画像: what the tables of a product hold, in counts and shares. TC609-6-2025-01 §5.3.3.3 b, codes of NDI-TR-2025-06. It is made where the data
//! lies and travels with the request for listing; there is no place in it for a value of a column. Pure.

use serde::{Deserialize, Serialize};
use xinyu_core::data::ColumnKind;
use xinyu_core::listing::Grades;
use xinyu_protocol::text::Text;

use crate::grade::{Grading, Judgement};

mod distinct;
mod hint;
mod inside;
mod pattern;
mod personal;
mod quality;
mod review;
mod table;
#[cfg(test)]
mod tests;

pub use inside::InsideShare;
pub use pattern::Pattern;
pub use personal::{Basis, PersonalKind, SecurityLevel};
pub use quality::{Quality, QualityGrade};
pub use table::TableProfiler;

/// What all tables of a product hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductProfile {
    /// One profile a table.
    pub tables: Vec<TableProfile>,
}

/// What one table holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableProfile {
    /// The table's name.
    pub name: String,
    /// How many rows were read.
    pub rows: u64,
    /// Its columns, in the order of the source.
    pub columns: Vec<ColumnProfile>,
    /// How good it is.
    pub quality: Quality,
    /// How much it needs protection: the highest of its columns (就高从严), or what a person says.
    pub security_level: SecurityLevel,
    /// What a person says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grading: Option<Grading>,
}

/// What one column holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// What its values are, as the source declares them.
    pub kind: ColumnKind,
    /// Rows without a value; blank text counts.
    pub nulls: u64,
    /// How many different values there are: exact to 4,096, then within about 5 %.
    pub distinct_estimate: u64,
    /// Whether no two values found in the sample of the estimate are the same.
    pub unique: bool,
    /// Characters of the shortest value as text, 0 without values.
    pub min_length: u64,
    /// Characters of the longest.
    pub max_length: u64,
    /// Characters on average, rounded down.
    pub average_length: u64,
    /// What the values look like; a pattern that no value has is left out.
    pub patterns: Vec<PatternShare>,
    /// What stands within longer texts of the column; empty when nothing does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inside: Vec<InsideShare>,
    /// Which personal data it is taken for.
    pub personal: Option<PersonalKind>,
    /// What that rests on.
    pub basis: Option<Basis>,
    /// Whether it is 敏感个人信息, PIPL Article 28.
    pub sensitive: bool,
    /// What to do before it is offered; empty when nothing.
    pub advice: Text,
    /// What a person says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
}

/// How many values of a column have a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternShare {
    /// The pattern.
    pub pattern: Pattern,
    /// How many values have it.
    pub values: u64,
    /// Of all values that there are, in permille, rounded down.
    pub permille: u16,
}

impl ProductProfile {
    /// What the catalogue repeats: the worst quality and the highest security level of the tables. Empty for a product without tables.
    #[must_use]
    pub fn grades(&self) -> Grades {
        let quality = self.tables.iter().map(|table| table.judged_quality().1).max();
        let security = self.tables.iter().map(TableProfile::judged_level).max();
        Grades {
            quality_level: quality.map(|grade| grade.code().to_owned()).unwrap_or_default(),
            security_level: security.map(|level| level.code().to_owned()).unwrap_or_default(),
            personal_data: self.tables.iter().flat_map(|table| &table.columns).any(|column| column.settled().is_some()),
        }
    }
}

impl TableProfile {
    /// The level as stated, or as the columns give it, whichever is higher: the statement comes from the one who wants to list.
    fn judged_level(&self) -> SecurityLevel {
        let of_columns = self.columns.iter().filter_map(ColumnProfile::settled).map(PersonalKind::level).max();
        of_columns.unwrap_or(SecurityLevel::One).max(self.security_level)
    }

    /// Mean and grade by the figures, or the grade as stated, whichever is worse.
    fn judged_quality(&self) -> (u16, QualityGrade) {
        let (mean, grade) = self.quality.judge();
        (mean, grade.max(self.quality.grade))
    }
}

impl ColumnProfile {
    /// How many values have a pattern, and which share of the values that is.
    #[must_use]
    pub fn share(&self, pattern: Pattern) -> (u64, u16) {
        self.patterns
            .iter()
            .find(|share| share.pattern == pattern)
            .map_or((0, 0), |share| (share.values, share.permille))
    }

    /// Personal data by the facts of the profile or by its statement, whichever needs more protection.
    pub(crate) fn finding(&self) -> Option<PersonalKind> {
        let judged = self.judge().map(|(kind, _)| kind);
        [judged, self.personal].into_iter().flatten().max_by_key(|kind| kind.level())
    }
}

/// A share in permille, rounded down, so that 1000 means all; nothing of nothing is 0.
fn permille(part: u64, whole: u64) -> u16 {
    let share = u128::from(part) * 1000 / u128::from(whole).max(1);
    u16::try_from(share).unwrap_or(1000).min(1000)
}
