//! Who is calling: the credential a platform gives to a connector, the tokens that authenticate both ends of one exchange, grants for the data
//! plane, did:web documents and status lists; and the tokens by which participants of other makers say who they are. NDI-TR-2025-03 §8, App. D;
//! DCP 1.0.1; W3C Bitstring Status List v1.0.
//! Pure: time is an argument, keys are handed in, nothing is fetched or remembered. Replay is the caller's to remember: see
//! [`RequestClaims::replayable_until`].

pub mod auth_token;
pub mod client_token;
pub mod credential;
pub mod did;
mod error;
pub mod grant;
pub mod request;
pub mod response;
pub mod status;
mod token;

pub use auth_token::AuthToken;
pub use client_token::{ClientClaims, ClientToken};
pub use credential::Credential;
pub use did::{DidDocument, DidWeb};
pub use error::{Claim, IdentityError};
pub use grant::GrantClaims;
pub use request::RequestClaims;
pub use response::ResponseClaims;
pub use status::StatusList;
pub use token::{LEEWAY_SECONDS, TokenKind};

#[cfg(test)]
mod testing;
