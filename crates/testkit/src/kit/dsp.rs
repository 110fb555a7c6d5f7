//! The dataspace protocol's official sequences (DSP 2025-1), played from the other side: 65, as the official kit runs them.

pub(super) mod act;
mod catalog;
mod message;
mod negotiation_consumer;
mod negotiation_provider;
mod play;
mod process;
pub mod script;
mod sequence;
pub(super) mod shape;
mod subject;
#[cfg(test)]
mod tests;
mod transfer_consumer;
mod transfer_provider;

use std::sync::Arc;
use std::time::Duration;

use super::client::Client;
use super::counterpart::Counterpart;
use super::schema::Schemas;
use super::sequence::play;
use super::{Options, Report};
use play::Play;
use sequence::Group;
pub use subject::Subject;

/// The participant that the kit plays.
pub const KIT_PARTICIPANT: &str = "TCK_PARTICIPANT";

/// Plays the sequences with the subject.
///
/// Fails if the counterpart cannot listen or the official schemas cannot be read; what the subject does wrong stands in the report.
pub async fn run(subject: &Subject, options: &Options) -> anyhow::Result<Report> {
    let kit = Kit {
        subject,
        client: Client::new(subject.authorization.clone())?,
        counterpart: Counterpart::open(options).await?,
        schemas: Arc::new(Schemas::load(shape::SHAPES)?),
        wait: options.wait,
        rest: options.rest,
        is_strict: options.is_strict,
    };
    let sequences = GROUPS.iter().flat_map(|group| group.sequences.iter().map(move |sequence| (group, sequence)));
    let picked = sequences.filter(|(_, sequence)| options.picks(sequence.id));
    let plays = picked.map(|(group, sequence)| play(sequence, Play::new(&kit, group, sequence.id)));
    Ok(Report::gather(plays.collect(), options.at_once).await)
}

/// The ids of the sequences.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().flat_map(|group| group.sequences.iter().map(|sequence| sequence.id))
}

/// What all sequences of a run share.
struct Kit<'a> {
    subject: &'a Subject,
    client: Client,
    counterpart: Counterpart,
    schemas: Arc<Schemas>,
    wait: Duration,
    rest: Duration,
    is_strict: bool,
}

/// In the official order.
const GROUPS: &[&Group] = &[
    &catalog::GROUP,
    &negotiation_provider::GROUP,
    &negotiation_consumer::GROUP,
    &transfer_provider::GROUP,
    &transfer_consumer::GROUP,
];
