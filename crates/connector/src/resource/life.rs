//! The life of a resource: looked at, read again, removed. TC609-6-2025-16 §7.2 b.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::fault::Rejection;
use xinyu_core::offering::Offering;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::resource::{NewResource, ResourceInfo, ResourceRemoval};
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::{Topic, Tx};

use super::{Resource, info, reading};
use crate::app::Connector;

/// Versions of a product that are looked through.
const VERSIONS: u32 = 1_000;

/// Characters of a reason, at most.
const REASON: usize = 500;

/// `GET /api/v1/resources/{name}`.
///
/// # Errors
/// If there is no such resource.
pub async fn show(
    State(connector): State<Connector>,
    Path(name): Path<String>,
    _: Person,
) -> Result<Json<ResourceInfo>, Failure> {
    let asked = name.clone();
    let found = connector.node.store.read("resource.find", move |tx| {
        Box::pin(async move {
            let found: Option<Resource> = xinyu_store::resource::find(tx, &asked).await?;
            Ok::<_, Failure>((found, xinyu_store::offering::list(tx).await?))
        })
    });
    let (resource, offerings) = found.await?;
    Ok(Json(info(&resource.ok_or_else(|| unknown(&name))?, &offerings, &connector)))
}

/// `POST /api/v1/resources/{name}/refresh`: it is read and profiled again, as it is now. What a person said of it counts on where nothing else is found.
///
/// # Errors
/// If there is no such resource, or it cannot be read any more; what is kept of it stays then.
pub async fn refresh(
    State(connector): State<Connector>,
    Path(name): Path<String>,
    person: Person,
) -> Result<Json<ResourceInfo>, Failure> {
    let new = known(&connector, &name).await?;
    reading::ended(reading::start(&connector, person, reading::REFRESH, new, false)?).await
}

/// A connected resource, as it was said to be when it was connected.
///
/// # Errors
/// If there is none of that name.
pub(super) async fn known(connector: &Connector, name: &str) -> Result<NewResource, Failure> {
    let asked = name.to_owned();
    let found = connector.node.store.read("resource.find", move |tx| {
        Box::pin(async move { xinyu_store::resource::find::<Resource>(tx, &asked).await.map_err(Failure::from) })
    });
    let resource = found.await?.ok_or_else(|| unknown(name))?;
    let location = resource.place(connector)?;
    let Resource { name, kind, table, grows_by, update_frequency, .. } = resource;
    Ok(NewResource { name, kind, location, table, grows_by, update_frequency })
}

/// `POST /api/v1/resources/{name}/removal`: the connector forgets it, and stops reading it; the data itself is not touched. Gives what is left.
///
/// # Errors
/// If there is no such resource, a reason is missing, or a product that is not out of the register is made of it.
pub async fn remove(
    State(connector): State<Connector>,
    Path(name): Path<String>,
    person: Person,
    body: StrictJson<ResourceRemoval>,
) -> Result<Json<List<ResourceInfo>>, Failure> {
    let reason = body.value.reason.trim().to_owned();
    if !(1..=REASON).contains(&reason.chars().count()) {
        let (zh, en) =
            ("移除资源须说明原因（1 至 500 字）", "removing a resource needs a reason of 1 to 500 characters");
        return Err(Rejection::bad("reason-missing", zh, en).clause("/reason").into());
    }
    let (this, running) = (connector.clone(), reading::under_way(&connector, &name));
    let left = connector.node.store.write("resource.remove", move |tx| {
        Box::pin(async move {
            let resource = lock(tx, &name).await?;
            must_be_unused(&name, &held(tx, &name).await?)?;
            xinyu_store::resource::remove(tx, &resource.name).await?;
            xinyu_store::glossary::forget_mappings(tx, &resource.name).await?;
            let mut happened = person.happened("resource.remove", &name, "done");
            happened.detail = reason;
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Catalog);
            let (all, offerings) =
                (xinyu_store::resource::list::<Resource>(tx).await?, xinyu_store::offering::list(tx).await?);
            let items = all.iter().map(|one| info(one, &offerings, &this)).collect();
            Ok::<_, Failure>(List { items })
        })
    });
    let left = left.await?;
    reading::abandon(running).await;
    Ok(Json(left))
}

/// A resource that is looked at.
pub(crate) async fn find(tx: &mut Tx, name: &str) -> Result<Resource, Failure> {
    Ok(xinyu_store::resource::find(tx, name).await?.ok_or_else(|| unknown(name))?)
}

/// A resource that is changed: nobody else changes it meanwhile.
pub(crate) async fn lock(tx: &mut Tx, name: &str) -> Result<Resource, Failure> {
    Ok(xinyu_store::resource::lock(tx, name).await?.ok_or_else(|| unknown(name))?)
}

/// Those of `offerings` that are made of a resource.
pub(super) fn made_of(offerings: &[Offering], name: &str) -> Vec<String> {
    let made = offerings.iter().filter(|offering| is_made_of(offering, name));
    made.map(|offering| offering.listing_id.clone()).collect()
}

fn is_made_of(offering: &Offering, name: &str) -> bool {
    offering.state != ListingState::Deregistered && offering.parts.iter().any(|part| part.resource == name)
}

/// The products in any version of which somebody may still have a contract.
async fn held(tx: &mut Tx, name: &str) -> Result<Vec<String>, Failure> {
    let mut held = Vec::new();
    for offering in xinyu_store::offering::list(tx).await? {
        let is_open = offering.state != ListingState::Deregistered;
        let was_listed = offering.product_id.is_some() || offering.state == ListingState::Reviewing;
        if is_open && was_listed {
            let versions = xinyu_store::offering::versions(tx, &offering.listing_id, VERSIONS).await?;
            if is_made_of(&offering, name) || versions.iter().any(|version| is_made_of(version, name)) {
                held.push(offering.listing_id);
            }
        }
    }
    Ok(held)
}

fn must_be_unused(name: &str, held: &[String]) -> Result<(), Rejection> {
    if held.is_empty() {
        return Ok(());
    }
    let held = held.join(", ");
    let (zh, en) = (
        format!("资源「{name}」仍用于产品 {held}"),
        format!("the resource {name} is still part of the products {held}"),
    );
    let next = Text::new("请先注销这些产品，或改用其他资源并等待合约结束", "deregister these products first");
    Err(Rejection::conflict("resource-in-use", zh, en).next(next))
}

fn unknown(name: &str) -> Rejection {
    let (zh, en) = (format!("没有资源「{name}」"), format!("resource {name} is not connected"));
    Rejection::unknown("unknown-resource", zh, en)
}
