//! Values of parameters: what each type takes, and examples of it at its bounds. Pure. A value is put into a policy as a whole and never into a text, so that
//! nothing that is typed can become a clause.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xinyu_policy::Expression;
use xinyu_protocol::id::{ConnectorId, ParticipantId, Strictness};
use xinyu_protocol::tc609::template::{Choice, ParameterType};
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

/// The longest word, in characters.
const MAX_WORD: usize = 128;
/// The longest code of an area: -14 C.6 row 3.
const MAX_REGION: usize = 10;
/// The longest row filter: -14 C.6 row 11.
const MAX_ROWS: usize = 128;
/// What divides words in the policies of others; a word of ours never holds one.
const DIVIDERS: [char; 9] = [',', '，', ';', '；', '、', '[', ']', '"', '\n'];

/// Reads a value of a type, in the form in which it stands in a policy.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(of: &ParameterType, value: &Value) -> Result<Value, Text> {
    match of {
        ParameterType::Integer { min, max } => match value.as_u64() {
            Some(number) if (*min..=*max).contains(&number) => Ok(value.clone()),
            _ => {
                Err(Text::new(format!("应为 {min} 至 {max} 的整数"), format!("must be a whole number, {min} to {max}")))
            }
        },
        ParameterType::Duration { min, max } => {
            let of_text = |text: &str| Some((length(text)?, length(min)?, length(max)?));
            match value.as_str().and_then(of_text) {
                Some((length, min, max)) if (min..=max).contains(&length) => Ok(value.clone()),
                _ => Err(Text::new(
                    format!("应为 {min} 至 {max} 的时长（ISO 8601，如 P30D）"),
                    format!("must be a length of time, {min} to {max} (ISO 8601, such as P30D)"),
                )),
            }
        }
        ParameterType::Instant => value
            .as_str()
            .and_then(|text| time::parse_any(text.trim()).ok())
            .map(|at| Value::from(at.to_string()))
            .ok_or_else(|| {
                Text::new(
                    "应为时间（如 2030-12-31T23:59:59+08:00 或 2030-12-31 23:59:59）",
                    "must be a time (such as 2030-12-31T23:59:59+08:00)",
                )
            }),
        ParameterType::Hours => value.as_str().filter(|text| is_hours(text)).map(Value::from).ok_or_else(|| {
            Text::new("应为每日时段（如 09:00-18:00）", "must be hours of every day (such as 09:00-18:00)")
        }),
        ParameterType::Code { among } => match value.as_str() {
            Some(code) if is_among(among, code) => Ok(value.clone()),
            _ => Err(not_among(among)),
        },
        ParameterType::Codes { among } => {
            let most = u32::try_from(among.len()).unwrap_or(u32::MAX);
            list(value, most, |code| if is_among(among, code) { Ok(()) } else { Err(not_among(among)) })
        }
        ParameterType::Words { most } => list(value, *most, word),
        ParameterType::Regions { most } => list(value, *most, region),
        ParameterType::Participants { most } => list(value, *most, |code| {
            ParticipantId::parse_with(code, Strictness::Lenient).map(drop).map_err(|_| no_party(code))
        }),
        ParameterType::Connectors { most } => list(value, *most, |code| {
            let is_owner = ParticipantId::parse_with(code, Strictness::Lenient).is_ok();
            let is_connector = ConnectorId::parse_with(code, Strictness::Lenient).is_ok();
            if is_owner || is_connector { Ok(()) } else { Err(no_party(code)) }
        }),
        ParameterType::Fields { most } => list(value, *most, field),
        ParameterType::Rows => rows(value),
    }
}

