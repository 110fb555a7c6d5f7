//! Use of delivered data under the contract (使用控制): every use is asked for, decided, recorded and told to the provider; when the contract says so the
//! data is destroyed and its destruction proven. TC609-6-2025-15 §7.1.2, §8.1. Pure.

pub mod destruction;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_crypto::Suite;
use xinyu_policy::{Action, Decision, Outcome, Policy, Reason, Request, Requested, Used, Verdict};
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::catalog::TableCard;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::tc609::usage::{ExecutionFeedback, UseDetails};
use xinyu_protocol::text::Text;

use crate::agreement::Terms;
use crate::contract::strategy_id;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::termination::End as ContractEnd;
use crate::transfer::Delivered;

/// Where delivered data stands at the consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldingState {
    /// Agreed, not yet here.
    Awaited,
    /// Here, encrypted.
    Held,
    /// To be destroyed; the files may be half gone.
    Destroying,
    /// Gone, and proven.
    Destroyed,
}

impl HoldingState {
    /// The word in the store and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Awaited => "awaited",
            Self::Held => "held",
            Self::Destroying => "destroying",
            Self::Destroyed => "destroyed",
        }
    }
}

/// Data held under a contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// The contract.
    pub contract_id: ContractId,
    /// The product, under its provider's name for it.
    pub product_id: String,
    /// The space whose rules apply.
    pub space_id: String,
    /// The suite it is encrypted under.
    pub suite: Suite,
    /// Who provided it.
    pub provider: String,
    /// Who holds it: this connector.
    pub holder: ConnectorId,
    /// The platform that settles.
    pub platform: String,
    /// Where it stands.
    pub state: HoldingState,
    /// Since when a regulator or the provider holds it, and why.
    pub stopped: Option<Stop>,
    /// When it ends before its time, or has ended, and how.
    #[serde(default)]
    pub ending: Option<ContractEnd>,
    /// The tables, as they were offered.
    pub tables: Vec<TableCard>,
    /// What was delivered.
    pub delivered: Delivered,
    /// What it was called on disk, with size and digest.
    pub files: Vec<HeldFile>,
    /// Duties that were fulfilled before the use, action codes of -14.
    pub duties_done: Vec<String>,
    /// Uses begun, those still running and those that failed included.
    pub begun: u64,
    /// What was counted.
    pub meter: Meter,
    /// When it was first used.
    pub first_use_at: Option<Timestamp>,
    /// When it came.
    pub received_at: Option<Timestamp>,
    /// When it was destroyed.
    pub destroyed_at: Option<Timestamp>,
    /// What was agreed.
    pub terms: Terms,
}

/// An order to stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// The order's id.
    pub order_id: String,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// When it arrived here.
    pub arrived_at: Timestamp,
    /// Why.
    pub reason: String,
    /// `provider` or `system`.
    pub by: String,
}

impl Stop {
    /// Whether it is the platform's, for a regulator: a freeze keeps the data where it is.
    #[must_use]
    pub fn is_freeze(&self) -> bool {
        self.by != "provider"
    }

    /// Whether it is the order that is lifted; one that is not named is whatever freeze there is.
    #[must_use]
    pub fn is_lifted_by(&self, lifts: &str) -> bool {
        self.order_id == lifts || (lifts.is_empty() && self.is_freeze())
    }
}

impl Holding {
    /// The end that has taken effect, if one has.
    #[must_use]
    pub fn ended(&self, now: Timestamp) -> Option<&ContractEnd> {
        let is_frozen = self.stopped.as_ref().is_some_and(Stop::is_freeze);
        self.ending.as_ref().filter(|end| end.is_effective(is_frozen, now))
    }

    /// Why what runs must stop, if it must.
    #[must_use]
    pub fn halt(&self, now: Timestamp) -> Option<String> {
        let ended = self.ended(now).map(|end| end.reason.clone());
        ended.or_else(|| self.stopped.as_ref().map(|stop| stop.reason.clone()))
    }

    /// Whether a use that began has not ended.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.begun > self.meter.uses.saturating_add(self.meter.stopped)
    }
}

/// One encrypted file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldFile {
    /// Its name in the vault.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its digest, hexadecimal.
    pub digest: String,
}

/// Where a use stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UseState {
    /// Not permitted.
    Refused,
    /// Runs.
    Running,
    /// Ended well.
    Done,
    /// Was stopped by an order.
    Stopped,
    /// Ended badly, by its own fault.
    Failed,
}

