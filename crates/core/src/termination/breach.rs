//! A party declares that a contract must end, for a breach or because a consent was withdrawn; the other is heard, and the platform's operator decides.
//! TC609-6-2025-14 §7.6 c, A.2 e. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xinyu_protocol::tc609::contract::Contract;
use xinyu_protocol::tc609::termination::{BreachClaim, BreachNotice, TerminationKind};
use xinyu_protocol::text::Text;

use super::{Ground, must_be_said};
use crate::contract::Registered;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

/// How long the other party is heard.
pub const HEARING: SignedDuration = SignedDuration::from_hours(5 * 24);
/// The most records that a declaration names.
const RECORDS: usize = 32;

/// Where a declaration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The other party has not answered.
    Claimed,
    /// It has.
    Answered,
    /// The operator agreed: the contract ends.
    Upheld,
    /// The operator did not.
    Dismissed,
    /// The contract ended otherwise.
    Moot,
}

use State::{Answered, Claimed, Dismissed, Moot, Upheld};

/// From where to where.
pub const TRANSITIONS: &[(State, State)] = &[
    (Claimed, Answered),
    (Claimed, Upheld),
    (Claimed, Dismissed),
    (Claimed, Moot),
    (Answered, Upheld),
    (Answered, Dismissed),
    (Answered, Moot),
];

impl State {
    /// The word in the store and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Claimed => "claimed",
            Answered => "answered",
            Upheld => "upheld",
            Dismissed => "dismissed",
            Moot => "moot",
        }
    }

    /// Whether the operator has still to decide.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Claimed | Answered)
    }
}

/// A declaration, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breach {
    /// What was declared.
    pub claim: BreachClaim,
    /// By whom.
    pub by: String,
    /// Who is to answer.
    pub against: String,
    /// The space.
    pub space_id: String,
    /// When.
    pub claimed_at: Timestamp,
    /// Until when the other party is heard.
    pub answer_by: Timestamp,
    /// Where it stands.
    pub state: State,
    /// What the other party said.
    pub answer: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
    /// What the operator decided, in words.
    pub decision: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
}

impl Breach {
    /// Whether the operator may uphold it: the other party was heard, or its time is over; a withdrawn consent waits for nobody.
    #[must_use]
    pub fn is_heard(&self, now: Timestamp) -> bool {
        self.state == Answered || now >= self.answer_by || self.claim.ground == "consent"
    }

    /// As the parties are told of it.
    #[must_use]
    pub fn notice(&self) -> BreachNotice {
        BreachNotice {
            claim: self.claim.clone(),
            by: self.by.clone(),
            claimed_at: self.claimed_at,
            answer_by: self.answer_by,
            state: self.state.as_str().to_owned(),
            answer: self.answer.clone(),
            answered_at: self.answered_at,
            decision: self.decision.clone(),
            decided_at: self.decided_at,
        }
    }
}

/// Takes a declaration. Of the records that it names `unknown` is the first that is not in the log of this contract.
///
/// # Errors
/// If the contract is not in force, the caller is no party, the clause or a record is not there, or only the provider may declare it.
pub fn claim(
    contract: &Registered,
    claim: BreachClaim,
    by: &str,
    unknown: Option<&str>,
    now: Timestamp,
) -> Result<(Breach, Vec<Effect>), Rejection> {
    let wrong = |pointer: &str, zh: String, en: String| Err(Rejection::bad("breach", zh, en).clause(pointer));
    let Some(signed) = &contract.signed else {
        return Err(super::register::unsigned(contract));
    };
    if contract.status == xinyu_protocol::tc609::contract::ContractStatus::Terminated {
        return Err(Rejection::conflict(
            "contract-over",
            format!("合约 {} 已终止", contract.contract_id),
            format!("contract {} has ended", contract.contract_id),
        ));
    }
    must_be_said(&claim.statement)?;
    let length = claim.claim_id.len();
    if length == 0 || length > 64 {
        return wrong("/claimId", "编号应为 1–64 个字符".to_owned(), "an id has 1 to 64 characters".to_owned());
    }
    match (claim.ground.as_str(), by == contract.provider) {
        ("breach", _) | ("consent", true) => {}
        ("consent", false) => {
            return wrong(
                "/ground",
                "授权撤回只能由数据提供方声明".to_owned(),
                "only the provider can declare that a consent was withdrawn".to_owned(),
            );
        }
        (other, _) => {
            return wrong(
                "/ground",
                format!("未知的事由「{other}」，可选 breach、consent"),
                format!("unknown ground {other}, known are breach and consent"),
            );
        }
    }
    // Whether a clause of a text that we cannot read is there, its parties can tell.
    let is_hidden = contract.sealed.is_some() && claim.clause.starts_with("/contractPolicies/");
    let is_there = is_hidden || document(&signed.contract)?.pointer(&claim.clause).is_some();
    if !is_there || claim.clause.is_empty() {
        return wrong(
            "/clause",
            format!("合约中没有条款 {}", claim.clause),
            format!("the contract has no clause {}", claim.clause),
        );
    }
    if claim.records.len() > RECORDS {
        return wrong("/records", format!("存证最多 {RECORDS} 条"), format!("at most {RECORDS} records are named"));
    }
    if let Some(record) = unknown {
        return wrong(
            "/records",
            format!("该合约没有存证 {record}"),
            format!("there is no record {record} of this contract"),
        );
    }
    let against = if by == contract.provider { &contract.consumer } else { &contract.provider };
    let answer_by = now.checked_add(HEARING).unwrap_or(now);
    let breach = Breach {
        by: by.to_owned(),
        against: against.clone(),
        space_id: contract.space_id.clone(),
        claimed_at: now,
        answer_by,
        state: Claimed,
        answer: None,
        answered_at: None,
        decision: None,
        decided_at: None,
        claim,
    };
    let effects = tell(&breach)?;
    Ok((breach, effects))
}

