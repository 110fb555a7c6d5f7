//! Metering at a connector, period by period: what this side counted, signed and told to the platform with the evidence that it counts; and the periods as the
//! platform has closed them. NDI-TR-2025-05 §6.2.5 b.

mod clock;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::agreement::Agreement;
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::metering::account::Calendar;
use xinyu_core::metering::book::{self, Book};
use xinyu_core::negotiation::Side;
use xinyu_core::performance;
use xinyu_evidence::entry::SignedRecord;
use xinyu_protocol::api::metering::{MeterCorrection, MeterDefinitions, MeteringInfo};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::metering::{ClosedPeriod, MeterMark};
use xinyu_protocol::tc609::usage::ExecutionFeedback;
use xinyu_protocol::time;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, metering};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;

pub use clock::run;

/// How many records are counted in one transaction: few enough that nobody waits long for the store meanwhile.
const PORTION: u32 = 1_000;
/// What a consumer records after this is in no account.
const DESTROYED: &str = "usage.destroyed";

/// A contract that is in force is metered from now on.
///
/// # Errors
/// If the store fails.
pub(crate) async fn begin(connector: &Connector, tx: &mut Tx, agreement: &Agreement) -> Result<(), Failure> {
    let Some(signed) = agreement.terms.signed().filter(|_| agreement.filing.is_some()) else { return Ok(()) };
    let since = time::parse_compact(&signed.contract.create_time).map_err(Failure::broken)?;
    let rules = connector.node.rules_of(&agreement.space_id);
    let seconds = rules.map_or(performance::period(performance::USUAL_PERIOD)?, |rules| rules.report_seconds);
    let calendar = Calendar { since, seconds };
    let book = Book::open(&agreement.contract_id, &agreement.space_id, agreement.side, calendar);
    xinyu_store::metering::open(tx, agreement.contract_id.as_str(), book.due_at(), &book).await?;
    Ok(())
}

/// The provider is told of a use: it counts it for the period in which it was.
///
/// # Errors
/// If the store fails.
pub(crate) async fn told(tx: &mut Tx, feedback: &ExecutionFeedback) -> Result<(), Failure> {
    let id = feedback.contract_id.as_str();
    let Some(mut book) = xinyu_store::metering::lock::<Book>(tx, id).await? else { return Ok(()) };
    if book.is_destroyed {
        return Ok(());
    }
    let kind = format!("usage.{}", feedback.details.state);
    let fact = |name: &str| (name == "run_ms").then_some(feedback.details.run_ms);
    book.count(feedback.timestamp, &kind, &fact);
    xinyu_store::metering::save(tx, id, book.due_at(), &book).await?;
    Ok(())
}

/// The provider is told that the data is gone: it has heard of all uses that count.
///
/// # Errors
/// If the store fails.
pub(crate) async fn destroyed(tx: &mut Tx, id: &str) -> Result<(), Failure> {
    let Some(mut book) = xinyu_store::metering::lock::<Book>(tx, id).await? else { return Ok(()) };
    book.is_destroyed = true;
    Ok(xinyu_store::metering::save(tx, id, book.due_at(), &book).await?)
}

