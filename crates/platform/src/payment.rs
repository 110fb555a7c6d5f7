//! Payment of statements at the platform: it passes on what payer and payees say, in one order for all, and its own people answer for the operator.
//! TC609-6-2025-01 §5.2.2.9. No money is held or moved here.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::contract::{self, Registered};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::payment::answer::{self, Verdict};
use xinyu_core::payment::check::unknown;
use xinyu_core::payment::{self, About, Order, Seat};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::payment::{NewPaymentAnswer, PaymentInfo};
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::payment::{PaymentAnswer, PaymentContest, PaymentNotice};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, payment as orders};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;

/// How many orders are listed.
const MOST: u32 = 500;

/// Who is on which side of a contract, as both signed it.
struct Sides {
    provider: ParticipantId,
    consumer: ParticipantId,
}

fn sides(registered: &Registered) -> Option<Sides> {
    let contract = &registered.signed.as_ref()?.contract;
    Some(Sides {
        provider: contract.provider()?.signatory_entity_id.clone(),
        consumer: contract.consumer()?.signatory_entity_id.clone(),
    })
}

/// Keeps what the statement of a contract says is to be paid.
///
/// # Errors
/// If the store fails.
pub(crate) async fn due(tx: &mut Tx, registered: &Registered) -> Result<(), Failure> {
    if let (Some(statement), Some(sides)) = (&registered.statement, sides(registered)) {
        let about =
            About { space_id: &registered.space_id, product_id: &registered.product_id, payer: &sides.consumer };
        if let Some(order) = Order::of(statement, about)? {
            orders::open(tx, &order).await?;
        }
    }
    Ok(())
}

/// A meter came after the statement was made: while the meters differ it is not to be paid, and both sides are told so.
///
/// # Errors
/// If the store fails.
pub(crate) async fn contest(tx: &mut Tx, registered: &Registered) -> Result<Vec<Effect>, Failure> {
    let id = registered.contract_id.as_str();
    let Some(mut order) = xinyu_store::payment::lock(tx, id).await? else { return Ok(Vec::new()) };
    if !payment::contest(&mut order, &registered.metering.differences) {
        return Ok(Vec::new());
    }
    xinyu_store::payment::save(tx, &order).await?;
    let body =
        PaymentContest { contract_id: order.contract_id.clone(), differences: order.contested.clone(), at: tx.now() };
    let both = [&registered.provider, &registered.consumer];
    let tell = |to: &String| payment::relay(to, "payment.contest", "/tc609/paymentContest", &body);
    Ok(both.into_iter().map(tell).collect::<Result<_, _>>()?)
}

