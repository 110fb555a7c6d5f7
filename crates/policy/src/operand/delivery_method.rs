//! `deliveryMethod` 交付方式: how the data reach the consumer. C.6 row 17.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::code::{self, Code};
use super::{Limit, Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) const CODES: &[Code] = &[
    ("01", "文件传输", "file transfer"),
    ("02", "数据流传输", "stream"),
    ("03", "API传输", "API"),
    ("04", "其他", "other"),
];

pub(super) static SPEC: Spec = Spec {
    name: "deliveryMethod",
    also: &[],
    odrl: &["deliveryChannel"],
    zh: "交付方式",
    en: "delivery method",
    fact: "deliveryMethod",
    operators: words::OPERATORS,
    enforcement: Enforcement::Technical,
    relate: words::same,
    near: |_| code::near(CODES),
    read,
    test,
};

fn read(value: &Value) -> Result<Limit, Text> {
    code::read(value, CODES)
}

fn test(test: &Test<'_>) -> Tested {
    code::test(test, test.request.delivery_method.as_ref(), CODES)
}
