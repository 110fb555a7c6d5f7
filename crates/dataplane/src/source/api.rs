//! HTTP APIs: what a `GET` answers, with all its pages, as one table. JSON with a list of objects somewhere in it, JSON lines, CSV and the other forms of file,
//! told by what the answer says it is. An OpenAPI document, in JSON or in YAML, is followed to one of its operations.
//!
//! The address carries what is to be known:
//! `https://user:password@host/…` (Basic), `https://:TOKEN@host/…` (Bearer) or `https://header=X-Api-Key:VALUE@host/…` (a header of that name);
//! behind `#`, which is never sent, `/data/items` (where the list is), `next=/links/next` (where the address of the next page is), `operation=listThings`
//! (of an OpenAPI document), joined by `&`.
//!
//! Every request passes the egress guard, those after a redirect too; the key goes to the host that was named and to no other. Answers are written into a
//! nameless file as they come. Not here: anything but `GET`.

mod address;
mod exchange;
mod form;
mod link;
mod openapi;

use std::collections::HashSet;
use std::time::Duration;

use url::Url;
use xinyu_http::EgressPolicy;
use xinyu_protocol::text::Text;

use self::address::Address;
use self::exchange::{Page, Sender};
use self::form::Wanted;
use super::SourceError;
use super::file::{self, Answer, Placed, Spool, Spooling};

/// What one reading may take.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) pages: usize,
    pub(super) bytes: u64,
    pub(super) time: Duration,
}

const BOUNDS: Bounds = Bounds { pages: 10_000, bytes: 4 << 30, time: Duration::from_mins(30) };

/// Fetches all pages.
pub(super) async fn open(url: &str, egress: &EgressPolicy) -> Result<Placed, SourceError> {
    open_within(url, egress, BOUNDS).await
}

pub(super) async fn open_within(url: &str, egress: &EgressPolicy, bounds: Bounds) -> Result<Placed, SourceError> {
    let address = Address::parse(url)?;
    let whole = fetch(&address, egress, bounds);
    let table = tokio::time::timeout(bounds.time, whole).await.unwrap_or_else(|_| Err(exchange::late()))?;
    let notices = plain(&address.url).into_iter().collect();
    Ok(table.placed()?.told("api", notices))
}

/// What whoever connects it should know, if anybody on the way can read it.
pub(super) fn plain(url: &Url) -> Option<Text> {
    let is_here = match url.host() {
        // Under a scheme that the standard of addresses does not know, an IPv4 address is a name like any other.
        Some(url::Host::Domain(name)) => {
            name == "localhost" || name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        }
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let text = || {
        Text::new(
            "连接未加密，途中可被读取和更改，账号与密钥也会暴露，请改用 TLS",
            "the connection is not encrypted: what passes, keys too, can be read and altered on its way; use TLS",
        )
    };
    (matches!(url.scheme(), "http" | "kafka" | "mqtt") && !is_here).then(text)
}

/// What was fetched.
struct Table {
    name: String,
    /// As names of such files end.
    form: &'static str,
    parts: Vec<Spool>,
}

impl Table {
    fn placed(self) -> Result<Placed, SourceError> {
        file::of_spools(&self.name, self.form, self.parts)
    }
}

async fn fetch(address: &Address, egress: &EgressPolicy, bounds: Bounds) -> Result<Table, SourceError> {
    let sender = Sender::new(address, egress)?;
    let first = match &address.operation {
        Some(operation) => {
            let description = sender.get(&address.url, bounds.bytes, Wanted::Description).await?;
            let url = openapi::operation(description, operation).await?;
            sender.get(&url, bounds.bytes, Wanted::Data).await?
        }
        None => sender.get(&address.url, bounds.bytes, Wanted::Data).await?,
    };
    let form = first.form;
    let (name, base) = (name_of(&first.url), first.url.clone());
    let mut pages = Pages { rows: Spooling::new(bounds.bytes)?, parts: Vec::new(), list: address.list.clone() };
    let (mut seen, mut left) = (HashSet::new(), bounds.bytes);
    let mut page = first;
    loop {
        if page.form != form {
            return Err(SourceError::remote(
                "后续页的格式与第一页不同",
                "a later page has another form than the first",
            ));
        }
        left = left.saturating_sub(page.body.bytes());
        seen.insert(page.url.to_string());
        let (url, link) = (page.url.clone(), page.next.clone());
        let (returned, named) = pages.take(page, address.next.clone()).await?;
        pages = returned;
        let Some(next) = named.or(link) else { break };
        let next = onward(&base, &url, &next)?;
        if seen.contains(next.as_str()) {
            return Err(SourceError::remote("分页循环：下一页是已读过的页", "the pages go round in a circle"));
        }
        if seen.len() >= bounds.pages {
            let most = bounds.pages;
            return Err(SourceError::remote(format!("超过 {most} 页"), format!("more than {most} pages")));
        }
        page = sender.get(&next, left, Wanted::Data).await?;
    }
    pages.table(name, form)
}

/// Where the next page is: at the same place as the first.
fn onward(base: &Url, here: &Url, next: &str) -> Result<Url, SourceError> {
    let unreadable = || SourceError::remote("下一页的地址无法识别", "the address of the next page is none");
    let mut next = here.join(next).map_err(|_| unreadable())?;
    next.set_fragment(None);
    if next.origin() != base.origin() {
        return Err(SourceError::remote("下一页在另一台主机上", "the next page is at another host"));
    }
    Ok(next)
}

/// The last name of the path, without its ending.
fn name_of(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut names| names.rfind(|name| !name.is_empty())).unwrap_or_default();
    let last = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
    match file::stem(&last) {
        "" => url.host_str().unwrap_or_default().to_owned(),
        name => name.to_owned(),
    }
}

