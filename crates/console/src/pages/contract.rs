//! Contracts: the list, and the whole life of one on one page.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::countersigning::PartyInfo;
use xinyu_protocol::api::metering::MeteringInfo;
use xinyu_protocol::api::onward::OnwardInfo;
use xinyu_protocol::api::performance::PerformanceInfo;
use xinyu_protocol::api::warning::WarningInfo;
use xinyu_protocol::api::{ContractLife, ContractLine, Freeze, List};
use xinyu_protocol::id::{ConnectorId, ParticipantId};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::contract::ContractStatus;
use xinyu_protocol::text::Text;

use super::payment::{Payment, PaymentForm};
use crate::chart::{self, Arc};
use crate::clause::{self, Clause};
use crate::fault::{Fault, Told};
use crate::life::{self, Frozen, MeterRow, Phase, Standing, Step, Use};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

#[derive(Template)]
#[template(path = "contracts.html")]
struct ContractsPage {
    page: Page,
    contracts: Vec<ContractLine>,
}

#[derive(Template)]
#[template(path = "contract.html")]
struct ContractPage {
    page: Page,
    life: ContractLife,
    steps: Vec<Step>,
    clauses: Vec<Clause>,
    uses: Vec<Use>,
    phases: Vec<Phase>,
    meters: Vec<MeterRow>,
    shares: Vec<Arc>,
    done: u64,
    refused: u64,
    split: (u64, u64),
    stop_ms: Option<u64>,
    /// The key of an order that this page's form would give.
    order_id: String,
    /// What is to be paid.
    payment: Option<Payment>,
    /// The reports, where this node has any.
    performance: Option<PerformanceInfo>,
    /// What was counted, period by period, where this node meters it.
    metering: Option<MeteringInfo>,
    /// What of it wants attention, as this node sees it.
    warnings: Vec<WarningInfo>,
    /// To whom its data went on, as far as this node knows.
    onwards: Vec<OnwardInfo>,
    told: Option<Told>,
}

impl ContractPage {
    /// A party's name, where the contract tells it.
    fn name_of(&self, participant: &ParticipantId) -> String {
        let parties = self.life.signed.iter().flat_map(|signed| &signed.contract.signatory_entities);
        let named = parties.into_iter().find(|party| party.signatory_entity_id == *participant);
        named.map_or_else(|| self.page.t("platform-operator"), |party| party.signatory_entity_name.clone())
    }

    /// The name of the connector that signed.
    fn signer(&self, connector: &ConnectorId) -> &str {
        let line = &self.life.line;
        match self.life.parties.iter().find(|party| party.connector_id == connector.as_str()) {
            Some(party) => &party.name,
            None if connector.as_str() == line.provider => &line.provider_name,
            None => &line.consumer_name,
        }
    }

    /// The parties of a later version that waits for signatures; none where the first one is on its way.
    fn waiting(&self) -> &[PartyInfo] {
        let open = self.life.signing.as_ref().filter(|signing| signing.state == "open" && signing.version > 1);
        open.map(|signing| signing.parties.as_slice()).unwrap_or_default()
    }

    /// A compact time of the contract, for people.
    fn compact(&self, text: &str) -> String {
        xinyu_protocol::time::parse_compact(text).map_or_else(|_| text.to_owned(), |at| self.page.time(&at))
    }

    fn may_dispute(&self) -> bool {
        self.page.is_party() && !self.page.is_service() && self.page.may("dispute.open") && self.life.signed.is_some()
    }

    /// Whether a report can be asked of this node: it is a party, and its final one is not out.
    fn may_report(&self, info: &PerformanceInfo) -> bool {
        let own = if self.page.is_provider() { "provider" } else { "consumer" };
        let is_open = info.sides.iter().any(|side| side.side == own && side.state != "closed");
        self.page.is_party() && self.page.may("performance.report") && is_open
    }

    /// Whether what was counted can be corrected here: by its provider.
    fn may_correct(&self) -> bool {
        self.page.is_party() && self.page.is_provider() && self.page.may("metering.correct")
    }

    fn may_lift(&self) -> bool {
        self.page.is_regulator() && self.page.may("contract.unfreeze") && self.life.line.frozen_at.is_some()
    }

    fn may_end(&self) -> bool {
        self.page.is_regulator() && self.page.may("contract.end") && self.life.line.status.code() != "06"
    }

