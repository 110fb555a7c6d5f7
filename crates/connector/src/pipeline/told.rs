//! What of the pipelines the evidence is told: that a run of them made a listed product, and from how many datasets, each known by a salted digest. Each step is told
//! once, whenever it comes to be known that it leads to a product.

use std::collections::{BTreeMap, BTreeSet};

use xinyu_core::effect::{Draft, Effect};
use xinyu_core::lineage::change::TOLD;
use xinyu_core::lineage::pipeline::{Dataset, Name, place, salted_run};
use xinyu_core::offering::Offering;
use xinyu_crypto::Suite;
use xinyu_dataplane::source::Source;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_shell::{Failure, effect};
use xinyu_store::Tx;
use xinyu_store::pipeline::{Binding, Kept};

use crate::app::Connector;
use crate::resource::Resource;

/// Steps that are told of one product and one dataset in one transaction; the rest follows with the next event.
const AT_ONCE: u32 = 500;
/// Where the secret stands that makes digests of names mean nothing to others.
const SALT: &str = "lineage.salt";

/// The names of the places that the resources lie at, as names are compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(BTreeMap<Name, BTreeSet<String>>);

impl Places {
    /// Of all resources that are connected.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn of(connector: &Connector) -> Result<Self, Failure> {
        let all = connector.node.store.read("pipeline.places", |tx| {
            Box::pin(async move { xinyu_store::resource::list::<Resource>(tx).await.map_err(Failure::from) })
        });
        let mut places = Self::default();
        for resource in all.await? {
            let location = resource.place(connector)?;
            let told = match (resource.kind.as_str(), &resource.table) {
                // An address of an object, an API or a stream carries a key, and is no name.
                ("object" | "api" | "stream", _) => None,
                (_, None) => Some(place::file(&location)),
                (_, Some(table)) => place::table(&location, table),
            };
            // A relative path or a link leads to the same place.
            let found = match resource.source(connector) {
                Ok(Source::File { path } | Source::Folder { path }) => path.to_str().map(place::file),
                Ok(Source::Table { url, table }) => place::table(&url, &table),
                Ok(Source::Memory { .. } | Source::Object { .. } | Source::Api { .. } | Source::Stream { .. })
                | Err(_) => None,
            };
            for name in [told, found].into_iter().flatten() {
                places.0.entry(name).or_default().insert(resource.name.clone());
            }
        }
        Ok(places)
    }

    /// The resources that lie at one of the names of a dataset.
    pub(crate) fn resources(&self, dataset: &Dataset) -> BTreeSet<&str> {
        let found = dataset.names().into_iter().filter_map(|name| self.0.get(&name));
        found.flatten().map(String::as_str).collect()
    }

    /// Whether a product is made of a dataset: bound to it or to one of its resources, or lying where one of them lies.
    pub(crate) fn leads_to(&self, kept: &Kept, offering: &Offering) -> bool {
        let mut resources = self.resources(&kept.dataset);
        match &kept.binding {
            Some(Binding::Product(listing)) if *listing == offering.listing_id => return true,
            Some(Binding::Resource(name)) => {
                resources.insert(name);
            }
            Some(Binding::Product(_)) | None => {}
        }
        offering.parts.iter().any(|part| resources.contains(part.resource.as_str()))
    }

    /// Whether a dataset lies where a resource lies, or is bound to it.
    pub(crate) fn is_at(&self, kept: &Kept, resource: &str) -> bool {
        let is_bound = matches!(&kept.binding, Some(Binding::Resource(name)) if name == resource);
        is_bound || self.resources(&kept.dataset).contains(resource)
    }

    fn leads_anywhere(&self, kept: &Kept) -> bool {
        kept.binding.is_some() || !self.resources(&kept.dataset).is_empty()
    }

    /// The datasets that a product is made of.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn datasets(&self, tx: &mut Tx, offering: &Offering) -> Result<BTreeSet<String>, Failure> {
        let mut ids = xinyu_store::pipeline::bound(tx, &Binding::Product(offering.listing_id.clone())).await?;
        let resources: BTreeSet<&String> = offering.parts.iter().map(|part| &part.resource).collect();
        for resource in &resources {
            ids.extend(xinyu_store::pipeline::bound(tx, &Binding::Resource((*resource).clone())).await?);
        }
        for (name, at) in &self.0 {
            if at.iter().any(|resource| resources.contains(resource)) {
                ids.extend(xinyu_store::pipeline::named(tx, name).await?);
            }
        }
        Ok(ids)
    }
}

/// Tells the evidence of the steps to these datasets that it was not told of, for each listed product that is made of one of them. How many records.
///
/// # Errors
/// If the store fails.
pub(crate) async fn tell(
    connector: &Connector,
    tx: &mut Tx,
    ids: &BTreeSet<String>,
    places: &Places,
) -> Result<u32, Failure> {
    let mut made = xinyu_store::pipeline::datasets(tx, ids).await?;
    made.retain(|kept| places.leads_anywhere(kept));
    if made.is_empty() {
        return Ok(0);
    }
    let mut effects = Vec::new();
    for offering in xinyu_store::offering::list(tx).await? {
        for kept in made.iter().filter(|kept| places.leads_to(kept, &offering)) {
            effects.extend(records(tx, &kept.id, &offering).await?);
        }
    }
    let count = u32::try_from(effects.len()).unwrap_or(u32::MAX);
    effect::apply(&connector.node, tx, effects).await?;
    Ok(count)
}

/// A product was listed: what was known of its making before is told now.
///
/// # Errors
/// If the store fails.
pub(crate) async fn listed(
    connector: &Connector,
    tx: &mut Tx,
    offering: &Offering,
    places: &Places,
) -> Result<(), Failure> {
    let mut effects = Vec::new();
    for id in places.datasets(tx, offering).await? {
        effects.extend(records(tx, &id, offering).await?);
    }
    effect::apply(&connector.node, tx, effects).await
}

async fn records(tx: &mut Tx, dataset: &str, offering: &Offering) -> Result<Vec<Effect>, Failure> {
    let Some(product) = offering.product_id.as_ref().filter(|_| offering.state == ListingState::Listed) else {
        return Ok(Vec::new());
    };
    let mut runs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for step in xinyu_store::pipeline::untold(tx, dataset, product.as_str(), AT_ONCE).await? {
        runs.entry(step.run_id).or_default().insert(step.from);
    }
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let fresh = Suite::Intl.hash(&tx.entropy_bytes::<32>()).to_string();
    let salt = xinyu_store::setting::find_or_set(tx, SALT, &fresh).await?;
    let mut effects = Vec::new();
    for (run, inputs) in runs {
        let names = xinyu_store::pipeline::datasets(tx, &inputs).await?;
        let mut sources: Vec<String> = names.iter().map(|kept| kept.dataset.name.salted(&salt)).collect();
        sources.sort();
        let draft = Draft::new(TOLD, &offering.request.space_id)
            .subject(product.as_str())
            .fact("run", salted_run(&salt, &run))
            .fact("inputs", sources);
        effects.push(Effect::Record(draft));
        xinyu_store::pipeline::told(tx, product.as_str(), &run, &inputs).await?;
    }
    Ok(effects)
}
