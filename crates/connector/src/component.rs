//! Components (算法、模型、应用程序): registered by us with the platform, withdrawn, looked up, and told of. TC609-6-2025-15 §7.1.1.2, §7.2.1.2. What is checked before a
//! run stands in `usage/component.rs`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use xinyu_core::component::{self, stamp};
use xinyu_core::contract::signing;
use xinyu_core::fault::Rejection;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::component::{ComponentInfo, ComponentLife, NewComponent, WithdrawComponent};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::component::{
    ComponentAnswer, ComponentListing, ComponentLookup, ComponentNotice, ComponentRegistration, ComponentStatement,
    ComponentWithdrawal, SignedComponent,
};
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_store::Topic;
use xinyu_store::audit::Happened;

use crate::app::Connector;
use crate::negotiation::credential;
use crate::platform;

/// `GET /api/v1/components`: those that are registered in our spaces, and our own.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<ComponentInfo>>, Failure> {
    let asked = ComponentListing::default();
    platform::ask(&connector.node, "/tc609/components", &asked).await.map(Json)
}

/// `GET /api/v1/components/{id}`: every version, with what was done with it.
///
/// # Errors
/// If there is none for us; what the platform says.
pub async fn show(
    State(connector): State<Connector>,
    Path(id): Path<String>,
    _: Person,
) -> Result<Json<ComponentLife>, Failure> {
    life(&connector, id).await.map(Json)
}

async fn life(connector: &Connector, id: String) -> Result<ComponentLife, Failure> {
    let asked = ComponentListing { component_id: Some(id) };
    platform::ask(&connector.node, "/tc609/componentVersions", &asked).await
}

