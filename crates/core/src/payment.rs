//! Payment of a statement (支付确认): the payer says that it has paid, every payee says whether the money has come. TC609-6-2025-01 §5.2.2.9;
//! NDI-TR-2025-03 §8.3.3.3 asks for the operator before an order is paid, which is the shell's part. Pure.
//!
//! The money moves at a bank. Nothing here holds, moves or guarantees any: there is no wallet. Every node that takes part keeps the order and takes the
//! same steps; the platform passes on what each says, so all hear it in one order.

pub mod answer;
pub mod check;
pub mod state;
#[cfg(test)]
pub(crate) mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_protocol::id::{ContractId, ParticipantId};
use xinyu_protocol::tc609::metering::Statement;
use xinyu_protocol::tc609::payment::{Paid, PaymentNotice};

use crate::delegation::Deed;
use crate::dispute::CONTEST;
use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

pub use state::{Act, State, TRANSITIONS};

/// The clause that asks for it.
pub const CLAUSE: &str = "TC609-6-2025-01 §5.2.2.9";

/// A payment order (支付单): one statement, who pays it to whom, and what was said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// One id through everything.
    pub contract_id: ContractId,
    /// The space whose log tells of it.
    pub space_id: String,
    /// What was used, under its provider's name for it.
    pub product_id: String,
    /// Who pays.
    pub payer: ParticipantId,
    /// Who is paid: everybody but the payer whose postings come to more than nothing.
    pub payees: Vec<Payee>,
    /// Digest of the statement's canonical form.
    pub statement_hash: String,
    /// When the statement was made.
    pub stated_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// What was said to have been paid, oldest first.
    pub attempts: Vec<Attempt>,
    /// The counters over which the meters differ after all.
    pub contested: Vec<String>,
}

/// A payee with its share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// Who.
    pub participant_id: ParticipantId,
    /// How much.
    pub amount_fen: u64,
    /// When it said that it has come.
    pub confirmed_at: Option<Timestamp>,
}

/// What was said to have been paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The shares that it pays.
    pub covers: Vec<ParticipantId>,
    /// The transfer.
    pub paid: Paid,
    /// When the payer said so.
    pub at: Timestamp,
    /// Under which delegation; only the payer's node knows.
    pub delegation_id: Option<String>,
    /// Who says that it has not come.
    pub refusals: Vec<Refusal>,
}

/// That money has not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Who says so; none: the platform did not take the notice.
    pub payee: Option<ParticipantId>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// The contract that a statement is of.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The space.
    pub space_id: &'a str,
    /// The product.
    pub product_id: &'a str,
    /// The consumer.
    pub payer: &'a ParticipantId,
}

