//! What a connector knows of its contracts, for early warnings. TC609-6-2025-14 §7.5 c.

use xinyu_core::agreement::{Agreement, Terms};
use xinyu_core::contract::version::renewal;
use xinyu_core::negotiation::Side;
use xinyu_core::payment::State;
use xinyu_core::performance;
use xinyu_core::usage::HoldingState;
use xinyu_core::warning::{About, Facts, is_near};
use xinyu_identity::credential::Credential;
use xinyu_policy::Policy;
use xinyu_protocol::tc609::metering::Meter;
use xinyu_protocol::tc609::performance::Backlog;
use xinyu_protocol::time;
use xinyu_shell::Failure;
use xinyu_shell::warning::Known;
use xinyu_store::{BoxFuture, Timestamp, Tx};

use crate::app::Connector;
use crate::usage::policy;

/// A connector that looks at its contracts.
pub struct Contracts(pub Connector);

impl Known for Contracts {
    fn facts<'t>(
        &'t self,
        tx: &'t mut Tx,
        contract_id: &'t str,
    ) -> BoxFuture<'t, Result<Option<(About, Facts)>, Failure>> {
        Box::pin(async move {
            let agreement = xinyu_store::agreement::lock(tx, contract_id).await?;
            let Some(agreement) = agreement.filter(Agreement::is_in_force) else { return Ok(None) };
            let about = About {
                contract_id: agreement.contract_id.clone(),
                space_id: agreement.space_id.clone(),
                is_recorded: !matches!(agreement.terms, Terms::HandedOn(_)),
            };
            Ok(Some((about, facts(&self.0, tx, &agreement).await?)))
        })
    }
}

async fn facts(connector: &Connector, tx: &mut Tx, agreement: &Agreement) -> Result<Facts, Failure> {
    let (id, now) = (agreement.contract_id.as_str(), tx.now());
    let holding = xinyu_store::holding::find(tx, id).await?;
    let meter = match &holding {
        Some(holding) => holding.meter,
        None => xinyu_store::meter::find(tx, id).await?,
    };
    let ended_at = agreement.ended_at.or(agreement.statement.as_ref().map(|statement| statement.at));
    let is_signed = agreement.terms.signed().is_some();
    let holds_data = match agreement.side {
        Side::Consumer => holding
            .as_ref()
            .is_some_and(|holding| matches!(holding.state, HoldingState::Held | HoldingState::Destroying)),
        // The settlement comes after the proof.
        Side::Provider => is_signed && agreement.statement.is_none(),
    };
    let order = xinyu_store::payment::find(tx, id).await?;
    let order = order.filter(|order| order.state != State::Confirmed && order.contested.is_empty());
    let (retrying, set_aside) = xinyu_store::exception::backlog(tx, id).await?;
    Ok(Facts {
        began_at: agreement.terms.signed().and_then(|signed| time::parse_compact(&signed.contract.create_time).ok()),
        ends_at: agreement.ending.as_ref().map(|voucher| voucher.end_time).or_else(|| agreement.terms.ends_at()),
        ended_at,
        holds_data,
        is_stopped: agreement.stopped.is_some(),
        quotas: performance::quotas(&policy(&agreement.terms)?, &meter),
        payment_since: order.map(|order| order.stated_at),
        backlog: Backlog { retrying, set_aside },
        credential_ends_at: credential_ends_at(connector, now),
        renewal_at: renewal_at(tx, agreement).await?,
        chains: xinyu_store::performance::of_contract(tx, id).await?,
    })
}

fn credential_ends_at(connector: &Connector, now: Timestamp) -> Option<Timestamp> {
    let text = connector.node.identity()?.credential?;
    let trust = connector.trust();
    let credential = Credential::verify(&text, trust.keys, trust.issuer, now).ok()?;
    Timestamp::from_second(credential.exp).ok()
}

/// When the renewal is decided, if the contract renews itself and our refusal was not taken.
async fn renewal_at(tx: &mut Tx, agreement: &Agreement) -> Result<Option<Timestamp>, Failure> {
    let Some(contract) = agreement.terms.signed().map(|signed| &signed.contract) else { return Ok(None) };
    let Some(terms) = renewal::of(&contract.expansion_item.smart_clauses) else { return Ok(None) };
    let id = contract.contract_id.as_str();
    if agreement.ending.is_some() || crate::version::renewal::is_refused(tx, id, contract.version()).await? {
        return Ok(None);
    }
    Ok(time::parse_compact(&contract.indate).ok().and_then(|end| renewal::moment(terms, end)))
}

/// Uses were counted: when what is agreed by number is nearly used up, the contract is looked at.
///
/// # Errors
/// If the store fails.
pub(crate) async fn counted(tx: &mut Tx, id: &str, policy: &Policy, meter: &Meter) -> Result<(), Failure> {
    if is_near(&performance::quotas(policy, meter)) {
        xinyu_store::warning::touch(tx, id).await?;
    }
    Ok(())
}
