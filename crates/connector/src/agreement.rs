//! Contracts on our side: the policy comes down when they are filed, statements arrive. TC609-6-2025-15 §9.2.1.

mod leave;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::agreement::{Agreement, Terms};
use xinyu_core::contract::{self, signing};
use xinyu_core::fault::Rejection;
use xinyu_core::usage::violation::Violation;
use xinyu_core::usage::{HoldingState, parsed};
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{AgreementInfo, StopInfo};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::contract::ContractFile;
use xinyu_protocol::tc609::metering::{Meter, Statement};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, termination};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::filing;
use crate::negotiation::{clauses, peer_name};
use crate::version::take::take_up;
use crate::{metering, payment, performance};

/// `POST /tc609/strategySend`, by the platform: the contract is filed, its policy is in force.
///
/// # Errors
/// If it is not the contract that we signed.
pub async fn strategy(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let strategy = filing::opened(&connector, call.parse()?)?;
    let (this, version) = (connector.clone(), strategy.strategy_version.clone());
    let id = strategy.contract_id.as_str().to_owned();
    let taken = call.once(&connector.node, "agreement.strategy", move |tx| {
        Box::pin(async move {
            let id = strategy.contract_id.as_str();
            let Some(mut agreement) = xinyu_store::agreement::lock(tx, id).await? else {
                crate::countersigning::filed(&this, tx, strategy).await?;
                return Answer::json(200, &Status::done());
            };
            let signed = strategy.transaction_execution_strategy;
            let version = signed.contract.version();
            if strategy.strategy_version != version.to_string() {
                return Err(differing().into());
            }
            if let Some(sequence) = strategy.policy_set {
                xinyu_store::policy_record::require(tx, &agreement.space_id, sequence).await?;
            }
            if signing::hash(&signed.contract)? != agreement.contract_hash {
                let filing = strategy.expansion_item;
                if version > 1
                    && let Some(agreement) = take_up(&this, tx, agreement, signed, filing).await?
                {
                    effect::apply(&this.node, tx, vec![parsed::record(&agreement, &strategy.strategy_version)]).await?;
                    tx.signal(Topic::Contract);
                    return Answer::json(200, &Status::done());
                }
                return Err(differing().into());
            }
            agreement.terms = Terms::Signed(Box::new(signed));
            agreement.filing = Some(strategy.expansion_item);
            xinyu_store::agreement::save(tx, &agreement).await?;
            performance::begin(&this, tx, &agreement).await?;
            metering::begin(&this, tx, &agreement).await?;
            effect::apply(&this.node, tx, vec![parsed::record(&agreement, &strategy.strategy_version)]).await?;
            tx.signal(Topic::Contract);
            Answer::json(200, &Status::done())
        })
    });
    let taken = taken.await;
    if let Err(Failure::Rejected(rejection)) = &taken
        && rejection.code == DIFFERS
    {
        differs(&connector, id, version).await?;
    }
    taken
}

fn differing() -> Rejection {
    Rejection::bad(DIFFERS, "下发的合约与已签署的不同", "the contract that was sent down is not the one we signed")
        .clause("TC609-6-2025-15 §7.1.2.2 a")
}

const DIFFERS: &str = "contract-differs";

/// A policy that is not the one we signed was altered on its way, or sent by somebody who should not: it is not taken, and somebody is told.
async fn differs(connector: &Connector, id: String, version: String) -> Result<(), Failure> {
    let this = connector.clone();
    let told = connector.node.store.write("agreement.differs", move |tx| {
        Box::pin(async move {
            let agreement = xinyu_store::agreement::find(tx, &id).await?.ok_or_else(|| contract::unknown(&id))?;
            let effects = vec![parsed::differs(&agreement, &version), Violation::Integrity.alert(&id)];
            effect::apply(&this.node, tx, effects).await
        })
    });
    told.await
}

