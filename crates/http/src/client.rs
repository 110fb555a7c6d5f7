//! The one place where an HTTP client for foreign addresses is built: guarded resolver, no redirects, no proxy from the environment (it would
//! resolve names behind our back), no automatic retries (a request token counts once).

use std::time::Duration;

use thiserror::Error;

use crate::egress::{EgressPolicy, GuardedResolver};

/// Why no client could be built, such as a machine without root certificates.
#[derive(Debug, Error)]
#[error("http client cannot be built: {0}")]
pub struct ClientError(#[from] reqwest::Error);

/// A client that connects only where `policy` allows. URLs with literal addresses do not pass the resolver: check them with
/// [`EgressPolicy::check_url`] before.
///
/// # Errors
/// If TLS cannot be set up. Where the policy allows `http`, a machine without root certificates gets a client that trusts no `https` server.
pub fn guarded_client(policy: &EgressPolicy) -> Result<reqwest::Client, ClientError> {
    client_with(policy, GuardedResolver::new(policy.clone()))
}

pub(crate) fn client_with(policy: &EgressPolicy, resolver: GuardedResolver) -> Result<reqwest::Client, ClientError> {
    let builder = || plain_builder().dns_resolver(resolver.clone()).https_only(!policy.allow_http);
    match builder().build() {
        Ok(client) => Ok(client),
        Err(error) if policy.allow_http => {
            tracing::warn!(%error, "no root certificates on this machine: no https server will be trusted");
            Ok(builder().tls_certs_only([]).build()?)
        }
        Err(error) => Err(error.into()),
    }
}

/// What all our clients have in common.
pub(crate) fn plain_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("xinyu/", env!("CARGO_PKG_VERSION")))
}

/// Installs the TLS provider (rustls on aws-lc-rs) for the process. To be called first in `main`; false if another one is installed already.
pub fn install_tls() -> bool {
    rustls::crypto::aws_lc_rs::default_provider().install_default().is_ok()
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
