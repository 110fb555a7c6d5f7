//! Registration of listed products at the function node that the platform is configured with, for their providers (代理登记): what is listed is sent there, what
//! is deregistered is revoked there, and what the node answers is taken up with the message that it answers. TC609-6-2025-01 §5.2.2.4 a; TC609-6-2025-11
//! §7.2.4; TC609-6-2025-16 6.3 a.

pub mod clock;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::listing::Listing;
use xinyu_core::listing::life::Act;
use xinyu_core::listing::registration::{self as domain, CLAUSE, KIND, PLATFORM, Place, Registration, Turn};
use xinyu_discovery::catalogue::{Record, ndi};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::ListingInfo;
use xinyu_protocol::api::listing::{ListingRegistration, RegistrationAct};
use xinyu_protocol::ndi::product::ProductAnswer;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::text::Text;
use xinyu_shell::outbox::{Refused, Sent};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::outbox::OutboxMessage;
use xinyu_store::{Topic, Tx};

use super::{grades, info, unknown};
use crate::app::{Platform, PlatformOptions};
use crate::ndi::node::FunctionNode;
use crate::ndi::product::about;

/// What follows at function nodes from how a product stands now: a version that is listed is sent to the node that registers, what is deregistered is revoked
/// wherever it is registered. The effects are to be committed with the change.
///
/// # Errors
/// If the store fails.
pub(super) async fn follow(options: &PlatformOptions, tx: &mut Tx, listing: &Listing) -> Result<Vec<Effect>, Failure> {
    match (listing.state, options.registry()) {
        (ListingState::Listed, Some(node)) if is_public(listing) => {
            let there = xinyu_store::registration::lock(tx, listing.product_id.as_str(), &node.id).await?;
            if there.as_ref().is_some_and(|there| !there.is_behind(listing.version())) {
                return Ok(Vec::new());
            }
            ask(tx, there, listing, (node, PLATFORM)).await
        }
        (ListingState::Deregistered, _) => withdraw(tx, listing, PLATFORM).await,
        _ => Ok(Vec::new()),
    }
}

/// Whether a product is for every member of its space. What is for some of them is not told to a register that everybody reads, unless a person says so.
fn is_public(listing: &Listing) -> bool {
    listing.audience().is_empty()
}

/// Sends a product to a node.
async fn ask(
    tx: &mut Tx,
    there: Option<Registration>,
    listing: &Listing,
    (node, by): (&FunctionNode, &str),
) -> Result<Vec<Effect>, Failure> {
    let place = Place { node_id: &node.id, name: &node.name };
    let turn = domain::ask(there, listing, place, (said(listing), by), tx.now())?;
    keep(tx, turn).await
}

/// What is said of a product: the members of NDI-TR-2025-06.
fn said(listing: &Listing) -> Value {
    let entry = listing.entry(&grades(&listing.request.profile));
    ndi::product(&Record::of_entry(&entry, listing.decided_at))
}

/// Has a product revoked wherever it is registered, or may be.
async fn withdraw(tx: &mut Tx, listing: &Listing, by: &str) -> Result<Vec<Effect>, Failure> {
    let product = listing.product_id.as_str();
    let asked = listing.steps.iter().rev().find(|step| step.act == Act::AskDeregistration);
    let reason = asked.map_or(listing.note.as_str(), |step| step.reason.as_str());
    let mut effects = Vec::new();
    for one in xinyu_store::registration::of_product(tx, product).await? {
        let there = xinyu_store::registration::lock(tx, product, &one.node_id).await?;
        if let Some(there) = there.filter(Registration::is_to_be_revoked) {
            let turn = there.withdraw(reason, by, tx.now())?;
            effects.extend(keep(tx, turn).await?);
        }
    }
    Ok(effects)
}

async fn keep(tx: &mut Tx, turn: Turn) -> Result<Vec<Effect>, Failure> {
    xinyu_store::registration::save(tx, &turn.registration).await?;
    tx.signal(Topic::Catalog);
    Ok(turn.effects)
}

/// Which of a product's registrations is shown: that at the node that registers now, else the latest.
pub(super) fn shown<'r>(options: &PlatformOptions, all: &'r [Registration]) -> Option<&'r Registration> {
    let at = |one: &&Registration| options.registry().is_some_and(|node| node.id == one.node_id);
    all.iter().find(at).or_else(|| all.iter().max_by_key(|one| one.since))
}

/// A product with its registration.
///
/// # Errors
/// If the store fails.
pub(super) async fn told(options: &PlatformOptions, tx: &mut Tx, listing: &Listing) -> Result<ListingInfo, Failure> {
    let all = xinyu_store::registration::of_product(tx, listing.product_id.as_str()).await?;
    Ok(info(listing, shown(options, &all)))
}

