//! Performance reports of this connector: drawn up by the clock from its own records, signed, sent with the evidence they count; and those of the other side, as
//! the platform has taken them. TC609-6-2025-14 §7.5 d, B.2.5.

mod clock;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::agreement::Agreement;
use xinyu_core::contract::{signing, strategy_id};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Side;
use xinyu_core::performance::{self, Chain, Facts, Kept, REPORTED, seal};
use xinyu_core::usage::{Holding, HoldingState};
use xinyu_evidence::entry::SignedRecord;
use xinyu_policy::RuleKind;
use xinyu_protocol::api::List;
use xinyu_protocol::api::performance::{PerformanceInfo, PerformanceLine};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::tc609::negotiation::{NodeInfo, Strategy, SubjectInfo};
use xinyu_protocol::tc609::performance::{
    Backlog, ContractExecution, Counts, ExecutedStrategy, PerformanceNotice, SignedReport,
};
use xinyu_protocol::time;
use xinyu_shell::outbox::Refused;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, performance as reports};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::negotiation::{credential, me};
use crate::usage::policy;

pub use clock::run;

/// A contract that is in force is reported on from now on, by both sides.
///
/// # Errors
/// If the store fails.
pub(crate) async fn begin(connector: &Connector, tx: &mut Tx, agreement: &Agreement) -> Result<(), Failure> {
    let Some(signed) = agreement.terms.signed().filter(|_| agreement.filing.is_some()) else { return Ok(()) };
    let since = time::parse_compact(&signed.contract.create_time).map_err(Failure::broken)?;
    let (suite, me) = (signing::suite(&signed.contract)?, me(connector)?);
    let rules = connector.node.rules_of(&agreement.space_id);
    let seconds = rules.map_or(performance::period(performance::USUAL_PERIOD)?, |rules| rules.report_seconds);
    let sides = [(Side::Provider, signed.contract.provider()), (Side::Consumer, signed.contract.consumer())];
    for (side, party) in sides {
        let Some(party) = party else { continue };
        let about = (&agreement.contract_id, agreement.space_id.as_str(), suite);
        let chain = Chain::open(about, (&party.connector_id, side), seconds, since);
        let next_at = if party.connector_id == me { chain.due_at() } else { chain.missed_from(tx.now()) };
        xinyu_store::performance::open(tx, &chain, next_at).await?;
    }
    Ok(())
}

/// Something about a contract may have been its end: our final report and our final count are due then.
///
/// # Errors
/// If the store fails.
pub(crate) async fn wake(connector: &Connector, tx: &mut Tx, contract_id: &str) -> Result<(), Failure> {
    if let Some(me) = connector.node.party() {
        xinyu_store::performance::wake(tx, contract_id, me.as_str()).await?;
    }
    Ok(xinyu_store::metering::wake(tx, contract_id).await?)
}

