//! The platform's part: it asks every service party, takes what each says, and comes to an end: filed, or nothing. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::contract::{Contract, Signature, SignedContract};
use xinyu_protocol::tc609::countersigning::{CountersigningEnd, CountersigningRequest};
use xinyu_protocol::tc609::draft::DraftDocument;
use xinyu_protocol::tc609::negotiation::SignedProposal;
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use super::{CLAUSE, PATIENCE, is_asked, serves, unknown};
use crate::contract::filing;
use crate::contract::signing::{self, Trust};
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::termination::REASON;

/// Where it stands: open, and then for good one of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Signatures are awaited.
    Open,
    /// All have signed, and the contract is filed.
    Filed,
    /// A service party refused.
    Refused,
    /// The time for an answer is over.
    Expired,
    /// Provider or consumer waits no longer.
    Withdrawn,
    /// It cannot be filed any more: a party was barred meanwhile, or the contract ended.
    Failed,
}

impl State {
    /// All states.
    pub const ALL: [Self; 6] = [Self::Open, Self::Filed, Self::Refused, Self::Expired, Self::Withdrawn, Self::Failed];

    /// The word in the store and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Filed => "filed",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Failed => "failed",
        }
    }
}

/// The signatures under one text, as the platform gathers them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gathering {
    /// The contract.
    pub contract_id: ContractId,
    /// Hash of what all sign.
    pub contract_hash: String,
    /// The space whose log tells of it.
    pub space_id: String,
    /// The text with the signatures so far.
    pub signed: SignedContract,
    /// The rounds that concern the service parties.
    pub rounds: Vec<SignedProposal>,
    /// The text of the version before, of a version that follows on a sealed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Box<Contract>>,
    /// Where it stands.
    pub state: State,
    /// Until when it can be signed.
    pub answer_by: Timestamp,
    /// Since when.
    pub opened_at: Timestamp,
    /// When it came to its end.
    pub ended_at: Option<Timestamp>,
    /// Whose doing the end is.
    pub by: Option<ConnectorId>,
    /// Why it came to nothing.
    pub reason: Option<String>,
}

/// How it comes to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The state it leads to: none of open and filed.
    pub state: State,
    /// Whose doing it is.
    pub by: Option<ConnectorId>,
    /// Why.
    pub reason: String,
}

impl Gathering {
    /// Whether a connector has signed.
    #[must_use]
    pub fn has_signed(&self, connector: &str) -> bool {
        self.signed.signatures.iter().any(|signature| signature.connector_id.as_str() == connector)
    }

    /// Whether every party that the text names has signed it. Each signature was checked when it came.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let parties = &self.signed.contract.signatory_entities;
        !parties.is_empty() && parties.iter().all(|party| self.has_signed(party.connector_id.as_str()))
    }

    /// Whether its time is over while signatures are awaited.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == State::Open && now > self.answer_by
    }

    /// Where a party's signature stands: `signed`, `asked` or `refused`.
    #[must_use]
    pub fn state_of(&self, connector: &str) -> &'static str {
        match (self.has_signed(connector), self.state, &self.by) {
            (true, ..) => "signed",
            (false, State::Refused, Some(by)) if by.as_str() == connector => "refused",
            _ => "asked",
        }
    }
}

/// Provider and consumer have signed, as was checked: the service parties are asked, each on a stream of its own.
///
/// # Errors
/// If somebody else has signed already, one of the two has not, or a message cannot be written.
pub fn open(
    signed: SignedContract,
    (rounds, previous): (Vec<SignedProposal>, Option<Box<Contract>>),
    space_id: &str,
    now: Timestamp,
) -> Result<(Gathering, Vec<Effect>), Rejection> {
    let usual = now.saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
    let contract = &signed.contract;
    for party in &contract.signatory_entities {
        let has_signed = signed.signatures.iter().any(|one| one.connector_id == party.connector_id);
        if !has_signed && serves(contract, party.connector_id.as_str()).is_none() {
            let (name, id) = (&party.signatory_entity_name, &party.connector_id);
            return Err(Rejection::bad(
                "contract-unsigned",
                format!("缺少 {name}（{id}）的签名"),
                format!("{name} ({id}) has not signed"),
            )
            .clause("/signatures"));
        }
    }
    ask(signed, Along { rounds, previous, draft: None }, space_id, usual, now)
}

