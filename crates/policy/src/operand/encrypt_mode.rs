//! `encryptMode` 加密方式: whether data are used in the clear or encrypted. C.6 row 16.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::code::{self, Code};
use super::{Limit, Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) const CODES: &[Code] =
    &[("01", "明文使用", "in the clear"), ("02", "密文使用", "encrypted"), ("03", "其他", "other")];

pub(super) static SPEC: Spec = Spec {
    name: "encryptMode",
    also: &[],
    odrl: &[],
    zh: "加密方式",
    en: "encryption mode",
    fact: "encryptMode",
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
    code::test(test, test.request.encrypt_mode.as_ref(), CODES)
}