/// Values at the bounds of a type, the smallest first, for trying a template out.
#[must_use]
pub(super) fn samples(of: &ParameterType) -> Vec<Value> {
    let many = |one: &dyn Fn(u32) -> String, most: u32| {
        let all: Vec<String> = (1..=most.max(1)).map(one).collect();
        let first: Vec<String> = all.iter().take(1).cloned().collect();
        if most > 1 { vec![json!(first), json!(all)] } else { vec![json!(first)] }
    };
    match of {
        ParameterType::Integer { min, max } => vec![json!(min), json!(max)],
        ParameterType::Duration { min, max } => vec![json!(min), json!(max)],
        ParameterType::Instant => vec![json!("2030-01-01T00:00:00Z")],
        ParameterType::Hours => vec![json!("09:00-18:00"), json!("22:00-06:00")],
        ParameterType::Code { among } => among.iter().map(|choice| json!(choice.code)).collect(),
        ParameterType::Codes { among } => {
            let each = among.iter().map(|choice| json!([choice.code]));
            let all: Vec<&str> = among.iter().map(|choice| choice.code.as_str()).collect();
            each.chain([json!(all)]).collect()
        }
        ParameterType::Words { most } => many(&|place| format!("词{place}"), *most),
        ParameterType::Regions { .. } => vec![json!(["3100"]), json!(["3100", "CN"])],
        ParameterType::Participants { .. } => vec![json!([SAMPLE_PARTICIPANT])],
        ParameterType::Connectors { .. } => vec![json!([SAMPLE_PARTICIPANT])],
        ParameterType::Fields { most } => many(&|place| format!("t.f{place}"), *most),
        ParameterType::Rows => vec![json!("t.f1 = 'x'")],
    }
}

/// A code that is well formed and belongs to nobody.
const SAMPLE_PARTICIPANT: &str = "91350100M000100Y43";

/// That the bounds of a type are sensible.
///
/// # Errors
/// What is wrong with them.
pub(super) fn check_bounds(of: &ParameterType) -> Result<(), Text> {
    match of {
        ParameterType::Integer { min, max } if min > max || *max > MAX_INTEGER => Err(Text::new(
            format!("下限须不大于上限，上限至多 {MAX_INTEGER}"),
            format!("min is at most max, max at most {MAX_INTEGER}"),
        )),
        ParameterType::Duration { min, max } => match (length(min), length(max)) {
            (Some(min), Some(max)) if min <= max => Ok(()),
            _ => Err(Text::new(
                "上下限应为 ISO 8601 时长，下限须不大于上限",
                "bounds are lengths of time (ISO 8601), min at most max",
            )),
        },
        ParameterType::Code { among } | ParameterType::Codes { among } => check_choices(among),
        ParameterType::Words { most }
        | ParameterType::Regions { most }
        | ParameterType::Participants { most }
        | ParameterType::Connectors { most }
        | ParameterType::Fields { most }
            if !(1..=MAX_LIST).contains(most) =>
        {
            Err(Text::new(format!("most 应为 1 至 {MAX_LIST}"), format!("most is 1 to {MAX_LIST}")))
        }
        _ => Ok(()),
    }
}

/// Within what RFC 7493 can say.
const MAX_INTEGER: u64 = (1 << 53) - 1;
const MAX_LIST: u32 = 200;
const MAX_CHOICES: usize = 60;

fn check_choices(among: &[Choice]) -> Result<(), Text> {
    let codes: BTreeSet<&str> = among.iter().map(|choice| choice.code.as_str()).collect();
    let are_said = among.iter().all(|choice| {
        word(&choice.code).is_ok() && !choice.label.zh.trim().is_empty() && !choice.label.en.trim().is_empty()
    });
    if (1..=MAX_CHOICES).contains(&among.len()) && codes.len() == among.len() && are_said {
        return Ok(());
    }
    Err(Text::new(
        format!("可选代码为 1 至 {MAX_CHOICES} 个，不重复，并有中英文名称"),
        format!("there are 1 to {MAX_CHOICES} codes, each once and with a label in both languages"),
    ))
}

/// When a length of time that begins at a fixed day ends; nothing for none at all.
fn length(text: &str) -> Option<i64> {
    let span = time::parse_duration(text).ok()?;
    let from = time::from_micros(0).ok()?;
    let end = time::add(from, &span).ok()?;
    Some(time::micros(end)).filter(|length| *length > 0)
}

