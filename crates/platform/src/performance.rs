//! Performance reports at the platform: taken from the executing nodes, compared with the log and with the other side's, stamped, passed on to both; and missed
//! when they do not come. TC609-6-2025-14 §7.5 c, d; B.2.5.

pub mod clock;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::contract::signing::Trust;
use xinyu_core::contract::{self, Registered};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Side;
use xinyu_core::performance::compare::{with_account, with_evidence, with_peer};
use xinyu_core::performance::{self, Chain, Kept, REPORTED, seal};
use xinyu_crypto::jws;
use xinyu_protocol::api::List;
use xinyu_protocol::api::performance::{PerformanceInfo, PerformanceLine};
use xinyu_protocol::id::{ConnectorId, PartyId};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::performance::{
    ContractExecution, Counts, Discrepancy, PerformanceNotice, PerformanceReport, PerformanceTaken, SignedReport,
};
use xinyu_protocol::time;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, performance as reports};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::event::{self, names};

/// How many reports of the other side are looked at.
const PEERS: u32 = 50;

/// A filed contract is reported on from now on.
///
/// # Errors
/// If the store fails.
pub async fn begin(platform: &Platform, tx: &mut Tx, contract: &Registered) -> Result<(), Failure> {
    let Some(signed) = &contract.signed else { return Ok(()) };
    let since = time::parse_compact(&signed.contract.create_time).map_err(Failure::broken)?;
    let rules = platform.node.rules_of(&contract.space_id);
    let seconds = rules.map_or(performance::period(performance::USUAL_PERIOD)?, |rules| rules.report_seconds);
    for (reporter, side) in [(&contract.provider, Side::Provider), (&contract.consumer, Side::Consumer)] {
        let Ok(reporter) = ConnectorId::parse(reporter) else { continue };
        let about = (&contract.contract_id, contract.space_id.as_str(), contract.suite);
        let chain = Chain::open(about, (&reporter, side), seconds, since);
        let next_at = chain.missed_from(tx.now());
        xinyu_store::performance::open(tx, &chain, next_at).await?;
    }
    Ok(())
}

/// `POST /tc609/contractExecution`, by a party's connector: how it performs a contract. The same report again changes nothing.
///
/// # Errors
/// If it is not the caller's, its signature does not hold, or it is not the next one. What is refused for that is told, in the log and to people.
pub async fn take(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let message: ContractExecution = call.parse()?;
    let (by, this) = (call.connector()?, platform.clone());
    let (reporter, id) = (by.clone(), message.contract_id.as_str().to_owned());
    let taken = call.once(&platform.node, "performance.take", move |tx| {
        Box::pin(async move {
            let id = message.contract_id.as_str();
            let contract = xinyu_store::contract::lock(tx, id)
                .await?
                .filter(|contract| contract.has_party(by.as_str()))
                .ok_or_else(|| contract::unknown(id))?;
            let signed = message.expansion_item;
            must_say_the_same(id, &by, &signed.report)?;
            let chain = xinyu_store::performance::lock(tx, id, by.as_str()).await?;
            let chain = chain.ok_or_else(|| performance::unknown(id))?;
            let issuer = PartyId::from(this.options.platform_id.clone());
            let keys = this.node.ring.public();
            let trust = Trust { issuer: &issuer, keys: &keys };
            seal::check_report(&signed, contract.suite, &trust, tx.now())?;
            keep(&this, tx, &contract, chain, signed).await?;
            Answer::json(200, &Status::done())
        })
    });
    let taken = taken.await;
    if let Err(Failure::Rejected(why)) = &taken
        && why.code.starts_with("performance-")
    {
        refused(&platform, id, reporter, why.code).await?;
    }
    taken
}

fn must_say_the_same(id: &str, by: &ConnectorId, report: &PerformanceReport) -> Result<(), Rejection> {
    if report.contract_id.as_str() == id && report.reporter == *by {
        return Ok(());
    }
    let (zh, en) = ("报告的合约或上报方与报文不符", "contract or reporter of the report are not those of the message");
    Err(Rejection::bad("performance-differs", zh, en).clause("/expansionItem/report"))
}

