//! What we serve (会签): contracts between others that name us as a service party. The platform asks for our signature, our people see the whole contract and
//! sign or refuse with our own key, and the contract stays here from the asking to the end. TC609-6-2025-14 §6.2.1, §7.3 c, f, g.

mod info;
pub mod side;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::contract::version;
use xinyu_core::countersigning::request::{self, Request};
use xinyu_core::countersigning::{product_of, serves, unknown};
use xinyu_core::delegation::Deed;
use xinyu_core::fault::Rejection;
use xinyu_core::usage::parsed;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::countersigning::{CountersigningDecision, CountersigningInfo, CountersigningLife};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::{Contract, ContractFile, SignedContract};
use xinyu_protocol::tc609::countersigning::{CountersigningAnswer, CountersigningRequest};
use xinyu_protocol::tc609::usage::StrategySend;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::negotiation::{credential, finalize, me};
use crate::{delegation, stop, termination};

/// `POST /tc609/countersigning`, by the platform: our signature is asked for. It is kept for our people to decide.
///
/// # Errors
/// If the contract does not name us, provider and consumer have not signed it, or it does not follow on the version that we signed.
pub async fn asked(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let message: CountersigningRequest = call.parse()?;
    let this = connector.clone();
    call.once(&connector.node, "countersigning.asked", move |tx| {
        Box::pin(async move {
            let (own, now) = (me(&this)?, tx.now());
            let draft = message.draft.clone().filter(|draft| draft.is_side(own.as_str()));
            let request = request::receive(message, &own, &this.trust(), now)?;
            if let Some(draft) = draft {
                // What is signed is what we know, whichever message comes first.
                crate::draft::take_in(&this, tx, *draft).await?;
            }
            let id = request.contract_id.as_str();
            if xinyu_store::countersigning::lock(tx, id, &request.contract_hash).await?.is_some() {
                return Answer::json(200, &Status::done());
            }
            if request.signed.contract.expansion_item.version.is_some() {
                let before = in_force(tx, id).await?.ok_or_else(|| unknown(id))?;
                version::must_follow(&before.signed.contract, &request.signed.contract)?;
            }
            xinyu_store::countersigning::save(tx, &request).await?;
            tx.signal(Topic::Contract);
            Answer::json(201, &Status::done())
        })
    })
    .await
}

/// The newest version that was filed.
async fn in_force(tx: &mut Tx, id: &str) -> Result<Option<Request>, Failure> {
    let all = xinyu_store::countersigning::of_contract(tx, id).await?;
    let filed = all.into_iter().filter(|one| one.state == request::State::Filed);
    Ok(filed.max_by_key(|one| one.signed.contract.version()))
}

/// A contract of more than two parties comes down from the platform, filed: it is in force, for each party in its place.
///
/// # Errors
/// If it is not what we signed.
pub(crate) async fn filed(connector: &Connector, tx: &mut Tx, strategy: StrategySend) -> Result<(), Failure> {
    let (signed, filing) = (strategy.transaction_execution_strategy.clone(), strategy.expansion_item.clone());
    let id = strategy.contract_id.as_str();
    if signed.contract.contract_id != strategy.contract_id
        || strategy.strategy_version != signed.contract.version().to_string()
    {
        return Err(unknown(id).into());
    }
    let hash = xinyu_core::contract::signing::hash(&signed.contract)?;
    if let Some(request) = xinyu_store::countersigning::lock(tx, id, &hash).await? {
        let now = tx.now();
        let request = request::filed(request, signed, filing, &connector.trust(), now)?;
        xinyu_store::countersigning::save(tx, &request).await?;
        crate::draft::force::take_up(connector, tx, &request, &strategy.strategy_version, strategy.policy_set).await?;
        tx.signal(Topic::Contract);
        return Ok(());
    }
    let negotiation = match xinyu_store::negotiation::find_by_contract(tx, id).await? {
        Some(found) => xinyu_store::negotiation::lock(tx, found.pid()).await?,
        None => None,
    };
    let negotiation = negotiation.ok_or_else(|| xinyu_core::contract::unknown(id))?;
    let taken = finalize(connector, tx, negotiation, signed, filing).await?;
    let agreement = taken.ok_or_else(|| xinyu_core::contract::unknown(id))?;
    effect::apply(&connector.node, tx, vec![parsed::record(&agreement, &strategy.strategy_version)]).await?;
    tx.signal(Topic::Contract);
    tx.signal(Topic::Negotiation);
    Ok(())
}

