//! Time: the instants at which comparisons turn, the hours of the day, and the time since the first use. China standard time, as policies are written.

use jiff::Timestamp;
use jiff::tz::{self, Offset};
use serde_json::json;
use xinyu_protocol::text::Text;

use super::fact::{Asked, Candidate, Fact, Shown, States};
use super::words::list;
use crate::explain::length;
use crate::operand::{Limit, Period, Sense, civil_text, clock_text};
use crate::policy::Leaf;

pub(super) const CHINA: Offset = tz::offset(8);
const DAY: u32 = 86_400;
const NANOS: i128 = 1_000_000_000;

/// A time of first use, by how long before the use it was.
#[derive(Clone, Debug)]
pub(super) struct Since {
    /// Nothing: the use is the first.
    period: Option<Period>,
    /// Whether a moment more than that has passed.
    is_past: bool,
}

/// The stretches that the comparisons tell apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Calendar {
    /// First instants of the stretches of time; the first stretch has no beginning.
    starts: Vec<Timestamp>,
    /// First seconds of the stretches of the day.
    hours: Vec<u32>,
    /// Lengths of time since the first use, from the shortest.
    periods: Vec<Period>,
    /// The time of the use where only its hour counts.
    at: Timestamp,
}

impl Calendar {
    pub(super) fn of(leaves: &[(&Leaf, Sense)], at: Timestamp) -> Self {
        let mut calendar = Self { at, ..Self::default() };
        for (leaf, _) in leaves {
            match &leaf.limit {
                Limit::Moment(moment) => {
                    calendar.starts.push(moment.first);
                    calendar.starts.extend(later(moment.last, 1));
                }
                Limit::Hours { from, to } => calendar.hours.extend([*from, to.saturating_add(1) % DAY]),
                _ => {}
            }
        }
        calendar.starts.sort_unstable();
        calendar.starts.dedup();
        if !calendar.hours.is_empty() {
            calendar.hours.push(0);
        }
        calendar.hours.sort_unstable();
        calendar.hours.dedup();
        calendar
    }

    pub(super) fn of_lengths(leaves: &[(&Leaf, Sense)]) -> Self {
        let mut periods: Vec<Period> = Vec::new();
        for (leaf, _) in leaves {
            if let Limit::Period(period) = &leaf.limit
                && !periods.iter().any(|other| other.approximate_seconds() == period.approximate_seconds())
            {
                periods.push(period.clone());
            }
        }
        periods.sort_by_key(Period::approximate_seconds);
        Self { periods, ..Self::default() }
    }

