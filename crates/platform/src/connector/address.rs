//! A connector that moved: believed only once the holder of its keys answers at the new place; then it gets a credential with the new address.
//! NDI-TR-2025-05 §6.2.6; TC609-6-2025-01 §5.3.

use std::time::Duration;

use axum::extract::State;
use axum::http::Method;
use xinyu_core::connector::Happened;
use xinyu_core::fault::Rejection;
use xinyu_http::egress::base_url;
use xinyu_http::{PeerAddress, SendOptions};
use xinyu_protocol::id::PartyId;
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::connector::AddressReport;
use xinyu_shell::Failure;
use xinyu_shell::peer::{Answer, PeerCall};

use crate::app::Platform;
use crate::application::member;
use crate::ndi;
use crate::participant::standing;

/// How long a connector may take to answer at its new place.
const PATIENCE: Duration = Duration::from_secs(10);

/// `POST /tc609/addressReport`, by a connector.
///
/// # Errors
/// If the address may not be reached, or whoever answers there does not hold the connector's keys.
pub async fn report(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let report: AddressReport = call.parse()?;
    let by = call.connector()?;
    let address = base_url(&platform.node.egress, &report.address).map_err(|error| {
        Rejection::bad(
            "address",
            format!("连接器地址不可用：{error}"),
            format!("the connector's address cannot be used: {error}"),
        )
    })?;
    let wanted = by.clone();
    let me = platform.node.store.read("address.find", move |tx| Box::pin(async move { member(tx, &wanted).await }));
    prove(&platform, &PartyId::from(by.clone()), &me.await?.keys, &address).await?;
    let this = platform.clone();
    call.once(&platform.node, "address.report", move |tx| {
        Box::pin(async move {
            let _ = member(tx, &by).await?;
            let me = xinyu_store::member::lock(tx, &by).await?.ok_or_else(|| super::unknown(by.as_str()))?;
            if me.address == address {
                return Answer::json(200, &Status::done());
            }
            let happened = Happened::new(
                "connector.address_changed",
                format!("地址变更：{} → {address}，已验证密钥持有并换发凭证", me.address),
                format!("moved: {} → {address}; its keys answered there, a new credential was issued", me.address),
            );
            xinyu_store::connector::note(tx, by.as_str(), &happened).await?;
            let me = standing::moved(&this, tx, me, address).await?;
            ndi::report::connector(&this, tx, &me).await?;
            Answer::json(200, &Status::done())
        })
    })
    .await
}

/// That the holder of the keys answers at an address: its answer carries a proof over our request's token.
async fn prove(
    platform: &Platform,
    party: &PartyId,
    keys: &xinyu_crypto::PublicKeys,
    address: &str,
) -> Result<(), Failure> {
    let client = platform.node.client().ok_or_else(|| Failure::broken("the platform has no client"))?;
    let base = url::Url::parse(address).map_err(Failure::broken)?;
    let to = PeerAddress { party: party.clone(), base, keys: Some(keys.clone()) };
    let options = SendOptions { timeout: PATIENCE, ..SendOptions::default() };
    let body =
        xinyu_protocol::json::canonical(&AddressReport { address: address.to_owned() }).map_err(Failure::broken)?;
    let refuse = |why: String| {
        Rejection::conflict(
            "address-not-proven",
            format!("新地址 {address} 未能证明持有本连接器密钥：{why}"),
            format!("nobody at {address} proved to hold the connector's keys: {why}"),
        )
    };
    match client.send(&to, Method::POST, "/tc609/addressCheck", body, options).await {
        Ok(reply) if (200..300).contains(&reply.status) => Ok(()),
        Ok(reply) => Err(refuse(format!("status {}", reply.status)).into()),
        Err(error) => Err(refuse(error.to_string()).into()),
    }
}