/// `GET /api/v1/countersignings`: newest first.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<CountersigningInfo>>, Failure> {
    let this = connector.clone();
    let items = connector.node.store.read("countersigning.list", move |tx| {
        Box::pin(async move {
            let mut items = Vec::new();
            for request in xinyu_store::countersigning::list(tx, 200).await? {
                let ending = termination::end::find(tx, request.contract_id.as_str()).await?;
                items.push(info::line(&this, &request, ending.as_ref(), tx.now())?);
            }
            Ok::<_, Failure>(items)
        })
    });
    Ok(Json(List { items: items.await? }))
}

/// `GET /api/v1/countersignings/{id}`: a contract that we serve.
///
/// # Errors
/// If there is no such contract here.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<CountersigningLife>, Failure> {
    let this = connector.clone();
    let shown = connector
        .node
        .store
        .read("countersigning.show", move |tx| Box::pin(async move { info::life(&this, tx, &id).await }));
    Ok(Json(shown.await?))
}

/// `POST /api/v1/countersignings/{id}/decision`: our people sign, or refuse with a reason.
///
/// # Errors
/// If there is nothing to sign, it is answered already or out of time, what was shown is not what would be signed, the contract is held, or the person may
/// not sign for us.
pub async fn decide(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<CountersigningDecision>,
) -> Result<Json<CountersigningLife>, Failure> {
    let (this, decision) = (connector.clone(), body.value);
    let (wanted, hash) = (id.clone(), decision.contract_hash.clone());
    let found = connector
        .node
        .store
        .read("countersigning.find", move |tx| Box::pin(async move { find(tx, &wanted, &hash).await }));
    let deed = deed(&connector, &found.await?.signed.contract)?;
    let acting = match decision.action.as_str() {
        "sign" => delegation::who_signs(&connector, &person, deed.clone()).await?,
        _ => None,
    };
    let decided = connector.node.store.write("countersigning.decide", move |tx| {
        Box::pin(async move {
            let request = find(tx, &id, &decision.contract_hash).await?;
            let (own, platform, now) = (me(&this)?, this.node.platform_id(), tx.now());
            let (request, effects) = match decision.action.as_str() {
                "sign" => {
                    stop::must_not_hold(tx, &request.contract_id).await?;
                    must_not_have_ended(tx, &request, now).await?;
                    if let Some(acting) = &acting {
                        delegation::must_allow(tx, acting, &deed).await?;
                    }
                    let suite = xinyu_core::contract::signing::suite(&request.signed.contract)?;
                    let (key, credential) = (this.node.ring.signing(suite), credential(&this.node)?);
                    request::sign(request, &own, key, &credential, &platform, now)?
                }
                "refuse" => request::refuse(request, &own, &decision.reason, &platform, now)?,
                unknown => {
                    return Err(Failure::from(Rejection::bad(
                        "unknown-move",
                        format!("未知的动作「{unknown}」，可选：sign, refuse"),
                        format!("unknown move {unknown}, known are sign, refuse"),
                    )));
                }
            };
            xinyu_store::countersigning::save(tx, &request).await?;
            effect::apply(&this.node, tx, effects).await?;
            tx.signal(Topic::Contract);
            info::life(&this, tx, &id).await
        })
    });
    Ok(Json(decided.await?))
}

/// What signing can come to: whoever serves a contract owes nothing by it.
fn deed(connector: &Connector, contract: &Contract) -> Result<Deed, Failure> {
    let amount_fen = match serves(contract, me(connector)?.as_str()) {
        Some(_) => Some(0),
        None => delegation::amount(&version::terms(contract, "")),
    };
    Ok(Deed { product_id: product_of(contract), amount_fen })
}

