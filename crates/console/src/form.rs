//! What stands in forms: texts that may be empty, ticked boxes, areas that hold JSON.

use serde::de::DeserializeOwned;
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::page::Page;

/// A text, if there is one.
pub(crate) fn optional(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Whether a box was ticked.
pub(crate) fn is_ticked(value: &str) -> bool {
    value == "yes"
}

/// The JSON of an area, or a page that names the area and what is wrong in it.
pub(crate) fn read<T: DeserializeOwned>(page: &Page, field: &str, text: &str) -> Result<T, Fault> {
    parse(text.as_bytes(), Limits::WIRE).map_err(|error| {
        let field = page.t(field);
        let problem = Problem::new(400, "form-json", Text::new("JSON 无法解析", "the JSON does not parse"))
            .detail(Text::new(format!("「{field}」：{}", error.text().zh), format!("{field}: {}", error.text().en)))
            .next(Text::new(
                "请修改该栏后重新提交，其他已填内容都保留在下面",
                "mend this field and send it again: what you filled in stands below",
            ));
        Fault::in_form(page, problem)
    })
}
