//! Records about reports, in words.

/// Tells a record of the kinds `performance.…`.
pub(crate) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    let (side_zh, side_en) = match word("side").as_str() {
        "provider" => ("提供方", "provider"),
        _ => ("使用方", "consumer"),
    };
    let number = word("number");
    match kind {
        "performance.reported" => (
            format!("{side_zh}连接器生成第 {number} 期履约报告"),
            format!("the {side_en}'s connector drew up performance report {number}"),
        ),
        "performance.taken" if word("final") == "true" => (
            format!("平台受理{side_zh}最终履约报告（第 {number} 期）并加盖签章"),
            format!("the platform took and stamped the {side_en}'s final performance report, number {number}"),
        ),
        "performance.taken" => (
            format!("平台受理{side_zh}第 {number} 期履约报告并加盖签章"),
            format!("the platform took and stamped performance report {number} of the {side_en}"),
        ),
        "performance.contradicted" => (
            format!("{side_zh}第 {number} 期履约报告与存证、账目或对方报告矛盾：{}", word("counters")),
            format!(
                "performance report {number} of the {side_en} contradicts records, account or the other side: {}",
                word("counters")
            ),
        ),
        "performance.overdue" => (
            format!("{side_zh}第 {number} 期履约报告逾期未到（应于 {}）", word("due")),
            format!("performance report {number} of the {side_en} has not come, it was due at {}", word("due")),
        ),
        _ => (
            format!("{side_zh}的履约报告未受理：{}", word("code")),
            format!("a performance report of the {side_en} was not taken: {}", word("code")),
        ),
    }
}
