//! A provider and a consumer that know each other as partners, as connectors of other makers are known: what they agree on is unsigned.

use std::path::Path;

use anyhow::ensure;
use serde_json::{Value, json};
use xinyu_protocol::api::connector::{NegotiationInfo, NewNegotiation, NewTransfer, ProcessInfo, TransferInfo};
use xinyu_shell::arranged::{Arranged, ArrangedKind, Tokens};

use super::{Engine, MemberOptions, ProductOptions, SPACE, World, WorldOptions, free_port};

/// The first two members, each the other's partner: `provider` and `consumer`. Each shows the other `of` and its own name.
///
/// # Errors
/// If there is no free port.
pub fn partners() -> anyhow::Result<Vec<MemberOptions>> {
    let (provider, consumer) = (("provider", free_port()?), ("consumer", free_port()?));
    let member = |organisation: usize, (me, port): (&str, u16), (other, other_port): (&str, u16)| {
        let tokens = Tokens { shown_to_us: format!("of {other}"), shown_by_us: Some(format!("of {me}")) };
        let address = format!("http://127.0.0.1:{other_port}/dsp/2025-1");
        let partner = Arranged::new(ArrangedKind::Partner, other, other, &address, tokens);
        let arranged = vec![partner.in_space(SPACE).knowing_us_as(Some(me.to_owned()))];
        MemberOptions { organisation, arranged, port: Some(port), ..MemberOptions::default() }
    };
    Ok(vec![member(0, provider, consumer), member(1, consumer, provider)])
}

impl World {
    /// Two partners on stores in files; the provider has a table.
    ///
    /// # Errors
    /// As [`World::start`].
    pub async fn of_partners(folder: &Path) -> anyhow::Result<Self> {
        Self::among_partners(folder, partners()?, WorldOptions::default()).await
    }

    /// The same, with what varies.
    ///
    /// # Errors
    /// As [`World::start`].
    pub async fn among_partners(
        folder: &Path,
        members: Vec<MemberOptions>,
        options: WorldOptions,
    ) -> anyhow::Result<Self> {
        let world = Self::start_with(folder, Engine::File, members, options).await?;
        world.member(0)?.bring_table().await?;
        Ok(world)
    }

    /// Has the consumer agree with the provider on a product that it agrees on by rule. The contract.
    ///
    /// # Errors
    /// If they do not agree.
    pub async fn agree(&self, product: &str) -> anyhow::Result<String> {
        let new = NewNegotiation {
            partner: Some("provider".to_owned()),
            dataset: Some(product.to_owned()),
            ..NewNegotiation::default()
        };
        let begun: ProcessInfo = self.member(1)?.seat.post("/negotiations", &new).await?;
        let is_over = |info: &NegotiationInfo| matches!(info.process.state.as_str(), "FINALIZED" | "TERMINATED");
        let ended: NegotiationInfo =
            self.member(1)?.seat.until(&format!("/negotiations/{}", begun.pid), is_over).await?;
        ensure!(ended.process.state == "FINALIZED" && !begun.contract_id.is_empty(), "{ended:?}");
        Ok(begun.contract_id)
    }

    /// Has the data of a contract delivered, in a format.
    ///
    /// # Errors
    /// If it does not come.
    pub async fn deliver(&self, contract_id: &str, format: Option<&str>) -> anyhow::Result<()> {
        let new = NewTransfer {
            contract_id: contract_id.to_owned(),
            format: format.map(str::to_owned),
            ..NewTransfer::default()
        };
        let begun: ProcessInfo = self.member(1)?.seat.post("/transfers", &new).await?;
        let is_over = |info: &TransferInfo| matches!(info.process.state.as_str(), "COMPLETED" | "TERMINATED");
        let ended: TransferInfo = self.member(1)?.seat.until(&format!("/transfers/{}", begun.pid), is_over).await?;
        ensure!(ended.process.state == "COMPLETED", "{ended:?}");
        Ok(())
    }

    /// Seeds a product under a key and policies, has the two agree on it and its data delivered. The contract.
    ///
    /// # Errors
    /// If one of it fails.
    pub async fn hold_under(&self, key: &str, policies: Vec<Value>) -> anyhow::Result<String> {
        let options = ProductOptions { auto_agree: true, policies: Some(policies), ..ProductOptions::default() };
        let product = self.member(0)?.seed_product(key, options).await?;
        let contract_id = self.agree(product.as_str()).await?;
        self.deliver(&contract_id, None).await?;
        Ok(contract_id)
    }

    /// The same, under one permission.
    ///
    /// # Errors
    /// If one of it fails.
    pub async fn hold(&self, key: &str, permission: Value) -> anyhow::Result<String> {
        self.hold_under(key, vec![json!({ "permissionPolicies": [permission] })]).await
    }
}
