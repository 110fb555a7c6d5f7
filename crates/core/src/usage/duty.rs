//! Duties before, beside and after a use (前置、并行、后置义务): which of them a connector fulfils by itself, and how each is known to be done.
//! TC609-6-2025-15 §7.1.2.4 b, e, f, h. Pure. The deletion of the data belongs to the contract, not to one use: `destruction.rs`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xinyu_policy::{Action, Clause, Decision, Duty, DutyView, Enforcement, Policy, RuleKind, Syntax, Timing, explain};
use xinyu_protocol::text::Text;

use super::{Holding, Use, UseState};
use crate::agreement::Terms;
use crate::effect::{Draft, Effect};
use crate::fault::Rejection;

/// Where it is asked that what a contract says is kept by technique.
pub const TECHNIQUE: &str = "TC609-6-2025-15 §7.1.2.4 e";

/// Where a duty of one use stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyState {
    /// To be done, or its effect is not known yet.
    Pending,
    /// Done, and its effect was seen.
    Done,
    /// It could not be done.
    Failed,
}

impl DutyState {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A duty of one use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseDuty {
    /// What, a code of -14.
    pub action: Action,
    /// When.
    pub timing: Timing,
    /// The clause that demands it.
    pub clause: String,
    /// Where it stands.
    pub state: DutyState,
    /// Since when.
    pub at: Timestamp,
}

impl UseDuty {
    fn new(view: &DutyView, state: DutyState, at: Timestamp) -> Self {
        Self { action: view.action, timing: view.timing, clause: view.clause.clone(), state, at }
    }

    /// The record that it was done, or could not be.
    #[must_use]
    pub fn record(&self, holding: &Holding, one: &Use) -> Effect {
        let draft = Draft::new("usage.duty", &holding.space_id)
            .contract(&holding.contract_id)
            .subject(one.use_id.clone())
            .fact("action", self.action.code())
            .fact("timing", self.timing.name())
            .fact("clause", self.clause.clone())
            .fact("outcome", self.state.as_str())
            .fact("product", holding.product_id.clone())
            .fact("user", one.person.clone());
        Effect::Record(draft)
    }
}

/// Who sees to a duty, and how its effect is known. What is not in here nobody does: a clause that demands it is held up by the law alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fulfilment {
    /// When the data is prepared: masked, anonymised, encrypted.
    Delivery,
    /// The policy goes with whatever leaves: results, files, data that is handed on.
    Attached,
    /// A person shows its second factor.
    Person,
    /// The provider acknowledges that it was told.
    Told,
    /// The platform acknowledges the record.
    Recorded,
    /// The result leaves with a mark that was read back.
    Marked,
    /// Violations raise alerts at both nodes.
    Alerted,
    /// The data is overwritten, removed and looked for again.
    Destroyed,
}

fn fulfilment(action: Action, timing: Timing) -> Option<Fulfilment> {
    match (action, timing) {
        (Action::Desensitize | Action::Anonymize | Action::Encrypt, Timing::Before) => Some(Fulfilment::Delivery),
        (Action::PolicyTransmit, Timing::Before) => Some(Fulfilment::Attached),
        (Action::Authenticate, Timing::Before) => Some(Fulfilment::Person),
        (Action::Notify, _) => Some(Fulfilment::Told),
        (Action::LogRecordSend, Timing::During | Timing::After) => Some(Fulfilment::Recorded),
        (Action::Watermark, _) => Some(Fulfilment::Marked),
        (Action::Alert, Timing::During) => Some(Fulfilment::Alerted),
        (Action::Delete, Timing::After) => Some(Fulfilment::Destroyed),
        _ => None,
    }
}

/// Whether our connectors do a duty by themselves under these terms. A partner's connector cannot be told of uses.
#[must_use]
pub fn is_fulfilled(action: Action, timing: Timing, is_unsigned: bool) -> bool {
    match fulfilment(action, timing) {
        Some(Fulfilment::Told) => !is_unsigned,
        other => other.is_some(),
    }
}

