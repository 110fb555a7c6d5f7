//! As ODRL 2.2 in the shape of DSP 2025-1: plain terms, `action` one string, values as strings or arrays. Pure.

use serde_json::{Map, Value, json};

use super::tc609::plain;
use super::{OdrlIds, OdrlKind, PROFILE};
use crate::action::Action;
use crate::operand::{Limit, Operand};
use crate::operator::Operator;
use crate::parse::passes_policy_on;
use crate::policy::{Constraint, Duty, Leaf, Policy, Rule, RuleKind};

pub(super) fn print(policy: &Policy, kind: OdrlKind, ids: &OdrlIds) -> Value {
    let name = match kind {
        OdrlKind::Offer => "Offer",
        OdrlKind::Agreement => "Agreement",
        OdrlKind::Set => "Set",
    };
    let mut whole = Map::from_iter([("@type".to_owned(), json!(name)), ("@id".to_owned(), json!(ids.id))]);
    let parties = [("target", &ids.target), ("assigner", &ids.assigner), ("assignee", &ids.assignee)];
    for (name, id) in parties {
        whole.extend(id.as_ref().map(|id| (name.to_owned(), json!(id))));
    }
    for (name, kind) in [
        ("permission", RuleKind::Permission),
        ("prohibition", RuleKind::Prohibition),
        ("obligation", RuleKind::Obligation),
    ] {
        let rules: Vec<_> = policy.rules.iter().filter(|rule| rule.kind == kind).flat_map(rules).collect();
        if !rules.is_empty() {
            whole.insert(name.to_owned(), Value::Array(rules));
        }
    }
    let whole = Value::Object(whole);
    if has_own_terms(&whole) { with_profile(whole) } else { whole }
}

/// One rule per action.
fn rules(rule: &Rule) -> Vec<Value> {
    let bodies: Vec<_> = match rule.kind {
        RuleKind::Permission => rule
            .actions
            .iter()
            .map(|action| with(rule, &[*action], body(*action, &rule.constraints), "duty", &rule.duties))
            .collect(),
        RuleKind::Prohibition => rule
            .actions
            .iter()
            .map(|action| with(rule, &[*action], body(*action, &rule.constraints), "remedy", &rule.consequences))
            .collect(),
        RuleKind::Obligation => rule
            .duties
            .iter()
            .map(|duty| with(rule, &[duty.action], duty_body(duty), "consequence", &rule.consequences))
            .collect(),
    };
    bodies.into_iter().map(Value::Object).collect()
}

fn with(
    rule: &Rule,
    actions: &[Action],
    mut members: Map<String, Value>,
    name: &str,
    duties: &[Duty],
) -> Map<String, Value> {
    match rule.products.as_slice() {
        [] => {}
        [only] => {
            members.insert("target".to_owned(), json!(only));
        }
        several => {
            members.insert("target".to_owned(), json!(several));
        }
    }
    let parties = [("assigner", &rule.parties.assigner), ("assignee", &rule.parties.assignee)];
    for (name, id) in parties {
        members.extend(id.as_ref().map(|id| (name.to_owned(), json!(id))));
    }
    if !duties.is_empty() {
        // Only among duties that are due at the same time is there an order.
        let mut duties: Vec<&Duty> = duties.iter().collect();
        duties.sort_by_key(|duty| duty.timing);
        let duties = duties.into_iter().map(|duty| Value::Object(duty_body(duty))).collect();
        members.insert(name.to_owned(), Value::Array(duties));
    }
    with_own_terms(rule, actions, &mut members);
    members
}

