//! Personal data within longer texts (备注, 摘要, 聊天记录): what the recognisers find in a value that is more than the thing itself, counted over the column.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ColumnProfile, PersonalKind, hint, pattern, permille};
use crate::recognise::{Finding, Kind};

/// In how many values of a column something stands among other text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsideShare {
    /// What was found.
    pub kind: Kind,
    /// In how many values.
    pub values: u64,
    /// Of all values that there are, in permille, rounded down.
    pub permille: u16,
}

/// Counts while a column is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Inside(BTreeMap<Kind, u64>);

impl Inside {
    /// Notes what was found in one value.
    pub(super) fn observe(&mut self, value: &str, found: &[Finding]) {
        let among = found.iter().filter(|finding| !pattern::is_most(finding, value));
        for kind in among.map(|finding| finding.kind).collect::<BTreeSet<_>>() {
            *self.0.entry(kind).or_default() += 1;
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (kind, count) in other.0 {
            *self.0.entry(kind).or_default() += count;
        }
    }

    pub(super) fn shares(&self, all: u64) -> Vec<InsideShare> {
        let share = |(kind, values): (&Kind, &u64)| InsideShare {
            kind: *kind,
            values: *values,
            permille: permille(*values, all),
        };
        self.0.iter().map(share).collect()
    }
}

impl InsideShare {
    /// Whether so many are enough to call the column personal: two and a hundredth of what has a check, ten and a tenth of what has none.
    fn is_enough(self) -> bool {
        match self.kind.is_structured() {
            true => self.values >= 2 && self.permille >= 10,
            false => self.values >= 10 && self.permille >= 100,
        }
    }

    /// Whether a person should look.
    fn is_worth_a_look(self) -> bool {
        self.kind.is_structured() || (self.values >= 2 && self.permille >= 20)
    }
}

impl ColumnProfile {
    /// The personal data within the texts of the column that needs most protection.
    pub(super) fn by_text(&self) -> Option<PersonalKind> {
        let enough = self.persons_inside().filter(|(share, _)| share.is_enough());
        enough.map(|(_, kind)| kind).max_by_key(|kind| kind.level())
    }

    /// What is too rare to decide.
    pub(super) fn doubt_inside(&self) -> Option<(InsideShare, PersonalKind)> {
        let worth = self.persons_inside().filter(|(share, _)| share.is_worth_a_look());
        worth.max_by_key(|(share, kind)| (kind.level(), share.values))
    }

    /// Names and addresses of organisations are nobody's.
    fn persons_inside(&self) -> impl Iterator<Item = (InsideShare, PersonalKind)> {
        let is_organisation = hint::is_organisation(&self.name);
        let personal = self.inside.iter().filter_map(|share| Some((*share, share.kind.personal()?)));
        personal.filter(move |(share, _)| {
            !(is_organisation && matches!(share.kind, Kind::Name | Kind::Address | Kind::Landline))
        })
    }
}