/// The clauses of a policy for people, each with how it is really enforced: a duty that nobody does is left to the law, whatever its action could be. What a
/// breach costs is not done by a connector either way, and stays as it is.
#[must_use]
pub fn clauses(policy: &Policy, is_unsigned: bool) -> Vec<Clause> {
    let open = |duty: &&Duty| !is_fulfilled(duty.action, duty.timing, is_unsigned);
    let mut left: Vec<&str> = Vec::new();
    for rule in &policy.rules {
        let of_rule: Vec<&Duty> = rule.duties.iter().filter(open).collect();
        left.extend(of_rule.iter().map(|duty| duty.clause.as_str()));
        if rule.kind == RuleKind::Obligation && !of_rule.is_empty() {
            left.push(&rule.pointer);
        }
    }
    let mut clauses = explain(policy);
    for clause in clauses.iter_mut().filter(|clause| left.contains(&clause.pointer.as_str())) {
        clause.enforcement = clause.enforcement.max(Enforcement::LegalOnly);
    }
    clauses
}

/// The duties and conditions that rest on the law alone: what a space that wants them kept by technique does not list.
#[must_use]
pub fn resting_on_law(policy: &Policy) -> Vec<Clause> {
    let is_critical = |pointer: &str| {
        policy.rules.iter().any(|rule| {
            let is_duty = rule.duties.iter().any(|duty| duty.clause == pointer);
            let is_obligation = rule.kind == RuleKind::Obligation && rule.pointer == pointer;
            is_duty || is_obligation || rule.constraints.iter().any(|constraint| constraint.pointer() == pointer)
        })
    };
    let clauses = clauses(policy, policy.syntax == Syntax::Odrl).into_iter();
    clauses.filter(|clause| clause.enforcement == Enforcement::LegalOnly && is_critical(&clause.pointer)).collect()
}

/// That technique keeps all duties and conditions of a policy, where a space asks for it.
///
/// # Errors
/// Naming the first that only the law keeps.
pub fn must_be_kept_by_technique(policy: &Policy) -> Result<(), Rejection> {
    let Some(clause) = resting_on_law(policy).into_iter().next() else {
        return Ok(());
    };
    let text = resting(&clause);
    Err(Rejection::bad("not-by-technique", text.zh, text.en)
        .clause(clause.pointer)
        .detail(Text::new(TECHNIQUE, TECHNIQUE))
        .next(Text::new(
            "该空间只接受有技术手段保证的条款，请改用可执行的约束或义务",
            "the space takes only what technique keeps: use a condition or duty that can be enforced",
        )))
}

/// What is wrong with a clause that only the law keeps.
#[must_use]
pub fn resting(clause: &Clause) -> Text {
    Text::new(
        format!("该条款没有技术手段保证，仅靠法律约束：{}", clause.text.zh),
        format!("nothing keeps this clause but the law: {}", clause.text.en),
    )
}

/// Whether the duty that a use waits for can still be done: by the person who asks, or by an answer that is on its way.
pub(super) fn can_come(decision: &Decision, terms: &Terms) -> bool {
    decision.duties.first().is_some_and(|duty| match fulfilment(duty.action, duty.timing) {
        Some(Fulfilment::Person) => true,
        Some(Fulfilment::Told) => terms.signed().is_some(),
        _ => false,
    })
}

/// Duties that were done before the use. A result that will be marked is not marked yet; what was kept stays as it was.
pub(super) fn done(views: &[DutyView], kept: &[UseDuty], at: Timestamp) -> Vec<UseDuty> {
    let state = |view: &DutyView| match fulfilment(view.action, view.timing) {
        Some(Fulfilment::Marked) => DutyState::Pending,
        _ => DutyState::Done,
    };
    let one = |view: &DutyView| {
        let there = kept.iter().find(|duty| duty.clause == view.clause);
        there.cloned().unwrap_or_else(|| UseDuty::new(view, state(view), at))
    };
    views.iter().map(one).collect()
}

/// How long a duty that was done for a use holds while the use waits for another one.
const HOLDS: SignedDuration = SignedDuration::from_mins(10);

