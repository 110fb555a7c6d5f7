//! Values that have the form of a number with a check, and how many of them are right (数据内容正确性). Of a column of order numbers one in ten is right by chance,
//! therefore only a column that evidently holds such numbers is measured.

use serde::{Deserialize, Serialize};

use super::hint::{self, Hint};
use super::{PersonalKind, Tally};
use crate::recognise::{Finding, Kind, is_citizen};

/// From this share on a column evidently holds numbers of the kind.
const EVIDENT: u16 = 500;

/// Tallies by kind of number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checks {
    citizen: Tally,
    credit: Tally,
    card: Tally,
    mobile: Tally,
}

impl Checks {
    pub(super) fn observe(&mut self, value: &str, found: &[Finding]) {
        let is = |kind| found.iter().any(|finding| finding.kind == kind && finding.place == (0..value.len()));
        let digits = value.bytes().take_while(u8::is_ascii_digit).count();
        match (value.len(), digits) {
            (18, 17..) => self.citizen.count(is_citizen(value)),
            (18, _) if value.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) => {
                self.credit.count(is(Kind::CreditCode));
            }
            (16 | 17 | 19, digits) if digits == value.len() => self.card.count(is(Kind::BankCard)),
            (11, 11) if value.starts_with('1') => self.mobile.count(is(Kind::Mobile)),
            _ => {}
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.citizen.add(other.citizen);
        self.credit.add(other.credit);
        self.card.add(other.card);
        self.mobile.add(other.mobile);
    }

    /// Right ones of all, where a column evidently holds them.
    pub(super) fn tally(&self, column: &str) -> Tally {
        let hinted = match hint::of(column) {
            Some(Hint::Strong(kind)) => Some(kind),
            _ => None,
        };
        let kinds = [
            (self.citizen, Some(PersonalKind::CitizenId)),
            (self.credit, None),
            (self.card, Some(PersonalKind::BankCard)),
            (self.mobile, Some(PersonalKind::Mobile)),
        ];
        let mut sum = Tally::default();
        for (tally, kind) in kinds {
            let is_evident = tally.right >= 2 && tally.permille().is_some_and(|share| share >= EVIDENT);
            if is_evident || (kind.is_some() && kind == hinted) {
                sum.add(tally);
            }
        }
        sum
    }
}
