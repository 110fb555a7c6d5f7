//! Records of disputes, told for people. Pure.

/// Tells one; `word` gives a fact as text.
pub(super) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    match kind {
        "dispute.opened" => {
            let (zh, en) = match word("about").as_str() {
                "performance" => ("履行", "performance"),
                "payment" => ("支付与收费", "payment"),
                "violation" => ("违规违约", "a violation"),
                _ => ("终止", "the end"),
            };
            (format!("就合约{zh}提起争议"), format!("opened a dispute over {en} of the contract"))
        }
        "dispute.stated" => {
            (format!("争议陈述第 {} 条", word("number")), format!("statement {} in the dispute", word("number")))
        }
        "dispute.offered" => (
            format!("争议和解提议（第 {} 条）", word("number")),
            format!("offered a settlement of the dispute (statement {})", word("number")),
        ),
        "dispute.settled" => {
            ("接受和解，争议了结".to_owned(), "accepted the settlement, the dispute is closed".to_owned())
        }
        "dispute.withdrawn" => ("撤回争议".to_owned(), "withdrew the dispute".to_owned()),
        "dispute.heard" => (
            format!("收到争议陈述第 {} 条", word("number")),
            format!("got statement {} of the dispute", word("number")),
        ),
        "dispute.decided" => {
            let (zh, en) = match word("ruling").as_str() {
                "upheld" => ("支持", "upheld"),
                "in_part" => ("部分支持", "upheld in part"),
                _ => ("不予支持", "rejected"),
            };
            (format!("运营者裁决争议：{zh}"), format!("the operator decided the dispute: {en}"))
        }
        other => (other.to_owned(), other.to_owned()),
    }
}
