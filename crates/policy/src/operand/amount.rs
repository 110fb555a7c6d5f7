//! Whole numbers, shared by the operands that count. A value is a number, or a number with its unit (`1000 次`, `10G`), or a number within a
//! time (`10000 次/天`, `100/PT1M`).

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::moment::Period;
use super::{Limit, Test, Tested, Truth, expected, one_text};
use crate::operator::Operator;

/// The operators that compare numbers.
pub(super) const OPERATORS: &[Operator] =
    &[Operator::Eq, Operator::Neq, Operator::Lt, Operator::Lteq, Operator::Gt, Operator::Gteq];

/// The operators of a number that grows with every use.
pub(super) const COUNTING: &[Operator] = &[Operator::Eq, Operator::Lt, Operator::Lteq, Operator::Gt, Operator::Gteq];

/// Reads a number with an optional unit, a factor of `units`, and with an optional time.
pub(super) fn read(value: &Value, units: &[(&str, u64)]) -> Result<Limit, Text> {
    let refused = || expected(value, "非负整数", "a whole number");
    let text = one_text(value).ok_or_else(refused)?;
    let (text, window) = match text.split_once('/') {
        Some((amount, window)) => (amount.trim(), Some(period(window.trim()).ok_or_else(refused)?)),
        None => (text.trim(), None),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_' && c != ',').unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end).ok_or_else(refused)?;
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let amount: u64 = digits.parse().map_err(|_| refused())?;
    let unit = unit.trim();
    let factor = if unit.is_empty() {
        Some(1)
    } else {
        units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).map(|(_, factor)| *factor)
    };
    let amount = factor.and_then(|factor| amount.checked_mul(factor)).ok_or_else(refused)?;
    Ok(Limit::Quantity { amount, window })
}

/// A time in an amount: ISO 8601, or a word.
fn period(text: &str) -> Option<Period> {
    let iso = match text.trim_start_matches(['每', '1']).to_ascii_lowercase().as_str() {
        "分" | "分钟" | "min" | "minute" | "m" => "PT1M",
        "时" | "小时" | "h" | "hour" => "PT1H",
        "天" | "日" | "d" | "day" => "P1D",
        "周" | "week" => "P7D",
        "月" | "month" => "P1M",
        _ => text,
    };
    Period::parse(iso)
}

/// Compares two numbers.
pub(super) fn compare(operator: Operator, fact: u64, limit: u64) -> Truth {
    match operator {
        Operator::Eq => Truth::of(fact == limit),
        Operator::Neq => Truth::of(fact != limit),
        Operator::Lt => Truth::of(fact < limit),
        Operator::Lteq => Truth::of(fact <= limit),
        Operator::Gt => Truth::of(fact > limit),
        Operator::Gteq => Truth::of(fact >= limit),
        _ => Truth::Unknown,
    }
}

/// Tests a fact that is a number as it stands.
pub(super) fn test(test: &Test<'_>, fact: Option<u64>, unit: (&str, &str)) -> Tested {
    let Limit::Quantity { amount, .. } = &test.leaf.limit else {
        return test.unreadable();
    };
    let Some(fact) = fact else { return test.missing() };
    let truth = compare(test.leaf.operator, fact, *amount);
    test.tested(truth, || {
        let spec = test.leaf.operand.spec();
        let how = test.leaf.operator.label();
        let (zh, en) = match truth {
            Truth::Met => ("符合", "is as"),
            _ => ("不符合", "is not as"),
        };
        Text::new(
            format!("{}{zh}合约约定：约定{} {amount} {}，本次 {fact} {}", spec.zh, how.zh, unit.0, unit.0),
            format!("the {} {en} the contract says: {} {amount} {}; this use has {fact}", spec.en, how.en, unit.1),
        )
    })
}
