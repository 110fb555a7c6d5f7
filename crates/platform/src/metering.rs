//! Reconciliation of the meters, and the settlement: when a contract is over here, while it runs in [`period`]. TC609-6-2025-01 §5.2.2.9 c.

pub mod period;

use axum::extract::State;
use jiff::Timestamp;
use xinyu_core::clearing::{self, Accounts, Tariff};
use xinyu_core::contract::{self, Registered};
use xinyu_core::effect::{Draft, Effect};
use xinyu_core::metering::{self, ByVersion};
use xinyu_core::smart_clause::VERSIONED;
use xinyu_core::termination::register::{self, Proven};
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::metering::{Meter, MeterReport};
use xinyu_protocol::tc609::termination::TerminationKind;
use xinyu_protocol::tc609::usage::FulfilmentProof;
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::payment;
use crate::termination::{Seal, conclude};
use crate::version;

/// `POST /tc609/metering`, by both parties.
///
/// # Errors
/// If the caller is not a party of the contract.
pub async fn report(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let report: MeterReport = call.parse()?;
    let by = call.connector()?;
    let this = platform.clone();
    call.once(&platform.node, "metering.report", move |tx| {
        Box::pin(async move {
            let id = report.contract_id.as_str();
            let registered = xinyu_store::contract::lock(tx, id)
                .await?
                .filter(|contract| report.connector_id == by && contract.has_party(by.as_str()))
                .ok_or_else(|| contract::unknown(id))?;
            let is_provider = registered.provider == by.as_str();
            let (sum, by_version) = sum(tx, &registered, this.options.platform_id.as_str()).await?;
            let (mut provider, mut consumer) = (registered.metering.provider, registered.metering.consumer);
            if is_provider {
                provider = Some(report.meter);
            } else {
                consumer = Some(report.meter);
            }
            let mut registered = registered;
            registered.metering = metering::reconcile(provider, consumer, sum);
            settle(&this, tx, registered, &by_version).await?;
            tx.signal(Topic::Contract);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// What the platform counts: the consumer's records, as they stand in the log, up to the proof of destruction. What comes after it, such as a use
/// that was asked for too late, is in the log but not in the account.
async fn sum(tx: &mut Tx, contract: &Registered, platform: &str) -> Result<(Meter, ByVersion), Failure> {
    let (mut meter, mut by_version) = (Meter::default(), ByVersion::default());
    for entry in xinyu_store::log::of_contract(tx, contract.contract_id.as_str()).await? {
        let record = SignedRecord::parse(&entry.leaf).map_err(Failure::broken)?.record;
        if record.actor == platform && record.kind == VERSIONED {
            by_version.version(meter.uses);
        }
        if record.actor == contract.consumer {
            meter = metering::count(meter, &record.kind, &|name| record.facts.get(name)?.as_u64());
            if record.kind == "usage.destroyed" {
                break;
            }
        }
    }
    Ok((meter, by_version))
}

async fn settle(
    platform: &Platform,
    tx: &mut Tx,
    registered: Registered,
    by_version: &ByVersion,
) -> Result<(), Failure> {
    let now = tx.now();
    let is_stated = registered.statement.is_some();
    let seal = Seal::of(platform);
    let reported_both = registered.metering.provider.is_some() && registered.metering.consumer.is_some();
    let (registered, mut effects) = match &registered.signed {
        Some(signed) if registered.metering.is_agreed() && registered.statement.is_none() => {
            let consumer =
                signed.contract.consumer().ok_or_else(|| Failure::broken("a filed contract has no consumer"))?;
            let provider =
                signed.contract.provider().ok_or_else(|| Failure::broken("a filed contract has no provider"))?;
            let uses = by_version.uses(registered.metering.platform.uses);
            let before = version::before(tx, &registered).await?;
            let all = before.iter().map(|one| &one.signed.contract).chain([&signed.contract]);
            let tariffs: Vec<Tariff<'_>> = all.zip(uses).map(|(contract, uses)| Tariff::of(contract, uses)).collect();
            let statement = clearing::statement(
                &registered.contract_id,
                Accounts { consumer: &consumer.signatory_entity_id, provider: &provider.signatory_entity_id },
                &tariffs,
                registered.metering.platform,
                registered.smart.charges.clone(),
                now,
            )?;
            let (registered, mut effects) = end(registered, &seal, now)?;
            let (registered, more) = contract::settle(registered, statement, now)?;
            effects.extend(more);
            let (registered, more) = register::close(registered, &seal.at(now))?;
            effects.extend(more);
            (registered, effects)
        }
        _ if reported_both && !registered.metering.is_agreed() => {
            let draft = Draft::new("metering.disputed", &registered.space_id)
                .contract(&registered.contract_id)
                .fact("differences", registered.metering.differences.clone());
            (registered, vec![Effect::Record(draft)])
        }
        _ => (registered, Vec::new()),
    };
    if is_stated {
        effects.extend(payment::contest(tx, &registered).await?);
    } else {
        payment::due(tx, &registered).await?;
    }
    conclude(platform, tx, registered, effects).await
}

/// What is done to the end ends with it: fulfilled, or at its time.
fn end(contract: Registered, seal: &Seal<'_>, now: Timestamp) -> Result<(Registered, Vec<Effect>), Failure> {
    let is_ended = contract.status == ContractStatus::Terminated;
    if is_ended {
        return Ok((contract, Vec::new()));
    }
    let is_over = register::basis(&contract, now)?.scheduled_end < now;
    let kind = if is_over { TerminationKind::Expiry } else { TerminationKind::Fulfilment };
    let ground = seal.by_itself(&contract, kind);
    Ok(register::decide(contract, ground, &seal.at(now))?)
}

/// `POST /tc609/fulfillmentProof`: the proof of destruction, by the consumer's connector. TC609-6-2025-15 §9.2.4.
///
/// # Errors
/// If the caller does not hold the contract, or the proof's signature does not fit.
pub async fn prove(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let proof: FulfilmentProof = call.parse()?;
    call.check_fulfilment(&proof)?;
    let by = call.connector()?;
    call.once(&platform.node, "fulfilment.prove", move |tx| {
        Box::pin(async move {
            let id = proof.contract_id.as_str();
            let mut registered = xinyu_store::contract::lock(tx, id)
                .await?
                .filter(|contract| contract.consumer == by.as_str())
                .ok_or_else(|| contract::unknown(id))?;
            registered.proven.get_or_insert_with(|| Proven::of(&proof));
            xinyu_store::contract::save(tx, &registered).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}
