//! Records of policy templates, told for people. Pure.

use super::short;

/// Tells one; `word` gives a fact as text.
pub(super) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    match kind {
        "template.saved" => (
            format!("运营者制定策略模板第 {} 版，摘要 {}", word("version"), short(&word("digest"))),
            format!(
                "the operator wrote version {} of a policy template, digest {}",
                word("version"),
                short(&word("digest"))
            ),
        ),
        "template.imported" => (
            format!("运营者导入策略模板为第 {} 版，摘要 {}", word("version"), short(&word("digest"))),
            format!(
                "the operator imported a policy template as version {}, digest {}",
                word("version"),
                short(&word("digest"))
            ),
        ),
        "template.reviewed" => (
            format!("策略模板第 {} 版审核通过", word("version")),
            format!("version {} of a policy template was reviewed and found good", word("version")),
        ),
        "template.refused" => (
            format!("策略模板第 {} 版审核未通过", word("version")),
            format!("version {} of a policy template was refused", word("version")),
        ),
        "template.enabled" => (
            format!("本空间启用策略模板第 {} 版", word("version")),
            format!("version {} of a policy template was enabled in this space", word("version")),
        ),
        "template.disabled" => (
            format!("本空间禁用策略模板第 {} 版", word("version")),
            format!("version {} of a policy template was disabled in this space", word("version")),
        ),
        "template.deleted" => (
            format!("删除策略模板第 {} 版", word("version")),
            format!("version {} of a policy template was deleted", word("version")),
        ),
        other => (other.to_owned(), other.to_owned()),
    }
}
