//! Lineage (溯源) as a graph that one can walk: what leads to some data and what came of it, each step on its entry of the log. TC609-6-2025-16 6.10.

use askama::Template;
use axum::extract::Query;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use xinyu_protocol::api::lineage::{LineageDifference, LineageInfo, LineageNode, LineageStep};
use xinyu_protocol::api::{List, SpaceInfo};

use super::member_lineage;
use crate::fault::{Fault, Told};
use crate::form::query;
use crate::graph::{self, BOX, Spot, drawing};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

/// More than so many boxes are read in the table rather than looked at.
const DRAWN: usize = 80;
const KINDS: [&str; 7] = ["product", "source", "foreign", "delivery", "derived", "handed", "result"];
const WAYS: [&str; 2] = ["source", "use"];

#[derive(Template)]
#[template(path = "lineage.html")]
struct LineagePage {
    page: Page,
    spaces: Vec<SpaceInfo>,
    form: Form,
    kinds: [&'static str; 7],
    ways: [&'static str; 2],
    found: LineageInfo,
    drawn: Option<Drawn>,
    told: Option<Told>,
}

/// The graph, when it is small enough to be looked at.
struct Drawn {
    boxes: Vec<(LineageNode, Spot)>,
    paths: Vec<String>,
    width: usize,
    height: usize,
}

impl LineagePage {
    fn walk(&self, node: &str) -> String {
        let form = Form { space: self.form.space.clone(), node: node.to_owned(), ..Form::default() };
        format!("/lineage?{}", form.query())
    }

    fn file(&self, form: &str) -> String {
        format!("/lineage/file?{}&form={form}", self.form.query())
    }

    /// What the data is known by, without its kind.
    fn name(&self, id: &str) -> String {
        self.page.short(id.split_once(':').map_or(id, |(_, name)| name))
    }

    fn is_start(&self) -> bool {
        !self.form.node.is_empty() || !self.form.contract.is_empty()
    }

    fn step(&self, step: &LineageStep) -> String {
        format!("{} → {}", self.name(&step.from), self.name(&step.to))
    }

    fn side(&self, said: Option<&String>) -> String {
        said.map_or_else(|| self.page.t("lineage-nothing"), |said| self.page.short(said))
    }

    fn differs(&self, one: &LineageDifference) -> String {
        format!("{} / {}", self.side(one.given.as_ref()), self.side(one.taken.as_ref()))
    }
}

/// Where to begin.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Form {
    space: String,
    node: String,
    towards: String,
    contract: String,
    digest: String,
    kind: String,
    /// As a file.
    form: String,
}

impl Form {
    fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("space", &self.space),
            ("node", &self.node),
            ("towards", &self.towards),
            ("contract", &self.contract),
            ("digest", &self.digest),
            ("kind", &self.kind),
        ]
    }

    fn query(&self) -> String {
        self.without(&[])
    }

    /// What a member's connector is asked: it has one lineage, whatever the space.
    pub(super) fn question(&self) -> String {
        self.without(&["space", "digest", "kind"])
    }

    /// The page that walks to a node.
    pub(super) fn at(node: &str) -> String {
        format!("/lineage?{}", Self { node: node.to_owned(), ..Self::default() }.question())
    }

    pub(super) fn node(&self) -> &str {
        &self.node
    }

    pub(super) fn towards(&self) -> &str {
        &self.towards
    }

    pub(super) fn contract(&self) -> &str {
        &self.contract
    }

    fn without(&self, names: &[&str]) -> String {
        query(&self.fields(), names)
    }
}

/// `GET /lineage`.
pub(crate) async fn show(visitor: Visitor, Query(mut form): Query<Form>) -> Result<Response, Fault> {
    if !visitor.page("evidence").is_platform() {
        return member_lineage::show(visitor, form).await;
    }
    let spaces = visitor.get::<List<SpaceInfo>>("/spaces").await?.items;
    if form.space.is_empty() {
        form.space = spaces.first().map(|space| space.space_id.clone()).unwrap_or_default();
    }
    // Whoever says with which node or contract to begin, walks; a digest and a kind only choose among beginnings.
    if !form.node.is_empty() || !form.contract.is_empty() {
        (form.digest, form.kind) = (String::new(), String::new());
    }
    let mut shown = LineagePage {
        page: visitor.page("evidence"),
        found: LineageInfo {
            space_id: form.space.clone(),
            read: 0,
            nodes: Vec::new(),
            steps: Vec::new(),
            differences: Vec::new(),
            is_cut: false,
        },
        spaces,
        form,
        kinds: KINDS,
        ways: WAYS,
        drawn: None,
        told: None,
    };
    if shown.form.space.is_empty() {
        return Ok(visitor.show(&shown));
    }
    let path = format!("/evidence/{}/lineage?{}", escape(&shown.form.space), shown.form.without(&["space"]));
    shown.found = match visitor.get::<LineageInfo>(&path).await {
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

fn drawn(found: &LineageInfo) -> Option<Drawn> {
    if found.nodes.is_empty() || found.nodes.len() > DRAWN {
        return None;
    }
    // In the order of the log: what came first stands on top.
    let nodes: Vec<&LineageNode> = found.nodes.iter().rev().collect();
    let ids: Vec<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    let steps: Vec<(&str, &str)> = found.steps.iter().map(|step| (step.from.as_str(), step.to.as_str())).collect();
    let graph::Drawing { spots, paths, width, height } = drawing(&ids, &steps);
    let boxes = nodes.into_iter().cloned().zip(spots).collect();
    Some(Drawn { boxes, paths, width, height })
}

/// `GET /lineage/file`: the same as W3C PROV or OpenLineage.
pub(crate) async fn file(visitor: Visitor, Query(form): Query<Form>) -> Result<Response, Fault> {
    let is_platform = visitor.page("evidence").is_platform();
    let path = if is_platform {
        let space = escape(&form.space);
        format!("/evidence/{space}/lineage/file?{}&form={}", form.question(), escape(&form.form))
    } else {
        format!("/lineage/file?{}", form.question())
    };
    let bytes = visitor.get_bytes(&path).await?;
    let (kind, name) = match form.form.as_str() {
        _ if !is_platform => ("application/x-ndjson", "lineage.openlineage.jsonl"),
        "openlineage" => ("application/x-ndjson", "lineage.openlineage.jsonl"),
        _ => ("application/json", "lineage.prov.json"),
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response())
}
