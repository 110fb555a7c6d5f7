//! Passports and travel permits: forms without a check, so that a word beside them must say what they are.

use super::cue::{Context, Cue};
use super::number::Number;
use super::{Reason, Verdict};

/// 护照: E and G (ordinary), D, S and P (diplomatic, service, public affairs), K and H/M (Hong Kong, Macao) with eight digits or one letter more.
pub(super) fn passport(number: &Number<'_>, context: &Context<'_>) -> Option<Verdict> {
    is_passport(number.plain).then(|| judged(number, context, Cue::Passport))
}

/// 通行证: C and W (to Hong Kong and Macao), T and L (to Taiwan), H and M (home-return), or eight digits of a Taiwan compatriot.
pub(super) fn permit(number: &Number<'_>, context: &Context<'_>) -> Option<Verdict> {
    let (letters, digits) = split(number.plain);
    let has_form = match letters {
        "H" | "M" => matches!(digits, Some(8 | 10)),
        "C" | "W" | "T" | "L" => digits == Some(8),
        "" => digits == Some(8),
        _ => letters.len() == 2 && letters.starts_with('C') && digits == Some(7),
    };
    let is_close = context.names(number.place.start, Cue::Permit);
    (has_form && (!number.is_digits || is_close)).then(|| judged(number, context, Cue::Permit))
}

/// Whether a whole value has the form of a passport.
pub(crate) fn is_passport(plain: &str) -> bool {
    let (letters, digits) = split(plain);
    match letters.len() {
        1 => "EGDSPKHM".contains(letters) && digits == Some(8) || "DSP".contains(letters) && digits == Some(7),
        2 => ["E", "D", "S", "P", "K"].iter().any(|first| letters.starts_with(first)) && digits == Some(7),
        _ => false,
    }
}

/// The letters at the beginning, and how many digits follow when nothing else does.
fn split(plain: &str) -> (&str, Option<usize>) {
    let until = plain.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(plain.len());
    let (letters, rest) = plain.split_at(until);
    (letters, rest.bytes().all(|byte| byte.is_ascii_digit()).then_some(rest.len()))
}

fn judged(number: &Number<'_>, context: &Context<'_>, cue: Cue) -> Verdict {
    let is_named = context.says(number.place.start, number.place.end, cue);
    let verdict = Verdict::new(350).with(Reason::FormOnly).when(is_named, 500, Reason::ContextWord);
    verdict.unless(context.denies(number.place.start), 400)
}
