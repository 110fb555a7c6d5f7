//! Applications to use a product (使用申请). The platform decides first, then the provider's connector. TC609-6-2025-01 §6 flow 4 c. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::id::{ConnectorId, ContractId};
use xinyu_protocol::tc609::application::{ApplicationNotice, ApplicationState, PartyCard};
use xinyu_protocol::tc609::catalog::CatalogEntry;

use crate::effect::{Draft, Effect, Outgoing};
use crate::fault::Rejection;

/// One application, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The consumer's key of it.
    pub application_id: String,
    /// Allocated by the platform when it came in.
    pub contract_id: ContractId,
    /// Who applies.
    pub consumer: PartyCard,
    /// Who owns the product.
    pub provider: PartyCard,
    /// What for.
    pub purpose: String,
    /// The product as it was listed at that moment.
    pub entry: CatalogEntry,
    /// Where it stands.
    pub state: ApplicationState,
    /// When it came in.
    pub submitted_at: Timestamp,
    /// When it was decided last.
    pub decided_at: Option<Timestamp>,
    /// Why, when refused.
    pub note: String,
}

/// Takes an application in.
#[must_use]
pub fn submit(application: Application) -> (Application, Vec<Effect>) {
    let effects = vec![Effect::Record(
        record(&application, "application.submitted").fact("consumer", application.consumer.connector_id.as_str()),
    )];
    (application, effects)
}

/// The operator decides; on yes the provider is asked.
///
/// # Errors
/// If it does not wait for the operator.
pub fn decide_by_platform(
    mut application: Application,
    approve: bool,
    note: &str,
    now: Timestamp,
) -> Result<(Application, Vec<Effect>), Rejection> {
    expect(&application, ApplicationState::Submitted)?;
    application.decided_at = Some(now);
    note.clone_into(&mut application.note);
    if approve {
        application.state = ApplicationState::PlatformApproved;
        let ask = notice(&application, &application.provider.connector_id, &application.consumer)?;
        let draft = record(&application, "application.platform_approved");
        return Ok((application, vec![Effect::Record(draft), Effect::Send(ask)]));
    }
    refuse(application, "platform")
}

/// The provider decides; the consumer is told either way.
///
/// # Errors
/// If it does not wait for the provider, or someone else decides.
pub fn decide_by_provider(
    mut application: Application,
    by: &ConnectorId,
    approve: bool,
    note: &str,
    now: Timestamp,
) -> Result<(Application, Vec<Effect>), Rejection> {
    if *by != application.provider.connector_id {
        return Err(unknown(&application.application_id));
    }
    expect(&application, ApplicationState::PlatformApproved)?;
    application.decided_at = Some(now);
    note.clone_into(&mut application.note);
    if approve {
        application.state = ApplicationState::Approved;
        let tell = notice(&application, &application.consumer.connector_id, &application.provider)?;
        let draft = record(&application, "application.approved").fact("provider", by.as_str());
        return Ok((application, vec![Effect::Record(draft), Effect::Send(tell)]));
    }
    refuse(application, "provider")
}

fn refuse(mut application: Application, by: &str) -> Result<(Application, Vec<Effect>), Rejection> {
    application.state = ApplicationState::Refused;
    let tell = notice(&application, &application.consumer.connector_id, &application.provider)?;
    let draft = record(&application, "application.refused").fact("by", by).fact("note", application.note.clone());
    Ok((application, vec![Effect::Record(draft), Effect::Send(tell)]))
}

fn notice(application: &Application, to: &ConnectorId, party: &PartyCard) -> Result<Outgoing, Rejection> {
    let body = ApplicationNotice {
        application_id: application.application_id.clone(),
        contract_id: application.contract_id.clone(),
        state: application.state,
        purpose: application.purpose.clone(),
        entry: application.entry.clone(),
        party: party.clone(),
        note: application.note.clone(),
    };
    Outgoing::json(to.as_str(), format!("party/{to}"), "application.notice", "/tc609/applicationNotice", &body)
}

fn record(application: &Application, kind: &'static str) -> Draft {
    Draft::new(kind, &application.entry.space_id)
        .contract(&application.contract_id)
        .subject(application.application_id.clone())
        .fact("product", application.entry.product_id.as_str())
}

fn expect(application: &Application, state: ApplicationState) -> Result<(), Rejection> {
    if application.state == state {
        return Ok(());
    }
    Err(Rejection::conflict(
        "already-decided",
        format!("使用申请 {} 当前状态不允许此操作", application.application_id),
        format!("application {} is not waiting for this decision", application.application_id),
    ))
}

/// An application that is not there, or not for this caller.
#[must_use]
pub fn unknown(application_id: &str) -> Rejection {
    Rejection::unknown(
        "unknown-application",
        format!("没有使用申请 {application_id}"),
        format!("application {application_id} does not exist"),
    )
}
