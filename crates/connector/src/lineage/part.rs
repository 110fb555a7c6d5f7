//! A part of the lineage that this member knows: the datasets of its pipelines, the products that are made of them, and what its records tell of their contracts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use xinyu_core::lineage::change::STUB_TAKEN;
use xinyu_core::lineage::{Direction, Edge, Graph, Ground, Node, NodeKind, id, member};
use xinyu_evidence::entry::{Record, SignedRecord};
use xinyu_protocol::api::stub::NewStub;
use xinyu_shell::Failure;
use xinyu_store::Tx;
use xinyu_store::pipeline::{self, Kept};

use super::known::Known;
use super::{PLACE, split, unknown};

/// Nodes that are told each way at most.
const MOST: u32 = 300;
/// Contracts of one product that are looked into, the newest first.
const CONTRACTS: usize = 50;
/// Records of one contract that are read, the newest first.
const RECORDS: u32 = 500;
/// Nodes of each kind that are told to whoever says not where to begin.
const BEGINNINGS: u32 = 50;

/// Where a part begins.
pub(super) enum Start {
    /// At a node, one way or both.
    Node(String, Option<Direction>),
    /// At all that is held under a contract.
    Contract(String),
}

/// A part of it.
#[derive(Default)]
pub(super) struct Part {
    pub(super) graph: Graph,
    /// The datasets, by their nodes.
    pub(super) datasets: BTreeMap<String, Kept>,
    /// What people call the nodes.
    pub(super) names: BTreeMap<String, String>,
    pub(super) is_cut: bool,
}

/// What one may begin at: our products, those we have contracts over, and datasets.
pub(super) async fn beginnings(tx: &mut Tx, known: &Known) -> Result<Part, Failure> {
    let mut part = Part::default();
    let mut products: BTreeSet<String> = known.agreements.iter().map(|one| one.product_id.clone()).collect();
    products.extend(known.offerings.iter().filter_map(|one| one.product_id.as_ref()).map(|id| id.as_str().to_owned()));
    part.is_cut = products.len() > most(BEGINNINGS);
    for product in products.iter().take(most(BEGINNINGS)) {
        part.product(known, product);
    }
    let datasets = pipeline::search(tx, "", "", BEGINNINGS).await?;
    part.is_cut |= datasets.len() >= most(BEGINNINGS);
    datasets.into_iter().for_each(|kept| part.dataset(kept, &nothing()));
    Ok(part)
}

/// A part that begins at something that is known here.
pub(super) async fn part(tx: &mut Tx, known: &Known, start: &Start) -> Result<Part, Failure> {
    let (Start::Node(begin, _) | Start::Contract(begin)) = start;
    let mut part = Part::default();
    let products = match start {
        Start::Contract(contract) => product_of(known, contract).into_iter().collect(),
        Start::Node(node, _) => match split(node) {
            Some((NodeKind::Dataset, key)) => part.around_dataset(tx, known, key).await?,
            Some((NodeKind::Product, product)) => BTreeSet::from([product.to_owned()]),
            Some((NodeKind::Foreign, stub)) => {
                let found = xinyu_store::stub::find::<NewStub>(tx, stub).await?;
                found.into_iter().map(|(info, _)| info.product_id).collect()
            }
            Some((kind, name)) => {
                contract_of(tx, kind, name).await?.and_then(|id| product_of(known, &id)).into_iter().collect()
            }
            None => BTreeSet::new(),
        },
    };
    for product in &products {
        part.product(known, product);
        part.sources(tx, known, product).await?;
    }
    part.contracts(tx, known, &products, start).await?;
    let (meant, is_cut) = part.meant(start).filter(|_| !part.graph.nodes.is_empty()).ok_or_else(|| unknown(begin))?;
    part.is_cut |= is_cut;
    part.graph = part.graph.part(&meant);
    part.datasets.retain(|id, _| meant.contains(id));
    part.names.retain(|id, _| meant.contains(id));
    Ok(part)
}

