//! What the platform knows of the contracts it keeps, for early warnings: when they end, what became of their data, whether they are paid, how their parties
//! report, and which of its own messages about them did not arrive. TC609-6-2025-14 §7.5 c.

use xinyu_core::payment::State;
use xinyu_core::warning::{About, Facts};
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::performance::Backlog;
use xinyu_protocol::time;
use xinyu_shell::Failure;
use xinyu_shell::warning::Known;
use xinyu_store::{BoxFuture, Tx};

/// A platform that looks at the contracts it keeps.
pub struct Contracts;

impl Known for Contracts {
    fn facts<'t>(
        &'t self,
        tx: &'t mut Tx,
        contract_id: &'t str,
    ) -> BoxFuture<'t, Result<Option<(About, Facts)>, Failure>> {
        Box::pin(async move {
            let Some(contract) = xinyu_store::contract::lock(tx, contract_id).await? else { return Ok(None) };
            if !matches!(contract.status, ContractStatus::Performing | ContractStatus::Terminated) {
                return Ok(None);
            }
            let signed = contract.signed.as_ref().map(|signed| &signed.contract);
            let is_over = contract.status == ContractStatus::Terminated;
            let order = xinyu_store::payment::find(tx, contract_id).await?;
            let order = order.filter(|order| order.state != State::Confirmed && order.contested.is_empty());
            let (retrying, set_aside) = xinyu_store::exception::backlog(tx, contract_id).await?;
            let facts = Facts {
                began_at: signed.and_then(|contract| time::parse_compact(&contract.create_time).ok()),
                ends_at: match &contract.ending {
                    Some(voucher) => Some(voucher.end_time),
                    None => signed.and_then(|contract| time::parse_compact(&contract.indate).ok()),
                },
                ended_at: contract.ended_at.filter(|_| is_over),
                // A contract that was never filed has no data to prove the end of.
                holds_data: signed.is_some() && contract.filing.is_some() && contract.proven.is_none(),
                is_stopped: contract.frozen_at.is_some(),
                payment_since: order.map(|order| order.stated_at),
                backlog: Backlog { retrying, set_aside },
                chains: xinyu_store::performance::of_contract(tx, contract_id).await?,
                ..Facts::default()
            };
            let (contract_id, space_id) = (contract.contract_id.clone(), contract.space_id.clone());
            Ok(Some((About { contract_id, space_id, is_recorded: true }, facts)))
        })
    }
}
