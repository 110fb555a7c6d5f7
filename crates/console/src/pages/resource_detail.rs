//! One data resource: its profile, which person stands behind its grade, and the forms that grade it, read it again or remove it.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::glossary::ResourceTerms;
use xinyu_protocol::api::resource::{ColumnGrade, NewGrading, NewReading, ReadingInfo, ResourceInfo, ResourceRemoval};

use crate::fault::{Fault, Told};
use crate::form::optional;
use crate::page::Page;
use crate::pages::glossary::with;
use crate::pages::reading;
use crate::profile::{Column, Profile};
use crate::visitor::{Visitor, escape};

/// The grades, least first.
const GRADES: [&str; 6] = ["general1", "general2", "general3", "general4", "important", "core"];

/// What a column can be, as profiles name it.
const KINDS: [&str; 16] = [
    "name",
    "citizen_id",
    "passport",
    "mobile",
    "landline",
    "email",
    "address",
    "birth_date",
    "account",
    "vehicle_plate",
    "bank_card",
    "health",
    "biometric",
    "religion",
    "track",
    "specific_identity",
];

/// Where it was found right, and where it is nothing personal.
const AS_FOUND: &str = "found";
const NOTHING: &str = "none";

#[derive(Template)]
#[template(path = "resource.html")]
struct ResourcePage {
    page: Page,
    info: ResourceInfo,
    profile: Profile,
    readings: Vec<ReadingInfo>,
    typed: Typed,
    /// What its columns mean, if a space of ours has a glossary.
    mapped: Option<ResourceTerms>,
    told: Option<Told>,
}

/// What was typed: `kind.` and `why.` with the name of a column, `grade`, `reason`.
#[derive(Default)]
struct Typed(Vec<(String, String)>);

impl Typed {
    fn of(&self, name: &str) -> &str {
        self.0.iter().find(|(typed, _)| typed == name).map_or("", |(_, value)| value.as_str())
    }

    fn judgement(&self) -> NewGrading {
        let judged = self.0.iter().filter_map(|(name, kind)| {
            let column = name.strip_prefix("kind.").filter(|_| kind != AS_FOUND)?;
            Some(ColumnGrade {
                column: column.to_owned(),
                personal: optional(kind).filter(|kind| kind != NOTHING),
                reason: self.of(&format!("why.{column}")).trim().to_owned(),
            })
        });
        NewGrading {
            grade: optional(self.of("grade")),
            columns: judged.collect(),
            reason: self.of("reason").trim().to_owned(),
        }
    }
}

impl ResourcePage {
    /// The choices for a column: value, label, whether it is chosen.
    fn kinds(&self, column: &Column) -> Vec<(&'static str, String, bool)> {
        let typed = self.typed.of(&format!("kind.{}", column.name));
        let judged = column.otherwise().map(|personal| personal.unwrap_or(NOTHING));
        let chosen = match (typed, judged) {
            ("", judged) => judged.unwrap_or(AS_FOUND),
            (typed, _) => typed,
        };
        let found = column
            .personal
            .as_deref()
            .map_or_else(|| self.page.t("personal-none"), |kind| self.page.word("personal", kind));
        let mut choices = vec![(AS_FOUND, self.page.t1("grading-as-found", "kind", found), chosen == AS_FOUND)];
        let others =
            [NOTHING].into_iter().chain(KINDS).filter(|kind| *kind != column.personal.as_deref().unwrap_or(NOTHING));
        choices.extend(others.map(|kind| (kind, self.page.word("personal", kind), kind == chosen)));
        choices
    }

    fn why(&self, column: &Column) -> String {
        match self.typed.of(&format!("why.{}", column.name)) {
            "" => column.reason().to_owned(),
            typed => typed.to_owned(),
        }
    }

    /// The colour that goes with how much is mapped.
    fn covered(&self, mapped: &ResourceTerms) -> &'static str {
        if mapped.coverage.permille == 1_000 { "good" } else { "wait" }
    }

    fn grades(&self) -> Vec<(&'static str, bool)> {
        GRADES.into_iter().map(|grade| (grade, self.typed.of("grade") == grade)).collect()
    }
}

/// By which glossary its columns are looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    space: String,
}

/// `GET /resources/{name}?space=`.
pub(crate) async fn show(
    visitor: Visitor,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    render_by(&visitor, &name, &asked.space, Typed::default(), None).await
}

/// The page again, with what went wrong with the term of a column.
pub(crate) async fn again(visitor: &Visitor, name: &str, space: &str, told: Told) -> Result<Response, Fault> {
    render_by(visitor, name, space, Typed::default(), Some(told)).await
}

async fn render(visitor: &Visitor, name: &str, typed: Typed, told: Option<Told>) -> Result<Response, Fault> {
    render_by(visitor, name, "", typed, told).await
}

async fn render_by(
    visitor: &Visitor,
    name: &str,
    space: &str,
    typed: Typed,
    told: Option<Told>,
) -> Result<Response, Fault> {
    let page = visitor.page("resources");
    let path = format!("/resources/{}", escape(name));
    let info = visitor.get::<ResourceInfo>(&path).await?;
    // A resource is shown whether a space has a glossary or none.
    let mapped = if page.may("glossary.suggest") {
        visitor.try_get::<ResourceTerms>(&with(&format!("{path}/terms"), &[("space", space)])).await.ok()
    } else {
        None
    };
    let (profile, status) = (Profile::read(&info.profile), told.as_ref().map(Told::status));
    let mut readings = reading::shown(visitor).await?;
    readings.retain(|one| one.resource == name);
    Ok(visitor.show_form(&ResourcePage { page, info, profile, readings, typed, mapped, told }, status))
}

/// `POST /resources/{name}/grading`.
pub(crate) async fn grade(
    visitor: Visitor,
    Path(name): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let typed = Typed(form);
    match visitor.post::<_, IgnoredAny>(&format!("/resources/{}/grading", escape(&name)), &typed.judgement()).await {
        Ok(_) => Ok(visitor.go(&format!("/resources/{}", escape(&name)), "graded")),
        Err(fault) => render(&visitor, &name, typed, Some(fault.above_form()?)).await,
    }
}

/// `POST /resources/{name}/refresh`.
pub(crate) async fn refresh(
    visitor: Visitor,
    Path(name): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let anew = Typed(form).of("anew") == "yes";
    let body = NewReading { refresh: Some(name.clone()), anew, ..NewReading::default() };
    match visitor.post::<_, ReadingInfo>("/readings", &body).await {
        Ok(reading) => Ok(visitor.go(&format!("/resources/{}", escape(&name)), reading::done(&reading, "refreshed"))),
        Err(fault) => render(&visitor, &name, Typed::default(), Some(fault.above_form()?)).await,
    }
}

/// `POST /resources/{name}/removal`.
pub(crate) async fn remove(
    visitor: Visitor,
    Path(name): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let typed = Typed(form);
    let body = ResourceRemoval { reason: typed.of("removal").trim().to_owned() };
    match visitor.post::<_, IgnoredAny>(&format!("/resources/{}/removal", escape(&name)), &body).await {
        Ok(_) => Ok(visitor.go("/resources", "resource-removed")),
        Err(fault) => render(&visitor, &name, typed, Some(fault.above_form()?)).await,
    }
}
