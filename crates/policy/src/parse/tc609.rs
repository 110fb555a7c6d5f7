//! The JSON of TC609-6-2025-14 §6.2.2, Appendix C: a contract object with `contractPolicies`.
//!
//! Read beyond the dictionary, because the document contradicts itself or stays silent: names of operators beside codes; the names of the
//! interfaces of Appendix B (`subjectInfo`, `executionNodeInfo`, `providerNodeId`, `policyExpansion`); correct spellings beside the standard's; a
//! single object where an array is meant; a duty written as a constraint (`logRecordSend`, `compensate`: Appendix D); `and`, `or`, `xone`
//! among constraints, which -14 cannot say and ODRL can; the validity of the contract (`indate`) as the end of each permission.

use serde_json::{Map, Value};
use xinyu_protocol::text::Text;

use super::duty::{check_parameters, timing};
use super::limit::{GROUPS, MAX_DEPTH, leaf, settle, unknown_action, unknown_operand, unknown_operator};
use super::{ParseCode, ParseError, Reader, child, one_or_many};
use crate::action::{Action, Timing};
use crate::operand::Operand;
use crate::operator::Operator;
use crate::policy::{Constraint, Duty, Parties, Policy, Rule, RuleKind, Source, Syntax};

const KINDS: &[(&str, RuleKind)] = &[
    ("permissionPolicies", RuleKind::Permission),
    ("prohibitionPolicies", RuleKind::Prohibition),
    ("obligationPolicies", RuleKind::Obligation),
];

const SUBJECT: &[&str] = &["subject", "subjectInfo"];
const NODE: &[&str] = &["executionNode", "executionNodeInfo"];
const ACTIONS: &[&str] = &["actions", "action"];
const CONSTRAINTS: &[&str] = &["constraints", "constraint"];
const EXPANSION: &[&str] = &["expansionItem", "policyExpansion"];
const PRE_DUTIES: &[&str] = &["preDuties", "preDuty"];
const DUTIES: &[&str] = &["duties", "duty"];
const REMEDIES: &[&str] = &["remedies", "remedy"];
const LIABILITIES: &[&str] = &["liabilities", "liability"];
const TIMING: &[&str] = &["timing"];
const PARAMETERS: &[&str] = &["parameters"];

/// The contract object and the pointer to it: the value itself, or the `contract` of a signed contract.
pub(super) fn find(value: &Value) -> Option<(String, &Map<String, Value>)> {
    let members = value.as_object()?;
    if members.contains_key("contractPolicies") {
        return Some((String::new(), members));
    }
    let contract = members.get("contract")?.as_object()?;
    contract.contains_key("contractPolicies").then(|| ("/contract".to_owned(), contract))
}

pub(super) fn read(errors: &mut Vec<ParseError>, prefix: &str, contract: &Map<String, Value>) -> Option<Policy> {
    let mut reader = Reader::new(errors, |name| name);
    let root = child(prefix, "contractPolicies");
    let end = validity(&mut reader, prefix, contract);
    let mut rules = Vec::new();
    for (pointer, policy) in one_or_many(&root, contract.get("contractPolicies")?) {
        let Some(members) = reader.object(&pointer, policy) else {
            continue;
        };
        let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).chain(["expansionItem"]).collect();
        reader.only(&pointer, members, &names);
        for (name, kind) in KINDS {
            for (pointer, item) in reader.items(&pointer, members, &[name]) {
                rules.extend(rule(&mut reader, *kind, &pointer, item));
            }
        }
    }
    for rule in rules.iter_mut().filter(|rule| rule.kind == RuleKind::Permission) {
        rule.constraints.extend(end.clone());
    }
    let id = contract.get("contractId").and_then(Value::as_str).map(str::to_owned);
    Some(Policy { syntax: Syntax::Tc609, id, rules, root })
}

/// 有效期 (C.1 row 12): no permission outlives the contract.
fn validity(reader: &mut Reader<'_>, prefix: &str, contract: &Map<String, Value>) -> Option<Constraint> {
    let (pointer, value) = reader.member(prefix, contract, &["indate"])?;
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return None;
    }
    leaf(reader, &pointer, Operand::Time, Operator::Lteq, value)
}

