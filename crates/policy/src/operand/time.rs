//! `time` 时间范围: when the data may be used. C.6 row 1; ODRL `dateTime`. The value is an instant, a day or an interval.

use jiff::Timestamp;
use serde_json::Value;
use xinyu_protocol::text::Text;

use super::moment::{self, Moment, civil_text};
use super::{Limit, Spec, Test, Tested, Truth, expected, words};
use crate::action::Enforcement;
use crate::operator::Operator;

pub(super) static SPEC: Spec = Spec {
    name: "time",
    also: &["dateTime"],
    odrl: &["dateTime"],
    zh: "使用时间",
    en: "time of use",
    fact: "time",
    operators: moment::OPERATORS,
    enforcement: Enforcement::Technical,
    relate: words::same,
    near: words::near,
    read,
    test,
};

fn read(value: &Value) -> Result<Limit, Text> {
    let is_ordered = |moment: &Moment| moment.first <= moment.last;
    Moment::read(value).filter(is_ordered).map(Limit::Moment).ok_or_else(|| {
        expected(
            value,
            "时间（YYYYMMDDHHMMSS、RFC 3339、日期或起止区间）",
            "a time (YYYYMMDDHHMMSS, RFC 3339, a date, or an interval)",
        )
    })
}

fn test(test: &Test<'_>) -> Tested {
    let Limit::Moment(moment) = &test.leaf.limit else {
        return test.unreadable();
    };
    within(test, moment)
}

/// Compares the time of the request with a stretch of time.
pub(super) fn within(test: &Test<'_>, moment: &Moment) -> Tested {
    let Some(now) = test.request.time else {
        return test.missing_fact("time");
    };
    let truth = moment.compare(test.leaf.operator, now);
    test.tested(truth, || explain(test.leaf.operator, truth, now, moment))
}

fn explain(operator: Operator, truth: Truth, now: Timestamp, moment: &Moment) -> Text {
    let (at, first, last) = (civil_text(now), civil_text(moment.first), civil_text(moment.last));
    match (truth, operator) {
        (Truth::Met, _) => Text::new(
            format!("使用时间 {at} 符合合约约定的时间条件"),
            format!("the time of use {at} meets the contract's condition on time"),
        ),
        (_, Operator::Lt | Operator::Lteq) => Text::new(
            format!("已过约定的期限：截止 {last}，使用时间为 {at}"),
            format!("too late: the term ends at {last}, the use is at {at}"),
        ),
        (_, Operator::Gt | Operator::Gteq) => Text::new(
            format!("未到约定的时间：自 {first} 起，使用时间为 {at}"),
            format!("too early: the term begins at {first}, the use is at {at}"),
        ),
        _ => Text::new(
            format!("使用时间 {at} 不符合约定的时间范围 {first} 至 {last}"),
            format!("the time of use {at} is not as agreed about {first} to {last}"),
        ),
    }
}
