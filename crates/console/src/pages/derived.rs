//! Derived data that a connector keeps: its list, one with where it comes from and the policy it inherits, and the form by which it leaves as a file.
//! TC609-6-2025-15 §7.1.2.4 i.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::UseInfo;
use xinyu_protocol::api::derived::{DerivedInfo, ExportInfo, NewExport};

use super::onward::download;
use crate::clause::{self, Clause};
use crate::fault::{Fault, Told};
use crate::form::optional;
use crate::life::{self, Refusal, Standing};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "derived_list.html")]
struct DerivedListPage {
    page: Page,
    all: Vec<DerivedInfo>,
}

#[derive(Template)]
#[template(path = "derived.html")]
struct DerivedPage {
    page: Page,
    derived: DerivedInfo,
    clauses: Vec<Clause>,
    form: ExportForm,
    /// What was decided of an export that was not let out.
    made: Option<UseInfo>,
    refusal: Option<Refusal>,
    told: Option<Told>,
}

impl DerivedPage {
    fn is_held(&self) -> bool {
        self.derived.state == "held"
    }

    fn awaits_code(&self) -> bool {
        self.made.as_ref().is_some_and(|made| made.awaits.as_deref() == Some("authenticate"))
    }
}

/// `GET /derived`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let all = visitor.get::<List<DerivedInfo>>("/derived").await?.items;
    Ok(visitor.show(&DerivedListPage { page: visitor.page("derived"), all }))
}

/// `GET /derived/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let form = ExportForm { use_id: visitor.new_id(), ..ExportForm::default() };
    render(&visitor, &id, form, None, None).await
}

/// The form of an export.
#[derive(Default, Deserialize)]
pub(crate) struct ExportForm {
    use_id: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    code: String,
}

/// `POST /derived/{id}`: asks to take it out; the file if it may leave, else the page with the clause that it stays by.
pub(crate) async fn export(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<ExportForm>,
) -> Result<Response, Fault> {
    let new = NewExport {
        use_id: form.use_id.clone(),
        purpose: optional(&form.purpose),
        region: optional(&form.region),
        code: optional(&form.code),
    };
    match visitor.post::<_, ExportInfo>(&format!("/derived/{}/export", escape(&id)), &new).await {
        Ok(ExportInfo { file: Some(file), .. }) => {
            let bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
            Ok(download(&id, "derived", bytes))
        }
        Ok(ExportInfo { r#use: made, .. }) => {
            // What waits goes on under its own id; a code is good for once.
            let use_id = if made.awaits.is_some() { form.use_id } else { visitor.new_id() };
            render(&visitor, &id, ExportForm { use_id, code: String::new(), ..form }, Some(made), None).await
        }
        Err(fault) => {
            let told = fault.above_form()?;
            render(&visitor, &id, ExportForm { code: String::new(), ..form }, None, Some(told)).await
        }
    }
}

async fn render(
    visitor: &Visitor,
    id: &str,
    form: ExportForm,
    made: Option<UseInfo>,
    told: Option<Told>,
) -> Result<Response, Fault> {
    let page = visitor.page("derived");
    let derived: DerivedInfo = visitor.get(&format!("/derived/{}", escape(id))).await?;
    let clauses = clause::of_contract(&page, &derived.clauses);
    let standing = Standing { frozen: None, is_over: derived.state != "held" };
    let refusal = made.as_ref().and_then(|made| life::of_use(&page, made, &clauses, &standing));
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&DerivedPage { page, derived, clauses, form, made, refusal, told }, status))
}
