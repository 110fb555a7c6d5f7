//! What both syntaxes share about duties: the parameters that have to be understood by whoever does them. Pure.

use serde_json::{Map, Value};
use xinyu_protocol::text::Text;

use super::{ParseCode, Reader, child};
use crate::action::{Action, Timing};

/// The ways to mask a field.
const METHODS: &[&str] = &["mask", "hash", "generalize"];
/// When to delete.
const DELETE_AFTER: &[&str] = &["count", "expiry"];

/// Reads when a duty is due.
pub(super) fn timing(reader: &mut Reader<'_>, pointer: &str, value: &Value) -> Option<Timing> {
    let timing = value.as_str().and_then(Timing::parse);
    if timing.is_none() {
        let text = Text::new(
            format!("时机 {value} 应为 before、during 或 after"),
            format!("timing {value} is not before, during or after"),
        );
        reader.fail(pointer, ParseCode::BadValue, text);
    }
    timing
}

/// Checks the parameters that we give a meaning to: `fields` and `method` of masking, `after` of deleting. Others pass.
pub(super) fn check_parameters(
    reader: &mut Reader<'_>,
    pointer: &str,
    action: Action,
    parameters: &Map<String, Value>,
) {
    let mut one_of = |name: &str, known: &[&str]| {
        if let Some(value) = parameters.get(name)
            && !value.as_str().is_some_and(|text| known.contains(&text))
        {
            let known = known.join(", ");
            let text = Text::new(
                format!("参数 {name} 的值 {value} 不认识，可用：{known}"),
                format!("value {value} of parameter {name} is not known; known are {known}"),
            );
            reader.fail(&child(pointer, name), ParseCode::BadValue, text);
        }
    };
    match action {
        Action::Desensitize | Action::Anonymize => {
            one_of("method", METHODS);
            if let Some(fields) = parameters.get("fields") {
                let is_list = fields.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string));
                if !is_list {
                    let text = Text::new("参数 fields 应为非空的字段列表", "parameter fields is not a list of fields");
                    reader.fail(&child(pointer, "fields"), ParseCode::BadValue, text);
                }
            }
        }
        Action::Delete => one_of("after", DELETE_AFTER),
        _ => {}
    }
}
