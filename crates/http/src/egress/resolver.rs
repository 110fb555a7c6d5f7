//! Name resolution that hands out only allowed addresses. The connection is made to exactly the addresses that were checked, so a name that
//! resolves differently a moment later (rebinding) gains nothing.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{EgressError, EgressPolicy};

type Lookup = dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync;

/// The system's resolver behind an [`EgressPolicy`].
#[derive(Clone)]
pub struct GuardedResolver {
    policy: Arc<EgressPolicy>,
    lookup: Arc<Lookup>,
}

impl GuardedResolver {
    /// On the system's resolver.
    #[must_use]
    pub fn new(policy: EgressPolicy) -> Self {
        Self::with_lookup(policy, |host| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((host, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        })
    }

    /// On another resolver, such as one for a simulated network.
    pub fn with_lookup(
        policy: EgressPolicy,
        lookup: impl Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync + 'static,
    ) -> Self {
        Self { policy: Arc::new(policy), lookup: Arc::new(lookup) }
    }

    /// The allowed addresses of a host.
    ///
    /// # Errors
    /// If the name does not resolve, or to no address that is allowed (then the source is an [`EgressError`]).
    pub async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = (self.lookup)(host.to_owned()).await?;
        let mut refused: Option<EgressError> = None;
        let mut admitted = Vec::with_capacity(found.len());
        for address in found {
            match self.policy.check_address(host, address) {
                Ok(()) => admitted.push(address),
                Err(error) => refused = Some(error),
            }
        }
        match (admitted.is_empty(), refused) {
            (false, _) => Ok(admitted),
            (true, Some(error)) => Err(io::Error::new(io::ErrorKind::PermissionDenied, error)),
            (true, None) => Err(io::Error::new(io::ErrorKind::NotFound, format!("host {host} has no address"))),
        }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            // Port 0 stands for the port of the URL.
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

impl fmt::Debug for GuardedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedResolver").field("policy", &self.policy).finish_non_exhaustive()
    }
}
