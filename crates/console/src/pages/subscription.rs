//! 目录订阅: what this member waits for in the catalogue, and of what it was told.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::subscription::{
    NoticeInfo, NoticeKind, NoticeList, SubscriptionInfo, SubscriptionList, SubscriptionRequest, Wanted,
};
use xinyu_protocol::tc609::catalog::tags::{SCENARIOS, TOPICS};

use crate::fault::{Fault, Told};
use crate::form::{query, yuan};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

/// Facets that the form offers; a subscription of the API may have others.
const FACETS: [&str; 2] = ["topic", "scenario"];

#[derive(Template)]
#[template(path = "subscriptions.html")]
struct SubscriptionsPage {
    page: Page,
    subscriptions: Vec<SubscriptionInfo>,
    notices: Vec<NoticeInfo>,
    topics: [&'static str; 24],
    scenarios: [&'static str; 20],
    form: SubscriptionForm,
    told: Option<Told>,
}

impl SubscriptionsPage {
    fn has_news(&self) -> bool {
        self.notices.iter().any(|one| !one.seen)
    }

    /// Where what is waited for is searched.
    fn search(&self, wanted: &Wanted) -> String {
        let values = |facet: &str| wanted.filters.get(facet).and_then(|values| values.first()).cloned();
        let (topic, scenario) = (values("topic").unwrap_or_default(), values("scenario").unwrap_or_default());
        format!("/catalog?{}", query(&[("q", &wanted.q), ("topic", &topic), ("scenario", &scenario)], &[]))
    }

    /// What is waited for, in words.
    fn words(&self, wanted: &Wanted) -> String {
        let mut words: Vec<String> = Some(wanted.q.clone()).filter(|q| !q.is_empty()).into_iter().collect();
        for (facet, values) in &wanted.filters {
            let word = if facet == "form" { "delivery-form" } else { facet };
            words.extend(values.iter().map(|value| self.page.word(word, value)));
        }
        words.extend(wanted.price_at_most_fen.map(|fen| format!("≤ {}", self.page.money(&fen))));
        words.join(" · ")
    }

    /// Where what a notice is about stands.
    fn about(&self, one: &NoticeInfo) -> Option<String> {
        let is_demand = matches!(one.notice.kind, NoticeKind::Demand | NoticeKind::Fitting);
        is_demand.then(|| format!("/demands/{}", escape(&one.notice.about)))
    }
}

/// What is waited for.
#[derive(Default, Deserialize)]
pub(crate) struct SubscriptionForm {
    #[serde(default)]
    subscription_id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    scenario: String,
    #[serde(default)]
    price: String,
}

impl SubscriptionForm {
    fn request(&self, page: &Page) -> Result<SubscriptionRequest, Fault> {
        let given = [&self.topic, &self.scenario].into_iter().zip(FACETS).filter(|(value, _)| !value.is_empty());
        let filters: BTreeMap<String, Vec<String>> =
            given.map(|(value, facet)| (facet.to_owned(), vec![value.clone()])).collect();
        let wanted = Wanted {
            q: self.q.trim().to_owned(),
            filters,
            price_at_most_fen: yuan(page, "subscription-price", &self.price)?,
        };
        let title = self.title.trim().to_owned();
        Ok(SubscriptionRequest { subscription_id: self.subscription_id.clone(), title, wanted })
    }
}

/// `GET /subscriptions?q=&topic=&scenario=`: with a search to begin with.
pub(crate) async fn list(visitor: Visitor, Query(form): Query<SubscriptionForm>) -> Result<Response, Fault> {
    let title = if form.title.is_empty() { form.q.clone() } else { form.title.clone() };
    render(&visitor, SubscriptionForm { subscription_id: visitor.new_id(), title, ..form }, None).await
}

async fn render(visitor: &Visitor, form: SubscriptionForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("subscriptions");
    let subscriptions = visitor.get::<SubscriptionList>("/subscriptions").await?.items;
    let notices = visitor.get::<NoticeList>("/matchNotices").await?.items;
    let status = told.as_ref().map(Told::status);
    let (topics, scenarios) = (TOPICS, SCENARIOS);
    Ok(visitor.show_form(&SubscriptionsPage { page, subscriptions, notices, topics, scenarios, form, told }, status))
}

/// `POST /subscriptions`.
pub(crate) async fn begin(visitor: Visitor, Form(form): Form<SubscriptionForm>) -> Result<Response, Fault> {
    let sent = match form.request(&visitor.page("subscriptions")) {
        Ok(body) => visitor.post::<_, IgnoredAny>("/subscriptions", &body).await,
        Err(fault) => Err(fault),
    };
    match sent {
        Ok(_) => Ok(visitor.go("/subscriptions", "subscription")),
        Err(fault) => render(&visitor, form, Some(fault.above_form()?)).await,
    }
}

/// `POST /subscriptions/{id}/end`.
pub(crate) async fn end(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    visitor.post::<_, IgnoredAny>(&format!("/subscriptions/{}/end", escape(&id)), &json!({})).await?;
    Ok(visitor.go("/subscriptions", "subscription-ended"))
}

/// `POST /subscriptions/seen`.
pub(crate) async fn see(visitor: Visitor) -> Result<Response, Fault> {
    visitor.post::<_, IgnoredAny>("/matchNotices/seen", &json!({})).await?;
    Ok(visitor.go("/subscriptions", "notices-seen"))
}
