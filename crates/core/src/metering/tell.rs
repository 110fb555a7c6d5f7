//! Records about metering periods, in words.

/// Tells a record of a count, a correction or a closed period.
pub(crate) fn tell(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    let period = word("period");
    let (side_zh, side_en) = match word("side").as_str() {
        "provider" => ("提供方", "provider"),
        _ => ("使用方", "consumer"),
    };
    match kind {
        super::ledger::COUNTED => (
            format!("{side_zh}申报第 {period} 期计量"),
            format!("the {side_en} said what it counted for metering period {period}"),
        ),
        super::ledger::CORRECTED => (
            format!("提供方更正第 {period} 期计量项 {}：{}", word("meter"), word("by")),
            format!("the provider corrected meter {} of period {period} by {}", word("meter"), word("by")),
        ),
        _ if word("disputedSince").is_empty() => (
            format!("平台关闭第 {period} 期计量，三方一致"),
            format!("the platform closed metering period {period}, and all three counts agree"),
        ),
        _ => (
            format!("平台关闭第 {period} 期计量，自第 {} 期起存在争议", word("disputedSince")),
            format!("the platform closed metering period {period}, disputed since period {}", word("disputedSince")),
        ),
    }
}
