//! 手机号码. 电信网编号计划: prefixes that the ministry has given to carriers and resellers; 140–144, 154, 160, 161, 163, 164, 168, 169 and 194 are for machines
//! or not given. Written with and without +86, glued or in groups.

use super::cue::{Context, Cue};
use super::number::Number;
use super::{Reason, Verdict};

/// How people group the eleven digits.
const GROUPS: [&[usize]; 5] = [&[11], &[3, 4, 4], &[3, 8], &[3, 3, 5], &[7, 4]];

pub(super) fn judge(number: &Number<'_>, context: &Context<'_>) -> Option<Verdict> {
    if !number.is_digits {
        return None;
    }
    let (prefix, rest) = number.plain.split_at_checked(number.plain.len().checked_sub(11)?)?;
    let is_international = match prefix {
        "" => false,
        "86" | "0086" | "086" => true,
        _ => return None,
    };
    if !is_in_use(rest) || !is_grouped(number.groups, prefix.len()) {
        return None;
    }
    let is_named = context.says(number.place.start, number.place.end, Cue::Phone);
    let before = context.text.get(..number.place.start).unwrap_or_default();
    let plus = before.strip_suffix(['+', '＋']).map(str::len);
    let is_money = context.text.get(number.place.end..).is_some_and(|after| after.starts_with(['元', '¥', '％', '%']));
    // Thirteen digits without a plus are an article number or a time rather than a telephone.
    let base = if is_international && plus.is_none() && !is_named { 600 } else { 850 };
    let verdict = Verdict::new(base)
        .with(Reason::PrefixInUse)
        .when(is_international, 50, Reason::CountryCode)
        .when(is_named, 80, Reason::ContextWord)
        .unless(context.denies(number.place.start) || is_money, 500);
    Some(match plus {
        Some(start) if is_international => verdict.starting(start),
        _ => verdict,
    })
}

fn is_grouped(groups: &[usize], prefix: usize) -> bool {
    let national = match (groups, prefix) {
        ([first, rest @ ..], 1..) if *first == prefix => rest,
        ([first, rest @ ..], _) => {
            return GROUPS
                .iter()
                .any(|known| known.split_first().is_some_and(|(head, tail)| head + prefix == *first && tail == rest));
        }
        ([], _) => return false,
    };
    GROUPS.contains(&national)
}

/// Whether eleven digits begin with a prefix in use.
fn is_in_use(number: &str) -> bool {
    let prefix = number.get(..3).and_then(|prefix| prefix.parse::<u16>().ok());
    prefix.is_some_and(|prefix| {
        matches!(prefix, 130..=139 | 145..=159 | 162 | 165..=167 | 170..=193 | 195..=199) && prefix != 154
    })
}
