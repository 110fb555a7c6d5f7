//! 策略推演: what a policy says to whom and when, before anybody is bound by it. TC609-6-2025-15 §7.2.2.3 h. A policy is pasted, or it is that of a product or
//! of a contract; nothing is changed and nothing is kept.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use xinyu_protocol::api::policy::{
    CaseFact, PolicyComparison, PolicyDifference, PolicySimulation, PolicySource, Ruling, SimulationInfo,
};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;
use xinyu_protocol::time;

use crate::clause::{self, Clause};
use crate::fault::{Fault, Told};
use crate::form::{optional, read};
use crate::page::Page;
use crate::timeline::{self, Picture};
use crate::visitor::Visitor;

/// The form: everything as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SimulatorForm {
    policy: String,
    product: String,
    contract: String,
    old: String,
    uses: String,
    from: String,
    span: String,
}

#[derive(Template)]
#[template(path = "simulator.html")]
struct SimulatorPage {
    page: Page,
    form: SimulatorForm,
    told: Option<Told>,
    found: Option<Found>,
}

/// What was found out.
struct Found {
    simulation: SimulationInfo,
    clauses: Vec<Clause>,
    picture: Picture,
    difference: Option<PolicyDifference>,
}

impl SimulatorPage {
    /// The facts of a case in one line.
    fn when(&self, facts: &[CaseFact]) -> String {
        if facts.is_empty() {
            return self.page.t("simulator-any-case");
        }
        let said: Vec<_> = facts
            .iter()
            .map(|fact| {
                format!(
                    "{}{}{}",
                    self.page.say(&fact.label),
                    self.page.t("simulator-colon"),
                    self.page.say(&fact.values)
                )
            })
            .collect();
        self.page.list_of(&said)
    }

    fn actions(&self, actions: &[xinyu_protocol::api::policy::ActionName]) -> String {
        let names: Vec<String> = actions.iter().map(|action| self.page.say(&action.text).to_owned()).collect();
        self.page.list(&names)
    }

    /// The clause of a ruling with its duties.
    fn by(&self, ruling: &Ruling) -> String {
        let duties = ruling.duties.iter().map(|duty| self.page.say(&duty.text).to_owned());
        let all: Vec<String> = std::iter::once(self.page.say(&ruling.text).to_owned()).chain(duties).collect();
        self.page.list_of(&all)
    }

    /// Of two colours, the one of a change; its word says the same.
    fn effect_tone(&self, effect: &str) -> &'static str {
        match effect {
            "loosened" => "wait",
            "tightened" => "calm",
            _ => "plain",
        }
    }
}

/// `GET /simulator`: the form, or at once the policy of a product or contract.
pub(crate) async fn show(visitor: Visitor, Query(form): Query<SimulatorForm>) -> Result<Response, Fault> {
    let is_asked = !form.product.is_empty() || !form.contract.is_empty();
    if is_asked { run(visitor, Form(form)).await } else { render(&visitor, begun(form), None, None) }
}

/// `POST /simulator`.
pub(crate) async fn run(visitor: Visitor, Form(form): Form<SimulatorForm>) -> Result<Response, Fault> {
    let form = SimulatorForm { span: optional(&form.span).unwrap_or_else(|| "P1Y".to_owned()), ..form };
    match look(&visitor, &form).await {
        Ok(found) => render(&visitor, form, Some(found), None),
        Err(fault) => {
            let told = fault.above_form()?;
            render(&visitor, form, None, Some(told))
        }
    }
}

fn begun(form: SimulatorForm) -> SimulatorForm {
    SimulatorForm { policy: super::product::POLICIES.to_owned(), span: "P1Y".to_owned(), ..form }
}

fn render(visitor: &Visitor, form: SimulatorForm, found: Option<Found>, told: Option<Told>) -> Result<Response, Fault> {
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&SimulatorPage { page: visitor.page("simulator"), form, told, found }, status))
}

async fn look(visitor: &Visitor, form: &SimulatorForm) -> Result<Found, Fault> {
    let page = visitor.page("simulator");
    let source = match optional(&form.policy) {
        Some(policy) => {
            PolicySource { policy: Some(read::<Value>(&page, "field-policies", &policy)?), ..PolicySource::default() }
        }
        None => PolicySource { policy: None, product: optional(&form.product), contract: optional(&form.contract) },
    };
    let uses = match optional(&form.uses) {
        Some(uses) => read::<Vec<Value>>(&page, "simulator-uses", &uses)?,
        None => Vec::new(),
    };
    let from = match optional(&form.from) {
        None => None,
        Some(text) => Some(
            time::parse_any(&text)
                .or_else(|_| time::parse_any(&format!("{text} 00:00:00")))
                .map_err(|_| bad_time(&page, &text))?,
        ),
    };
    let difference = match optional(&form.old) {
        None => None,
        Some(old) => {
            let old =
                PolicySource { policy: Some(read::<Value>(&page, "simulator-old", &old)?), ..PolicySource::default() };
            let body = PolicyComparison { old, new: source.clone(), at: from };
            Some(visitor.post::<_, PolicyDifference>("/policies/difference", &body).await?)
        }
    };
    let body = PolicySimulation { source, uses, from, span: optional(&form.span) };
    let simulation: SimulationInfo = visitor.post("/policies/simulation", &body).await?;
    Ok(Found {
        clauses: clause::of_contract(&page, &simulation.report.clauses),
        picture: timeline::draw(&simulation.timeline),
        simulation,
        difference,
    })
}

fn bad_time(page: &Page, text: &str) -> Fault {
    let problem = Problem::new(400, "form-time", Text::new("起始时间无法理解", "the time is not understood"))
        .detail(Text::new(format!("「{text}」不是时间"), format!("{text} is no time")))
        .next(Text::new(
            "请写作 2026-01-01 或 2026-01-01T09:00:00+08:00",
            "write 2026-01-01 or 2026-01-01T09:00:00+08:00",
        ));
    Fault::in_form(page, problem)
}
