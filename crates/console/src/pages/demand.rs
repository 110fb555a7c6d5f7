//! 需求中心: what members look for, and what may answer it; at a platform the operator takes down what does not belong there.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{OfferingInfo, RegistrationInfo};
use xinyu_protocol::api::demand::{DemandInfo, DemandList, DemandRequest, DemandTakedown, EndDemand, NewDemandOffer};
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_protocol::tc609::catalog::tags::TOPICS;
use xinyu_protocol::tc609::demand::DemandCard;

use crate::fault::{Fault, Told};
use crate::form::{day, optional, query, words, yuan};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "demands.html")]
struct DemandsPage {
    page: Page,
    demands: Vec<DemandInfo>,
    asked: AskedForm,
    spaces: Vec<String>,
    topics: [&'static str; 24],
    form: DemandForm,
    told: Option<Told>,
}

/// Which are looked at, and which one is said anew.
#[derive(Default, Deserialize)]
pub(crate) struct AskedForm {
    #[serde(default)]
    q: String,
    #[serde(default)]
    only: String,
    #[serde(default)]
    change: String,
}

/// What is looked for.
#[derive(Default, Deserialize)]
pub(crate) struct DemandForm {
    demand_id: String,
    space: String,
    title: String,
    description: String,
    purpose: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    keywords: String,
    #[serde(default)]
    fields: String,
    #[serde(default)]
    budget: String,
    #[serde(default)]
    until: String,
}

impl DemandForm {
    fn of(info: DemandInfo) -> Self {
        let DemandCard { title, description, purpose, topic, keywords, fields, budget_fen, until } = info.card;
        Self {
            demand_id: info.demand_id,
            space: info.space_id,
            title,
            description,
            purpose,
            topic,
            keywords: keywords.join("、"),
            fields: fields.join("、"),
            budget: budget_fen.map(|fen| format!("{}.{:02}", fen / 100, fen % 100)).unwrap_or_default(),
            until: until.map(|until| until.strftime("%F").to_string()).unwrap_or_default(),
        }
    }

    fn request(&self, page: &Page) -> Result<DemandRequest, Fault> {
        Ok(DemandRequest {
            demand_id: self.demand_id.clone(),
            space_id: self.space.clone(),
            card: DemandCard {
                title: self.title.trim().to_owned(),
                description: self.description.trim().to_owned(),
                purpose: self.purpose.trim().to_owned(),
                topic: self.topic.trim().to_owned(),
                keywords: words(&self.keywords),
                fields: words(&self.fields),
                budget_fen: yuan(page, "demand-budget", &self.budget)?,
                until: day(page, "demand-until", &self.until)?,
            },
        })
    }
}

/// `GET /demands?q=&only=&change=`.
pub(crate) async fn list(visitor: Visitor, Query(asked): Query<AskedForm>) -> Result<Response, Fault> {
    let form = match asked.change.as_str() {
        "" => DemandForm { demand_id: visitor.new_id(), ..DemandForm::default() },
        id => DemandForm::of(visitor.get(&format!("/demands/{}", escape(id))).await?),
    };
    render(&visitor, asked, form, None).await
}

async fn render(visitor: &Visitor, asked: AskedForm, form: DemandForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("demands");
    let path = match query(&[("q", &asked.q), ("only", &asked.only)], &[]).as_str() {
        "" => "/demands".to_owned(),
        asked => format!("/demands?{asked}"),
    };
    let demands = visitor.get::<DemandList>(&path).await?.items;
    let spaces = if page.may("demand.publish") {
        visitor.get::<RegistrationInfo>("/registration").await?.spaces
    } else {
        Vec::new()
    };
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&DemandsPage { page, demands, asked, spaces, topics: TOPICS, form, told }, status))
}

/// `POST /demands`.
pub(crate) async fn publish(visitor: Visitor, Form(form): Form<DemandForm>) -> Result<Response, Fault> {
    let sent = match form.request(&visitor.page("demands")) {
        Ok(body) => visitor.post::<_, DemandInfo>("/demands", &body).await,
        Err(fault) => Err(fault),
    };
    match sent {
        Ok(made) => Ok(visitor.go(&format!("/demands/{}", escape(&made.demand_id)), "demand")),
        Err(fault) => render(&visitor, AskedForm::default(), form, Some(fault.above_form()?)).await,
    }
}

