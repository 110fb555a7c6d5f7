//! Points, stretches and lengths of time, shared by the operands about time. Civil times without an offset are China standard time.

use jiff::tz::{self, Offset};
use jiff::{Timestamp, civil};
use serde_json::Value;
use xinyu_protocol::time;

use super::{Truth, one_text};
use crate::operator::Operator;

/// China standard time.
const CHINA: Offset = tz::offset(8);

/// The operators that compare times.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::Eq,
    Operator::Neq,
    Operator::Lt,
    Operator::Lteq,
    Operator::Gt,
    Operator::Gteq,
    Operator::IsA,
    Operator::IsAnyOf,
    Operator::IsPartOf,
    Operator::IsNoneOf,
];

/// A stretch of time, both ends included: an instant, a day, or an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Where it begins.
    pub first: Timestamp,
    /// Where it ends.
    pub last: Timestamp,
}

/// A length of time as written, ISO 8601 (`P1D`, `PT10M`); months and days are counted in the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period(String);

impl Moment {
    /// Reads RFC 3339, `YYYYMMDDHHMMSS`, `YYYY-MM-DD HH:MM:SS`, a day (`YYYY-MM-DD`, `YYYYMMDD`), each also without seconds, or an interval of two of
    /// these, joined by ` -- `, `/`, `~` or `至`.
    pub(super) fn read(value: &Value) -> Option<Self> {
        if let Value::Array(ends) = value {
            let [first, last] = ends.as_slice() else {
                return None;
            };
            return Self::between(&one_text(first)?, &one_text(last)?);
        }
        Self::parse(&one_text(value)?)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let separators = ["--", "—", "/", "~", "至", ",", "，"];
        if let Some((first, last)) = separators.iter().find_map(|separator| text.split_once(separator)) {
            return Self::between(first, last);
        }
        let is_compact = |part: &str| part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_digit());
        if let Some((first, last)) = text.split_once('-').filter(|(a, b)| is_compact(a.trim()) && is_compact(b.trim()))
        {
            return Self::between(first, last);
        }
        let text = text.trim();
        if let Ok(at) = time::parse_any(text) {
            return Some(Self { first: at, last: at });
        }
        if let Some(day) = ["%Y-%m-%d", "%Y%m%d"].iter().find_map(|form| civil::Date::strptime(form, text).ok()) {
            let at = |time| CHINA.to_timestamp(day.to_datetime(time)).ok();
            return Some(Self { first: at(civil::Time::MIN)?, last: at(civil::Time::MAX)? });
        }
        minutes(text).map(|at| Self { first: at, last: at })
    }

    fn between(first: &str, last: &str) -> Option<Self> {
        let (first, last) = (Self::parse(first)?, Self::parse(last)?);
        Some(Self { first: first.first, last: last.last })
    }

    /// Compares a point with this stretch.
    pub(super) fn compare(&self, operator: Operator, now: Timestamp) -> Truth {
        let is_inside = self.first <= now && now <= self.last;
        match operator {
            Operator::Lt => Truth::of(now < self.first),
            Operator::Lteq => Truth::of(now <= self.last),
            Operator::Gt => Truth::of(now > self.last),
            Operator::Gteq => Truth::of(now >= self.first),
            Operator::Neq | Operator::IsNoneOf => Truth::of(!is_inside),
            Operator::Eq | Operator::IsA | Operator::IsAnyOf | Operator::IsPartOf => Truth::of(is_inside),
            Operator::HasPart | Operator::IsAllOf => Truth::Unknown,
        }
    }
}

/// Times to the minute, as the examples of DSP have them: `2023-12-31T06:00Z`, and `YYYY-MM-DD HH:MM`.
fn minutes(text: &str) -> Option<Timestamp> {
    if let Some(rest) = text.strip_suffix('Z') {
        return format!("{rest}:00Z").parse().ok();
    }
    let civil = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|form| civil::DateTime::strptime(form, text).ok());
    if let Some(civil) = civil {
        return CHINA.to_timestamp(civil).ok();
    }
    let (at, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    format!("{at}:00{offset}").parse().ok()
}

impl Period {
    /// Reads an ISO 8601 duration that is longer than nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let period = Self(text.to_owned());
        let is_positive = period.approximate_seconds() > 0;
        is_positive.then_some(period)
    }

    /// As written: `P1D`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `at` plus this.
    #[must_use]
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        time::add(at, &time::parse_duration(&self.0).ok()?).ok()
    }

    /// Its length from a fixed day, for comparison with other periods; 0 if it is none.
    pub(crate) fn approximate_seconds(&self) -> i64 {
        self.after(Timestamp::UNIX_EPOCH).map_or(0, Timestamp::as_second)
    }

    /// What people call it.
    pub(crate) fn zh(&self) -> String {
        match self.0.as_str() {
            "P1D" => "每天".to_owned(),
            "PT1H" => "每小时".to_owned(),
            "PT1M" => "每分钟".to_owned(),
            "P1W" | "P7D" => "每周".to_owned(),
            "P1M" => "每月".to_owned(),
            "P1Y" => "每年".to_owned(),
            other => format!("每 {other}"),
        }
    }
}

/// Midnight of the day of an instant, China standard time.
pub(crate) fn day_start(at: Timestamp) -> Option<Timestamp> {
    CHINA.to_timestamp(CHINA.to_datetime(at).date().to_datetime(civil::Time::MIN)).ok()
}

/// Seconds after midnight, China standard time.
pub(super) fn second_of_day(at: Timestamp) -> u32 {
    second(CHINA.to_datetime(at).time())
}

/// Seconds after midnight.
pub(super) fn second(time: civil::Time) -> u32 {
    let parts = [(time.hour(), 3600), (time.minute(), 60), (time.second(), 1)];
    parts.iter().map(|(part, seconds)| u32::try_from(*part).unwrap_or(0).saturating_mul(*seconds)).sum()
}

/// For people: `2026-12-31 23:59:59`, China standard time.
pub(crate) fn civil_text(at: Timestamp) -> String {
    CHINA.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// For people: `09:00`, from seconds after midnight.
pub(crate) fn clock_text(second: u32) -> String {
    format!("{:02}:{:02}", second / 3600, second % 3600 / 60)
}
