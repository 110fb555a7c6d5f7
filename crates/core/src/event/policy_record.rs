//! What records of evidence say of policy records, told for people. Pure.

/// Tells one; a kind that is not known is told by its name.
pub(super) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    let (layer_zh, layer_en) = match word("layer").as_str() {
        "product" => ("产品策略", "product policy"),
        _ => ("空间策略", "space policy"),
    };
    let version = word("version");
    let reason = |between: &str| match word("reason") {
        reason if reason.is_empty() => String::new(),
        reason => format!("{between}{reason}"),
    };
    let set = |zh: bool| match word("policy_set") {
        set if set.is_empty() => String::new(),
        set if zh => format!("，空间策略集更新为第 {set} 号"),
        set => format!("; the set of the space is number {set}"),
    };
    let told = |zh: &str, en: &str| {
        (
            format!("{layer_zh}第 {version} 版{zh}{}", reason("：")),
            format!("version {version} of a {layer_en} {en}{}", reason(": ")),
        )
    };
    match kind {
        "policy.parsed" if word("outcome") == "stored" => {
            told("经六步解析后保存为草稿", "passed the six steps of parsing and was stored as a draft")
        }
        "policy.parsed" => {
            let clauses = word("clauses");
            told(
                &format!("未通过解析，未保存（{clauses}）"),
                &format!("did not pass its parsing and was not stored ({clauses})"),
            )
        }
        "policy.submitted" => told("提交审核", "was submitted for review"),
        "policy.reviewed" => told("通过审核", "was reviewed"),
        "policy.refused" => told("未通过审核", "was refused by its reviewer"),
        "policy.enabled" => told(&format!("启用{}", set(true)), &format!("was enabled{}", set(false))),
        "policy.disabled" => told(&format!("禁用{}", set(true)), &format!("was disabled{}", set(false))),
        "policy.retired" => told("删除", "was retired"),
        "policy.received" => {
            let number = word("policy_set");
            (
                format!("连接器收到并启用第 {number} 号空间策略集"),
                format!("a connector took up set {number} of the policies of the space"),
            )
        }
        other => (other.to_owned(), other.to_owned()),
    }
}
