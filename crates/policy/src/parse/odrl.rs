//! ODRL 2.2 as DSP 2025-1 carries it: Offer, Agreement, Set. Terms are read plain, with `odrl:` or with the full IRI; what ODRL has no term for
//! stands under `tc609:`. No remote context is ever loaded, and nothing is inferred from a vocabulary that we do not know.

use serde_json::{Map, Value};
use xinyu_protocol::text::Text;

use super::duty::{check_parameters, timing};
use super::limit::{GROUPS, MAX_DEPTH, leaf, settle, unknown_action, unknown_operand, unknown_operator};
use super::{ParseCode, ParseError, Reader, child, local_name};
use super::{passes_policy_on, same_node, same_products};
use crate::action::Action;
use crate::operand::Operand;
use crate::operator::Operator;
use crate::policy::{Constraint, Duty, Parties, Policy, Rule, RuleKind, Source, Syntax};
use crate::print::PROFILE;

const KINDS: &[(&str, RuleKind)] = &[
    ("permission", RuleKind::Permission),
    ("prohibition", RuleKind::Prohibition),
    ("obligation", RuleKind::Obligation),
];
const TYPES: &[&str] = &["Offer", "Agreement", "Set", "Policy"];
const PROFILES: &[&str] = &[
    PROFILE,
    "http://www.w3.org/ns/odrl/2/",
    "http://www.w3.org/ns/odrl/2/core",
    "https://w3id.org/dspace/2025/1/odrl-profile.jsonld",
];
/// What the rules of TC609-6-2025-14 say and ODRL has no word for.
const OWN_TERMS: &[&str] = &["tc609:inherit", "tc609:subject", "tc609:executionNode", "tc609:expansionItem"];
const ID: &[&str] = &["@id", "uid"];
const TYPE: &[&str] = &["@type", "type"];

pub(super) fn is_policy(value: &Value) -> bool {
    let Some(members) = value.as_object() else {
        return false;
    };
    members.iter().any(|(name, value)| match local_name(name) {
        "permission" | "prohibition" | "obligation" => true,
        "@type" | "type" => value.as_str().is_some_and(|name| TYPES.contains(&local_name(name))),
        _ => false,
    })
}

pub(super) fn read(errors: &mut Vec<ParseError>, value: &Value) -> Option<Policy> {
    let mut reader = Reader::new(errors, local_name);
    let members = reader.object("", value)?;
    let known = [
        ["@context", "@id", "uid", "@type", "type", "profile", "conflict", "target", "assigner", "assignee"].as_slice(),
        &["timestamp", "dspace:timestamp", "permission", "prohibition", "obligation"],
    ];
    reader.only("", members, &known.concat());
    check_header(&mut reader, members);
    let id = reader.member("", members, ID).and_then(|(pointer, id)| reader.text(&pointer, id).map(str::to_owned));
    let scope = Scope::read(&mut reader, "", members);
    let mut rules = Vec::new();
    for (name, kind) in KINDS {
        for (pointer, item) in reader.items("", members, &[name]) {
            rules.extend(rule(&mut reader, *kind, &pointer, item, &scope));
        }
    }
    let written = members.keys().find(|name| local_name(name) == "permission");
    let root = written.map(|name| child("", name)).unwrap_or_default();
    Some(Policy { syntax: Syntax::Odrl, id, rules, root })
}

/// Type, profile and conflict strategy: each has to be one that we follow.
fn check_header(reader: &mut Reader<'_>, members: &Map<String, Value>) {
    for (pointer, value) in reader.items("", members, TYPE) {
        let is_known = value.as_str().is_some_and(|name| TYPES.contains(&local_name(name)));
        if !is_known {
            let known = TYPES.join(", ");
            let text = Text::new(
                format!("不认识的策略类型 {value}，可用：{known}"),
                format!("policy type {value} is not known; known are {known}"),
            );
            reader.fail(&pointer, ParseCode::BadValue, text);
        }
    }
    for (pointer, value) in reader.items("", members, &["profile"]) {
        let name = reference(reader, &pointer, value);
        if !name.as_deref().is_some_and(|name| PROFILES.contains(&name)) {
            let known = PROFILES.join(", ");
            let text = Text::new(
                format!("不认识的 ODRL profile {value}，可用：{known}"),
                format!("profile {value} is not known; known are {known}"),
            );
            reader.fail(&pointer, ParseCode::UnknownProfile, text);
        }
    }
    if let Some((pointer, value)) = reader.member("", members, &["conflict"]) {
        let strategy = reference(reader, &pointer, value);
        if strategy.as_deref().map(local_name) != Some("prohibit") {
            let text = Text::new(
                format!("冲突策略 {value} 不支持：禁止总是优先于允许（prohibit）"),
                format!("conflict strategy {value} is not followed: a prohibition always wins (prohibit)"),
            );
            reader.fail(&pointer, ParseCode::BadValue, text);
        }
    }
}

/// What a policy or a rule is about.
struct Scope {
    products: Vec<String>,
    parties: Parties,
}

