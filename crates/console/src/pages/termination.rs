//! The end of a contract: proposed and answered on a party's agreement, declared and decided, ordered by a regulator. TC609-6-2025-14 §7.6.

use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::Freeze;
use xinyu_protocol::api::termination::{
    BreachVerdict, EndContract, NewBreach, NewBreachAnswer, NewTermination, TerminationDecision,
};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::termination::Disposal;
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::visitor::{Visitor, escape};

/// What people do about the end of a contract of theirs.
#[derive(Deserialize)]
pub(crate) struct EndForm {
    action: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    end: String,
    #[serde(default)]
    clause: String,
    #[serde(default)]
    records: String,
    #[serde(default)]
    ground: String,
    #[serde(default)]
    confirm: String,
}

/// `POST /agreements/{id}/termination`: `propose`, `agree`, `refuse`, `withdraw`, `claim` or `answer`.
pub(crate) async fn act(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<EndForm>,
) -> Result<Response, Fault> {
    let page = format!("/agreements/{}", escape(&id));
    let reason = form.reason.trim().to_owned();
    if matches!(form.action.as_str(), "propose" | "agree" | "claim") && form.confirm != "yes" {
        return Err(unconfirmed(&visitor, "agreements"));
    }
    match form.action.as_str() {
        "propose" => {
            let body = NewTermination {
                termination_id: form.key,
                reason,
                end_time: time(&visitor, &form.end)?,
                disposal: Disposal::Destroy,
            };
            visitor.post::<_, IgnoredAny>(&format!("{page}/termination"), &body).await?;
        }
        "claim" => {
            let records = form.records.split_whitespace().map(str::to_owned).collect();
            let ground = if form.ground == "consent" { "consent" } else { "breach" }.to_owned();
            let clause = form.clause.trim().to_owned();
            let body = NewBreach {
                claim_id: form.key,
                ground,
                clause,
                records,
                statement: reason,
                disposal: Disposal::Destroy,
            };
            visitor.post::<_, IgnoredAny>(&format!("{page}/breaches"), &body).await?;
        }
        "answer" => {
            let body = NewBreachAnswer { claim_id: form.key, answer: reason };
            visitor.post::<_, IgnoredAny>(&format!("{page}/breaches/answer"), &body).await?;
        }
        _ => {
            let body = TerminationDecision { termination_id: form.key, action: form.action, reason };
            visitor.post::<_, IgnoredAny>(&format!("{page}/termination/decision"), &body).await?;
        }
    }
    Ok(visitor.go(&page, "moved"))
}

/// A time of a form, RFC 3339; none for an empty field.
fn time(visitor: &Visitor, text: &str) -> Result<Option<jiff::Timestamp>, Fault> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            let title = Text::new(
                format!("「{text}」不是时间，请写成 2026-12-31T18:00:00+08:00"),
                format!("{text} is no time, write it like 2026-12-31T18:00:00+08:00"),
            );
            Fault::in_form(&visitor.page("agreements"), Problem::new(400, "not-a-time", title))
        }),
    }
}

fn unconfirmed(visitor: &Visitor, section: &'static str) -> Fault {
    let title = Text::new("终止合约须确认", "the end of a contract must be confirmed");
    let next = Text::new("请勾选确认后重新提交", "tick the box and send it again");
    Fault::in_form(&visitor.page(section), Problem::new(400, "end-not-confirmed", title).next(next))
}

/// A regulator's order beside the freeze.
#[derive(Deserialize)]
pub(crate) struct OrderForm {
    order_id: String,
    ground: String,
    #[serde(default)]
    confirm: String,
}

/// `POST /contracts/{id}/unfreeze`, on a regulator's seat.
pub(crate) async fn lift(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<OrderForm>,
) -> Result<Response, Fault> {
    let page = format!("/contracts/{}", escape(&id));
    let body = Freeze { order_id: form.order_id, ground: form.ground.trim().to_owned() };
    visitor.post::<_, IgnoredAny>(&format!("{page}/unfreeze"), &body).await?;
    Ok(visitor.go(&page, "moved"))
}

/// `POST /contracts/{id}/termination`, on a regulator's seat.
pub(crate) async fn order(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<OrderForm>,
) -> Result<Response, Fault> {
    if form.confirm != "yes" {
        return Err(unconfirmed(&visitor, "contracts"));
    }
    let page = format!("/contracts/{}", escape(&id));
    let body =
        EndContract { order_id: form.order_id, ground: form.ground.trim().to_owned(), disposal: Disposal::Destroy };
    visitor.post::<_, IgnoredAny>(&format!("{page}/termination"), &body).await?;
    Ok(visitor.go(&page, "moved"))
}

/// The operator's decision on a declaration.
#[derive(Deserialize)]
pub(crate) struct VerdictForm {
    contract: String,
    verdict: String,
    reason: String,
}

/// `POST /breaches/{id}`, on a platform.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<VerdictForm>,
) -> Result<Response, Fault> {
    let body = BreachVerdict { uphold: form.verdict == "uphold", reason: form.reason.trim().to_owned() };
    visitor.post::<_, IgnoredAny>(&format!("/breaches/{}/decision", escape(&id)), &body).await?;
    Ok(visitor.go(&format!("/contracts/{}", escape(&form.contract)), "moved"))
}

/// `GET /contracts/{id}/voucher`: the voucher as a file that `xinyu contract verify` takes.
pub(crate) async fn file(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let kept = if visitor.page.is_platform() { "contracts" } else { "agreements" };
    let bytes = visitor.get_bytes(&format!("/{kept}/{}/voucher", escape(&id))).await?;
    let name: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.voucher.json\"")),
    ];
    Ok((headers, bytes).into_response())
}
