//! What is to be done after a run.

use std::collections::BTreeSet;

use serde::Serialize;
use xinyu_protocol::text::Text;

use super::{Found, Harvest, Kept, OVERLAP, Reach, Validators};
use crate::catalogue::{Fault, Record};

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Records to add, by their identifier.
    pub new: Vec<Record>,
    /// Records to put in the place of earlier ones.
    pub changed: Vec<Record>,
    /// How many were met as they are.
    pub unchanged: u64,
    /// Records to remove.
    pub gone: Vec<String>,
    /// Records that stay as they are kept, since this time they could not be read.
    pub held: Vec<String>,
    /// What could not be read.
    pub faults: Vec<Fault>,
    /// Whether the whole catalogue was read.
    pub is_whole: bool,
    /// Why it was not, or why nothing was removed.
    pub notes: Vec<Text>,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }

    /// The run in one sentence.
    #[must_use]
    pub fn report(&self) -> Text {
        let [new, changed, gone, faults] = [self.new.len(), self.changed.len(), self.gone.len(), self.faults.len()];
        let same = self.unchanged;
        let (zh, en) =
            if self.is_whole { ("全量读取", "read as a whole") } else { ("部分读取", "read in part") };
        Text::new(
            format!("{zh}：新增 {new}，变更 {changed}，未变 {same}，移除 {gone}，无法读取 {faults}"),
            format!("{en}: {new} new, {changed} changed, {same} unchanged, {gone} gone, {faults} not readable"),
        )
    }
}

pub(super) fn finish(run: Harvest) -> (Plan, Kept) {
    let Harvest { mut kept, reach, found, faults, is_done, stopped, pages, last, validators, began, .. } = run;
    let mut plan = Plan { is_whole: is_done && reach == Reach::Whole, ..Plan::default() };
    let named: BTreeSet<&str> = faults.iter().filter_map(|fault| fault.key.as_deref()).collect();
    let unnamed = u64::try_from(faults.iter().filter(|fault| fault.key.is_none()).count()).unwrap_or(u64::MAX);
    plan.held =
        kept.records.keys().filter(|key| named.contains(key.as_str()) && !found.contains_key(*key)).cloned().collect();
    if plan.is_whole {
        let is_gone = |key: &&String| !found.contains_key(*key) && !named.contains(key.as_str());
        let gone: Vec<String> = kept.records.keys().filter(is_gone).cloned().collect();
        // A record that has lost its identifier looks as if it were gone.
        if unnamed > kept.unnamed && !gone.is_empty() {
            plan.notes.push(Text::new(
                format!("本次有 {unnamed} 条记录读不出标识，{} 条未见的记录暂不移除", gone.len()),
                format!(
                    "{unnamed} records have no readable identifier, so that {} that were not met are not removed yet",
                    gone.len()
                ),
            ));
        } else {
            plan.gone = gone;
        }
        kept.unnamed = unnamed;
    }
    plan.notes.extend(stopped);
    if !is_done && plan.notes.is_empty() {
        plan.notes.push(Text::new("读取中断，不移除任何记录", "the read was broken off, and nothing is removed"));
    }
    let latest = found.values().filter_map(|found| found.mark.modified).max();
    for key in &plan.gone {
        kept.records.remove(key);
    }
    for (key, Found { mark, record }) in found {
        let before = kept.records.insert(key, mark);
        match (record, before) {
            (None, _) => plan.unchanged += 1,
            (Some(record), None) => plan.new.push(*record),
            (Some(record), Some(_)) => plan.changed.push(*record),
        }
    }
    plan.faults = faults;
    match (is_done, reach) {
        (true, Reach::Whole) => {
            // What a single page says of itself, it says of the whole; and a page with faults is to be read again.
            let is_sure = pages == 1 && plan.faults.is_empty() && plan.notes.is_empty();
            kept.validators = if is_sure { validators } else { Validators::default() };
            kept.since = latest.and_then(|latest| latest.min(began).checked_sub(OVERLAP).ok());
            (kept.runs, kept.rest) = (0, None);
        }
        (true, Reach::Since(since)) => {
            let seen = latest.and_then(|latest| latest.min(began).checked_sub(OVERLAP).ok());
            kept.since = seen.max(Some(since));
            kept.runs = kept.runs.saturating_add(1);
        }
        (true, Reach::Rest(_)) => kept.rest = None,
        (false, Reach::Since(_)) => {}
        // Where it broke off, or from the beginning if it came no further.
        (false, Reach::Whole | Reach::Rest(_)) => {
            kept.rest = last;
            kept.validators = Validators::default();
        }
    }
    (plan, kept)
}
