//! One question to an API and its answer, written into a nameless file as it comes.

use std::time::Duration;

use reqwest::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Response, StatusCode};
use url::{Origin, Url};
use xinyu_http::{EgressPolicy, guarded_client};

use super::address::Address;
use super::form::Wanted;
use super::link;
use crate::source::SourceError;
use crate::source::file::{Spool, Spooling};

/// How long an API may take until it answers, and between one piece of the answer and the next.
const WAIT: Duration = Duration::from_mins(1);
/// Redirects that are followed.
const REDIRECTS_MAX: usize = 5;
/// How often an API that has too much to do is asked again, and after how many seconds at most.
const AGAIN_MAX: usize = 3;
const PAUSE_SECONDS_MAX: u64 = 30;

/// An answer.
pub(super) struct Page {
    /// Where it was in the end.
    pub(super) url: Url,
    /// How names of such files end.
    pub(super) form: &'static str,
    pub(super) body: Spool,
    /// Where the header says that the next page is.
    pub(super) next: Option<String>,
}

/// Asks, with the key where it belongs.
pub(super) struct Sender<'a> {
    client: reqwest::Client,
    egress: &'a EgressPolicy,
    key: Option<&'a (HeaderName, HeaderValue)>,
    /// Who may see the key.
    home: Origin,
}

impl<'a> Sender<'a> {
    pub(super) fn new(address: &'a Address, egress: &'a EgressPolicy) -> Result<Self, SourceError> {
        let client = guarded_client(egress).map_err(|_| broken())?;
        Ok(Self { client, egress, key: address.key.as_ref(), home: address.url.origin() })
    }

    /// An answer of at most `most` bytes.
    pub(super) async fn get(&self, url: &Url, most: u64, wanted: Wanted) -> Result<Page, SourceError> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let response = self.patient(&url, wanted).await?;
            let status = response.status();
            if !status.is_redirection() {
                return if status.is_success() {
                    page(url, response, most, wanted).await
                } else {
                    Err(refused(status))
                };
            }
            url = onward(&url, response.headers()).ok_or_else(|| refused(status))?;
        }
        Err(SourceError::remote("接口重定向次数过多", "the API redirects too often"))
    }

    /// Asks again, if it is asked to wait.
    async fn patient(&self, url: &Url, wanted: Wanted) -> Result<Response, SourceError> {
        let mut tries = 0;
        loop {
            let response = self.once(url, wanted).await?;
            let is_busy = matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
            if !is_busy || tries >= AGAIN_MAX {
                return Ok(response);
            }
            tries += 1;
            let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            let seconds = asked.unwrap_or(1).min(PAUSE_SECONDS_MAX);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }

    async fn once(&self, url: &Url, wanted: Wanted) -> Result<Response, SourceError> {
        self.egress.check(url)?;
        let mut request = self.client.get(url.clone()).header(ACCEPT, wanted.accept());
        if let Some((name, value)) = self.key.filter(|_| url.origin() == self.home) {
            request = request.header(name, value);
        }
        let answer = tokio::time::timeout(WAIT, request.send()).await.map_err(|_| late())?;
        answer.map_err(|error| failed(&error))
    }
}

/// Where a redirect leads; never from an encrypted connection to one that is not.
fn onward(url: &Url, headers: &HeaderMap) -> Option<Url> {
    let mut next = url.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    next.set_fragment(None);
    (url.scheme() != "https" || next.scheme() == "https").then_some(next)
}

async fn page(url: Url, mut response: Response, most: u64, wanted: Wanted) -> Result<Page, SourceError> {
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Nothing packed was asked for, and what is packed may be a bomb.
    if !matches!(header(CONTENT_ENCODING), "" | "identity") {
        return Err(SourceError::remote(
            "接口的应答经过压缩，未予读取",
            "the API answers packed, which was not asked for",
        ));
    }
    let kind = header(CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let next = link::next(response.headers());
    let mut body = Spooling::new(most)?;
    let mut begin = None;
    loop {
        let piece = tokio::time::timeout(WAIT, response.chunk()).await.map_err(|_| late())?;
        let Some(piece) = piece.map_err(|error| failed(&error))? else { break };
        begin = begin.or_else(|| piece.trim_ascii_start().first().copied());
        body.write(&piece)?;
    }
    let form = wanted.form(&kind, &url, begin)?;
    Ok(Page { url, form, body: body.done()?, next })
}

fn refused(status: StatusCode) -> SourceError {
    let code = status.as_u16();
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => SourceError::remote(
            format!("接口拒绝该账号或密钥（状态 {code}）"),
            format!("the API does not let this key read (status {code})"),
        ),
        StatusCode::NOT_FOUND | StatusCode::GONE => SourceError::remote(
            format!("接口没有该地址（状态 {code}）"),
            format!("the API has no such address (status {code})"),
        ),
        _ => SourceError::remote(format!("接口应答状态 {code}"), format!("the API answers with status {code}")),
    }
}

/// The words of the client may hold the whole address, so that only their class is told.
fn failed(error: &reqwest::Error) -> SourceError {
    if let Some(refused) = xinyu_http::egress::refusal(error) {
        return SourceError::Egress(refused);
    }
    match (error.is_timeout(), error.is_connect()) {
        (true, _) => late(),
        (false, true) => SourceError::remote("无法连接接口", "the API cannot be reached"),
        (false, false) => broken(),
    }
}

fn broken() -> SourceError {
    SourceError::remote("接口的应答中断或不是 HTTP", "the answer of the API breaks off or is no HTTP")
}

pub(super) fn late() -> SourceError {
    SourceError::remote("接口应答超时", "the API takes too long")
}
