//! A passkey as it is kept: all of it is public.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use webauthn_rp::bin::{Decode as _, Encode as _};
use webauthn_rp::request::auth::AuthenticationVerificationOptions;
use webauthn_rp::request::register::UserHandle64;
use webauthn_rp::request::{PublicKeyCredentialDescriptor, RpId};
use webauthn_rp::response::auth::error::AuthCeremonyErr;
use webauthn_rp::response::register::{CompressedPubKey, DynamicState, StaticState};
use webauthn_rp::response::{AuthTransports, CredentialId};
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthentication64, DiscoverableAuthenticationServerState, RegisteredCredential,
};
use xinyu_store::login_key::LoginKey;

use crate::failure::Failure;

/// The form in which the library takes public keys back.
type Key = CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>;

/// What a passkey is checked against, as the library writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Credential {
    /// By what the authenticator knows the person: random, the same for all passkeys of one.
    handle: Vec<u8>,
    /// The public key, and what does not change.
    fixed: Vec<u8>,
    /// The counter, and what else changes.
    moving: [u8; 7],
    /// How the browser reaches it.
    transports: u8,
}

impl Credential {
    /// One that was just made.
    ///
    /// # Errors
    /// Never, as the library has it.
    pub(super) fn of(made: &RegisteredCredential<'_, 64>) -> Result<Self, Failure> {
        Ok(Self {
            handle: made.user_id().as_ref().to_vec(),
            fixed: made.static_state().encode().map_err(Failure::broken)?,
            moving: made.dynamic_state().encode().map_err(Failure::broken)?,
            transports: made.transports().encode().map_err(Failure::broken)?,
        })
    }

    /// One that is kept.
    ///
    /// # Errors
    /// If it was not written here.
    pub(super) fn read(data: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(data).map_err(Failure::broken)
    }

    /// To be kept.
    ///
    /// # Errors
    /// Never.
    pub(super) fn written(&self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(self).map_err(Failure::broken)
    }

    /// By what the authenticator knows the person.
    ///
    /// # Errors
    /// If it was not written here.
    pub(super) fn handle(&self) -> Result<UserHandle64, Failure> {
        let bytes: [u8; 64] = self.handle.as_slice().try_into().map_err(Failure::broken)?;
        UserHandle64::decode(bytes).map_err(Failure::broken)
    }

    /// Checks what was signed, and moves the counter on if it is right.
    ///
    /// # Errors
    /// If what is kept was not written here; within, why what was shown is not right.
    pub(super) fn verify(
        &mut self,
        state: DiscoverableAuthenticationServerState,
        id: &RpId,
        shown: &DiscoverableAuthentication64,
        options: &AuthenticationVerificationOptions<'_, '_, String, String>,
    ) -> Result<Result<(), AuthCeremonyErr>, Failure> {
        let handle = self.handle()?;
        let fixed = StaticState::<Key>::decode(&self.fixed).map_err(Failure::broken)?;
        let moving = DynamicState::decode(self.moving).map_err(Failure::broken)?;
        let credential = AuthenticatedCredential::new(shown.raw_id(), &handle, fixed, moving);
        let mut credential = credential.map_err(Failure::broken)?;
        if let Err(error) = state.verify(id, shown, &mut credential, options) {
            return Ok(Err(error));
        }
        self.moving = credential.dynamic_state().encode().map_err(Failure::broken)?;
        Ok(Ok(()))
    }
}

/// By what a passkey is known here.
pub(super) fn subject(id: CredentialId<&[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(id.as_ref())
}

/// How a browser is told of a passkey that is there already.
pub(super) fn descriptor(key: &LoginKey) -> Result<PublicKeyCredentialDescriptor<Vec<u8>>, Failure> {
    let id = URL_SAFE_NO_PAD.decode(&key.subject).map_err(Failure::broken)?;
    let transports = AuthTransports::decode(Credential::read(&key.data)?.transports).map_err(Failure::broken)?;
    Ok(PublicKeyCredentialDescriptor { id: CredentialId::decode(id).map_err(Failure::broken)?, transports })
}
