//! Records of derived data and of onward transfers, told for people. Pure.

use xinyu_policy::Action;

/// Tells one; `word` gives a fact as text.
pub(super) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    match kind {
        "usage.kept" => (
            format!("使用 {} 的结果保留为衍生数据（{} 行），继承合约策略", word("use"), word("rows")),
            format!(
                "the result of use {} is kept as derived data ({} rows) under the contract's policy",
                word("use"),
                word("rows")
            ),
        ),
        "onward.offered" => {
            let code = word("action");
            let label = Action::parse(&code).map(Action::label);
            let (zh, en) = label.map_or((code.clone(), code), |label| (label.zh, label.en));
            let receiver = word("receiver");
            (
                format!("按「{zh}」将数据连同策略转授给 {receiver}（{} 行）", word("rows")),
                format!("handed the data on to {receiver} with its policy ({en}, {} rows)", word("rows")),
            )
        }
        "onward.taken" => (
            "接受转授，承诺按随附策略使用".to_owned(),
            "took what was handed on, under the policy that came with it".to_owned(),
        ),
        "onward.refused" => ("拒绝转授".to_owned(), "did not take what was handed on".to_owned()),
        "onward.withdrawn" => (
            "撤回转授，接收方的数据随即销毁".to_owned(),
            "took back what was handed on, the receiver's data goes".to_owned(),
        ),
        "onward.received" => (
            "收到转授的数据，内容摘要相符".to_owned(),
            "the data that was handed on has arrived, its digest fits".to_owned(),
        ),
        "onward.destroyed" => (
            "转授的数据已销毁并出具证明".to_owned(),
            "the data that was handed on was destroyed, which is proven".to_owned(),
        ),
        other => (other.to_owned(), other.to_owned()),
    }
}
