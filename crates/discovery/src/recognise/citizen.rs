//! 公民身份号码 in a text. GB 11643-1999: the check is the protocol's; here is what else speaks for it, and the fifteen digits that were given until 1999.

use jiff::civil::Date;
use xinyu_protocol::id::CitizenId;

use super::cue::{Context, Cue};
use super::number::Number;
use super::{Reason, Verdict, region};

pub(super) fn judge(number: &Number<'_>, context: &Context<'_>) -> Option<Verdict> {
    let is_named = context.says(number.place.start, number.place.end, Cue::CitizenId);
    let verdict = match number.plain.len() {
        18 => modern(number.plain)?,
        15 if number.is_digits && is_old(number.plain) => {
            let (base, area) = match region::has_city(number.plain) {
                true => (450, Reason::AreaKnown),
                false => (300, Reason::ProvinceKnown),
            };
            Verdict::new(base).with(area).with(Reason::DateReal).with(Reason::FormOnly)
        }
        _ => return None,
    };
    Some(verdict.when(is_named, 400, Reason::ContextWord).unless(context.denies(number.place.start), 200))
}

fn modern(plain: &str) -> Option<Verdict> {
    CitizenId::parse(plain).ok()?;
    let verdict = Verdict::new(800).with(Reason::CheckDigit).with(Reason::DateReal);
    let is_city = region::has_city(plain);
    Some(verdict.when(is_city, 150, Reason::AreaKnown).when(!is_city, 0, Reason::ProvinceKnown))
}

/// Area, then a day of the twentieth century in six digits.
fn is_old(plain: &str) -> bool {
    let part = |range| plain.get(range).and_then(|digits: &str| digits.parse::<i8>().ok());
    let year = part(6..8).map(|year| 1900 + i16::from(year));
    let date = year.zip(part(8..10)).zip(part(10..12));
    region::has_province(plain) && date.is_some_and(|((year, month), day)| Date::new(year, month, day).is_ok())
}

/// Whether a whole value is a number of eighteen characters; a small x is forgiven.
pub(crate) fn is_citizen(value: &str) -> bool {
    value.len() == 18
        && value.bytes().take(17).all(|byte| byte.is_ascii_digit())
        && CitizenId::parse(&value.to_ascii_uppercase()).is_ok()
}
