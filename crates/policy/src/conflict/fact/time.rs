//! The time of a use and of the first use. Pure.
//!
//! Comparisons change at the ends of stretches, at hours of the day, and, for a term, where the use comes as long after the first use as the term
//! says. Terms in days and shorter have one length, so these places are known exactly. A month has not: for one such term every
//! day around it is tried, which is exact too; where it stands beside a term of another length the values are not promised to be complete.

use jiff::{SignedDuration, Timestamp};

use super::{Value, Values};
use crate::operand::{Limit, Period, next_second_of_day};
use crate::policy::Leaf;

/// Where nothing names a time: noon of China, in the year of the standards.
const SOME_DAY: Timestamp = Timestamp::constant(1_767_240_000, 0);

pub(super) fn values(leaves: &[&Leaf]) -> Values {
    let (mut ends, mut hours, mut terms): (Vec<Timestamp>, Vec<u32>, Vec<&Period>) = Default::default();
    for leaf in leaves {
        match &leaf.limit {
            Limit::Moment(moment) => ends.extend([moment.first, moment.last]),
            Limit::Hours { from, to } => hours.extend([*from, to.saturating_add(1) % 86_400]),
            Limit::Period(period) if !terms.contains(&period) => terms.push(period),
            _ => {}
        }
    }
    let has_months = terms.iter().any(|term| !term.is_fixed());
    let uses = times_of_use(&ends, &hours, has_months);
    if terms.is_empty() {
        return Values { all: uses.into_iter().map(|at| Value::Times(at, None)).collect(), are_complete: true };
    }
    let mut all = Vec::new();
    for at in uses {
        for first in times_of_first_use(at, &terms) {
            all.push(Value::Times(at, Some(first)));
        }
    }
    Values { all, are_complete: !has_months || terms.len() == 1 }
}

fn times_of_use(ends: &[Timestamp], hours: &[u32], has_months: bool) -> Vec<Timestamp> {
    let mut times: Vec<Timestamp> = ends.to_vec();
    for step in [SignedDuration::from_secs(1), SignedDuration::from_nanos(1)] {
        times.extend(ends.iter().flat_map(|end| [shifted(*end, step), shifted(*end, -step)]));
    }
    if times.is_empty() {
        times.push(SOME_DAY);
    }
    let days = |number: i64| SignedDuration::from_hours(24 * number);
    if !hours.is_empty() || has_months {
        times.extend(times.iter().min().copied().map(|first| shifted(first, days(-400))));
    }
    let starts = times.clone();
    for start in &starts {
        times.extend(hours.iter().filter_map(|hour| next_second_of_day(*start, *hour)));
        if has_months {
            times.extend((1..5).map(|number| shifted(*start, days(number))));
        }
    }
    unique(times)
}

/// For one time of use: as long before it as each term says, just less, just more, and at the use itself.
fn times_of_first_use(at: Timestamp, terms: &[&Period]) -> Vec<Timestamp> {
    let (second, least) = (SignedDuration::from_secs(1), SignedDuration::from_nanos(1));
    let mut firsts = vec![at];
    for term in terms {
        let Some(back) = term.before(at) else { continue };
        let around = if term.is_fixed() { 0..=0 } else { -4..=4 };
        for day in around {
            let same = shifted(back, SignedDuration::from_hours(24 * day));
            let midnight = if term.is_fixed() { None } else { next_second_of_day(same, 0) };
            for middle in [Some(same), midnight].into_iter().flatten() {
                firsts.extend([middle, shifted(middle, -second), shifted(middle, second)]);
                firsts.extend([shifted(middle, -least), shifted(middle, least)]);
            }
        }
        firsts.push(shifted(back, SignedDuration::from_hours(-24 * 40)));
    }
    let mut firsts = unique(firsts);
    firsts.retain(|first| *first <= at);
    firsts
}

/// Later or earlier, as far as there are times.
fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

/// Each once, the first of them first: those that read well are named first.
fn unique(mut times: Vec<Timestamp>) -> Vec<Timestamp> {
    let mut seen = std::collections::BTreeSet::new();
    times.retain(|at| seen.insert(*at));
    times
}
