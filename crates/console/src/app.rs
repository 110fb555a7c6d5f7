//! What every page needs: the client of the node's own API, and how the node is reached.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use url::Url;
use xinyu_http::{ApiClient, ClientError};

/// What a console is told.
#[derive(Clone)]
pub struct ConsoleOptions {
    /// Base URL of the node's own API, on loopback.
    pub api: String,
    /// Base URL under which people reach the node. Its scheme decides whether cookies are `Secure`.
    pub public: String,
    /// Makes a new key for something that a form asks for. It stands in the form, so that a form sent twice is one thing asked for.
    pub new_id: Arc<dyn Fn() -> String + Send + Sync>,
}

impl fmt::Debug for ConsoleOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleOptions").field("api", &self.api).field("public", &self.public).finish_non_exhaustive()
    }
}

/// Why there is no console.
#[derive(Debug, Error)]
pub enum ConsoleError {
    /// An address is not a URL.
    #[error("address {address} is not a URL: {source}")]
    Address {
        /// As configured.
        address: String,
        /// What is wrong with it.
        source: url::ParseError,
    },
    /// No client can be built.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// The state of all handlers.
#[derive(Clone)]
pub(crate) struct Console {
    pub(crate) api: ApiClient,
    /// Scheme, host and port that people see.
    pub(crate) origin: String,
    /// The base URL that people see.
    pub(crate) public: String,
    pub(crate) is_secure: bool,
    /// The name of the session's cookie. Browsers tell hosts apart, not ports: nodes on one host would log each other out.
    pub(crate) session_cookie: String,
    pub(crate) new_id: Arc<dyn Fn() -> String + Send + Sync>,
}

impl Console {
    pub(crate) fn new(options: ConsoleOptions) -> Result<Self, ConsoleError> {
        let parse = |address: &str| {
            Url::parse(address).map_err(|source| ConsoleError::Address { address: address.to_owned(), source })
        };
        let public = parse(&options.public)?;
        Ok(Self {
            api: ApiClient::new(parse(&options.api)?)?,
            origin: public.origin().ascii_serialization(),
            public: options.public.trim_end_matches('/').to_owned(),
            is_secure: public.scheme() == "https",
            session_cookie: public
                .port()
                .map_or_else(|| "xinyu_session".to_owned(), |port| format!("xinyu_session_{port}")),
            new_id: options.new_id,
        })
    }
}
