//! Use of delivered data under the contract (使用控制): every use is asked for, decided, recorded and told to the provider; when the contract says so the
//! data is destroyed and its destruction proven. TC609-6-2025-15 §7.1.2, §8.1. Pure.

pub mod beyond;
mod decide;
pub mod destruction;
pub mod duty;
pub mod health;
pub mod mark;
pub mod parsed;
mod tell;
pub mod violation;
pub mod watch;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_policy::{Action, Decision, DutyView, Policy, Request, Requested, Used, Verdict};
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::catalog::TableCard;
use xinyu_protocol::tc609::metering::Meter;

use self::beyond::Beyond;
pub(crate) use self::decide::decide;
pub use self::decide::{Bar, CONTRACT_PERIOD, PARTY_STANDING};
use self::duty::{DutyState, UseDuty};
use self::tell::tell;
use self::violation::Violation;
use crate::agreement::Terms;
use crate::component::UsedComponent;
use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::policy_record::governing::{CountedRecord, Governing};
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
    /// Uses that went on to others.
    #[serde(default)]
    pub handed_on: u64,
    /// Hops under way, with the uses that go with them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub handing: BTreeMap<String, u64>,
    /// What was counted.
    pub meter: Meter,
    /// When it was first used.
    pub first_use_at: Option<Timestamp>,
    /// When it came.
    pub received_at: Option<Timestamp>,
    /// When it was destroyed.
    pub destroyed_at: Option<Timestamp>,
    /// The latest time at which anything was decided about it: a clock that is set back opens nothing again.
    #[serde(default)]
    pub latest_at: Option<Timestamp>,
    /// Uses that were asked for after the end.
    #[serde(default)]
    pub after_end: u64,
    /// What was agreed.
    pub terms: Terms,
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

    /// The uses of the contract that are not free any more: begun, or gone on to others.
    #[must_use]
    pub fn spoken_for(&self) -> u64 {
        self.handing.values().fold(self.begun.saturating_add(self.handed_on), |sum, uses| sum.saturating_add(*uses))
    }

    /// Whether a use that began has not ended.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.begun > self.meter.uses.saturating_add(self.meter.stopped)
    }

    /// The time that counts for decisions about this data: never earlier than one that counted before.
    #[must_use]
    pub fn time(&self, now: Timestamp) -> Timestamp {
        self.latest_at.map_or(now, |latest| latest.max(now))
    }

    /// The same, and from here on it is never earlier than this.
    fn pass(&mut self, now: Timestamp) -> Timestamp {
        let now = self.time(now);
        self.latest_at = Some(now);
        now
    }
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
    /// Permitted once a duty before it is done, which somebody still has to do.
    Awaiting,
    /// Not permitted.
    Refused,
    /// Runs.
    Running,
    /// Ended well.
    Done,
    /// Was stopped: by an order, or because it was permitted no more.
    Stopped,
    /// Ended badly, by its own fault.
    Failed,
}

impl UseState {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Awaiting => "awaiting",
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
    /// The facts on which it was decided, for when it is decided again; none of a use that an earlier program stored.
    #[serde(default)]
    pub request: Option<Request>,
    /// Who asked: a pseudonym that only this connector can give back its name.
    #[serde(default)]
    pub person: String,
    /// What was decided when it was permitted no more.
    #[serde(default)]
    pub ceased: Option<Decision>,
    /// The duties that come with it, and whether they were done.
    #[serde(default)]
    pub duties: Vec<UseDuty>,
    /// The mark that its result carries.
    #[serde(default)]
    pub mark: Option<String>,
    /// The registered components that run, as they were checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<UsedComponent>,
    /// The records of space and product that counted in the latest decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<CountedRecord>,
    /// The sequence of the set that they stand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_set: Option<u64>,
    /// What it does beside giving its answer.
    #[serde(default, skip_serializing_if = "Beyond::is_nothing")]
    pub beyond: Beyond,
}

impl Use {
    /// What was decided last.
    #[must_use]
    pub fn latest_decision(&self) -> &Decision {
        self.ceased.as_ref().unwrap_or(&self.decision)
    }

