//! `dataSize` 数据规模: how many bytes a use may touch. C.6 row 8. Units are those of IEC 80000-13: `10G` is 10^10 bytes, `10Gi` is 10 × 2^30.

use serde_json::Value;
use xinyu_protocol::text::Text;

use super::{Limit, Spec, Test, Tested, amount, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "dataSize",
    also: &[],
    odrl: &[],
    zh: "数据规模",
    en: "data size",
    fact: "dataSize",
    operators: amount::OPERATORS,
    enforcement: Enforcement::Technical,
    relate: words::same,
    near: words::near,
    read,
    test,
};

const UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("bytes", 1),
    ("字节", 1),
    ("K", 1_000),
    ("KB", 1_000),
    ("M", 1_000_000),
    ("MB", 1_000_000),
    ("G", 1_000_000_000),
    ("GB", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("TB", 1_000_000_000_000),
    ("Ki", 1 << 10),
    ("KiB", 1 << 10),
    ("Mi", 1 << 20),
    ("MiB", 1 << 20),
    ("Gi", 1 << 30),
    ("GiB", 1 << 30),
    ("Ti", 1 << 40),
    ("TiB", 1 << 40),
];

fn read(value: &Value) -> Result<Limit, Text> {
    amount::read(value, UNITS)
}

fn test(test: &Test<'_>) -> Tested {
    amount::test(test, test.request.data_size, ("字节", "bytes"))
}
