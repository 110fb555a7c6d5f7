//! Function nodes (功能节点), for the operator: which there are and what they wait for; who somebody is by the word of one, whom that person authorised; and
//! whether an operator of a member may still act. What is read is personal data: it is shown on the answer to the form and kept nowhere.
//! NDI-TR-2025-03 §7.1.5, §8.3.2.

use askama::Template;
use axum::Form;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use xinyu_protocol::api::List;
use xinyu_protocol::api::ndi::{IdentityAnswer, IdentityQuery, NodeLine, OperatorAnswer, OperatorQuery};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::{Fault, Told};
use crate::form::is_ticked;
use crate::page::Page;
use crate::pages::participant::said;
use crate::visitor::{Visitor, escape};

/// Whose identity can be read.
const KINDS: [&str; 3] = ["enterprise", "person", "operator"];

#[derive(Template)]
#[template(path = "nodes.html")]
struct NodesPage {
    page: Page,
    nodes: Vec<NodeLine>,
    reading: ReadingForm,
    answer: Option<Answer>,
    operator: OperatorForm,
    standing: Option<OperatorAnswer>,
    told: Option<Told>,
}

/// What a node said of somebody, by names rather than codes.
struct Answer {
    node: String,
    kind: String,
    /// Heading, and field and value below it.
    parts: Vec<(String, Vec<(String, String)>)>,
}

impl NodesPage {
    fn kinds(&self) -> [&'static str; 3] {
        KINDS
    }

    fn name<'a>(&'a self, id: &'a str) -> &'a str {
        name_of(&self.nodes, id)
    }
}

/// A node's name; its identifier if it is not configured any more.
pub(crate) fn name_of<'a>(nodes: &'a [NodeLine], id: &'a str) -> &'a str {
    nodes.iter().find(|node| node.node_id == id).map_or(id, |node| node.name.as_str())
}

/// The form of a reading.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReadingForm {
    node: String,
    kind: String,
    code: String,
    across: String,
}

/// The form about an operator.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OperatorForm {
    identity_code: String,
    action: String,
}

/// What the page holds besides the nodes.
#[derive(Default)]
struct Shown {
    reading: ReadingForm,
    answer: Option<IdentityAnswer>,
    operator: OperatorForm,
    standing: Option<OperatorAnswer>,
    told: Option<Told>,
}

/// `GET /nodes`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, Shown::default()).await
}

async fn render(visitor: &Visitor, shown: Shown) -> Result<Response, Fault> {
    let nodes = visitor.get::<List<NodeLine>>("/nodes").await?.items;
    let Shown { reading, answer, operator, standing, told } = shown;
    let page = visitor.page("nodes");
    let answer = answer.map(|answer| Answer {
        node: name_of(&nodes, &answer.node_id).to_owned(),
        kind: page.word("reading", &answer.kind),
        parts: parts(&page, &answer),
    });
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&NodesPage { page, nodes, reading, answer, operator, standing, told }, status))
}

/// `POST /nodes/identity`: shown at once, not after a redirect, for it is read once.
pub(crate) async fn read(visitor: Visitor, Form(reading): Form<ReadingForm>) -> Result<Response, Fault> {
    let body = IdentityQuery {
        auth_code: reading.code.trim().to_owned(),
        kind: reading.kind.clone(),
        is_across: is_ticked(&reading.across),
    };
    let shown = match visitor.post(&format!("/nodes/{}/identity", escape(&reading.node)), &body).await {
        // The code is used up.
        Ok(answer) => {
            Shown { reading: ReadingForm { code: String::new(), ..reading }, answer: Some(answer), ..Shown::default() }
        }
        Err(fault) => Shown { reading, told: Some(fault.above_form()?), ..Shown::default() },
    };
    render(&visitor, shown).await
}

/// `POST /nodes/operators`: whether an operator may act, or that it acts for nobody any more.
pub(crate) async fn operator(visitor: Visitor, Form(operator): Form<OperatorForm>) -> Result<Response, Fault> {
    let body = OperatorQuery { identity_code: operator.identity_code.trim().to_owned() };
    let done = match operator.action.as_str() {
        "status" | "logoff" => visitor.post(&format!("/operators/{}", operator.action), &body).await,
        _ => {
            let title = Text::new("表单内容不完整", "the form does not say what to do");
            Err(Fault::in_form(&visitor.page, Problem::new(400, "unclear-decision", title)))
        }
    };
    let shown = match done {
        Ok(standing) => Shown { operator, standing: Some(standing), ..Shown::default() },
        Err(fault) => Shown { operator, told: Some(fault.above_form()?), ..Shown::default() },
    };
    render(&visitor, shown).await
}

/// The answer part by part: across regions it is the base alone, without a heading of its own on the wire.
fn parts(page: &Page, answer: &IdentityAnswer) -> Vec<(String, Vec<(String, String)>)> {
    let subject = match answer.kind.as_str() {
        "enterprise" => "organisation",
        other => other,
    };
    let rows = |value: &Value| {
        let members = value.as_object().into_iter().flatten();
        let rows = members.filter_map(|(name, value)| {
            let text = match value {
                Value::String(text) if !text.is_empty() => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some((page.word("identity", name), said(page, subject, name, &text)))
        });
        rows.collect::<Vec<_>>()
    };
    let identity = &answer.identity;
    let base = identity.get("baseInfo").unwrap_or(identity);
    let mut parts = vec![(page.t("reading-base"), rows(base))];
    parts.extend(identity.get("extendInfo").map(|extend| (page.t("reading-extend"), rows(extend))));
    let attached = identity.get("attachInfo").and_then(Value::as_array).into_iter().flatten();
    parts.extend(attached.map(|one| (page.t("reading-attached"), rows(one))));
    parts.retain(|(_, rows)| !rows.is_empty());
    parts
}
