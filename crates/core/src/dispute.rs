//! Disputes over a contract (合约争议): opened by a party, argued by both, decided by the platform's operator, settled or withdrawn. TC609-6-2025-14 §7.1, A.2 e. Pure.
//!
//! A dispute is nothing but a chain of statements: each names the digest of the one before and is signed by its author, the decision by the platform. Whoever
//! has the chain takes the same steps and comes to the same state, the platform, both connectors and a stranger with the file.

pub mod bundle;
mod check;
mod compare;
pub mod seal;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_evidence::entry::Record;
use xinyu_protocol::id::ContractId;
use xinyu_protocol::tc609::dispute::{Act, DisputeNotice, DisputeStatement, DisputeStep, Ruling, Subject};
use xinyu_protocol::text::Text;

use crate::contract::Registered;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

/// The clause that asks for it.
pub const CLAUSE: &str = "TC609-6-2025-14 A.2 e";
/// The kind of a party's record that it has got a statement of somebody else.
pub const HEARD: &str = "dispute.heard";
/// What stands before the id of a dispute among the grounds that contest a payment.
pub const CONTEST: &str = "dispute:";

/// Where a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The other party has not answered.
    Opened,
    /// It has.
    Answered,
    /// The operator has decided.
    Decided,
    /// The opener has withdrawn it.
    Withdrawn,
    /// Both have settled.
    Settled,
}

use State::{Answered, Decided, Opened, Settled, Withdrawn};

/// From where, by what, to where. What the other party says turns the first state into the second.
pub const TRANSITIONS: &[(State, Act, State)] = &[
    (Opened, Act::State, Opened),
    (Opened, Act::Offer, Opened),
    (Opened, Act::Accept, Settled),
    (Opened, Act::Withdraw, Withdrawn),
    (Opened, Act::Decide, Decided),
    (Answered, Act::State, Answered),
    (Answered, Act::Offer, Answered),
    (Answered, Act::Accept, Settled),
    (Answered, Act::Withdraw, Withdrawn),
    (Answered, Act::Decide, Decided),
];

impl State {
    /// The word in the store and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Opened => "opened",
            Answered => "answered",
            Decided => "decided",
            Withdrawn => "withdrawn",
            Settled => "settled",
        }
    }

    /// Whether more can be said.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Opened | Answered)
    }
}

/// Where a dispute has its place: all of this is known before anything is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The contract.
    pub contract_id: ContractId,
    /// Hash of its signed bytes.
    pub contract_hash: String,
    /// The space.
    pub space_id: String,
    /// Its suite.
    pub suite: Suite,
    /// The provider's connector.
    pub provider: String,
    /// The consumer's.
    pub consumer: String,
    /// The platform.
    pub platform: String,
}

impl Place {
    /// The place of a dispute over a contract that both parties signed and the platform filed, in force or over.
    ///
    /// # Errors
    /// If nobody signed it, or it is not filed yet.
    pub fn of(contract: &Registered, platform: &str) -> Result<Self, Rejection> {
        let id = &contract.contract_id;
        if contract.is_unsigned {
            return Err(unsigned(id));
        }
        let (Some(_), Some(hash)) = (&contract.signed, &contract.contract_hash) else {
            return Err(unfiled(id));
        };
        Ok(Self {
            contract_id: id.clone(),
            contract_hash: hash.clone(),
            space_id: contract.space_id.clone(),
            suite: contract.suite,
            provider: contract.provider.clone(),
            consumer: contract.consumer.clone(),
            platform: platform.to_owned(),
        })
    }

    /// Whether somebody is a party.
    #[must_use]
    pub fn has_party(&self, party: &str) -> bool {
        self.provider == party || self.consumer == party
    }

    /// The other party.
    #[must_use]
    pub fn other(&self, party: &str) -> &str {
        if self.provider == party { &self.consumer } else { &self.provider }
    }
}

/// That an agreement which nobody signed cannot be in dispute here: nothing could be proven of it.
#[must_use]
pub fn unsigned(id: &ContractId) -> Rejection {
    Rejection::conflict(
        "contract-unsigned",
        format!("合约 {id} 未经双方签名，不能在平台提起争议"),
        format!("contract {id} is not signed, there can be no dispute over it here"),
    )
    .clause(CLAUSE)
}

/// That a contract which is not filed is no contract yet.
#[must_use]
pub fn unfiled(id: &ContractId) -> Rejection {
    Rejection::conflict(
        "contract-not-filed",
        format!("合约 {id} 尚未备案，请先协商"),
        format!("contract {id} is not filed yet, negotiate first"),
    )
}

/// A dispute, as every node that takes part keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// Its id, given by its opener.
    pub dispute_id: String,
    /// Its place.
    pub place: Place,
    /// What it is about.
    pub subject: Subject,
    /// Who opened it.
    pub opener: String,
    /// When.
    pub opened_at: Timestamp,
    /// Until when the other party is heard.
    pub answer_by: Timestamp,
    /// Where it stands.
    pub state: State,
    /// What was said, oldest first; never empty.
    pub steps: Vec<DisputeStep>,
}

