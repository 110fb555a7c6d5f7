//! Agreements: contracts on the side of this connector, the data held under them, and its use.

use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use xinyu_protocol::api::connector::{AgreementInfo, NewUse, PermitInfo, ResultInfo, UseInfo};
use xinyu_protocol::api::termination::TerminationInfo;
use xinyu_protocol::api::version::VersionsInfo;
use xinyu_protocol::api::{ContractLife, List};

use crate::clause::{self, Clause, word};
use crate::fault::{Fault, Told};
use crate::form::optional;
use crate::life::{self, Frozen, Refusal, Standing};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

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
    frozen: Option<Frozen>,
    form: UseForm,
    told: Option<Told>,
    to_transfer: bool,
    /// How it ends; none where the API does not say.
    end: Option<TerminationInfo>,
    /// Its versions; none where the API does not say.
    versions: Option<VersionsInfo>,
    /// The key of what the forms about the end would do.
    end_key: String,
}

struct Shown {
    info: UseInfo,
    refusal: Option<Refusal>,
}

impl Shown {
    fn new(page: &Page, info: UseInfo, clauses: &[Clause], standing: &Standing) -> Self {
        Self { refusal: life::of_use(page, &info, clauses, standing), info }
    }
}

/// Why nothing may be done any more, so that a new contract is needed.
const OVER: [&str; 4] = ["destroyed", "ended", "expired", "used_up"];

fn state(agreement: &AgreementInfo) -> &str {
    agreement.leave.as_ref().map_or("", |leave| leave.state.as_str())
}

impl AgreementPage {
    /// Whether a use can be asked for.
    fn is_open(&self) -> bool {
        state(&self.agreement) == "open"
    }

    fn is_over(&self) -> bool {
        OVER.contains(&state(&self.agreement))
    }

    fn permits(&self) -> &[PermitInfo] {
        self.agreement.leave.as_ref().map(|leave| leave.permits.as_slice()).unwrap_or_default()
    }

    /// Why no use can be asked for.
    fn why_not(&self) -> String {
        let by = self.frozen.as_ref().map(|frozen| frozen.by.as_str()).unwrap_or_default();
        match state(&self.agreement) {
            "frozen" => self.page.t1("leave-frozen", "by", by),
            other => self.page.word("leave", other),
        }
    }

    /// Whether the last use waits for a second authentication.
    fn awaits_code(&self) -> bool {
        self.fresh.as_ref().is_some_and(|fresh| fresh.info.awaits.as_deref() == Some("authenticate"))
    }

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
    render(&visitor, &id, form, None, None).await
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
    #[serde(default)]
    algorithm: String,
    #[serde(default)]
    derived: String,
    #[serde(default)]
    keep: String,
    #[serde(default)]
    code: String,
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
        algorithm: optional(&form.algorithm),
        derived: optional(&form.derived),
        keep: optional(&form.keep),
        code: optional(&form.code),
        ..NewUse::default()
    };
    match visitor.post::<_, UseInfo>("/uses", &body).await {
        // A use that waits for a duty goes on under its own id; a code is good for once.
        Ok(made) if made.awaits.is_some() => {
            render(&visitor, &id, UseForm { code: String::new(), ..form }, Some(made), None).await
        }
        Ok(made) => {
            let form = UseForm { use_id: visitor.new_id(), code: String::new(), ..form };
            render(&visitor, &id, form, Some(made), None).await
        }
        Err(fault) => {
            render(&visitor, &id, UseForm { code: String::new(), ..form }, None, Some(fault.above_form()?)).await
        }
    }
}

async fn render(
    visitor: &Visitor,
    id: &str,
    form: UseForm,
    made: Option<UseInfo>,
    told: Option<Told>,
) -> Result<Response, Fault> {
    let page = visitor.page("agreements");
    let agreement: AgreementInfo = visitor.get(&format!("/agreements/{}", escape(id))).await?;
    let uses = visitor.get::<List<UseInfo>>(&format!("/uses?contract={}", escape(id))).await?.items;
    let clauses = clause::of_contract(&page, &agreement.clauses);
    let frozen = frozen(visitor, &agreement).await;
    let standing = Standing { frozen, is_over: OVER.contains(&state(&agreement)) };
    let fresh = made.map(|made| Shown::new(&page, made, &clauses, &standing));
    let uses = uses.into_iter().map(|one| Shown::new(&page, one, &clauses, &standing)).collect();
    let frozen = standing.frozen;
    let to_transfer = agreement.side == "consumer"
        && agreement.in_force
        && agreement.data.as_deref() == Some("awaited")
        && page.may("transfer.start");
    let status = told.as_ref().map(Told::status);
    let end = visitor.try_get(&format!("/agreements/{}/termination", escape(id))).await.ok();
    let versions = visitor.try_get(&format!("/agreements/{}/versions", escape(id))).await.ok();
    let end_key = visitor.new_id();
    let shown = AgreementPage {
        agreement,
        clauses,
        uses,
        fresh,
        frozen,
        form,
        told,
        to_transfer,
        end,
        versions,
        end_key,
        page,
    };
    Ok(visitor.show_form(&shown, status))
}

/// The order that stops an agreement. The name of a regulator the platform knows; without it the page calls it by its role.
async fn frozen(visitor: &Visitor, agreement: &AgreementInfo) -> Option<Frozen> {
    let (ground, stop) = (agreement.stopped.clone()?, agreement.stop.as_ref()?);
    let by = if stop.by == "provider" {
        agreement.peer_name.clone()
    } else {
        let life = visitor.try_get::<ContractLife>(&format!("/contracts/{}", escape(&agreement.contract_id))).await;
        life.ok().and_then(|life| life.freeze).map(|freeze| freeze.by).unwrap_or_default()
    };
    let by = if by.is_empty() { visitor.page.t("role-regulator") } else { by };
    Some(Frozen { by, ground, order_id: stop.order_id.clone(), ordered_at: stop.ordered_at })
}
