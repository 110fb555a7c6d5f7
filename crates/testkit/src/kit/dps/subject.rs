//! The control plane or data plane under test. Exactly what the official kit is configured with.

use crate::kit::properties::Properties;
use crate::kit::{Ids, fresh};

/// What is under test: a control plane, a data plane, or both.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// Runs the ten sequences of a control plane.
    pub control_plane: Option<ControlPlane>,
    /// Runs the 28 sequences of a data plane.
    pub data_plane: Option<DataPlane>,
    /// Agreements, datasets, profiles and participants by sequence; else agreement `ADPS0101` between `providerId` and `consumerId`, and
    /// for a data plane the agreements `async` and `complete` where it shall behave so.
    pub ids: Ids,
}

/// A control plane that knows the kit's address as its only data plane, for `HttpData-PULL`.
#[derive(Debug, Clone)]
pub struct ControlPlane {
    /// Before `/dataflows/trigger`: makes the subject request a transfer, `{agreementId, datasetId, dataPlaneUrl, dspUrl, async}`, and
    /// answers with its `id`.
    pub webhook_url: String,
    /// Base of the dataspace protocol's paths. The kit's `Authorization` there is `{"clientId": PARTICIPANT}`.
    pub protocol_url: String,
    /// Before `/transfers/ID/dataflow/…`.
    pub signaling_url: String,
}

/// A data plane that knows the kit's address as its control plane.
#[derive(Debug, Clone)]
pub struct DataPlane {
    /// Before `/dataflows/…`.
    pub url: String,
    /// The `Authorization` header of every signal.
    pub authorization: String,
    /// The provider, whom the kit's requests for a new token address.
    pub provider_id: String,
    /// The other participant of every flow; if none, the kit's own `did:web` identifier.
    pub counterparty_id: Option<String>,
}

impl Subject {
    /// Reads the official kit's configuration file; planes that it does not name are left out.
    pub fn from_properties(text: &str) -> anyhow::Result<Self> {
        let properties = Properties::parse(text);
        let find = |key: &str| properties.find(&format!("dataspacetck.dps.{key}"));
        let need = |key: &str| properties.need(&format!("dataspacetck.dps.{key}"));
        let control_plane = match find("controlplane.webhook.url") {
            Some(webhook_url) => Some(ControlPlane {
                webhook_url,
                protocol_url: need("controlplane.protocol.url")?,
                signaling_url: need("controlplane.signaling.url")?,
            }),
            None => None,
        };
        let data_plane = find("dataplane.url").map(|url| DataPlane {
            url,
            authorization: find("dataplane.authorization").unwrap_or_else(|| "dummy-authorization".to_owned()),
            provider_id: find("dataplane.provider.id").unwrap_or_else(|| "tck-participant".to_owned()),
            counterparty_id: find("dataplane.counterparty.id"),
        });
        Ok(Self { control_plane, data_plane, ids: Ids::new(properties.0) })
    }

    /// What `key` (`AGREEMENTID`, `DATASETID`, `PROFILE` or `TCKPARTICIPANTID`) is for the sequence; new each time if nothing says.
    pub(super) fn id(&self, sequence: &str, key: &str) -> String {
        self.ids.find(sequence, key).unwrap_or_else(|| sample(sequence, key).map_or_else(fresh::id, str::to_owned))
    }
}

fn sample(sequence: &str, key: &str) -> Option<&'static str> {
    let (group, number) = sequence.split_once(':')?;
    match (key, group, number) {
        ("AGREEMENTID", "CP_C" | "CP_P", _) => Some("ADPS0101"),
        ("AGREEMENTID", "DP_C_PULL", "03-01") | ("AGREEMENTID", "DP_P_PUSH", "03-01") => Some("complete"),
        ("AGREEMENTID", _, "04-01") => Some("async"),
        ("TCKPARTICIPANTID", "CP_C", _) => Some("providerId"),
        ("TCKPARTICIPANTID", "CP_P", _) => Some("consumerId"),
        ("PROFILE", "DP_C_PULL" | "DP_P_PULL", _) => Some("http-pull"),
        ("PROFILE", "DP_C_PUSH" | "DP_P_PUSH", _) => Some("http-push"),
        ("PROFILE", "DP_C_HTTP_PULL" | "DP_P_HTTP_PULL", _) => Some("https://w3id.org/dspace-sig/profile/http-pull"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_the_official_samples() {
        let subject = Subject::from_properties("dataspacetck.dps.dataplane.url=http://a\nCP_C_01_02_AGREEMENTID=own\n");
        let subject = subject.expect("a complete file");
        assert!(subject.control_plane.is_none() && subject.data_plane.is_some());
        let check = |sequence, key, expect| assert_eq!(subject.id(sequence, key), expect);
        check("CP_C:01-01", "AGREEMENTID", "ADPS0101");
        check("CP_C:01-02", "AGREEMENTID", "own");
        check("CP_P:01-02", "TCKPARTICIPANTID", "consumerId");
        check("DP_P_PUSH:03-01", "AGREEMENTID", "complete");
        check("DP_C_PULL:04-01", "AGREEMENTID", "async");
        check("DP_C_PULL:04-01", "PROFILE", "http-pull");
        assert_ne!(subject.id("DP_C_PUSH:03-01", "AGREEMENTID"), subject.id("DP_C_PUSH:03-01", "AGREEMENTID"));
        assert!(Subject::from_properties("dataspacetck.dps.controlplane.webhook.url=http://a").is_err());
    }
}