/// `GET /api/v1/components/{id}/versions/{version}/file`: the registration as it stands, signed and stamped.
///
/// # Errors
/// If there is none for us; what the platform says.
pub async fn file(
    State(connector): State<Connector>,
    Path((id, version)): Path<(String, String)>,
    _: Person,
) -> Result<Response, Failure> {
    let answer = look_up(&connector, &id, Some(&version)).await?;
    let bytes = xinyu_protocol::json::canonical(&answer.component).map_err(Failure::broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// Asks the platform for a registration as it stands now.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub(crate) async fn look_up(
    connector: &Connector,
    id: &str,
    version: Option<&str>,
) -> Result<ComponentAnswer, Failure> {
    let lookup = ComponentLookup { component_id: id.to_owned(), version: version.map(str::to_owned) };
    platform::ask(&connector.node, "/tc609/componentLookup", &lookup).await
}

/// `POST /api/v1/components`: signs a component for our organisation and registers it. The same key is the same registration.
///
/// # Errors
/// If it is not sound, or we are not in the space; what the platform says.
pub async fn register(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<NewComponent>,
) -> Result<Json<ComponentInfo>, Failure> {
    let (new, node) = (body.value, &connector.node);
    let content = new.content.clone();
    let bytes = content.as_deref().map(|content| STANDARD.decode(content)).transpose().map_err(|error| {
        Rejection::bad(
            "component-invalid",
            format!("内容不是 base64：{error}"),
            format!("the content is not base64: {error}"),
        )
        .clause("/content")
    })?;
    let statement = statement(&connector, new, bytes.as_deref())?;
    component::must_be_sound(&statement, bytes.as_deref())?;
    let suite = node.suite_of(&statement.space_id);
    let message = statement.signing_bytes().map_err(Failure::broken)?;
    let signature = signing::sign_bytes(&message, &statement.source_id, node.ring.signing(suite), &credential(node)?);
    let registration = ComponentRegistration { signed: SignedComponent { statement, signature }, content };
    let answer: ComponentAnswer = platform::ask(node, "/tc609/componentRegistration", &registration).await?;
    stamp::check(&answer.component, Some(&node.platform.keys)).map_err(unstamped)?;
    let standing = answer.component.standing;
    noted(&connector, &person, "component.register", &standing.component_id, &standing.version).await?;
    one(&connector, standing.component_id, &standing.version).await.map(Json)
}

fn statement(connector: &Connector, new: NewComponent, content: Option<&[u8]>) -> Result<ComponentStatement, Failure> {
    let node = &connector.node;
    let source_id = node.party().and_then(|party| party.connector()).ok_or_else(|| {
        Rejection::conflict("not-registered", "本连接器尚未接入平台", "this connector is not registered yet")
    })?;
    if node.rules_of(&new.space_id).is_none() {
        let space = &new.space_id;
        return Err(Rejection::forbidden(
            "not-a-member",
            format!("本连接器不在空间「{space}」中"),
            format!("this connector is not in space {space}"),
        )
        .clause("/spaceId")
        .into());
    }
    let (size_bytes, digests) = match (content, new.size_bytes, new.digests) {
        (Some(content), ..) => (u64::try_from(content.len()).unwrap_or(u64::MAX), component::digests(content)),
        (None, Some(size), Some(digests)) => (size, digests),
        _ => {
            return Err(Rejection::bad(
                "content-missing",
                "须提供内容，或其大小与两种摘要（内容留在本端）",
                "give the content, or its size and both digests (it stays here then)",
            )
            .clause("/content")
            .into());
        }
    };
    Ok(ComponentStatement {
        registration_id: new.registration_id,
        suite: node.suite_of(&new.space_id).to_string(),
        space_id: new.space_id,
        component_id: new.component_id,
        former: new.former,
        kind: new.kind,
        name: new.name,
        version: new.version,
        media_type: new.media_type,
        size_bytes,
        digests,
        outputs: new.outputs,
        output_leaves: new.output_leaves,
        description: new.description,
        purpose: new.purpose,
        address: new.address,
        callers: new.callers,
        source_id,
        source_entity_id: connector.options.participant_id.clone(),
        issued_at: node.store.clock().now(),
    })
}

/// `POST /api/v1/components/{id}/versions/{version}/withdrawal`: a version of ours may run no more, anywhere.
///
/// # Errors
/// If it is not ours, or is withdrawn already; what the platform says.
pub async fn withdraw(
    State(connector): State<Connector>,
    Path((id, version)): Path<(String, String)>,
    person: Person,
    body: StrictJson<WithdrawComponent>,
) -> Result<Json<ComponentLife>, Failure> {
    let order = ComponentWithdrawal { component_id: id.clone(), version: version.clone(), reason: body.value.reason };
    let _: Status = platform::ask(&connector.node, "/tc609/componentWithdrawal", &order).await?;
    noted(&connector, &person, "component.withdraw", &id, &version).await?;
    life(&connector, id).await.map(Json)
}

/// `POST /tc609/componentStatus`, by the platform: what runs of a version that may run no more is stopped at once, by the eye on running uses.
///
/// # Errors
/// If the platform does not call.
pub async fn told(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let ComponentNotice { standing } = call.parse()?;
    call.once(&connector.node, "component.told", move |tx| {
        Box::pin(async move {
            xinyu_store::component::learn(tx, &standing).await?;
            tx.signal(Topic::Catalog);
            Answer::json(200, &Status::done())
        })
    })
    .await
}

async fn noted(connector: &Connector, person: &Person, action: &str, id: &str, version: &str) -> Result<(), Failure> {
    let happened = Happened { detail: version.to_owned(), ..person.happened(action, id, "done") };
    let noted = connector.node.store.write("component.noted", move |tx| {
        Box::pin(async move { xinyu_store::audit::append(tx, &happened).await.map(drop).map_err(Failure::from) })
    });
    noted.await
}

async fn one(connector: &Connector, id: String, version: &str) -> Result<ComponentInfo, Failure> {
    let versions = life(connector, id).await?.versions.into_iter().map(|one| one.info);
    let mut found = versions.filter(|info| info.version == version);
    found.next().ok_or_else(|| Failure::broken("the platform does not know what it has just registered"))
}

fn unstamped(why: Text) -> Failure {
    Rejection::conflict(
        "component-stamp",
        format!("平台的登记证明无效：{}", why.zh),
        format!("the platform's stamp does not hold: {}", why.en),
    )
    .into()
}