impl UseState {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// One use, asked for once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// The user's key of it; the same key is the same use.
    pub use_id: String,
    /// Under which contract.
    pub contract_id: ContractId,
    /// The action, a code of -14.
    pub action: String,
    /// What runs, if it is a query.
    pub query: Option<String>,
    /// The fields it reads.
    pub fields: Vec<String>,
    /// What for.
    pub purpose: String,
    /// Where it stands.
    pub state: UseState,
    /// What was decided, and by which clauses.
    pub decision: Decision,
    /// Rows that left the environment.
    pub rows_out: u64,
    /// Digest of the result, hexadecimal.
    pub result_digest: Option<String>,
    /// Why it failed or was stopped.
    pub why: Option<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The user's key of the use.
    pub use_id: String,
    /// What runs.
    pub query: Option<String>,
    /// The facts of -15; counters and duties are filled in here.
    pub request: Request,
    /// When earlier uses under the contract began.
    pub begun: Vec<Timestamp>,
    /// Why nobody may use under the contract now: one of its parties is barred.
    pub bar: Option<Text>,
}

/// Decides on a use and, if it may run, counts it before it runs.
///
/// # Errors
/// If the data is not here yet.
pub fn begin(
    holding: Holding,
    policy: &Policy,
    ask: Ask,
    now: Timestamp,
) -> Result<(Holding, Use, Vec<Effect>), Rejection> {
    if holding.state == HoldingState::Awaited && holding.ended(now).is_none() {
        return Err(Rejection::conflict(
            "data-not-delivered",
            format!("合约 {} 的数据尚未交付", holding.contract_id),
            format!("the data of contract {} is not delivered yet", holding.contract_id),
        ));
    }
    let mut request = ask.request;
    request.time = Some(now);
    request.time_of_first_use = Some(holding.first_use_at.unwrap_or(now));
    request.product = Some(holding.product_id.clone());
    request.connector = Some(holding.holder.as_str().to_owned());
    request.used =
        Some(Used { count: Some(holding.begun), in_window: in_window(policy, &request.action, &ask.begun, now) });
    request.duties_done =
        holding.duties_done.iter().filter_map(|code| Action::parse(code)).map(Requested::from).collect();
    let decision = match ask.bar {
        Some(bar) => refuse(PARTY_STANDING, bar.zh, bar.en),
        None => decide(&holding, policy, &request, now),
    };
    let may_run = decision.decision == Verdict::Allow;
    let mut holding = holding;
    let state = if may_run {
        holding.begun = holding.begun.saturating_add(1);
        holding.first_use_at.get_or_insert(now);
        UseState::Running
    } else {
        holding.meter.refused = holding.meter.refused.saturating_add(1);
        UseState::Refused
    };
    let one = Use {
        use_id: ask.use_id,
        contract_id: holding.contract_id.clone(),
        action: match &request.action {
            Requested::Known(action) => action.code().to_owned(),
            Requested::Unknown(code) => code.clone(),
        },
        query: ask.query,
        fields: request.data_field.clone(),
        purpose: request.purpose.clone().unwrap_or_default(),
        state,
        decision,
        rows_out: 0,
        result_digest: None,
        why: None,
        asked_at: now,
        ended_at: (!may_run).then_some(now),
    };
    let effects = tell(&holding, &one, now)?;
    Ok((holding, one, effects))
}

/// Earlier uses within the window of the contract that ends now, if the contract has one for this action.
fn in_window(policy: &Policy, action: &Requested, begun: &[Timestamp], now: Timestamp) -> Option<u64> {
    let window = policy.use_window(action.known()?)?;
    let within = begun.iter().filter(|&&at| window.after(at).is_none_or(|end| end > now)).count();
    u64::try_from(within).ok()
}

fn refuse(clause: &str, zh: String, en: String) -> Decision {
    let reason = Reason { clause: clause.to_owned(), outcome: Outcome::Prohibited, zh, en };
    Decision { decision: Verdict::Deny, reasons: vec![reason], duties: Vec::new() }
}

/// The clause of a refusal because a party of the contract is barred. NDI-TR-2025-03 §8.
pub const PARTY_STANDING: &str = "/partyStanding";

fn decide(holding: &Holding, policy: &Policy, request: &Request, now: Timestamp) -> Decision {
    if let Some(end) = holding.ended(now) {
        return refuse(
            "/contractStatus",
            format!("合约已终止：{}", end.reason),
            format!("the contract has ended: {}", end.reason),
        );
    }
    if let Some(stop) = &holding.stopped {
        let (zh, en) =
            if stop.by == "provider" { ("提供方", "the provider") } else { ("监管方", "the regulator") };
        return refuse(
            "/contractStatus",
            format!("合约已被{zh}冻结：{}", stop.reason),
            format!("the contract is frozen by {en}: {}", stop.reason),
        );
    }
    let decision = xinyu_policy::verify(policy, request);
    if holding.state != HoldingState::Held && decision.decision == Verdict::Allow {
        return refuse(
            &destruction::clause(policy),
            "数据已按合约约定销毁".to_owned(),
            "the data was destroyed as the contract demands".to_owned(),
        );
    }
    decision
}

