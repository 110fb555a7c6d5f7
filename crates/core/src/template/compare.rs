//! How one version of a template differs from another, member by member. Pure.

use serde_json::Value;
use xinyu_protocol::api::template::TemplateChange;
use xinyu_protocol::tc609::template::NewTemplate;

/// The differences, in the order of their places.
#[must_use]
pub fn compare(before: &NewTemplate, after: &NewTemplate) -> Vec<TemplateChange> {
    let mut changes = Vec::new();
    let (before, after) = (serde_json::to_value(before).ok(), serde_json::to_value(after).ok());
    walk("", before.as_ref(), after.as_ref(), &mut changes);
    changes
}

fn walk(at: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<TemplateChange>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                walk(&at, before.get(name), after.get(name), changes);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for index in 0..before.len().max(after.len()) {
                walk(&format!("{at}/{index}"), before.get(index), after.get(index), changes);
            }
        }
        _ => changes.push(TemplateChange { pointer: at.to_owned(), before: before.cloned(), after: after.cloned() }),
    }
}
