//! `frequency` 使用频次: how often within a minute, an hour or a day the data may be used. C.6 row 7.
//!
//! The window is the one that the value names (`100/PT1M`, `100次/小时`), else the `timeWindow` beside it, else a day: of the three units of
//! Table 5.1 the one that allows least. What is compared is `used.inWindow` + 1.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::{Limit, Spec, amount, count, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "frequency",
    also: &[],
    odrl: &[],
    zh: "使用频次",
    en: "frequency of uses",
    fact: "used.inWindow",
    operators: amount::COUNTING,
    enforcement: Enforcement::Technical,
    relate: words::same,
    near: words::near,
    read,
    test: count::test,
};

fn read(value: &Value) -> Result<Limit, Text> {
    amount::read(value, &[("次", 1), ("times", 1), ("uses", 1)])
}
