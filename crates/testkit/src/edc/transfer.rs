//! Transfers that EDC pulls over HTTP.

use anyhow::{Context, bail};
use reqwest::header::AUTHORIZATION;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::management::{PROTOCOL, text};
use super::{Edc, PATIENCE_TO_ACT, Partner, looks};

/// Where a started transfer's data is, and the token for it, which goes into `Authorization` as it is.
#[derive(Clone, Debug)]
pub struct DataAddress {
    /// What to `GET`.
    pub endpoint: String,
    /// The token.
    pub authorization: String,
}

impl Edc {
    /// Requests the data of an agreement as `HttpData-PULL`; the transfer's identifier at EDC.
    ///
    /// # Errors
    ///
    /// EDC has no such agreement.
    pub async fn request_transfer(&self, partner: &Partner, agreement_id: &str) -> anyhow::Result<String> {
        let body = json!({
            "@type": "TransferRequest",
            "protocol": PROTOCOL,
            "counterPartyAddress": partner.protocol_url,
            "contractId": agreement_id,
            "transferType": "HttpData-PULL",
        });
        self.create("transferprocesses", body).await
    }

    /// Waits until a transfer is in a state, such as `STARTED`.
    ///
    /// # Errors
    ///
    /// It was terminated, or takes too long.
    pub async fn wait_for_transfer(&self, transfer_id: &str, state: &str) -> anyhow::Result<Value> {
        self.wait_until(&format!("/v3/transferprocesses/{transfer_id}"), state).await
    }

    /// What the partner sent when it started the transfer. EDC has it a moment after the transfer is `STARTED`, so this waits for it.
    ///
    /// # Errors
    ///
    /// The partner sent no address.
    pub async fn data_address(&self, transfer_id: &str) -> anyhow::Result<DataAddress> {
        let path = format!("/v3/edrs/{transfer_id}/dataaddress");
        let waiting = async {
            let mut looks = looks();
            loop {
                looks.tick().await;
                if self.send(Method::GET, &path, None).await?.0 != StatusCode::NOT_FOUND {
                    return self.ask(Method::GET, &path, None).await;
                }
            }
        };
        let address = timeout(PATIENCE_TO_ACT, waiting).await.context("EDC has no address for the transfer")??;
        Ok(DataAddress { endpoint: text(&address, "endpoint")?, authorization: text(&address, "authorization")? })
    }

    /// The bytes at an address, as a consumer's program fetches them: EDC itself only hands out the address.
    ///
    /// # Errors
    ///
    /// The provider refuses, with its words.
    pub async fn pull(&self, address: &DataAddress) -> anyhow::Result<Vec<u8>> {
        let answer = self.client.get(&address.endpoint).header(AUTHORIZATION, &address.authorization).send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        if !status.is_success() {
            bail!("{}: {status} {}", address.endpoint, String::from_utf8_lossy(&bytes));
        }
        Ok(bytes.to_vec())
    }

    /// Ends a transfer, whichever side EDC is on.
    ///
    /// # Errors
    ///
    /// It is over already.
    pub async fn terminate_transfer(&self, transfer_id: &str, reason: &str) -> anyhow::Result<()> {
        let body = json!({ "@type": "TerminateTransfer", "reason": reason });
        self.ask(Method::POST, &format!("/v3/transferprocesses/{transfer_id}/terminate"), Some(body)).await?;
        Ok(())
    }
}
