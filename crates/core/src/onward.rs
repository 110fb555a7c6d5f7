//! Onward transfer (转授): a holder hands data on to a third member, where the contract grants it, and the policy goes with it. TC609-6-2025-14 C.5 `distribute`,
//! `grantUse`, `plicyTransmit`; TC609-6-2025-15 §7.1.2.1 b, §7.1.2.4 i. Pure.
//!
//! A hop is a chain of statements under the id of the contract, each signed by its author and naming the digest of the one before. The first carries the policies
//! that go with the data; whoever reads it, the platform, the receiver or a stranger, makes them again from those of the sender by the same function and
//! compares. So nobody can widen what was agreed.

mod check;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use xinyu_crypto::Suite;
use xinyu_evidence::entry::Record;
use xinyu_policy::{Action, Decision, Hop, Request, Requested, Verdict};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::application::PartyCard;
use xinyu_protocol::tc609::onward::{OnwardAct, OnwardGrant, OnwardLimits, OnwardNotice, OnwardStatement, OnwardStep};

use crate::dispute::Place;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::policy_record::governing::Governing;
use crate::usage::{Bar, Holding, HoldingState, Use, decide};

pub use check::{check_step, must_be_granted, must_be_sound, must_not_exceed, verify_file};

/// The clause that asks for it.
pub const CLAUSE: &str = "TC609-6-2025-15 §7.1.2.4 i";
/// The longest chain of hops.
pub const HOPS: usize = 8;

/// Where a hop stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Handed on; the receiver has not answered.
    Offered,
    /// The receiver takes it; the data is on its way.
    Taken,
    /// The receiver does not take it.
    Refused,
    /// Taken back before the receiver had taken it.
    Withdrawn,
    /// The data is at the receiver.
    Received,
    /// Taken back after that: the data goes.
    Revoked,
    /// The data is destroyed at the receiver, and that is proven.
    Destroyed,
}

use State::{Destroyed, Offered, Received, Refused, Revoked, Taken, Withdrawn};

/// From where, by what, to where.
pub const TRANSITIONS: &[(State, OnwardAct, State)] = &[
    (Offered, OnwardAct::Take, Taken),
    (Offered, OnwardAct::Refuse, Refused),
    (Offered, OnwardAct::Withdraw, Withdrawn),
    (Taken, OnwardAct::Receive, Received),
    (Taken, OnwardAct::Withdraw, Revoked),
    (Taken, OnwardAct::Destroy, Destroyed),
    (Received, OnwardAct::Withdraw, Revoked),
    (Received, OnwardAct::Destroy, Destroyed),
    (Revoked, OnwardAct::Destroy, Destroyed),
];

impl State {
    /// The word in the store and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Offered => "offered",
            Taken => "taken",
            Refused => "refused",
            Withdrawn => "withdrawn",
            Received => "received",
            Revoked => "revoked",
            Destroyed => "destroyed",
        }
    }

    /// Whether the receiver has, or will have, data.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Taken | Received | Revoked)
    }
}

/// A hop, as every node that takes part keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Onward {
    /// Its id, given by its sender: the use that it is there has the same.
    pub onward_id: String,
    /// Under which contract.
    pub place: Place,
    /// What is handed on, to whom, under what.
    pub grant: OnwardGrant,
    /// When.
    pub offered_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// What was said, oldest first; never empty.
    pub steps: Vec<OnwardStep>,
}

impl Onward {
    /// The last statement.
    #[must_use]
    pub fn last(&self) -> Option<&OnwardStatement> {
        self.steps.last().map(|step| &step.statement)
    }

    /// Whether somebody takes part: sender, receiver, or a party of the contract.
    #[must_use]
    pub fn has_party(&self, who: &str) -> bool {
        [self.grant.sender.as_str(), self.grant.receiver.as_str()].contains(&who) || self.place.has_party(who)
    }

    /// What somebody can do now: people take, refuse and withdraw; the rest their connectors say by themselves.
    #[must_use]
    pub fn moves(&self, who: &str) -> Vec<OnwardAct> {
        let can = |act: &OnwardAct| {
            let fits = TRANSITIONS.iter().any(|(from, other, _)| *from == self.state && other == act);
            fits && self.may_say(who, *act)
        };
        OnwardAct::ALL.into_iter().filter(can).collect()
    }

