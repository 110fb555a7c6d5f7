//! The automatic check of a template when it is saved (自动化校验). TC609-6-2025-14 §7.2 a. Pure. Whatever values are filled in later within the bounds of the
//! parameters, the policy that comes out is meant to be one that the engine reads and that contradicts nothing: so it is tried at the bounds.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xinyu_policy::{conflicts, parse_value};
use xinyu_protocol::tc609::template::{NewTemplate, Parameter, TemplateEffect, TemplateKind, Values};
use xinyu_protocol::text::Text;

use super::{Wrong, body, fill, value};
use crate::space;

const MAX_PARAMETERS: usize = 20;
const MAX_TEXT: usize = 500;
const MAX_PRIORITY: u16 = 1000;
/// B.2.1 row 1.
const MAX_ID: usize = 36;
/// So many faults are told at once.
const MAX_TOLD: usize = 20;

/// That a template is in order.
///
/// # Errors
/// Everything that is not, each with its place.
pub fn check(template: &NewTemplate) -> Result<(), Vec<Wrong>> {
    let mut wrong = Vec::new();
    check_head(template, &mut wrong);
    check_parameters(&template.parameters, &mut wrong);
    check_body(template, &mut wrong);
    if wrong.is_empty() {
        try_out(template, &mut wrong);
    }
    wrong.truncate(MAX_TOLD);
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn fail(wrong: &mut Vec<Wrong>, pointer: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
    wrong.push(Wrong { pointer: pointer.into(), text: Text::new(zh, en) });
}

fn check_head(template: &NewTemplate, wrong: &mut Vec<Wrong>) {
    if !is_id(&template.template_id) {
        fail(
            wrong,
            "/templateId",
            format!("模板编号由小写字母、数字、连字符组成，以字母开头，至多 {MAX_ID} 位"),
            format!("the id has lower-case letters, digits and hyphens, a letter first, at most {MAX_ID}"),
        );
    }
    said(wrong, "/name", &template.name);
    said(wrong, "/description", &template.description);
    if template.priority > MAX_PRIORITY {
        fail(
            wrong,
            "/priority",
            format!("优先级为 0 至 {MAX_PRIORITY}"),
            format!("the priority is 0 to {MAX_PRIORITY}"),
        );
    }
    if template.objects.is_empty() {
        fail(wrong, "/objects", "请指明关联对象：data、event、role", "say what it is about: data, event, role");
    }
    for (place, kind) in template.space_kinds.iter().enumerate() {
        if !space::KINDS.contains(&kind.as_str()) {
            let known = space::KINDS.join(", ");
            fail(
                wrong,
                format!("/spaceKinds/{place}"),
                format!("未知的空间类型「{kind}」，可选：{known}"),
                format!("unknown kind of space {kind}, known are {known}"),
            );
        }
    }
}

/// Whether a text can be a template's id.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text.starts_with(|c: char| c.is_ascii_lowercase())
}

fn said(wrong: &mut Vec<Wrong>, at: &str, text: &Text) {
    let is_said = |one: &str| !one.trim().is_empty() && one.chars().count() <= MAX_TEXT;
    if !is_said(&text.zh) || !is_said(&text.en) {
        fail(
            wrong,
            at,
            format!("须有中文与英文，各至多 {MAX_TEXT} 字"),
            format!("is said in Chinese and in English, at most {MAX_TEXT} characters each"),
        );
    }
}

fn check_parameters(parameters: &[Parameter], wrong: &mut Vec<Wrong>) {
    if parameters.len() > MAX_PARAMETERS {
        fail(
            wrong,
            "/parameters",
            format!("参数至多 {MAX_PARAMETERS} 个"),
            format!("there are at most {MAX_PARAMETERS} parameters"),
        );
    }
    let mut names = BTreeSet::new();
    for (place, parameter) in parameters.iter().enumerate() {
        let at = format!("/parameters/{place}");
        let name = &parameter.name;
        let is_name = (1..=32).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric())
            && name.starts_with(|c: char| c.is_ascii_lowercase());
        if !is_name || !names.insert(name.as_str()) {
            fail(
                wrong,
                format!("{at}/name"),
                format!("参数名「{name}」应为字母和数字、以小写字母开头、至多 32 位且不重复"),
                format!(
                    "the name {name} must have letters and digits, a lower-case letter first, at most 32, and be there once"
                ),
            );
        }
        said(wrong, &format!("{at}/label"), &parameter.label);
        said(wrong, &format!("{at}/help"), &parameter.help);
        match value::check_bounds(&parameter.of) {
            Err(text) => wrong.push(Wrong { pointer: format!("{at}/type"), text }),
            Ok(()) => {
                let default = parameter.default.as_ref().map(|default| value::read(&parameter.of, default));
                if let Some(Err(text)) = default {
                    wrong.push(Wrong { pointer: format!("{at}/default"), text });
                }
            }
        }
    }
}

