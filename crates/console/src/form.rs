//! What stands in forms: texts that may be empty, ticked boxes, areas that hold JSON.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use url::form_urlencoded;
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::page::Page;

/// A text, if there is one.
pub(crate) fn optional(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// As a query, with what was filled in.
pub(crate) fn query(fields: &[(&str, &str)], without: &[&str]) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        if !value.trim().is_empty() && !without.contains(name) {
            pairs.append_pair(name, value.trim());
        }
    }
    pairs.finish()
}

/// Whether a box was ticked.
pub(crate) fn is_ticked(value: &str) -> bool {
    value == "yes"
}

/// The JSON of an area, or a page that names the area and what is wrong in it.
pub(crate) fn read<T: DeserializeOwned>(page: &Page, field: &str, text: &str) -> Result<T, Fault> {
    parse(text.as_bytes(), Limits::WIRE).map_err(|error| {
        let field = page.t(field);
        let problem = Problem::new(400, "form-json", Text::new("JSON 无法解析", "the JSON does not parse"))
            .detail(Text::new(format!("「{field}」：{}", error.text().zh), format!("{field}: {}", error.text().en)))
            .next(Text::new(
                "请修改该栏后重新提交，其他已填内容都保留在下面",
                "mend this field and send it again: what you filled in stands below",
            ));
        Fault::in_form(page, problem)
    })
}

/// Words with commas or spaces between.
pub(crate) fn words(text: &str) -> Vec<String> {
    let words = text.split([',', '，', '、', ' ']).map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// `2026-12-31` is the end of that day in China; nothing is none. A page that names the field, if it is no day.
pub(crate) fn day(page: &Page, field: &str, text: &str) -> Result<Option<Timestamp>, Fault> {
    let Some(text) = optional(text) else { return Ok(None) };
    let end = format!("{text}T23:59:59+08:00").parse();
    let what = Text::new("应为日期，例如 2026-12-31", "is no day, such as 2026-12-31");
    end.map(Some).map_err(|_| wrong(page, field, what))
}

/// `12.34` yuan are 1234 fen; nothing is none. A page that names the field, if it is no amount.
pub(crate) fn yuan(page: &Page, field: &str, text: &str) -> Result<Option<u64>, Fault> {
    let Some(text) = optional(text) else { return Ok(None) };
    let (yuan, fen) = text.split_once('.').unwrap_or((&text, "00"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let read = || {
        let fen = if fen.len() == 1 { format!("{fen}0") } else { fen.to_owned() };
        yuan.parse::<u64>().ok()?.checked_mul(100)?.checked_add(fen.parse().ok()?)
    };
    let is_amount = digits(yuan) && digits(fen) && fen.len() <= 2;
    match is_amount.then(read).flatten() {
        Some(amount) => Ok(Some(amount)),
        None => Err(wrong(
            page,
            field,
            Text::new("应为以元计的金额，至多两位小数", "an amount in yuan with two decimals at most"),
        )),
    }
}

/// A positive whole number; nothing is none.
pub(crate) fn whole(page: &Page, field: &str, text: &str) -> Result<Option<u64>, Fault> {
    let Some(text) = optional(text) else { return Ok(None) };
    match text.parse::<u64>() {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(wrong(page, field, Text::new("应为正整数", "a positive whole number"))),
    }
}

fn wrong(page: &Page, field: &str, what: Text) -> Fault {
    let field = page.t(field);
    let problem = Problem::new(400, "form-value", Text::new("填写的内容无效", "what was filled in is not good"))
        .detail(Text::new(format!("「{field}」{}", what.zh), format!("{field}: {}", what.en)))
        .next(Text::new("请修改该栏后重新提交", "mend this field and send it again"));
    Fault::in_form(page, problem)
}