impl Dispute {
    /// The last statement.
    #[must_use]
    pub fn last(&self) -> Option<&DisputeStatement> {
        self.steps.last().map(|step| &step.statement)
    }

    /// The other party.
    #[must_use]
    pub fn respondent(&self) -> &str {
        self.place.other(&self.opener)
    }

    /// How much is claimed.
    #[must_use]
    pub fn amount_fen(&self) -> Option<u64> {
        self.steps.first()?.statement.amount_fen
    }

    /// How it was decided.
    #[must_use]
    pub fn ruling(&self) -> Option<Ruling> {
        self.last()?.ruling
    }

    /// Whether the operator may decide: the other party has answered, or its time is over.
    #[must_use]
    pub fn is_heard(&self, at: Timestamp) -> bool {
        self.state != Opened || at >= self.answer_by
    }

    /// The settlement on the table: the last offer.
    #[must_use]
    pub fn offer(&self) -> Option<&DisputeStatement> {
        self.steps.iter().rev().map(|step| &step.statement).find(|one| one.act == Act::Offer)
    }

    /// What somebody can do now.
    #[must_use]
    pub fn moves(&self, who: &str, now: Timestamp) -> Vec<Act> {
        let (is_party, is_platform) = (self.place.has_party(who), self.place.platform == who);
        let can = |act: &Act| match act {
            Act::Open => false,
            Act::State => is_party || is_platform,
            Act::Offer => is_party,
            Act::Accept => is_party && self.offer().is_some_and(|offer| offer.author != who),
            Act::Withdraw => self.opener == who,
            Act::Decide => is_platform && self.is_heard(now),
        };
        if self.state.is_open() { Act::ALL.into_iter().filter(can).collect() } else { Vec::new() }
    }

    /// The next statement of somebody, before it is signed.
    ///
    /// # Errors
    /// If the last one has no canonical form, which its check has ruled out.
    pub fn next(&self, author: &str, said: Said, now: Timestamp) -> Result<DisputeStatement, Rejection> {
        let last = self.last();
        Ok(DisputeStatement {
            number: last.map_or(0, |last| last.number).saturating_add(1),
            previous: last.map(digest).transpose()?,
            ..first(&self.dispute_id, &self.place, author, said, now)
        })
    }
}

/// What somebody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its author's key of it.
    pub statement_id: String,
    /// What it does.
    pub act: Act,
    /// In words.
    pub text: String,
    /// What the dispute is about; of the first.
    pub subject: Option<Subject>,
    /// How much is claimed; of the first.
    pub amount_fen: Option<u64>,
    /// How it is decided; of the decision.
    pub ruling: Option<Ruling>,
    /// Records that it refers to.
    pub records: Vec<String>,
    /// Documents.
    pub attachments: Vec<xinyu_protocol::tc609::dispute::DisputeAttachment>,
}

/// The first statement of a dispute, before it is signed.
#[must_use]
pub fn first(dispute_id: &str, place: &Place, author: &str, said: Said, now: Timestamp) -> DisputeStatement {
    DisputeStatement {
        dispute_id: dispute_id.to_owned(),
        contract_id: place.contract_id.clone(),
        contract_hash: place.contract_hash.clone(),
        suite: place.suite.to_string(),
        number: 1,
        previous: None,
        statement_id: said.statement_id,
        act: said.act,
        author: author.to_owned(),
        at: now,
        text: said.text,
        subject: said.subject,
        amount_fen: said.amount_fen,
        ruling: said.ruling,
        records: said.records,
        attachments: said.attachments,
    }
}

pub use check::{attach, must_be_sound, taken};

/// The digest of a statement in its suite: evidence and the next statement name it by this.
///
/// # Errors
/// If its suite is unknown or it has no canonical form.
pub fn digest(statement: &DisputeStatement) -> Result<String, Rejection> {
    Ok(check::suite(statement)?.hash(&bytes(statement)?).to_string())
}

/// Takes a statement whose signature was checked. The same one again changes nothing.
///
/// # Errors
/// If it is not the next of this dispute, its author may not say it, or it is closed.
pub fn take(
    found: Option<Dispute>,
    step: DisputeStep,
    place: &Place,
    answer_by: Timestamp,
) -> Result<Dispute, Rejection> {
    let said = &step.statement;
    if let Some(there) = &found
        && let Some(known) = there.steps.iter().find(|known| known.statement.statement_id == said.statement_id)
    {
        return if *known == step { Ok(there.clone()) } else { Err(check::taken(&said.statement_id)) };
    }
    must_be_sound(said, place)?;
    let Some(mut dispute) = found else {
        let subject = check::must_open(said, place)?;
        return Ok(Dispute {
            dispute_id: said.dispute_id.clone(),
            place: place.clone(),
            subject,
            opener: said.author.clone(),
            opened_at: said.at,
            answer_by,
            state: Opened,
            steps: vec![step],
        });
    };
    if dispute.place != *place {
        return Err(unknown(&said.dispute_id));
    }
    check::must_follow(&dispute, said)?;
    let to = TRANSITIONS.iter().find(|(from, act, _)| *from == dispute.state && *act == said.act);
    let to = to.map(|(_, _, to)| *to).ok_or_else(|| check::closed(&dispute))?;
    dispute.state = if to == Opened && said.author == dispute.respondent() { Answered } else { to };
    dispute.steps.push(step);
    Ok(dispute)
}

