//! Where outgoing requests may go. Peers supply addresses (callbacks, connectors, DIDs, status lists), and one that points into our own network
//! is how they make us attack ourselves (SSRF). The URL is checked after parsing, the addresses after resolving, and redirects are never followed.

mod address;
mod resolver;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};

use crate::path::is_plain_path;
use crate::transport::Cause;

pub use address::{AddressClass, classify};
pub use resolver::GuardedResolver;

/// What is allowed. The default is what a node on the internet should have: `https` to public addresses, ports 443 and 8443.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EgressPolicy {
    /// `http` as well as `https`. For development, or where TLS is ended by a gateway on the way out.
    pub allow_http: bool,
    /// 127.0.0.0/8 and ::1.
    pub allow_loopback: bool,
    /// RFC 1918 and fc00::/7, for spaces within one network.
    pub allow_private: bool,
    /// Only these hosts; none: any host that the rest allows. Being listed lifts none of the other rules.
    pub allowed_hosts: Option<Vec<String>>,
    /// Only these ports; none: any.
    pub ports: Option<Vec<u16>>,
}

impl Default for EgressPolicy {
    fn default() -> Self {
        Self {
            allow_http: false,
            allow_loopback: false,
            allow_private: false,
            allowed_hosts: None,
            ports: Some(vec![443, 8443]),
        }
    }
}

impl EgressPolicy {
    /// For nodes that all run on one machine: `http`, loopback, any port. Nothing beyond the machine's own addresses is opened by it.
    #[must_use]
    pub fn one_machine() -> Self {
        Self { allow_http: true, allow_loopback: true, ports: None, ..Self::default() }
    }

    /// Parses a URL and checks everything about it but the addresses its host resolves to, which [`GuardedResolver`] does.
    ///
    /// # Errors
    /// If it is no URL that every reader reads in the same way, or leads where the policy does not allow.
    pub fn check_url(&self, text: &str) -> Result<Url, EgressError> {
        // The parser drops tabs and line ends and takes a backslash for a slash; other parsers do not.
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(EgressError::Ambiguous);
        }
        let url = Url::parse(text).map_err(|error| EgressError::Unreadable { reason: error.to_string() })?;
        self.check(&url)?;
        Ok(url)
    }

    /// The same for a URL that was parsed already.
    ///
    /// # Errors
    /// If it leads where the policy does not allow.
    pub fn check(&self, url: &Url) -> Result<(), EgressError> {
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            other => {
                return Err(EgressError::Scheme { scheme: other.to_owned() });
            }
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressError::Userinfo);
        }
        let host = url.host().ok_or(EgressError::NoHost)?;
        let port = url.port_or_known_default().unwrap_or_default();
        if self.ports.as_ref().is_some_and(|ports| !ports.contains(&port)) {
            return Err(EgressError::Port { port });
        }
        let name = host.to_string();
        self.check_listed(&name)?;
        match host {
            Host::Domain(domain) => self.check_name(domain),
            Host::Ipv4(address) => self.check_address(&name, address.into()),
            Host::Ipv6(address) => self.check_address(&name, address.into()),
        }
    }

    /// Whether an address, found behind `host`, may be connected to.
    ///
    /// # Errors
    /// If it may not.
    pub fn check_address(&self, host: &str, address: std::net::IpAddr) -> Result<(), EgressError> {
        let class = classify(address);
        let admitted = match class {
            AddressClass::Public => true,
            AddressClass::Loopback => self.allow_loopback,
            AddressClass::Private => self.allow_private,
            _ => false,
        };
        if admitted { Ok(()) } else { Err(EgressError::Address { host: host.to_owned(), class }) }
    }

    fn check_listed(&self, host: &str) -> Result<(), EgressError> {
        let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
        match &self.allowed_hosts {
            Some(hosts) if !hosts.iter().any(|allowed| plain(allowed) == plain(host)) => {
                Err(EgressError::Unlisted { host: host.to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn check_name(&self, domain: &str) -> Result<(), EgressError> {
        let name = domain.trim_end_matches('.').to_ascii_lowercase();
        let refuse = |class| Err(EgressError::Address { host: name.clone(), class });
        if METADATA_NAMES.contains(&name.as_str()) {
            return refuse(AddressClass::Metadata);
        }
        if (name == "localhost" || name.ends_with(".localhost")) && !self.allow_loopback {
            return refuse(AddressClass::Loopback);
        }
        Ok(())
    }
}

/// The base URL that a peer gives as its address: allowed by the policy, without query and fragment. In one form, without a trailing slash, so that
/// paths are appended and addresses are compared.
///
/// # Errors
/// If it is not such a URL.
pub fn base_url(policy: &EgressPolicy, text: &str) -> Result<String, EgressError> {
    let url = policy.check_url(text)?;
    if url.query().is_some() || url.fragment().is_some() || !is_plain_path(url.path()) {
        return Err(EgressError::NotABase);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The refusal by a [`GuardedResolver`] behind the error of a client.
#[must_use]
pub fn refusal(error: &reqwest::Error) -> Option<EgressError> {
    match Cause::of(error) {
        Cause::Egress(refused) => Some(refused),
        Cause::Timeout | Cause::Broken(_) => None,
    }
}

/// Why a request does not leave. It names hosts and ports only: paths and queries may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EgressError {
    /// White space, control characters or backslashes.
    #[error("url has characters that parsers read differently")]
    Ambiguous,
    /// Not a URL.
    #[error("url is not readable: {reason}")]
    Unreadable {
        /// What the parser said.
        reason: String,
    },
    /// Neither `https` nor, where allowed, `http`.
    #[error("url scheme {scheme} is not allowed")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// A user or password before the host.
    #[error("url has a user name or password")]
    Userinfo,
    /// No host.
    #[error("url has no host")]
    NoHost,
    /// A query or fragment, or a path that is not plain, where a base URL is expected.
    #[error("url is no base url: it has a query, a fragment or an irregular path")]
    NotABase,
    /// Not one of the allowed ports.
    #[error("port {port} is not allowed")]
    Port {
        /// The port.
        port: u16,
    },
    /// Not one of the allowed hosts.
    #[error("host {host} is not in the list of allowed hosts")]
    Unlisted {
        /// The host.
        host: String,
    },
    /// An address that must not be reached from here.
    #[error("host {host} has a {class} address, which is not allowed")]
    Address {
        /// The host as written.
        host: String,
        /// What kind of address.
        class: AddressClass,
    },
}

/// Names under which clouds serve credentials of the machine; their addresses are refused as well.
const METADATA_NAMES: [&str; 3] = ["metadata.google.internal", "metadata", "instance-data"];

#[cfg(test)]
mod tests;