fn rule(reader: &mut Reader<'_>, kind: RuleKind, pointer: &str, value: &Value) -> Option<Rule> {
    let members = reader.object(pointer, value)?;
    let own: &[&[&str]] = match kind {
        RuleKind::Permission => &[PRE_DUTIES, DUTIES],
        RuleKind::Prohibition => &[REMEDIES],
        RuleKind::Obligation => &[LIABILITIES, TIMING],
    };
    let shared = [SUBJECT, NODE, ACTIONS, CONSTRAINTS, EXPANSION].concat();
    reader.only(pointer, members, &[shared, own.concat()].concat());

    let actions = actions(reader, pointer, members);
    let mut duties = Vec::new();
    let mut constraints = Vec::new();
    for (pointer, item) in reader.items(pointer, members, CONSTRAINTS) {
        constraints.extend(constraint(reader, kind, &pointer, item, Some(&mut duties), 0));
    }
    let expansion = expansion(reader, pointer, members);
    let mut consequences = Vec::new();
    for (place, members) in [Some((pointer.to_owned(), members)), expansion.clone()].into_iter().flatten() {
        let mut collect = |names: &[&str], timing| {
            let items = reader.items(&place, members, names);
            items.into_iter().flat_map(|(pointer, item)| duty(reader, &pointer, item, timing)).collect::<Vec<_>>()
        };
        match kind {
            RuleKind::Permission => {
                let before = collect(PRE_DUTIES, Some(Timing::Before));
                duties.extend(before);
                duties.extend(collect(DUTIES, None));
            }
            RuleKind::Prohibition => consequences.extend(collect(REMEDIES, None)),
            RuleKind::Obligation => consequences.extend(collect(LIABILITIES, None)),
        }
    }
    settle(reader, kind, &mut constraints, &mut duties);
    if kind == RuleKind::Obligation {
        let when = due(reader, pointer, members, expansion.as_ref());
        let parameters = expansion.as_ref().map(|(_, members)| without_clauses(members)).unwrap_or_default();
        let place = expansion.as_ref().map_or(pointer, |(pointer, _)| pointer);
        for action in &actions {
            check_parameters(reader, place, *action, &parameters);
            duties.push(Duty {
                action: *action,
                timing: when.unwrap_or_else(|| action.natural_timing()),
                parameters: Value::Object(parameters.clone()),
                clause: pointer.to_owned(),
                constraints: constraints.clone(),
            });
        }
    }
    let inherit = expansion.as_ref().and_then(|(_, members)| members.get("inherit")).and_then(Value::as_bool);
    let inherited = inherit.unwrap_or_else(|| passes_policy_on(&actions, &duties));
    let products = products(reader, pointer, members);
    let parties = parties(reader, pointer, members);
    let source = Source {
        subject: reader.member(pointer, members, SUBJECT).map(|(_, value)| value.clone()),
        execution_node: reader.member(pointer, members, NODE).map(|(_, value)| value.clone()),
        // What the model holds by itself is not kept twice.
        expansion: expansion.map(|(_, members)| {
            let kept = if kind == RuleKind::Obligation { without_clauses(members) } else { without_duties(members) };
            Value::Object(kept)
        }),
    };
    Some(Rule {
        kind,
        pointer: pointer.to_owned(),
        actions,
        constraints: if kind == RuleKind::Obligation { Vec::new() } else { constraints },
        duties,
        consequences,
        products,
        parties,
        inherited,
        source,
    })
}

/// Whether the policy says that it travels with the data: 策略传递.
pub(crate) fn passes_policy_on(actions: &[Action], duties: &[Duty]) -> bool {
    actions.iter().copied().chain(duties.iter().map(|duty| duty.action)).any(|action| action == Action::PolicyTransmit)
}

fn actions(reader: &mut Reader<'_>, pointer: &str, members: &Map<String, Value>) -> Vec<Action> {
    let items = reader.items(pointer, members, ACTIONS);
    if items.is_empty() {
        reader.missing(pointer, "actions");
    }
    let mut actions = Vec::new();
    for (pointer, item) in items {
        let Some(code) = reader.text(&pointer, item) else {
            continue;
        };
        match Action::parse(code) {
            Some(action) => actions.push(action),
            None => unknown_action(reader, &pointer, code),
        }
    }
    actions
}