/// What ODRL has no word for: inheritance where it does not follow from the actions, and what the source said of products, nodes and itself
/// beyond their identifiers.
fn with_own_terms(rule: &Rule, actions: &[Action], members: &mut Map<String, Value>) {
    // Of an obligation each duty is printed as a rule of its own, which reads back without the others.
    let duties = if rule.kind == RuleKind::Obligation { &[] } else { rule.duties.as_slice() };
    if rule.inherited != passes_policy_on(actions, duties) {
        members.insert("tc609:inherit".to_owned(), Value::Bool(rule.inherited));
    }
    let subject = rule.source.subject.as_ref().filter(|subject| says_more(subject, &["dataProductId"]));
    let node = rule.source.execution_node.as_ref();
    let node = node.filter(|node| says_more(node, &["assignerId", "assigneeId", "providerNodeId", "consumerNodeId"]));
    // Of an obligation the parameters of the duty are just that.
    let is_said = |expansion: &&Value| {
        **expansion != json!({})
            && !(rule.kind == RuleKind::Obligation && rule.duties.iter().all(|duty| duty.parameters == **expansion))
    };
    let mut expansion = rule.source.expansion.clone();
    if let Some(Value::Object(own)) = &mut expansion {
        own.remove("inherit");
    }
    let expansion = expansion.as_ref().filter(is_said);
    let terms = [("tc609:subject", subject), ("tc609:executionNode", node), ("tc609:expansionItem", expansion)];
    for (name, value) in terms {
        members.extend(value.map(|value| (name.to_owned(), value.clone())));
    }
}

fn says_more(value: &Value, ids: &[&str]) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| says_more(item, ids)),
        Value::Object(members) => members.keys().any(|name| !ids.contains(&name.as_str())),
        _ => false,
    }
}

fn body(action: Action, constraints: &[Constraint]) -> Map<String, Value> {
    let term = action.odrl().map_or_else(|| format!("tc609:{}", action.code()), str::to_owned);
    let mut members = Map::from_iter([("action".to_owned(), json!(term))]);
    if !constraints.is_empty() {
        members.insert("constraint".to_owned(), all(constraints));
    }
    members
}

fn duty_body(duty: &Duty) -> Map<String, Value> {
    let mut members = body(duty.action, &duty.constraints);
    if duty.timing != duty.action.natural_timing() {
        members.insert("tc609:timing".to_owned(), json!(duty.timing.name()));
    }
    if duty.parameters.as_object().is_some_and(|parameters| !parameters.is_empty()) {
        members.insert("tc609:parameters".to_owned(), duty.parameters.clone());
    }
    members
}

fn all(constraints: &[Constraint]) -> Value {
    Value::Array(constraints.iter().map(constraint).collect())
}

fn constraint(constraint: &Constraint) -> Value {
    match constraint {
        Constraint::Leaf(leaf) => {
            let (left, right) = operands(leaf);
            json!({ "leftOperand": left, "operator": leaf.operator.name(), "rightOperand": right })
        }
        Constraint::And(_, parts) => json!({ "and": all(parts) }),
        Constraint::Or(_, parts) => json!({ "or": all(parts) }),
        Constraint::Xone(_, parts) => json!({ "xone": all(parts) }),
    }
}

/// Left and right operand: ODRL's term where the value is one that others understand under it, else ours with the value as written.
fn operands(leaf: &Leaf) -> (String, Value) {
    let own = || (format!("tc609:{}", leaf.operand.name()), as_string(&plain(&leaf.value)));
    let Some(term) = leaf.operand.spec().odrl.first() else {
        return own();
    };
    let value = match (&leaf.limit, leaf.operator, leaf.operand) {
        (Limit::Moment(moment), Operator::Lteq | Operator::Gt, Operand::Time) => {
            json!(moment.last.to_string())
        }
        (Limit::Moment(moment), Operator::Lt | Operator::Gteq, Operand::Time) => {
            json!(moment.first.to_string())
        }
        (Limit::Quantity { amount, window: None }, ..) => json!(amount.to_string()),
        (Limit::Period(period), ..) => json!(period.as_str()),
        (Limit::Words(_) | Limit::Money(_), ..) => as_string(&plain(&leaf.value)),
        _ => return own(),
    };
    ((*term).to_owned(), value)
}

/// The schema of DSP takes strings, arrays and objects.
fn as_string(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        other => other.clone(),
    }
}

/// Whether a term of ours occurs.
fn has_own_terms(value: &Value) -> bool {
    let is_own = |text: &str| text.starts_with("tc609:");
    match value {
        Value::String(text) => is_own(text),
        Value::Array(items) => items.iter().any(has_own_terms),
        Value::Object(members) => members.iter().any(|(name, value)| is_own(name) || has_own_terms(value)),
        _ => false,
    }
}

fn with_profile(mut policy: Value) -> Value {
    if let Value::Object(members) = &mut policy {
        members.insert("profile".to_owned(), json!(PROFILE));
    }
    policy
}
