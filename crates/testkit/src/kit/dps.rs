//! The data plane signaling's official sequences (DPS 1.0-RC3), played from the other side: 38, as the official kit runs them.
//!
//! Ten for a control plane, to which the kit is data plane and counterparty at once; 28 for a data plane, to which it is control plane.

mod control;
mod data;
mod shape;
mod signal;
mod subject;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use super::client::Client;
use super::counterpart::Counterpart;
use super::schema::Schemas;
use super::{Options, Outcome, Report};
pub use subject::{ControlPlane, DataPlane, Subject};

/// Plays the sequences with the subject: those of a control plane one after another, since their messages do not tell them apart.
///
/// The subject must know the kit's address in advance, so the options name it. Fails if the counterpart cannot listen or the official
/// schemas cannot be read; what the subject does wrong stands in the report.
pub async fn run(subject: &Subject, options: &Options) -> anyhow::Result<Report> {
    let kit = Kit {
        subject,
        client: Client::new(None)?,
        counterpart: Counterpart::open(options).await?,
        schemas: Arc::new(Schemas::load(shape::SHAPES)?),
        wait: options.wait,
        rest: options.rest,
        is_strict: options.is_strict,
    };
    let mut outcomes = Vec::new();
    if let Some(control_plane) = &subject.control_plane {
        outcomes.extend(control::run(&kit, control_plane, options).await);
    }
    if let Some(data_plane) = &subject.data_plane {
        outcomes.extend(data::run(&kit, data_plane, options).await?.outcomes);
    }
    Ok(Report { outcomes })
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

/// The ids of the sequences.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    control::ids().chain(data::ids())
}
