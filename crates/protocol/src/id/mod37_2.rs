//! The check character of MOD 37-2. GB/T 17710-2008 (ISO/IEC 7064), used by NDI-TR-2025-04 Appendix B. It finds every single substitution and every
//! transposition of two neighbours.

use super::error::IdError;
use super::fault::{Allowed, CheckRule, Fault};
use super::kind::IdKind;

/// The check character for a code without one, of any length: 0–9, A–Z or `*`.
///
/// # Errors
/// When there is nothing, or something other than 0–9 and A–Z, to compute it from.
pub fn check_character(body: &str) -> Result<char, IdError> {
    if body.is_empty() {
        return Err(IdError::new(IdKind::Other, body, Fault::Length { found: 0 }));
    }
    let illegal = (1..).zip(body.chars()).find(|(_, c)| !Allowed::Alphanumeric.admits(*c));
    match illegal {
        Some((position, found)) => {
            let fault = Fault::Character { position, found, allowed: Allowed::Alphanumeric };
            Err(IdError::new(IdKind::Other, body, fault))
        }
        None => Ok(compute(body)),
    }
}

/// Checks a code with its check character at the end.
///
/// # Errors
/// When it is shorter than two characters, has a character that may not stand there, or another check character than is computed.
pub fn verify(code: &str) -> Result<(), IdError> {
    let Some((body, found)) = split_last(code).filter(|(body, _)| !body.is_empty()) else {
        return Err(IdError::new(IdKind::Other, code, Fault::Length { found: code.chars().count() }));
    };
    let computed = check_character(body)?;
    if found == computed {
        Ok(())
    } else {
        Err(IdError::new(IdKind::Other, code, Fault::Check { found, computed, rule: CheckRule::Mod37_2 }))
    }
}

/// What is wrong with the check character of a code whose characters were checked.
pub(super) fn fault(code: &str) -> Option<Fault> {
    let (body, found) = split_last(code)?;
    let computed = compute(body);
    (found != computed).then_some(Fault::Check { found, computed, rule: CheckRule::Mod37_2 })
}

/// Appends the check character to a code composed of checked parts.
pub(super) fn complete(mut body: String) -> String {
    body.push(compute(&body));
    body
}

/// Appendix B formula (2), folded from the left: after each character the sum so far doubles, so that position i from the right weighs 2^(i−1).
fn compute(body: &str) -> char {
    let sum = body.chars().fold(0, |sum, c| (sum + c.to_digit(36).unwrap_or(0)) * 2 % 37);
    match (38 - sum) % 37 {
        36 => '*',
        value => char::from_digit(value, 36).unwrap_or('0').to_ascii_uppercase(),
    }
}

fn split_last(code: &str) -> Option<(&str, char)> {
    let last = code.chars().next_back()?;
    code.strip_suffix(last).map(|body| (body, last))
}
