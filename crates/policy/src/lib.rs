//! Usage control: `parse → verify → decision`. TC609-6-2025-15 §7.1.2 (策略解析, 行为校验), over the policies of TC609-6-2025-14 §6.2.2 and of
//! ODRL 2.2, which are two syntaxes of one [`Policy`]. Pure: time and every other fact come with the [`Request`].
//!
//! The rules of a decision, in this order:
//! 1. A prohibition that names the action, and that the facts do not rule out, refuses: `deny`.
//! 2. A permission that names the action, and all of whose constraints are met, allows. While duties that come *before* the use are not
//!    done it allows on that condition: `allow_if`.
//! 3. A permission names the action for this product, but a constraint is not met: `deny`, with each constraint that failed.
//! 4. The contract is silent on the action or on the product: `deny_by_default`.
//!
//! A fact that the request does not state is never taken to be harmless: a permission that depends on it does not hold, a prohibition that
//! depends on it does. Several policies that count at once are [`Layers`]. It does not execute anything: counting, masking, deleting and reporting are the caller's.

mod action;
mod change;
mod conflict;
mod decision;
mod explain;
mod expression;
mod inherit;
mod layer;
mod operand;
mod operator;
mod parse;
mod policy;
mod print;
mod record;
mod request;
mod simulate;
mod verify;

#[cfg(test)]
mod tests;

pub use action::{Action, Enforcement, Timing};
pub use conflict::{Conflict, ConflictKind, conflicts};
pub use decision::{Decision, DutyView, Outcome, Reason, Verdict};
pub use explain::{Clause, explain};
pub use expression::{Expression, ExpressionError, Value};
pub use inherit::{Hop, strictest, verify_all};
pub use layer::{Layer, LayerConflict, LayerDecision, LayerDuty, LayerReason, Layers, Place};
pub use operand::{Limit, Moment, Operand, Period};
pub use operator::Operator;
pub use parse::{ParseCode, ParseError, parse, parse_value};
pub use policy::{Constraint, Duty, Leaf, Parties, Policy, Rule, RuleKind, Syntax};
pub use print::{OdrlIds, OdrlKind, PROFILE};
pub use record::{Effect, Object, Record, RecordKind};
pub use request::{Request, Requested, Used};
pub use simulate::{COUNTED_USES, MAX_STEPS, PlanError, TimelineError, Use, difference, matrix, timeline, weight};
pub use verify::{verdict, verify};
