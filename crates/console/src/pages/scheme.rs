//! Certification schemes (认证方案): what each asks for, and the form by which the operator makes one or saves a new version. What is wrong stands beside the
//! field that it is about. A scheme is never changed and never ends: who applied before is judged by the version of then. TC609-6-2025-01 §5.2.2.13.

mod form;
mod measure;

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use xinyu_protocol::api::certification::SchemeList;
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::certification::{MeasureRule, Scheme, SubjectKind};
use xinyu_protocol::text::Text;

use crate::fault::{Fault, Told};
use crate::page::Page;
use crate::visitor::{Visitor, escape};
use form::SchemeForm;
use measure::{Choices, name_of};

#[derive(Template)]
#[template(path = "schemes.html")]
struct SchemesPage {
    page: Page,
    schemes: Vec<Scheme>,
    measures: Vec<Choices>,
    form: SchemeForm,
    told: Option<Told>,
}

#[derive(Template)]
#[template(path = "scheme.html")]
struct SchemePage {
    page: Page,
    scheme: Scheme,
    measures: Vec<Choices>,
    form: SchemeForm,
    told: Option<Told>,
}

impl SchemePage {
    fn action(&self) -> String {
        format!("/schemes/{}", escape(&self.scheme.definition.scheme_id))
    }

    fn measure(&self, rule: &MeasureRule) -> String {
        name_of(&self.measures, &rule.measure).to_owned()
    }
}

/// `GET /schemes`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let known = visitor.get("/certificationSchemes").await?;
    Ok(render(&visitor, known, None, SchemeForm::blank(), None))
}

/// `GET /schemes/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let known: SchemeList = visitor.get("/certificationSchemes").await?;
    let form = SchemeForm::of(find(&visitor, &known, &id)?);
    Ok(render(&visitor, known, Some(&id), form, None))
}

/// `POST /schemes`: another scheme.
pub(crate) async fn define(visitor: Visitor, Form(fields): Form<Vec<(String, String)>>) -> Result<Response, Fault> {
    act(&visitor, None, fields).await
}

/// `POST /schemes/{id}`: a new version of one.
pub(crate) async fn replace(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    act(&visitor, Some(&id), fields).await
}

/// Adds or removes a line of the form, which works without a script, or saves it.
async fn act(visitor: &Visitor, id: Option<&str>, fields: Vec<(String, String)>) -> Result<Response, Fault> {
    let known: SchemeList = visitor.get("/certificationSchemes").await?;
    let (mut form, action) = SchemeForm::read(fields);
    if let Some(id) = id {
        let before = find(visitor, &known, id)?;
        form.settle(before);
    }
    if form.is_edited(&action) {
        return Ok(render(visitor, known, id, form, None));
    }
    let body = match check(&form, &known, id) {
        Ok(()) => form.definition(),
        Err(problem) => Err(problem),
    };
    let done = match body {
        Ok(body) => visitor.post::<_, Scheme>("/certificationSchemes", &body).await,
        Err(problem) => Err(Fault::in_form(&visitor.page, *problem)),
    };
    match done {
        Ok(saved) => Ok(visitor.go(&format!("/schemes/{}", escape(&saved.definition.scheme_id)), "scheme")),
        Err(fault) => {
            let told = form.blame(fault.above_form()?, visitor.page.lang);
            Ok(render(visitor, known, id, form, Some(told)))
        }
    }
}

/// That nobody's scheme is replaced unseen: another one has an id of its own, a new version follows the one that was looked at.
fn check(form: &SchemeForm, known: &SchemeList, id: Option<&str>) -> Result<(), Box<Problem>> {
    let named = form.value("schemeId");
    let newest = known.items.iter().find(|one| one.definition.scheme_id == named.trim());
    match (id, newest) {
        (None, Some(_)) => {
            let title = Text::new(
                format!("已有方案 {named}，请换一个编号，或打开该方案修改"),
                format!("there is a scheme {named}: take another id, or open that one to change it"),
            );
            Err(Box::new(Problem::new(409, "scheme-exists", title).clause("/schemeId")))
        }
        (Some(_), Some(newest)) if newest.version.to_string() != form.value("version") => {
            let version = newest.version;
            let title = Text::new(
                format!("该方案刚被他人保存为 v{version}"),
                format!("somebody else has just saved it as v{version}"),
            );
            Err(Box::new(Problem::new(409, "scheme-saved", title).next(Text::new(
                "新版本已显示在本页，您填写的内容仍在下面；核对后再次保存，即成为再下一个版本",
                "this page shows the new version, and below what you filled in: compare them, and save again to make it the version after that",
            ))))
        }
        _ => Ok(()),
    }
}

fn find<'a>(visitor: &Visitor, known: &'a SchemeList, id: &str) -> Result<&'a Scheme, Fault> {
    known.items.iter().find(|one| one.definition.scheme_id == id).ok_or_else(|| {
        let title = Text::new(format!("没有认证方案 {id}"), format!("there is no certification scheme {id}"));
        Fault::in_form(&visitor.page("certifications"), Problem::new(404, "unknown-scheme", title))
    })
}

fn render(
    visitor: &Visitor,
    known: SchemeList,
    id: Option<&str>,
    mut form: SchemeForm,
    told: Option<Told>,
) -> Response {
    let page = visitor.page("certifications");
    let status = told.as_ref().map(Told::status);
    let SchemeList { items: schemes, measures } = known;
    let scheme = id.and_then(|id| schemes.iter().find(|one| one.definition.scheme_id == id)).cloned();
    match scheme {
        Some(scheme) => {
            let measures = measure::choices(&page, &measures, &[scheme.definition.subject], &form.measures());
            // Only once it was told: adding a line must not make an old look a new one.
            if told.is_some() {
                form.follow(&scheme);
            }
            visitor.show_form(&SchemePage { page, scheme, measures, form, told }, status)
        }
        None => {
            let measures = measure::choices(&page, &measures, &SubjectKind::ALL, &form.measures());
            visitor.show_form(&SchemesPage { page, schemes, measures, form, told }, status)
        }
    }
}