    /// How long it ran, in milliseconds; 0 while it has not ended. It began when it was decided on.
    #[must_use]
    pub fn run_ms(&self) -> u64 {
        let lasted = self.ended_at.map_or(0, |ended| ended.duration_since(self.asked_at).as_millis());
        u64::try_from(lasted).unwrap_or(0)
    }
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
    /// Why nobody may use under the contract now, or not in this way: one of its parties is barred, or a component does not pass its check.
    pub bar: Option<Bar>,
    /// The registered components that run, as they were checked.
    pub components: Vec<UsedComponent>,
    /// Who asks, by a pseudonym.
    pub person: String,
    /// Duties that are done for this use as soon as their turn comes: the caller has seen to them.
    pub ready: Vec<Action>,
    /// What the provider has acknowledged, if the use waited for that: its duties stay as they are.
    pub former: Option<Use>,
    /// What it does beside giving its answer.
    pub beyond: Beyond,
}

/// Decides on a use and, if it may run, counts it before it runs. Where duties before the use are open that are ready to be done, they are done one after the
/// other, in the order of the contract, and after each is decided again. TC609-6-2025-15 §7.1.2.4 a to e.
///
/// # Errors
/// If the data is not here yet.
pub fn begin(
    holding: Holding,
    policy: &Governing,
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
    let mut holding = holding;
    let now = holding.pass(now);
    let mut request = ask.request;
    request.time = Some(now);
    request.time_of_first_use = Some(holding.first_use_at.unwrap_or(now));
    request.product = Some(holding.product_id.clone());
    request.connector = Some(holding.holder.as_str().to_owned());
    request.used = Some(Used {
        count: Some(holding.spoken_for()),
        in_window: in_window(policy, &request.action, &ask.begun, now),
    });
    let delivered: Vec<Action> = holding.duties_done.iter().filter_map(|code| Action::parse(code)).collect();
    request.duties_done = delivered.iter().copied().map(Requested::from).collect();
    // What was done to the data when it was delivered holds for every use of it, wherever in the order it stands; what was done for this use while it waited
    // for something else holds for a while.
    let kept = ask.former.as_ref().map(|former| duty::kept(former, now)).unwrap_or_default();
    let ready: Vec<Action> =
        ask.ready.into_iter().chain(delivered).chain(kept.iter().map(|duty| duty.action)).collect();
    let judge = |request: &Request| decide(&holding, policy, &ask.beyond, request, ask.bar.as_ref(), now);
    let (mut decision, done) = after_duties(&mut request, &ready, judge);
    if decision.decision == Verdict::Allow
        && let Some(refused) = beyond::must_be_left(&holding, policy, &ask.beyond)
    {
        decision = refused;
    }
    let state = match decision.decision {
        Verdict::Allow => UseState::Running,
        Verdict::AllowIf if duty::can_come(&decision, &holding.terms) => UseState::Awaiting,
        _ => UseState::Refused,
    };
    let mut violation = None;
    match state {
        UseState::Running => {
            holding.begun = holding.begun.saturating_add(1);
            holding.first_use_at.get_or_insert(now);
            if let Some(uses) = ask.beyond.hands_on {
                holding.handing.insert(ask.use_id.clone(), uses);
            }
        }
        UseState::Refused => {
            holding.meter.refused = holding.meter.refused.saturating_add(1);
            violation = violation::of_refusal(&mut holding, policy, &decision, now);
        }
        _ => {}
    }
    let mut duties = duty::done(&done, &kept, now);
    if state == UseState::Running {
        duties.extend(decision.duties.iter().filter_map(|view| duty::tracked(view, now)));
    } else if let Some(former) = ask.former {
        let is_new = |duty: &UseDuty| duties.iter().all(|other| other.clause != duty.clause);
        let open: Vec<UseDuty> =
            former.duties.into_iter().filter(|duty| duty.state == DutyState::Pending && is_new(duty)).collect();
        duties.extend(open);
    }
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
        ended_at: (state == UseState::Refused).then_some(now),
        request: Some(request),
        person: ask.person,
        ceased: None,
        duties,
        mark: None,
        components: ask.components,
        records: policy.counted().to_vec(),
        policy_set: policy.sequence(),
        beyond: ask.beyond,
    };
    let mut effects = tell(&holding, &one, violation.as_ref(), now)?;
    let is_new = |duty: &&UseDuty| duty.state == DutyState::Done && !kept.contains(duty);
    effects.extend(one.duties.iter().filter(is_new).map(|duty| duty.record(&holding, &one)));
    Ok((holding, one, effects))
}

