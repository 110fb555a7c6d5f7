//! Lineage (溯源) as a member knows it, as a graph that one can walk, down to the columns of its pipelines' datasets; and what those datasets are bound to.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;

use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::OfferingInfo;
use xinyu_protocol::api::lineage::{MemberColumn, MemberGround, MemberLineage, MemberNode, MemberStep};
use xinyu_protocol::api::pipeline::{DatasetBinding, DatasetInfo, PipelineRun};
use xinyu_protocol::api::resource::ResourceInfo;

use super::lineage::Form as Wanted;
use crate::fault::{Fault, Told};
use crate::graph::{self, BOX, Spot, drawing};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

/// More than so many boxes are read in the table rather than looked at.
const DRAWN: usize = 80;
const WAYS: [&str; 2] = ["source", "use"];

#[derive(Template)]
#[template(path = "member_lineage.html")]
struct MemberLineagePage {
    page: Page,
    form: Wanted,
    ways: [&'static str; 2],
    found: MemberLineage,
    drawn: Option<Drawn>,
    told: Option<Told>,
}

/// The graph, when it is small enough to be looked at.
struct Drawn {
    boxes: Vec<(MemberNode, Spot)>,
    paths: Vec<String>,
    width: usize,
    height: usize,
}

impl MemberLineagePage {
    fn walk(&self, node: &str) -> String {
        Wanted::at(node)
    }

    fn file(&self) -> String {
        format!("/lineage/file?{}", self.form.question())
    }

    /// What people call it, or else what it is known by.
    fn name(&self, node: &MemberNode) -> String {
        if node.name.is_empty() { self.short(&node.id) } else { node.name.clone() }
    }

    /// As much of a name as a box holds: its end, which tells it apart.
    fn label(&self, node: &MemberNode) -> String {
        let name = self.name(node);
        let count = name.chars().count();
        if count <= 24 {
            name
        } else {
            format!("…{}", name.chars().skip(count.saturating_sub(23)).collect::<String>())
        }
    }

    fn short(&self, id: &str) -> String {
        self.page.short(id.split_once(':').map_or(id, |(_, name)| name))
    }

    fn called(&self, id: &str) -> String {
        let node = self.found.nodes.iter().find(|node| node.id == id);
        node.map_or_else(|| self.short(id), |node| self.name(node))
    }

    fn step(&self, step: &MemberStep) -> String {
        format!("{} → {}", self.called(&step.from), self.called(&step.to))
    }

    fn ground(&self, ground: &MemberGround) -> String {
        format!("{} · {}", self.page.word("event", &ground.kind), self.page.time(&ground.at))
    }

    fn how(&self, column: &MemberColumn) -> String {
        let kind = [column.kind.as_str(), &column.subtype].join(" ");
        let masked = if column.is_masked { self.page.t("lineage-masked") } else { String::new() };
        format!("{kind} {masked} {}", column.description).trim().to_owned()
    }

    fn is_start(&self) -> bool {
        !self.form.question().is_empty()
    }

