//! What EDC offers: an asset that is an address which its data plane reads, a policy, and a definition that offers one under the other.

use serde_json::{Value, json};

use super::Edc;

impl Edc {
    /// Offers what a `GET` of the address answers under a policy, which is ODRL with the terms of its standard context, such as
    /// `{"permission":[{"action":"use"}]}`. Everyone sees the offer.
    ///
    /// # Errors
    ///
    /// EDC refuses: there is an asset of this name, or the policy has an action other than `use`, an operand other than `inForceDate` (in
    /// EDC's namespace) or a value that is no text.
    pub async fn offer(&self, asset_id: &str, source_url: &str, policy: &Value) -> anyhow::Result<()> {
        self.create_asset(asset_id, source_url).await?;
        self.define_policy(asset_id, policy).await?;
        self.create(
            "contractdefinitions",
            json!({
                "@id": asset_id,
                "@type": "ContractDefinition",
                "accessPolicyId": asset_id,
                "contractPolicyId": asset_id,
                "assetsSelector": [{
                    "@type": "Criterion",
                    "operandLeft": "https://w3id.org/edc/v0.0.1/ns/id",
                    "operator": "=",
                    "operandRight": asset_id,
                }],
            }),
        )
        .await?;
        Ok(())
    }

    async fn create_asset(&self, asset_id: &str, source_url: &str) -> anyhow::Result<()> {
        let asset = json!({
            "@id": asset_id,
            "@type": "Asset",
            "properties": { "name": asset_id, "contenttype": "text/csv" },
            "dataAddress": { "@type": "DataAddress", "type": "HttpData", "baseUrl": source_url },
        });
        self.create("assets", asset).await?;
        Ok(())
    }

    async fn define_policy(&self, policy_id: &str, policy: &Value) -> anyhow::Result<()> {
        let mut set = json!({ "@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set" });
        if let (Some(set), Some(policy)) = (set.as_object_mut(), policy.as_object()) {
            set.extend(policy.clone());
        }
        let definition = json!({ "@id": policy_id, "@type": "PolicyDefinition", "policy": set });
        self.create("policydefinitions", definition).await?;
        Ok(())
    }
}
