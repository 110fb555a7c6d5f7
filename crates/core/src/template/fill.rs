//! A template filled in: values for its parameters become a policy. TC609-6-2025-15 §7.2.2.1 d. Pure.

use serde_json::Value;
use xinyu_protocol::tc609::template::{NewTemplate, TemplateKind, Values};
use xinyu_protocol::text::Text;

use super::{Wrong, body, value};

/// The policy of a template with these values, as an element of `contractPolicies`.
///
/// # Errors
/// Every value that does not fit, by the pointer of its parameter.
pub fn fill(template: &NewTemplate, values: &Values) -> Result<Value, Vec<Wrong>> {
    let (taken, mut wrong) = take(template, values);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let filled = body::fill(&template.body, &taken).unwrap_or_default();
    let limits_nothing = |rule: &Value| rule.get("constraints").and_then(Value::as_array).is_none_or(Vec::is_empty);
    let rules = filled.get("permissionPolicies").and_then(Value::as_array);
    if template.kind == TemplateKind::Constraint && rules.is_some_and(|rules| rules.iter().any(limits_nothing)) {
        wrong.push(Wrong {
            pointer: "/parameters".to_owned(),
            text: Text::new("未填写任何限制，请至少填写一个参数", "nothing is limited: fill in at least one parameter"),
        });
        return Err(wrong);
    }
    Ok(filled)
}

/// Every parameter that has a value, given or by default, and what is wrong with those given.
pub(super) fn take(template: &NewTemplate, values: &Values) -> (Values, Vec<Wrong>) {
    let (mut taken, mut wrong) = (Values::new(), Vec::new());
    for name in values.keys() {
        if !template.parameters.iter().any(|parameter| parameter.name == *name) {
            let names: Vec<&str> = template.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            let known = if names.is_empty() { "—".to_owned() } else { names.join(", ") };
            wrong.push(Wrong {
                pointer: format!("/parameters/{name}"),
                text: Text::new(
                    format!("模板 {} 没有参数 {name}，可用：{known}", template.template_id),
                    format!("template {} has no parameter {name}; known are {known}", template.template_id),
                ),
            });
        }
    }
    for parameter in &template.parameters {
        let at = || format!("/parameters/{}", parameter.name);
        let given = values.get(&parameter.name).filter(|value| !value.is_null()).or(parameter.default.as_ref());
        match given.map(|given| value::read(&parameter.of, given)) {
            Some(Ok(read)) => {
                taken.insert(parameter.name.clone(), read);
            }
            Some(Err(text)) => wrong.push(Wrong {
                pointer: at(),
                text: Text::new(
                    format!("「{}」{}", parameter.label.zh, text.zh),
                    format!("{} {}", parameter.label.en, text.en),
                ),
            }),
            None if parameter.required => wrong.push(Wrong {
                pointer: at(),
                text: Text::new(
                    format!("「{}」必填", parameter.label.zh),
                    format!("{} has to be filled in", parameter.label.en),
                ),
            }),
            None => {}
        }
    }
    (taken, wrong)
}
