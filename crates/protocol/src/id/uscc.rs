//! 统一社会信用代码, the credit code of an organisation. GB 32100-2015; the organisation code inside it is GB 11714-1997. Whether the organisation exists
//! is for its register to say.

use super::area;
use super::error::IdError;
use super::fault::{Allowed, CheckRule, Fault};
use super::kind::IdKind;
use super::layout::{self, Field};

/// The last character, from the 17 before it.
///
/// # Errors
/// When there are not 17, or one of them may not stand there.
pub fn check_character(first17: &str) -> Result<char, IdError> {
    let body = layout::CREDIT_CODE.get(..4).unwrap_or_default();
    refuse(layout::form_faults(first17, body), IdKind::Organisation, first17)?;
    Ok(compute(first17))
}

/// The ninth character of an organisation code, from the eight before it: a digit or X.
///
/// # Errors
/// When there are not eight digits or capital letters.
pub fn organisation_check(first8: &str) -> Result<char, IdError> {
    const BODY: &[Field] =
        &[Field { zh: "本体代码", en: "organisation code", length: 8, allowed: Allowed::Alphanumeric }];
    refuse(layout::form_faults(first8, BODY), IdKind::Other, first8)?;
    Ok(compute_organisation(first8))
}

/// Checks a whole credit code with both check characters.
///
/// # Errors
/// With the first thing that is wrong.
pub fn verify(code: &str) -> Result<(), IdError> {
    refuse(faults(code), IdKind::Organisation, code)
}

pub(super) fn faults(code: &str) -> Vec<Fault> {
    let mut faults = layout::form_faults(code, layout::CREDIT_CODE);
    if faults.is_empty() {
        let at = |index: usize| code.chars().nth(index).unwrap_or_default();
        let inner = compute_organisation(&layout::slice(code, 8..16));
        if at(16) != inner {
            faults.push(Fault::Check { found: at(16), computed: inner, rule: CheckRule::OrganisationCode });
        }
        let outer = compute(&layout::slice(code, 0..17));
        if at(17) != outer {
            faults.push(Fault::Check { found: at(17), computed: outer, rule: CheckRule::CreditCode });
        }
    }
    faults
}

/// Whether 18 digits and letters are meant as a credit code, right or wrong: they begin like one, or begin like one but for one character and have a
/// right organisation code. All other codes of 18 are somebody's allocated or encrypted code, about which nothing can be checked.
pub(super) fn is_meant(code: &str) -> bool {
    let begins = |position: usize, among: &str| code.chars().nth(position).is_some_and(|c| among.contains(c));
    let misfits = [
        // Registering departments and categories, GB 32100-2015 Table 1 with its amendments.
        begins(0, "123456789ANY"),
        begins(1, "123459"),
        code.get(2..).is_some_and(area::is_province),
        begins(4, "0123456789"),
        begins(5, "0123456789"),
        begins(6, "0123456789"),
        begins(7, "0123456789"),
    ];
    let organisation = layout::slice(code, 8..16);
    let inner = code.chars().nth(16) == Some(compute_organisation(&organisation));
    match misfits.iter().filter(|fits| !**fits).count() {
        0 => true,
        1 => inner,
        _ => false,
    }
}

fn refuse(faults: Vec<Fault>, kind: IdKind, code: &str) -> Result<(), IdError> {
    faults.into_iter().next().map_or(Ok(()), |fault| Err(IdError::new(kind, code, fault)))
}

/// GB 32100-2015 5.4: weights 3^(i−1) mod 31.
fn compute(first17: &str) -> char {
    let (sum, _) = first17.chars().fold((0, 1), |(sum, weight), c| (sum + value(c) * weight, weight * 3 % 31));
    ALPHABET.chars().nth((31 - sum % 31) % 31).unwrap_or('0')
}

/// GB 11714-1997 4.3.
fn compute_organisation(first8: &str) -> char {
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = first8.chars().zip(weights).map(|(c, weight)| c.to_digit(36).unwrap_or(0) * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

fn value(c: char) -> usize {
    ALPHABET.chars().position(|other| other == c).unwrap_or(0)
}

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
