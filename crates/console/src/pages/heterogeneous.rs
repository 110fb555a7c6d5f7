//! Connectors of other makers: the form that enrols one (by its member, or by the operator on its behalf), and what the operator decides.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use xinyu_protocol::api::device::ConnectorInfo;
use xinyu_protocol::api::participant::NewStanding;
use xinyu_protocol::api::{List, Verdict};

use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "heterogeneous.html")]
struct HeterogeneousPage {
    page: Page,
    /// Those that there are already: all on a platform, our organisation's on a connector.
    connectors: Vec<ConnectorInfo>,
    /// On a platform: for whom one can be enrolled.
    owners: Vec<ConnectorInfo>,
    form: EnrolmentForm,
    told: Option<Told>,
}

/// The form that enrols one. Lists are words with spaces or commas between them.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnrolmentForm {
    owner: String,
    did: String,
    address: String,
    maker: String,
    maker_code: String,
    product: String,
    version: String,
    role: String,
    spaces: String,
    abilities: String,
    suites: String,
    transfers: String,
    enforces: String,
}

impl EnrolmentForm {
    fn statement(&self) -> Value {
        let role = if self.role.is_empty() { "consumer" } else { self.role.as_str() };
        json!({
            "did": self.did.trim(), "address": self.address.trim(), "role": role, "authentication": "dcp",
            "device": {
                "supplierName": self.maker.trim(), "supplierCode": self.maker_code.trim(),
                "connectorName": self.product.trim(), "connectorVersion": self.version.trim(),
            },
            "spaces": words(&self.spaces), "abilities": words(&self.abilities), "suites": words(&self.suites),
            "transferProfiles": words(&self.transfers), "enforces": words(&self.enforces),
        })
    }

    fn is_role(&self, role: &str) -> bool {
        self.role == role || (self.role.is_empty() && role == "consumer")
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split([' ', ',', '，', '、', '\n', '\r', '\t']).filter(|word| !word.is_empty()).collect()
}

/// `GET /heterogeneous`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, EnrolmentForm::default(), None).await
}

async fn render(visitor: &Visitor, form: EnrolmentForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("heterogeneous");
    let path = if page.is_platform() { "/connectors" } else { "/heterogeneousConnectors" };
    let all = visitor.get::<List<ConnectorInfo>>(path).await?.items;
    let (connectors, native): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.heterogeneous.is_some());
    let owners = native.into_iter().filter(|one| one.membership == "approved").collect();
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&HeterogeneousPage { page, connectors, owners, form, told }, status))
}

/// `POST /heterogeneous`.
pub(crate) async fn enrol(visitor: Visitor, Form(form): Form<EnrolmentForm>) -> Result<Response, Fault> {
    let mut body = form.statement();
    if visitor.page.is_platform() {
        body = json!({ "owner": form.owner, "statement": body });
    }
    match visitor.post::<_, IgnoredAny>("/heterogeneousConnectors", &body).await {
        Ok(_) => Ok(visitor.go("/heterogeneous", "enrolled")),
        Err(fault) => render(&visitor, form, Some(fault.above_form()?)).await,
    }
}

/// What the operator does with one.
#[derive(Deserialize)]
pub(crate) struct MoveForm {
    action: String,
    #[serde(default)]
    reason: String,
}

/// `POST /heterogeneous/{id}`, on a platform.
pub(crate) async fn act(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<MoveForm>,
) -> Result<Response, Fault> {
    let path = |what: &str| format!("/heterogeneousConnectors/{}/{what}", escape(&id));
    let MoveForm { action, reason } = form;
    let done = match action.as_str() {
        "approve" | "refuse" => {
            let verdict = Verdict { approve: action == "approve", note: reason };
            visitor.post::<_, IgnoredAny>(&path("decision"), &verdict).await
        }
        "look" => visitor.post::<_, IgnoredAny>(&path("look"), &json!({})).await,
        _ => visitor.post::<_, IgnoredAny>(&path("standing"), &NewStanding { action, reason }).await,
    };
    let back = format!("/connectors/{}", escape(&id));
    match done {
        Ok(_) => Ok(visitor.go(&back, "standing")),
        Err(fault) => super::connector::render(&visitor, &id, Some(fault.above_form()?)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_list_is_words_however_they_are_parted() {
        assert_eq!(words(" a, b，c、d\ne "), ["a", "b", "c", "d", "e"]);
        assert!(words(" ").is_empty());
    }
}
