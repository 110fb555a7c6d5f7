//! `application` 应用程序: the data may be used by named applications only. C.6 row 12. The id is that of the registered application.

use super::{Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "application",
    also: &["applications"],
    odrl: &[],
    zh: "应用程序",
    en: "application",
    fact: "application",
    operators: words::OPERATORS,
    enforcement: Enforcement::Technical,
    relate: words::versioned,
    near: words::near,
    read: words::read,
    test,
};

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.application.as_deref().into_iter().collect();
    words::test(test, &facts)
}
