//! Registration with the platform: a token that proves possession of the keys, an identifier at once, a credential after the review.
//! NDI-TR-2025-03 §8; TC609-6-2025-01 §5.2.2.3.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xinyu_core::fault::Rejection;
use xinyu_core::performance;
use xinyu_core::usage::health;
use xinyu_crypto::jws;
use xinyu_http::guarded_client;
use xinyu_http::json::StrictJson;
use xinyu_identity::credential::Credential;
use xinyu_protocol::api::connector::RegistrationInfo;
use xinyu_protocol::id::{ConnectorId, PartyId, PlatformId};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::participant::{
    CredentialIssue, Leave, Registration, RegistrationAnswer, RegistrationRequest, SpaceCard, Standing,
};
use xinyu_shell::node::Identity;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, SpaceRules};
use xinyu_store::Topic;

use crate::app::Connector;

const CONNECTOR_ID: &str = "registration/connector_id";
const CREDENTIAL: &str = "registration/credential";
const SPACES: &str = "registration/spaces";

/// Takes up the identity that an earlier run was given.
///
/// # Errors
/// If the store fails or holds what is no identity.
pub async fn resume(connector: &Connector) -> Result<(), Failure> {
    let (id, credential, spaces) = settings(connector).await?;
    if let Some(id) = id {
        let party = PartyId::from(ConnectorId::parse(&id).map_err(Failure::broken)?);
        connector.node.become_known(Identity { party, credential }).map_err(Failure::broken)?;
    }
    learn(connector, &spaces)
}

async fn settings(connector: &Connector) -> Result<(Option<String>, Option<String>, Vec<SpaceCard>), Failure> {
    let (id, credential, spaces) = connector
        .node
        .store
        .read("registration.find", |tx| {
            Box::pin(async move {
                Ok::<_, Failure>((
                    xinyu_store::setting::find(tx, CONNECTOR_ID).await?,
                    xinyu_store::setting::find(tx, CREDENTIAL).await?,
                    xinyu_store::setting::find(tx, SPACES).await?,
                ))
            })
        })
        .await?;
    let spaces =
        spaces.map(|text| serde_json::from_str(&text).map_err(Failure::broken)).transpose()?.unwrap_or_default();
    Ok((id, credential, spaces))
}

fn learn(connector: &Connector, spaces: &[SpaceCard]) -> Result<(), Failure> {
    for space in spaces {
        let rules = SpaceRules {
            suite: space.suite.parse().map_err(Failure::broken)?,
            unsigned_agreements: space.unsigned_agreements,
            registered_components: space.registered_components,
            sealed_filing: space.sealed_filing,
            report_seconds: performance::period(&space.report_period)
                .or_else(|_| performance::period(performance::USUAL_PERIOD))?,
            silence_seconds: health::silence(&space.max_silence)?,
        };
        connector.node.learn_rules(&space.space_id, rules);
    }
    Ok(())
}

/// `POST /api/v1/registration`: applies to the platform. Applying again is the same application.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub async fn apply(State(connector): State<Connector>, _: Person) -> Result<Json<RegistrationInfo>, Failure> {
    register(&connector).await?;
    info(&connector).await.map(Json)
}

/// Sends the registration, as it is now.
///
/// # Errors
/// What the platform says, or that it cannot be reached.
pub(crate) async fn register(connector: &Connector) -> Result<(), Failure> {
    let node = &connector.node;
    let aud: PlatformId =
        node.platform.id.platform().ok_or_else(|| Failure::broken("the configured platform id is none"))?;
    let registration = Registration {
        aud,
        iat: node.store.clock().now().as_second(),
        participant_id: connector.options.participant_id.clone(),
        participant_name: connector.options.participant_name.clone(),
        role: connector.options.role,
        spaces: connector.options.spaces.clone(),
        address: node.address.clone(),
        keys: serde_json::to_value(node.ring.public()).map_err(Failure::broken)?,
        device: connector.options.device.clone(),
        capabilities: crate::device::capabilities(),
        identity: crate::identity::own(connector).await?,
    };
    let payload = xinyu_protocol::json::canonical(&registration).map_err(Failure::broken)?;
    let token = jws::sign("xinyu-registration+jwt", &payload, node.ring.signing(node.suite));
    let answer: RegistrationAnswer =
        ask_openly(connector, "/tc609/registration", &RegistrationRequest { token }).await?;
    let party = PartyId::from(answer.connector_id.clone());
    let id = answer.connector_id.as_str().to_owned();
    node.store
        .write("registration.apply", move |tx| {
            Box::pin(async move { xinyu_store::setting::set(tx, CONNECTOR_ID, &id).await.map_err(Failure::from) })
        })
        .await?;
    if node.identity().is_none() {
        node.become_known(Identity { party, credential: None }).map_err(Failure::broken)?;
    }
    Ok(())
}

