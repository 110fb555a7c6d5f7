//! How long records are kept, the contracts that have ended, and what is decided about their records.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::retention::{RetentionInfo, RetentionList};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "retention.html")]
struct RetentionPage {
    page: Page,
    list: RetentionList,
}

impl RetentionPage {
    /// Whether the person may have them disposed of now.
    fn can_dispose(&self, one: &RetentionInfo) -> bool {
        self.page.may("retention.dispose") && one.state == "due" && one.obstacles.is_empty()
    }

    /// Whether the person may decide that they are kept longer, or no longer so.
    fn can_hold(&self, one: &RetentionInfo) -> bool {
        self.page.may("retention.hold") && one.disposed_at.is_none()
    }
}

/// `GET /retention`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let list = visitor.get::<RetentionList>("/retention").await?;
    Ok(visitor.show(&RetentionPage { page: visitor.page("retention"), list }))
}

/// What somebody decides on the records of a contract.
#[derive(Deserialize)]
pub(crate) struct DecisionForm {
    action: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    confirm: String,
}

/// `POST /retention/{contract}`: has them disposed of, kept longer, or kept no longer.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<DecisionForm>,
) -> Result<Response, Fault> {
    let (what, body, done) = match form.action.as_str() {
        "hold" => ("hold", json!({ "why": form.why.trim() }), "retention-held"),
        "release" => ("release", json!({}), "retention-released"),
        _ if form.confirm == "yes" => ("disposal", json!({}), "retention-ordered"),
        _ => {
            let title = Text::new("处置须确认", "disposing needs a confirmation");
            let next = Text::new(
                "处置后内容不能恢复，请勾选确认后重新提交",
                "it cannot be undone: tick the box and send it again",
            );
            let problem = Problem::new(400, "retention-not-confirmed", title).next(next);
            return Err(Fault::in_form(&visitor.page("retention"), problem));
        }
    };
    visitor.post::<_, IgnoredAny>(&format!("/retention/{}/{what}", escape(&id)), &body).await?;
    Ok(visitor.go("/retention", done))
}
