//! The TC609/NDI interfaces between connector and platform, and between connectors. All are POST with a JSON body, signed by the caller's key
//! (see the identity crate), and safe to repeat: a message received again gets the same answer and changes nothing.

pub mod application;
pub mod bundle;
pub mod catalog;
pub mod certificate;
pub mod certification;
pub mod component;
pub mod connector;
pub mod contract;
pub mod countersigning;
pub mod data_service;
pub mod delegation;
pub mod demand;
pub mod derived;
pub mod dispute;
pub mod draft;
pub mod evidence;
pub mod filing;
pub mod glossary;
pub mod harvest;
pub mod heterogeneous;
pub mod identity;
pub mod metering;
pub mod negotiation;
pub mod onward;
pub mod participant;
pub mod partner;
pub mod payment;
pub mod performance;
pub mod policy_record;
pub mod registration;
pub mod regulator;
pub mod relay;
pub mod reputation;
pub mod run_log;
pub mod smart_clause;
pub mod subscription;
pub mod template;
pub mod termination;
pub mod usage;
pub mod verification;
pub mod version;

use serde::{Deserialize, Serialize};

/// Where the interfaces are served.
pub const PATH: &str = "/tc609";

/// The answer of most interfaces: `0` done, `1` not done. TC609-6-2025-14 Appendix B.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// `0` or `1`.
    pub status: String,
}

impl Status {
    /// Done.
    #[must_use]
    pub fn done() -> Self {
        Self { status: "0".to_owned() }
    }
}
