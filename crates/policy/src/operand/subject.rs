//! `subject` 限定使用者 (TC609-6-2025-01 §5.2.2.5 a; ODRL `recipient`; not in C.6): named users only.

use super::{Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "subject",
    also: &[],
    odrl: &["recipient"],
    zh: "使用者",
    en: "user",
    fact: "subject",
    operators: words::OPERATORS,
    enforcement: Enforcement::Technical,
    relate: words::same,
    near: words::near,
    read: words::read,
    test,
};

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.subject.as_deref().into_iter().collect();
    words::test(test, &facts)
}
