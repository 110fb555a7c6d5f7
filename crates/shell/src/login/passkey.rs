//! Login by passkey: WebAuthn Level 3 with discoverable credentials, so that nobody types a name. The device verifies its holder, which makes it two
//! factors (NDI-TR-2025-03 §9.2.1 c); what it signs is checked by `webauthn_rp` (ADR 0008). Attestation is not asked for: who made the device is not our
//! business.

mod credential;
mod party;
pub mod registration;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use serde::{Deserialize, Serialize};
use webauthn_rp::bin::{Decode as _, Encode as _};
use webauthn_rp::request::auth::AuthenticationVerificationOptions;
use webauthn_rp::response::auth::error::AuthCeremonyErr;
use webauthn_rp::response::auth::ser_relaxed::DiscoverableAuthenticationRelaxed64;
use webauthn_rp::{
    DiscoverableAuthentication64, DiscoverableAuthenticationServerState, DiscoverableCredentialRequestOptions,
};
use xinyu_core::fault::Rejection;
use xinyu_core::user::method::Method;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::Session;
use xinyu_protocol::api::passkey::{PasskeyChallenge, PasskeyLogin};
use xinyu_store::Tx;
use xinyu_store::audit::Happened;

use self::credential::{Credential, subject};
use self::party::Party;
use super::{Proof, challenge, enter, unknown};
use crate::access::From;
use crate::failure::Failure;
use crate::node::Node;

/// Of a challenge for a login.
const PURPOSE: &str = "passkey-login";

/// What is kept of a challenge.
#[derive(Serialize, Deserialize)]
struct Given {
    state: Vec<u8>,
}

/// `POST /api/v1/login/passkey/challenge`.
///
/// # Errors
/// If the node has no address that passkeys work under, or too many logins are under way.
pub async fn begin(State(node): State<Arc<Node>>) -> Result<Json<PasskeyChallenge>, Failure> {
    let Party { id, origin } = Party::at(&node.console)?;
    let begun = DiscoverableCredentialRequestOptions::passkey(&id).start_ceremony();
    let (state, options) = begun.map_err(Failure::broken)?;
    let public_key = serde_json::to_value(&options).map_err(Failure::broken)?;
    let given = Given { state: state.encode().map_err(Failure::broken)? };
    Ok(Json(PasskeyChallenge { challenge: challenge::give(&node, PURPOSE, &given).await?, origin, public_key }))
}

/// `POST /api/v1/login/passkey`.
///
/// # Errors
/// If the challenge is not open, the passkey is unknown or wrong, or the account cannot be used.
pub async fn login(
    State(node): State<Arc<Node>>,
    Extension(From(ip)): Extension<From>,
    body: StrictJson<PasskeyLogin>,
) -> Result<Json<Session>, Failure> {
    let PasskeyLogin { challenge, credential } = body.value;
    let given: Given = challenge::take(&node, PURPOSE, challenge).await?;
    let shown: DiscoverableAuthenticationRelaxed64 = serde_json::from_value(credential).map_err(unreadable)?;
    let (party, from) = (Party::at(&node.console)?, ip.clone());
    let judged = node
        .store
        .write("passkey.use", move |tx| Box::pin(async move { judge(tx, &party, &given, &shown.0, &from).await }));
    match judged.await? {
        Some(proof) => enter(&node, proof, &ip).await,
        None => Err(unknown(&node, Method::Passkey, ip).await?.into()),
    }
}

/// Whose passkey it is, and whether what it signed is right; its counter moves on then, in the same transaction. Nothing for one that nobody added.
async fn judge(
    tx: &mut Tx,
    party: &Party,
    given: &Given,
    shown: &DiscoverableAuthentication64,
    ip: &str,
) -> Result<Option<Proof>, Failure> {
    let id = shown.raw_id();
    let Some(key) = xinyu_store::login_key::hold(tx, Method::Passkey.as_str(), &subject(id)).await? else {
        return Ok(None);
    };
    let mut stored = Credential::read(&key.data)?;
    let state = DiscoverableAuthenticationServerState::decode(&given.state).map_err(Failure::broken)?;
    let options = AuthenticationVerificationOptions::<String, String> {
        allowed_origins: std::slice::from_ref(&party.origin),
        // An authenticator may say more than it was asked.
        error_on_unsolicited_extensions: false,
        ..AuthenticationVerificationOptions::default()
    };
    let wrong = match stored.verify(state, &party.id, shown, &options)? {
        Ok(()) => {
            xinyu_store::login_key::used(tx, &key.key_id, &stored.written()?).await?;
            None
        }
        Err(AuthCeremonyErr::SignatureCounter) => {
            tell_copied(tx, &key.user_name, &key.key_id, ip).await?;
            Some("passkey-copied")
        }
        Err(error) => {
            tracing::debug!(%error, "a passkey was shown that is not good");
            Some("wrong-passkey")
        }
    };
    Ok(Some(Proof { method: Method::Passkey, name: key.user_name, wrong, is_strong: true, code: None }))
}

/// A counter that goes back says that there are two of one passkey: the security administrator is told.
async fn tell_copied(tx: &mut Tx, user: &str, key_id: &str, ip: &str) -> Result<(), Failure> {
    tracing::warn!(user, key_id, "the passkey {key_id} of user {user} may have been copied: its counter went back");
    let happened = Happened {
        actor: user.to_owned(),
        action: "login.cloned".to_owned(),
        object: key_id.to_owned(),
        result: "done".to_owned(),
        ip: ip.to_owned(),
        detail: Method::Passkey.as_str().to_owned(),
    };
    crate::audit::append(tx, happened).await
}

/// What the browser sent is none of what it makes.
#[expect(clippy::needless_pass_by_value, reason = "as map_err has it")]
fn unreadable(error: serde_json::Error) -> Failure {
    tracing::debug!(%error, "a credential cannot be read");
    Rejection::bad(
        "unreadable-credential",
        "无法识别浏览器返回的通行密钥数据",
        "what the browser returned cannot be read as a passkey's",
    )
    .clause("/credential")
    .into()
}