/// Draws our next report up, keeps it and has it sent: after all the evidence that it counts, and before any other.
async fn draw(connector: &Connector, tx: &mut Tx, agreement: &Agreement, chain: Chain) -> Result<Chain, Failure> {
    let (id, number) = (agreement.contract_id.as_str(), chain.number.saturating_add(1));
    // First the record: whoever records something from now on waits for this transaction, and is counted next time.
    let draft = chain.draft(REPORTED).fact("number", number);
    effect::record(&connector.node, tx, draft).await?;
    let mut counts = Counts::default();
    for body in xinyu_store::performance::count(tx, id, number).await? {
        let record: SignedRecord = serde_json::from_value(body).map_err(Failure::broken)?;
        counts = performance::count(counts, chain.side, &record.record);
    }
    let (facts, is_final) = facts(tx, agreement, &chain).await?;
    let (status, now) = (facts.status, tx.now());
    let report = chain.draw(counts, facts, is_final, now);
    let digest = performance::digest(&report, chain.suite)?;
    let bytes = xinyu_protocol::json::canonical(&report).map_err(Failure::broken)?;
    let key = connector.node.ring.signing(chain.suite);
    let signature = signing::sign_bytes(&bytes, &me(connector)?, key, &credential(&connector.node)?);
    let executed = ExecutedStrategy {
        executed_strategy_id: strategy_id(&agreement.contract_id),
        executed_actions: report.period.actions.keys().cloned().collect(),
        execution_result: status.code().to_owned(),
        execution_details: Some(digest.clone()),
    };
    let signed = SignedReport { report, signature };
    let message = ContractExecution {
        contract_name: agreement.terms.signed().map(|signed| signed.contract.contract_name.clone()).unwrap_or_default(),
        contract_id: agreement.contract_id.clone(),
        strategy: strategy(agreement)?,
        executed_strategy: executed,
        report_time: now,
        expansion_item: signed.clone(),
    };
    let (platform, stream) = (connector.node.platform_id(), format!("evidence/{id}"));
    let send = Outgoing::json(&platform, stream, "performance", "/tc609/contractExecution", &message)?;
    effect::apply(&connector.node, tx, vec![Effect::Send(send)]).await?;
    let chain = chain.take(&signed.report)?;
    let until = signed.report.until;
    let kept = Kept { signed, digest, taken: None };
    xinyu_store::performance::keep(tx, (id, chain.reporter.as_str(), number), until, &kept).await?;
    xinyu_store::performance::save(tx, &chain, chain.due_at()).await?;
    tx.signal(Topic::Contract);
    Ok(chain)
}

/// What a report says besides its counts, and whether it is the last one: the contract is over here, and its data is gone.
async fn facts(tx: &mut Tx, agreement: &Agreement, chain: &Chain) -> Result<(Facts, bool), Failure> {
    let id = agreement.contract_id.as_str();
    let holding = xinyu_store::holding::find(tx, id).await?;
    let (status, is_over) = standing(agreement, holding.as_ref());
    let meter = match &holding {
        Some(holding) => holding.meter,
        None => xinyu_store::meter::find(tx, id).await?,
    };
    let (retrying, set_aside) = xinyu_store::performance::backlog(tx, id).await?;
    let order = xinyu_store::payment::find(tx, id).await?;
    let facts = Facts {
        status,
        version: agreement.terms.signed().map_or(1, |signed| signed.contract.version()),
        meter,
        quotas: performance::quotas(&policy(&agreement.terms)?, &meter),
        payment: order.as_ref().map(performance::payment),
        alerts: xinyu_store::performance::alerts(tx, id, chain.until).await?,
        backlog: Backlog { retrying, set_aside },
        position: xinyu_store::performance::position(tx, id).await?,
    };
    // What the consumer tells of its last uses comes to the provider before the settlement.
    let is_consumer = agreement.side == Side::Consumer;
    let is_settled = agreement.statement.is_some() || (is_consumer && agreement.ending.is_some());
    Ok((facts, is_over && is_settled))
}

/// Where a contract stands here, and whether it is over: ended, and its data gone.
fn standing(agreement: &Agreement, holding: Option<&Holding>) -> (ContractStatus, bool) {
    let is_destroyed = holding.is_some_and(|holding| holding.state == HoldingState::Destroyed);
    let never_came = |holding: &Holding| holding.state == HoldingState::Awaited && holding.files.is_empty();
    let is_gone = is_destroyed || holding.is_none_or(never_came);
    let status = agreement.status(is_destroyed);
    (status, status == ContractStatus::Terminated && is_gone)
}

/// Whether a contract is over here.
///
/// # Errors
/// If the store fails.
pub(crate) async fn is_over(tx: &mut Tx, agreement: &Agreement) -> Result<bool, Failure> {
    let holding = xinyu_store::holding::find(tx, agreement.contract_id.as_str()).await?;
    Ok(standing(agreement, holding.as_ref()).1)
}

