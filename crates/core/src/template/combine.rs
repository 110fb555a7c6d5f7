//! Several templates, filled in, made one policy. TC609-6-2025-01 §5.2.2.5 a (选择模板中的一个或多个策略). Pure. docs/adr/0013.
//!
//! * What is permitted is what every chosen template permits: permissions are paired, their actions intersected, their constraints and duties joined.
//!   Writing them side by side would permit what any one of them permits.
//! * A constraint template limits whatever the others permit, whatever actions it names itself; those count only where nothing else permits anything.
//! * Prohibitions and obligations are joined.
//! * The clauses of a higher priority stand first.
//!
//! A clause means in the whole what it meant alone, or the combination is refused: `timeWindow`, for one, becomes the window of any `count` beside it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use xinyu_policy::{Action, Conflict, Constraint, Policy, conflicts, parse_value};
use xinyu_protocol::tc609::template::{NewTemplate, TemplateEffect, TemplateKind};
use xinyu_protocol::text::Text;

use super::CLAUSE;
use crate::fault::Rejection;

/// The most permissions that a combination may have.
const MAX_RULES: usize = 50;

/// One policy, and what in it may not be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Combined {
    /// An element of `contractPolicies`.
    pub policy: Value,
    /// Conflicts that do not keep it from being signed.
    pub notes: Vec<Conflict>,
}

/// Makes one policy of templates that are filled in.
///
/// # Errors
/// If they permit nothing together, contradict each other, or one would change what another means.
pub fn combine(parts: &[(&NewTemplate, Value)]) -> Result<Combined, Rejection> {
    let mut parts: Vec<&(&NewTemplate, Value)> = parts.iter().collect();
    parts.sort_by_key(|(template, _)| Reverse(template.priority));
    let mut ids = BTreeSet::new();
    if let Some((twice, _)) = parts.iter().find(|(template, _)| !ids.insert(template.template_id.as_str())) {
        let id = &twice.template_id;
        return Err(Rejection::bad(
            "template-twice",
            format!("模板 {id} 选了两次"),
            format!("template {id} is chosen twice"),
        )
        .clause(CLAUSE));
    }
    let mut members = Map::new();
    members.insert(TemplateEffect::Allow.member().to_owned(), Value::Array(permissions(&parts)?));
    for effect in [TemplateEffect::Deny, TemplateEffect::Oblige] {
        let mut joined: Vec<Value> = Vec::new();
        for rule in parts.iter().flat_map(|(_, policy)| rules(policy, effect)) {
            if !joined.contains(rule) {
                joined.push(rule.clone());
            }
        }
        if !joined.is_empty() {
            members.insert(effect.member().to_owned(), Value::Array(joined));
        }
    }
    let whole = Value::Object(members);
    let notes = check(&parts, &whole)?;
    Ok(Combined { policy: whole, notes })
}

