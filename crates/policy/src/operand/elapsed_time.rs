//! `elapsedTime` 使用期限 (ODRL `elapsedTime`; not in C.6): how long after the first use the data may be used. As `timeWindow` alone, but never
//! taken for the window of a `count` that stands beside it.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::moment::{self, Period};
use super::{Limit, Spec, Test, Tested, expected, one_text, time_window, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "elapsedTime",
    also: &[],
    odrl: &["elapsedTime"],
    zh: "使用期限",
    en: "elapsed time",
    fact: "timeOfFirstUse",
    operators: moment::OPERATORS,
    enforcement: Enforcement::Technical,
    relate: words::same,
    near: words::near,
    read,
    test,
};

fn read(value: &Value) -> Result<Limit, Text> {
    let period = one_text(value).and_then(|text| Period::parse(&text));
    period.map(Limit::Period).ok_or_else(|| expected(value, "时长（如 P30D）", "a length of time (such as P30D)"))
}

fn test(test: &Test<'_>) -> Tested {
    match &test.leaf.limit {
        Limit::Period(period) => time_window::since_first_use(test, period),
        _ => test.unreadable(),
    }
}
