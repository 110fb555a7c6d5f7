//! 数据标签 of a product and the code tables that they come from. NDI-TR-2025-06 §7.1, §8.2; TC609-6-2025-01 §5.2.2.4 b.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// 主题分类, §8.2.2.
pub const TOPICS: [&str; 24] = [
    "A0000", "A0100", "A0200", "A0300", "A0400", "A0500", "B0000", "B0100", "B0200", "B0300", "B0400", "B0500",
    "C0000", "C0100", "C0200", "C0300", "C0400", "C0500", "D0000", "D0100", "D0200", "D0300", "D0400", "D0500",
];
/// 应用场景分类, §8.2.5.
pub const SCENARIOS: [&str; 20] = [
    "S0000", "S0100", "S0200", "S0300", "S0400", "T0000", "T0100", "T0200", "T0300", "T0400", "U0000", "U0100",
    "U0200", "U0300", "U0400", "V0000", "V0100", "V0200", "V0300", "V0400",
];
/// 更新频率, §7.1 table 4.
pub const FREQUENCIES: [&str; 9] = ["001", "002", "003", "004", "005", "006", "007", "008", "009"];
/// 数据产品交付形式, §7.1 table 3.
pub const FORMS: [&str; 6] = ["001", "002", "003", "004", "005", "006"];
/// 数据资源来源, §7.1 table 2.
pub const ORIGINS: [&str; 4] = ["001", "002", "003", "004"];
/// 门类 of GB/T 4754-2017 with the 大类 that each has. §8.2.3.
pub const INDUSTRIES: [(&str, RangeInclusive<u8>); 20] = [
    ("A", 1..=5),
    ("B", 6..=12),
    ("C", 13..=43),
    ("D", 44..=46),
    ("E", 47..=50),
    ("F", 51..=52),
    ("G", 53..=60),
    ("H", 61..=62),
    ("I", 63..=65),
    ("J", 66..=69),
    ("K", 70..=70),
    ("L", 71..=72),
    ("M", 73..=75),
    ("N", 76..=79),
    ("O", 80..=82),
    ("P", 83..=83),
    ("Q", 84..=85),
    ("R", 86..=90),
    ("S", 91..=96),
    ("T", 97..=97),
];
/// Scenarios of one product, at most.
pub const MOST_SCENARIOS: usize = 8;

/// What a product is filed under besides its topic; each may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Tags {
    /// 应用场景, codes such as `S0100`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<String>,
    /// 行业: a letter of GB/T 4754-2017, with two to four digits for what is within it, such as `G5431`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub industry: String,
    /// 交付形式 `001`…`006`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub form: String,
    /// 来源 `001`…`004`: how whoever offers it came by it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub origin: String,
}

impl Tags {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is in none of the tables: member and value.
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, &str)> {
        let scenarios = self.scenarios.iter().enumerate();
        let twice = |at: usize, code: &String| self.scenarios.iter().take(at).any(|one| one == code);
        let wrong = scenarios
            .filter(|(at, code)| !is_of(&SCENARIOS, code) || twice(*at, code) || *at >= MOST_SCENARIOS)
            .map(|(_, code)| ("scenarios", code.as_str()));
        let others = [
            ("industry", &self.industry, is_industry(&self.industry)),
            ("form", &self.form, FORMS.contains(&self.form.as_str())),
            ("origin", &self.origin, ORIGINS.contains(&self.origin.as_str())),
        ];
        let others = others.into_iter().filter(|(_, value, is_known)| !value.is_empty() && !is_known);
        wrong.chain(others.map(|(member, value, _)| (member, value.as_str()))).collect()
    }
}

/// Whether a code is in a table of §8.2, or 小类 of one that is. §8.2.6.
#[must_use]
pub fn is_of(table: &[&str], code: &str) -> bool {
    let parent = || {
        let (head, last) = code.split_at_checked(3)?;
        let is_number = last.len() == 2 && last.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && head.get(1..) != Some("00")).then(|| format!("{head}00"))
    };
    table.contains(&code) || parent().is_some_and(|parent| table.contains(&parent.as_str()))
}

/// Whether a code is of GB/T 4754-2017: 门类, or 大类, 中类 or 小类 within it.
#[must_use]
pub fn is_industry(code: &str) -> bool {
    let Some((section, digits)) = code.split_at_checked(1) else { return false };
    let Some((_, divisions)) = INDUSTRIES.iter().find(|(letter, _)| *letter == section) else { return false };
    let division = digits.get(..2).and_then(|division| division.parse::<u8>().ok());
    let is_number = matches!(digits.len(), 2..=4) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.is_empty() || is_number && division.is_some_and(|division| divisions.contains(&division))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndi_06_8_2_codes_are_those_of_the_tables_and_what_is_beneath_them() {
        for code in ["S0000", "S0100", "S0101", "V0499"] {
            assert!(is_of(&SCENARIOS, code), "{code}");
        }
        for code in ["", "S", "S0500", "S0001", "W0100", "s0100", "S01000", "S01a1", "政府治理"] {
            assert!(!is_of(&SCENARIOS, code), "{code}");
        }
        for code in ["A", "G54", "G543", "G5431", "T97", "A01"] {
            assert!(is_industry(code), "{code}");
        }
        for code in ["", "U", "G5", "G52", "A06", "G54311", "g54", "Gab", "交"] {
            assert!(!is_industry(code), "{code}");
        }
    }

    #[test]
    fn ndi_06_8_2_every_wrong_tag_is_named() {
        let said = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        let good = Tags {
            scenarios: said(&["S0100", "U0300"]),
            industry: "G54".into(),
            form: "001".into(),
            origin: "002".into(),
        };
        assert!(good.faults().is_empty() && Tags::default().faults().is_empty());
        let bad = Tags {
            scenarios: said(&["S0100", "S0100", "X0000"]),
            industry: "G1".into(),
            form: "007".into(),
            origin: "1".into(),
        };
        let expect =
            [("scenarios", "S0100"), ("scenarios", "X0000"), ("industry", "G1"), ("form", "007"), ("origin", "1")];
        assert_eq!(bad.faults(), expect);
    }
}
