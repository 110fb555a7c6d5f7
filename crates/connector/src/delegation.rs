//! Who may sign and pay for our organisation: registered with the platform, checked here and asked there before something is signed or paid.
//! NDI-TR-2025-03 §7, GetOperatorStatus. Whoever has a delegation acts under it and no further; whoever has none signs as an administrator of the
//! organisation, and pays nothing.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::delegation::{self, Deed, Delegation};
use xinyu_core::fault::Rejection;
use xinyu_core::listing::policy_document;
use xinyu_http::json::StrictJson;
use xinyu_policy::Action;
use xinyu_protocol::api::List;
use xinyu_protocol::api::delegation::{DelegationInfo, EndDelegation};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::delegation::{
    DelegationEnd, DelegationRequest, OperatorPerson, OperatorStatus, OperatorStatusRequest,
};
use xinyu_protocol::tc609::identity::IdentityStatus;
use xinyu_protocol::tc609::negotiation::ProposedTerms;
use xinyu_protocol::text::Text;
use xinyu_shell::delegation::{info, unknown};
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, Node, sealed};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::negotiation::{Wanted, of_contract};
use crate::platform;

/// What the sealed person is, so that it opens as nothing else.
const CONTEXT: &str = "xinyu/operator/own/v1";
/// The uses that are charged for.
const USES: [Action; 6] =
    [Action::Use, Action::Read, Action::Access, Action::Compute, Action::Process, Action::JointDevelop];

/// `POST /api/v1/delegations`: an operator may act for us. The same key is the same delegation.
///
/// # Errors
/// If the person is not verified or the authority is not shown; what the platform says.
pub async fn register(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<DelegationRequest>,
) -> Result<Json<DelegationInfo>, Failure> {
    let request = body.value;
    let me = connector.node.party().map(|party| party.as_str().to_owned()).unwrap_or_default();
    // The letter is at the platform, which looks for it.
    let registered =
        delegation::register(&request, &me, request.attachment_id.is_some(), connector.node.store.clock().now())?;
    let _: Status = platform::ask(&connector.node, "/tc609/delegation", &request).await?;
    let operator = OperatorPerson {
        operator: request.operator,
        operator_id: request.operator_id,
        operator_auth_type: request.operator_auth_type,
    };
    let plain = serde_json::to_vec(&operator).map_err(Failure::broken)?;
    let sealed = sealed::seal(&connector.node, CONTEXT, &plain)?;
    let this = connector.clone();
    let kept = connector.node.store.write("delegation.register", move |tx| {
        Box::pin(async move {
            xinyu_store::delegation::insert(tx, &registered, &sealed).await?;
            let kept = xinyu_store::delegation::find(tx, &registered.delegation_id).await?.unwrap_or(registered);
            tx.signal(Topic::Participant);
            info(&this.node, tx, CONTEXT, kept).await
        })
    });
    Ok(Json(kept.await?))
}

/// `GET /api/v1/delegations`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<DelegationInfo>>, Failure> {
    let this = connector.clone();
    let items = connector.node.store.read("delegation.list", move |tx| {
        Box::pin(async move {
            let mut items = Vec::new();
            for one in own(&this.node, tx).await? {
                items.push(info(&this.node, tx, CONTEXT, one).await?);
            }
            Ok::<_, Failure>(items)
        })
    });
    Ok(Json(List { items: items.await? }))
}

async fn own(node: &Node, tx: &mut Tx) -> Result<Vec<Delegation>, Failure> {
    let me = node.party().map(|party| party.as_str().to_owned()).unwrap_or_default();
    Ok(xinyu_store::delegation::list(tx, &me).await?)
}

/// `POST /api/v1/delegations/{id}/end`: the operator acts no more. Here at once, whatever the platform says.
///
/// # Errors
/// If there is no such delegation; what the platform says, then it holds here and is to be told again.
pub async fn end(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
    body: StrictJson<EndDelegation>,
) -> Result<Json<DelegationInfo>, Failure> {
    let order = DelegationEnd { delegation_id: id, reason: body.value.reason };
    let (this, told) = (connector.clone(), order.clone());
    let ended = connector.node.store.write("delegation.end", move |tx| {
        Box::pin(async move {
            let ended = close(tx, &told).await?;
            info(&this.node, tx, CONTEXT, ended).await
        })
    });
    let ended = ended.await?;
    let _: Status = platform::ask(&connector.node, "/tc609/delegationEnd", &order).await?;
    Ok(Json(ended))
}

