//! `physicalAddress` 物理地址: CPU, TPM/TPCM or hardware id of the executing node. C.6 row 5. Audit: it is what the node states unless an
//! attestation covers it.

use super::{Relation, Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "physicalAddress",
    also: &[],
    odrl: &["systemDevice"],
    zh: "物理地址",
    en: "physical address",
    fact: "physicalAddress",
    operators: words::OPERATORS,
    enforcement: Enforcement::Audit,
    relate,
    near: words::near,
    read: words::read,
    test,
};

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.physical_address.as_deref().into_iter().collect();
    words::test(test, &facts)
}

/// Hardware ids are hexadecimal: case says nothing.
fn relate(fact: &str, value: &str) -> Relation {
    if fact.eq_ignore_ascii_case(value) { Relation::Within } else { Relation::Outside }
}