async fn keep(
    platform: &Platform,
    tx: &mut Tx,
    contract: &Registered,
    chain: Chain,
    signed: SignedReport,
) -> Result<(), Failure> {
    let (report, id, by) = (&signed.report, contract.contract_id.as_str(), chain.reporter.clone());
    let digest = performance::digest(report, contract.suite)?;
    if report.number <= chain.number {
        let there: Option<Kept> = xinyu_store::performance::find(tx, id, by.as_str(), report.number).await?;
        if there.is_some_and(|there| there.digest == digest) {
            return Ok(());
        }
    }
    let mut discrepancies = with_account(&chain, report);
    let (counted, position) = counted(tx, &chain, report.number).await?;
    discrepancies.extend(with_evidence(report, &counted));
    let other = if by.as_str() == contract.provider { &contract.consumer } else { &contract.provider };
    let peers: Vec<Kept> = xinyu_store::performance::reports(tx, id, other, PEERS).await?;
    let peers: Vec<PerformanceReport> = peers.into_iter().map(|kept| kept.signed.report).collect();
    discrepancies.extend(with_peer(&chain, report, &peers));

    let mut chain = chain.take(report)?;
    chain.discrepancies.clone_from(&discrepancies);
    chain.position = position;
    let log = xinyu_store::log::find(tx, &contract.space_id).await?;
    let taken = PerformanceTaken {
        contract_id: contract.contract_id.clone(),
        reporter: by.clone(),
        number: report.number,
        digest: digest.clone(),
        taken_at: tx.now(),
        log_size: log.map_or(0, |log| log.size),
        discrepancies,
        keys_hash: String::new(),
    };
    let ring = &platform.node.ring;
    let sign = |payload: &[u8]| jws::sign(seal::STAMP, payload, ring.signing(contract.suite));
    let (taken, stamp) = seal::stamp(taken, contract.suite, (&platform.options.platform_id, &ring.public()), &sign)?;
    let mut effects = told(&chain, &taken, report.is_final);
    let notice = PerformanceNotice { signed, taken, stamp };
    for party in contract.connectors() {
        let stream = format!("performance/{party}");
        let path = "/tc609/performanceNotice";
        effects.push(Effect::Send(Outgoing::json(party.as_str(), stream, "performance.notice", path, &notice)?));
    }
    let kept = Kept::of(&notice);
    let report = &kept.signed.report;
    xinyu_store::performance::keep(tx, (id, by.as_str(), report.number), report.until, &kept).await?;
    xinyu_store::performance::save(tx, &chain, chain.overdue_at()).await?;
    effect::apply(&platform.node, tx, effects).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

/// What the log tells of a report, and of what it contradicts.
fn told(chain: &Chain, taken: &PerformanceTaken, is_final: bool) -> Vec<Effect> {
    let draft = |kind| chain.draft(kind).fact("number", taken.number).fact("digest", taken.digest.clone());
    let mut effects = vec![Effect::Record(draft("performance.taken").fact("final", is_final))];
    if !taken.discrepancies.is_empty() {
        let what =
            |one: &Discrepancy| format!("{} {}: {} ≠ {}", one.against.as_str(), one.counter, one.said, one.found);
        let what: Vec<String> = taken.discrepancies.iter().map(what).collect();
        let detail = format!("{} #{}: {}", chain.side.as_str(), taken.number, what.join("; "));
        effects.push(Effect::Record(draft("performance.contradicted").fact("counters", what)));
        effects.push(performance::alert("performance.contradicted", chain, &detail));
    }
    effects
}

/// The counts of the reporter's own records that came in for a report: those before the record that says that it was drawn up. They come on one stream, so that
/// all are here when the report is.
async fn counted(tx: &mut Tx, chain: &Chain, number: u32) -> Result<(Counts, Option<u64>), Failure> {
    let (mut counts, mut position, mut after) = (Counts::default(), chain.position, chain.position);
    while let Some(page) = event::after(tx, chain.contract_id.as_str(), &mut after).await? {
        for (at, record) in page.into_iter().filter(|(_, record)| record.actor == chain.reporter.as_str()) {
            position = Some(at);
            counts = performance::count(counts, chain.side, &record);
            let marks = record.facts.get("number").and_then(serde_json::Value::as_u64);
            if record.kind == REPORTED && marks == Some(u64::from(number)) {
                return Ok((counts, position));
            }
        }
    }
    Ok((counts, position))
}

/// A report that was not taken is told: somebody altered it, sent it again, or left one out.
async fn refused(platform: &Platform, id: String, by: ConnectorId, code: &'static str) -> Result<(), Failure> {
    let this = platform.clone();
    let told = platform.node.store.write("performance.refused", move |tx| {
        Box::pin(async move {
            let chain = xinyu_store::performance::lock(tx, &id, by.as_str()).await?;
            let Some(chain) = chain else { return Ok(()) };
            let record = chain.draft("performance.refused").fact("code", code);
            let alert = performance::alert("performance.refused", &chain, &format!("{by} {code}"));
            effect::apply(&this.node, tx, vec![Effect::Record(record), alert]).await?;
            tx.signal(Topic::Contract);
            Ok::<_, Failure>(())
        })
    });
    told.await
}

/// `GET /api/v1/performance`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<PerformanceLine>>, Failure> {
    let this = platform.clone();
    let items = platform.node.store.read("performance.list", move |tx| {
        Box::pin(async move {
            let names = names(&this, tx).await?;
            reports::lines(tx, &|id| names.get(id).cloned().unwrap_or_default()).await
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/contracts/{id}/performance`.
///
/// # Errors
/// If there are no reports on such a contract.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<PerformanceInfo>, Failure> {
    let this = platform.clone();
    let found = platform.node.store.read("performance.show", move |tx| {
        Box::pin(async move {
            let names = names(&this, tx).await?;
            reports::info(tx, &id, &|id| names.get(id).cloned().unwrap_or_default()).await
        })
    });
    Ok(Json(found.await?))
}

/// `GET /api/v1/contracts/{id}/performance/file`: all reports, for `xinyu performance verify`.
///
/// # Errors
/// If there are none.
pub async fn export(State(platform): State<Platform>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let file =
        platform.node.store.read("performance.export", move |tx| Box::pin(async move { reports::file(tx, &id).await }));
    file.await
}
