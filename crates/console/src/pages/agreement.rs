//! Agreements: contracts on the side of this connector, the data held under them, and its use.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{AgreementInfo, NewUse, ResultInfo, UseInfo};

use crate::clause::{self, Clause, word};
use crate::fault::Fault;
use crate::form::optional;
use crate::life::{self, Refusal};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

/// The actions that a person can ask for here.
const ACTIONS: [&str; 6] = ["compute", "read", "process", "use", "export", "download"];

#[derive(Template)]
#[template(path = "agreements.html")]
struct AgreementsPage {
    page: Page,
    agreements: Vec<AgreementInfo>,
}

#[derive(Template)]
#[template(path = "agreement.html")]
struct AgreementPage {
    page: Page,
    agreement: AgreementInfo,
    clauses: Vec<Clause>,
    uses: Vec<Shown>,
    /// What was just asked for, with its result.
    fresh: Option<Shown>,
    actions: [&'static str; 6],
    form: UseForm,
    to_transfer: bool,
}

struct Shown {
    info: UseInfo,
    refusal: Option<Refusal>,
}

impl Shown {
    fn new(page: &Page, info: UseInfo, clauses: &[Clause]) -> Self {
        Self { refusal: life::of_use(page, &info, clauses), info }
    }
}

impl AgreementPage {
    fn cells(&self, result: &ResultInfo) -> Vec<Vec<String>> {
        let cell = |value: &serde_json::Value| {
            if value.is_null() { String::new() } else { word(value) }
        };
        result.rows.iter().map(|row| row.iter().map(cell).collect()).collect()
    }
}

/// `GET /agreements`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let agreements = visitor.get::<List<AgreementInfo>>("/agreements").await?.items;
    Ok(visitor.show(&AgreementsPage { page: visitor.page("agreements"), agreements }))
}

/// `GET /agreements/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let form = UseForm { use_id: visitor.new_id(), ..UseForm::default() };
    render(&visitor, &id, form, None).await
}

/// The form of a use.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct UseForm {
    use_id: String,
    action: String,
    #[serde(default)]
    query: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    application: String,
}

/// `POST /agreements/{id}`: asks for a use; the page shows the result, which is kept nowhere.
pub(crate) async fn ask(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<UseForm>,
) -> Result<Response, Fault> {
    let body = NewUse {
        use_id: form.use_id.clone(),
        contract_id: id.clone(),
        action: form.action.clone(),
        query: optional(&form.query),
        purpose: optional(&form.purpose),
        region: optional(&form.region),
        application: optional(&form.application),
    };
    let made: UseInfo = visitor.post("/uses", &body).await?;
    render(&visitor, &id, UseForm { use_id: visitor.new_id(), ..form }, Some(made)).await
}

async fn render(visitor: &Visitor, id: &str, form: UseForm, made: Option<UseInfo>) -> Result<Response, Fault> {
    let page = visitor.page("agreements");
    let agreement: AgreementInfo = visitor.get(&format!("/agreements/{}", escape(id))).await?;
    let uses = visitor.get::<List<UseInfo>>(&format!("/uses?contract={}", escape(id))).await?.items;
    let clauses = clause::of_contract(&page, &agreement.clauses);
    let fresh = made.map(|made| Shown::new(&page, made, &clauses));
    let uses = uses.into_iter().map(|one| Shown::new(&page, one, &clauses)).collect();
    let to_transfer = agreement.side == "consumer"
        && agreement.in_force
        && agreement.data.as_deref() == Some("awaited")
        && page.may_act();
    Ok(visitor.show(&AgreementPage { agreement, clauses, uses, fresh, actions: ACTIONS, form, to_transfer, page }))
}