async fn must_not_have_ended(tx: &mut Tx, request: &Request, now: jiff::Timestamp) -> Result<(), Failure> {
    let id = &request.contract_id;
    let ending = termination::end::find(tx, id.as_str()).await?;
    match ending.as_ref().map(xinyu_core::termination::End::of) {
        Some(end) if end.is_effective(false, now) => Err(xinyu_core::termination::over(id, &end).into()),
        _ => Ok(()),
    }
}

/// What is to be decided is what was shown.
async fn find(tx: &mut Tx, id: &str, shown: &str) -> Result<Request, Failure> {
    let newest = xinyu_store::countersigning::of_contract(tx, id).await?.into_iter().next();
    let newest = newest.ok_or_else(|| unknown(id))?;
    if newest.contract_hash == shown {
        let locked = xinyu_store::countersigning::lock(tx, id, shown).await?;
        return Ok(locked.ok_or_else(|| unknown(id))?);
    }
    let hash = &newest.contract_hash;
    Err(Rejection::conflict(
        "countersigning-differs",
        format!("合约 {id} 的待签内容（哈希 {hash}）不是所示的「{shown}」"),
        format!("what would be signed of contract {id} (hash {hash}) is not what was shown ({shown})"),
    )
    .clause("/contractHash")
    .into())
}

/// `GET /api/v1/countersignings/{id}/versions/{number}/file`: a filed version for `xinyu contract verify`.
///
/// # Errors
/// If there is no such contract here, or that version is not filed.
pub async fn export(
    State(connector): State<Connector>,
    Path((id, number)): Path<(String, u32)>,
    _: Person,
) -> Result<Vec<u8>, Failure> {
    let found = connector.node.store.read("countersigning.export", move |tx| {
        Box::pin(async move {
            let all = xinyu_store::countersigning::of_contract(tx, &id).await?;
            if all.is_empty() {
                return Err(Failure::from(unknown(&id)));
            }
            let file = all.into_iter().filter(|one| one.signed.contract.version() == number).find_map(|one| {
                let SignedContract { contract, signatures } = one.signed;
                one.filing.map(|filing| ContractFile { contract, signatures, filing })
            });
            file.ok_or_else(|| {
                let (zh, en) = ("合约尚未备案", "the contract is not filed yet");
                Rejection::conflict("contract-not-filed", zh, en).into()
            })
        })
    });
    xinyu_protocol::json::canonical(&found.await?).map_err(Failure::broken)
}

/// `GET /api/v1/countersignings/{id}/voucher`: how the contract ends, as the platform stamped it.
///
/// # Errors
/// If there is no such contract here, or it does not end.
pub async fn voucher(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Vec<u8>, Failure> {
    let found = connector.node.store.read("countersigning.voucher", move |tx| {
        Box::pin(async move {
            let all = xinyu_store::countersigning::of_contract(tx, &id).await?;
            let newest = all.into_iter().next().ok_or_else(|| unknown(&id))?;
            let ending = termination::end::find(tx, &id).await?;
            ending.ok_or_else(|| Failure::from(xinyu_shell::termination::no_voucher(&newest.contract_id)))
        })
    });
    xinyu_protocol::json::canonical(&found.await?).map_err(Failure::broken)
}

/// The platform did not take our answer: so our people see why.
///
/// # Errors
/// If the store fails.
pub(crate) async fn not_taken(tx: &mut Tx, body: &[u8], why: &str) -> Result<(), Failure> {
    let Ok(message) = serde_json::from_slice::<CountersigningAnswer>(body) else {
        return Ok(());
    };
    let id = message.contract_id.as_str();
    if let Some(request) = xinyu_store::countersigning::lock(tx, id, &message.contract_hash).await? {
        xinyu_store::countersigning::save(tx, &request::not_taken(request, why)).await?;
        tx.signal(Topic::Contract);
    }
    Ok(())
}