/// 策略信息, as B.2.5 wants it beside the report.
fn strategy(agreement: &Agreement) -> Result<Strategy, Failure> {
    let policy = policy(&agreement.terms)?;
    let permitted = policy.rules.iter().filter(|rule| rule.kind == RuleKind::Permission);
    let mut actions: Vec<String> =
        permitted.flat_map(|rule| &rule.actions).map(|action| action.code().to_owned()).collect();
    actions.sort();
    actions.dedup();
    let signed = agreement.terms.signed().map(|signed| &signed.contract);
    let node = |party: Option<&xinyu_protocol::tc609::contract::Signatory>| {
        party.map(|party| party.connector_id.as_str().to_owned())
    };
    Ok(Strategy {
        subject_info: SubjectInfo { data_product_id: agreement.product_id.clone(), data_product_name: None },
        execution_node_info: NodeInfo {
            provider_node_id: node(signed.and_then(|one| one.provider())).unwrap_or_default(),
            provider_node_name: None,
            consumer_node_id: node(signed.and_then(|one| one.consumer())),
            consumer_node_name: None,
        },
        actions,
        constraints: Vec::new(),
        policy_expansion: None,
    })
}

/// `POST /api/v1/agreements/{id}/performance`: reports now, besides the periodic reports.
///
/// # Errors
/// If there is no such contract here, or its final report is out.
pub async fn report(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Json<PerformanceInfo>, Failure> {
    let this = connector.clone();
    let shown = connector.node.store.write("performance.report", move |tx| {
        Box::pin(async move {
            let agreement = xinyu_store::agreement::lock(tx, &id).await?;
            let agreement = agreement.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
            let chain = xinyu_store::performance::lock(tx, &id, me(&this)?.as_str()).await?;
            let chain = chain.ok_or_else(|| performance::unknown(&id))?;
            if chain.is_final {
                return Err(closed(&id).into());
            }
            draw(&this, tx, &agreement, chain).await?;
            xinyu_store::audit::append(tx, &person.happened("performance.report", &id, "done")).await?;
            find(&this, tx, &id).await
        })
    });
    Ok(Json(shown.await?))
}

fn closed(id: &str) -> Rejection {
    Rejection::conflict(
        "performance-closed",
        format!("合约 {id} 的最终履约报告已上报"),
        format!("the final report on contract {id} is out"),
    )
    .clause(performance::CLAUSE)
}

/// `POST /tc609/performanceNotice`, by the platform: a report of ours or of the other side, as it has taken it. We check it as the platform did.
///
/// # Errors
/// If it is about no contract of ours, a signature does not hold, or it is not the next one.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let notice: PerformanceNotice = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "performance.told", move |tx| {
        Box::pin(async move {
            let report = &notice.signed.report;
            let (id, reporter) = (report.contract_id.as_str(), report.reporter.as_str());
            xinyu_store::agreement::lock(tx, id).await?.ok_or_else(|| xinyu_core::contract::unknown(id))?;
            let chain = xinyu_store::performance::lock(tx, id, reporter).await?;
            let mut chain = chain.ok_or_else(|| performance::unknown(id))?;
            seal::check_report(&notice.signed, chain.suite, &this.trust(), notice.taken.taken_at)?;
            let keys = seal::check_stamp(&notice, chain.suite)?;
            if keys.signing(chain.suite).kid() != this.node.platform.keys.signing(chain.suite).kid() {
                let (zh, en) = ("签章不是本空间平台的密钥所作", "the stamp was not made with our platform's key");
                return Err(Rejection::bad("performance-stamp", zh, en).clause("/stamp").into());
            }
            keep(&this, tx, &mut chain, &notice).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

async fn keep(
    connector: &Connector,
    tx: &mut Tx,
    chain: &mut Chain,
    notice: &PerformanceNotice,
) -> Result<(), Failure> {
    let report = &notice.signed.report;
    let (id, reporter, number) = (report.contract_id.as_str(), report.reporter.as_str(), report.number);
    let there: Option<Kept> = xinyu_store::performance::find(tx, id, reporter, number).await?;
    if let Some(there) = &there
        && there.digest != notice.taken.digest
    {
        let (zh, en) = ("平台受理的报告与本端保存的不同", "the platform has taken another report than we keep");
        return Err(Rejection::bad("performance-fork", zh, en).clause(performance::CLAUSE).into());
    }
    let is_new = there.as_ref().is_none_or(|there| there.taken.is_none());
    if there.is_none() {
        *chain = chain.clone().take(report)?;
    }
    let is_latest = number == chain.number;
    if is_latest {
        chain.discrepancies.clone_from(&notice.taken.discrepancies);
    }
    let is_ours = chain.reporter == me(connector)?;
    let next_at = if is_ours { chain.due_at() } else { chain.overdue_at() };
    xinyu_store::performance::save(tx, chain, next_at).await?;
    xinyu_store::performance::keep(tx, (id, reporter, number), report.until, &Kept::of(notice)).await?;
    if is_new && !notice.taken.discrepancies.is_empty() {
        let counters = notice.taken.discrepancies.iter().map(|one| one.counter.as_str()).collect::<Vec<_>>().join(", ");
        let detail = format!("{} #{number}: {counters}", chain.side.as_str());
        let alert = performance::alert("performance.contradicted", chain, &detail);
        effect::apply(&connector.node, tx, vec![alert]).await?;
    }
    tx.signal(Topic::Contract);
    Ok(())
}

/// The platform will never take a report of ours: people are told.
///
/// # Errors
/// If the store fails.
pub(crate) async fn bounced(connector: &Connector, tx: &mut Tx, refused: &Refused) -> Result<(), Failure> {
    let message: ContractExecution = serde_json::from_slice(&refused.message.body).map_err(Failure::broken)?;
    let report = &message.expansion_item.report;
    let object = report.contract_id.as_str().to_owned();
    let alert = Effect::Alert { action: "performance.refused", object, detail: format!("#{}", report.number) };
    effect::apply(&connector.node, tx, vec![alert]).await
}

/// `GET /api/v1/performance`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<PerformanceLine>>, Failure> {
    let this = connector.clone();
    let items = connector.node.store.read("performance.list", move |tx| {
        Box::pin(async move {
            let names = names(&this, tx).await?;
            reports::lines(tx, &names).await
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/agreements/{id}/performance`.
///
/// # Errors
/// If there are no reports on such a contract.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<PerformanceInfo>, Failure> {
    let this = connector.clone();
    let found =
        connector.node.store.read("performance.show", move |tx| Box::pin(async move { find(&this, tx, &id).await }));
    Ok(Json(found.await?))
}

async fn find(connector: &Connector, tx: &mut Tx, id: &str) -> Result<PerformanceInfo, Failure> {
    let names = names(connector, tx).await?;
    reports::info(tx, id, &names).await
}

async fn names(connector: &Connector, tx: &mut Tx) -> Result<impl Fn(&str) -> String + Send + Sync + use<>, Failure> {
    let names = xinyu_store::party::names(tx).await?;
    let (me, own): (Option<ConnectorId>, _) = (me(connector).ok(), connector.options.participant_name.clone());
    Ok(move |id: &str| match names.get(id) {
        _ if me.as_ref().is_some_and(|me| me.as_str() == id) => own.clone(),
        Some(name) => name.clone(),
        None => String::new(),
    })
}

/// `GET /api/v1/agreements/{id}/performance/file`: all reports, for `xinyu performance verify`.
///
/// # Errors
/// If there are none.
pub async fn export(State(connector): State<Connector>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let file = connector
        .node
        .store
        .read("performance.export", move |tx| Box::pin(async move { reports::file(tx, &id).await }));
    file.await
}
