//! Applications to use a product: the operator and the provider decide, the consumer sees where they stand.

use askama::Template;
use axum::Form;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::connector::{NewApplication, ProcessInfo};
use xinyu_protocol::api::{ApplicationInfo, List};
use xinyu_protocol::tc609::application::ApplicationState;

use crate::fault::Fault;
use crate::page::Page;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "applications.html")]
struct ApplicationsPage {
    page: Page,
    applications: Vec<Shown>,
}

struct Shown {
    info: ApplicationInfo,
    state: &'static str,
    /// Whether it is this node's turn to decide.
    to_decide: bool,
    /// Whether the negotiation can begin and has not.
    to_negotiate: bool,
}

/// `GET /applications`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let page = visitor.page("applications");
    let items = visitor.get::<List<ApplicationInfo>>("/applications").await?.items;
    let negotiations =
        if page.is_platform() { Vec::new() } else { visitor.get::<List<ProcessInfo>>("/negotiations").await?.items };
    let show = |info: ApplicationInfo| Shown {
        state: state_word(info.state),
        to_decide: is_to_decide(&page, &info),
        to_negotiate: is_to_negotiate(&page, &info, &negotiations),
        info,
    };
    let applications = items.into_iter().map(show).collect();
    Ok(visitor.show(&ApplicationsPage { applications, page }))
}

/// Whether it is this node's turn to decide.
pub(crate) fn is_to_decide(page: &Page, info: &ApplicationInfo) -> bool {
    if page.is_platform() {
        info.state == ApplicationState::Submitted
    } else {
        info.state == ApplicationState::PlatformApproved
            && is_party(page, page.node.party_id.as_deref(), &info.provider)
    }
}

/// Whether this node can begin the negotiation of an approved application and has not.
pub(crate) fn is_to_negotiate(page: &Page, info: &ApplicationInfo, negotiations: &[ProcessInfo]) -> bool {
    let is_begun = negotiations.iter().any(|process| process.contract_id == info.contract_id);
    info.state == ApplicationState::Approved
        && !is_begun
        && is_party(page, page.node.party_id.as_deref(), &info.consumer)
}

/// Whether a party of an application, by identifier or by name, is this node. The API refuses whoever is not, whatever the page offers.
fn is_party(page: &Page, me: Option<&str>, party: &str) -> bool {
    !page.is_platform() && (me == Some(party) || page.node.participant.as_deref() == Some(party))
}

pub(crate) fn state_word(state: ApplicationState) -> &'static str {
    match state {
        ApplicationState::Submitted => "submitted",
        ApplicationState::PlatformApproved => "platform_approved",
        ApplicationState::Approved => "approved",
        ApplicationState::Refused => "refused",
    }
}

/// The form of an application.
#[derive(Deserialize)]
pub(crate) struct ApplicationForm {
    application_id: String,
    product_id: String,
    purpose: String,
}

/// `POST /applications`.
pub(crate) async fn apply(visitor: Visitor, Form(form): Form<ApplicationForm>) -> Result<Response, Fault> {
    let body = NewApplication {
        application_id: form.application_id,
        product_id: form.product_id,
        purpose: form.purpose.trim().to_owned(),
    };
    visitor.post::<_, IgnoredAny>("/applications", &body).await?;
    Ok(visitor.go("/applications", "applied"))
}
