//! 经纬度: two decimal fractions side by side that lie within China, as precise as a house.

use std::ops::Range;

use super::cue::{Context, Cue};
use super::{Finding, Kind, Reason, Verdict};

/// A decimal fraction of the text.
#[derive(Clone)]
pub(super) struct Decimal {
    pub(super) whole: u16,
    pub(super) decimals: usize,
    pub(super) place: Range<usize>,
}

/// The last one that was seen.
#[derive(Default)]
pub(super) struct Last(Option<Decimal>);

/// Bytes between the two: “，北纬”.
const BETWEEN: usize = 16;
/// Decimals from which a place is one of some hundred metres.
const PRECISE: usize = 3;

impl Last {
    pub(super) fn judge(&mut self, decimal: Decimal, context: &Context<'_>) -> Option<Finding> {
        let last = self.0.replace(decimal.clone())?;
        let is_pair = decimal.place.start.checked_sub(last.place.end).is_some_and(|between| between <= BETWEEN);
        let is_china = |longitude: u16, latitude: u16| (73..=135).contains(&longitude) && (3..=53).contains(&latitude);
        let in_china = is_china(last.whole, decimal.whole) || is_china(decimal.whole, last.whole);
        let decimals = last.decimals.min(decimal.decimals);
        let is_negative = |at: usize| context.text.get(..at).is_some_and(|before| before.ends_with(['-', '－', '−']));
        let is_west = is_negative(last.place.start) || is_negative(decimal.place.start);
        if !is_pair || is_west || !in_china || decimals < PRECISE {
            return None;
        }
        let place = last.place.start..decimal.place.end;
        let is_named = context.says(place.start, place.end, Cue::Place)
            || context.within(&place).iter().any(|hit| hit.cue == Cue::Place);
        self.0 = None;
        let base = if decimals >= 5 { 550 } else { 350 };
        let verdict = Verdict::new(base).with(Reason::InRange).when(is_named, 300, Reason::ContextWord);
        Some(verdict.unless(context.denies(place.start), 300).finding(Kind::Location, place))
    }
}
