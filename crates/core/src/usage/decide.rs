//! What is decided on a use, with what the policy itself does not know: the standing of the parties, an order that holds the contract, its period, and
//! whether the data is still there. The same at the beginning of a use and while it runs. TC609-6-2025-15 §7.1.2.3. Pure.

use jiff::Timestamp;
use xinyu_policy::{Decision, Outcome, Reason, Request, Verdict};
use xinyu_protocol::text::Text;

use super::beyond::Beyond;
use super::{Holding, HoldingState, destruction};
use crate::policy_record::governing::Governing;

/// The clause of a refusal because a party of the contract is barred. NDI-TR-2025-03 §8.
pub const PARTY_STANDING: &str = "/partyStanding";

/// The clause of a refusal because an order holds the contract.
pub(super) const CONTRACT_STATUS: &str = "/contractStatus";

/// The clause of a refusal because the contract is over: its validity, TC609-6-2025-14 C.1 row 8.
pub const CONTRACT_PERIOD: &str = "/indate";

/// Why there must be no use, whatever the policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What is in the way.
    pub clause: &'static str,
    /// For people.
    pub why: Text,
}

impl Bar {
    /// A party of the contract is barred.
    #[must_use]
    pub fn of_party(why: Text) -> Self {
        Self { clause: PARTY_STANDING, why }
    }
}

pub(crate) fn decide(
    holding: &Holding,
    policy: &Governing,
    beyond: &Beyond,
    request: &Request,
    bar: Option<&Bar>,
    now: Timestamp,
) -> Decision {
    if let Some(bar) = bar {
        return refuse(bar.clause, bar.why.zh.clone(), bar.why.en.clone());
    }
    if let Some(end) = holding.ended(now) {
        return refuse(
            CONTRACT_STATUS,
            format!("合约已终止：{}", end.reason),
            format!("the contract has ended: {}", end.reason),
        );
    }
    if let Some(stop) = &holding.stopped {
        let (zh, en) =
            if stop.by == "provider" { ("提供方", "the provider") } else { ("监管方", "the regulator") };
        return refuse(
            CONTRACT_STATUS,
            format!("合约已被{zh}冻结：{}", stop.reason),
            format!("the contract is frozen by {en}: {}", stop.reason),
        );
    }
    let decision = beyond.verify(policy, request);
    if !matches!(decision.decision, Verdict::Allow | Verdict::AllowIf) {
        return decision;
    }
    if holding.state != HoldingState::Held {
        return refuse(
            &destruction::clause(policy),
            "数据已按合约约定销毁".to_owned(),
            "the data was destroyed as the contract demands".to_owned(),
        );
    }
    if holding.terms.ends_at().is_some_and(|end| now > end) {
        return refuse(CONTRACT_PERIOD, "合约有效期已过".to_owned(), "the contract is over".to_owned());
    }
    decision
}

pub(super) fn refuse(clause: &str, zh: String, en: String) -> Decision {
    let reason = Reason { clause: clause.to_owned(), outcome: Outcome::Prohibited, zh, en };
    Decision { decision: Verdict::Deny, reasons: vec![reason], duties: Vec::new() }
}
