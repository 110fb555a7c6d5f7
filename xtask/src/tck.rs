//! `cargo xtask tck`: the official kits, each in a Java process of its own that plays a participant and talks with a connector.
//! What a connector must offer to be tested is the caller's matter; here a kit is brought, started, read, bounded in time and ended.

pub(crate) mod child;
mod control;
mod dsp;
mod kit;
pub(crate) mod port;
mod properties;
pub(crate) mod subject;
mod verdict;

use anyhow::bail;

pub(crate) use kit::folder;

/// Runs what is asked for.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    match arguments.first().map(String::as_str) {
        Some("dsp") => subject::build().and_then(|()| subject::dsp()).map(drop),
        Some("dps") => subject::build().and_then(|()| subject::dps()).map(drop),
        Some("dcp") => subject::build().and_then(|()| subject::dcp()).map(drop),
        Some("control") => control::run(),
        _ => bail!(
            "which kit? dsp, dps, dcp, or control (the kits on their own connectors and on EDC, which passes them)"
        ),
    }
}
