//! Who watches the logs of a platform, and which logs of others a node watches.

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use xinyu_evidence::cosignature::Cosigner;
use xinyu_evidence::note::Verifier;
use xinyu_http::EgressPolicy;
use xinyu_http::egress::base_url;
use xinyu_platform::witness::Witnesses;

/// What a node watches besides the logs of its own platform.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WitnessConfig {
    /// Logs of other spaces whose heads this node cosigns: the first line of the `key` file of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<String>,
}

/// Who cosigns the heads of a platform's logs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WitnessesConfig {
    /// How many cosignatures the policy of a log asks for; 0: none.
    pub quorum: u64,
    /// Witnesses of other spaces, besides the members.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherWitness>,
}

/// A witness that is no member.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OtherWitness {
    /// Its verifier key.
    pub key: String,
    /// The address below which it takes `add-checkpoint`.
    pub url: String,
}

impl WitnessConfig {
    /// The keys of the logs.
    pub(crate) fn read(&self) -> anyhow::Result<Vec<Verifier>> {
        let read = |key: &String| key.trim().parse().with_context(|| format!("witness.logs: {key:?}"));
        self.logs.iter().map(read).collect()
    }
}

impl WitnessesConfig {
    /// The witnesses.
    pub(crate) fn read(&self, egress: &EgressPolicy) -> anyhow::Result<Witnesses> {
        let read = |other: &OtherWitness| {
            let cosigner: Cosigner =
                other.key.trim().parse().with_context(|| format!("witnesses.others: {:?}", other.key))?;
            let url = base_url(egress, &other.url).with_context(|| format!("witnesses.others: {:?}", other.url))?;
            anyhow::Ok((cosigner, url))
        };
        Ok(Witnesses { quorum: self.quorum, others: self.others.iter().map(read).collect::<anyhow::Result<_>>()? })
    }
}
