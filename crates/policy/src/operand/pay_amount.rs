//! `payAmount` 交易金额: what has to be paid (`100.00 CNY`). C.6 row 18; ODRL `payAmount`.
//!
//! Among the constraints that a permission requires, parsing turns it into the duty to pay before the use (`compensate`), so that the answer is
//! `allow_if` rather than a refusal. Anywhere else it holds once `compensate` stands among `dutiesDone`.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::{Limit, Spec, Test, Tested, Truth, expected, one_text, words};
use crate::action::{Action, Enforcement};
use crate::operator::Operator;

pub(super) static SPEC: Spec = Spec {
    name: "payAmount",
    also: &[],
    odrl: &["payAmount"],
    zh: "交易金额",
    en: "amount to pay",
    fact: "dutiesDone: compensate",
    operators: &[Operator::Eq, Operator::Gteq],
    enforcement: Enforcement::Audit,
    relate: words::same,
    near: words::near,
    read,
    test,
};

fn read(value: &Value) -> Result<Limit, Text> {
    let refused = || expected(value, "金额（如 100.00 CNY）", "an amount of money (such as 100.00 CNY)");
    let text = one_text(value).ok_or_else(refused)?;
    let number: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let currency = text.get(number.len()..).unwrap_or_default().trim();
    let (whole, cents) = number.split_once('.').unwrap_or((&number, "0"));
    let is_number = !whole.is_empty() && (1..=2).contains(&cents.len()) && !cents.contains('.');
    let is_currency = currency.is_empty() || matches!(currency, "元" | "人民币") || is_iso_4217(currency);
    if is_number && is_currency { Ok(Limit::Money(text)) } else { Err(refused()) }
}

fn is_iso_4217(currency: &str) -> bool {
    currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn test(test: &Test<'_>) -> Tested {
    let Limit::Money(amount) = &test.leaf.limit else {
        return test.unreadable();
    };
    let is_paid = test.request.duties_done.contains(&Action::Compensate.into());
    if !is_paid {
        return test.missing();
    }
    test.tested(Truth::Met, || {
        Text::new(format!("已支付约定金额 {amount}"), format!("the agreed amount {amount} was paid"))
    })
}
