//! A contract that came of a draft is filed: from here on it is one like any other, with an agreement on both sides and a place for the data at the consumer.

use xinyu_core::contract::draft::ASSISTED;
use xinyu_core::countersigning::request::Request;
use xinyu_core::draft::unknown;
use xinyu_core::negotiation::Side;
use xinyu_core::usage::parsed;
use xinyu_protocol::tc609::application::{ApplicationNotice, ApplicationState};
use xinyu_shell::{Failure, effect};
use xinyu_store::Tx;

use crate::app::Connector;
use crate::negotiation::{agreement_on, holding_of, me};
use crate::{metering, performance};

/// Takes it up where we are a side of it; a service party has nothing to take up.
///
/// # Errors
/// If there is no draft of it here, or the store fails.
pub(crate) async fn take_up(
    connector: &Connector,
    tx: &mut Tx,
    request: &Request,
    version: &str,
    policy_set: Option<u64>,
) -> Result<(), Failure> {
    let (contract, own) = (&request.signed.contract, me(connector)?);
    let of = |party: Option<&xinyu_protocol::tc609::contract::Signatory>| {
        party.is_some_and(|party| party.connector_id == own)
    };
    let side = match (of(contract.provider()), of(contract.consumer())) {
        (true, _) => Side::Provider,
        (_, true) => Side::Consumer,
        _ => return Ok(()),
    };
    let id = contract.contract_id.as_str();
    let is_there = xinyu_store::agreement::find(tx, id).await?.is_some();
    if contract.sign_mode != ASSISTED || contract.version() > 1 || is_there {
        return Ok(());
    }
    let held = xinyu_store::draft::find_held(tx, id).await?.ok_or_else(|| unknown(id))?;
    let document = held.document;
    let card = match side {
        Side::Provider => document.consumer.clone(),
        Side::Consumer => document.provider.clone(),
    };
    let about = (document.entry.space_id.as_str(), document.entry.product_id.as_str());
    let agreement = agreement_on(side, card.connector_id.as_str(), about, request.signed.clone())?;
    let agreement = xinyu_core::agreement::Agreement { filing: request.filing.clone(), ..agreement };
    if side == Side::Consumer {
        xinyu_store::holding::save(tx, &holding_of(connector, &document.entry, request.signed.clone())?).await?;
    }
    if side == Side::Provider {
        xinyu_store::offering::bind(tx, id, document.entry.version).await?;
    }
    xinyu_store::agreement::save(tx, &agreement).await?;
    // Later versions, and whoever signs them for us, look up what was listed.
    let notice = ApplicationNotice {
        application_id: document.draft_id.clone(),
        contract_id: document.contract_id.clone(),
        state: ApplicationState::Approved,
        purpose: contract.contract_abstract.clone(),
        entry: document.entry,
        party: card,
        note: String::new(),
    };
    xinyu_store::notice::save(tx, side, &notice).await?;
    if let Some(sequence) = policy_set {
        xinyu_store::policy_record::require(tx, &agreement.space_id, sequence).await?;
    }
    performance::begin(connector, tx, &agreement).await?;
    metering::begin(connector, tx, &agreement).await?;
    effect::apply(&connector.node, tx, vec![parsed::record(&agreement, version)]).await
}
