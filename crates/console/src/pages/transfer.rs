//! Transfers: the list, and one with its data flow and the moves that are this side's to make.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{Decision, NewTransfer, ProcessInfo, TransferInfo};

use crate::fault::Fault;
use crate::form::{is_ticked, optional};
use crate::page::Page;
use crate::process::{self, Mark};
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "transfers.html")]
struct TransfersPage {
    page: Page,
    processes: Vec<ProcessInfo>,
}

impl TransfersPage {
    /// Only a provider that was asked has something to do; what may also be done later needs nobody.
    fn waits(&self, process: &ProcessInfo) -> bool {
        process.state == "REQUESTED" && process::waits(process)
    }
}

#[derive(Template)]
#[template(path = "transfer.html")]
struct TransferPage {
    page: Page,
    info: TransferInfo,
    marks: Vec<Mark>,
}

/// `GET /transfers`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let processes = visitor.get::<List<ProcessInfo>>("/transfers").await?.items;
    Ok(visitor.show(&TransfersPage { page: visitor.page("transfers"), processes }))
}

/// `GET /transfers/{pid}`.
pub(crate) async fn show(visitor: Visitor, Path(pid): Path<String>) -> Result<Response, Fault> {
    let info: TransferInfo = visitor.get(&format!("/transfers/{}", escape(&pid))).await?;
    let marks = process::of_transfer(&info.process.state);
    Ok(visitor.show(&TransferPage { page: visitor.page("transfers"), info, marks }))
}

/// The form that asks for the data of a contract.
#[derive(Deserialize)]
pub(crate) struct StartForm {
    contract_id: String,
    #[serde(default)]
    format: String,
    #[serde(default)]
    data_plane: String,
    #[serde(default)]
    stepwise: String,
    #[serde(default)]
    again: String,
}

/// `POST /transfers`.
pub(crate) async fn start(visitor: Visitor, Form(form): Form<StartForm>) -> Result<Response, Fault> {
    let body = NewTransfer {
        contract_id: form.contract_id,
        format: optional(&form.format),
        data_plane: optional(&form.data_plane),
        stepwise: is_ticked(&form.stepwise),
        again: is_ticked(&form.again),
    };
    let begun: ProcessInfo = visitor.post("/transfers", &body).await?;
    Ok(visitor.go(&format!("/transfers/{}", escape(&begun.pid)), "transfer"))
}

/// The form of a move.
#[derive(Deserialize)]
pub(crate) struct MoveForm {
    action: String,
    #[serde(default)]
    note: String,
}

/// `POST /transfers/{pid}`.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(pid): Path<String>,
    Form(form): Form<MoveForm>,
) -> Result<Response, Fault> {
    let body = Decision { action: form.action, note: form.note.trim().to_owned(), ..Decision::default() };
    let path = format!("/transfers/{}", escape(&pid));
    visitor.post::<_, IgnoredAny>(&format!("{path}/decision"), &body).await?;
    Ok(visitor.go(&path, "moved"))
}