/// `POST /api/v1/listings/{id}/registration`: a person has a product registered, registered again or revoked at the function node, or has the node asked for the
/// result now. It travels as all messages do: what comes of it is seen in the product.
///
/// # Errors
/// If there is no such product, no node that registers, or nothing of it to be done.
pub async fn act(
    State(platform): State<Platform>,
    Path(product): Path<String>,
    person: Person,
    body: StrictJson<ListingRegistration>,
) -> Result<Json<ListingInfo>, Failure> {
    let (this, act) = (platform.clone(), body.value.act);
    let done = platform.node.store.write("listing.registration", move |tx| {
        Box::pin(async move {
            let options = &this.options;
            let listing = xinyu_store::listing::lock(tx, &product).await?.ok_or_else(|| unknown(&product))?;
            let effects = match act {
                RegistrationAct::Register => register(options, tx, &listing, &person.name).await?,
                RegistrationAct::Ask => query(options, tx, &listing).await?,
            };
            effect::apply(&this.node, tx, effects).await?;
            let mut happened = person.happened("listing.registration", &product, "done");
            act.as_str().clone_into(&mut happened.detail);
            xinyu_store::audit::append(tx, &happened).await?;
            told(options, tx, &listing).await
        })
    });
    Ok(Json(done.await?))
}

/// By a person's word: whatever was sent before.
async fn register(options: &PlatformOptions, tx: &mut Tx, listing: &Listing, by: &str) -> Result<Vec<Effect>, Failure> {
    let product = &listing.product_id;
    match listing.state {
        ListingState::Listed => {
            let node = options.registry().ok_or_else(nowhere)?;
            let there = xinyu_store::registration::lock(tx, product.as_str(), &node.id).await?;
            ask(tx, there, listing, (node, by)).await
        }
        ListingState::Deregistered => {
            let effects = withdraw(tx, listing, by).await?;
            if effects.is_empty() { Err(none(listing).into()) } else { Ok(effects) }
        }
        _ => Err(Rejection::conflict(
            "product-not-listed",
            format!("产品 {product} 不在目录中"),
            format!("product {product} is not in the catalogue"),
        )
        .clause(CLAUSE)
        .into()),
    }
}

async fn query(options: &PlatformOptions, tx: &mut Tx, listing: &Listing) -> Result<Vec<Effect>, Failure> {
    let product = listing.product_id.as_str();
    let all = xinyu_store::registration::of_product(tx, product).await?;
    let node = shown(options, &all).map(|one| one.node_id.clone()).ok_or_else(|| none(listing))?;
    let there = xinyu_store::registration::lock(tx, product, &node).await?.ok_or_else(|| none(listing))?;
    keep(tx, there.query()?).await
}

/// Takes up what a node answered, in the transaction that closes the message. What cannot be taken up is asked for again, and set aside in the end.
///
/// # Errors
/// If the store fails, or the answer is not in order.
pub(crate) async fn answered(platform: &Platform, tx: &mut Tx, sent: &Sent) -> Result<(), Failure> {
    if sent.message.kind != KIND {
        return Ok(());
    }
    let said: ProductAnswer = xinyu_http::json::read_json(&sent.body).map_err(|problem| {
        let why = problem.detail.as_ref().map_or(problem.title.en.as_str(), |detail| detail.en.as_str());
        Rejection::conflict(
            "registration-answer",
            format!("功能节点的答复无法解析：{why}"),
            format!("the answer of the function node does not parse: {why}"),
        )
        .clause(CLAUSE)
    })?;
    let request = about(&sent.message)?;
    let now = tx.now();
    change(platform, tx, &sent.message, |there| there.take(request.request_no, &said, now)).await
}

/// Takes up that a message was set aside.
///
/// # Errors
/// If the store fails.
pub(crate) async fn failed(platform: &Platform, tx: &mut Tx, refused: &Refused) -> Result<(), Failure> {
    if refused.message.kind != KIND {
        return Ok(());
    }
    let request = about(&refused.message)?;
    let now = tx.now();
    change(platform, tx, &refused.message, |there| there.fail(request.request_no, &refused.why, now)).await
}

/// Changes the registration that a message is about, and what members find of the product with it.
async fn change(
    platform: &Platform,
    tx: &mut Tx,
    message: &OutboxMessage,
    make: impl FnOnce(Registration) -> Result<Turn, Rejection> + Send,
) -> Result<(), Failure> {
    let product = about(message)?.product_code;
    let node = message.destination.strip_prefix(domain::DESTINATION).unwrap_or_default();
    // The product before its registration, as everywhere.
    let Some(mut listing) = xinyu_store::listing::lock(tx, &product).await? else { return Ok(()) };
    let Some(there) = xinyu_store::registration::lock(tx, &product, node).await? else { return Ok(()) };
    let turn = make(there)?;
    let registered = turn.registration.registered();
    let was_here = listing.registered.as_ref().is_some_and(|at| at.node_id == node);
    if registered != listing.registered && (registered.is_some() || was_here) {
        listing.registered = registered;
        xinyu_store::listing::save(tx, &listing).await?;
    }
    let effects = keep(tx, turn).await?;
    effect::apply(&platform.node, tx, effects).await
}

fn nowhere() -> Rejection {
    Rejection::conflict(
        "no-registry",
        "本平台没有配置登记数据产品的功能节点",
        "this platform has no function node that registers products",
    )
    .clause(CLAUSE)
    .next(Text::new(
        "在配置的 [[platform.function_nodes]] 中设 registers_products = true",
        "set registers_products = true at one of [[platform.function_nodes]] in the configuration",
    ))
}

fn none(listing: &Listing) -> Rejection {
    let product = &listing.product_id;
    Rejection::conflict(
        "not-registered-at-node",
        format!("产品 {product} 在功能节点没有可办理的登记"),
        format!("product {product} has no registration at a function node with which that could be done"),
    )
    .clause(CLAUSE)
}
