//! HTTP as the platform, the connector, the console and the command line need it: a client for peers that proves both ends of an exchange and
//! never leaves by a forbidden address, a client for what strangers name, a client for our own API, and the server side of both: authentication, limits, problems, traces.
//! Routes and nouns are not here.

pub mod api;
pub mod auth;
pub mod caller;
mod client;
pub mod egress;
pub mod fetch;
pub mod json;
pub mod limit;
pub mod pages;
pub mod pagination;
mod path;
pub mod peer;
pub mod problem;
pub mod relay;
pub mod server;
mod source;
pub mod trace;
mod transport;

pub use api::{ApiClient, ApiError};
pub use auth::{Peer, PeerRequest, Rejection, Trust};
pub use client::{ClientError, guarded_client, install_tls};
pub use egress::{EgressError, EgressPolicy};
pub use fetch::{FetchError, Fetched, Fetcher};
pub use json::StrictJson;
pub use peer::{PeerAddress, PeerClient, Reply, SendError, SendOptions};
pub use problem::ProblemResponse;
pub use source::{EntropyError, Source, entropy};

/// Carries the credential of the sender of a request.
pub const CREDENTIAL_HEADER: &str = "x-xinyu-credential";

/// Carries the grant that data is fetched with.
pub const GRANT_HEADER: &str = "x-xinyu-grant";

/// Carries the proof of a response.
pub const PROOF_HEADER: &str = "x-xinyu-proof";

#[cfg(test)]
mod testing;
