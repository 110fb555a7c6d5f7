//! A policy clause by clause, as people are shown it, each with how it is enforced. TC609-6-2025-15 §7.2.2.3 h. Pure.

use serde_json::Value;
use xinyu_policy::{
    Action, Clause, Constraint, Enforcement, Operand, ParseError, Policy, Syntax, Timing, explain, parse_value,
};
use xinyu_protocol::api::ClauseInfo;

use crate::usage::duty;

/// The clauses of a policy document: contract policies of TC609-6-2025-14, or an ODRL offer or agreement.
///
/// # Errors
/// What our policy engine does not read in it.
pub fn clauses(document: &Value) -> Result<Vec<ClauseInfo>, Vec<ParseError>> {
    let policy = parse_value(document)?;
    // What is written in ODRL was agreed with a partner, whose connector hears of no use.
    let clauses = duty::clauses(&policy, policy.syntax == Syntax::Odrl);
    Ok(clauses.into_iter().map(|clause| info(&policy, clause.enforcement, clause)).collect())
}

/// The clauses as they hold for data that goes to a partner, another maker's connector. What the delivery itself sees to, fields, rows and masks, our
/// connector enforces; whatever is to hold afterwards rests on the law, since nothing of ours stands where the data is then used.
///
/// # Errors
/// What our policy engine does not read in it.
pub fn clauses_at_partner(document: &Value) -> Result<Vec<ClauseInfo>, Vec<ParseError>> {
    let policy = parse_value(document)?;
    let seen_to = seen_to_by_delivery(&policy);
    let weaken = |clause: Clause| {
        let is_seen_to = seen_to.contains(&clause.pointer.as_str());
        info(&policy, if is_seen_to { clause.enforcement } else { Enforcement::LegalOnly }, clause)
    };
    Ok(explain(&policy).into_iter().map(weaken).collect())
}

/// Where the clauses stand that the delivery itself sees to.
fn seen_to_by_delivery(policy: &Policy) -> Vec<&str> {
    let limits = policy.rules.iter().flat_map(|rule| &rule.constraints).filter_map(|constraint| match constraint {
        Constraint::Leaf(leaf) if matches!(leaf.operand, Operand::DataField | Operand::ValueExpression) => {
            Some(leaf.pointer.as_str())
        }
        _ => None,
    });
    let duties = policy.rules.iter().flat_map(|rule| &rule.duties).filter_map(|duty| {
        let is_before = duty.timing == Timing::Before;
        (is_before && matches!(duty.action, Action::Desensitize | Action::Anonymize)).then_some(duty.clause.as_str())
    });
    limits.chain(duties).collect()
}

fn info(policy: &Policy, enforcement: Enforcement, clause: Clause) -> ClauseInfo {
    let limits = policy.rules.iter().find_map(|rule| limited(&rule.constraints, &clause.pointer));
    ClauseInfo {
        operand: limits.map(|operand| operand.name().to_owned()),
        clause: clause.pointer,
        text: clause.text,
        enforcement: enforcement.name().to_owned(),
    }
}

/// What the comparison at a pointer limits.
fn limited(constraints: &[Constraint], pointer: &str) -> Option<Operand> {
    constraints.iter().find_map(|constraint| match constraint {
        Constraint::Leaf(leaf) => (leaf.pointer == pointer).then_some(leaf.operand),
        Constraint::And(_, parts) | Constraint::Or(_, parts) | Constraint::Xone(_, parts) => limited(parts, pointer),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type Told = Result<Vec<ClauseInfo>, Vec<ParseError>>;

    fn check(tell: fn(&Value) -> Told, document: &Value, expect: Option<&[(&str, &str)]>) {
        let found = tell(document).ok();
        let found: Option<Vec<(&str, &str)>> = found.as_ref().map(|clauses| {
            clauses.iter().map(|clause| (clause.clause.as_str(), clause.enforcement.as_str())).collect()
        });
        assert_eq!(found.as_deref(), expect, "{document}");
    }

    #[test]
    fn both_syntaxes_are_told_clause_by_clause() {
        let count = json!({ "leftOperand": "count", "operator": "lteq", "rightOperand": 3 });
        check(
            clauses,
            &json!({ "@type": "Offer", "@id": "urn:o", "target": "urn:t", "permission": [{ "action": "read", "constraint": [count] }] }),
            Some(&[
                ("/permission/0", "technical"),
                ("/permission/0/constraint/0", "technical"),
                ("/permission", "technical"),
            ]),
        );
        check(
            clauses,
            &json!({ "contractPolicies": [{ "prohibitionPolicies": [{ "actions": ["sell"] }] }] }),
            Some(&[("/contractPolicies/0/prohibitionPolicies/0", "legal_only"), ("/contractPolicies", "technical")]),
        );
        check(clauses, &json!({ "@type": "Offer", "permission": [{ "action": "fly" }] }), None);
    }

    #[test]
    fn what_happens_at_a_partner_rests_on_the_law() {
        let permission = json!({
            "actions": ["read"],
            "constraints": [
                { "constraintName": "count", "constraintOperator": "11", "constraintValue": 3 },
                { "constraintName": "dataField", "constraintOperator": "05", "constraintValue": ["t.a"] },
                { "constraintName": "valueExpression", "constraintOperator": "01", "constraintValue": "t.b = 'c'" },
            ],
            "preDuties": [{ "actions": ["desensitize"], "expansionItem": { "fields": ["t.a"] } }],
        });
        let rule = "/contractPolicies/0/permissionPolicies/0";
        let at = |part: &str| format!("{rule}{part}");
        check(
            clauses_at_partner,
            &json!({ "contractPolicies": [{ "permissionPolicies": [permission], "obligationPolicies": [{ "actions": ["delete"] }] }] }),
            Some(&[
                (&at(""), "legal_only"),
                (&at("/constraints/0"), "legal_only"),
                (&at("/constraints/1"), "technical"),
                (&at("/constraints/2"), "technical"),
                (&at("/preDuties/0"), "technical"),
                ("/contractPolicies/0/obligationPolicies/0", "legal_only"),
                ("/contractPolicies", "legal_only"),
            ]),
        );
    }
}
