//! What our control plane tells a data plane: our own, which is called in the transaction of the change, or another maker's, over the outbox. The
//! messages are the same. DPS 1.0-RC3; docs/adr/0005.

use serde::Serialize;
use serde_json::{Map, json};
use xinyu_core::dataflow::{ControlPlane, DATA_PLANE};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::negotiation::Conduct;
use xinyu_core::transfer::Transfer;
use xinyu_protocol::dps::{DataFlowMessage, FlowNotice, FlowStatus};
use xinyu_protocol::dsp::transfer::DataAddress;
use xinyu_shell::{Failure, effect};
use xinyu_store::Tx;

use crate::app::Connector;
use crate::dataflow::{self, Verb};

/// In the metadata of a flow: whether people say when it is ready and done.
pub(crate) const BY_HAND: &str = "xinyu:byHand";

/// Has the consumer's data plane prepared. None: it will tell.
///
/// # Errors
/// If our own data plane refuses.
pub(crate) async fn prepare(
    connector: &Connector,
    tx: &mut Tx,
    transfer: &Transfer,
) -> Result<Option<FlowStatus>, Failure> {
    let message = message(connector, tx, transfer);
    match &transfer.data_plane {
        None => dataflow::prepare(connector, tx, message, ControlPlane::Own).await.map(Some),
        Some(plane) => send(connector, tx, transfer, plane, "dps.prepare", "/dataflows/prepare", &message).await,
    }
}

/// Has the provider's data plane start. None: it will tell.
///
/// # Errors
/// If our own data plane refuses.
pub(crate) async fn start(
    connector: &Connector,
    tx: &mut Tx,
    transfer: &Transfer,
) -> Result<Option<FlowStatus>, Failure> {
    let mut message = message(connector, tx, transfer);
    message.data_address = transfer.address.clone().filter(|_| transfer.is_push());
    match &transfer.data_plane {
        None => dataflow::start(connector, tx, message, ControlPlane::Own).await.map(Some),
        Some(plane) => send(connector, tx, transfer, plane, "dps.start", "/dataflows/start", &message).await,
    }
}

/// Tells the data plane what has become of the transfer.
///
/// # Errors
/// If our own data plane cannot follow.
pub(crate) async fn tell(
    connector: &Connector,
    tx: &mut Tx,
    transfer: &Transfer,
    verb: Verb,
    address: Option<DataAddress>,
) -> Result<(), Failure> {
    let reason = transfer.reason.clone().filter(|_| matches!(verb, Verb::Suspend | Verb::Terminate));
    let notice = FlowNotice { message_id: tx.new_id().to_string(), data_address: address, reason };
    match &transfer.data_plane {
        None => match dataflow::hear(connector, tx, transfer.pid(), verb, notice, &ControlPlane::Own).await {
            Ok(_) => Ok(()),
            // The flow may be over, or never have begun: then there is nothing to follow with.
            Err(Failure::Rejected(rejection)) => {
                tracing::debug!(flow = transfer.pid(), why = %rejection, "the data flow did not follow");
                Ok(())
            }
            Err(failure) => Err(failure),
        },
        Some(plane) => {
            let flow = transfer.data_flow.as_deref().unwrap_or_else(|| transfer.pid());
            let path = format!("/dataflows/{flow}/{}", verb.as_str());
            send(connector, tx, transfer, plane, "dps.notice", &path, &notice).await.map(drop)
        }
    }
}

fn message(connector: &Connector, tx: &Tx, transfer: &Transfer) -> DataFlowMessage {
    let me = connector.node.party().map(|party| party.as_str().to_owned()).unwrap_or_default();
    let by_hand = transfer.conduct == Conduct::Stepwise;
    DataFlowMessage {
        message_id: tx.new_id().to_string(),
        participant_id: me,
        counter_party_id: transfer.peer.clone(),
        dataspace_context: transfer.space_id.clone(),
        process_id: transfer.pid().to_owned(),
        agreement_id: transfer.agreement_id.clone(),
        dataset_id: transfer.product_id.clone(),
        profile: transfer.format.clone(),
        claims: Map::new(),
        metadata: if by_hand { Map::from_iter([(BY_HAND.to_owned(), json!(true))]) } else { Map::new() },
        labels: Vec::new(),
        data_address: None,
    }
}

async fn send<T: Serialize>(
    connector: &Connector,
    tx: &mut Tx,
    transfer: &Transfer,
    plane: &str,
    kind: &'static str,
    path: &str,
    message: &T,
) -> Result<Option<FlowStatus>, Failure> {
    let to = format!("{DATA_PLANE}{plane}");
    let stream = format!("dataflow/{}", transfer.pid());
    let send = Outgoing::json(&to, stream, kind, path, message)?;
    effect::apply(&connector.node, tx, vec![Effect::Send(send)]).await?;
    Ok(None)
}