/// Pages being gathered.
struct Pages {
    /// What comes as JSON, as lines.
    rows: Spooling,
    /// What comes in another form.
    parts: Vec<Spool>,
    /// Where the list is, once that is known.
    list: Option<Vec<String>>,
}

impl Pages {
    /// Takes a page; the address of the next, if the page names it at `next`.
    async fn take(mut self, page: Page, next: Option<Vec<String>>) -> Result<(Self, Option<String>), SourceError> {
        match page.form {
            "json" => {
                file::blocking(move || {
                    let answer = Answer::new(page.body);
                    let list = match self.list.take() {
                        Some(list) => list,
                        None => only(answer.lists()?)?,
                    };
                    if answer.write(&list, &mut self.rows)?.is_none() {
                        return Err(not_there(&list, &answer.lists()?));
                    }
                    self.list = Some(list);
                    let next = next.map_or(Ok(None), |place| answer.text(&place))?;
                    Ok((self, next.filter(|next| !next.is_empty())))
                })
                .await
            }
            // Objects may lack members, so that the lines of all pages are one file.
            "jsonl" => {
                file::blocking(move || {
                    page.body.copy(&mut self.rows)?;
                    self.rows.write(b"\n")?;
                    Ok((self, None))
                })
                .await
            }
            _ => {
                self.parts.push(page.body);
                Ok((self, None))
            }
        }
    }

    fn table(self, name: String, form: &'static str) -> Result<Table, SourceError> {
        Ok(match form {
            "json" | "jsonl" => Table { name, form: "jsonl", parts: vec![self.rows.done()?] },
            _ => Table { name, form, parts: self.parts },
        })
    }
}

/// The one list there is.
fn only(mut lists: Vec<Vec<String>>) -> Result<Vec<String>, SourceError> {
    match (lists.pop(), lists.is_empty()) {
        (Some(list), true) => Ok(list),
        (Some(last), false) => {
            lists.push(last);
            let told = told(&lists);
            Err(SourceError::remote(
                format!("应答中有多个列表，请在地址末尾指明其一：{told}"),
                format!("the answer has several lists; name one behind the address: {told}"),
            ))
        }
        (None, _) => Err(SourceError::remote("应答中没有对象的列表", "the answer has no list of objects")),
    }
}

fn not_there(list: &[String], lists: &[Vec<String>]) -> SourceError {
    let (wanted, told) = (told(&[list.to_vec()]), told(lists));
    SourceError::remote(
        format!("应答中 {wanted} 处没有列表，有列表的位置：{told}"),
        format!("the answer has no list at {wanted}; there are: {told}"),
    )
}

/// Pointers, as they stand behind an address.
fn told(lists: &[Vec<String>]) -> String {
    let name = |name: &String| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    let one = |list: &Vec<String>| format!("#{}", list.iter().map(name).collect::<String>());
    lists.iter().map(one).collect::<Vec<_>>().join(" ")
}
