//! How good a table is. GB/T 36344-2018 counts every indicator as the share of what is right; 质量等级 of NDI-TR-2025-06. The bounds of the grades are
//! ours, no standard gives them.

use serde::{Deserialize, Serialize};

use super::measure::{Dimension, Indicator, Measure};

/// The bounds of the grades, from best to worst: the least mean of the dimensions, and the least that any of them may be. Below all of them it is D.
/// They are published in `docs/quality.md`.
pub const BOUNDS: [(QualityGrade, u16, u16); 3] =
    [(QualityGrade::A, 900, 700), (QualityGrade::B, 800, 500), (QualityGrade::C, 600, 0)];

/// Six dimensions in permille, each the mean of its indicators that could be measured. What cannot be measured is left out rather than guessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// 完整性: cells with a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<u16>,
    /// 规范性: values of the kind and form that their column declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<u16>,
    /// Rows that repeat no other row: in the standard a part of 准确性, so it counts by itself only where that is missing, as in older profiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uniqueness: Option<u16>,
    /// 一致性: days and moments in the column's own usual form, columns of a row that agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<u16>,
    /// 准确性: check digits, days that exist, ranges, repeated rows, traces of wrong decoding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<u16>,
    /// 时效性: the newest day against the declared cycle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeliness: Option<u16>,
    /// 可访问性: reads that succeed, and in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessibility: Option<u16>,
    /// The indicators, with what was counted or why nothing; empty in older profiles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// The mean of those that there are.
    pub mean: u16,
    /// The grade.
    pub grade: QualityGrade,
}

/// 质量等级, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum QualityGrade {
    /// Mean from 900, nothing below 700.
    #[serde(rename = "001")]
    A,
    /// Mean from 800, nothing below 500.
    #[serde(rename = "002")]
    B,
    /// Mean from 600.
    #[serde(rename = "003")]
    C,
    /// Below, or without rows.
    #[serde(rename = "004")]
    D,
}

impl QualityGrade {
    /// The code, `001` to `004`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::A => "001",
            Self::B => "002",
            Self::C => "003",
            Self::D => "004",
        }
    }

    /// The letter.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
            Self::D => 'D',
        }
    }
}

impl Quality {
    /// The dimensions of some measures with their mean and grade.
    pub(super) fn of(measures: Vec<Measure>) -> Self {
        let of = |dimension| {
            let of = measures.iter().filter(|measure| measure.indicator.dimension() == dimension);
            mean(of.filter_map(|measure| measure.permille))
        };
        let uniqueness = measures.iter().find(|measure| measure.indicator == Indicator::Repetition);
        let quality = Self {
            completeness: of(Dimension::Completeness),
            validity: of(Dimension::Validity),
            uniqueness: uniqueness.and_then(|measure| measure.permille),
            consistency: of(Dimension::Consistency),
            accuracy: of(Dimension::Accuracy),
            timeliness: of(Dimension::Timeliness),
            accessibility: of(Dimension::Accessibility),
            measures,
            mean: 0,
            grade: QualityGrade::D,
        };
        let (mean, grade) = quality.judge();
        Self { mean, grade, ..quality }
    }

    /// What a dimension came to; nothing where none of its indicators could be measured.
    #[must_use]
    pub fn dimension(&self, dimension: Dimension) -> Option<u16> {
        match dimension {
            Dimension::Validity => self.validity,
            Dimension::Completeness => self.completeness,
            Dimension::Accuracy => self.accuracy,
            Dimension::Consistency => self.consistency,
            Dimension::Timeliness => self.timeliness,
            Dimension::Accessibility => self.accessibility,
        }
    }

    /// Mean and grade by the dimensions.
    pub(super) fn judge(&self) -> (u16, QualityGrade) {
        let accuracy = self.accuracy.or(self.uniqueness);
        let others = [self.completeness, self.validity, self.consistency, self.timeliness, self.accessibility];
        let known = others.into_iter().chain([accuracy]).flatten();
        let Some((mean, worst)) = mean(known.clone()).zip(known.min()) else {
            return (0, QualityGrade::D);
        };
        let grade = BOUNDS.into_iter().find(|(_, least, least_of_all)| mean >= *least && worst >= *least_of_all);
        (mean, grade.map_or(QualityGrade::D, |(grade, ..)| grade))
    }
}

/// The mean, rounded down; nothing of nothing.
fn mean(shares: impl Iterator<Item = u16>) -> Option<u16> {
    let (sum, count) = shares.fold((0_u64, 0_u64), |(sum, count), share| (sum + u64::from(share), count + 1));
    sum.checked_div(count).map(|mean| u16::try_from(mean).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndi_06_quality_grade_follows_mean_and_worst() {
        for (dimensions, mean, grade) in [
            ([Some(1000), Some(1000), Some(1000), None], 1000, QualityGrade::A),
            ([Some(700), Some(1000), Some(1000), None], 900, QualityGrade::A),
            ([Some(699), Some(1000), Some(1000), Some(1000)], 924, QualityGrade::B),
            ([Some(499), Some(1000), Some(1000), None], 833, QualityGrade::C),
            ([Some(500), Some(600), Some(700), None], 600, QualityGrade::C),
            ([Some(500), Some(600), Some(699), None], 599, QualityGrade::D),
            ([None, None, None, None], 0, QualityGrade::D),
        ] {
            let [completeness, validity, uniqueness, consistency] = dimensions;
            let quality = Quality { completeness, validity, uniqueness, consistency, ..Quality::of(Vec::new()) };
            assert_eq!(quality.judge(), (mean, grade), "{dimensions:?}");
        }
    }

    #[test]
    fn gb_t_36344_2018_5_the_manual_has_every_indicator_and_bound() {
        let manual = include_str!("../../../../docs/quality.md");
        for indicator in Indicator::all() {
            let title = indicator.title().zh;
            assert!(manual.contains(&format!("| {title} |")), "{title}");
        }
        for (grade, mean, worst) in BOUNDS {
            let line = format!("| {} | {} | {mean} | {worst} |", grade.letter(), grade.code());
            assert!(manual.contains(&line), "{line}");
        }
    }
}
