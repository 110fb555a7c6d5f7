//! `dateRecord` (the standard's spelling) 数据记录数: how many records a use may touch. C.6 row 9. Also read as `dataRecord`.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::{Limit, Spec, Test, Tested, amount, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "dateRecord",
    also: &["dataRecord"],
    odrl: &[],
    zh: "数据记录数",
    en: "number of records",
    fact: "dataRecord",
    operators: amount::OPERATORS,
    enforcement: Enforcement::Technical,
    relate: words::same,
    near: words::near,
    read,
    test,
};

fn read(value: &Value) -> Result<Limit, Text> {
    amount::read(value, &[("条", 1), ("行", 1), ("records", 1), ("rows", 1), ("万条", 10_000)])
}

fn test(test: &Test<'_>) -> Tested {
    amount::test(test, test.request.data_record, ("条", "records"))
}
