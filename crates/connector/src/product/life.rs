//! The life of a product at its provider: new versions, earlier ones offered again, taken down, out of the register; and what the platform decides. What a
//! contract is about stays as it was made. NDI-TR-2025-06 §9.2.3, §9.4.

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::listing::life::{END, VERSIONS, must_have_reason};
use xinyu_core::listing::policy_document;
use xinyu_core::offering::Offering;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::connector::{NewPart, NewProduct, OfferingInfo};
use xinyu_protocol::api::listing::{EndReason, NewProductVersion, ProductHistory, Restoration, VersionInfo};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::catalog::{ListingDecision, ListingEnd, ListingState};
use xinyu_protocol::tc609::template::TemplateUse;
use xinyu_protocol::text::Text;
use xinyu_shell::listing::changes;
use xinyu_shell::outbox::Refused;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use super::{apply, draw, info, policies};
use crate::app::Connector;
use crate::pipeline::told::{self, Places};

/// Versions that are told at most.
const MOST: u32 = 200;

/// `POST /api/v1/products/{id}/versions`: a new version, which the platform reviews. What is in the catalogue stays there meanwhile.
///
/// # Errors
/// If there is no such product, it is another's key, it is out of the register or about to be, or as for a new product.
pub async fn update(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<NewProductVersion>,
) -> Result<Json<OfferingInfo>, Failure> {
    let NewProductVersion { mut product, reason } = body.value;
    must_have_reason(&reason)?;
    if product.listing_id != id {
        return Err(Rejection::bad(
            "listing-key",
            format!("产品的 listingId 应为 {id}"),
            format!("the listingId of the product must be {id}"),
        )
        .clause("/product/listingId")
        .into());
    }
    let templates = policies(&connector, &mut product).await?;
    offer(&connector, product, templates, reason, person).await
}

/// `POST /api/v1/products/{id}/restoration`: an earlier version as the next one, or the current one after it was taken down.
///
/// # Errors
/// If there is no such version, or as for a new one.
pub async fn restore(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<Restoration>,
) -> Result<Json<OfferingInfo>, Failure> {
    let Restoration { version, reason } = body.value;
    must_have_reason(&reason)?;
    let key = id.clone();
    let found = connector.node.store.read("product.version", move |tx| {
        Box::pin(async move { xinyu_store::offering::find_version(tx, &key, version).await.map_err(Failure::from) })
    });
    let found = found.await?.ok_or_else(|| {
        let (zh, en) = (format!("产品 {id} 没有第 {version} 版"), format!("product {id} has no version {version}"));
        Rejection::unknown("unknown-version", zh, en).clause(VERSIONS)
    })?;
    let templates = found.request.templates.clone();
    offer(&connector, remade(&found), templates, reason, person).await
}

/// Makes the next version of a product, and applies for it.
async fn offer(
    connector: &Connector,
    new: NewProduct,
    templates: Vec<TemplateUse>,
    reason: String,
    person: Person,
) -> Result<Json<OfferingInfo>, Failure> {
    xinyu_core::simulation::must_be_usable(&policy_document(&new.policies))?;
    let this = connector.clone();
    let offered = connector.node.store.write("product.update", move |tx| {
        Box::pin(async move {
            let there = lock(tx, &new.listing_id).await?;
            must_be_open(&there)?;
            let mut next = draw(tx, new, templates).await?;
            if next.request.space_id != there.request.space_id {
                return Err(other_space(&there).into());
            }
            let version = there.following();
            (next.request.version, next.request.reason) = (version, reason);
            (next.made, next.product_id) = (version, there.product_id.clone());
            xinyu_store::offering::keep(tx, &next).await?;
            effect::apply(&this.node, tx, apply(&this.node.platform_id(), &next)?).await?;
            // What is listed is offered until the platform has decided.
            let now = match there.state {
                ListingState::Listed => Offering { next: Some(version), made: version, ..there },
                _ => Offering { registration: there.registration, ..next },
            };
            xinyu_store::offering::save(tx, &now).await?;
            noted(tx, &person, "product.update", &now, &format!("v{version}")).await?;
            Ok::<_, Failure>(now)
        })
    });
    Ok(Json(info(&offered.await?)))
}

