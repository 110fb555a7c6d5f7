//! Addresses of APIs, with what is to be known beside the URL.

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use url::Url;

use super::super::SourceError;

/// An address, taken apart.
pub(super) struct Address {
    /// What is asked for: without key and fragment.
    pub(super) url: Url,
    /// What goes with each request to the host that was named.
    pub(super) key: Option<(HeaderName, HeaderValue)>,
    /// Where the list is.
    pub(super) list: Option<Vec<String>>,
    /// Where the address of the next page is.
    pub(super) next: Option<Vec<String>>,
    /// Which operation of an OpenAPI document, by its identifier or its path.
    pub(super) operation: Option<String>,
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        let mut url = Url::parse(text).map_err(|_| unreadable())?;
        if !matches!(url.scheme(), "http" | "https") || text.contains(|c: char| c.is_whitespace() || c == '\\') {
            return Err(unreadable());
        }
        let key = key(&url)?;
        let fragment = url.fragment().unwrap_or_default().to_owned();
        url.set_fragment(None);
        url.set_username("").map_err(|()| unreadable())?;
        url.set_password(None).map_err(|()| unreadable())?;
        let mut address = Self { url, key, list: None, next: None, operation: None };
        for said in fragment.split('&').filter(|said| !said.is_empty()) {
            match said.split_once('=') {
                None if said.starts_with('/') => address.list = Some(pointer(said)?),
                Some(("list", place)) => address.list = Some(pointer(place)?),
                Some(("next", place)) => address.next = Some(pointer(place)?),
                Some(("operation", name)) => address.operation = Some(decoded(name)?),
                _ => return Err(unreadable()),
            }
        }
        Ok(address)
    }
}

fn unreadable() -> SourceError {
    SourceError::remote(
        "地址应为 https://[用户:口令@|:令牌@|header=名称:值@]主机/路径[#/列表位置&next=/下一页位置&operation=操作]",
        "address is not https://[user:password@|:token@|header=Name:value@]host/path[#/list&next=/next&operation=name]",
    )
}

fn decoded(text: &str) -> Result<String, SourceError> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(String::from).map_err(|_| unreadable())
}

/// The header that a user and a password stand for.
fn key(url: &Url) -> Result<Option<(HeaderName, HeaderValue)>, SourceError> {
    let user = decoded(url.username())?;
    let secret = url.password().map(decoded).transpose()?;
    let (name, value) = match (user.strip_prefix("header="), user.as_str(), secret) {
        (None, "", None) => return Ok(None),
        (None, "", Some(token)) => (AUTHORIZATION, format!("Bearer {token}")),
        (Some(name), _, Some(value)) => (name.parse().map_err(|_| unreadable())?, value),
        (None, user, Some(password)) if !user.contains(':') => {
            use base64::Engine as _;
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
            (AUTHORIZATION, format!("Basic {pair}"))
        }
        _ => return Err(unreadable()),
    };
    let mut value = HeaderValue::from_str(&value).map_err(|_| unreadable())?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

/// RFC 6901, as it stands in a fragment.
fn pointer(text: &str) -> Result<Vec<String>, SourceError> {
    let text = decoded(text)?;
    match text.strip_prefix('/') {
        Some(rest) => Ok(rest.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect()),
        None if text.is_empty() => Ok(Vec::new()),
        None => Err(unreadable()),
    }
}
