//! 固定电话: area code and seven or eight digits, with brackets, separators and an extension; without its area code only beside a word that says so.

use super::cue::{Context, Cue};
use super::number::Number;
use super::{Reason, Verdict};

/// Area codes of three digits; their numbers have eight.
const SHORT: [&str; 10] = ["010", "020", "021", "022", "023", "024", "025", "027", "028", "029"];
/// The second and third digit of the area codes of four.
const LONG: [&str; 50] = [
    "31", "33", "34", "35", "37", "39", "41", "42", "43", "44", "45", "46", "47", "48", "51", "52", "53", "54", "55",
    "56", "57", "58", "59", "63", "66", "69", "71", "72", "73", "74", "75", "76", "77", "79", "81", "82", "83", "85",
    "87", "88", "89", "90", "91", "93", "94", "95", "97", "99", "62", "70",
];

pub(super) fn judge(number: &Number<'_>, context: &Context<'_>) -> Option<Verdict> {
    if !number.is_digits {
        return None;
    }
    let is_named = context.says(number.place.start, number.place.end, Cue::Phone);
    let verdict = match number.groups {
        [only] => match area(number.plain) {
            Some(area) if is_national(area, only - area.len()) && starts_right(number.plain, area.len()) => {
                Verdict::new(520).with(Reason::TelephoneArea)
            }
            None if is_local(number.plain) => match bracketed(number, context) {
                Some(start) => Verdict::new(850).with(Reason::TelephoneArea).starting(start),
                None => Verdict::new(350).with(Reason::FormOnly),
            },
            _ => return None,
        },
        [area_digits, rest @ ..] if area(number.plain).is_some_and(|area| area.len() == *area_digits) => {
            let area = number.plain.get(..*area_digits)?;
            let national = match rest {
                [national] => *national,
                // An extension, or the number itself in two halves.
                [first, second] if is_national(area, *first) && (1..=6).contains(second) => *first,
                [first, second] => first + second,
                [first, second, 1..=6] => first + second,
                _ => return None,
            };

            if !is_national(area, national) || !starts_right(number.plain, *area_digits) {
                return None;
            }
            Verdict::new(850).with(Reason::TelephoneArea)
        }
        // The number in two halves, after its area in brackets.
        [3 | 4, 4] if is_local(number.plain) => {
            Verdict::new(850).with(Reason::TelephoneArea).starting(bracketed(number, context)?)
        }
        _ => return None,
    };
    let is_bare = verdict.is_only_form() && !context.names(number.place.start, Cue::Phone);
    (!is_bare).then(|| verdict.when(is_named, 250, Reason::ContextWord).unless(context.denies(number.place.start), 500))
}

fn area(plain: &str) -> Option<&str> {
    let short = plain.get(..3).filter(|code| SHORT.contains(code));
    short.or_else(|| {
        let long = plain.get(..4).filter(|code| code.starts_with('0'))?;
        LONG.contains(&long.get(1..3)?).then_some(long)
    })
}

/// Numbers of subscribers begin with 2 to 8.
fn starts_right(plain: &str, area: usize) -> bool {
    plain.as_bytes().get(area).is_some_and(|first| (b'2'..=b'8').contains(first))
}

fn is_national(area: &str, digits: usize) -> bool {
    digits == 8 || (digits == 7 && area.len() == 4)
}

fn is_local(plain: &str) -> bool {
    matches!(plain.len(), 7 | 8) && plain.starts_with(['2', '3', '4', '5', '6', '7', '8'])
}

/// Where `(0571)` begins that stands right before a number.
fn bracketed(number: &Number<'_>, context: &Context<'_>) -> Option<usize> {
    let before = context.text.get(..number.place.start)?;
    let inside = before.trim_end_matches([' ', '-']).strip_suffix([')', '）'])?;
    let length: usize =
        inside.chars().rev().take_while(|c| super::plain(*c).is_ascii_digit()).take(5).map(char::len_utf8).sum();
    let (outside, code) = inside.split_at_checked(inside.len() - length)?;
    let code: String = code.chars().map(super::plain).collect();
    let open = outside.strip_suffix(['(', '（'])?.len();
    (area(&code) == Some(code.as_str()) && is_national(&code, number.plain.len())).then_some(open)
}
