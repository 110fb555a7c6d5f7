//! Clauses for people. A filed contract comes with its clauses in words; the policies of a listing are still JSON of TC609-6-2025-14 Appendix C, and are
//! put into words here, rule by rule. A member that is not known is shown as it is: nothing of a policy is left out.

use serde_json::Value;
use xinyu_protocol::api::ClauseInfo;

use crate::page::Page;

/// One clause as a page shows it.
pub(crate) struct Clause {
    /// `permission`, `prohibition`, `obligation`, or nothing.
    pub(crate) kind: &'static str,
    pub(crate) pointer: String,
    pub(crate) text: String,
    /// `technical`, `audit`, `legal_only`, or nothing where it is not known.
    pub(crate) enforcement: String,
    /// Whether it limits the clause before it.
    pub(crate) is_within: bool,
    /// What a condition limits, by its name in -14; empty where it is not known.
    pub(crate) operand: String,
}

/// What a rule does, by where it stands in the contract.
pub(crate) fn kind_of(pointer: &str) -> &'static str {
    let segments: Vec<&str> = pointer.split('/').collect();
    let stands = |start: &str| segments.iter().any(|segment| segment.starts_with(start));
    // An obligation that belongs to a permission is an obligation.
    if ["obligation", "preDut", "dut"].into_iter().any(stands) {
        "obligation"
    } else if stands("permission") {
        "permission"
    } else if stands("prohibition") {
        "prohibition"
    } else {
        ""
    }
}

/// The clauses of a filed contract.
pub(crate) fn of_contract(page: &Page, clauses: &[ClauseInfo]) -> Vec<Clause> {
    // What stands at the root speaks of all rules.
    let is_root = |pointer: &str| pointer.matches('/').count() < 2;
    let clauses = clauses.iter().map(|clause| Clause {
        kind: if is_root(&clause.clause) { "" } else { kind_of(&clause.clause) },
        text: page.say(&clause.text).to_owned(),
        enforcement: clause.enforcement.clone(),
        is_within: clause.clause.contains("/constraint"),
        operand: clause.operand.clone().unwrap_or_default(),
        pointer: clause.clause.clone(),
    });
    clauses.collect()
}

/// The clauses of a listing's policies.
pub(crate) fn of_policies(page: &Page, policies: &[Value]) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        let Some(members) = policy.as_object() else {
            clauses.push(plain(format!("/contractPolicies/{index}"), policy));
            continue;
        };
        let mut kinds: Vec<(&String, &Value)> = members.iter().collect();
        kinds.sort_by_key(|(name, _)| {
            ["permission", "prohibition", "obligation"].iter().position(|kind| *kind == kind_of(name)).unwrap_or(3)
        });
        for (name, rules) in kinds {
            for (position, rule) in one_or_many(rules).iter().enumerate() {
                let pointer = format!("/contractPolicies/{index}/{name}/{position}");
                if kind_of(&pointer).is_empty() {
                    clauses.push(plain(pointer, rule));
                } else {
                    of_rule(page, pointer, rule, &mut clauses);
                }
            }
        }
    }
    clauses
}

/// The clauses of an ODRL offer as it stands in another maker's catalogue.
pub(crate) fn of_offer(page: &Page, offer: &Value) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for name in ["permission", "prohibition", "obligation"] {
        for (position, rule) in offer.get(name).map(one_or_many).unwrap_or_default().iter().enumerate() {
            of_rule(page, format!("/{name}/{position}"), rule, &mut clauses);
        }
    }
    clauses
}