/// Provider and consumer stand behind the last round of a draft, and this was drawn up from it: all parties are asked.
///
/// # Errors
/// If a message cannot be written.
pub fn open_drafted(
    contract: Contract,
    draft: DraftDocument,
    now: Timestamp,
) -> Result<(Gathering, Vec<Effect>), Rejection> {
    let (space_id, answer_by) = (draft.entry.space_id.clone(), draft.answer_by);
    let signed = SignedContract { contract, signatures: Vec::new() };
    let along = Along { draft: Some(Box::new(draft)), ..Along::default() };
    ask(signed, along, &space_id, answer_by, now)
}

/// What goes along with a text to be signed.
#[derive(Default)]
struct Along {
    rounds: Vec<SignedProposal>,
    previous: Option<Box<Contract>>,
    draft: Option<Box<DraftDocument>>,
}

fn ask(
    signed: SignedContract,
    Along { rounds, previous, draft }: Along,
    space_id: &str,
    usual: Timestamp,
    now: Timestamp,
) -> Result<(Gathering, Vec<Effect>), Rejection> {
    let contract = &signed.contract;
    let limits = [
        contract.expansion_item.version.as_ref().map(|link| link.answer_by),
        time::parse_compact(&contract.indate).ok(),
    ];
    let gathering = Gathering {
        contract_id: contract.contract_id.clone(),
        contract_hash: signing::hash(contract)?,
        space_id: space_id.to_owned(),
        rounds,
        previous,
        state: State::Open,
        answer_by: limits.into_iter().flatten().fold(usual, Timestamp::min),
        opened_at: now,
        ended_at: None,
        by: None,
        reason: None,
        signed,
    };
    let contract = &gathering.signed.contract;
    let all = contract.signatory_entities.iter().map(|party| party.connector_id.to_string());
    let asked: Vec<String> = all.filter(|id| is_asked(contract, id)).collect();
    let mut record = self::draft("contract.signing_opened", &gathering)
        .fact("version", contract.version())
        .fact("asked", asked.clone())
        .fact("answer_by", gathering.answer_by.to_string());
    if draft.is_some() {
        record = record.fact("drafted", true);
    }
    let mut effects = vec![Effect::Record(record)];
    let request = CountersigningRequest {
        contract: gathering.signed.clone(),
        rounds: gathering.rounds.clone(),
        answer_by: gathering.answer_by,
        draft,
    };
    for connector in asked {
        let to = stream(&gathering, &connector);
        effects.push(Effect::Send(Outgoing::json(
            &connector,
            to,
            "countersigning",
            "/tc609/countersigning",
            &request,
        )?));
    }
    Ok((gathering, effects))
}