impl Order {
    /// The order of a statement: what its postings leave each party to get from the payer, its share with what smart clauses charged for and against it. None if
    /// nobody gets anything from somebody else.
    ///
    /// # Errors
    /// If the statement has no canonical form, or its shares overflow.
    pub fn of(statement: &Statement, about: About<'_>) -> Result<Option<Self>, Rejection> {
        let mut balances: Vec<(&ParticipantId, i128)> = Vec::new();
        for posting in statement.postings.iter().filter(|posting| posting.participant_id != *about.payer) {
            let amount = i128::from(posting.credit_fen).saturating_sub(i128::from(posting.debit_fen));
            match balances.iter_mut().find(|(who, _)| **who == posting.participant_id) {
                Some((_, balance)) => *balance = balance.saturating_add(amount),
                None => balances.push((&posting.participant_id, amount)),
            }
        }
        let payee = |(who, balance): (&ParticipantId, i128)| {
            let amount_fen = u64::try_from(balance).ok().filter(|amount| *amount > 0)?;
            Some(Payee { participant_id: who.clone(), amount_fen, confirmed_at: None })
        };
        let payees: Vec<Payee> = balances.into_iter().filter_map(payee).collect();
        if payees.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            contract_id: statement.contract_id.clone(),
            space_id: about.space_id.to_owned(),
            product_id: about.product_id.to_owned(),
            payer: about.payer.clone(),
            payees,
            statement_hash: hash(statement)?,
            stated_at: statement.at,
            state: State::Due,
            attempts: Vec::new(),
            contested: Vec::new(),
        }))
    }

    /// The payees that have not confirmed.
    pub fn open(&self) -> impl Iterator<Item = &Payee> {
        self.payees.iter().filter(|payee| payee.confirmed_at.is_none())
    }

    /// What they are to get.
    #[must_use]
    pub fn open_fen(&self) -> u64 {
        self.open().fold(0, |sum: u64, payee| sum.saturating_add(payee.amount_fen))
    }

    /// All that is to be paid.
    #[must_use]
    pub fn total_fen(&self) -> u64 {
        self.payees.iter().fold(0, |sum: u64, payee| sum.saturating_add(payee.amount_fen))
    }

    /// What somebody is about to pay, for the check of the delegation.
    #[must_use]
    pub fn deed(&self) -> Deed {
        Deed { product_id: self.product_id.clone(), amount_fen: Some(self.open_fen()) }
    }

    /// The number of the newest attempt; 0: there is none.
    #[must_use]
    pub fn newest(&self) -> u32 {
        u32::try_from(self.attempts.len()).unwrap_or(u32::MAX)
    }

    /// What a node's people can do now.
    #[must_use]
    pub fn moves(&self, is_payer: bool, mine: &[ParticipantId]) -> Vec<&'static str> {
        let is_open = |one: &ParticipantId| self.open().any(|payee| payee.participant_id == *one);
        let can_answer = self.newest() > 0 && mine.iter().any(is_open);
        let refusals = self.attempts.last().map_or(&[][..], |last| &last.refusals);
        let has_refused = |one: &ParticipantId| refusals.iter().any(|refusal| refusal.payee.as_ref() == Some(one));
        let can_refuse = can_answer && !mine.iter().filter(|one| is_open(one)).all(has_refused);
        let pays = is_payer && self.contested.is_empty() && state::target(self.state, Act::Pay).is_some();
        let moves = [("pay", pays), ("confirm", can_answer), ("refuse", can_refuse)];
        moves.into_iter().filter(|(_, can)| *can).map(|(name, _)| name).collect()
    }

    /// For whom a node answers: a party of the contract for itself, the platform for its operator and for whoever has no seat in the contract.
    #[must_use]
    pub fn answered_by(&self, seat: Seat<'_>) -> Vec<ParticipantId> {
        let payees = self.payees.iter().map(|payee| &payee.participant_id);
        let answers = payees.filter(|payee| match seat {
            Seat::Party(me) => *payee == me,
            Seat::Platform { provider } => *payee != provider,
        });
        answers.cloned().collect()
    }
}

/// Whose people act.
#[derive(Clone, Copy, Debug)]
pub enum Seat<'a> {
    /// A party of the contract.
    Party(&'a ParticipantId),
    /// The platform's.
    Platform {
        /// The one payee that has a seat of its own.
        provider: &'a ParticipantId,
    },
}

/// Digest of a statement's canonical form, SHA-256 in any space.
///
/// # Errors
/// If it has none.
pub fn hash(statement: &Statement) -> Result<String, Rejection> {
    let bytes =
        xinyu_protocol::json::canonical(statement).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    Ok(Suite::Intl.hash(&bytes).to_string())
}