/// `POST /tc609/delegationEnd`, by the platform: the operator acts no more.
///
/// # Errors
/// If there is no such delegation.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let order: DelegationEnd = call.parse()?;
    call.once(&connector.node, "delegation.told", move |tx| {
        Box::pin(async move {
            close(tx, &order).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

async fn close(tx: &mut Tx, order: &DelegationEnd) -> Result<Delegation, Failure> {
    let there = xinyu_store::delegation::lock(tx, &order.delegation_id).await?;
    let there = there.ok_or_else(|| unknown(&order.delegation_id))?;
    let ended = delegation::end(there, &order.reason, tx.now());
    xinyu_store::delegation::save(tx, &ended).await?;
    tx.signal(Topic::Participant);
    Ok(ended)
}

/// Under which delegation a person signs a contract: none for an administrator. The platform is asked (GetOperatorStatus), outside of any transaction.
///
/// # Errors
/// If the person's delegation does not go so far or has ended, or the platform says so or cannot be reached.
pub(crate) async fn who_acts(
    connector: &Connector,
    person: &Person,
    contract_id: &str,
    wanted: Wanted,
) -> Result<Option<String>, Failure> {
    let (this, user, contract) = (connector.clone(), person.name.clone(), contract_id.to_owned());
    let found = connector.node.store.read("delegation.who_acts", move |tx| {
        Box::pin(async move {
            let mine = of_user(&this.node, tx, &user).await?;
            if mine.is_empty() {
                return Ok(None);
            }
            let deed = deed(tx, &contract, &wanted).await?;
            Ok::<_, Failure>(Some(allowing(mine, &deed, tx.now())?))
        })
    });
    match found.await? {
        Some(able) => usable(connector, able).await.map(Some),
        None => Ok(None),
    }
}

/// Under which delegation a person signs as a service party: none for an administrator. As [`who_acts`].
///
/// # Errors
/// As [`who_acts`].
pub(crate) async fn who_signs(connector: &Connector, person: &Person, deed: Deed) -> Result<Option<String>, Failure> {
    let (this, user) = (connector.clone(), person.name.clone());
    let found = connector.node.store.read("delegation.who_signs", move |tx| {
        Box::pin(async move {
            let mine = of_user(&this.node, tx, &user).await?;
            let now = tx.now();
            Ok::<_, Failure>(if mine.is_empty() { None } else { Some(allowing(mine, &deed, now)?) })
        })
    });
    match found.await? {
        Some(able) => usable(connector, able).await.map(Some),
        None => Ok(None),
    }
}

/// Under which delegation a person pays an order. Unlike a signature, a payment is nobody's without one: what is asked for before it (GetOperatorStatus) can
/// be asked of an operator only.
///
/// # Errors
/// If the person has none; otherwise as [`who_acts`].
pub(crate) async fn who_pays(connector: &Connector, person: &Person, deed: Deed) -> Result<String, Failure> {
    let (this, user) = (connector.clone(), person.name.clone());
    let found = connector.node.store.read("delegation.who_pays", move |tx| {
        Box::pin(async move {
            let mine = of_user(&this.node, tx, &user).await?;
            if mine.is_empty() {
                return Err(Failure::from(delegation::missing(&user)));
            }
            Ok::<_, Failure>(allowing(mine, &deed, tx.now())?)
        })
    });
    usable(connector, found.await?).await
}

/// That a delegation still allows a deed, at the moment of it.
///
/// # Errors
/// If it has ended meanwhile, or does not go so far.
pub(crate) async fn must_allow(tx: &mut Tx, delegation_id: &str, deed: &Deed) -> Result<(), Failure> {
    let one = xinyu_store::delegation::find(tx, delegation_id).await?.ok_or_else(|| unknown(delegation_id))?;
    let now = tx.now();
    Ok(one.must_allow(deed, now)?)
}

async fn of_user(node: &Node, tx: &mut Tx, user: &str) -> Result<Vec<Delegation>, Failure> {
    Ok(own(node, tx).await?.into_iter().filter(|one| one.user_name == user).collect())
}

/// Those that allow it; if none does, why the first does not.
fn allowing(mine: Vec<Delegation>, deed: &Deed, now: jiff::Timestamp) -> Result<Vec<String>, Rejection> {
    let (mut able, mut why) = (Vec::new(), None);
    for one in mine {
        match one.must_allow(deed, now) {
            Ok(()) => able.push(one.delegation_id),
            Err(bar) => why = why.or(Some(bar)),
        }
    }
    match why {
        Some(bar) if able.is_empty() => Err(bar),
        _ => Ok(able),
    }
}

/// GetOperatorStatus: the first of them that the platform says may act.
async fn usable(connector: &Connector, able: Vec<String>) -> Result<String, Failure> {
    let names = able.join(", ");
    for delegation_id in able {
        let request = OperatorStatusRequest { delegation_id };
        let status: OperatorStatus = platform::ask(&connector.node, "/tc609/operatorStatus", &request).await?;
        if status.auth_status == IdentityStatus::Usable {
            return Ok(request.delegation_id);
        }
    }
    Err(Rejection::forbidden(
        "operator-invalid",
        format!("平台登记的经办人授权 {names} 已失效"),
        format!("delegation {names} is not good any more, says the platform"),
    )
    .clause("NDI-TR-2025-03 GetOperatorStatus")
    .next(Text::new(
        "请由有权的经办人办理，或重新登记授权",
        "let an operator act who may, or register a new delegation",
    ))
    .into())
}

/// What signing a contract can come to: on the terms on the table, or on those that are wanted in their place.
async fn deed(tx: &mut Tx, contract_id: &str, wanted: &Wanted) -> Result<Deed, Failure> {
    for side in [xinyu_core::negotiation::Side::Consumer, xinyu_core::negotiation::Side::Provider] {
        if let Some(notice) = xinyu_store::notice::find_by_contract(tx, side, contract_id).await? {
            let product_id = notice.entry.product_id.as_str().to_owned();
            let terms = wanted.over(of_contract(tx, &notice).await?, &product_id)?;
            return Ok(Deed { product_id, amount_fen: amount(&terms) });
        }
    }
    let negotiation = xinyu_store::negotiation::find_by_contract(tx, contract_id).await?;
    let negotiation = negotiation.ok_or_else(|| xinyu_core::contract::unknown(contract_id))?;
    // With a partner nothing is charged.
    Ok(Deed { product_id: negotiation.product_id, amount_fen: Some(0) })
}

/// The base, and the price of as many uses as the contract allows: none if it does not say how many.
pub(crate) fn amount(terms: &ProposedTerms) -> Option<u64> {
    let revenue = &terms.revenue;
    if revenue.per_use_fen == 0 {
        return Some(revenue.base_fen);
    }
    let policy = xinyu_policy::parse_value(&policy_document(&terms.policies)).ok()?;
    let permitted = USES.into_iter().filter(|&action| policy.rules.iter().any(|rule| rule.permits(action)));
    let mut uses = 0_u64;
    for action in permitted {
        uses = uses.max(policy.count_limit(action)?);
    }
    revenue.base_fen.checked_add(revenue.per_use_fen.checked_mul(uses)?)
}

/// Notes under which delegation a contract is going to be signed.
///
/// # Errors
/// If the store fails.
pub(crate) async fn acts(tx: &mut Tx, contract_id: &str, delegation_id: &str) -> Result<(), Failure> {
    Ok(xinyu_store::setting::set(tx, &format!("acting/{contract_id}"), delegation_id).await?)
}

/// That whoever acts for us may still do so, at the moment of signing.
///
/// # Errors
/// If the delegation has ended meanwhile.
pub(crate) async fn must_still_act(tx: &mut Tx, contract_id: &str) -> Result<(), Failure> {
    let Some(id) = xinyu_store::setting::find(tx, &format!("acting/{contract_id}")).await? else {
        return Ok(());
    };
    must_act(tx, contract_id, &id).await
}

/// That a delegation reaches a contract now.
///
/// # Errors
/// If it has ended, or does not go so far.
pub(crate) async fn must_act(tx: &mut Tx, contract_id: &str, delegation_id: &str) -> Result<(), Failure> {
    must_act_on(tx, contract_id, delegation_id, &Wanted::default()).await
}

/// That a delegation reaches a contract on terms that are wanted in place of those there are.
///
/// # Errors
/// As [`must_act`].
pub(crate) async fn must_act_on(
    tx: &mut Tx,
    contract_id: &str,
    delegation_id: &str,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let deed = deed(tx, contract_id, wanted).await?;
    must_allow(tx, delegation_id, &deed).await
}