/// `POST /tc609/payment`, by the consumer: it has paid. The provider is told.
///
/// # Errors
/// If the caller is not the consumer, or it does not fit the statement.
pub async fn notice(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let notice: PaymentNotice = call.parse()?;
    let (by, node) = (call.connector()?, Arc::clone(&platform.node));
    call.once(&platform.node, "payment.notice", move |tx| {
        Box::pin(async move {
            let (registered, order) = lock(tx, notice.contract_id.as_str()).await?;
            if registered.consumer != by.as_str() {
                return Err(contract::unknown(notice.contract_id.as_str()).into());
            }
            let order = payment::take(order, &notice)?;
            let tell = payment::relay(&registered.provider, "payment", "/tc609/payment", &notice)?;
            xinyu_store::payment::save(tx, &order).await?;
            effect::apply(&node, tx, vec![tell]).await?;
            tx.signal(Topic::Contract);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// `POST /tc609/paymentAnswer`, by the provider: whether its share has come. The consumer is told.
///
/// # Errors
/// If the caller answers for somebody else, or what it says does not fit what we know.
pub async fn answered(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let answer: PaymentAnswer = call.parse()?;
    let (by, node) = (call.connector()?, Arc::clone(&platform.node));
    call.once(&platform.node, "payment.answered", move |tx| {
        Box::pin(async move {
            let id = answer.contract_id.as_str();
            let (registered, order) = lock(tx, id).await?;
            if registered.provider != by.as_str() {
                return Err(contract::unknown(id).into());
            }
            let its_own = sides(&registered).map(|sides| sides.provider);
            if answer.payees.iter().any(|payee| Some(payee) != its_own.as_ref()) {
                return Err(not_its_share(id).into());
            }
            let order = answer::learn(order, &answer)?;
            let tell = payment::relay(&registered.consumer, "payment.answer", "/tc609/paymentAnswer", &answer)?;
            xinyu_store::payment::save(tx, &order).await?;
            effect::apply(&node, tx, vec![tell]).await?;
            tx.signal(Topic::Contract);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

fn not_its_share(id: &str) -> Rejection {
    Rejection::forbidden(
        "not-your-share",
        format!("合约 {id} 的收款方只能确认自己的份额"),
        format!("a payee of contract {id} answers for its own share only"),
    )
    .clause(payment::CLAUSE)
}

/// `GET /api/v1/payments`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(platform): State<Platform>, _: Person) -> Result<Json<List<PaymentInfo>>, Failure> {
    let this = platform.clone();
    let items = platform.node.store.read("payment.list", move |tx| {
        Box::pin(async move {
            let orders = xinyu_store::payment::list(tx, MOST).await?;
            let contracts = xinyu_store::contract::with_payment(tx, MOST).await?;
            let both = orders.iter().filter_map(|order| {
                let contract = contracts.iter().find(|contract| contract.contract_id == order.contract_id)?;
                Some(info(&this, contract, order, true))
            });
            Ok::<_, Failure>(both.collect())
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/payments/{id}`.
///
/// # Errors
/// If nothing is to be paid for this contract.
pub async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<PaymentInfo>, Failure> {
    let this = platform.clone();
    let found = platform.node.store.read("payment.show", move |tx| {
        Box::pin(async move {
            let registered = xinyu_store::contract::find(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let shown = of_contract(&this, tx, &registered, true).await?;
            shown.ok_or_else(|| Failure::from(unknown(&id)))
        })
    });
    Ok(Json(found.await?))
}

/// `POST /api/v1/payments/{id}/answer`: whether the operator's share, or one that nobody else answers for, has come. Both sides are told.
///
/// # Errors
/// If nothing is owed to it or was said to have been paid, or it has said otherwise before.
pub async fn answer(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewPaymentAnswer>,
) -> Result<Json<PaymentInfo>, Failure> {
    let (this, new) = (platform.clone(), body.value);
    let shown = platform.node.store.write("payment.answer", move |tx| {
        Box::pin(async move {
            let (registered, order) = lock(tx, &id).await?;
            let mine = ours(&registered, &order);
            let verdict = if new.received { Verdict::Received } else { Verdict::Refused(&new.reason) };
            let (order, answer) = answer::answer(order, mine, new.attempt, verdict, tx.now())?;
            if let Some(answer) = answer {
                let both = [registered.provider.as_str(), registered.consumer.as_str()];
                let effects = answer::effects(&order, &answer, &both, true)?;
                let action = if answer.received { "payment.confirm" } else { "payment.refuse" };
                xinyu_store::audit::append(tx, &person.happened(action, &id, "done")).await?;
                xinyu_store::payment::save(tx, &order).await?;
                effect::apply(&this.node, tx, effects).await?;
                tx.signal(Topic::Contract);
            }
            Ok::<_, Failure>(info(&this, &registered, &order, true))
        })
    });
    Ok(Json(shown.await?))
}

/// For whom the platform answers.
fn ours(registered: &Registered, order: &Order) -> Vec<ParticipantId> {
    let sides = sides(registered);
    sides.map(|sides| order.answered_by(Seat::Platform { provider: &sides.provider })).unwrap_or_default()
}

/// The payment of a contract, for people; with what our own can do about it, or for others.
///
/// # Errors
/// If the store fails.
pub(crate) async fn of_contract(
    platform: &Platform,
    tx: &mut Tx,
    registered: &Registered,
    is_for_us: bool,
) -> Result<Option<PaymentInfo>, Failure> {
    let order = xinyu_store::payment::find(tx, registered.contract_id.as_str()).await?;
    Ok(order.map(|order| info(platform, registered, &order, is_for_us)))
}

fn info(platform: &Platform, registered: &Registered, order: &Order, is_for_us: bool) -> PaymentInfo {
    let name_of = |one: &ParticipantId| {
        let parties = registered.signed.iter().flat_map(|signed| &signed.contract.signatory_entities);
        let named = parties.into_iter().find(|party| party.signatory_entity_id == *one);
        match named {
            Some(party) => party.signatory_entity_name.clone(),
            None if *one == platform.options.operator_id => platform.options.operator_name.clone(),
            None => String::new(),
        }
    };
    let moves = if is_for_us { order.moves(false, &ours(registered, order)) } else { Vec::new() };
    orders::info(order, &name_of, &moves)
}

/// The order of a contract, held, with the contract, which is held first as everywhere. One whose statement is older than payment orders is made of it now.
async fn lock(tx: &mut Tx, id: &str) -> Result<(Registered, Order), Failure> {
    let registered = xinyu_store::contract::lock(tx, id).await?.ok_or_else(|| unknown(id))?;
    if let Some(order) = xinyu_store::payment::lock(tx, id).await? {
        return Ok((registered, order));
    }
    due(tx, &registered).await?;
    let order = xinyu_store::payment::lock(tx, id).await?.ok_or_else(|| unknown(id))?;
    Ok((registered, order))
}