/// The payer's people say that it has paid, under a delegation that was checked. The same key is the same payment.
///
/// # Errors
/// If nothing is due, the statement is contested or another one, or the amount, the reference or the time cannot be.
pub fn pay(
    mut order: Order,
    paid: Paid,
    delegation_id: &str,
    platform: &str,
    now: Timestamp,
) -> Result<(Order, Vec<Effect>), Rejection> {
    if let Some(known) = order.attempts.iter().find(|attempt| attempt.paid.payment_id == paid.payment_id) {
        return if known.paid == paid { Ok((order, Vec::new())) } else { Err(check::taken(&paid.payment_id)) };
    }
    let to = check::may_pay(&order, &paid)?;
    check::amount(&paid, order.open_fen())?;
    check::time(&order, &paid, now)?;
    let notice = PaymentNotice {
        contract_id: order.contract_id.clone(),
        attempt: order.newest().saturating_add(1),
        covers: order.open().map(|payee| payee.participant_id.clone()).collect(),
        paid: paid.clone(),
        at: now,
    };
    let draft = Draft::new("payment.paid", &order.space_id)
        .contract(&order.contract_id)
        .fact("attempt", notice.attempt)
        .fact("amount_fen", paid.amount_fen)
        .fact("means", paid.means.as_str())
        .fact("reference", Suite::Intl.hash(paid.reference.as_bytes()).to_string())
        .fact("paid_at", paid.paid_at.to_string())
        .fact("statement", order.statement_hash.as_str())
        .fact("delegation", delegation_id);
    let send = Outgoing::json(platform, stream(&order), "payment", "/tc609/payment", &notice)?;
    let covers = notice.covers;
    let delegation_id = Some(delegation_id.to_owned());
    order.attempts.push(Attempt { covers, paid, at: now, delegation_id, refusals: Vec::new() });
    order.state = to;
    Ok((order, vec![Effect::Record(draft), Effect::Send(send)]))
}

/// The stream of a party's own messages about an order.
fn stream(order: &Order) -> String {
    format!("payment/{}", order.contract_id)
}

/// What the payer says arrives at the platform or a payee. The same notice again changes nothing.
///
/// # Errors
/// If it does not fit the statement or what was said before.
pub fn take(mut order: Order, notice: &PaymentNotice) -> Result<Order, Rejection> {
    let known = usize::try_from(notice.attempt).ok().and_then(|number| number.checked_sub(1));
    if let Some(known) = known.and_then(|index| order.attempts.get(index)) {
        let is_same = known.paid == notice.paid && known.covers == notice.covers;
        return if is_same { Ok(order) } else { Err(check::taken(&notice.paid.payment_id)) };
    }
    if notice.attempt != order.newest().saturating_add(1) {
        return Err(check::out_of_order(&order, notice.attempt));
    }
    let to = check::may_pay(&order, &notice.paid)?;
    check::covers(&order, notice)?;
    order.attempts.push(Attempt {
        covers: notice.covers.clone(),
        paid: notice.paid.clone(),
        at: notice.at,
        delegation_id: None,
        refusals: Vec::new(),
    });
    order.state = to;
    Ok(order)
}

/// The platform tells what was said to a party, behind what it has told it before.
///
/// # Errors
/// If the message has no canonical form.
pub fn relay<T: Serialize>(to: &str, kind: &'static str, path: &str, body: &T) -> Result<Effect, Rejection> {
    Ok(Effect::Send(Outgoing::json(to, format!("party/{to}"), kind, path, body)?))
}

/// The meters differ after all, or agree again. Whether that is news. What disputes contest stays contested.
pub fn contest(order: &mut Order, differences: &[String]) -> bool {
    let disputes = order.contested.iter().filter(|one| one.starts_with(CONTEST));
    let meters = differences.iter().filter(|one| !one.starts_with(CONTEST));
    replace(order, meters.chain(disputes).cloned().collect())
}

/// The open disputes over the payment, as [`crate::dispute::contests`] names them. Whether that is news. What the meters contest stays contested.
pub fn dispute(order: &mut Order, disputes: &[String]) -> bool {
    let meters = order.contested.iter().filter(|one| !one.starts_with(CONTEST));
    replace(order, meters.chain(disputes).cloned().collect())
}

fn replace(order: &mut Order, contested: Vec<String>) -> bool {
    let is_news = order.contested != contested;
    order.contested = contested;
    is_news
}
