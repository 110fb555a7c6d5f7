//! `count` 使用次数: how often the data may be used. C.6 row 6; ODRL `count`.
//!
//! What is compared is the number of the use that is asked for: `used.count` + 1, so `lteq 3` allows the first, second and third. With a window
//! (a `timeWindow` beside it, or `10000 次/天`) it is `used.inWindow` + 1. `eq N` in a permission is read as "N uses": at most N; in a
//! prohibition it is the N-th use alone.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::{Limit, Sense, Spec, Test, Tested, Truth, amount, words};
use crate::action::Enforcement;
use crate::operator::Operator;

pub(super) static SPEC: Spec = Spec {
    name: "count",
    also: &[],
    odrl: &["count"],
    zh: "使用次数",
    en: "number of uses",
    fact: "used.count",
    operators: amount::COUNTING,
    enforcement: Enforcement::Technical,
    relate: words::same,
    near: words::near,
    read,
    test,
};

fn read(value: &Value) -> Result<Limit, Text> {
    amount::read(value, &[("次", 1), ("times", 1), ("uses", 1)])
}

/// Compares the number of this use with the limit; also for `frequency`.
pub(super) fn test(test: &Test<'_>) -> Tested {
    let Limit::Quantity { amount, .. } = &test.leaf.limit else {
        return test.unreadable();
    };
    let (fact, name) = match test.leaf.window {
        Some(_) => (test.request.used_in_window(), "used.inWindow"),
        None => (test.request.used_count(), "used.count"),
    };
    let Some(made) = fact else {
        return test.missing_fact(name);
    };
    let operator = match (test.leaf.operator, test.sense) {
        (Operator::Eq, Sense::Permit) => Operator::Lteq,
        (operator, _) => operator,
    };
    let truth = amount::compare(operator, made.saturating_add(1), *amount);
    test.tested(truth, || explain(test, truth, operator, *amount, made))
}

fn explain(test: &Test<'_>, truth: Truth, operator: Operator, amount: u64, made: u64) -> Text {
    let (zh, en) = match &test.leaf.window {
        Some(window) => (window.zh(), format!(" within {}", window.as_str())),
        None => (String::new(), String::new()),
    };
    let this = made.saturating_add(1);
    let most = if operator == Operator::Lt { amount.saturating_sub(1) } else { amount };
    let uses = |number: u64| {
        if number == 1 { "1 use".to_owned() } else { format!("{number} uses") }
    };
    let were = |number: u64| {
        if number == 1 { "1 was made".to_owned() } else { format!("{number} were made") }
    };
    match (operator, truth) {
        (Operator::Lteq | Operator::Lt, Truth::NotMet) => Text::new(
            format!("使用次数已达上限：合约允许{zh} {most} 次，已使用 {made} 次"),
            format!("use limit reached: the contract allows {}{en}, {}", uses(most), were(made)),
        ),
        (Operator::Lteq | Operator::Lt, _) => Text::new(
            format!("使用次数在合约允许的范围内：合约允许{zh} {most} 次，本次为第 {this} 次"),
            format!("within the use limit: the contract allows {}{en}, this is number {this}", uses(most)),
        ),
        _ => {
            let how = operator.label();
            Text::new(
                format!("合约约定使用次数{zh}{} {amount}，本次为第 {this} 次", how.zh),
                format!("the contract says {} {amount} uses{en}, this is number {this}", how.en),
            )
        }
    }
}
