//! Beginning a negotiation on our side: with a member for an approved application, with a partner for a dataset of its catalogue or an offer of ours.

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use xinyu_core::contract::proposal;
use xinyu_core::fault::Rejection;
use xinyu_core::negotiation::{self, Conduct, Negotiation, Side};
use xinyu_crypto::Suite;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::connector::{NewNegotiation, ProcessInfo};
use xinyu_protocol::dsp::tolerant;
use xinyu_protocol::text::Text;
use xinyu_shell::arranged::{Arranged, ArrangedKind};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect, standing};
use xinyu_store::{Topic, Tx};

use super::member::Ground;
use super::terms::{self, Wanted};
use super::{archive, info, partner, protocol};
use crate::app::Connector;
use crate::{delegation, heterogeneous, stop};

/// `POST /api/v1/negotiations`. One that is open for the contract, or under the same key, is continued.
///
/// # Errors
/// If the application is not approved, or the partner, its dataset or its offer is not there.
pub async fn start(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<NewNegotiation>,
) -> Result<Json<ProcessInfo>, Failure> {
    let new = body.value;
    let negotiation = match (&new.contract_id, &new.partner) {
        (Some(contract), None) => {
            let wanted = Wanted::from(&new);
            let acting = delegation::who_acts(&connector, &person, contract, wanted.clone()).await?;
            with_member(&connector, contract.clone(), new.stepwise, wanted, acting).await?
        }
        (None, Some(partner)) => {
            Wanted::from(&new).must_be_an_offer()?;
            let partner = known(&connector, partner).await?;
            with_partner(&connector, partner, new).await?
        }
        _ => {
            return Err(Rejection::bad(
                "negotiation-with-whom",
                "请给出 contractId（成员）或 partner 与 dataset（其他厂商的连接器）之一",
                "name either contractId (a member) or partner and dataset (another maker's connector)",
            )
            .into());
        }
    };
    let names = std::collections::BTreeMap::new();
    Ok(Json(info::process(&connector, &negotiation, &names)))
}

/// A partner that is configured here, or has joined; or a connector of another maker that our platform has registered in a space of ours.
///
/// # Errors
/// If it is none of these.
pub(crate) async fn known(connector: &Connector, id: &str) -> Result<Arranged, Failure> {
    if let Some(found) = connector.node.arranged.find(ArrangedKind::Partner, id) {
        return Ok(found);
    }
    match heterogeneous::find(connector, id).await? {
        Some(found) => Ok(found),
        None => Err(Rejection::unknown(
            "unknown-partner",
            format!("没有约定的伙伴「{id}」，请在配置的 partners 中添加，或由其所属主体在平台登记"),
            format!(
                "partner {id} is not arranged: add it to the partners of the configuration, or let its member enrol it"
            ),
        )
        .into()),
    }
}

async fn with_member(
    connector: &Connector,
    contract_id: String,
    stepwise: bool,
    wanted: Wanted,
    acting: Option<String>,
) -> Result<Negotiation, Failure> {
    let this = connector.clone();
    let begin = connector.node.store.write("negotiation.start", move |tx| {
        Box::pin(async move {
            if let Some(there) = xinyu_store::negotiation::find_by_contract(tx, &contract_id).await?
                && there.state != negotiation::State::Terminated
            {
                if wanted.is_said() {
                    return Err(under_way(&there).into());
                }
                return Ok::<_, Failure>(there);
            }
            let notice = xinyu_store::notice::find_by_contract(tx, Side::Consumer, &contract_id)
                .await?
                .ok_or_else(|| xinyu_core::contract::unknown(&contract_id))?;
            stop::must_not_hold(tx, &notice.contract_id).await?;
            standing::must_stand(&this.node, tx, notice.party.connector_id.as_str()).await?;
            let ground = Ground::new(&this, notice, Side::Consumer)?;
            let mut negotiation = draw(&ground, format!("urn:uuid:{}", tx.new_id()));
            let table = wanted.over(proposal::listed(&ground.notice.entry), &negotiation.product_id)?;
            let offer = terms::propose(&this, tx, &negotiation, table).await?;
            (negotiation.asked, negotiation.offer) = (offer.odrl.clone(), offer.odrl);
            (negotiation.asked_proposal, negotiation.proposal) = (offer.proposal.clone(), offer.proposal);
            if stepwise {
                negotiation.conduct = Conduct::Stepwise;
            }
            if let Some(acting) = &acting {
                delegation::acts(tx, &contract_id, acting).await?;
            }
            open(&this, tx, negotiation, Vec::new()).await
        })
    });
    begin.await
}

/// One that is open goes on as it is: who wants other terms makes a move in it.
fn under_way(there: &Negotiation) -> Rejection {
    let pid = there.pid();
    Rejection::conflict(
        "negotiation-open",
        format!("该合约已有进行中的协商 {pid}，条款未被采用"),
        format!("negotiation {pid} of this contract is open, the terms were not taken"),
    )
    .next(Text::new("请在该协商中提出条款，或先终止它", "propose the terms in that negotiation, or end it first"))
}

fn draw(ground: &Ground, consumer_pid: String) -> Negotiation {
    let notice = &ground.notice;
    Negotiation {
        side: Side::Consumer,
        state: negotiation::State::Requested,
        consumer_pid,
        provider_pid: None,
        peer: notice.party.connector_id.as_str().to_owned(),
        callback: protocol(&notice.party.address),
        space_id: notice.entry.space_id.clone(),
        product_id: notice.entry.product_id.as_str().to_owned(),
        application_id: Some(notice.application_id.clone()),
        contract_id: notice.contract_id.clone(),
        asked: Value::Null,
        offer: Value::Null,
        proposal: None,
        asked_proposal: None,
        agreement: None,
        contract: None,
        reason: None,
        conduct: Conduct::Rule,
        sent: 0,
        steps: 0,
        kept: 0,
        untaken: Vec::new(),
    }
}

