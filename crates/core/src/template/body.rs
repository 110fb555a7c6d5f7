//! The body of a template: where slots may stand, and the policy that comes out when they are filled. Pure. A slot is a whole JSON value and is
//! replaced by a whole JSON value; texts are never searched, so that a value can hold nothing but itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use xinyu_protocol::tc609::template::{PLACEHOLDER, TemplateEffect};
use xinyu_protocol::text::Text;

use super::Wrong;

/// The members of a rule or duty that a template may use: the standard's own spellings, without parties and product, which a contract brings.
const RULE: &[&str] =
    &["actions", "constraints", "preDuties", "duties", "remedies", "liabilities", "timing", "expansionItem"];
/// The members that hold lists.
const LISTS: &[&str] = &["constraints", "preDuties", "duties", "remedies", "liabilities"];
const CONSTRAINT: &[&str] = &["constraintName", "constraintOperator", "constraintValue"];
const GROUPS: &[&str] = &["and", "or", "xone"];
/// The largest body, in bytes of its shortest form.
const MAX_BYTES: usize = 32 << 10;
/// The most rules of one kind.
const MAX_RULES: usize = 20;

/// A slot, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// JSON pointer, from the body on.
    pub(super) pointer: String,
    /// The parameter.
    pub(super) name: String,
}

/// Checks the form of a body and finds its slots.
pub(super) fn places(body: &Value, wrong: &mut Vec<Wrong>) -> Vec<Place> {
    let mut places = Vec::new();
    let mut walk = Walk { wrong, places: &mut places };
    walk.body(body);
    places
}

struct Walk<'w> {
    wrong: &'w mut Vec<Wrong>,
    places: &'w mut Vec<Place>,
}

