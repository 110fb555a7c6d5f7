//! The client for systems of other makers: every request goes to an address of the system, behind the egress guard, with what we show it.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LINK};
use url::Url;
use xinyu_http::egress::EgressPolicy;
use xinyu_http::guarded_client;
use zeroize::Zeroizing;

use super::{Arranged, Presents};
use crate::dcp::{self, Dcp};

/// The largest answer that is read.
const ANSWER_LIMIT: usize = 4 << 20;
/// How long an exchange may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// A client for systems on arranged terms.
#[derive(Clone, Debug)]
pub struct ArrangedClient {
    http: reqwest::Client,
    egress: EgressPolicy,
    dcp: Arc<Dcp>,
}

/// The head of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// HTTP status.
    pub status: u16,
    /// The next page, from the header `link`. RFC 8288.
    pub next: Option<String>,
}

fn next_of(link: &str) -> Option<String> {
    link.split(',').find_map(|one| {
        let (target, parameters) = one.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let parameter = parameter.trim().to_ascii_lowercase();
            parameter == "rel=next" || parameter == "rel=\"next\""
        });
        is_next.then(|| target.trim().trim_start_matches('<').to_owned())
    })
}

/// Why an exchange failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// For the log.
    pub text: String,
    /// Whether it makes sense to try again.
    pub is_transient: bool,
}

impl ArrangedClient {
    /// A client behind the egress guard.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(egress: &EgressPolicy, dcp: Arc<Dcp>) -> Result<Self, xinyu_http::ClientError> {
        Ok(Self { http: guarded_client(egress)?, egress: egress.clone(), dcp })
    }

    /// Begins a request to an address of the system, with what we show it.
    ///
    /// # Errors
    /// If the address leads where nothing may be sent, or away from the system.
    pub fn request(
        &self,
        to: &Arranged,
        method: reqwest::Method,
        path: &str,
    ) -> Result<reqwest::RequestBuilder, Unanswered> {
        let lasting = |text: String| Unanswered { text, is_transient: false };
        let address = if path.starts_with('/') { format!("{}{path}", to.address) } else { path.to_owned() };
        let url = self.egress.check_url(&address).map_err(|error| lasting(error.to_string()))?;
        let own = Url::parse(&to.address).ok().is_some_and(|own| own.origin() == url.origin());
        if !own {
            return Err(lasting(format!("{address} is not an address of {}", to.id)));
        }
        let mut request = self.http.request(method, url).timeout(PATIENCE);
        let token = match &to.presents {
            Presents::Nothing => return Ok(request),
            Presents::Token(token) => Arc::clone(token),
            Presents::Credentials => {
                Arc::new(Zeroizing::new(format!("Bearer {}", self.dcp.token(&to.id, &dcp::shown_scopes()))))
            }
        };
        let mut value = HeaderValue::from_str(&token).map_err(|_| lasting("the token is no header".to_owned()))?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
        Ok(request)
    }

    /// Posts JSON and reads the answer, of whatever status.
    ///
    /// # Errors
    /// If it did not arrive, or the answer is too large.
    pub async fn post(&self, to: &Arranged, path: &str, body: Vec<u8>) -> Result<(u16, Vec<u8>), Unanswered> {
        let request = self.request(to, reqwest::Method::POST, path)?;
        self.exchange(to, request.header(CONTENT_TYPE, "application/json").body(body)).await
    }

    /// Sends a request and reads the answer, of whatever status.
    ///
    /// # Errors
    /// As [`ArrangedClient::post`].
    pub async fn exchange(
        &self,
        to: &Arranged,
        request: reqwest::RequestBuilder,
    ) -> Result<(u16, Vec<u8>), Unanswered> {
        self.page(to, request).await.map(|(head, body)| (head.status, body))
    }

    /// Sends a request and reads the answer, with where its next page is.
    ///
    /// # Errors
    /// As [`ArrangedClient::post`].
    pub async fn page(&self, to: &Arranged, request: reqwest::RequestBuilder) -> Result<(Head, Vec<u8>), Unanswered> {
        let passing = |error: reqwest::Error| Unanswered {
            text: format!("{}: {}", to.id, error.without_url()),
            is_transient: true,
        };
        let mut response = request.send().await.map_err(passing)?;
        let links = response.headers().get_all(LINK).iter().filter_map(|value| value.to_str().ok());
        let head = Head { status: response.status().as_u16(), next: links.filter_map(next_of).next() };
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(passing)? {
            body.extend_from_slice(&piece);
            if body.len() > ANSWER_LIMIT {
                return Err(Unanswered { text: format!("{}: the answer is too long", to.id), is_transient: false });
            }
        }
        Ok((head, body))
    }
}
