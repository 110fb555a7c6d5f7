//! Early warnings about contracts, and messages that did not arrive with what may be decided about them. TC609-6-2025-14 §7.5 c.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::List;
use xinyu_protocol::api::warning::{ExceptionInfo, WarningInfo};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "warnings.html")]
struct WarningsPage {
    page: Page,
    open: Vec<WarningInfo>,
    closed: Vec<WarningInfo>,
    exceptions: Vec<ExceptionInfo>,
}

impl WarningsPage {
    /// Whether the person may decide so now.
    fn can(&self, one: &ExceptionInfo, action: &str) -> bool {
        self.page.may("exception.decide") && one.moves.iter().any(|able| able == action)
    }
}

/// `GET /warnings`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let all = visitor.get::<List<WarningInfo>>("/warnings").await?.items;
    let (open, closed) = all.into_iter().partition(|one| one.closed_at.is_none());
    let exceptions = visitor.get::<List<ExceptionInfo>>("/exceptions").await?.items;
    Ok(visitor.show(&WarningsPage { page: visitor.page("warnings"), open, closed, exceptions }))
}

/// The open warnings of a contract, where this node looks at it.
pub(super) async fn of_contract(visitor: &Visitor, id: &str) -> Vec<WarningInfo> {
    if visitor.page.is_regulator() || !visitor.page.may("warning.list") {
        return Vec::new();
    }
    let path = format!("/warnings?contract={}&open=true", escape(id));
    visitor.try_get::<List<WarningInfo>>(&path).await.map(|list| list.items).unwrap_or_default()
}

/// What somebody decides on a message that did not arrive.
#[derive(Deserialize)]
pub(crate) struct DecisionForm {
    action: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    confirm: String,
}

/// `POST /exceptions/{id}`: has it tried now, sets it aside, or gives it up.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<DecisionForm>,
) -> Result<Response, Fault> {
    let reason = form.reason.trim();
    if form.action != "retry" && (reason.is_empty() || form.confirm != "yes") {
        let title =
            Text::new("搁置或放弃须写明理由并确认", "setting aside and giving up need a reason and a confirmation");
        let next = Text::new("请填写理由，勾选确认后重新提交", "state the reason, tick the box and send it again");
        return Err(Fault::in_form(
            &visitor.page("warnings"),
            Problem::new(400, "exception-not-confirmed", title).next(next),
        ));
    }
    let body = json!({ "action": form.action, "reason": reason });
    visitor.post::<_, IgnoredAny>(&format!("/exceptions/{}/decision", escape(&id)), &body).await?;
    Ok(visitor.go("/warnings", "exception"))
}