impl Walk<'_> {
    fn fail(&mut self, at: &str, zh: impl Into<String>, en: impl Into<String>) {
        self.wrong.push(Wrong { pointer: format!("/body{at}"), text: Text::new(zh, en) });
    }

    fn body(&mut self, body: &Value) {
        if serde_json::to_vec(body).is_ok_and(|bytes| bytes.len() > MAX_BYTES) {
            self.fail("", format!("策略至多 {MAX_BYTES} 字节"), format!("the policy has at most {MAX_BYTES} bytes"));
            return;
        }
        let known = TemplateEffect::ALL.map(TemplateEffect::member);
        let Some(members) = self.object("", body, &known) else { return };
        for (name, rules) in members {
            let at = format!("/{name}");
            let Some(rules) = rules.as_array().filter(|rules| (1..=MAX_RULES).contains(&rules.len())) else {
                self.fail(
                    &at,
                    format!("应为 1 至 {MAX_RULES} 条策略的列表"),
                    format!("must be a list of 1 to {MAX_RULES} rules"),
                );
                continue;
            };
            for (index, rule) in rules.iter().enumerate() {
                self.rule(&format!("{at}/{index}"), rule);
            }
        }
    }

    /// A rule, or a duty, remedy or liability of one.
    fn rule(&mut self, at: &str, rule: &Value) {
        let Some(members) = self.object(at, rule, RULE) else { return };
        for (name, member) in members {
            let at = format!("{at}/{name}");
            match name.as_str() {
                "actions" => self.actions(&at, member),
                "timing" => self.value(&at, member),
                "expansionItem" => self.parameters(&at, member),
                list if LISTS.contains(&list) => {
                    let Some(items) = member.as_array() else {
                        self.fail(&at, "此处应为列表", "a list is expected here");
                        continue;
                    };
                    for (index, item) in items.iter().enumerate() {
                        let at = format!("{at}/{index}");
                        if name == "constraints" { self.constraint(&at, item) } else { self.rule(&at, item) }
                    }
                }
                _ => {}
            }
        }
    }

    fn actions(&mut self, at: &str, actions: &Value) {
        match actions {
            Value::Array(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    self.value(&format!("{at}/{index}"), item);
                }
            }
            Value::Object(_) => self.value(at, actions),
            _ => self.fail(at, "此处应为操作行为的列表", "a list of actions is expected here"),
        }
    }

    fn constraint(&mut self, at: &str, constraint: &Value) {
        if let Some(group) = GROUPS.iter().find(|group| constraint.get(**group).is_some()) {
            let Some(members) = self.object(at, constraint, &[group]) else { return };
            let Some(parts) = members.get(*group).and_then(Value::as_array) else {
                self.fail(at, "此处应为列表", "a list is expected here");
                return;
            };
            for (index, part) in parts.iter().enumerate() {
                self.constraint(&format!("{at}/{group}/{index}"), part);
            }
            return;
        }
        let Some(members) = self.object(at, constraint, CONSTRAINT) else { return };
        for (name, member) in members {
            let at = format!("{at}/{name}");
            if name == "constraintValue" {
                self.value(&at, member);
            } else if !member.is_string() {
                self.fail(
                    &at,
                    "约束名称与运算符须为固定的字符串，不能由参数给出",
                    "a constraint's name and operator are fixed texts and come from no parameter",
                );
            }
        }
    }

    /// Parameters of a duty: an object whose members are values.
    fn parameters(&mut self, at: &str, item: &Value) {
        let Some(members) = item.as_object() else {
            self.fail(at, "此处应为对象", "an object is expected here");
            return;
        };
        if members.contains_key(PLACEHOLDER) {
            self.fail(at, "参数不能代替整个扩展项", "no parameter stands for a whole expansion item");
            return;
        }
        for (name, member) in members {
            let at = format!("{at}/{name}");
            if RULE.contains(&name.as_str()) && name != "timing" {
                // A duty may stand in an expansion item as well: not in a template, where everything has one place.
                self.fail(&at, "请把条款写在策略本身之内", "write this clause into the rule itself");
            } else {
                self.value(&at, member);
            }
        }
    }

    /// A value, or a slot for one; lists may hold both.
    fn value(&mut self, at: &str, value: &Value) {
        match value {
            Value::Object(members) => match members.get(PLACEHOLDER) {
                Some(Value::String(name)) if members.len() == 1 => {
                    self.places.push(Place { pointer: at.to_owned(), name: name.clone() });
                }
                _ => self.fail(
                    at,
                    format!("此处应为值，或形如 {{\"{PLACEHOLDER}\": \"参数名\"}} 的占位"),
                    format!("a value is expected here, or a slot {{\"{PLACEHOLDER}\": \"name\"}}"),
                ),
            },
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(&format!("{at}/{index}"), item);
                }
            }
            Value::Null => self.fail(at, "此处缺少值", "a value is missing here"),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn object<'v>(&mut self, at: &str, value: &'v Value, known: &[&str]) -> Option<&'v Map<String, Value>> {
        let Some(members) = value.as_object() else {
            self.fail(at, "此处应为对象", "an object is expected here");
            return None;
        };
        if let Some(name) = members.keys().find(|name| !known.contains(&name.as_str())) {
            let (at, known) = (format!("{at}/{name}"), known.join(", "));
            self.fail(
                &at,
                format!("模板中不能有成员 {name}，此处可用：{known}"),
                format!("a template has no member {name} here; known are {known}"),
            );
        }
        Some(members)
    }
}

/// The policy with its values. Of a parameter without one, the innermost element of a list that names it is left out.
pub(super) fn fill(body: &Value, values: &BTreeMap<String, Value>) -> Option<Value> {
    match body {
        Value::Object(members) => {
            if let Some(name) = members.get(PLACEHOLDER) {
                return values.get(name.as_str()?).cloned();
            }
            let filled = members.iter().map(|(name, member)| Some((name.clone(), fill(member, values)?)));
            filled.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        Value::Array(items) => Some(items.iter().filter_map(|item| fill(item, values)).collect()),
        other => Some(other.clone()),
    }
}