fn document(contract: &Contract) -> Result<Value, Rejection> {
    serde_json::to_value(contract).map_err(|error| Rejection::unwritable(&error.to_string()))
}

/// The other party is heard. The same answer again changes nothing.
///
/// # Errors
/// If it is not the one that is asked, or it is decided.
pub fn answer(mut breach: Breach, by: &str, answer: &str, now: Timestamp) -> Result<(Breach, Vec<Effect>), Rejection> {
    if by != breach.against {
        return Err(unknown(&breach.claim.claim_id));
    }
    if breach.state == Answered && breach.answer.as_deref() == Some(answer) {
        return Ok((breach, Vec::new()));
    }
    must_be_said(answer)?;
    step(&mut breach, Answered)?;
    breach.answer = Some(answer.to_owned());
    breach.answered_at = Some(now);
    let effects = tell(&breach)?;
    Ok((breach, effects))
}

/// The operator decides, after the other party was heard or its time is over; a withdrawn consent waits for nobody. Upheld, it gives the ground of the end.
///
/// # Errors
/// If it is decided, or the other party is still to be heard.
pub fn decide(
    mut breach: Breach,
    is_upheld: bool,
    reason: &str,
    platform: (&str, &xinyu_protocol::id::ParticipantId),
    now: Timestamp,
) -> Result<(Breach, Option<Ground>, Vec<Effect>), Rejection> {
    must_be_said(reason)?;
    if breach.state.is_open() && is_upheld && !breach.is_heard(now) {
        return Err(Rejection::conflict(
            "breach-not-heard",
            format!("对方尚未答复，答复期至 {}", breach.answer_by),
            format!("the other party was not heard yet, it has until {}", breach.answer_by),
        )
        .clause("TC609-6-2025-14 A.2 e")
        .next(Text::new("请等待对方答复，或待答复期满", "wait for its answer, or for the time to run out")));
    }
    step(&mut breach, if is_upheld { Upheld } else { Dismissed })?;
    breach.decision = Some(reason.to_owned());
    breach.decided_at = Some(now);
    let claim = &breach.claim;
    let mut effects = vec![Effect::Record(
        Draft::new("breach.decided", &breach.space_id)
            .contract(&claim.contract_id)
            .subject(claim.claim_id.clone())
            .fact("decision", breach.state.as_str())
            .fact("reason", reason)
            .fact("clause", claim.clause.clone()),
    )];
    effects.extend(tell(&breach)?);
    let ground = is_upheld.then(|| Ground {
        termination_id: format!("breach-{}", claim.claim_id),
        kind: if claim.ground == "consent" { TerminationKind::Consent } else { TerminationKind::Breach },
        reason: reason.to_owned(),
        disposal: claim.disposal,
        agreed_end: None,
        issuer: (platform.0.to_owned(), platform.1.clone()),
        clause: Some(claim.clause.clone()),
        records: claim.records.clone(),
    });
    Ok((breach, ground, effects))
}

/// The contract has ended: what is open need not be decided.
///
/// # Errors
/// If a message cannot be written.
pub fn moot(mut breach: Breach) -> Result<(Breach, Vec<Effect>), Rejection> {
    if !breach.state.is_open() {
        return Ok((breach, Vec::new()));
    }
    breach.state = Moot;
    let effects = tell(&breach)?;
    Ok((breach, effects))
}

fn step(breach: &mut Breach, to: State) -> Result<(), Rejection> {
    if TRANSITIONS.contains(&(breach.state, to)) {
        breach.state = to;
        return Ok(());
    }
    let (id, state) = (&breach.claim.claim_id, breach.state.as_str());
    Err(Rejection::conflict(
        "breach-decided",
        format!("违约声明 {id} 的状态为 {state}，不能再变更"),
        format!("the declaration {id} is {state}, it cannot be changed any more"),
    ))
}

fn tell(breach: &Breach) -> Result<Vec<Effect>, Rejection> {
    let send = |party: &String| {
        let stream = format!("breach/{}/{party}", breach.claim.claim_id);
        Outgoing::json(party, stream, "breach", "/tc609/breachNotice", &breach.notice()).map(Effect::Send)
    };
    [&breach.by, &breach.against].into_iter().map(send).collect()
}

/// A declaration that is not there, or not for this caller.
#[must_use]
pub fn unknown(claim_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-breach",
        format!("没有违约声明 {claim_id}"),
        format!("there is no declaration {claim_id}"),
    )
}

/// The party's own record of what it declares or answers, signed by its seat before it is sent. What is said stays with the platform; the log has its digest.
#[must_use]
pub fn record(kind: &'static str, space: &str, claim: &BreachClaim, digest: String) -> Draft {
    Draft::new(kind, space)
        .contract(&claim.contract_id)
        .subject(claim.claim_id.clone())
        .fact("ground", claim.ground.clone())
        .fact("clause", claim.clause.clone())
        .fact("records", claim.records.clone())
        .fact("digest", digest)
}