    /// One time in every stretch, and in every stretch of the day within it.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        let hours: &[u32] = if self.hours.is_empty() { &[0] } else { &self.hours };
        let mut found = Vec::new();
        for stretch in 0..=self.starts.len() {
            for hour in 0..hours.len() {
                if let Some(at) = self.time_in(stretch, hour) {
                    found.push(Candidate::word(Fact::Time.member(), json!(at), Shown::Moment(stretch, hour)));
                }
            }
        }
        found
    }

    /// The first time of a stretch at an hour of the day, if there is one.
    fn time_in(&self, stretch: usize, hour: usize) -> Option<Timestamp> {
        let end = self.starts.get(stretch).copied();
        let begin = match stretch.checked_sub(1) {
            Some(before) => self.starts.get(before).copied()?,
            None => match end {
                Some(end) => later(end, -2 * i128::from(DAY) * NANOS)?,
                None => self.at,
            },
        };
        let Some(first) = self.hours.get(hour).copied() else {
            return Some(begin);
        };
        let until = self.hours.get(hour.saturating_add(1)).copied().unwrap_or(DAY);
        let second = second_of_day(begin);
        let time = if (first..until).contains(&second) {
            begin
        } else {
            let wait = (i128::from(first) - i128::from(second)).rem_euclid(i128::from(DAY));
            let whole = begin.as_nanosecond().div_euclid(NANOS);
            Timestamp::from_nanosecond((whole.checked_add(wait)?).checked_mul(NANOS)?).ok()?
        };
        end.is_none_or(|end| time < end).then_some(time)
    }

    /// Lengths of time: at once, exactly each of them, and a moment more.
    pub(super) fn lengths(&self) -> Vec<Candidate> {
        let since = |period: Option<&Period>, is_past| Since { period: period.cloned(), is_past };
        let each = self.periods.iter().flat_map(|period| [since(Some(period), false), since(Some(period), true)]);
        let all = std::iter::once(since(None, false)).chain(each);
        all.enumerate()
            .map(|(index, since)| Candidate { states: States::Since(since), shown: Shown::Length(index) })
            .collect()
    }

    /// Stretches of time for people, neighbours as one.
    pub(super) fn moments<'s>(&self, shown: impl Iterator<Item = &'s Shown>) -> Text {
        let mut stretches: Vec<(usize, usize, Vec<usize>)> = Vec::new();
        let mut by_stretch: Vec<(usize, Vec<usize>)> = Vec::new();
        for one in shown {
            let Shown::Moment(stretch, hour) = one else { continue };
            match by_stretch.last_mut() {
                Some((last, hours)) if last == stretch => hours.push(*hour),
                _ => by_stretch.push((*stretch, vec![*hour])),
            }
        }
        for (stretch, hours) in by_stretch {
            match stretches.last_mut() {
                Some((_, last, same)) if last.checked_add(1) == Some(stretch) && *same == hours => *last = stretch,
                _ => stretches.push((stretch, stretch, hours)),
            }
        }
        let texts: Vec<_> = stretches.iter().map(|(first, last, hours)| self.stretch(*first, *last, hours)).collect();
        list(&texts)
    }

    fn stretch(&self, first: usize, last: usize, hours: &[usize]) -> Text {
        let begin = first.checked_sub(1).and_then(|before| self.starts.get(before)).map(|at| civil_text(*at));
        let end = self.starts.get(last).and_then(|next| later(*next, -1)).map(civil_text);
        let time = match (begin, end) {
            (None, None) => None,
            (None, Some(end)) => Some(Text::new(format!("{end} 及以前"), format!("until {end}"))),
            (Some(begin), None) => Some(Text::new(format!("{begin} 起"), format!("from {begin} on"))),
            (Some(begin), Some(end)) => Some(Text::new(format!("{begin} 至 {end}"), format!("{begin} to {end}"))),
        };
        let hours = self.daily(hours);
        match (time, hours) {
            (None, None) => Text::new("任意时间", "at any time"),
            (Some(time), None) => time,
            (None, Some(hours)) => Text::new(format!("每天 {}", hours.zh), format!("every day {}", hours.en)),
            (Some(time), Some(hours)) => {
                Text::new(format!("{}，每天 {}", time.zh, hours.zh), format!("{}, every day {}", time.en, hours.en))
            }
        }
    }

    /// Hours of the day, neighbours as one; nothing for all of them.
    fn daily(&self, hours: &[usize]) -> Option<Text> {
        if hours.len() >= self.hours.len() {
            return None;
        }
        let mut joined: Vec<(u32, u32)> = Vec::new();
        for index in hours {
            let Some(first) = self.hours.get(*index).copied() else { continue };
            let until = self.hours.get(index.saturating_add(1)).copied().unwrap_or(DAY);
            match joined.last_mut() {
                Some((_, end)) if *end == first => *end = until,
                _ => joined.push((first, until)),
            }
        }
        // What goes on past midnight is one stretch.
        if let [(0, first_end), .., (last_start, DAY)] = joined.as_slice() {
            let night = (*last_start, *first_end);
            joined.remove(0);
            joined.pop();
            joined.push(night);
        }
        let texts: Vec<_> = joined
            .into_iter()
            .map(|(first, until)| format!("{}–{}", clock_text(first), clock_text(until.saturating_sub(1))))
            .collect();
        Some(Text::new(texts.join("、"), texts.join(", ")))
    }

    /// Lengths of time for people, neighbours as one.
    pub(super) fn stretches<'s>(&self, shown: impl Iterator<Item = &'s Shown>) -> Text {
        let mut joined: Vec<(usize, usize)> = Vec::new();
        for one in shown {
            let Shown::Length(index) = one else { continue };
            match joined.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(*index) => *last = *index,
                _ => joined.push((*index, *index)),
            }
        }
        let texts: Vec<_> = joined.iter().map(|(first, last)| self.lapse(*first, *last)).collect();
        list(&texts)
    }

    /// The stretches are: less than the first, exactly it, more than it and less than the second, and so on.
    fn lapse(&self, first: usize, last: usize) -> Text {
        let named = |index: usize| self.periods.get(index).map(length).unwrap_or_default();
        let is_exact = |index: usize| index % 2 == 1;
        let begin = first.checked_sub(1).map(|before| {
            let name = named(before / 2);
            if is_exact(first) {
                Text::new(format!("满 {}", name.zh), format!("{} or more", name.en))
            } else {
                Text::new(format!("超过 {}", name.zh), format!("more than {}", name.en))
            }
        });
        let end = (last < self.periods.len().saturating_mul(2)).then(|| {
            let name = named(last / 2);
            if is_exact(last) {
                Text::new(format!("不超过 {}", name.zh), format!("at most {}", name.en))
            } else {
                Text::new(format!("不到 {}", name.zh), format!("less than {}", name.en))
            }
        });
        match (begin, end) {
            (None, None) => Text::new("任意时长", "any time"),
            (Some(one), None) | (None, Some(one)) => one,
            (Some(_), Some(_)) if first == last && is_exact(first) => {
                let name = named(first / 2);
                Text::new(format!("恰好 {}", name.zh), format!("exactly {}", name.en))
            }
            (Some(begin), Some(end)) => {
                Text::new(format!("{}且{}", begin.zh, end.zh), format!("{} and {}", begin.en, end.en))
            }
        }
    }
}

