//! Our data plane as control planes see it: our own in this process, or another maker's over HTTP. DPS 1.0-RC3 §4. The flows themselves are moved by
//! `delivery`; whether anything may flow is asked of the agreement when it does.

mod address;
pub mod api;

use xinyu_core::dataflow::{self as core, ControlPlane, DataFlow, State, is_push, step};
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Side;
use xinyu_protocol::dps::{DataFlowMessage, FlowNotice, FlowStatus, HTTP_PULL_PROFILE, RENEWAL_PROPERTIES};
use xinyu_protocol::dsp::transfer::DataAddress;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::signal::BY_HAND;

pub(crate) use address::{is_member, opens, renew};

/// What a control plane says of a flow that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// The other side has started.
    Started,
    /// Rest.
    Suspend,
    /// Go on.
    Resume,
    /// The transfer is over, well.
    Completed,
    /// The transfer is over, early.
    Terminate,
}

impl Verb {
    /// The last segment of the path.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Completed => "completed",
            Self::Terminate => "terminate",
        }
    }

    fn target(self) -> State {
        match self {
            Self::Started | Self::Resume => State::Started,
            Self::Suspend => State::Suspended,
            Self::Completed => State::Completed,
            Self::Terminate => State::Terminated,
        }
    }
}

/// `prepare`, on the consumer's side. When the provider will push, the answer says where to.
///
/// # Errors
/// If the process has a flow already.
pub(crate) async fn prepare(
    connector: &Connector,
    tx: &mut Tx,
    message: DataFlowMessage,
    from: ControlPlane,
) -> Result<FlowStatus, Failure> {
    let mut flow = begin(connector, message, from, Side::Consumer);
    if flow.is_push() {
        address::open_inbox(connector, tx, &mut flow);
    }
    flow.state = if takes_time(connector, &flow) { State::Preparing } else { State::Prepared };
    insert(tx, flow).await
}

/// `start`, on the provider's side. When the consumer will pull, the answer says from where.
///
/// # Errors
/// If the process has a flow already, or an address is missing or too much.
pub(crate) async fn start(
    connector: &Connector,
    tx: &mut Tx,
    message: DataFlowMessage,
    from: ControlPlane,
) -> Result<FlowStatus, Failure> {
    let given = message.data_address.clone();
    let mut flow = begin(connector, message, from, Side::Provider);
    match (flow.is_push(), given) {
        (true, Some(address)) => flow.address = Some(address),
        (false, None) => address::open_outlet(connector, tx, &mut flow).await?,
        (true, None) => {
            return Err(bad_address("推送需要 dataAddress", "a push needs a dataAddress").into());
        }
        (false, Some(_)) => {
            return Err(bad_address("拉取不应带 dataAddress", "a pull takes no dataAddress").into());
        }
    }
    flow.state = if takes_time(connector, &flow) { State::Starting } else { State::Started };
    insert(tx, flow).await
}

fn begin(connector: &Connector, message: DataFlowMessage, from: ControlPlane, side: Side) -> DataFlow {
    let marked = message.metadata.get(BY_HAND).and_then(serde_json::Value::as_bool).unwrap_or_default();
    let by_hand = marked || connector.options.by_hand.contains(&message.agreement_id);
    DataFlow {
        flow_id: message.process_id,
        side,
        state: State::Initialized,
        control_plane: from,
        counterparty: message.counter_party_id,
        agreement_id: message.agreement_id,
        dataset_id: message.dataset_id,
        profile: message.profile,
        address: None,
        by_hand,
        token_digest: None,
        refresh_digest: None,
        token_expires: None,
        reason: None,
        sent: 0,
    }
}

/// Whether people say when a flow is ready: where the configuration puts its agreement into their hands. In a transfer that people lead step by step the
/// flow is ready at once; what they say is when it is done.
fn takes_time(connector: &Connector, flow: &DataFlow) -> bool {
    connector.options.by_hand.contains(&flow.agreement_id)
}