/// Does the duties before the use that are ready, one after the other, and decides again after each.
fn after_duties(
    request: &mut Request,
    ready: &[Action],
    judge: impl Fn(&Request) -> Decision,
) -> (Decision, Vec<DutyView>) {
    let (mut decision, mut done) = (judge(request), Vec::new());
    while decision.decision == Verdict::AllowIf {
        let Some(next) = decision.duties.first().filter(|duty| ready.contains(&duty.action)).cloned() else {
            break;
        };
        // A duty that stays open after it was done would be done for ever.
        if done.last() == Some(&next) {
            break;
        }
        request.duties_done.push(next.action.into());
        done.push(next);
        decision = judge(request);
    }
    (decision, done)
}

/// Earlier uses within the window of the contract that ends now, if the contract has one for this action.
fn in_window(policy: &Policy, action: &Requested, begun: &[Timestamp], now: Timestamp) -> Option<u64> {
    let window = policy.use_window(action.known()?)?;
    let within = begun.iter().filter(|&&at| window.after(at).is_none_or(|end| end > now)).count();
    u64::try_from(within).ok()
}

/// That a text can number a use: it stands in records and addresses.
///
/// # Errors
/// Unless it is 1 to 128 characters, none of them white space or a control character.
pub fn check_id(use_id: &str) -> Result<(), Rejection> {
    let is_fit = |symbol: char| !symbol.is_whitespace() && !symbol.is_control();
    if (1..=128).contains(&use_id.chars().count()) && use_id.chars().all(is_fit) {
        return Ok(());
    }
    Err(Rejection::bad(
        "use-id",
        "使用编号须为 1 至 128 个字符，不含空白",
        "the number of a use must be 1 to 128 characters without white space",
    ))
}

/// How a use ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Well: rows that left, digest of the result, and the mark it carries.
    Done {
        /// Rows.
        rows_out: u64,
        /// Hexadecimal.
        digest: String,
        /// See [`mark`].
        mark: Option<String>,
    },
    /// It was cancelled; what was decided then, if the one who cancelled had decided.
    Stopped(Option<Decision>),
    /// By its own fault.
    Failed(String),
    /// The data is not what was delivered.
    Corrupt(String),
}

/// Ends a running use; ending it again changes nothing. A result counts only if the use is still permitted at the moment at which it is counted: whatever came
/// first, an order, the end of a window or the result, there is one answer, and it is that of this transaction.
///
/// # Errors
/// If a message cannot be written.
pub fn end(
    holding: Holding,
    policy: &Governing,
    one: Use,
    how: End,
    bar: Option<&Bar>,
    now: Timestamp,
) -> Result<(Holding, Use, Vec<Effect>), Rejection> {
    if one.state != UseState::Running {
        return Ok((holding, one, Vec::new()));
    }
    let (mut holding, mut one) = (holding, one);
    let now = holding.pass(now);
    one.ended_at = Some(now);
    let ceased = watch::review(&holding, policy, &one, bar, now);
    one.records = policy.counted().to_vec();
    one.policy_set = policy.sequence();
    let mut violation = None;
    match (how, ceased) {
        (End::Done { rows_out, digest, mark }, None) => {
            one.state = UseState::Done;
            one.rows_out = rows_out;
            one.result_digest = Some(digest);
            one.mark = mark;
            holding.meter.uses = holding.meter.uses.saturating_add(1);
        }
        (End::Stopped(None), None) => one = stopped(one, watch::unknown()),
        (End::Stopped(Some(ceased)), None) | (End::Done { .. } | End::Stopped(_), Some(ceased)) => {
            one = stopped(one, ceased);
        }
        (End::Failed(why), _) => {
            one.state = UseState::Failed;
            one.why = Some(why);
        }
        (End::Corrupt(why), _) => {
            one.state = UseState::Failed;
            one.why = Some(why);
            violation = Some(Violation::Integrity);
        }
    }
    if one.state != UseState::Done {
        holding.meter.stopped = holding.meter.stopped.saturating_add(1);
        // What did not go comes back.
        holding.handing.remove(&one.use_id);
    }
    let marked = duty::settle_mark(&mut one, now);
    let mut effects = tell(&holding, &one, violation.as_ref(), now)?;
    effects.extend(marked.iter().map(|duty| duty.record(&holding, &one)));
    Ok((holding, one, effects))
}

fn stopped(mut one: Use, ceased: Decision) -> Use {
    one.state = UseState::Stopped;
    one.why = ceased.reasons.first().map(|reason| reason.zh.clone());
    one.ceased = Some(ceased);
    one
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
