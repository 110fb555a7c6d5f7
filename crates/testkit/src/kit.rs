//! The counterpart of a connector under test: plays the part that the official test kits play, over HTTP, in seconds.
//!
//! The kits of Eclipse run their sequences one after another and on Java; these are the same sequences as tables, run at once. The rules
//! that decide are the kits' own: a message that nobody expects gets 404, an expectation is met once, an illegal message must be refused
//! with 4xx but not 404, and what the subject sends must follow the official schemas. A run of the official kits stays the judge.

mod client;
mod counterpart;
pub mod dps;
pub mod dsp;
mod fresh;
mod ids;
mod properties;
mod report;
mod schema;
mod sequence;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

pub use ids::Ids;
pub use report::{Outcome, Report};

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the counterpart listens.
    pub listen: SocketAddr,
    /// How the subject reaches the counterpart, without a path; where it listens if none.
    pub address: Option<String>,
    /// How long a step waits for the subject.
    pub wait: Duration,
    /// How long the kit rests after a message of the subject before it goes on. The official kit rests for 100 ms, so that the subject has
    /// seen the answer to its message; none is harder.
    pub rest: Duration,
    /// How many sequences run at the same time.
    pub at_once: usize,
    /// Whether the bodies are checked, too, that the official kit does not look into: those of errors and of plain answers.
    pub is_strict: bool,
    /// Only the sequences whose id begins so, for example `CN_C:02`.
    pub only: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            address: None,
            wait: Duration::from_secs(10),
            rest: Duration::from_millis(100),
            at_once: 65,
            is_strict: true,
            only: None,
        }
    }
}

impl Options {
    fn picks(&self, id: &str) -> bool {
        self.only.as_deref().is_none_or(|only| id.starts_with(only))
    }
}

/// A member that is text, or nothing.
fn text<'a>(message: &'a serde_json::Value, member: &str) -> &'a str {
    message.get(member).and_then(serde_json::Value::as_str).unwrap_or_default()
}

/// The ids of all sequences, of both kits.
pub fn sequences() -> impl Iterator<Item = &'static str> {
    dsp::ids().chain(dps::ids())
}