async fn with_partner(connector: &Connector, arranged: Arranged, new: NewNegotiation) -> Result<Negotiation, Failure> {
    partner::must_be_enough(connector, &arranged.space_id)?;
    let dataset = new
        .dataset
        .clone()
        .ok_or_else(|| Rejection::bad("dataset-missing", "缺少 dataset", "dataset is missing").clause("/dataset"))?;
    let terms = match (&new.offer, new.as_provider) {
        (Some(offer), _) => Some(partner::well_formed(tolerant::plain(offer.clone()), &dataset)?),
        (None, false) => {
            let offer = crate::catalog::offer_of(connector, &arranged, &dataset, new.offer_id.as_deref()).await?;
            Some(partner::well_formed(offer, &dataset)?)
        }
        (None, true) => None,
    };
    if let (Some(offer), true) = (&terms, new.as_provider) {
        crate::catalog::must_hold(&arranged, offer)?;
    }
    let this = connector.clone();
    let begin = connector.node.store.write("negotiation.start", move |tx| {
        Box::pin(async move {
            standing::must_stand(&this.node, tx, &arranged.id).await?;
            let pid = match &new.key {
                Some(key) => pid_of(&arranged.id, key),
                None => format!("urn:uuid:{}", tx.new_id()),
            };
            if let Some(there) = xinyu_store::negotiation::find(tx, &pid).await? {
                return Ok::<_, Failure>(there);
            }
            let (offer, product_name) = match terms {
                Some(offer) => (offer, dataset.clone()),
                None => ours(&this, tx, &dataset, &arranged).await?,
            };
            let side = if new.as_provider { Side::Provider } else { Side::Consumer };
            let negotiation = Negotiation {
                side,
                state: if new.as_provider { negotiation::State::Offered } else { negotiation::State::Requested },
                consumer_pid: if new.as_provider { String::new() } else { pid.clone() },
                provider_pid: new.as_provider.then_some(pid),
                peer: arranged.id.clone(),
                callback: arranged.address.clone(),
                space_id: arranged.space_id.clone(),
                product_id: dataset,
                application_id: None,
                contract_id: partner::contract_id(&this, tx)?,
                asked: if new.as_provider { Value::Null } else { offer.clone() },
                offer,
                proposal: None,
                asked_proposal: None,
                agreement: None,
                contract: None,
                reason: None,
                conduct: if new.stepwise { Conduct::Stepwise } else { Conduct::Rule },
                sent: 0,
                steps: 0,
                kept: 0,
                untaken: Vec::new(),
            };
            let tell = partner::tell(&this, &negotiation, &arranged, &product_name)?;
            open(&this, tx, negotiation, vec![tell]).await
        })
    });
    begin.await
}

/// Our process id under a key of ours. It stands in addresses that the partner makes: whatever partner and key are called, it has letters and digits only.
#[must_use]
pub fn pid_of(partner: &str, key: &str) -> String {
    let digest = Suite::Intl.hash(format!("{partner}\n{key}").as_bytes()).to_string();
    format!("urn:xinyu:negotiation:{}", digest.get(..32).unwrap_or(&digest))
}

/// The offer of a product of ours, and its name.
async fn ours(
    connector: &Connector,
    tx: &mut Tx,
    product: &str,
    arranged: &Arranged,
) -> Result<(Value, String), Failure> {
    let offering = xinyu_store::offering::find_by_target(tx, product)
        .await?
        .filter(|offering| crate::catalog::is_offered(connector, offering, arranged))
        .ok_or_else(|| {
            Rejection::unknown(
                "unknown-product",
                format!("没有可提供给该伙伴的产品「{product}」"),
                format!("product {product} cannot be offered to this partner"),
            )
        })?;
    crate::catalog::must_hold(arranged, &offering.policy_document())?;
    let me = partner::name_of_us(connector, &arranged.id);
    let offer = partner::offer_of(&offering, product, Some(product), &me)?;
    Ok((offer, offering.request.product.name))
}

async fn open(
    connector: &Connector,
    tx: &mut Tx,
    negotiation: Negotiation,
    mut effects: Vec<xinyu_core::effect::Effect>,
) -> Result<Negotiation, Failure> {
    let (mut negotiation, more) = negotiation::open(negotiation, &protocol(&connector.node.address))?;
    effects.extend(more);
    let (side, table) = (negotiation.side, negotiation.table());
    archive::keep(connector, tx, &mut negotiation, side, &table).await?;
    xinyu_store::negotiation::insert(tx, &negotiation).await?;
    let offered = xinyu_store::offering::find_by_target(tx, &negotiation.product_id).await?;
    if let Some(offering) = offered.filter(|_| side == Side::Provider) {
        xinyu_store::offering::bind(tx, negotiation.contract_id.as_str(), offering.version()).await?;
    }
    effect::apply(&connector.node, tx, effects).await?;
    tx.signal(Topic::Negotiation);
    Ok(negotiation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_makes_one_name_that_needs_no_escape() {
        let pid = pid_of("did:web:127.0.0.1%3A7", "a/b?c");
        assert_eq!(pid, pid_of("did:web:127.0.0.1%3A7", "a/b?c"));
        assert_ne!(pid, pid_of("did:web:127.0.0.1%3A7", "a/b?d"));
        let digits = pid.strip_prefix("urn:xinyu:negotiation:").unwrap();
        assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{pid}");
    }
}
