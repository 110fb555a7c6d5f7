//! A policy clause by clause, as people are shown it, each with how it is enforced. TC609-6-2025-15 §7.2.2.3 h. Pure.

use serde_json::Value;
use xinyu_policy::{ParseError, explain, parse_value};
use xinyu_protocol::api::ClauseInfo;

/// The clauses of a policy document: contract policies of TC609-6-2025-14, or an ODRL offer or agreement.
///
/// # Errors
/// What our policy engine does not read in it.
pub fn clauses(document: &Value) -> Result<Vec<ClauseInfo>, Vec<ParseError>> {
    let clauses = explain(&parse_value(document)?).into_iter().map(|clause| ClauseInfo {
        clause: clause.pointer,
        text: clause.text,
        enforcement: clause.enforcement.name().to_owned(),
    });
    Ok(clauses.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(document: &Value, expect: Option<&[(&str, &str)]>) {
        let found = clauses(document).ok();
        let found: Option<Vec<(&str, &str)>> = found.as_ref().map(|clauses| {
            clauses.iter().map(|clause| (clause.clause.as_str(), clause.enforcement.as_str())).collect()
        });
        assert_eq!(found.as_deref(), expect, "{document}");
    }

    #[test]
    fn both_syntaxes_are_told_clause_by_clause() {
        let count = json!({ "leftOperand": "count", "operator": "lteq", "rightOperand": 3 });
        check(
            &json!({ "@type": "Offer", "@id": "urn:o", "target": "urn:t", "permission": [{ "action": "read", "constraint": [count] }] }),
            Some(&[
                ("/permission/0", "technical"),
                ("/permission/0/constraint/0", "technical"),
                ("/permission", "technical"),
            ]),
        );
        check(
            &json!({ "contractPolicies": [{ "prohibitionPolicies": [{ "actions": ["sell"] }] }] }),
            Some(&[("/contractPolicies/0/prohibitionPolicies/0", "legal_only"), ("/contractPolicies", "technical")]),
        );
        check(&json!({ "@type": "Offer", "permission": [{ "action": "fly" }] }), None);
    }
}
