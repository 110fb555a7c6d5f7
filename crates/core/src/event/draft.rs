//! Records of drafts, told for people. Pure.

/// Tells one; `word` gives a fact as text.
pub(super) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    let (round, digest) = (word("round"), short(&word("digest")));
    match kind {
        "draft.created" => (
            format!("平台创建合约草案并送双方协商，截至 {}", word("answer_by")),
            format!("the platform drew up a draft and put it before the two, until {}", word("answer_by")),
        ),
        "draft.proposed" => (
            format!("提出草案第 {round} 轮，摘要 {digest}"),
            format!("proposed round {round} of the draft, digest {digest}"),
        ),
        "draft.taken" => (
            format!("认可草案第 {round} 轮，摘要 {digest}"),
            format!("stands behind round {round} of the draft, digest {digest}"),
        ),
        "draft.refused" => {
            (format!("拒绝合约草案：{}", word("reason")), format!("refused the draft: {}", word("reason")))
        }
        "draft.agreed" => (
            format!("双方认可第 {round} 轮，据此生成合约，哈希 {}", short(&word("hash"))),
            format!(
                "the two stand behind round {round}, the contract drawn up from it has the hash {}",
                short(&word("hash"))
            ),
        ),
        "draft.ended" => {
            let (zh, en) = match word("outcome").as_str() {
                "refused" => ("已拒绝", "refused"),
                "expired" => ("逾期", "out of time"),
                "withdrawn" => ("平台撤回", "withdrawn"),
                _ => ("不能成约", "cannot become a contract"),
            };
            (
                format!("合约草案终止（{zh}）：{}", word("reason")),
                format!("the draft came to nothing ({en}): {}", word("reason")),
            )
        }
        other => (other.to_owned(), other.to_owned()),
    }
}

fn short(digest: &str) -> String {
    digest.chars().take(16).collect()
}