/// `POST /tc609/meterMark`, by the consumer's connector: it has told of all its uses in a period.
///
/// # Errors
/// If we do not provide under this contract to this consumer.
pub async fn mark(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let mark: MeterMark = call.parse()?;
    let peer = call.peer.party.as_str().to_owned();
    call.once(&connector.node, "metering.mark", move |tx| {
        Box::pin(async move {
            let id = mark.contract_id.as_str();
            crate::feedback::provided(tx, id, &peer).await?;
            if let Some(mut book) = xinyu_store::metering::lock::<Book>(tx, id).await? {
                book.mark(mark.period, mark.is_final);
                xinyu_store::metering::save(tx, id, book.due_at(), &book).await?;
                tx.signal(Topic::Contract);
            }
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// Counts the next period from our own records and, at the provider, from what it was told of; the count goes behind all of them. Where there are many, some are
/// counted now, and the next turn goes on.
async fn count(connector: &Connector, tx: &mut Tx, agreement: &Agreement, is_final: bool) -> Result<(), Failure> {
    let id = agreement.contract_id.as_str();
    let Some(mut book) = xinyu_store::metering::lock::<Book>(tx, id).await? else { return Ok(()) };
    let mut records = Vec::new();
    for body in xinyu_store::metering::count(tx, id, book.next(), PORTION).await? {
        let signed: SignedRecord = serde_json::from_value(body).map_err(Failure::broken)?;
        records.push(signed.record);
    }
    let is_all = u32::try_from(records.len()).is_ok_and(|count| count < PORTION);
    records.sort_by(|one, next| (one.at, &one.id).cmp(&(next.at, &next.id)));
    for record in records {
        let is_ours = match book.side {
            Side::Consumer => !book.is_destroyed,
            Side::Provider => record.kind.starts_with("transfer."),
        };
        if is_ours {
            book.count(record.at, &record.kind, &|name| record.facts.get(name)?.as_u64());
        }
        book.is_destroyed |= record.kind == DESTROYED;
    }
    if !is_all {
        let now = tx.now();
        return Ok(xinyu_store::metering::save(tx, id, Some(now), &book).await?);
    }
    let (count, draft) = book.close(is_final);
    let mut effects = vec![Effect::Record(draft)];
    if book.side == Side::Consumer {
        let mark = MeterMark { contract_id: book.contract_id.clone(), period: count.period, is_final: count.is_final };
        let stream = format!("usage/{id}");
        effects.push(Effect::Send(Outgoing::json(&agreement.peer, stream, "meter.mark", "/tc609/meterMark", &mark)?));
    }
    effect::apply(&connector.node, tx, effects).await?;
    xinyu_store::metering::save(tx, id, book.due_at(), &book).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

/// `POST /tc609/meteringNotice`, by the platform: a period is closed.
///
/// # Errors
/// If it is about no contract of ours.
pub async fn closed(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let closed: ClosedPeriod = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "metering.closed", move |tx| {
        Box::pin(async move {
            let id = closed.contract_id.as_str();
            xinyu_store::agreement::find(tx, id).await?.ok_or_else(|| xinyu_core::contract::unknown(id))?;
            if xinyu_store::metering::keep(tx, &closed).await? {
                effect::apply(&this.node, tx, xinyu_core::metering::ledger::alert(&closed)).await?;
            }
            tx.signal(Topic::Contract);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// `GET /api/v1/metering/definitions`.
pub async fn definitions(_: Person) -> Json<MeterDefinitions> {
    Json(metering::definitions())
}

/// `GET /api/v1/agreements/{id}/metering`.
///
/// # Errors
/// If such a contract is not metered.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<MeteringInfo>, Failure> {
    let found = connector.node.store.read("metering.show", move |tx| Box::pin(async move { find(tx, &id).await }));
    Ok(Json(found.await?))
}

async fn find(tx: &mut Tx, id: &str) -> Result<MeteringInfo, Failure> {
    let book: Option<Book> = xinyu_store::metering::find(tx, id).await?;
    let book = book.ok_or_else(|| book::unknown(id))?;
    metering::info(tx, id, (book.calendar, book.next(), book.due_at())).await
}

/// `POST /api/v1/agreements/{id}/metering/corrections`: the provider corrects what it counted, with its next count.
///
/// # Errors
/// If such a contract is not metered, this is not its provider, or the correction is none.
pub async fn correct(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    Json(correction): Json<MeterCorrection>,
) -> Result<Json<MeteringInfo>, Failure> {
    let this = connector.clone();
    let corrected = connector.node.store.write("metering.correct", move |tx| {
        Box::pin(async move {
            let book: Option<Book> = xinyu_store::metering::lock(tx, &id).await?;
            let mut book = book.ok_or_else(|| book::unknown(&id))?;
            let MeterCorrection { period, meter, by } = correction;
            let draft = book.correct(period, &meter, by)?;
            xinyu_store::metering::save(tx, &id, book.due_at(), &book).await?;
            effect::apply(&this.node, tx, vec![Effect::Record(draft)]).await?;
            let mut happened = person.happened("metering.correct", &id, "done");
            happened.detail = format!("#{period} {meter} {by:+}");
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Contract);
            find(tx, &id).await
        })
    });
    Ok(Json(corrected.await?))
}