#[derive(Template)]
#[template(path = "demand.html")]
struct DemandPage {
    page: Page,
    info: DemandInfo,
    /// What of ours could be offered for it.
    products: Vec<(String, String)>,
    reason: String,
    note: String,
    told: Option<Told>,
}

impl DemandPage {
    fn is_open(&self) -> bool {
        self.info.state.as_str() == "open"
    }

    /// Whether its owner may still say something of it.
    fn is_running(&self) -> bool {
        self.is_open() || self.info.state.as_str() == "expired"
    }

    fn fits(&self, product: &str) -> bool {
        self.info.matches.iter().any(|one| one.product_id == product)
    }
}

/// `GET /demands/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    render_one(&visitor, &id, (String::new(), String::new()), None).await
}

async fn render_one(
    visitor: &Visitor,
    id: &str,
    (reason, note): (String, String),
    told: Option<Told>,
) -> Result<Response, Fault> {
    let page = visitor.page("demands");
    let info: DemandInfo = visitor.get(&format!("/demands/{}", escape(id))).await?;
    let mut products = Vec::new();
    if page.may("demand.offer") && page.may("product.list") && page.is_provider() && !info.is_own {
        let own = visitor.get::<List<OfferingInfo>>("/products").await?.items;
        let listed = own.into_iter().filter(|one| one.state == ListingState::Listed);
        products = listed.filter_map(|one| Some((one.product_id?, one.name))).collect();
    }
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&DemandPage { page, info, products, reason, note, told }, status))
}

/// Why, and by which product.
#[derive(Deserialize)]
pub(crate) struct EndForm {
    #[serde(default)]
    product: String,
    reason: String,
}

/// `POST /demands/{id}/met`, by its owner.
pub(crate) async fn met(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<EndForm>,
) -> Result<Response, Fault> {
    end(&visitor, &id, form, true).await
}

/// `POST /demands/{id}/withdrawal`, by its owner.
pub(crate) async fn withdraw(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<EndForm>,
) -> Result<Response, Fault> {
    end(&visitor, &id, form, false).await
}

/// `POST /demands/{id}/takedown`, by the operator.
pub(crate) async fn take_down(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<EndForm>,
) -> Result<Response, Fault> {
    let body = DemandTakedown { reason: form.reason.trim().to_owned() };
    let done = visitor.post(&format!("/demands/{}/takedown", escape(&id)), &body).await;
    ended(&visitor, &id, form, done).await
}

async fn end(visitor: &Visitor, id: &str, form: EndForm, is_met: bool) -> Result<Response, Fault> {
    let body = EndDemand { is_met, product_id: optional(&form.product), reason: form.reason.trim().to_owned() };
    let done = visitor.post(&format!("/demands/{}/end", escape(id)), &body).await;
    ended(visitor, id, form, done).await
}

async fn ended(visitor: &Visitor, id: &str, form: EndForm, done: Result<IgnoredAny, Fault>) -> Result<Response, Fault> {
    match done {
        Ok(_) => Ok(visitor.go(&format!("/demands/{}", escape(id)), "demand-ended")),
        Err(fault) => render_one(visitor, id, (form.reason, String::new()), Some(fault.above_form()?)).await,
    }
}

/// A product for a demand.
#[derive(Deserialize)]
pub(crate) struct OfferForm {
    product: String,
    #[serde(default)]
    note: String,
}

/// `POST /demands/{id}/offers`.
pub(crate) async fn offer(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<OfferForm>,
) -> Result<Response, Fault> {
    let path = format!("/demands/{}", escape(&id));
    let body = NewDemandOffer { product_id: form.product, note: form.note.trim().to_owned() };
    match visitor.post::<_, IgnoredAny>(&format!("{path}/offers"), &body).await {
        Ok(_) => Ok(visitor.go(&path, "demand-offered")),
        Err(fault) => render_one(&visitor, &id, (String::new(), form.note), Some(fault.above_form()?)).await,
    }
}
