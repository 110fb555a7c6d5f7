//! Harvesting another catalogue (目录汇聚): which records are new, changed or gone since the last time, and what to ask the source for so that it answers
//! little. NDI-TR-2025-06 §6.3 c (增量更新). Pure: pages come in, a plan goes out, and what is to be kept until the next run.
//!
//! Nothing is gone unless a whole read, from the first page to the last in one run, has not met it. A read that breaks off adds and changes, and removes nothing.
//! Whoever carries out a plan keeps the new state in the same transaction.

mod ask;
mod plan;
mod state;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use xinyu_protocol::text::Text;

use crate::catalogue::{Fault, Next, Page, Record};

pub use ask::Ask;
pub use plan::Plan;
pub use state::{Kept, Mark, Validators};

/// How a source is harvested.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Every how many runs the whole is read, so that removals are seen, where the others ask only for what was changed; 1 for always.
    pub whole_every: u32,
    /// Reads the whole this time, whatever the state says.
    pub is_whole: bool,
    /// Records that a page should have, where the source lets us say so.
    pub page_records: u32,
    /// Records at most.
    pub most_records: usize,
    /// Pages at most.
    pub most_pages: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { whole_every: 24, is_whole: false, page_records: 100, most_records: 200_000, most_pages: 10_000 }
    }
}

/// What a run reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything.
    Whole,
    /// What was changed since then.
    Since(Timestamp),
    /// The pages that a broken read has not come to.
    Rest(Next),
}

/// What comes after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next one.
    Ask(Ask),
    /// Nothing: it was the last.
    Done,
    /// Nothing: the source cannot be read on, and the read counts as broken off.
    Stopped(Text),
}

/// A run.
#[derive(Clone, Debug)]
pub struct Harvest {
    format: &'static str,
    kept: Kept,
    options: Options,
    reach: Reach,
    began: Timestamp,
    found: BTreeMap<String, Found>,
    faults: Vec<Fault>,
    passed: u64,
    total: Option<u64>,
    pages: usize,
    asked: BTreeSet<Next>,
    last: Option<Next>,
    validators: Validators,
    is_done: bool,
    stopped: Option<Text>,
}

/// A record that was met; the record itself only if it is new or changed.
#[derive(Clone, Debug)]
struct Found {
    mark: Mark,
    record: Option<Box<Record>>,
}

/// How much earlier than the latest change the next run asks from: a source's index lags behind its records, and clocks differ.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

impl Harvest {
    /// Begins a run over a source of this format, at this moment.
    #[must_use]
    pub fn begin(format: &'static str, kept: Kept, options: Options, now: Timestamp) -> Self {
        let is_due = options.is_whole || kept.runs.saturating_add(1) >= options.whole_every;
        let reach = match (&kept.rest, kept.since) {
            (Some(next), _) if !options.is_whole => Reach::Rest(next.clone()),
            (_, Some(since)) if !is_due && ask::is_incremental(format) => Reach::Since(since),
            _ => Reach::Whole,
        };
        Self {
            format,
            kept,
            options,
            reach,
            began: now,
            found: BTreeMap::new(),
            faults: Vec::new(),
            passed: 0,
            total: None,
            pages: 0,
            asked: BTreeSet::new(),
            last: None,
            validators: Validators::default(),
            is_done: false,
            stopped: None,
        }
    }

    /// What this run reads.
    #[must_use]
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// What to ask the source for first.
    #[must_use]
    pub fn first(&self) -> Ask {
        Ask::first(self.format, &self.reach, &self.kept, &self.options)
    }

    /// Takes a page in, with the validators of the answer it came in.
    pub fn take(&mut self, page: Page, validators: Validators) -> Step {
        self.pages += 1;
        self.validators = validators;
        // The greatest: what is deleted while the pages are read moves a record onto a page that was read already.
        self.total = page.total.max(self.total);
        self.passed = self.passed.saturating_add(page.passed);
        self.faults.extend(page.faults);
        page.records.into_iter().for_each(|record| self.meet(record));
        let stop = |zh: &str, en: &str| Some(Text::new(zh, en));
        let stopped = match &page.next {
            None if self.is_short() => {
                stop("来源给出的记录少于它自己声明的总数", "the source gave fewer records than it says there are")
            }
            None => None,
            Some(Next::Refused) => stop(
                "下一页不可读取：地址不同源或记录过多",
                "the next page is not to be had: its address leads elsewhere, or a page has too many records",
            ),
            Some(next) if self.asked.contains(next) => {
                stop("来源的分页循环往复", "the pages of the source go in a circle")
            }
            Some(_) if self.pages >= self.options.most_pages => {
                stop("页数超过上限", "there are more pages than are read")
            }
            Some(_) if self.found.len() > self.options.most_records => {
                stop("记录数超过上限", "there are more records than are read")
            }
            Some(_) => None,
        };
        match (page.next, stopped) {
            (_, Some(why)) => {
                self.stopped = Some(why.clone());
                self.last = None;
                Step::Stopped(why)
            }
            (None, None) => {
                self.is_done = true;
                Step::Done
            }
            (Some(next), None) => {
                self.asked.insert(next.clone());
                self.last = Some(next.clone());
                Step::Ask(Ask::at(self.format, &self.reach, &self.options, next))
            }
        }
    }

    /// Ends the run: whole if its last page was taken, otherwise broken off.
    #[must_use]
    pub fn finish(self) -> (Plan, Kept) {
        plan::finish(self)
    }

    /// Ends the run of a source that says nothing has changed (HTTP 304).
    #[must_use]
    pub fn not_modified(self) -> (Plan, Kept) {
        let unchanged = u64::try_from(self.kept.records.len()).unwrap_or(u64::MAX);
        let plan = Plan { unchanged, is_whole: true, ..Plan::default() };
        (plan, Kept { runs: 0, rest: None, ..self.kept })
    }

    /// A record that stands on two pages counts once: as the later one, whichever page came first.
    fn meet(&mut self, record: Record) {
        let mark = Mark { digest: record.digest.clone(), modified: record.modified };
        let is_later = |known: &Found| (known.mark.modified, &known.mark.digest) < (mark.modified, &mark.digest);
        if self.found.get(&record.key).is_none_or(is_later) {
            let is_same = self.kept.records.get(&record.key).is_some_and(|known| known.digest == mark.digest);
            let key = record.key.clone();
            self.found.insert(key, Found { mark, record: (!is_same).then(|| Box::new(record)) });
        }
    }

    /// Whether the source itself says that there is more than what it gave. A rest is a part.
    fn is_short(&self) -> bool {
        let met = self.found.len().saturating_add(self.faults.len());
        let met = u64::try_from(met).unwrap_or(u64::MAX).saturating_add(self.passed);
        !matches!(self.reach, Reach::Rest(_)) && self.total.is_some_and(|total| met < total)
    }
}