/// A request before we are someone: the answer is not proven, so nothing is believed but the identifier, which the credential confirms.
pub(crate) async fn ask_openly<B: Serialize, T: DeserializeOwned>(
    connector: &Connector,
    path: &str,
    request: &B,
) -> Result<T, Failure> {
    let node = &connector.node;
    let unreachable = |why: String| {
        let mut rejection = Rejection::conflict(
            "platform-unreachable",
            format!("暂时无法连接服务平台 {}：{why}", node.platform.address),
            format!("the platform {} cannot be reached: {why}", node.platform.address),
        );
        rejection.status = 502;
        Failure::from(rejection)
    };
    let url = node
        .egress
        .check_url(&format!("{}{path}", node.platform.address))
        .map_err(|error| unreachable(error.to_string()))?;
    let client = guarded_client(&node.egress).map_err(Failure::broken)?;
    let response = client.post(url).json(request).send().await.map_err(|error| unreachable(error.to_string()))?;
    let status = response.status();
    let body = response.bytes().await.map_err(|error| unreachable(error.to_string()))?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|error| unreachable(error.to_string()));
    }
    let problem: Problem = serde_json::from_slice(&body).map_err(|_| unreachable(format!("status {status}")))?;
    let mut rejection = Rejection::conflict("refused-by-platform", problem.title.zh, problem.title.en);
    rejection.status = status.as_u16();
    rejection.clause = problem.clause;
    rejection.detail = problem.detail.map(Box::new);
    rejection.next = problem.next.map(Box::new);
    Err(rejection.into())
}

/// `GET /api/v1/registration`.
///
/// # Errors
/// If the store fails.
pub async fn show(State(connector): State<Connector>, _: Person) -> Result<Json<RegistrationInfo>, Failure> {
    info(&connector).await.map(Json)
}

/// `POST /api/v1/registration/departure`: leaves the platform. What was recorded stays.
///
/// # Errors
/// What the platform says, such as what business is open, or that it cannot be reached.
pub async fn leave(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<Leave>,
) -> Result<Json<RegistrationInfo>, Failure> {
    let _: Status = crate::platform::ask(&connector.node, "/tc609/leave", &body.value).await?;
    info(&connector).await.map(Json)
}

async fn info(connector: &Connector) -> Result<RegistrationInfo, Failure> {
    let (connector_id, credential, spaces) = settings(connector).await?;
    let now = connector.node.store.clock().now();
    let platform = &connector.node.platform;
    let expires_at = credential
        .as_deref()
        .and_then(|jws| Credential::verify(jws, &platform.keys, &platform.id, now).ok())
        // A revoked one is none: after a suspension the new one may still be on its way.
        .filter(|credential| !connector.node.standings.bars(&connector.node, credential))
        .and_then(|credential| jiff::Timestamp::from_second(credential.exp).ok());
    let bar = match connector_id.clone() {
        Some(id) => standing_of(connector, id).await?,
        None => None,
    };
    let state = match (&connector_id, &bar, &expires_at) {
        (None, ..) => "none",
        (Some(_), Some(standing), _) if !standing.state.is_admitted() => standing.state.as_str(),
        (Some(_), _, None) => "pending",
        (Some(_), _, Some(_)) => "approved",
    };
    Ok(RegistrationInfo {
        connector_id,
        state: state.to_owned(),
        note: bar.map(|standing| standing.reason).unwrap_or_default(),
        expires_at,
        spaces: spaces.into_iter().map(|space| space.space_id).collect(),
    })
}

/// Where we stand, as the platform told us last.
async fn standing_of(connector: &Connector, id: String) -> Result<Option<Standing>, Failure> {
    let found = connector.node.store.read("standing.find", move |tx| {
        Box::pin(async move { xinyu_store::standing::find(tx, &id).await.map_err(Failure::from) })
    });
    found.await
}

/// `POST /tc609/credential`, by the platform: we are admitted.
///
/// # Errors
/// If the credential is not for our keys.
pub async fn receive(State(connector): State<Connector>, call: PeerCall) -> Result<Answer, Failure> {
    call.must_be_platform(&connector.node)?;
    let issue: CredentialIssue = call.parse()?;
    let node = Arc::clone(&connector.node);
    let now = node.store.clock().now();
    let credential =
        Credential::verify(&issue.credential, &node.platform.keys, &node.platform.id, now).map_err(|error| {
            Rejection::bad("credential", format!("凭证无效：{error}"), format!("the credential is not valid: {error}"))
        })?;
    let ours = credential.sub.as_str() == issue.connector_id.as_str()
        && node.party().is_some_and(|party| party == credential.sub)
        && credential.keys == node.ring.public();
    if !ours {
        return Err(Rejection::bad(
            "credential",
            "凭证不是签发给本连接器的",
            "the credential is not for this connector",
        )
        .into());
    }
    learn(&connector, &issue.spaces)?;
    let (jws, spaces) = (issue.credential.clone(), serde_json::to_string(&issue.spaces).map_err(Failure::broken)?);
    // Before it is stored: who sees that we are admitted can count on it. Were it not stored, the platform would send it again.
    node.become_known(Identity { party: credential.sub, credential: Some(issue.credential) })
        .map_err(Failure::broken)?;
    let announced = Arc::clone(&node);
    let answer = call.once(&node, "registration.receive", move |tx| {
        Box::pin(async move {
            xinyu_store::setting::set(tx, CREDENTIAL, &jws).await?;
            xinyu_store::setting::set(tx, SPACES, &spaces).await?;
            xinyu_store::warning::touch_open(tx).await?;
            tx.signal(Topic::Participant);
            tx.signal(Topic::Outbox);
            Answer::json(200, &Status::done())
        })
    });
    let answer = answer.await?;
    // Now there are logs to record it in. Were it cut off here, the next start would do it.
    xinyu_shell::dcp::key::announce(&announced).await?;
    Ok(answer)
}
