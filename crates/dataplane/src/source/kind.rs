//! What the values of a column of a file are, told by all of them. A number that names something (a telephone, a citizen, an
//! account) is text: what begins with a superfluous zero or a plus, has more than 15 digits, or has 11 and more in a
//! column whose numbers are all equally long.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xinyu_core::data::{Cell, ColumnKind};

/// More digits than this no 64-bit floating-point number tells apart, and no quantity has.
const QUANTITY_DIGITS_MAX: usize = 15;

/// From here on, equally long numbers are taken for names: 11 digits have the mobile numbers.
const NAME_DIGITS_MIN: usize = 11;

/// What has been seen of a column: no value of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guess {
    kind: Option<ColumnKind>,
    shortest: usize,
    longest: usize,
    /// Whether the source itself says what the column is.
    is_declared: bool,
}

impl Guess {
    /// Takes the next value; an empty one says nothing.
    pub(super) fn see(&mut self, value: &str) {
        if value.is_empty() || self.kind == Some(ColumnKind::Text) {
            return;
        }
        let kind = kind_of(value);
        if kind == ColumnKind::Integer {
            let digits = value.trim_start_matches('-').len();
            self.shortest = if self.longest == 0 { digits } else { self.shortest.min(digits) };
            self.longest = self.longest.max(digits);
        }
        self.take(kind);
    }

    /// Takes the kind of the next value, where its source says what it is.
    pub(super) fn take(&mut self, kind: ColumnKind) {
        self.kind = Some(match self.kind {
            None => kind,
            Some(before) if before == kind => kind,
            Some(ColumnKind::Integer | ColumnKind::Real) if matches!(kind, ColumnKind::Integer | ColumnKind::Real) => {
                ColumnKind::Real
            }
            Some(_) => ColumnKind::Text,
        });
    }

    /// Of a column whose source says what it is.
    pub(super) fn declared(kind: ColumnKind) -> Self {
        Self { kind: Some(kind), is_declared: true, ..Self::default() }
    }

    /// Adds what was seen of the column elsewhere; false if both are declared, and not to be the same.
    pub(super) fn merge(&mut self, other: &Self) -> bool {
        if self.is_declared || other.is_declared {
            return self.kind == other.kind;
        }
        if other.longest > 0 {
            self.shortest = if self.longest == 0 { other.shortest } else { self.shortest.min(other.shortest) };
            self.longest = self.longest.max(other.longest);
        }
        if let Some(kind) = other.kind {
            self.take(kind);
        }
        true
    }

    /// The verdict: text, if nothing was seen.
    pub(super) fn kind(&self) -> ColumnKind {
        let is_name = self.longest >= NAME_DIGITS_MIN && self.shortest == self.longest;
        match self.kind {
            Some(ColumnKind::Integer) if is_name => ColumnKind::Text,
            Some(kind) => kind,
            None => ColumnKind::Text,
        }
    }
}

/// A value of a column; none if it does not fit.
pub(super) fn cell(value: &str, kind: ColumnKind) -> Option<Cell> {
    if value.is_empty() {
        return Some(Cell::Null);
    }
    Some(match kind {
        ColumnKind::Text => Cell::Text(value.to_owned()),
        ColumnKind::Integer => Cell::Integer(value.parse().ok()?),
        ColumnKind::Real => Cell::Real(value.parse().ok().filter(|number: &f64| number.is_finite())?),
        ColumnKind::Boolean if value.eq_ignore_ascii_case("true") => Cell::Boolean(true),
        ColumnKind::Boolean if value.eq_ignore_ascii_case("false") => Cell::Boolean(false),
        ColumnKind::Boolean => return None,
        ColumnKind::Date | ColumnKind::Timestamp if kind_of(value) == kind => Cell::Text(value.to_owned()),
        ColumnKind::Date | ColumnKind::Timestamp => return None,
    })
}

/// What one value is.
pub(super) fn kind_of(value: &str) -> ColumnKind {
    match value.as_bytes().first() {
        Some(b'0'..=b'9') if value.as_bytes().get(4) == Some(&b'-') => moment(value),
        Some(b'0'..=b'9' | b'-') => number(value),
        Some(b't' | b'T' | b'f' | b'F')
            if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") =>
        {
            ColumnKind::Boolean
        }
        _ => ColumnKind::Text,
    }
}

/// As JSON has them: one way to write a whole number, no superfluous zero.
fn number(value: &str) -> ColumnKind {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
    let has_spare_zero = whole > 1 && digits.starts_with('0');
    if whole == 0 || whole > QUANTITY_DIGITS_MAX || has_spare_zero {
        return ColumnKind::Text;
    }
    if whole == digits.len() {
        return if value == "-0" { ColumnKind::Text } else { ColumnKind::Integer };
    }
    // What follows the first digits must be a fraction or an exponent; that they are whole, the parser says.
    let is_finite = || value.parse::<f64>().is_ok_and(f64::is_finite);
    if value.ends_with(|last: char| last.is_ascii_digit()) && is_finite() { ColumnKind::Real } else { ColumnKind::Text }
}

fn moment(value: &str) -> ColumnKind {
    let Some((day, time)) = value.split_at_checked(10) else {
        return ColumnKind::Text;
    };
    if day.parse::<Date>().is_err() {
        return ColumnKind::Text;
    }
    let is_time = || {
        time.starts_with('T')
            && (value.parse::<jiff::Timestamp>().is_ok()
                || (!time.ends_with(['Z', 'z']) && value.parse::<jiff::civil::DateTime>().is_ok()))
    };
    match time {
        "" => ColumnKind::Date,
        _ if is_time() => ColumnKind::Timestamp,
        _ => ColumnKind::Text,
    }
}
