//! Policy records of space and product at a connector: a provider writes and signs those of its products, looks them up and enables them; the set that counts in a
//! space comes down from the platform (`policy_record/set.rs`). TC609-6-2025-15 §7.2.2.1, §7.1.2.2.

pub mod set;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use xinyu_core::fault::Rejection;
use xinyu_core::policy_record::seal;
use xinyu_core::policy_record::state::Act;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::policy_record::{PolicyRecordInfo, PolicyRecordLife, PolicyRecordMove};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::policy_record::{
    NewPolicyRecord, PolicyRecordListing, PolicyRecordOrder, PolicyRecordSave, PolicyRecordStatement, RecordLayer,
};
use xinyu_shell::Failure;
use xinyu_shell::pseudonym::pseudonym;
use xinyu_shell::user::Person;
use xinyu_store::audit::Happened;

use crate::app::Connector;
use crate::negotiation::credential;
use crate::platform;

/// `GET /api/v1/policyRecords`: those that count or have counted in our spaces, and our own.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<PolicyRecordInfo>>, Failure> {
    platform::ask(&connector.node, "/tc609/policyRecords", &PolicyRecordListing::default()).await.map(Json)
}

/// `GET /api/v1/policyRecords/{id}`: every version that we may see, with what was found of it and done with it.
///
/// # Errors
/// If there is none for us; what the platform says.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<PolicyRecordLife>, Failure> {
    life(&connector, id).await.map(Json)
}

async fn life(connector: &Connector, id: String) -> Result<PolicyRecordLife, Failure> {
    platform::ask(&connector.node, "/tc609/policyRecordVersions", &PolicyRecordListing { record_id: Some(id) }).await
}

/// `GET /api/v1/policySets/{space}`: the set that our decisions in a space go by, as it came: with it and a use's evidence anybody decides again.
///
/// # Errors
/// If there is none.
pub async fn file(
    State(connector): State<Connector>,
    Path(space): Path<String>,
    _: Person,
) -> Result<Response, Failure> {
    let name = space.clone();
    let found = connector.node.store.read("policy_record.file", move |tx| {
        Box::pin(async move { xinyu_store::policy_record::set(tx, &space).await.map_err(Failure::from) })
    });
    let set = found.await?.ok_or_else(|| {
        Rejection::unknown(
            "no-policy-set",
            format!("空间「{name}」没有下发过策略集"),
            format!("no set of policies was sent down in space {name}"),
        )
    })?;
    let bytes = xinyu_protocol::json::canonical(&set).map_err(Failure::broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// `POST /api/v1/policyRecords`: signs a policy of a product of ours, or a new version of one, and saves it at the platform as a draft.
///
/// # Errors
/// If it is not about a product of ours; the first step of its parsing that fails; that the platform cannot be reached.
pub async fn save(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<NewPolicyRecord>,
) -> Result<Json<PolicyRecordLife>, Failure> {
    let (record, node) = (body.value, &connector.node);
    let author_id = node.party().ok_or_else(|| {
        Rejection::conflict("not-registered", "本连接器尚未接入平台", "this connector is not registered yet")
    })?;
    if record.layer != RecordLayer::Product {
        return Err(Rejection::forbidden(
            "policy-of-operator",
            "空间策略由运营者在平台上编写",
            "the policies of a space are written by its operator, at the platform",
        )
        .clause("/layer")
        .into());
    }
    let id = record.record_id.clone();
    // What nobody wrote yet has no version.
    let version = match life(&connector, id.clone()).await {
        Ok(there) => there.versions.first().map_or(0, |newest| newest.info.version),
        Err(Failure::Rejected(rejection)) if rejection.status == 404 => 0,
        Err(failure) => return Err(failure),
    };
    let suite = node.suite_of(&record.space_id);
    let statement = PolicyRecordStatement {
        record,
        version: version.saturating_add(1),
        suite: suite.to_string(),
        author_id: author_id.as_str().to_owned(),
        issued_at: node.store.clock().now(),
    };
    let signed = seal::sign(statement, node.ring.signing(suite), Some(credential(node)?))?;
    let save = PolicyRecordSave { signed, person: pseudonym(node, &person.name).await? };
    let _: Status = platform::ask(node, "/tc609/policyRecordSave", &save).await?;
    noted(&connector, &person, "policy_record.save", &id).await?;
    life(&connector, id).await.map(Json)
}

/// `POST /api/v1/policyRecords/{id}/versions/{version}/submission`: a version of ours is to be reviewed.
///
/// # Errors
/// If it is not ours, or no draft; what the platform says.
pub async fn submit(
    State(connector): State<Connector>,
    Path((id, version)): Path<(String, u32)>,
    person: Person,
) -> Result<Json<PolicyRecordLife>, Failure> {
    order(&connector, &person, (id, version), (Act::Submit, String::new())).await
}

/// `POST /api/v1/policyRecords/{id}/versions/{version}/decision`: `enable`, `disable` or `retire` of a version of ours.
///
/// # Errors
/// If it is not ours, or leads nowhere from here; what the platform says.
pub async fn decide(
    State(connector): State<Connector>,
    Path((id, version)): Path<(String, u32)>,
    person: Person,
    body: StrictJson<PolicyRecordMove>,
) -> Result<Json<PolicyRecordLife>, Failure> {
    let PolicyRecordMove { action, reason } = body.value;
    let act = Act::of_word(&action, &[Act::Enable, Act::Disable, Act::Retire])?;
    order(&connector, &person, (id, version), (act, reason)).await
}

async fn order(
    connector: &Connector,
    person: &Person,
    (record_id, version): (String, u32),
    (act, reason): (Act, String),
) -> Result<Json<PolicyRecordLife>, Failure> {
    let id = record_id.clone();
    let order = PolicyRecordOrder { record_id, version, action: act.as_str().to_owned(), reason };
    let life: PolicyRecordLife = platform::ask(&connector.node, "/tc609/policyRecordMove", &order).await?;
    noted(connector, person, &format!("policy_record.{}", act.as_str()), &id).await?;
    Ok(Json(life))
}

async fn noted(connector: &Connector, person: &Person, action: &str, id: &str) -> Result<(), Failure> {
    let happened: Happened = person.happened(action, id, "done");
    let noted = connector.node.store.write("policy_record.noted", move |tx| {
        Box::pin(async move { xinyu_store::audit::append(tx, &happened).await.map(drop).map_err(Failure::from) })
    });
    noted.await
}
