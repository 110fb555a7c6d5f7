//! Requests to addresses that strangers name: documents, status lists, schemas, services of the Decentralized Claims Protocol. Guarded, bounded in size
//! and time, following no redirect, saying nothing about us but what the caller puts in.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, LAST_MODIFIED, LINK, LOCATION};
use reqwest::header::HeaderValue;
use thiserror::Error;
use url::form_urlencoded;

use crate::client::{ClientError, client_with};
use crate::egress::{EgressError, EgressPolicy, GuardedResolver};
use crate::peer::is_transient_status;
use crate::transport::{self, BodyError, Cause};

/// How long an exchange may take, from the question for the address to the last byte.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A client for them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Fetcher {
    http: reqwest::Client,
    egress: EgressPolicy,
    timeout: Duration,
}

/// A question of which more is to be said than an address.
#[derive(Clone, Copy, Default)]
#[expect(missing_debug_implementations, reason = "it holds what opens a door")]
pub struct Question<'a> {
    /// What is asked.
    pub url: &'a str,
    /// What is shown to get in.
    pub bearer: Option<&'a str>,
    /// What kind of answer is wanted.
    pub accept: &'a str,
    /// Further headers.
    pub headers: &'a [(&'static str, String)],
    /// JSON that is posted; without it nothing is.
    pub body: Option<&'a [u8]>,
}

/// An answer, of whatever status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// The header `location`.
    pub location: Option<String>,
    /// The header `etag`.
    pub etag: Option<String>,
    /// The header `last-modified`.
    pub last_modified: Option<String>,
    /// The headers `link`, as one.
    pub link: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{url} {why}")]
pub struct FetchError {
    /// What was asked for, without its query.
    pub url: String,
    /// Why it did not come.
    pub why: Why,
}

/// What lies between a question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Why {
    /// It stands at an address that we do not connect to.
    #[error("must not be fetched: {0}")]
    Egress(EgressError),
    /// No connection, or one that broke.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// The time was up.
    #[error("did not come in time")]
    Timeout,
    /// A longer answer than was allowed.
    #[error("has more than {0} bytes")]
    TooLarge(u64),
    /// A redirect. It is not followed: what another address says is not what this one says.
    #[error("is redirected ({0}), which is not followed")]
    Redirected(u16),
    /// An answer that is no success.
    #[error("is refused with {0}")]
    Refused(u16),
    /// The token cannot stand in a header.
    #[error("was not asked for: the token is no header")]
    NoHeader,
}

impl FetchError {
    /// Whether the same question, asked again later, may succeed without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.why {
            Why::Unreachable(_) | Why::Timeout => true,
            Why::Refused(status) => is_transient_status(status),
            Why::Egress(_) | Why::TooLarge(_) | Why::Redirected(_) | Why::NoHeader => false,
        }
    }
}