    fn asks_for_contract(&self) -> bool {
        !self.form.contract().is_empty()
    }
}

/// `GET /lineage` at a connector.
pub(crate) async fn show(visitor: Visitor, form: Wanted) -> Result<Response, Fault> {
    let path = format!("/lineage?{}", form.question());
    let none = MemberLineage { nodes: Vec::new(), steps: Vec::new(), columns: Vec::new(), is_cut: false };
    let page = visitor.page("evidence");
    let mut shown = MemberLineagePage { page, form, ways: WAYS, found: none, drawn: None, told: None };
    shown.found = match visitor.get::<MemberLineage>(&path).await {
        Ok(found) => found,
        // What makes no sense is said above the form, which keeps what was filled in.
        Err(fault) => {
            let told = fault.above_form()?;
            let status = told.status();
            shown.told = Some(told);
            return Ok(visitor.show_form(&shown, Some(status)));
        }
    };
    shown.drawn = shown.is_start().then(|| drawn(&shown.found)).flatten();
    Ok(visitor.show(&shown))
}

fn drawn(found: &MemberLineage) -> Option<Drawn> {
    if found.nodes.is_empty() || found.nodes.len() > DRAWN {
        return None;
    }
    // What came first stands on top.
    let nodes: Vec<&MemberNode> = found.nodes.iter().rev().collect();
    let ids: Vec<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    let steps: Vec<(&str, &str)> = found.steps.iter().map(|step| (step.from.as_str(), step.to.as_str())).collect();
    let graph::Drawing { spots, paths, width, height } = drawing(&ids, &steps);
    let boxes = nodes.into_iter().cloned().zip(spots).collect();
    Some(Drawn { boxes, paths, width, height })
}

#[derive(Template)]
#[template(path = "datasets.html")]
struct DatasetsPage {
    page: Page,
    words: String,
    datasets: Vec<DatasetInfo>,
    runs: Vec<PipelineRun>,
    resources: Vec<ResourceInfo>,
    products: Vec<OfferingInfo>,
    told: Option<Told>,
}

impl DatasetsPage {
    /// What a dataset may be bound to: the value of the form, its words, and whether it is.
    fn options(&self, dataset: &DatasetInfo) -> Vec<(String, String, bool)> {
        let bound = &dataset.binding;
        let resource = |one: &ResourceInfo| {
            let label = format!("{} {}", self.page.t("dataset-resource"), one.name);
            (format!("resource:{}", one.name), label, bound.resource.as_ref() == Some(&one.name))
        };
        let product = |one: &OfferingInfo| {
            let label = format!("{} {}", self.page.t("product"), one.name);
            (format!("product:{}", one.listing_id), label, bound.listing_id.as_ref() == Some(&one.listing_id))
        };
        self.resources.iter().map(resource).chain(self.products.iter().map(product)).collect()
    }

    fn walk(&self, dataset: &DatasetInfo) -> String {
        Wanted::at(&format!("dataset:{}", dataset.dataset_id))
    }
}

/// Which datasets.
#[derive(Default, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

/// `GET /lineage/datasets`.
pub(crate) async fn datasets(visitor: Visitor, Query(search): Query<Search>) -> Result<Response, Fault> {
    let shown = datasets_page(&visitor, search.q, None).await?;
    Ok(visitor.show(&shown))
}

async fn datasets_page(visitor: &Visitor, words: String, told: Option<Told>) -> Result<DatasetsPage, Fault> {
    let asked = if words.is_empty() { String::new() } else { format!("?q={}", escape(&words)) };
    let path = format!("/lineage/datasets{asked}");
    Ok(DatasetsPage {
        page: visitor.page("evidence"),
        words,
        datasets: visitor.get::<List<DatasetInfo>>(&path).await?.items,
        runs: visitor.get::<List<PipelineRun>>("/lineage/runs").await?.items,
        resources: visitor.get::<List<ResourceInfo>>("/resources").await?.items,
        products: visitor.get::<List<OfferingInfo>>("/products").await?.items,
        told,
    })
}

/// What a dataset is bound to: `resource:` or `product:` and what it is known by, or nothing.
#[derive(Deserialize)]
pub(crate) struct BindingForm {
    #[serde(default)]
    to: String,
}

/// `POST /lineage/datasets/{id}`.
pub(crate) async fn bind(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<BindingForm>,
) -> Result<Response, Fault> {
    let binding = match form.to.split_once(':') {
        Some(("resource", name)) => DatasetBinding { resource: Some(name.to_owned()), listing_id: None },
        Some(("product", listing)) => DatasetBinding { resource: None, listing_id: Some(listing.to_owned()) },
        _ => DatasetBinding::default(),
    };
    let path = format!("/lineage/datasets/{}/binding", escape(&id));
    match visitor.post::<_, IgnoredAny>(&path, &binding).await {
        Ok(_) => Ok(visitor.go("/lineage/datasets", "dataset-bound")),
        Err(fault) => {
            let told = fault.above_form()?;
            let status = told.status();
            let shown = datasets_page(&visitor, String::new(), Some(told)).await?;
            Ok(visitor.show_form(&shown, Some(status)))
        }
    }
}
