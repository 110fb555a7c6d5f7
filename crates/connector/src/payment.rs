//! Payment of statements on our side: our people say that we have paid, or that we were paid; what the others say comes from the platform.
//! TC609-6-2025-01 §5.2.2.9; NDI-TR-2025-03 §8.3.3.3. No money is held or moved here.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::agreement::Agreement;
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::metering;
use xinyu_core::payment::answer::{self, Verdict};
use xinyu_core::payment::check::unknown;
use xinyu_core::payment::{self, About, Order, Seat};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::payment::{NewPaymentAnswer, PaymentInfo};
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::payment::{Paid, PaymentAnswer, PaymentContest, PaymentNotice};
use xinyu_shell::outbox::Refused;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, payment as orders};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::{delegation, stop};

/// How many orders are listed.
const MOST: u32 = 500;

/// Keeps what a statement says is to be paid. An agreement that nobody signed has no statement.
///
/// # Errors
/// If the store fails.
pub(crate) async fn due(tx: &mut Tx, agreement: &Agreement) -> Result<(), Failure> {
    let consumer = agreement.terms.signed().and_then(|signed| signed.contract.consumer());
    if let (Some(statement), Some(consumer)) = (&agreement.statement, consumer) {
        let (space_id, product_id) = (agreement.space_id.as_str(), agreement.product_id.as_str());
        let about = About { space_id, product_id, payer: &consumer.signatory_entity_id };
        if let Some(order) = Order::of(statement, about)? {
            orders::open(tx, &order).await?;
        }
    }
    Ok(())
}

