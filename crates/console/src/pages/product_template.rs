//! A product's policy from templates: chosen, filled in by a form made from what they declare, and shown clause by clause before anything is sent.
//! TC609-6-2025-14 §7.2 b.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use serde_json::Value;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::RegistrationInfo;
use xinyu_protocol::api::template::{NewInstance, TemplateChoice, TemplateInstance};
use xinyu_protocol::tc609::template::{OfferedTemplate, Parameter, ParameterType, Template as PolicyTemplate, Values};

use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::pages::product;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "product_templates.html")]
struct ChoicePage {
    page: Page,
    spaces: Vec<String>,
    space: String,
    offered: Vec<OfferedTemplate>,
    chosen: Vec<Filled>,
    told: Option<Told>,
}

/// A chosen template with what was typed for its parameters.
struct Filled {
    template: PolicyTemplate,
    typed: Vec<(Parameter, String)>,
}

impl ChoicePage {
    fn is_chosen(&self, id: &str) -> bool {
        self.chosen.iter().any(|one| one.template.definition.template_id == id)
    }

    /// Whether a code is chosen.
    fn has(&self, typed: &str, code: &str) -> bool {
        typed.split(',').any(|one| one == code)
    }
}

/// `GET /products/templates?space=&template=&template=`: the templates to choose from, and the form of those that are chosen.
pub(crate) async fn choose(visitor: Visitor, Query(asked): Query<Vec<(String, String)>>) -> Result<Response, Fault> {
    render(&visitor, &asked, None).await
}

/// `POST /products/templates`: what comes out, in words, above the form of the product.
pub(crate) async fn fill(visitor: Visitor, Form(form): Form<Vec<(String, String)>>) -> Result<Response, Fault> {
    let page = read(&visitor, &form).await?;
    let instance = NewInstance { space_id: page.space.clone(), templates: choices(&page.chosen) };
    match visitor.post::<_, TemplateInstance>("/templateInstances", &instance).await {
        Ok(made) => product::from_templates(&visitor, &instance, &made).await,
        Err(fault) => render(&visitor, &form, Some(fault.above_form()?)).await,
    }
}

async fn render(visitor: &Visitor, form: &[(String, String)], told: Option<Told>) -> Result<Response, Fault> {
    let mut page = read(visitor, form).await?;
    let status = told.as_ref().map(Told::status);
    page.told = told;
    Ok(visitor.show_form(&page, status))
}

async fn read(visitor: &Visitor, form: &[(String, String)]) -> Result<ChoicePage, Fault> {
    let page = visitor.page("products");
    let spaces = visitor.get::<RegistrationInfo>("/registration").await?.spaces;
    let asked = form.iter().find(|(name, _)| name == "space").map(|(_, value)| value.clone());
    let space = asked.filter(|space| spaces.contains(space)).or_else(|| spaces.first().cloned()).unwrap_or_default();
    let mut offered = visitor.get::<List<OfferedTemplate>>("/templates").await?.items;
    offered.retain(|one| one.spaces.contains(&space));
    let is_named = |one: &&OfferedTemplate| {
        form.iter().any(|(name, value)| name == "template" && *value == one.template.definition.template_id)
    };
    let chosen = offered.iter().filter(is_named).map(|one| filled(&one.template, form)).collect();
    Ok(ChoicePage { page, spaces, space, offered, chosen, told: None })
}

/// What stands in the form, or what the template says by itself.
fn filled(template: &PolicyTemplate, form: &[(String, String)]) -> Filled {
    let id = &template.definition.template_id;
    let was_sent = form.iter().any(|(name, _)| name == "filled");
    let typed = |parameter: &Parameter| {
        let field = format!("{id}.{}", parameter.name);
        let values: Vec<&str> =
            form.iter().filter(|(name, _)| *name == field).map(|(_, value)| value.as_str()).collect();
        let text = if was_sent { values.join(",") } else { said(parameter.default.as_ref()) };
        (parameter.clone(), text)
    };
    Filled { template: template.clone(), typed: template.definition.parameters.iter().map(typed).collect() }
}

fn said(default: Option<&Value>) -> String {
    match default {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        Some(other) => other.to_string(),
    }
}

fn choices(chosen: &[Filled]) -> Vec<TemplateChoice> {
    let values = |one: &Filled| -> Values {
        let typed = one.typed.iter().filter_map(|(parameter, text)| {
            // What was emptied is not the default again, where it may be absent.
            Some((parameter.name.clone(), parameter.of.typed(text)?))
        });
        typed.collect()
    };
    let choice = |one: &Filled| TemplateChoice {
        template_id: one.template.definition.template_id.clone(),
        version: Some(one.template.version),
        parameters: values(one),
    };
    chosen.iter().map(choice).collect()
}