fn is_hours(text: &str) -> bool {
    let is_hour = |text: &str| {
        let digits: Vec<&str> = text.split(':').collect();
        let [hour, minute] = digits.as_slice() else { return false };
        let number = |text: &str, below: u32| {
            text.len() == 2
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && text.parse::<u32>().is_ok_and(|n| n < below)
        };
        number(hour, 24) && number(minute, 60)
    };
    text.split_once('-').is_some_and(|(from, to)| is_hour(from) && is_hour(to) && from != to)
}

fn is_among(among: &[Choice], code: &str) -> bool {
    among.iter().any(|choice| choice.code == code)
}

fn not_among(among: &[Choice]) -> Text {
    let known = |pick: fn(&Text) -> &str| {
        among.iter().map(|choice| format!("{} {}", choice.code, pick(&choice.label))).collect::<Vec<_>>()
    };
    let (zh, en) = (known(|label| &label.zh).join("、"), known(|label| &label.en).join(", "));
    Text::new(format!("应为其中之一：{zh}"), format!("must be among: {en}"))
}

fn list(value: &Value, most: u32, check: impl Fn(&str) -> Result<(), Text>) -> Result<Value, Text> {
    let wrong =
        || Text::new(format!("应为 1 至 {most} 项不重复的列表"), format!("must be a list of 1 to {most}, each once"));
    let items = value.as_array().ok_or_else(wrong)?;
    let words = items.iter().map(Value::as_str).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
    let once: BTreeSet<&str> = words.iter().copied().collect();
    if words.is_empty() || once.len() != words.len() || words.len() > usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(wrong());
    }
    words.iter().try_for_each(|word| check(word))?;
    Ok(value.clone())
}

fn word(text: &str) -> Result<(), Text> {
    let is_plain = !text.is_empty() && text.trim() == text && text.chars().count() <= MAX_WORD;
    if is_plain && !text.contains(DIVIDERS) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Text::new(
        format!("每项至多 {MAX_WORD} 字，不含逗号、分号、顿号、引号、方括号与首尾空格"),
        format!("each has at most {MAX_WORD} characters and no comma, semicolon, quote, bracket or outer space"),
    ))
}

fn region(text: &str) -> Result<(), Text> {
    let is_code =
        (1..=MAX_REGION).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_code {
        return Ok(());
    }
    Err(Text::new(
        format!("「{text}」不是行政区划代码（GB/T 2260，如 3100）或国家代码（ISO 3166，如 CN）"),
        format!("{text} is no code of an area (GB/T 2260 such as 3100, ISO 3166 such as CN)"),
    ))
}

fn no_party(code: &str) -> Text {
    Text::new(
        format!("「{code}」不是主体或连接器标识"),
        format!("{code} is no identifier of a participant or connector"),
    )
}

fn field(text: &str) -> Result<(), Text> {
    let parts: Vec<&str> = text.split('.').collect();
    let is_name = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_') && part.chars().count() <= MAX_WORD
    };
    if parts.len() <= 2 && parts.iter().all(is_name) {
        return Ok(());
    }
    Err(Text::new(
        format!("「{text}」应为 字段 或 表.字段，由文字、数字和下划线组成"),
        format!("{text} must be field or table.field, of letters, digits and underscores"),
    ))
}

fn rows(value: &Value) -> Result<Value, Text> {
    let text = value.as_str().filter(|text| text.chars().count() <= MAX_ROWS).ok_or_else(|| {
        Text::new(
            format!("应为至多 {MAX_ROWS} 字的筛选条件"),
            format!("must be a condition of at most {MAX_ROWS} characters"),
        )
    })?;
    match Expression::parse(text) {
        Ok(_) => Ok(value.clone()),
        Err(error) => {
            Err(Text::new(format!("筛选条件无法解析：{error}"), format!("the condition does not parse: {error}")))
        }
    }
}
