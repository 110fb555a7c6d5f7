//! The provider is certified, and its reputation computed: it applies, one person assesses, another decides, and a stranger verifies.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use xinyu_core::certification::ready;
use xinyu_core::reputation;
use xinyu_http::{EgressPolicy, Fetcher};
use xinyu_identity::VerifiableCredential;
use xinyu_protocol::api::List;
use xinyu_protocol::api::certification::CertificationLife;
use xinyu_protocol::api::identity::IdentityInfo;
use xinyu_protocol::api::reputation::ReputationInfo;
use xinyu_shell::dcp::verifier;

use super::flow;
use super::progress::Progress;
use super::report::Trust;
use super::world::World;
use crate::client::{Client, segment};

/// What is judged of the scheme, and what the assessor found.
const FOUND: [(&str, &str); 2] =
    [("P-06", "已核查数据安全管理制度与责任人任命"), ("P-07", "信用报告显示近一年无相关处罚")];
/// The most moves there can be.
const MOVES: usize = 10;

/// Certifies the provider, as far as it is not yet, and computes its reputation, unless that was done.
pub(crate) async fn build(world: &World, progress: &Progress) -> anyhow::Result<Trust> {
    progress.begin("平台认证提供方，计算信誉", "the platform certifies the provider and computes its reputation");
    let node: xinyu_protocol::api::NodeInfo = world.provider.get("/api/v1/node").await?;
    let connector = node.party_id.context("the provider has no identifier")?;
    let certified = certify(world, &connector).await?;
    let id = certified.certification.certification_id.clone();
    let grade = certified.certification.grade.context("what is certified has a grade")?;
    let jwt = world.platform.bytes(&format!("/certified/{}/credential/vc11", segment(&id))).await?;
    let file = world.data_dir.join("certificate.jwt");
    std::fs::write(&file, &jwt)?;
    let credential = VerifiableCredential::parse(std::str::from_utf8(&jwt)?)?;
    let now = world.now().context("nothing runs")?;
    let fetcher = Fetcher::new(EgressPolicy::one_machine())?;
    let checked = verifier::check(&fetcher, &credential, &mut BTreeMap::new(), now).await;
    checked.map_err(|error| anyhow::anyhow!("the certificate does not verify: {error:?}"))?;

    // What counts has to be there before it is counted.
    for client in [&world.provider, &world.consumer] {
        flow::reported(client).await?;
    }
    let path = format!("/api/v1/participants/{}/reputation", segment(&connector));
    let stated: ReputationInfo = match world.platform.get(&path).await {
        Ok(stated) => stated,
        Err(_) => world.platform.post(&path, &json!({})).await?,
    };
    let statement = &stated.signed.statement;
    reputation::verify(statement).map_err(|error| anyhow::anyhow!("the reputation is another one: {error}"))?;
    std::fs::write(world.data_dir.join("reputation.json"), serde_json::to_vec_pretty(&stated.signed)?)?;
    let (zh, en) = match statement.figure {
        Some(figure) => (format!("信誉 {figure}"), format!("reputation {figure}")),
        None => ("记录过少，暂无信誉值".to_owned(), "too little is known for a reputation".to_owned()),
    };
    progress.done(
        format!("提供方通过认证 {id}，{grade} 级，凭证由第三方核验；{zh}"),
        format!("the provider is certified ({id}, grade {grade}), a stranger verified the credential; {en}"),
    );
    Ok(Trust {
        certification_id: id,
        grade,
        reputation: statement.figure,
        certificate_file: file.display().to_string(),
        reputation_file: world.data_dir.join("reputation.json").display().to_string(),
    })
}

async fn certify(world: &World, connector: &str) -> anyhow::Result<CertificationLife> {
    let assessor = world.person("assessor", "评估员", "clerk").await?;
    for _ in 0..MOVES {
        let all: List<CertificationLife> = world.provider.get("/api/v1/certifications").await?;
        let found = all.items.into_iter().find(|one| one.certification.scheme_id == ready::PARTICIPANT);
        let Some(life) = found else {
            let request = json!({ "schemeId": ready::PARTICIPANT, "note": "首次认证" });
            let _: CertificationLife = world.provider.post("/api/v1/certifications", &request).await?;
            continue;
        };
        let path = format!("/api/v1/certifications/{}", segment(&life.certification.certification_id));
        match life.certification.state.as_str() {
            "applied" | "assessing" => assess(world, &assessor, connector, &path).await?,
            "assessed" => {
                let body = json!({ "action": "certify" });
                let _: Value = world.platform.post(&format!("{path}/decision"), &body).await?;
            }
            "certified" => return Ok(life),
            other => bail!("the certification of the provider is {other}"),
        }
    }
    bail!("the provider was not certified")
}

/// What the assessor finds rests on the documents that the provider handed in when it registered.
async fn assess(world: &World, assessor: &Client, connector: &str, path: &str) -> anyhow::Result<()> {
    let identity: IdentityInfo =
        world.platform.get(&format!("/api/v1/participants/{}/identity", segment(connector))).await?;
    let document = identity.attachments.first().context("the provider handed in no document")?;
    for (code, text) in FOUND {
        let evidence = json!([{ "kind": "attachment", "reference": document.digest }]);
        let finding = json!({ "code": code, "outcome": "met", "text": text, "evidence": evidence });
        let _: Value = assessor.post(&format!("{path}/findings"), &finding).await?;
    }
    let _: Value = assessor.post(&format!("{path}/assessment"), &json!({ "action": "complete" })).await?;
    Ok(())
}
