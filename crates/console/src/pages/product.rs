//! Products of a provider: what is offered, and the form that wraps resources as a product.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NewPart, NewProduct, OfferingInfo, RegistrationInfo};
use xinyu_protocol::api::listing::{NewProductVersion, ProductHistory};
use xinyu_protocol::api::resource::ResourceInfo;
use xinyu_protocol::api::template::{NewInstance, TemplateChoice, TemplateInstance};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::catalog::Tags;
use xinyu_protocol::tc609::catalog::tags::{FORMS, FREQUENCIES, INDUSTRIES, ORIGINS, SCENARIOS, TOPICS};
use xinyu_protocol::tc609::contract::Revenue;
use xinyu_protocol::tc609::smart_clause::SmartClause;
use xinyu_protocol::text::Text;

use crate::clause::{self, Clause};
use crate::fault::{Fault, Told};
use crate::form::{is_ticked, read, words};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "products.html")]
struct ProductsPage {
    page: Page,
    products: Vec<OfferingInfo>,
    resources: Vec<ResourceInfo>,
    spaces: Vec<String>,
    topics: [&'static str; 24],
    frequencies: [&'static str; 9],
    scenarios: [&'static str; 20],
    industries: Vec<&'static str>,
    forms: [&'static str; 6],
    origins: [&'static str; 4],
    form: ProductForm,
    made: Option<Made>,
    told: Option<Told>,
}

impl ProductsPage {
    /// Whether the product has an industry that the list does not offer, such as 大类: it is kept.
    fn has_another_industry(&self) -> bool {
        !self.form.industry.is_empty() && !self.industries.contains(&self.form.industry.as_str())
    }

    /// Whether the product has a topic that the list does not offer: it is kept.
    fn has_another_topic(&self) -> bool {
        !self.form.topic.is_empty() && !self.topics.iter().any(|topic| *topic == self.form.topic)
    }
}

/// What templates come to, to be read before the product is sent.
struct Made {
    names: Vec<String>,
    clauses: Vec<Clause>,
    notes: Vec<Text>,
}

impl Made {
    fn new(page: &Page, made: &TemplateInstance) -> Self {
        Self {
            names: made.templates.iter().map(|one| format!("{} v{}", one.template_id, one.version)).collect(),
            clauses: clause::of_contract(page, &made.clauses),
            notes: made.notes.iter().map(|note| note.text.clone()).collect(),
        }
    }
}

/// Which product a new version is made of; or what a new one begins with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Updated {
    update: String,
    name: String,
    description: String,
    source: String,
    licence: String,
    topic: String,
    update_frequency: String,
    keywords: String,
}

impl Updated {
    /// A form that begins with what was read of a description.
    fn begun(self) -> Option<ProductForm> {
        let Self { update: _, name, description, source, licence, topic, update_frequency, keywords } = self;
        let form = ProductForm {
            name,
            description,
            source,
            licence,
            topic,
            update_frequency,
            keywords,
            ..ProductForm::default()
        };
        (!form.name.is_empty() || !form.description.is_empty()).then_some(form)
    }
}

/// `GET /products?update=&name=&…`.
pub(crate) async fn list(visitor: Visitor, Query(of): Query<Updated>) -> Result<Response, Fault> {
    if of.update.is_empty() {
        return render(&visitor, of.begun(), None, None).await;
    }
    let history = visitor.get::<ProductHistory>(&format!("/products/{}/versions", escape(&of.update))).await?;
    let latest = history.versions.into_iter().next().and_then(|one| one.product);
    render(&visitor, latest.map(ProductForm::next), None, None).await
}

/// The page with the form of a product whose policy comes from templates, and what that policy says.
pub(crate) async fn from_templates(
    visitor: &Visitor,
    asked: &NewInstance,
    made: &TemplateInstance,
) -> Result<Response, Fault> {
    let templates = pretty(&json!(asked.templates));
    let form = ProductForm { space_id: asked.space_id.clone(), templates, ..ProductForm::default() };
    let made = Made::new(&visitor.page("products"), made);
    render(visitor, Some(form), Some(made), None).await
}

/// The page, with what was typed or with a form to begin with.
async fn render(
    visitor: &Visitor,
    typed: Option<ProductForm>,
    made: Option<Made>,
    told: Option<Told>,
) -> Result<Response, Fault> {
    let page = visitor.page("products");
    let products = visitor.get::<List<OfferingInfo>>("/products").await?.items;
    let resources = visitor.get::<List<ResourceInfo>>("/resources").await?.items;
    let spaces = visitor.get::<RegistrationInfo>("/registration").await?.spaces;
    let begin = || ProductForm {
        listing_id: visitor.new_id(),
        parts: pretty(&parts(&resources)),
        policies: POLICIES.to_owned(),
        revenue: pretty(&revenue(&page)),
        term: "P30D".to_owned(),
        ..ProductForm::default()
    };
    let form = match typed {
        // The form begins with what a description says.
        Some(typed) if typed.listing_id.is_empty() && typed.templates.is_empty() => {
            let ProductForm { listing_id, parts, policies, revenue, term, .. } = begin();
            ProductForm { listing_id, parts, policies, revenue, term, ..typed }
        }
        // The form begins where the templates were filled in.
        Some(typed) if typed.listing_id.is_empty() => {
            ProductForm { space_id: typed.space_id, templates: typed.templates, policies: String::new(), ..begin() }
        }
        Some(typed) => typed,
        None => begin(),
    };
    let status = told.as_ref().map(Told::status);
    let shown = ProductsPage {
        page,
        products,
        resources,
        spaces,
        topics: TOPICS,
        frequencies: FREQUENCIES,
        scenarios: SCENARIOS,
        industries: INDUSTRIES.iter().map(|(letter, _)| *letter).collect(),
        forms: FORMS,
        origins: ORIGINS,
        form,
        made,
        told,
    };
    Ok(visitor.show_form(&shown, status))
}

/// Every field of the first resource, so that what is not wanted is struck out rather than forgotten.
fn parts(resources: &[ResourceInfo]) -> Value {
    let of = |resource: &ResourceInfo| {
        let fields: Vec<&String> = resource.fields.iter().map(|(name, _)| name).collect();
        json!({ "table": resource.name, "resource": resource.name, "fields": fields, "masks": [] })
    };
    resources.iter().take(1).map(of).collect()
}

/// Compute at most ten times in the use environment, nothing leaves but results, and afterwards the data is deleted.
pub(crate) const POLICIES: &str = r#"[
  {
    "permissionPolicies": [
      {
        "actions": ["compute"],
        "constraints": [
          { "constraintName": "count", "constraintOperator": "11", "constraintValue": "10" }
        ]
      }
    ],
    "prohibitionPolicies": [
      { "actions": ["download", "distribute", "sell"] }
    ],
    "obligationPolicies": [
      { "actions": ["logRecordSend"] },
      { "actions": ["delete"], "expansionItem": { "after": "count" } }
    ]
  }
]"#;

/// The provider's own share; the platform's stands in the rules of the space.
fn revenue(page: &Page) -> Value {
    let connector = page.node.party_id.as_deref().and_then(|id| ConnectorId::parse(id).ok());
    let owner = connector.map(|connector| connector.owner().to_string()).unwrap_or_default();
    json!({ "baseFen": 100_000, "perUseFen": 5_000, "shares": [{ "participantId": owner, "permille": 1000 }] })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// The form of a product.
#[derive(Default, Deserialize)]
pub(crate) struct ProductForm {
    listing_id: String,
    space_id: String,
    name: String,
    description: String,
    source: String,
    licence: String,
    topic: String,
    update_frequency: String,
    #[serde(default)]
    keywords: String,
    /// Codes of scenarios, with commas between.
    #[serde(default)]
    scenarios: String,
    #[serde(default)]
    industry: String,
    #[serde(default)]
    delivery_form: String,
    #[serde(default)]
    origin: String,
    /// Labels, with commas between.
    #[serde(default)]
    audience: String,
    parts: String,
    #[serde(default)]
    policies: String,
    /// The choice of templates, in place of policies.
    #[serde(default)]
    templates: String,
    revenue: String,
    #[serde(default)]
    smart_clauses: String,
    term: String,
    #[serde(default)]
    auto_agree: String,
    #[serde(default)]
    stepwise: String,
    #[serde(default)]
    data_plane: String,
    /// Whether it is a new version of a product that is there.
    #[serde(default)]
    is_version: String,
    /// Why it is made.
    #[serde(default)]
    reason: String,
}

impl ProductForm {
    /// The form of the version after this one.
    fn next(product: NewProduct) -> Self {
        let ticked = |is: bool| if is { "yes".to_owned() } else { String::new() };
        let smart_clauses = &product.smart_clauses;
        Self {
            parts: pretty(&json!(product.parts)),
            policies: pretty(&json!(product.policies)),
            templates: String::new(),
            revenue: pretty(&json!(product.revenue)),
            smart_clauses: if smart_clauses.is_empty() { String::new() } else { pretty(&json!(smart_clauses)) },
            auto_agree: ticked(product.auto_agree),
            stepwise: ticked(product.stepwise),
            data_plane: product.data_plane.unwrap_or_default(),
            is_version: ticked(true),
            reason: String::new(),
            keywords: product.keywords.join(", "),
            scenarios: product.tags.scenarios.join(", "),
            industry: product.tags.industry,
            delivery_form: product.tags.form,
            origin: product.tags.origin,
            audience: product.audience.join(", "),
            listing_id: product.listing_id,
            space_id: product.space_id,
            name: product.name,
            description: product.description,
            source: product.source,
            licence: product.licence,
            topic: product.topic,
            update_frequency: product.update_frequency,
            term: product.term,
        }
    }
}

/// `POST /products`.
pub(crate) async fn offer(visitor: Visitor, Form(form): Form<ProductForm>) -> Result<Response, Fault> {
    match send(&visitor, &form).await {
        Ok(()) => Ok(visitor.go("/products", "product")),
        Err(fault) => {
            let told = fault.above_form()?;
            let made = again(&visitor, &form).await;
            render(&visitor, Some(form), made, Some(told)).await
        }
    }
}

/// What the templates of a form that is shown again come to; nothing if they do not: that is what is told.
async fn again(visitor: &Visitor, form: &ProductForm) -> Option<Made> {
    let page = visitor.page("products");
    let templates = read::<Vec<TemplateChoice>>(&page, "templates-offered", &form.templates).ok()?;
    let asked = NewInstance { space_id: form.space_id.clone(), templates };
    let made = visitor.post::<_, TemplateInstance>("/templateInstances", &asked).await.ok()?;
    Some(Made::new(&page, &made))
}

/// What was typed, or none where nothing was.
fn smart_clauses(page: &Page, typed: &str) -> Result<Vec<SmartClause>, Fault> {
    if typed.trim().is_empty() { Ok(Vec::new()) } else { read(page, "field-smart-clauses", typed) }
}

async fn send(visitor: &Visitor, form: &ProductForm) -> Result<(), Fault> {
    let page = visitor.page("products");
    let (policies, templates) = if form.templates.is_empty() {
        (read::<Vec<Value>>(&page, "field-policies", &form.policies)?, Vec::new())
    } else {
        (Vec::new(), read::<Vec<TemplateChoice>>(&page, "templates-offered", &form.templates)?)
    };
    let body = NewProduct {
        listing_id: form.listing_id.clone(),
        space_id: form.space_id.clone(),
        name: form.name.trim().to_owned(),
        description: form.description.trim().to_owned(),
        source: form.source.trim().to_owned(),
        licence: form.licence.trim().to_owned(),
        topic: form.topic.clone(),
        update_frequency: form.update_frequency.clone(),
        keywords: words(&form.keywords),
        tags: Tags {
            scenarios: words(&form.scenarios),
            industry: form.industry.trim().to_owned(),
            form: form.delivery_form.clone(),
            origin: form.origin.clone(),
        },
        audience: words(&form.audience),
        parts: read::<Vec<NewPart>>(&page, "field-parts", &form.parts)?,
        policies,
        templates,
        revenue: read::<Revenue>(&page, "field-revenue", &form.revenue)?,
        smart_clauses: smart_clauses(&page, &form.smart_clauses)?,
        term: form.term.trim().to_owned(),
        auto_agree: is_ticked(&form.auto_agree),
        stepwise: is_ticked(&form.stepwise),
        data_plane: Some(form.data_plane.clone()).filter(|plane| !plane.is_empty()),
    };
    if !is_ticked(&form.is_version) {
        return visitor.post::<_, IgnoredAny>("/products", &body).await.map(|_| ());
    }
    let path = format!("/products/{}/versions", escape(&form.listing_id));
    let body = NewProductVersion { product: body, reason: form.reason.trim().to_owned() };
    visitor.post::<_, IgnoredAny>(&path, &body).await.map(|_| ())
}
