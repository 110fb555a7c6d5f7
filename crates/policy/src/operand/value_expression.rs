//! `valueExpression` 数据字段值: only the records that match may be used. C.6 row 11, at most 128 characters. See [`crate::Expression`].
//!
//! It is no condition on the request: whoever hands out the records applies it ([`crate::Policy::row_filters`]). It therefore always holds
//! in a permission, and may stand only where it applies without alternative; parsing sees to that.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::{Limit, Sense, Spec, Test, Tested, Truth, expected, words};
use crate::action::Enforcement;
use crate::expression::Expression;
use crate::operator::Operator;

pub(super) static SPEC: Spec = Spec {
    name: "valueExpression",
    also: &[],
    odrl: &[],
    zh: "数据筛选条件",
    en: "row filter",
    fact: "",
    operators: &[Operator::Eq, Operator::IsA, Operator::IsPartOf, Operator::IsAllOf],
    enforcement: Enforcement::Technical,
    relate: words::same,
    near: words::near,
    read,
    test,
};

fn read(value: &Value) -> Result<Limit, Text> {
    let Value::String(text) = value else {
        return Err(expected(value, "筛选表达式", "a row filter"));
    };
    Expression::parse(text).map(Limit::Rows).map_err(|error| {
        Text::new(format!("筛选表达式无法理解：{error}"), format!("the row filter is not understood: {error}"))
    })
}

fn test(test: &Test<'_>) -> Tested {
    let Limit::Rows(expression) = &test.leaf.limit else {
        return test.unreadable();
    };
    if test.sense == Sense::Forbid {
        return test.unreadable();
    }
    test.tested(Truth::Met, || {
        Text::new(
            format!("仅提供满足筛选条件的数据：{expression}"),
            format!("only rows that match are provided: {expression}"),
        )
    })
}