/// What the platform tells both parties of a statement.
///
/// # Errors
/// If a message cannot be written.
pub fn tell(dispute: &Dispute) -> Result<Vec<Effect>, Rejection> {
    let Some(step) = dispute.steps.last() else { return Ok(Vec::new()) };
    let notice = DisputeNotice { step: step.clone(), answer_by: dispute.answer_by };
    let send = |party: &String| {
        let stream = format!("dispute/{}/{party}", dispute.dispute_id);
        Outgoing::json(party, stream, "dispute", "/tc609/disputeNotice", &notice).map(Effect::Send)
    };
    [&dispute.place.provider, &dispute.place.consumer].into_iter().map(send).collect()
}

/// The author's record of a statement. What is said stays with those who said it; the log has its digest.
///
/// # Errors
/// As [`digest`].
pub fn record(statement: &DisputeStatement, space_id: &str) -> Result<Draft, Rejection> {
    let mut draft = Draft::new(statement.act.record(), space_id)
        .contract(&statement.contract_id)
        .subject(statement.dispute_id.clone())
        .fact("number", statement.number)
        .fact("digest", digest(statement)?);
    if let Some(previous) = &statement.previous {
        draft = draft.fact("previous", previous.clone());
    }
    if let Some(subject) = statement.subject {
        draft = draft.fact("about", subject.as_str());
    }
    if let Some(amount) = statement.amount_fen {
        draft = draft.fact("amount_fen", amount);
    }
    if let Some(ruling) = statement.ruling {
        draft = draft.fact("ruling", ruling.as_str());
    }
    if !statement.records.is_empty() {
        draft = draft.fact("records", statement.records.clone());
    }
    Ok(draft)
}

/// A party's record that it has got a statement of somebody else: so each one's own log has the whole dispute.
///
/// # Errors
/// As [`digest`].
pub fn heard(statement: &DisputeStatement, space_id: &str) -> Result<Draft, Rejection> {
    Ok(Draft::new(HEARD, space_id)
        .contract(&statement.contract_id)
        .subject(statement.dispute_id.clone())
        .fact("number", statement.number)
        .fact("digest", digest(statement)?)
        .fact("act", statement.act.as_str())
        .fact("author", statement.author.clone()))
}

/// Whether a record is the one that a statement leaves.
///
/// # Errors
/// As [`digest`].
pub fn is_record_of(record: &Record, statement: &DisputeStatement, space_id: &str) -> Result<bool, Rejection> {
    let draft = self::record(statement, space_id)?;
    Ok(record.kind == draft.kind
        && record.actor == statement.author
        && record.space == draft.space
        && record.contract.as_deref() == Some(statement.contract_id.as_str())
        && record.subject == draft.subject
        && record.facts.iter().eq(draft.facts.iter().collect::<std::collections::BTreeMap<_, _>>()))
}

/// That a party's record is the one of its statement.
///
/// # Errors
/// If it tells of something else.
pub fn must_be_recorded(record: &Record, statement: &DisputeStatement, space_id: &str) -> Result<(), Rejection> {
    if is_record_of(record, statement, space_id)? {
        return Ok(());
    }
    Err(Rejection::bad("malformed-record", "存证与陈述不符", "the record is not the one of the statement")
        .clause("/record"))
}

/// That nothing is said twice: one dispute over the same subject of a contract at a time.
///
/// # Errors
/// If one is open.
pub fn must_be_the_only(there: &[Dispute], statement: &DisputeStatement) -> Result<(), Rejection> {
    let is_same = |one: &&Dispute| one.state.is_open() && Some(one.subject) == statement.subject;
    let Some(open) = there.iter().find(is_same) else { return Ok(()) };
    let (id, subject) = (&open.dispute_id, open.subject.as_str());
    Err(Rejection::conflict(
        "dispute-open",
        format!("该合约已有同一事项（{subject}）的争议 {id} 尚未了结"),
        format!("dispute {id} over the same subject ({subject}) of this contract is still open"),
    )
    .clause(CLAUSE)
    .next(Text::new("请在该争议中陈述", "say it in that dispute")))
}

/// The open disputes that contest the payment of a contract, as the payment names them.
#[must_use]
pub fn contests(there: &[Dispute]) -> Vec<String> {
    let of = |one: &&Dispute| one.state.is_open() && one.subject == Subject::Payment;
    there.iter().filter(of).map(|one| format!("{CONTEST}{}", one.dispute_id)).collect()
}

/// A dispute that is not there, or not for this caller.
#[must_use]
pub fn unknown(dispute_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-dispute",
        format!("没有争议 {dispute_id}，或您无权查看"),
        format!("dispute {dispute_id} does not exist, or not for you"),
    )
}

fn bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Rejection> {
    xinyu_protocol::json::canonical(value).map_err(|error| Rejection::unwritable(&error.to_string()))
}
