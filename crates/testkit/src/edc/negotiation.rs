//! Contract negotiation with EDC as the consumer.

use serde_json::{Value, json};

use super::management::{PROTOCOL, text};
use super::{Edc, Offer, Partner};

/// The terms of policies in the protocol, and EDC's own. A term that neither knows must stay as it is: EDC compares the agreement that
/// comes with the offer that it sent, and would have moved the term into a namespace.
const PROFILE: &str = "https://w3id.org/dspace/2025/1/odrl-profile.jsonld";
const EDC_TERMS: &str = "https://w3id.org/edc/dspace/v0.0.1";

impl Edc {
    /// Begins to negotiate an offer; the negotiation's identifier at EDC.
    ///
    /// # Errors
    ///
    /// EDC cannot make anything of the offer.
    pub async fn negotiate(&self, partner: &Partner, offer: &Offer) -> anyhow::Result<String> {
        let mut policy = offer.policy.clone();
        if let Some(members) = policy.as_object_mut() {
            // An offer in a catalog need say neither; in a request both must stand.
            members.insert("assigner".to_owned(), json!(partner.participant_id));
            members.insert("target".to_owned(), json!(offer.dataset_id));
            members.insert("@context".to_owned(), json!([{ "@vocab": null }, PROFILE, EDC_TERMS]));
        }
        let body = json!({
            "@type": "ContractRequest",
            "protocol": PROTOCOL,
            "counterPartyId": partner.participant_id,
            "counterPartyAddress": partner.protocol_url,
            "policy": policy,
        });
        self.create("contractnegotiations", body).await
    }

    /// Waits until a negotiation is in a state, such as `FINALIZED`.
    ///
    /// # Errors
    ///
    /// It was terminated, or takes too long.
    pub async fn wait_for_negotiation(&self, negotiation_id: &str, state: &str) -> anyhow::Result<Value> {
        self.wait_until(&format!("/v3/contractnegotiations/{negotiation_id}"), state).await
    }

    /// Negotiates to the end; the agreement's identifier.
    ///
    /// # Errors
    ///
    /// It does not come to an agreement.
    pub async fn agree(&self, partner: &Partner, offer: &Offer) -> anyhow::Result<String> {
        let negotiation_id = self.negotiate(partner, offer).await?;
        let finalized = self.wait_for_negotiation(&negotiation_id, "FINALIZED").await?;
        text(&finalized, "contractAgreementId")
    }
}
