//! Onward transfers: their list with the form of a new one, one with the way that the data went and all that was said, and the moves of those who may move.
//! TC609-6-2025-15 §7.1.2.1 b.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::onward::{OnwardAnswer, OnwardInfo};

use super::payment::instant;
use crate::clause::{self, Clause};
use crate::fault::{Fault, Told};
use crate::form::{is_ticked, optional, whole};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "onwards.html")]
struct OnwardsPage {
    page: Page,
    onwards: Vec<OnwardInfo>,
    form: HandOnForm,
    /// What was decided of the hop that was asked for, where it was not handed on.
    answer: Option<OnwardAnswer>,
    told: Option<Told>,
}

impl OnwardsPage {
    fn may_hand_on(&self) -> bool {
        self.page.is_party() && self.page.may("onward.hand_on")
    }

    fn awaits_code(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.awaits.as_deref() == Some("authenticate"))
    }
}

#[derive(Template)]
#[template(path = "onward.html")]
struct OnwardPage {
    page: Page,
    onward: OnwardInfo,
    clauses: Vec<Clause>,
    way: Vec<Stop>,
    told: Option<Told>,
}

/// Where data came to, and by which hop.
struct Stop {
    name: String,
    id: String,
    /// The hop by which it came; none at the provider, and at the consumer of the contract.
    onward_id: Option<String>,
    is_here: bool,
}

impl OnwardPage {
    fn can(&self, name: &str) -> bool {
        let operation = if name == "withdraw" { "onward.withdraw" } else { "onward.answer" };
        !self.page.is_platform() && self.page.may(operation) && self.onward.moves.iter().any(|one| one == name)
    }
}

/// Which to list, and what the form of a new one begins with.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    contract: String,
    #[serde(default)]
    derived: String,
}

/// `GET /onward-transfers?contract=&derived=`.
pub(crate) async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let form = HandOnForm {
        onward_id: visitor.new_id(),
        contract_id: asked.contract,
        derived: asked.derived,
        ..HandOnForm::default()
    };
    listed(&visitor, form, None, None).await
}

async fn listed(
    visitor: &Visitor,
    form: HandOnForm,
    answer: Option<OnwardAnswer>,
    told: Option<Told>,
) -> Result<Response, Fault> {
    let path = format!("/onward?contract={}", escape(&form.contract_id));
    let onwards = visitor.get::<List<OnwardInfo>>(&path).await?.items;
    let status = told.as_ref().map(Told::status);
    let shown = OnwardsPage { page: visitor.page("onward"), onwards, form, answer, told };
    Ok(visitor.show_form(&shown, status))
}

/// `GET /onward-transfers/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    render(&visitor, &id, None).await
}

async fn render(visitor: &Visitor, id: &str, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("onward");
    let onward: OnwardInfo = visitor.get(&format!("/onward/{}", escape(id))).await?;
    // Of hops before this one a receiver need not know anything but their ids.
    let way = way(&onward, &of_contract(visitor, &onward.contract_id).await);
    let clauses = clause::of_contract(&page, &onward.clauses);
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&OnwardPage { page, onward, clauses, way, told }, status))
}

/// Those under a contract; none where this node does not say.
pub(super) async fn of_contract(visitor: &Visitor, id: &str) -> Vec<OnwardInfo> {
    let found = visitor.try_get::<List<OnwardInfo>>(&format!("/onward?contract={}", escape(id))).await;
    found.map(|all| all.items).unwrap_or_default()
}

/// From the provider to the receiver: each stop by the hop that leads to it.
fn way(onward: &OnwardInfo, others: &[OnwardInfo]) -> Vec<Stop> {
    let stop = |name: &str, id: &str, by: Option<&str>| Stop {
        name: name.to_owned(),
        id: id.to_owned(),
        onward_id: by.map(ToOwned::to_owned),
        is_here: by == Some(onward.onward_id.as_str()),
    };
    let mut way = vec![stop(&onward.provider_name, &onward.provider, None)];
    let hop = |id: &String| others.iter().find(|other| other.onward_id == *id);
    let first = onward.chain.first().and_then(hop).or_else(|| onward.chain.is_empty().then_some(onward));
    if let Some(first) = first {
        way.push(stop(&first.sender_name, &first.sender, None));
    }
    for id in &onward.chain {
        let (name, receiver) = hop(id).map_or(("", ""), |hop| (hop.receiver_name.as_str(), hop.receiver.as_str()));
        way.push(stop(name, receiver, Some(id)));
    }
    way.push(stop(&onward.receiver_name, &onward.receiver, Some(&onward.onward_id)));
    way
}

