//! The service party's part: what it is asked to sign, and what it said. Its connector keeps the contract with it, from the asking to the end. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::SigningKey;
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::contract::{FilingStamp, SignedContract};
use xinyu_protocol::tc609::countersigning::{CountersigningAnswer, CountersigningEnd, CountersigningRequest};
use xinyu_protocol::tc609::draft::DraftDocument;
use xinyu_protocol::tc609::negotiation::SignedProposal;

use super::{CLAUSE, asks_all, is_asked, must_name_alike, serves, unknown};
use crate::contract::proposal;
use crate::contract::signing::{self, Trust};
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;
use crate::termination::{REASON, must_be_said};

/// Where it stands at the service party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Our people have to say something.
    Asked,
    /// We signed; others may not have.
    Signed,
    /// We refused.
    Refused,
    /// Filed: in force, or replaced by a later version.
    Filed,
    /// It came to nothing.
    Ended,
}

use State::{Asked, Ended, Filed, Refused, Signed};

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// We sign.
    Sign,
    /// We refuse.
    Refuse,
    /// The platform filed it.
    File,
    /// The platform says that it came to nothing.
    End,
}

/// From which state what leads where.
pub const TRANSITIONS: &[(State, Event, State)] = &[
    (Asked, Event::Sign, Signed),
    (Asked, Event::Refuse, Refused),
    (Asked, Event::End, Ended),
    (Signed, Event::File, Filed),
    (Signed, Event::End, Ended),
];

impl State {
    /// All states.
    pub const ALL: [Self; 5] = [Asked, Signed, Refused, Filed, Ended];

    /// The word in the store and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Asked => "asked",
            Signed => "signed",
            Refused => "refused",
            Filed => "filed",
            Ended => "ended",
        }
    }

    /// Where an event leads, if anywhere.
    #[must_use]
    pub fn after(self, event: Event) -> Option<Self> {
        TRANSITIONS.iter().find(|(from, by, _)| (*from, *by) == (self, event)).map(|(_, _, to)| *to)
    }
}

/// What we were asked to sign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The contract.
    pub contract_id: ContractId,
    /// Hash of what all sign.
    pub contract_hash: String,
    /// The text, with the signatures as far as we know them.
    pub signed: SignedContract,
    /// The rounds that concern us.
    pub rounds: Vec<SignedProposal>,
    /// Where it stands.
    pub state: State,
    /// When we were asked.
    pub asked_at: Timestamp,
    /// Until when it can be answered.
    pub answer_by: Timestamp,
    /// When we answered.
    pub answered_at: Option<Timestamp>,
    /// Why it was refused or came to nothing.
    pub note: Option<String>,
    /// The platform's proof of filing.
    pub filing: Option<FilingStamp>,
}

impl Request {
    fn asked(
        signed: SignedContract,
        rounds: Vec<SignedProposal>,
        answer_by: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Rejection> {
        Ok(Self {
            contract_id: signed.contract.contract_id.clone(),
            contract_hash: signing::hash(&signed.contract)?,
            signed,
            rounds,
            state: Asked,
            asked_at: now,
            answer_by,
            answered_at: None,
            note: None,
            filing: None,
        })
    }

    /// What our people may do with it.
    #[must_use]
    pub fn moves(&self, now: Timestamp) -> &'static [&'static str] {
        if self.state == Asked && now <= self.answer_by { &["sign", "refuse"] } else { &[] }
    }
}

