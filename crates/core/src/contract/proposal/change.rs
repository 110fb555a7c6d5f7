//! What people change of the terms on the table: a few figures, so that nobody has to write policies by hand.

use serde_json::{Value, json};
use xinyu_policy::{Operand, Operator};
use xinyu_protocol::api::negotiation::TermsChange;
use xinyu_protocol::tc609::negotiation::ProposedTerms;

use crate::fault::Rejection;

/// The terms with the changes: of every permission the number of uses, the fields and the time from the first use; price and term of the whole.
///
/// # Errors
/// If a figure makes no sense, or there is no permission to change.
pub fn changed(mut terms: ProposedTerms, change: &TermsChange) -> Result<ProposedTerms, Rejection> {
    let refuse =
        |zh: &str, en: &str, at: &str| Err(Rejection::bad("terms-change", zh, en).clause(format!("/change/{at}")));
    if change.uses == Some(0) {
        return refuse("使用次数应为正整数", "the number of uses must be positive", "uses");
    }
    if change
        .fields
        .as_ref()
        .is_some_and(|fields| fields.is_empty() || fields.iter().any(|field| field.trim().is_empty()))
    {
        return refuse("字段列表不能为空", "the list of fields must not be empty", "fields");
    }
    let limits = [
        (Operand::Count, change.uses.map(Value::from)),
        (Operand::DataField, change.fields.clone().map(Value::from)),
        (Operand::ElapsedTime, change.duration.clone().map(Value::from)),
    ];
    for (operand, value) in limits {
        let Some(value) = value else { continue };
        if !limit(&mut terms.policies, operand, &value) {
            return refuse("条款中没有允许策略可改", "the terms have no permission to change", operand.name());
        }
    }
    if let Some(term) = &change.term {
        term.trim().clone_into(&mut terms.term);
    }
    if let Some(services) = &change.service_parties {
        terms.service_parties.clone_from(services);
    }
    terms.revenue.base_fen = change.base_fen.unwrap_or(terms.revenue.base_fen);
    terms.revenue.per_use_fen = change.per_use_fen.unwrap_or(terms.revenue.per_use_fen);
    Ok(terms)
}

/// Writes a limit into every permission, in place of the one that is there. Whether there is a permission.
fn limit(policies: &mut [Value], operand: Operand, value: &Value) -> bool {
    let mut is_there = false;
    let rules = policies
        .iter_mut()
        .filter_map(|policy| policy.get_mut("permissionPolicies"))
        .flat_map(|rules| match rules {
            Value::Array(rules) => rules.iter_mut().collect::<Vec<_>>(),
            one => vec![one],
        })
        .filter_map(Value::as_object_mut);
    for rule in rules {
        is_there = true;
        let name = if rule.contains_key("constraint") { "constraint" } else { "constraints" };
        let constraints = rule.entry(name).or_insert_with(|| json!([]));
        if !constraints.is_array() {
            *constraints = json!([constraints.take()]);
        }
        let Value::Array(constraints) = constraints else { continue };
        let is_own = |constraint: &Value| {
            constraint.get("constraintName").and_then(Value::as_str).and_then(Operand::parse) == Some(operand)
                && operator_of(constraint).is_none_or(|own| bounds(operand, own))
        };
        let operator = match operand {
            Operand::DataField => Operator::IsAnyOf,
            _ => Operator::Lteq,
        };
        let fresh = json!({
            "constraintName": operand.name(), "constraintOperator": operator.code(), "constraintValue": value,
        });
        match constraints.iter().position(is_own) {
            Some(position) => {
                if let Some(there) = constraints.get_mut(position) {
                    // Whoever wrote it as a choice of another kind keeps the operator where it still says the same.
                    let keeps = operand == Operand::DataField || operator_of(there) == Some(operator);
                    if keeps && let Some(members) = there.as_object_mut() {
                        members.insert("constraintValue".to_owned(), value.clone());
                    } else {
                        *there = fresh;
                    }
                }
                let mut seen = false;
                constraints.retain(|constraint| {
                    let is_second = is_own(constraint) && seen;
                    seen |= is_own(constraint);
                    !is_second
                });
            }
            None => constraints.push(fresh),
        }
    }
    is_there
}

fn operator_of(constraint: &Value) -> Option<Operator> {
    let written = constraint.get("constraintOperator")?.as_str()?;
    Operator::ALL.iter().copied().find(|operator| operator.code() == written || operator.name() == written)
}

/// Whether a comparison says how far a permission goes, rather than from where on or what not.
fn bounds(operand: Operand, operator: Operator) -> bool {
    match operand {
        Operand::DataField => !matches!(operator, Operator::IsNoneOf | Operator::Neq | Operator::HasPart),
        _ => matches!(operator, Operator::Lteq | Operator::Lt | Operator::Eq),
    }
}
