//! Documents in YAML as the values that JSON has. Small: a bomb of aliases, a name that comes twice and what is nested too deep are refused with their place.

use serde_json::Value;
use serde_saphyr::{alias_limits, budget, options};
use xinyu_core::fault::Rejection;

use super::{MAX_BYTES, unreadable};

/// Objects and lists inside each other, as in JSON.
const MAX_DEPTH: usize = 64;
/// Members that aliases may repeat.
const MAX_REPEATED: usize = 100_000;

/// Reads a document.
///
/// # Errors
/// It is no YAML of which a value of JSON can be made; the place is told, not what stands there.
pub(crate) fn parse(text: &str, format: &str) -> Result<Value, Rejection> {
    let limits = options! {
        budget: budget! { max_depth: MAX_DEPTH, max_documents: 1, max_total_scalar_bytes: 4 * MAX_BYTES, max_recorded_anchor_bytes: MAX_BYTES },
        alias_limits: alias_limits! { max_total_replayed_events: MAX_REPEATED },
        strict_booleans: true,
    };
    serde_saphyr::from_str_with_options::<Value>(text, limits).map_err(|error| match error.location() {
        Some(place) => {
            let (line, column) = (place.line(), place.column());
            unreadable(
                format,
                format!("YAML 第 {line} 行第 {column} 列有误"),
                format!("the YAML is wrong in line {line}, column {column}"),
            )
        }
        None => unreadable(format, "不是可读的 YAML", "it is no YAML that can be read"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(text: &str) -> String {
        parse(text, "OpenAPI").unwrap_err().text.en
    }

    #[test]
    fn yaml_is_read_as_json_has_it() {
        let text = "# 接口\nopenapi: '3.1.0'\ninfo: &i\n  title: 客流\n  version: 1.0\nx-on: on\nx-list:\n  - 1\n  - true\n  - null\nx-same: *i\n";
        let same = json!({ "title": "客流", "version": 1.0 });
        let expect =
            json!({ "openapi": "3.1.0", "info": same, "x-on": "on", "x-list": [1, true, null], "x-same": same });
        assert_eq!(parse(text, "OpenAPI").unwrap(), expect);
    }

    #[test]
    fn bombs_twins_and_broken_lines_are_refused_with_their_place() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![before; 10].join(", ")));
        }
        assert!(refused(&bomb).contains("OpenAPI"));
        assert!(refused("a: 1\na: 2\n").contains("line 2"));
        assert!(refused(&format!("{}1{}", "[".repeat(200), "]".repeat(200))).contains("YAML"));
        assert!(refused("a: [1, 2\nb: 3\n").contains("line"));
        assert!(refused("a: 1\n---\nb: 2\n").contains("YAML"));
        assert!(!refused("secret: [hunter2\n").contains("hunter2"));
    }
}