/// How a use ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Well: rows that left, digest of the result.
    Done {
        /// Rows.
        rows_out: u64,
        /// Hexadecimal.
        digest: String,
    },
    /// By an order.
    Stopped(String),
    /// By its own fault.
    Failed(String),
}

/// Ends a running use; ending it again changes nothing.
///
/// # Errors
/// If a message cannot be written.
pub fn end(holding: Holding, one: Use, how: End, now: Timestamp) -> Result<(Holding, Use, Vec<Effect>), Rejection> {
    if one.state != UseState::Running {
        return Ok((holding, one, Vec::new()));
    }
    let (mut holding, mut one) = (holding, one);
    one.ended_at = Some(now);
    // What was not done before the contract ended or was stopped is not done: its result leaves nothing.
    let how = match how {
        End::Done { .. } => holding.halt(now).map_or(how, End::Stopped),
        other => other,
    };
    match how {
        End::Done { rows_out, digest } => {
            one.state = UseState::Done;
            one.rows_out = rows_out;
            one.result_digest = Some(digest);
            holding.meter.uses = holding.meter.uses.saturating_add(1);
        }
        End::Stopped(why) => {
            one.state = UseState::Stopped;
            one.why = Some(why);
            holding.meter.stopped = holding.meter.stopped.saturating_add(1);
        }
        End::Failed(why) => {
            one.state = UseState::Failed;
            one.why = Some(why);
            holding.meter.stopped = holding.meter.stopped.saturating_add(1);
        }
    }
    let effects = tell(&holding, &one, now)?;
    Ok((holding, one, effects))
}

/// Stops a holding by order; running uses are cancelled by the shell.
#[must_use]
pub fn stop(mut holding: Holding, order: Stop) -> (Holding, Vec<Effect>) {
    if holding.stopped.is_some() {
        return (holding, Vec::new());
    }
    let draft = Draft::new("usage.frozen", &holding.space_id)
        .contract(&holding.contract_id)
        .subject(order.order_id.clone())
        .fact("by", order.by.clone())
        .fact("reason", order.reason.clone());
    holding.stopped = Some(order);
    (holding, vec![Effect::Record(draft)])
}

/// An order to stop holds no longer; uses go on with the counters as they are.
#[must_use]
pub fn resume(mut holding: Holding, lifts: &str, order_id: &str, reason: &str) -> (Holding, Vec<Effect>) {
    if holding.stopped.as_ref().is_none_or(|stop| !stop.is_lifted_by(lifts)) {
        return (holding, Vec::new());
    }
    holding.stopped = None;
    let draft = Draft::new("usage.unfrozen", &holding.space_id)
        .contract(&holding.contract_id)
        .subject(order_id)
        .fact("reason", reason);
    (holding, vec![Effect::Record(draft)])
}

/// The record of a use, and what the provider is told. TC609-6-2025-15 §7.1.2.3 c, §9.2.2.
fn tell(holding: &Holding, one: &Use, now: Timestamp) -> Result<Vec<Effect>, Rejection> {
    let kind = match one.state {
        UseState::Refused => "usage.refused",
        UseState::Running => "usage.started",
        UseState::Done => "usage.done",
        UseState::Stopped => "usage.stopped",
        UseState::Failed => "usage.failed",
    };
    let clauses: Vec<String> = one.decision.reasons.iter().map(|reason| reason.clause.clone()).collect();
    let texts = |pick: fn(&Reason) -> &String| -> Value {
        one.decision.reasons.iter().map(|reason| pick(reason).clone()).collect()
    };
    let mut draft = Draft::new(kind, &holding.space_id)
        .contract(&holding.contract_id)
        .subject(one.use_id.clone())
        .fact("action", one.action.clone())
        .fact("decision", one.decision.decision.name());
    if one.state == UseState::Refused {
        draft = draft
            .fact("clauses", clauses.clone())
            .fact("reasons_zh", texts(|reason| &reason.zh))
            .fact("reasons_en", texts(|reason| &reason.en));
    }
    if let Some(digest) = &one.result_digest {
        draft = draft.fact("rows_out", one.rows_out).fact("result_digest", digest.clone());
    }
    if let Some(why) = &one.why {
        draft = draft.fact("why", why.clone());
    }
    let feedback = ExecutionFeedback {
        connector_id: holding.holder.clone(),
        contract_id: holding.contract_id.clone(),
        strategy_id: strategy_id(&holding.contract_id),
        result: match one.decision.decision {
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
            decision: one.decision.decision.name().to_owned(),
            clauses,
            rows_out: one.rows_out,
        },
    };
    let mut effects = vec![Effect::Record(draft)];
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
