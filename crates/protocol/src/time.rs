//! Instants and durations as the standards write them: `YYYYMMDDHHMMSS` in China standard time (TC609-6-2025-14 Appendix C), RFC 3339, and ISO 8601
//! durations. One library, parsed once; the clock itself is the store's. China standard time is the fixed offset +08:00 here: the summer time of
//! 1986 to 1991 is no matter of these standards.

use jiff::civil::DateTime;
use jiff::tz::{self, Offset};
use jiff::{Span, Timestamp};
use thiserror::Error;

/// China standard time.
const CHINA: Offset = tz::offset(8);

/// The first instant that has a compact form: 0000-01-01T00:00:00+08:00.
const FIRST: Timestamp = Timestamp::constant(-62_167_248_000, 0);

/// Why a time was not understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TimeError {
    /// The text has another form than the one that is expected.
    #[error("time {text:?} is not {expected}")]
    Form {
        /// The text, at most its first 40 characters.
        text: String,
        /// The form that is expected.
        expected: &'static str,
    },
    /// The form is right and there is no such time (a 30 February, a 25th hour) or no room for it.
    #[error("time {text:?} does not exist: {reason}")]
    Value {
        /// The text, at most its first 40 characters.
        text: String,
        /// Why.
        reason: String,
    },
    /// The result of a calculation is beyond the years 0 to 9999.
    #[error("time is out of range: {reason}")]
    Range {
        /// Why.
        reason: String,
    },
}

/// `YYYYMMDDHHMMSS` in China standard time, whole seconds cut off: always 14 digits. What is before the year 0 is written as its first second.
#[must_use]
pub fn compact(at: Timestamp) -> String {
    CHINA.to_datetime(at.max(FIRST)).strftime("%Y%m%d%H%M%S").to_string()
}

/// Reads [`compact`].
///
/// # Errors
/// When it is not 14 digits, or there is no such date or time of day.
pub fn parse_compact(text: &str) -> Result<Timestamp, TimeError> {
    const FORM: &str = "YYYYMMDDHHMMSS";
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(form(text, FORM));
    }
    civil(text, [0..4, 4..6, 6..8, 8..10, 10..12, 12..14].map(|range| text.get(range)))
}

/// Reads RFC 3339 with its offset, [`compact`], or `YYYY-MM-DD HH:MM:SS` in China standard time.
///
/// # Errors
/// When it is none of these, or there is no such date or time of day.
pub fn parse_any(text: &str) -> Result<Timestamp, TimeError> {
    let digits: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    match digits.as_str() {
        "00000000000000" => parse_compact(text),
        "0000-00-00 00:00:00" => civil(text, [0..4, 5..7, 8..10, 11..13, 14..16, 17..19].map(|range| text.get(range))),
        digits if is_rfc3339(digits) => text.parse().map_err(|error: jiff::Error| value(text, &error)),
        _ => Err(form(text, "RFC 3339, YYYYMMDDHHMMSS or YYYY-MM-DD HH:MM:SS")),
    }
}

/// Microseconds since 1970, as the store keeps them; what is finer is cut off.
#[must_use]
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Reads [`micros`].
///
/// # Errors
/// When it is beyond the year 9999 or before the year −9999.
pub fn from_micros(micros: i64) -> Result<Timestamp, TimeError> {
    Timestamp::from_microsecond(micros).map_err(|error| TimeError::Range { reason: error.to_string() })
}

/// Reads an ISO 8601 duration of whole units without a sign: `P7D`, `PT10M`, `P1M`, `P1Y6M`, `P2W`, `P1DT12H`. A month stays a month until [`add`].
///
/// # Errors
/// When it has another form, a sign, a fraction, or more units than a timestamp has room for.
pub fn parse_duration(text: &str) -> Result<Span, TimeError> {
    let whole_units = |c: char| c.is_ascii_digit() || "PYMWDTHS".contains(c);
    if !text.starts_with('P') || !text.chars().all(whole_units) {
        return Err(form(text, "an ISO 8601 duration such as P7D or PT10M"));
    }
    text.parse().map_err(|error: jiff::Error| value(text, &error))
}

/// A duration later. Days, months and years are those of the calendar of China; 31 January and a month is the last of February.
///
/// # Errors
/// When the result is beyond the year 9999.
pub fn add(at: Timestamp, duration: &Span) -> Result<Timestamp, TimeError> {
    let later = at.to_zoned_datetime(CHINA.to_time_zone()).checked_add(*duration);
    later.map(|zoned| zoned.timestamp()).map_err(|error| TimeError::Range { reason: error.to_string() })
}

/// Year, month, day, hour, minute and second of China, each as digits.
fn civil(text: &str, fields: [Option<&str>; 6]) -> Result<Timestamp, TimeError> {
    let [year, month, day, hour, minute, second] =
        fields.map(|field| field.and_then(|digits| digits.parse::<i16>().ok()).unwrap_or(-1));
    let small = |number: i16| i8::try_from(number).unwrap_or(-1);
    DateTime::new(year, small(month), small(day), small(hour), small(minute), small(second), 0)
        .and_then(|datetime| CHINA.to_timestamp(datetime))
        .map_err(|error| value(text, &error))
}

/// Whether a text whose digits are all replaced by `0` has the form of RFC 3339 §5.6. The library reads much more than that.
fn is_rfc3339(digits: &str) -> bool {
    let Some(rest) = ["0000-00-00T00:00:00", "0000-00-00t00:00:00"].iter().find_map(|date| digits.strip_prefix(date))
    else {
        return false;
    };
    let offset = match rest.strip_prefix(".0") {
        Some(fraction) => fraction.trim_start_matches('0'),
        None => rest,
    };
    matches!(offset, "Z" | "z" | "+00:00" | "-00:00")
}

fn form(text: &str, expected: &'static str) -> TimeError {
    TimeError::Form { text: shortened(text), expected }
}

fn value(text: &str, error: &jiff::Error) -> TimeError {
    TimeError::Value { text: shortened(text), reason: error.to_string() }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
