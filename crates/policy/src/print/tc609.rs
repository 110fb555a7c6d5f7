//! As `contractPolicies` of TC609-6-2025-14. Alternatives, which the standard cannot say, stand as `and`, `or`, `xone`. Pure.

use serde_json::{Map, Value, json};

use crate::action::Timing;
use crate::parse::passes_policy_on;
use crate::policy::{Constraint, Duty, Policy, Rule, RuleKind};

pub(super) fn print(policy: &Policy) -> Value {
    let mut whole = Map::new();
    for rule in &policy.rules {
        let name = match rule.kind {
            RuleKind::Permission => "permissionPolicies",
            RuleKind::Prohibition => "prohibitionPolicies",
            RuleKind::Obligation => "obligationPolicies",
        };
        add(&mut whole, name, rule_of(rule));
    }
    json!([whole])
}

/// Adds an element to an array member.
fn add(members: &mut Map<String, Value>, name: &str, element: Value) {
    match members.get_mut(name) {
        Some(Value::Array(elements)) => elements.push(element),
        _ => {
            members.insert(name.to_owned(), json!([element]));
        }
    }
}

fn rule_of(rule: &Rule) -> Value {
    let mut members = Map::new();
    let products: Vec<_> = rule.products.iter().map(|id| json!({ "dataProductId": id })).collect();
    let subject = rule.source.subject.clone().or_else(|| (!products.is_empty()).then_some(Value::Array(products)));
    members.extend(subject.map(|subject| ("subject".to_owned(), subject)));
    let node = rule.source.execution_node.clone().or_else(|| node(rule));
    members.extend(node.map(|node| ("executionNode".to_owned(), node)));
    let actions: Vec<_> = rule.actions.iter().map(|action| action.code()).collect();
    members.insert("actions".to_owned(), json!(actions));

    let mut expansion = match &rule.source.expansion {
        Some(Value::Object(expansion)) => expansion.clone(),
        _ => Map::new(),
    };
    let mut conditions = rule.constraints.as_slice();
    match rule.kind {
        RuleKind::Permission => {
            for duty in &rule.duties {
                let name = if duty.timing == Timing::Before { "preDuties" } else { "duties" };
                add(&mut members, name, duty_of(duty));
            }
        }
        RuleKind::Prohibition => {
            rule.consequences.iter().for_each(|duty| add(&mut members, "remedies", duty_of(duty)));
        }
        RuleKind::Obligation => {
            if let Some(duty) = rule.duties.first() {
                conditions = &duty.constraints;
                expansion.extend(expansion_of(duty, rule.duties.iter().any(is_timed)));
            }
            rule.consequences.iter().for_each(|duty| add(&mut members, "liabilities", duty_of(duty)));
        }
    }
    if rule.inherited != passes_policy_on(&rule.actions, &rule.duties) {
        expansion.insert("inherit".to_owned(), Value::Bool(rule.inherited));
    }
    if !conditions.is_empty() {
        members.insert("constraints".to_owned(), super::constraints(conditions));
    }
    if !expansion.is_empty() {
        members.insert("expansionItem".to_owned(), Value::Object(expansion));
    }
    Value::Object(members)
}

fn node(rule: &Rule) -> Option<Value> {
    let mut members = Map::new();
    let parties = [("assignerId", &rule.parties.assigner), ("assigneeId", &rule.parties.assignee)];
    for (name, id) in parties {
        members.extend(id.as_ref().map(|id| (name.to_owned(), json!(id))));
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

fn duty_of(duty: &Duty) -> Value {
    let mut members = Map::from_iter([("actions".to_owned(), json!([duty.action.code()]))]);
    if !duty.constraints.is_empty() {
        members.insert("constraints".to_owned(), super::constraints(&duty.constraints));
    }
    let expansion = expansion_of(duty, is_timed(duty));
    if !expansion.is_empty() {
        members.insert("expansionItem".to_owned(), Value::Object(expansion));
    }
    Value::Object(members)
}

/// Whether the duty is due at another time than its action says by itself.
fn is_timed(duty: &Duty) -> bool {
    duty.timing != duty.action.natural_timing()
}

fn expansion_of(duty: &Duty, with_timing: bool) -> Map<String, Value> {
    let mut expansion = match &duty.parameters {
        Value::Object(parameters) => parameters.clone(),
        _ => Map::new(),
    };
    if with_timing {
        expansion.insert("timing".to_owned(), json!(duty.timing.name()));
    }
    expansion
}

pub(super) fn constraint(constraint: &Constraint) -> Value {
    match constraint {
        Constraint::Leaf(leaf) => json!({
            "constraintName": leaf.operand.name(),
            "constraintOperator": leaf.operator.code(),
            "constraintValue": plain(&leaf.value),
        }),
        Constraint::And(_, parts) => json!({ "and": super::constraints(parts) }),
        Constraint::Or(_, parts) => json!({ "or": super::constraints(parts) }),
        Constraint::Xone(_, parts) => json!({ "xone": super::constraints(parts) }),
    }
}

/// A value without the wrapping of JSON-LD.
pub(super) fn plain(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.get("@value").or_else(|| members.get("@id")).cloned().unwrap_or_else(|| value.clone())
        }
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        other => other.clone(),
    }
}