    fn may_say(&self, who: &str, act: OnwardAct) -> bool {
        match act {
            OnwardAct::Offer => false,
            OnwardAct::Withdraw => who == self.grant.sender.as_str() || who == self.place.provider,
            OnwardAct::Take | OnwardAct::Refuse | OnwardAct::Receive | OnwardAct::Destroy => {
                who == self.grant.receiver.as_str()
            }
        }
    }

    /// The hops by which its receiver got the data, this one included: what whoever gets it from there must name.
    #[must_use]
    pub fn chain(&self) -> Vec<String> {
        self.grant.chain.iter().chain([&self.onward_id]).cloned().collect()
    }

    /// The next statement of somebody, before it is signed.
    ///
    /// # Errors
    /// If the last one has no canonical form, which its check has ruled out.
    pub fn next(&self, author: &ConnectorId, act: OnwardAct, now: Timestamp) -> Result<OnwardStatement, Rejection> {
        let last = self.last();
        Ok(OnwardStatement {
            number: last.map_or(0, |last| last.number).saturating_add(1),
            previous: last.map(digest).transpose()?,
            act,
            ..blank(&self.onward_id, &self.place, author, now)
        })
    }
}

/// The first statement of a hop, before it is signed.
#[must_use]
pub fn first(onward_id: &str, place: &Place, grant: OnwardGrant, now: Timestamp) -> OnwardStatement {
    let author = grant.sender.clone();
    OnwardStatement { grant: Some(Box::new(grant)), ..blank(onward_id, place, &author, now) }
}

fn blank(onward_id: &str, place: &Place, author: &ConnectorId, now: Timestamp) -> OnwardStatement {
    OnwardStatement {
        onward_id: onward_id.to_owned(),
        contract_id: place.contract_id.clone(),
        contract_hash: place.contract_hash.clone(),
        suite: place.suite.to_string(),
        number: 1,
        previous: None,
        act: OnwardAct::Offer,
        author: author.clone(),
        at: now,
        reason: String::new(),
        grant: None,
        digest: None,
        files: None,
    }
}

/// The place of a hop as its first statement says it; whoever knows the contract compares.
#[must_use]
pub fn place_of(statement: &OnwardStatement, platform: &str, suite: Suite) -> Option<Place> {
    let grant = statement.grant.as_ref()?;
    Some(Place {
        contract_id: statement.contract_id.clone(),
        contract_hash: statement.contract_hash.clone(),
        space_id: grant.space_id.clone(),
        suite,
        provider: grant.provider.as_str().to_owned(),
        consumer: grant.consumer.as_str().to_owned(),
        platform: platform.to_owned(),
    })
}

/// The policies that go with a hop, made from those of the sender.
///
/// # Errors
/// If one of them does not parse.
pub fn policies(
    original: &[Value],
    sender: &ConnectorId,
    receiver: &ConnectorId,
    limits: &OnwardLimits,
    action: &str,
) -> Result<Vec<Value>, Rejection> {
    let hop = Hop {
        sender: sender.as_str(),
        receiver: receiver.as_str(),
        uses: limits.uses,
        until: limits.until,
        // A right of use that is granted is the receiver's own, and goes no further.
        may_hand_on: limits.may_hand_on && action == Action::Distribute.code(),
    };
    let one = |document: &Value| {
        let policy = xinyu_policy::parse_value(document).map_err(|_| check::unreadable())?;
        Ok(policy.handed_on(&hop))
    };
    original.iter().map(one).collect()
}

/// The digest of a statement in its suite.
///
/// # Errors
/// If its suite is unknown or it has no canonical form.
pub fn digest(statement: &OnwardStatement) -> Result<String, Rejection> {
    Ok(check::suite(statement)?.hash(&bytes(statement)?).to_string())
}

/// What an author signs.
///
/// # Errors
/// If it has no canonical form.
pub fn bytes(statement: &OnwardStatement) -> Result<Vec<u8>, Rejection> {
    xinyu_protocol::json::canonical(statement).map_err(|error| Rejection::unwritable(&error.to_string()))
}

