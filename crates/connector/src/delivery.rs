//! Delivery (数据交付): the provider prepares, encrypts for the consumer's key and streams; the consumer stores what arrives as it is, encrypted.
//! TC609-6-2025-01 §5.2.3; NDI-TR-2025-05 §7.

mod inbox;
mod moving;
pub mod plain;
mod watch;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;
use xinyu_core::agreement::Terms;
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::policy_record::governing::Governing;
use xinyu_core::transfer::{self, Delivered, Transfer};
use xinyu_crypto::Suite;
use xinyu_dataplane::deliver::{self, deliver};
use xinyu_dataplane::prepare::{MaskMethod, TablePlan};
use xinyu_http::GRANT_HEADER;
use xinyu_http::auth::HeadOnly;
use xinyu_identity::grant;
use xinyu_policy::Action;
use xinyu_protocol::text::Text;
use xinyu_shell::peer::PeerCall;
use xinyu_shell::{Failure, effect};
use xinyu_store::Tx;

use self::watch::{Basis, Ground, watched};
use crate::app::Connector;
use crate::policy_record::set::governing;
use crate::resource::Resource;

pub use moving::run;

/// The media type of a delivery that is encrypted for its receiver.
const SEALED: &str = "application/octet-stream";

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
    let (this, peer, flow_id) = (connector.clone(), call.peer.party.as_str().to_owned(), pid.clone());
    let ((plans, basis), agreement) = node
        .store
        .read("delivery.plan", move |tx| {
            Box::pin(async move {
                let transfer = xinyu_store::transfer::find(tx, &pid).await?.filter(|transfer| transfer.peer == peer);
                let transfer = transfer.ok_or_else(|| Failure::from(crate::dataflow::unknown(&pid)))?;
                let agreement = crate::transfer::may_flow(&this, tx, &transfer).await?;
                let (space, product) = (agreement.space_id.as_str(), agreement.product_id.as_str());
                let about = (space, product, agreement.contract_id.as_str());
                let ready = prepare(&this, tx, about, &agreement.terms, &transfer.peer).await?;
                Ok::<_, Failure>((ready, agreement))
            })
        })
        .await?;
    let suite = node.suite_of(&agreement.space_id);
    let recipient = call.peer.keys.sealing(suite).clone();
    let contract_id = agreement.contract_id.as_str().to_owned();
    let salt = salt(&connector, suite, &contract_id);
    let (stream, done) = deliver(plans, suite, recipient, contract_id.clone().into_bytes(), salt);
    let stream = watched(&connector, Ground::pulled(&flow_id, &contract_id).by(basis), stream);
    note_when_served(&connector, contract_id, done);
    let mut response = Body::from_stream(stream).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(SEALED));
    response.extensions_mut().insert(HeadOnly);
    Ok(response)
}

/// What pseudonyms of a contract are made with. Known to nobody but this connector: or hashed numbers could be found by trying all of them.
pub(crate) fn salt(connector: &Connector, suite: Suite, contract_id: &str) -> Vec<u8> {
    let secret = connector.node.ring.signing(suite).sign(format!("xinyu/mask/v1\n{contract_id}").as_bytes());
    suite.hash(&secret).as_bytes().to_vec()
}

/// What goes to a receiver now, and the policies that it is made ready by.
///
/// # Errors
/// If nothing may go to it, or a part of the product is not there.
async fn prepare(
    connector: &Connector,
    tx: &mut Tx,
    (space, product, contract): (&str, &str, &str),
    terms: &Terms,
    receiver: &str,
) -> Result<(Vec<TablePlan>, Basis), Failure> {
    let policy = governed(connector, tx, (space, product), terms).await?;
    transfer::check_receiver(&policy, product, receiver, tx.now())?;
    Ok((plan(connector, tx, (product, contract), &policy).await?, Basis::of(terms, &policy)))
}

/// What governs a delivery: the contract within the records of space and product.
///
/// # Errors
/// If the records that count are not known here: then nothing flows.
async fn governed(
    connector: &Connector,
    tx: &mut Tx,
    scope: (&str, &str),
    terms: &Terms,
) -> Result<Governing, Failure> {
    let now = tx.now();
    match governing(connector, tx, scope, terms, now).await? {
        (policy, None) => Ok(policy),
        (_, Some(bar)) => Err(Rejection::conflict("policy-set-missing", bar.why.zh, bar.why.en)
            .clause(bar.clause)
            .next(Text::new(
                "请稍后再试：本端会向平台取回策略集",
                "try again later: the set is fetched from the platform",
            ))
            .into()),
    }
}

/// What a contract's data is made of: the parts of the version of the product that it is about, restricted to the fields and rows that the contract allows,
/// masked.
async fn plan(
    connector: &Connector,
    tx: &mut Tx,
    (product_id, contract_id): (&str, &str),
    policy: &Governing,
) -> Result<Vec<TablePlan>, Failure> {
    let offering = xinyu_store::offering::of_contract(tx, contract_id, product_id)
        .await?
        .ok_or_else(|| Failure::broken(format!("product {product_id} of a contract is not offered here")))?;
    let allowed = match (readable(policy), policy.readable_around(&USES)) {
        (Some(own), Some(around)) => Some(own.intersection(&around).cloned().collect()),
        (own, around) => own.or(around),
    };
    let filters = USES.iter().find(|&&action| permits(policy, action)).map_or_else(Vec::new, |&action| {
        let around = policy.around().into_iter().flat_map(|one| one.row_filters(action));
        policy.row_filters(action).into_iter().chain(around).collect()
    });
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
        plans.push(TablePlan { table: part.table.clone(), source: resource.source(connector)?, fields, filter, masks });
    }
    Ok(plans)
}

/// The uses for which data is delivered; the rows are those of the first one that the contract permits.
const USES: [Action; 6] =
    [Action::Use, Action::Read, Action::Access, Action::Compute, Action::Process, Action::JointDevelop];

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

/// Notes what was served, once it is.
fn note_when_served(connector: &Connector, contract_id: String, done: oneshot::Receiver<deliver::Delivered>) {
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
}

pub(crate) async fn served(connector: &Connector, contract_id: &str, delivered: &Delivered) -> Result<(), Failure> {
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
