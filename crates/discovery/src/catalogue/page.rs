//! A page of a catalogue as it was read, and where the next one is.

use serde::{Deserialize, Serialize};
use url::Url;
use xinyu_protocol::text::Text;

use super::record::Record;
use crate::metadata::{Encoding, Loss, Phrase, Publisher};

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// What is said of the whole catalogue.
    pub about: About,
    /// The records, in the order of the document.
    pub records: Vec<Record>,
    /// Where the next page is; nothing after the last one.
    pub next: Option<Next>,
    /// How many records the whole catalogue has, if the source says so.
    pub total: Option<u64>,
    /// Entries that are no data sets for others: drafts, and what the source has deleted.
    pub passed: u64,
    /// Records that could not be read.
    pub faults: Vec<Fault>,
    /// What the page says beside its records and nobody took.
    pub lost: Vec<Loss>,
    /// How the characters were written.
    pub encoding: Encoding,
}

impl Page {
    /// A page on which nothing stands yet.
    pub(super) fn bare(total: Option<u64>) -> Self {
        Self {
            about: About::default(),
            records: Vec::new(),
            next: None,
            total,
            passed: 0,
            faults: Vec::new(),
            lost: Vec::new(),
            encoding: Encoding::Utf8,
        }
    }
}

/// What is said of a catalogue as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct About {
    /// Its identifier: an IRI, of a participant's catalogue in a data space whatever its connector gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Phrase::is_empty")]
    pub title: Phrase,
    /// What is in it.
    #[serde(skip_serializing_if = "Phrase::is_empty")]
    pub description: Phrase,
    /// Who keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Publisher>,
    /// A page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Its licence: a name or an IRI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// When it was first published, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// The participant of a data space whose catalogue it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant_id: Option<String>,
}

/// From where a page was had.
#[derive(Clone, Copy, Debug, Default)]
pub struct From<'a> {
    /// Its address. Without one no link to a next page is followed.
    pub address: Option<&'a str>,
    /// How many records stand on the pages before, where pages are asked for by position.
    pub offset: u64,
}

/// The next page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// It has an address, on the same origin as the page.
    Address(String),
    /// It begins at this position.
    Offset(u64),
    /// There is one, and it is not to be had: its address leads elsewhere, or the page has more records than are read.
    Refused,
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// JSON pointer into the page.
    pub place: String,
    /// The source's identifier of the record, if that much could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What is wrong; never a value.
    pub text: Text,
}

impl Fault {
    pub(super) fn new(
        place: impl Into<String>,
        key: Option<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { place: place.into(), key, text: Text::new(zh, en) }
    }
}

/// Characters that an address of a next page has at most.
const MAX_ADDRESS: usize = 2_048;

impl Next {
    /// The page that a link on another one leads to. Only to the same origin: a source must not send us elsewhere, with whatever we show it to get in.
    #[must_use]
    pub fn of_link(said: &str, page: Option<&str>) -> Self {
        let resolved = || {
            let page = Url::parse(page?).ok()?;
            let next = page.join(said.trim()).ok().filter(|_| said.len() <= MAX_ADDRESS)?;
            let is_web = matches!(next.scheme(), "http" | "https");
            let is_bare = next.username().is_empty() && next.password().is_none();
            (is_web && is_bare && next.origin() == page.origin() && next != page).then(|| next.to_string())
        };
        resolved().map_or(Self::Refused, Self::Address)
    }

    /// The next page by a `Link` header (RFC 8288), as DSP 2025-1 pages its catalogues; nothing when the header names none.
    #[must_use]
    pub fn of_header(header: &str, page: Option<&str>) -> Option<Self> {
        let mut rest = header;
        while let Some((_, after)) = rest.split_once('<') {
            let (target, after) = after.split_once('>')?;
            // The parameters reach to the next link.
            let (parameters, further) =
                after.split_once(",<").or_else(|| after.split_once(", <")).unwrap_or((after, ""));
            let is_next =
                parameters.split(';').filter_map(|parameter| parameter.trim().split_once('=')).any(|(name, value)| {
                    name.trim().eq_ignore_ascii_case("rel")
                        && value
                            .trim()
                            .trim_matches('"')
                            .split_whitespace()
                            .any(|word| word.eq_ignore_ascii_case("next"))
                });
            if is_next {
                return Some(Self::of_link(target, page));
            }
            rest = after.get(after.len() - further.len() - usize::from(!further.is_empty())..).unwrap_or_default();
        }
        None
    }
}
