//! From which columns the columns of some data are made: of a dataset as the pipelines tell it, of a product as its parts select, of a delivery as it is prepared, of
//! derived data as the use environment saw it read.

use xinyu_core::lineage::pipeline::{ColumnStep, Name};
use xinyu_core::lineage::{NodeKind, id};
use xinyu_core::negotiation::Side;
use xinyu_core::offering::{Offering, Part};
use xinyu_shell::Failure;
use xinyu_store::Tx;
use xinyu_store::pipeline::{self, Kept};

use super::known::Known;
use super::split;
use crate::app::Connector;

/// Steps between columns that are told of one node.
const MOST: u32 = 2_000;

/// Where the names of this connector's nodes are unique.
pub(super) fn origin(connector: &Connector) -> String {
    connector.node.party().map_or_else(|| connector.node.name.clone(), |party| party.as_str().to_owned())
}

/// The steps that lead to the columns of a node; none where nobody knows.
pub(super) async fn columns(tx: &mut Tx, known: &Known, node: &str) -> Result<Vec<ColumnStep>, Failure> {
    Ok(match split(node) {
        Some((NodeKind::Dataset, key)) => pipeline::columns(tx, key, MOST).await?,
        Some((NodeKind::Product, product)) => match known.offering(product) {
            Some(offering) => selected(tx, known, offering).await?,
            None => Vec::new(),
        },
        Some((NodeKind::Delivery, contract)) => prepared(tx, known, contract).await?,
        Some((NodeKind::Derived, derived)) => read(tx, known, derived).await?,
        _ => Vec::new(),
    })
}

/// A product has the fields that its parts select, of the datasets where its resources lie, or of the resources.
async fn selected(tx: &mut Tx, known: &Known, offering: &Offering) -> Result<Vec<ColumnStep>, Failure> {
    let ids = known.places.datasets(tx, offering).await?;
    let datasets = pipeline::datasets(tx, &ids).await?;
    let mut steps = Vec::new();
    for part in &offering.parts {
        let is_its = |kept: &&Kept| known.places.is_at(kept, &part.resource);
        let mut from: Vec<Name> = datasets.iter().filter(is_its).map(|kept| kept.dataset.name.clone()).collect();
        if from.is_empty() {
            from.push(Name::new(namespace(known), format!("resource:{}", part.resource)));
        }
        for name in from {
            steps.extend(part.fields.iter().map(|field| direct(part, name.clone(), field, field.clone())));
        }
    }
    Ok(steps)
}

/// A delivery has the fields of the version of the product that its contract is about, some of them masked on the way. Only who prepared it knows.
async fn prepared(tx: &mut Tx, known: &Known, contract: &str) -> Result<Vec<ColumnStep>, Failure> {
    let agreement = known.agreement(contract).filter(|agreement| agreement.side == Side::Provider);
    let Some(agreement) = agreement else { return Ok(Vec::new()) };
    let product = &agreement.product_id;
    let Some(offering) = xinyu_store::offering::of_contract(tx, contract, product).await? else {
        return Ok(Vec::new());
    };
    let from = Name::new(namespace(known), id(NodeKind::Product, product));
    let mut steps = Vec::new();
    for part in &offering.parts {
        for field in &part.fields {
            let mut step = direct(part, from.clone(), field, format!("{}.{field}", part.table));
            if let Some(mask) = part.masks.iter().find(|mask| mask.field == *field) {
                (step.subtype, step.is_masked) = ("TRANSFORMATION".to_owned(), true);
                step.description.clone_from(&mask.method);
            }
            steps.push(step);
        }
    }
    Ok(steps)
}

fn direct(part: &Part, from: Name, field: &str, column: String) -> ColumnStep {
    ColumnStep {
        to: Some(format!("{}.{field}", part.table)),
        from,
        column,
        kind: "DIRECT".to_owned(),
        subtype: "IDENTITY".to_owned(),
        is_masked: false,
        description: String::new(),
    }
}

/// All rows of what a use made depend on the fields that it read: which became which, the use environment does not say.
async fn read(tx: &mut Tx, known: &Known, derived: &str) -> Result<Vec<ColumnStep>, Failure> {
    let Some(found) = xinyu_store::derived::find(tx, derived).await? else { return Ok(Vec::new()) };
    let mut steps = Vec::new();
    for input in &found.lineage.inputs {
        let from = match &input.derived_id {
            Some(derived) => id(NodeKind::Derived, derived),
            None => id(NodeKind::Delivery, input.contract_id.as_str()),
        };
        steps.extend(found.lineage.fields.iter().map(|field| ColumnStep {
            to: None,
            from: Name::new(namespace(known), from.clone()),
            column: field.clone(),
            kind: String::new(),
            subtype: String::new(),
            is_masked: false,
            description: String::new(),
        }));
    }
    Ok(steps)
}

fn namespace(known: &Known) -> String {
    format!("xinyu://{}", known.origin)
}
