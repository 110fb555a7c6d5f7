//! How good a table is. GB/T 36344-2018 counts every indicator as the share of what is right; 质量等级 of NDI-TR-2025-06. The bounds of the grades are
//! ours, no standard gives them.

use serde::{Deserialize, Serialize};

/// Six dimensions in permille. What the rows alone do not tell is left out rather than guessed: accuracy needs the truth to compare with, timeliness
/// the present and what was promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// 完整性: cells with a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<u16>,
    /// 规范性: values of the kind and form that their column declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<u16>,
    /// 唯一性 (in the standard a part of 准确性): rows that repeat no other row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uniqueness: Option<u16>,
    /// 一致性: days and moments in the column's own usual form, dates of birth that agree with the citizen number of the same row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<u16>,
    /// 准确性.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<u16>,
    /// 时效性.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeliness: Option<u16>,
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
    /// The measured dimensions with their mean and grade.
    pub(super) fn new(
        completeness: Option<u16>,
        validity: Option<u16>,
        uniqueness: Option<u16>,
        consistency: Option<u16>,
    ) -> Self {
        let quality = Self {
            completeness,
            validity,
            uniqueness,
            consistency,
            accuracy: None,
            timeliness: None,
            mean: 0,
            grade: QualityGrade::D,
        };
        let (mean, grade) = quality.judge();
        Self { mean, grade, ..quality }
    }

    /// Mean and grade by the dimensions.
    pub(super) fn judge(&self) -> (u16, QualityGrade) {
        let known: Vec<u16> =
            [self.completeness, self.validity, self.uniqueness, self.consistency, self.accuracy, self.timeliness]
                .into_iter()
                .flatten()
                .collect();
        let count = u64::try_from(known.len()).unwrap_or(u64::MAX).max(1);
        let mean = known.iter().copied().map(u64::from).sum::<u64>() / count;
        let worst = known.iter().min().copied().unwrap_or_default();
        let grade = match mean {
            900.. if worst >= 700 => QualityGrade::A,
            800.. if worst >= 500 => QualityGrade::B,
            600.. => QualityGrade::C,
            _ => QualityGrade::D,
        };
        (u16::try_from(mean).unwrap_or(u16::MAX), grade)
    }
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
            let quality = Quality::new(completeness, validity, uniqueness, consistency);
            assert_eq!((quality.mean, quality.grade), (mean, grade), "{dimensions:?}");
        }
    }
}
