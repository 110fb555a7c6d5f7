//! What an answer of an API is: as it says, or as its name ends, or as it begins. A description of an API may be YAML too, which is no form of data.

use url::Url;

use crate::source::SourceError;

/// What an answer is to be.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// Rows.
    Data,
    /// A description of an API.
    Description,
}

impl Wanted {
    /// What is liked best, as a request says it.
    pub(super) fn accept(self) -> &'static str {
        match self {
            Self::Data => "application/json, application/x-ndjson, text/csv;q=0.9, */*;q=0.1",
            Self::Description => "application/json, application/yaml;q=0.9, */*;q=0.1",
        }
    }

    /// What an answer is: what it says it is, told where that is nothing of what is wanted.
    pub(super) fn form(self, kind: &str, url: &Url, begin: Option<u8>) -> Result<&'static str, SourceError> {
        let (form, zh, en) = match self {
            Self::Data => (
                of_data(kind, url, begin),
                "JSON、JSON Lines、CSV 或其他可识别的格式",
                "neither JSON, JSON lines, CSV nor another known form",
            ),
            Self::Description => (of_description(kind, url, begin), "JSON 或 YAML", "neither JSON nor YAML"),
        };
        form.ok_or_else(|| {
            let kind: String = kind.chars().filter(|c| c.is_ascii_graphic()).take(64).collect();
            SourceError::remote(
                format!("接口应答的是「{kind}」，不是 {zh}"),
                format!("the API answers {kind}, which is {en}"),
            )
        })
    }
}

/// The form that descriptions alone have.
pub(super) const YAML: &str = "yaml";

/// Kinds of content that are YAML, besides those that end in `+yaml`. RFC 9512.
const YAML_KINDS: &[&str] =
    &["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "application/vnd.oai.openapi"];

/// Kinds of content, and how names of such files end.
const KINDS: &[(&str, &str)] = &[
    ("application/json", "json"),
    ("text/json", "json"),
    ("application/x-ndjson", "jsonl"),
    ("application/ndjson", "jsonl"),
    ("application/jsonl", "jsonl"),
    ("application/jsonlines", "jsonl"),
    ("application/x-jsonlines", "jsonl"),
    ("text/csv", "csv"),
    ("application/csv", "csv"),
    ("text/tab-separated-values", "tsv"),
    ("application/vnd.apache.parquet", "parquet"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
];

/// Kinds that say nothing.
const UNSAID: &[&str] = &["", "text/plain", "application/octet-stream", "binary/octet-stream"];

fn of_data(kind: &str, url: &Url, begin: Option<u8>) -> Option<&'static str> {
    if let Some((_, form)) = KINDS.iter().find(|(name, _)| *name == kind) {
        return Some(form);
    }
    if kind.ends_with("+json") {
        return Some("json");
    }
    if !UNSAID.contains(&kind) {
        return None;
    }
    let ending = ending(url);
    let ending = if ending == "ndjson" { "jsonl" } else { ending.as_str() };
    let named = KINDS.iter().find(|(_, form)| *form == ending).map(|(_, form)| *form);
    named.or_else(|| matches!(begin, Some(b'{' | b'[')).then_some("json"))
}

/// What says nothing of itself, and neither ends nor begins like anything else, is read as YAML.
fn of_description(kind: &str, url: &Url, begin: Option<u8>) -> Option<&'static str> {
    let is_unsaid = UNSAID.contains(&kind);
    let is_said = YAML_KINDS.contains(&kind) || kind.ends_with("+yaml");
    if is_said || (is_unsaid && matches!(ending(url).as_str(), "yaml" | "yml")) {
        return Some(YAML);
    }
    of_data(kind, url, begin).or_else(|| is_unsaid.then_some(YAML))
}

fn ending(url: &Url) -> String {
    url.path().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}
