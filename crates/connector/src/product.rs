//! Data products (数据产品): resources wrapped with a policy, a price and pre-delivery processing, and their way into the catalogue; [`life`] has what follows.
//! TC609-6-2025-01 §5.2.3; NDI-TR-2025-05 §6.3.

pub mod life;
pub mod registration;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize as _;
use xinyu_core::effect::{Effect, Outgoing};
use xinyu_core::fault::Rejection;
use xinyu_core::listing::policy_document;
use xinyu_core::offering::{MaskRule, Offering, Part};
use xinyu_dataplane::prepare::MaskMethod;
use xinyu_discovery::glossary::Mapping;
use xinyu_discovery::profile::ProductProfile;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NewPart, NewProduct, OfferingInfo};
use xinyu_protocol::api::template::NewInstance;
use xinyu_protocol::tc609::catalog::{FieldCard, ListingRequest, ListingState, ProductCard, TableCard, first};
use xinyu_protocol::tc609::template::TemplateUse;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;
use crate::glossary::mapping;
use crate::resource::{Resource, grading};
use crate::template;

/// `POST /api/v1/products`: wraps resources as a product and applies for listing. The same key is the same listing.
///
/// # Errors
/// If a resource, a field or a mask is not known, or a policy is none that anybody could sign.
pub async fn wrap(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<NewProduct>,
) -> Result<Json<OfferingInfo>, Failure> {
    let (node, mut new) = (Arc::clone(&connector.node), body.value);
    // Asked for again it is the product that is there, whatever has become of its templates.
    let id = new.listing_id.clone();
    let there = connector.node.store.read("product.find", move |tx| {
        Box::pin(async move { xinyu_store::offering::find(tx, &id).await.map_err(Failure::from) })
    });
    if let Some(there) = there.await? {
        return Ok(Json(info(&there)));
    }
    let templates = policies(&connector, &mut new).await?;
    let offering = connector
        .node
        .store
        .write("product.wrap", move |tx| {
            Box::pin(async move {
                if let Some(there) = xinyu_store::offering::find(tx, &new.listing_id).await? {
                    return Ok::<_, Failure>(there);
                }
                xinyu_core::simulation::must_be_usable(&policy_document(&new.policies))?;
                let offering = draw(tx, new, templates).await?;
                xinyu_store::offering::insert(tx, &offering).await?;
                effect::apply(&node, tx, apply(&node.platform_id(), &offering)?).await?;
                tx.signal(Topic::Catalog);
                Ok(offering)
            })
        })
        .await?;
    Ok(Json(info(&offering)))
}

/// The application for listing of a version, and the records of those of its tables that a person has graded.
fn apply(platform: &str, offering: &Offering) -> Result<Vec<Effect>, Failure> {
    let (id, request) = (&offering.listing_id, &offering.request);
    let send = Outgoing::json(platform, format!("listing/{id}"), "listing", "/tc609/listing", request)?;
    let mut effects = vec![Effect::Send(send)];
    let profile = ProductProfile::deserialize(&request.profile).map_err(Failure::broken)?;
    for table in &profile.tables {
        effects.extend(grading::record(&request.space_id, id, table)?);
    }
    Ok(effects)
}

/// Fills templates in, if it is to be made from templates; what they are, with their values.
async fn policies(connector: &Connector, new: &mut NewProduct) -> Result<Vec<TemplateUse>, Failure> {
    if new.templates.is_empty() {
        return Ok(Vec::new());
    }
    if !new.policies.is_empty() {
        return Err(Rejection::bad(
            "policies-twice",
            "策略与模板只能给出其一",
            "a product has policies of its own or templates, and not both",
        )
        .clause("/templates")
        .into());
    }
    let asked = NewInstance { space_id: new.space_id.clone(), templates: std::mem::take(&mut new.templates) };
    let made = template::make(connector, &asked).await?;
    new.policies = made.policies;
    Ok(made.templates)
}