/// What was done for a use before it came to wait for something else.
pub(super) fn kept(former: &Use, now: Timestamp) -> Vec<UseDuty> {
    let holds = |duty: &&UseDuty| {
        let is_done = duty.state == DutyState::Done && duty.timing == Timing::Before;
        is_done && now.duration_since(duty.at) <= HOLDS
    };
    former.duties.iter().filter(holds).cloned().collect()
}

/// A duty beside or after a use, as it is followed from its beginning on; that of the whole contract is not.
pub(super) fn tracked(view: &DutyView, at: Timestamp) -> Option<UseDuty> {
    let state = match fulfilment(view.action, view.timing) {
        Some(Fulfilment::Destroyed) => return None,
        Some(Fulfilment::Alerted) => DutyState::Done,
        Some(_) => DutyState::Pending,
        None => DutyState::Failed,
    };
    Some(UseDuty::new(view, state, at))
}

/// The duties before the use that it waits for, as pending.
#[must_use]
pub fn awaited(one: &Use) -> Option<&DutyView> {
    one.decision.duties.first().filter(|_| one.state == UseState::Awaiting)
}

/// Whether a result under this use has to leave with a mark.
#[must_use]
pub fn demands_mark(one: &Use) -> bool {
    one.duties.iter().any(|duty| duty.action == Action::Watermark)
}

/// Once a result has left with its mark, or none has left: the duty to mark it is settled. Those that changed.
pub(super) fn settle_mark(one: &mut Use, now: Timestamp) -> Vec<UseDuty> {
    let has_left = one.state == UseState::Done;
    let is_marked = one.mark.is_some();
    settle(one, now, |duty| {
        let is_open = duty.action == Action::Watermark && duty.state == DutyState::Pending;
        // Where nothing left there is nothing to mark.
        (is_open && has_left).then_some(if is_marked { DutyState::Done } else { DutyState::Failed })
    })
}

/// The provider has acknowledged that it was told of a use in a state, or refuses to hear of it. Those duties that are settled by it.
#[must_use]
pub fn settle_told(one: &mut Use, told: &str, is_taken: bool, now: Timestamp) -> Vec<UseDuty> {
    let state = if is_taken { DutyState::Done } else { DutyState::Failed };
    let when = match told {
        "awaiting" => Timing::Before,
        "running" => Timing::During,
        _ => Timing::After,
    };
    let awaited = awaited(one).filter(|duty| duty.action == Action::Notify && when == Timing::Before).cloned();
    if let Some(view) = awaited {
        // Kept as pending until the use goes on: its record says then that it was done, and when.
        let is_new = !one.duties.iter().any(|duty| duty.clause == view.clause);
        if is_new && is_taken {
            one.duties.push(UseDuty::new(&view, DutyState::Pending, now));
        }
        return Vec::new();
    }
    settle(one, now, |duty| {
        let is_open = duty.action == Action::Notify && duty.timing == when && duty.state == DutyState::Pending;
        is_open.then_some(state)
    })
}

/// The platform's log holds the last record of a use.
#[must_use]
pub fn settle_recorded(one: &mut Use, now: Timestamp) -> Vec<UseDuty> {
    settle(one, now, |duty| {
        let is_open = duty.action == Action::LogRecordSend && duty.state == DutyState::Pending;
        is_open.then_some(DutyState::Done)
    })
}

/// Whether the provider has acknowledged what a use waits for.
#[must_use]
pub fn was_told(one: &Use) -> bool {
    awaited(one).is_some_and(|view| one.duties.iter().any(|duty| duty.clause == view.clause))
}

fn settle(one: &mut Use, now: Timestamp, to: impl Fn(&UseDuty) -> Option<DutyState>) -> Vec<UseDuty> {
    let mut settled = Vec::new();
    for duty in &mut one.duties {
        if let Some(state) = to(duty) {
            duty.state = state;
            duty.at = now;
            settled.push(duty.clone());
        }
    }
    settled
}
