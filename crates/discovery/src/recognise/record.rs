//! 病历号, 住院号 and cards of the health service: every clinic has its own form, so only the word right before counts.

use super::cue::{Context, Cue};
use super::number::Number;
use super::{Reason, Verdict};

pub(super) fn judge(number: &Number<'_>, context: &Context<'_>) -> Option<Verdict> {
    let digits = number.plain.bytes().filter(u8::is_ascii_digit).count();
    let has_form = number.groups.len() <= 2 && digits >= 4;
    (has_form && context.names(number.place.start, Cue::Record)).then(|| Verdict::new(850).with(Reason::ContextWord))
}