impl Scope {
    fn read(reader: &mut Reader<'_>, pointer: &str, members: &Map<String, Value>) -> Self {
        let targets = reader.items(pointer, members, &["target"]);
        let products = targets.into_iter().filter_map(|(place, value)| reference(reader, &place, value)).collect();
        let mut party = |name: &str| {
            let (place, value) = reader.member(pointer, members, &[name])?;
            reference(reader, &place, value)
        };
        Self { products, parties: Parties { assigner: party("assigner"), assignee: party("assignee") } }
    }
}

/// An IRI: a string, or an object that says nothing but `@id` and a type.
fn reference(reader: &mut Reader<'_>, pointer: &str, value: &Value) -> Option<String> {
    match value {
        Value::Object(members) => {
            reader.only(pointer, members, &["@id", "uid", "@type", "type"]);
            let (pointer, id) = reader.member(pointer, members, ID)?;
            reader.text(&pointer, id).map(str::to_owned)
        }
        other => reader.text(pointer, other).map(str::to_owned),
    }
}

fn rule(reader: &mut Reader<'_>, kind: RuleKind, pointer: &str, value: &Value, around: &Scope) -> Option<Rule> {
    let members = reader.object(pointer, value)?;
    let own: &[&str] = match kind {
        RuleKind::Permission => &["duty"],
        RuleKind::Prohibition => &["remedy"],
        RuleKind::Obligation => &["consequence", "tc609:timing", "tc609:parameters"],
    };
    let known = ["@id", "uid", "@type", "type", "target", "assigner", "assignee", "action", "constraint"];
    reader.only(pointer, members, &[known.as_slice(), own, OWN_TERMS].concat());
    let scope = Scope::read(reader, pointer, members);
    let (actions, mut constraints) = actions(reader, pointer, members);
    for (pointer, item) in reader.items(pointer, members, &["constraint"]) {
        constraints.extend(constraint(reader, &pointer, item, 0));
    }
    let mut collect = |name: &str| {
        let items = reader.items(pointer, members, &[name]);
        items.into_iter().flat_map(|(pointer, item)| duty(reader, &pointer, item)).collect::<Vec<_>>()
    };
    let mut duties = collect("duty");
    let consequences = collect(if kind == RuleKind::Prohibition { "remedy" } else { "consequence" });
    if kind == RuleKind::Obligation {
        duties = duty(reader, pointer, value);
        constraints.clear();
    } else {
        settle(reader, kind, &mut constraints, &mut duties);
    }
    let inherit = reader.member(pointer, members, &["tc609:inherit"]).and_then(|(_, value)| value.as_bool());
    let products = if scope.products.is_empty() { around.products.clone() } else { scope.products };
    let parties = Parties {
        assigner: scope.parties.assigner.or_else(|| around.parties.assigner.clone()),
        assignee: scope.parties.assignee.or_else(|| around.parties.assignee.clone()),
    };
    let source = source(reader, pointer, members, &products, &parties);
    Some(Rule {
        kind,
        pointer: pointer.to_owned(),
        inherited: inherit.unwrap_or_else(|| passes_policy_on(&actions, &duties)),
        actions,
        constraints,
        duties,
        consequences,
        products,
        parties,
        source,
    })
}

/// What the rule was in TC609 beyond what ODRL says: it may describe products and parties and not name others.
fn source(
    reader: &mut Reader<'_>,
    pointer: &str,
    members: &Map<String, Value>,
    products: &[String],
    parties: &Parties,
) -> Source {
    let mut term = |name: &str, is_same: &dyn Fn(&Value) -> bool| {
        let (place, value) = reader.member(pointer, members, &[name])?;
        if !is_same(value) {
            let text = Text::new(
                format!("{name} 与该条款的 target、assigner、assignee 不一致，或不是 TC609-14 的对象"),
                format!("{name} differs from target, assigner and assignee of the rule, or is no object of TC609-14"),
            );
            reader.fail(&place, ParseCode::Inconsistent, text);
            return None;
        }
        Some(value.clone())
    };
    Source {
        subject: term("tc609:subject", &|value| same_products(value, products)),
        execution_node: term("tc609:executionNode", &|value| same_node(value, parties)),
        expansion: term("tc609:expansionItem", &Value::is_object),
    }
}

/// The actions of a rule, and the refinements of them as constraints.
fn actions(reader: &mut Reader<'_>, pointer: &str, members: &Map<String, Value>) -> (Vec<Action>, Vec<Constraint>) {
    let items = reader.items(pointer, members, &["action"]);
    if items.is_empty() {
        reader.missing(pointer, "action");
    }
    let (mut actions, mut constraints) = (Vec::new(), Vec::new());
    for (pointer, item) in items {
        let name = match item {
            Value::Object(members) => {
                reader.only(&pointer, members, &["@id", "rdf:value", "value", "refinement", "@type", "type"]);
                for (pointer, item) in reader.items(&pointer, members, &["refinement"]) {
                    constraints.extend(constraint(reader, &pointer, item, 0));
                }
                match reader.member(&pointer, members, &["@id", "rdf:value", "value"]) {
                    Some((pointer, value)) => reference(reader, &pointer, value),
                    None => {
                        reader.missing(&pointer, "rdf:value");
                        None
                    }
                }
            }
            other => reader.text(&pointer, other).map(str::to_owned),
        };
        let Some(name) = name else { continue };
        let action = match name.strip_prefix("tc609:") {
            Some(code) => Action::parse(code),
            None => Action::parse_odrl(local_name(&name)),
        };
        match action {
            Some(action) => actions.push(action),
            None => unknown_action(reader, &pointer, &name),
        }
    }
    (actions, constraints)
}

