//! The kit's requests to the subject, with the `Authorization` header that it was given.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

/// Sends requests to the subject.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    authorization: Option<String>,
}

/// What the subject answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// None if the body is empty.
    pub(crate) body: Option<Value>,
}

impl Client {
    pub(crate) fn new(authorization: Option<String>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().context("no HTTP client")?;
        Ok(Self { http, authorization })
    }

    /// The same client with another header.
    pub(crate) fn with(&self, authorization: Option<String>) -> Self {
        Self { http: self.http.clone(), authorization }
    }

    /// A GET; whatever the status.
    pub(crate) async fn get(&self, url: &str) -> anyhow::Result<Reply> {
        self.send(self.http.get(url)).await.with_context(|| format!("GET {url}"))
    }

    /// A GET that must succeed.
    pub(crate) async fn get_ok(&self, url: &str) -> anyhow::Result<Reply> {
        self.get(url).await?.expect_success("GET", url)
    }

    /// A POST; whatever the status.
    pub(crate) async fn post(&self, url: &str, body: &Value) -> anyhow::Result<Reply> {
        self.send(self.http.post(url).json(body)).await.with_context(|| format!("POST {url}"))
    }

    /// A POST that must succeed. Like the official kit it is patient with 4xx: the subject may not yet have seen our answer to its own
    /// last message.
    pub(crate) async fn post_ok(&self, url: &str, body: &Value) -> anyhow::Result<Reply> {
        let mut reply = self.post(url, body).await?;
        for pause in PATIENCE {
            if !reply.is_refusal() {
                break;
            }
            tokio::time::sleep(pause).await;
            reply = self.post(url, body).await?;
        }
        reply.expect_success("POST", url)
    }

    /// A POST that must succeed at once.
    pub(crate) async fn post_once(&self, url: &str, body: &Value) -> anyhow::Result<Reply> {
        self.post(url, body).await?.expect_success("POST", url)
    }

    /// A POST of an encoded form; whatever the status.
    pub(crate) async fn post_form(&self, url: &str, form: String) -> anyhow::Result<Reply> {
        let request = self.http.post(url).header("Content-Type", "application/x-www-form-urlencoded").body(form);
        self.send(request).await.with_context(|| format!("POST {url}"))
    }

    /// A POST that must be refused: 4xx, but not 404.
    pub(crate) async fn post_refused(&self, url: &str, body: &Value) -> anyhow::Result<Reply> {
        let reply = self.post(url, body).await?;
        if !reply.is_refusal() {
            bail!("POST {url} should be refused with 4xx and not 404, was answered {reply}");
        }
        Ok(reply)
    }

    async fn send(&self, mut request: reqwest::RequestBuilder) -> anyhow::Result<Reply> {
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        // A body that is not JSON stays as text, for the reason that is given.
        let body = (!text.trim().is_empty()).then(|| serde_json::from_str(&text).unwrap_or(Value::String(text)));
        Ok(Reply { status, body })
    }
}

impl Reply {
    /// The body, which may not be empty.
    pub(crate) fn body(&self) -> anyhow::Result<&Value> {
        self.body.as_ref().context("the answer has no body")
    }

    /// 2xx.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn expect_success(self, method: &str, url: &str) -> anyhow::Result<Self> {
        if !self.is_success() {
            bail!("{method} {url} answered {self}");
        }
        Ok(self)
    }

    /// 4xx, but not 404.
    pub(crate) fn is_refusal(&self) -> bool {
        (400..500).contains(&self.status) && self.status != 404
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.body {
            Some(body) => write!(f, "{} {body}", self.status),
            None => write!(f, "{}", self.status),
        }
    }
}

/// Until a request counts as unanswered.
const TIMEOUT: Duration = Duration::from_secs(30);

const PATIENCE: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(400)];
