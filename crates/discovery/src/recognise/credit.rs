//! 统一社会信用代码 in a text. GB 32100-2015, checked by the protocol. An organisation's: found so that nothing else is made of it.

use xinyu_protocol::id::uscc;

use super::cue::{Context, Cue};
use super::number::Number;
use super::{Reason, Verdict, region};

/// Registering departments, GB 32100-2015 Table 1 with its amendments.
const DEPARTMENTS: [char; 12] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'N', 'Y'];

pub(super) fn judge(number: &Number<'_>, context: &Context<'_>) -> Option<Verdict> {
    if !number.plain.starts_with(DEPARTMENTS) || uscc::verify(number.plain).is_err() {
        return None;
    }
    let is_area = number.plain.get(2..).is_some_and(region::has_city);
    let is_named = context.says(number.place.start, number.place.end, Cue::CreditCode);
    // Of numbers without a letter one in three hundred is right by chance.
    let base = if number.is_digits { 500 } else { 750 };
    let verdict = Verdict::new(base).with(Reason::CheckDigit).when(is_area, 150, Reason::AreaKnown);
    Some(verdict.when(is_named, 100, Reason::ContextWord).unless(context.denies(number.place.start), 400))
}