/// The form of a hop; what is empty is not said.
#[derive(Default, Deserialize)]
pub(crate) struct HandOnForm {
    onward_id: String,
    contract_id: String,
    #[serde(default)]
    derived: String,
    receiver: String,
    action: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    uses: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    may_hand_on: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    code: String,
}

impl HandOnForm {
    fn hands_further(&self) -> bool {
        is_ticked(&self.may_hand_on)
    }
}

/// `POST /onward-transfers`: asks to hand on; where it is refused or waits, the page says by which clause or for what.
pub(crate) async fn hand_on(visitor: Visitor, Form(form): Form<HandOnForm>) -> Result<Response, Fault> {
    match send(&visitor, &form).await {
        Ok(answer) => match &answer.onward {
            Some(onward) => {
                Ok(visitor.go(&format!("/onward-transfers/{}", escape(&onward.onward_id)), "onward-handed-on"))
            }
            None => {
                // What waits goes on under its own id; a code is good for once.
                let onward_id = if answer.awaits.is_some() { form.onward_id } else { visitor.new_id() };
                listed(&visitor, HandOnForm { onward_id, code: String::new(), ..form }, Some(answer), None).await
            }
        },
        Err(fault) => {
            let told = fault.above_form()?;
            listed(&visitor, HandOnForm { code: String::new(), ..form }, None, Some(told)).await
        }
    }
}

async fn send(visitor: &Visitor, form: &HandOnForm) -> Result<OnwardAnswer, Fault> {
    let page = visitor.page("onward");
    let limits = json!({
        "uses": whole(&page, "onward-uses", &form.uses)?, "until": optional(&form.until).map(|until| instant(&until)),
        "mayHandOn": form.hands_further(),
    });
    let body = json!({
        "onwardId": form.onward_id, "contractId": form.contract_id.trim(), "receiver": form.receiver.trim(),
        "action": form.action, "limits": limits, "derived": optional(&form.derived), "purpose": optional(&form.purpose),
        "region": optional(&form.region), "code": optional(&form.code),
    });
    visitor.post("/onward", &body).await
}

/// A move.
#[derive(Deserialize)]
pub(crate) struct MoveForm {
    action: String,
    #[serde(default)]
    reason: String,
}

/// `POST /onward-transfers/{id}`: `take`, `refuse` or `withdraw`.
pub(crate) async fn act(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<MoveForm>,
) -> Result<Response, Fault> {
    let (path, reason) = (format!("/onward/{}", escape(&id)), form.reason.trim());
    let done = if form.action == "withdraw" {
        visitor.post::<_, IgnoredAny>(&format!("{path}/withdrawal"), &json!({ "reason": reason })).await
    } else {
        let answer = json!({ "take": form.action == "take", "reason": reason });
        visitor.post::<_, IgnoredAny>(&format!("{path}/answer"), &answer).await
    };
    match done {
        Ok(_) => Ok(visitor.go(&format!("/onward-transfers/{}", escape(&id)), "onward-moved")),
        Err(fault) => render(&visitor, &id, Some(fault.above_form()?)).await,
    }
}

/// `GET /onward-transfers/{id}/file`: all statements as a file for `xinyu onward verify`.
pub(crate) async fn file(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/onward/{}/file", escape(&id))).await?;
    Ok(download(&id, "onward", bytes))
}

/// A file of JSON.
pub(super) fn download(id: &str, kind: &str, bytes: Vec<u8>) -> Response {
    let name: String = id.chars().filter(|one| one.is_ascii_alphanumeric() || *one == '-').collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{kind}.json\"")),
    ];
    (headers, bytes).into_response()
}