/// Takes a statement whose signature was checked. The same one again changes nothing.
///
/// # Errors
/// If it is not the next of this hop, or its author may not say it.
pub fn take(found: Option<Onward>, step: OnwardStep, place: &Place) -> Result<Onward, Rejection> {
    let said = &step.statement;
    if let Some(there) = &found
        && let Some(known) = there.steps.iter().find(|known| known.statement.number == said.number)
        && known.statement == *said
    {
        return Ok(there.clone());
    }
    must_be_sound(said, place)?;
    let Some(mut onward) = found else {
        let grant = check::must_open(said)?;
        return Ok(Onward {
            onward_id: said.onward_id.clone(),
            place: place.clone(),
            grant,
            offered_at: said.at,
            state: Offered,
            steps: vec![step],
        });
    };
    if said.act == OnwardAct::Offer {
        return Err(taken(&said.onward_id));
    }
    if onward.place != *place {
        return Err(unknown(&said.onward_id));
    }
    onward.state = check::must_follow(&onward, said)?;
    onward.steps.push(step);
    Ok(onward)
}

/// Whether data may leave for a receiver now: decided again, on the facts of the hop with the time of now, and with contract, data and parties as they are.
///
/// # Errors
/// If it may not, with the clause.
pub fn may_flow(
    holding: &Holding,
    policy: &Governing,
    onward: &Onward,
    one: &Use,
    bar: Option<&Bar>,
    now: Timestamp,
) -> Result<(), Rejection> {
    if !matches!(onward.state, Taken | Received) {
        return Err(check::not_your_move(onward, "receive"));
    }
    let mut request = one.request.clone().ok_or_else(check::unreadable)?;
    let now = holding.time(now);
    request.time = Some(now);
    let decision = decide(holding, policy, &one.beyond, &request, bar, now);
    if decision.decision == Verdict::Allow {
        return Ok(());
    }
    Err(not_granted(&decision))
}

/// That a decision does not grant a hop.
#[must_use]
pub fn not_granted(decision: &Decision) -> Rejection {
    let reason = decision.reasons.first();
    let (zh, en) =
        reason.map_or(("合约未授权", "the contract does not grant it"), |reason| (&reason.zh, &reason.en));
    let clause = reason.map_or("/contractPolicies", |reason| reason.clause.as_str());
    Rejection::conflict("onward-not-granted", format!("不能转授：{zh}"), format!("it cannot be handed on: {en}"))
        .clause(clause)
}

/// The action of a hop.
///
/// # Errors
/// If it is none.
pub fn action(code: &str) -> Result<Action, Rejection> {
    match Action::parse(code) {
        Some(action @ (Action::Distribute | Action::GrantUse)) => Ok(action),
        _ => Err(Rejection::bad(
            "onward-action",
            format!("转授操作应为 distribute 或 grantUse，不是「{code}」"),
            format!("a hop is distribute or grantUse, not {code}"),
        )
        .clause("/action")),
    }
}

/// The facts of a hop beside those that every use has: the subject is whoever gets the data. What goes is a sealed file.
#[must_use]
pub fn facts(action: Action, receiver_entity: &str, fields: Vec<String>) -> Request {
    let mut request = Request::new(action);
    request.action = Requested::Known(action);
    request.subject = Some(receiver_entity.to_owned());
    request.data_field = fields;
    request.execution_env = Some("01".to_owned());
    request.encrypt_mode = Some("02".to_owned());
    request.delivery_method = Some("01".to_owned());
    request
}

/// A hop is over without data having gone, or the data has arrived: what becomes of the uses that go with it, at the sender.
#[must_use]
pub fn settle(mut holding: Holding, onward: &Onward) -> Holding {
    let is_open = matches!(onward.state, Offered | Taken);
    if is_open {
        return holding;
    }
    if let Some(uses) = holding.handing.remove(&onward.onward_id) {
        let has_gone = onward.steps.iter().any(|step| step.statement.act == OnwardAct::Receive);
        if has_gone {
            holding.handed_on = holding.handed_on.saturating_add(uses);
        }
    }
    holding
}

/// The files of a holding that are gone, for the statement that says so.
#[must_use]
pub fn files(holding: &Holding) -> Option<Value> {
    (holding.state == HoldingState::Destroyed).then(|| json!(holding.files))
}

