//! What a use leaves behind: the record in the log, the message to the provider, and an alert where one is due. TC609-6-2025-15 §7.1.2.3 c, §7.1.3 b. Pure.

use jiff::Timestamp;
use serde_json::Value;
use xinyu_policy::{Reason, Verdict};
use xinyu_protocol::tc609::usage::{ExecutionFeedback, UseDetails};

use super::violation::Violation;
use super::{Holding, Use, UseState};
use crate::contract::strategy_id;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::policy_record::governing::CountedRecord;

/// The record of a use, and what the provider is told. TC609-6-2025-15 §7.1.2.3 c, §9.2.2.
pub(super) fn tell(
    holding: &Holding,
    one: &Use,
    violation: Option<&Violation>,
    now: Timestamp,
) -> Result<Vec<Effect>, Rejection> {
    let kind = match one.state {
        UseState::Awaiting => "usage.awaiting",
        UseState::Refused => "usage.refused",
        UseState::Running => "usage.started",
        UseState::Done => "usage.done",
        UseState::Stopped => "usage.stopped",
        UseState::Failed => "usage.failed",
    };
    let decision = one.latest_decision();
    let clauses: Vec<String> = decision.reasons.iter().map(|reason| reason.clause.clone()).collect();
    let texts = |pick: fn(&Reason) -> &String| -> Value {
        decision.reasons.iter().map(|reason| pick(reason).clone()).collect()
    };
    let mut draft = Draft::new(kind, &holding.space_id)
        .contract(&holding.contract_id)
        .subject(one.use_id.clone())
        .fact("action", one.action.clone())
        .fact("decision", decision.decision.name())
        .fact("product", holding.product_id.clone())
        .fact("user", one.person.clone());
    if one.state == UseState::Awaiting {
        draft = draft.fact("clauses", clauses.clone());
    }
    if matches!(one.state, UseState::Refused | UseState::Stopped) {
        draft = draft
            .fact("clauses", clauses.clone())
            .fact("reasons_zh", texts(|reason| &reason.zh))
            .fact("reasons_en", texts(|reason| &reason.en));
    }
    if let Some(digest) = &one.result_digest {
        draft = draft.fact("rows_out", one.rows_out).fact("result_digest", digest.clone());
    }
    if matches!(one.state, UseState::Done | UseState::Stopped | UseState::Failed) {
        draft = draft.fact("run_ms", one.run_ms());
    }
    if let Some(mark) = &one.mark {
        draft = draft.fact("mark", mark.clone());
    }
    if let Some(why) = &one.why {
        draft = draft.fact("why", why.clone());
    }
    if let Some(sequence) = one.policy_set {
        let counted: Vec<String> = one.records.iter().map(CountedRecord::fact).collect();
        draft = draft.fact("policy_set", sequence).fact("policies", counted);
    }
    for used in &one.components {
        let kind = used.kind.as_str();
        draft = draft.fact(kind, used.name()).fact(&format!("{kind}_digest"), used.digest.as_str());
    }
    let feedback = ExecutionFeedback {
        connector_id: holding.holder.clone(),
        contract_id: holding.contract_id.clone(),
        strategy_id: strategy_id(&holding.contract_id),
        result: match decision.decision {
            Verdict::Allow => "allowed",
            Verdict::AllowIf => "conditional",
            Verdict::Deny | Verdict::DenyByDefault => "denied",
        }
        .to_owned(),
        timestamp: now,
        details: UseDetails {
            use_id: one.use_id.clone(),
            action: one.action.clone(),
            state: one.state.as_str().to_owned(),
            decision: decision.decision.name().to_owned(),
            clauses,
            rows_out: one.rows_out,
            run_ms: one.run_ms(),
            alert: violation.map(|violation| violation.word().to_owned()),
        },
    };
    let mut effects = vec![Effect::Record(draft)];
    effects.extend(violation.map(|violation| violation.alert(holding.contract_id.as_str())));
    // A partner's connector has no ear for it; the record in the log is what it can be shown.
    if holding.terms.signed().is_some() {
        effects.push(Effect::Send(Outgoing::json(
            &holding.provider,
            format!("usage/{}", holding.contract_id),
            "usage.feedback",
            "/tc609/executionFeedback",
            &feedback,
        )?));
    }
    Ok(effects)
}
