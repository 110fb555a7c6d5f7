//! `purpose` 使用目的 (ODRL `purpose`; not in C.6). What the user states: nobody can measure it, so the contract and the law enforce it.

use super::{Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "purpose",
    also: &[],
    odrl: &["purpose"],
    zh: "使用目的",
    en: "purpose",
    fact: "purpose",
    operators: words::OPERATORS,
    enforcement: Enforcement::LegalOnly,
    relate: words::same,
    near: words::near,
    read: words::read,
    test,
};

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.purpose.as_deref().into_iter().collect();
    words::test(test, &facts)
}
