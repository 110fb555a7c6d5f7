//! Policy templates: at a platform all of them, and one page for each with its versions, how they differ, and what is decided; at a connector those that the
//! platform offers. TC609-6-2025-15 §7.2.2.1.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use xinyu_protocol::api::List;
use xinyu_protocol::api::template::{
    TemplateComparison, TemplateImport, TemplateInfo, TemplateLife, TemplateMove, TemplateVersion,
};
use xinyu_protocol::tc609::template::{NewTemplate, OfferedTemplate, Parameter, TemplateFile};

use crate::clause::{self, Clause};
use crate::fault::{Fault, Told};
use crate::form::{optional, read};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "templates.html")]
struct TemplatesPage {
    page: Page,
    templates: Vec<TemplateInfo>,
    form: NewForm,
    told: Option<Told>,
}

#[derive(Template)]
#[template(path = "offered_templates.html")]
struct OfferedPage {
    page: Page,
    offered: Vec<OfferedTemplate>,
}

impl OfferedPage {
    fn parameters(&self, one: &OfferedTemplate) -> String {
        labels(&self.page, &one.template.definition.parameters)
    }
}

fn labels(page: &Page, parameters: &[Parameter]) -> String {
    let labels: Vec<String> = parameters.iter().map(|one| page.say(&one.label).to_owned()).collect();
    if labels.is_empty() { "–".to_owned() } else { page.list(&labels) }
}

/// `GET /templates`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, NewForm { definition: example(), ..NewForm::default() }, None).await
}

async fn render(visitor: &Visitor, form: NewForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("templates");
    if !page.is_platform() {
        let offered = visitor.get::<List<OfferedTemplate>>("/templates").await?.items;
        return Ok(visitor.show(&OfferedPage { page, offered }));
    }
    let templates = visitor.get::<List<TemplateInfo>>("/templates").await?.items;
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&TemplatesPage { page, templates, form, told }, status))
}

/// The forms that bring in a template: written, or as a file of another platform.
#[derive(Default, Deserialize)]
pub(crate) struct NewForm {
    #[serde(default)]
    definition: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    document: String,
}

/// `POST /templates`.
pub(crate) async fn save(visitor: Visitor, Form(form): Form<NewForm>) -> Result<Response, Fault> {
    match send(&visitor, &form).await {
        Ok(id) => Ok(visitor.go(&format!("/templates/{}", escape(&id)), "template-saved")),
        Err(fault) => render(&visitor, form, Some(fault.above_form()?)).await,
    }
}

async fn send(visitor: &Visitor, form: &NewForm) -> Result<String, Fault> {
    let page = visitor.page("templates");
    let life: TemplateLife = if form.file.trim().is_empty() {
        let body: NewTemplate = read(&page, "template-definition", &form.definition)?;
        visitor.post("/templates", &body).await?
    } else {
        let file: TemplateFile = read(&page, "template-file", &form.file)?;
        let document =
            optional(&form.document).map(|text| read::<Value>(&page, "template-document", &text)).transpose()?;
        visitor.post("/templateImports", &TemplateImport { file, document }).await?
    };
    Ok(life.template_id)
}

/// What an author begins with.
fn example() -> String {
    let example = r#"{
  "templateId": "my-template",
  "name": { "zh": "限定使用次数与用途", "en": "so many uses for a purpose" },
  "description": { "zh": "说明这个模板限制什么。", "en": "Says what this template limits." },
  "kind": "constraint",
  "objects": ["data"],
  "effects": ["allow"],
  "priority": 500,
  "spaceKinds": [],
  "parameters": [
    {
      "name": "times",
      "label": { "zh": "使用次数", "en": "times" },
      "help": { "zh": "1 至 100", "en": "1 to 100" },
      "type": { "integer": { "min": 1, "max": 100 } },
      "required": true,
      "default": 10
    }
  ],
  "body": {
    "permissionPolicies": [
      {
        "actions": ["use"],
        "constraints": [
          { "constraintName": "count", "constraintOperator": "11", "constraintValue": { "$parameter": "times" } }
        ]
      }
    ]
  }
}"#;
    example.to_owned()
}

#[derive(Template)]
#[template(path = "template.html")]
struct TemplatePage {
    page: Page,
    life: TemplateLife,
    shown: Shown,
    comparison: Option<TemplateComparison>,
    form: NewForm,
    told: Option<Told>,
}

/// The version that a page is about.
struct Shown {
    version: TemplateVersion,
    clauses: Vec<Clause>,
    definition: String,
}

