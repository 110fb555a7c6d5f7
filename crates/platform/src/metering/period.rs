//! Metering period by period at the platform: both sides' counts and the platform's own, closed when all are there or the time for them is over. What is
//! closed stays so. NDI-TR-2025-05 §6.2.5 b; TC609-6-2025-01 §5.2.2.9 c.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::contract::Registered;
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::metering::account::Calendar;
use xinyu_core::metering::book;
use xinyu_core::metering::ledger::{self, COUNTED, Ledger};
use xinyu_core::performance;
use xinyu_evidence::entry::{Record, SignedRecord};
use xinyu_protocol::api::metering::{MeterDefinitions, MeteringInfo};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::time;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, metering, timer};
use xinyu_store::{Timestamp, Topic, Tx};

use crate::app::Platform;

/// How many are looked at in one turn.
const AT_ONCE: u32 = 50;
/// How many entries of a contract are read in one transaction: few enough that nobody waits long for the store meanwhile.
const PORTION: u32 = 1_000;
/// How many periods of a contract are closed in one transaction.
const CLOSED: usize = 50;

/// A filed contract is metered from now on.
///
/// # Errors
/// If the store fails.
pub(crate) async fn begin(platform: &Platform, tx: &mut Tx, contract: &Registered) -> Result<(), Failure> {
    let Some(signed) = &contract.signed else { return Ok(()) };
    let parties = (ConnectorId::parse(&contract.provider), ConnectorId::parse(&contract.consumer));
    let (Ok(provider), Ok(consumer)) = parties else { return Ok(()) };
    let since = time::parse_compact(&signed.contract.create_time).map_err(Failure::broken)?;
    let rules = platform.node.rules_of(&contract.space_id);
    let seconds = rules.map_or(performance::period(performance::USUAL_PERIOD)?, |rules| rules.report_seconds);
    let about = (&contract.contract_id, contract.space_id.as_str());
    let ledger = Ledger::open(about, (&provider, &consumer), Calendar { since, seconds });
    xinyu_store::metering::open(tx, contract.contract_id.as_str(), ledger.due_at(), &ledger).await?;
    Ok(())
}

/// A side has said what it counted: the ledger of its contract is looked at now.
///
/// # Errors
/// If the store fails.
pub(crate) async fn wake(tx: &mut Tx, record: &Record) -> Result<(), Failure> {
    if let Some(id) = record.contract.as_deref().filter(|_| record.kind == COUNTED) {
        xinyu_store::metering::wake(tx, id).await?;
        tx.signal(Topic::Contract);
    }
    Ok(())
}

/// Closes periods until the node stops.
pub async fn run(platform: Platform) {
    let began = platform.node.store.clock().now();
    timer::run(&platform.node, Topic::Contract, "metering periods", || turn(&platform, began)).await;
}

async fn turn(platform: &Platform, began: Timestamp) -> Result<Option<Timestamp>, Failure> {
    loop {
        let due = platform.node.store.read("metering.due", |tx| {
            Box::pin(async move {
                let now = tx.now();
                let due = xinyu_store::metering::due(tx, now, AT_ONCE).await?;
                Ok::<_, Failure>((due, xinyu_store::metering::next_due(tx).await?))
            })
        });
        let (due, next) = due.await?;
        if due.is_empty() {
            return Ok(next);
        }
        for id in due {
            let this = platform.clone();
            let looked = platform
                .node
                .store
                .write("metering.look", move |tx| Box::pin(async move { look(&this, tx, &id, began).await }));
            looked.await?;
        }
    }
}

/// Reads the log of a contract on, and closes what can be closed. The contract is held meanwhile, so that nothing of it comes into the log in between.
async fn look(platform: &Platform, tx: &mut Tx, id: &str, began: Timestamp) -> Result<(), Failure> {
    let contract = xinyu_store::contract::lock(tx, id).await?;
    let ledger = xinyu_store::metering::lock::<Ledger>(tx, id).await?;
    let (Some(contract), Some(mut ledger)) = (contract, ledger) else { return Ok(()) };
    let entries = xinyu_store::log::of_contract_after(tx, id, ledger.position, PORTION).await?;
    for entry in &entries {
        let record = SignedRecord::parse(&entry.leaf).map_err(Failure::broken)?.record;
        ledger.read(entry.position, &record);
    }
    let now = tx.now();
    if u32::try_from(entries.len()).is_ok_and(|count| count >= PORTION) {
        return Ok(xinyu_store::metering::save(tx, id, Some(now), &ledger).await?);
    }
    let is_late = |ledger: &Ledger| ledger.due_since(began).is_some_and(|at| at <= now);
    let (mut effects, mut count) = (Vec::new(), 0);
    while count < CLOSED && (ledger.is_complete() || is_late(&ledger)) {
        count += 1;
        let is_over = is_late(&ledger) && contract.status == ContractStatus::Terminated;
        let closed = ledger.close(is_over);
        xinyu_store::metering::keep(tx, &closed).await?;
        effects.push(Effect::Record(ledger.record(&closed)));
        effects.extend(ledger::alert(&closed));
        for party in [&ledger.provider, &ledger.consumer] {
            let (to, path) = (party.as_str(), "/tc609/meteringNotice");
            effects.push(Effect::Send(Outgoing::json(to, format!("metering/{to}"), "metering.notice", path, &closed)?));
        }
    }
    let next = if count < CLOSED { ledger.due_since(began) } else { Some(now) };
    xinyu_store::metering::save(tx, id, next, &ledger).await?;
    if !effects.is_empty() {
        tx.signal(Topic::Contract);
    }
    effect::apply(&platform.node, tx, effects).await
}

/// `GET /api/v1/metering/definitions`.
pub async fn definitions(_: Person) -> Json<MeterDefinitions> {
    Json(metering::definitions())
}

/// `GET /api/v1/contracts/{id}/metering`.
///
/// # Errors
/// If such a contract is not metered.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<MeteringInfo>, Failure> {
    let found = platform.node.store.read("metering.show", move |tx| {
        Box::pin(async move {
            let ledger: Option<Ledger> = xinyu_store::metering::find(tx, &id).await?;
            let ledger = ledger.ok_or_else(|| book::unknown(&id))?;
            let next = ledger.closed.saturating_add(1);
            metering::info(tx, &id, (ledger.calendar, next, ledger.due_at())).await
        })
    });
    Ok(Json(found.await?))
}
