//! A passkey is added to an account: who is logged in says the password again, the browser makes it, and it is kept. From then on the session counts as
//! one with a second factor: the device has just verified its holder.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use webauthn_rp::bin::{Decode as _, Encode as _};
use webauthn_rp::request::register::{
    Extension, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, UserHandle64, Username,
};
use webauthn_rp::response::register::ser_relaxed::RegistrationRelaxed;
use webauthn_rp::{PublicKeyCredentialCreationOptions, RegistrationServerState};
use xinyu_core::fault::Rejection;
use xinyu_core::user::method::{self, Method};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::passkey::{NewPasskey, PasskeyChallenge};
use xinyu_protocol::api::user::{LoginKeyInfo, Reauthentication};
use xinyu_protocol::text::Text;
use xinyu_store::login_key::LoginKey;

use super::credential::{Credential, descriptor, subject};
use super::party::Party;
use super::unreadable;
use crate::failure::Failure;
use crate::login::{challenge, key};
use crate::node::Node;
use crate::user::{self, Person};

/// Of a challenge for a registration.
const PURPOSE: &str = "passkey-registration";
/// How many passkeys a person may have.
const MOST: usize = 20;

/// What is kept of a challenge: it is for this session of this person.
#[derive(Serialize, Deserialize)]
struct Given {
    user: String,
    session: String,
    state: Vec<u8>,
}

/// `POST /api/v1/me/passkeys`.
///
/// # Errors
/// If the password is wrong, the person has as many as there may be, or the node has no address that passkeys work under.
pub async fn begin(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<Reauthentication>,
) -> Result<Json<PasskeyChallenge>, Failure> {
    let Party { id, origin } = Party::at(&node.console)?;
    user::must_be_self(&node, &person, body.value.password).await?;
    let there = passkeys(&node, &person.name).await?;
    if there.len() >= MOST {
        return Err(too_many().into());
    }
    let handle = match there.first() {
        Some(key) => Credential::read(&key.data)?.handle()?,
        None => UserHandle64::new(),
    };
    let shown_as = format!("{} · {}", person.display_name, node.name);
    let entity = PublicKeyCredentialUserEntity {
        name: Username::try_from(person.name.as_str()).map_err(Failure::broken)?,
        id: &handle,
        // A name that authenticators do not show is left out.
        display_name: Nickname::try_from(shown_as.as_str()).ok(),
    };
    let exclude = there.iter().map(descriptor).collect::<Result<Vec<_>, _>>()?;
    let mut wanted = PublicKeyCredentialCreationOptions::passkey(&id, entity, exclude);
    // That the holder was verified is checked at every login. Asked of the device too (credProtect, enforced), many a good one would be turned away.
    wanted.extensions = Extension::default();
    let (state, options) = wanted.start_ceremony().map_err(Failure::broken)?;
    let public_key = serde_json::to_value(&options).map_err(Failure::broken)?;
    let state = state.encode().map_err(Failure::broken)?;
    let given = Given { user: person.name, session: person.session_id, state };
    Ok(Json(PasskeyChallenge { challenge: challenge::give(&node, PURPOSE, &given).await?, origin, public_key }))
}

/// `POST /api/v1/me/passkeys/confirmation`.
///
/// # Errors
/// If the challenge is not open for this session, what the browser made is not good, or somebody has that passkey already.
pub async fn confirm(
    State(node): State<Arc<Node>>,
    person: Person,
    body: StrictJson<NewPasskey>,
) -> Result<Json<LoginKeyInfo>, Failure> {
    let NewPasskey { challenge, label, credential } = body.value;
    let label = method::label(&label)?;
    let given: Given = challenge::take(&node, PURPOSE, challenge).await?;
    if given.user != person.name || given.session != person.session_id {
        return Err(challenge::unknown().into());
    }
    let party = Party::at(&node.console)?;
    let shown: RegistrationRelaxed = serde_json::from_value(credential).map_err(unreadable)?;
    let state = RegistrationServerState::<64>::decode(&given.state).map_err(Failure::broken)?;
    let options = RegistrationVerificationOptions::<String, String> {
        allowed_origins: std::slice::from_ref(&party.origin),
        error_on_unsolicited_extensions: false,
        ..RegistrationVerificationOptions::default()
    };
    let made = state.verify(&party.id, &shown.0, &options).map_err(|error| {
        tracing::debug!(%error, "a passkey was made that is not good");
        not_good()
    })?;
    let (subject, data) = (subject(made.id()), Credential::of(&made)?.written()?);
    let kept = node.store.write("passkey.add", move |tx| {
        Box::pin(async move {
            let method = Method::Passkey.as_str();
            let added = xinyu_store::login_key::insert(tx, &person.name, method, &subject, &label, &data).await?;
            let key_id = added.ok_or_else(known)?;
            let keys = xinyu_store::login_key::list(tx, &person.name).await?;
            if keys.iter().filter(|key| key.method == method).count() > MOST {
                return Err(too_many().into());
            }
            xinyu_store::session::raise(tx, &person.token).await?;
            crate::audit::append(tx, person.happened("passkey.add", &key_id, "done")).await?;
            let kept = keys.into_iter().find(|key| key.key_id == key_id);
            kept.ok_or_else(|| Failure::broken("a key that was kept is not there"))
        })
    });
    Ok(Json(key::info(kept.await?)))
}

async fn passkeys(node: &Node, name: &str) -> Result<Vec<LoginKey>, Failure> {
    let name = name.to_owned();
    let keys = node.store.read("login_key.list", move |tx| {
        Box::pin(async move { xinyu_store::login_key::list(tx, &name).await.map_err(Failure::from) })
    });
    let mut keys = keys.await?;
    keys.retain(|key| key.method == Method::Passkey.as_str());
    Ok(keys)
}

fn too_many() -> Rejection {
    Rejection::conflict(
        "too-many-passkeys",
        format!("每个账号最多 {MOST} 个通行密钥"),
        format!("an account has {MOST} passkeys at the most"),
    )
    .next(Text::new("请先移除不再使用的通行密钥", "remove those that are not used any more first"))
}

fn known() -> Rejection {
    Rejection::conflict("passkey-known", "该通行密钥已登记", "this passkey is known already")
        .next(Text::new("请换一个设备或通行密钥", "take another device or passkey"))
}

/// Which of its many conditions failed helps only who made it up.
fn not_good() -> Rejection {
    Rejection::bad(
        "passkey-not-good",
        "通行密钥未通过核验，未登记",
        "the passkey did not pass its checks and is not kept",
    )
    .clause("WebAuthn Level 3 §7.1")
    .next(Text::new(
        "请确认地址栏中的地址与本节点的地址一致，再重新添加",
        "see that the address in the browser is the node's own, then add it again",
    ))
}
