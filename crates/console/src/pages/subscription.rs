//! 目录订阅: what this member waits for in the catalogue, and of what it was told.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::de::IgnoredAny;
use serde_json::json;
use xinyu_protocol::api::connector::CatalogInfo;
use xinyu_protocol::api::subscription::{
    NoticeInfo, NoticeKind, NoticeList, SubscriptionInfo, SubscriptionList, SubscriptionRequest, Wanted,
};
use xinyu_protocol::tc609::catalog::CatalogCount;
use xinyu_protocol::tc609::catalog::tags::{FORMS, FREQUENCIES, INDUSTRIES, SCENARIOS, TOPICS};

use crate::fault::{Fault, Told};
use crate::form::{query, yuan};
use crate::page::Page;
use crate::pages::catalog::found::{FACETS, label};
use crate::visitor::{Visitor, escape};

/// 质量等级 and 安全等级 of NDI-TR-2025-06.
const QUALITIES: [&str; 4] = ["001", "002", "003", "004"];
const SECURITIES: [&str; 5] = ["001", "002", "003", "004", "005"];
/// Whether personal data was found.
const PERSONAL: [&str; 2] = ["false", "true"];

#[derive(Template)]
#[template(path = "subscriptions.html")]
struct SubscriptionsPage {
    page: Page,
    subscriptions: Vec<SubscriptionInfo>,
    notices: Vec<NoticeInfo>,
    facets: Vec<Facet>,
    form: SubscriptionForm,
    told: Option<Told>,
}

impl SubscriptionsPage {
    fn has_news(&self) -> bool {
        self.notices.iter().any(|one| !one.seen)
    }

    /// Where what is waited for is searched.
    fn search(&self, wanted: &Wanted) -> String {
        let first =
            |facet: &str| wanted.filters.get(facet).and_then(|values| values.first()).map_or("", String::as_str);
        let facets = FACETS.iter().map(|&(facet, _)| (facet, first(facet)));
        let asked: Vec<(&str, &str)> = [("q", wanted.q.as_str())].into_iter().chain(facets).collect();
        format!("/catalog?{}", query(&asked, &[]))
    }

    /// What is waited for, in words.
    fn words(&self, wanted: &Wanted) -> String {
        let mut words: Vec<String> = Some(wanted.q.clone()).filter(|q| !q.is_empty()).into_iter().collect();
        for (facet, values) in &wanted.filters {
            words.extend(values.iter().map(|value| self.called(facet, value)));
        }
        words.extend(wanted.price_at_most_fen.map(|fen| format!("≤ {}", self.page.money(&fen))));
        words.join(" · ")
    }

    /// What a value is called, here where it can be chosen.
    fn called(&self, facet: &str, value: &str) -> String {
        let known = self.facets.iter().find(|one| one.name == facet);
        let known = known.and_then(|one| one.choices.iter().find(|choice| choice.value == value));
        known.map_or_else(|| label(&self.page, facet, &counted(value)), |choice| choice.label.clone())
    }

    /// Where what a notice is about stands.
    fn about(&self, one: &NoticeInfo) -> Option<String> {
        let is_demand = matches!(one.notice.kind, NoticeKind::Demand | NoticeKind::Fitting);
        is_demand.then(|| format!("/demands/{}", escape(&one.notice.about)))
    }
}

/// By what can be narrowed: any of the values that are chosen has to be there.
struct Facet {
    name: &'static str,
    title: String,
    choices: Vec<Choice>,
}

/// A value.
struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

impl Facet {
    /// With the codes of its table; without one, with what the catalogue has of it; and with whatever is chosen.
    fn of(page: &Page, (name, title): (&'static str, &str), found: &CatalogInfo, chosen: &[String]) -> Self {
        let mut values: Vec<CatalogCount> = match codes(name) {
            Some(codes) => codes.iter().map(|code| counted(code)).collect(),
            None => found.facets.get(name).cloned().unwrap_or_default(),
        };
        for value in chosen {
            if values.iter().all(|one| one.value != *value) {
                values.push(counted(value));
            }
        }
        let choice = |one: CatalogCount| Choice {
            label: label(page, name, &one),
            is_chosen: chosen.contains(&one.value),
            value: one.value,
        };
        Self { name, title: page.t(title), choices: values.into_iter().map(choice).collect() }
    }
}

/// The table that a facet has its values from; providers and spaces have none.
fn codes(facet: &str) -> Option<Vec<&'static str>> {
    Some(match facet {
        "topic" => TOPICS.to_vec(),
        "scenario" => SCENARIOS.to_vec(),
        "industry" => INDUSTRIES.map(|(letter, _)| letter).to_vec(),
        "form" => FORMS.to_vec(),
        "quality" => QUALITIES.to_vec(),
        "security" => SECURITIES.to_vec(),
        "frequency" => FREQUENCIES.to_vec(),
        "personal" => PERSONAL.to_vec(),
        _ => return None,
    })
}

/// A value of which nothing more is known.
fn counted(value: &str) -> CatalogCount {
    CatalogCount { value: value.to_owned(), name: String::new(), count: 0 }
}

/// What is waited for.
#[derive(Default)]
struct SubscriptionForm {
    subscription_id: String,
    title: String,
    q: String,
    price: String,
    filters: BTreeMap<String, Vec<String>>,
}

impl SubscriptionForm {
    /// A facet may be there several times, once for each value that is chosen.
    fn of(fields: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "subscription_id" => form.subscription_id = value,
                "title" => form.title = value,
                "q" => form.q = value,
                "price" => form.price = value,
                facet if !value.is_empty() && FACETS.iter().any(|(known, _)| *known == facet) => {
                    form.filters.entry(facet.to_owned()).or_default().push(value);
                }
                _ => {}
            }
        }
        form
    }

    fn request(&self, page: &Page) -> Result<SubscriptionRequest, Fault> {
        let wanted = Wanted {
            q: self.q.trim().to_owned(),
            filters: self.filters.clone(),
            price_at_most_fen: yuan(page, "subscription-price", &self.price)?,
        };
        let title = self.title.trim().to_owned();
        Ok(SubscriptionRequest { subscription_id: self.subscription_id.clone(), title, wanted })
    }
}

/// `GET /subscriptions?q=&topic=&…`: with a search to begin with.
pub(crate) async fn list(visitor: Visitor, Query(fields): Query<Vec<(String, String)>>) -> Result<Response, Fault> {
    let form = SubscriptionForm::of(fields);
    let title = if form.title.is_empty() { form.q.clone() } else { form.title.clone() };
    render(&visitor, SubscriptionForm { subscription_id: visitor.new_id(), title, ..form }, None).await
}

async fn render(visitor: &Visitor, form: SubscriptionForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("subscriptions");
    let subscriptions = visitor.get::<SubscriptionList>("/subscriptions").await?.items;
    let notices = visitor.get::<NoticeList>("/matchNotices").await?.items;
    let mut facets = Vec::new();
    if page.may("subscription.begin") {
        let found: CatalogInfo = visitor.get("/catalog").await?;
        let chosen = |facet: &str| form.filters.get(facet).cloned().unwrap_or_default();
        facets = FACETS.iter().map(|&(name, title)| Facet::of(&page, (name, title), &found, &chosen(name))).collect();
    }
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&SubscriptionsPage { page, subscriptions, notices, facets, form, told }, status))
}

/// `POST /subscriptions`.
pub(crate) async fn begin(visitor: Visitor, Form(fields): Form<Vec<(String, String)>>) -> Result<Response, Fault> {
    let form = SubscriptionForm::of(fields);
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
