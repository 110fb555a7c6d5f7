//! The two-digit codes of C.6 rows 15 to 17, shared by three operands. A value or fact may carry its label (`02：数据沙箱`), be the label
//! alone, or have lost its zero (`2`); a code outside the table is refused.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::{Limit, Test, Tested, Truth, words};

/// One code: digits, label in Chinese and in English.
pub(super) type Code = (&'static str, &'static str, &'static str);

/// The code that a text means.
fn find(text: &str, codes: &[Code]) -> Option<&'static str> {
    if let Some((code, ..)) = codes.iter().find(|(code, ..)| *code == text) {
        return Some(code);
    }
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (head, has_label) = match text.split_once([':', '：']) {
        Some((head, _)) => (head, true),
        None => (text.as_str(), false),
    };
    let is_it = |(code, label, _): &&Code| {
        head == *code || head == code.trim_start_matches('0') || (!has_label && head == *label)
    };
    codes.iter().find(is_it).map(|(code, ..)| *code)
}

/// Every code there is.
pub(super) fn near(codes: &[Code]) -> Vec<String> {
    codes.iter().map(|(code, ..)| (*code).to_owned()).collect()
}

pub(super) fn read(value: &Value, codes: &[Code]) -> Result<Limit, Text> {
    let Limit::Words(words) = words::read(value)? else {
        return Err(refused(value, codes));
    };
    let found: Option<Vec<_>> = words.iter().map(|word| find(word, codes).map(str::to_owned)).collect();
    found.map(Limit::Words).ok_or_else(|| refused(value, codes))
}

fn refused(value: &Value, codes: &[Code]) -> Text {
    let known: Vec<_> = codes.iter().map(|(code, label, _)| format!("{code} {label}")).collect();
    let known = known.join(", ");
    Text::new(format!("代码 {value} 不在代码表中：{known}"), format!("value {value} is not one of the codes {known}"))
}

pub(super) fn test(test: &Test<'_>, fact: Option<&String>, codes: &[Code]) -> Tested {
    let Some(fact) = fact else { return test.missing() };
    match find(fact, codes) {
        Some(code) => words::test(test, &[code]),
        None => {
            let spec = test.leaf.operand.spec();
            test.tested(Truth::Unknown, || {
                Text::new(
                    format!("{} {fact} 不是代码表中的代码", spec.zh),
                    format!("{} {fact} is not a code of the table", spec.en),
                )
            })
        }
    }
}
