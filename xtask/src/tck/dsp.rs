//! What the Dataspace Protocol kit must be told: where the connector is, and the datasets and agreements that it holds. The connector's
//! script of what to do on its own goes by these identifiers.

use super::properties::pairs;

/// The connector under test.
pub(crate) struct Subject {
    /// Assignee and assigner of what it negotiates.
    pub(crate) participant_id: String,
    /// Without a slash at the end; `/.well-known/dspace-version` follows.
    pub(crate) root_url: String,
    /// Likewise; `/catalog/request` follows.
    pub(crate) protocol_url: String,
    /// No part of the protocol: the kit posts `{providerId, offerId, datasetId, connectorAddress}` to make the connector negotiate.
    pub(crate) negotiate_url: String,
    /// Likewise with `{providerId, agreementId, format, connectorAddress}` to make it request a transfer.
    pub(crate) transfer_url: String,
    /// What stands in `Authorization` of every request of the kit, whichever the test.
    pub(crate) authorization: String,
}

/// Tests by prefix: for each group of a prefix, how many tests it has.
const PROVIDED_NEGOTIATIONS: &[u8] = &[4, 7, 4];
const CONSUMED_NEGOTIATIONS: &[u8] = &[4, 6, 6];
const TRANSFERS: &[u8] = &[5, 5, 6];
const CATALOGS: &[u8] = &[3];

/// The properties: identifiers are those of the kit's own sample, `ACN0101` for the first test of the first group.
pub(crate) fn properties(subject: &Subject, wait_seconds: u32) -> Vec<(String, String)> {
    let mut properties = pairs(&[
        ("dataspacetck.dsp.local.connector", "false"),
        ("dataspacetck.dsp.connector.agent.id", &subject.participant_id),
        ("dataspacetck.dsp.connector.http.base.url", &subject.root_url),
        ("dataspacetck.dsp.connector.http.url", &subject.protocol_url),
        ("dataspacetck.dsp.connector.negotiation.initiate.url", &subject.negotiate_url),
        ("dataspacetck.dsp.connector.transfer.initiate.url", &subject.transfer_url),
        ("dataspacetck.dsp.connector.http.headers.authorization", &subject.authorization),
        ("dataspacetck.dsp.default.wait", &wait_seconds.to_string()),
    ]);
    let mut add = |key: String, value: String| properties.push((key, value));
    for (group, test) in tests(PROVIDED_NEGOTIATIONS) {
        add(format!("CN_{group}_{test}_DATASETID"), format!("ACN{group}{test}"));
        add(format!("CN_{group}_{test}_OFFERID"), format!("CD123:ACN{group}{test}:456"));
    }
    for (group, test) in tests(CONSUMED_NEGOTIATIONS) {
        add(format!("CN_C_{group}_{test}_DATASETID"), format!("ACNC{group}{test}"));
    }
    for role in ["TP", "TP_C"] {
        let agreement = role.replace('_', "");
        for (group, test) in tests(TRANSFERS) {
            add(format!("{role}_{group}_{test}_AGREEMENTID"), format!("A{agreement}{group}{test}"));
            add(format!("{role}_{group}_{test}_FORMAT"), "HttpData-PULL".to_owned());
        }
    }
    for (group, test) in tests(CATALOGS) {
        add(format!("CAT_{group}_{test}_DATASETID"), format!("CAT{group}{test}"));
    }
    properties
}

/// Group and test, each in two digits.
fn tests(groups: &[u8]) -> impl Iterator<Item = (String, String)> {
    (1_usize..)
        .zip(groups)
        .flat_map(|(group, count)| (1..=*count).map(move |test| (format!("{group:02}"), format!("{test:02}"))))
}

#[cfg(test)]
mod tests {
    use super::{Subject, properties};

    #[test]
    fn identifiers_are_those_of_the_kit() {
        let url = || "http://127.0.0.1:1/x".to_owned();
        let subject = Subject {
            participant_id: "me".to_owned(),
            root_url: url(),
            protocol_url: url(),
            negotiate_url: url(),
            transfer_url: url(),
            authorization: String::new(),
        };
        let properties = properties(&subject, 7);
        for (key, value) in [
            ("CN_01_02_OFFERID", "CD123:ACN0102:456"),
            ("CN_02_07_DATASETID", "ACN0207"),
            ("CN_C_03_06_DATASETID", "ACNC0306"),
            ("TP_03_06_AGREEMENTID", "ATP0306"),
            ("TP_C_01_05_AGREEMENTID", "ATPC0105"),
            ("CAT_01_03_DATASETID", "CAT0103"),
            ("dataspacetck.dsp.default.wait", "7"),
        ] {
            assert!(properties.contains(&(key.to_owned(), value.to_owned())), "{key}");
        }
        assert_eq!(properties.len(), 8 + 2 * 15 + 16 + 2 * 2 * 16 + 3);
    }
}
