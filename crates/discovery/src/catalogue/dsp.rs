//! The catalogue of a participant by the Dataspace Protocol: DCAT with offers and the service where they are negotiated. DSP 2025-1 §5, and the spellings of
//! 2024-1 and 0.8. Our own goes out at the connector.

use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_protocol::text::Text;

use super::page::{From, Page};
use super::{Format, linked};
use crate::metadata::loss::Losses;
use crate::metadata::recognise::Sample;

pub(super) const FORMAT: Format =
    Format { name: "dsp", title: "Dataspace Protocol", media_type: "application/json", recognise, read, write: None };

fn recognise(sample: &Sample<'_>) -> Option<(u16, Text)> {
    let is_catalogue = ["Catalog\"", "catalog\""].iter().any(|name| sample.says(name));
    let is_participant = sample.json.is_some() && sample.says("participantId\"") && is_catalogue;
    let has_offers = sample.says("hasPolicy\"");
    is_participant.then(|| {
        let permille = if has_offers { 990 } else { 930 };
        (permille, Text::new("是数据空间协议中参与方的目录", "it is the catalogue of a participant of a data space"))
    })
}

fn read(value: Value, from: &From<'_>, lost: &mut Losses) -> Result<Page, Rejection> {
    linked::read(&FORMAT, value, from, lost)
}