impl TemplatePage {
    fn number(&self) -> u32 {
        self.shown.version.info.template.version
    }

    fn can(&self, action: &str) -> bool {
        self.shown.version.moves.iter().any(|one| one == action)
    }

    /// The spaces in which it can be enabled, or disabled.
    fn spaces(&self, is_on: bool) -> Vec<&str> {
        let info = &self.shown.version.info;
        let kinds = &info.template.definition.space_kinds;
        let is_meant = |kind: &String| kinds.is_empty() || kinds.contains(kind);
        let fits = self.life.spaces.iter().filter(|(id, kind)| {
            if is_on { info.spaces.contains(id) } else { !info.spaces.contains(id) && is_meant(kind) }
        });
        fits.map(|(id, _)| id.as_str()).collect()
    }

    fn value(&self, value: &Option<Value>) -> String {
        value.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string)
    }

    fn default(&self, parameter: &Parameter) -> String {
        self.value(&parameter.default)
    }

    fn effects(&self) -> String {
        let effects = &self.shown.version.info.template.definition.effects;
        let words: Vec<String> = effects.iter().map(|one| self.page.word("template-effect", one.as_str())).collect();
        self.page.list(&words)
    }

    fn objects(&self) -> String {
        let objects = &self.shown.version.info.template.definition.objects;
        let words: Vec<String> = objects.iter().map(|one| self.page.word("template-object", one.as_str())).collect();
        self.page.list(&words)
    }

    fn kinds(&self) -> String {
        let kinds = &self.shown.version.info.template.definition.space_kinds;
        let words: Vec<String> = kinds.iter().map(|kind| self.page.word("space", kind)).collect();
        if words.is_empty() { self.page.t("template-all-kinds") } else { self.page.list(&words) }
    }
}

/// Which version to show, and which to compare it with.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    version: Option<u32>,
    from: Option<u32>,
}

/// `GET /templates/{id}`.
pub(crate) async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    render_one(&visitor, &id, &asked, None).await
}

async fn render_one(visitor: &Visitor, id: &str, asked: &Asked, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("templates");
    let path = format!("/templates/{}", escape(id));
    let life: TemplateLife = visitor.get(&path).await?;
    let wanted = |one: &&TemplateVersion| asked.version.is_none_or(|version| version == one.info.template.version);
    let Some(version) = life.versions.iter().find(wanted).or_else(|| life.versions.first()).cloned() else {
        return render(visitor, NewForm::default(), told).await;
    };
    let number = version.info.template.version;
    let from = asked.from.or_else(|| number.checked_sub(1).filter(|before| *before > 0));
    let comparison = match from {
        Some(from) => Some(visitor.get(&format!("{path}/comparison?from={from}&to={number}")).await?),
        None => None,
    };
    let definition = serde_json::to_string_pretty(&version.info.template.definition).unwrap_or_default();
    let clauses = clause::of_contract(&page, &version.clauses);
    let form = NewForm { definition: definition.clone(), ..NewForm::default() };
    let status = told.as_ref().map(Told::status);
    let shown = Shown { version, clauses, definition };
    Ok(visitor.show_form(&TemplatePage { page, life, shown, comparison, form, told }, status))
}

/// The form of a decision.
#[derive(Deserialize)]
pub(crate) struct DecisionForm {
    version: u32,
    action: String,
    #[serde(default)]
    space: String,
    #[serde(default)]
    reason: String,
}

/// `POST /templates/{id}`.
pub(crate) async fn decide(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<DecisionForm>,
) -> Result<Response, Fault> {
    let path = format!("/templates/{}", escape(&id));
    let body =
        TemplateMove { action: form.action, space_id: optional(&form.space), reason: form.reason.trim().to_owned() };
    let version = form.version;
    match visitor.post::<_, IgnoredAny>(&format!("{path}/versions/{version}/decision"), &body).await {
        Ok(_) => Ok(visitor.go(&format!("{path}?version={version}"), "template-decided")),
        Err(fault) => {
            let asked = Asked { version: Some(version), from: None };
            render_one(&visitor, &id, &asked, Some(fault.above_form()?)).await
        }
    }
}

/// `GET /templates/{id}/file/{version}`.
pub(crate) async fn file(visitor: Visitor, Path((id, version)): Path<(String, u32)>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/templates/{}/versions/{version}/file", escape(&id))).await?;
    let name: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}-v{version}.json\"")),
    ];
    Ok((headers, bytes).into_response())
}
