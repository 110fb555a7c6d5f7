//! One page of another catalogue, asked for as its format is: through the egress guard, of bounded size and time, following no redirect.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use url::Url;
use xinyu_core::fault::Rejection;
use xinyu_core::harvest::HarvestSource;
use xinyu_discovery::catalogue::{self, Format, From, Next, Page, recognise};
use xinyu_discovery::harvest::{Ask, Validators};
use xinyu_discovery::metadata::MAX_BYTES;
use xinyu_http::fetch::{FetchError, Fetcher, Question, Why};
use xinyu_protocol::dsp::catalog::CatalogRequestMessage;
use xinyu_protocol::text::Text;
use zeroize::Zeroizing;

use super::opened;
use crate::arranged::{Arranged, ArrangedKind};
use crate::failure::Failure;
use crate::node::Node;

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is asked for.
const ACCEPT: &str = "application/ld+json, application/json;q=0.9, */*;q=0.1";
/// Where CKAN gives its records. CKAN API v3.
const CKAN: &str = "/api/3/action/package_search";
/// Where a connector gives its catalogue. DSP 2025-1 §5.
const DSP: &str = "/catalog/request";

/// Who is asked.
pub(super) struct Asked {
    node: Arc<Node>,
    fetcher: Fetcher,
    address: String,
    token: Option<Zeroizing<String>>,
    partner: Option<Arranged>,
}

/// What came.
pub(super) enum Came {
    /// A page, and by what its source tells whether it has changed.
    Page(Box<Page>, Validators),
    /// Nothing has changed.
    NotModified,
}

/// An answer, as far as it matters here.
struct Answer {
    status: u16,
    body: Vec<u8>,
    link: Option<String>,
    validators: Validators,
}

impl Asked {
    /// # Errors
    /// If its token cannot be opened, or its partner is gone.
    pub(super) fn of(node: &Arc<Node>, source: &HarvestSource) -> Result<Self, Failure> {
        let partner = match source.partner.as_str() {
            "" => None,
            id => Some(node.arranged.find(ArrangedKind::Partner, id).ok_or_else(|| {
                let (zh, en) = (format!("没有合作方 {id}"), format!("there is no partner {id} any more"));
                Rejection::conflict("unknown-partner", zh, en)
            })?),
        };
        Ok(Self {
            node: Arc::clone(node),
            fetcher: node.dcp.fetcher.patient(PATIENCE),
            address: partner.as_ref().map_or_else(|| source.address.clone(), |partner| partner.address.clone()),
            token: opened(node, source)?,
            partner,
        })
    }

