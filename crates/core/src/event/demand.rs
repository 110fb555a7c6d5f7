//! Records of demands, told for people. Pure.

/// Tells one; `word` gives a fact as text.
pub(super) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    let version = word("version");
    match kind {
        "demand.published" => ("发布数据需求".to_owned(), "published what it looks for".to_owned()),
        "demand.changed" => {
            (format!("变更数据需求，第 {version} 版"), format!("said anew what it looks for, version {version}"))
        }
        "demand.offered" => (
            format!("以产品 {} 应答需求", word("product")),
            format!("answered the demand with the product {}", word("product")),
        ),
        "demand.met" => ("需求已满足".to_owned(), "the demand is met".to_owned()),
        _ => match word("by").as_str() {
            "operator" => ("运营者下架需求".to_owned(), "the operator took the demand down".to_owned()),
            _ => ("发布方下架需求".to_owned(), "its owner withdrew the demand".to_owned()),
        },
    }
}