/// What the platform tells whoever takes part, but for the author.
///
/// # Errors
/// If a message cannot be written.
pub fn tell(onward: &Onward, descendants: &[Onward], cards: &[PartyCard]) -> Result<Vec<Effect>, Rejection> {
    let Some(step) = onward.steps.last() else { return Ok(Vec::new()) };
    let said = &step.statement;
    let cards = if said.act == OnwardAct::Offer { cards.to_vec() } else { Vec::new() };
    let notice = OnwardNotice { step: step.clone(), cards };
    let mut told = vec![
        onward.place.provider.clone(),
        onward.place.consumer.clone(),
        onward.grant.sender.as_str().to_owned(),
        onward.grant.receiver.as_str().to_owned(),
    ];
    if said.act == OnwardAct::Withdraw {
        told.extend(descendants.iter().map(|one| one.grant.receiver.as_str().to_owned()));
    }
    told.sort();
    told.dedup();
    told.retain(|party| *party != said.author.as_str());
    let send = |party: &String| {
        let stream = format!("onward/{}/{party}", onward.onward_id);
        Outgoing::json(party, stream, "onward", "/tc609/onwardNotice", &notice).map(Effect::Send)
    };
    told.iter().map(send).collect()
}

/// The author's record of a statement.
///
/// # Errors
/// As [`digest`].
pub fn record(statement: &OnwardStatement, space_id: &str) -> Result<Draft, Rejection> {
    let mut draft = Draft::new(statement.act.record(), space_id)
        .contract(&statement.contract_id)
        .subject(statement.onward_id.clone())
        .fact("number", statement.number)
        .fact("digest", digest(statement)?);
    if let Some(previous) = &statement.previous {
        draft = draft.fact("previous", previous.clone());
    }
    if let Some(grant) = &statement.grant {
        let policies = xinyu_protocol::json::canonical(&grant.policies)
            .map_err(|error| Rejection::unwritable(&error.to_string()))?;
        draft = draft
            .fact("sender", grant.sender.as_str())
            .fact("receiver", grant.receiver.as_str())
            .fact("action", grant.action.clone())
            .fact("product", grant.product_id.clone())
            .fact("content", grant.digest.clone())
            .fact("rows", grant.rows)
            .fact("policy", check::suite(statement)?.hash(&policies).to_string());
        if !grant.chain.is_empty() {
            draft = draft.fact("chain", grant.chain.clone());
        }
        if let Some(lineage) = &grant.lineage {
            draft = draft.fact("derived", lineage.derived_id.clone());
        }
    }
    if let Some(digest) = &statement.digest {
        draft = draft.fact("content", digest.clone());
    }
    if let Some(files) = &statement.files {
        draft = draft.fact("files", files.clone());
    }
    Ok(draft)
}

/// That the record that comes with a statement is the one of it.
///
/// # Errors
/// If it tells of something else.
pub fn must_be_recorded(record: &Record, statement: &OnwardStatement, space_id: &str) -> Result<(), Rejection> {
    let draft = self::record(statement, space_id)?;
    let is_it = record.kind == draft.kind
        && record.actor == statement.author.as_str()
        && record.space == draft.space
        && record.contract.as_deref() == Some(statement.contract_id.as_str())
        && record.subject == draft.subject
        && record.facts.iter().eq(draft.facts.iter().collect::<std::collections::BTreeMap<_, _>>());
    if is_it {
        return Ok(());
    }
    Err(Rejection::bad("malformed-record", "存证与陈述不符", "the record is not the one of the statement")
        .clause("/record"))
}

/// A hop that is not there, or not for this caller.
#[must_use]
pub fn unknown(onward_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-onward",
        format!("没有转授 {onward_id}，或您无权查看"),
        format!("onward transfer {onward_id} does not exist, or not for you"),
    )
}

/// That an id names something else already.
#[must_use]
pub fn taken(onward_id: &str) -> Rejection {
    Rejection::conflict(
        "onward-taken",
        format!("编号 {onward_id} 已用于另一次转授或使用"),
        format!("{onward_id} is another onward transfer or use"),
    )
}
