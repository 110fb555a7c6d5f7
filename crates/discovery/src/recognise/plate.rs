//! 机动车号牌. GA 36-2018: province, authority, five characters, or six for new energy; the last of five may say 学, 警, 港, 澳, 挂, 领, 试 or 超.

use super::cue::{Context, Cue};
use super::{Finding, Kind, Reason, Verdict, plain};

const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
const LAST: [char; 8] = ['学', '警', '港', '澳', '挂', '领', '试', '超'];

pub(super) fn judge(context: &Context<'_>, at: usize, c: char) -> Option<Finding> {
    let rest = context.text.get(at + c.len_utf8()..)?;
    let authority = rest.chars().next()?;
    if !plain(authority).is_ascii_uppercase() || !PROVINCES.contains(c) {
        return None;
    }
    let mut end = at + c.len_utf8() + authority.len_utf8();
    let mut serial = String::new();
    for (position, next) in context.text.get(end..)?.chars().enumerate() {
        let simple = plain(next).to_ascii_uppercase();
        match simple {
            ' ' | '-' | '·' | '.' if position == 0 => {}
            _ if simple.is_ascii_alphanumeric() || (serial.len() == 4 && LAST.contains(&simple)) => serial.push(simple),
            _ => break,
        }
        end += next.len_utf8();
        if serial.len() > 7 || LAST.contains(&simple) {
            break;
        }
    }
    if !is_serial(&serial) {
        return None;
    }
    let place = at..end;
    let is_named = context.says(place.start, place.end, Cue::Plate);
    let verdict =
        Verdict::new(800).with(Reason::AreaKnown).with(Reason::FormOnly).when(is_named, 150, Reason::ContextWord);
    Some(verdict.unless(context.denies(at), 400).finding(Kind::VehiclePlate, place))
}

/// Letters without I and O; of six, either the first one or two or the last is a letter that stands for the drive.
fn is_serial(serial: &str) -> bool {
    let digits = serial.bytes().filter(u8::is_ascii_digit).count();
    if serial.contains(['I', 'O']) {
        return false;
    }
    let is_drive = |byte: Option<u8>| byte.is_some_and(|byte| (b'A'..=b'K').contains(&byte));
    match serial.chars().count() {
        5 => digits >= 2,
        6 => {
            let (first, last) = (serial.bytes().next(), serial.bytes().last());
            (is_drive(first) && digits >= 4) || (is_drive(last) && digits == 5)
        }
        _ => false,
    }
}
