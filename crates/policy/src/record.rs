//! The policy record (策略): what the operator of a space develops and administers, a policy with its name, number, parameters, kind, object, action,
//! priority, version and whether it is in force. TC609-6-2025-15 §7.2.2.1 a (启用、禁用), b (策略开发). Pure; storing and reviewing it is the platform's.
//!
//! ```json
//! {"id": "S-1", "name": "数据不出境", "description": "…", "layer": "space", "kind": "constraint", "object": {"products": [], "actions": ["read"], "subjects": []},
//!  "action": "deny", "parameters": {"where": "CN"}, "priority": 100, "version": 1, "enabled": true,
//!  "policy": {"contractPolicies": [{"prohibitionPolicies": [{"actions": ["read"], "constraints": [
//!    {"constraintName": "region", "constraintOperator": "neq", "constraintValue": "${where}"}]}]}]}}
//! ```
//!
//! A text of the policy that is `${name}` and nothing else stands for the parameter of that name, whatever its type. The object narrows the policy: its
//! products are those of rules that name none, its subjects the only ones for whom a rule holds, and no rule may be about another action.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use xinyu_protocol::json::{self, Limits};
use xinyu_protocol::text::Text;

use crate::action::Action;
use crate::layer::Layer;
use crate::operand::{Limit, Operand};
use crate::operator::Operator;
use crate::parse::{ParseCode, ParseError, Reader, child, parse_value};
use crate::policy::{Constraint, Leaf, Policy, RuleKind};

/// One policy as it is administered.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// ID.
    pub id: String,
    /// 名称.
    pub name: String,
    /// 描述.
    pub description: String,
    /// Whose policy it is.
    pub layer: Layer,
    /// 类型.
    pub kind: RecordKind,
    /// 关联对象.
    pub object: Object,
    /// 执行动作.
    pub effect: Effect,
    /// 参数: already put into the policy.
    pub parameters: Map<String, Value>,
    /// 优先级: the higher comes first.
    pub priority: u32,
    /// Counts up with every change.
    pub version: u32,
    /// 启用 or 禁用: one that is not enabled counts for nothing.
    pub enabled: bool,
    /// What it says, narrowed to the object.
    pub policy: Policy,
}

/// Appendix A: 约束类 and 行为类.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// 约束类策略 (Table A.1).
    Constraint,
    /// 行为类策略 (Table A.2).
    Action,
}

/// 执行动作.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// 允许.
    Allow,
    /// 拒绝.
    Deny,
}

/// 关联对象: 数据, 操作事件, 用户. Empty means any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Object {
    /// Products.
    #[serde(default)]
    pub products: Vec<String>,
    /// Actions.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// Users.
    #[serde(default)]
    pub subjects: Vec<String>,
}

const MEMBERS: &[&str] = &[
    "id",
    "name",
    "description",
    "layer",
    "kind",
    "object",
    "action",
    "parameters",
    "priority",
    "version",
    "enabled",
    "policy",
];

impl Record {
    /// A policy that has no more to it than a number: that of a signed contract.
    #[must_use]
    pub fn of(layer: Layer, id: impl Into<String>, policy: Policy) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            description: String::new(),
            layer,
            kind: RecordKind::Action,
            object: Object::default(),
            effect: Effect::Allow,
            parameters: Map::new(),
            priority: 0,
            version: 1,
            enabled: true,
            policy,
        }
    }

    /// Reads a record from JSON.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place; those of the policy below `/policy`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<ParseError>> {
        let value: Value = json::parse(bytes, Limits::WIRE).map_err(|error| vec![crate::parse::not_json(&error)])?;
        Self::parse_value(&value)
    }

    /// The same for JSON that was read already.
    ///
    /// # Errors
    /// As [`Record::parse`].
    pub fn parse_value(value: &Value) -> Result<Self, Vec<ParseError>> {
        let mut errors = Vec::new();
        let record = read(&mut Reader::new(&mut errors, |name| name), value);
        match record {
            Some((mut record, source)) if errors.is_empty() => {
                match parse_value(&source) {
                    Ok(policy) => record.policy = policy,
                    Err(found) => return Err(found.into_iter().map(|error| below("/policy", error)).collect()),
                }
                narrow(&mut Reader::new(&mut errors, |name| name), &mut record);
                if errors.is_empty() { Ok(record) } else { Err(errors) }
            }
            _ => Err(errors),
        }
    }
}

fn below(place: &str, error: ParseError) -> ParseError {
    ParseError { pointer: format!("{place}{}", error.pointer), ..error }
}