/// `POST /api/v1/products/{id}/delisting`: nobody finds it any more, from now on; what was agreed on it goes on.
///
/// # Errors
/// If it is not listed, or no reason is given.
pub async fn delist(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<EndReason>,
) -> Result<Json<OfferingInfo>, Failure> {
    let (this, reason) = (connector.clone(), body.value.reason);
    must_have_reason(&reason)?;
    let delisted = connector.node.store.write("product.delist", move |tx| {
        Box::pin(async move {
            let mut offering = lock(tx, &id).await?;
            if offering.state != ListingState::Listed {
                let (zh, en) = (format!("产品 {id} 不在目录中"), format!("product {id} is not in the catalogue"));
                return Err(Rejection::conflict("product-not-listed", zh, en).into());
            }
            (offering.state, offering.next) = (ListingState::Delisted, None);
            offering.note.clone_from(&reason);
            end(&this, tx, &offering, "delisting", reason).await?;
            noted(tx, &person, "product.delist", &offering, "").await?;
            Ok::<_, Failure>(offering)
        })
    });
    Ok(Json(info(&delisted.await?)))
}

/// `POST /api/v1/products/{id}/deregistration`: asks the platform to take it out of the register.
///
/// # Errors
/// If it is out already, or no reason is given.
pub async fn deregister(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    person: Person,
    body: StrictJson<EndReason>,
) -> Result<Json<OfferingInfo>, Failure> {
    let (this, reason) = (connector.clone(), body.value.reason);
    must_have_reason(&reason)?;
    let asked = connector.node.store.write("product.deregister", move |tx| {
        Box::pin(async move {
            let mut offering = lock(tx, &id).await?;
            must_be_open(&offering)?;
            (offering.ending, offering.next) = (Some(reason.clone()), None);
            end(&this, tx, &offering, "deregistration", reason).await?;
            noted(tx, &person, "product.deregister", &offering, "").await?;
            Ok::<_, Failure>(offering)
        })
    });
    Ok(Json(info(&asked.await?)))
}

async fn end(
    connector: &Connector,
    tx: &mut Tx,
    offering: &Offering,
    kind: &'static str,
    reason: String,
) -> Result<(), Failure> {
    let id = &offering.listing_id;
    let (stream, message) = (format!("listing/{id}"), ListingEnd { listing_id: id.clone(), reason });
    let send = Outgoing::json(&connector.node.platform_id(), stream, kind, format!("/tc609/{kind}"), &message)?;
    effect::apply(&connector.node, tx, vec![Effect::Send(send)]).await?;
    Ok(xinyu_store::offering::save(tx, offering).await?)
}

async fn noted(tx: &mut Tx, person: &Person, action: &str, offering: &Offering, detail: &str) -> Result<(), Failure> {
    let mut happened = person.happened(action, &offering.listing_id, "done");
    detail.clone_into(&mut happened.detail);
    xinyu_store::audit::append(tx, &happened).await?;
    tx.signal(Topic::Catalog);
    Ok(())
}

/// A product that is changed: nobody else changes it meanwhile.
async fn lock(tx: &mut Tx, id: &str) -> Result<Offering, Failure> {
    Ok(xinyu_store::offering::lock(tx, id).await?.ok_or_else(|| unknown(id))?)
}

fn unknown(id: &str) -> Rejection {
    Rejection::unknown("unknown-product", format!("没有产品 {id}"), format!("there is no product {id}"))
}

fn other_space(there: &Offering) -> Rejection {
    let (id, space) = (&there.listing_id, &there.request.space_id);
    Rejection::bad(
        "listing-space",
        format!("产品 {id} 属于空间「{space}」，不能改到另一空间"),
        format!("product {id} is of space {space} and cannot move"),
    )
    .clause("/product/spaceId")
}

/// That it is in the register, and to stay there.
fn must_be_open(offering: &Offering) -> Result<(), Rejection> {
    let id = &offering.listing_id;
    if offering.state == ListingState::Deregistered {
        let (zh, en) = (format!("产品 {id} 已注销"), format!("product {id} is deregistered"));
        let next = Text::new("请登记为新产品", "list it as a new product");
        return Err(Rejection::conflict("product-deregistered", zh, en).clause(END).next(next));
    }
    if offering.ending.is_some() {
        let (zh, en) = (
            format!("产品 {id} 的注销申请尚未决定"),
            format!("the deregistration of product {id} is still to be decided"),
        );
        return Err(Rejection::conflict("deregistration-pending", zh, en).clause(END));
    }
    Ok(())
}

