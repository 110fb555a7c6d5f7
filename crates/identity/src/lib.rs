//! Who is calling: the credential a platform gives to a connector, the tokens that authenticate both ends of one exchange, grants for the data
//! plane, did:web documents and status lists; and what the world outside knows: self-issued tokens, verifiable credentials and presentations.
//! NDI-TR-2025-03 §8, App. D; DCP 1.0.1; W3C Verifiable Credentials 1.1 and 2.0, Bitstring Status List v1.0.
//! Pure: time is an argument, keys are handed in, nothing is fetched or remembered. Replay is the caller's to remember: see
//! [`RequestClaims::replayable_until`].

pub mod auth_token;
pub mod client_token;
pub mod credential;
pub mod did;
pub mod document;
mod error;
pub mod grant;
pub mod holder;
pub mod presentation;
pub mod request;
pub mod response;
pub mod self_issued;
pub mod status;
pub mod status_credential;
mod token;
pub mod vc;

pub use auth_token::AuthToken;
pub use client_token::{ClientClaims, ClientToken};
pub use credential::Credential;
pub use did::{DidDocument, DidWeb};
pub use document::ForeignDocument;
pub use error::{Claim, IdentityError};
pub use grant::GrantClaims;
pub use holder::HolderDid;
pub use presentation::Presentation;
pub use request::RequestClaims;
pub use response::ResponseClaims;
pub use self_issued::Signer;
pub use status::StatusList;
pub use token::{LEEWAY_SECONDS, TokenKind};
pub use vc::VerifiableCredential;

#[cfg(test)]
mod testing;
