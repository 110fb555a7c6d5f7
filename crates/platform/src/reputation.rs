//! Reputation: computed from what the platform has counted, stated and signed, and told to the log at every computation. docs/reputation.md. There is no
//! operation that sets it.

pub mod clock;
mod count;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use xinyu_core::fault::Rejection;
use xinyu_core::participant::Member;
use xinyu_core::reputation::{self, About, event_words, factor_words};
use xinyu_crypto::Suite;
use xinyu_protocol::api::reputation::ReputationInfo;
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::tc609::reputation::{ReputationRequest, SignedStatement};
use xinyu_protocol::text::Text;
use xinyu_shell::peer::{Answer, PeerCall};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Platform;
use crate::application::member;
use crate::certification::admitted_at;
use crate::participant::parse_id;

/// What the signature is, so that it is taken for nothing else.
const TYPE: &str = "xinyu-reputation+jwt";

/// `GET /api/v1/participants/{id}/reputation`: the newest statement.
///
/// # Errors
/// If there is none.
pub async fn show(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    _: Person,
) -> Result<Json<ReputationInfo>, Failure> {
    Ok(Json(info(current(&platform, parse_id(&connector)?).await?)))
}

/// `GET /api/v1/participants/{id}/reputation/file`: the same as a file.
///
/// # Errors
/// As [`show`].
pub async fn file(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    _: Person,
) -> Result<Response, Failure> {
    let signed = current(&platform, parse_id(&connector)?).await?;
    let bytes = serde_json::to_vec_pretty(&signed).map_err(Failure::broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// `POST /api/v1/participants/{id}/reputation`: computed anew, from what is there now.
///
/// # Errors
/// If there is no such member, or it was never admitted.
pub async fn compute(
    State(platform): State<Platform>,
    Path(connector): Path<String>,
    person: Person,
) -> Result<Json<ReputationInfo>, Failure> {
    Ok(Json(info(anew(&platform, parse_id(&connector)?, Some(person)).await?)))
}

/// `POST /tc609/reputation`, by a connector: its own.
///
/// # Errors
/// If it is not admitted.
pub async fn show_to_peer(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let ReputationRequest {} = call.parse()?;
    let by = call.connector()?;
    let asks = by.clone();
    let is_member = platform
        .node
        .store
        .read("reputation.asks", move |tx| Box::pin(async move { member(tx, &asks).await.map(drop) }));
    is_member.await?;
    Answer::json(200, &info(current(&platform, by).await?))
}

async fn current(platform: &Platform, connector: ConnectorId) -> Result<SignedStatement, Failure> {
    let wanted = connector.as_str().to_owned();
    let latest = platform.node.store.read("reputation.latest", move |tx| {
        Box::pin(async move { xinyu_store::reputation::latest(tx, &wanted).await.map_err(Failure::from) })
    });
    let none = || {
        Rejection::unknown(
            "no-statement",
            format!("{connector} 还没有信誉声明"),
            format!("there is no reputation statement on {connector} yet"),
        )
        .next(Text::new("平台每日计算一次；业务人员也可现在计算", "it is computed once a day, or now by a clerk"))
    };
    Ok(latest.await?.ok_or_else(none)?)
}

/// Computed, kept and recorded, because a person asks for it or its time has come.
async fn anew(platform: &Platform, connector: ConnectorId, by: Option<Person>) -> Result<SignedStatement, Failure> {
    let this = platform.clone();
    let computed = platform.node.store.write("reputation.compute", move |tx| {
        Box::pin(async move {
            let member = crate::participant::lock(tx, &connector).await?;
            let signed = state(&this, tx, &member).await?;
            xinyu_store::reputation::insert(tx, &signed).await?;
            if let Some(person) = by {
                let happened = person.happened("reputation.compute", connector.as_str(), "done");
                xinyu_store::audit::append(tx, &happened).await?;
            }
            effect::apply(&this.node, tx, reputation::records(&signed, &member.spaces)).await?;
            tx.signal(Topic::Participant);
            Ok::<_, Failure>(signed)
        })
    });
    computed.await
}

async fn state(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<SignedStatement, Failure> {
    if member.decided_at.is_none() && member.credential_id.is_none() {
        return Err(Rejection::conflict(
            "never-admitted",
            format!("{} 从未准入，没有可据以计算的记录", member.name),
            format!("{} was never admitted, there is nothing to compute from", member.name),
        )
        .into());
    }
    let since = admitted_at(tx, member).await?;
    let about = About {
        connector_id: member.connector_id.as_str().to_owned(),
        participant_id: member.participant_id.as_str().to_owned(),
        issuer: platform.node.dcp.did.to_string(),
        since,
    };
    let now = tx.now();
    let tallies = count::all(tx, member, since).await?;
    let statement = reputation::compute(about, tallies, now)?;
    let canonical = xinyu_protocol::json::canonical(&statement).map_err(Failure::broken)?;
    let digest = Suite::Intl.hash(&canonical).to_string();
    let jws = platform.node.dcp.sign(|signer| signer.key.sign_jws(TYPE, &signer.kid(), &canonical));
    Ok(SignedStatement { statement, digest, jws })
}

fn info(signed: SignedStatement) -> ReputationInfo {
    let factors = signed.statement.factors.iter().map(|one| factor_words(&one.factor)).collect();
    let events = signed.statement.tallies.iter().map(|one| event_words(&one.event)).collect();
    ReputationInfo { signed, factor_names: factors, event_names: events }
}
