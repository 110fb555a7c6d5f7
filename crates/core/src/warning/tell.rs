//! Records about warnings and exceptions, in words.

/// Tells a record of the kinds `warning.…` and `exception.…`.
pub(crate) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    let (what_zh, what_en) = named(&word("name"));
    let message = word("message");
    match kind {
        "warning.raised" => (format!("履约预警：{what_zh}"), format!("early warning: {what_en}")),
        "warning.closed" => (format!("履约预警解除：{what_zh}"), format!("early warning over: {what_en}")),
        "exception.retried" => (
            format!("异常处理：立即重试未送达的消息（{message}）"),
            format!("a message that did not arrive is tried again now ({message})"),
        ),
        "exception.set_aside" => (
            format!("异常处理：搁置未送达的消息（{message}），理由：{}", word("reason")),
            format!("a message that did not arrive is set aside ({message}): {}", word("reason")),
        ),
        _ => (
            format!("异常处理：放弃未送达的消息（{message}），理由：{}", word("reason")),
            format!("a message that did not arrive is given up ({message}): {}", word("reason")),
        ),
    }
}

/// A warning by its name.
fn named(name: &str) -> (String, String) {
    let side = |zh: &str, en: &str| match name.rsplit('-').next() {
        Some("provider") => (format!("提供方{zh}"), format!("{en} of the provider")),
        _ => (format!("使用方{zh}"), format!("{en} of the consumer")),
    };
    let known = match name {
        "contract-ends" => ("合约即将到期", "the contract ends soon"),
        "credential-ends" => ("身份凭证早于合约失效", "the credential ends before the contract"),
        "renewal-decided" => ("即将决定自动续签", "whether it renews itself is decided soon"),
        "disposal-overdue" => ("合约终止后数据销毁尚无证明", "the end of its data is not proven"),
        "payment-due" => ("结算单待付", "the statement is to be paid"),
        "payment-overdue" => ("结算单逾期未付", "the statement is overdue"),
        "messages-retried" => ("消息未送达，重试中", "messages are tried again"),
        "messages-set-aside" => ("消息未送达，已搁置", "messages were set aside"),
        _ if name.starts_with("report-overdue-") => return side("履约报告逾期", "a performance report is missing"),
        _ if name.starts_with("report-contradicts-") => return side("履约报告矛盾", "a contradiction in a report"),
        _ if name.starts_with("quota-") => {
            let step = name.rsplit('-').next().unwrap_or_default();
            return (format!("约定次数已用 {step}% 以上"), format!("{step} % or more of the agreed uses are made"));
        }
        other => (other, other),
    };
    (known.0.to_owned(), known.1.to_owned())
}
