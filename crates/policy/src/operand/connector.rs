//! `connector` 限定使用连接器, 限定交付连接器 (TC609-6-2025-15 Table A.1; not in C.6): named connectors only, or all connectors of a named
//! organisation. A connector id holds its owner's code at positions 2 to 19 (NDI-TR-2025-04).

use super::{Relation, Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "connector",
    also: &[],
    odrl: &[],
    zh: "连接器",
    en: "connector",
    fact: "connector",
    operators: words::OPERATORS,
    enforcement: Enforcement::Technical,
    relate,
    near,
    read: words::read,
    test,
};

const CONNECTOR_CODE: usize = 32;
const OWNER_CODE: usize = 18;

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.connector.as_deref().into_iter().collect();
    words::test(test, &facts)
}

fn relate(fact: &str, value: &str) -> Relation {
    let owner = fact.get(1..=OWNER_CODE);
    let is_owned = fact.len() == CONNECTOR_CODE && value.len() == OWNER_CODE && owner == Some(value);
    if is_owned { Relation::Within } else { words::same(fact, value) }
}

/// The values, a connector of each organisation that is none of them, and a connector of nobody.
fn near(values: &[&str]) -> Vec<String> {
    let owned = values.iter().filter(|value| value.len() == OWNER_CODE && value.is_ascii());
    let owned: Vec<String> = owned.map(|owner| fresh_of(owner, values)).collect();
    words::near(values).into_iter().chain(owned).collect()
}

fn fresh_of(owner: &str, values: &[&str]) -> String {
    let numbered = |number: usize| format!("5{owner}{number:013}");
    (0..=values.len()).map(numbered).find(|id| !values.contains(&id.as_str())).unwrap_or_else(|| numbered(0))
}
