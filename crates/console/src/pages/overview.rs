//! The first page: numbers, what waits for a decision, what happened last.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use xinyu_protocol::api::connector::{ProcessInfo, RegistrationInfo};
use xinyu_protocol::api::payment::PaymentInfo;
use xinyu_protocol::api::{ApplicationInfo, ContractLine, List, Overview};

use crate::chart::{self, Arc, Bars};
use crate::fault::Fault;
use crate::page::Page;
use crate::pages::application::{is_to_decide, is_to_negotiate};
use crate::process;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    page: Page,
    overview: Overview,
    registration: Option<RegistrationInfo>,
    /// Applications and negotiations that wait for the people of this connector.
    to_decide: usize,
    to_agree: usize,
    /// Approved applications whose negotiation this connector has not begun.
    to_begin: usize,
    /// Statements that wait to be paid, or for somebody to look whether the money has come.
    payments: Vec<PaymentInfo>,
    contracts: Vec<ContractLine>,
    statuses: Bars,
    settled: Vec<Arc>,
    settled_fen: u64,
    uses: u64,
    refused: u64,
    split: (u64, u64),
}

impl OverviewPage {
    /// Where the list stands that a number counts.
    fn behind(&self, counter: &str) -> Option<&'static str> {
        let is_platform = self.page.is_platform();
        match counter {
            "members" => Some("/participants"),
            "products" if is_platform => Some("/catalog"),
            "products" => Some("/products"),
            "resources" => Some("/resources"),
            "agreements" => Some("/agreements"),
            "contracts" => Some("/contracts"),
            "frozen" | "uses" | "refused" if self.page.is_party() => Some("/agreements"),
            "frozen" => Some("/contracts"),
            "uses" if is_platform => Some("/evidence?kind=usage.done"),
            "refused" if is_platform => Some("/evidence?kind=usage.refused"),
            "uses" | "refused" => Some("/contracts"),
            "orders" => Some("/evidence?kind=regulator.ordered"),
            "entries" | "records" | "pending" => Some("/evidence"),
            "warnings" => Some("/warnings"),
            "waiting" => Some("#waiting"),
            _ => None,
        }
    }
}

/// What this node's people have to pay, or to answer. A node that cannot say so shows a poorer page.
async fn waiting(visitor: &Visitor) -> Vec<PaymentInfo> {
    let all = visitor.try_get::<List<PaymentInfo>>("/payments").await.map(|list| list.items).unwrap_or_default();
    all.into_iter().filter(|one| one.moves.iter().any(|act| act == "pay" || act == "refuse")).take(PAYMENTS).collect()
}

/// How many payments the first page names.
const PAYMENTS: usize = 5;

/// `GET /`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Fault> {
    let page = visitor.page("overview");
    // Administrators do no business: they begin with what is theirs.
    if !page.may("contract.list") {
        let first = [("user.list", "/users"), ("audit.list", "/audit")].into_iter().find(|(name, _)| page.may(name));
        return Ok(Redirect::to(first.map_or("/account", |(_, path)| path)).into_response());
    }
    let overview: Overview = visitor.get("/overview").await?;
    let registration = if page.is_platform() { None } else { Some(visitor.get("/registration").await?) };
    let contracts: Vec<ContractLine> =
        if page.is_regulator() { visitor.get::<List<ContractLine>>("/contracts").await?.items } else { Vec::new() };
    let (mut to_decide, mut to_agree, mut to_begin) = (0, 0, 0);
    if page.is_party() {
        // The applications are kept by the platform; without it the page is poorer, not gone.
        let applications =
            visitor.try_get::<List<ApplicationInfo>>("/applications").await.map(|list| list.items).unwrap_or_default();
        let negotiations = visitor.get::<List<ProcessInfo>>("/negotiations").await?.items;
        to_decide = applications.iter().filter(|info| is_to_decide(&page, info)).count();
        to_begin = applications.iter().filter(|info| is_to_negotiate(&page, info, &negotiations)).count();
        to_agree = negotiations.iter().filter(|process| process::waits(process)).count();
    }
    let counter =
        |name: &str| overview.counters.iter().find(|counter| counter.name == name).map_or(0, |counter| counter.value);
    let (uses, refused) = (counter("uses"), counter("refused"));
    let statuses = overview.contracts.iter().map(|counter| {
        let class = match page.tone(&counter.name) {
            "good" => "good-fill",
            "bad" => "bad-fill",
            "wait" => "wait-fill",
            _ => "s3",
        };
        (page.word("status", &counter.name), page.number(&counter.value), counter.value, class.to_owned())
    });
    let statuses = chart::bars(statuses.collect());
    let settled = overview.settled_fen.iter().map(|counter| {
        let name = if counter.name == "operator" { page.t("platform-operator") } else { counter.name.clone() };
        (name, page.money(&counter.value), counter.value)
    });
    let settled = chart::donut(settled.collect());
    let settled_fen = overview.settled_fen.iter().map(|counter| counter.value).fold(0, u64::saturating_add);
    Ok(visitor.show(&OverviewPage {
        registration,
        to_decide,
        to_agree,
        to_begin,
        payments: if page.is_regulator() { Vec::new() } else { waiting(&visitor).await },
        contracts,
        statuses,
        settled,
        settled_fen,
        uses,
        refused,
        split: chart::split(uses, refused),
        overview,
        page,
    }))
}
