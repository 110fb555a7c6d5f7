//! Policy templates of the platform, fetched and kept here, filled in for a product. TC609-6-2025-14 §7.2 b, B.2.1; TC609-6-2025-01 §5.3 (策略模板下载).

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::fault::Rejection;
use xinyu_core::template;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::template::{NewInstance, TemplateInstance};
use xinyu_protocol::tc609::template::{ContractTemplateAnswer, ContractTemplateRequest, OfferedTemplate};
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use crate::app::Connector;
use crate::platform;

/// The status of an answer when the platform cannot be reached.
const UNREACHABLE: u16 = 502;

/// `GET /api/v1/templates`: what is enabled in our spaces; as it was kept, while the platform cannot be reached.
///
/// # Errors
/// What the platform says, or if the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<OfferedTemplate>>, Failure> {
    Ok(Json(List { items: offered(&connector).await? }))
}

/// `GET /api/v1/templates/{id}`: one, in the version or versions that are enabled in our spaces.
///
/// # Errors
/// If there is none, or the platform cannot be reached.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<List<OfferedTemplate>>, Failure> {
    let answer = ask(&connector, Some(id.clone())).await?;
    if answer.status != "0" {
        return Err(template::unknown(&id).into());
    }
    Ok(Json(List { items: answer.template }))
}

/// `POST /api/v1/templateInstances`: filled in and combined, with the clauses in words. Nothing is stored.
///
/// # Errors
/// If one is not enabled in the space, a value does not fit, or they do not go together.
pub async fn instance(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<NewInstance>,
) -> Result<Json<TemplateInstance>, Failure> {
    Ok(Json(make(&connector, &body.value).await?))
}

/// The policy of templates, as they are enabled now.
///
/// # Errors
/// As [`instance`].
pub async fn make(connector: &Connector, asked: &NewInstance) -> Result<TemplateInstance, Failure> {
    let offered = offered(connector).await?;
    Ok(template::instance(&offered, &asked.space_id, &asked.templates)?)
}

/// What the platform offers, kept here; what was kept, while it cannot be reached.
async fn offered(connector: &Connector) -> Result<Vec<OfferedTemplate>, Failure> {
    let store = &connector.node.store;
    match ask(connector, None).await {
        Ok(answer) => {
            let offered = answer.template.clone();
            let kept = store.write("template.keep", move |tx| {
                Box::pin(async move { xinyu_store::template::keep(tx, &offered).await.map_err(Failure::from) })
            });
            kept.await?;
            Ok(answer.template)
        }
        Err(Failure::Rejected(refused)) if refused.status == UNREACHABLE => {
            let kept = store.read("template.kept", |tx| {
                Box::pin(async move { xinyu_store::template::kept(tx).await.map_err(Failure::from) })
            });
            kept.await
        }
        Err(failure) => Err(failure),
    }
}

async fn ask(connector: &Connector, template_id: Option<String>) -> Result<ContractTemplateAnswer, Failure> {
    let issuer_id = connector.node.party().and_then(|party| party.connector()).ok_or_else(|| {
        Rejection::conflict("not-registered", "本连接器尚未接入平台", "this connector is not registered yet")
    })?;
    let issuer_entity_id = connector.options.participant_id.clone();
    let request = ContractTemplateRequest { template_id, issuer_id, issuer_entity_id, space_id: None };
    platform::ask(&connector.node, "/tc609/contractTemplate", &request).await
}
