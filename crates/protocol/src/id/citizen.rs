//! 公民身份号码. GB 11643-1999. Personal data: it is not printed by its `Debug`, has no JSON form, and is no participant id as it stands
//! (NDI-TR-2025-04 4.1 b wants it encrypted, with an algorithm that the standard leaves open).

use std::fmt;

use jiff::civil::Date;

use super::area;
use super::error::IdError;
use super::fault::{CheckRule, Fault};
use super::kind::IdKind;
use super::layout;

/// A citizen number with a right area, date and check character. Whether it was ever given to anybody is not known.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenId {
    number: String,
    born: Date,
}

impl CitizenId {
    /// Checks a number.
    ///
    /// # Errors
    /// With the first thing that is wrong.
    pub fn parse(number: &str) -> Result<Self, IdError> {
        let refuse = |fault| Err(IdError::new(IdKind::Citizen, number, fault));
        match (faults(number).into_iter().next(), date(number)) {
            (Some(fault), _) => refuse(fault),
            (None, Some(born)) => Ok(Self { number: number.to_owned(), born }),
            (None, None) => refuse(no_date(number)),
        }
    }

    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.number
    }

    /// The six digits of the area of first registration, GB/T 2260.
    #[must_use]
    pub fn area(&self) -> &str {
        self.number.get(..6).unwrap_or_default()
    }

    /// The date of birth.
    #[must_use]
    pub fn born(&self) -> Date {
        self.born
    }
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CitizenId(…)")
    }
}

/// The last character, from the 17 digits before it: a digit or X.
///
/// # Errors
/// When there are not 17 digits.
pub fn check_character(first17: &str) -> Result<char, IdError> {
    let body = layout::CITIZEN_NUMBER.get(..3).unwrap_or_default();
    match layout::form_faults(first17, body).into_iter().next() {
        Some(fault) => Err(IdError::new(IdKind::Citizen, first17, fault)),
        None => Ok(compute(first17)),
    }
}

pub(super) fn faults(number: &str) -> Vec<Fault> {
    let mut faults = layout::form_faults(number, layout::CITIZEN_NUMBER);
    if faults.is_empty() {
        if !is_area(number) {
            faults.push(Fault::Area { found: layout::slice(number, 0..6) });
        }
        if date(number).is_none() {
            faults.push(no_date(number));
        }
        let (found, computed) = (number.chars().nth(17).unwrap_or_default(), compute(&layout::slice(number, 0..17)));
        if found != computed {
            faults.push(Fault::Check { found, computed, rule: CheckRule::CitizenNumber });
        }
    }
    faults
}

/// Whether 18 digits and letters are meant as a citizen number, right or wrong: only digits, an area, a century of births.
pub(super) fn is_meant(code: &str) -> bool {
    let century = code.get(6..8).is_some_and(|century| ["18", "19", "20"].contains(&century));
    layout::form_faults(code, layout::CITIZEN_NUMBER).is_empty() && is_area(code) && century
}

/// Whether the date of birth exists.
pub(super) fn has_date(number: &str) -> bool {
    date(number).is_some()
}

/// A province, or 83: residence permits of people from Taiwan have the same form.
fn is_area(number: &str) -> bool {
    area::is_province(number) || number.starts_with("83")
}

fn no_date(number: &str) -> Fault {
    Fault::Date { found: layout::slice(number, 6..14), clause: IdKind::Citizen.clause() }
}

fn date(number: &str) -> Option<Date> {
    let year: i16 = number.get(6..10)?.parse().ok()?;
    let (month, day) = (number.get(10..12)?.parse().ok()?, number.get(12..14)?.parse().ok()?);
    (year >= 1800).then(|| Date::new(year, month, day).ok())?
}

/// GB 11643-1999 Appendix A: ISO/IEC 7064 MOD 11-2.
fn compute(first17: &str) -> char {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = first17.chars().zip(weights).map(|(c, weight)| c.to_digit(10).unwrap_or(0) * weight).sum();
    match (12 - sum % 11) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}