/// A duty, remedy, consequence, or an obligation as one. One per action.
fn duty(reader: &mut Reader<'_>, pointer: &str, value: &Value) -> Vec<Duty> {
    let Some(members) = reader.object(pointer, value) else {
        return Vec::new();
    };
    let known = [
        ["@id", "uid", "@type", "type", "target", "assigner", "assignee", "action", "constraint"].as_slice(),
        &["consequence", "tc609:timing", "tc609:parameters"],
        OWN_TERMS,
    ];
    reader.only(pointer, members, &known.concat());
    let (actions, mut constraints) = actions(reader, pointer, members);
    for (pointer, item) in reader.items(pointer, members, &["constraint"]) {
        constraints.extend(constraint(reader, &pointer, item, 0));
    }
    settle(reader, RuleKind::Obligation, &mut constraints, &mut Vec::new());
    let when = reader.member(pointer, members, &["tc609:timing"]);
    let when = when.and_then(|(pointer, value)| timing(reader, &pointer, value));
    let parameters = match reader.member(pointer, members, &["tc609:parameters"]) {
        Some((pointer, value)) => reader.object(&pointer, value).cloned().unwrap_or_default(),
        None => Map::new(),
    };
    let mut duties = Vec::new();
    for action in actions {
        check_parameters(reader, pointer, action, &parameters);
        duties.push(Duty {
            action,
            timing: when.unwrap_or_else(|| action.natural_timing()),
            parameters: Value::Object(parameters.clone()),
            clause: pointer.to_owned(),
            constraints: constraints.clone(),
        });
    }
    duties
}

fn constraint(reader: &mut Reader<'_>, pointer: &str, value: &Value, depth: usize) -> Option<Constraint> {
    let members = reader.object(pointer, value)?;
    if depth >= MAX_DEPTH {
        let text = Text::new("约束嵌套过深", "constraints are nested too deeply");
        reader.fail(pointer, ParseCode::TooDeep, text);
        return None;
    }
    for (word, build) in GROUPS {
        if members.keys().any(|name| local_name(name) == *word) {
            reader.only(pointer, members, &[word, "@id", "uid", "@type", "type"]);
            let mut parts = Vec::new();
            for (pointer, item) in reader.items(pointer, members, &[word]) {
                parts.extend(constraint(reader, &pointer, item, depth.saturating_add(1)));
            }
            if parts.is_empty() {
                reader.missing(pointer, word);
            }
            return Some(build(pointer.to_owned(), parts));
        }
    }
    let known = ["@id", "uid", "@type", "type", "leftOperand", "operator", "rightOperand", "unit", "dataType"];
    reader.only(pointer, members, &known);
    let left = reader.member(pointer, members, &["leftOperand"]);
    let operator = reader.member(pointer, members, &["operator"]);
    let right = reader.member(pointer, members, &["rightOperand"]);
    let (Some((left_at, left)), Some((operator_at, operator)), Some((_, right))) = (left, operator, right) else {
        reader.missing(pointer, "leftOperand, operator, rightOperand");
        return None;
    };
    let left = reference(reader, &left_at, left)?;
    let operator_name = reference(reader, &operator_at, operator)?;
    let Some(operator) = Operator::parse(&Value::String(operator_name)) else {
        unknown_operator(reader, &operator_at, operator);
        return None;
    };
    let operand = match left.strip_prefix("tc609:") {
        Some(name) => Operand::parse(name),
        None => Operand::parse_odrl(local_name(&left)),
    };
    let Some(operand) = operand else {
        unknown_operand(reader, &left_at, &left);
        return None;
    };
    let right = with_unit(reader, pointer, members, operand, right);
    leaf(reader, pointer, operand, operator, &right)
}

/// The value, with the unit of the constraint if it has one: only an amount of money is given a meaning by it.
fn with_unit(
    reader: &mut Reader<'_>,
    pointer: &str,
    members: &Map<String, Value>,
    operand: Operand,
    value: &Value,
) -> Value {
    let Some((unit_at, unit)) = reader.member(pointer, members, &["unit"]) else {
        return value.clone();
    };
    let Some(unit) = reference(reader, &unit_at, unit) else {
        return value.clone();
    };
    let currency = unit.rsplit(['/', ':', '#']).next().unwrap_or_default();
    let amount = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if operand == Operand::PayAmount {
        return Value::String(format!("{amount} {currency}"));
    }
    let text = Text::new(
        format!("约束 {} 不使用单位 {unit}", operand.name()),
        format!("unit {unit} means nothing for {}", operand.name()),
    );
    reader.fail(&unit_at, ParseCode::BadValue, text);
    value.clone()
}