/// `GET /api/v1/payments`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<PaymentInfo>>, Failure> {
    let this = connector.clone();
    let items = connector.node.store.read("payment.list", move |tx| {
        Box::pin(async move {
            let orders = xinyu_store::payment::list(tx, MOST).await?;
            let agreements = xinyu_store::agreement::with_payment(tx, MOST).await?;
            let agreement_of = |order: &Order| agreements.iter().find(|one| one.contract_id == order.contract_id);
            Ok::<_, Failure>(orders.iter().map(|order| info(&this, agreement_of(order), order)).collect())
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/payments/{id}`.
///
/// # Errors
/// If nothing is to be paid for this contract.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<PaymentInfo>, Failure> {
    let this = connector.clone();
    let found = connector.node.store.read("payment.show", move |tx| {
        Box::pin(async move {
            let order = xinyu_store::payment::find(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            show_one(&this, tx, &order).await
        })
    });
    Ok(Json(found.await?))
}

/// `POST /api/v1/payments/{id}/pay`: we have paid. Under a delegation, of which the platform is asked before. The same key is the same payment.
///
/// # Errors
/// If it is not ours to pay, the person has no delegation that goes so far, or it cannot be paid as it stands; nothing was changed then.
pub async fn pay(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<Paid>,
) -> Result<Json<PaymentInfo>, Failure> {
    let paid = body.value;
    let contract = id.clone();
    let found = connector.node.store.read("payment.find", move |tx| {
        Box::pin(async move {
            let found = xinyu_store::payment::find(tx, &contract).await?;
            found.ok_or_else(|| Failure::from(unknown(&contract)))
        })
    });
    let order = found.await?;
    must_be_payer(&connector, &order)?;
    let acting = match delegation::who_pays(&connector, &person, order.deed()).await {
        Ok(acting) => acting,
        Err(failure) => {
            note_refusal(&connector, &person, &id, &failure).await?;
            return Err(failure);
        }
    };
    let this = connector.clone();
    let shown = connector.node.store.write("payment.pay", move |tx| {
        Box::pin(async move {
            let order = lock(tx, &id).await?;
            stop::must_not_be_frozen(tx, &order.contract_id).await?;
            must_have_counted_the_same(tx, &order).await?;
            let platform = this.node.platform_id();
            let (deed, before) = (order.deed(), order.newest());
            let (order, effects) = payment::pay(order, paid, &acting, &platform, tx.now())?;
            if order.newest() > before {
                delegation::must_allow(tx, &acting, &deed).await?;
                xinyu_store::audit::append(tx, &person.happened("payment.pay", &id, "done")).await?;
            }
            keep(&this, tx, &order, effects).await?;
            show_one(&this, tx, &order).await
        })
    });
    Ok(Json(shown.await?))
}

/// That somebody tried to pay who may not stands in the audit chain.
async fn note_refusal(connector: &Connector, person: &Person, id: &str, failure: &Failure) -> Result<(), Failure> {
    let Failure::Rejected(why) = failure else { return Ok(()) };
    let happened = person.happened("payment.pay", id, why.code);
    let noted = connector.node.store.write("payment.refused", move |tx| {
        Box::pin(async move {
            xinyu_store::audit::append(tx, &happened).await?;
            Ok::<_, Failure>(())
        })
    });
    noted.await
}

fn must_be_payer(connector: &Connector, order: &Order) -> Result<(), Rejection> {
    if order.payer == connector.options.participant_id {
        return Ok(());
    }
    let id = &order.contract_id;
    Err(Rejection::forbidden(
        "not-the-payer",
        format!("合约 {id} 的结算单应由 {} 支付", order.payer),
        format!("the statement of contract {id} is to be paid by {}", order.payer),
    )
    .clause(payment::CLAUSE))
}

/// That the statement charges the uses that we counted ourselves.
async fn must_have_counted_the_same(tx: &mut Tx, order: &Order) -> Result<(), Failure> {
    let id = order.contract_id.as_str();
    let agreement = xinyu_store::agreement::find(tx, id).await?;
    let holding = xinyu_store::holding::find(tx, id).await?;
    let (Some(statement), Some(holding)) = (agreement.and_then(|one| one.statement), holding) else { return Ok(()) };
    // What was refused after the end of the account is counted here and not charged.
    if statement.meter.uses == holding.meter.uses {
        return Ok(());
    }
    let (ours, theirs) = (holding.meter.uses, statement.meter.uses);
    Err(metering::contested(
        &order.contract_id,
        &format!("使用次数本端计 {ours}，结算单计 {theirs}"),
        &format!("we counted {ours} uses, it charges {theirs}"),
    )
    .into())
}

/// `POST /api/v1/payments/{id}/answer`: whether what we are owed has come.
///
/// # Errors
/// If nothing is owed to us or was said to have been paid, or we have said otherwise before.
pub async fn answer(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewPaymentAnswer>,
) -> Result<Json<PaymentInfo>, Failure> {
    let (this, new) = (connector.clone(), body.value);
    let shown = connector.node.store.write("payment.answer", move |tx| {
        Box::pin(async move {
            let order = lock(tx, &id).await?;
            let mine = order.answered_by(Seat::Party(&this.options.participant_id));
            let verdict = if new.received { Verdict::Received } else { Verdict::Refused(&new.reason) };
            let (order, answer) = answer::answer(order, mine, new.attempt, verdict, tx.now())?;
            if let Some(answer) = answer {
                let effects = answer::effects(&order, &answer, &[&this.node.platform_id()], false)?;
                let action = if answer.received { "payment.confirm" } else { "payment.refuse" };
                xinyu_store::audit::append(tx, &person.happened(action, &id, "done")).await?;
                keep(&this, tx, &order, effects).await?;
            }
            show_one(&this, tx, &order).await
        })
    });
    Ok(Json(shown.await?))
}

/// `POST /tc609/payment`, by the platform: the consumer has paid.
///
/// # Errors
/// If it does not fit our statement.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let notice: PaymentNotice = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "payment.told", move |tx| {
        Box::pin(async move {
            let order = payment::take(lock(tx, notice.contract_id.as_str()).await?, &notice)?;
            keep(&this, tx, &order, Vec::new()).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// `POST /tc609/paymentAnswer`, by the platform: a payee has said whether the money has come.
///
/// # Errors
/// If it does not fit what we know.
pub async fn answered(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let answer: PaymentAnswer = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "payment.answered", move |tx| {
        Box::pin(async move {
            let order = answer::learn(lock(tx, answer.contract_id.as_str()).await?, &answer)?;
            keep(&this, tx, &order, Vec::new()).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// `POST /tc609/paymentContest`, by the platform: the meters differ after all, or agree again.
///
/// # Errors
/// If nothing is to be paid for this contract.
pub async fn contested(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let contest: PaymentContest = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "payment.contested", move |tx| {
        Box::pin(async move {
            let mut order = lock(tx, contest.contract_id.as_str()).await?;
            payment::contest(&mut order, &contest.differences);
            keep(&this, tx, &order, Vec::new()).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// The platform will never take what we said: it is due again, with the reason.
///
/// # Errors
/// If the store fails.
pub(crate) async fn bounced(tx: &mut Tx, refused: &Refused) -> Result<(), Failure> {
    let notice: PaymentNotice = serde_json::from_slice(&refused.message.body).map_err(Failure::broken)?;
    if let Some(order) = xinyu_store::payment::lock(tx, notice.contract_id.as_str()).await? {
        let why = format!("平台未受理 / not taken by the platform: {}", refused.why);
        let order = answer::bounce(order, notice.attempt, &why, tx.now());
        xinyu_store::payment::save(tx, &order).await?;
        tx.signal(Topic::Contract);
    }
    Ok(())
}

/// The order of a contract, held. One whose statement is older than payment orders is made of it now.
async fn lock(tx: &mut Tx, id: &str) -> Result<Order, Failure> {
    if let Some(order) = xinyu_store::payment::lock(tx, id).await? {
        return Ok(order);
    }
    if let Some(agreement) = xinyu_store::agreement::lock(tx, id).await? {
        due(tx, &agreement).await?;
    }
    Ok(xinyu_store::payment::lock(tx, id).await?.ok_or_else(|| unknown(id))?)
}

async fn keep(connector: &Connector, tx: &mut Tx, order: &Order, effects: Vec<Effect>) -> Result<(), Failure> {
    xinyu_store::payment::save(tx, order).await?;
    effect::apply(&connector.node, tx, effects).await?;
    tx.signal(Topic::Contract);
    Ok(())
}

async fn show_one(connector: &Connector, tx: &mut Tx, order: &Order) -> Result<PaymentInfo, Failure> {
    let agreement = xinyu_store::agreement::find(tx, order.contract_id.as_str()).await?;
    Ok(info(connector, agreement.as_ref(), order))
}

/// An order for people, with the names that the contract tells.
fn info(connector: &Connector, agreement: Option<&Agreement>, order: &Order) -> PaymentInfo {
    let signed = agreement.and_then(|agreement| agreement.terms.signed());
    let name_of = |one: &ParticipantId| {
        let parties = signed.iter().flat_map(|signed| &signed.contract.signatory_entities);
        let named = parties.into_iter().find(|party| party.signatory_entity_id == *one);
        named.map(|party| party.signatory_entity_name.clone()).unwrap_or_default()
    };
    let me = &connector.options.participant_id;
    let moves = order.moves(order.payer == *me, &order.answered_by(Seat::Party(me)));
    orders::info(order, &name_of, &moves)
}
