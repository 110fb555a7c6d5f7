//! The way of one contract from application to delivered data, the same for every product.

use anyhow::Context as _;
use xinyu_http::ApiError;
use xinyu_protocol::api::connector::{AgreementInfo, NewApplication, NewNegotiation, NewTransfer, ProcessInfo};
use xinyu_protocol::api::{ApplicationInfo, ContractLife, List, Overview, Verdict};
use xinyu_protocol::tc609::Status;
use xinyu_protocol::tc609::application::{ApplicationAnswer, ApplicationState};
use xinyu_protocol::tc609::contract::ContractStatus;

use super::world::World;
use crate::client::Client;

/// The consumer applies; the platform and the provider approve. The contract id, which runs through everything from here on.
pub(crate) async fn apply(world: &World, key: &str, product_id: &str, purpose: &str) -> anyhow::Result<String> {
    let new = NewApplication {
        application_id: key.to_owned(),
        product_id: product_id.to_owned(),
        purpose: purpose.to_owned(),
    };
    let answer: ApplicationAnswer = world.consumer.post("/api/v1/applications", &new).await?;
    let verdict = Verdict { approve: true, note: String::new() };
    if state(world, key).await? == ApplicationState::Submitted {
        let _: ApplicationInfo = world.platform.post(&format!("/api/v1/applications/{key}/decision"), &verdict).await?;
    }
    if state(world, key).await? == ApplicationState::PlatformApproved {
        let _: Status = world.provider.post(&format!("/api/v1/applications/{key}/decision"), &verdict).await?;
    }
    Ok(answer.contract_id.as_str().to_owned())
}

async fn state(world: &World, key: &str) -> anyhow::Result<ApplicationState> {
    let all: List<ApplicationInfo> = world.platform.get("/api/v1/applications").await?;
    let one = all.items.into_iter().find(|application| application.application_id == key);
    Ok(one.with_context(|| format!("application {key} is not on the platform"))?.state)
}

/// The connectors negotiate and sign; the platform files.
pub(crate) async fn negotiate(world: &World, contract_id: &str) -> anyhow::Result<ContractLife> {
    let start = NewNegotiation { contract_id: Some(contract_id.to_owned()), ..NewNegotiation::default() };
    // The platform's word that the application is approved may still be on its way to the consumer.
    let begun = async {
        loop {
            match world.consumer.post::<_, ProcessInfo>("/api/v1/negotiations", &start).await {
                Ok(process) => return Ok(process),
                Err(error) if is_early(&error) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                Err(error) => return Err(error),
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), begun)
        .await
        .context("the negotiation could not begin")??;
    let in_force = |agreement: &AgreementInfo| agreement.in_force;
    let path = format!("/api/v1/agreements/{contract_id}");
    let agreed = async {
        loop {
            match world.consumer.until::<AgreementInfo>(&path, "the filing of the contract", in_force).await {
                Err(error) if is_early(&error) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                other => return other,
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), agreed).await.context("the contract was not filed")??;
    let path = format!("/api/v1/contracts/{contract_id}");
    world
        .platform
        .until(&path, "the filing of the contract", |life: &ContractLife| {
            matches!(life.line.status, ContractStatus::Performing | ContractStatus::Terminated)
        })
        .await
}

/// The provider delivers; the consumer holds the data, encrypted.
pub(crate) async fn deliver(world: &World, contract_id: &str) -> anyhow::Result<AgreementInfo> {
    let start = NewTransfer { contract_id: contract_id.to_owned(), ..NewTransfer::default() };
    let path = format!("/api/v1/agreements/{contract_id}");
    let here = |agreement: &AgreementInfo| agreement.data.as_deref().is_some_and(|data| data != "awaited");
    let now: AgreementInfo = world.consumer.get(&path).await?;
    if !here(&now) {
        let _: ProcessInfo = world.consumer.post("/api/v1/transfers", &start).await?;
    }
    world.consumer.until(&path, "the delivery", here).await
}

/// Whether something is only not there yet.
fn is_early(error: &anyhow::Error) -> bool {
    let status = error.chain().find_map(|cause| cause.downcast_ref::<ApiError>()).and_then(ApiError::status);
    matches!(status, Some(404 | 409))
}

/// Waits until a node has nothing more to report.
pub(crate) async fn reported(client: &Client) -> anyhow::Result<()> {
    let quiet =
        |overview: &Overview| overview.counters.iter().all(|counter| counter.name != "pending" || counter.value == 0);
    let _: Overview = client.until("/api/v1/overview", "the report of all evidence", quiet).await?;
    Ok(())
}
