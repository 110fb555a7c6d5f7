//! From an OpenAPI document (3.x, or 2.0 as Swagger), in JSON or in YAML, to the address of one of its operations.

use std::io::Read as _;

use serde_json::Value;
use url::Url;
use xinyu_protocol::json::Limits;

use super::exchange::Page;
use super::form::YAML;
use crate::source::SourceError;
use crate::source::file;

/// The longest document.
const BYTES_MAX: u64 = 8 << 20;
/// How a document in YAML may be: what its aliases repeat counts.
const YAML_MAX: Limits = Limits { bytes: 8 << 20, depth: 64 };
/// Operations that are told, at most.
const TOLD_MAX: usize = 20;

/// Where the operation of that identifier or path is; a query behind it is kept: `listThings?limit=100`.
pub(super) async fn operation(page: Page, wanted: &str) -> Result<Url, SourceError> {
    let (wanted, query) = wanted.split_once('?').map_or((wanted, None), |(wanted, query)| (wanted, Some(query)));
    let read: fn(&[u8]) -> Result<Value, SourceError> = match page.form {
        "json" => json,
        YAML => yaml,
        _ => return Err(no_document()),
    };
    if page.body.bytes() > BYTES_MAX {
        return Err(no_document());
    }
    let here = page.url;
    let document: Value = file::blocking(move || {
        let mut text = Vec::new();
        page.body.reader().read_to_end(&mut text).map_err(|_| SourceError::Interrupted)?;
        read(&text)
    })
    .await?;
    let base = base(&document, &here).ok_or_else(no_document)?;
    let paths = document.get("paths").and_then(Value::as_object).ok_or_else(no_document)?;
    let readable: Vec<(&str, &str)> = paths
        .iter()
        .filter_map(|(path, item)| {
            let name = item.get("get")?.get("operationId").and_then(Value::as_str).unwrap_or(path);
            (!path.contains('{')).then_some((path.as_str(), name))
        })
        .collect();
    let Some((path, _)) = readable.iter().find(|(path, name)| *path == wanted || *name == wanted) else {
        let told = readable.iter().map(|(_, name)| *name).take(TOLD_MAX).collect::<Vec<_>>().join(" ");
        return Err(SourceError::remote(
            format!("接口描述中没有可读取的操作「{wanted}」，可选：{told}"),
            format!("the description has no operation {wanted} that can be read; there are: {told}"),
        ));
    };
    let whole = format!("{}{path}", base.as_str().trim_end_matches('/'));
    let mut url = Url::parse(&whole).map_err(|_| no_document())?;
    url.set_query(query);
    Ok(url)
}

fn json(text: &[u8]) -> Result<Value, SourceError> {
    serde_json::from_slice(text).map_err(|_| no_document())
}

fn yaml(text: &[u8]) -> Result<Value, SourceError> {
    let text = std::str::from_utf8(text).map_err(|_| no_document())?;
    xinyu_protocol::yaml::parse(text, YAML_MAX).map_err(|error| {
        let said = error.text();
        SourceError::remote(
            format!("接口描述无法读取：{}", said.zh),
            format!("the description cannot be read: {}", said.en),
        )
    })
}

/// What paths are appended to.
fn base(document: &Value, here: &Url) -> Option<Url> {
    let text = |pointer| document.pointer(pointer).and_then(Value::as_str);
    // Without quotes, the version of Swagger is a number in YAML.
    let version = |name: &str| match document.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let mut base = if version("openapi").is_some_and(|version| version.starts_with("3.")) {
        here.join(text("/servers/0/url").unwrap_or("/")).ok()?
    } else if version("swagger").as_deref() == Some("2.0") {
        let scheme = text("/schemes/0").unwrap_or(here.scheme());
        let root = match text("/host") {
            Some(host) => Url::parse(&format!("{scheme}://{host}/")).ok()?,
            None => here.clone(),
        };
        root.join(text("/basePath").unwrap_or("/")).ok()?
    } else {
        return None;
    };
    base.set_query(None);
    base.set_fragment(None);
    let is_plain = base.username().is_empty() && base.password().is_none() && !base.as_str().contains("%7B");
    is_plain.then_some(base)
}

fn no_document() -> SourceError {
    SourceError::remote(
        "该地址不是 JSON 或 YAML 形式的 OpenAPI 3 或 Swagger 2.0 接口描述",
        "there is no OpenAPI 3 or Swagger 2.0 document in JSON or YAML",
    )
}