/// A service party's signature is taken. False: it was there already, and changes nothing.
///
/// # Errors
/// If it is none of a service party of this text, not over these bytes, of a key that is not good, or too late.
pub fn sign(
    mut gathering: Gathering,
    by: &ConnectorId,
    signature: Signature,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<(Gathering, bool), Rejection> {
    must_be_asked(&gathering, by)?;
    if signature.connector_id != *by {
        let other = &signature.connector_id;
        return Err(Rejection::bad(
            "foreign-signature",
            format!("签名属于 {other}，不能由 {by} 代交"),
            format!("the signature is {other}'s, {by} cannot give it"),
        )
        .clause("/signature/connectorId"));
    }
    if gathering.has_signed(by.as_str()) {
        return Ok((gathering, false));
    }
    must_be_open(&gathering, now)?;
    gathering.signed.signatures.push(signature);
    // All of them over the same bytes, each with a key that is good now.
    signing::check(&gathering.signed, trust, now)?;
    Ok((gathering, true))
}

/// It comes to nothing: all parties are told, each on its own stream, after what it was asked. What has ended stays as it is.
///
/// # Errors
/// If a message cannot be written.
pub fn end(mut gathering: Gathering, outcome: Outcome, now: Timestamp) -> Result<(Gathering, Vec<Effect>), Rejection> {
    if gathering.state != State::Open {
        return Ok((gathering, Vec::new()));
    }
    let reason: String = outcome.reason.chars().take(REASON).collect();
    gathering.state = outcome.state;
    gathering.ended_at = Some(now);
    gathering.by.clone_from(&outcome.by);
    gathering.reason = Some(reason.clone());
    // What was shown for the decision is not kept beyond it.
    gathering.rounds = Vec::new();
    let mut record = draft("contract.signing_ended", &gathering)
        .fact("outcome", gathering.state.as_str())
        .fact("reason", reason.clone());
    if let Some(by) = &outcome.by {
        record = record.fact("by", by.as_str());
    }
    let message = CountersigningEnd {
        contract_id: gathering.contract_id.clone(),
        contract_hash: gathering.contract_hash.clone(),
        outcome: gathering.state.as_str().to_owned(),
        by: outcome.by,
        reason,
        at: now,
    };
    let mut effects = vec![Effect::Record(record)];
    for party in &gathering.signed.contract.signatory_entities {
        let connector = party.connector_id.as_str();
        let to = stream(&gathering, connector);
        let path = "/tc609/countersigningEnd";
        effects.push(Effect::Send(Outgoing::json(connector, to, "countersigning.end", path, &message)?));
    }
    Ok((gathering, effects))
}

/// All have signed and the contract is filed.
#[must_use]
pub fn filed(mut gathering: Gathering, now: Timestamp) -> Gathering {
    gathering.state = State::Filed;
    gathering.ended_at = Some(now);
    forget(&mut gathering);
    gathering
}

/// What has come to its end is shown, not read: a text that is to be sealed does not stay readable here.
fn forget(gathering: &mut Gathering) {
    gathering.rounds = Vec::new();
    gathering.previous = None;
    if gathering.signed.contract.is_sealed() {
        gathering.signed = filing::extract(&gathering.signed);
    }
}

/// A service party refuses.
///
/// # Errors
/// If it is not asked, says no reason, has signed already, or it is too late.
pub fn must_be_refusable(
    gathering: &Gathering,
    by: &ConnectorId,
    reason: &str,
    now: Timestamp,
) -> Result<(), Rejection> {
    must_be_asked(gathering, by)?;
    crate::termination::must_be_said(reason)?;
    must_be_open(gathering, now)?;
    if !gathering.has_signed(by.as_str()) {
        return Ok(());
    }
    Err(Rejection::conflict(
        "signed-already",
        format!("{by} 已签署合约 {}，不能再拒绝", gathering.contract_id),
        format!("{by} has signed contract {} and cannot refuse it any more", gathering.contract_id),
    )
    .clause(CLAUSE))
}

/// Provider or consumer waits no longer.
///
/// # Errors
/// If the caller is neither, or it has come to its end.
pub fn must_be_withdrawable(gathering: &Gathering, by: &ConnectorId, now: Timestamp) -> Result<(), Rejection> {
    let two = gathering.signed.contract.signatory_entities.iter();
    let is_side = two
        .filter(|party| serves(&gathering.signed.contract, party.connector_id.as_str()).is_none())
        .any(|party| party.connector_id == *by);
    if !is_side {
        return Err(unknown(gathering.contract_id.as_str()));
    }
    must_be_open(gathering, now)
}

fn must_be_asked(gathering: &Gathering, by: &ConnectorId) -> Result<(), Rejection> {
    match is_asked(&gathering.signed.contract, by.as_str()) {
        true => Ok(()),
        false => Err(unknown(gathering.contract_id.as_str())),
    }
}

fn must_be_open(gathering: &Gathering, now: Timestamp) -> Result<(), Rejection> {
    let id = &gathering.contract_id;
    if gathering.is_overdue(now) {
        let limit = gathering.answer_by;
        return Err(Rejection::conflict(
            "signing-expired",
            format!("合约 {id} 的会签期限 {limit} 已过"),
            format!("the time to sign contract {id} was over at {limit}"),
        )
        .clause(CLAUSE));
    }
    if gathering.state == State::Open {
        return Ok(());
    }
    let state = gathering.state.as_str();
    Err(Rejection::conflict(
        "signing-over",
        format!("合约 {id} 的会签已有结果（{state}）"),
        format!("the signing of contract {id} is {state} already"),
    )
    .clause(CLAUSE))
}

/// That no other text of a contract waits for signatures.
///
/// # Errors
/// If one does.
pub fn must_be_alone(open: Option<&Gathering>, contract_hash: &str) -> Result<(), Rejection> {
    let Some(other) = open.filter(|other| other.contract_hash != contract_hash) else {
        return Ok(());
    };
    let (id, hash) = (&other.contract_id, &other.contract_hash);
    Err(Rejection::conflict(
        "signing-open",
        format!("合约 {id} 的另一文本（哈希 {hash}）正在会签"),
        format!("another text of contract {id} (hash {hash}) waits for signatures"),
    )
    .clause(CLAUSE)
    .next(Text::new(
        "请等待其结果，或由提供方、使用方撤回",
        "wait for its end, or let provider or consumer withdraw it",
    )))
}

fn stream(gathering: &Gathering, connector: &str) -> String {
    format!("countersigning/{}/{connector}", gathering.contract_id)
}

fn draft(kind: &'static str, gathering: &Gathering) -> Draft {
    Draft::new(kind, &gathering.space_id)
        .contract(&gathering.contract_id)
        .subject(gathering.contract_hash.clone())
        .fact("digest", gathering.contract_hash.clone())
}
