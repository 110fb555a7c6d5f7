//! What has arrived, or has gone out, is noted with the end of its flow, in one transaction.

use std::fmt::Display;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use futures::stream::BoxStream;
use xinyu_core::agreement::Agreement;
use xinyu_core::dataflow::{DataFlow, State, step};
use xinyu_core::effect::Effect;
use xinyu_core::transfer::{self, Delivered};
use xinyu_core::usage::{HeldFile, HoldingState};
use xinyu_dataplane::intake::{Place, take_in};
use xinyu_policy::{Action, Timing};
use xinyu_protocol::dps::FlowStatus;
use xinyu_protocol::tc609::catalog::{FieldCard, TableCard};
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;

/// What the table of a plain delivery is called in the use environment.
const TABLE: &str = "data";

/// Takes in what a partner delivers in plain: sealed for ourselves before it touches the disk.
///
/// # Errors
/// If it is no table, or breaks off.
pub(super) async fn take_plain(
    connector: &Connector,
    flow: &DataFlow,
    agreement: &Agreement,
    content_type: &str,
    body: BoxStream<'static, Result<Bytes, String>>,
) -> Result<(), Failure> {
    let suite = connector.node.suite_of(&agreement.space_id);
    let place = Place {
        vault: &connector.vault,
        contract_id: agreement.contract_id.as_str(),
        suite,
        key: connector.node.ring.public().sealing(suite).clone(),
        table: TABLE,
    };
    let taken = take_in(place, content_type, body).await.map_err(Failure::broken)?;
    let fields = taken.schema.columns.iter();
    let table = TableCard {
        name: TABLE.to_owned(),
        fields: fields
            .map(|column| FieldCard {
                name: column.name.clone(),
                kind: column.kind.as_str().to_owned(),
                masked: false,
                term: String::new(),
            })
            .collect(),
        rows: taken.rows,
    };
    let received = taken.received;
    let delivered = Delivered { rows: taken.rows, bytes: taken.bytes, digest: taken.digest };
    let file = HeldFile { name: received.file, bytes: received.bytes, digest: received.digest };
    complete(connector, flow, agreement, delivered, file, Some(table)).await
}

/// Takes in what a member delivers: encrypted for us, and kept as it came.
///
/// # Errors
/// If it was not encrypted for us under this contract, or breaks off.
pub(super) async fn take_sealed<S, E>(
    connector: &Connector,
    flow: &DataFlow,
    agreement: &Agreement,
    body: S,
) -> Result<(), Failure>
where
    S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
    E: Display + Send,
{
    let node = &connector.node;
    let (id, suite) = (agreement.contract_id.as_str().to_owned(), node.suite_of(&agreement.space_id));
    let received = connector.vault.receive(&id, suite, body).await.map_err(Failure::broken)?;
    let (vault, opening) = (Arc::clone(&connector.vault), node.ring.opening(suite).clone());
    let rows = tokio::task::spawn_blocking(move || vault.count_rows(&id, opening))
        .await
        .map_err(Failure::broken)?
        .map_err(Failure::broken)?;
    let delivered = Delivered { rows, bytes: received.bytes, digest: received.digest.clone() };
    let file = HeldFile { name: received.file, bytes: received.bytes, digest: received.digest };
    complete(connector, flow, agreement, delivered, file, None).await
}

/// The data is here: the flow is done, so is the transfer, and the holding holds it.
///
/// # Errors
/// If the flow was ended meanwhile.
async fn complete(
    connector: &Connector,
    flow: &DataFlow,
    agreement: &Agreement,
    delivered: Delivered,
    file: HeldFile,
    table: Option<TableCard>,
) -> Result<(), Failure> {
    let (this, flow_id, id) = (connector.clone(), flow.flow_id.clone(), agreement.contract_id.as_str().to_owned());
    let noted = connector.node.store.write("delivery.complete", move |tx| {
        Box::pin(async move {
            let mut holding =
                xinyu_store::holding::lock(tx, &id).await?.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
            if holding.ended(tx.now()).is_some() || !matches!(holding.state, HoldingState::Awaited | HoldingState::Held)
            {
                return Err(Failure::broken("the contract ended while its data was on its way"));
            }
            let policy = crate::usage::policy(&holding.terms)?;
            holding.duties_done = policy
                .rules
                .iter()
                .flat_map(|rule| &rule.duties)
                .filter(|duty| {
                    duty.timing == Timing::Before
                        && matches!(duty.action, Action::Desensitize | Action::Anonymize | Action::Encrypt)
                })
                .map(|duty| duty.action.code().to_owned())
                .collect();
            holding.state = HoldingState::Held;
            holding.received_at = Some(tx.now());
            holding.meter.deliveries = holding.meter.deliveries.saturating_add(1);
            holding.meter.rows = holding.meter.rows.saturating_add(delivered.rows);
            holding.meter.bytes = holding.meter.bytes.saturating_add(delivered.bytes);
            holding.delivered = delivered.clone();
            holding.files = vec![file];
            if let Some(table) = table {
                holding.tables = vec![table];
            }
            xinyu_store::holding::save(tx, &holding).await?;
            end(&this, tx, &flow_id, delivered).await?;
            tx.signal(Topic::Usage);
            Ok::<_, Failure>(())
        })
    });
    noted.await
}

/// The data has gone out: the provider counts it, the flow is done and so is the transfer.
///
/// # Errors
/// If the flow was ended meanwhile.
pub(super) async fn sent(
    connector: &Connector,
    flow: &DataFlow,
    agreement: &Agreement,
    delivered: Delivered,
) -> Result<(), Failure> {
    let (this, flow_id, id) = (connector.clone(), flow.flow_id.clone(), agreement.contract_id.as_str().to_owned());
    let noted = connector.node.store.write("delivery.sent", move |tx| {
        Box::pin(async move {
            let mut meter = xinyu_store::meter::lock(tx, &id).await?;
            meter.deliveries = meter.deliveries.saturating_add(1);
            meter.rows = meter.rows.saturating_add(delivered.rows);
            meter.bytes = meter.bytes.saturating_add(delivered.bytes);
            xinyu_store::meter::save(tx, &id, &meter).await?;
            if let Some(transfer) = xinyu_store::transfer::find(tx, &flow_id).await? {
                let draft = delivered.facts(transfer::record(&transfer, "transfer.delivered"));
                effect::apply(&this.node, tx, vec![Effect::Record(draft)]).await?;
            }
            end(&this, tx, &flow_id, delivered).await
        })
    });
    noted.await
}

async fn end(connector: &Connector, tx: &mut Tx, flow_id: &str, delivered: Delivered) -> Result<(), Failure> {
    let found = xinyu_store::dataflow::lock(tx, flow_id).await?;
    let flow = found.ok_or_else(|| crate::dataflow::unknown(flow_id))?;
    let is_own = flow.control_plane == xinyu_core::dataflow::ControlPlane::Own;
    if !is_own {
        return crate::dataflow::tell(connector, tx, flow, "completed").await.map(drop);
    }
    let flow = step(flow, State::Completed)?;
    xinyu_store::dataflow::save(tx, &flow).await?;
    let status = FlowStatus { state: State::Completed.as_str().to_owned(), ..FlowStatus::default() };
    crate::transfer::follow(connector, tx, flow_id, status, delivered).await
}