impl Since {
    /// States the time of the first use, before the time that is stated or else before `at`.
    pub(super) fn state(&self, asked: &mut Asked, at: Timestamp) {
        let time = asked.time().unwrap_or_else(|| {
            asked.set(Fact::Time.member(), json!(at));
            at
        });
        let first = match &self.period {
            None => Some(time),
            Some(period) => {
                before(time, period).and_then(|first| if self.is_past { later(first, -1) } else { Some(first) })
            }
        };
        asked.set(Fact::Elapsed.member(), json!(first.unwrap_or(time)));
    }
}

/// The last instant from which a length of time has passed at `time`. Months differ in length, so it is looked for.
fn before(time: Timestamp, period: &Period) -> Option<Timestamp> {
    let guess = later(time, i128::from(period.approximate_seconds()).checked_mul(-NANOS)?)?;
    if period.after(guess) == Some(time) {
        return Some(guess);
    }
    let week = 7 * i128::from(DAY) * NANOS;
    let (mut low, mut high) = (guess.as_nanosecond().checked_sub(week)?, guess.as_nanosecond().checked_add(week)?);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        let has_passed =
            Timestamp::from_nanosecond(middle).ok().and_then(|at| period.after(at)).is_some_and(|end| end <= time);
        if has_passed {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Timestamp::from_nanosecond(low).ok()
}

/// So many nanoseconds later.
fn later(at: Timestamp, nanos: i128) -> Option<Timestamp> {
    Timestamp::from_nanosecond(at.as_nanosecond().checked_add(nanos)?).ok()
}

fn second_of_day(at: Timestamp) -> u32 {
    let local = at.as_second().saturating_add(i64::from(CHINA.seconds()));
    u32::try_from(local.rem_euclid(i64::from(DAY))).unwrap_or(0)
}
