//! What to ask a source for: conditions in the headers, and the parameters of those sources that page by position.

use jiff::tz::Offset;
use jiff::{Timestamp, Unit};

use super::{Kept, Options, Reach};
use crate::catalogue::Next;

/// A request, as far as it is ours to say: the address is the source's own, or that of the next page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The address of the page; the source's own when absent.
    pub address: Option<String>,
    /// How many records stand on the pages before.
    pub offset: u64,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Parameters: of the query in HTTP GET, or of the message.
    pub parameters: Vec<(&'static str, String)>,
}

/// Whether a source of the format can be asked for what was changed.
pub(super) fn is_incremental(format: &str) -> bool {
    format == "ckan"
}

impl Ask {
    pub(super) fn first(format: &str, reach: &Reach, kept: &Kept, options: &Options) -> Self {
        let mut ask = match reach {
            Reach::Rest(next) => return Self::at(format, reach, options, next.clone()),
            _ => Self::at(format, reach, options, Next::Offset(0)),
        };
        if *reach == Reach::Whole {
            let validators = &kept.validators;
            let headers = [("if-none-match", &validators.etag), ("if-modified-since", &validators.last_modified)];
            ask.headers = headers.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect();
        }
        ask
    }

    pub(super) fn at(format: &str, reach: &Reach, options: &Options, next: Next) -> Self {
        let offset = match next {
            Next::Address(address) => return Self { address: Some(address), ..Self::default() },
            Next::Offset(offset) => offset,
            Next::Refused => 0,
        };
        let parameters = match format {
            // An order that stays while records change: one that is changed meanwhile does not move between the pages.
            "ckan" => {
                let mut parameters = vec![
                    ("rows", options.page_records.to_string()),
                    ("start", offset.to_string()),
                    ("sort", "metadata_created asc".to_owned()),
                ];
                if let Reach::Since(since) = reach {
                    parameters.push(("fq", format!("metadata_modified:[{} TO *]", solr(*since))));
                }
                parameters
            }
            // NDI-TR-2025-05 A.1.
            "ndi-06" => vec![
                ("order", "asc".to_owned()),
                ("offset", offset.to_string()),
                ("limit", options.page_records.to_string()),
            ],
            _ => Vec::new(),
        };
        Self { offset, parameters, ..Self::default() }
    }
}

/// A moment as Solr writes it, whole seconds.
fn solr(at: Timestamp) -> String {
    let seconds =
        at.round(jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor)).unwrap_or(at);
    Offset::UTC.to_datetime(seconds).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
