//! 电子邮箱, found from its at sign outwards over ASCII, so that Chinese on either side is not swallowed.

use std::ops::Range;

use super::cue::{Context, Cue};
use super::{Finding, Kind, Reason, Verdict, plain};

/// What ends the name of a picture or a script and no domain.
const FILES: [&str; 12] = ["png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "mp4", "pdf", "json", "html"];

pub(super) fn judge(context: &Context<'_>, sign: Range<usize>) -> Option<Finding> {
    let before = context.text.get(..sign.start)?;
    let after = context.text.get(sign.end..)?;
    let local: usize = before.chars().rev().take_while(|c| is_local(plain(*c))).map(char::len_utf8).sum();
    let domain: usize = after.chars().take_while(|c| is_domain(plain(*c))).map(char::len_utf8).sum();
    let (start, end) = (sign.start - local, sign.end + domain);
    let local = before.get(start..)?;
    let skipped = local.len() - local.trim_start_matches(['.', '-', '+', '%']).len();
    let domain: String = after.get(..domain)?.chars().map(plain).collect();
    let name = domain.trim_end_matches(['.', '-']);
    let end = end - (domain.len() - name.len());
    let has_form = skipped < local.len() && is_named_domain(name) && !after.get(end - sign.end..)?.starts_with('@');
    let place = start + skipped..end;
    let is_said = context.says(place.start, place.end, Cue::Email);
    let verdict = Verdict::new(900).with(Reason::DomainForm).when(is_said, 50, Reason::ContextWord);
    has_form.then(|| verdict.finding(Kind::Email, place))
}

/// At least two labels, the last of letters only.
fn is_named_domain(name: &str) -> bool {
    let top = name.rsplit('.').next().unwrap_or_default();
    let labels = || name.split('.');
    labels().count() >= 2
        && labels()
            .all(|label| !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-'))
        && (2..=24).contains(&top.len())
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !FILES.iter().any(|file| top.eq_ignore_ascii_case(file))
}

fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-')
}

fn is_domain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-')
}
