//! Looking into policies before anybody acts on them: one that is pasted, that of a product of ours, or that of a contract. TC609-6-2025-15 §7.2.2.3 b, d, h.
//!
//! Nothing is changed and nothing is kept. The work is bounded (`xinyu_policy::simulate`), done beside the threads that serve, and one question at a time, so
//! that no number of questions takes more than one core.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use xinyu_core::agreement::Terms;
use xinyu_core::fault::Rejection;
use xinyu_core::{contract, simulation};
use xinyu_http::StrictJson;
use xinyu_protocol::api::policy::{
    PolicyComparison, PolicyDifference, PolicyReport, PolicySimulation, PolicySource, SimulationInfo,
};
use xinyu_protocol::tc609::contract::SignedContract;
use xinyu_protocol::text::Text;
use xinyu_store::Tx;

use crate::failure::Failure;
use crate::node::{Node, NodeKind};

/// One question at a time.
static AT_WORK: Semaphore = Semaphore::const_new(1);

/// `POST /api/v1/policies/check`.
///
/// # Errors
/// If there is no such product or contract.
pub async fn check(
    State(node): State<Arc<Node>>,
    body: StrictJson<PolicySource>,
) -> Result<Json<PolicyReport>, Failure> {
    let ([document], _) = documents(&node, [body.value]).await?;
    work(move || Ok(simulation::report(&document))).await
}

/// `POST /api/v1/policies/simulation`.
///
/// # Errors
/// If there is no such product or contract, the policy or a use is not understood, or it would be too much.
pub async fn simulate(
    State(node): State<Arc<Node>>,
    body: StrictJson<PolicySimulation>,
) -> Result<Json<SimulationInfo>, Failure> {
    let PolicySimulation { source, uses, from, span } = body.value;
    let ([document], now) = documents(&node, [source]).await?;
    let from = from.unwrap_or(now);
    work(move || simulation::simulate(&document, &uses, from, span.as_deref())).await
}

/// `POST /api/v1/policies/difference`.
///
/// # Errors
/// If there is no such product or contract, or a policy is not understood.
pub async fn compare(
    State(node): State<Arc<Node>>,
    body: StrictJson<PolicyComparison>,
) -> Result<Json<PolicyDifference>, Failure> {
    let PolicyComparison { old, new, at } = body.value;
    let ([old, new], now) = documents(&node, [old, new]).await?;
    let at = at.unwrap_or(now);
    work(move || simulation::difference(&old, &new, at)).await
}

async fn work<T: Send + 'static>(
    question: impl FnOnce() -> Result<T, Rejection> + Send + 'static,
) -> Result<Json<T>, Failure> {
    let turn = AT_WORK.acquire().await.map_err(Failure::broken)?;
    let answer = tokio::task::spawn_blocking(move || {
        // Held until the work is done, whether or not somebody still waits for it.
        let _turn = turn;
        question()
    });
    Ok(Json(answer.await.map_err(Failure::broken)??))
}

/// The policies that are meant, and the time.
async fn documents<const N: usize>(
    node: &Node,
    sources: [PolicySource; N],
) -> Result<([Value; N], Timestamp), Failure> {
    let kind = node.kind;
    let found = node.store.read("policy.find", move |tx| {
        Box::pin(async move {
            let mut documents = Vec::with_capacity(N);
            for source in sources {
                documents.push(document(tx, kind, source).await?);
            }
            Ok::<_, Failure>((documents, tx.now()))
        })
    });
    let (documents, now) = found.await?;
    let documents = <[Value; N]>::try_from(documents).map_err(|_| Failure::broken("a policy is missing"))?;
    Ok((documents, now))
}

async fn document(tx: &mut Tx, kind: NodeKind, source: PolicySource) -> Result<Value, Failure> {
    match source {
        PolicySource { policy: Some(policy), product: None, contract: None } => Ok(simulation::document(policy)),
        PolicySource { policy: None, product: Some(id), contract: None } => of_product(tx, kind, &id).await,
        PolicySource { policy: None, product: None, contract: Some(id) } => of_contract(tx, kind, &id).await,
        _ => Err(Rejection::bad(
            "policy-source",
            "请给出 policy、product、contract 三者之一",
            "exactly one of policy, product and contract is to be given",
        )
        .next(Text::new("请只保留其中一个", "leave one of them"))
        .into()),
    }
}

async fn of_product(tx: &mut Tx, kind: NodeKind, id: &str) -> Result<Value, Failure> {
    let policies = match kind {
        NodeKind::Platform => xinyu_store::listing::find(tx, id).await?.map(|listing| listing.request.policies),
        NodeKind::Connector => {
            xinyu_store::offering::find_by_target(tx, id).await?.map(|offering| offering.request.policies)
        }
    };
    let policies = policies.ok_or_else(|| {
        Rejection::unknown("unknown-product", format!("没有数据产品 {id}"), format!("product {id} does not exist here"))
    })?;
    Ok(xinyu_core::listing::policy_document(&policies))
}

async fn of_contract(tx: &mut Tx, kind: NodeKind, id: &str) -> Result<Value, Failure> {
    match kind {
        NodeKind::Platform => {
            let contract = xinyu_store::contract::find(tx, id).await?.ok_or_else(|| contract::unknown(id))?;
            contract.signed.as_ref().map(of_signed).ok_or_else(|| {
                Rejection::conflict(
                    "contract-not-signed",
                    "合约尚未签署，还没有策略",
                    "the contract is not signed yet and has no policy",
                )
                .next(Text::new("可改看该数据产品的策略", "look at the policy of the product instead"))
                .into()
            })
        }
        NodeKind::Connector => {
            let agreement = xinyu_store::agreement::find(tx, id).await?.ok_or_else(|| contract::unknown(id))?;
            Ok(match &agreement.terms {
                Terms::Signed(signed) => of_signed(signed),
                Terms::Unsigned(_) | Terms::HandedOn(_) => agreement.terms.policy_document(),
            })
        }
    }
}

/// The policies of a contract, and its end.
fn of_signed(signed: &SignedContract) -> Value {
    json!({ "indate": signed.contract.indate, "contractPolicies": signed.contract.contract_policies })
}