async fn draw(tx: &mut Tx, new: NewProduct, templates: Vec<TemplateUse>) -> Result<Offering, Failure> {
    let (mut tables, mut parts, mut profile) = (Vec::new(), Vec::new(), ProductProfile::default());
    for part in new.parts {
        let resource: Resource = xinyu_store::resource::find(tx, &part.resource).await?.ok_or_else(|| {
            Rejection::unknown(
                "unknown-resource",
                format!("没有资源「{}」", part.resource),
                format!("resource {} is not connected", part.resource),
            )
        })?;
        let terms = mapping::of(tx, &part.resource, &new.space_id).await?;
        tables.push(table(&part, &resource, &terms)?);
        let mut found = resource.profile.clone().bare();
        found.name.clone_from(&part.table);
        found.columns.retain(|column| part.fields.contains(&column.name));
        profile.tables.push(found);
        parts.push(Part {
            table: part.table,
            resource: part.resource,
            fields: part.fields,
            masks: part.masks.into_iter().map(|(field, method)| MaskRule { field, method }).collect(),
        });
    }
    let request = ListingRequest {
        listing_id: new.listing_id.clone(),
        space_id: new.space_id,
        product: ProductCard {
            name: new.name,
            description: new.description,
            source: new.source,
            licence: new.licence,
            topic: new.topic,
            update_frequency: new.update_frequency,
            tables,
            keywords: new.keywords,
            tags: new.tags,
        },
        policies: new.policies,
        revenue: new.revenue,
        smart_clauses: new.smart_clauses,
        term: new.term,
        profile: serde_json::to_value(&profile).map_err(Failure::broken)?,
        templates,
        audience: new.audience,
        version: first(),
        reason: String::new(),
    };
    Ok(Offering {
        listing_id: new.listing_id,
        product_id: None,
        state: ListingState::Reviewing,
        request,
        parts,
        auto_agree: new.auto_agree,
        stepwise: new.stepwise,
        data_plane: new.data_plane,
        note: String::new(),
        next: None,
        made: first(),
        ending: None,
        registration: None,
    })
}

fn table(part: &NewPart, resource: &Resource, terms: &Mapping) -> Result<TableCard, Failure> {
    let unknown_field = |field: &str| {
        Rejection::bad(
            "unknown-field",
            format!("资源「{}」没有字段「{field}」", resource.name),
            format!("resource {} has no field {field}", resource.name),
        )
    };
    for (field, method) in &part.masks {
        if !part.fields.contains(field) {
            return Err(unknown_field(field).into());
        }
        if MaskMethod::parse(method).is_none() {
            return Err(Rejection::bad(
                "unknown-mask",
                format!("未知的脱敏方法「{method}」"),
                format!("unknown mask {method}"),
            )
            .into());
        }
    }
    let fields = part
        .fields
        .iter()
        .map(|field| {
            let column = resource
                .schema
                .columns
                .iter()
                .find(|column| column.name == *field)
                .ok_or_else(|| unknown_field(field))?;
            Ok(FieldCard {
                name: field.clone(),
                kind: column.kind.as_str().to_owned(),
                masked: part.masks.iter().any(|(masked, _)| masked == field),
                term: terms.term(&resource.schema.name, field).unwrap_or_default().to_owned(),
            })
        })
        .collect::<Result<_, Failure>>()?;
    Ok(TableCard { name: part.table.clone(), fields, rows: resource.rows })
}

/// `GET /api/v1/products`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<OfferingInfo>>, Failure> {
    let all = connector
        .node
        .store
        .read("product.list", |tx| {
            Box::pin(async move { xinyu_store::offering::list(tx).await.map_err(Failure::from) })
        })
        .await?;
    Ok(Json(List { items: all.iter().map(info).collect() }))
}

fn info(offering: &Offering) -> OfferingInfo {
    OfferingInfo {
        listing_id: offering.listing_id.clone(),
        product_id: offering.product_id.as_ref().map(|id| id.as_str().to_owned()),
        name: offering.request.product.name.clone(),
        state: offering.state,
        note: offering.note.clone(),
        templates: offering.request.templates.clone(),
        version: offering.version(),
        next: offering.next,
        is_ending: offering.ending.is_some(),
        registration: offering.registration.clone(),
    }
}