/// The record without its policy, and the policy's source with the parameters put in.
fn read(reader: &mut Reader<'_>, value: &Value) -> Option<(Record, Value)> {
    let members = reader.object("", value)?;
    reader.only("", members, MEMBERS);
    let mut text = |name: &str, is_needed: bool| match reader.member("", members, &[name]) {
        Some((pointer, value)) => reader.text(&pointer, value).map(str::to_owned),
        None => {
            if is_needed {
                reader.missing("", name);
            }
            None
        }
    };
    let (id, name) = (text("id", true), text("name", true));
    let description = text("description", false).unwrap_or_default();
    let layer =
        typed::<Layer>(reader, members, "layer", "space、product 或 contract", "space, product or contract", None);
    let kind = typed(reader, members, "kind", "constraint 或 action", "constraint or action", Some(RecordKind::Action));
    let effect = typed::<Effect>(reader, members, "action", "allow 或 deny", "allow or deny", None);
    let object = "含 products、actions、subjects 列表的对象";
    let object =
        typed(reader, members, "object", object, "lists of products, actions, subjects", Some(Object::default()));
    let number = ("非负整数", "a whole number");
    let priority = typed(reader, members, "priority", number.0, number.1, Some(0));
    let version = typed(reader, members, "version", number.0, number.1, Some(1));
    let enabled = typed(reader, members, "enabled", "true 或 false", "true or false", Some(true));
    let parameters = typed(reader, members, "parameters", "对象", "an object", Some(Map::new()))?;
    let Some((_, policy)) = reader.member("", members, &["policy"]) else {
        reader.missing("", "policy");
        return None;
    };
    let mut used = Vec::new();
    let source = filled(reader, "/policy", policy, &parameters, &mut used);
    for unused in parameters.keys().filter(|name| !used.contains(*name)) {
        let text =
            Text::new(format!("参数 {unused} 没有被策略使用"), format!("parameter {unused} is not used by the policy"));
        reader.fail(&child("/parameters", unused), ParseCode::Inconsistent, text);
    }
    let empty = Policy { syntax: crate::Syntax::Tc609, id: None, rules: Vec::new(), root: String::new() };
    let record = Record {
        id: id?,
        name: name?,
        description,
        layer: layer?,
        kind: kind?,
        object: object?,
        effect: effect?,
        parameters,
        priority: priority?,
        version: version?,
        enabled: enabled?,
        policy: empty,
    };
    Some((record, source))
}

fn typed<T: serde::de::DeserializeOwned>(
    reader: &mut Reader<'_>,
    members: &Map<String, Value>,
    name: &str,
    zh: &str,
    en: &str,
    otherwise: Option<T>,
) -> Option<T> {
    let Some((pointer, value)) = reader.member("", members, &[name]) else {
        if otherwise.is_none() {
            reader.missing("", name);
        }
        return otherwise;
    };
    let read = serde_json::from_value(value.clone()).ok();
    if read.is_none() {
        let text = Text::new(format!("{name} 的值 {value} 应为{zh}"), format!("value {value} of {name} is not {en}"));
        reader.fail(&pointer, ParseCode::BadValue, text);
    }
    read
}

/// A value with its parameters put in. The depth of a document is bounded where it is read.
fn filled(
    reader: &mut Reader<'_>,
    pointer: &str,
    value: &Value,
    with: &Map<String, Value>,
    used: &mut Vec<String>,
) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            None => value.clone(),
            Some(name) => {
                used.push(name.to_owned());
                with.get(name).cloned().unwrap_or_else(|| {
                    let text = Text::new(format!("没有名为 {name} 的参数"), format!("there is no parameter {name}"));
                    reader.fail(pointer, ParseCode::BadValue, text);
                    Value::Null
                })
            }
        },
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| filled(reader, &format!("{pointer}/{index}"), item, with, used)).collect()
        }
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), filled(reader, &child(pointer, name), value, with, used)))
            .collect(),
        other => other.clone(),
    }
}

/// Binds the policy to the object, and refuses one that does something else than the record says.
fn narrow(reader: &mut Reader<'_>, record: &mut Record) {
    let unlike = match record.effect {
        Effect::Allow => RuleKind::Prohibition,
        Effect::Deny => RuleKind::Permission,
    };
    for rule in &mut record.policy.rules {
        let pointer = format!("/policy{}", rule.pointer);
        if rule.kind == unlike {
            let text = match record.effect {
                Effect::Allow => {
                    Text::new("执行动作为允许的策略不能含禁止条款", "a policy that allows has no prohibitions")
                }
                Effect::Deny => {
                    Text::new("执行动作为拒绝的策略不能含允许条款", "a policy that denies has no permissions")
                }
            };
            reader.fail(&pointer, ParseCode::Inconsistent, text);
        }
        let foreign = rule.actions.iter().find(|action| !record.object.actions.contains(action));
        if let (Some(action), false) = (foreign, record.object.actions.is_empty()) {
            let text = Text::new(
                format!("条款涉及 {}，不在关联对象的操作之内", action.code()),
                format!("the rule is about {}, which is no action of the object", action.code()),
            );
            reader.fail(&pointer, ParseCode::Inconsistent, text);
        }
        if rule.products.is_empty() {
            rule.products.clone_from(&record.object.products);
        }
        if !record.object.subjects.is_empty() {
            let only = of_subjects(&rule.pointer, &record.object.subjects);
            rule.duties
                .iter_mut()
                .filter(|_| rule.kind == RuleKind::Obligation)
                .for_each(|duty| duty.constraints.push(only.clone()));
            if rule.kind != RuleKind::Obligation {
                rule.constraints.push(only);
            }
        }
    }
}

fn of_subjects(pointer: &str, subjects: &[String]) -> Constraint {
    Constraint::Leaf(Box::new(Leaf {
        pointer: pointer.to_owned(),
        operand: Operand::Subject,
        operator: Operator::IsAnyOf,
        value: json!(subjects),
        limit: Limit::Words(subjects.to_vec()),
        window: None,
        counts_uses: false,
    }))
}
