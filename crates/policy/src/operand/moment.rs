//! Points, stretches and lengths of time, shared by the operands about time. Civil times without an offset are China standard time.

use jiff::tz::{self, Offset};
use jiff::{SignedDuration, Span, Timestamp, civil};
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
#[derive(Clone, Debug)]
pub struct Period {
    text: String,
    span: Span,
    /// From a fixed day, for comparison with other periods.
    seconds: i64,
}

/// Two are the same if they are written alike.
impl PartialEq for Period {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Period {}

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

    pub(crate) fn parse(text: &str) -> Option<Self> {
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
        minutes(text).map(|at| Self { first: at, last: at }).or_else(|| loose(text))
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

/// As people and the text of the standard write it (TC609-6-2025-14 Table 1: `2025-06-01 12:00:0`; `2025年6月10日12:00:00`, `2025年6月10日`): numbers
/// need not be filled up with zeros.
fn loose(text: &str) -> Option<Moment> {
    let text = text.replace(['年', '月'], "-").replace('日', " ").replace(['时', '分', '：'], ":").replace('秒', "");
    let (date, time) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let numbers = |text: &str, separator: char| -> Option<Vec<i16>> {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = text.split(separator).collect();
        let lengths = parts.iter().enumerate().all(|(index, part)| {
            is_number(part) && if separator == '-' && index == 0 { part.len() == 4 } else { part.len() <= 2 }
        });
        if lengths { parts.iter().map(|part| part.parse().ok()).collect() } else { None }
    };
    let small = |number: i16| i8::try_from(number).ok();
    let [year, month, day] = *numbers(date, '-')?.as_slice() else { return None };
    let date = civil::Date::new(year, small(month)?, small(day)?).ok()?;
    let at = |time: civil::Time| CHINA.to_timestamp(date.to_datetime(time)).ok();
    if time.trim().is_empty() {
        return Some(Moment { first: at(civil::Time::MIN)?, last: at(civil::Time::MAX)? });
    }
    let (hour, minute, second) = match *numbers(time.trim().trim_end_matches(':'), ':')?.as_slice() {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let at = at(civil::Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?)?;
    Some(Moment { first: at, last: at })
}

impl Period {
    /// Reads an ISO 8601 duration that is longer than nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let span = time::parse_duration(text).ok()?;
        let seconds = time::add(Timestamp::UNIX_EPOCH, &span).ok()?.as_second();
        (seconds > 0).then(|| Self { text: text.to_owned(), span, seconds })
    }

    /// As written: `P1D`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `at` plus this.
    #[must_use]
    pub fn after(&self, at: Timestamp) -> Option<Timestamp> {
        time::add(at, &self.span).ok()
    }

    /// `at` minus this, by the calendar: not always the way back, since months differ.
    pub(crate) fn before(&self, at: Timestamp) -> Option<Timestamp> {
        time::add(at, &-self.span).ok()
    }

    /// Whether it is of the same length whenever it begins: it has neither years nor months.
    pub(crate) fn is_fixed(&self) -> bool {
        self.span.get_years() == 0 && self.span.get_months() == 0
    }

    /// Its length from a fixed day, for comparison with other periods.
    pub(crate) fn approximate_seconds(&self) -> i64 {
        self.seconds
    }

    /// What people call it.
    pub(crate) fn zh(&self) -> String {
        match self.text.as_str() {
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

/// The first moment from this one on that is so many seconds after midnight, China standard time.
pub(crate) fn next_second_of_day(at: Timestamp, second: u32) -> Option<Timestamp> {
    let day = CHINA.to_datetime(at).date();
    let since_midnight = SignedDuration::from_secs(i64::from(second));
    let on = |day: civil::Date| {
        let midnight = CHINA.to_timestamp(day.to_datetime(civil::Time::midnight())).ok()?;
        midnight.checked_add(since_midnight).ok()
    };
    on(day).filter(|found| *found >= at).or_else(|| on(day.tomorrow().ok()?))
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