/// `expansionItem`, which has to be an object: text there could be a duty that nobody would see.
fn expansion<'v>(
    reader: &mut Reader<'_>,
    pointer: &str,
    members: &'v Map<String, Value>,
) -> Option<(String, &'v Map<String, Value>)> {
    let (pointer, value) = reader.member(pointer, members, EXPANSION)?;
    if value.as_str().is_some_and(str::is_empty) {
        return None;
    }
    reader.object(&pointer, value).map(|members| (pointer, members))
}

fn without_duties(members: &Map<String, Value>) -> Map<String, Value> {
    let clauses = [PRE_DUTIES, DUTIES, REMEDIES, LIABILITIES].concat();
    members.iter().filter(|(name, _)| !clauses.contains(&name.as_str())).map(|(n, v)| (n.clone(), v.clone())).collect()
}

fn without_clauses(members: &Map<String, Value>) -> Map<String, Value> {
    let mut parameters = without_duties(members);
    parameters.remove("timing");
    parameters.remove("inherit");
    parameters
}

fn due(
    reader: &mut Reader<'_>,
    pointer: &str,
    members: &Map<String, Value>,
    expansion: Option<&(String, &Map<String, Value>)>,
) -> Option<Timing> {
    let own = reader.member(pointer, members, TIMING);
    let (pointer, value) = own.or_else(|| expansion.and_then(|(place, more)| reader.member(place, more, TIMING)))?;
    timing(reader, &pointer, value)
}

/// A duty, remedy or liability: an action code alone, or an object like a rule. One per action.
fn duty(reader: &mut Reader<'_>, pointer: &str, value: &Value, fixed: Option<Timing>) -> Vec<Duty> {
    let whole;
    let members = match value {
        Value::String(_) => {
            whole = Map::from_iter([("action".to_owned(), value.clone())]);
            &whole
        }
        _ => match reader.object(pointer, value) {
            Some(members) => members,
            None => return Vec::new(),
        },
    };
    let known = [ACTIONS, CONSTRAINTS, TIMING, PARAMETERS, EXPANSION].concat();
    reader.only(pointer, members, &known);
    let actions = actions(reader, pointer, members);
    let mut constraints = Vec::new();
    for (pointer, item) in reader.items(pointer, members, CONSTRAINTS) {
        constraints.extend(constraint(reader, RuleKind::Obligation, &pointer, item, None, 0));
    }
    settle(reader, RuleKind::Obligation, &mut constraints, &mut Vec::new());
    let expansion = expansion(reader, pointer, members);
    let when = due(reader, pointer, members, expansion.as_ref());
    if let (Some(fixed), Some(when)) = (fixed, when)
        && fixed != when
    {
        let text = Text::new("前置义务的时机只能是 before", "a pre-duty is due before the use");
        reader.fail(pointer, ParseCode::BadValue, text);
    }
    let mut parameters = expansion.as_ref().map(|(_, members)| without_clauses(members)).unwrap_or_default();
    if let Some((pointer, value)) = reader.member(pointer, members, PARAMETERS)
        && let Some(more) = reader.object(&pointer, value)
    {
        parameters.extend(more.clone());
    }
    let mut duties = Vec::new();
    for action in actions {
        check_parameters(reader, pointer, action, &parameters);
        duties.push(Duty {
            action,
            timing: fixed.or(when).unwrap_or_else(|| action.natural_timing()),
            parameters: Value::Object(parameters.clone()),
            clause: pointer.to_owned(),
            constraints: constraints.clone(),
        });
    }
    duties
}

