//! The connector as a holder: issuers offer and send credentials to it; its people see what it holds. DCP 1.0.1 §6.5, §6.6.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use xinyu_core::fault::Rejection;
use xinyu_core::issuance::{self, Held};
use xinyu_crypto::Suite;
use xinyu_identity::VerifiableCredential;
use xinyu_protocol::api::List;
use xinyu_protocol::api::credential::CredentialInfo;
use xinyu_protocol::dcp::issuance::{CredentialDelivery, CredentialOffer, DeliveryStatus};
use xinyu_shell::dcp::call::{DcpCall, not_believed};
use xinyu_shell::dcp::verifier;
use xinyu_shell::node::Node;
use xinyu_shell::peer::Answer;
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::{Topic, Tx};

use crate::app::Connector;

/// The most credentials of one message.
const MANY: usize = 64;

/// `POST /dcp/credentials`, by an issuer: takes credentials that it issued for us, if it is one that we believe.
///
/// # Errors
/// If the sender is not believed, or a credential is not its own, not about us, or not valid; then none is taken.
pub async fn take(State(connector): State<Connector>, call: DcpCall) -> Result<StatusCode, Failure> {
    let delivery: CredentialDelivery = call.parse()?;
    let node = &connector.node;
    if delivery.status == DeliveryStatus::Rejected {
        let why: String = delivery.rejection_reason.unwrap_or_default().chars().take(256).collect();
        tracing::warn!(issuer = call.sender(), "{} has refused to issue credentials: {why}", call.sender());
        return Ok(StatusCode::OK);
    }
    let bad = |zh: &str, en: &str| Rejection::bad("credential-message", zh, en).clause("DCP 1.0.1 §6.5.1");
    if delivery.credentials.is_empty() || delivery.credentials.len() > MANY {
        return Err(bad("报文中没有凭证，或凭证过多", "there are no credentials in it, or too many").into());
    }
    let now = node.store.clock().now();
    let mut issuers = BTreeMap::from([(call.claims.iss.clone(), call.document.clone())]);
    let mut taken = Vec::new();
    for container in &delivery.credentials {
        let credential = VerifiableCredential::parse(&container.payload).map_err(|error| unfit(&error))?;
        if credential.issuer != call.claims.iss {
            return Err(bad("凭证不是由发送方签发的", "a credential is not its sender's").into());
        }
        if node.dcp.trust(&credential.issuer, credential.kind()).is_none() {
            return Err(Rejection::forbidden(
                "untrusted-issuer",
                format!("{} 不是本连接器信任的签发方", call.sender()),
                format!("{} is no issuer that this connector trusts", call.sender()),
            )
            .into());
        }
        credential.must_be_about(&node.dcp.did).map_err(|error| unfit(&error))?;
        verifier::check(&node.dcp.fetcher, &credential, &mut issuers, now).await?;
        let digest = || Suite::Intl.hash(container.payload.as_bytes()).to_string();
        let kind = credential.kind().to_owned();
        let held = Held {
            credential_id: credential.id.clone().unwrap_or_else(digest),
            types: credential.types.clone(),
            profile: credential.profile,
            issuer: credential.issuer.to_string(),
            received_at: now,
            expires_at: credential.valid_until,
            jwt: container.payload.clone(),
        };
        taken.push((held, kind));
    }
    let save = node.store.write("held.save", move |tx| {
        Box::pin(async move {
            for (held, kind) in &taken {
                xinyu_store::held::save(tx, held, kind).await?;
            }
            tx.signal(Topic::Participant);
            Ok::<_, Failure>(())
        })
    });
    save.await?;
    Ok(StatusCode::OK)
}

/// A credential that is not as it must be, in a message that is.
fn unfit(error: &xinyu_identity::IdentityError) -> Failure {
    match not_believed(error) {
        Failure::Rejected(mut rejection) => {
            rejection.status = 400;
            rejection.code = "credential-message";
            rejection.into()
        }
        other => other,
    }
}

/// `POST /dcp/offers`, by an issuer: what our platform offers is asked for at once; what others offer is for people to see in the log.
///
/// # Errors
/// If the offer is not its sender's.
pub async fn offer(State(connector): State<Connector>, call: DcpCall) -> Result<StatusCode, Failure> {
    let offer: CredentialOffer = call.parse()?;
    let node = Arc::clone(&connector.node);
    if offer.issuer != call.sender() {
        return Err(Rejection::bad(
            "credential-offer",
            "要约中的签发方不是发送方",
            "the issuer in the offer is not its sender",
        )
        .clause("DCP 1.0.1 §6.6.1")
        .into());
    }
    if offer.credentials.is_empty() || offer.credentials.len() > MANY {
        return Err(
            Rejection::bad("credential-offer", "没有要约任何凭证，或过多", "nothing is offered, or too much").into()
        );
    }
    if call.claims.iss != node.dcp.platform {
        tracing::info!(issuer = call.sender(), "{} offers {} credentials", call.sender(), offer.credentials.len());
        return Ok(StatusCode::OK);
    }
    let wanted: Vec<String> = offer.credentials.into_iter().map(|one| one.id).collect();
    let this = Arc::clone(&node);
    // An offer that came before is asked for already.
    if offer.id.is_some() {
        call.once(&node, "issuance.ask", move |tx| Box::pin(ask(this, tx, wanted))).await?;
    } else {
        node.store.write("issuance.ask", move |tx| Box::pin(ask(this, tx, wanted))).await?;
    }
    Ok(StatusCode::OK)
}

async fn ask(node: Arc<Node>, tx: &mut Tx, wanted: Vec<String>) -> Result<Answer, Failure> {
    let pid = format!("urn:uuid:{}", tx.new_id());
    let request = issuance::ask(node.dcp.platform.as_str(), &pid, wanted)?;
    effect::apply(&node, tx, vec![request]).await?;
    Ok(Answer { status: StatusCode::OK.as_u16(), body: Vec::new() })
}

/// `GET /api/v1/credentials`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<CredentialInfo>>, Failure> {
    let held = connector
        .node
        .store
        .read("held.list", |tx| Box::pin(async move { xinyu_store::held::list(tx).await.map_err(Failure::from) }));
    let holder = connector.node.dcp.did.to_string();
    let info = |one: Held| CredentialInfo {
        kind: one.types.iter().find(|name| *name != "VerifiableCredential").cloned().unwrap_or_default(),
        credential_id: one.credential_id,
        profile: one.profile.as_str().to_owned(),
        issuer: one.issuer,
        holder: holder.clone(),
        issued_at: one.received_at,
        expires_at: one.expires_at,
        status_index: None,
        revoked_at: None,
        reason: None,
    };
    Ok(Json(List { items: held.await?.into_iter().map(info).collect() }))
}
