//! 数据服务目录: what members offer beside data; at a platform with the review.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::connector::RegistrationInfo;
use xinyu_protocol::api::data_service::{ServiceCard, ServiceInfo, ServiceKind, ServiceList, ServiceRequest};
use xinyu_protocol::api::listing::EndReason;
use xinyu_protocol::tc609::catalog::tags::SCENARIOS;

use crate::fault::{Fault, Told};
use crate::form::{query, words};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "services.html")]
struct ServicesPage {
    page: Page,
    services: Vec<ServiceInfo>,
    asked: AskedForm,
    kinds: [ServiceKind; 12],
    scenarios: [&'static str; 20],
    spaces: Vec<String>,
    form: ServiceForm,
    told: Option<Told>,
}

/// Which are looked at, and which one is said anew.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct AskedForm {
    q: String,
    kind: String,
    only: String,
    change: String,
}

/// What is offered.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ServiceForm {
    service_id: String,
    space: String,
    name: String,
    kind: String,
    description: String,
    scenarios: String,
    qualification: String,
    price: String,
    contact: String,
    interface: String,
    address: String,
    keywords: String,
}

impl ServiceForm {
    fn of(info: ServiceInfo) -> Self {
        let card = info.next.unwrap_or(info.card);
        Self {
            service_id: info.service_id,
            space: info.space_id,
            name: card.name,
            kind: card.kind.as_str().to_owned(),
            description: card.description,
            scenarios: card.scenarios.join(", "),
            qualification: card.qualification,
            price: card.price,
            contact: card.contact,
            interface: card.interface,
            address: card.address,
            keywords: card.keywords.join("、"),
        }
    }

    fn request(&self) -> ServiceRequest {
        let kind = ServiceKind::ALL.into_iter().find(|kind| kind.as_str() == self.kind);
        let said = |text: &String| text.trim().to_owned();
        ServiceRequest {
            service_id: self.service_id.clone(),
            space_id: self.space.clone(),
            card: ServiceCard {
                name: said(&self.name),
                kind: kind.unwrap_or(ServiceKind::Other),
                description: said(&self.description),
                scenarios: words(&self.scenarios),
                qualification: said(&self.qualification),
                price: said(&self.price),
                contact: said(&self.contact),
                interface: said(&self.interface),
                address: said(&self.address),
                keywords: words(&self.keywords),
            },
        }
    }
}

/// `GET /services?q=&kind=&only=&change=`.
pub(crate) async fn list(visitor: Visitor, Query(asked): Query<AskedForm>) -> Result<Response, Fault> {
    let form = match asked.change.as_str() {
        "" => ServiceForm { service_id: visitor.new_id(), ..ServiceForm::default() },
        id => ServiceForm::of(visitor.get(&format!("/services/{}", escape(id))).await?),
    };
    render(&visitor, asked, form, None).await
}

async fn render(visitor: &Visitor, asked: AskedForm, form: ServiceForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("services");
    let path = match query(&[("q", &asked.q), ("kind", &asked.kind), ("only", &asked.only)], &[]).as_str() {
        "" => "/services".to_owned(),
        asked => format!("/services?{asked}"),
    };
    let services = visitor.get::<ServiceList>(&path).await?.items;
    let spaces = if page.may("service.publish") {
        visitor.get::<RegistrationInfo>("/registration").await?.spaces
    } else {
        Vec::new()
    };
    let status = told.as_ref().map(Told::status);
    let (kinds, scenarios) = (ServiceKind::ALL, SCENARIOS);
    Ok(visitor.show_form(&ServicesPage { page, services, asked, kinds, scenarios, spaces, form, told }, status))
}

/// `POST /services`.
pub(crate) async fn publish(visitor: Visitor, Form(form): Form<ServiceForm>) -> Result<Response, Fault> {
    match visitor.post::<_, ServiceInfo>("/services", &form.request()).await {
        Ok(made) => Ok(visitor.go(&format!("/services/{}", escape(&made.service_id)), "service")),
        Err(fault) => render(&visitor, AskedForm::default(), form, Some(fault.above_form()?)).await,
    }
}

#[derive(Template)]
#[template(path = "service.html")]
struct ServicePage {
    page: Page,
    info: ServiceInfo,
    reason: String,
    told: Option<Told>,
}

impl ServicePage {
    fn is_waiting(&self) -> bool {
        self.info.next.is_some() || self.info.state.as_str() == "reviewing"
    }

    fn may_delist(&self) -> bool {
        self.info.state.as_str() == "listed"
            && self.page.may("service.delist")
            && (self.info.is_own || self.page.is_platform())
    }
}

/// `GET /services/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    render_one(&visitor, &id, String::new(), None).await
}

async fn render_one(visitor: &Visitor, id: &str, reason: String, told: Option<Told>) -> Result<Response, Fault> {
    let info: ServiceInfo = visitor.get(&format!("/services/{}", escape(id))).await?;
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&ServicePage { page: visitor.page("services"), info, reason, told }, status))
}

/// Why.
#[derive(Deserialize)]
pub(crate) struct EndForm {
    reason: String,
}

/// `POST /services/{id}/delisting`.
pub(crate) async fn delist(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<EndForm>,
) -> Result<Response, Fault> {
    let path = format!("/services/{}", escape(&id));
    let body = EndReason { reason: form.reason.trim().to_owned() };
    match visitor.post::<_, IgnoredAny>(&format!("{path}/delisting"), &body).await {
        Ok(_) => Ok(visitor.go(&path, "service-delisted")),
        Err(fault) => render_one(&visitor, &id, form.reason, Some(fault.above_form()?)).await,
    }
}