impl Fetcher {
    /// A client that goes only where `egress` allows.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(egress: EgressPolicy) -> Result<Self, ClientError> {
        let resolver = GuardedResolver::new(egress.clone());
        Self::with_resolver(egress, resolver)
    }

    /// The same with another resolver of names, such as one of a simulated network.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn with_resolver(egress: EgressPolicy, resolver: GuardedResolver) -> Result<Self, ClientError> {
        let http = client_with(&egress, resolver)?;
        Ok(Self { http, egress, timeout: TIMEOUT })
    }

    /// The scheme of a did:web here: `http` where the policy allows that, for there the servers have no certificates.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.egress.allow_http { "http" } else { "https" }
    }

    /// A document of at most `limit` bytes.
    ///
    /// # Errors
    /// If the request may not leave, or the answer is no success, too long or too late.
    pub async fn get(&self, url: &str, accept: &str, limit: u64) -> Result<Vec<u8>, FetchError> {
        let answer = self.exchange(url, limit, |http, url| http.get(url).header(ACCEPT, accept)).await?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        Err(FetchError { url: shown(url), why: Why::Refused(answer.status) })
    }

    /// The same with other patience: how long an exchange may take.
    #[must_use]
    pub fn patient(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// Asks; the answer has at most `limit` bytes.
    ///
    /// # Errors
    /// If the request may not leave, or there is no answer in time.
    pub async fn ask(&self, question: Question<'_>, limit: u64) -> Result<Fetched, FetchError> {
        let unfit = |_| FetchError { url: shown(question.url), why: Why::NoHeader };
        let token = question.bearer.map(|bearer| HeaderValue::from_str(&format!("Bearer {bearer}")));
        let token = token.transpose().map_err(unfit)?;
        self.exchange(question.url, limit, |http, url| {
            let mut request = match question.body {
                Some(body) => http.post(url).header(CONTENT_TYPE, "application/json").body(body.to_vec()),
                None => http.get(url),
            };
            request = request.header(ACCEPT, question.accept);
            if let Some(mut token) = token {
                token.set_sensitive(true);
                request = request.header(AUTHORIZATION, token);
            }
            question.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
        })
        .await
    }

    /// Posts JSON with a bearer token; the answer has at most `limit` bytes.
    ///
    /// # Errors
    /// If the request may not leave, or there is no answer in time.
    pub async fn post(&self, url: &str, bearer: &str, body: Vec<u8>, limit: u64) -> Result<Fetched, FetchError> {
        let unfit = |_| FetchError { url: shown(url), why: Why::NoHeader };
        let mut token = HeaderValue::from_str(&format!("Bearer {bearer}")).map_err(unfit)?;
        token.set_sensitive(true);
        self.exchange(url, limit, |http, url| {
            http.post(url).header(AUTHORIZATION, token).header(CONTENT_TYPE, "application/json").body(body)
        })
        .await
    }

    /// Posts bytes of a kind without saying who we are; the answer has at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn post_plain(
        &self,
        url: &str,
        kind: &'static str,
        body: Vec<u8>,
        limit: u64,
    ) -> Result<Fetched, FetchError> {
        self.exchange(url, limit, |http, url| http.post(url).header(CONTENT_TYPE, kind).body(body)).await
    }

    /// Posts a form, with the name and secret of a client where it shows them in a header (RFC 6749 §2.3.1); the answer has at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub async fn post_form(
        &self,
        url: &str,
        client: Option<(&str, &str)>,
        form: &[(&str, &str)],
        limit: u64,
    ) -> Result<Fetched, FetchError> {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let client = client.map(|(name, secret)| (encoded(name), encoded(secret)));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.exchange(url, limit, |http, url| {
            let request = http.post(url).header(ACCEPT, "application/json");
            let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
            match client {
                Some((name, secret)) => request.basic_auth(name, Some(secret)),
                None => request,
            }
        })
        .await
    }

    async fn exchange(
        &self,
        url: &str,
        limit: u64,
        build: impl FnOnce(&reqwest::Client, reqwest::Url) -> reqwest::RequestBuilder,
    ) -> Result<Fetched, FetchError> {
        let fail = |why| FetchError { url: shown(url), why };
        let checked = self.egress.check_url(url).map_err(|refused| fail(Why::Egress(refused)))?;
        let request = build(&self.http, checked);
        let of = |error: &reqwest::Error| match Cause::of(error) {
            Cause::Egress(refused) => fail(Why::Egress(refused)),
            Cause::Timeout => fail(Why::Timeout),
            Cause::Broken(reason) => fail(Why::Unreachable(reason)),
        };
        let exchange = async {
            let response = request.send().await.map_err(|error| of(&error))?;
            let status = response.status();
            // Nothing else is there to be had where nothing has changed.
            if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
                return Err(fail(Why::Redirected(status.as_u16())));
            }
            let headers = response.headers();
            let said = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let (location, etag, last_modified) = (said(LOCATION), said(ETAG), said(LAST_MODIFIED));
            let links: Vec<&str> = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).collect();
            let link = (!links.is_empty()).then(|| links.join(", "));
            let body = transport::collect(response, limit).await.map_err(|error| match error {
                BodyError::TooLarge => fail(Why::TooLarge(limit)),
                BodyError::Transport(error) => of(&error),
            })?;
            Ok(Fetched { status: status.as_u16(), location, etag, last_modified, link, body })
        };
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(fail(Why::Timeout)),
        }
    }
}

/// A URL without its query, which may hold secrets.
fn shown(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().chars().take(256).collect()
}

#[cfg(test)]
mod tests;
