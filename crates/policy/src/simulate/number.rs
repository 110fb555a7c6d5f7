//! Whole numbers: a comparison turns at its amount and nowhere else. Of uses the number of the use is told, as contracts say it.

use serde_json::{Value, json};
use xinyu_protocol::text::Text;

use super::fact::{Candidate, Fact, Shown};
use crate::action::Action;
use crate::operand::{Limit, Operand, Sense};
use crate::policy::Leaf;

/// The first of every stretch of numbers that the comparisons tell apart.
pub(super) fn candidates(fact: Fact, leaves: &[(&Leaf, Sense)]) -> Vec<Candidate> {
    let counts = matches!(fact, Fact::Count | Fact::InWindow);
    let least = u64::from(counts);
    let mut starts = vec![least];
    for (leaf, _) in leaves {
        if let Limit::Quantity { amount, .. } = &leaf.limit {
            starts.extend([*amount, amount.saturating_add(1)]);
        }
    }
    starts.retain(|start| *start >= least);
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|next| Some(next.saturating_sub(1))).chain([None]);
    let stretches = starts.iter().copied().zip(ends);
    let stated = |first: u64| if counts { first.saturating_sub(1) } else { first };
    stretches
        .map(|(first, last)| Candidate::word(fact.member(), json!(stated(first)), Shown::Range(first, last)))
        .collect()
}

/// A price within an alternative is paid, or it is not.
pub(super) fn paid() -> Vec<Candidate> {
    let candidate =
        |done: Value, zh: &str, en: &str| Candidate::word(Fact::Paid.member(), done, Shown::Word(Text::new(zh, en)));
    vec![candidate(json!([Action::Compensate.code()]), "已支付", "paid"), candidate(json!([]), "未支付", "not paid")]
}

/// Stretches for people, neighbours as one.
pub(super) fn ranges<'s>(fact: Fact, shown: impl Iterator<Item = &'s Shown>) -> Text {
    let mut joined: Vec<(u64, Option<u64>)> = Vec::new();
    for one in shown {
        let Shown::Range(first, last) = one else { continue };
        match joined.last_mut() {
            Some((_, end)) if end.is_some_and(|end| end.checked_add(1) == Some(*first)) => *end = *last,
            _ => joined.push((*first, *last)),
        }
    }
    let texts: Vec<_> = joined.into_iter().map(|(first, last)| range(fact, first, last)).collect();
    super::words::list(&texts)
}

fn range(fact: Fact, first: u64, last: Option<u64>) -> Text {
    if matches!(fact, Fact::Count | Fact::InWindow) {
        return match last {
            Some(last) if first == last => Text::new(format!("第 {first} 次"), format!("number {first}")),
            Some(last) if first <= 1 => Text::new(format!("前 {last} 次"), format!("the first {last}")),
            Some(last) => Text::new(format!("第 {first} 至 {last} 次"), format!("numbers {first} to {last}")),
            None if first <= 1 => Text::new("任意次数", "any number"),
            None => Text::new(format!("第 {first} 次起"), format!("from number {first} on")),
        };
    }
    let (zh, en) = if fact == Fact::Number(Operand::DataSize) { ("字节", "bytes") } else { ("条", "records") };
    match last {
        Some(last) if first == last => Text::new(format!("恰为 {first} {zh}"), format!("exactly {first} {en}")),
        Some(last) if first == 0 => Text::new(format!("不超过 {last} {zh}"), format!("at most {last} {en}")),
        Some(last) => Text::new(format!("{first} 至 {last} {zh}"), format!("{first} to {last} {en}")),
        None if first == 0 => Text::new("任意规模", "any amount"),
        None => {
            let below = first.saturating_sub(1);
            Text::new(format!("超过 {below} {zh}"), format!("more than {below} {en}"))
        }
    }
}
