//! Who puts trusted time on the logs of a platform (RFC 3161).

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use xinyu_crypto::timestamp::StampAuthority;
use xinyu_http::EgressPolicy;
use xinyu_platform::trusted_time::{TimeAuthority, TrustedTime};

/// Trusted time; without authorities none is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TrustedTimeConfig {
    /// Asked in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<TimeAuthorityConfig>,
    /// How often a new head is stamped.
    pub period_seconds: u64,
    /// How long a head may wait for its time before no new contract is taken up.
    pub patience_seconds: u64,
}

/// A time-stamp authority.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeAuthorityConfig {
    /// Where it takes requests.
    pub url: String,
    /// The file with the certificates that its answers have to lead to, in PEM.
    pub certificate_file: PathBuf,
}

impl Default for TrustedTimeConfig {
    fn default() -> Self {
        Self { authorities: Vec::new(), period_seconds: 60, patience_seconds: 14_400 }
    }
}

impl TrustedTimeConfig {
    /// The authorities with their certificates.
    pub(crate) fn read(&self, egress: &EgressPolicy) -> anyhow::Result<TrustedTime> {
        ensure!(self.period_seconds > 0, "trusted_time.period_seconds is at least 1");
        let read = |one: &TimeAuthorityConfig| {
            egress.check_url(&one.url).with_context(|| format!("trusted_time.authorities: {}", one.url))?;
            let path = &one.certificate_file;
            let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
            let trusted = StampAuthority::all_from_pem(&text).with_context(|| format!("{}", path.display()))?;
            anyhow::Ok(TimeAuthority { url: one.url.clone(), trusted })
        };
        let patience = i64::try_from(self.patience_seconds).context("trusted_time.patience_seconds")?;
        Ok(TrustedTime {
            authorities: self.authorities.iter().map(read).collect::<anyhow::Result<_>>()?,
            period: Duration::from_secs(self.period_seconds),
            patience: SignedDuration::from_secs(patience),
        })
    }
}
