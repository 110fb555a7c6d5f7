//! The policy simulator (策略推演). TC609-6-2025-15 §7.2.2.3 h (策略说明): which cases a policy distinguishes and what it says to each, what a stretch of
//! typical use would come to, and what changes between two versions. Pure: no clock and no chance, so that the same question has the same answer.
//!
//! What is decided is asked of [`crate::verify`] and nothing else. Here it is only found out which questions to ask: every comparison of a policy says
//! where its answer turns, and that is all that the policy distinguishes. A new operand needs nothing here: see `fact.rs`.
//!
//! Work is bounded. What a policy distinguishes grows with the product of its conditions, and what would be too much is said to be so.

mod case;
mod difference;
mod fact;
mod fields;
mod number;
mod plan;
mod reach;
mod table;
mod timeline;
mod when;
mod words;
mod written;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use xinyu_protocol::api::policy::{CaseDuty, CaseTable, Ruling};
use xinyu_protocol::text::Text;

pub use self::difference::difference;
pub use self::plan::{PlanError, Use};
pub use self::timeline::{COUNTED_USES, MAX_STEPS, TimelineError, timeline};

use crate::decision::{Decision, Outcome, Verdict};
use crate::explain::explain;
use crate::policy::{Policy, leaves};

/// How much may be compared for one question: a second or two of one core.
const MOST_WORK: u64 = 2_000_000;

/// What each action comes to, case by case; actions of which the policy says the same stand together, those that it is silent on last. `at` is the time of
/// cases that need one and do not depend on it.
#[must_use]
pub fn matrix(policy: &Policy, at: jiff::Timestamp) -> Vec<CaseTable> {
    let mut work = Work::new(MOST_WORK);
    let told = Told::of(policy);
    let mut tables: Vec<CaseTable> = Vec::new();
    for group in reach::groups(&[policy]) {
        let table = table::Table::build(&[policy], group.lead(), at, &mut work);
        let cases = table.cases(|decisions| decisions.first().map(|decision| told.ruling(decision)));
        let cases = cases.into_iter().map(|(when, ruling, witness)| case::case(when, ruling, &witness)).collect();
        tables.push(CaseTable {
            actions: group.names(),
            spoken: group.spoken,
            complete: table.is_complete(),
            cases,
            row_filters: policy.row_filters(group.lead()).iter().map(ToString::to_string).collect(),
        });
    }
    case::joined(tables)
}

/// Counts what was compared.
#[derive(Debug)]
struct Work {
    left: u64,
}

/// More would have to be compared than may be.
#[derive(Debug)]
struct TooMuch;

impl Work {
    fn new(left: u64) -> Self {
        Self { left }
    }

    fn spend(&mut self, cost: u64) -> Result<(), TooMuch> {
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(TooMuch)
            }
        }
    }
}

/// How much a policy says: rules, conditions, the values they name, duties. What one decision costs grows with it.
#[must_use]
pub fn weight(policy: &Policy) -> u64 {
    let of_rule = |rule: &crate::policy::Rule| {
        let own = leaves(&rule.constraints).into_iter();
        let of_duties = rule.duties.iter().flat_map(|duty| leaves(&duty.constraints));
        let values: usize = own.chain(of_duties).map(reach::size).sum();
        values.saturating_add(rule.products.len()).saturating_add(rule.duties.len()).saturating_add(4)
    };
    u64::try_from(policy.rules.iter().map(of_rule).sum::<usize>()).unwrap_or(u64::MAX).saturating_add(16)
}

/// What the clauses of a policy say, by their pointers.
struct Told {
    clauses: BTreeMap<String, Text>,
}

impl Told {
    fn of(policy: &Policy) -> Self {
        Self { clauses: explain(policy).into_iter().map(|clause| (clause.pointer, clause.text)).collect() }
    }

    fn text(&self, pointer: &str) -> Text {
        self.clauses.get(pointer).cloned().unwrap_or_default()
    }

    /// A decision by the clause that made it.
    fn ruling(&self, decision: &Decision) -> Ruling {
        let clause = deciding(decision);
        let mut duties: Vec<CaseDuty> = Vec::new();
        for duty in &decision.duties {
            let told = CaseDuty {
                action: duty.action.code().to_owned(),
                timing: duty.timing.name().to_owned(),
                clause: duty.clause.clone(),
                text: self.text(&duty.clause),
            };
            if !duties.contains(&told) {
                duties.push(told);
            }
        }
        Ruling {
            verdict: decision.decision.name().to_owned(),
            text: self.text(clause),
            clause: clause.to_owned(),
            duties,
        }
    }
}

/// The clause that made a decision: the permission, the prohibition, or the first condition that is not met.
fn deciding(decision: &Decision) -> &str {
    let is_it = |outcome: Outcome| match decision.decision {
        Verdict::Allow | Verdict::AllowIf => outcome == Outcome::Permitted,
        Verdict::Deny => matches!(outcome, Outcome::Prohibited | Outcome::NotMet),
        Verdict::DenyByDefault => outcome == Outcome::NotMentioned,
    };
    let named = decision.reasons.iter().find(|reason| is_it(reason.outcome));
    named.map_or_else(|| decision.clause(), |reason| reason.clause.as_str())
}

/// How much a verdict opens.
fn openness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Deny | Verdict::DenyByDefault => 0,
        Verdict::AllowIf => 1,
        Verdict::Allow => 2,
    }
}
