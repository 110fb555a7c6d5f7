//! What the provider is told of the uses of its data: it counts on its own, and reports its meter once the destruction is proven.
//! TC609-6-2025-15 §9.2.2, §9.2.4.

use std::sync::Arc;

use axum::extract::State;
use xinyu_core::agreement::Agreement;
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::negotiation::Side;
use xinyu_core::usage::violation::{self, Violation};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::metering::MeterReport;
use xinyu_protocol::tc609::usage::{ExecutionFeedback, FulfilmentProof};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;

/// `POST /tc609/executionFeedback`, by the consumer's connector.
///
/// # Errors
/// If we do not provide under this contract to this consumer.
pub async fn use_feedback(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let feedback: ExecutionFeedback = call.parse()?;
    let (peer, retention) = (call.peer.party.as_str().to_owned(), connector.node.retention);
    let node = Arc::clone(&connector.node);
    call.once(&connector.node, "feedback.use", move |tx| {
        Box::pin(async move {
            let id = feedback.contract_id.as_str();
            let agreement = provided(tx, id, &peer).await?;
            // A count is the one thing that no state guards against a copy.
            retention.must_be_remembered(feedback.timestamp, tx.now())?;
            let mut meter = xinyu_store::meter::lock(tx, id).await?;
            // What only the other side can count it tells; refusals are counted here.
            let told = feedback.details.alert.as_deref();
            let mut violations: Vec<Violation> = told.and_then(Violation::parse).into_iter().collect();
            match feedback.details.state.as_str() {
                "done" => meter.uses = meter.uses.saturating_add(1),
                "refused" => {
                    meter.refused = meter.refused.saturating_add(1);
                    violations.extend(violation::of_count(meter.refused));
                }
                "stopped" | "failed" => meter.stopped = meter.stopped.saturating_add(1),
                _ => {}
            }
            xinyu_store::meter::save(tx, id, &meter).await?;
            crate::metering::told(tx, &feedback).await?;
            if feedback.details.state == "done" {
                crate::warning::counted(tx, id, &crate::usage::policy(&agreement.terms)?, &meter).await?;
            }
            let alerts = violations.into_iter().map(|violation| violation.alert(id)).collect();
            effect::apply(&node, tx, alerts).await?;
            tx.signal(Topic::Usage);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// `POST /tc609/fulfillmentProof`, by the consumer's connector: the data is gone. Our meter goes to the platform.
///
/// # Errors
/// If the proof is not signed by the consumer, or the contract is not with it.
pub async fn proof(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    let proof: FulfilmentProof = call.parse()?;
    call.check_fulfilment(&proof)?;
    let peer = call.peer.party.as_str().to_owned();
    let node = Arc::clone(&connector.node);
    call.once(&connector.node, "feedback.proof", move |tx| {
        Box::pin(async move {
            let id = proof.contract_id.as_str();
            provided(tx, id, &peer).await?;
            crate::metering::destroyed(tx, id).await?;
            let meter = xinyu_store::meter::lock(tx, id).await?;
            let me =
                node.party().and_then(|party| party.connector()).ok_or_else(|| Failure::broken("not registered"))?;
            let report = MeterReport { connector_id: me, contract_id: proof.contract_id.clone(), meter, at: tx.now() };
            let send =
                Outgoing::json(&node.platform_id(), format!("evidence/{id}"), "metering", "/tc609/metering", &report)?;
            effect::apply(&node, tx, vec![Effect::Send(send)]).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// A contract under which we provide to this consumer.
///
/// # Errors
/// If it is none.
pub(crate) async fn provided(tx: &mut Tx, id: &str, peer: &str) -> Result<Agreement, Failure> {
    xinyu_store::agreement::find(tx, id)
        .await?
        .filter(|agreement| agreement.side == Side::Provider && agreement.peer == peer)
        .ok_or_else(|| xinyu_core::contract::unknown(id).into())
}
