//! Delivery (数据交付): the provider prepares, encrypts for the consumer's key and streams; the consumer stores what arrives as it is, encrypted.
//! TC609-6-2025-01 §5.2.3; NDI-TR-2025-05 §7.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use xinyu_core::agreement::Agreement;
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::Side;
use xinyu_core::transfer::{self, Delivered, Move, Transfer};
use xinyu_core::usage::{HeldFile, HoldingState};
use xinyu_dataplane::deliver::deliver;
use xinyu_dataplane::prepare::{MaskMethod, TablePlan};
use xinyu_http::auth::HeadOnly;
use xinyu_http::{GRANT_HEADER, SendOptions};
use xinyu_identity::grant;
use xinyu_policy::{Action, Timing};
use xinyu_shell::peer::PeerCall;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::resource::Resource;

/// The largest delivery that is taken.
const DELIVERY_LIMIT: u64 = 64 << 30;

/// `GET /dataplane/{providerPid}`, by the consumer's connector with its grant: the data of the contract, encrypted for it alone.
///
/// # Errors
/// If the grant, the transfer or the contract does not let it flow.
pub async fn serve(
    State(connector): State<Connector>,
    Path(pid): Path<String>,
    headers: HeaderMap,
    call: PeerCall,
) -> Result<Response, Failure> {
    let node = &connector.node;
    let me = node.party().ok_or_else(|| Failure::broken("not registered"))?;
    let token = headers.get(GRANT_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let expect = grant::Expect { iss: &me, bearer: &call.peer.party, transfer: Some(&pid) };
    grant::verify(token, &node.ring.public(), expect, node.store.clock().now()).map_err(|error| {
        Rejection::forbidden(
            "grant",
            format!("交付授权无效：{}", error.text().zh),
            format!("the grant is not valid: {}", error.text().en),
        )
    })?;
    let (this, peer) = (connector.clone(), call.peer.party.as_str().to_owned());
    let (plans, agreement) = node
        .store
        .read("delivery.plan", move |tx| {
            Box::pin(async move {
                let transfer = crate::transfer::find(tx, &pid, &peer).await?;
                let agreement = crate::transfer::may_flow(tx, &transfer).await?;
                Ok::<_, Failure>((plan(&this, tx, &agreement).await?, agreement))
            })
        })
        .await?;
    let suite = node.suite_of(&agreement.space_id);
    let recipient = call.peer.keys.sealing(suite).clone();
    let contract_id = agreement.contract_id.as_str().to_owned();
    // Known to nobody but this connector: or hashed numbers could be found by trying all of them.
    let salt = suite
        .hash(&node.ring.signing(suite).sign(format!("xinyu/mask/v1\n{contract_id}").as_bytes()))
        .as_bytes()
        .to_vec();
    let (stream, done) = deliver(plans, suite, recipient, contract_id.clone().into_bytes(), salt);
    let this = connector.clone();
    tokio::spawn(async move {
        // No word means that the stream broke off: then nothing was delivered.
        if let Ok(delivered) = done.await {
            let delivered = Delivered { rows: delivered.rows, bytes: delivered.bytes, digest: delivered.digest };
            if let Err(error) = served(&this, &contract_id, &delivered).await {
                tracing::error!(%error, contract = %contract_id, "the delivery of {contract_id} could not be noted");
            }
        }
    });
    let mut response = Body::from_stream(stream).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    response.extensions_mut().insert(HeadOnly);
    Ok(response)
}

/// What a contract's data is made of: the parts of the product, restricted to the fields and rows that the contract allows, masked.
async fn plan(connector: &Connector, tx: &mut Tx, agreement: &Agreement) -> Result<Vec<TablePlan>, Failure> {
    let product = &agreement.signed.contract.contract_policies;
    let document = xinyu_core::listing::policy_document(product);
    let policy =
        xinyu_policy::parse_value(&document).map_err(|errors| crate::negotiation::consumer::unreadable(&errors))?;
    let product_id = xinyu_protocol::id::ProductId::parse(&agreement.product_id).map_err(Failure::broken)?;
    let offering = xinyu_store::offering::find_by_product(tx, &product_id)
        .await?
        .ok_or_else(|| Failure::broken(format!("product {product_id} of a contract is not offered here")))?;
    let allowed = readable(&policy);
    let filters = USES
        .iter()
        .find(|&&action| permits(&policy, action))
        .map_or_else(Vec::new, |&action| policy.row_filters(action));
    let mut plans = Vec::new();
    for part in &offering.parts {
        let resource: Resource = xinyu_store::resource::find(tx, &part.resource)
            .await?
            .ok_or_else(|| Failure::broken(format!("resource {} of a product is not connected", part.resource)))?;
        let fields = part
            .fields
            .iter()
            .filter(|field| {
                allowed.as_ref().is_none_or(|allowed| {
                    allowed.contains(&format!("{}.{field}", part.table)) || allowed.contains(*field)
                })
            })
            .cloned()
            .collect();
        let masks = part
            .masks
            .iter()
            .map(|mask| {
                let method = MaskMethod::parse(&mask.method)
                    .ok_or_else(|| Failure::broken(format!("mask {} is not known", mask.method)))?;
                Ok((mask.field.clone(), method))
            })
            .collect::<Result<_, Failure>>()?;
        let filter = filters.iter().filter(|filter| concerns(filter, &part.table)).cloned().collect();
        plans.push(TablePlan {
            table: part.table.clone(),
            source: resource.source(&connector.options.roots)?,
            fields,
            filter,
            masks,
        });
    }
    Ok(plans)
}

/// The uses for which data is delivered; the rows are those of the first one that the contract permits.
const USES: [Action; 5] = [Action::Read, Action::Access, Action::Compute, Action::Process, Action::JointDevelop];

fn permits(policy: &xinyu_policy::Policy, action: Action) -> bool {
    policy.rules.iter().any(|rule| rule.permits(action))
}

/// The fields that one of the permitted uses may read; all, if one of them is not limited.
fn readable(policy: &xinyu_policy::Policy) -> Option<BTreeSet<String>> {
    let mut fields = BTreeSet::new();
    for action in USES.into_iter().filter(|&action| permits(policy, action)) {
        fields.extend(policy.allowed_fields(action)?);
    }
    Some(fields)
}

/// Whether a row filter speaks of a table: fields without a table's name speak of all.
fn concerns(filter: &xinyu_policy::Expression, table: &str) -> bool {
    filter.fields().iter().all(|field| field.split_once('.').is_none_or(|(owner, _)| owner == table))
}

async fn served(connector: &Connector, contract_id: &str, delivered: &Delivered) -> Result<(), Failure> {
    let (key, text) = (format!("served/{contract_id}"), serde_json::to_string(delivered).map_err(Failure::broken)?);
    connector
        .node
        .store
        .write("delivery.served", move |tx| {
            Box::pin(async move { xinyu_store::setting::set(tx, &key, &text).await.map_err(Failure::from) })
        })
        .await
}

/// The consumer has it: the provider counts what it served last.
///
/// # Errors
/// If nothing was served.
pub async fn confirm(connector: &Connector, tx: &mut Tx, transfer: &Transfer) -> Result<(), Failure> {
    let id = transfer.contract_id.as_str();
    let served = xinyu_store::setting::find(tx, &format!("served/{id}")).await?.ok_or_else(|| {
        Rejection::conflict(
            "nothing-served",
            format!("合约 {id} 尚未有数据交付"),
            format!("nothing was served under contract {id} yet"),
        )
    })?;
    let delivered: Delivered = serde_json::from_str(&served).map_err(Failure::broken)?;
    let mut meter = xinyu_store::meter::lock(tx, id).await?;
    meter.deliveries = meter.deliveries.saturating_add(1);
    meter.rows = meter.rows.saturating_add(delivered.rows);
    meter.bytes = meter.bytes.saturating_add(delivered.bytes);
    xinyu_store::meter::save(tx, id, &meter).await?;
    let draft = delivered.facts(transfer::record(transfer, "transfer.delivered"));
    effect::apply(&connector.node, tx, vec![Effect::Record(draft)]).await
}

/// Pulls what is ready to be pulled, woken by commits, until the node stops.
pub async fn run(connector: Connector) {
    let mut wake = connector.node.store.signals().subscribe(Topic::Transfer);
    loop {
        let mut pause = Duration::from_secs(5);
        match waiting(&connector).await {
            Ok(transfers) => {
                for transfer in transfers {
                    let id = transfer.contract_id.as_str().to_owned();
                    if let Err(error) = pull(&connector, transfer).await {
                        tracing::warn!(%error, contract = %id, "the data of {id} could not be pulled, the next attempt follows");
                        pause = Duration::from_millis(300);
                    }
                }
            }
            Err(error) => tracing::error!(%error, "transfers cannot be read, the next attempt follows"),
        }
        tokio::select! {
            () = connector.node.stopping() => return,
            _ = tokio::time::timeout(pause, wake.wait()) => {}
        }
    }
}

async fn waiting(connector: &Connector) -> Result<Vec<Transfer>, Failure> {
    let all = connector
        .node
        .store
        .read("transfer.waiting", |tx| {
            Box::pin(async move { xinyu_store::transfer::list(tx, 500).await.map_err(Failure::from) })
        })
        .await?;
    Ok(all
        .into_iter()
        .filter(|one| one.side == Side::Consumer && one.state == transfer::State::Started && one.address.is_some())
        .collect())
}

async fn pull(connector: &Connector, transfer: Transfer) -> Result<(), Failure> {
    let node = &connector.node;
    let id = transfer.contract_id.as_str().to_owned();
    let address = transfer.address.as_ref().ok_or_else(|| Failure::broken("a started transfer has no address"))?;
    let endpoint = address.endpoint.clone().unwrap_or_default();
    let grant = address.property("authorization").unwrap_or_default();
    let peer = xinyu_shell::peer::address(node, &transfer.peer).await.map_err(Failure::Broken)?;
    let client = node.client().ok_or_else(|| Failure::broken("not registered"))?;
    let mut options = SendOptions { max_reply_bytes: DELIVERY_LIMIT, ..SendOptions::default() };
    options.headers.insert(GRANT_HEADER, HeaderValue::from_str(grant).map_err(Failure::broken)?);
    let reply = client.stream(&peer, Method::GET, &endpoint, Vec::new(), options).await.map_err(Failure::broken)?;
    let suite = node.suite_of(&transfer.space_id);
    let received = connector.vault.receive(&id, suite, reply.body).await.map_err(Failure::broken)?;
    let (vault, opening, contract) =
        (std::sync::Arc::clone(&connector.vault), node.ring.opening(suite).clone(), id.clone());
    let rows = tokio::task::spawn_blocking(move || vault.count_rows(&contract, opening))
        .await
        .map_err(Failure::broken)?
        .map_err(Failure::broken)?;
    let delivered = Delivered { rows, bytes: received.bytes, digest: received.digest.clone() };
    let file = HeldFile { name: received.file, bytes: received.bytes, digest: received.digest };
    complete(connector, transfer, delivered, file).await
}

async fn complete(
    connector: &Connector,
    transfer: Transfer,
    delivered: Delivered,
    file: HeldFile,
) -> Result<(), Failure> {
    let this = connector.clone();
    connector
        .node
        .store
        .write("delivery.complete", move |tx| {
            Box::pin(async move {
                let transfer = crate::transfer::find(tx, &transfer.consumer_pid, &transfer.peer).await?;
                let id = transfer.contract_id.as_str().to_owned();
                let mut holding =
                    xinyu_store::holding::lock(tx, &id).await?.ok_or_else(|| xinyu_core::contract::unknown(&id))?;
                let (transfer, effects) = transfer::step(transfer, Side::Consumer, Move::Complete(delivered.clone()))?;
                xinyu_store::transfer::save(tx, &transfer).await?;
                let policy = crate::usage::policy(&holding.contract)?;
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
                holding.delivered = delivered;
                holding.files = vec![file];
                xinyu_store::holding::save(tx, &holding).await?;
                effect::apply(&this.node, tx, effects).await?;
                tx.signal(Topic::Usage);
                Ok(())
            })
        })
        .await
}
