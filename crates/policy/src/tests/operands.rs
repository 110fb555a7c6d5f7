//! Every operand with the operators that mean something for it. TC609-6-2025-14 Table 5.1, 5.2, C.6.

mod amount;
mod name;
mod place;
mod when;

use super::{check, constraint, contract, reading};

/// Checks a constraint of a permission to read against facts, members without braces.
fn permit(name: &str, operator: &str, value: &str, facts: &str, expect: &str) {
    let separator = if facts.is_empty() { "" } else { "," };
    check(&reading(&constraint(name, operator, value)), &format!(r#"{{"action":"read"{separator}{facts}}}"#), expect);
}

/// The same as a constraint of a prohibition beside an open permission.
fn forbid(name: &str, operator: &str, value: &str, facts: &str, expect: &str) {
    let separator = if facts.is_empty() { "" } else { "," };
    let rule = format!(r#"{{"actions":["read"],"constraints":[{}]}}"#, constraint(name, operator, value));
    check(
        &contract(r#"{"actions":["read"]}"#, &rule, ""),
        &format!(r#"{{"action":"read"{separator}{facts}}}"#),
        expect,
    );
}
