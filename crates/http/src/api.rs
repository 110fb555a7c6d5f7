//! The client of the management API, for console and command line: they can do nothing that it cannot. The address is the user's own choice, so
//! there is no egress guard; redirects are not followed, since they would carry the session elsewhere.

mod events;

use std::fmt;
use std::time::Duration;

use axum::http::Method;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use futures::stream::BoxStream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use url::Url;
use xinyu_protocol::json::{Limits, parse};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::caller::FORWARDED_FOR;
use crate::client::{ClientError, plain_builder};
use crate::problem::is_problem;

/// Why a call did not succeed.
#[derive(Clone, Debug, Error)]
pub enum ApiError {
    /// The server says why not.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// The server cannot be reached, or broke off.
    #[error("{server} cannot be reached: {reason}")]
    Unreachable {
        /// Scheme, host and port.
        server: String,
        /// What happened.
        reason: String,
    },
    /// The answer is not what this version understands.
    #[error("answer of {server} is not understood: {reason}")]
    NotUnderstood {
        /// Scheme, host and port.
        server: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The call cannot be made: a path or a body that cannot be written.
    #[error("call cannot be made: {reason}")]
    BadCall {
        /// Why.
        reason: String,
    },
}

impl ApiError {
    /// The HTTP status that the server answered with.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Problem(problem) => Some(problem.status),
            _ => None,
        }
    }
}

/// A client for one server. Cheap to clone.
#[derive(Clone)]
pub struct ApiClient {
    http: reqwest::Client,
    base: Url,
    session: Option<String>,
    caller: Option<String>,
}

impl ApiClient {
    /// A client of the server at `base`, not logged in.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(base: Url) -> Result<Self, ClientError> {
        let http = match plain_builder().build() {
            Ok(http) => http,
            // Without root certificates http is still possible.
            Err(_) if base.scheme() == "http" => plain_builder().tls_certs_only([]).build()?,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { http, base, session: None, caller: None })
    }

    /// The same server, as the holder of a session token.
    #[must_use]
    pub fn with_session(&self, token: impl Into<String>) -> Self {
        Self { session: Some(token.into()), ..self.clone() }
    }

    /// The same server, asked for somebody at an address, who is to stand in its records.
    #[must_use]
    pub fn on_behalf_of(&self, address: impl Into<String>) -> Self {
        Self { caller: Some(address.into()), ..self.clone() }
    }

    /// Where the server is.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Reads. `path` begins with `/` and is below the base URL.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.read_json(&self.call(Method::GET, path, None).await?)
    }

    /// Reads bytes of any type, such as a contract file.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn get_bytes(&self, path: &str) -> Result<Vec<u8>, ApiError> {
        self.call(Method::GET, path, None).await
    }

    /// Creates or acts. An empty answer reads as `()`.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(&self, path: &str, body: &B) -> Result<T, ApiError> {
        self.read_json(&self.call(Method::POST, path, Some(write_json(body)?)).await?)
    }

    /// Replaces. An empty answer reads as `()`.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn put<B: Serialize + ?Sized, T: DeserializeOwned>(&self, path: &str, body: &B) -> Result<T, ApiError> {
        self.read_json(&self.call(Method::PUT, path, Some(write_json(body)?)).await?)
    }

    /// Removes.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn delete(&self, path: &str) -> Result<(), ApiError> {
        self.call(Method::DELETE, path, None).await.map(|_| ())
    }

    /// The data of server-sent events as they come. The stream ends when the server ends it; reconnecting is the caller's.
    ///
    /// # Errors
    /// See [`ApiError`]; later, an item is an error if the connection breaks or an event is longer than 1 MiB.
    pub async fn events(&self, path: &str) -> Result<BoxStream<'static, Result<String, ApiError>>, ApiError> {
        let request = self.request(Method::GET, path)?.header(ACCEPT, "text/event-stream");
        let sent = tokio::time::timeout(CALL_TIMEOUT, request.send()).await;
        let response = sent.map_err(|_| self.unreachable("no answer in time"))?;
        let response = response.map_err(|error| self.transport(&error))?;
        if !response.status().is_success() {
            return Err(self.refusal(response).await);
        }
        let server = self.server();
        Ok(events::stream(response, server))
    }

    fn request(&self, method: Method, path: &str) -> Result<reqwest::RequestBuilder, ApiError> {
        if !path.starts_with('/') {
            return Err(ApiError::BadCall { reason: format!("path {path} does not begin with /") });
        }
        let url = Url::parse(&format!("{}{path}", self.base.as_str().trim_end_matches('/')))
            .map_err(|error| ApiError::BadCall { reason: error.to_string() })?;
        let mut request = self.http.request(method, url);
        if let Some(address) = &self.caller {
            request = request.header(FORWARDED_FOR, address);
        }
        Ok(match &self.session {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    async fn call(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<Vec<u8>, ApiError> {
        let mut request = self.request(method, path)?.timeout(CALL_TIMEOUT);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let response = request.send().await.map_err(|error| self.transport(&error))?;
        if response.status().is_success() { self.collect(response).await } else { Err(self.refusal(response).await) }
    }

    async fn collect(&self, mut response: reqwest::Response) -> Result<Vec<u8>, ApiError> {
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.transport(&error))? {
            body.extend_from_slice(&piece);
            if body.len() > ANSWER_LIMITS.bytes {
                return Err(self.not_understood(format!("it has more than {} bytes", ANSWER_LIMITS.bytes)));
            }
        }
        Ok(body)
    }

    /// What the server says, or that it says nothing that we understand.
    async fn refusal(&self, response: reqwest::Response) -> ApiError {
        let status = response.status().as_u16();
        if is_problem(response.headers())
            && let Ok(body) = self.collect(response).await
            && let Ok(mut problem) = parse::<Problem>(&body, Limits::WIRE)
        {
            problem.status = status;
            return ApiError::Problem(Box::new(problem));
        }
        let title = Text::new(format!("服务器返回 {status}"), format!("server answers {status}"));
        ApiError::Problem(Box::new(Problem::new(status, "http-status", title)))
    }

    fn read_json<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, ApiError> {
        let body = if body.is_empty() { b"null" } else { body };
        parse(body, ANSWER_LIMITS).map_err(|error| self.not_understood(error.to_string()))
    }

    fn server(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    fn transport(&self, error: &reqwest::Error) -> ApiError {
        events::transport(&self.server(), error)
    }

    fn unreachable(&self, reason: &str) -> ApiError {
        ApiError::Unreachable { server: self.server(), reason: reason.to_owned() }
    }

    fn not_understood(&self, reason: String) -> ApiError {
        ApiError::NotUnderstood { server: self.server(), reason }
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

fn write_json<B: Serialize + ?Sized>(body: &B) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(body).map_err(|error| ApiError::BadCall { reason: error.to_string() })
}

const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Our own server's lists and graphs may be long.
const ANSWER_LIMITS: Limits = Limits { bytes: 16 << 20, depth: 64 };

#[cfg(test)]
mod tests;
