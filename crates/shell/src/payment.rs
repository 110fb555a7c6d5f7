//! Payment orders as both kinds of node keep and show them. TC609-6-2025-01 §5.2.2.9. Who says what about one is decided by the services.

use xinyu_core::payment::{Attempt, Order};
use xinyu_protocol::api::payment::{AttemptInfo, PayeeInfo, PaymentInfo, PaymentRefusal};
use xinyu_protocol::id::ParticipantId;
use xinyu_store::{Topic, Tx};

use crate::failure::Failure;

/// Keeps the order that a statement makes. A statement that was made anew replaces one of which nothing was said to have been paid.
///
/// # Errors
/// If the store fails.
pub async fn open(tx: &mut Tx, order: &Order) -> Result<(), Failure> {
    match xinyu_store::payment::lock(tx, order.contract_id.as_str()).await? {
        None => xinyu_store::payment::insert(tx, order).await?,
        Some(there) if there.statement_hash != order.statement_hash && there.attempts.is_empty() => {
            xinyu_store::payment::save(tx, order).await?;
        }
        Some(_) => {}
    }
    crate::dispute::contest(tx, order.contract_id.as_str()).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

/// An order for people. Whom `name_of` does not know has no name.
#[must_use]
pub fn info(order: &Order, name_of: &dyn Fn(&ParticipantId) -> String, moves: &[&str]) -> PaymentInfo {
    let attempts = (1..).zip(&order.attempts).map(|(number, one)| attempt(number, one, name_of)).collect();
    let payees = order.payees.iter().map(|payee| PayeeInfo {
        participant_id: payee.participant_id.as_str().to_owned(),
        name: name_of(&payee.participant_id),
        amount_fen: payee.amount_fen,
        confirmed_at: payee.confirmed_at,
    });
    PaymentInfo {
        contract_id: order.contract_id.as_str().to_owned(),
        product_id: order.product_id.clone(),
        state: order.state.as_str().to_owned(),
        payer: order.payer.as_str().to_owned(),
        payer_name: name_of(&order.payer),
        payees: payees.collect(),
        total_fen: order.total_fen(),
        open_fen: order.open_fen(),
        statement_hash: order.statement_hash.clone(),
        due_since: order.stated_at,
        attempts,
        contested: order.contested.clone(),
        moves: moves.iter().map(|one| (*one).to_owned()).collect(),
    }
}

fn attempt(number: u32, one: &Attempt, name_of: &dyn Fn(&ParticipantId) -> String) -> AttemptInfo {
    let refusals = one.refusals.iter().map(|refusal| PaymentRefusal {
        participant_id: refusal.payee.as_ref().map(|payee| payee.as_str().to_owned()).unwrap_or_default(),
        name: refusal.payee.as_ref().map(name_of).unwrap_or_default(),
        reason: refusal.reason.clone(),
        at: refusal.at,
    });
    AttemptInfo {
        number,
        amount_fen: one.paid.amount_fen,
        means: one.paid.means,
        reference: one.paid.reference.clone(),
        paid_at: one.paid.paid_at,
        stated_at: one.at,
        delegation_id: one.delegation_id.clone(),
        refusals: refusals.collect(),
    }
}
