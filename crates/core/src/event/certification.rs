//! Records of certifications, told for people. Pure.

use super::short;

/// Tells one; `word` gives a fact as text.
pub(super) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    match kind {
        "certification.scheme" => (
            format!("运营者保存认证方案第 {} 版，摘要 {}", word("version"), short(&word("digest"))),
            format!(
                "the operator saved version {} of a certification scheme, digest {}",
                word("version"),
                short(&word("digest"))
            ),
        ),
        "certification.applied" => (
            format!("申请认证 {}（方案 {}）", word("certification"), word("scheme")),
            format!("certification {} was applied for by scheme {}", word("certification"), word("scheme")),
        ),
        "certification.assessed" => (
            format!("认证 {} 评估完成，待决定", word("certification")),
            format!("certification {} is assessed and waits for a decision", word("certification")),
        ),
        "certification.certified" => (
            format!(
                "认证 {} 通过，等级 {}，评估报告摘要 {}",
                word("certification"),
                word("grade"),
                short(&word("report"))
            ),
            format!(
                "{} was certified, grade {}, digest of the report {}",
                word("certification"),
                word("grade"),
                short(&word("report"))
            ),
        ),
        "certification.refused" => (
            format!("认证 {} 不予通过：{}", word("certification"), word("reason")),
            format!("certification {} was refused: {}", word("certification"), word("reason")),
        ),
        "certification.suspended" => (
            format!("认证 {} 暂停，凭证失效：{}", word("certification"), word("reason")),
            format!(
                "certification {} was suspended, its credentials are no good: {}",
                word("certification"),
                word("reason")
            ),
        ),
        "certification.resumed" => (
            format!("认证 {} 恢复，签发新凭证", word("certification")),
            format!("certification {} was resumed with new credentials", word("certification")),
        ),
        "certification.withdrawn" => (
            format!("认证 {} 撤销，凭证失效：{}", word("certification"), word("reason")),
            format!(
                "certification {} was withdrawn, its credentials are no good: {}",
                word("certification"),
                word("reason")
            ),
        ),
        "certification.expired" => {
            (format!("认证 {} 到期", word("certification")), format!("certification {} is over", word("certification")))
        }
        "certification.cancelled" => (
            format!("认证 {} 的申请已撤回", word("certification")),
            format!("the application for certification {} was cancelled", word("certification")),
        ),
        "certification.superseded" => (
            format!("认证 {} 由 {} 换发", word("certification"), word("reason")),
            format!("certification {} was renewed by {}", word("certification"), word("reason")),
        ),
        other => (other.to_owned(), other.to_owned()),
    }
}