fn check_body(template: &NewTemplate, wrong: &mut Vec<Wrong>) {
    let places = body::places(&template.body, wrong);
    for place in &places {
        if !template.parameters.iter().any(|parameter| parameter.name == place.name) {
            let name = &place.name;
            fail(
                wrong,
                format!("/body{}", place.pointer),
                format!("参数 {name} 没有声明"),
                format!("parameter {name} is not declared"),
            );
        }
    }
    for (index, parameter) in template.parameters.iter().enumerate() {
        if !places.iter().any(|place| place.name == parameter.name) {
            let name = &parameter.name;
            fail(
                wrong,
                format!("/parameters/{index}"),
                format!("参数 {name} 没有用到"),
                format!("parameter {name} is not used"),
            );
        }
    }
    let there: Vec<TemplateEffect> =
        TemplateEffect::ALL.into_iter().filter(|effect| template.body.get(effect.member()).is_some()).collect();
    let mut said = template.effects.clone();
    said.sort_unstable();
    if said != there || there.is_empty() {
        let words: Vec<&str> = there.iter().map(|effect| effect.as_str()).collect();
        let words = words.join(", ");
        fail(
            wrong,
            "/effects",
            format!("执行动作须与策略一致：策略中有 {words}"),
            format!("effects must say what the policy has: {words}"),
        );
    }
    let rules = template.body.get("permissionPolicies").and_then(Value::as_array);
    let is_limited =
        |rule: &Value| rule.get("constraints").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    match template.kind {
        TemplateKind::Constraint
            if there != [TemplateEffect::Allow] || !rules.is_some_and(|rules| rules.iter().all(is_limited)) =>
        {
            fail(
                wrong,
                "/kind",
                "约束类模板只含允许策略，每条都有约束",
                "a constraint template has permissions only, each with constraints",
            );
        }
        TemplateKind::Combined if !there.contains(&TemplateEffect::Allow) => {
            fail(wrong, "/kind", "组合模板须至少允许一种操作", "a combined template permits something");
        }
        _ => {}
    }
}

/// The values of [`examples`] that stand for all: what has a default has it.
pub(super) fn example(template: &NewTemplate) -> Values {
    let one = |parameter: &Parameter| {
        let value = parameter.default.clone().or_else(|| value::samples(&parameter.of).into_iter().next())?;
        Some((parameter.name.clone(), value))
    };
    template.parameters.iter().filter_map(one).collect()
}

/// What is tried: the defaults; every parameter at each of its bounds, alone; all at their lower and all at their upper bounds; without each that may be
/// absent, and without all of them.
fn examples(template: &NewTemplate) -> Vec<(String, Values)> {
    let base = example(template);
    let mut all = vec![(String::new(), base.clone())];
    for parameter in &template.parameters {
        for value in value::samples(&parameter.of) {
            let mut values = base.clone();
            let told = format!("{} = {value}", parameter.name);
            values.insert(parameter.name.clone(), value);
            all.push((told, values));
        }
        if can_be_absent(parameter) {
            let mut values = base.clone();
            values.remove(&parameter.name);
            all.push((format!("− {}", parameter.name), values));
        }
    }
    let bound = |pick: fn(Vec<Value>) -> Option<Value>| -> Values {
        let one = |parameter: &Parameter| Some((parameter.name.clone(), pick(value::samples(&parameter.of))?));
        template.parameters.iter().filter_map(one).collect()
    };
    all.push(("min".to_owned(), bound(|values| values.into_iter().next())));
    all.push(("max".to_owned(), bound(|values| values.into_iter().next_back())));
    let is_kept = |name: &String| template.parameters.iter().any(|one| one.name == *name && !can_be_absent(one));
    all.push(("−".to_owned(), base.into_iter().filter(|(name, _)| is_kept(name)).collect()));
    all
}

fn can_be_absent(parameter: &Parameter) -> bool {
    !parameter.required && parameter.default.is_none()
}

fn try_out(template: &NewTemplate, wrong: &mut Vec<Wrong>) {
    for (told, values) in examples(template) {
        let Ok(policy) = fill::fill(template, &values) else {
            // Every value is a sample or a default that was checked; what is absent leaves a constraint template empty, which is told to whoever fills it in.
            continue;
        };
        let mut tell = |pointer: &str, text: &Text| {
            let at = pointer
                .strip_prefix("/contractPolicies/0")
                .map_or_else(|| "/body".to_owned(), |at| format!("/body{at}"));
            if wrong.iter().any(|one| one.pointer == at) {
                return;
            }
            let text = match told.as_str() {
                "" => text.clone(),
                told => Text::new(format!("{}（当 {told}）", text.zh), format!("{} (with {told})", text.en)),
            };
            wrong.push(Wrong { pointer: at, text });
        };
        match parse_value(&json!({ "contractPolicies": [policy] })) {
            Err(errors) => errors.iter().for_each(|error| tell(&error.pointer, &error.text)),
            Ok(policy) => {
                for conflict in conflicts(&policy).iter().filter(|conflict| conflict.blocking) {
                    tell(conflict.pointers.first().map_or("", String::as_str), &conflict.text);
                }
            }
        }
    }
}