/// One constraint. `duties` takes those that Appendix D writes as constraints; without it they are refused.
fn constraint(
    reader: &mut Reader<'_>,
    kind: RuleKind,
    pointer: &str,
    value: &Value,
    duties: Option<&mut Vec<Duty>>,
    depth: usize,
) -> Option<Constraint> {
    let members = reader.object(pointer, value)?;
    if depth >= MAX_DEPTH {
        let text = Text::new("约束嵌套过深", "constraints are nested too deeply");
        reader.fail(pointer, ParseCode::TooDeep, text);
        return None;
    }
    for (word, build) in GROUPS.iter().filter(|(word, _)| *word != "andSequence") {
        if members.contains_key(*word) {
            reader.only(pointer, members, &[word]);
            let mut parts = Vec::new();
            for (pointer, item) in reader.items(pointer, members, &[word]) {
                parts.extend(constraint(reader, kind, &pointer, item, None, depth.saturating_add(1)));
            }
            if parts.is_empty() {
                reader.missing(pointer, word);
            }
            return Some(build(pointer.to_owned(), parts));
        }
    }
    let (name_names, operator_names, value_names) = (["constraintName"], ["constraintOperator"], ["constraintValue"]);
    reader.only(pointer, members, &["constraintName", "constraintOperator", "constraintValue"]);
    let name = reader.member(pointer, members, &name_names);
    let operator = reader.member(pointer, members, &operator_names);
    let limit = reader.member(pointer, members, &value_names);
    let (Some((name_at, name)), Some((operator_at, operator)), Some((_, limit))) = (name, operator, limit) else {
        reader.missing(pointer, "constraintName, constraintOperator, constraintValue");
        return None;
    };
    let name = reader.text(&name_at, name)?;
    let Some(operator) = Operator::parse(operator) else {
        unknown_operator(reader, &operator_at, operator);
        return None;
    };
    if let Some(operand) = Operand::parse(name) {
        return leaf(reader, pointer, operand, operator, limit);
    }
    let action = Action::parse(name).filter(|action| action.is_protective());
    match (action, duties) {
        (Some(action), Some(duties)) if kind == RuleKind::Permission && operator == Operator::Eq => {
            duties.push(as_duty(action, pointer, limit));
        }
        _ => unknown_operand(reader, &name_at, name),
    }
    None
}

/// Appendix D: `logRecordSend eq 相关方`, `compensate eq 10.00 CNY`.
fn as_duty(action: Action, pointer: &str, value: &Value) -> Duty {
    let name = if action == Action::Compensate { Operand::PayAmount.name() } else { "value" };
    Duty {
        action,
        timing: action.natural_timing(),
        parameters: Value::Object(Map::from_iter([(name.to_owned(), value.clone())])),
        clause: pointer.to_owned(),
        constraints: Vec::new(),
    }
}

fn products(reader: &mut Reader<'_>, pointer: &str, members: &Map<String, Value>) -> Vec<String> {
    let mut products = Vec::new();
    for (pointer, item) in reader.items(pointer, members, SUBJECT) {
        let Some(members) = reader.object(&pointer, item) else {
            continue;
        };
        let known = ["dataProductId", "dataProductName", "dataProductAbstract", "dataProductEntityId", "expansionItem"];
        reader.only(&pointer, members, &known);
        match reader.member(&pointer, members, &["dataProductId"]) {
            Some((pointer, id)) => products.extend(reader.text(&pointer, id).map(str::to_owned)),
            None => reader.missing(&pointer, "dataProductId"),
        }
    }
    products
}

fn parties(reader: &mut Reader<'_>, pointer: &str, members: &Map<String, Value>) -> Parties {
    let Some((pointer, value)) = reader.member(pointer, members, NODE) else {
        return Parties::default();
    };
    let Some(members) = reader.object(&pointer, value) else {
        return Parties::default();
    };
    let known = [
        ["assignerId", "assignerName", "assigneeId", "assigneeName", "expansionItem"].as_slice(),
        &["providerNodeId", "providerNodeName", "consumerNodeId", "consumerNodeName"],
    ];
    reader.only(&pointer, members, &known.concat());
    let mut id = |names: &[&str]| {
        let (pointer, value) = reader.member(&pointer, members, names)?;
        reader.text(&pointer, value).filter(|id| !id.is_empty()).map(str::to_owned)
    };
    Parties { assigner: id(&["assignerId", "providerNodeId"]), assignee: id(&["assigneeId", "consumerNodeId"]) }
}

/// Whether a `subject` names just these products.
pub(crate) fn same_products(subject: &Value, products: &[String]) -> bool {
    let mut errors = Vec::new();
    let members = Map::from_iter([("subject".to_owned(), subject.clone())]);
    let named = self::products(&mut Reader::new(&mut errors, |name| name), "", &members);
    errors.is_empty() && named == products
}

/// Whether an `executionNode` names just these parties.
pub(crate) fn same_node(node: &Value, parties: &Parties) -> bool {
    let mut errors = Vec::new();
    let members = Map::from_iter([("executionNode".to_owned(), node.clone())]);
    let named = self::parties(&mut Reader::new(&mut errors, |name| name), "", &members);
    errors.is_empty() && named == *parties
}
