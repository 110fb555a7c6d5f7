//! `algorithm` 算法: named algorithms only. C.6 row 13. The id is that of the registered algorithm, with or without `@version`; the
//! connector checks its digest before each run.

use super::{Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "algorithm",
    also: &["algorithms"],
    odrl: &[],
    zh: "算法",
    en: "algorithm",
    fact: "algorithm",
    operators: words::OPERATORS,
    enforcement: Enforcement::Technical,
    relate: words::versioned,
    near: words::near,
    read: words::read,
    test,
};

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.algorithm.as_deref().into_iter().collect();
    words::test(test, &facts)
}