fn most(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn product_of(known: &Known, contract: &str) -> Option<String> {
    known.agreement(contract).map(|agreement| agreement.product_id.clone())
}

/// The contract that some data is held under.
async fn contract_of(tx: &mut Tx, kind: NodeKind, name: &str) -> Result<Option<String>, Failure> {
    Ok(match kind {
        NodeKind::Delivery => Some(name.to_owned()),
        NodeKind::Derived => xinyu_store::derived::find(tx, name).await?.map(|one| one.contract_id.as_str().to_owned()),
        NodeKind::Result => xinyu_store::usage::find(tx, name).await?.map(|one| one.contract_id.as_str().to_owned()),
        NodeKind::Handed => {
            let found = xinyu_store::onward::find(tx, name).await?;
            found.map(|one| one.place.contract_id.as_str().to_owned())
        }
        NodeKind::Product | NodeKind::Source | NodeKind::Dataset | NodeKind::Foreign => None,
    })
}

/// Stands on nothing.
fn nothing() -> Ground {
    let none = String::new;
    Ground { index: 0, record: none(), kind: none(), actor: none(), at: Timestamp::UNIX_EPOCH }
}

impl Part {
    /// What was asked for, and whether there is more of it.
    fn meant(&self, start: &Start) -> Option<(BTreeSet<String>, bool)> {
        let nearest = |node: &str, direction| self.graph.nearest(node, direction, most(MOST));
        match start {
            Start::Contract(contract) => {
                let all = self.graph.held_under(contract);
                let is_cut = all.len() > most(MOST);
                Some((all.into_iter().take(most(MOST)).collect(), is_cut))
            }
            Start::Node(node, Some(direction)) => nearest(node, *direction),
            Start::Node(node, None) => {
                let (up, is_up_cut) = nearest(node, Direction::Up)?;
                let (down, is_down_cut) = nearest(node, Direction::Down)?;
                Some((&up | &down, is_up_cut || is_down_cut))
            }
        }
    }

    fn dataset(&mut self, kept: Kept, born: &Ground) {
        let id = id(NodeKind::Dataset, &kept.id);
        self.node(&id, NodeKind::Dataset, born);
        self.names.insert(id.clone(), format!("{} {}", kept.dataset.name.namespace, kept.dataset.name.name));
        self.datasets.insert(id, kept);
    }

    fn node(&mut self, id: &str, kind: NodeKind, born: &Ground) {
        self.graph.nodes.entry(id.to_owned()).or_insert_with(|| Node {
            id: id.to_owned(),
            kind,
            contract: None,
            holder: None,
            digest: None,
            rows: None,
            born: born.clone(),
            destroyed: None,
        });
    }

    fn product(&mut self, known: &Known, product: &str) {
        let node = id(NodeKind::Product, product);
        if let Some(offering) = known.offering(product) {
            self.names.insert(node.clone(), offering.request.product.name.clone());
            self.node(&node, NodeKind::Product, &nothing());
        } else if known.agreements.iter().any(|one| one.product_id == product) {
            self.node(&node, NodeKind::Product, &nothing());
        }
    }

    /// The datasets around one, and the products that are made of them.
    async fn around_dataset(&mut self, tx: &mut Tx, known: &Known, key: &str) -> Result<BTreeSet<String>, Failure> {
        let down = self.reach(tx, key, Direction::Down).await?;
        self.reach(tx, key, Direction::Up).await?;
        let mut products = BTreeSet::new();
        for offering in &known.offerings {
            let is_made_of = |kept: &&Kept| down.contains(&kept.id) && known.places.leads_to(kept, offering);
            if let (Some(product), Some(_)) = (&offering.product_id, self.datasets.values().find(is_made_of)) {
                products.insert(product.as_str().to_owned());
            }
        }
        Ok(products)
    }

    /// Reads the datasets in one direction of one, with the steps between them.
    async fn reach(&mut self, tx: &mut Tx, key: &str, direction: Direction) -> Result<BTreeSet<String>, Failure> {
        let (ids, is_cut) = pipeline::reach(tx, key, direction, MOST).await?;
        self.is_cut |= is_cut;
        let steps = pipeline::steps_to(tx, &ids).await?;
        let runs = pipeline::runs_among(tx, &steps.iter().map(|step| step.run_id.clone()).collect()).await?;
        let grounds: BTreeMap<String, Ground> = runs
            .into_iter()
            .map(|run| {
                let (kind, actor, at) = ("pipeline.run".to_owned(), run.job.value.name, run.standing.at);
                (run.id.clone(), Ground { index: 0, record: run.id, kind, actor, at })
            })
            .collect();
        let mut born: BTreeMap<&str, &Ground> = BTreeMap::new();
        for step in &steps {
            let Some(ground) = grounds.get(&step.run_id) else { continue };
            for end in [step.from.as_str(), &step.to] {
                born.entry(end).and_modify(|there| *there = (*there).max(ground)).or_insert(ground);
            }
        }
        for kept in pipeline::datasets(tx, &ids).await? {
            let ground = born.get(kept.id.as_str()).map_or_else(nothing, |ground| (*ground).clone());
            self.dataset(kept, &ground);
        }
        for step in steps.iter().filter(|step| ids.contains(&step.from)) {
            let Some(ground) = grounds.get(&step.run_id) else { continue };
            self.step(id(NodeKind::Dataset, &step.from), id(NodeKind::Dataset, &step.to), &step.run_id, ground);
        }
        Ok(ids)
    }

    fn step(&mut self, from: String, to: String, activity: &str, ground: &Ground) {
        let is_there = |edge: &Edge| edge.from == from && edge.to == to && edge.activity == activity;
        if !self.graph.edges.iter().any(is_there) {
            let (activity, ground) = (activity.to_owned(), ground.clone());
            self.graph.edges.push(Edge { from, to, activity, contract: None, ground });
        }
    }

    /// What a product is made of.
    async fn sources(&mut self, tx: &mut Tx, known: &Known, product: &str) -> Result<(), Failure> {
        let Some(offering) = known.offering(product) else { return Ok(()) };
        for key in known.places.datasets(tx, offering).await? {
            self.reach(tx, &key, Direction::Up).await?;
            let from = id(NodeKind::Dataset, &key);
            let at = self.graph.nodes.get(&from).map_or(Timestamp::UNIX_EPOCH, |node| node.born.at);
            let ground = Ground { actor: known.me.clone(), at, ..nothing() };
            self.step(from, id(NodeKind::Product, product), PLACE, &ground);
        }
        for stub in xinyu_store::stub::list(tx, product, MOST).await? {
            let from = id(NodeKind::Foreign, &stub.stub_id);
            let actor = stub.origin.clone();
            let (record, kind) = (stub.stub_id.clone(), STUB_TAKEN.to_owned());
            let ground = Ground { index: 0, record, kind, actor, at: stub.taken_at };
            self.node(&from, NodeKind::Foreign, &ground);
            if let Some(node) = self.graph.nodes.get_mut(&from) {
                node.digest.clone_from(&stub.digest);
            }
            self.names.insert(from.clone(), format!("{} {}", stub.origin, stub.node));
            self.step(from, id(NodeKind::Product, product), &stub.stub_id, &ground);
        }
        Ok(())
    }

    /// What the records tell of the contracts over some products.
    async fn contracts(
        &mut self,
        tx: &mut Tx,
        known: &Known,
        products: &BTreeSet<String>,
        start: &Start,
    ) -> Result<(), Failure> {
        let meant = match start {
            Start::Contract(contract) => Some(contract.as_str()),
            Start::Node(..) => None,
        };
        let agreements = known.agreements.iter().filter(|one| products.contains(&one.product_id));
        let agreements = agreements.filter(|one| meant.is_none_or(|id| one.contract_id.as_str() == id));
        let (mut held, mut records): (Vec<_>, Vec<(u64, Record)>) = (Vec::new(), Vec::new());
        for agreement in agreements.take(CONTRACTS) {
            held.push(known.held(agreement));
            let own = xinyu_store::record::of_lineage(tx, agreement.contract_id.as_str(), RECORDS).await?;
            self.is_cut |= own.len() >= most(RECORDS);
            for one in own {
                let signed: SignedRecord = serde_json::from_value(one.body).map_err(Failure::broken)?;
                records.push((one.position.and_then(|at| u64::try_from(at).ok()).unwrap_or_default(), signed.record));
            }
        }
        self.is_cut |= held.len() >= CONTRACTS;
        records.sort_by(|(_, one), (_, next)| (one.at, &one.id).cmp(&(next.at, &next.id)));
        let told = member::graph(&held, &records);
        for (id, node) in told.nodes {
            let is_better = self.graph.nodes.get(&id).is_none_or(|there| there.holder.is_none());
            if is_better {
                self.graph.nodes.insert(id, node);
            }
        }
        self.graph.edges.extend(told.edges);
        Ok(())
    }
}
