//! 区域/行业代码. NDI-TR-2025-04 4.2, note.

use super::fault::{Fault, Faults};
use super::kind::IdKind;
use super::layout;

super::identifier! {
    /// Where an identifier was handed out: the first four digits of GB/T 2260 (province and city), or `00` and the two digits of a division of
    /// GB/T 4754.
    AreaCode, IdKind::Area, faults
}

impl AreaCode {
    /// Whether it names an industry.
    #[must_use]
    pub fn is_industry(&self) -> bool {
        self.0.starts_with("00")
    }
}

/// Which of the two an area code has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Any,
    Region,
    Industry,
}

pub(super) fn faults(code: &str) -> Faults {
    let mut hard = layout::form_faults(code, layout::AREA);
    if hard.is_empty() {
        hard.extend(fault(code, Sort::Any));
    }
    Faults { hard, soft: Vec::new() }
}

/// What is wrong with four digits. Cities are not listed: they come and go, provinces and divisions have not changed since the standards of 2007 and 2017.
pub(super) fn fault(digits: &str, sort: Sort) -> Option<Fault> {
    let exists = match digits.strip_prefix("00") {
        Some(division) => sort != Sort::Region && ("01"..="97").contains(&division),
        None => sort != Sort::Industry && is_province(digits),
    };
    (!exists).then(|| Fault::Area { found: digits.to_owned() })
}

/// Whether a code begins with a province of GB/T 2260.
pub(super) fn is_province(code: &str) -> bool {
    code.get(..2).is_some_and(|province| PROVINCES.contains(&province))
}

const PROVINCES: [&str; 34] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
];
