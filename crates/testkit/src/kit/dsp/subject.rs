//! The connector under test: where it is, and the identifiers that each sequence uses. Exactly what the official kit is configured with.

use crate::kit::Ids;
use crate::kit::properties::Properties;

/// The connector under test.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Base of the protocol's paths, for example `http://localhost:8282/api/dsp/2025-1`.
    pub dsp_url: String,
    /// What `/.well-known/dspace-version` is appended to.
    pub root_url: String,
    /// The `Authorization` header of every request, the webhooks included.
    pub authorization: Option<String>,
    /// Makes the subject request a negotiation: `{providerId, offerId, datasetId, connectorAddress}`.
    pub negotiation_webhook: String,
    /// Makes the subject request a transfer: `{providerId, agreementId, format, connectorAddress}`.
    pub transfer_webhook: String,
    /// The subject as assignee and assigner.
    pub connector_id: String,
    /// Datasets, offers, agreements and formats by sequence; else `ACN0101`, `CD123:ACN0101:456`, `ATPC0104`…
    pub ids: Ids,
}

impl Subject {
    /// Reads the official kit's configuration file.
    pub fn from_properties(text: &str) -> anyhow::Result<Self> {
        let properties = Properties::parse(text);
        let need = |key: &str| properties.need(&format!("dataspacetck.dsp.connector.{key}"));
        Ok(Self {
            dsp_url: need("http.url")?,
            root_url: need("http.base.url")?,
            authorization: properties.find("dataspacetck.dsp.connector.http.headers.authorization"),
            negotiation_webhook: need("negotiation.initiate.url")?,
            transfer_webhook: need("transfer.initiate.url")?,
            connector_id: need("agent.id")?,
            ids: Ids::new(properties.0),
        })
    }

    /// What `key` (`DATASETID`, `OFFERID`, `AGREEMENTID` or `FORMAT`) is for the sequence, for example `CN:01-01`.
    pub(super) fn id(&self, sequence: &str, key: &str) -> String {
        self.ids.find(sequence, key).unwrap_or_else(|| match key {
            "FORMAT" => "HttpData-PULL".to_owned(),
            "OFFERID" => format!("CD123:{}:456", self.id(sequence, "DATASETID")),
            _ => sample(sequence),
        })
    }
}

fn sample(sequence: &str) -> String {
    // The official sample uses one agreement for two sequences.
    let sequence = if sequence == "TP_C:01-05" { "TP_C:01-04" } else { sequence };
    let (group, number) = sequence.split_once(':').unwrap_or((sequence, ""));
    let group = match group {
        "CN" => "ACN",
        "CN_C" => "ACNC",
        "TP" => "ATP",
        "TP_C" => "ATPC",
        other => other,
    };
    format!("{group}{}", number.replace('-', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_the_official_samples() {
        let base = "dataspacetck.dsp.connector.";
        let keys = ["http.url", "http.base.url", "negotiation.initiate.url", "transfer.initiate.url", "agent.id"];
        let lines: String = keys.iter().map(|key| format!("{base}{key}=http://{key}\n")).collect();
        let subject = Subject::from_properties(&(lines + "CN_01_02_DATASETID=own")).expect("a complete file");
        assert_eq!((subject.authorization.as_deref(), subject.dsp_url.as_str()), (None, "http://http.url"));
        let check = |sequence, key, expect| assert_eq!(subject.id(sequence, key), expect);
        check("CN:01-01", "DATASETID", "ACN0101");
        check("CN:01-01", "OFFERID", "CD123:ACN0101:456");
        check("CN:01-02", "OFFERID", "CD123:own:456");
        check("CN_C:03-06", "DATASETID", "ACNC0306");
        check("TP:02-05", "AGREEMENTID", "ATP0205");
        check("TP_C:01-05", "AGREEMENTID", "ATPC0104");
        check("TP_C:01-05", "FORMAT", "HttpData-PULL");
        check("CAT:01-03", "DATASETID", "CAT0103");
    }
}
