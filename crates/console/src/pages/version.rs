//! Later versions of a contract: renewed, amended in its price or number of uses, and answered, on a party's agreement. TC609-6-2025-14 §7.4 c.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::negotiation::TermsChange;
use xinyu_protocol::api::version::{NewVersion, VersionDecision};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::version::VersionKind;
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::form::optional;
use crate::visitor::{Visitor, escape};

/// What people do about the versions of a contract of theirs.
#[derive(Deserialize)]
pub(crate) struct VersionForm {
    action: String,
    key: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    extend: String,
    #[serde(default)]
    uses: String,
    #[serde(default)]
    per_use_fen: String,
    #[serde(default)]
    hash: String,
    #[serde(default)]
    confirm: String,
}

/// `POST /agreements/{id}/versions`: `renew`, `amend`, `agree`, `refuse`, `withdraw` or `refuse-renewal`.
pub(crate) async fn act(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<VersionForm>,
) -> Result<Response, Fault> {
    let page = format!("/agreements/{}", escape(&id));
    let reason = form.reason.trim().to_owned();
    if matches!(form.action.as_str(), "renew" | "amend" | "agree" | "refuse-renewal") && form.confirm != "yes" {
        let title = Text::new("签署新版本须确认", "signing a version must be confirmed");
        let next = Text::new("请勾选确认后重新提交", "tick the box and send it again");
        let problem = Problem::new(400, "version-not-confirmed", title).next(next);
        return Err(Fault::in_form(&visitor.page("agreements"), problem));
    }
    let kind = match form.action.as_str() {
        "renew" => VersionKind::Renewal,
        "amend" => VersionKind::Amendment,
        "refuse-renewal" => {
            visitor.post::<_, IgnoredAny>(&format!("{page}/versions/renewal"), &json!({})).await?;
            return Ok(visitor.go(&page, "moved"));
        }
        _ => {
            let body = VersionDecision { version_id: form.key, action: form.action, contract_hash: form.hash, reason };
            visitor.post::<_, IgnoredAny>(&format!("{page}/versions/decision"), &body).await?;
            return Ok(visitor.go(&page, "moved"));
        }
    };
    let change = TermsChange {
        uses: number(&visitor, &form.uses)?,
        per_use_fen: number(&visitor, &form.per_use_fen)?,
        ..TermsChange::default()
    };
    let body = NewVersion {
        version_id: form.key,
        kind,
        reason,
        change: Some(change).filter(|change| !change.is_empty()),
        policies: None,
        revenue: None,
        smart_clauses: None,
        end_time: None,
        extend_by: optional(&form.extend),
        answer_by: None,
    };
    visitor.post::<_, IgnoredAny>(&format!("{page}/versions"), &body).await?;
    Ok(visitor.go(&page, "moved"))
}

/// A whole number of a form; none for an empty field.
fn number(visitor: &Visitor, text: &str) -> Result<Option<u64>, Fault> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            let title = Text::new(format!("「{text}」不是非负整数"), format!("{text} is no whole number"));
            Fault::in_form(&visitor.page("agreements"), Problem::new(400, "not-a-number", title))
        }),
    }
}