fn of_rule(page: &Page, pointer: String, rule: &Value, clauses: &mut Vec<Clause>) {
    let kind = kind_of(&pointer);
    let actions: Vec<String> = ["actions", "action"]
        .iter()
        .filter_map(|name| rule.get(name))
        .flat_map(one_or_many)
        .map(|action| page.word("action", word(&action)))
        .collect();
    clauses.push(Clause {
        kind,
        text: page.list(&actions),
        enforcement: String::new(),
        is_within: false,
        operand: String::new(),
        pointer: pointer.clone(),
    });
    for (name, member) in rule.as_object().into_iter().flatten() {
        match name.as_str() {
            "actions" | "action" | "subject" | "subjectInfo" | "executionNode" | "executionNodeInfo" => {}
            "@type" | "@id" | "target" | "assigner" | "assignee" => {}
            "constraints" | "constraint" => {
                for (position, constraint) in one_or_many(member).iter().enumerate() {
                    clauses.push(Clause {
                        kind,
                        text: condition(page, constraint),
                        enforcement: String::new(),
                        is_within: true,
                        operand: String::new(),
                        pointer: format!("{pointer}/{name}/{position}"),
                    });
                }
            }
            "preDuties" | "preDuty" | "duties" | "duty" => {
                for (position, duty) in one_or_many(member).iter().enumerate() {
                    of_rule(page, format!("{pointer}/{name}/{position}"), duty, clauses);
                }
            }
            _ => clauses.push(Clause { is_within: true, ..plain(format!("{pointer}/{name}"), member) }),
        }
    }
}

fn condition(page: &Page, constraint: &Value) -> String {
    let member = |names: [&str; 3]| names.into_iter().find_map(|name| constraint.get(name)).map(word);
    let found = (
        member(["constraintName", "name", "leftOperand"]),
        member(["constraintOperator", "operator", "op"]),
        member(["constraintValue", "value", "rightOperand"]),
    );
    match found {
        (Some(name), Some(operator), Some(value)) => {
            format!("{} {} {value}", page.word("operand", name), page.word("operator", operator))
        }
        _ => word(constraint),
    }
}

fn plain(pointer: String, value: &Value) -> Clause {
    let kind = kind_of(&pointer);
    Clause { kind, text: word(value), enforcement: String::new(), is_within: false, operand: String::new(), pointer }
}

fn one_or_many(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    }
}

/// A value as a word: a text without its quotes, a list of texts with commas.
pub(crate) fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            items.iter().map(word).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// What the contract says at a pointer: the clause itself, or the nearest one that holds it.
pub(crate) fn quoted<'a>(clauses: &'a [Clause], pointer: &str) -> Option<&'a Clause> {
    let mut place = pointer;
    while !place.is_empty() {
        if let Some(clause) = clauses.iter().find(|clause| clause.pointer == place) {
            return Some(clause);
        }
        place = place.rsplit_once('/').map_or("", |(above, _)| above);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duty_of_a_permission_is_an_obligation() {
        for (pointer, expect) in [
            ("/contractPolicies/0/permissionPolicies/1", "permission"),
            ("/contractPolicies/0/permissionPolicies/1/constraints/0", "permission"),
            ("/contractPolicies/0/permissionPolicies/1/duties/0", "obligation"),
            ("/contractPolicies/0/prohibitionPolicies/0", "prohibition"),
            ("/prohibition/0", "prohibition"),
            ("/obligation/0", "obligation"),
            ("/indate", ""),
        ] {
            assert_eq!(kind_of(pointer), expect, "{pointer}");
        }
    }

    #[test]
    fn the_nearest_clause_is_quoted() {
        let clause = |pointer: &str| Clause {
            kind: "",
            pointer: pointer.to_owned(),
            text: pointer.to_owned(),
            enforcement: String::new(),
            is_within: false,
            operand: String::new(),
        };
        let clauses = [clause("/a/0"), clause("/a/0/constraints/1")];
        for (pointer, expect) in [
            ("/a/0/constraints/1", Some("/a/0/constraints/1")),
            ("/a/0/constraints/2", Some("/a/0")),
            ("/b", None),
            ("", None),
        ] {
            assert_eq!(quoted(&clauses, pointer).map(|clause| clause.text.as_str()), expect);
        }
    }
}
