//! `executionEnv` 执行环境: where the use may run. C.6 row 15.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::code::{self, Code};
use super::{Limit, Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) const CODES: &[Code] = &[
    ("01", "使用控制", "usage control"),
    ("02", "数据沙箱", "data sandbox"),
    ("03", "安全多方计算", "secure multi-party computation"),
    ("04", "联邦学习", "federated learning"),
    ("05", "可信执行环境", "trusted execution environment"),
    ("06", "密态计算", "confidential computing"),
    ("07", "其他", "other"),
];

pub(super) static SPEC: Spec = Spec {
    name: "executionEnv",
    also: &[],
    odrl: &[],
    zh: "执行环境",
    en: "execution environment",
    fact: "executionEnv",
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
    code::test(test, test.request.execution_env.as_ref(), CODES)
}