/// Takes a request in: the text names us as a service party and nobody else in our place, provider and consumer have signed it, and the rounds are theirs.
///
/// # Errors
/// If it is not so.
pub fn receive(
    message: CountersigningRequest,
    me: &ConnectorId,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Request, Rejection> {
    let CountersigningRequest { contract: signed, rounds, answer_by, draft } = message;
    let contract = &signed.contract;
    if asks_all(contract) || draft.is_some() {
        let request = Request::asked(signed, Vec::new(), answer_by, now)?;
        must_come_of(draft.as_deref(), &request, me, trust, now)?;
        return Ok(request);
    }
    if serves(contract, me.as_str()).is_none() {
        return Err(Rejection::bad(
            "not-a-service-party",
            format!("合约 {} 未把 {me} 列为数据服务方", contract.contract_id),
            format!("contract {} does not name {me} as a service party", contract.contract_id),
        )
        .clause("/contract/contract/expansionItem/serviceParties"));
    }
    must_name_alike(contract)?;
    let checked = signing::check(&signed, trust, now)?;
    for party in [contract.provider(), contract.consumer()].into_iter().flatten() {
        let id = party.connector_id.as_str();
        if !checked.iter().any(|one| one.connector_id == id) {
            let name = &party.signatory_entity_name;
            return Err(Rejection::bad(
                "contract-unsigned",
                format!("缺少 {name}（{id}）的签名"),
                format!("{name} ({id}) has not signed"),
            )
            .clause("/contract/signatures"));
        }
    }
    for (index, round) in rounds.iter().enumerate() {
        let author = &round.proposal.author;
        let is_side =
            [contract.provider(), contract.consumer()].into_iter().flatten().any(|p| p.connector_id == *author);
        if !is_side || round.proposal.contract_id != contract.contract_id {
            return Err(Rejection::bad(
                "another-proposal",
                format!("第 {index} 条轮次不属于合约 {}", contract.contract_id),
                format!("round {index} does not belong to contract {}", contract.contract_id),
            )
            .clause(format!("/rounds/{index}")));
        }
        // A round may be older than the key that its author has now; the contract's own digest holds the last one.
        let digest = proposal::digest(&round.proposal)?;
        let is_last = contract.expansion_item.proposal.as_ref().is_some_and(|last| last.digest == digest);
        if is_last {
            proposal::check_signature(round, author.as_str(), trust, now)?;
        }
    }
    Request::asked(signed, rounds, answer_by, now)
}

/// That a contract was drawn up from a draft whose two sides stand behind the same round, names us among its signatories, and carries no bad signature.
fn must_come_of(
    draft: Option<&DraftDocument>,
    request: &Request,
    me: &ConnectorId,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<(), Rejection> {
    let contract = &request.signed.contract;
    if !is_asked(contract, me.as_str()) {
        return Err(unknown(request.contract_id.as_str()));
    }
    must_name_alike(contract)?;
    signing::check(&request.signed, trust, now)?;
    match draft {
        Some(draft) if draft.contract_id == request.contract_id => {
            crate::draft::check_drawn(draft, contract, trust, now)
        }
        _ => Err(crate::draft::unknown(request.contract_id.as_str())),
    }
}

/// We sign the same bytes as the others, and tell the platform.
///
/// # Errors
/// If it cannot be signed any more.
pub fn sign(
    request: Request,
    me: &ConnectorId,
    key: &SigningKey,
    credential: &str,
    platform: &str,
    now: Timestamp,
) -> Result<(Request, Vec<Effect>), Rejection> {
    let mut request = moved(request, Event::Sign, now)?;
    request.signed = signing::sign(request.signed, me, key, credential)?;
    let signature = request.signed.signatures.iter().find(|one| one.connector_id == *me).cloned();
    let record = draft("contract.countersigned", &request, me);
    let send = answer(&request, signature, "", platform)?;
    Ok((request, vec![Effect::Record(record), send]))
}

/// We refuse, and tell the platform why.
///
/// # Errors
/// If no reason is said, or it is answered already.
pub fn refuse(
    request: Request,
    me: &ConnectorId,
    reason: &str,
    platform: &str,
    now: Timestamp,
) -> Result<(Request, Vec<Effect>), Rejection> {
    must_be_said(reason)?;
    let mut request = moved(request, Event::Refuse, now)?;
    request.note = Some(reason.to_owned());
    let record = draft("contract.countersign_refused", &request, me).fact("reason", reason);
    let send = answer(&request, None, reason, platform)?;
    Ok((request, vec![Effect::Record(record), send]))
}

fn answer(
    request: &Request,
    signature: Option<xinyu_protocol::tc609::contract::Signature>,
    reason: &str,
    platform: &str,
) -> Result<Effect, Rejection> {
    let message = CountersigningAnswer {
        contract_id: request.contract_id.clone(),
        contract_hash: request.contract_hash.clone(),
        signature,
        reason: reason.to_owned(),
    };
    let stream = format!("countersigning/{}", request.contract_id);
    Outgoing::json(platform, stream, ANSWER, "/tc609/countersigningAnswer", &message).map(Effect::Send)
}

/// The kind of message by which a service party answers.
pub const ANSWER: &str = "countersigning.answer";

/// The platform filed it, with all signatures: it is what we signed, and nobody's is missing.
///
/// # Errors
/// If it is not.
pub fn filed(
    request: Request,
    signed: SignedContract,
    filing: FilingStamp,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Request, Rejection> {
    if signing::hash(&signed.contract)? != request.contract_hash {
        return Err(unknown(request.contract_id.as_str()));
    }
    signing::check_complete(&signed, trust, now)?;
    if request.state == Filed {
        return Ok(request);
    }
    let Some(state) = request.state.after(Event::File) else {
        return Err(unknown(request.contract_id.as_str()));
    };
    Ok(Request { state, signed, filing: Some(filing), note: None, ..request })
}

/// The platform says that it came to nothing. What we refused stays refused.
#[must_use]
pub fn ended(request: Request, message: &CountersigningEnd) -> Request {
    match request.state.after(Event::End) {
        Some(state) => Request { state, note: Some(message.reason.clone()), ..request },
        None => request,
    }
}

/// The platform did not take our answer, and why.
#[must_use]
pub fn not_taken(request: Request, why: &str) -> Request {
    let note: String = why.chars().take(REASON).collect();
    match request.state {
        Signed | Refused => Request { state: Ended, note: Some(note), ..request },
        Asked | Filed | Ended => request,
    }
}

fn moved(request: Request, event: Event, now: Timestamp) -> Result<Request, Rejection> {
    let id = &request.contract_id;
    if request.state == Asked && now > request.answer_by {
        let limit = request.answer_by;
        return Err(Rejection::conflict(
            "signing-expired",
            format!("合约 {id} 的会签期限 {limit} 已过"),
            format!("the time to sign contract {id} was over at {limit}"),
        )
        .clause(CLAUSE));
    }
    match request.state.after(event) {
        Some(state) => Ok(Request { state, answered_at: Some(now), ..request }),
        None => {
            let state = request.state.as_str();
            Err(Rejection::conflict(
                "countersigning-answered",
                format!("合约 {id} 的会签已有结果（{state}），不能再答复"),
                format!("the signing of contract {id} is {state} here already"),
            )
            .clause(CLAUSE))
        }
    }
}

fn draft(kind: &'static str, request: &Request, me: &ConnectorId) -> Draft {
    let contract = &request.signed.contract;
    let service = super::service_of(contract, me.as_str()).map(|service| service.as_str()).unwrap_or_default();
    Draft::new(kind, &contract.expansion_item.space_id)
        .contract(&request.contract_id)
        .subject(request.contract_hash.clone())
        .fact("digest", request.contract_hash.clone())
        .fact("version", contract.version())
        .fact("service", service)
}
