//! What raises an alert at the consumer's and the provider's node (越权、违规使用告警): refusals that become many, attempts after the end, data that is not what was
//! delivered. TC609-6-2025-15 §7.1.1.3 b. Pure. Alerts stand in the audit chain: the effect says which, the shell puts it there.

use jiff::Timestamp;
use xinyu_policy::{Decision, Policy};

use super::decide::{CONTRACT_PERIOD, CONTRACT_STATUS};
use super::{Holding, HoldingState, destruction};
use crate::effect::Effect;

/// What somebody is alerted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// So many refusals under one contract.
    Refusals(u64),
    /// Asked for after the end of the contract, or of the data.
    AfterEnd(u64),
    /// The data is not what was delivered.
    Integrity,
    /// A duty after a use could not be done.
    Duty,
}

/// Every so many refusals are one alert.
pub const REFUSALS: u64 = 5;

impl Violation {
    /// The action in the audit chain.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Refusals(_) => "usage.refusals",
            Self::AfterEnd(_) => "usage.after-end",
            Self::Integrity => "usage.integrity",
            Self::Duty => "usage.duty-failed",
        }
    }

    /// The word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refusals(_) => "refusals",
            Self::AfterEnd(_) => "after_end",
            Self::Integrity => "integrity",
            Self::Duty => "duty",
        }
    }

    /// As the other side tells it; a count only it knows is one here.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "after_end" => Some(Self::AfterEnd(1)),
            "integrity" => Some(Self::Integrity),
            "duty" => Some(Self::Duty),
            _ => None,
        }
    }

    /// The alert, about a contract.
    #[must_use]
    pub fn alert(self, contract_id: &str) -> Effect {
        let detail = match self {
            Self::Refusals(count) | Self::AfterEnd(count) => count.to_string(),
            Self::Integrity | Self::Duty => String::new(),
        };
        Effect::Alert { action: self.action(), object: contract_id.to_owned(), detail }
    }
}

/// Whether this many refusals are one too many.
#[must_use]
pub fn of_count(refused: u64) -> Option<Violation> {
    (refused > 0 && refused.is_multiple_of(REFUSALS)).then_some(Violation::Refusals(refused))
}

/// Whether a refusal, counted already, is to be told. Attempts after the end are told at once, and then as they become ten times as many: who hammers at a
/// closed door fills no chain.
pub(super) fn of_refusal(
    holding: &mut Holding,
    policy: &Policy,
    decision: &Decision,
    now: Timestamp,
) -> Option<Violation> {
    let clause = decision.clause();
    let is_gone = matches!(holding.state, HoldingState::Destroying | HoldingState::Destroyed);
    let is_after_end = clause == CONTRACT_PERIOD
        || clause == CONTRACT_STATUS
        || policy.expires_at().is_some_and(|end| now > end)
        || (is_gone && clause == destruction::clause(policy));
    if is_after_end {
        holding.after_end = holding.after_end.saturating_add(1);
        let is_power_of_ten =
            holding.after_end.checked_ilog10().is_some_and(|log| 10_u64.pow(log) == holding.after_end);
        if is_power_of_ten {
            return Some(Violation::AfterEnd(holding.after_end));
        }
    }
    of_count(holding.meter.refused)
}