    /// Which format it is in: that of the document at its address, or of what stands where CKAN or a connector would have it.
    ///
    /// # Errors
    /// If nothing there is a catalogue.
    pub(super) async fn format(&self) -> Result<&'static Format, Text> {
        let at = |name: &str| catalogue::format(name).map_err(|wrong| wrong.text);
        let plain = self.ask(&self.address, &Ask::default(), None).await;
        if let Ok(answer) = &plain
            && let Some(guess) = recognise(&answer.body).first()
        {
            return at(guess.format);
        }
        let ask = Ask { parameters: vec![("rows", "0".to_owned())], ..Ask::default() };
        let answer = self.ask(&below(&self.address, CKAN), &ask, None).await;
        if answer.is_ok_and(|answer| recognise(&answer.body).first().is_some_and(|guess| guess.format == "ckan")) {
            return at("ckan");
        }
        let answer = self.ask(&below(&self.address, DSP), &Ask::default(), Some(&request())).await;
        if answer.is_ok_and(|answer| recognise(&answer.body).first().is_some_and(|guess| guess.format == "dsp")) {
            return at("dsp");
        }
        Err(plain.err().unwrap_or_else(|| {
            Text::new(
                "该地址返回的不是可识别的目录（DCAT、DSP、CKAN、NDI-TR-2025-06）；请检查地址，或指明格式",
                "what is there is no catalogue that we know (DCAT, DSP, CKAN, NDI-TR-2025-06): check the address, or say the format",
            )
        }))
    }

    /// A page.
    ///
    /// # Errors
    /// If it did not come, or is not of the format.
    pub(super) async fn page(&self, format: &'static Format, ask: &Ask) -> Result<Came, Text> {
        let (place, message) = match format.name {
            "ckan" => (below(&self.address, CKAN), None),
            "dsp" => (below(&self.address, DSP), Some(request())),
            _ => (self.address.clone(), None),
        };
        let url = ask.address.clone().unwrap_or(place);
        let answer = self.ask(&url, ask, message.as_deref()).await?;
        if answer.status == 304 {
            return Ok(Came::NotModified);
        }
        let (offset, link, body) = (ask.offset, answer.link, answer.body);
        // Beside the threads that serve: a page may have megabytes.
        let read = crate::indexed::on_a_thread(move || {
            let mut page = catalogue::read(format, &body, &From { address: Some(&url), offset })?;
            if format.name == "dsp" {
                page.next = link.as_deref().and_then(|link| Next::of_header(link, Some(&url)));
            }
            Ok::<_, Rejection>(page)
        });
        let page = read.await.map_err(|failure| said(&failure))?.map_err(|wrong| wrong.text)?;
        Ok(Came::Page(Box::new(page), answer.validators))
    }

    async fn ask(&self, url: &str, ask: &Ask, message: Option<&[u8]>) -> Result<Answer, Text> {
        let mut url = Url::parse(url).map_err(|_| Text::new("地址无法解析", "its address does not parse"))?;
        for (name, value) in &ask.parameters {
            url.query_pairs_mut().append_pair(name, value);
        }
        let answer = match &self.partner {
            Some(partner) => self.ask_partner(partner, url.as_str(), message).await?,
            None => self.ask_plain(url.as_str(), ask, message).await?,
        };
        match answer.status {
            200..300 | 304 => Ok(answer),
            401 | 403 => Err(Text::new(
                format!("来源拒绝访问（{}）；请检查令牌", answer.status),
                format!("the source refuses us ({}): check its token", answer.status),
            )),
            status => Err(Text::new(format!("来源答复 {status}"), format!("the source answered {status}"))),
        }
    }

    async fn ask_plain(&self, url: &str, ask: &Ask, body: Option<&[u8]>) -> Result<Answer, Text> {
        let bearer = self.token.as_ref().map(|token| token.as_str());
        let question = Question { url, bearer, accept: ACCEPT, headers: &ask.headers, body };
        let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
        let fetched = self.fetcher.ask(question, limit).await.map_err(|error| unanswered(&error))?;
        Ok(Answer {
            status: fetched.status,
            validators: Validators::of(fetched.etag.as_deref(), fetched.last_modified.as_deref()),
            link: fetched.link,
            body: fetched.body,
        })
    }

    async fn ask_partner(&self, partner: &Arranged, url: &str, body: Option<&[u8]>) -> Result<Answer, Text> {
        let client = &self.node.arranged_client;
        let failed = |why: crate::arranged::Unanswered| {
            Text::new(format!("合作方没有答复：{}", why.text), format!("the partner did not answer: {}", why.text))
        };
        let method = if body.is_some() { reqwest::Method::POST } else { reqwest::Method::GET };
        let mut request = client.request(partner, method, url).map_err(failed)?;
        if let Some(body) = body {
            request = request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.to_vec());
        }
        let (head, body) = client.page(partner, request).await.map_err(failed)?;
        let link = head.next.map(|next| format!("<{next}>; rel=\"next\""));
        Ok(Answer { status: head.status, body, link, validators: Validators::default() })
    }
}

/// What a connector is asked with.
fn request() -> Vec<u8> {
    json!(CatalogRequestMessage::new(Vec::new())).to_string().into_bytes()
}

/// A place below an address, unless that leads there already.
fn below(address: &str, place: &str) -> String {
    let base = address.trim_end_matches('/');
    if base.ends_with(place) { base.to_owned() } else { format!("{base}{place}") }
}

/// What people are told; never the answer itself.
fn unanswered(error: &FetchError) -> Text {
    match &error.why {
        Why::Egress(refused) => {
            Text::new(format!("地址不允许访问：{refused}"), format!("the address must not be called: {refused}"))
        }
        Why::Unreachable(_) => Text::new("无法连接来源", "the source cannot be reached"),
        Why::Timeout => Text::new("来源未在时限内答复", "the source did not answer in time"),
        Why::TooLarge(most) => Text::new(
            format!("这一页超过 {most} 字节的上限"),
            format!("a page has more than the {most} bytes that are read"),
        ),
        Why::Redirected(status) => Text::new(
            format!("来源转到别处（{status}），不予跟随；请填最终地址"),
            format!("the source leads elsewhere ({status}), which is not followed: give its final address"),
        ),
        Why::Refused(status) => Text::new(format!("来源答复 {status}"), format!("the source answered {status}")),
        Why::NoHeader => Text::new("令牌含有不能使用的字符", "its token has characters that a header cannot hold"),
    }
}

/// A failure of ours, for people.
pub(super) fn said(failure: &Failure) -> Text {
    match failure {
        Failure::Rejected(rejection) => rejection.text.clone(),
        _ => Text::new("本节点内部错误，详见运行日志", "an error of this node, see its run log"),
    }
}
