//! Policies of spaces and products (策略): what there is, one with its versions, what was found of it and done with it; written by the operator or a provider, reviewed by
//! another person, enabled and disabled. TC609-6-2025-15 §7.2.2.1 a, b.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use xinyu_protocol::api::connector::RegistrationInfo;
use xinyu_protocol::api::policy_record::{PolicyRecordInfo, PolicyRecordLife, PolicyRecordMove, PolicyRecordVersion};
use xinyu_protocol::api::{List, SpaceInfo};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::policy_record::{NewPolicyRecord, RecordLayer};
use xinyu_protocol::text::Text;

use crate::clause::{self, Clause};
use crate::fault::{Fault, Told};
use crate::form::optional;
use crate::page::Page;
use crate::visitor::{Visitor, escape};

/// Where they are in the API.
const API: &str = "/policyRecords";
/// What a new one begins as.
const SAMPLE: &str = r#"[
  {
    "prohibitionPolicies": [
      { "actions": ["export"] }
    ]
  }
]"#;

#[derive(Template)]
#[template(path = "policy_records.html")]
struct PolicyRecordsPage {
    page: Page,
    records: Vec<PolicyRecordInfo>,
    spaces: Vec<String>,
    form: SaveForm,
    told: Option<Told>,
}

/// `GET /policies/records`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let form = SaveForm { action: "deny".to_owned(), policy: SAMPLE.to_owned(), ..SaveForm::default() };
    render(&visitor, form, None).await
}

async fn render(visitor: &Visitor, form: SaveForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("policy-records");
    let records = visitor.get::<List<PolicyRecordInfo>>(API).await?.items;
    let spaces = if !page.may("policy_record.save") {
        Vec::new()
    } else if page.is_platform() {
        visitor.get::<List<SpaceInfo>>("/spaces").await?.items.into_iter().map(|space| space.space_id).collect()
    } else {
        visitor.get::<RegistrationInfo>("/registration").await?.spaces
    };
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&PolicyRecordsPage { page, records, spaces, form, told }, status))
}

/// The form of a new one, or of a new version.
#[derive(Default, Deserialize)]
pub(crate) struct SaveForm {
    #[serde(default)]
    record: String,
    #[serde(default)]
    space: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    priority: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    policy: String,
}

impl SaveForm {
    /// As it goes to the API; the field that cannot be read is named.
    fn body(&self, is_platform: bool) -> Result<NewPolicyRecord, Box<Problem>> {
        let wrong = |field: &str, zh: &str, en: &str| {
            let mut problem = Problem::new(400, "form", Text::new(zh, en));
            problem.clause = Some(field.to_owned());
            Box::new(problem)
        };
        let priority = match self.priority.trim() {
            "" => 0,
            text => text.parse().map_err(|_| wrong("/priority", "优先级应为非负整数", "priority is a whole number"))?,
        };
        let moment = |field: &str, text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                let (zh, en) =
                    ("时间应带时区，如 2027-01-01T00:00:00+08:00", "a time has a zone: 2027-01-01T00:00:00+08:00");
                wrong(field, zh, en)
            }),
        };
        let policy: Value = serde_json::from_str(&self.policy).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let zh = format!("策略不是 JSON：第 {line} 行第 {column} 列");
            wrong("/policy", &zh, &format!("the policy is no JSON: line {line}, column {column}"))
        })?;
        Ok(NewPolicyRecord {
            record_id: self.record.trim().to_owned(),
            space_id: self.space.clone(),
            layer: if is_platform { RecordLayer::Space } else { RecordLayer::Product },
            product_id: optional(&self.product),
            name: self.name.trim().to_owned(),
            description: self.description.trim().to_owned(),
            kind: "constraint".to_owned(),
            action: self.action.clone(),
            object: serde_json::Map::new(),
            parameters: serde_json::Map::new(),
            priority,
            valid_from: moment("/validFrom", &self.from)?,
            valid_until: moment("/validUntil", &self.until)?,
            policy,
        })
    }
}

/// `POST /policies/records`.
pub(crate) async fn save(visitor: Visitor, Form(form): Form<SaveForm>) -> Result<Response, Fault> {
    let page = visitor.page("policy-records");
    let body = match form.body(page.is_platform()) {
        Ok(body) => body,
        Err(problem) => return render(&visitor, form, Some(Told::new(page.lang, &problem))).await,
    };
    match visitor.post::<_, PolicyRecordLife>(API, &body).await {
        Ok(made) => Ok(visitor.go(&place(&made.record_id), "policy-record-saved")),
        Err(fault) => render(&visitor, form, Some(fault.above_form()?)).await,
    }
}

/// Where one is in the console.
fn place(id: &str) -> String {
    format!("/policies/records/{}", escape(id))
}

#[derive(Template)]
#[template(path = "policy_record.html")]
struct PolicyRecordPage {
    page: Page,
    life: PolicyRecordLife,
    newest: PolicyRecordInfo,
    told: Option<Told>,
}

impl PolicyRecordPage {
    /// What this person may do with a version: to write is one thing, to review another; a provider reviews nothing.
    fn moves<'v>(&self, version: &'v PolicyRecordVersion) -> Vec<&'v str> {
        let is_own = self.page.is_platform() || self.page.node.party_id.as_deref() == Some(&version.info.author_id);
        let is_for = |act: &str| match act {
            "submit" => self.page.may("policy_record.submit") && is_own,
            "approve" | "refuse" => self.page.may("policy_record.decide") && self.page.is_platform(),
            _ => self.page.may("policy_record.decide") && is_own,
        };
        version.moves.iter().map(String::as_str).filter(|act| is_for(act)).collect()
    }

    fn is_dangerous(&self, act: &str) -> bool {
        matches!(act, "refuse" | "disable" | "retire")
    }

    fn clauses(&self, version: &PolicyRecordVersion) -> Vec<Clause> {
        clause::of_contract(&self.page, &version.clauses)
    }

    fn written(&self, info: &PolicyRecordInfo) -> String {
        serde_json::to_string_pretty(&info.record.policy).unwrap_or_default()
    }
}

/// `GET /policies/records/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    render_one(&visitor, &id, None).await
}

async fn render_one(visitor: &Visitor, id: &str, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("policy-records");
    let life: PolicyRecordLife = visitor.get(&format!("{API}/{}", escape(id))).await?;
    let Some(newest) = life.versions.first().map(|one| one.info.clone()) else {
        return Ok(visitor.go("/policies/records", "policy-record-moved"));
    };
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&PolicyRecordPage { page, life, newest, told }, status))
}

/// The form of a decision.
#[derive(Deserialize)]
pub(crate) struct MoveForm {
    version: u32,
    action: String,
    #[serde(default)]
    reason: String,
}

/// `POST /policies/records/{id}`.
pub(crate) async fn act(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<MoveForm>,
) -> Result<Response, Fault> {
    let version = format!("{API}/{}/versions/{}", escape(&id), form.version);
    let done = if form.action == "submit" {
        visitor.post::<_, IgnoredAny>(&format!("{version}/submission"), &serde_json::json!({})).await
    } else {
        let body = PolicyRecordMove { action: form.action, reason: form.reason.trim().to_owned() };
        visitor.post::<_, IgnoredAny>(&format!("{version}/decision"), &body).await
    };
    match done {
        Ok(_) => Ok(visitor.go(&place(&id), "policy-record-moved")),
        Err(fault) => render_one(&visitor, &id, Some(fault.above_form()?)).await,
    }
}