/// `POST /tc609/statement`, by the platform: the settlement.
///
/// # Errors
/// If there is no such contract here.
pub async fn statement(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let (statement, this): (Statement, _) = (call.parse()?, connector.clone());
    call.once(&connector.node, "agreement.statement", move |tx| {
        Box::pin(async move {
            let id = statement.contract_id.as_str().to_owned();
            let mut agreement = xinyu_store::agreement::lock(tx, &id).await?.ok_or_else(|| contract::unknown(&id))?;
            agreement.statement = Some(statement);
            xinyu_store::agreement::save(tx, &agreement).await?;
            payment::due(tx, &agreement).await?;
            performance::wake(&this, tx, &id).await?;
            tx.signal(Topic::Contract);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// `GET /api/v1/agreements`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<AgreementInfo>>, Failure> {
    let this = connector.clone();
    let items = connector
        .node
        .store
        .read("agreement.list", move |tx| Box::pin(async move { infos(&this, tx, 200).await }))
        .await?;
    Ok(Json(List { items }))
}

/// The newest agreements, for people.
///
/// # Errors
/// If the store fails.
pub async fn infos(connector: &Connector, tx: &mut Tx, limit: u32) -> Result<Vec<AgreementInfo>, Failure> {
    let names = xinyu_store::party::names(tx).await?;
    let mut items = Vec::new();
    for agreement in xinyu_store::agreement::list(tx, limit).await? {
        items.push(info(connector, tx, agreement, &names).await?);
    }
    Ok(items)
}

/// `GET /api/v1/agreements/{id}`.
///
/// # Errors
/// If there is no such contract here.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<AgreementInfo>, Failure> {
    let this = connector.clone();
    let found = connector
        .node
        .store
        .read("agreement.show", move |tx| {
            Box::pin(async move {
                let agreement = xinyu_store::agreement::find(tx, &id).await?.ok_or_else(|| contract::unknown(&id))?;
                let names = xinyu_store::party::names(tx).await?;
                let is_unsigned = agreement.terms.signed().is_none();
                let clauses = clauses(agreement.side, is_unsigned, &agreement.terms.policy_document());
                let leave = leave::find(tx, &agreement).await?;
                Ok::<_, Failure>(AgreementInfo { clauses, leave, ..info(&this, tx, agreement, &names).await? })
            })
        })
        .await?;
    Ok(Json(found))
}

/// `GET /api/v1/agreements/{id}/file`: the contract as a file for `xinyu contract verify`.
///
/// # Errors
/// If there is no such contract here, or it is not filed yet.
pub async fn export(State(connector): State<Connector>, Path(id): Path<String>, _: Person) -> Result<Vec<u8>, Failure> {
    let agreement = connector
        .node
        .store
        .read("agreement.export", move |tx| {
            Box::pin(async move {
                Ok::<_, Failure>(xinyu_store::agreement::find(tx, &id).await?.ok_or_else(|| contract::unknown(&id))?)
            })
        })
        .await?;
    let Terms::Signed(signed) = agreement.terms else {
        return Err(Rejection::conflict(
            "contract-unsigned",
            "与其他厂商连接器的协议没有签名，不能导出为合约文件",
            "the agreement with another maker's connector is not signed, there is no contract file of it",
        )
        .into());
    };
    let filing = agreement
        .filing
        .ok_or_else(|| Rejection::conflict("contract-not-filed", "合约尚未备案", "the contract is not filed yet"))?;
    let file = ContractFile { contract: signed.contract, signatures: signed.signatures, filing };
    xinyu_protocol::json::canonical(&file).map_err(Failure::broken)
}

async fn info(
    connector: &Connector,
    tx: &mut Tx,
    agreement: Agreement,
    names: &BTreeMap<String, String>,
) -> Result<AgreementInfo, Failure> {
    let id = agreement.contract_id.as_str();
    let holding = xinyu_store::holding::find(tx, id).await?;
    let meter: Meter = match &holding {
        Some(holding) => holding.meter,
        None => xinyu_store::meter::find(tx, id).await?,
    };
    let is_destroyed = holding.as_ref().is_some_and(|holding| holding.state == HoldingState::Destroyed);
    let peer_name = peer_name(connector, &agreement.peer, names);
    Ok(AgreementInfo {
        contract_id: id.to_owned(),
        side: agreement.side.as_str().to_owned(),
        name: match &agreement.terms {
            Terms::Signed(signed) => signed.contract.contract_name.clone(),
            Terms::Unsigned(_) | Terms::HandedOn(_) => agreement.product_id.clone(),
        },
        unsigned: agreement.terms.signed().is_none(),
        agreement_id: agreement.agreement_id.clone(),
        clauses: Vec::new(),
        product_id: agreement.product_id.clone(),
        peer: agreement.peer.clone(),
        peer_name,
        contract_hash: agreement.contract_hash.clone(),
        status: Some(agreement.status(is_destroyed)),
        in_force: agreement.is_in_force(),
        stopped: agreement.stopped.as_ref().map(|stop| stop.reason.clone()),
        stop: agreement.stopped.as_ref().map(|stop| StopInfo {
            order_id: stop.order_id.clone(),
            ordered_at: stop.ordered_at,
            by: stop.by.clone(),
        }),
        leave: None,
        data: holding.map(|holding| holding.state.as_str().to_owned()),
        ending: agreement.ending.as_ref().map(|voucher| termination::info(voucher, agreement.ended_at.is_some())),
        meter,
        statement: agreement.statement,
    })
}