    fn may_freeze(&self) -> bool {
        self.page.is_regulator()
            && self.page.may("contract.freeze")
            && self.life.line.frozen_at.is_none()
            && self.life.line.status.code() != "06"
    }
}

/// `GET /contracts`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    let contracts = visitor.get::<List<ContractLine>>("/contracts").await?.items;
    Ok(visitor.show(&ContractsPage { page: visitor.page("contracts"), contracts }))
}

/// `GET /contracts/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    render(&visitor, &id, None, None).await
}

/// The page, with what was typed into the form of the payment if that was refused.
pub(super) async fn render(
    visitor: &Visitor,
    id: &str,
    typed: Option<PaymentForm>,
    told: Option<Told>,
) -> Result<Response, Fault> {
    let page = visitor.page("contracts");
    let life: ContractLife = visitor.get(&format!("/contracts/{}", escape(id))).await?;
    let payment = Payment::find(visitor, &life, typed).await;
    let performance = super::performance::find(visitor, id).await;
    let metering = super::metering::find(visitor, id).await;
    let warnings = super::warning::of_contract(visitor, id).await;
    let onwards = super::onward::of_contract(visitor, id).await;
    let status = told.as_ref().map(Told::status);
    let clauses = clause::of_contract(&page, &life.clauses);
    let standing = Standing {
        frozen: life.freeze.as_ref().map(|freeze| Frozen::new(&page, freeze)),
        is_over: life.line.status == ContractStatus::Terminated,
    };
    let uses = life::of_events(&page, &life.events, &clauses, &standing);
    let count =
        |states: &[&str]| uses.iter().filter(|one| states.contains(&one.state)).fold(0u64, |count, _| count + 1);
    let (done, refused) = (count(&["done"]), count(&["refused"]));
    let mut shown = ContractPage {
        steps: life::steps(&life),
        phases: life::phases(&life.events),
        meters: life::meters(&life.metering),
        stop_ms: life::stop_ms(&life),
        split: chart::split(done, refused),
        shares: Vec::new(),
        order_id: visitor.new_id(),
        page,
        life,
        clauses,
        uses,
        done,
        refused,
        payment,
        performance,
        metering,
        warnings,
        onwards,
        told,
    };
    if let Some(statement) = &shown.life.statement {
        let shares = statement.shares.iter();
        let shares = shares
            .map(|share| (shown.name_of(&share.participant_id), shown.page.money(&share.amount_fen), share.amount_fen));
        shown.shares = chart::donut(shares.collect());
    }
    Ok(visitor.show_form(&shown, status))
}

/// `GET /contracts/{id}/file`: the contract as a file that `xinyu contract verify` takes.
pub(crate) async fn file(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let kept = if visitor.page.is_platform() { "contracts" } else { "agreements" };
    let bytes = visitor.get_bytes(&format!("/{kept}/{}/file", escape(&id))).await?;
    Ok(download(&id, bytes))
}

/// `GET /contracts/{id}/sealed`, at the platform: the sealed text with its stamp, which the parties open.
pub(crate) async fn sealed(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let bytes = visitor.get_bytes(&format!("/contracts/{}/sealed", escape(&id))).await?;
    Ok(download(&id, bytes))
}

fn download(id: &str, bytes: Vec<u8>) -> Response {
    let name: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.json\"")),
    ];
    (headers, bytes).into_response()
}

/// The form of a freeze.
#[derive(Deserialize)]
pub(crate) struct FreezeForm {
    order_id: String,
    ground: String,
    #[serde(default)]
    confirm: String,
}

/// `POST /contracts/{id}/freeze`, on a regulator's seat.
pub(crate) async fn freeze(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<FreezeForm>,
) -> Result<Response, Fault> {
    let ground = form.ground.trim();
    if ground.is_empty() || form.confirm != "yes" {
        let title = Text::new("冻结须写明依据并确认", "a freeze needs a ground and a confirmation");
        let next = Text::new("请填写冻结依据，勾选确认后重新提交", "state the ground, tick the box and send it again");
        return Err(Fault::in_form(
            &visitor.page("contracts"),
            Problem::new(400, "freeze-not-confirmed", title).next(next),
        ));
    }
    let body = Freeze { order_id: form.order_id, ground: ground.to_owned() };
    let path = format!("/contracts/{}", escape(&id));
    visitor.post::<_, IgnoredAny>(&format!("{path}/freeze"), &body).await?;
    Ok(visitor.go(&path, "frozen"))
}