async fn insert(tx: &mut Tx, flow: DataFlow) -> Result<FlowStatus, Failure> {
    if !xinyu_store::dataflow::insert(tx, &flow).await? {
        return Err(Rejection::bad(
            "flow-exists",
            format!("进程 {} 已有数据流", flow.flow_id),
            format!("process {} has a data flow already", flow.flow_id),
        )
        .clause("DPS 1.0-RC3 §4.3")
        .into());
    }
    tx.signal(Topic::Transfer);
    Ok(flow.status(tx.new_id().to_string()))
}

/// What a control plane says of a flow of its own.
///
/// # Errors
/// If it has no such flow, the table does not lead there, or the address cannot be used.
pub(crate) async fn hear(
    connector: &Connector,
    tx: &mut Tx,
    flow_id: &str,
    verb: Verb,
    notice: FlowNotice,
    from: &ControlPlane,
) -> Result<FlowStatus, Failure> {
    let found = xinyu_store::dataflow::lock(tx, flow_id).await?;
    let mut flow = found.filter(|flow| flow.control_plane == *from).ok_or_else(|| unknown(flow_id))?;
    if let Some(address) = notice.data_address {
        check_address(&flow, &address)?;
        if flow.side == Side::Consumer && !flow.is_push() {
            flow.address = Some(address);
        }
    }
    if verb == Verb::Started && flow.state == State::Preparing {
        flow = step(flow, State::Prepared)?;
    }
    let mut flow = step(flow, verb.target())?;
    if notice.reason.is_some() {
        flow.reason = notice.reason;
    }
    xinyu_store::dataflow::save(tx, &flow).await?;
    if flow.state.is_final() {
        connector.moving.stop(flow_id);
    }
    tx.signal(Topic::Transfer);
    Ok(flow.status(tx.new_id().to_string()))
}

/// What our data plane has to say of a flow: `prepared`, `started`, `completed` or `errored`. Our own control plane hears it in this transaction.
///
/// # Errors
/// If the table does not lead there.
pub(crate) async fn tell(
    connector: &Connector,
    tx: &mut Tx,
    flow: DataFlow,
    what: &'static str,
) -> Result<DataFlow, Failure> {
    let to = match what {
        "prepared" => State::Prepared,
        "started" => State::Started,
        "completed" => State::Completed,
        _ => State::Terminated,
    };
    let flow = step(flow, to)?;
    let (flow, effects) = core::tell(flow, what)?;
    xinyu_store::dataflow::save(tx, &flow).await?;
    effect::apply(&connector.node, tx, effects).await?;
    tx.signal(Topic::Transfer);
    if flow.control_plane == ControlPlane::Own {
        let status = flow.status(tx.new_id().to_string());
        crate::transfer::follow(connector, tx, &flow.flow_id, status, Default::default()).await?;
    }
    Ok(flow)
}

/// A pull address of the HTTP profile must be one that can be renewed.
fn check_address(flow: &DataFlow, address: &DataAddress) -> Result<(), Rejection> {
    if flow.profile != HTTP_PULL_PROFILE {
        return Ok(());
    }
    match RENEWAL_PROPERTIES.iter().find(|name| address.property(name).is_none()) {
        None => Ok(()),
        Some(missing) => Err(bad_address(
            &format!("拉取地址缺少续期属性 {missing}"),
            &format!("the pull address lacks the property {missing}, without which it cannot be renewed"),
        )),
    }
}

fn bad_address(zh: &str, en: &str) -> Rejection {
    Rejection::bad("data-address", zh, en).clause("DPS 1.0-RC3 §4.3")
}

/// That there is no such flow, or none of the caller's.
pub(crate) fn unknown(flow_id: &str) -> Rejection {
    Rejection::unknown("unknown-flow", format!("没有数据流 {flow_id}"), format!("data flow {flow_id} does not exist"))
}

/// Whether a profile or format is one that we move data by.
pub(crate) fn is_known(profile: &str) -> bool {
    let known = ["httpdata-pull", "httpdata-push", "http-pull", "http-push"];
    let name = profile.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    known.contains(&name.as_str()) || is_push(profile)
}
