//! Logical spaces, for the operator.

use askama::Template;
use axum::Form;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::{List, NewSpace, SpaceInfo, usual_silence};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::{Fault, Told};
use crate::form::is_ticked;
use crate::page::Page;
use crate::visitor::Visitor;

/// The five kinds of space.
const KINDS: [&str; 5] = ["enterprise", "industry", "city", "personal", "cross_border"];

#[derive(Template)]
#[template(path = "spaces.html")]
struct SpacesPage {
    page: Page,
    spaces: Vec<SpaceInfo>,
    kinds: [&'static str; 5],
    form: NewSpaceForm,
    told: Option<Told>,
}

/// `GET /spaces`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let form = NewSpaceForm {
        platform_percent: "10".to_owned(),
        registered_components: "yes".to_owned(),
        report_period: usual_period(),
        max_silence: usual_silence(),
        ..NewSpaceForm::default()
    };
    render(&visitor, form, None).await
}

async fn render(visitor: &Visitor, form: NewSpaceForm, told: Option<Told>) -> Result<Response, Fault> {
    let spaces = visitor.get::<List<SpaceInfo>>("/spaces").await?.items;
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&SpacesPage { page: visitor.page("spaces"), spaces, kinds: KINDS, form, told }, status))
}

/// The form of a new space.
#[derive(Default, Deserialize)]
pub(crate) struct NewSpaceForm {
    space_id: String,
    name: String,
    description: String,
    kind: String,
    suite: String,
    platform_percent: String,
    #[serde(default)]
    unsigned_agreements: String,
    #[serde(default)]
    technical_only: String,
    #[serde(default)]
    registered_components: String,
    #[serde(default)]
    sealed_filing: String,
    #[serde(default)]
    listing_by_rule: String,
    #[serde(default)]
    components_by_rule: String,
    #[serde(default)]
    open_catalogue: String,
    #[serde(default = "usual_period")]
    report_period: String,
    #[serde(default = "usual_silence")]
    max_silence: String,
    #[serde(default)]
    requires: String,
}

fn usual_period() -> String {
    "P1D".to_owned()
}

/// `POST /spaces`.
pub(crate) async fn open(visitor: Visitor, Form(form): Form<NewSpaceForm>) -> Result<Response, Fault> {
    match send(&visitor, &form).await {
        Ok(()) => Ok(visitor.go("/spaces", "space")),
        Err(fault) => render(&visitor, form, Some(fault.above_form()?)).await,
    }
}

async fn send(visitor: &Visitor, form: &NewSpaceForm) -> Result<(), Fault> {
    let Some(platform_permille) = permille(form.platform_percent.trim()) else {
        let title = Text::new(
            "平台分成应为 0 到 100 之间、至多一位小数的百分数",
            "the platform's share must be a percentage with at most one decimal",
        );
        return Err(Fault::in_form(&visitor.page, Problem::new(400, "platform-share", title)));
    };
    let body = NewSpace {
        space_id: form.space_id.trim().to_owned(),
        name: form.name.trim().to_owned(),
        description: form.description.trim().to_owned(),
        kind: form.kind.clone(),
        suite: form.suite.clone(),
        platform_permille,
        unsigned_agreements: is_ticked(&form.unsigned_agreements),
        technical_only: is_ticked(&form.technical_only),
        registered_components: is_ticked(&form.registered_components),
        sealed_filing: is_ticked(&form.sealed_filing),
        listing_by_rule: is_ticked(&form.listing_by_rule),
        components_by_rule: is_ticked(&form.components_by_rule),
        open_catalogue: is_ticked(&form.open_catalogue),
        report_period: form.report_period.trim().to_owned(),
        max_silence: form.max_silence.trim().to_owned(),
        requires: form.requires.split_whitespace().map(str::to_owned).collect(),
    };
    visitor.post::<_, IgnoredAny>("/spaces", &body).await.map(|_| ())
}

/// `12.5` percent are 125 thousandths.
pub(crate) fn permille(percent: &str) -> Option<u16> {
    let (whole, tenths) = percent.split_once('.').unwrap_or((percent, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(tenths) || tenths.len() != 1 {
        return None;
    }
    let permille = whole.parse::<u16>().ok()?.checked_mul(10)?.checked_add(tenths.parse().ok()?)?;
    (permille <= 1000).then_some(permille)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_exactly() {
        for (text, expect) in [
            ("15", Some(150)),
            ("12.5", Some(125)),
            ("0", Some(0)),
            ("100", Some(1000)),
            ("100.1", None),
            ("1.25", None),
            ("-1", None),
            ("", None),
            ("+5", None),
        ] {
            assert_eq!(permille(text), expect, "{text}");
        }
    }
}
