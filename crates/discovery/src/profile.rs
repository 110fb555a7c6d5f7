//! 数据画像: what the tables of a product hold: counts and shares, distributions, frequent values, masked samples, quality. TC609-6-2025-01 §5.3.3.3 b, GB/T
//! 36344-2018, codes of NDI-TR-2025-06. It is made where the data lies and travels with the request for listing. There is no place in it for a value of a person, of
//! important data, or of fewer than ten rows. Pure.

use serde::{Deserialize, Serialize};
use xinyu_core::data::ColumnKind;
use xinyu_core::listing::Grades;
use xinyu_protocol::text::Text;

use crate::grade::{Grading, Judgement};

mod check;
mod column;
mod declared;
mod distinct;
mod distribution;
mod frequent;
mod grid;
mod hint;
mod inside;
mod measure;
mod pattern;
mod personal;
mod plausible;
mod quality;
mod review;
mod rule;
mod show;
mod spread;
mod table;
#[cfg(test)]
mod tests;

pub use declared::{Access, Circumstances, Declared, Progress, Renewal, renew};
pub use distribution::{Bar, Bin, Distribution, Quantiles, Scale};
pub use grid::FEW;
pub use inside::InsideShare;
pub use measure::{Dimension, Indicator, Measure};
pub use pattern::Pattern;
pub use personal::{Basis, PersonalKind, SecurityLevel};
pub use quality::{BOUNDS, Quality, QualityGrade};
pub use rule::Rule;
pub use show::Exposure;
pub use table::{TableProfiler, Unlike};

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
    /// Of these, blank text.
    #[serde(default)]
    pub blanks: u64,
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
    /// How long the values are, from the shortest; classes of which there is none are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lengths: Vec<LengthShare>,
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
    /// What of its values is shown.
    #[serde(default)]
    pub exposure: Exposure,
    /// How its numbers or days are distributed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// Its most frequent texts, the most frequent first; of a column that is open and has some in ten rows or more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frequent: Vec<ValueCount>,
    /// By how much their rows may be too few; 0 when they are exact.
    #[serde(default)]
    pub frequent_error: u64,
    /// Some rows with all that may not be shown masked; the same place is the same row in each column of the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Option<String>>,
}

/// How many values have a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LengthShare {
    /// Characters at most; more than the class before.
    pub to: u64,
    /// How many values.
    pub values: u64,
}

/// How many rows have a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// How many rows.
    pub rows: u64,
    /// Of all values that there are, in permille, rounded down.
    pub permille: u16,
}

/// Right ones of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tally {
    right: u64,
    all: u64,
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
    /// Shows nothing of its values.
    pub(crate) fn hide(&mut self) {
        self.distribution = None;
        self.frequent.clear();
        self.samples.clear();
    }

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

impl TableProfile {
    /// The same without anything of its values: neither distributions nor frequent values nor samples.
    #[must_use]
    pub fn bare(mut self) -> Self {
        for column in &mut self.columns {
            (column.exposure, column.distribution, column.frequent_error) = (Exposure::Nothing, None, 0);
            column.frequent.clear();
            column.samples.clear();
        }
        self
    }
}

impl Tally {
    fn count(&mut self, is_right: bool) {
        self.all += 1;
        self.right += u64::from(is_right);
    }

    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.all += other.all;
    }

    fn permille(self) -> Option<u16> {
        (self.all > 0).then(|| permille(self.right, self.all))
    }
}

/// A share in permille, rounded down, so that 1000 means all; nothing of nothing is 0.
fn permille(part: u64, whole: u64) -> u16 {
    let share = u128::from(part) * 1000 / u128::from(whole).max(1);
    u16::try_from(share).unwrap_or(1000).min(1000)
}