fn rules(policy: &Value, effect: TemplateEffect) -> &[Value] {
    policy.get(effect.member()).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn permissions(parts: &[&(&NewTemplate, Value)]) -> Result<Vec<Value>, Rejection> {
    let permitting = parts.iter().copied().filter(|(_, policy)| !rules(policy, TemplateEffect::Allow).is_empty());
    let (limits, acts): (Vec<_>, Vec<_>) =
        permitting.partition(|(template, _)| template.kind == TemplateKind::Constraint);
    // Where nothing but limits is chosen, they permit what they name.
    let (base, limits) = if acts.is_empty() { (limits, Vec::new()) } else { (acts, limits) };
    let mut whole: Option<(Vec<Value>, &str)> = None;
    for (template, policy) in base {
        let own = rules(policy, TemplateEffect::Allow);
        whole = Some(match whole {
            None => (own.to_vec(), &template.template_id),
            Some((before, other)) => {
                let paired = pair(&before, own, true)?;
                if paired.is_empty() {
                    return Err(nothing_in_common(other, &template.template_id));
                }
                (paired, &template.template_id)
            }
        });
    }
    let Some((mut whole, _)) = whole else {
        return Err(Rejection::bad(
            "template-permits-nothing",
            "所选模板没有允许任何操作，合约未允许的一律拒绝",
            "the chosen templates permit nothing, and what a contract does not allow is refused",
        )
        .clause(CLAUSE)
        .next(Text::new(
            "请再选一个允许操作的模板，例如“限定使用操作”",
            "choose a template that permits something as well, such as use-actions",
        )));
    };
    for (_, policy) in limits {
        whole = pair(&whole, rules(policy, TemplateEffect::Allow), false)?;
    }
    Ok(whole)
}

/// Every permission of one list together with every one of another.
fn pair(some: &[Value], others: &[Value], intersects: bool) -> Result<Vec<Value>, Rejection> {
    let mut paired = Vec::new();
    for one in some {
        for other in others {
            let actions = if intersects { common(&actions(one), &actions(other)) } else { actions(one) };
            if actions.is_empty() {
                continue;
            }
            paired.push(join(one, other, &actions)?);
        }
    }
    if paired.len() > MAX_RULES {
        return Err(Rejection::bad(
            "too-many-rules",
            format!("组合后的允许策略超过 {MAX_RULES} 条，请减少所选模板"),
            format!("together they have more than {MAX_RULES} permissions: choose fewer templates"),
        ));
    }
    Ok(paired)
}

fn actions(rule: &Value) -> Vec<String> {
    let actions = rule.get("actions").cloned().unwrap_or_default();
    match actions {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(one) => vec![one],
        _ => Vec::new(),
    }
}

/// The actions that both permit: the narrower of each two of which one includes the other.
fn common(some: &[String], others: &[String]) -> Vec<String> {
    let mut common = Vec::new();
    for (one, other) in some.iter().flat_map(|one| others.iter().map(move |other| (one, other))) {
        let (Some(a), Some(b)) = (Action::parse(one), Action::parse(other)) else { continue };
        let narrower = if a.permits(b) {
            other
        } else if b.permits(a) {
            one
        } else {
            continue;
        };
        if !common.contains(narrower) {
            common.push(narrower.clone());
        }
    }
    common
}

/// Two permissions as one that holds where both do.
fn join(one: &Value, other: &Value, actions: &[String]) -> Result<Value, Rejection> {
    let mut joined = Map::from_iter([("actions".to_owned(), json!(actions))]);
    for name in ["constraints", "preDuties", "duties"] {
        let mut items: Vec<Value> = Vec::new();
        for item in [one, other].into_iter().filter_map(|rule| rule.get(name)?.as_array()).flatten() {
            if !items.contains(item) {
                items.push(item.clone());
            }
        }
        if !items.is_empty() {
            joined.insert(name.to_owned(), Value::Array(items));
        }
    }
    let mut expansion = Map::new();
    for (name, value) in [one, other].into_iter().filter_map(|rule| rule.get("expansionItem")?.as_object()).flatten() {
        if expansion.get(name).is_some_and(|there| there != value) {
            return Err(Rejection::bad(
                "template-conflict",
                format!("所选模板对扩展项 {name} 的约定不一致"),
                format!("the chosen templates say different things of {name}"),
            )
            .clause(CLAUSE));
        }
        expansion.insert(name.clone(), value.clone());
    }
    if !expansion.is_empty() {
        joined.insert("expansionItem".to_owned(), Value::Object(expansion));
    }
    Ok(Value::Object(joined))
}

fn nothing_in_common(one: &str, other: &str) -> Rejection {
    Rejection::bad(
        "template-conflict",
        format!("模板 {one} 与 {other} 允许的操作没有交集，组合后不允许任何操作"),
        format!("templates {one} and {other} permit no action in common: together they permit nothing"),
    )
    .clause(CLAUSE)
    .next(Text::new("请只选其一，或调整允许的操作", "choose one of them, or change what they permit"))
}

/// That the whole is a policy, contradicts nothing, and says what its parts say.
fn check(parts: &[&(&NewTemplate, Value)], whole: &Value) -> Result<Vec<Conflict>, Rejection> {
    let read = |policy: &Value| {
        parse_value(&json!({ "contractPolicies": [policy] })).map_err(|errors| {
            let first = errors.into_iter().next();
            let (pointer, text) = first.map_or_else(Default::default, |error| (error.pointer, error.text));
            Rejection::bad(
                "template-policy",
                format!("由模板生成的策略无效：{}", text.zh),
                format!("the policy made from the templates is not in order: {}", text.en),
            )
            .clause(pointer)
        })
    };
    let policy = read(whole)?;
    let mut meant = BTreeSet::new();
    for (_, part) in parts {
        meant.extend(comparisons(&read(part)?).into_iter().map(|(said, _)| said));
    }
    if let Some((_, pointer)) = comparisons(&policy).into_iter().find(|(said, _)| !meant.contains(said)) {
        return Err(Rejection::bad(
            "template-conflict",
            "所选模板组合后改变了其中一项约束的含义：时间窗口会成为次数的统计周期",
            "together the templates change what a constraint means: a time window becomes the window of a count",
        )
        .clause(pointer)
        .next(Text::new(
            "请不要同时选用分别含时间窗口与次数的模板，或去掉其中一个的周期",
            "do not choose templates of which one has a time window and another a count, or leave one period out",
        )));
    }
    let (blocking, notes): (Vec<Conflict>, Vec<Conflict>) =
        conflicts(&policy).into_iter().partition(|conflict| conflict.blocking);
    match blocking.into_iter().next() {
        None => Ok(notes),
        Some(conflict) => Err(Rejection::bad(
            "template-conflict",
            format!("所选模板相互矛盾：{}", conflict.text.zh),
            format!("the chosen templates contradict each other: {}", conflict.text.en),
        )
        .clause(conflict.pointers.join(" "))
        .next(Text::new("请去掉其中一个模板，或修改参数", "leave one of them out, or change its parameters"))),
    }
}

/// Every comparison with its meaning, and where it stands.
fn comparisons(policy: &Policy) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for rule in &policy.rules {
        collect(&rule.constraints, &mut found);
    }
    found
}

fn collect(constraints: &[Constraint], found: &mut Vec<(String, String)>) {
    for constraint in constraints {
        match constraint {
            Constraint::Leaf(leaf) => {
                let window = leaf.window.as_ref().map(|window| window.as_str().to_owned());
                let said = (leaf.operand.name(), leaf.operator.name(), &leaf.value, window, leaf.counts_uses);
                found.push((format!("{said:?}"), leaf.pointer.clone()));
            }
            Constraint::And(_, parts) | Constraint::Or(_, parts) | Constraint::Xone(_, parts) => collect(parts, found),
        }
    }
}