/// `GET /api/v1/products/{id}/versions`.
///
/// # Errors
/// If there is no such product.
pub async fn versions(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ProductHistory>, Failure> {
    let found = connector.node.store.read("product.versions", move |tx| {
        Box::pin(async move {
            let offering = xinyu_store::offering::find(tx, &id).await?.ok_or_else(|| unknown(&id))?;
            let versions = xinyu_store::offering::versions(tx, &id, MOST).await?;
            Ok::<_, Failure>((offering, versions))
        })
    });
    let (offering, all) = found.await?;
    let versions = all.iter().enumerate().map(|(place, one)| VersionInfo {
        version: one.version(),
        reason: one.request.reason.clone(),
        state: (one.version() == offering.version()).then_some(offering.state),
        requested_at: None,
        note: if one.version() == offering.version() { offering.note.clone() } else { String::new() },
        findings: Vec::new(),
        changes: all
            .get(place.saturating_add(1))
            .map(|before| changes(&before.request, &one.request))
            .unwrap_or_default(),
        product: Some(remade(one)),
    });
    Ok(Json(ProductHistory {
        versions: versions.collect(),
        listing_id: offering.listing_id.clone(),
        product_id: offering.product_id.as_ref().map(|id| id.as_str().to_owned()),
        name: offering.request.product.name.clone(),
        state: offering.state,
        version: offering.version(),
        next: offering.next,
        ending: offering.ending,
        steps: Vec::new(),
    }))
}

/// What a version was made of, as somebody would ask for it.
fn remade(offering: &Offering) -> NewProduct {
    let (request, card) = (offering.request.clone(), offering.request.product.clone());
    let parts = offering.parts.iter().map(|part| NewPart {
        table: part.table.clone(),
        resource: part.resource.clone(),
        fields: part.fields.clone(),
        masks: part.masks.iter().map(|mask| (mask.field.clone(), mask.method.clone())).collect(),
    });
    NewProduct {
        listing_id: offering.listing_id.clone(),
        space_id: request.space_id,
        name: card.name,
        description: card.description,
        source: card.source,
        licence: card.licence,
        topic: card.topic,
        update_frequency: card.update_frequency,
        keywords: card.keywords,
        tags: card.tags,
        audience: request.audience,
        parts: parts.collect(),
        policies: request.policies,
        templates: Vec::new(),
        revenue: request.revenue,
        smart_clauses: request.smart_clauses,
        term: request.term,
        auto_agree: offering.auto_agree,
        stepwise: offering.stepwise,
        data_plane: offering.data_plane.clone(),
    }
}

/// `POST /tc609/listingDecision`, by the platform.
///
/// # Errors
/// If we asked for no such listing.
pub async fn decision(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let decision: ListingDecision = call.parse()?;
    let (this, places) = (connector.clone(), Places::of(&connector).await?);
    call.once(&connector.node, "product.decision", move |tx| {
        Box::pin(async move {
            let mut offering = xinyu_store::offering::lock(tx, &decision.listing_id).await?.ok_or_else(|| {
                Rejection::unknown(
                    "unknown-listing",
                    format!("没有上架申请 {}", decision.listing_id),
                    format!("listing {} does not exist", decision.listing_id),
                )
            })?;
            match concerns(&offering, &decision) {
                Concerns::Next if decision.state == ListingState::Listed => {
                    let made = made(tx, &offering, &decision).await?;
                    offering = Offering { next: None, ..made };
                }
                Concerns::Next => (offering.next, offering.note) = (None, decision.note.clone()),
                Concerns::Current => {
                    (offering.state, offering.ending) = (decision.state, None);
                    offering.note.clone_from(&decision.note);
                }
                Concerns::Overtaken => {
                    let made = made(tx, &offering, &decision).await?;
                    offering = Offering { next: Some(offering.version()), ..made };
                }
                Concerns::Past => {}
            }
            if decision.state == ListingState::Delisted {
                offering.next = None;
            }
            offering.product_id = Some(decision.product_id);
            xinyu_store::offering::save(tx, &offering).await?;
            told::listed(&this, tx, &offering, &places).await?;
            tx.signal(Topic::Catalog);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// Which version of ours a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Concerns {
    /// The one that was to be decided beside the listed one.
    Next,
    /// The one that counts.
    Current,
    /// One that was listed while its next version was on the way: that one waits beside it now.
    Overtaken,
    /// One that counts no more.
    Past,
}

fn concerns(offering: &Offering, decision: &ListingDecision) -> Concerns {
    let is_listed = decision.state == ListingState::Listed;
    match offering.version() {
        _ if offering.next == Some(decision.version) => Concerns::Next,
        version if version == decision.version => Concerns::Current,
        version if decision.version < version && is_listed && offering.state == ListingState::Reviewing => {
            Concerns::Overtaken
        }
        _ => Concerns::Past,
    }
}

/// The version that was listed, as it was made.
async fn made(tx: &mut Tx, offering: &Offering, decision: &ListingDecision) -> Result<Offering, Failure> {
    let made = xinyu_store::offering::find_version(tx, &offering.listing_id, decision.version).await?;
    let made = made.ok_or_else(|| Failure::broken("a version that was asked for is not kept"))?;
    let (made_last, registration) = (offering.made, offering.registration.clone());
    let state = ListingState::Listed;
    Ok(Offering { state, made: made_last, note: decision.note.clone(), registration, ..made })
}

/// The platform would not take what we asked for: it stands where it stood, with the reason.
///
/// # Errors
/// If the store fails.
pub(crate) async fn not_taken(tx: &mut Tx, refused: &Refused) -> Result<(), Failure> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct About {
        listing_id: String,
        #[serde(default)]
        version: Option<u32>,
    }
    let about: About = serde_json::from_slice(&refused.message.body).map_err(Failure::broken)?;
    let Some(mut offering) = xinyu_store::offering::lock(tx, &about.listing_id).await? else { return Ok(()) };
    match refused.message.kind.as_str() {
        "listing" if about.version.is_some() && offering.next == about.version => offering.next = None,
        "listing" if about.version.unwrap_or(1) == offering.version() && offering.state == ListingState::Reviewing => {
            offering.state = ListingState::Refused;
        }
        "deregistration" => offering.ending = None,
        _ => return Ok(()),
    }
    offering.note.clone_from(&refused.why);
    xinyu_store::offering::save(tx, &offering).await?;
    tx.signal(Topic::Catalog);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_decision_is_about_the_version_that_it_names() {
        let offering = |version: u32, state: &str, next: Option<u32>| -> Offering {
            let request = json!({
                "listingId": "k", "spaceId": "s", "policies": [], "term": "P1D", "profile": {}, "version": version,
                "product": { "name": "n", "description": "d", "source": "s", "licence": "l", "topic": "B0300",
                    "updateFrequency": "005", "keywords": [], "tables": [] },
                "revenue": { "baseFen": 0, "perUseFen": 0, "shares": [] },
            });
            let offering = json!({
                "listing_id": "k", "product_id": null, "state": state, "request": request, "parts": [], "auto_agree": true,
                "note": "", "next": next,
            });
            serde_json::from_value(offering).unwrap()
        };
        let decision = |version: u32, state: ListingState| ListingDecision {
            listing_id: "k".to_owned(),
            product_id: xinyu_protocol::id::ProductId::parse("691350100M000100Y433501A1B2C3D47").unwrap(),
            state,
            note: String::new(),
            version,
        };
        let (listed, refused) = (ListingState::Listed, ListingState::Refused);
        for (offering, decision, expect) in [
            (offering(1, "reviewing", None), decision(1, listed), Concerns::Current),
            (offering(1, "listed", Some(2)), decision(2, listed), Concerns::Next),
            (offering(1, "listed", Some(2)), decision(2, refused), Concerns::Next),
            (offering(1, "listed", Some(3)), decision(2, refused), Concerns::Past),
            (offering(2, "reviewing", None), decision(1, listed), Concerns::Overtaken),
            (offering(2, "reviewing", None), decision(1, refused), Concerns::Past),
            (offering(2, "listed", None), decision(1, listed), Concerns::Past),
            (offering(1, "listed", Some(2)), decision(1, ListingState::Delisted), Concerns::Current),
        ] {
            assert_eq!(concerns(&offering, &decision), expect, "{decision:?}");
        }
    }
}
